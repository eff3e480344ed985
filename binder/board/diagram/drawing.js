// Draws one row of the diagram.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  /** The sign of each kind of note. */
  board.NOTE_SIGNS = {
    gone: "✕",
    back: "✓",
    restarted: "↻",
    replaced: "⇄",
    missed: "…",
    rule: "⚗",
    normal: "⚗",
    own: "✎",
  };

  /** A row's appearance depends on this key, on the lanes and on the language. The key is computed far more
   *  often than a row is drawn. */
  board.rowKey = (row, { selected, family, range, now }) => {
    const cells = [...row.cells.values()].map(({ lane, count, record }) => {
      const { id, serial, number, end, guessed } = record;
      const state =
        end === null ? Math.floor((now - record.at) / 1_000) : `${end.outcome} ${end.lab} ${end.items}`;
      return `${lane} ${count} ${id} ${number} ${state} ${guessed} ${serial === selected} ${family.has(serial)}`;
    });
    return `${row.answered} ${row.showsTime} ${row.tries} ${isInRange(row, range)} ${cells.join(" ")}`;
  };

  const isInRange = (row, range) => range !== null && row.at >= range.from && row.at <= range.to;

  function labelOf(row, view) {
    switch (row.kind) {
      case "note":
        return board.noteText(row.note);
      case "gap":
        return board.gapText(row);
      default:
        return board.rowText(row, view.places.isNarrow, view.now);
    }
  }

  /** Draws `row` at the height 0. `view` is `{places, now, selected, family, range}`. */
  board.drawRow = (row, view) => {
    const { places } = view;
    const { unit, gutter } = places;
    const isCall = row.cells.size > 0;
    const isSelected = [...row.cells.values()].some(({ record }) => record.serial === view.selected);
    // For a screen reader, a row is its label. What is seen may be cut, and is not read.
    const option = svg("rect", {
      id: `row-${row.id}`,
      role: "option",
      "aria-selected": String(isSelected),
      "aria-label": labelOf(row, view),
      "aria-disabled": isCall ? null : "true",
      class: "d-option",
      width: round(places.width),
      height: round(row.height),
    });
    const group = svg("g", { class: "d-seen", "aria-hidden": "true" });
    if (isInRange(row, view.range)) {
      group.append(
        svg("rect", { class: "d-range", x: 0, y: 0, width: round(5 * unit), height: round(row.height) }),
      );
    }
    if (row.showsTime) {
      const y = round(board.noteSpace(row) * unit + 17 * unit);
      group.append(text("d-time", gutter - 8 * unit, y, places.size(13), "end", board.clock(row.at)));
    }
    if (row.kind === "gap") {
      group.append(...drawGap(row, places));
    } else {
      group.append(...(row.kind === "note" ? drawNote(row, places) : drawCalls(row, view)));
    }
    const inRange = isInRange(row, view.range) ? " d-in-range" : "";
    return svg("g", { class: `d-row${inRange}`, "data-row": row.kind }, option, group);
  };

  function text(kind, x, y, size, anchor, ...content) {
    const attributes = { class: kind, x: round(x), y: round(y), "font-size": round(size) };
    return svg("text", { ...attributes, "text-anchor": anchor }, ...content);
  }

  function drawGap(row, { unit, gutter, width, size }) {
    const y = row.height / 2;
    return [
      svg("line", { class: "d-gap-line", x1: round(gutter), x2: round(width), y1: round(y), y2: round(y) }),
      text("d-gap-text", gutter + 10 * unit, y + 5 * unit, size(14), "start", board.gapText(row)),
    ];
  }

  /** How much time is left out. */
  board.gapText = ({ time }) => `… ${board.seconds(time / 1_000)}`;

  function drawNote(row, { unit, gutter, width, size, begin, right }) {
    const kind =
      row.note.kind === "rule" || row.note.kind === "normal" ? "d-note-lab" : `d-note-${row.note.kind}`;
    const sign = board.NOTE_SIGNS[row.note.kind];
    const top = board.noteSpace(row) * unit;
    const high = (row.high.note - 10) * unit;
    // In the middle of what is seen, where the diagram is wider than the screen.
    const end = right < Infinity ? right : width;
    const room = end - begin - 60 * unit;
    const words = board.truncatedTo(board.noteText(row.note), `700 ${size(16)}px ${board.sans}`, room);
    return [
      svg("rect", {
        class: `d-note ${kind}`,
        x: round(gutter),
        y: round(top + 4 * unit),
        width: round(width - gutter - 4 * unit),
        height: round(high),
        rx: round(5 * unit),
        "data-note": row.note.kind,
        "data-server": row.note.server,
      }),
      text(
        "d-note-text",
        (begin + end) / 2,
        top + 4 * unit + high / 2 + 5.5 * unit,
        size(16),
        "middle",
        `${sign}  ${words}`,
      ),
    ];
  }

  function drawCalls(row, view) {
    const { places } = view;
    const server = places.x.get(`server:${row.server}`);
    const cells = [...row.cells.values()].filter(({ lane }) => places.x.has(lane));
    if (server === undefined || cells.length === 0) {
      return [];
    }
    const xs = cells.map(({ lane }) => board.placeOf(places, lane));
    // The line reaches the client that is farthest from the server; the others are marked on it.
    const farthest = xs.reduce((far, x) => (Math.abs(x - server) > Math.abs(far - server) ? x : far), xs[0]);
    const span = { server, farthest, direction: Math.sign(server - farthest) || 1 };
    const shared = cells.length > 1 || row.kind === "polls";
    const drawn = cells.map((cell) => drawCell(row, cell, span, view, shared));
    const lines = shared ? sharedLines(row, span, places) : [];
    return [...lines, ...drawn, ...board.writeCaptions(row, span, view)];
  }

  function sharedLines(row, { server, farthest, direction }, { unit }) {
    const lines = [];
    if (row.requests) {
      const y = board.requestLine(row, unit);
      const kind = row.kind === "polls" ? "d-soft" : "d-request";
      lines.push(board.line(farthest, server - direction * 3 * unit, y, kind));
      lines.push(board.requestHead(server - direction * 2 * unit, y, direction, unit, kind));
    }
    if (row.answered) {
      lines.push(board.line(server, farthest, board.answerLine(row, unit), "d-answer"));
    }
    return lines;
  }

  /** One client's part of a row, which can be clicked on. */
  function drawCell(row, cell, span, view, shared) {
    const { places, selected, family } = view;
    const { unit } = places;
    const { record, lane } = cell;
    const x = board.placeOf(places, lane);
    const isLate = row.kind === "answer" || (row.kind === "delivery" && !row.requests);
    const classes = ["d-cell", `d-by-${board.lane(lane)?.dialect ?? "none"}`];
    if (record.serial === selected) {
      classes.push("d-selected");
    } else if (family.has(record.serial)) {
      classes.push("d-related");
    }
    if (record.guessed) {
      classes.push("d-guessed");
    }
    const group = svg("g", {
      class: classes.join(" "),
      "data-serial": record.serial,
      [isLate ? "data-answer-of" : row.kind === "polls" ? "data-polls" : "data-call"]: record.id,
      "data-server": record.server,
      "data-lane": lane,
      "data-number": record.number,
      "data-method": record.method ?? "",
      "data-outcome": record.end?.outcome ?? "open",
      "data-lab": record.end?.lab ?? null,
      "data-try": row.tries > 1 ? row.tries : null,
      "data-count": row.kind === "polls" ? cell.count : null,
      "data-items": record.end?.items ?? null,
    });
    const half = (places.boxes.get(lane) ?? 0) / 2;
    const [left, right] = shared ? [x - half, x + half] : [places.gutter, places.width];
    group.append(
      svg("rect", {
        class: "d-hit",
        x: round(left),
        y: 0,
        width: round(right - left),
        height: round(row.height),
        rx: round(4 * unit),
      }),
    );
    if (shared) {
      drawMarks(group, row, cell, x, span, places);
    } else {
      drawArrows(group, row, record, span, unit);
    }
    return group;
  }

  function drawMarks(group, row, cell, x, { direction }, { unit, isNarrow, size }) {
    if (row.requests) {
      const y = board.requestLine(row, unit);
      group.append(
        cell.count > 0 && row.kind === "polls"
          ? board.pill(x, y, cell.count, unit, !isNarrow, size(isNarrow ? 11 : 13))
          : board.dot(x, y, unit, "d-request"),
      );
    }
    if (row.answered) {
      group.append(
        board.answerHead(x + direction * 3 * unit, board.answerLine(row, unit), -direction, unit, "d-answer"),
      );
    }
  }

  function drawArrows(group, row, record, { server, farthest: client, direction }, unit) {
    const { outcome, lab } = record.end ?? {};
    const isLost = board.isRequestLost(record);
    if (row.requests) {
      const y = board.requestLine(row, unit);
      const tip = server - direction * (isLost ? 14 : 2) * unit;
      group.append(board.dot(client, y, unit, "d-request"), board.line(client, tip, y, "d-request"));
      group.append(
        isLost ? board.cross(tip, y, unit) : board.requestHead(tip, y, direction, unit, "d-request"),
      );
      if (lab === "twice") {
        // A second head: executed twice.
        group.append(board.requestHead(tip - direction * 13 * unit, y, direction, unit, "d-request"));
      }
    }
    if (row.answered && !isLost) {
      const y = board.answerLine(row, unit);
      if (outcome === "answer") {
        const tip = client + direction * 3 * unit;
        group.append(
          board.line(server, tip, y, "d-answer"),
          board.answerHead(tip, y, -direction, unit, "d-answer"),
        );
      } else if (outcome === "fault" || outcome === "refused") {
        const tip = client + direction * 12 * unit;
        group.append(board.line(server, tip, y, "d-fault"), board.faultHead(tip, y, unit));
      } else {
        const tip = client + (server - client) * 0.55;
        group.append(board.line(server, tip, y, "d-lost"), board.cross(tip, y, unit));
      }
    }
  }

  /** The bracket that joins a repetition to the call that it repeats, beside their caller's lane. */
  board.drawBracket = (row, places) => {
    const { unit } = places;
    const [{ lane, record }] = row.cells.values();
    const server = places.x.get(`server:${row.server}`);
    const x = board.placeOf(places, lane);
    if (x === undefined || server === undefined) {
      return null;
    }
    const away = (Math.sign(x - server) || -1) * unit;
    const [top, bottom] = [row.repeats, row].map((end) => end.y + board.requestLine(end, unit));
    return svg("path", {
      class: "d-bracket",
      "data-bracket": record.serial,
      d: `M${round(x + 5 * away)} ${round(top)}h${round(9 * away)}V${round(bottom)}h${round(-9 * away)}`,
    });
  };
})();
