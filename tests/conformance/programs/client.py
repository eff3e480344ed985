"""A client as the assignment asks for it, and one with a mistake for each requirement.

    python3 client.py [--binder localhost:5000] [--mistake REQUIREMENT | --reading READING]
"""

import argparse
import http.client
import sys
import time
import uuid
import xmlrpc.client

from user import Client


class NeverLooksUp(Client):
    def find(self):
        return "http://localhost:9"


class RegistersAnotherName(Client):
    def registered_name(self, name):
        return name.upper()


class GivesUp(Client):
    def refused(self, fault):
        sys.exit("Recusado.")


class CreatesAnotherRoom(Client):
    def create(self):
        room = self.read("Sala: ")
        # The room of the checks that only need a room is created as it is typed.
        print(self.call("create_room", room if "depois" in room else room.upper()))


class HidesHistory(Client):
    def show_history(self, message):
        pass


class HidesUsers(Client):
    def show_users(self, users):
        pass


class ShoutsToAll(Client):
    def addressed(self, text, recipient):
        return [text, recipient] if recipient else [text.upper()]


class ForgetsTheRecipient(Client):
    def addressed(self, text, recipient):
        return [text]


class NeverPolls(Client):
    def poll(self):
        pass


class HidesPrivate(Client):
    def show(self, message):
        if message["type"] == "broadcast":
            super().show(message)


class ShowsAllAgain(Client):
    def poll(self):
        for message in self.call("receive_messages", self.user, self.room):
            self.show(message)


class WholeSeconds(Client):
    """Keeps what is in a later second, and so loses the second message of one."""

    def poll(self):
        for message in self.call("receive_new_messages", self.user, self.room, self.last):
            if message["timestamp"][:19] > self.last[:19]:
                self.last = message["timestamp"]
                self.show(message)


class CountsRooms(Client):
    def list(self):
        print(len(self.call("list_rooms")), "salas")


class CountsUsers(Client):
    def users(self):
        print(len(self.call("list_users", self.room)), "usuários")


class EndsWhenRefused(Client):
    def join_refused(self, answer):
        sys.exit(answer)


class EndsAtUnknownCommands(Client):
    def unknown_command(self, word):
        sys.exit("Comando desconhecido.")


class LeavesSilently(Client):
    def leave(self):
        self.stopped.set()


class DiesAtTheEndOfInput(Client):
    def at_end_of_input(self):
        raise EOFError


class DiesWithTheServer(Client):
    shows_errors = True

    def failed(self, error):
        if isinstance(error, ConnectionRefusedError):
            raise error
        super().failed(error)


class DiesWithoutAnAnswer(Client):
    shows_errors = True

    def failed(self, error):
        if isinstance(error, http.client.RemoteDisconnected):
            raise error
        super().failed(error)


class PollsUntilTheFirstFailure(Client):
    def poll_failed(self, error):
        self.stopped.set()


class GivesTheLockUp(Client):
    """Two threads use one connection. Without any lock that is broken by chance, and here only where a call takes
    long."""

    def call(self, method, *parameters):
        has_lock = self.call_lock.acquire(timeout=0.3)
        try:
            return getattr(self.server, method)(*parameters)
        finally:
            if has_lock:
                self.call_lock.release()


class SendsAgainAsAnother(Client):
    """Repeats a send under another message_id, so that it is another message to the server."""

    def send(self):
        text, recipient = self.read("Texto: "), self.read("Para: ")
        if not xmlrpc.client.ServerProxy(f"http://{self.binder}").lookup_procedure("send_message_once"):
            print(self.call("send_message", self.user, self.room, *self.addressed(text, recipient)))
            return
        for _ in range(5):
            try:
                print(self.call("send_message_once", self.user, self.room, text, recipient, str(uuid.uuid4())))
                return
            except OSError:
                continue


class DiesWithTheBinder(Client):
    """Looks the server up before each message."""

    def send(self):
        try:
            self.find()
        except OSError as error:
            raise RuntimeError("o binder sumiu") from error
        super().send()


