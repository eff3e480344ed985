// The headline, and the figures of each method.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const [FIRST, SECOND] = ["localhost:9000", "localhost:9100"];

/** Two servers with these groups, each with a room `geral` in which Ana is. */
function twoServers(...groups) {
  const page = openPage();
  const binder = page.server("binder");
  const names = groups.map((group, index) => ({
    name: "create_room",
    address: "localhost",
    port: 9000 + 100 * index,
    age: 1,
    lease: 5,
    group,
  }));
  const rooms = [{ name: "geral", users: ["ana"], messages: 1 }];
  binder.send("names", { names });
  for (const key of [FIRST, SECOND]) {
    page.server(key).send("rooms", { rooms });
  }
  return { page, binder, names };
}

test("a room of two servers that are one chat is one room, and of two chats there are two", () => {
  assert.equal(twoServers("a", "a").page.board.headline(), "1 client, 1 room");
  assert.equal(twoServers("a", "b").page.board.headline(), "1 client, 2 rooms");
  assert.equal(twoServers(null, null).page.board.headline(), "1 client, 2 rooms");
});

test("it is one room after one of the servers has died, too", () => {
  const { page, binder, names } = twoServers("a", "a");
  page.stream(SECOND).end("unreachable");
  binder.send("names", { names: names.slice(0, 1) });
  assert.equal(page.board.headline(), "1 client, 1 room");
});

test("the rooms of a server that has stopped are not counted as none, as the list of rooms has them still", () => {
  const page = openPage();
  const binder = page.binder(FIRST);
  const rooms = [{ name: "geral", users: ["ana"], messages: 1 }];
  page.server(FIRST).send("rooms", { rooms });
  page.stream(FIRST).end("unreachable");
  binder.send("names", { names: [] });
  assert.equal(page.board.headline(), "0 clients");
  const known = () => page.board.roomServers().map(({ key, rooms: own }) => [key, own.length]);
  same(known(), [[FIRST, 1]]);

  // One that never said which it has is forgotten with its names.
  const other = openPage();
  const names = other.binder(FIRST);
  other.stream(FIRST).end("no-board");
  other.stream(FIRST).end("unreachable");
  assert.equal(other.board.headline(), "0 clients", "it has stopped");
  names.send("names", { names: [] });
  same([other.board.headline(), other.board.roomServers()], ["0 clients, 0 rooms", []]);
});

test("what is at a server without a board is not counted as none", () => {
  const page = openPage();
  const binder = page.binder(FIRST, SECOND);
  page.stream(FIRST).end("no-board");
  assert.equal(page.board.headline(), "number of clients unknown");
  page.server(SECOND).send("rooms", { rooms: [{ name: "geral", users: ["ana"], messages: 1 }] });
  assert.equal(page.board.headline(), "at least 1 client, at least 1 room");
  binder.call("lookup_procedure", { peer: "127.0.0.1:40001" });
  assert.equal(page.board.headline(), "at least 1 client, 1 connection without a name, at least 1 room");
  page.stream(FIRST).end("unreachable");
  assert.equal(page.board.headline(), "1 client, 1 room");
  const other = openPage();
  other.binder(FIRST);
  other.server(FIRST).send("rooms", { rooms: [] });
  assert.equal(other.board.headline(), "0 clients, 0 rooms");
});
