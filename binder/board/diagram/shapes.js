// The shapes of the diagram. Each kind of end has its own shape, so that colour alone carries no meaning.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  /** A line between lanes; `kind` is its class. */
  board.line = (x1, x2, y, kind) =>
    svg("line", { class: `d-line ${kind}`, x1: round(x1), y1: round(y), x2: round(x2), y2: round(y) });

  /** The head of a request: a filled triangle with its tip at `x`. */
  board.requestHead = (x, y, direction, unit, kind) => {
    const [length, half] = [11 * unit * direction, 5.5 * unit];
    return svg("path", {
      class: `d-head ${kind}`,
      d: `M${round(x)} ${round(y)}l${round(-length)} ${round(-half)}v${round(2 * half)}z`,
    });
  };

  /** The head of an answer: an open triangle. */
  board.answerHead = (x, y, direction, unit, kind) => {
    const [length, half] = [10 * unit * direction, 6 * unit];
    return svg("path", {
      class: `d-open ${kind}`,
      d: `M${round(x - length)} ${round(y - half)}L${round(x)} ${round(y)}L${round(x - length)} ${round(y + half)}`,
    });
  };

  /** A cross where something was lost. */
  board.cross = (x, y, unit) => {
    const arm = 7 * unit;
    return svg("path", {
      class: "d-cross",
      d: [
        `M${round(x - arm)} ${round(y - arm)}L${round(x + arm)} ${round(y + arm)}`,
        `M${round(x + arm)} ${round(y - arm)}L${round(x - arm)} ${round(y + arm)}`,
      ].join(""),
    });
  };

  /** An octagon where a fault arrives, like a stop sign, with an exclamation mark. */
  board.faultHead = (x, y, unit) => {
    const [far, near] = [round(9 * unit), round(3.7 * unit)];
    const corners = [
      [-near, -far],
      [near, -far],
      [far, -near],
      [far, near],
      [near, far],
      [-near, far],
      [-far, near],
      [-far, -near],
    ];
    return svg(
      "g",
      { class: "d-fault-head" },
      svg("polygon", { points: corners.map(([dx, dy]) => `${round(x + dx)},${round(y + dy)}`).join(" ") }),
      svg(
        "text",
        { x: round(x), y: round(y + 5 * unit), "text-anchor": "middle", "font-size": round(14 * unit) },
        "!",
      ),
    );
  };

  /** The start of a call: a dot on the lane. */
  board.dot = (x, y, unit, kind) =>
    svg("circle", { class: `d-dot ${kind}`, cx: round(x), cy: round(y), r: round(4.2 * unit) });

  /** A number on a lane: the count of folded polls. */
  board.pill = (x, y, count, unit, isWide, size) => {
    const text = isWide || count < 1_000 ? String(count) : `${Math.floor(count / 1_000)}k`;
    const width = Math.max(text.length * size * 0.62 + 9 * unit, 20 * unit);
    return svg(
      "g",
      { class: "d-pill" },
      svg("rect", {
        x: round(x - width / 2),
        y: round(y - 9.5 * unit),
        width: round(width),
        height: round(19 * unit),
        rx: round(9.5 * unit),
      }),
      svg(
        "text",
        { x: round(x), y: round(y + size * 0.36), "text-anchor": "middle", "font-size": round(size) },
        text,
      ),
    );
  };

  /** A bar on the caller's lane while a call waits. An open one fades out below. */
  board.bar = (x, from, to, unit, isOpen) => {
    const half = 5 * unit;
    return svg("rect", {
      class: `d-bar${isOpen ? " d-bar-open" : ""}`,
      x: round(x - half),
      y: round(from),
      width: round(2 * half),
      height: round(Math.max(to - from, 0)),
      rx: round(2 * unit),
    });
  };

  /** A mark after a caption, at the height 0: that the lab changed the call, or that it is a repetition. */
  board.mark = (text, kind, unit, size) => {
    const width = board.widthOf(text, `700 ${size}px ${board.sans}`) + 12 * unit;
    return {
      width,
      element: svg(
        "g",
        { class: `d-mark ${kind}` },
        svg("rect", {
          x: 0,
          // Around capitals, and what some letters have below the line.
          y: round(-0.78 * size - 1.5 * unit),
          width: round(width),
          height: round(0.78 * size + 4.5 * unit),
          rx: round(3 * unit),
        }),
        svg("text", { x: round(width / 2), y: 0, "text-anchor": "middle", "font-size": round(size) }, text),
      ),
    };
  };

  const fonts = getComputedStyle(document.documentElement);
  board.sans = fonts.getPropertyValue("--sans");
  board.mono = fonts.getPropertyValue("--mono");
})();
