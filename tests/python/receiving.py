"""Which of the messages a poll brings the original classic client shows: the rule by which it loses some."""

#: Asks for everything: what a client that has seen no message of a room must start from, since a message
#: may still come within the very second of its joining.
BEFORE_ALL_MESSAGES = "1970-01-01 00:00:00"


class Received:
    """The last timestamp that a user in a room has seen."""

    def __init__(self, username, history):
        """`history` is what `join_room` handed over: it counts as seen."""
        self._username = username
        self.last_timestamp = max((message["timestamp"] for message in history), default=BEFORE_ALL_MESSAGES)

    def to_show(self, messages):
        """Notes that the messages are seen, and gives those to be shown.

        Timestamps are compared as strings, and strictly: of two messages with one timestamp the second is not
        shown. One's own messages are seen but not shown.
        """
        for message in messages:
            if message["timestamp"] > self.last_timestamp:
                self.last_timestamp = message["timestamp"]
                if message["origin"] != self._username:
                    yield message
