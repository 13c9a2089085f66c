"""Start the app on a port, with one fault or none."""

from __future__ import annotations

import argparse
import sys

import uvicorn

from .app import create_app
from .faults import CATALOGUE, activate


def main() -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference_app", description=__doc__)
    parser.add_argument("--port", type=int, help="where to listen, on loopback")
    parser.add_argument("--fault", metavar="ID", help="the fault that is on")
    parser.add_argument("--list", action="store_true", help="print the faults: id, class, operation, sentence")
    options = parser.parse_args()
    if options.list:
        for one in CATALOGUE.values():
            sys.stdout.write(f"{one.id}\t{one.kind}\t{one.at}\t{one.says}\n")
        return 0
    if options.port is None:
        parser.error("--port N or --list is needed")
    try:
        activate(options.fault)
    except KeyError:
        parser.error(f"there is no fault {options.fault}; --list prints them")
    uvicorn.run(create_app(), host="127.0.0.1", port=options.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
