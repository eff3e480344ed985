// The page reads what the servers send: an example of each event is in the crate that writes them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same, SCRIPTS, SHARED, source } from "./page.mjs";

const EVENTS = source("../../crates/board/src/events.txt")
  .trim()
  .split("\n")
  .map((line) => {
    const space = line.indexOf(" ");
    return { kind: line.slice(0, space), data: JSON.parse(line.slice(space)) };
  });

// Sent for people and programs that read the stream, and of no use to the page.
const UNUSED = new Set(["hello.address", "hello.private", "hello.version"]);
const UNUSED_DETAILS = ["milliseconds", "peer"].flatMap((key) => [`details.${key}`, `calls.calls.${key}`]);

/** `value`, which reports each key that is read from it. */
function watched(value, path, report) {
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return new Proxy(value, {
    get(target, key) {
      const inner = Array.isArray(target) ? path : `${path}.${String(key)}`;
      report(inner);
      return watched(target[key], inner, report);
    },
  });
}

function allKeys(value, path) {
  if (Array.isArray(value)) {
    return value.flatMap((entry) => allKeys(entry, path));
  }
  const isObject = typeof value === "object" && value !== null;
  const entries = isObject ? Object.entries(value) : [];
  return entries.flatMap(([key, inner]) => [`${path}.${key}`, ...allKeys(inner, `${path}.${key}`)]);
}

test("every key that a server sends is read, or left out on purpose", () => {
  const { board } = openPage();
  for (const { kind, data } of EVENTS) {
    const read = new Set();
    board.readAs(
      kind,
      watched(data, kind, (path) => read.add(path)),
    );
    const unread = allKeys(data, kind).filter((path) => !read.has(path) && !UNUSED.has(path));
    same(
      unread.filter((path) => !UNUSED_DETAILS.includes(path)),
      [],
    );
  }
});

test("every kind of event is listened to", () => {
  const sent = new Set(EVENTS.map(({ kind }) => kind).filter((kind) => !["details", "calls"].includes(kind)));
  same([...openPage().board.EVENT_KINDS].sort(), [...sent].sort());
});

test("the servers' own examples become calls, rooms, names and rules", () => {
  const page = openPage();
  page.binder("127.0.0.1:9000");
  const server = page.server("127.0.0.1:9000");
  for (const { kind, data } of EVENTS.filter(({ kind }) => !["names", "details", "calls"].includes(kind))) {
    server.send(kind, data);
  }
  page.stream("binder").send("names", EVENTS.find(({ kind }) => kind === "names").data);
  const { board } = page;
  const shown = ({ method, user, room, waits, end }) => [method, user, room, waits, end?.outcome];
  same(board.calls.all().map(shown), [
    ["join_room", "ana", "geral", false, "answer"],
    ["wait_messages", "ana", "geral", true, "answer"],
    [null, null, null, false, "refused"],
  ]);
  const { rooms, rules } = board.server(server.key);
  same(
    rooms.map(({ name, users }) => [name, users]),
    [
      ["geral", ["ana"]],
      ["jogos", []],
    ],
  );
  same(
    board.names().names.map(({ name, lease }) => [name, lease]),
    [["create_room", 30]],
  );
  same(
    rules.map(({ method, action }) => [method, action]),
    [
      ["join_room", "drop-answer"],
      ["list_rooms", "twice"],
      ["send_message", "delay"],
    ],
  );
});

test("the details of a call are read whole", () => {
  const { board } = openPage();
  const [{ data }] = EVENTS.filter(({ kind }) => kind === "details");
  const details = board.readAs("details", data);
  assert.equal(details.request, data.request);
  assert.equal(details.cut, false);
  same(details.http, {
    version: "HTTP/1.1",
    path: "/RPC2",
    agent: "Python-xmlrpc/3.11",
    requestBytes: 51,
    answerBytes: 178,
    keepsAlive: true,
  });
});

test("what only looks like a board breaks nothing", () => {
  const page = openPage();
  page.binder("localhost:9000");
  const stream = page.stream("localhost:9000");
  const nonsense = {
    rooms: "no list",
    names: {},
    rules: [null, 3],
    arguments: {},
    fault: "x",
    at: "now",
    call: {},
  };
  for (const data of [null, 7, "text", [], nonsense]) {
    for (const kind of page.board.EVENT_KINDS) {
      stream.send(kind, data);
    }
  }
  assert.ok(page.compose().lanes.length > 0);
});

