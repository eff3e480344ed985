// One stream of each server for all tabs of a browser.
import assert from "node:assert/strict";
import { test } from "node:test";

import { same, SHARED } from "./page.mjs";
import { began, hello, settled, Wire } from "./wire.mjs";

const CHAT = "http://localhost:9000/board/events";

/** A tab: what it is told about its streams, of which it reads what it is told, or not. */
class Tab {
  seen = [];
  count = 0;

  constructor(wire) {
    this.port = { postMessage: (message) => this.take(message) };
    wire.board.attend(this.port);
  }

  take({ kind, event, data, why }) {
    this.count += 1;
    this.seen.push(
      { hello: () => `hello ${data.missed}`, event: () => `${event} ${data.id ?? ""}`.trim(), lost: () => why }[
        kind
      ](),
    );
  }

  say(kind, rest = {}) {
    this.port.onmessage({ data: { kind, number: 1, ...rest } });
    return settled();
  }
}

const wire = () => new Wire(SHARED);

async function watching(wire) {
  const tab = new Tab(wire);
  await tab.say("open", { path: CHAT });
  return tab;
}

test("tabs share one connection, and each is told all from when it was opened", async () => {
  const server = wire();
  const first = await watching(server);
  await server.connections[0].send(hello("a", 3) + began("a", 4));
  const second = await watching(server);
  // The connection is opened anew, because a server says at the beginning how it stands.
  same(server.paths, [CHAT, `${CHAT}?after=a-4`]);
  await server.connections[0].send(began("a", 99));
  await server.connections[1].send(hello("a", 4) + began("a", 5));
  same(first.seen, ["hello 0", "began 4", "hello 0", "began 5"]);
  same(second.seen, ["hello 0", "began 5"]);
});

test("no call is missed between the two connections, even when none came before", async () => {
  const server = wire();
  const first = await watching(server);
  await server.connections[0].send(hello("a", 3));
  await watching(server);
  same(server.paths, [CHAT, `${CHAT}?after=a-3`]);
  await server.connections[1].send(hello("a", 3) + began("a", 4));
  same(first.seen, ["hello 0", "hello 0", "began 4"]);
});

test("many tabs that are opened at once open one connection", async () => {
  const server = wire();
  const tabs = await Promise.all(Array.from({ length: 20 }, () => watching(server)));
  assert.equal(server.paths.length, 1);
  await server.connections[0].send(hello("a", 0) + began("a", 1));
  tabs.forEach(({ seen }) => same(seen, ["hello 0", "began 1"]));
});

test("a connection is kept until the last tab has left", async () => {
  const server = wire();
  const [first, second] = [await watching(server), await watching(server)];
  await server.connections[0].send(hello("a", 0));
  await first.say("leave");
  await server.connections[0].send(began("a", 1));
  same([first.seen, second.seen], [["hello 0"], ["hello 0", "began 1"]]);
  await second.say("close");
  await server.pass(60_000);
  assert.equal(server.paths.length, 1);
  assert.deepEqual(second.seen.slice(2), []);
  await watching(server);
  same(server.paths, [CHAT, CHAT]);
});

test("a server that is gone is gone for each tab, and tried again when one is opened", async () => {
  const server = wire();
  const first = await watching(server);
  server.answers.push("refused", "refused", "refused", "refused");
  await server.connections[0].end();
  await server.pass(250);
  same(first.seen, ["ended", "unreachable"]);
  const second = await watching(server);
  await settled();
  same(second.seen, ["unreachable"]);
  await server.pass(250);
  await server.connections.at(-1).send(hello("b", 0));
  same([first.seen.at(-1), second.seen.at(-1)], ["hello 0", "hello 0"]);
});

test("a tab that does not read is told how much it has missed, and costs the others nothing", async () => {
  const server = wire();
  const [frozen, other] = [await watching(server), await watching(server)];
  await server.connections[0].send(hello("a", 0));
  let number = 0;
  const more = async (count) => {
    for (let left = count; left > 0; left -= 1) {
      number += 1;
      await server.connections.at(-1).send(began("a", number));
      await other.say("read", { count: 1 });
    }
  };
  await more(6_000);
  assert.equal(frozen.count, 5_000);
  assert.equal(other.count, 6_001);
  await frozen.say("read", { count: 4_900 });
  assert.equal(server.paths.at(-1), `${CHAT}?after=a-6000`);
  await server.connections.at(-1).send(hello("a", 6_000));
  await more(1);
  same(frozen.seen.slice(-2), ["hello 1001", "began 6001"]);
  same(other.seen.slice(-2), ["hello 0", "began 6001"]);
});

