// Servers on the other side of `fetch`: what is sent in which pieces, and what was asked for.
import { openContext } from "./page.mjs";

/** A server behind `fetch`: each connection is answered as the next of `answers` says. */
export class Wire {
  time = 1_700_000_000_000;
  timers = [];
  paths = [];
  connections = [];
  answers = [];

  constructor(scripts, browser) {
    this.board = openContext({ fetch: (path, options) => this.fetch(path, options), browser }, this, scripts);
  }

  async fetch(path, { signal, mode }) {
    this.paths.push(mode ? `${path} ${mode}` : path);
    const answer = this.answers.shift() ?? 200;
    if (answer === "refused") {
      throw new TypeError("Failed to fetch");
    }
    const type = answer === 200 ? "text/event-stream" : "application/json";
    const pieces = [];
    let wake = () => {};
    const connection = {
      send: async (text) => {
        pieces.push({ value: new TextEncoder().encode(text) });
        wake();
        await settled();
      },
      end: async () => {
        pieces.push({ done: true });
        wake();
        await settled();
      },
    };
    this.connections.push(connection);
    signal.addEventListener("abort", () => connection.end());
    const read = async () => {
      while (pieces.length === 0) {
        await new Promise((resolve) => (wake = resolve));
      }
      return pieces.shift();
    };
    return {
      ok: answer === 200,
      status: answer,
      headers: { get: () => type },
      body: { getReader: () => ({ read }) },
    };
  }

  async pass(milliseconds) {
    this.time += milliseconds;
    for (const timer of this.timers.filter((timer) => timer && timer.at <= this.time)) {
      delete this.timers[this.timers.indexOf(timer)];
      timer.run();
    }
    await settled();
  }
}

export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** The beginning of a stream of this life of a server, after the event with this number. */
export const hello = (life, after) =>
  `retry: 200\n${after === undefined ? "" : `id: ${life}-${after}\n`}event: hello\ndata: {"life":"${life}","at":1}\n\n`;
export const began = (life, number) =>
  `id: ${life}-${number}\nevent: began\ndata: {"call":${number},"at":1,"method":"m","arguments":[]}\n\n`;
