#!/usr/bin/env python3
"""Plays a lesson of docs/lessons.md: starts its programs in tmux, and types its script at your key press.

    python3 docs/lesson/lesson.py 2 [--lang pt] [--port-offset 100] [--print]

Needs Python 3.8, tmux, and the programs: with cargo they are built, otherwise those on the PATH are used. Without
tmux it prints what to start and to type. The steps are in steps.json beside this file, for all languages.
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from tmux import NoSpace, Tmux

ROOT = Path(__file__).resolve().parents[2]
STEPS = Path(__file__).with_name("steps.json")

#: The ports in the documented commands, which --port-offset moves.
PORTS = (5000, 8000, 9000, 9100)

#: The pane in which the lecturer reads the next step and presses Enter.
LECTURER = "lecturer"

TEXTS = {
    "en": {
        "taken": "port {port} is taken: stop what has it, or choose other ports with --port-offset NUMBER",
        "no tmux": "tmux is not installed. Start and type this by hand, each name in a terminal of its own:",
        "next": "Enter: do this    s: skip it    q: end the lesson",
        "last": "That was the last step. Enter or q: end the lesson and stop its programs",
        "board": "the board: {url}",
        "not seen": "not seen in the pane {pane} within {seconds} s: {text!r}. Look there; the lesson goes on.",
        "lab": "on the board, under Lab: {rule}",
        "in": "in {pane}: {text}",
        "key": "in {pane}, press {text}",
        "kill": "in another terminal: {text}",
        "refused": "the lab refused the rule ({error}): set it on the board",
        "no space": "no space here for the pane {pane}. Make the window larger, and press Enter    q: end the lesson",
    },
    "pt": {
        "taken": "a porta {port} está em uso: encerre quem a tem, ou escolha outras portas com --port-offset NÚMERO",
        "no tmux": "o tmux não está instalado. Inicie e digite isto à mão, cada nome em um terminal próprio:",
        "next": "Enter: fazer isto    s: pular    q: terminar a aula",
        "last": "Foi o último passo. Enter ou q: terminar a aula e encerrar seus programas",
        "board": "o painel: {url}",
        "not seen": "não apareceu no quadro {pane} em {seconds} s: {text!r}. Olhe lá; a aula continua.",
        "lab": "no painel, em Laboratório: {rule}",
        "in": "em {pane}: {text}",
        "key": "em {pane}, tecle {text}",
        "kill": "em outro terminal: {text}",
        "refused": "o laboratório recusou a regra ({error}): ligue-a no painel",
        "no space": "não há lugar aqui para o quadro {pane}. Aumente a janela e tecle Enter    q: terminar a aula",
    },
}


class Lesson:
    """The steps of one lesson, in one language and with the ports and programs of this machine."""

    def __init__(self, arguments):
        self.number = arguments.number
        self.language = arguments.lang
        self.offset = arguments.port_offset
        self.programs = arguments.programs
        self.steps = json.loads(STEPS.read_text(encoding="utf-8"))[str(self.number)]
        self.title = self.in_language(self.steps["title"])

    def say(self, key, **values):
        return TEXTS[self.language][key].format(**values)

    def in_language(self, text):
        return text[self.language] if isinstance(text, dict) else text

    def here(self, command):
        """A documented command as it is typed on this machine: with moved ports, and without cargo where there is none."""
        ports = "|".join(str(port) for port in PORTS)
        moved = lambda found: f"{found[1]}{int(found[2]) + self.offset}"
        command = re.sub(rf"(localhost:|--port )({ports})\b", moved, self.in_language(command))
        if self.programs is None and shutil.which("cargo"):
            return command
        folder = "" if self.programs is None else f"{self.programs}/"
        return re.sub(r"cargo run (?:-q )?-p (\S+)( --(?= ))?", lambda found: folder + found[1], command)

    def board(self):
        return f"http://localhost:{5000 + self.offset}/"

    def text(self):
        """The whole lesson, to be done by hand."""
        lines = [f"{self.number}. {self.title}"]
        for number, step in enumerate(self.steps["steps"], 1):
            lines += ["", f"{number}. {self.in_language(step['say'])}"]
            lines += [f"   {line}" for action in step["do"] for line in self.by_hand(action)]
        return "\n".join(lines)

    def by_hand(self, action):
        pane = action.get("in")
        if "run" in action:
            return [self.say("in", pane=pane, text=self.here(action["run"]).replace("\n", "\n      "))]
        if "kill" in action:
            return [self.say("kill", text=action["documented"])]
        if "lab" in action:
            return [self.say("lab", rule=json.dumps(action["lab"], ensure_ascii=False))]
        if "board" in action:
            return [self.say("board", url=self.board())]
        if "key" in action:
            return [self.say("key", pane=pane, text=action["key"].replace("C-c", "Ctrl-C"))]
        if "wait" in action:
            return []
        return [self.say("in", pane=pane, text=line or "(Enter)") for line in self.lines(action)]

    def lines(self, action):
        """What an action types, line by line."""
        if "keys" in action:
            return [self.in_language(action["keys"])]
        if "send" in action:
            return [line for text in self.in_language(action["send"]) for line in ("send", text, "")]
        return self.in_language(action["type"])


class Left(Exception):
    """The lecturer ends the lesson within a step."""


class Conductor:
    """Does the steps in the panes of a tmux server."""

    def __init__(self, lesson, tmux):
        self.lesson = lesson
        self.tmux = tmux

    def conduct(self):
        """Shows step after step, and does each when Enter is pressed."""
        lesson = self.lesson
        print(f"{lesson.number}. {lesson.title}", flush=True)
        for number, step in enumerate(lesson.steps["steps"], 1):
            print(f"\n[{number}/{len(lesson.steps['steps'])}] {lesson.in_language(step['say'])}")
            key = self.ask(lesson.say("next"))
            if key == "q":
                return
            if key != "s":
                try:
                    for action in step["do"]:
                        self.do(action)
                except Left:
                    return
        self.ask(f"\n{lesson.say('last')}")

    def ask(self, question):
        print(question, flush=True)
        try:
            return input("> ").strip().lower()
        except (EOFError, KeyboardInterrupt):
            return "q"

    def do(self, action):
        if "board" in action:
            open_board(self.lesson)
        elif "lab" in action:
            self.set_rule(action["lab"])
        elif "kill" in action:
            self.kill(action)
        else:
            self.type(action)

    def open(self, pane):
        """Opens a pane, as soon as the window has space for it."""
        while True:
            try:
                return self.tmux.open(pane)
            except NoSpace:
                if self.ask(self.lesson.say("no space", pane=pane)) == "q":
                    raise Left from None

    def type(self, action):
        pane, until = action["in"], self.lesson.in_language(action.get("until"))
        self.open(pane)
        before = self.tmux.count(pane, until) if until and "wait" not in action else 0
        if "run" in action:
            self.tmux.wait_for_shell(pane)
            self.tmux.type_lines(pane, self.lesson.here(action["run"]).split("\n"), pause=0)
        elif "keys" in action:
            self.tmux.type(pane, self.lesson.in_language(action["keys"]))
        elif "key" in action:
            self.tmux.press(pane, action["key"])
        elif "wait" not in action:
            self.tmux.type_lines(pane, self.lesson.lines(action), pause=action.get("pause", 0.3))
        seconds = action.get("within", 20)
        if until and not self.tmux.wait_until_more(pane, until, before, seconds):
            print(self.lesson.say("not seen", pane=pane, seconds=seconds, text=until), flush=True)

    def kill(self, action):
        process = self.tmux.process(action["kill"], action["kill"])
        if process is None:
            return
        # Not by its name, as a person would: others on this machine may have such a lesson, too.
        self.open("kill")
        self.tmux.type_lines("kill", [f"kill -9 {process}"], pause=0)
        self.tmux.wait_for_shell(action["kill"])

    def set_rule(self, rule):
        url = f"http://localhost:{9000 + self.lesson.offset}/board/lab"
        print(self.lesson.say("lab", rule=json.dumps(rule, ensure_ascii=False)), flush=True)
        request = urllib.request.Request(url, json.dumps(rule).encode(), {"Content-Type": "application/json"})
        try:
            urllib.request.urlopen(request, timeout=5).close()
        except OSError as error:
            print(self.lesson.say("refused", error=error), flush=True)

    def stop(self):
        """Ends all programs as a user would, and then tmux."""
        panes = [pane for pane in self.tmux.panes() if pane != LECTURER]
        # Our client clears the line at the first key, and leaves at the second; all others end at the first.
        for key, seconds in (("C-c", 1), ("C-d", 5)):
            running = [pane for pane in panes if not self.tmux.is_shell(pane)]
            for pane in running:
                self.tmux.press(pane, key)
            for pane in running:
                self.tmux.wait_for_shell(pane, seconds)
        self.tmux.kill_server()


def open_board(lesson):
    """Opens the board in a browser where there is a screen; the address is shown in any case."""
    print(lesson.say("board", url=lesson.board()), flush=True)
    has_screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if has_screen and opener:
        subprocess.Popen([opener, lesson.board()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def play(lesson, arguments):
    """Runs the lesson in a tmux server of its own, and leaves nothing behind."""
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port + lesson.offset)) == 0:
                raise SystemExit(lesson.say("taken", port=port + lesson.offset))
    if arguments.programs is None and shutil.which("cargo"):
        subprocess.run(["cargo", "build", "-p", "binder", "-p", "chat-server", "-p", "chat-client"], cwd=ROOT, check=True)
    tmux = Tmux(arguments.socket)
    # A closed window must not leave programs behind.
    for stops in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(stops, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory(prefix="lesson-") as state:
        environment = {
            "CHAT_PORT_OFFSET": str(lesson.offset),
            "CHAT_CLIENT_LANG": lesson.language,
            "PYTHONUTF8": "1",
            # The rooms of earlier lessons are not in the way, and those of this one are not kept.
            "XDG_STATE_HOME": state,
        }
        conduct = [sys.executable, __file__, str(lesson.number), "--conduct", "--socket", arguments.socket]
        conduct += ["--lang", lesson.language, "--port-offset", str(lesson.offset)]
        conduct += ["--programs", lesson.programs] if lesson.programs else []
        try:
            tmux.start(LECTURER, conduct, ROOT, environment)
            if arguments.detached:
                tmux.wait_for_end()
            else:
                tmux.attach()
        finally:
            if tmux.is_running():
                Conductor(lesson, tmux).stop()


def port_offset(text):
    """A number that leaves every port a port, as the programs take it."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 65535 - max(PORTS):
        raise argparse.ArgumentTypeError(f"{text} is not in 0..={65535 - max(PORTS)}")
    return number


