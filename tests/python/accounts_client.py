"""The original terminal client of dialect accounts.

    python3 accounts_client.py [--binder localhost:5000] [--user NAME] [--password WORD] [--poll-seconds 1]

Once a second it fetches the whole history of its room and shows all of it again, below a header line by
which one refresh is told from the next. Everything goes over one connection. Failures are faults in this
dialect, and are shown as `Erro: TEXT`.
"""

import argparse
import getpass
import sys
import threading
import xmlrpc.client

import naming
from terminal import say

COMMANDS = "create, join, send, list, users, leave, exit"


def ask_password():
    """Asks without showing what is typed where that is possible; from a pipe, like everything else."""
    prompt = "Digite sua senha: "
    return getpass.getpass(prompt) if sys.stdin.isatty() else input(prompt)


def line_of(message):
    """How a message is shown."""
    sender = message["from"]
    if message["type"] == "unicast":
        sender += " -> {}".format(message["to"])
    return "[{}] {}: {}".format(message["timestamp"], sender, message["message"])


class AccountsClient:
    """One user at one terminal: the main thread reads commands, another one polls."""

    def __init__(self, host, port, poll_seconds):
        self._server = naming.proxy(host, port)
        self._poll_seconds = poll_seconds
        self._username = None
        # The room that is shown, and all rooms to leave at the end: one may be in several.
        self._room = None
        self._joined = []
        # Held during each call with what is shown of its answer, because both threads use one connection.
        self._connection = threading.Lock()
        self._stopped = threading.Event()

    def run(self, username, password):
        """Logs in, obeys commands until `exit` or the end of input, and leaves every room it joined."""
        poller = threading.Thread(target=self._poll_until_stopped, daemon=True)
        poller.start()
        try:
            self._log_in(username, password)
            self._obey_commands()
        except EOFError:
            pass
        say("Desconectando o Cliente...")
        self._stopped.set()
        poller.join()
        for room in self._joined:
            self._server.leave_room(room, self._username)

    def _log_in(self, username, password):
        """Logs in as given, or asks until it succeeds; what was given and refused ends the program."""
        while True:
            user = input("Digite seu username: ") if username is None else username
            word = ask_password() if password is None else password
            try:
                self._server.login_user(user, word)
            except xmlrpc.client.Fault as fault:
                say(f"Erro: {fault.faultString}")
                if username is not None and password is not None:
                    raise SystemExit(1) from fault
            else:
                self._username = user
                say("Login realizado com sucesso.")
                return

    def _obey_commands(self):
        obey = {
            "create": self._create,
            "join": self._join,
            "send": self._send,
            "list": self._list,
            "users": self._users,
            "leave": self._leave,
        }
        while True:
            command = input(f"Use um comando ({COMMANDS}): ").lower()
            if command == "exit":
                return
            if command not in obey:
                say(f"Comando desconhecido. Use um dos seguintes: {COMMANDS}.")
            elif command in ("send", "users", "leave") and self._room is None:
                say("Voce nao esta em nenhuma sala.")
            else:
                try:
                    obey[command]()
                except xmlrpc.client.Fault as fault:
                    say(f"Erro: {fault.faultString}")

    def _create(self):
        room = input("Nome da sala: ")
        with self._connection:
            self._server.create_room(room)
        say(f"Sala '{room}' criada.")

    def _join(self):
        room = input("Nome da sala: ")
        with self._connection:
            answer = self._server.join_room(self._username, room)
            self._room = room
            if room not in self._joined:
                self._joined.append(room)
            say(f"Voce entrou na sala '{room}'.")
            say("Usuarios: {}".format(answer["users"]))
            say("Ultimas mensagens:")
            for message in answer["messages"]:
                say(line_of(message))

    def _send(self):
        text = input("Mensagem: ")
        recipient = input("Usuario(se quiser mensagem privada): ")
        # To the room: no fourth parameter at all, since this proxy cannot send None.
        addressed_to = [recipient] if recipient else []
        with self._connection:
            self._server.send_message(self._username, self._room, text, *addressed_to)
        say("Mensagem enviada.")

    def _list(self):
        with self._connection:
            rooms = self._server.list_rooms()
        say("Salas existentes:")
        say(rooms)

    def _users(self):
        with self._connection:
            users = self._server.list_users(self._room)
        say(f"Usuarios na sala: '{self._room}':")
        say(users)

    def _leave(self):
        with self._connection:
            self._server.leave_room(self._room, self._username)
            say(f"Voce saiu da sala '{self._room}'.")
            self._joined.remove(self._room)
            self._room = None

    def _poll_until_stopped(self):
        while not self._stopped.wait(self._poll_seconds):
            with self._connection:
                if self._room is not None:
                    self._show_everything()

    def _show_everything(self):
        messages = self._server.receive_messages(self._username, self._room)
        say(f"\n--- Sala '{self._room}' ---")
        for message in messages:
            say(line_of(message))


def main():
    parser = argparse.ArgumentParser(description="the original terminal client, dialect accounts")
    naming.add_binder_flag(parser)
    parser.add_argument("--user", help="instead of being asked")
    parser.add_argument("--password", help="instead of being asked; for scripts, others can read it")
    parser.add_argument("--poll-seconds", type=float, default=1.0, metavar="SECONDS")
    arguments = parser.parse_args()

    host, port = naming.find(arguments.binder, "chat_server")
    AccountsClient(host, port, arguments.poll_seconds).run(arguments.user, arguments.password)


if __name__ == "__main__":
    main()
