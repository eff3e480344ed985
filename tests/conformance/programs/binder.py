"""A binder as the assignment asks for it, and one with a mistake for each requirement.

    python3 binder.py [--port 0] [--built-in HOST:PORT] [--mistake REQUIREMENT | --reading few-may-wait]
"""

import time

import serving


class Binder:
    def __init__(self):
        self.places = {}

    def register_procedure(self, name, address, port):
        self.places[name] = [address, port]
        return True

    def lookup_procedure(self, name):
        return self.places.get(name)

    def unregister_procedure(self, name, address, port):
        return self.places.pop(name, None) is not None


class TextForPlace(Binder):
    def lookup_procedure(self, name):
        place = self.places.get(name)
        return place and f"{place[0]}:{place[1]}"


class IgnoresAddresses(Binder):
    """Every server is on this machine."""

    def lookup_procedure(self, name):
        place = self.places.get(name)
        return place and ["localhost", place[1]]


class RaisesAfterRegistering(Binder):
    def register_procedure(self, name, address, port):
        super().register_procedure(name, address, port)
        raise TypeError("cannot marshal None unless allow_none is enabled")


class InventsPlaces(Binder):
    def lookup_procedure(self, name):
        return self.places.get(name, ["localhost", 9000])


class RaisesForUnknown(Binder):
    def lookup_procedure(self, name):
        return self.places[name]


class KeepsTheFirst(Binder):
    def register_procedure(self, name, address, port):
        self.places.setdefault(name, [address, port])
        return True


class IgnoresCase(Binder):
    def register_procedure(self, name, address, port):
        return super().register_procedure(name.lower(), address, port)

    def lookup_procedure(self, name):
        return super().lookup_procedure(name.lower())


class LosesNames(Binder):
    """What is registered while another name is being registered is lost."""

    def register_procedure(self, name, address, port):
        places = dict(self.places)
        time.sleep(0.01)
        places[name] = [address, port]
        self.places = places
        return True


class AnswersEverything(Binder):
    def _dispatch(self, method, parameters):
        known = getattr(self, method, None)
        return known(*parameters) if known else "?"


class TakesItsTime(Binder):
    def register_procedure(self, name, address, port):
        time.sleep(0.1)
        return super().register_procedure(name, address, port)


class FewMayWait(serving.SingleThread):
    """Of clients that call at once it lets one wait. The system has the others try again, some for longer than they
    wait for an answer."""

    request_queue_size = 0


class KeepsWhatIsTakenBack(Binder):
    def unregister_procedure(self, name, address, port):
        return True


MISTAKES = {
    "names-register": TextForPlace,
    "names-register:address": IgnoresAddresses,
    "names-register-answer": RaisesAfterRegistering,
    "names-unknown": InventsPlaces,
    "names-unknown-answer": RaisesForUnknown,
    "names-replace": KeepsTheFirst,
    "names-apart": IgnoresCase,
    "names-at-once": LosesNames,
    "names-wrong-method": AnswersEverything,
    "names-wrong-xml": Binder,
    "names-unregister": KeepsWhatIsTakenBack,
    # For a server that has another port each time.
    "system-server-returns": KeepsTheFirst,
}


def main():
    arguments = serving.arguments(MISTAKES, ["few-may-wait"], {"--built-in": "a place for chat_server, HOST:PORT"})
    binder = MISTAKES.get(arguments.mistake, Binder)()
    kind = serving.DropsAfterGarbage if arguments.mistake == "names-wrong-xml" else serving.Server
    if arguments.reading == "few-may-wait":
        binder, kind = TakesItsTime(), FewMayWait
    if arguments.built_in:
        host, port = arguments.built_in.split(":")
        binder.places["chat_server"] = [host, int(port)]
    serving.serve(serving.listen(kind, arguments.port, binder))


if __name__ == "__main__":
    main()
