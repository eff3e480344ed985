// The geometry of lanes and rows. All lengths are for letters of 16 pixels and scale with them.
(() => {
  // For a time in letters of this size.
  const TIME = 13;
  const GUTTER = 74;
  const MARGIN = 8;

  // Below this distance, names do not fit beside each other and are written upright.
  const NARROW = 96;

  // The width of a server's lane beside narrow clients' lanes, and the least width of a client's lane: the
  // height of a letter. Below, the diagram is wider than the screen.
  const NARROW_SERVER = 108;
  const NARROWEST = 21;

  // The greatest width of a lane.
  const WIDEST = 520;

  // Heights, where there is room and where there is little.
  const ROOMY = { request: 28, answer: 26, below: 9, note: 38, head: 66, upright: 132 };
  const COMPACT = { request: 22, answer: 20, below: 4, note: 30, head: 38, upright: 96 };
  // Marks on other lanes, the numbers of polls, and the head of a fault need more room below the text.
  const FOR_MARKS = 3;
  const FOR_NUMBERS = 7;
  const FOR_FAULT = 7;
  const GAP = 24;
  const OUTAGE = 56;
  const ABOVE_ALL = 6;

  // The height of a window in which there is little room, in pixels.
  const LOW_WINDOW = 480;

  // The smallest text in the projector's mode, for letters of 16 pixels.
  const PROJECTED = 15;

  /** The scale of letters relative to 16 pixels. */
  board.unit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

  /** Whether the window is so low that rows have to be. */
  board.isCompact = () => innerHeight < LOW_WINDOW && !board.isProjected();

  const heights = () => (board.isCompact() ? COMPACT : ROOMY);

  /** Places the lanes on `width` pixels that are scrolled by `scrolled`. */
  board.placeLanes = (lanes, width, unit, scrolled = 0) => {
    const isProjected = board.isProjected();
    const size = (letters) => (isProjected ? Math.max(letters, PROJECTED) : letters) * unit;
    // It holds the time.
    const gutter = (GUTTER / TIME) * size(TIME);
    const room = width - gutter - MARGIN * unit;
    const even = room / lanes.length;
    const places =
      even >= NARROW * unit
        ? placeEvenly(lanes, gutter, Math.min(even, WIDEST * unit))
        : placeNarrowly(lanes, gutter, width, unit, scrolled);
    return {
      unit,
      gutter,
      lanes,
      high: heights(),
      size,
      smallest: isProjected ? size(PROJECTED) : 0,
      ...places,
      // A change of these affects every row.
      key: [
        unit,
        isProjected,
        board.isCompact(),
        places.width,
        places.left,
        ...lanes.map(({ id }) => `${id}@${Math.round(places.x.get(id))}`),
      ].join(" "),
    };
  };

  function placeEvenly(lanes, gutter, spacing) {
    const x = new Map(lanes.map(({ id }, index) => [id, gutter + spacing * (index + 0.5)]));
    const boxes = new Map(lanes.map(({ id }) => [id, spacing]));
    const width = gutter + spacing * lanes.length;
    return { x, boxes, isNarrow: false, width, left: 0, right: Infinity };
  }

  /** Narrow lanes of clients. Where even these do not fit, the servers' lanes stay at the right edge, and the
   *  clients' lanes are scrolled below them; `left` and `right` are the edges of what is seen of these. */
  function placeNarrowly(lanes, gutter, outer, unit, scrolled) {
    const server = NARROW_SERVER * unit;
    const clients = lanes.filter(({ role }) => role === "client").length;
    const others = lanes.length - clients;
    const room = outer - gutter - MARGIN * unit;
    const forClient = Math.max((room - others * server) / Math.max(clients, 1), NARROWEST * unit);
    const width = gutter + others * server + clients * forClient;
    const hidden = Math.max(width - outer, 0);
    // What is scrolled beyond the end does not move the lanes.
    const moved = Math.min(scrolled, hidden);
    const x = new Map();
    const boxes = new Map();
    let left = gutter;
    let right = Infinity;
    lanes.forEach(({ id, role }, index) => {
      const wide = role === "client" ? forClient : server;
      const isLast = role !== "client" && index > 0;
      const shift = isLast ? hidden - moved : 0;
      x.set(id, left + wide / 2 - shift);
      boxes.set(id, wide);
      if (isLast && hidden > 0) {
        right = Math.min(right, left - shift);
      }
      left += wide;
    });
    return { x, boxes, isNarrow: true, width, left: hidden > 0 ? moved : 0, right };
  }

  /** The place of a lane, or the edge behind which it is. */
  board.placeOf = ({ x, left, right, gutter, unit }, lane) => {
    const place = x.get(lane);
    return lane.startsWith("server:") || place === undefined
      ? place
      : Math.max(Math.min(place, right - 8 * unit), left > 0 ? left + 8 * unit : gutter);
  };

  /** The height of the heads. */
  board.headHeight = ({ isNarrow, unit, high }) => (isNarrow ? high.upright : high.head) * unit;

  /** Sets `y` and `height` of each row, and returns the total height. */
  board.placeRows = (rows, unit) => {
    const high = heights();
    let y = ABOVE_ALL * unit;
    for (const row of rows) {
      // A row that changes is another one.
      if (row.high !== high) {
        row.high = high;
        row.units = heightOf(row);
      }
      row.y = y;
      row.height = row.units * unit;
      y += row.height;
    }
    return y;
  };

  function heightOf(row) {
    switch (row.kind) {
      case "note":
        return row.high.note + board.noteSpace(row);
      case "gap":
        return GAP;
      default:
        return requestHeight(row) + answerHeight(row) + row.high.below;
    }
  }

  /** Empty space above a note. */
  board.noteSpace = (row) => (row.isSpaced ? OUTAGE : 0);

  function requestHeight(row) {
    return row.requests ? row.high.request + belowRequest(row) : 0;
  }

  function answerHeight(row) {
    return row.answered ? row.high.answer + belowAnswer(row) : 0;
  }

  function belowRequest(row) {
    if (row.kind === "polls") {
      return FOR_NUMBERS;
    }
    return row.cells.size > 1 ? FOR_MARKS : 0;
  }

  function belowAnswer(row) {
    for (const { record } of row.cells.values()) {
      if (record.end?.outcome !== "answer") {
        return FOR_FAULT;
      }
    }
    return row.cells.size > 1 ? FOR_MARKS : 0;
  }

  /** The position of a row's request within the row, and of the text above it. */
  board.requestLine = (row, unit) => (requestHeight(row) - 2) * unit;
  board.requestText = (row, unit) => board.requestLine(row, unit) - (7.5 + belowRequest(row)) * unit;

  /** The same for its answer. */
  board.answerLine = (row, unit) => (requestHeight(row) + answerHeight(row) - 3) * unit;
  board.answerText = (row, unit) => board.answerLine(row, unit) - (7.5 + belowAnswer(row)) * unit;

  /** The first of `rows` that ends below `y`. */
  board.rowAt = (rows, y) => {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].y + rows[middle].height <= y) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
})();
