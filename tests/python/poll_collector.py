"""Checks that a client that polls like the original sees each message exactly once.

    python3 poll_collector.py --server HOST:PORT --user U --room R --expect N --deadline SECONDS [--interval 2]

Registers, joins the room (which it creates if need be), prints `ready`, and from then on polls as the
original client does: only what is strictly later than the last timestamp seen is shown, one message's
content a line. After N messages, or at the deadline, it polls twice more to notice doubles. Exits 0 if
exactly N messages came and no two had the same content; senders therefore give each another content.
"""

import argparse
import collections
import json
import socket
import sys
import time

import naming
from receiving import Received
from terminal import say

#: How often it asks again after the last message expected, to see whether something comes twice.
POLLS_FOR_DOUBLES = 2


class Collector:
    """The part of the original client that receives, remembering what it showed."""

    def __init__(self, server, username, room):
        self._server = server
        self._username = username
        self._room = room
        self._received = None
        self.shown = []

    def join(self):
        """Gets into the room, with what was said there before counted as seen."""
        self._server.register_user(self._username)
        self._server.create_room(self._room)
        answer = self._server.join_room(self._username, self._room)
        if isinstance(answer, str):
            raise SystemExit(f"join_room: {answer}")
        self._received = Received(self._username, answer["messages"])

    def poll(self):
        """Asks once and prints what is new and not its own."""
        last_timestamp = self._received.last_timestamp
        messages = self._server.receive_new_messages(self._username, self._room, last_timestamp)
        for message in self._received.to_show(messages):
            self.shown.append(message["content"])
            say(message["content"])

    def leave(self):
        """Frees the name."""
        self._server.unregister_user(self._username)


def complaint(shown, expected):
    """What is wrong with the contents shown, or None."""
    doubles = [content for content, count in collections.Counter(shown).items() if count > 1]
    distinct = len(set(shown))
    if doubles:
        return f"shown more than once: {json.dumps(doubles)}"
    if distinct != expected:
        return f"{distinct} distinct messages were shown, {expected} were expected"
    return None


def main():
    parser = argparse.ArgumentParser(description="polls a room and counts what it sees")
    parser.add_argument("--server", type=naming.address, required=True, metavar="HOST:PORT")
    parser.add_argument("--user", required=True)
    parser.add_argument("--room", required=True)
    parser.add_argument("--expect", type=int, required=True, metavar="N")
    parser.add_argument("--deadline", type=float, required=True, metavar="SECONDS")
    parser.add_argument("--interval", type=float, default=2.0, metavar="SECONDS")
    arguments = parser.parse_args()

    # A server that says nothing is not waited for beyond the deadline.
    socket.setdefaulttimeout(arguments.deadline)
    collector = Collector(naming.proxy(*arguments.server), arguments.user, arguments.room)
    collector.join()
    say("ready")
    end = time.monotonic() + arguments.deadline
    while len(collector.shown) < arguments.expect and time.monotonic() < end:
        time.sleep(arguments.interval)
        collector.poll()
    for _ in range(POLLS_FOR_DOUBLES):
        time.sleep(arguments.interval)
        collector.poll()
    collector.leave()

    wrong = complaint(collector.shown, arguments.expect)
    if wrong:
        sys.exit(f"{arguments.user}, room {arguments.room}: {wrong}")


if __name__ == "__main__":
    main()
