// Writes the captions of a row: each begins at its caller and reaches towards the server, so that it lies over no
// lane but those that the arrow crosses.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  // Letters of 16 pixels; between the lane and the text, and the room for the head of the arrow.
  const BESIDE_LANE = 16;
  const FOR_HEAD = 26;

  // With less room than this, for letters of 16 pixels, a caption begins at the server instead and names its caller.
  const LEAST_ROOM = 170;
  // The same where lanes are narrow, and every caption names its caller.
  const LEAST_NAMED_ROOM = 400;

  board.writeCaptions = (row, span, view) => {
    const { places } = view;
    const { unit } = places;
    const written = [];
    const [{ record, lane }] = row.cells.values();
    if (row.requests) {
      const marks = row.kind === "polls" ? [] : marksOf(row, record);
      const place = placeFor(span, places, marks.length > 0);
      const isNamed = places.isNarrow || place.isNamed;
      const { number, who, strong, values, text, soft } = board.requestCaption(row, isNamed, view.now);
      const parts = [
        { text: number && `${number} `, class: "d-number" },
        { text: who && `${who} `, class: `d-who d-who-${board.lane(lane)?.dialect ?? "none"}`, isBold: true },
        { text: strong, class: "d-method", isBold: true },
        { text: values, class: "d-arguments", isCut: true },
        { text, class: "d-arguments" },
      ];
      written.push(...caption(parts, board.requestText(row, unit), soft ? 15 : 16, place, places, marks));
    }
    if (row.answered) {
      const { number, text, isBad } = board.answerCaption(row);
      const marks = row.requests ? [] : marksOf(row, record);
      const place = placeFor(span, places, marks.length > 0);
      const parts = [
        { text: number && `${number} `, class: "d-number" },
        { text, class: isBad ? "d-bad" : "d-good", isBold: isBad },
      ];
      written.push(...caption(parts, board.answerText(row, unit), 15, place, places, marks));
    }
    return written;
  };

  /** Where a caption begins: `{x, anchor, room, isNamed}`. Marks would hide the head of the arrow. */
  function placeFor({ server, farthest, direction }, places, hasMarks) {
    const { unit, gutter, width, left, right } = places;
    const [beside, head] = [BESIDE_LANE * unit, FOR_HEAD * unit];
    const inside = Math.abs(server - farthest) - beside - head;
    const isLast = Math.max(...places.x.values()) <= server;
    // Beyond the last lane, nothing is in the way.
    const reachesBeyond = direction > 0 && isLast && right === Infinity && !hasMarks;
    const room = reachesBeyond ? width - farthest - beside - 8 * unit : inside;
    if (room >= (places.isNarrow ? LEAST_NAMED_ROOM : LEAST_ROOM) * unit) {
      return {
        x: farthest + direction * beside,
        anchor: direction > 0 ? "start" : "end",
        room,
        isNamed: false,
      };
    }
    const edge = Math.max(gutter, left + 8 * unit);
    return direction > 0
      ? { x: server - head, anchor: "end", room: server - head - edge, isNamed: true }
      : {
          x: server + head,
          anchor: "start",
          room: Math.min(width, right) - server - head - 8 * unit,
          isNamed: true,
        };
  }

  function marksOf(row, record) {
    const lab = record?.end?.lab;
    return [
      row.tries > 1
        ? { text: board.say("tryNumber", { n: row.tries }), short: `${row.tries}×`, kind: "d-try" }
        : null,
      lab
        ? {
            text: `${board.say("labMark")} · ${board.actionText(lab)}`,
            short: board.say("labMark"),
            kind: "d-lab",
          }
        : null,
    ].filter(Boolean);
  }

  function caption(parts, y, size, { x, anchor, room }, { unit, size: sizeOf }, marks) {
    const pixels = sizeOf(size);
    const font = `${pixels}px ${board.mono}`;
    const draw = (words) => marks.map((mark) => board.mark(mark[words], mark.kind, unit, sizeOf(12)));
    const widthOf = (all) => all.reduce((sum, { width }) => sum + width + 8 * unit, 0);
    const whole = draw("text");
    const drawn = room - widthOf(whole) > LEAST_ROOM * unit ? whole : draw("short");
    const forMarks = widthOf(drawn);
    const written = parts.filter(({ text }) => text);
    const fontOf = ({ isBold }) => (isBold ? `700 ${font}` : font);
    // Room that is kept for what follows the part that is cut first.
    let kept = written
      .slice(written.findIndex(({ isCut }) => isCut) + 1 || written.length)
      .reduce((sum, part) => sum + board.widthOf(part.text, fontOf(part)), 0);
    let left = room - forMarks;
    let width = 0;
    const spans = [];
    for (const part of written) {
      const most = part.isCut ? left - kept : left;
      const text = most > 20 * unit ? board.truncatedTo(part.text, fontOf(part), most) : "";
      kept = part.isCut ? 0 : kept;
      const wide = board.widthOf(text, fontOf(part));
      left -= wide;
      width += wide;
      spans.push(svg("tspan", { class: part.class }, text));
    }
    const begin = anchor === "start" ? x : x - width - forMarks;
    let after = begin + width + 8 * unit;
    for (const mark of drawn) {
      mark.element.setAttribute("transform", `translate(${round(after)} ${round(y)})`);
      after += mark.width + 8 * unit;
    }
    return [
      svg(
        "text",
        {
          class: "d-caption",
          x: round(begin),
          y: round(y),
          "font-size": round(pixels),
          "xml:space": "preserve",
        },
        spans,
      ),
      ...drawn.map(({ element }) => element),
    ];
  }
})();
