"""What a room is in both original servers, and the thread that removes the empty ones.

The two dialects differ in what they answer, not in what they keep: names in order of joining, messages
without end, and the moment of the last interaction.
"""

import sys
import threading
import time

#: How many messages a join hands over.
HISTORY_OF_A_JOIN = 50

#: Seconds after which a room without users and without interaction is removed.
DEFAULT_ROOM_TTL = 300.0


class Room:
    """One room: its users in order of joining, and every message ever sent to it."""

    def __init__(self):
        self.users = []
        self.messages = []
        self.last_interaction = time.monotonic()

    def touch(self):
        """Notes an interaction (creation, join, leave or send), which keeps an empty room alive."""
        self.last_interaction = time.monotonic()

    def enter(self, username):
        """Puts the user, who is not in the room, at the end of the list."""
        self.users.append(username)

    def leave(self, username):
        """Takes the user out of the room; somebody who is not in it changes nothing but the clock."""
        if username in self.users:
            self.users.remove(username)
        self.touch()

    def newest(self):
        """What a join hands over: everybody's newest messages, private ones of others among them."""
        return self.messages[-HISTORY_OF_A_JOIN:]


def remove_idle(rooms, ttl):
    """Removes from the dictionary `rooms` what has been empty and untouched for more than `ttl` seconds."""
    now = time.monotonic()
    idle = [name for name, room in rooms.items() if not room.users and now - room.last_interaction > ttl]
    for name in idle:
        del rooms[name]
        print(f"Sala '{name}' removida por inatividade.", file=sys.stderr, flush=True)


def keep_removing_idle(rooms, lock, ttl):
    """Starts the background thread that calls `remove_idle` for as long as the program runs."""

    def run():
        while True:
            # Once a minute is often enough for minutes; a test with a shorter life wants it noticed in time.
            time.sleep(min(60.0, ttl / 4))
            with lock:
                remove_idle(rooms, ttl)

    threading.Thread(target=run, daemon=True).start()


def add_room_ttl_flag(parser):
    """Gives a server the flag `--room-ttl SECONDS`, so that a test need not wait five minutes."""
    parser.add_argument("--room-ttl", type=float, default=DEFAULT_ROOM_TTL, metavar="SECONDS")
