// The callers: connections that become users, look-ups that are claimed later, and the order of lanes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";
const PYTHON = "Python-xmlrpc/3.11";

function opened() {
  const page = openPage();
  const binder = page.binder(CHAT);
  const server = page.server(CHAT);
  const lanesOfCalls = () => page.board.calls.all().map(({ method, lane }) => `${method} ${lane}`);
  return { page, binder, server, lanesOfCalls };
}

test("calls without a user belong to whoever is named on the same connection later", () => {
  const { server, lanesOfCalls } = opened();
  server.call("list_rooms", { peer: "127.0.0.1:40001" });
  server.call("list_rooms", { peer: "127.0.0.1:40002" });
  same(lanesOfCalls(), [
    `list_rooms peer:${CHAT} 127.0.0.1:40001`,
    `list_rooms peer:${CHAT} 127.0.0.1:40002`,
  ]);
  server.call("register_user", { user: "ana", peer: "127.0.0.1:40001" });
  same(lanesOfCalls(), [
    "list_rooms user:ana",
    `list_rooms peer:${CHAT} 127.0.0.1:40002`,
    "register_user user:ana",
  ]);
  server.call("list_rooms", { peer: "127.0.0.1:40001" });
  assert.equal(lanesOfCalls().at(-1), "list_rooms user:ana");
});

test("a name that is refused does not name the caller", () => {
  const { server, lanesOfCalls } = opened();
  server.call("register_user", { user: "ana", peer: "127.0.0.1:40001" });
  const taken = { outcome: "fault", fault: { code: 1, text: "O nome de usuário já está em uso." } };
  server.call("register_user", { user: "ana", peer: "127.0.0.1:40002" }, taken);
  assert.equal(lanesOfCalls().at(-1), `register_user peer:${CHAT} 127.0.0.1:40002`);
  server.call("register_user", { user: "duda", peer: "127.0.0.1:40002" });
  same(lanesOfCalls().slice(1), ["register_user user:duda", "register_user user:duda"]);
});

test("a client that numbers itself is one lane on all its connections, at the binder too", () => {
  const { binder, server, lanesOfCalls } = opened();
  const agent = "distributed-chat-client/0.1.0 (client 3f2a)";
  binder.call("lookup_procedure", { agent, peer: "127.0.0.1:41000", arguments: ["register_user"] });
  server.call("list_rooms", { agent, peer: "127.0.0.1:42000" });
  same(lanesOfCalls(), ["lookup_procedure client:3f2a", "list_rooms client:3f2a"]);
  server.call("register_user", { user: "ana", agent, peer: "127.0.0.1:42001" });
  same(lanesOfCalls(), ["lookup_procedure user:ana", "list_rooms user:ana", "register_user user:ana"]);
});

test("a server that looks up who has its names does so in its own lane", () => {
  const { binder, lanesOfCalls } = opened();
  const agent = `distributed-chat-server/0.1.0 (server ${CHAT})`;
  binder.call("lookup_procedure", { agent, peer: "127.0.0.1:41000", arguments: ["register_user"] });
  same(lanesOfCalls(), [`lookup_procedure server:${CHAT}`]);
});

test("the look-up of a Python client is joined to its first call with a user", () => {
  const { page, binder, server, lanesOfCalls } = opened();
  const look = (peer, name, agent = PYTHON) =>
    binder.call("lookup_procedure", { agent, peer, arguments: [name] });
  look("127.0.0.1:41001", "register_user");
  look("127.0.0.1:41002", "chat_server");
  look("127.0.0.1:41003", "register_user", "curl/8");
  look("192.0.2.7:41004", "register_user");
  page.pass(5_000);
  server.call("register_user", { user: "ana", agent: PYTHON, peer: "127.0.0.1:42000" });
  same(lanesOfCalls(), [
    "lookup_procedure user:ana",
    "lookup_procedure peer:binder 127.0.0.1:41002",
    "lookup_procedure peer:binder 127.0.0.1:41003",
    "lookup_procedure peer:binder 192.0.2.7:41004",
    "register_user user:ana",
  ]);
});

test("a look-up from long ago is not claimed", () => {
  const { page, binder, server, lanesOfCalls } = opened();
  binder.call("lookup_procedure", { agent: PYTHON, peer: "127.0.0.1:41001", arguments: ["register_user"] });
  page.pass(61_000);
  server.call("register_user", { user: "ana", agent: PYTHON, peer: "127.0.0.1:42000" });
  assert.equal(lanesOfCalls()[0], "lookup_procedure peer:binder 127.0.0.1:41001");
});

test("of two clients that look up before either has a name, neither look-up is assigned", () => {
  const { page, binder, server, lanesOfCalls } = opened();
  const look = (peer) =>
    binder.call("lookup_procedure", { agent: PYTHON, peer, arguments: ["register_user"] });
  look("127.0.0.1:41001");
  page.pass(100);
  look("127.0.0.1:41002");
  page.pass(1_000);
  server.call("register_user", { user: "bia", agent: PYTHON, peer: "127.0.0.1:42002" });
  server.call("register_user", { user: "ana", agent: PYTHON, peer: "127.0.0.1:42001" });
  same(lanesOfCalls().slice(0, 2), [
    "lookup_procedure peer:binder 127.0.0.1:41001",
    "lookup_procedure peer:binder 127.0.0.1:41002",
  ]);
});

