"""Answers every call in the same way, or differently each time, whatever was asked.

    python3 nonsense.py --answer KIND [--port 0]
"""

import argparse
import random
import string
import xmlrpc.client

import serving


def fault(parameters):
    raise xmlrpc.client.Fault(1, "não")


ANSWERS = {
    "true": lambda parameters: True,
    "false": lambda parameters: False,
    "nil": lambda parameters: None,
    "number": lambda parameters: 7,
    "text": lambda parameters: "ok",
    "list": lambda parameters: [],
    "struct": lambda parameters: {"status": "ok"},
    "echo": list,
    "random": lambda parameters: "".join(random.choices(string.ascii_letters, k=12)),
    "fault": fault,
}


class Nonsense:
    def __init__(self, answer):
        self.answer = answer

    def _dispatch(self, method, parameters):
        return self.answer(parameters)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answer", choices=sorted(ANSWERS), required=True)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    serving.serve(serving.listen(serving.Server, arguments.port, Nonsense(ANSWERS[arguments.answer])))


if __name__ == "__main__":
    main()
