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

  // The size of letters, and where lanes are narrow.
  const LETTERS = 16;
  const NARROW_LETTERS = 14;

  board.writeCaptions = (row, span, view) => {
    const { places } = view;
    const { unit, isNarrow } = places;
    const letters = isNarrow ? NARROW_LETTERS : LETTERS;
    const place = placeFor(span, places);
    const written = [];
    const [{ lane }] = row.cells.values();
    const marks = board.marksOf(row);
    if (row.requests) {
      const { number, who, strong, values, text, soft } = board.requestCaption(row, isNarrow, view.now);
      const parts = [
        { text: number && `${number} `, class: "d-number" },
        {
          text: place.room > LEAST_ROOM * unit ? who : null,
          class: `d-who d-who-${board.lane(lane)?.dialect ?? "none"}`,
          isBold: true,
          most: MOST_FOR_NAME * place.room,
        },
        { text: who && place.room > LEAST_ROOM * unit ? " " : null, class: "d-who" },
        { text: strong, class: "d-method", isBold: true },
        { text: values, class: "d-arguments", isCut: true },
        { text, class: "d-arguments" },
      ];
      const size = soft ? letters - 1 : letters;
      written.push(...caption(parts, board.requestText(row, unit), size, place, places, marks));
    }
    if (row.answered) {
      const { number, text, place: kept, isBad } = board.answerCaption(row);
      const look = { class: isBad ? "d-bad" : "d-good", isBold: isBad };
      const [from, length] = kept ? [text.lastIndexOf(` · ${kept}`), kept.length + 3] : [text.length, 0];
      const parts = [
        { text: number && `${number} `, class: "d-number" },
        { text: text.slice(0, from), ...look, isCut: true },
        { text: text.slice(from, from + length), ...look },
        { text: text.slice(from + length), ...look, isLeast: true },
      ];
      const own = row.requests ? [] : marks;
      written.push(...caption(parts, board.answerText(row, unit), letters - 1, place, places, own));
    }
    return written;
  };

  /** Where a caption begins, and its room: `{x, anchor, room}`. */
  function placeFor({ server, farthest, direction }, places) {
    const x = farthest + direction * BESIDE_LANE * places.unit;
    const room = direction * (board.endOfCaption(places, farthest, server) - x);
    return { x, anchor: direction > 0 ? "start" : "end", room: Math.max(room, 0) };
  }

  function caption(parts, y, size, { x, anchor, room }, { unit, size: sizeOf }, marks) {
    const pixels = sizeOf(size);
    const font = `${pixels}px ${board.mono}`;
    const draw = (words) => marks.map((mark) => board.mark(mark[words], mark.kind, unit, sizeOf(12)));
    const widthOf = (all) => all.reduce((sum, { width }) => sum + width + 8 * unit, 0);
    const fits = (all, least) => room - widthOf(all) > least * unit;
    const [whole, short] = [draw("text"), draw("short")];
    const drawn = fits(whole, LEAST_ROOM) ? whole : fits(short, 0) ? short : [];
    const forMarks = widthOf(drawn);
    const written = parts.filter(({ text }) => text);
    const fontOf = ({ isBold }) => (isBold ? `700 ${font}` : font);
    // Room that is kept for what follows the part that is cut first.
    let kept = written
      .slice(written.findIndex(({ isCut }) => isCut) + 1 || written.length)
      .filter(({ isLeast }) => !isLeast)
      .reduce((sum, part) => sum + board.widthOf(part.text, fontOf(part)), 0);
    let left = room - forMarks;
    let width = 0;
    const spans = [];
    for (const part of written) {
      const most = part.isCut ? left - kept : left;
      const text =
        most <= 20 * unit
          ? ""
          : part.most
            ? board.shortenedTo(part.text, fontOf(part), Math.min(part.most, most))
            : board.truncatedTo(part.text, fontOf(part), most);
      kept = part.isCut ? 0 : kept;
      const wide = board.widthOf(text, fontOf(part));
      left -= wide;
      width += wide;
      spans.push(svg("tspan", { class: part.class }, text));
    }
    const begin = anchor === "start" ? x : x - width - forMarks;
    let after = begin + width + 8 * unit;
    for (const mark of drawn) {
      // Above the head of the arrow.
      mark.element.setAttribute("transform", `translate(${round(after)} ${round(y - 2 * unit)})`);
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
