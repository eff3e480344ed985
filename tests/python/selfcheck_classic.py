"""What must hold between the classic server and the classic client; see selfcheck.py."""

import re

from driving import check_rows, expect, next_second, ok, raised

COMMAND = "Use um comando (create, join, send, list, users, exit): "
TEXT = "Mensagem: "
RECIPIENT = "Usuario(se quiser mensagem privada): "
TIMESTAMP = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"

#: Fast, so that the check is short.
POLL = ("--poll-seconds", "0.05")


def check_answers(call):
    """Each method of the server, in an order that brings about each of its answers."""
    check_rows(
        call,
        [
            ("list_users", ["geral"], ok("Nenhuma sala criada ainda.")),
            ("register_user", ["ana"], ok("Usuário registrado com sucesso.")),
            ("register_user", ["ana"], raised("O nome de usuário já está em uso. Escolha outro.")),
            ("register_user", ["bia"], ok("Usuário registrado com sucesso.")),
            ("create_room", ["geral"], ok("Sala 'geral' criada.")),
            ("create_room", ["geral"], ok("Sala já existe.")),
            ("create_room", ["jogos"], ok("Sala 'jogos' criada.")),
            ("list_rooms", [], ok(["geral", "jogos"])),
            ("list_users", ["geral"], ok([])),
            ("list_users", ["nada"], ok("Sala não encontrada.")),
            ("join_room", ["rui", "nada"], ok("Usuário não registrado.")),
            ("join_room", ["ana", "nada"], ok("Sala não existe.")),
            ("join_room", ["ana", "geral"], ok({"users": ["ana"], "messages": []})),
            ("send_message", ["ana", "nada", "oi"], ok("Sala não existe.")),
            ("send_message", ["bia", "geral", "oi"], ok("Usuário não está na sala.")),
            ("send_message", ["ana", "geral", "oi", "bia"], ok("Você está sozinho na sala")),
            ("join_room", ["bia", "geral"], ok({"users": ["ana", "bia"], "messages": []})),
            ("join_room", ["ana", "geral"], ok({"users": ["bia", "ana"], "messages": []})),
            ("list_users", ["geral"], ok(["bia", "ana"])),
            ("send_message", ["ana", "geral", "oi", "rui"], ok("Usuario rui não encontrado")),
            ("send_message", ["ana", "geral", "todos"], ok("Mensagem enviada.")),
            ("send_message", ["ana", "geral", "vazio", ""], ok("Mensagem enviada.")),
            ("send_message", ["ana", "geral", "nil", None], ok("Mensagem enviada.")),
            ("send_message", ["ana", "geral", "segredo", "bia"], ok("Mensagem enviada.")),
            ("receive_messages", ["ana", "nada"], ok([])),
            ("receive_new_messages", ["ana", "nada", "2000-01-01 00:00:00"], ok([])),
            ("receive_new_messages", ["ana", "geral", "2999-01-01 00:00:00"], ok([])),
            ("receive_new_messages", ["ana", "geral", "ontem"], ok("Formato de timestamp inválido.")),
        ],
    )
    everything = [("todos", None), ("vazio", ""), ("nil", None), ("segredo", "bia")]
    expect(seen(call("receive_messages", "bia", "geral")), everything, "what the recipient sees")
    expect(seen(call("receive_messages", "ana", "geral")), everything[:3], "what the sender sees")
    newer = call("receive_new_messages", "ana", "geral", "1970-01-01 00:00:00")
    expect(seen(newer), everything[:3], "what the sender sees since 1970")
    last = newer["ok"][-1]["timestamp"]
    expect(call("receive_new_messages", "ana", "geral", last), ok([]), "nothing is newer than the last")
    call("register_user", "rui")
    history = {"ok": call("join_room", "rui", "geral")["ok"]["messages"]}
    expect(seen(history), everything, "what somebody who joins is handed")
    check_rows(
        call,
        [
            ("join_room", ["ana", "jogos"], ok({"users": ["ana"], "messages": []})),
            ("list_users", ["geral"], ok(["bia", "rui"])),
            ("unregister_user", ["bia"], ok("Usuário desconectado com sucesso.")),
            ("unregister_user", ["bia"], ok("Usuário não encontrado.")),
            ("list_users", ["geral"], ok(["rui"])),
            ("register_lease", [["a"], "b", 1, 1], raised('method "register_lease" is not supported')),
        ],
    )


