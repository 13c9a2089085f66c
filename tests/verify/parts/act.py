"""Plays a device page, a worker or a provider with a mock's control plane.

Usage: act.py CONTROL_URL PATH [FIELD] [NAME=VALUE …] posts the values to a route and prints a field of the response.
"""

import json
import sys
import urllib.request

control, path, field, *pairs = sys.argv[1:]
body = json.dumps(dict(one.split("=", 1) for one in pairs)).encode()
with urllib.request.urlopen(urllib.request.Request(f"{control}/{path}", data=body, method="POST")) as response:
    sys.stdout.write(str(json.load(response).get(field, "")))
