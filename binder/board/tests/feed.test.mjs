// One server's stream: read piece by piece, opened again, and never more than a line of it kept.
import assert from "node:assert/strict";
import { test } from "node:test";

import { same } from "./page.mjs";
import { began, hello, settled, Wire } from "./wire.mjs";

async function opened(path = "/events") {
  const wire = new Wire();
  wire.seen = [];
  wire.feed = wire.board.openFeed(path, {
    hello: (data, restarted) => wire.seen.push(restarted ? "restarted" : "hello"),
    event: (kind, data) => wire.seen.push(`${kind} ${data.id ?? ""}`.trim()),
    lost: (why) => wire.seen.push(why),
  });
  await settled();
  return wire;
}

test("messages are read however the stream is cut into pieces", async () => {
  const wire = await opened();
  const text = hello("a") + began("a", 1) + began("a", 2).replaceAll("\n", "\r\n");
  for (const character of text) {
    await wire.connections[0].send(character);
  }
  same(wire.seen, ["hello", "began 1", "began 2"]);
});

test("a stream goes on after the last event, and what is sent again counts once", async () => {
  const wire = await opened();
  await wire.connections[0].send(hello("a") + began("a", 1) + began("a", 2));
  await wire.connections[0].end();
  await wire.pass(200);
  same(wire.paths, ["/events", "/events?after=a-2"]);
  await wire.connections[1].send(hello("a") + began("a", 2) + began("a", 3));
  same(wire.seen, ["hello", "began 1", "began 2", "ended", "hello", "began 3"]);
});

test("a stream of which nothing came goes on where it began", async () => {
  const wire = await opened();
  await wire.connections[0].send(hello("a", 7));
  await wire.connections[0].end();
  await wire.pass(200);
  same(wire.paths, ["/events", "/events?after=a-7"]);
  await wire.connections[1].send(hello("a", 7) + began("a", 7) + began("a", 8));
  same(wire.seen, ["hello", "ended", "hello", "began 8"]);
});

test("a restarted server numbers its events anew", async () => {
  const wire = await opened();
  await wire.connections[0].send(hello("a") + began("a", 7));
  await wire.connections[0].end();
  await wire.pass(250);
  await wire.connections[1].send(hello("b") + began("b", 1));
  same(wire.seen.slice(-2), ["restarted", "began 1"]);
});

test("why there is no stream is known", async () => {
  // The first connection is opened before an answer can be chosen.
  const wire = await opened();
  await wire.connections[0].end();
  for (const [answers, why] of [
    [[503], "full"],
    [[404], "no-board"],
    [["refused", "refused"], "unreachable"],
    [["refused", 501], "no-board"],
  ]) {
    wire.answers.push(...answers);
    await wire.pass(30_000);
    await settled();
    assert.equal(wire.seen.at(-1), why);
  }
});

test("a server without a stream is asked more and more rarely, the page's own less so", async () => {
  for (const [path, longest] of [
    ["/events", 5_000],
    ["http://localhost:9000/events", 30_000],
  ]) {
    const wire = await opened(path);
    wire.answers.push(...Array.from({ length: 8 }, () => 501));
    await wire.connections[0].end();
    await wire.pass(250);
    for (let attempts = 2; attempts < 7; attempts += 1) {
      await wire.pass(longest);
    }
    assert.equal(wire.paths.length, 7);
    await wire.pass(longest - 1);
    assert.equal(wire.paths.length, 7);
    await wire.pass(1);
    assert.equal(wire.paths.length, 8);
  }
});

test("an endless line is skipped, and so is what is no event", async () => {
  const wire = await opened();
  await wire.connections[0].send(hello("a"));
  for (let piece = 0; piece < 40; piece += 1) {
    await wire.connections[0].send("x".repeat(1 << 14));
  }
  await wire.connections[0].send(
    `x\n\nevent: began\ndata: no JSON\n\nevent: odd\ndata: {}\n\n: comment\n\n${began("a", 1)}`,
  );
  same(wire.seen, ["hello", "began 1"]);
});

test("a server that says nothing for fifteen seconds has stopped", async () => {
  const wire = await opened();
  await wire.connections[0].send(hello("a"));
  await wire.pass(12_000);
  await wire.connections[0].send(began("a", 1));
  await wire.pass(12_000);
  await wire.pass(1_000);
  same([wire.seen, wire.connections.length], [["hello", "began 1"], 2], "it is asked another time");
  await wire.pass(1_000);
  same(wire.seen, ["hello", "began 1"]);
  await wire.pass(1_000);
  assert.equal(wire.seen.at(-1), "silent");
});

test("after a browser was stopped, what came meanwhile is read, and no living server has stopped", async () => {
  const wire = await opened();
  await wire.connections[0].send(hello("a"));
  await wire.pass(60_000);
  await wire.connections[0].send(began("a", 1));
  await wire.pass(1_000);
  same([wire.seen, wire.connections.length], [["hello", "began 1"], 1]);

  // Its connection did not survive.
  await wire.pass(60_000);
  await wire.pass(1_000);
  same(wire.paths.slice(1), ["/events?after=a-1"]);
  await wire.pass(500);
  await wire.connections[1].send(hello("a", 1) + began("a", 2));
  await wire.pass(12_000);
  same(wire.seen, ["hello", "began 1", "hello", "began 2"]);
});