def seen(answer):
    """Content and destination of the messages answered, whose form is checked on the way."""
    found = []
    for message in answer["ok"]:
        kind = "unicast" if message["destination"] else "broadcast"
        form = (sorted(message), message["type"], message["origin"])
        expect(form, (["content", "destination", "origin", "timestamp", "type"], kind, "ana"), "a message")
        expect(bool(re.fullmatch(TIMESTAMP, message["timestamp"])), True, message["timestamp"])
        found.append((message["content"], message["destination"]))
    return found


def check_clients(stage, binder):
    """A session of three users, in which each text of the client occurs, compared to the letter."""
    ana = stage.start("classic_client.py", "--binder", binder, *POLL)
    dialogue(ana, ("Digite seu username: ", "ana"), (COMMAND, "send"), (COMMAND, "users"))
    dialogue(ana, (COMMAND, "CREATE"), ("Nome da sala: ", "geral"), (COMMAND, "create"))
    dialogue(ana, ("Nome da sala: ", "geral"), (COMMAND, "list"), (COMMAND, "join"), ("Nome da sala: ", "nada"))
    dialogue(ana, (COMMAND, "join"), ("Nome da sala: ", "geral"), (COMMAND, "dance"))
    dialogue(ana, (COMMAND, "send"), (TEXT, "alguem?"), (RECIPIENT, ""))

    bia = stage.start("classic_client.py", "--binder", binder, *POLL)
    dialogue(bia, ("Digite seu username: ", "ana"), ("Digite seu username: ", "bia"), (COMMAND, "join"))
    dialogue(bia, ("Nome da sala: ", "geral"), (COMMAND, "users"), (COMMAND, "send"), (TEXT, "oi, gente"))
    dialogue(bia, (RECIPIENT, ""))
    ana.wait_until_printed(r"\] bia: oi, gente\n")

    next_second()
    dialogue(bia, (COMMAND, "send"), (TEXT, "cadê?"), (RECIPIENT, "rui"), (COMMAND, "send"), (TEXT, None))
    dialogue(ana, (COMMAND, "send"), (TEXT, "segredo"), (RECIPIENT, "bia"), (COMMAND, "send"), (TEXT, None))
    # Both are now typing a message: what the other has sent, or sends, is not to be shown until they are done.
    bia.type("logo mais")
    dialogue(bia, (RECIPIENT, ""))
    bia.wait_until_printed(r"\] ana: segredo\n")
    caio = stage.start("classic_client.py", "--binder", binder, *POLL)
    dialogue(caio, ("Digite seu username: ", "caio"), (COMMAND, "join"), ("Nome da sala: ", "geral"))
    dialogue(caio, (COMMAND, "exit"))
    caio.finish()
    ana.type("enfim")
    dialogue(ana, (RECIPIENT, "rui"))
    ana.wait_until_printed(r"\] bia: logo mais\n")
    bia.type("EXIT")
    bia.finish()
    ana.finish()  # the end of input counts as exit

    compare(ana, ANA, ["bia: oi, gente", "bia: logo mais"])
    compare(bia, BIA, ["ana: segredo"])
    compare(caio, CAIO, [])
    for client, last in ((ana, "] bia: logo mais"), (bia, "] ana: segredo")):
        done_typing = client.stdout.rindex(RECIPIENT)
        expect(client.stdout.index(last) > done_typing, True, "nothing is shown while a message is typed")


