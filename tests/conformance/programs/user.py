"""The client of the assignment: one user at a terminal."""

import sys
import threading
import xmlrpc.client


class Client:
    """One user: the main thread obeys commands, another one polls."""

    #: Whether a connection error of the main thread ends it with a traceback.
    shows_errors = False

    def __init__(self, binder):
        self.binder = binder
        self.server = None
        self.user = None
        self.room = None
        self.last = None
        self.call_lock = threading.Lock()
        self.stopped = threading.Event()

    def find(self):
        place = xmlrpc.client.ServerProxy(f"http://{self.binder}").lookup_procedure("create_room")
        if not place:
            sys.exit("O binder não conhece nenhum servidor.")
        return f"http://{place[0]}:{place[1]}"

    def call(self, method, *parameters):
        with self.call_lock:
            return getattr(self.server, method)(*parameters)

    def run(self):
        self.server = xmlrpc.client.ServerProxy(self.find(), allow_none=True)
        threading.Thread(target=self.poll_until_stopped, daemon=True).start()
        self.register()
        self.obey()

    def read(self, prompt):
        try:
            return input(prompt)
        except EOFError:
            return self.at_end_of_input()

    def at_end_of_input(self):
        self.leave()
        sys.exit()

    def register(self):
        while True:
            name = self.read("Nome: ")
            try:
                print(self.call("register_user", self.registered_name(name)))
                self.user = name
                return
            except xmlrpc.client.Fault as fault:
                self.refused(fault)

    def registered_name(self, name):
        return name

    def refused(self, fault):
        print("Recusado:", fault.faultString)

    def obey(self):
        commands = {
            "create": self.create,
            "join": self.join,
            "send": self.send,
            "list": self.list,
            "users": self.users,
        }
        while True:
            word = self.read("> ")
            if word == "exit":
                self.leave()
                return
            if word not in commands:
                self.unknown_command(word)
                continue
            try:
                commands[word]()
            except (OSError, xmlrpc.client.Error) as error:
                self.failed(error)

    def unknown_command(self, word):
        print("Comando desconhecido:", word)

    def failed(self, error):
        print("Falhou:", error)

    def create(self):
        print(self.call("create_room", self.read("Sala: ")))

    def join(self):
        room = self.read("Sala: ")
        answer = self.call("join_room", self.user, room)
        if not isinstance(answer, dict):
            return self.join_refused(answer)
        self.show_users(answer["users"])
        self.last = max([message["timestamp"] for message in answer["messages"]], default="1970-01-01 00:00:00")
        for message in answer["messages"]:
            self.show_history(message)
        self.room = room

    def join_refused(self, answer):
        print(answer)

    def show_users(self, users):
        print("Usuários:", users)

    def show(self, message):
        print(f"[{message['timestamp']}] {message['origin']}: {message['content']}", flush=True)

    show_history = show

    def send(self):
        text, recipient = self.read("Texto: "), self.read("Para: ")
        print(self.call("send_message", self.user, self.room, *self.addressed(text, recipient)))

    def addressed(self, text, recipient):
        return [text, recipient] if recipient else [text]

    def list(self):
        print(self.call("list_rooms"))

    def users(self):
        print(self.call("list_users", self.room))

    def leave(self):
        self.stopped.set()
        try:
            self.call("unregister_user", self.user)
        except (OSError, xmlrpc.client.Error):
            pass

    def poll_until_stopped(self):
        while not self.stopped.wait(0.5):
            if self.room is not None:
                try:
                    self.poll()
                except (OSError, xmlrpc.client.Error) as error:
                    self.poll_failed(error)

    def poll(self):
        for message in self.call("receive_new_messages", self.user, self.room, self.last):
            self.last = message["timestamp"]
            self.show(message)

    def poll_failed(self, error):
        pass
