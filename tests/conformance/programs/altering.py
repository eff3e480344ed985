"""Stands before a right server and breaks one of the protocol's promises: what one requirement is about.

    python3 altering.py --server HOST:PORT [--port 0] [--mistake REQUIREMENT]

The mistakes of a single method change every answer of it. Faults keep their codes and texts, except where
they are the mistake.
"""

import argparse
import re
import xmlrpc.client

import serving

#: A mistake of one method.
OF_METHOD = re.compile("(classic|accounts|binder)-([a-z]+_[a-z_]+)$")


def altered(method, value):
    """Another value of the same type, and the same shape where there is one."""
    if method == "list_rooms":
        return value[:-1] if value else ["?"]
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "!"
    if isinstance(value, list):
        return [*value, "?"]
    if isinstance(value, dict):
        return {**value, "extra": 1}
    return "feito" if value is None else value


class Altering:
    def __init__(self, server, mistake):
        self.server = server
        self.mistake = mistake or ""
        self.identifiers = 0
        of_method = OF_METHOD.match(self.mistake)
        self.method = of_method.group(2) if of_method else None

    def _dispatch(self, method, parameters):
        parameters = list(parameters)
        if self.mistake.endswith("-send-once") and method == "send_message_once" and parameters[-1]:
            self.identifiers += 1
            parameters[-1] += str(self.identifiers)
        if method == self.method and method == "receive_messages":
            # A member of another name.
            return [{**message, "texto": 1} for message in self.call(method, parameters)]
        try:
            answer = self.call(method, parameters)
        except xmlrpc.client.Fault as fault:
            return self.instead_of(fault, method, parameters)
        if method == self.method:
            return altered(method, answer)
        return self.after(answer, method, parameters)

    def call(self, method, parameters):
        server = xmlrpc.client.ServerProxy(f"http://{self.server}", allow_none=True)
        return getattr(server, method)(*parameters)

    def after(self, answer, method, parameters):
        """The mistakes that are not those of one method."""
        if method == "join_room" and isinstance(answer, dict):
            if self.mistake.endswith("-last-fifty"):
                answer["messages"] = answer["messages"][-40:]
            if self.mistake.endswith("-privacy") and parameters[0].startswith("caio"):
                answer["messages"] = [*answer["messages"], {"type": "unicast"}]
        if self.mistake.endswith("-texts") and method == "send_message" and parameters[2].strip(" ") == "":
            return answer if parameters[2] else "Mensagem enviada."
        if self.mistake.endswith("-names") and method == "create_room" and "inválido" in str(answer):
            return "Sala criada."
        if self.mistake == "classic-leave-room" and method == "leave_room":
            return answer.replace("saiu", "partiu")
        return answer

    def instead_of(self, fault, method, parameters):
        """The mistakes that concern faults."""
        if self.mistake == "classic-last-timestamp" and fault.faultCode == -32602 and method == "receive_new_messages":
            if len(parameters) == 3 and isinstance(parameters[2], str):
                return "Formato de timestamp inválido."
        if self.mistake.endswith("-wrong-count") and method == "list_rooms":
            return []
        if self.mistake.endswith("-wrong-types") and method == "list_users" and fault.faultCode == -32602:
            return []
        if self.mistake == "accounts-unknown" and method == "monitor_rooms":
            return True
        if self.mistake == "accounts-names" and "sala inválido" in fault.faultString:
            raise xmlrpc.client.Fault(1, "não")
        if self.mistake in ("accounts-texts", "accounts-membership"):
            wrong = "Mensagem" if self.mistake == "accounts-texts" else "não está na sala"
            if fault.faultString.startswith(wrong) or wrong in fault.faultString and method == "send_message":
                raise xmlrpc.client.Fault(1, "não")
        if self.mistake.endswith("-wait") and method == "wait_messages" and fault.faultCode == 1:
            raise xmlrpc.client.Fault(1, "não")
        if method == self.method and fault.faultCode == 1:
            raise xmlrpc.client.Fault(1, fault.faultString + "!")
        raise fault


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--server", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--mistake", default="", help="the requirement that is broken on purpose")
    arguments = parser.parse_args()
    altering = Altering(arguments.server, arguments.mistake)
    serving.serve(serving.listen(serving.Server, arguments.port, altering))


if __name__ == "__main__":
    main()
