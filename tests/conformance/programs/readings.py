"""Other readings of the assignment, which break nothing."""

import uuid

from chat import Chat


class Announces(Chat):
    """The entry is announced by a public message, which is the newest one of the history."""

    def join_room(self, username, room_name):
        if username in self.names and room_name in self.rooms:
            self.store(self.rooms[room_name], self.message("sistema", f"{username} entrou", None))
        return super().join_room(username, room_name)


class AnswersOthers(Announces):
    """The answer to who enters has those who were there before."""

    def join_room(self, username, room_name):
        answer = super().join_room(username, room_name)
        if isinstance(answer, dict):
            answer["users"].remove(username)
        return answer


class AnnouncesPrivate(Announces):
    """That two talk in private is announced, too, without what they say, and is a part of the history."""

    def send_message(self, username, room_name, message, recipient=None):
        if recipient:
            text = f"{username} falou em particular com {recipient}"
            self.store(self.rooms[room_name], self.message("sistema", text, None))
        return super().send_message(username, room_name, message, recipient)


class AllowsOneRoom(Chat):
    """A user leaves one room before entering another."""

    def join_room(self, username, room_name):
        if any(username in room.users for name, room in self.rooms.items() if name != room_name):
            raise Exception("Saia antes da outra sala.")
        return super().join_room(username, room_name)


class AnswersNumbers(Chat):
    """1 for done, 0 for refused."""

    def register_user(self, username):
        return int(super().register_user(username) == "Registrado.")

    def create_room(self, room_name):
        return int(super().create_room(room_name) == "Criada.")


class AnswersStructs(Chat):
    """A struct that says in words how it went."""

    def register_user(self, username):
        answer = super().register_user(username)
        return {"situacao": "certo" if answer == "Registrado." else "recusado", "usuario": username}

    def create_room(self, room_name):
        answer = super().create_room(room_name)
        return {"situacao": "certo" if answer == "Criada." else "recusado", "sala": room_name}


class GivesIdentifiers(Chat):
    """Who registers gets an identifier, another one each time."""

    def register_user(self, username):
        if super().register_user(username) != "Registrado.":
            raise Exception("O nome está em uso.")
        return f"sessao-{uuid.uuid4().hex}"


class OffersFromNumber(Chat):
    """There is a receive_new_messages, too, which takes the number of the first message."""

    def _dispatch(self, method, parameters):
        if method != "receive_new_messages":
            return super()._dispatch(method, parameters)
        username, room_name, first = parameters
        return self.rooms[room_name].messages[int(first) :]


class OffersNewOfUser(Chat):
    """There is a receive_new_messages, too, which is another name for receive_messages."""

    def _dispatch(self, method, parameters):
        if method == "receive_new_messages":
            return super()._dispatch("receive_messages", parameters)
        return super()._dispatch(method, parameters)


READINGS = {
    "announce": Announces,
    "identifiers": GivesIdentifiers,
    "new-by-number": OffersFromNumber,
    "new-by-user": OffersNewOfUser,
    "notices": AnnouncesPrivate,
    "numbers": AnswersNumbers,
    "one-room": AllowsOneRoom,
    "others": AnswersOthers,
    "structs": AnswersStructs,
}
