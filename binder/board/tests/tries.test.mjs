// A call that repeats one whose answer was lost.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";
const LOST = { outcome: "dropped", lab: "drop-answer" };

function chat() {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  const send = (text, outcome, peer = "127.0.0.1:1") =>
    server.call(
      "send_message",
      { user: "ana", room: "geral", arguments: ["ana", "geral", text], peer },
      outcome,
    );
  return { page, server, send };
}

test("the same call after a lost answer is its second try, joined to the first", () => {
  const { page, send } = chat();
  send("oi", LOST);
  send("oi", LOST, "127.0.0.1:2");
  send("oi", {}, "127.0.0.1:3");
  const { rows, brackets } = page.compose();
  same(
    rows.map(({ tries }) => tries),
    [1, 2, 3],
  );
  same(
    brackets.map(({ index, repeats }) => [index, repeats.index]),
    [
      [1, 0],
      [2, 1],
    ],
  );
});

test("the same call after an answer, another call, and one much later are no repetitions", () => {
  const { page, send } = chat();
  send("oi");
  send("oi");
  send("um", LOST);
  send("dois");
  page.pass(61_000);
  send("um");
  same(page.compose().brackets, []);
});

test("a repetition that arrives before the end of the first one is seen as one when that is lost", () => {
  const { page, server } = chat();
  const first = server.begin("send_message", { user: "ana", arguments: ["x"] });
  page.pass(5);
  server.call("send_message", { user: "ana", arguments: ["x"] });
  same(page.compose().brackets, []);
  first(LOST);
  assert.equal(page.compose().brackets.length, 1);
});

test("with a call, its other tries and what delivered the message are highlighted", () => {
  const { page, server, send } = chat();
  send("oi", LOST);
  send("oi");
  page.pass(100);
  server.poll("bia", 2);
  server.poll("caio", 2);
  page.pass(500);
  server.poll("bia", 1, { arguments: ["bia", "geral", "later"] });
  page.pass(6_000);
  server.poll("duda", 1);
  const [first] = page.board.calls.all();
  const family = [...page.board.familyOf(first)].map(({ method, lane }) => `${method} ${lane}`);
  same(family, [
    "send_message user:ana",
    "send_message user:ana",
    "receive_new_messages user:bia",
    "receive_new_messages user:caio",
  ]);
});
