"""Reads XML-RPC documents with Python's own parser, to take expectations from it.

    python3 parse.py

Reads lines `{"name": NAME, "base64": BYTES}` of JSON, and for each writes one line:

- `{"name": ..., "method": METHOD, "params": [...]}`, where the method of an answer is null;
- `{"name": ..., "fault": [CODE, STRING]}` for an answer that is a fault;
- `{"name": ..., "refused": "EXCEPTION: message"}` for what the parser does not take;
- `{"name": ..., "too_deep_to_print": true}` for what it takes, but what JSON cannot be made of.
"""

import base64
import json
import sys
import xmlrpc.client

from wire_values import to_json


def reading(data):
    """What Python makes of the bytes of one document, without its name."""
    try:
        parameters, method = xmlrpc.client.loads(data, use_builtin_types=True)
    except xmlrpc.client.Fault as fault:
        return {"fault": [fault.faultCode, fault.faultString]}
    except Exception as error:  # the parser raises whatever it stumbles over, IndexError for one
        return {"refused": f"{type(error).__name__}: {error}"}
    return {"method": method, "params": parameters}


def line_for(name, data):
    """The line to be written for one document."""
    found = reading(data)
    try:
        return json.dumps(dict(to_json(found), name=name))
    except RecursionError:
        return json.dumps({"name": name, "too_deep_to_print": True})


def main():
    for line in sys.stdin:
        document = json.loads(line)
        print(line_for(document["name"], base64.b64decode(document["base64"])), flush=True)


if __name__ == "__main__":
    main()
