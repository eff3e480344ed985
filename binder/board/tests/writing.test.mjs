// What is left of a caption where room is short. Letters are nine pixels wide here.
import assert from "node:assert/strict";
import { test } from "node:test";

import { openContext, PURE, same } from "./page.mjs";

const LETTER = 9;
const CHAT = "localhost:9000";

class Element {
  attributes = {};
  children = [];

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  append(...children) {
    this.children.push(...children);
  }

  get text() {
    return this.children.map((child) => child.text ?? child).join("");
  }
}

const measure = { getContext: () => ({ measureText: (text) => ({ width: LETTER * Array.from(text).length }) }) };
const document = {
  documentElement: null,
  createElement: () => measure,
  createElementNS: () => new Element(),
};
const browser = { document, getComputedStyle: () => ({ getPropertyValue: () => "mono" }) };
const drawing = ["elements", "measure", "geometry", "shapes", "writing"].map((name) =>
  name === "elements" ? "words/elements.js" : `diagram/${name}.js`,
);
const board = openContext({ browser }, { time: 0, timers: [] }, [...PURE, ...drawing]);

/** The captions and the marks of a row whose caller is `room` pixels from the end of its server's lane. */
function written(record, room, row = {}) {
  const lane = "user:caio";
  const server = `server:${CHAT}`;
  const whole = { serial: 1, number: 50, server: CHAT, lane, user: "caio", at: 0, waits: false, ...record };
  const span = { server: 100 + room - 60, farthest: 100, direction: 1 };
  const places = {
    lanes: [{ id: lane, role: "client" }, { id: server, role: "chat-server" }],
    x: new Map([[lane, 100], [server, span.server]]),
    boxes: new Map([[lane, 100], [server, 2 * (60 + 16 + 4)]]),
    unit: 1,
    size: (letters) => letters,
    left: 0,
    right: Infinity,
  };
  const drawn = board.writeCaptions(
    {
      kind: "call",
      requests: true,
      answered: true,
      tries: 1,
      high: { request: 28, answer: 26 },
      cells: new Map([[lane, { lane, record: whole, count: 1 }]]),
      ...row,
    },
    span,
    { places, now: 0 },
  );
  return drawn.map((one) => one.text);
}

const SENT = { method: "send_message_once", arguments: ["caio", "geral", "oi, turma", "", "b5f0c2de91a84c30"] };
const LOST = { milliseconds: 2, outcome: "dropped", lab: "drop-answer" };

test("of a message, its text is seen, and what the lab did is at the answer", () => {
  same(written({ ...SENT, end: LOST }, 700), [
    '50 send_message_once(·, "geral", "oi, turma", "", "b5f0…4c30")',
    "answer lost",
    "LAB · drop the answer",
  ]);
  same(written({ ...SENT, end: LOST }, 330), [
    '50 send_message_once(…"oi, turma"…)',
    "answer lost",
    "LAB",
  ]);
  same(written({ ...SENT, end: LOST }, 260), ['50 send_…once(…"oi, turma"…)', "answer lost", "LAB"]);
  same(written({ ...SENT, end: LOST }, 200), ['50 send…once(…"oi, tu…', "answer lost", "LAB"]);
  const again = written({ ...SENT, end: { ...LOST, outcome: "answer", lab: null, answer: "ok" } }, 260, { tries: 2 });
  same(again, ['50 send…once(…"oi, t…', "try 2", "ok · 2 ms"]);
});

test("a method that sends no message is written in full, and its arguments are cut", () => {
  const [request] = written(
    { method: "wait_messages", arguments: ["caio", "geral", "", 25_000], end: { ...LOST, lab: null } },
    260,
  );
  assert.equal(request, '50 wait_messages(·, "geral"…');
});

test("of a late answer, the method's name gives way, and the duration is left out", () => {
  const late = { requests: false, kind: "answer" };
  const record = { method: "wait_messages", arguments: [] };
  const answer = { milliseconds: 252, outcome: "answer", items: 1, answer: "", lab: null };
  same(written({ ...record, end: answer }, 360, late), ["50 wait_messages → 1 message · 252 ms"]);
  same(written({ ...record, end: answer }, 260, late), ["50 wait_messages → 1 message"]);
  same(written({ ...record, end: answer }, 200, late), ["50 wait_…s → 1 message"]);
  const lost = { milliseconds: 252, outcome: "lost", lab: null };
  same(written({ ...record, end: lost }, 450, late), ["50 wait_messages → no answer: the server stopped"]);
  same(written({ ...record, end: lost }, 260, late), ["50 wait_messages → no answer"]);
});

test("that a message was stored before stays", () => {
  const end = { milliseconds: 2, outcome: "answer", answer: "Mensagem enviada.", lab: null, repeated: true };
  assert.equal(written({ ...SENT, end }, 260)[1], "Mensagem en… · stored before");
});
