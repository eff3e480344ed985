"""The original chat server of dialect classic: no passwords, a user is in one room at a time.

    python3 classic_server.py [--port 9000] [--binder localhost:5000] [--room-ttl 300]

Kept on purpose, because others have to cope with it: timestamps of whole seconds, a history without end that
each poll scans, names that nobody checks, everybody's private messages handed to whoever joins, and a
string where a list is expected when `last_timestamp` cannot be read.
"""

import argparse
import threading
from datetime import datetime

import naming
import rooms
import serving

#: Each is registered in the binder under its own name.
METHODS = (
    "register_user",
    "unregister_user",
    "create_room",
    "join_room",
    "send_message",
    "receive_messages",
    "receive_new_messages",
    "list_rooms",
    "list_users",
)

TIMESTAMP = "%Y-%m-%d %H:%M:%S"


def visible(message, username):
    """Whether polling shows the message to the user: what went to the room, and what went to that name."""
    return message["type"] == "broadcast" or message["destination"] == username


class ClassicChat:
    """The state of the chat and the nine methods on it."""

    def __init__(self):
        self.rooms = {}
        # Each user's name, with the name of the room they are in or None.
        self._room_of = {}

    def register_user(self, username):
        if username in self._room_of:
            raise Exception("O nome de usuário já está em uso. Escolha outro.")
        self._room_of[username] = None
        return "Usuário registrado com sucesso."

    def unregister_user(self, username):
        if username not in self._room_of:
            return "Usuário não encontrado."
        self._leave_room(username)
        del self._room_of[username]
        return "Usuário desconectado com sucesso."

    def create_room(self, room_name):
        if room_name in self.rooms:
            return "Sala já existe."
        self.rooms[room_name] = rooms.Room()
        return f"Sala '{room_name}' criada."

    def join_room(self, username, room_name):
        if username not in self._room_of:
            return "Usuário não registrado."
        if room_name not in self.rooms:
            return "Sala não existe."
        self._leave_room(username)
        room = self.rooms[room_name]
        room.enter(username)
        self._room_of[username] = room_name
        return {"users": room.users, "messages": room.newest()}

    def send_message(self, username, room_name, message, recipient=None):
        room = self.rooms.get(room_name)
        if room is None:
            return "Sala não existe."
        if username not in room.users:
            return "Usuário não está na sala."
        if len(room.users) == 1:
            return "Você está sozinho na sala"
        if recipient and recipient not in room.users:
            return f"Usuario {recipient} não encontrado"
        room.messages.append(
            {
                "type": "unicast" if recipient else "broadcast",
                "origin": username,
                "destination": recipient,
                "content": message,
                "timestamp": datetime.now().strftime(TIMESTAMP),
            }
        )
        room.touch()
        return "Mensagem enviada."

    def receive_messages(self, username, room_name):
        room = self.rooms.get(room_name)
        if room is None:
            return []
        return [message for message in room.messages if visible(message, username)]

    def receive_new_messages(self, username, room_name, last_timestamp):
        try:
            last = datetime.strptime(last_timestamp, TIMESTAMP)
        except ValueError:
            return "Formato de timestamp inválido."
        return [
            message
            for message in self.receive_messages(username, room_name)
            if datetime.strptime(message["timestamp"], TIMESTAMP) > last
        ]

    def list_rooms(self):
        return list(self.rooms)

    def list_users(self, room_name):
        if not self.rooms:
            return "Nenhuma sala criada ainda."
        if room_name not in self.rooms:
            return "Sala não encontrada."
        return self.rooms[room_name].users

    def _leave_room(self, username):
        room_name = self._room_of[username]
        if room_name is not None:
            self.rooms[room_name].leave(username)


def main():
    parser = argparse.ArgumentParser(description="the original chat server, dialect classic")
    parser.add_argument("--port", type=int, default=naming.usual_port(9000), help="0 takes any free port")
    naming.add_binder_flag(parser)
    rooms.add_room_ttl_flag(parser)
    arguments = parser.parse_args()

    chat = ClassicChat()
    lock = threading.Lock()
    server = serving.listen(arguments.port)
    server.register_instance(serving.OneAtATime(chat, METHODS, lock))
    naming.register(arguments.binder, METHODS, serving.port_of(server))
    rooms.keep_removing_idle(chat.rooms, lock, arguments.room_ttl)
    serving.serve(server, "chat-server")


if __name__ == "__main__":
    main()
