// Starts the worker: each tab comes with a port of its own.
addEventListener("connect", ({ ports }) => board.attend(ports[0]));