def dialogue(client, *turns):
    """Waits for each prompt and answers it; None leaves the prompt open."""
    for prompt, line in turns:
        client.wait_for(re.escape(prompt))
        if line is not None:
            client.type(line)


def compare(client, transcript, arrivals):
    """The whole output, timestamps aside, and nothing on standard error.

    What arrives is compared by itself: it may come just before the next prompt or just after it.
    """
    arrival = rf"\n\[{TIMESTAMP}\] (\w+: .*)\n"
    expect(re.findall(arrival, client.stdout), arrivals, "what arrived at " + client.name)
    rest = re.sub(TIMESTAMP, "TIME", re.sub(arrival, "", client.stdout))
    expect(rest, transcript, "the transcript of " + client.name)
    expect(client.stderr, "", "standard error of " + client.name)


def check_same_second(stage, server, call):
    """Of two messages in one second the client shows the first only, as the original does."""
    attempt = 0
    while True:
        attempt += 1
        room = f"par{attempt}"
        collector = stage.start(
            "poll_collector.py", "--server", server, "--user", "leo", "--room", room,
            "--expect", "1", "--deadline", "20", "--interval", "0.05",
        )
        collector.wait_for("ready\n")
        call("register_user", "eva")
        call("join_room", "eva", room)
        next_second()
        for text in ("um", "dois"):
            expect(call("send_message", "eva", room, text), ok("Mensagem enviada."), "sending " + text)
        times = {message["timestamp"] for message in call("receive_messages", "eva", room)["ok"]}
        if len(times) == 1:
            collector.finish()
            expect(collector.stdout, "ready\num\n", "what the collector showed")
            return
        # The machine was too busy to send both within the second: again, in another room.
        collector.kill()
        call("unregister_user", "leo")


ANA = (
    "Digite seu username: Usuário registrado com sucesso.\n"
    + COMMAND + "Voce nao esta em nenhuma sala.\n"
    + COMMAND + "Voce nao esta em nenhuma sala.\n"
    + COMMAND + "Nome da sala: Sala 'geral' criada.\n"
    + COMMAND + "Nome da sala: Sala já existe.\n"
    + COMMAND + "Salas existentes:\n['geral']\n"
    + COMMAND + "Nome da sala: Sala não existe.\n"
    + COMMAND + "Nome da sala: Voce entrou na sala 'geral'.\nUltimas mensagens:\n"
    + COMMAND + "Comando desconhecido. Use um dos seguintes: create, join, send, list, users, exit.\n"
    + COMMAND + TEXT + RECIPIENT + "Você está sozinho na sala\n"
    + COMMAND + TEXT + RECIPIENT + "Mensagem enviada.\n"
    + COMMAND + TEXT + RECIPIENT + "Usuario rui não encontrado\n"
    + COMMAND + "Desconectando o Cliente...\n"
)

BIA = (
    "Digite seu username: Erro: <class 'Exception'>:O nome de usuário já está em uso. Escolha outro.\n"
    "Por favor, escolha outro username.\n"
    "Digite seu username: Usuário registrado com sucesso.\n"
    + COMMAND + "Nome da sala: Voce entrou na sala 'geral'.\nUltimas mensagens:\n"
    + COMMAND + "Usuarios na sala: 'geral':\n['ana', 'bia']\n"
    + COMMAND + TEXT + RECIPIENT + "Mensagem enviada.\n"
    + COMMAND + TEXT + RECIPIENT + "Usuario rui não encontrado\n"
    + COMMAND + TEXT + RECIPIENT + "Mensagem enviada.\n"
    + COMMAND + "Desconectando o Cliente...\n"
)

CAIO = (
    "Digite seu username: Usuário registrado com sucesso.\n"
    + COMMAND + "Nome da sala: Voce entrou na sala 'geral'.\nUltimas mensagens:\n"
    "[TIME] bia -> oi, gente\n"
    "[TIME] bia -> logo mais\n"
    + COMMAND + "Desconectando o Cliente...\n"
)
