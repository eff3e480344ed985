"""Values of XML-RPC written as JSON, so that another program can compare them with its own reading."""

import base64
import datetime
import math
import xmlrpc.client


def to_json(value):
    """What `json.dumps` is to be given for a value that `xmlrpc.client` read.

    JSON has no bytes, no dates, and no numbers that are not finite: these become a struct whose only member
    tells which of them it is.
    """
    if isinstance(value, dict):
        return {name: to_json(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(member) for member in value]
    if isinstance(value, xmlrpc.client.Binary):
        return to_json(value.data)
    if isinstance(value, (bytes, bytearray)):
        return {"base64": base64.b64encode(value).decode("ascii")}
    if isinstance(value, xmlrpc.client.DateTime):
        return {"datetime": value.value}
    if isinstance(value, datetime.datetime):
        return {"datetime": value.strftime("%Y%m%dT%H:%M:%S")}
    if isinstance(value, float) and not math.isfinite(value):
        return {"double": str(value)}
    return value
