// The ports and the addresses of servers: several ports of one process, and the order of lanes.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";
const ACCOUNTS = "localhost:8000";

const notes = (page) => page.board.calls.notes().map(({ kind, server }) => `${kind} ${server}`);
const status = (page, key) => page.board.server(key)?.status;

const OURS = { ports: [9000, 8000] };
const detail = (page) => page.compose().lanes.at(-1).detail;

test("two ports of one process are one server with one lane", () => {
  const page = openPage();
  page.binder(CHAT, ACCOUNTS);
  page.server(CHAT, "same", { ports: [9000, 8000] });
  page.server(ACCOUNTS, "same", { ports: [9000, 8000] });
  assert.equal(page.board.server(ACCOUNTS).key, CHAT);
  same(page.board.addressesOf(page.board.server(CHAT)), [CHAT, ACCOUNTS]);
  same(page.lanes(), ["server:binder", `server:${CHAT}`]);
  assert.equal(detail(page), `${CHAT} ${ACCOUNTS}`);
});

test("a program that copies another's life is not taken for one of its ports", () => {
  const page = openPage();
  page.binder(CHAT, "localhost:6666");
  page.server(CHAT, "same", { ports: [9000, 8000] });
  page.server("localhost:6666", "same", { ports: [6666, 9000] });
  assert.equal(page.board.server("localhost:6666").sameAs, null);
});

test("ours in place of an original server is one server, whichever of its ports answers first", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  page.stream(CHAT).end("no-board");
  binder.call("register_procedure", { arguments: ["create_room", "localhost", 9000] });
  page.stream(CHAT).end("unreachable");
  binder.registers(CHAT, ACCOUNTS);
  page.server(ACCOUNTS, "same", { ports: [8000, 9000] });
  page.server(CHAT, "same", { ports: [8000, 9000] });
  same(page.lanes(), ["server:binder", `server:${ACCOUNTS}`]);
  const { outages, lanes } = page.compose();
  assert.ok(
    outages.every(({ server }) => lanes.some(({ id }) => id === `server:${server}`)),
    "the time without a server is in its lane",
  );
  const [gone] = page.board.calls.notes();
  assert.equal(page.board.noteText(gone), `the chat server ${CHAT} is not answering`);
  const arrow = /^ +(p\d)->>(p\d): register_procedure/m.exec(page.board.mermaid(page.compose()));
  assert.ok(arrow, "the same lanes are exported");
});

test("a process is known by the port that it names first, whichever of them answers first", () => {
  for (const order of [
    [CHAT, ACCOUNTS],
    [ACCOUNTS, CHAT],
  ]) {
    const page = openPage();
    page.binder(CHAT);
    page.stream(CHAT).end("no-board");
    page.stream("binder").end("unreachable");
    page.stream(CHAT).end("unreachable");
    page.pass(1_000);
    page.binder(CHAT, ACCOUNTS);
    const first = page.server(order[0], "same", OURS);
    const finish = first.begin("join_room", { user: "ana" });
    page.server(order[1], "same", OURS);
    page.pass(100);
    finish();
    // The same connection is the same client.
    first.call("list_users", { room: "geral" });
    page.board.picture.filter({ who: `server:${CHAT}` });
    const calls = page.rows().filter((row) => !row.startsWith("note"));
    same(calls, ["call join_room user:ana", "answer join_room user:ana", "call list_users user:ana"]);
    page.board.picture.filter({ who: "" });
    const lane = `server:${CHAT}`;
    assert.equal(detail(page), `${CHAT} ${ACCOUNTS}`);
    same(page.lanes(), ["server:binder", "user:ana", lane]);
    same(page.board.calls.all().at(-1).end.outcome, "answer");
    same(page.compose().outages.filter(({ server }) => server === CHAT).map(({ to }) => to === null), [false]);
    same(notes(page).slice(-1), [`back ${CHAT}`]);

    // It ends, and its calls with it.
    first.begin("wait_messages", { user: "ana", room: "geral", waits: true });
    page.stream(order[0]).end("unreachable");
    page.stream(CHAT).end("unreachable");
    same([status(page, CHAT), status(page, ACCOUNTS)], ["gone", "gone"]);
    assert.equal(page.board.calls.all().at(-1).end.outcome, "lost");
    page.server(CHAT, "another life", OURS);
    page.server(ACCOUNTS, "another life", OURS);
    same([notes(page).at(-1), detail(page)], [`restarted ${CHAT}`, `${CHAT} ${ACCOUNTS}`]);
  }
});

test("a lane has no port at which another program is, even if that came while the binder was not there", () => {
  const page = openPage();
  page.binder(CHAT, ACCOUNTS);
  page.server(CHAT, "same", OURS);
  page.server(ACCOUNTS, "same", OURS);
  page.stream(CHAT).end("unreachable");
  page.stream("binder").end("unreachable");
  const binder = page.server("binder", "another life");
  binder.send("names", { names: [] });
  const name = { name: "chat_server", address: "localhost", port: 8000, age: 0, lease: null };
  binder.send("names", { names: [name] });
  page.stream(ACCOUNTS).end("no-board");
  binder.call("register_procedure", { arguments: ["create_room", "localhost", 9000] });
  same(
    page.compose().lanes.map(({ id, detail: own, status: state }) => [id, own, state]),
    [
      ["server:binder", "localhost:5000", "live"],
      [`server:${ACCOUNTS}`, ACCOUNTS, "no-board"],
      [`server:${CHAT}`, CHAT, "gone"],
    ],
  );
});

test("a program that copies another's life does not take its lane, even if it is known before", () => {
  const page = openPage();
  page.binder("localhost:6666", CHAT);
  page.server("localhost:6666", "same", { ports: [6666, 9000] });
  page.server(CHAT, "same", OURS);
  same(page.lanes(), ["server:binder", "server:localhost:6666", `server:${CHAT}`]);
});

test("the lanes of servers are in the order of their addresses, whenever the page has met them", () => {
  const all = [CHAT, "localhost:9001", "localhost:10000"];
  for (const order of [all, [...all].reverse()]) {
    const page = openPage();
    const binder = page.binder(...order);
    order.forEach((key) => page.server(key));
    const lanes = ["server:binder", ...all.map((key) => `server:${key}`)];
    same(page.lanes(), lanes);
    same(page.board.servers().map(({ key }) => key), ["binder", ...all]);
    // The first to call, and one that is replaced, stay where they are.
    binder.call("register_lease", { arguments: [["x"], "localhost", 10_000, 30] });
    page.stream(CHAT).end("no-board");
    same(page.lanes(), lanes);
  }
});

test("an original server that takes one of the ports of ours is seen, though another port stood for both", () => {
  const page = openPage();
  const binder = page.binder(ACCOUNTS, CHAT);
  page.server(ACCOUNTS, "same", { ports: [8000, 9000] });
  page.server(CHAT, "same", { ports: [8000, 9000] });
  assert.equal(page.board.server(CHAT).key, ACCOUNTS);
  page.stream(ACCOUNTS).end("unreachable");
  const name = { name: "create_room", address: "localhost", port: 9000, age: 0, lease: null };
  binder.send("names", { names: [name] });
  page.stream(CHAT).end("no-board");
  same([status(page, ACCOUNTS), status(page, CHAT)], ["gone", "no-board"]);
  same(notes(page), [`gone ${ACCOUNTS}`, `replaced ${CHAT}`]);
});
