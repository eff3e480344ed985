"""Checks a server's `system.*` methods the way a Python user would call them.

    python3 introspection.py --server HOST:PORT

Works with any server that has `system.listMethods`, `system.methodSignature`, `system.methodHelp` and
`system.multicall`, and either `list_rooms` and `create_room` (the chat) or `lookup_procedure` (the binder)
to try them with. Prints what it saw; exits 1 with one line for each thing that is wrong.
"""

import argparse
import socket
import sys
import xmlrpc.client

import naming

SYSTEM_METHODS = {"system.listMethods", "system.methodSignature", "system.methodHelp", "system.multicall"}

#: The types a signature may name. The introspection convention also has "undef", for servers that do not
#: know their own methods; a server that does know them has no use for it. It has no "nil", at which programs
#: that write stubs from signatures stop.
TYPE_NAMES = {
    "int", "i4", "boolean", "string", "double", "dateTime.iso8601", "base64", "struct", "array",
}

NO_SUCH_METHOD = -32601
WRONG_PARAMETERS = -32602

#: Seconds after which a silent server is an error.
PATIENCE = 30.0


class Checks:
    """Collects what is wrong, so that one run tells all of it."""

    def __init__(self):
        self.failures = []

    def expect(self, holds, text):
        """Notes `text` as a failure unless `holds`."""
        if not holds:
            self.failures.append(text)

    def expect_fault(self, code, call, text):
        """Expects `call()` to raise a fault with the code (any fault, when the code is None)."""
        try:
            answer = call()
        except xmlrpc.client.Fault as fault:
            print(f"{text}: fault {fault.faultCode}, {fault.faultString}")
            self.expect(code in (None, fault.faultCode), f"{text}: fault {fault.faultCode}, not {code}")
            self.expect(fault.faultString, f"{text}: the fault says nothing")
        else:
            self.failures.append(f"{text}: answered {answer!r} instead of a fault")


def check_descriptions(server, methods, checks):
    """Each method listed has signatures of known types, and a help text."""
    for method in methods:
        signatures = server.system.methodSignature(method)
        description = server.system.methodHelp(method)
        print(f"{method} {signatures}: {description}")
        checks.expect(
            isinstance(signatures, list) and signatures, f"{method}: signatures are {signatures!r}"
        )
        for signature in signatures if isinstance(signatures, list) else []:
            checks.expect(
                isinstance(signature, list) and signature and TYPE_NAMES.issuperset(signature),
                f"{method}: {signature!r} is not a return type followed by parameter types",
            )
        checks.expect(
            isinstance(description, str) and description.strip(), f"{method}: help is {description!r}"
        )


def check_batch(server, methods, checks):
    """One batch: good calls are answered although others in it fail, and each failure has its own fault."""
    batch = xmlrpc.client.MultiCall(server)
    batch.system.listMethods()
    batch.no_such_method()
    if "list_rooms" in methods:
        batch.list_rooms("one parameter too many")
        batch.create_room(["not", "a", "name"])
    else:
        batch.lookup_procedure()
        batch.lookup_procedure(["not", "a", "name"])
    batch.system.multicall([])
    batch.system.listMethods()
    results = batch()

    # Asking for a result raises its fault, if it is one.
    checks.expect(results[0] == methods, f"batch: system.listMethods answered {results[0]!r}")
    checks.expect_fault(NO_SUCH_METHOD, lambda: results[1], "batch: unknown method")
    checks.expect_fault(WRONG_PARAMETERS, lambda: results[2], "batch: wrong number of parameters")
    checks.expect_fault(WRONG_PARAMETERS, lambda: results[3], "batch: wrong type of parameter")
    checks.expect_fault(None, lambda: results[4], "batch: system.multicall within system.multicall")
    checks.expect(results[5] == methods, f"batch: the call after the failing ones answered {results[5]!r}")


def main():
    parser = argparse.ArgumentParser(description="checks a server's system.* methods")
    parser.add_argument("--server", type=naming.address, required=True, metavar="HOST:PORT")
    arguments = parser.parse_args()

    socket.setdefaulttimeout(PATIENCE)
    checks = Checks()
    with naming.proxy(*arguments.server) as server:
        try:
            methods = server.system.listMethods()
            missing = SYSTEM_METHODS.difference(methods)
            checks.expect(not missing, f"system.listMethods lacks {sorted(missing)}")
            checks.expect(len(set(methods)) == len(methods), f"a method is listed twice: {methods}")
            check_descriptions(server, methods, checks)
            check_batch(server, methods, checks)
            checks.expect_fault(NO_SUCH_METHOD, server.no_such_method, "unknown method, called by itself")
        except xmlrpc.client.Fault as fault:
            checks.expect(False, f"unexpected fault {fault.faultCode}: {fault.faultString}")
    if checks.failures:
        sys.exit("\n".join(checks.failures))


if __name__ == "__main__":
    main()
