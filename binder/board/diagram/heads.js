// The heads of the lanes. Dialects differ in the shape of the head and in the line below it: classic is round
// with one line, accounts has cut corners and two.
(() => {
  const { svg } = board;
  const round = (number) => Math.round(number * 10) / 10;

  /** The head's appearance depends on this key. */
  board.headKey = (lane, places, who) => {
    const { x, boxes, unit, isNarrow, left, right, lanes } = places;
    const place = [x.get(lane.id), boxes.get(lane.id), unit, isNarrow, board.headHeight(places)];
    return JSON.stringify([lane, place, left, right, lanes.length, lane.id === who, board.languageTag()]);
  };

  /** Draws the head of `lane`; the lane `who` is the current filter. */
  board.drawHead = (lane, places, who) => {
    const narrow = lane.role === "client" ? uprightHead : highHead;
    const level = places.high.head < 60 ? lowHead : levelHead;
    const draw = places.isNarrow ? narrow : level;
    const chosen = lane.id === who ? " d-chosen" : "";
    const kind = lane.dialect ?? (lane.isNamed ? "named" : "none");
    const hidden = board.isLaneSeen(places, lane) ? "" : " d-unseen";
    return svg(
      "g",
      {
        class: `d-lane d-${lane.role} d-${kind} d-status-${lane.status}${chosen}${hidden}`,
        role: "button",
        tabindex: 0,
        "aria-pressed": String(lane.id === who),
        "data-lane": lane.id,
        "data-role": lane.role,
        "data-name": lane.name,
        "data-dialect": lane.dialect ?? "",
        "data-status": lane.status,
      },
      svg("title", {}, titleOf(lane)),
      draw(lane, places, board.headHeight(places)),
    );
  };

  function titleOf(lane) {
    const status = lane.role === "client" && lane.status !== "live" ? ` · ${statusText(lane)}` : "";
    return `${lane.name} · ${board.visible(lane.detail)}${status}`;
  }

  /** The head's box: `{x, wide, top, high, unit}`. */
  function boxOf(lane, { x, boxes, unit }, widest, top, bottom) {
    const wide = Math.min(boxes.get(lane.id) - 8 * unit, widest * unit);
    return { x: x.get(lane.id), wide, top, high: bottom - top, unit };
  }

  function levelHead(lane, places, height) {
    const { unit, size } = places;
    const place = boxOf(lane, places, 236, height - 62 * unit, height - 8 * unit);
    const { x, wide, top } = place;
    const name = { x, y: top + 24 * unit, pixels: size(18), room: wide - 12 * unit, isName: true };
    const detail = { x, y: top + 44 * unit, pixels: size(14), room: wide - 10 * unit };
    return [
      box(lane, place),
      headText([lane.name, lane.short], name, places),
      headText(details(lane), detail, places),
    ];
  }

  /** The head where there is little room: only the name. */
  function lowHead(lane, places, height) {
    const { unit, size } = places;
    const place = boxOf(lane, places, 236, 4 * unit, height - 3 * unit);
    const { x, wide, top, high } = place;
    const names = [lane.name, lane.short].map((name) => `${signOf(lane)}${name}`);
    const name = { x, y: top + high / 2 + 6 * unit, pixels: size(17), room: wide - 10 * unit, isName: true };
    return [box(lane, place), headText(names, name, places)];
  }

  const signOf = ({ status }) => ({ gone: "✕ ", unknown: "? ", full: "? " })[status] ?? "";

  /** The head of a server beside upright ones: of the same height, in several lines. */
  function highHead(lane, places, height) {
    const { unit, size } = places;
    const place = boxOf(lane, places, Infinity, 4 * unit, height - 6 * unit);
    const { x, wide, top } = place;
    const name = lane.name.split(" ");
    const middle = Math.floor(name.length / 2);
    const names = [name.slice(0, middle), name.slice(middle)].filter((words) => words.length > 0);
    const room = wide - 8 * unit;
    const detail = { pixels: size(13), isName: false };
    const lines = [
      ...names.map((words) => ({ texts: [words.join(" ")], pixels: size(17), isName: true })),
      ...detailLines(lane)
        .flatMap((texts) => (fitting(texts, { ...detail, room }, places) ? [texts] : halves(texts.at(-1))))
        .slice(0, 3)
        .map((texts) => ({ texts, ...detail })),
    ];
    return [
      box(lane, place),
      hiddenCount(lane, places, place),
      ...lines.map(({ texts, ...line }, index) =>
        headText(texts, { ...line, x, y: top + (32 + 21 * index) * unit, room }, places),
      ),
    ];
  }

  /** A text of several words in two lines. */
  const halves = (text) => text.split(/ (?=[^ ]*$)/).map((half) => [half]);

  /** Beside the head of the binder, and of the first server, how many clients' lanes are scrolled below it; a click
   *  scrolls to them. */
  function hiddenCount(lane, { lanes, x, left, right, unit, size }, { x: middle, wide, top, high }) {
    const isFirst = lanes.find(({ id, role }) => role !== "client" && x.get(id) > right) === lane;
    const isBinder = lane.role === "binder" && x.get(lane.id) < left;
    const isHidden = ({ id, role }) =>
      role === "client" && ((isBinder && x.get(id) < left) || (isFirst && x.get(id) > right));
    const count = lanes.filter(isHidden).length;
    const attributes = {
      class: "d-time d-beyond",
      x: round(middle + (isBinder ? 1 : -1) * (wide / 2 + 8 * unit)),
      y: round(top + high),
      "font-size": round(size(14)),
      "text-anchor": isBinder ? "start" : "end",
      "data-towards": isBinder ? "left" : "right",
    };
    return count > 0 ? svg("text", attributes, isBinder ? `← +${count}` : `+${count} →`) : null;
  }

  function uprightHead(lane, places, height) {
    const { unit } = places;
    const wide = Math.min(places.boxes.get(lane.id) - 2 * unit, 32 * unit);
    const place = { ...boxOf(lane, places, 32, 4 * unit, height - 6 * unit), wide };
    const { x, top, high } = place;
    const pixels = Math.min(17 * unit, wide * 0.72);
    const text = headText([lane.name], { x: 0, y: 0, pixels, room: high - 14 * unit, isName: true }, places);
    text.setAttribute("text-anchor", "start");
    const [left, bottom] = [round(x + pixels * 0.35), round(top + high - 8 * unit)];
    text.setAttribute("transform", `translate(${left} ${bottom}) rotate(-90)`);
    return [box(lane, place), text];
  }

  /** Text in a head: the first one that fits, perhaps slightly smaller, and otherwise the last, truncated. */
  function headText(texts, line, places) {
    const { x, y, pixels, room, isName } = line;
    const font = fontOf(line);
    const text = fitting(texts, line, places) ?? texts.at(-1);
    const wanted = (pixels * room) / board.widthOf(text, font(pixels));
    const fitted = Math.max(Math.min(wanted, pixels), leastOf(line, places));
    const attributes = {
      class: isName ? "d-name" : "d-detail",
      x: round(x),
      y: round(y),
      "font-size": round(fitted),
      "font-weight": weightOf(line),
      "text-anchor": "middle",
    };
    return svg("text", attributes, board.shortenedTo(text, font(fitted), room + 0.5));
  }

  /** The first one of these texts that fits into a line. */
  function fitting(texts, line, places) {
    const font = fontOf(line)(leastOf(line, places));
    return texts.find((text) => board.widthOf(text, font) <= line.room);
  }

  const weightOf = ({ isName }) => (isName ? "700" : "400");
  const fontOf = (line) => (size) => `${weightOf(line)} ${size}px ${board.sans}`;
  const leastOf = ({ pixels }, { smallest }) => Math.max(0.8 * pixels, Math.min(smallest, pixels));

  /** The text below a name, in full and shorter: a server's addresses, or its state when it is not live. */
  function details(lane) {
    const detail = board.visible(lane.detail);
    if (lane.role === "client") {
      return lane.status === "live" ? [detail] : [`${detail} · ${statusText(lane)}`, statusText(lane)];
    }
    const [first, ...others] = detail.split(" ");
    if (lane.status !== "live") {
      // The address in any case: there may be several servers.
      const status = statusText(lane);
      return [`${first} ${status}`, `${portOf(first)} ${status}`, `${signOf(lane)}${portOf(first)}`];
    }
    // Further ports of a process: the host is written once, or not at all where there is no room.
    return [[first, ...others.map(portOf)].join(" "), [first, ...others].map(portOf).join(" ")];
  }

  /** The same in lines, each in full and shorter. */
  function detailLines(lane) {
    const [first, ...others] = board.visible(lane.detail).split(" ");
    const further = lane.status === "live" ? others.map(portOf) : [statusText(lane)];
    return [[first, portOf(first)], ...further.map((text) => [text])];
  }

  const portOf = (address) => address.replace(/^.*:/, ":");
  const statusText = (lane) =>
    `${signOf(lane)}${board.say(statusWord(lane.status), { time: board.seconds(lane.silent ?? 0) })}`;

  function statusWord(status) {
    return (
      {
        connecting: "connecting",
        gone: "gone",
        unknown: "unknown",
        "no-board": "noBoard",
        full: "boardFull",
        saved: "saved",
        absent: "absent",
        silent: "silent",
      }[status] ?? "live"
    );
  }

  function box(lane, { x: middle, wide, top, high, unit }) {
    const [left, right, bottom] = [middle - wide / 2, middle + wide / 2, top + high];
    if (lane.dialect !== "accounts") {
      const corner = lane.role === "client" ? Math.min(14 * unit, wide / 2) : 2 * unit;
      return svg("rect", {
        class: "d-box",
        x: round(left),
        y: round(top),
        width: round(wide),
        height: round(high),
        rx: round(corner),
      });
    }
    const cut = Math.min(13 * unit, wide / 2.6);
    const corners = [
      [left + cut, top],
      [right - cut, top],
      [right, top + cut],
      [right, bottom - cut],
      [right - cut, bottom],
      [left + cut, bottom],
      [left, bottom - cut],
      [left, top + cut],
    ];
    return svg("polygon", {
      class: "d-box",
      points: corners.map((corner) => corner.map(round).join(",")).join(" "),
    });
  }

  /** The lines below the heads, from `from` to `to`; `gaps` are the times in which a server or a user was
   *  gone, as `{lane, from, to}` in pixels. */
  board.drawLifelines = (places, from, to, gaps) =>
    places.lanes
      .filter((lane) => board.isLaneSeen(places, lane))
      .flatMap((lane) => lifeline(places, lane, from, to, gaps));

  function lifeline(places, lane, from, to, gaps) {
    const x = places.x.get(lane.id);
    const offsets = lane.dialect === "accounts" ? [-2.5 * places.unit, 2.5 * places.unit] : [0];
    const own = gaps.filter((gap) => gap.lane === lane.id);
    const without = lane.role === "client" ? " d-absent" : " d-gap";
    return offsets.flatMap((offset) =>
      segments(from, to, own).map(([start, end, isGap]) =>
        svg("line", {
          class: `d-life d-${lane.role} d-${lane.dialect ?? "none"}${isGap ? without : ""}`,
          x1: round(x + offset),
          x2: round(x + offset),
          y1: round(start),
          y2: round(end),
        }),
      ),
    );
  }

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
