// The servers behind the calls: found by their names in the binder, lost, back, and several ports of one.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";
const ACCOUNTS = "localhost:8000";

const notes = (page) => page.board.calls.notes().map(({ kind, server }) => `${kind} ${server}`);
const status = (page, key) => page.board.server(key)?.status;

test("names in the binder lead to the servers' streams", () => {
  const page = openPage();
  page.binder(CHAT);
  assert.equal(status(page, CHAT), "connecting");
  page.server(CHAT);
  assert.equal(status(page, CHAT), "live");
  same(notes(page), []);
});

test("an address that needs brackets has them", () => {
  const page = openPage();
  const binder = page.server("binder");
  binder.send("names", { names: [{ name: "n", address: "::1", port: 9000, age: 1, lease: null }] });
  assert.ok(page.stream("[::1]:9000"));
});

test("two ports of one process are one server with one lane", () => {
  const page = openPage();
  page.binder(CHAT, ACCOUNTS);
  page.server(CHAT, "same");
  page.server(ACCOUNTS, "same");
  assert.equal(page.board.server(ACCOUNTS).key, CHAT);
  same(page.board.addressesOf(page.board.server(CHAT)), [CHAT, ACCOUNTS]);
  same(page.lanes(), ["server:binder", `server:${CHAT}`]);
  const detail = page.compose().lanes.at(-1).detail;
  assert.equal(detail, `${CHAT} ${ACCOUNTS}`);
});

test("a server that stops is gone after a moment, and back when its stream is", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT);
  page.stream(CHAT).end();
  page.pass(2_000);
  assert.equal(status(page, CHAT), "live", "it may come back at once");
  page.pass(1_000);
  assert.equal(status(page, CHAT), "gone");
  page.server(CHAT);
  same(notes(page), [`gone ${CHAT}`, `back ${CHAT}`]);
  const [outage] = page.compose().outages;
  same(outage, { server: CHAT, from: 0, to: 1 });
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

test("when the binder dies, nothing is said about the servers behind it", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT);
  page.stream(CHAT).end();
  page.stream("binder").end();
  page.pass(3_000);
  assert.equal(status(page, "binder"), "gone");
  assert.equal(status(page, CHAT), "unknown");
  same(notes(page), ["gone binder"]);
});

test("events that are sent again after a reconnect count once", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  server.call("list_rooms", { user: "ana" });
  server.events = 0;
  server.call("list_rooms", { user: "ana" });
  assert.equal(page.board.calls.all().length, 1);
});

test("missed events are noted with their number", () => {
  const page = openPage();
  page.binder(CHAT);
  page.stream(CHAT).send("hello", { life: "1", missed: 12 });
  same(page.board.calls.notes().map(({ kind, n }) => [kind, n]), [["missed", 12]]);
  assert.equal(page.board.noteText(page.board.calls.notes()[0]), `12 events of ${CHAT} did not get here`);
});

test("an original server, which refuses the stream, has no board", async () => {
  const page = openPage();
  page.answers.set(`/board/servers/${encodeURIComponent(CHAT)}/lab`, 501);
  page.binder(CHAT);
  page.stream(CHAT).end(true);
  await new Promise(setImmediate);
  assert.equal(status(page, CHAT), "no-board");
});

test("no more streams are opened than leave a connection free", () => {
  const page = openPage();
  const endpoints = Array.from({ length: 7 }, (_, number) => `localhost:${9_001 + number}`);
  page.binder(...endpoints);
  for (const endpoint of endpoints) {
    if (page.stream(endpoint)) {
      page.server(endpoint);
    }
  }
  assert.equal(page.streams.length, 1 + 4);
});

test("rules of the lab are noted when they are set and when they are removed", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  const rule = { method: "send_message", action: "delay", probability: 0.5, milliseconds: 1_000 };
  server.send("lab", { rules: [rule] });
  server.send("lab", { rules: [rule] });
  server.send("lab", { rules: [] });
  same(notes(page), [`rule ${CHAT}`, `normal ${CHAT}`]);
});

test("names that are no longer registered are gone for two minutes", () => {
  const page = openPage();
  const binder = page.binder(CHAT, ACCOUNTS);
  binder.registers(CHAT);
  const gone = () => page.board.names().gone.map(({ name }) => name);
  same(gone(), ["name_0_1", "name_1_0"]);
  assert.equal(page.board.registeredFor(CHAT), 60);
  page.pass(121_000);
  same(gone(), []);
});
