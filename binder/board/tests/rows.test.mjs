// From calls to rows: what is folded, what shares a row, and how a call and its answer come together.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";

/** The page with a binder and a chat server, in which these users are. */
function chat(...users) {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  users.forEach((user, index) => {
    server.call("register_user", { user, peer: `127.0.0.1:${50_000 + index}` });
    page.pass(100);
  });
  page.board.calls.clear();
  return { page, server };
}

test("polls that return nothing are one row with a count", () => {
  const { page, server } = chat("ana");
  for (let poll = 0; poll < 5; poll += 1) {
    server.poll("ana");
    page.pass(1_000);
  }
  same(page.rows(), ["polls receive_new_messages user:ana×5"]);
  assert.equal(page.board.calls.all().length, 1, "one record stands for all of them");
});

test("the polls of several clients share a row, with a count for each", () => {
  const { page, server } = chat("ana", "bia");
  for (let poll = 0; poll < 3; poll += 1) {
    server.poll("ana");
    server.poll("bia");
    page.pass(1_000);
  }
  same(page.rows(), ["polls receive_new_messages user:ana×3 user:bia×3"]);
});

test("a message ends the run of polls and begins a new one", () => {
  const { page, server } = chat("ana", "bia");
  server.poll("ana");
  server.poll("ana");
  server.call("send_message", { user: "bia", room: "geral" });
  page.pass(500);
  server.poll("ana", 1);
  server.poll("ana");
  same(page.rows(), [
    "polls receive_new_messages user:ana×2",
    "call send_message user:bia",
    "delivery receive_new_messages user:ana",
    "polls receive_new_messages user:ana",
  ]);
});

test("one message delivered to several clients is one row", () => {
  const { page, server } = chat("ana", "bia", "caio");
  server.call("send_message", { user: "ana", room: "geral" });
  for (const user of ["ana", "bia", "caio"]) {
    page.pass(200);
    server.poll(user, 1);
  }
  same(page.rows(), [
    "call send_message user:ana",
    "delivery receive_new_messages user:ana user:bia user:caio",
  ]);
  // A second message to the same client is a row of its own, and so is one that comes much later.
  const next = { arguments: ["user", "geral", "2026-01-01 10:00:01"] };
  server.poll("ana", 1, next);
  page.pass(5_000);
  server.poll("bia", 1, next);
  same(page.rows().slice(2), [
    "delivery receive_new_messages user:ana",
    "delivery receive_new_messages user:bia",
  ]);
});

test("one message delivered to clients without a lane of their own is one row, too", () => {
  const users = Array.from({ length: 60 }, (_, number) => `aluno${number}`);
  const { page, server } = chat(...users);
  page.rows();
  server.call("send_message", { user: "aluno0", room: "geral" });
  for (const user of users) {
    server.poll(user, 1);
  }
  const rows = page.compose().rows;
  same(
    rows.map(({ kind, cells }) => [kind, cells.size]),
    [
      ["call", 1],
      ["delivery", 60],
    ],
  );
  assert.equal(page.board.requestCaption(rows[1], true, page.time).text, " · 60 clients");
  assert.ok(!page.lanes().includes("user:aluno59"));
  // Each of them gets its next message in another row.
  const next = { arguments: ["user", "geral", "2026-01-01 10:00:01"] };
  server.poll("aluno59", 1, next);
  assert.equal(page.compose().rows.length, 3);
});

test("a poll that returns again what the client already has is folded", () => {
  const { page, server } = chat("ana");
  const since = (timestamp) => ({ arguments: ["ana", "geral", timestamp] });
  server.poll("ana", 1, since("10:00:01"));
  server.poll("ana", 1, since("10:00:01"));
  server.poll("ana", 1, since("10:00:02"));
  same(page.rows(), [
    "delivery receive_new_messages user:ana",
    "polls receive_new_messages user:ana",
    "delivery receive_new_messages user:ana",
  ]);
});

test("a client that asks the binder again and again while its server is away fills no page", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  const chatServer = page.server(CHAT);
  const agent = "distributed-chat-client/0.1.0 (client 7-0a)";
  const asks = (answer) => {
    binder.call("lookup_procedure", { agent, arguments: ["create_room"] }, { answer });
    binder.call("list_procedures", { agent, arguments: ["create_room"] }, { answer: "[1]" });
    page.pass(500);
  };
  asks("localhost:9000");
  chatServer.call("register_user", { user: "caio", agent });
  page.stream(CHAT).end("unreachable");
  page.pass(10);
  for (let time = 0; time < 20; time += 1) {
    asks("localhost:9000");
  }
  asks("nil");
  asks("nil");
  same(page.rows(), [
    "call lookup_procedure user:caio",
    "call list_procedures user:caio",
    "call register_user user:caio",
    "note gone",
    "call lookup_procedure user:caio",
    "call list_procedures user:caio",
    "polls lookup_procedure user:caio×19",
    "polls list_procedures user:caio×19",
    "call lookup_procedure user:caio",
    "polls list_procedures user:caio×2",
    "polls lookup_procedure user:caio",
  ]);
});

