"""The original terminal client of dialect classic.

    python3 classic_client.py [--binder localhost:5000] [--poll-seconds 2]

It reads lines from standard input and writes to standard output, both of which may be pipes: a script then
drives it, and the transcript can be compared with another client's. As in the original, a fault is expected
from `register_user` only; any other ends the client with a traceback, and one in the polling thread ends the
polling.
"""

import argparse
import threading
import xmlrpc.client

import naming
from receiving import Received
from terminal import say

COMMANDS = "create, join, send, list, users, exit"


class ClassicClient:
    """One user at one terminal: the main thread reads commands, another one polls."""

    def __init__(self, host, port, poll_seconds):
        self._address = (host, port)
        self._server = naming.proxy(host, port)
        self._poll_seconds = poll_seconds
        self._username = None
        self._room = None
        self._received = None
        # Held by the poller while it polls and by the main thread while the user types a message or changes
        # the room: nothing is polled meanwhile, and no answer of the former room is shown in the next.
        self._quiet = threading.Lock()
        self._stopped = threading.Event()

    def run(self):
        """Registers, obeys commands until `exit` or the end of input, and unregisters."""
        poller = threading.Thread(target=self._poll_until_stopped, daemon=True)
        poller.start()
        try:
            self._register()
            self._obey_commands()
        except EOFError:
            pass
        say("Desconectando o Cliente...")
        self._stopped.set()
        poller.join()
        if self._username is not None:
            self._server.unregister_user(self._username)

    def _register(self):
        while True:
            username = input("Digite seu username: ")
            try:
                say(self._server.register_user(username))
            except xmlrpc.client.Fault as fault:
                say(f"Erro: {fault.faultString}")
                say("Por favor, escolha outro username.")
            else:
                self._username = username
                return

    def _obey_commands(self):
        obey = {
            "create": self._create,
            "join": self._join,
            "send": self._send,
            "list": self._list,
            "users": self._users,
        }
        while True:
            command = input(f"Use um comando ({COMMANDS}): ").lower()
            if command == "exit":
                return
            if command in obey:
                obey[command]()
            else:
                say(f"Comando desconhecido. Use um dos seguintes: {COMMANDS}.")

    def _create(self):
        say(self._server.create_room(input("Nome da sala: ")))

    def _join(self):
        room = input("Nome da sala: ")
        with self._quiet:
            answer = self._server.join_room(self._username, room)
            if isinstance(answer, str):
                say(answer)
                return
            history = answer["messages"]
            self._room = room
            self._received = Received(self._username, history)
            say(f"Voce entrou na sala '{room}'.")
            say("Ultimas mensagens:")
            for message in history:
                if message["type"] == "broadcast":
                    say("[{timestamp}] {origin} -> {content}".format(**message))

    def _send(self):
        if self._room is None:
            say("Voce nao esta em nenhuma sala.")
            return
        with self._quiet:
            text = input("Mensagem: ")
            recipient = input("Usuario(se quiser mensagem privada): ")
            say(self._server.send_message(self._username, self._room, text, recipient))

    def _list(self):
        say("Salas existentes:")
        say(self._server.list_rooms())

    def _users(self):
        if self._room is None:
            say("Voce nao esta em nenhuma sala.")
            return
        say(f"Usuarios na sala: '{self._room}':")
        say(self._server.list_users(self._room))

    def _poll_until_stopped(self):
        # A proxy of its own: one connection cannot carry two threads' calls.
        server = naming.proxy(*self._address)
        while not self._stopped.wait(self._poll_seconds):
            with self._quiet:
                if self._room is not None:
                    self._poll(server)

    def _poll(self, server):
        last_timestamp = self._received.last_timestamp
        messages = server.receive_new_messages(self._username, self._room, last_timestamp)
        for message in self._received.to_show(messages):
            say("\n[{timestamp}] {origin}: {content}".format(**message))


def main():
    parser = argparse.ArgumentParser(description="the original terminal client, dialect classic")
    naming.add_binder_flag(parser)
    parser.add_argument("--poll-seconds", type=float, default=2.0, metavar="SECONDS")
    arguments = parser.parse_args()

    host, port = naming.find(arguments.binder, "create_room")
    ClassicClient(host, port, arguments.poll_seconds).run()


if __name__ == "__main__":
    main()
