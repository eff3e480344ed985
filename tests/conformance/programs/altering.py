"""Stands before a right server and breaks one of the protocol's promises: what one requirement is about.

    python3 altering.py --server HOST:PORT [--port 0] [--binder HOST:PORT] [--marker FILE] [--mistake REQUIREMENT]

The mistakes of a single method change every answer of it. Faults keep their codes and texts, except where they
are the mistake. With --binder it is registered, and registers again when the binder has forgotten it.
"""

import argparse
import http.client
import os
import threading
import time
import xmlrpc.client

import serving

METHODS = {
    "binder": ("lookup_procedure", "register_procedure"),
    "classic": (
        "register_user",
        "unregister_user",
        "create_room",
        "join_room",
        "send_message",
        "receive_messages",
        "receive_new_messages",
        "list_rooms",
        "list_users",
    ),
    "accounts": (
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
    ),
}

#: What is registered: dialect classic's, and the way to leave a room that our server adds to it.
REGISTERED = (*METHODS["classic"], "leave_room")

#: A port where nothing listens: the discard port.
ELSEWHERE = 9


class Altering:
    """Passes every call on."""

    def __init__(self, server, marker):
        self.server = server
        self.marker = marker
        self.lock = threading.Lock()

    def _dispatch(self, method, parameters):
        parameters = self.before(method, list(parameters))
        try:
            answer = self.call(method, parameters)
        except xmlrpc.client.Fault as fault:
            return self.refused(fault, method, parameters)
        return self.after(answer, method, parameters)

    def call(self, method, parameters):
        return getattr(serving.proxy(self.server), method)(*parameters)

    def before(self, method, parameters):
        return parameters

    def after(self, answer, method, parameters):
        return answer

    def refused(self, fault, method, parameters):
        raise fault

    def register(self, binder, port):
        for name in REGISTERED:
            binder.register_procedure(name, "localhost", port)

    def start(self, binder, port):
        self.register(binder, port)

    def is_forgotten(self, binder):
        return binder.lookup_procedure("create_room") is None

    def register_again(self, binder, port):
        self.register(binder, port)

    def keep_registered(self, binder, port):
        while True:
            time.sleep(0.2)
            try:
                if self.is_forgotten(binder):
                    self.register_again(binder, port)
            except (OSError, http.client.HTTPException):
                # The binder is being started again.
                pass


class AltersOneMethod(Altering):
    """Another value of the same type, and of the same shape where there is one."""

    method = None

    def after(self, answer, method, parameters):
        if method != self.method:
            return answer
        if method == "receive_messages":
            # A member that is not promised.
            return [{**message, "texto": 1} for message in answer]
        if method == "list_rooms":
            # Another order: whether there are rooms is seen in other answers as well.
            return answer[::-1]
        if isinstance(answer, bool):
            return not answer
        if isinstance(answer, str):
            return answer + "!"
        if isinstance(answer, list):
            return [*answer, "?"]
        if isinstance(answer, dict):
            return {**answer, "extra": 1}
        return "feito" if answer is None else answer

    def refused(self, fault, method, parameters):
        if method == self.method and fault.faultCode == 1:
            raise xmlrpc.client.Fault(1, fault.faultString + "!")
        raise fault


class RefusesWithoutAReason(Altering):
    """Faults of one method with a text in them lose their text."""

    method = None
    text = ""

    def refused(self, fault, method, parameters):
        if method == self.method and fault.faultCode == 1 and self.text in fault.faultString:
            raise xmlrpc.client.Fault(1, "não")
        raise fault


class AcceptsWrongParameters(Altering):
    """One method is answered where its parameters are wrong."""

    method = None
    answer = []

    def refused(self, fault, method, parameters):
        if method == self.method and fault.faultCode == -32602 and self.is_accepted(parameters):
            return self.answer
        raise fault

    def is_accepted(self, parameters):
        return True


class AcceptsAnyTimestamp(AcceptsWrongParameters):
    method = "receive_new_messages"
    answer = "Formato de timestamp inválido."

    def is_accepted(self, parameters):
        return len(parameters) == 3 and all(isinstance(text, str) for text in parameters)


class AcceptsNumbers(AcceptsWrongParameters):
    method = "list_users"

    def is_accepted(self, parameters):
        return len(parameters) == 1


class AcceptsAnyPlace(AcceptsWrongParameters):
    method = "register_procedure"
    answer = "Procedimento registrado com sucesso."


class ShortHistory(Altering):
    def after(self, answer, method, parameters):
        if method == "join_room" and isinstance(answer, dict):
            answer["messages"] = answer["messages"][-40:]
        return answer


class TellsPrivate(Altering):
    """The third user of the table is given a message for another."""

    def after(self, answer, method, parameters):
        is_third = method == "join_room" and isinstance(answer, dict) and parameters[0].startswith("caio")
        if is_third and answer["messages"]:
            answer["messages"] = [*answer["messages"], {"type": "unicast"}]
        return answer


class TakesEmptyTexts(Altering):
    def after(self, answer, method, parameters):
        return "Mensagem enviada." if method == "send_message" and parameters[2] == "" else answer


class TakesAnyName(Altering):
    def after(self, answer, method, parameters):
        return "Sala criada." if method == "create_room" and "inválido" in str(answer) else answer


class LeavesInOtherWords(Altering):
    def after(self, answer, method, parameters):
        return answer.replace("saiu", "partiu") if method == "leave_room" else answer


class OffersMore(Altering):
    def refused(self, fault, method, parameters):
        if method == "monitor_rooms":
            return True
        raise fault