test("the binder's built-in name does not make the first registration at its address a renewal", () => {
  const page = openPage();
  const binder = page.server("binder");
  const name = { name: "chat_server", address: "localhost", port: 8000, age: 60, lease: null, built_in: true };
  binder.send("names", { names: [name] });
  const register = () =>
    binder.call("register_lease", { arguments: [["chat_server"], "localhost", 8000, 30] }, { answer: "[]" });
  register();
  register();
  same(page.rows(), ["call register_lease server:localhost:8000", "polls register_lease server:localhost:8000"]);
});

test("each look-up of an original client is shown", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  for (let time = 0; time < 2; time += 1) {
    binder.call("lookup_procedure", { agent: "Python-xmlrpc/3.11", arguments: ["create_room"] }, { answer: "x" });
  }
  assert.equal(page.rows().length, 2);
});

test("receive_messages is folded while it returns the same history", () => {
  const { page, server } = chat("ana");
  const history = (items) =>
    server.call("receive_messages", { user: "ana", room: "geral" }, { items, answer_bytes: 100 * items });
  history(2);
  history(2);
  history(2);
  history(3);
  same(page.rows(), [
    "delivery receive_messages user:ana",
    "polls receive_messages user:ana×2",
    "delivery receive_messages user:ana",
  ]);
});

test("a poll that fails, or that the lab broke, is not folded", () => {
  const { page, server } = chat("ana");
  server.poll("ana");
  const fault = { outcome: "fault", fault: { code: 1, text: "Sala não existe." }, items: null };
  server.call("receive_new_messages", { user: "ana" }, fault);
  server.call("receive_new_messages", { user: "ana" }, { empty: true, items: 0, lab: "twice" });
  server.poll("ana");
  same(page.rows(), [
    "polls receive_new_messages user:ana",
    "call receive_new_messages user:ana",
    "delivery receive_new_messages user:ana",
    "polls receive_new_messages user:ana",
  ]);
});

test("renewals of a lease are folded, and the registration is not", () => {
  const page = openPage();
  const binder = page.binder();
  const names = ["create_room", "join_room"];
  const renew = () =>
    binder.call("register_lease", { arguments: [names, "localhost", 9000, 30], peer: "127.0.0.1:41000" });
  for (let renewal = 0; renewal < 4; renewal += 1) {
    renew();
    page.pass(10_000);
  }
  same(page.rows(), [`call register_lease server:${CHAT}`, "gap", `polls register_lease server:${CHAT}×3`]);
});

test("a quick answer is in the row of its call, a slow one in its own with a bar between them", () => {
  const { page, server } = chat("ana", "bia");
  server.call("list_rooms", { user: "ana" }, {}, 49);
  same(page.rows(), ["call list_rooms user:ana"]);
  assert.equal(page.compose().rows[0].answered, true);
  const end = server.begin("join_room", { user: "ana" });
  page.pass(20);
  server.call("list_rooms", { user: "bia" });
  page.pass(100);
  same(
    page.compose().bars.map(({ from, to }) => [from.index, to]),
    [[1, null]],
    "open until it is answered",
  );
  end();
  same(page.rows(), [
    "call list_rooms user:ana",
    "call join_room user:ana",
    "call list_rooms user:bia",
    "answer join_room user:ana",
  ]);
  same(
    page.compose().bars.map(({ from, to, lane }) => [from.index, to.index, lane]),
    [[1, 3, "user:ana"]],
  );
});

test("a long poll waits in the row of polls and is answered in a delivery", () => {
  const { page, server } = chat("ana", "bia");
  const end = server.begin("wait_messages", { user: "bia", room: "geral", waits: true });
  page.pass(3_000);
  same(page.rows(), ["polls wait_messages user:bia×0"]);
  server.call("send_message", { user: "ana", room: "geral" });
  end({ items: 1 });
  same(page.rows(), [
    "polls wait_messages user:bia×0",
    "call send_message user:ana",
    "delivery wait_messages user:bia",
  ]);
  same(
    page.compose().bars.map(({ from, to }) => [from.index, to.index]),
    [[0, 2]],
  );
});

test("the end of a call is joined to its beginning whichever server and life numbered it", () => {
  const page = openPage();
  const binder = page.binder(CHAT);
  const server = page.server(CHAT);
  const [began, ended] = [
    (at, method) => ({ call: 7, at, method, peer: "127.0.0.1:1", arguments: [] }),
    (at, answer) => ({ call: 7, at, milliseconds: 5, outcome: "answer", answer }),
  ];
  binder.send("began", began(page.time, "lookup_procedure"));
  server.send("began", began(page.time, "list_rooms"));
  server.send("ended", ended(page.time + 5, "[geral]"));
  binder.send("ended", ended(page.time + 5, "localhost:9000"));
  const calls = page.board.calls.all().map(({ method, end }) => [method, end.answer]);
  same(calls, [
    ["lookup_procedure", "localhost:9000"],
    ["list_rooms", "[geral]"],
  ]);
  // Its beginning is from before this page was opened.
  server.send("ended", { ...ended(page.time, "late"), call: 1 });
  assert.equal(page.board.calls.all().length, 2);
});

