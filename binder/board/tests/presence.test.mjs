// Servers that are lost and return: when, what is noted, and which calls were before and after.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";
const OTHER = "localhost:9001";

const notes = (page) => page.board.calls.notes().map(({ kind, server }) => `${kind} ${server}`);
const status = (page, key) => page.board.server(key)?.status;

test("a server that stops is gone at once, and back when its stream is", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT);
  page.stream(CHAT).end("ended");
  assert.equal(status(page, CHAT), "live", "the next attempt shows what has happened");
  page.stream(CHAT).end("unreachable");
  page.stream(CHAT).end("unreachable");
  assert.equal(status(page, CHAT), "gone");
  page.pass(5_000);
  page.server(CHAT);
  same(notes(page), [`gone ${CHAT}`, `back ${CHAT}`]);
  const [outage] = page.compose().outages;
  same([outage.server, outage.from.index, outage.to.index], [CHAT, 0, 1]);
  assert.equal(outage.to.isSpaced, true, "a short outage is drawn longer");
});

test("the death of a server is above what it caused, though it is certain only after another attempt", () => {
  const page = openPage();
  page.binder(CHAT, OTHER);
  const server = page.server(CHAT);
  const other = page.server(OTHER);
  server.begin("wait_messages", { user: "ana", waits: true });
  page.pass(995);
  server.call("list_rooms", { user: "caio" }, {}, 5);
  page.pass(2);
  // It noticed the end before the page did.
  other.call("list_rooms", { user: "ana" });
  page.pass(10);
  page.stream(CHAT).end("ended");
  page.pass(100);
  other.call("join_room", { user: "ana" });
  page.pass(150);
  page.stream(CHAT).end("unreachable");
  same(page.rows(), [
    "polls wait_messages user:ana×0",
    "call list_rooms user:caio",
    "answer wait_messages user:ana",
    "note gone",
    "call list_rooms user:ana",
    "call join_room user:ana",
  ]);
  assert.equal(page.board.calls.all()[0].end.milliseconds, 1_000);

  // A connection that is only interrupted counts for nothing later.
  page.stream(OTHER).end("ended");
  page.pass(200);
  page.server(OTHER);
  page.pass(5_000);
  page.stream(OTHER).end("unreachable");
  assert.ok(page.time - page.board.calls.notes().at(-1).at < 100);
});

test("what a restarted server answered before the page was there again is below the note of its return", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT);
  page.stream(CHAT).end("unreachable");
  page.pass(5_000);
  const server = page.server(CHAT, "another life");
  const at = page.time - 100;
  const call = { call: 1, dialect: "classic", peer: "127.0.0.1:1", agent: null, room: null, arguments: [] };
  server.send("began", { ...call, at, method: "list_rooms", user: null, waits: false });
  same(page.rows().slice(1), ["note restarted", `call list_rooms peer:${CHAT} 127.0.0.1:1`]);
});

test("the registration of a server that returns is below the note of its return", () => {
  for (const [method, [life, kind]] of [
    ["register_lease", ["another life", "restarted"]],
    ["register_procedure", [null, "back"]],
  ]) {
    const page = openPage();
    const binder = page.binder(CHAT);
    const answer = (as) => (as === null ? page.stream(CHAT).end("no-board") : page.server(CHAT, as));
    answer(life && "one");
    const register = () =>
      binder.call(method, { arguments: [["create_room"], "localhost", 9000, 30, "", 0] });
    page.stream(CHAT).end("unreachable");
    page.pass(1_000);
    register();
    page.pass(100);
    register();
    answer(life);
    const call = `call ${method} server:${CHAT}`;
    same(page.rows().slice(0, 3), ["note gone", `note ${kind}`, call]);
    const [, { at }] = page.board.calls.notes();
    assert.ok(page.time - at > 100);
  }
});

test("a server that takes its names back is gone after that, though its stream has ended before", () => {
  for (const isNoticedFirst of [true, false]) {
    const page = openPage();
    const binder = page.binder(CHAT);
    page.server(CHAT).call("list_rooms", { user: "ana" });
    page.stream(CHAT).end("ended");
    page.pass(1);
    const unregister = (name) =>
      binder.call("unregister_procedure", { agent: `x/1 (server ${CHAT})`, arguments: [name, "localhost", 9000] });
    const notice = () => page.stream(CHAT).end("unreachable");
    unregister("create_room");
    if (isNoticedFirst) {
      notice();
    }
    ["list_rooms", "join_room", "leave_room"].forEach(unregister);
    if (!isNoticedFirst) {
      notice();
    }
    same(page.rows().slice(1), [
      `call unregister_procedure server:${CHAT}`,
      `polls unregister_procedure server:${CHAT}×3`,
      "note gone",
    ]);
    // Another program does it for one that is dead.
    page.pass(5_000);
    binder.call("unregister_procedure", { arguments: ["send_message", "localhost", 9000] });
    assert.equal(page.rows()[3], "note gone");
  }
});

