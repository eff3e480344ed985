"""Mistakes by which rooms or users share what is of one of them alone."""

from chat import Chat


class ListsUsersOfEveryRoom(Chat):
    """One list of users for all rooms."""

    def list_users(self, room_name):
        lists = [room.users for room in self.rooms.values()] if room_name in self.rooms else []
        return sorted({user for users in lists for user in users})


class OneListForAllRooms(Chat):
    """As of a class whose list of messages is shared by its instances, or is a default value."""

    messages = []

    def create_room(self, room_name):
        answer = super().create_room(room_name)
        self.rooms[room_name].messages = self.messages
        return answer


class OneInboxForAllRooms(Chat):
    """What is for a user is given at the next fetch, whichever room this names."""

    def __init__(self):
        super().__init__()
        self.inboxes = {}

    def store(self, room, message):
        super().store(room, message)
        for user in room.users:
            if self.is_for(message, user):
                self.inboxes.setdefault(user, []).append(message)

    def receive_messages(self, username, room_name):
        return self.inboxes.pop(username, [])


class OneHistoryForAllRooms(Chat):
    """Who enters gets what was said in any room."""

    def __init__(self):
        super().__init__()
        self.public = []

    def store(self, room, message):
        super().store(room, message)
        if message["type"] == "broadcast":
            self.public.append(message)

    def history(self, room):
        return self.public[-50:]


class OneMarkForAll(Chat):
    """What came since any user's last fetch."""

    def first_new(self, room, username):
        return max(room.given.values(), default=0)


class RemovesWhatIsRead(Chat):
    """The first one who fetches takes the messages from the room."""

    def join_room(self, username, room_name):
        answer = super().join_room(username, room_name)
        if room_name in self.rooms:
            self.rooms[room_name].given.clear()
        return answer

    def receive_messages(self, username, room_name):
        answer = super().receive_messages(username, room_name)
        room = self.rooms[room_name]
        room.given.clear()
        room.messages = [message for message in room.messages if message not in answer]
        return answer
