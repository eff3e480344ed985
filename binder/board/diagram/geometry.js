// The geometry of lanes and rows. All lengths are for letters of 16 pixels and scale with them.
(() => {
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

  const REQUEST = 27;
  const ANSWER = 25;
  // Marks on other lanes, the numbers of polls, and the head of a fault need more room below the text.
  const FOR_MARKS = 3;
  const FOR_NUMBERS = 7;
  const FOR_FAULT = 7;
  const BELOW = 9;
  const NOTE = 38;
  const ABOVE_ALL = 6;

  /** The scale of letters relative to 16 pixels. */
  board.unit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

  /** Places the lanes on `width` pixels. */
  board.placeLanes = (lanes, width, unit) => {
    const gutter = GUTTER * unit;
    const room = width - gutter - MARGIN * unit;
    const even = room / lanes.length;
    const places =
      even >= NARROW * unit
        ? placeEvenly(lanes, gutter, Math.min(even, WIDEST * unit))
        : placeNarrowly(lanes, gutter, room, unit);
    return {
      unit,
      gutter,
      lanes,
      ...places,
      // A change of these affects every row.
      key: [unit, places.width, ...lanes.map(({ id }) => `${id}@${Math.round(places.x.get(id))}`)].join(" "),
    };
  };

  function placeEvenly(lanes, gutter, spacing) {
    const x = new Map(lanes.map(({ id }, index) => [id, gutter + spacing * (index + 0.5)]));
    const boxes = new Map(lanes.map(({ id }) => [id, spacing]));
    return { x, boxes, isNarrow: false, width: gutter + spacing * lanes.length };
  }

  function placeNarrowly(lanes, gutter, room, unit) {
    const clients = lanes.filter(({ role }) => role === "client").length;
    const servers = lanes.length - clients;
    const forClient = Math.max(
      (room - servers * NARROW_SERVER * unit) / Math.max(clients, 1),
      NARROWEST * unit,
    );
    const x = new Map();
    const boxes = new Map();
    let left = gutter;
    for (const { id, role } of lanes) {
      const wide = role === "client" ? forClient : NARROW_SERVER * unit;
      x.set(id, left + wide / 2);
      boxes.set(id, wide);
      left += wide;
    }
    return { x, boxes, isNarrow: true, width: left };
  }

  /** The height of the heads. */
  board.headHeight = ({ isNarrow, unit }) => (isNarrow ? 132 : 66) * unit;

  /** Sets `y` and `height` of each row, and returns the total height. */
  board.placeRows = (rows, unit) => {
    let y = ABOVE_ALL * unit;
    for (const row of rows) {
      row.y = y;
      row.height = heightOf(row) * unit;
      y += row.height;
    }
    return y;
  };

  function heightOf(row) {
    return row.kind === "note" ? NOTE : requestHeight(row) + answerHeight(row) + BELOW;
  }

  function requestHeight(row) {
    return row.requests ? REQUEST + belowRequest(row) : 0;
  }

  function answerHeight(row) {
    return row.answered ? ANSWER + belowAnswer(row) : 0;
  }

  function belowRequest(row) {
    if (row.kind === "polls") {
      return FOR_NUMBERS;
    }
    return row.cells.size > 1 ? FOR_MARKS : 0;
  }

  function belowAnswer(row) {
    const isGood = [...row.cells.values()].every(({ record }) => record.end?.outcome === "answer");
    if (!isGood) {
      return FOR_FAULT;
    }
    return row.cells.size > 1 ? FOR_MARKS : 0;
  }

  /** The position of a row's request within the row, and of the text above it. */
  board.requestLine = (row, unit) => (requestHeight(row) - 2) * unit;
  board.requestText = (row, unit) => board.requestLine(row, unit) - (7 + belowRequest(row)) * unit;

  /** The same for its answer. */
  board.answerLine = (row, unit) => (requestHeight(row) + answerHeight(row) - 3) * unit;
  board.answerText = (row, unit) => board.answerLine(row, unit) - (7 + belowAnswer(row)) * unit;

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

  const canvas = document.createElement("canvas").getContext("2d");

  /** The width of `text` in `font`, in pixels. */
  board.widthOf = (text, font) => {
    canvas.font = font;
    return canvas.measureText(text).width;
  };

  /** `text`, truncated to `width` pixels. */
  board.truncatedTo = (text, font, width) => {
    if (board.widthOf(text, font) <= width) {
      return text;
    }
    const characters = Array.from(text);
    let [fits, tooLong] = [1, characters.length];
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if (board.widthOf(`${characters.slice(0, middle).join("")}…`, font) <= width) {
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return `${characters.slice(0, fits).join("")}…`;
  };
})();
