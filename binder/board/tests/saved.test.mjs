// A run that is saved and opened again, without any server.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";
const DETAILS = { id: 1, request: "<methodCall/>", answer: "", cut: false, http: null };

function recorded() {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  server.send("rooms", { rooms: [{ name: "geral", users: ["ana"], messages: 1 }] });
  server.call("register_user", { user: "ana", peer: "127.0.0.1:1" });
  page.pass(100);
  server.call(
    "send_message",
    { user: "ana", arguments: ["ana", "geral", "oi"] },
    { outcome: "dropped", lab: "drop-answer" },
  );
  server.call("send_message", { user: "ana", arguments: ["ana", "geral", "oi"] }, { position: 7 });
  server.begin("wait_messages", { user: "ana", waits: true });
  page.pass(100);
  page.stream(CHAT).end("unreachable");
  page.board.calls.note({ kind: "own", server: null, at: page.time, text: "it died" });
  return page;
}

function saved(page) {
  const view = page.compose();
  const notes = page.board.calls.notes();
  return page.board.runText({ records: page.board.calls.all(), notes, lanes: view.lanes }, () => DETAILS);
}

function opened(text) {
  const page = openPage({ host: "elsewhere:1" });
  const run = page.board.readRun(text);
  page.board.enterReplay();
  page.board.loadServers(run.servers, run.binder);
  page.board.calls.load(run);
  return { page, run };
}

test("a saved run shows the same rows and lanes, with its XML", () => {
  const before = recorded();
  const { page } = opened(saved(before));
  same(page.rows(), [...before.rows()]);
  same(page.lanes(), [...before.lanes()]);
  same(
    page.compose().rows.map(({ tries }) => tries ?? null),
    [...before.compose().rows.map(({ tries }) => tries ?? null)],
  );
  assert.equal(page.compose().lanes[0].detail, "localhost:5000");
  const [first] = page.board.calls.all();
  same(first.xml, DETAILS);
  same(page.board.calls.all()[2].end.position, 7);
});

test("a saved run is gone through step by step", () => {
  const { page, run } = opened(saved(recorded()));
  const { picture } = page.board;
  picture.showUntil(run.records[0].at - 1);
  same(page.rows(), []);
  const seen = [];
  while (picture.waiting() > 0) {
    picture.step();
    seen.push(page.rows().length);
  }
  assert.ok(seen.length >= 4);
  same(page.rows(), [...opened(saved(recorded())).page.rows()]);
});

test("a server is gone in a replay from when it died, and not before", () => {
  const page = recorded();
  const text = saved(page);
  const run = opened(text).run;
  const { at: died } = run.notes.find(({ kind }) => kind === "gone");
  const { board } = page;
  same([board.statusAt(run, CHAT, died - 1), board.statusAt(run, CHAT, died)], ["live", "gone"]);
  same([board.statusAt(run, "binder", died - 1), board.statusAt(run, "binder", Infinity)], ["live", "live"]);
  // One that has returned was away before.
  const back = { kind: "back", server: CHAT, at: died + 10 };
  const later = { servers: run.servers.map((server) => ({ ...server, status: "live" })), notes: [back] };
  same([board.statusAt(later, CHAT, died), board.statusAt(later, CHAT, Infinity)], ["gone", "live"]);
});

test("servers that were one chat are one in a replay, with the place in its log", () => {
  const page = openPage();
  const binder = page.server("binder");
  const ports = [9000, 9100];
  const at = (port) => ({ name: "create_room", address: "localhost", port, age: 1, lease: 5, group: "a" });
  binder.send("names", { names: ports.map(at) });
  for (const port of ports) {
    const server = page.server(`localhost:${port}`);
    server.send("rooms", { rooms: [{ name: "geral", users: ["ana"], messages: 1 }] });
    server.send("log", { position: 7, stale: null });
  }
  page.pass(100);
  assert.equal(page.board.headline(), "1 client, 1 room");
  const replay = opened(saved(page)).page;
  assert.equal(replay.board.headline(), "1 client, 1 room");
  assert.equal(replay.board.server(CHAT).position, 7);
});