test("what is guessed is marked as a guess, and what the wire says is not", () => {
  const { page, binder, server } = opened();
  binder.call("lookup_procedure", { agent: PYTHON, peer: "127.0.0.1:41001", arguments: ["register_user"] });
  server.call("list_rooms", { agent: PYTHON, peer: "127.0.0.1:42001" });
  server.call("register_user", { user: "ana", agent: PYTHON, peer: "127.0.0.1:42001" });
  same(
    page.board.calls.all().map(({ method, lane, guessed }) => [method, lane, guessed]),
    [
      ["lookup_procedure", "user:ana", true],
      ["list_rooms", "user:ana", false],
      ["register_user", "user:ana", false],
    ],
  );
  const [row] = page.compose().rows;
  assert.equal(page.board.requestCaption(row, false, page.time).who, "ana?");
  const requests = page.board
    .mermaid(page.compose())
    .split("\n")
    .filter((line) => /\d->>/.test(line))
    .map((line) => line.split(": ")[1]);
  same(requests, [
    `ana? lookup_procedure("register_user")`,
    "list_rooms()",
    `register_user("ana")`,
  ]);
});

test("a server that registers itself has the lane of what it registers", () => {
  const { page, binder, lanesOfCalls } = opened();
  binder.call("register_procedure", { arguments: ["join_room", "::1", 9000], peer: "[::1]:41000" });
  binder.call("register_lease", { arguments: [["join_room"], "localhost", 9000, 30] });
  same(lanesOfCalls(), ["register_procedure server:[::1]:9000", `register_lease server:${CHAT}`]);
  assert.equal(page.board.laneName(`server:${CHAT}`), CHAT);
});

test("lanes are the binder, the clients as they came, the chat servers", () => {
  const { page, binder, server } = opened();
  server.call("register_user", { user: "bia", peer: "127.0.0.1:40002" });
  page.pass(10);
  server.call("register_user", { user: "ana", peer: "127.0.0.1:40001" });
  page.pass(10);
  binder.call("list_procedures", { peer: "127.0.0.1:40003" });
  same(page.lanes(), [
    "server:binder",
    "user:bia",
    "user:ana",
    "peer:binder 127.0.0.1:40003",
    `server:${CHAT}`,
  ]);
});

test("a client that only sits in a room keeps its lane, and loses it to a filter", () => {
  const { page, server } = opened();
  server.call("register_user", { user: "ana", peer: "127.0.0.1:40001" });
  server.call("register_user", { user: "bia", peer: "127.0.0.1:40002" });
  server.send("rooms", { rooms: [{ name: "geral", users: ["ana", "bia", "never seen"], messages: 0 }] });
  page.board.calls.clear();
  same(page.lanes(), ["server:binder", "user:ana", "user:bia", "user:never seen", `server:${CHAT}`]);
  page.board.picture.filter({ who: "user:ana" });
  same(page.lanes(), ["server:binder", `server:${CHAT}`]);
});

test("connections that name no user share a lane beyond eight, and a place is free again after a minute", () => {
  const { page, server } = opened();
  const stranger = (number) => `peer:${CHAT} 127.0.0.1:${40_000 + number}`;
  const call = (number) => server.call("list_rooms", { peer: `127.0.0.1:${40_000 + number}` });
  for (let number = 1; number <= 12; number += 1) {
    call(number);
    page.pass(100);
  }
  const lanes = page.lanes();
  assert.equal(lanes.length, 1 + 8 + 1 + 1);
  assert.equal(lanes.at(-2), "others");
  assert.ok(lanes.includes(stranger(8)) && !lanes.includes(stranger(9)));
  page.pass(61_000);
  call(13);
  assert.ok(page.lanes().includes(stranger(13)));
});

test("a connection that named no user has no lane of its own a minute after its last call", () => {
  const { page, server } = opened();
  const call = (peer) => server.call("list_rooms", { peer });
  const clients = () => page.lanes().filter((id) => !id.startsWith("server:"));
  call("127.0.0.1:40001");
  call("127.0.0.1:40002");
  server.call("register_user", { user: "ana", peer: "127.0.0.1:40003" });
  const before = page.time;
  page.pass(50_000);
  call("127.0.0.1:40002");
  page.pass(20_000);
  same(clients(), [`peer:${CHAT} 127.0.0.1:40002`, "user:ana", "others"]);
  assert.equal(page.rows()[0], "call list_rooms others");
  call("127.0.0.1:40001");
  same(clients(), [`peer:${CHAT} 127.0.0.1:40001`, `peer:${CHAT} 127.0.0.1:40002`, "user:ana"]);
  page.pass(70_000);
  page.board.picture.showUntil(before);
  same(clients(), [`peer:${CHAT} 127.0.0.1:40001`, `peer:${CHAT} 127.0.0.1:40002`, "user:ana"], "it had one then");
});

