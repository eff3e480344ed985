// Writes the captions of a row: each begins at its caller and reaches towards the server, so that it lies over no
// lane but those that the arrow crosses, and is cut where that ends.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  // Between the lane and the text, for letters of 16 pixels.
  const BESIDE_LANE = 16;

  // With less room than this, marks are short, and the caller is not named.
  const LEAST_ROOM = 170;

  // The part of the room that the caller's name may take.
  const MOST_FOR_NAME = 0.35;

  // How far a mark's letters are above those of a request's caption: above the head of the arrow, and the cross in its
  // place. Beside an answer they are below that head.
  const ABOVE_REQUEST = 4.5;
  const BELOW_ANSWER = 2;

  // What is left of a method's name that gives way, in letters, and the room below which a part is left out.
  const LEAST_NAME = "send…once";
  const LEAST_PART = 20;

  // The size of letters, and where lanes are narrow.
  const LETTERS = 16;
  const NARROW_LETTERS = 14;

  board.writeCaptions = (row, span, view) => {
    const { places } = view;
    const { unit, isNarrow } = places;
    const letters = isNarrow ? NARROW_LETTERS : LETTERS;
    const place = placeFor(span, places);
    const written = [];
    const [{ record, lane }] = row.cells.values();
    const [before, after] = [false, true].map((isOfAnswer) =>
      board.marksOf(row).filter((mark) => mark.isOfAnswer === isOfAnswer),
    );
    if (row.requests) {
      const { number, who, strong, values, brief, text, soft } = board.requestCaption(row, isNarrow, view.now);
      const isNamed = who && place.room > LEAST_ROOM * unit;
      const parts = [
        { text: number && `${number} `, class: "d-number" },
        {
          text: isNamed ? who : null,
          class: `d-who d-who-${board.lane(lane)?.dialect ?? "none"}`,
          isBold: true,
          most: MOST_FOR_NAME * place.room,
        },
        { text: isNamed ? " " : null, class: "d-who" },
        { text: strong, class: "d-method", isBold: true, givesWay: row.cells.size === 1 && board.isSend(record) },
        { text: values, brief, class: "d-arguments", isCut: true },
        { text, class: "d-arguments" },
      ];
      const size = soft ? letters - 1 : letters;
      written.push(...caption(parts, board.requestText(row, unit), size, place, places, before, -ABOVE_REQUEST));
    }
    if (row.answered) {
      const { number, method, text, brief, place: kept, time, isBad } = board.answerCaption(row);
      const look = { class: isBad ? "d-bad" : "d-good", isBold: isBad };
      const [said, ...rest] = ends(text, [kept, time]);
      const parts = [
        { text: number && `${number} `, class: "d-number" },
        { text: method, ...look, givesWay: true },
        { text: said, brief, ...look, isCut: true },
        { text: rest[0], ...look },
        { text: rest[1], ...look, isLeast: true },
      ];
      written.push(...caption(parts, board.answerText(row, unit), letters - 1, place, places, after, BELOW_ANSWER));
    }
    return written;
  };

  /** A text without its last parts, and these; one that it has not is empty. */
  function ends(text, parts) {
    let rest = text;
    const found = [];
    for (const part of parts.toReversed()) {
      const end = part ? ` · ${part}` : "";
      const isThere = end !== "" && rest.endsWith(end);
      found.unshift(isThere ? end : "");
      rest = isThere ? rest.slice(0, -end.length) : rest;
    }
    return [rest, ...found];
  }

  /** Where a caption begins, and its room: `{x, anchor, room}`. */
  function placeFor({ server, farthest, direction }, places) {
    const x = farthest + direction * BESIDE_LANE * places.unit;
    const room = direction * (board.endOfCaption(places, farthest, server) - x);
    return { x, anchor: direction > 0 ? "start" : "end", room: Math.max(room, 0) };
  }

  function caption(parts, y, size, { x, anchor, room }, { unit, size: sizeOf }, marks, lower) {
    const pixels = sizeOf(size);
    const font = `${pixels}px ${board.mono}`;
    const draw = (words) => marks.map((mark) => board.mark(mark[words], mark.kind, unit, sizeOf(12)));
    const widthOf = (all) => all.reduce((sum, { width }) => sum + width + 8 * unit, 0);
    const fits = (all, least) => room - widthOf(all) > least * unit;
    const [whole, short] = [draw("text"), draw("short")];
    const drawn = fits(whole, LEAST_ROOM) ? whole : fits(short, 0) ? short : [];
    const forMarks = widthOf(drawn);
    const fontOf = ({ isBold }) => (isBold ? `700 ${font}` : font);
    const written = fitted(
      parts.filter(({ text }) => text),
      room - forMarks,
      { unit, fontOf },
    );
    const width = written.reduce((sum, part) => sum + part.width, 0);
    const spans = written.map(({ text, class: kind }) => svg("tspan", { class: kind }, text));
    const begin = anchor === "start" ? x : x - width - forMarks;
    let after = begin + width + 8 * unit;
    for (const mark of drawn) {
      mark.element.setAttribute("transform", `translate(${round(after)} ${round(y + lower * unit)})`);
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

  /** The parts of a caption as `{text, width, class}`, so that they fit into `room`. Where they do not, first goes what
   *  matters least (`isLeast`), then a part is said briefly, then a name gives way, and then one is cut. */
  function fitted(parts, room, { unit, fontOf }) {
    const all = parts.map((part) => {
      const text = part.most ? board.shortenedTo(part.text, fontOf(part), part.most) : part.text;
      return { ...part, text, width: board.widthOf(text, fontOf(part)) };
    });
    let over = all.reduce((sum, { width }) => sum + width, 0) - room;
    const replace = (part, text) => {
      const width = board.widthOf(text, fontOf(part));
      over -= part.width - width;
      Object.assign(part, { text, width });
    };
    const cut = (part) => {
      const left = part.width - over;
      replace(part, left <= LEAST_PART * unit ? "" : board.truncatedTo(part.text, fontOf(part), left));
    };
    const giveWay = (part) => {
      const least = board.widthOf(LEAST_NAME, fontOf(part));
      replace(part, board.shortenedTo(part.text, fontOf(part), Math.max(part.width - over, least)));
    };
    const steps = [
      // Half of a number would be another one.
      ["isLeast", (part) => replace(part, "")],
      ["brief", (part) => part.brief.length < part.text.length && replace(part, part.brief)],
      ["givesWay", giveWay],
      ["isCut", cut],
      ["text", cut],
    ];
    for (const [name, shorten] of steps) {
      // The last one first.
      for (const part of all.filter((one) => one[name]).toReversed()) {
        if (over > 0) {
          shorten(part);
        }
      }
    }
    return all;
  }
})();
