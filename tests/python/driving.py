"""Runs the programs of this folder as a user would: by their flags, their input and what they print.

Everything waits for something to be printed, with a deadline; what is not printed in time is a `Mismatch`
that shows what was.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))

#: Seconds to wait for anything. Ample on a busy machine; nothing here takes that long unless it is broken.
DEADLINE = 30.0


class Mismatch(Exception):
    """Something was not as it should be."""


def expect(actual, expected, what):
    """Ends the check unless both are equal."""
    if actual != expected:
        raise Mismatch(f"{what}\n  expected: {expected!r}\n  actual:   {actual!r}")


def next_second():
    """Waits until the clock shows another second.

    The classic client keeps only what is strictly later than the last timestamp it saw, and the server's
    timestamps have whole seconds: what is to be seen must be sent in a second of its own.
    """
    now = int(time.time())
    while int(time.time()) == now:
        time.sleep(0.01)


class Program:
    """One running program, with everything it has printed so far."""

    def __init__(self, script, *flags):
        self.name = " ".join((script,) + flags)
        self._printed = {"stdout": "", "stderr": ""}
        self._open = 2
        self._seen = 0
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, script)] + list(flags),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Whatever the locale is, the texts have accents and are UTF-8.
            env=dict(os.environ, PYTHONUTF8="1"),
        )
        for stream in ("stdout", "stderr"):
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream):
        pipe = getattr(self._process, stream)
        pending = b""
        while True:
            data = os.read(pipe.fileno(), 65536)
            pending += data
            # A prompt may end anywhere, so it cannot be read by lines; only a character must not be cut.
            text = pending.decode("utf-8", "ignore")
            pending = pending[len(text.encode("utf-8")):]
            with self._changed:
                self._printed[stream] += text
                self._open -= not data
                self._changed.notify_all()
            if not data:
                return

    @property
    def stdout(self):
        """All of standard output so far."""
        return self._printed["stdout"]

    @property
    def stderr(self):
        """All of standard error so far."""
        return self._printed["stderr"]

    def type(self, line):
        """Gives the program a line of input."""
        try:
            self._process.stdin.write((line + "\n").encode("utf-8"))
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Mismatch(f"{self.name} ended before {line!r} was typed\n{self._report()}") from None

    def wait_for(self, pattern):
        """Waits until the pattern (a regular expression) is printed after what was waited for before."""
        match = self._wait_for(pattern, "stdout", self._seen)
        self._seen = match.end()
        return match

    def wait_until_printed(self, pattern, stream="stdout"):
        """Waits until the pattern is anywhere in what was printed: for what has no fixed place among the rest."""
        self._wait_for(pattern, stream, 0)

    def _wait_for(self, pattern, stream, start):
        def found():
            return re.compile(pattern).search(self._printed[stream], start)

        with self._changed:
            self._changed.wait_for(lambda: found() or not self._open, DEADLINE)
            match = found()
            if match is None:
                raise Mismatch(f"{self.name} did not print {pattern!r}\n{self._report()}")
            return match

    def finish(self, exit_code=0):
        """Ends its input and waits until it ends by itself, as it should, with the exit code."""
        self._process.stdin.close()
        try:
            self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise Mismatch(f"{self.name} does not end\n{self._report()}") from None
        with self._changed:
            self._changed.wait_for(lambda: not self._open, DEADLINE)
        if self._process.returncode != exit_code:
            what = f"{self.name}: exit code\n{self._report()}"
            expect(self._process.returncode, exit_code, what)

    def kill(self):
        """Ends the program whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def _report(self):
        return "  it printed: {!r}\n  and to standard error: {}".format(self.stdout, self.stderr or "nothing")


class Stage:
    """Starts programs and ends all of them, also when a check fails."""

    def __init__(self):
        self._programs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self._programs:
            program.kill()

    def start(self, script, *flags):
        """Starts a program of this folder."""
        program = Program(script, *flags)
        self._programs.append(program)
        return program

    def start_server(self, script, *flags):
        """Starts a server on a free port; gives the program and `HOST:PORT` once it says that it is ready."""
        program = self.start(script, "--port", "0", *flags)
        address = program.wait_for(r"\A(?:binder|chat-server) listening on (127\.0\.0\.1:\d+)\n").group(1)
        return program, address

    def caller(self, address):
        """A function `call(method, *parameters)` that makes calls through calls.py and gives its answers."""
        program = self.start("calls.py", "--server", address, "--allow-none")

        def call(method, *parameters):
            program.type(json.dumps([method, parameters]))
            return json.loads(program.wait_for(r"(?m)^(.+)\n").group(1))

        return call


def check_rows(call, rows):
    """Makes the call of each row `(method, parameters, answer)` in turn and compares the answers."""
    for method, parameters, answer in rows:
        expect(call(method, *parameters), answer, f"{method}{parameters!r}")


def ok(value):
    """The answer that is no fault."""
    return {"ok": value}


def raised(text):
    """The fault that Python makes of `raise Exception(text)` in a method."""
    return {"fault": [1, "<class 'Exception'>:" + text]}
