"""How the programs here find each other: `HOST:PORT` arguments and the binder's two procedures.

Both servers and both clients need the same three steps (read an address, register in the binder, look a
name up), so they are written once.
"""

import argparse
import os
import xmlrpc.client


def usual_port(port):
    """The usual `port`, moved by the number in CHAT_PORT_OFFSET, as our programs do. The originals cannot."""
    return port + int(os.environ.get("CHAT_PORT_OFFSET") or 0)


#: Where a binder listens when nobody says otherwise.
DEFAULT_BINDER = f"localhost:{usual_port(5000)}"


def address(text):
    """Reads `HOST:PORT` for argparse and gives it back as `(host, port)`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"expected HOST:PORT, got {text!r}")
    return host, int(port)


def proxy(host, port):
    """A proxy for the server at `host:port`, as the originals make it: unable to send None.

    A proxy keeps one connection and is not safe to share between threads without a lock.
    """
    return xmlrpc.client.ServerProxy(f"http://{host}:{port}")


def add_binder_flag(parser):
    """Gives a program the flag `--binder HOST:PORT`, which ends up as `(host, port)`."""
    parser.add_argument("--binder", type=address, default=DEFAULT_BINDER, metavar="HOST:PORT")


def register_in_own_binder(binder, names, port):
    """Registers like `register`, in a binder that may be the one of the accounts system.

    The answer of that one is a fault, though it has the name. The original accounts server never registers; this
    one has to, because its port is not always the one that its binder has built in.
    """
    for name in names:
        try:
            register(binder, [name], port)
        except xmlrpc.client.Fault as fault:
            if "cannot marshal None" not in fault.faultString:
                raise


def register(binder, names, port):
    """Registers every name of `names` in the binder as being served at `localhost:port`.

    One `register_procedure` a name, because the original binder has nothing else. `localhost` and not the
    address really bound, because that is what the originals put there.
    """
    with proxy(*binder) as service:
        try:
            for name in names:
                service.register_procedure(name, "localhost", port)
        except OSError as error:
            raise SystemExit(f"no binder at {binder[0]}:{binder[1]}: {error}") from error


def find(binder, name):
    """The `(host, port)` where the binder says that `name` is served; ends the program when it cannot say."""
    with proxy(*binder) as service:
        try:
            found = service.lookup_procedure(name)
        except OSError as error:
            raise SystemExit(f"no binder at {binder[0]}:{binder[1]}: {error}") from error
    if found is None:
        raise SystemExit(f"the binder at {binder[0]}:{binder[1]} does not know {name!r}")
    host, port = found
    return host, port
