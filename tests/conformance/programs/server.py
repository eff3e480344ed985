"""A chat server as the assignment asks for it, with other readings of it, and one with a mistake for each requirement.

    python3 server.py [--port 0] [--binder localhost:5000] [--room-ttl 300] [--reading READING | --mistake REQUIREMENT]
"""

import threading
import time
import xmlrpc.client

import serving
from chat import METHODS, Chat, Room
from readings import READINGS
from sharing import (
    ListsUsersOfEveryRoom,
    OneHistoryForAllRooms,
    OneInboxForAllRooms,
    OneListForAllRooms,
    OneMarkForAll,
    RemovesWhatIsRead,
)


class RefusesAll(Chat):
    def register_user(self, username):
        raise Exception("O nome está em uso.")


class TakesTakenNames(Chat):
    def register_user(self, username):
        self.names.add(username)
        return "Registrado."


class LooksThenTakes(Chat):
    """Between looking and taking, another may take the name. The lock is not held for it."""

    def _dispatch(self, method, parameters):
        if method != "register_user":
            return super()._dispatch(method, parameters)
        (username,) = self.checked(parameters)
        if username in self.names:
            return "O nome está em uso."
        time.sleep(0.05)
        self.names.add(username)
        return "Registrado."


class ListsNothing(Chat):
    def list_rooms(self):
        return []


class ReplacesRooms(Chat):
    def create_room(self, room_name):
        self.rooms[room_name] = Room()
        return "Criada."


class JoinsWithoutUsers(Chat):
    def join_room(self, username, room_name):
        answer = super().join_room(username, room_name)
        return answer if isinstance(answer, str) else {"messages": answer["messages"]}


class JoinsUnknownRooms(Chat):
    def join_room(self, username, room_name):
        self.rooms.setdefault(room_name, Room())
        return super().join_room(username, room_name)


class JoinsTwice(Chat):
    """A user who enters again is listed once more."""

    def join_room(self, username, room_name):
        if username in self.names and room_name in self.rooms and username in self.rooms[room_name].users:
            self.rooms[room_name].users.append(username)
        return super().join_room(username, room_name)


class ListsStrangers(Chat):
    """Lists users as well that never entered a room."""

    def __init__(self):
        super().__init__()
        self.entered = set()

    def join_room(self, username, room_name):
        self.entered.add(username)
        return super().join_room(username, room_name)

    def list_users(self, room_name):
        return super().list_users(room_name) + sorted(self.names - self.entered)


class RemembersLists(Chat):
    """The list of a user who is alone is remembered."""

    def __init__(self):
        super().__init__()
        self.lists = {}

    def list_users(self, room_name):
        users = super().list_users(room_name)
        if len(users) == 1:
            self.lists.setdefault(room_name, users)
        return self.lists.get(room_name, users)


class NeverLeaves(Chat):
    def leave_room(self, username, room_name):
        return "Saiu."


class KeepsEmptyRooms(Chat):
    def remove_empty_rooms(self, older_than):
        pass


class DoublesPublic(Chat):
    def receive_messages(self, username, room_name):
        messages = super().receive_messages(username, room_name)
        times = 2 if len(self.rooms[room_name].users) == 3 else 1
        return [message for message in messages for _ in range(times)]


class WithoutTime(Chat):
    def message(self, username, message, recipient):
        return {**super().message(username, message, recipient), "datetime": ""}


class WithoutAccents(Chat):
    def message(self, username, message, recipient):
        return super().message(username, message.encode("ascii", "replace").decode(), recipient)


class PrintsInAscii(Chat):
    """As print does where the output is no terminal, or its language is C."""

    def message(self, username, message, recipient):
        message.encode("ascii")
        return super().message(username, message, recipient)


class SortsBySender(Chat):
    def history(self, room):
        return sorted(super().history(room), key=lambda message: message["sender"])


class KeepsPrivateToItself(Chat):
    def is_for(self, message, username):
        return message["type"] == "broadcast"


class TellsPrivate(Chat):
    def history(self, room):
        return room.messages[-50:]


class TellsAllWhatIsForStrangers(Chat):
    """A recipient who is not in the room is none, and a message without a recipient is public."""

    def send_message(self, username, room_name, message, recipient=None):
        is_there = recipient in self.rooms[room_name].users
        return super().send_message(username, room_name, message, recipient if is_there else None)


class ComparesFirstLetters(Chat):
    """As many do who search with startswith, or with LIKE."""

    def is_for(self, message, username):
        return message["type"] == "broadcast" or message["recipient"][:3] == username[:3]


class ComparesParts(Chat):
    def is_for(self, message, username):
        return message["type"] == "broadcast" or username in message["recipient"]


class IgnoresCase(Chat):
    def is_for(self, message, username):
        return message["type"] == "broadcast" or message["recipient"].lower() == username.lower()


class ShowsPartsToThoseWhoEnter(Chat):
    """The history of a user who enters has private messages to users with longer names."""

    def join_room(self, username, room_name):
        answer = super().join_room(username, room_name)
        if isinstance(answer, dict):
            answer["messages"] += [
                message
                for message in self.rooms[room_name].messages
                if message["type"] == "unicast" and message["recipient"].startswith(username)
            ]
        return answer


class GivesAllAgain(Chat):
    def first_new(self, room, username):
        return 0


class ShortHistory(Chat):
    def history(self, room):
        return super().history(room)[-20:]