def main():
    parser = argparse.ArgumentParser(description="plays a lesson of docs/lessons.md")
    numbers = sorted(map(int, json.loads(STEPS.read_text(encoding="utf-8"))))
    parser.add_argument("number", type=int, choices=numbers, help="the number of the lesson")
    language = "pt" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("pt") else "en"
    parser.add_argument("--lang", choices=["en", "pt"], default=language, help="default: the locale's")
    offset = os.environ.get("CHAT_PORT_OFFSET") or "0"
    parser.add_argument("--port-offset", type=port_offset, default=offset, metavar="NUMBER", help="move all ports by this number")
    parser.add_argument("--programs", metavar="DIR", help="where the programs are, in place of cargo")
    parser.add_argument("--print", action="store_true", help="print what to start and to type, and do nothing")
    parser.add_argument("--detached", action="store_true", help="show nothing here; attach with tmux -L SOCKET attach")
    parser.add_argument("--socket", default=f"lesson-{os.getpid()}", metavar="NAME", help="tmux -L NAME")
    parser.add_argument("--conduct", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.programs:
        arguments.programs = os.path.abspath(arguments.programs)
    lesson = Lesson(arguments)
    if arguments.conduct:
        conductor = Conductor(lesson, Tmux(arguments.socket))
        try:
            conductor.conduct()
        finally:
            conductor.stop()
    elif arguments.print:
        print(lesson.text())
    elif not shutil.which("tmux"):
        print(f"{lesson.say('no tmux')}\n\n{lesson.text()}")
    else:
        play(lesson, arguments)


if __name__ == "__main__":
    main()
