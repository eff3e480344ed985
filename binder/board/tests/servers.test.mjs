// The servers behind the calls: found by their names in the binder, and replaced.
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

test("calls that the binder passes on are those of the server, unless that reports them itself", () => {
  const page = openPage();
  page.binder(CHAT);
  const binder = page.stream("binder");
  const call = { method: "list_rooms", dialect: "classic", peer: "127.0.0.1:1", arguments: [], server: CHAT };
  const end = { outcome: "answer", answer: "[geral]" };
  const at = page.time;
  page.stream(CHAT).end("no-board");
  binder.send("began", { ...call, call: 1, at });
  binder.send("ended", { ...end, call: 1, at });
  const [record] = page.board.calls.all();
  same([record.server, record.reporter, record.end.answer], [CHAT, "binder", "[geral]"]);
  same(page.lanes(), ["server:binder", record.lane, `server:${CHAT}`]);

  page.pass(5_000);
  page.server(CHAT);
  binder.send("began", { ...call, call: 2, at });
  binder.send("ended", { ...end, call: 2, at });
  assert.equal(page.board.calls.all().length, 1);
});

test("an address that needs brackets has them", () => {
  const page = openPage();
  const binder = page.server("binder");
  binder.send("names", { names: [{ name: "n", address: "::1", port: 9000, age: 1, lease: null }] });
  assert.ok(page.stream("[::1]:9000"));
});

test("a binder with enough viewers is not called dead", () => {
  const page = openPage();
  page.stream("binder").end("full");
  assert.equal(status(page, "binder"), "full");
  same(notes(page), []);
});

test("a server that takes another's place is asked at once", () => {
  const page = openPage();
  const binder = page.server("binder");
  const name = (more) => ({
    name: "create_room",
    address: "localhost",
    port: 9000,
    age: 60,
    lease: null,
    ...more,
  });
  binder.send("names", { names: [name({})] });
  page.stream(CHAT).end("no-board");
  binder.send("names", { names: [name({ age: 65 })] });
  assert.equal(page.stream(CHAT).retries, 0);
  binder.send("names", { names: [name({ age: 0, lease: 30 })] });
  assert.equal(page.stream(CHAT).retries, 1);
  page.server(CHAT);
  same(page.lanes(), ["server:binder", `server:${CHAT}`]);
});

test("a service that is no chat server is called by its name", () => {
  const page = openPage();
  const binder = page.server("binder");
  const at = (name, port) => ({ name, address: "localhost", port, age: 1, lease: null });
  binder.send("names", { names: [at("create_room", 9000), at("soma", 9100)] });
  page.stream(CHAT).end("no-board");
  page.stream("localhost:9100").end("no-board");
  const lanes = page.compose().lanes.map(({ role, name, status: state }) => [role, name, state]);
  same(lanes.slice(1), [
    ["chat-server", "chat server", "no-board"],
    ["service", "soma", "no-board"],
  ]);
});

test("a time that cannot be moves no other server's events", () => {
  const page = openPage();
  page.binder(CHAT, "localhost:6666");
  const server = page.server(CHAT);
  page.server("localhost:6666");
  const odd = page.stream("localhost:6666");
  for (const at of [9e14, -9e14, 0]) {
    odd.send("began", { call: 1 + Math.abs(at), at, method: "odd", arguments: [], peer: "127.0.0.1:1" });
  }
  odd.send("ended", { call: 1, at: 1, outcome: "answer", answer: { toString: 1 } });
  server.call("list_rooms", { user: "ana" });
  page.pass(1_000);
  const { rows } = page.compose();
  const row = rows.find(({ method }) => method === "list_rooms");
  assert.equal(row.answered, true);
  assert.ok(rows.every(({ at }) => Math.abs(at - page.time) <= 86_402_000));
  assert.ok(Math.abs(row.at - page.time) < 2_000);
});

test("a server whose clock is an hour ahead is shown with the others", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT, "1", { at: page.time + 3_600_000 });
  page
    .stream(CHAT)
    .send("began", { call: 1, at: page.time + 3_600_000, method: "m", arguments: [], peer: "p" });
  assert.equal(page.board.calls.all()[0].at, page.time);
});

