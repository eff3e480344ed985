"""The chat of the assignment, for a server."""

import threading
import time
from datetime import datetime

import serving

METHODS = (
    "register_user",
    "create_room",
    "join_room",
    "leave_room",
    "send_message",
    "receive_messages",
    "list_rooms",
    "list_users",
)


class Room:
    def __init__(self):
        self.users = []
        self.messages = []
        self.given = {}
        self.used = time.monotonic()


class Chat:
    """Refusals are texts. One lock: each call is carried out alone."""

    def __init__(self):
        self.names = set()
        self.rooms = {}
        self.lock = threading.RLock()

    def _dispatch(self, method, parameters):
        if method not in METHODS:
            raise Exception(f'method "{method}" is not supported')
        with self.lock:
            return getattr(self, method)(*self.checked(parameters))

    def checked(self, parameters):
        for text in parameters:
            if not isinstance(text, str) or serving.FORBIDDEN.search(text):
                raise ValueError("only texts of printable characters")
        return parameters

    def register_user(self, username):
        if username in self.names:
            return "O nome está em uso."
        self.names.add(username)
        return "Registrado."

    def create_room(self, room_name):
        if room_name in self.rooms:
            return "A sala já existe."
        self.rooms[room_name] = Room()
        return "Criada."

    def join_room(self, username, room_name):
        if room_name not in self.rooms:
            return "A sala não existe."
        if username not in self.names:
            return "Usuário não registrado."
        room = self.rooms[room_name]
        if username not in room.users:
            room.users.append(username)
        room.used = time.monotonic()
        room.given[username] = len(room.messages)
        return {"users": list(room.users), "messages": self.history(room)}

    def history(self, room):
        return [message for message in room.messages if message["type"] == "broadcast"][-50:]

    def leave_room(self, username, room_name):
        if username in self.rooms[room_name].users:
            self.rooms[room_name].users.remove(username)
        return "Saiu."

    def send_message(self, username, room_name, message, recipient=None):
        room = self.rooms[room_name]
        if not self.may_send(username, room):
            return "Usuário não está na sala."
        self.store(room, self.message(username, message, recipient))
        room.used = time.monotonic()
        return "Enviada."

    def may_send(self, username, room):
        return username in room.users

    def message(self, username, message, recipient):
        return {
            "type": "unicast" if recipient else "broadcast",
            "sender": username,
            "recipient": recipient or "",
            "content": message,
            "datetime": datetime.now().isoformat(sep=" "),
        }

    def store(self, room, message):
        room.messages.append(message)

    def receive_messages(self, username, room_name):
        room = self.rooms[room_name]
        first = self.first_new(room, username)
        room.given[username] = len(room.messages)
        return [message for message in room.messages[first:] if self.is_for(message, username)]

    def first_new(self, room, username):
        return room.given.get(username, 0)

    def is_for(self, message, username):
        return message["type"] == "broadcast" or message["recipient"] == username

    def list_rooms(self):
        return list(self.rooms)

    def list_users(self, room_name):
        return list(self.rooms[room_name].users) if room_name in self.rooms else []

    def remove_empty_rooms(self, older_than):
        with self.lock:
            for name, room in list(self.rooms.items()):
                if not room.users and time.monotonic() - room.used > older_than:
                    del self.rooms[name]