/** A page in a browser with such workers: what its one feed is told, and what the page listens to. */
function openTab(makeWorker) {
  const listeners = {};
  const urls = [];
  class SharedWorker {
    constructor(url, name) {
      urls.push([url, name]);
      this.port = makeWorker();
      this.addEventListener = (kind, listener) => (listeners[kind] = listener);
    }
  }
  const tab = new Wire(undefined, {
    SharedWorker,
    addEventListener: (kind, listener) => (listeners[kind] = listener),
    document: { querySelector: () => ({ content: "release" }) },
    location: { host: "localhost:5000", reload: () => (tab.isReloaded = true) },
  });
  Object.assign(tab, { listeners, urls, seen: [] });
  tab.feed = tab.board.openFeed(CHAT, {
    hello: ({ missed }, restarted) => tab.seen.push(restarted ? "restarted" : `hello ${missed}`),
    event: (kind, { id }) => tab.seen.push(`${kind} ${id}`),
    lost: (why) => tab.seen.push(why),
  });
  return tab;
}

/** A port of a worker, with the tab's end given and the worker's behind it. */
function portOf(server) {
  const [inTab, inWorker] = [{}, {}];
  inTab.postMessage = (data) => inWorker.onmessage({ data: structuredClone(data) });
  inWorker.postMessage = (data) => inTab.onmessage({ data: structuredClone(data) });
  server.board.attend(inWorker);
  return inTab;
}

test("a page gets its streams from the worker of its release, until it is closed", async () => {
  const server = wire();
  const tab = openTab(() => portOf(server));
  same(tab.urls, [["/board/worker.js", "release"]]);
  await settled();
  await server.connections[0].send(hello("a", 0) + began("a", 1));
  await server.connections[0].end();
  await server.pass(250);
  await server.connections[1].send(hello("b", 0));
  same(tab.seen, ["hello 0", "began 1", "ended", "restarted"]);
  same(tab.paths, []);
  assert.equal(tab.isReloaded, undefined);
  // It reads, so that it never gets behind.
  for (let number = 1; number <= 12_000; number += 1) {
    server.connections[1].send(began("b", number));
  }
  await settled();
  assert.equal(tab.seen.at(-1), "began 12000");
  tab.listeners.pagehide();
  await server.connections[1].send(began("b", 12_001));
  assert.equal(tab.seen.at(-1), "began 12000");
  tab.listeners.pageshow({ persisted: true });
  assert.equal(tab.isReloaded, true);
});

test("a page closes its stream, and asks for it again when there is hope", async () => {
  const server = wire();
  const tab = openTab(() => portOf(server));
  server.answers.push(503);
  await settled();
  server.answers.push(503);
  await server.connections[0].end();
  tab.feed.retry();
  await settled();
  const { length } = server.paths;
  tab.feed.retry();
  await settled();
  assert.equal(server.paths.length, length + 1);
  tab.feed.close();
  await server.pass(60_000);
  assert.equal(server.paths.length, length + 1);
});

test("where there is no worker, a page has streams of its own", async () => {
  const server = wire();
  const forbids = () => {
    throw new TypeError("denied");
  };
  const silent = () => ({ postMessage() {} });
  for (const makeWorker of [forbids, silent]) {
    const tab = openTab(makeWorker);
    // The worker's script did not come.
    tab.listeners.error?.();
    await settled();
    await tab.connections[0].send(hello("a", 0) + began("a", 1));
    same([tab.paths, tab.seen], [[CHAT], ["hello 0", "began 1"]]);
    tab.feed.close();
    await tab.connections[0].send(began("a", 2));
    same(tab.seen.length, 2);
  }
  assert.equal(server.paths.length, 0);
});
