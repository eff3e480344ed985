// The heights of rows. All lengths are for letters of 16 pixels and scale with them.
(() => {
  // Heights, where there is room and where there is little.
  const ROOMY = { request: 28, answer: 26, below: 9, note: 38, head: 66, upright: 132 };
  const COMPACT = { request: 22, answer: 20, below: 4, note: 30, head: 38, upright: 96 };
  // Marks on other lanes, the numbers of polls, and the head of a fault need more room below the text.
  const FOR_MARKS = 3;
  const FOR_NUMBERS = 7;
  const FOR_FAULT = 7;
  // Below the text where nothing came back: it is lower, and no mark beside it is on the cross above.
  const FOR_NOTHING = 2;
  const GAP = 24;
  const OUTAGE = 56;
  const ABOVE_ALL = 6;

  // The height of a window in which there is little room, in pixels.
  const LOW_WINDOW = 480;

  /** The scale of letters relative to 16 pixels. */
  board.unit = () => parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;

  /** Whether the window is so low that rows have to be. */
  board.isCompact = () => innerHeight < LOW_WINDOW && !board.isProjected();

  board.heights = () => (board.isCompact() ? COMPACT : ROOMY);

  /** The height of the heads. */
  board.headHeight = ({ isNarrow, unit, high }) => (isNarrow ? high.upright : high.head) * unit;

  /** Sets `y` and `height` of each row, and returns the total height. */
  board.placeRows = (rows, unit) => {
    const high = board.heights();
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
  board.answerText = (row, unit) => board.answerLine(row, unit) - (7.5 + belowAnswerText(row)) * unit;

  function belowAnswerText(row) {
    const isNothing = [...row.cells.values()].every(({ record }) => board.isRequestLost(record));
    return isNothing ? FOR_NOTHING : belowAnswer(row);
  }

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