test("a list that comes in parts is taken over when it is whole", () => {
  const page = openPage();
  const binder = page.server("binder");
  const part = (number, name) =>
    binder.send("names", {
      names: [{ name, address: "localhost", port: 9000, age: 1, lease: 30 }],
      part: number,
      parts: 2,
      more: 5,
    });
  part(0, "create_room");
  same(page.board.names().names, []);
  part(1, "join_room");
  same(
    page.board.names().names.map(({ name }) => name),
    ["create_room", "join_room"],
  );
  assert.equal(page.board.names().more, 5);
});

test("missed events are noted with their number", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT, "1", { missed: 12 });
  same(
    page.board.calls.notes().map(({ kind, n }) => [kind, n]),
    [["missed", 12]],
  );
  assert.equal(page.board.noteText(page.board.calls.notes()[0]), `12 events of ${CHAT} did not get here`);
});

test("an original server, which has no stream, has no board; when it dies it is gone", () => {
  const page = openPage();
  page.binder(CHAT);
  page.stream(CHAT).end("no-board");
  assert.equal(status(page, CHAT), "no-board");
  page.stream(CHAT).end("unreachable");
  page.stream(CHAT).end("no-board");
  same(notes(page), [`gone ${CHAT}`, `back ${CHAT}`]);
});

test("an original binder in place of ours has no board; ours in place of that is back", () => {
  for (const isNoticed of [true, false]) {
    const page = openPage();
    page.binder(CHAT);
    page.stream("binder").end("ended");
    if (isNoticed) {
      page.stream("binder").end("unreachable");
    }
    page.stream("binder").end("no-board");
    const [{ id, role, status: state }] = page.compose().lanes;
    same([id, role, state], ["server:binder", "binder", "no-board"]);
    page.server("binder", "another life");
    assert.equal(status(page, "binder"), "live");
    const seen = ["replaced binder", "restarted binder"];
    same(notes(page), isNoticed ? ["gone binder", ...seen] : seen);
    const text = page.board.noteText(page.board.calls.notes().at(-2));
    assert.equal(text, "another binder answers, one without a board");
  }
});

test("an original server in place of ours is another one", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT);
  page.stream(CHAT).end("unreachable");
  page.stream(CHAT).end("no-board");
  same(notes(page), [`gone ${CHAT}`, `replaced ${CHAT}`]);
});

test("a server that loses its names, and one that is replaced, keep one lane with their calls", () => {
  const page = openPage();
  const binder = page.binder(CHAT, ACCOUNTS);
  page.server(CHAT, "same", { ports: [9000, 8000] });
  page.server(ACCOUNTS, "same", { ports: [9000, 8000] });
  for (const port of [9000, 8000]) {
    binder.call("register_lease", { arguments: [["x"], "localhost", port, 30] });
  }
  page.stream(CHAT).end("unreachable");
  page.stream(CHAT).end("no-board");
  binder.send("names", { names: [] });
  same(
    page.compose().lanes.map(({ id, role, status: state }) => [id, role, state]),
    [
      ["server:binder", "binder", "live"],
      [`server:${CHAT}`, "chat-server", "no-board"],
    ],
  );
});

test("no more streams are opened than eight beside the binder's", () => {
  const page = openPage();
  const endpoints = Array.from({ length: 12 }, (_, number) => `localhost:${9_001 + number}`);
  page.binder(...endpoints);
  for (const endpoint of endpoints) {
    if (page.stream(endpoint)) {
      page.server(endpoint);
    }
  }
  assert.equal(page.streams.length, 1 + 8);
});

