"""Checks the programs of this folder against each other, so that they can be relied on in checking others.

    python3 selfcheck.py

Exits 0 when all is as it should be, otherwise 1 with what was expected and what came.
"""

import base64
import json
import re
import sys
import time

import selfcheck_accounts
import selfcheck_classic
from classic_server import METHODS
from driving import DEADLINE, Mismatch, Stage, expect, ok


def check_binder():
    """The names, before and after they are registered."""
    with Stage() as stage:
        _, binder = stage.start_server("binder.py")
        call = stage.caller(binder)
        expect(call("lookup_procedure", "create_room"), ok(None), "a name that nobody registered")
        answer = ok("Procedimento 'x' registrado com sucesso.")
        expect(call("register_procedure", "x", "a", 1), answer, "registering a name")
        expect(call("register_procedure", "x", "b", 2), answer, "registering it again")
        expect(call("lookup_procedure", "x"), ok(["b", 2]), "the later registration")
        for script, names in (("classic_server.py", METHODS), ("accounts_server.py", ["chat_server"])):
            _, server = stage.start_server(script, "--binder", binder)
            port = int(server.split(":")[1])
            for name in names:
                expect(call("lookup_procedure", name), ok(["localhost", port]), name)


def check_classic():
    """Answers, clients, and the second of two messages in one second."""
    with Stage() as stage:
        _, binder = stage.start_server("binder.py")
        _, server = stage.start_server("classic_server.py", "--binder", binder)
        selfcheck_classic.check_answers(stage.caller(server))
        # Another server for the clients: it has none of the names and rooms of the calls above.
        _, server = stage.start_server("classic_server.py", "--binder", binder)
        selfcheck_classic.check_clients(stage, binder)
        call = stage.caller(server)
        for name in ("ana", "bia", "caio"):
            expect(call("register_user", name), ok("Usuário registrado com sucesso."), name + " is free again")
        selfcheck_classic.check_same_second(stage, server, call)


def check_accounts():
    """Answers and clients."""
    with Stage() as stage:
        _, binder = stage.start_server("binder.py")
        _, server = stage.start_server("accounts_server.py", "--binder", binder)
        selfcheck_accounts.check_answers(stage.caller(server))
        _, server = stage.start_server("accounts_server.py", "--binder", binder)
        selfcheck_accounts.check_clients(stage, binder)


def check_idle_rooms():
    """An empty room goes by itself, one with somebody in it stays."""
    with Stage() as stage:
        _, binder = stage.start_server("binder.py")
        server, address = stage.start_server("classic_server.py", "--binder", binder, "--room-ttl", "0.5")
        call = stage.caller(address)
        call("register_user", "ana")
        call("create_room", "cheia")
        call("join_room", "ana", "cheia")
        call("create_room", "vazia")
        end = time.monotonic() + DEADLINE
        while call("list_rooms") != ok(["cheia"]):
            if time.monotonic() > end:
                raise Mismatch("the empty room is still there: {!r}".format(call("list_rooms")))
            time.sleep(0.05)
        server.wait_until_printed(r"Sala 'vazia' removida por inatividade\.\n", "stderr")


def check_parse():
    """One document of each kind of line that parse.py writes."""
    call = "<methodCall><methodName>m</methodName><params>%s</params></methodCall>"
    value = "<param><value>%s</value></param>"
    deep = "<array><data><value>" * 20000 + "</value></data></array>" * 20000
    documents = [
        (call % (value % "<nil/>" + value % " a "), {"method": "m", "params": [None, " a "]}),
        (call % (value % "<base64>YQ==</base64>"), {"method": "m", "params": [{"base64": "YQ=="}]}),
        (
            call % (value % "<dateTime.iso8601>20240102T03:04:05</dateTime.iso8601>"),
            {"method": "m", "params": [{"datetime": "20240102T03:04:05"}]},
        ),
        ("<methodResponse><params>%s</params></methodResponse>" % (value % "ok"), {"method": None, "params": ["ok"]}),
        (
            "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>1</int></value>"
            "</member><member><name>faultString</name><value>x</value></member></struct></value></fault>"
            "</methodResponse>",
            {"fault": [1, "x"]},
        ),
        (call % (value % deep), {"too_deep_to_print": True}),
    ]
    with Stage() as stage:
        parse = stage.start("parse.py")

        def reading(document):
            encoded = base64.b64encode(document.encode("utf-8")).decode("ascii")
            parse.type(json.dumps({"name": "it", "base64": encoded}))
            return json.loads(parse.wait_for(r"(?m)^(.+)\n").group(1))

        for document, expected in documents:
            expect(reading(document), dict(expected, name="it"), f"parse.py on {document:.200}")
        no_date = value % "<dateTime.iso8601>ontem</dateTime.iso8601>"
        for document in (call % (value % "<nil/>") + "x", "", call % (value % "\x01"), call % no_date):
            refusal = reading(document).get("refused", "")
            expect(bool(re.match(r"\w+: ", refusal)), True, f"parse.py refuses {document!r}")
        parse.finish()


def check_introspection():
    """The original has no introspection: the check must notice that."""
    with Stage() as stage:
        _, binder = stage.start_server("binder.py")
        check = stage.start("introspection.py", "--server", binder)
        check.wait_until_printed('unexpected fault 1: .*"system.listMethods" is not supported', "stderr")
        check.finish(exit_code=1)


def main():
    try:
        for check in (
            check_binder, check_classic, check_accounts, check_idle_rooms, check_parse, check_introspection,
        ):
            check()
            print(f"{check.__name__}: as it should be", flush=True)
    except Mismatch as mismatch:
        sys.exit(f"{check.__name__}: {mismatch}")


if __name__ == "__main__":
    main()