class UsesNoPlace(Client):
    def find(self):
        place = xmlrpc.client.ServerProxy(f"http://{self.binder}").lookup_procedure("create_room")
        return f"http://{place[0]}:{place[1]}"


class HoldsOutput(Client):
    """As the libraries of C and Perl do where the output is no terminal: it comes when there is much of it, or at the
    end."""

    def __init__(self, binder):
        super().__init__(binder)
        sys.stdout = open(sys.stdout.fileno(), "w", buffering=1 << 16, closefd=False)

    def read(self, prompt):
        # input() would flush the output.
        print(prompt, end="")
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else self.at_end_of_input()

    def show(self, message):
        print(message["content"])

    show_history = show


class WaitsForTheServer(Client):
    """The server may be started later."""

    def find(self):
        binder = xmlrpc.client.ServerProxy(f"http://{self.binder}")
        while not (place := binder.lookup_procedure("create_room")):
            print("Nenhum servidor registrado ainda; tentando de novo...")
            time.sleep(0.5)
        return f"http://{place[0]}:{place[1]}"


class WritesCapitals(Client):
    def show_users(self, users):
        print("Usuários:", ", ".join(user.title() for user in users))

    def users(self):
        self.show_users(self.call("list_users", self.room))


class DrawsTheRoomAgain(Client):
    """On a screen that was emptied with empty lines, as without escape codes."""

    def __init__(self, binder):
        super().__init__(binder)
        self.messages = []

    def poll(self):
        count = len(self.messages)
        super().poll()
        if len(self.messages) > count:
            print("\n" * 25)
            for message in self.messages:
                super().show(message)

    def show(self, message):
        self.messages.append(message)


class Announces(Client):
    def show(self, message):
        print(f"* nova de {message['origin']}: {message['content']}")
        super().show(message)


#: Other readings of the assignment, which break nothing.
READINGS = {
    "announces": Announces,
    "capitals": WritesCapitals,
    "draws-again": DrawsTheRoomAgain,
    "waits": WaitsForTheServer,
}

MISTAKES = {
    "client-looks-up": NeverLooksUp,
    "client-registers": RegistersAnotherName,
    "client-asks-again": GivesUp,
    "client-creates": CreatesAnotherRoom,
    "client-joins": HidesHistory,
    "client-join-users": HidesUsers,
    "client-sends": ShoutsToAll,
    "client-sends-privately": ForgetsTheRecipient,
    "client-receives": NeverPolls,
    "client-receives:private": HidesPrivate,
    "client-receives-all": WholeSeconds,
    "client-receives-all:again": ShowsAllAgain,
    "client-sends-while-polling": GivesTheLockUp,
    "client-lists": CountsRooms,
    "client-users": CountsUsers,
    "client-refused": EndsWhenRefused,
    "client-unknown-command": EndsAtUnknownCommands,
    "client-exits": LeavesSilently,
    "client-end-of-input": DiesAtTheEndOfInput,
    "client-server-dies": DiesWithTheServer,
    "client-no-server": UsesNoPlace,
    "client-lost-answer": DiesWithoutAnAnswer,
    "client-polls-again": PollsUntilTheFirstFailure,
    "client-repeats-once": SendsAgainAsAnother,
    "system-talk": NeverPolls,
    "system-server-dies": DiesWithTheServer,
    "system-binder-dies": DiesWithTheBinder,
}

#: Mistakes that break more than one requirement.
WIDE = {
    "held-output": HoldsOutput,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binder", default="localhost:5000")
    mistakes = sorted({**MISTAKES, **WIDE})
    parser.add_argument("--mistake", choices=mistakes, help="the requirement that is broken on purpose")
    parser.add_argument("--reading", choices=sorted(READINGS), help="another reading of the sheet, which is right")
    arguments = parser.parse_args()
    kinds = {**MISTAKES, **WIDE, **READINGS}
    client = kinds.get(arguments.mistake or arguments.reading, Client)(arguments.binder)
    try:
        client.run()
    except OSError as error:
        if client.shows_errors:
            raise
        sys.exit(f"Nenhum servidor: {error}")


if __name__ == "__main__":
    main()
