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
    legendLost: () => [board.line(110, 50, 15, "d-lost"), board.cross(50, 15, 1)],
    legendWait: () => [board.bar(60, 1, 29, 1, true)],
    legendPolls: () => [
      board.line(10, 108, 15, "d-soft"),
      board.requestHead(110, 15, 1, 1, "d-soft"),
      board.pill(24, 15, 57, 1, true),
    ],
    legendClassic: () => [
      svg(
        "g",
        { class: "d-lane d-client d-classic" },
        svg("rect", { class: "d-box", x: 20, y: 2, width: 80, height: 26, rx: 12 }),
      ),
    ],
    legendAccounts: () => [
      svg(
        "g",
        { class: "d-lane d-client d-accounts" },
        svg("polygon", { class: "d-box", points: "30,2 90,2 100,10 100,20 90,28 30,28 20,20 20,10" }),
      ),
    ],
  };

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
