// A paused picture: it stands still, whatever happens, and goes on by steps.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";

// What the choice of the language writes to.
const document = { documentElement: {}, querySelectorAll: () => [], getElementById: () => ({}) };

function chat(...users) {
  const page = openPage({ browser: { document } });
  page.binder(CHAT);
  const server = page.server(CHAT);
  users.forEach((user, index) => server.call("register_user", { user, peer: `127.0.0.1:${40_000 + index}` }));
  page.pass(1_000);
  page.board.calls.clear();
  return { page, server };
}

/** Everything that is drawn of the picture. */
function drawn(page) {
  const { rows, bars, outages, lanes } = page.compose();
  return {
    rows: rows.map(({ id, kind, cells }) => [
      id,
      kind,
      [...cells.values()].map(({ lane, count, record }) => [lane, count, record.end?.outcome ?? "open"]),
    ]),
    bars: bars.map(({ lane, from, to }) => [lane, from.id, to?.id ?? null]),
    outages: outages.map(({ server, from, to }) => [server, from.id, to?.id ?? null]),
    lanes: lanes.map(({ id, name, status }) => [id, name, status]),
  };
}

/** Asserts that `change` changes nothing in the picture while it is paused, though it does when that goes on. */
function isFrozen(page, change) {
  const { picture } = page.board;
  picture.pause(true);
  const before = JSON.parse(JSON.stringify(drawn(page)));
  change();
  page.pass(1_000);
  same(drawn(page), before);
  picture.pause(false);
  assert.notDeepEqual(JSON.parse(JSON.stringify(drawn(page))), before);
}

test("a long poll that is open at the pause stays open, whatever it brings", () => {
  for (const end of [{ empty: true, items: 0 }, { items: 1 }, { outcome: "dropped" }]) {
    const { page, server } = chat("ana");
    const poll = () => server.begin("wait_messages", { user: "ana", room: "geral", waits: true });
    const first = poll();
    page.pass(5_000);
    first({ empty: true, items: 0 });
    const second = poll();
    page.pass(5_000);
    isFrozen(page, () => {
      page.pass(5_000);
      second(end);
      // It is made again, as it is when the size of a window changes.
      page.board.picture.renew();
    });
  }
});

test("while the picture is paused, no lane comes, goes, or changes its state", () => {
  const { page, server } = chat("ana");
  server.call("list_rooms", { user: "ana" });
  server.call("list_rooms", { peer: "127.0.0.1:50000" });
  const binder = page.stream("binder");
  const names = (...ports) =>
    binder.send("names", {
      names: ports.map((port) => ({ name: `n${port}`, address: "localhost", port, age: 60, lease: 30 })),
    });
  const changes = [
    () => page.stream(CHAT).end("unreachable"),
    () => server.send("rooms", { rooms: [{ name: "geral", users: ["bia"], messages: 3 }] }),
    () => server.call("unregister_user", { user: "ana" }),
    () => server.call("join_room", { user: "bia", peer: "127.0.0.1:50000" }),
    () => {
      names(9000, 9001);
      page.server("localhost:9001");
    },
  ];
  changes.forEach((change) => isFrozen(page, change));
});

test("the headline of a paused picture is of that moment, and of a step says what its calls say", () => {
  const { page, server } = chat("ana", "bia");
  server.send("rooms", { rooms: [{ name: "geral", users: ["ana", "bia"], messages: 3 }] });
  page.pass(50_000);
  server.call("list_rooms", { user: "ana" });
  const { board } = page;
  const before = board.headline();
  assert.equal(before, "2 clients, 1 of them not heard for 40 s or longer, 1 room");
  board.picture.pause(true);
  page.pass(1_000);
  server.call("list_rooms", { user: "bia" });
  page.pass(1_000);
  page.stream(CHAT).end("unreachable");
  board.picture.renew();
  assert.equal(board.headline(), before);
  board.picture.step();
  assert.equal(board.headline(), "at least 2 clients");
  board.picture.pause(false);
  assert.equal(board.headline(), "2 clients");
});

test("what the viewer changes is seen in a paused picture, too", () => {
  const { page, server } = chat("ana");
  server.call("list_rooms", { user: "ana" });
  const { board } = page;
  board.picture.pause(true);
  const seen = () => JSON.stringify(drawn(page));
  const changes = [
    () => board.picture.filter({ who: "server:binder" }),
    () => board.picture.filter({ who: "" }),
    () => board.picture.addLine("now the binder dies"),
    () => board.switchLanguage(),
    () => board.calls.clear(),
  ];
  for (const change of changes) {
    const before = seen();
    change();
    page.pass(100);
    assert.notEqual(seen(), before, String(change));
  }
});

test("in a paused picture, a server is as it was when it was paused, or at the step", () => {
  const { page, server } = chat("ana");
  const status = () => page.compose().lanes.at(-1).status;
  page.board.picture.pause(true);
  page.pass(1_000);
  server.call("list_rooms", { user: "ana" });
  page.pass(1_000);
  page.stream(CHAT).end("unreachable");
  page.pass(1_000);
  const seen = [status()];
  while (page.board.picture.waiting() > 0) {
    page.board.picture.step();
    seen.push(status());
  }
  same(seen, ["live", "live", "gone"]);
});

test("a long poll of a replay is open until its end", () => {
  const { page, server } = chat("ana");
  const poll = server.begin("wait_messages", { user: "ana", room: "geral", waits: true });
  page.pass(1_000);
  server.call("list_rooms", { user: "ana" });
  page.pass(20_000);
  poll({ empty: true, items: 0 });
  server.call("list_users", { user: "ana" });
  const bars = (at) => {
    page.board.picture.showUntil(at);
    return page.compose().bars.map(({ to }) => to === null);
  };
  same([bars(page.time - 15_000), bars(page.time)], [[true], []]);
});

test("a paused picture steps through what happened meanwhile, polls left out", () => {
  const { page, server } = chat("ana", "bia");
  server.call("list_rooms", { user: "ana" });
  page.pass(100);
  const { picture } = page.board;
  picture.pause(true);
  page.pass(100);
  server.poll("bia");
  server.call("send_message", { user: "ana", room: "geral" });
  page.pass(100);
  server.call("list_users", { user: "bia" });
  page.pass(100);
  same(page.rows(), ["call list_rooms user:ana"]);
  assert.equal(picture.waiting(), 2);
  picture.step();
  assert.equal(page.rows().at(-1), "call send_message user:ana");
  assert.equal(picture.waiting(), 1);
  picture.pause(false);
  assert.equal(page.rows().at(-1), "call list_users user:bia");
});

test("what is cleared in a paused picture is what it shows", () => {
  const { page, server } = chat("ana");
  const { board } = page;
  server.call("list_rooms", { user: "ana" });
  page.stream(CHAT).end("unreachable");
  page.server(CHAT);
  page.pass(1_000);
  server.begin("create_room", { user: "ana" })();
  page.pass(1_000);
  board.picture.pause(true);
  page.pass(1_000);
  server.call("join_room", { user: "ana" });
  page.stream(CHAT).end("unreachable");
  const waiting = board.picture.waiting();
  board.calls.clear();
  same(page.rows(), []);
  assert.equal(board.picture.waiting(), waiting);
  board.picture.pause(false);
  same(page.rows(), ["call join_room user:ana", "note gone"]);
});
