"""Answers that take too long, or have no end: from the first call on, or after some calls that a right server answers.

    python3 slow.py --answer large|byte-by-byte|never [--after 0] [--port 0]
"""

import argparse
import time
from xmlrpc.server import SimpleXMLRPCRequestHandler

import serving
from chat import Chat

#: More than any history.
LARGE = 100 << 20


class Handler(SimpleXMLRPCRequestHandler):
    answer = None
    left = 0

    def do_POST(self):
        if Handler.left > 0:
            Handler.left -= 1
            return super().do_POST()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            getattr(self, self.answer.replace("-", "_"))()
        except OSError:
            # Nobody reads any more.
            pass

    def begin(self, length):
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.flush()

    def large(self):
        self.begin(LARGE)
        piece = b"<methodResponse>".ljust(1 << 16)
        for _ in range(LARGE // len(piece)):
            self.wfile.write(piece)

    def byte_by_byte(self):
        self.begin(1000)
        for _ in range(1000):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(1)

    def never(self):
        time.sleep(1000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answer", choices=("large", "byte-by-byte", "never"), required=True)
    parser.add_argument("--after", type=int, default=0)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    Handler.answer, Handler.left = arguments.answer, arguments.after
    server = serving.Server(("127.0.0.1", arguments.port), Handler, logRequests=False, allow_none=True)
    server.register_instance(Chat())
    serving.serve(server)


if __name__ == "__main__":
    main()