test("a server that does not answer delays the others by a second at most", () => {
  const page = openPage();
  page.binder(CHAT, ACCOUNTS);
  assert.equal(page.stream(ACCOUNTS), undefined);
  page.pass(1_100);
  assert.ok(page.stream(ACCOUNTS));
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

const RULE = { method: "send_message", action: "drop-answer", every: 3 };

test("rules end with the server that had them", () => {
  for (const isOurs of [true, false]) {
    const page = openPage();
    page.binder(CHAT);
    page.server(CHAT, "first", { lab: true }).send("lab", { rules: [RULE] });
    page.stream(CHAT).end("ended");
    if (isOurs) {
      page.server(CHAT, "second");
    } else {
      page.stream(CHAT).end("no-board");
    }
    const returned = isOurs ? "restarted" : "replaced";
    same(notes(page), [`rule ${CHAT}`, `${returned} ${CHAT}`, `normal ${CHAT}`]);
  }
});

test("the rules of a server that is dead are not in force, and are again when it is back", () => {
  const page = openPage();
  page.binder(CHAT);
  page.server(CHAT, "first", { lab: true }).send("lab", { rules: [RULE] });
  const inForce = () => page.board.rulesInForce().map(({ server, rule }) => `${server.key} ${rule.method}`);
  const rule = `${CHAT} send_message`;
  const seen = [inForce()];
  page.stream(CHAT).end("unreachable");
  seen.push(inForce());
  page.server(CHAT, "first", { lab: true });
  seen.push(inForce());
  same(seen, [[rule], [], [rule]]);
});

test("a server that starts again with the same rules says nothing new", () => {
  const page = openPage();
  page.binder(CHAT);
  for (const life of ["first", "second"]) {
    page.server(CHAT, life, { lab: true }).send("lab", { rules: [RULE] });
  }
  same(notes(page), [`rule ${CHAT}`, `restarted ${CHAT}`]);
});

test("a rule that is older than the page has no time", () => {
  const rule = (age) => {
    const page = openPage();
    const names = [{ name: "create_room", address: "localhost", port: 9000, age, lease: 30 }];
    page.server("binder").send("names", { names });
    const server = page.server(CHAT, "1", { lab: true });
    server.send("lab", { rules: [RULE] });
    server.send("lab", { rules: [RULE, { ...RULE, method: "join_room" }] });
    const rows = page.compose().rows.map(({ showsTime }) => showsTime);
    return [rows, page.board.calls.notes().map(page.board.noteText)];
  };
  const [known, set] = ["send_message", "join_room"].map(
    (method) => `${method}: drop the answer, one in every 3`,
  );
  same(rule(60), [
    [false, true],
    [`LAB, since before this page: ${known}`, `LAB: ${set}`],
  ]);
  same(rule(1), [
    [true, false],
    [`LAB: ${known}`, `LAB: ${set}`],
  ]);
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

test("a server that starts again without a log shows nothing of the one before it", () => {
  const page = openPage();
  page.binder(CHAT);
  const server = page.server(CHAT, "first");
  const rooms = [{ name: "geral", users: ["ana"], messages: 3 }];
  server.send("log", { position: 30, stale: 1_000 });
  server.send("rooms", { rooms, more: 2 });
  const kept = () => {
    const { position, staleSince, rooms: known, moreRooms } = page.board.server(CHAT);
    return [position, staleSince === null, known.length, moreRooms];
  };
  server.send("rooms", { rooms, part: 0, parts: 2 });
  page.stream(CHAT).end("ended");
  page.server(CHAT, "first");
  same(kept(), [30, false, 1, 2]);
  page.stream(CHAT).end("ended");
  page.server(CHAT, "second");
  same(kept(), [null, true, 0, 0]);
  // The second half of a list whose first half came from the other.
  server.send("rooms", { rooms: [], part: 1, parts: 2 });
  same(kept(), [null, true, 0, 0]);
});

test("the age of names is called what it is: with leases, a server that starts again does not begin it again", () => {
  const page = openPage();
  const said = (name) => page.board.say(page.board.meaningOfAge([name]), { time: "5 s" });
  same(
    [{ lease: 30 }, { lease: null }, { lease: null, builtIn: true }].map(said),
    ["names here for 5 s", "registered 5 s ago", "names here for 5 s"],
  );
});

test("a lease is compared with what the server takes now, not with what one before it took", () => {
  const page = openPage();
  const binder = page.server("binder");
  const full = (...seen) => {
    for (const [age, lease] of seen) {
      binder.send("names", {
        names: [{ name: "create_room", address: "localhost", port: 9000, age, lease }],
      });
    }
    return page.board.fullLease(CHAT);
  };
  same(full([0, 30]), 30);
  same(full([5, 25], [9, 21]), 30, "not renewed so far");
  same(full([0, 5]), 5, "another server");
  same(full([5, 3], [10, 4]), 4, "renewed, and seen a second later");
  binder.send("names", { names: [] });
  same(full([20, 3]), 3, "it was gone");
});
