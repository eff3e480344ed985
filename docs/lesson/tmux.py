"""The panes of a tmux server, by name: opened, typed into, and read."""

import subprocess
import time

SESSION = "lesson"

#: What runs in a pane: no start-up files, so that a prompt looks the same everywhere.
SHELL = ["bash", "--noprofile", "--norc"]

#: How often a pane is looked at again.
LOOK_AGAIN = 0.1


class NoSpace(Exception):
    """The window is too small for one more pane."""


class Tmux:
    """A tmux server with a socket of its own; other sessions of the user are not touched."""

    def __init__(self, socket):
        self.socket = socket
        self._ids = {}

    def _run(self, *arguments, check=True, **options):
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
        if check and done.returncode:
            raise SystemExit(f"tmux: {done.stderr.strip()}")
        return done.stdout

    def start(self, name, command, folder, environment):
        """Starts the server with one pane, which runs `command`."""
        settings = [argument for pair in environment.items() for argument in ("-e", "=".join(pair))]
        size = ["-x", "200", "-y", "60"]
        self._run("new-session", "-d", "-s", SESSION, *size, "-c", str(folder), *settings, *command)
        self._run("set-option", "-g", "pane-border-status", "top")
        self._run("set-option", "-g", "pane-border-format", " #{@name} ")
        self._run("set-option", "-g", "history-limit", "5000")
        self._run("set-option", "-g", "mouse", "on")
        self._run("set-option", "-p", "-t", f"{SESSION}:0.0", "@name", name)

    def attach(self):
        """Shows the panes here until the session ends or is left."""
        subprocess.run(["tmux", "-L", self.socket, "attach", "-t", SESSION], check=False)

    def wait_for_end(self):
        while self.is_running():
            time.sleep(LOOK_AGAIN)

    def is_running(self):
        command = ["tmux", "-L", self.socket, "has-session", "-t", SESSION]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def kill_server(self):
        self._run("kill-server", check=False)

    def panes(self):
        """The names of the panes with their ids."""
        listed = self._run("list-panes", "-s", "-t", SESSION, "-F", "#{@name}\t#{pane_id}", check=False)
        return dict(line.split("\t") for line in listed.splitlines())

    def _pane(self, name):
        if name not in self._ids:
            self._ids = self.panes()
        return self._ids[name]

    def open(self, name):
        """Opens a pane unless it is there. The lecturer's pane keeps the keyboard. `NoSpace` leaves all as it was."""
        if name in self.panes():
            return
        where = ["-d", "-t", SESSION, "-P", "-F", "#{pane_id}"]
        environment = ["-e", "PS1=$ "]
        split = ["split-window", *where, "-c", "#{pane_current_path}", *environment, *SHELL]
        opened = self._run(*split, check=False).strip()
        if not opened:
            raise NoSpace
        self._run("set-option", "-p", "-t", opened, "@name", name)
        self._run("select-layout", "-t", SESSION, "tiled")
        self._ids[name] = opened
        # What is typed before the shell reads would be shown twice.
        self.wait_until_more(name, "$", 0, 10)

    def type(self, name, text):
        self._run("send-keys", "-t", self._pane(name), "-l", "--", text)

    def press(self, name, key):
        self._run("send-keys", "-t", self._pane(name), key)

    def type_lines(self, name, lines, pause):
        """Types lines, each with Enter, so slowly that a class can follow."""
        for line in lines:
            if line:
                self.type(name, line)
            self.press(name, "Enter")
            time.sleep(pause)

    def text(self, name):
        return self._run("capture-pane", "-p", "-J", "-S", "-2000", "-t", self._pane(name))

    def count(self, name, text):
        return self.text(name).count(text)

    def wait_until_more(self, name, text, before, seconds):
        """Whether the pane shows `text` more often than `before`, at the latest after so many seconds."""
        end = time.monotonic() + seconds
        while self.count(name, text) <= before:
            if time.monotonic() > end:
                return False
            time.sleep(LOOK_AGAIN)
        return True

    def is_shell(self, name):
        """Whether nothing runs in the pane but its shell."""
        running = self._run("display-message", "-p", "-t", self._pane(name), "#{pane_current_command}", check=False)
        return running.strip() in (SHELL[0], "")

    def wait_for_shell(self, name, seconds=10):
        end = time.monotonic() + seconds
        while not self.is_shell(name):
            if time.monotonic() > end:
                return False
            time.sleep(LOOK_AGAIN)
        return True

    def process(self, name, program):
        """The id of the process in the pane whose program has this name, if there is one."""
        shell = self._run("display-message", "-p", "-t", self._pane(name), "#{pane_pid}").strip()
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,comm="], capture_output=True, text=True, check=True)
        processes = [line.split(None, 2) for line in listed.stdout.splitlines()]
        family = {shell}
        # Children are listed after their parents only as a rule.
        for _ in range(4):
            family |= {pid for pid, parent, _ in processes if parent in family}
        found = [pid for pid, _, command in processes if pid in family and command.rsplit("/", 1)[-1] == program]
        return found[0] if found else None