test("of chosen rows, the calls with an answer there are saved, and no answer that comes later", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  const wait = (user) => server.begin("wait_messages", { user, waits: true });
  const [toAna, toBia] = [wait("ana"), wait("bia")];
  page.pass(1_000);
  const toCaio = wait("caio");
  page.pass(10);
  server.call("send_message", { user: "caio" });
  page.pass(100);
  toAna({ items: 1, empty: false });
  page.pass(2_000);
  [toBia, toCaio].forEach((end) => end({ items: 1, empty: false }));
  page.pass(1_000);
  const rows = page.compose().rows;
  const begin = rows.findIndex(({ method }) => method === "send_message");
  const chosen = rows.slice(begin, begin + 2);
  const [from, to] = [chosen[0].at, chosen[1].at];
  same(
    page.board.picture.records(chosen, from, to).map(({ lane, method, end }) => [lane, method, end !== null]),
    [
      ["user:ana", "wait_messages", true],
      ["user:caio", "send_message", true],
    ],
  );
  // What waits is saved as waiting.
  same(
    page.board.picture.records(rows.slice(0, begin + 2), rows[0].at, to).map(({ lane, end }) => [lane, end !== null]),
    [
      ["user:ana", true],
      ["user:bia", false],
      ["user:caio", false],
      ["user:caio", true],
    ],
  );
});

test("what is no saved run is refused, and what is wrong in one is left out", () => {
  const { board } = openPage();
  for (const text of ["", "no JSON", "null", "[]", "{}", '{"format":"chat-rpc-run","calls":{}}']) {
    assert.equal(board.readRun(text), null, text);
  }
  const call = { call: 1, at: 5, method: "m", arguments: [], server: "binder", lane: "user:ana" };
  const run = board.readRun(
    JSON.stringify({
      format: "chat-rpc-run",
      servers: [null, 7, { key: "binder" }],
      calls: [null, 3, {}, { ...call, at: "x" }, { ...call, server: "?" }, { ...call, lane: 1 }, call],
      notes: [null, { at: 1, kind: "odd" }, { at: 1, kind: "rule" }, { at: 1, kind: "own", text: { a: 1 } }],
    }),
  );
  same([run.servers.length, run.records.length, run.notes.length], [1, 1, 1]);
  same([run.all, run.leftOut], [7, 6]);
});

test("as many calls are opened as a page can have saved, and how many more there are is known", () => {
  const { board } = openPage();
  const call = { method: "m", arguments: [], server: "binder", lane: "user:ana" };
  const calls = Array.from({ length: 50_007 }, (_, index) => ({ ...call, call: index, at: index }));
  const cut = board.readRun(JSON.stringify({ format: "chat-rpc-run", servers: [{ key: "binder" }], calls }));
  same([cut.records.length, cut.all, cut.leftOut], [50_000, 50_007, 7]);
  // What is paused is kept beside what came since (kept.test.mjs).
  assert.ok(board.MOST_SAVED_CALLS >= 41_000);
});

test("what happens behind a saved run is there afterwards, and nothing of either is in the other", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  const server = page.server(CHAT);
  const { board } = page;
  server.send("rooms", { rooms: [{ name: "geral", users: ["ana"], messages: 1 }] });
  server.call("join_room", { user: "ana" });
  const waits = server.begin("wait_messages", { user: "ana", waits: true });
  page.pass(1_000);
  board.picture.filter({ who: "user:ana" });
  const before = page.rows();
  const text = saved(recorded());

  for (const _ of ["opened", "and another one"]) {
    const run = board.readRun(text);
    board.enterReplay();
    board.stopClock(run.records.at(-1).end.at);
    board.loadServers(run.servers, run.binder);
    board.calls.load(run);
  }
  const shown = page.rows();
  same(shown, [...opened(text).page.rows()]);
  same([board.names().names.length, board.picture.who, board.isReplay()], [0, "", true]);

  page.pass(60_000);
  waits({ items: 1 });
  server.call("send_message", { user: "bia" });
  server.send("rooms", { rooms: [{ name: "geral", users: ["bia"], messages: 2 }] });
  binder.registers(CHAT, "localhost:9100");
  page.pass(2_000);
  page.server("localhost:9100");
  same(page.rows(), [...shown]);
  assert.equal(board.server("localhost:9100"), undefined);

  board.leaveReplay();
  assert.equal(board.picture.who, "user:ana");
  same(page.rows(), [...before, "delivery wait_messages user:ana"]);
  board.picture.filter({ who: "" });
  const [, , , sent] = page.rows();
  assert.equal(sent, "call send_message user:bia");
  same(
    board.calls.all().map(({ number }) => number),
    [1, 2, 3],
  );
  same([board.isReplay(), board.now() === page.time], [false, true]);
  same(
    [board.server("localhost:9100").status, board.server(CHAT).rooms[0].users, board.names().names.length],
    ["live", ["bia"], 3],
  );
  assert.ok(board.isAbsent("user:ana", page.time));
});