class LimitsThenFilters(Chat):
    """Of the last 50 messages the public ones."""

    def history(self, room):
        return [message for message in room.messages[-50:] if message["type"] == "broadcast"]


class LosesMessages(Chat):
    """What is sent while another message is being stored is lost. The lock is not held for it."""

    def _dispatch(self, method, parameters):
        if method != "send_message" or len(parameters) > 3:
            return super()._dispatch(method, parameters)
        username, room_name, text = self.checked(parameters)
        room = self.rooms[room_name]
        if username not in room.users:
            return "Usuário não está na sala."
        messages = list(room.messages)
        time.sleep(0.005)
        messages.append(self.message(username, text, None))
        room.messages = messages
        return "Enviada."


class DropsWhatIsOld(Chat):
    """Of what was not fetched, only the newest messages are kept, as in a deque of limited length."""

    def first_new(self, room, username):
        return max(super().first_new(room, username), len(room.messages) - 12)


class AnswersEverything(Chat):
    def _dispatch(self, method, parameters):
        return super()._dispatch(method, parameters) if method in METHODS else "?"


class TakesAnyCount(Chat):
    def list_rooms(self, *_):
        return super().list_rooms()


class TakesAnyType(Chat):
    """A message that is not a text is stored, and nothing can be fetched from the room any more."""

    def checked(self, parameters):
        return super().checked([text for text in parameters if isinstance(text, str)]) and parameters

    def is_for(self, message, username):
        return super().is_for(message, username) and message["content"] + "" is not None


class NewestFirst(Chat):
    def history(self, room):
        return super().history(room)[::-1]

    def receive_messages(self, username, room_name):
        return super().receive_messages(username, room_name)[::-1]


class SendsToTheRoomFirst(Chat):
    """The first two parameters in the other order."""

    def send_message(self, room_name, username, message, recipient=None):
        return super().send_message(username, room_name, message, recipient)


class TakesStrangers(Chat):
    def may_send(self, username, room):
        return True


#: One for each requirement; after a colon, another mistake that breaks the same one.
MISTAKES = {
    "users-register": RefusesAll,
    "users-unique": TakesTakenNames,
    "users-unique-at-once": LooksThenTakes,
    "rooms-create": ListsNothing,
    "rooms-unique": ReplacesRooms,
    "rooms-join": JoinsWithoutUsers,
    "rooms-join-unknown": JoinsUnknownRooms,
    "rooms-users": ListsStrangers,
    "rooms-users:every-room": ListsUsersOfEveryRoom,
    "rooms-entry-seen": RemembersLists,
    "rooms-leave": NeverLeaves,
    "rooms-empty-removed": KeepsEmptyRooms,
    "messages-public": DoublesPublic,
    "messages-members": WithoutTime,
    "messages-unchanged": WithoutAccents,
    "messages-unchanged:ascii": PrintsInAscii,
    "messages-order": SortsBySender,
    "messages-private": KeepsPrivateToItself,
    "messages-private-stays": TellsPrivate,
    "messages-private-stays:outside": TellsAllWhatIsForStrangers,
    "messages-private-exact": ComparesFirstLetters,
    "messages-private-exact:part": ComparesParts,
    "messages-private-exact:case": IgnoresCase,
    "messages-private-exact:entry": ShowsPartsToThoseWhoEnter,
    "messages-other-room": OneListForAllRooms,
    "messages-other-room:entry": OneHistoryForAllRooms,
    "messages-other-room:inbox": OneInboxForAllRooms,
    "messages-new-only": GivesAllAgain,
    "messages-history": ShortHistory,
    "messages-history:private": LimitsThenFilters,
    "at-once-served": Chat,
    "at-once-delivery": LosesMessages,
    "at-once-delivery:limited": DropsWhatIsOld,
    "wrong-method": AnswersEverything,
    "wrong-count": TakesAnyCount,
    "wrong-types": TakesAnyType,
    "wrong-xml": Chat,
    "wrong-characters": Chat,
    "wrong-sender": TakesStrangers,
    "lost-answer-repeat": JoinsTwice,
    "lost-answer-survived": Chat,
}

#: Mistakes that break more than one requirement.
WIDE = {
    "newest-first": NewestFirst,
    "one-mark": OneMarkForAll,
    "read-once": RemovesWhatIsRead,
    "room-first": SendsToTheRoomFirst,
}

SERVERS = {
    "at-once-served": serving.SingleThread,
    "wrong-characters": serving.PassesCharacters,
    "wrong-xml": serving.DropsAfterGarbage,
    "lost-answer-survived": serving.DropsAfterHalfCalls,
}


def main():
    arguments = serving.arguments({**MISTAKES, **WIDE}, READINGS)
    chat = {**MISTAKES, **WIDE, **READINGS}.get(arguments.mistake or arguments.reading, Chat)()
    server = serving.listen(SERVERS.get(arguments.mistake, serving.Server), arguments.port, chat)

    def remove_for_ever():
        while True:
            time.sleep(arguments.room_ttl / 10)
            chat.remove_empty_rooms(arguments.room_ttl)

    threading.Thread(target=remove_for_ever, daemon=True).start()
    if arguments.binder != "none":
        binder = xmlrpc.client.ServerProxy(f"http://{arguments.binder}")
        for method in METHODS:
            binder.register_procedure(method, "localhost", server.server_address[1])
    serving.serve(server)


if __name__ == "__main__":
    main()
