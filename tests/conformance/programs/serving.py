"""What the servers of the shelf share: a server with a thread for each connection, and the choice of a mistake."""

import argparse
import re
import socketserver
import xmlrpc.client
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler, SimpleXMLRPCServer

#: Characters that XML 1.0 cannot carry.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Server(socketserver.ThreadingMixIn, SimpleXMLRPCServer):
    daemon_threads = True


class SingleThread(SimpleXMLRPCServer):
    """The mistake: one open connection holds the server."""


class DropsAfterGarbage(Server):
    """The mistake: the call after requests that are not calls is dropped."""

    is_confused = False

    def is_wrong(self, data):
        return b"<methodName>" not in data

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        if self.is_wrong(data):
            self.is_confused = True
        elif self.is_confused:
            self.is_confused = False
            raise SystemExit
        return SimpleXMLRPCDispatcher._marshaled_dispatch(self, data, dispatch_method, path)


class DropsAfterHalfCalls(Server):
    """The mistake: the message after the half of a call is dropped, the first time."""

    got_half = False
    has_dropped = False

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        if b"<methodName>" in data and b"</methodCall>" not in data:
            self.got_half = True
        elif self.got_half and not self.has_dropped and b"<methodName>send_message<" in data:
            # Once only: another half may be read late, by another thread.
            self.has_dropped = True
            raise SystemExit
        return SimpleXMLRPCDispatcher._marshaled_dispatch(self, data, dispatch_method, path)


class PassesCharacters(Server):
    """The mistake: a character that XML cannot carry goes in and comes out again."""

    def _marshaled_dispatch(self, data, dispatch_method=None, path=None):
        data = data.replace(b"\x01", b"U-0001")
        answer = SimpleXMLRPCDispatcher._marshaled_dispatch(self, data, dispatch_method, path)
        return answer.replace(b"U-0001", b"\x01")


def arguments(mistakes, readings=(), others={}):
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--binder", default="localhost:5000")
    parser.add_argument("--room-ttl", type=float, default=300)
    parser.add_argument("--reading", choices=sorted(readings), help="another reading of the sheet, which is right")
    parser.add_argument("--mistake", choices=sorted(mistakes), help="the requirement that is broken on purpose")
    for flag, text in others.items():
        parser.add_argument(flag, help=text)
    return parser.parse_args()


def listen(kind, port, target, allow_none=True):
    server = kind(("127.0.0.1", port), SimpleXMLRPCRequestHandler, logRequests=False, allow_none=allow_none)
    server.register_instance(target)
    return server


def proxy(address):
    return xmlrpc.client.ServerProxy(f"http://{address}", allow_none=True)


def serve(server):
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