class NeverGivesBack(Altering):
    def after(self, answer, method, parameters):
        return True if method == "unregister_procedure" else answer


class StoresRepeats(Altering):
    """A message_id that was used is another one for the server."""

    sent = 0

    def before(self, method, parameters):
        if method == "send_message_once" and self.is_forgotten_id(parameters[-1]):
            with self.lock:
                self.sent += 1
                parameters[-1] += str(self.sent)
        return parameters

    def is_forgotten_id(self, message_id):
        return message_id != ""


class RemembersNumbersOnly(StoresRepeats):
    def is_forgotten_id(self, message_id):
        return not message_id.isdigit() and message_id != ""


class WholeSeconds(Altering):
    def after(self, answer, method, parameters):
        if method == "receive_messages":
            return [{**message, "timestamp": message["timestamp"][:19]} for message in answer]
        return answer


class GivesOnce(Altering):
    """A message that was given to a user is not given again, whatever the user has seen."""

    def __init__(self, server, marker):
        super().__init__(server, marker)
        self.given = set()

    def after(self, answer, method, parameters):
        if method != "receive_new_messages" or not isinstance(answer, list):
            return answer
        key = tuple(parameters[:2])
        with self.lock:
            new = [message for message in answer if (key, message["timestamp"]) not in self.given]
            self.given.update((key, message["timestamp"]) for message in new)
        return new


class NeverRegisters(Altering):
    def register(self, binder, port):
        pass


class RegistersOne(Altering):
    """The one that the clients here look up."""

    def register(self, binder, port):
        binder.register_procedure("create_room", "localhost", port)


class RegistersSwapped(Altering):
    def register(self, binder, port):
        for name in REGISTERED:
            binder.register_procedure(name, port, "localhost")


class RegistersText(Altering):
    def register(self, binder, port):
        for name in REGISTERED:
            binder.register_procedure(name, "localhost", str(port))


class SmallRooms(Altering):
    """What is said in a room of three is lost, and a client that was killed is still listed."""

    def _dispatch(self, method, parameters):
        if method == "send_message" and len(self.call("list_users", [parameters[1]])) > 2:
            return "Mensagem enviada."
        return super()._dispatch(method, parameters)


class RegistersElsewhere(Altering):
    """In a binder that has forgotten it, it registers another port."""

    def register_again(self, binder, port):
        self.register(binder, ELSEWHERE)


class RegistersOnceInItsLife(Altering):
    """At a later start it takes itself for registered. What it saw there once, it registers again."""

    has_seen_itself = False

    def start(self, binder, port):
        if not os.path.exists(self.marker):
            self.register(binder, port)
        with open(self.marker, "w"):
            pass

    def is_forgotten(self, binder):
        is_there = not super().is_forgotten(binder)
        self.has_seen_itself = self.has_seen_itself or is_there
        return self.has_seen_itself and not is_there


def of(kind, **members):
    return type(kind.__name__, (kind,), members)


MISTAKES = {
    **{
        f"{protocol}-{method}": of(AltersOneMethod, method=method)
        for protocol, methods in METHODS.items()
        for method in methods
    },
    "binder-wrong-places": AcceptsAnyPlace,
    "binder-leases": NeverGivesBack,
    "classic-last-fifty": ShortHistory,
    "classic-privacy": TellsPrivate,
    "classic-names": TakesAnyName,
    "classic-texts": TakesEmptyTexts,
    "classic-last-timestamp": AcceptsAnyTimestamp,
    "classic-wrong-count": of(AcceptsWrongParameters, method="list_rooms"),
    "classic-wrong-types": AcceptsNumbers,
    "classic-leave-room": LeavesInOtherWords,
    "classic-send-once": StoresRepeats,
    "classic-wait": of(RefusesWithoutAReason, method="wait_messages"),
    "accounts-last-fifty": ShortHistory,
    "accounts-privacy": TellsPrivate,
    "accounts-membership": of(RefusesWithoutAReason, method="send_message", text="não está na sala"),
    "accounts-names": of(RefusesWithoutAReason, method="create_room", text="sala inválido"),
    "accounts-texts": of(RefusesWithoutAReason, method="send_message", text="Mensagem"),
    "accounts-wrong-count": of(AcceptsWrongParameters, method="list_rooms"),
    "accounts-wrong-types": AcceptsNumbers,
    "accounts-unknown": OffersMore,
    "accounts-send-once": StoresRepeats,
    "accounts-wait": of(RefusesWithoutAReason, method="wait_messages"),
    "messages-timestamps": WholeSeconds,
    "lost-answer-fetch": GivesOnce,
    "lost-answer-once": RemembersNumbersOnly,
    "system-registers": NeverRegisters,
    "system-registers:one": RegistersOne,
    "system-registers:swapped": RegistersSwapped,
    "system-registers:text": RegistersText,
    "system-client-dies": SmallRooms,
    "system-binder-learns": RegistersElsewhere,
    "system-binder-returns": RegistersOnceInItsLife,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--binder")
    parser.add_argument("--marker", help="a file by which one mistake remembers that it was started before")
    parser.add_argument("--mistake", choices=sorted(MISTAKES), help="the requirement that is broken on purpose")
    arguments = parser.parse_args()
    altering = MISTAKES.get(arguments.mistake, Altering)(arguments.server, arguments.marker)
    server = serving.listen(serving.Server, arguments.port, altering)
    if arguments.binder:
        binder, port = serving.proxy(arguments.binder), server.server_address[1]
        altering.start(binder, port)
        threading.Thread(target=altering.keep_registered, args=(binder, port), daemon=True).start()
    serving.serve(server)


if __name__ == "__main__":
    main()
