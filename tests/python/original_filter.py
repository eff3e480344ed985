"""Checks that a client that filters as the original does loses nothing of what others send.

    python3 original_filter.py --server HOST:PORT [--own COUNT] [--length CHARACTERS] [--rounds COUNT]

The original's client begins with the second in which it starts, keeps what is strictly later as a string, and
moves on by the messages of others only. In each round one such client starts, gets into a new room with
another user, sends COUNT messages of its own, and is then sent a broadcast and a private message, all without
a pause. With no messages of its own (the default) all of it happens within one second. Exits 0 if both
messages were seen once in every round.
"""

import argparse
import socket
import sys
import time

import naming
from terminal import say

#: How often an original client asks before a message counts as lost: what does not come in the first answers
#: never comes, because it asks with the same timestamp each time.
POLLS = 4

#: Seconds after which a server that says nothing has failed.
PATIENCE = 30.0


def now():
    """This second, in the form of the timestamps."""
    return time.strftime("%Y-%m-%d %H:%M:%S")


def begin_of_a_second():
    """Waits until a new second begins, so that a round has all of it, and gives it."""
    before = now()
    while now() == before:
        time.sleep(0.001)
    return now()


def play(server, own_count, text):
    """One round: what the client saw, and whether nothing of it took place after the second of its start."""
    last = begin_of_a_second()
    room = f"sala {time.time_ns()}"
    ana, bia = f"ana {room}", f"bia {room}"
    for user in (ana, bia):
        server.register_user(user)
    server.create_room(room)
    for user in (ana, bia):
        server.join_room(user, room)
    for _ in range(own_count):
        server.send_message(ana, room, text, "")
    server.send_message(bia, room, "para todos", "")
    server.send_message(bia, room, "segredo", ana)
    is_one_second = now() == last

    seen = []
    for _ in range(POLLS):
        for message in server.receive_new_messages(ana, room, last):
            if message["timestamp"] > last and message["origin"] != ana:
                last = message["timestamp"]
                seen.append(message["content"])
    for user in (ana, bia):
        server.unregister_user(user)
    return seen, is_one_second


def main():
    parser = argparse.ArgumentParser(description="filters as the original client does")
    parser.add_argument("--server", type=naming.address, required=True, metavar="HOST:PORT")
    parser.add_argument("--own", type=int, default=0, metavar="COUNT")
    parser.add_argument("--length", type=int, default=1, metavar="CHARACTERS")
    parser.add_argument("--rounds", type=int, default=1, metavar="COUNT")
    arguments = parser.parse_args()

    socket.setdefaulttimeout(PATIENCE)
    server = naming.proxy(*arguments.server)
    played = 0
    while played < arguments.rounds:
        seen, is_one_second = play(server, arguments.own, "x" * arguments.length)
        if not arguments.own and not is_one_second:
            # On a busy machine the second may be over too soon: then this round says nothing.
            continue
        played += 1
        say(f"round {played}: {seen}")
        if seen != ["para todos", "segredo"]:
            sys.exit("something was lost or came twice")


if __name__ == "__main__":
    main()
