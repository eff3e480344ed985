// How to read the diagram, drawn with the diagram's own shapes.
(() => {
  const { element, svg } = board;
  const [WIDTH, HEIGHT] = [120, 30];

  const SAMPLES = {
    legendCall: () => [
      board.dot(10, 15, 1, "d-request"),
      board.line(10, 108, 15, "d-request"),
      board.requestHead(110, 15, 1, 1, "d-request"),
    ],
    legendAnswer: () => [board.line(110, 12, 15, "d-answer"), board.answerHead(10, 15, -1, 1, "d-answer")],
    legendFault: () => [board.line(110, 18, 15, "d-fault"), board.faultHead(14, 15, 1)],
    legendLostRequest: () => [
      board.dot(10, 15, 1, "d-request"),
      board.line(10, 70, 15, "d-request"),
      board.cross(70, 15, 1),
    ],
    legendLost: () => [board.line(110, 50, 15, "d-lost"), board.cross(50, 15, 1)],
    legendTwice: () => [
      board.line(10, 108, 15, "d-request"),
      board.requestHead(97, 15, 1, 1, "d-request"),
      board.requestHead(110, 15, 1, 1, "d-request"),
    ],
    legendTry: () => [
      svg("path", { class: "d-bracket", d: "M14 6h-9V24h9" }),
      placed(board.mark(board.say("tryNumber", { n: 2 }), "d-try", 1, 12), 18, 20),
    ],
    legendLab: () => [placed(board.mark(board.say("labMark"), "d-lab", 1, 12), 30, 20)],
    legendWait: () => [board.bar(60, 1, 29, 1, true)],
    legendPolls: () => [
      board.line(10, 108, 15, "d-soft"),
      board.requestHead(110, 15, 1, 1, "d-soft"),
      board.pill(24, 15, 57, 1, true, 13),
    ],
    legendDelivery: () => [
      board.line(110, 12, 15, "d-answer"),
      board.answerHead(10, 15, -1, 1, "d-answer"),
      board.answerHead(50, 15, -1, 1, "d-answer"),
    ],
    legendGuess: () => [
      svg(
        "g",
        { class: "d-guessed" },
        board.dot(10, 15, 1, "d-request"),
        board.line(10, 108, 15, "d-request"),
        board.requestHead(110, 15, 1, 1, "d-request"),
      ),
    ],
    legendNumber: () => [
      letters(4, "14", "d-number"),
      letters(36, "… 10 s", "d-gap-text"),
      letters(100, "·", "d-arguments"),
    ],
    legendNote: () => [letters(2, [...new Set(Object.values(board.NOTE_SIGNS))].join("\u2009"), "d-note-text")],
    legendClassic: () => [
      head("d-client d-classic", svg("rect", { class: "d-box", x: 20, y: 2, width: 80, height: 26, rx: 12 })),
    ],
    legendAccounts: () => [
      head(
        "d-client d-accounts",
        svg("polygon", { class: "d-box", points: "30,2 90,2 100,10 100,20 90,28 30,28 20,20 20,10" }),
      ),
    ],
    legendNamed: () => [head("d-client d-named", box(12))],
    legendAbsent: () => [head("d-client d-classic d-status-absent", box(12)), life("d-classic d-absent")],
    legendSilent: () => [head("d-client d-classic d-status-silent", box(12))],
    legendUnknownClient: () => [head("d-client d-none", box(12))],
    legendGone: () => [head("d-chat-server d-status-gone", box(2)), life("d-gap")],
    legendUnknown: () => [head("d-chat-server d-status-unknown", box(2))],
    legendNoBoard: () => [head("d-chat-server d-status-no-board", box(2))],
  };

  const head = (kind, shape) => svg("g", { class: `d-lane ${kind}` }, shape);
  const box = (corner) => svg("rect", { class: "d-box", x: 20, y: 2, width: 60, height: 26, rx: corner });
  const life = (kind) => svg("line", { class: `d-life ${kind}`, x1: 100, x2: 100, y1: 2, y2: 29 });
  const letters = (x, text, kind) =>
    svg("text", { class: `d-caption ${kind}`, x, y: 20, "font-size": 15 }, text);

  function placed({ element: mark }, x, y) {
    mark.setAttribute("transform", `translate(${x} ${y})`);
    return mark;
  }

  /** What each shape means. */
  board.legend = () =>
    element(
      "section",
      {},
      element("h3", {}, board.say("helpRead")),
      element(
        "ul",
        { class: "legend" },
        Object.entries(SAMPLES).map(([name, draw]) =>
          element(
            "li",
            {},
            svg(
              "svg",
              { width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" },
              draw(),
            ),
            board.say(name),
          ),
        ),
      ),
    );
})();