test("beyond forty-eight clients no column moves", () => {
  const { page, server } = opened();
  const enter = (number) =>
    server.call("register_user", { user: `u${number}`, peer: `127.0.0.1:${40_000 + number}` });
  for (let number = 1; number <= 60; number += 1) {
    enter(number);
  }
  const lanes = page.lanes();
  assert.equal(lanes.filter((lane) => lane.startsWith("user:")).length, 48);
  for (let number = 60; number >= 1; number -= 1) {
    server.call("list_users", { user: `u${number}`, room: "geral", peer: `127.0.0.1:${40_000 + number}` });
    same(page.lanes(), [...lanes]);
  }
});

test("whenever the page is opened, users have the order in which they joined", () => {
  const { page, server } = opened();
  server.send("rooms", { rooms: [{ name: "geral", users: ["ana", "bia", "caio"], messages: 0 }] });
  for (const user of ["caio", "bia", "ana"]) {
    server.poll(user, 1);
  }
  same(page.lanes(), ["server:binder", "user:ana", "user:bia", "user:caio", `server:${CHAT}`]);
});

test("a lane is named and described, and what would deceive is made visible", () => {
  const { page, server } = opened();
  server.call("register_user", { user: "an\u202ea", agent: PYTHON, peer: "127.0.0.1:40001" });
  server.call("list_rooms", { peer: "127.0.0.1:40009" });
  const clients = page.compose().lanes.filter(({ role }) => role === "client");
  same(
    clients.map(({ name, detail, dialect }) => [name, detail, dialect]),
    [
      ["an⟨202E⟩a", "classic · Python", "classic"],
      ["client ? :40009", "classic", "classic"],
    ],
  );
});

test("a user in a room who has not called yet is no connection without a name", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  server.send("rooms", { rooms: [{ name: "geral", users: ["ana"], messages: 1 }] });
  server.call("list_rooms", { peer: "127.0.0.1:7" });
  const clients = page.compose().lanes.filter(({ role }) => role === "client");
  same(
    clients.map(({ id, dialect, isNamed }) => [id.split(":")[0], dialect, isNamed]),
    [
      ["user", null, true],
      ["peer", "classic", false],
    ],
  );
});

const OURS = "distributed-chat-client/0.1.0 (client 33a4)";

/** A page that was opened when Ana, with Python, and Caio, with our client, were in the room. */
function openedLater(users = ["ana", "caio"]) {
  const all = opened();
  all.server.send("rooms", { rooms: [{ name: "geral", users, messages: 1 }] });
  all.refresh = (agent = OURS) =>
    all.server.call("list_users", { room: "geral", agent, peer: "127.0.0.1:42000" }, { answer: "[]" });
  all.clients = () => all.page.lanes().filter((id) => !id.startsWith("server:"));
  return all;
}

test("on a page that is opened later, our client is the only user of whom no call was seen: a guess", () => {
  const { page, server, refresh, clients } = openedLater();
  refresh();
  same(clients(), ["user:ana", "user:caio", "client:33a4"], "it may be either");
  assert.equal(page.board.headline(), "2 clients, 1 room", "it is counted once");
  refresh("distributed-chat-client/0.1.0 (client 77ff)");
  refresh("distributed-chat-client/0.1.0 (client 88aa)");
  assert.equal(page.board.headline(), "2 clients, 1 without a name so far, 1 room");
  page.board.calls.clear();
  server.poll("ana");
  page.pass(3_000);
  refresh();
  refresh();
  same(clients(), ["user:ana", "user:caio"]);
  assert.equal(page.board.headline(), "2 clients, 1 room");
  const guesses = () =>
    page.board.calls.all().map(({ method, lane, guessed }) => `${method} ${lane} ${guessed}`);
  same(new Set(guesses()).size, 2);
  assert.ok(guesses().includes("list_users user:caio true"));
  server.begin("wait_messages", { user: "caio", room: "geral", agent: OURS, waits: true });
  assert.ok(!guesses().some((guess) => guess.endsWith("true")), "the wire says it");
  page.board.calls.clear();
  assert.equal(page.board.lane("client:33a4").calls, 0);
  assert.equal(page.board.lane("user:caio").calls, 1);
});

test("a guess that was wrong is corrected by the first call with a name", () => {
  const { server, refresh, clients, lanesOfCalls } = openedLater(["caio"]);
  refresh();
  same(lanesOfCalls(), ["list_users user:caio"]);
  server.call("send_message", { user: "duda", room: "geral", agent: OURS });
  same(lanesOfCalls(), ["list_users user:duda", "send_message user:duda"]);
  same(clients(), ["user:caio", "user:duda"]);
});

test("of two clients that are not named, neither is guessed", () => {
  const { refresh, clients } = openedLater(["caio", "duda"]);
  refresh("distributed-chat-client/0.1.0 (client 77ff)");
  refresh();
  same(clients(), ["user:caio", "user:duda", "client:77ff", "client:33a4"]);
});
