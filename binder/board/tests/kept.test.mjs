// What is kept, for how long, and what it costs.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";

function chat() {
  const page = openPage();
  page.binder(CHAT);
  return { page, server: page.server(CHAT) };
}

test("twenty thousand calls are kept, the newest", () => {
  const { page, server } = chat();
  for (let call = 0; call < 22_500; call += 1) {
    server.call("list_rooms", { user: "ana" });
  }
  const { length } = page.board.calls.all();
  assert.ok(length >= 20_000 && length <= 21_000, String(length));
  page.pass(1_000);
  assert.equal(page.board.calls.all().at(-1).number, 22_500);
});

test("what is paused at is kept, however much comes", () => {
  const { page, server } = chat();
  for (let call = 0; call < 170; call += 1) {
    server.call("list_rooms", { user: "ana" });
  }
  const { picture, calls } = page.board;
  picture.pause(true);
  calls.hold(picture.until);
  page.pass(1);
  const before = page.rows();
  for (let call = 0; call < 45_000; call += 1) {
    server.call("list_users", { user: "ana" });
  }
  same(page.rows(), [...before]);
  assert.ok(calls.all().length <= 41_000);
  picture.pause(false);
  calls.hold(null);
  assert.ok(calls.all().length <= 21_000);
});

test("a call lays out the newest few hundred events again, of twenty thousand calls", () => {
  const { page, server } = chat();
  for (let call = 0; call < 20_000; call += 1) {
    server.call("list_rooms", { user: `u${call % 30}`, peer: `127.0.0.1:${call % 30}` });
  }
  page.compose();
  let taken = 0;
  const { take } = page.board.RowBuilder.prototype;
  page.board.RowBuilder.prototype.take = function (item) {
    taken += 1;
    take.call(this, item);
  };
  for (let call = 0; call < 100; call += 1) {
    server.call("list_rooms", { user: `u${call % 30}` });
    page.compose();
  }
  assert.ok(taken > 100 && taken < 100 * 900, `${taken} events for 100 calls`);
  // Nothing has changed: nothing is laid out.
  taken = 0;
  page.compose();
  assert.equal(taken, 0);
});

test("rows kept from the last time are those of a page that lays out everything", () => {
  const { page, server } = chat();
  const ends = [];
  for (let call = 0; call < 1_500; call += 1) {
    const user = `u${call % 7}`;
    page.pass(call % 90 === 0 ? 11_000 : 40);
    if (call % 11 === 0) {
      server.poll(user, call % 3);
    } else if (call % 17 === 0) {
      ends.push(server.begin("wait_messages", { user, room: "geral", waits: true }));
    } else if (call % 23 === 0) {
      server.call("send_message", { user, arguments: [call] }, { outcome: "dropped", lab: "drop-answer" });
      server.call("send_message", { user, arguments: [call] });
    } else {
      server.call("list_rooms", { user }, {}, call % 13 === 0 ? 80 : 1);
    }
    if (ends.length > 4) {
      ends.shift()({ items: call % 2, empty: call % 2 === 0 });
    }
    page.compose();
  }
  const shape = ({ rows, bars, brackets }) => [
    rows.filter(({ kind }) => kind !== "polls").map(({ id }) => id),
    bars.map(({ from, to, lane }) => [from.id, to?.id, lane]).sort(),
    brackets.map(({ id, repeats }) => [id, repeats.id]),
  ];
  const kept = shape(page.compose());
  page.board.calls.touch(-Infinity);
  same(kept, JSON.parse(JSON.stringify(shape(page.compose()))));
});