test("what is open when a server stops is lost, and what is never answered is given up", () => {
  const { page, server } = chat("ana");
  server.begin("join_room", { user: "ana" });
  page.pass(91_000);
  server.call("list_rooms", { user: "ana" });
  assert.equal(page.board.calls.all()[0].end.outcome, "unknown");
  server.begin("list_users", { user: "ana" });
  page.stream(CHAT).end("unreachable");
  assert.equal(page.board.calls.all().at(-1).end.outcome, "lost");
});

test("a filter shows the calls of one client, or of one method", () => {
  const { page, server } = chat("ana", "bia");
  server.call("list_rooms", { user: "ana" });
  server.call("send_message", { user: "bia", room: "geral" });
  page.board.picture.filter({ who: "user:bia" });
  same(page.rows(), ["call send_message user:bia"]);
  same(page.lanes(), ["server:binder", "user:bia", `server:${CHAT}`]);
  page.board.picture.filter({ who: "", method: "list_rooms" });
  same(page.rows(), ["call list_rooms user:ana"]);
});

test("rows that are ten seconds apart have a mark between them, and a run of polls is no silence", () => {
  const { page, server } = chat("ana");
  server.call("list_rooms", { user: "ana" });
  page.pass(12_000);
  server.call("list_rooms", { user: "ana" });
  for (let poll = 0; poll < 8; poll += 1) {
    page.pass(2_000);
    server.poll("ana");
  }
  server.call("list_rooms", { user: "ana" });
  const rows = page.rows();
  same(
    rows.map((row) => row.split(" ")[0]),
    ["call", "gap", "call", "polls", "call"],
  );
  assert.equal(page.compose().rows[1].time, 12_002);
});

test("calls have numbers in their order, and polls without news have none", () => {
  const { page, server } = chat("ana", "bia");
  server.call("list_rooms", { user: "ana" });
  server.poll("bia");
  server.call("list_users", { user: "ana" });
  server.poll("bia", 1);
  page.pass(1_000);
  const numbers = page.board.calls.all().map(({ method, number }) => [method, number]);
  const first = numbers[0][1];
  same(numbers, [
    ["list_rooms", first],
    ["receive_new_messages", null],
    ["list_users", first + 1],
    ["receive_new_messages", first + 2],
  ]);
});

test("calls of two servers are numbered by their times, whichever arrive first, and a number stays", () => {
  const { page, server } = chat("ana");
  page.pass(1_000);
  const binder = page.binder(CHAT);
  const at = page.time;
  const began = (call, after) => ({ call, at: at + after, method: "list_rooms", peer: "127.0.0.1:1", arguments: [] });
  const numbers = () => page.board.calls.all().map(({ number }) => number);
  page.pass(100);
  binder.send("began", began(1_001, 0));
  binder.send("began", began(1_002, 20));
  server.send("began", began(1_003, 10));
  same(numbers(), [null, null, null], "an earlier one may come");
  page.pass(1_000);
  const [first] = numbers();
  same(numbers(), [first, first + 1, first + 2]);
  server.send("began", began(1_004, 5));
  page.pass(1_000);
  same(numbers(), [first, first + 3, first + 1, first + 2]);
});

test("a filter shows what went wrong, or where a text is", () => {
  const { page, server } = chat("ana");
  const say = (text, outcome) =>
    server.call("send_message", { user: "ana", room: "geral", arguments: ["ana", "geral", text] }, outcome);
  say("bom dia");
  say("perdida", { outcome: "dropped", lab: "drop-answer" });
  say("perdida");
  say("falha", { outcome: "fault", fault: { code: 1, text: "Sala não existe." } });
  const shown = () => page.compose().rows.map(({ cells }) => [...cells.values()][0].record.arguments[2]);
  page.board.picture.filter({ outcome: "wrong" });
  same(shown(), ["perdida", "perdida", "falha"], "the repetition belongs to what went wrong");
  page.board.picture.filter({ outcome: "", text: "BOM" });
  same(shown(), ["bom dia"]);
  page.board.picture.filter({ text: "nothing has this" });
  assert.equal(page.compose().isEmptied, true);
  page.board.picture.filter({ text: "" });
  page.board.calls.clear();
  assert.equal(page.compose().isEmptied, false, "an empty page is not a filtered one");
});

test("a line of the lecturer's own is a row", () => {
  const { page } = chat();
  page.board.calls.note({ kind: "own", server: null, at: page.time, text: "now the binder dies" });
  same(page.rows(), ["note own"]);
  assert.equal(page.board.noteText(page.board.calls.notes()[0]), "now the binder dies");
});
