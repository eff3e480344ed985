"""Makes calls as Python makes them, and tells what Python sees of the answers.

    python3 calls.py --server HOST:PORT [--allow-none]

Reads lines `[METHOD, [PARAMETER, ...]]` of JSON, and for each writes one line: `{"ok": VALUE}`,
`{"fault": [CODE, STRING]}`, or `{"error": TEXT}` when there was no answer or Python could not read or send
it. All calls go through one ServerProxy, that is, over one connection for as long as the server keeps it.
Exits 0 whatever the answers are; judging them is the caller's business.
"""

import argparse
import json
import socket
import sys
import xmlrpc.client

import naming
from wire_values import to_json

#: Seconds after which a silent server is an error. ServerProxy by itself would wait for ever.
PATIENCE = 60.0


def outcome(server, method, parameters):
    """Makes one call and gives the struct to be written for it."""
    try:
        return {"ok": to_json(getattr(server, method)(*parameters))}
    except xmlrpc.client.Fault as fault:
        return {"fault": [fault.faultCode, fault.faultString]}
    except Exception as error:  # whatever it is, the caller wants to read of it
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    parser = argparse.ArgumentParser(description="makes the calls given on standard input")
    parser.add_argument("--server", type=naming.address, required=True, metavar="HOST:PORT")
    parser.add_argument("--allow-none", action="store_true", help="send null as nil instead of refusing")
    arguments = parser.parse_args()

    socket.setdefaulttimeout(PATIENCE)
    host, port = arguments.server
    with xmlrpc.client.ServerProxy(f"http://{host}:{port}", allow_none=arguments.allow_none) as server:
        for line in sys.stdin:
            method, parameters = json.loads(line)
            print(json.dumps(outcome(server, method, parameters)), flush=True)


if __name__ == "__main__":
    main()
