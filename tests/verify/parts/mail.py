"""Plays a mailbox: prints the newest mail that a mock has sent to an address. Usage: mail.py CONTROL_URL EMAIL."""

import json
import sys
import urllib.parse
import urllib.request

control, email = sys.argv[1:]
with urllib.request.urlopen(f"{control}/outbox?{urllib.parse.urlencode({'to': email})}") as response:
    mails = json.load(response)
sys.stdout.write(mails[0]["text"] if mails else "")
