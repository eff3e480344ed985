"""A server that registers before it listens: where another one has its port, that one is registered.

    python3 hasty.py --port PORT [--binder localhost:5000]
"""

import serving
from chat import METHODS, Chat


def main():
    arguments = serving.arguments({})
    binder = serving.proxy(arguments.binder)
    for method in METHODS:
        binder.register_procedure(method, "localhost", arguments.port)
    serving.serve(serving.listen(serving.Server, arguments.port, Chat()))


if __name__ == "__main__":
    main()
