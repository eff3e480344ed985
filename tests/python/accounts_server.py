"""The original chat server of dialect accounts: users have passwords and may be in several rooms.

    python3 accounts_server.py [--port 8000] [--binder localhost:5000] [--room-ttl 300]

Successes are `True` and failures are faults. Kept on purpose: passwords in the clear, anybody registered may
send to a room without being in it, a private message to somebody who is not there is stored all the same,
timestamps of minutes, everybody's private messages handed to whoever joins.
"""

import argparse
import threading
from datetime import datetime

import naming
import rooms
import serving

METHODS = (
    "register_user",
    "login_user",
    "create_room",
    "join_room",
    "send_message",
    "receive_messages",
    "list_rooms",
    "list_users",
    "leave_room",
    "is_user_in_room",
)

#: The one name under which the binder knows this server.
REGISTERED_AS = "chat_server"


def visible(message, username):
    """Whether polling shows the message to the user: what went to the room, and what went to that name."""
    return message["type"] == "broadcast" or message["to"] == username


class AccountsChat:
    """The state of the chat and the ten methods on it."""

    def __init__(self):
        self.rooms = {}
        self._password_of = {}

    def register_user(self, username, password):
        if username in self._password_of:
            raise Exception(f"Nome de usuário '{username}' já está em uso.")
        self._password_of[username] = password
        return True

    def login_user(self, username, password):
        if username not in self._password_of:
            return self.register_user(username, password)
        if self._password_of[username] != password:
            raise Exception("Senha incorreta.")
        return True

    def create_room(self, room_name):
        if room_name in self.rooms:
            raise Exception(f"Já existe uma sala com o nome '{room_name}'.")
        self.rooms[room_name] = rooms.Room()
        return True

    def join_room(self, username, room_name):
        room = self._room_for(username, room_name)
        if username not in room.users:
            room.enter(username)
        return {"users": room.users, "messages": room.newest()}

    def send_message(self, username, room_name, message, recipient=None):
        room = self._room_for(username, room_name)
        room.messages.append(
            {
                "type": "unicast" if recipient else "broadcast",
                "from": username,
                "to": recipient or None,
                "message": message,
                "timestamp": datetime.now().strftime("%H:%M"),
            }
        )
        room.touch()

    def receive_messages(self, username, room_name):
        room = self._room_for(username, room_name)
        return [message for message in room.messages if visible(message, username)]

    def list_rooms(self):
        return list(self.rooms)

    def list_users(self, room_name):
        return self._room(room_name).users

    def leave_room(self, room_name, username):
        """The room comes first here, unlike everywhere else: callers depend on it."""
        self._room_for(username, room_name).leave(username)
        return True

    def is_user_in_room(self, username, room_name):
        return room_name in self.rooms and username in self.rooms[room_name].users

    def _room(self, room_name):
        if room_name not in self.rooms:
            raise Exception(f"A sala '{room_name}' não existe.")
        return self.rooms[room_name]

    def _room_for(self, username, room_name):
        room = self._room(room_name)
        if username not in self._password_of:
            raise Exception(f"Usuário '{username}' não registrado.")
        return room


def main():
    parser = argparse.ArgumentParser(description="the original chat server, dialect accounts")
    parser.add_argument("--port", type=int, default=naming.usual_port(8000), help="0 takes any free port")
    naming.add_binder_flag(parser)
    parser.add_argument(
        "--unregistered",
        action="store_true",
        help="register nowhere, as the original, whose binder knows it already",
    )
    rooms.add_room_ttl_flag(parser)
    arguments = parser.parse_args()

    chat = AccountsChat()
    lock = threading.Lock()
    server = serving.listen(arguments.port)
    server.register_instance(serving.OneAtATime(chat, METHODS, lock))
    if not arguments.unregistered:
        naming.register_in_own_binder(arguments.binder, [REGISTERED_AS], serving.port_of(server))
    rooms.keep_removing_idle(chat.rooms, lock, arguments.room_ttl)
    serving.serve(server, "chat-server")


if __name__ == "__main__":
    main()
