"""What the three servers have in common: the original's HTTP server, and the line that says it is ready."""

from xmlrpc.server import SimpleXMLRPCServer


class OneAtATime:
    """Exposes exactly the given methods of an object, and lets no two of them run together.

    The server has a single thread, but the thread that removes empty rooms works on the same rooms: `lock`
    is what the two share. A name that is not exposed is refused in the very words of Python's own dispatcher,
    which other programs recognise an original server by.
    """

    def __init__(self, target, methods, lock):
        self._target = target
        self._methods = methods
        self._lock = lock

    def _dispatch(self, method, params):
        if method not in self._methods:
            raise Exception(f'method "{method}" is not supported')
        with self._lock:
            return getattr(self._target, method)(*params)


def listen(port, allow_none=True):
    """A server on loopback as the originals have it: single-threaded, HTTP/1.0.

    All of them but the binder of the accounts system are able to answer None. That one carries a call out and
    then answers with a fault in place of None.

    Port 0 takes any free port. It accepts connections (in its backlog) from here on, and answers them once
    `serve` runs. The line for each request is switched off, which keeps standard error for real errors.
    """
    return SimpleXMLRPCServer(("127.0.0.1", port), allow_none=allow_none, logRequests=False)


def port_of(server):
    """The port the server really has, which matters when port 0 was asked for."""
    return server.server_address[1]


def serve(server, program):
    """Prints the one line that scripts wait for, then answers calls until Ctrl-C."""
    print(f"{program} listening on 127.0.0.1:{port_of(server)}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
