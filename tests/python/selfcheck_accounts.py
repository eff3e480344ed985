"""What must hold between the accounts server and the accounts client; see selfcheck.py."""

import re

from driving import check_rows, expect, ok, raised

COMMAND = r"Use um comando \(create, join, send, list, users, leave, exit\): "
NO_ROOM = raised("A sala 'nada' não existe.")
NO_USER = raised("Usuário 'rui' não registrado.")


def check_answers(call):
    """Each method of the server, in an order that brings about each of its answers."""
    check_rows(
        call,
        [
            ("register_user", ["ana", "1"], ok(True)),
            ("register_user", ["ana", "2"], raised("Nome de usuário 'ana' já está em uso.")),
            ("login_user", ["ana", "1"], ok(True)),
            ("login_user", ["ana", "2"], raised("Senha incorreta.")),
            ("login_user", ["bia", "3"], ok(True)),
            ("create_room", ["geral"], ok(True)),
            ("create_room", ["geral"], raised("Já existe uma sala com o nome 'geral'.")),
            ("create_room", ["jogos"], ok(True)),
            ("list_rooms", [], ok(["geral", "jogos"])),
            ("list_users", ["geral"], ok([])),
            ("list_users", ["nada"], NO_ROOM),
            ("join_room", ["rui", "nada"], NO_ROOM),
            ("join_room", ["rui", "geral"], NO_USER),
            ("join_room", ["ana", "geral"], ok({"users": ["ana"], "messages": []})),
            ("join_room", ["ana", "geral"], ok({"users": ["ana"], "messages": []})),
            ("join_room", ["ana", "jogos"], ok({"users": ["ana"], "messages": []})),
            ("is_user_in_room", ["ana", "geral"], ok(True)),
            ("is_user_in_room", ["bia", "geral"], ok(False)),
            ("is_user_in_room", ["bia", "nada"], ok(False)),
            ("send_message", ["rui", "nada", "oi"], NO_ROOM),
            ("send_message", ["rui", "geral", "oi"], NO_USER),
            ("send_message", ["ana", "geral", "só"], ok(None)),
            ("send_message", ["bia", "geral", "de fora", ""], ok(None)),
            ("send_message", ["ana", "geral", "a todos", None], ok(None)),
            ("send_message", ["ana", "geral", "segredo", "bia"], ok(None)),
            ("receive_messages", ["ana", "nada"], NO_ROOM),
            ("receive_messages", ["rui", "geral"], NO_USER),
        ],
    )
    everything = [("ana", None, "só"), ("bia", None, "de fora"), ("ana", None, "a todos"), ("ana", "bia", "segredo")]
    expect(seen(call("receive_messages", "bia", "geral")["ok"]), everything, "what the recipient sees")
    expect(seen(call("receive_messages", "ana", "geral")["ok"]), everything[:3], "what others see")
    call("login_user", "caio", "4")
    history = call("join_room", "caio", "geral")["ok"]["messages"]
    expect(seen(history), everything, "what somebody who joins is handed")
    check_rows(
        call,
        [
            ("leave_room", ["geral", "ana"], ok(True)),
            ("leave_room", ["nada", "ana"], NO_ROOM),
            ("leave_room", ["geral", "rui"], NO_USER),
            ("list_users", ["geral"], ok(["caio"])),
            ("list_users", ["jogos"], ok(["ana"])),
        ],
    )


def seen(messages):
    """Sender, recipient and text of the messages, whose form is checked on the way."""
    found = []
    for message in messages:
        kind = "unicast" if message["to"] else "broadcast"
        form = (sorted(message), message["type"])
        expect(form, (["from", "message", "timestamp", "to", "type"], kind), "a message")
        expect(bool(re.fullmatch(r"\d\d:\d\d", message["timestamp"])), True, message["timestamp"])
        found.append((message["from"], message["to"], message["message"]))
    return found


def check_clients(stage, binder):
    """A session of two users: each command, each refusal, and the refreshes."""
    ana = stage.start("accounts_client.py", "--binder", binder, "--poll-seconds", "0.05")
    dialogue(ana, "Digite seu username: ", "ana", "Digite sua senha: ", "1", "Login realizado com sucesso.\n")

    impostor = stage.start("accounts_client.py", "--binder", binder, "--user", "ana", "--password", "2")
    impostor.finish(exit_code=1)
    expect(impostor.stdout, "Erro: <class 'Exception'>:Senha incorreta.\n", "a wrong password")
    bia = stage.start("accounts_client.py", "--binder", binder, "--user", "bia", "--password", "3")
    dialogue(bia, "Login realizado com sucesso.\n")

    for command in ("send", "users", "leave"):
        dialogue(ana, COMMAND, command, "Voce nao esta em nenhuma sala.\n")
    dialogue(ana, COMMAND, "dance", "Comando desconhecido. Use um dos seguintes: create, .*, leave, exit\\.\n")
    dialogue(ana, COMMAND, "CREATE", "Nome da sala: ", "geral", r"Sala 'geral' criada\.\n")
    dialogue(ana, COMMAND, "create", "Nome da sala: ", "geral", r"Erro: .*Já existe uma sala com o nome 'geral'\.\n")
    dialogue(ana, COMMAND, "list", r"Salas existentes:\n\['geral'\]\n")
    dialogue(ana, COMMAND, "join", "Nome da sala: ", "nada", r"Erro: .*A sala 'nada' não existe\.\n")
    joined = r"Voce entrou na sala 'geral'\.\nUsuarios: %s\nUltimas mensagens:\n"
    dialogue(ana, COMMAND, "join", "Nome da sala: ", "geral", joined % r"\['ana'\]")
    dialogue(bia, COMMAND, "join", "Nome da sala: ", "geral", joined % r"\['ana', 'bia'\]")
    dialogue(bia, COMMAND, "users", r"Usuarios na sala: 'geral':\n\['ana', 'bia'\]\n")
    say(bia, "oi", "")
    say(bia, "segredo", "ana")

    # The whole answer each time: header, the message to all and the private one, and the same again.
    refresh = r"\n--- Sala 'geral' ---\n\[\d\d:\d\d\] bia: oi\n\[\d\d:\d\d\] bia -> ana: segredo\n"
    ana.wait_for(refresh)
    ana.wait_for(refresh)
    ana.type("leave")
    dialogue(ana, r"Voce saiu da sala 'geral'\.\n", COMMAND, "users", "Voce nao esta em nenhuma sala")
    dialogue(bia, COMMAND, "exit", "Desconectando o Cliente")
    for client in (ana, bia):
        client.finish()
        expect(client.stdout.endswith("Desconectando o Cliente...\n"), True, client.stdout)
        expect(client.stderr, "", "standard error of " + client.name)
    # bia sent a private message and so must not be shown it.
    expect("segredo" in bia.stdout, False, "the sender is shown the private message")


def say(client, text, recipient):
    """Sends a message from the client."""
    dialogue(client, COMMAND, "send", "Mensagem: ", text, r"Usuario\(se quiser mensagem privada\): ", recipient)
    client.wait_for(r"Mensagem enviada\.\n")


def dialogue(client, *turns):
    """Waits for a pattern and types a line, in turns."""
    for index, turn in enumerate(turns):
        if index % 2 == 0:
            client.wait_for(turn)
        else:
            client.type(turn)
