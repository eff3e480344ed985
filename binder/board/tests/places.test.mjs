// Where lanes are, and up to where captions may reach.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage } from "./page.mjs";

// 14 letters of a caption: a number and the beginning of a method, with the space beside both ends.
const CAPTION = 90;

function open() {
  const { board } = openPage();
  Object.assign(board, { isProjected: () => false, isCompact: () => false, heights: () => ({}) });
  return board;
}

const client = (number) => ({ id: `user:aluno${number}`, role: "client" });
const LANES = [
  { id: "server:binder", role: "binder" },
  ...Array.from({ length: 36 }, (_, number) => client(number)),
  { id: "server:localhost:9000", role: "chat-server" },
];

test("scrolled, the lanes of the binder and the servers stay, and each call to either has room for its caption", () => {
  const board = open();
  const screen = (place, scrolled) => Math.round(place - scrolled);
  for (const width of [983, 911, 885, 754]) {
    const still = board.placeLanes(LANES, width, 1);
    const hidden = still.width - width;
    assert.ok(hidden > 0);
    for (const scrolled of [0, 40, 100, hidden]) {
      const places = board.placeLanes(LANES, width, 1, scrolled);
      for (const server of ["server:binder", "server:localhost:9000"]) {
        assert.equal(screen(places.x.get(server), scrolled), screen(still.x.get(server), 0));
        for (const { id } of LANES.slice(1, -1)) {
          const [from, to] = [board.placeOf(places, id), places.x.get(server)];
          const room = Math.abs(board.endOfCaption(places, from, to) - from);
          assert.ok(room > CAPTION, `${width} pixels, scrolled by ${scrolled}: ${room} from ${id} to ${server}`);
        }
      }
      assert.equal(screen(places.gutter, scrolled), screen(still.gutter, 0));
      const seen = LANES.filter((lane) => board.isLaneSeen(places, lane));
      assert.ok(seen.length > 4 && seen.length < LANES.length);
    }
  }
});

test("in a window where little would be left for clients, the binder's lane is scrolled with them", () => {
  const board = open();
  const places = board.placeLanes(LANES, 385, 1, 300);
  assert.ok(places.x.get("server:binder") < 300);
  assert.ok(places.right - places.left > 100);
});
