// The heads of the lanes. Dialects differ in the shape of the head and in the line below it: classic is round
// with one line, accounts has cut corners and two.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  // Beyond the edge of any screen.
  const BEYOND = 9_999;

  /** The head's appearance depends on this key. */
  board.headKey = (lane, { x, boxes, unit, isNarrow }, who) =>
    JSON.stringify([
      lane,
      x.get(lane.id),
      boxes.get(lane.id),
      unit,
      isNarrow,
      lane.id === who,
      board.languageTag(),
    ]);

  /** Draws the head of `lane`; the lane `who` is the current filter. */
  board.drawHead = (lane, places, who) => {
    const narrow = lane.role === "client" ? uprightHead : highHead;
    const level = places.high.head < 60 ? lowHead : levelHead;
    const draw = places.isNarrow ? narrow : level;
    const chosen = lane.id === who ? " d-chosen" : "";
    return svg(
      "g",
      {
        class: `d-lane d-${lane.role} d-${lane.dialect ?? "none"} d-status-${lane.status}${chosen}`,
        role: "button",
        tabindex: 0,
        "aria-pressed": String(lane.id === who),
        "data-lane": lane.id,
        "data-role": lane.role,
        "data-name": lane.name,
        "data-dialect": lane.dialect ?? "",
        "data-status": lane.status,
      },
      svg("title", {}, `${lane.name} · ${board.visible(lane.detail)}`),
      draw(lane, places, board.headHeight(places)),
    );
  };

  function levelHead(lane, places, height) {
    const { unit } = places;
    const x = places.x.get(lane.id);
    const wide = Math.min(places.boxes.get(lane.id) - 8 * unit, 236 * unit);
    const [top, high] = [height - 62 * unit, 54 * unit];
    return [
      box(lane, x - wide / 2, top, wide, high, unit),
      headText(
        [lane.name, lane.short ?? lane.name],
        x,
        top + 24 * unit,
        places.size(18),
        "700",
        wide - 12 * unit,
        "d-name",
        places.smallest,
      ),
      headText(
        details(lane),
        x,
        top + 44 * unit,
        places.size(14),
        "400",
        wide - 10 * unit,
        "d-detail",
        places.smallest,
      ),
    ];
  }

  /** The head where there is little room: only the name. */
  function lowHead(lane, places, height) {
    const { unit } = places;
    const x = places.x.get(lane.id);
    const wide = Math.min(places.boxes.get(lane.id) - 8 * unit, 236 * unit);
    const [top, high] = [4 * unit, height - 7 * unit];
    const name = `${signOf(lane)}${lane.short ?? lane.name}`;
    return [
      box(lane, x - wide / 2, top, wide, high, unit),
      headText(
        [`${signOf(lane)}${lane.name}`, name],
        x,
        top + high / 2 + 6 * unit,
        places.size(17),
        "700",
        wide - 10 * unit,
        "d-name",
        places.smallest,
      ),
    ];
  }

  const signOf = ({ status }) => ({ gone: "✕ ", unknown: "? ", full: "? " })[status] ?? "";

  /** The head of a server beside upright ones: of the same height, in several lines. */
  function highHead(lane, places, height) {
    const { unit } = places;
    const x = places.x.get(lane.id);
    const wide = places.boxes.get(lane.id) - 8 * unit;
    const [top, high] = [4 * unit, height - 10 * unit];
    const name = lane.name.split(" ");
    const middle = Math.floor(name.length / 2);
    const names = [name.slice(0, middle), name.slice(middle)]
      .filter((words) => words.length > 0)
      .map((words) => words.join(" "));
    const lines = [
      ...names.map((text) => [text, 17, "700", "d-name"]),
      ...details(lane)[0]
        .split(" ")
        .slice(0, 3)
        .map((text) => [text, 13, "400", "d-detail"]),
    ];
    return [
      // Clients' heads are scrolled below it.
      svg("rect", {
        class: "d-paper",
        x: round(x - wide / 2 - 4 * unit),
        y: 0,
        width: x > places.right ? BEYOND : round(wide + 8 * unit),
        height: round(height),
      }),
      box(lane, x - wide / 2, top, wide, high, unit),
      ...lines.map(([text, size, weight, kind], index) =>
        headText(
          [text],
          x,
          top + (32 + 21 * index) * unit,
          places.size(size),
          weight,
          wide - 8 * unit,
          kind,
          places.smallest,
        ),
      ),
    ];
  }

  function uprightHead(lane, places, height) {
    const { unit } = places;
    const x = places.x.get(lane.id);
    const wide = Math.min(places.boxes.get(lane.id) - 2 * unit, 32 * unit);
    const [top, high] = [4 * unit, height - 10 * unit];
    const size = Math.min(17 * unit, wide * 0.72);
    const text = headText([lane.name], 0, 0, size, "700", high - 14 * unit, "d-name", places.smallest);
    text.setAttribute("text-anchor", "start");
    text.setAttribute(
      "transform",
      `translate(${round(x + size * 0.35)} ${round(top + high - 8 * unit)}) rotate(-90)`,
    );
    return [box(lane, x - wide / 2, top, wide, high, unit), text];
  }

  /** Text in a head: the first one that fits, perhaps slightly smaller, and otherwise the last, truncated. */
  function headText(texts, x, y, size, weight, room, kind, smallest) {
    const font = (pixels) => `${weight} ${pixels}px ${board.sans}`;
    const least = Math.max(0.8 * size, Math.min(smallest, size));
    const text =
      texts.find((wanted) => board.widthOf(wanted, font(least)) <= room) ?? texts[texts.length - 1];
    const fitted = Math.max(Math.min((size * room) / board.widthOf(text, font(size)), size), least);
    const shown = board.shortenedTo(text, font(fitted), room + 0.5);
    return svg(
      "text",
      {
        class: kind,
        x: round(x),
        y: round(y),
        "font-size": round(fitted),
        "font-weight": weight,
        "text-anchor": "middle",
      },
      shown,
    );
  }

  /** The text below a name, in full and shorter: a server's addresses, or its state when it is not live. */
  function details(lane) {
    const detail = board.visible(lane.detail);
    if (lane.role === "client") {
      return [detail];
    }
    if (lane.status !== "live") {
      return [`${signOf(lane)}${board.say(statusWord(lane.status))}`];
    }
    const [first, ...others] = detail.split(" ");
    const port = (address) => address.replace(/^.*:/, ":");
    // Further ports of a process: the host is written once, or not at all where there is no room.
    return [[first, ...others.map(port)].join(" "), [first, ...others].map(port).join(" ")];
  }

  function statusWord(status) {
    return (
      {
        connecting: "connecting",
        gone: "gone",
        unknown: "unknown",
        "no-board": "noBoard",
        full: "boardFull",
        saved: "saved",
      }[status] ?? "live"
    );
  }

  function box(lane, x, y, wide, high, unit) {
    if (lane.dialect !== "accounts") {
      const corner = lane.role === "client" ? Math.min(14 * unit, wide / 2) : 2 * unit;
      return svg("rect", {
        class: "d-box",
        x: round(x),
        y: round(y),
        width: round(wide),
        height: round(high),
        rx: round(corner),
      });
    }
    const cut = Math.min(13 * unit, wide / 2.6);
    const [right, bottom] = [x + wide, y + high];
    const corners = [
      [x + cut, y],
      [right - cut, y],
      [right, y + cut],
      [right, bottom - cut],
      [right - cut, bottom],
      [x + cut, bottom],
      [x, bottom - cut],
      [x, y + cut],
    ];
    return svg("polygon", {
      class: "d-box",
      points: corners.map(([px, py]) => `${round(px)},${round(py)}`).join(" "),
    });
  }

  /** The lines below the heads, from `from` to `to`; `gaps` are the times in which a server was gone, as
   *  `{server, from, to}` in pixels. Where clients' lanes are scrolled below the servers', these have paper behind. */
  board.drawLifelines = (places, from, to, gaps) => {
    const isAbove = ({ id }) => id.startsWith("server:") && places.x.get(id) > places.right;
    const paper = {
      class: "d-paper",
      x: round(places.right),
      y: from,
      width: BEYOND,
      height: round(to - from),
    };
    return [
      ...lines(
        places,
        places.lanes.filter((lane) => !isAbove(lane)),
        from,
        to,
        gaps,
      ),
      ...(places.right < Infinity ? [svg("rect", paper)] : []),
      ...lines(places, places.lanes.filter(isAbove), from, to, gaps),
    ];
  };

  const lines = (places, lanes, from, to, gaps) =>
    lanes.flatMap((lane) => {
      const x = places.x.get(lane.id);
      const offsets = lane.dialect === "accounts" ? [-2.5 * places.unit, 2.5 * places.unit] : [0];
      const own = gaps.filter(({ server }) => `server:${server}` === lane.id);
      return offsets.flatMap((offset) =>
        segments(from, to, own).map(([start, end, isGap]) =>
          svg("line", {
            class: `d-life d-${lane.role} d-${lane.dialect ?? "none"}${isGap ? " d-gap" : ""}`,
            x1: round(x + offset),
            x2: round(x + offset),
            y1: round(start),
            y2: round(end),
          }),
        ),
      );
    });

  function segments(from, to, gaps) {
    const parts = [];
    let y = from;
    for (const gap of gaps) {
      const [start, end] = [Math.max(gap.from, y), Math.min(gap.to ?? to, to)];
      if (start < end) {
        parts.push([y, start, false], [start, end, true]);
        y = end;
      }
    }
    parts.push([y, to, false]);
    return parts.filter(([start, end]) => start < end);
  }
})();
