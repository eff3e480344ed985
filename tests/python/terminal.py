"""Writing to standard output, which may be a pipe that somebody waits at."""

import sys


def say(text):
    """Writes a line at once, so that whoever reads the pipe sees it now.

    Unlike `print`, which writes the line end by itself: another thread's text could come between the two.
    """
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