test("a restart that was noticed late is below the end of the server before it, and the outage is over", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT).begin("wait_messages", { user: "ana", waits: true });
  const began = page.time + 5_000;
  page.pass(20_000);
  page.stream(CHAT).end("unreachable");
  page.pass(250);
  const server = page.server(CHAT, "another life");
  const call = { call: 1, dialect: "classic", peer: "127.0.0.1:1", agent: null, room: null, arguments: [] };
  server.send("began", { ...call, at: began, method: "list_rooms", user: null, waits: false });
  same(page.rows(), [
    "polls wait_messages user:ana×0",
    "answer wait_messages user:ana",
    "note gone",
    "note restarted",
    `call list_rooms peer:${CHAT} 127.0.0.1:1`,
  ]);
  const [{ from, to }] = page.compose().outages;
  same([from.note.kind, to.note.kind], ["gone", "restarted"]);
});

test("a server that was restarted while the browser was stopped is back before it registers", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  page.server(CHAT).begin("wait_messages", { user: "ana", waits: true });
  const register = (held) =>
    binder.call("register_lease", { arguments: [["create_room"], "localhost", 9000, 30, "", held] });
  page.pass(5_000);
  register(3);
  page.pass(5_000);
  register(0);
  page.pass(5_000);
  register(3);
  page.stream(CHAT).end("ended");
  page.pass(250);
  page.server(CHAT, "another life");
  const lease = (kind) => `${kind} register_lease server:${CHAT}`;
  same(page.rows(), [
    "polls wait_messages user:ana×0",
    lease("polls"),
    "answer wait_messages user:ana",
    "note restarted",
    lease("call"),
    lease("polls"),
  ]);
  // It returns from an interruption without having started.
  page.stream(CHAT).end("unreachable");
  page.pass(5_000);
  page.server(CHAT, "another life");
  same(page.rows().slice(6), ["note gone", "note back"]);
});

test("a registration that arrives after the first calls of a restarted server loses none of these", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  page.server(CHAT);
  page.stream(CHAT).end("unreachable");
  page.pass(1_000);
  const registered = page.time;
  page.pass(100);
  page.server(CHAT, "another life").begin("wait_messages", { user: "ana", waits: true });
  binder.begin("register_lease", { arguments: [["create_room"], "localhost", 9000, 30, "", 0], at: registered });
  assert.equal(page.board.calls.all().at(-1).end, null);
  same(page.rows(), [
    "note gone",
    "note restarted",
    `call register_lease server:${CHAT}`,
    "polls wait_messages user:ana×0",
  ]);
});

test("a server with another life was restarted, and its calls are lost", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  server.begin("join_room", { user: "ana" });
  page.server(CHAT, "another life");
  same(notes(page), [`restarted ${CHAT}`]);
  assert.equal(page.board.calls.all()[0].end.outcome, "lost");
});

test("a server that is not there is still not there when the picture was cleared", () => {
  const page = openPage();
  page.binder(CHAT, OTHER);
  page.server(CHAT).call("list_rooms");
  page.server(OTHER);
  for (const key of [CHAT, OTHER]) {
    page.stream(key).end("unreachable");
  }
  page.server(OTHER);
  page.board.calls.clear();
  same(page.rows(), ["note gone"]);
  const [{ server, to }] = page.compose().outages;
  same([server, to], [CHAT, null]);
  page.server(CHAT);
  page.board.calls.clear();
  same([page.rows(), page.compose().outages], [[], []]);
});

test("when the binder dies, the chat server lives on and its calls are seen", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  page.stream("binder").end("ended");
  page.stream("binder").end("unreachable");
  page.pass(10);
  server.call("list_rooms", { user: "ana" });
  same([status(page, "binder"), status(page, CHAT)], ["gone", "live"]);
  same(notes(page), ["gone binder"]);
  same(page.rows(), ["note gone", "call list_rooms user:ana"]);
});

test("what cannot be reached from another machine is not called dead", () => {
  const page = openPage({ host: "192.0.2.1:5000" });
  page.binder(CHAT, "192.0.2.1:9001");
  page.stream(CHAT).end("unreachable");
  assert.equal(status(page, CHAT), "unknown");
  page.stream("192.0.2.1:9001").end("unreachable");
  assert.equal(status(page, "192.0.2.1:9001"), "gone");
});

test("a server that has just started registers, though the one before it has the same names still", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  const register = (held) => {
    binder.call("register_lease", { arguments: [["create_room"], "localhost", 9000, 30, "", held] });
    page.pass(500);
  };
  for (const held of [0, 1, 11, 0, 1]) {
    register(held);
  }
  const [registers, renews] = ["call", "polls"].map((row) => `${row} register_lease server:${CHAT}`);
  same(page.rows(), [registers, `${renews}×2`, registers, renews]);

  // One that is in line for its names never holds them.
  const name = { name: "create_room", address: "localhost", port: 9000, age: 1, lease: 30, displaced: true };
  binder.send("names", { names: [name] });
  register(0);
  same(page.rows().slice(3), [`${renews}×2`]);
});
