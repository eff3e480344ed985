// The page's model without a browser: its scripts in a context of their own, with a clock that only the test
// moves and streams that only the test feeds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const here = new URL("../", import.meta.url);
const read = (path) => readFileSync(new URL(path, here), "utf8");

/** All scripts in the order in which the binder puts them together. */
export const SCRIPTS = [...read("../src/board/page.rs").matchAll(/^ {4}"([\w/]+\.js)",$/gm)].map(([, path]) => path);

export const source = read;

// What needs no document: the texts, the model, and what is written beside arrows.
const PURE = SCRIPTS.filter(
  (path) =>
    /^(board|words\/(portuguese|english|language|text)|model\/\w+|diagram\/captions|controls\/mermaid)\.js$/.test(path),
);

/** An `EventSource` that does what the test says. */
class Stream {
  static CLOSED = 2;

  constructor(path) {
    Object.assign(this, { path, readyState: 1, listeners: new Map() });
  }

  addEventListener(kind, listener) {
    this.listeners.set(kind, listener);
  }

  close() {
    this.readyState = Stream.CLOSED;
  }

  send(kind, data, lastEventId = "") {
    this.listeners.get(kind)({ data: JSON.stringify(data), lastEventId });
  }

  /** The connection ends; a server that refuses it is not asked again by the browser itself. */
  end(isRefused = false) {
    this.readyState = isRefused ? Stream.CLOSED : 0;
    this.listeners.get("error")();
  }
}

/** Opens the page and its stream from the binder. */
export function openPage() {
  const page = new Page();
  page.board.watchServers();
  return page;
}

class Page {
  time = 1_700_000_000_000;
  timers = [];
  streams = [];
  answers = new Map();

  constructor() {
    const page = this;
    class OwnStream extends Stream {
      constructor(path) {
        super(path);
        page.streams.push(this);
      }
    }
    const context = vm.createContext({
      EventSource: OwnStream,
      encodeURIComponent,
      fetch: async (path) => ({ status: page.answers.get(path) ?? 502 }),
      location: { host: "localhost:5000" },
      localStorage: { getItem: () => null, setItem() {} },
      navigator: { language: "en-GB" },
      performance: { now: () => page.time },
      presentTime: () => page.time,
      requestAnimationFrame: (draw) => draw(),
      setTimeout: (run, after = 0) => page.timers.push({ run, at: page.time + after }),
      clearTimeout: (id) => delete page.timers[id - 1],
    });
    vm.runInContext("Date.now = presentTime;", context);
    for (const path of PURE) {
      vm.runInContext(source(path), context, { filename: path });
    }
    this.board = vm.runInContext("board", context);
  }

  /** Lets milliseconds pass. */
  pass(milliseconds) {
    const until = this.time + milliseconds;
    for (;;) {
      const due = this.timers.filter((timer) => timer && timer.at <= until).sort((one, other) => one.at - other.at)[0];
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
    const path = key === "binder" ? "/board/events" : `/board/servers/${encodeURIComponent(key)}/events`;
    return this.streams.filter((stream) => stream.path.split("?")[0] === path).at(-1);
  }

  /** A server that has said hello. */
  server(key, life = `life of ${key}`) {
    this.stream(key).send("hello", { life, lab: false, missed: 0 });
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
      return [kind, note?.kind ?? method, ...lanes].join(" ");
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
    Object.assign(this, { page, key, events: 0 });
  }

  send(kind, data) {
    this.events += 1;
    this.page.stream(this.key).send(kind, data, ["began", "ended"].includes(kind) ? String(this.events) : "");
  }

  registers(...endpoints) {
    const names = endpoints.flatMap((endpoint, index) => {
      const [address, port] = endpoint.split(":");
      const name = (text) => ({ name: text, address, port: Number(port), age: 60, lease: 30 });
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
