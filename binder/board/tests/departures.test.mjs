// Users who have left: what ends their lanes, and who is counted as present.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openPage, same } from "./page.mjs";

const CHAT = "localhost:9000";

function opened() {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT);
  const list = (...users) => server.send("rooms", { rooms: [{ name: "geral", users, messages: 0 }] });
  const status = () =>
    Object.fromEntries(
      page
        .compose()
        .lanes.filter(({ role }) => role === "client")
        .map(({ id, status: state }) => [id.slice("user:".length), state]),
    );
  for (const user of ["ana", "bia"]) {
    server.call("join_room", { user, room: "geral" });
  }
  list("ana", "bia");
  return { page, server, list, status };
}

test("a user who gives the name back is gone at once, and back with the next call", () => {
  const { page, server, list, status } = opened();
  server.call("unregister_user", { user: "ana" });
  same(status(), { ana: "absent", bia: "live" });
  list("bia");
  assert.equal(page.board.headline(), "1 client, 1 room");
  const [{ lane, from, to }] = page.compose().absences;
  same([lane, from.method, to], ["user:ana", "unregister_user", null]);
  page.pass(5_000);
  server.call("register_user", { user: "ana" });
  same(status(), { ana: "live", bia: "live" });
  const [absence] = page.compose().absences;
  same([absence.from.method, absence.to.method], ["unregister_user", "register_user"]);
});

test("a name that was not given back does not end a lane", () => {
  const { server, status } = opened();
  const fault = { outcome: "fault", fault: { code: 1, text: "" } };
  server.call("unregister_user", { user: "ana" }, fault);
  same(status(), { ana: "live", bia: "live" });
});

test("a user whom the server lists no more is gone, though its last call was a moment ago", () => {
  const { page, server, list, status } = opened();
  server.call("receive_new_messages", { user: "ana", room: "geral" });
  list("bia");
  same(status(), { ana: "absent", bia: "live" });
  assert.equal(page.board.headline(), "1 client, 1 room");
});

test("a user who comes back by the same name is there, like one who comes for the first time", () => {
  const { page, server, list, status } = opened();
  page.pass(70_000);
  for (const user of ["bia", "caio"]) {
    server.call("register_user", { user });
  }
  page.pass(1_000);
  list("ana");
  same(status(), { ana: "silent", bia: "live", caio: "live" });
  page.pass(5_000);
  server.call("join_room", { user: "bia", room: "geral" });
  list("ana", "bia");
  list("ana");
  same(status(), { ana: "silent", bia: "absent", caio: "live" });
});

test("a user in a room of whom nothing is heard is said to be silent, not to be there or gone", () => {
  const { page, server, list, status } = opened();
  const poll = (user) => server.poll(user);
  for (let second = 0; second < 50; second += 2) {
    page.pass(2_000);
    poll("bia");
  }
  same(status(), { ana: "silent", bia: "live" });
  assert.equal(page.compose().lanes.find(({ id }) => id === "user:ana").silent, 50);
  assert.equal(page.board.headline(), "2 clients, 1 of them not heard for 40 s or longer, 1 room");
  // What a server that is not connected does not report, says nothing.
  page.stream(CHAT).end("unreachable");
  same(status(), { ana: "live", bia: "live" });
  page.server(CHAT);
  list("ana", "bia");
  page.pass(39_000);
  same(status(), { ana: "live", bia: "live" });
  page.server(CHAT);
  page.pass(2_000);
  same(status(), { ana: "silent", bia: "silent" });
  poll("ana");
  list("ana");
  same(status(), { ana: "live", bia: "absent" });
});

test("a list that is cut says nothing of those who are not in it", () => {
  const { server, status } = opened();
  const room = (rest) => ({ name: "geral", users: ["bia"], messages: 0, ...rest });
  server.send("rooms", { rooms: [room({ others: 1 })] });
  server.send("rooms", { rooms: [room()], more: 1 });
  same(status(), { ana: "live", bia: "live" });
});

test("a list from before a call makes no absence", () => {
  const { page, server, list, status } = opened();
  server.call("join_room", { user: "ana", room: "jogos" });
  list("bia");
  page.pass(1_000);
  list("bia", "ana");
  same(status(), { ana: "live", bia: "live" });
  same(page.compose().absences, []);
});

test("the users and rooms of a server that is dead are not counted, and nothing is known of them", () => {
  const { page, status } = opened();
  page.pass(61_000);
  assert.equal(page.board.headline(), "2 clients, 2 of them not heard for 40 s or longer, 1 room");
  page.stream(CHAT).end("ended");
  page.stream(CHAT).end("unreachable");
  assert.equal(page.board.headline(), "0 clients");
  same(status(), { ana: "live", bia: "live" });
});

test("a server that starts again lists those who are back", () => {
  const { page, status } = opened();
  page.pass(5_000);
  page.stream(CHAT).end("ended");
  const again = page.server(CHAT, "another life");
  again.call("join_room", { user: "bia", room: "geral" });
  again.send("rooms", { rooms: [{ name: "geral", users: ["bia"], messages: 0 }] });
  same(status(), { ana: "absent", bia: "live" });
});

test("of users who left, nothing is known once a server without a board answers, where they may be", () => {
  const { page, server, status } = opened();
  server.call("unregister_user", { user: "ana" });
  same(status(), { ana: "absent", bia: "live" });
  page.pass(5_000);
  page.stream(CHAT).end("ended");
  page.stream(CHAT).end("no-board");
  same(status(), { ana: "unknown", bia: "unknown" });
  assert.equal(page.board.headline(), "number of clients unknown");
  page.server(CHAT, "another life").send("rooms", { rooms: [] });
  same(status(), { ana: "absent", bia: "absent" });
});

test("a saved run has the absences that the picture had", () => {
  const { page, server, status } = opened();
  server.call("unregister_user", { user: "ana" });
  const { rows, lanes } = page.compose();
  const records = page.board.calls.all();
  const text = page.board.runText({ records, notes: [], lanes, rows }, () => null);
  const other = openPage();
  const run = other.board.readRun(text);
  other.board.enterReplay();
  other.board.stopClock(page.time);
  other.board.loadServers(run.servers, run.binder);
  other.board.calls.load(run);
  const last = other.compose().lanes.find(({ id }) => id === "user:ana");
  same([last.status, status().ana], ["absent", "absent"]);
  other.board.picture.showUntil(page.time - 1);
  assert.equal(other.board.headline(), "at least 2 clients", "the rooms are those of the end");
});