test("values have a type and a size, and an event without those that are needed is none", () => {
  const { board } = openPage();
  const began = {
    call: 1,
    at: 1_700_000_000_000,
    peer: "x".repeat(1_000),
    arguments: [{ a: 1 }, ["y".repeat(1_000)]],
  };
  const read = board.readAs("began", began);
  same([read.peer.length, read.arguments[0], read.arguments[1][0].length], [320, "…", 320]);
  for (const wrong of [
    { at: "now" },
    { at: -1 },
    { at: 9e15 },
    { at: null },
    { call: 0.1e400 },
    { call: "1" },
  ]) {
    same(board.readAs("began", { ...began, ...wrong }), null, JSON.stringify(wrong));
  }
  const ended = { call: 1, at: 1, outcome: "answer", answer: { toString: 1 }, items: "many", fault: [] };
  const { answer, items, fault } = board.readAs("ended", ended);
  same([answer, items, fault], ["", null, null]);
  same(
    board.readAs("names", { names: Array(5_000).fill({ name: "a", address: "b", port: 1 }) }).names.length,
    2_000,
  );
  same(board.readAs("names", { names: [{ name: "a", address: "b", port: 70_000 }] }).names, []);
});

test("all texts are there in both languages, and every text that is asked for exists", () => {
  const { board } = openPage();
  same(Object.keys(board.portuguese).sort(), Object.keys(board.english).sort());
  const sources = [source("page.html"), ...SCRIPTS.map(source)].join("\n");
  const asked = [...sources.matchAll(/data-(?:text|label)="(\w+)"|board\.say\("(\w+)"/g)];
  const names = asked.map(([, inPage, inScript]) => inPage ?? inScript);
  assert.ok(names.length > 50);
  same(
    names.filter((name) => !(name in board.english)),
    [],
  );
});

test("every function of `board` that a script calls is defined by one", () => {
  const all = SCRIPTS.map(source).join("\n");
  const defined = new Set([...all.matchAll(/\bboard\.(\w+) = /g)].map(([, name]) => name));
  const used = new Set([...all.matchAll(/\bboard\.(\w+)/g)].map(([, name]) => name));
  same(
    [...used].filter((name) => !defined.has(name)),
    [],
  );
});

test("no line of a script is longer than 120 characters", () => {
  const lines = [...new Set([...SCRIPTS, ...SHARED])].flatMap((path) =>
    source(path)
      .split("\n")
      .map((line, index) => ({ at: `${path}:${index + 1}`, length: line.length })),
  );
  same(
    lines.filter(({ length }) => length > 120).map(({ at }) => at),
    [],
  );
});

test("mermaid text of a picture names all lanes and escapes what would end a statement", () => {
  const page = openPage();
  page.binder("localhost:9000");
  const server = page.server("localhost:9000");
  server.call("send_message", { user: "ana;x", room: "geral", peer: "127.0.0.1:1" });
  const text = page.board.mermaid(page.compose());
  assert.match(text, /participant p1 as ana#59;x/);
  assert.match(text, /p1->>p2: send_message\(·, "geral"\)/, "the lane says who calls");
  assert.match(text, /p2-->>p1: ok · 2 ms/);
});

test("the marks of a row and its number are said aloud and in Mermaid's text, too", () => {
  const page = openPage();
  page.binder("localhost:9000");
  const server = page.server("localhost:9000");
  const once = { user: "ana", arguments: ["ana", "geral", "oi"], peer: "127.0.0.1:1" };
  server.call("send_message", once, { outcome: "dropped", lab: "drop-answer" });
  server.call("send_message", once, { lab: "twice" });
  server.poll("ana");
  const answer = server.begin("list_rooms", { ...once, arguments: [] });
  page.pass(1_000);
  answer({ lab: "delay" });
  page.pass(1_000);
  const { rows, now } = page.compose();
  const said = rows.filter(({ cells }) => cells.size > 0).map((row) => page.board.rowText(row, false, now));
  assert.match(said[0], /^1 send_message\(.*\) answer lost LAB · drop the answer$/);
  assert.match(said[1], /^2 send_message\(.*\) try 2 ok · .* LAB · carry out twice$/);
  assert.match(said[2], /^receive_new_messages/);
  assert.match(said[4], /^3 list_rooms → ok · 1.* s LAB · delay$/);
  const text = page.board.mermaid(page.compose());
  assert.match(text, /->>p2: 2 send_message\(.*\) · try 2 · LAB · carry out twice/);
  assert.match(text, /p2-->>p1: 3 list_rooms → ok · 1.* s · LAB · delay/);
});
