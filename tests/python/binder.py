"""The original binder: a name service of two procedures.

    python3 binder.py [--port 5000]

It forgets nothing, checks nothing, and answers every other name as Python does: fault 1, "not supported".
"""

import argparse

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


def main():
    parser = argparse.ArgumentParser(description="the original binder")
    parser.add_argument("--port", type=int, default=5000, help="0 takes any free port")
    arguments = parser.parse_args()

    server = serving.listen(arguments.port)
    server.register_instance(Binder())
    serving.serve(server, "binder")


if __name__ == "__main__":
    main()
