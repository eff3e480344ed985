"""The original binder: a name service of two procedures.

    python3 binder.py [--port 5000] [--accounts]

It forgets nothing, checks nothing, and answers every other name as Python does: fault 1, "not supported".
With `--accounts` it is the binder of the accounts system. That one answers None where it has nothing to say, but
its server cannot write None: whoever registers a name or looks up an unknown one gets a fault.
"""

import argparse

import naming
import serving


class Binder:
    """The names, each with the address and port where it is served."""

    def __init__(self):
        self._served_at = {}

    def register_procedure(self, name, address, port):
        """Registers `name`, in place of whatever was registered under it before."""
        self._served_at[name] = (address, port)
        return f"Procedimento '{name}' registrado com sucesso."

    def lookup_procedure(self, name):
        """`[address, port]`, or None (on the wire: nil) when nobody registered `name`."""
        return self._served_at.get(name)


class AccountsBinder(Binder):
    """The same of the accounts system: registering answers nothing.

    The original has `chat_server` built in, at port 8000. Here the server registers itself, because tests take
    any port.
    """

    def register_procedure(self, name, address, port):
        super().register_procedure(name, address, port)


def main():
    parser = argparse.ArgumentParser(description="the original binder")
    parser.add_argument("--port", type=int, default=naming.usual_port(5000), help="0 takes any free port")
    parser.add_argument("--accounts", action="store_true", help="be the binder of the accounts system")
    arguments = parser.parse_args()

    server = serving.listen(arguments.port, allow_none=not arguments.accounts)
    server.register_instance(AccountsBinder() if arguments.accounts else Binder())
    serving.serve(server, "binder")


if __name__ == "__main__":
    main()
