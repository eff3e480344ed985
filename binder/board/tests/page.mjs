// The page's model without a browser: its scripts in a context of their own, with a clock that only the test
// moves and streams that only the test feeds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const here = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, here), "utf8");

/** The scripts of the page or the worker, in the order in which the binder puts them together. */
const listed = (name) => {
  const [, list] = new RegExp(`^const ${name}: .*sources!\\[([^\\]]*)\\];$`, "m").exec(read("../src/page.rs"));
  return [...list.matchAll(/"([\w/]+\.js)"/g)].map(([, path]) => path);
};
export const SCRIPTS = listed("SCRIPTS");
const WORKER = listed("WORKER");

export const source = read;

// What needs no document: the texts, the model, and what is written beside arrows.
export const PURE = SCRIPTS.filter((path) => {
  const [, folder, name] = /^(?:(\w+)\/)?(\w+)\.js$/.exec(path);
  const pure = { words: ["portuguese", "english", "language", "text"], diagram: ["captions", "places"] };
  return path === "board.js" || path === "controls/mermaid.js" || folder === "model" || pure[folder]?.includes(name);
});

/** A feed that does what the test says, at once. The real one is tested in feed.test.mjs. */
class Stream {
  constructor(board, path, on) {
    Object.assign(this, { board, path, on, life: null, retries: 0, isClosed: false });
  }

  close() {
    this.isClosed = true;
  }

  retry() {
    this.retries += 1;
  }

  send(kind, data) {
    const read = this.board.readAs(kind, JSON.parse(JSON.stringify(data)));
    if (read === null) {
      return;
    }
    if (kind === "hello") {
      const restarted = this.life !== null && this.life !== read.life;
      this.life = read.life;
      this.on.hello(read, restarted);
    } else {
      this.on.event(kind, read);
    }
  }

  /** The connection ends: `ended`, `silent`, `unreachable`, `no-board` or `full`. */
  end(why) {
    this.on.lost(why, this.board.now());
  }
}

/** Opens the page and its stream from the binder. */
export function openPage(options = {}) {
  const page = new Page(options);
  page.board.watchServers();
  return page;
}

/** The scripts of the worker that all tabs share, but for the last, which waits for tabs. */
export const SHARED = WORKER.slice(0, -1);

/** Scripts, by default the page's, in a context of their own. */
export function openContext(
  { host = "localhost:5000", fetch = () => Promise.reject(new TypeError("no network")), browser = {} },
  page,
  scripts = PURE,
) {
  const context = vm.createContext({
    AbortController,
    TextDecoder,
    clearTimeout: (id) => delete page.timers[id - 1],
    encodeURIComponent,
    fetch,
    location: { host },
    localStorage: { getItem: () => null, setItem() {} },
    navigator: { language: "en-GB" },
    performance: { now: () => page.time },
    presentTime: () => page.time,
    requestAnimationFrame: (draw) => draw(),
    setTimeout: (run, after = 0) => page.timers.push({ run, at: page.time + after }),
    ...browser,
  });
  vm.runInContext("Date.now = presentTime;", context);
  for (const path of scripts) {
    vm.runInContext(source(path), context, { filename: path });
  }
  return vm.runInContext("board", context);
}

export class Page {
  time = 1_700_000_000_000;
  timers = [];
  streams = [];

  constructor(options) {
    this.board = openContext(options, this);
    this.board.openFeed = (path, on) => {
      const stream = new Stream(this.board, path, on);
      this.streams.push(stream);
      return stream;
    };
  }

  /** Lets milliseconds pass. */
  pass(milliseconds) {
    const until = this.time + milliseconds;
    for (;;) {
      const due = this.timers
        .filter((timer) => timer && timer.at <= until)
        .sort((one, other) => one.at - other.at)[0];
      if (!due) {
        break;
      }
      this.time = Math.max(this.time, due.at);
      delete this.timers[this.timers.indexOf(due)];
      due.run();
    }
    this.time = until;
  }

  /** The newest stream from a server, `binder` or `host:port`. */
  stream(key) {
    const path = key === "binder" ? "/board/events" : `http://${key}/board/events`;
    return this.streams.filter((stream) => stream.path === path).at(-1);
  }

  /** A server that has said hello. */
  server(key, life = `life of ${key}`, hello = {}) {
    const role = key === "binder" ? "binder" : "chat-server";
    this.stream(key).send("hello", { at: this.time, life, role, lab: false, missed: 0, ports: [], ...hello });
    return new Server(this, key);
  }

  /** The binder with these endpoints registered, each with some names. */
  binder(...endpoints) {
    const binder = this.server("binder");
    binder.registers(...endpoints);
    return binder;
  }

  compose() {
    return this.board.picture.compose();
  }

  /** The rows, each as `kind method lane×count…`. */
  rows() {
    return this.compose().rows.map(({ kind, method, note, cells }) => {
      const lanes = [...cells.values()].map(({ lane, count }) => (count === 1 ? lane : `${lane}×${count}`));
      return [kind, note?.kind ?? method, ...lanes].filter(Boolean).join(" ");
    });
  }

  /** The lanes from left to right. */
  lanes() {
    return this.compose().lanes.map(({ id }) => id);
  }
}

let calls = 0;

class Server {
  constructor(page, key) {
    Object.assign(this, { page, key });
  }

  send(kind, data) {
    this.page.stream(this.key).send(kind, data);
  }

  registers(...endpoints) {
    const names = endpoints.flatMap((endpoint, index) => {
      const [address, port] = endpoint.split(":");
      const name = (text) => ({
        name: index === 0 && text.endsWith("_0") ? "create_room" : text,
        address,
        port: Number(port),
        age: 60,
        lease: 30,
      });
      // The first has most names, and is asked first.
      return Array.from({ length: endpoints.length - index }, (_, number) => name(`name_${index}_${number}`));
    });
    this.send("names", { names });
  }

  /** A call begins; the result ends it. */
  begin(method, { user = null, room = null, peer = "127.0.0.1:40000", agent = null, ...rest } = {}) {
    calls += 1;
    const [call, since] = [calls, this.page.time];
    const dialect = this.key === "binder" ? "binder" : "classic";
    this.send("began", {
      call,
      at: since,
      method,
      dialect,
      peer,
      agent,
      user,
      room,
      arguments: [user, room].filter((argument) => argument !== null),
      waits: false,
      ...rest,
    });
    return (outcome = {}) =>
      this.send("ended", {
        call,
        at: this.page.time,
        milliseconds: this.page.time - since,
        outcome: "answer",
        fault: null,
        answer: "ok",
        items: null,
        empty: false,
        request_bytes: 100,
        answer_bytes: 100,
        lab: null,
        position: null,
        repeated: false,
        ...outcome,
      });
  }

  /** A call that takes so many milliseconds. */
  call(method, began, ended, milliseconds = 2) {
    const end = this.begin(method, began);
    this.page.pass(milliseconds);
    end(ended);
  }

  /** A poll that finds so many messages. */
  poll(user, items = 0, began = {}) {
    const room = "geral";
    this.call("receive_new_messages", { user, room, ...began }, { items, empty: items === 0 });
  }
}

/** Asserts that two values are equal, of which the actual one is from the page's context. */
export const same = (actual, expected, message) =>
  assert.deepEqual(JSON.parse(JSON.stringify(actual)), expected, message);
