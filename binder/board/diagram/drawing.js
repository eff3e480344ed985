// Draws one row of the diagram.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  /** A row's appearance depends on this key, on the lanes and on the language. The key is computed far more
   *  often than a row is drawn. */
  board.rowKey = (row, { selected, now }) => {
    const cells = [...row.cells.values()].map(({ lane, count, record }) => {
      const { id, serial, end } = record;
      const state =
        end === null ? Math.floor((now - record.at) / 1_000) : `${end.outcome} ${end.lab} ${end.items}`;
      return `${lane} ${count} ${id} ${state} ${serial === selected}`;
    });
    return `${row.answered} ${row.showsTime} ${cells.join(" ")}`;
  };

  function captionsOf(row, view) {
    const request = row.requests ? board.requestCaption(row, view.places.isNarrow, view.now) : {};
    const answer = row.answered ? board.answerCaption(row) : {};
    return [request.who, request.strong, request.text, answer.text];
  }

  /** Draws `row` at the height 0. `view` is `{places, now, selected}`. */
  board.drawRow = (row, view) => {
    const { unit, gutter } = view.places;
    const label =
      row.kind === "note" ? board.noteText(row.note) : captionsOf(row, view).filter(Boolean).join(" ");
    const group = svg("g", {
      class: "d-row",
      "data-row": row.kind,
      id: `row-${row.id}`,
      role: "option",
      "aria-label": label,
    });
    if (row.showsTime) {
      group.append(
        svg(
          "text",
          {
            class: "d-time",
            x: round(gutter - 8 * unit),
            y: round(17 * unit),
            "text-anchor": "end",
            "font-size": round(13 * unit),
          },
          board.clock(row.at),
        ),
      );
    }
    group.append(...(row.kind === "note" ? drawNote(row, view) : drawCalls(row, view)));
    return group;
  };

  function drawNote(row, { places }) {
    const { unit, gutter, width } = places;
    const text = board.noteText(row.note);
    const kind =
      row.note.kind === "rule" || row.note.kind === "normal" ? "d-note-lab" : `d-note-${row.note.kind}`;
    const sign = { gone: "✕", back: "✓", restarted: "↻", replaced: "⇄", missed: "…" }[row.note.kind] ?? "⚗";
    return [
      svg("rect", {
        class: `d-note ${kind}`,
        x: round(gutter),
        y: round(4 * unit),
        width: round(width - gutter - 4 * unit),
        height: round(28 * unit),
        rx: round(5 * unit),
        "data-note": row.note.kind,
        "data-server": row.note.server,
      }),
      svg(
        "text",
        {
          class: "d-note-text",
          x: round((gutter + width) / 2),
          y: round(23.5 * unit),
          "text-anchor": "middle",
          "font-size": round(16 * unit),
        },
        `${sign}  ${board.truncatedTo(text, `700 ${16 * unit}px ${board.sans}`, width - gutter - 60 * unit)}`,
      ),
    ];
  }

  function drawCalls(row, view) {
    const { places } = view;
    const server = places.x.get(`server:${row.server}`);
    const cells = [...row.cells.values()].filter(({ lane }) => places.x.has(lane));
    const xs = cells.map(({ lane }) => places.x.get(lane));
    // The line reaches the client that is farthest from the server; the others are marked on it.
    const farthest = xs.reduce(
      (far, x) => (Math.abs(x - server) > Math.abs(far - server) ? x : far),
      xs[0] ?? server,
    );
    const span = { server, farthest, direction: Math.sign(server - farthest) || 1 };
    const shared = cells.length > 1 || row.kind === "polls";
    const drawn = cells.map((cell) => drawCell(row, cell, span, view, shared));
    const lines = shared ? sharedLines(row, span, places) : [];
    return [...lines, ...drawn, ...captions(row, span, view)];
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
    const { places, selected } = view;
    const { unit } = places;
    const { record, lane } = cell;
    const x = places.x.get(lane);
    const isLate = row.kind === "answer" || (row.kind === "delivery" && !row.requests);
    const group = svg("g", {
      class: `d-cell d-by-${board.lane(lane)?.dialect ?? "none"}${record.serial === selected ? " d-selected" : ""}`,
      "data-serial": record.serial,
      [isLate ? "data-answer-of" : row.kind === "polls" ? "data-polls" : "data-call"]: record.id,
      "data-server": record.server,
      "data-lane": lane,
      "data-method": record.method ?? "",
      "data-outcome": record.end?.outcome ?? "open",
      "data-lab": record.end?.lab ?? null,
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
      drawMarks(group, row, cell, x, span, unit, places.isNarrow);
    } else {
      drawArrows(group, row, record, span, unit);
    }
    return group;
  }

  function drawMarks(group, row, cell, x, { direction }, unit, isNarrow) {
    if (row.requests) {
      const y = board.requestLine(row, unit);
      group.append(
        cell.count > 0 && row.kind === "polls"
          ? board.pill(x, y, cell.count, unit, !isNarrow)
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
    const isLost = outcome === "dropped" && lab === "drop-request";
    if (row.requests) {
      const y = board.requestLine(row, unit);
      const tip = isLost ? client + (server - client) * 0.6 : server - direction * 2 * unit;
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

  function captions(row, span, view) {
    const { unit } = view.places;
    const written = [];
    const [{ record, lane }] = row.cells.values();
    if (row.requests) {
      const { who, strong, text, soft } = board.requestCaption(row, view.places.isNarrow, view.now);
      const parts = [
        { text: who && `${who} `, class: `d-who d-who-${board.lane(lane)?.dialect ?? "none"}`, isBold: true },
        { text: strong, class: "d-method", isBold: true },
        { text, class: "d-arguments" },
      ];
      written.push(
        ...caption(
          parts,
          board.requestText(row, unit),
          soft ? 15 : 16,
          span,
          view,
          soft ? null : labText(record),
        ),
      );
    }
    if (row.answered) {
      const { text, isBad } = board.answerCaption(row);
      const mark = row.requests ? null : labText(record);
      written.push(
        ...caption(
          [{ text, class: isBad ? "d-bad" : "d-good", isBold: isBad }],
          board.answerText(row, unit),
          15,
          span,
          view,
          mark,
        ),
      );
    }
    return written;
  }

  function labText(record) {
    const lab = record?.end?.lab;
    return lab ? `${board.say("labMark")} · ${board.actionText(lab)}` : null;
  }

  /** Text above a line: it begins with the line, and moves to the left where it would not fit. */
  function caption(parts, y, size, { server, farthest }, { places }, mark) {
    const { unit, gutter, width } = places;
    const font = `${size * unit}px ${board.mono}`;
    const markWidth = mark === null ? 0 : board.widthOf(mark, `700 ${12 * unit}px ${board.sans}`) + 20 * unit;
    const room = width - gutter - 16 * unit - markWidth;
    let left = room;
    const spans = [];
    for (const part of parts.filter(({ text }) => text)) {
      const bold = part.isBold ? "700 " : "";
      const text = left > 20 * unit ? board.truncatedTo(part.text, bold + font, left) : "";
      left -= board.widthOf(text, bold + font);
      spans.push(svg("tspan", { class: part.class }, text));
    }
    const wanted = Math.min(server, farthest) + 14 * unit;
    const x = Math.max(Math.min(wanted, width - 8 * unit - markWidth - (room - left)), gutter + 4 * unit);
    const text = svg(
      "text",
      {
        class: "d-caption",
        x: round(x),
        y: round(y),
        "font-size": round(size * unit),
        "xml:space": "preserve",
      },
      spans,
    );
    return mark === null
      ? [text]
      : [text, board.labMark(x + (room - left) + 10 * unit, y, mark, unit).element];
  }
})();
