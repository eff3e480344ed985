// The diagram on the screen. Only visible rows, and some around them, are in the document: twenty thousand calls
// cost no more to draw than thirty.
(() => {
  const { svg } = board;

  // Pixels above and below the visible part that are drawn, so that scrolling shows no gap.
  const AROUND = 600;

  // Lifelines begin and end at multiples of this, so that they are not drawn again for each row.
  const STRIDE = 2_000;

  // Up to this number, all rows are drawn, so that searching the page finds them.
  const ALL = 120;

  // The width of a lane in a picture, and of all, for letters of 16 pixels.
  const PICTURE_LANE = 380;
  const PICTURE = 1_900;

  // Space below the last row, and so much that the button does not cover it, for letters of 16 pixels.
  const BELOW = 16;
  const FOR_BUTTON = 64;

  // Distance to the end that counts as being there, in pixels.
  const AT_END = 30;

  const scroller = document.getElementById("scroller");
  const strip = document.getElementById("head-strip");
  const heads = document.getElementById("heads");
  const rowsSvg = document.getElementById("rows");
  const nothing = document.getElementById("nothing");
  const followButton = document.getElementById("follow");

  const lifeLayer = svg("g", { class: "d-lives" });
  const barLayer = svg("g", { class: "d-bars" });
  const bracketLayer = svg("g", { class: "d-brackets" });
  const rowLayer = svg("g", { class: "d-all-rows" });
  // The parts of a listbox are its options.
  [lifeLayer, barLayer, bracketLayer].forEach((layer) => layer.setAttribute("aria-hidden", "true"));
  rowLayer.setAttribute("role", "presentation");
  rowsSvg.append(lifeLayer, barLayer, bracketLayer, rowLayer);

  const view = {
    rows: [],
    bars: [],
    outages: [],
    absences: [],
    brackets: [],
    places: null,
    height: 0,
    now: 0,
    selected: null,
    // The calls that belong to the selected one, by their serial numbers.
    family: new Set(),
    // The time between the first and the last row that were chosen, for exports: `{from, to}`.
    range: null,
    follows: true,
  };
  const shownRows = new Map();
  const shownHeads = new Map();
  let drawnTop = 0;
  let followedTop = 0;
  let isScrolling = false;
  board.view = view;

  board.onChange(["calls", "servers", "language", "size", "controls", "selection"], () => {
    const anchor = view.follows ? null : anchorAt(scroller.scrollTop);
    compose();
    drawHeads();
    // The drawing ends with the last row, or with the screen if that is lower.
    const height = Math.max(view.height + board.belowRows(), scroller.clientHeight);
    rowsSvg.setAttribute("width", Math.floor(view.places.width));
    rowsSvg.setAttribute("height", Math.floor(height));
    if (view.follows) {
      scroller.scrollTop = scroller.scrollHeight;
      followedTop = scroller.scrollTop;
    } else if (anchor) {
      const row = view.rows.find(({ id }) => id === anchor.id);
      scroller.scrollTop = row ? row.y + anchor.offset : scroller.scrollTop;
    }
    drawVisible();
    drawNothing();
  });

  /** The empty space below the rows: for the button that follows new calls again, if it is there. */
  board.belowRows = () => (view.follows ? BELOW : FOR_BUTTON) * view.places.unit;

  function compose() {
    Object.assign(view, board.picture.compose());
    view.places = board.placeLanes(view.lanes, scroller.clientWidth, board.unit(), scroller.scrollLeft);
    view.height = board.placeRows(view.rows, view.places.unit);
    const selected = view.selected === null ? undefined : board.selectedRecord();
    const family = selected ? [...board.familyOf(selected)] : [];
    view.family = new Set(family.map(({ serial }) => serial));
  }

  /** The lanes without regard to the screen, for pictures; few lanes have room for whole captions. */
  board.placesForPicture = () => {
    const { unit } = view.places;
    const roomy = Math.min(view.lanes.length * PICTURE_LANE, PICTURE) * unit;
    const width = Math.max(view.places.width, scroller.clientWidth, roomy);
    return board.placeLanes(view.lanes, width, view.places.unit);
  };

  /** The row at the upper edge, and its hidden part: it should stay in place. */
  function anchorAt(top) {
    const row = view.rows[board.rowAt(view.rows, top)];
    return row ? { id: row.id, offset: top - row.y } : null;
  }

  function drawHeads() {
    const who = board.picture.who;
    // As wide as the rows with their scroll bar, so that both scroll equally far.
    heads.setAttribute("width", Math.floor(view.places.width) + scroller.offsetWidth - scroller.clientWidth);
    heads.setAttribute("height", Math.floor(board.headHeight(view.places)));
    drawKept(
      heads,
      shownHeads,
      view.lanes,
      (lane) => lane.id,
      (lane) => board.headKey(lane, view.places, who),
      (lane) => board.drawHead(lane, view.places, who),
    );
  }

  /** Draws `things` into `layer`. Unchanged ones keep their element, which may be under the pointer or have the
   *  focus. */
  function drawKept(layer, kept, things, idOf, keyOf, draw) {
    const wanted = new Set(things.map(idOf));
    for (const [id, { element }] of kept) {
      if (!wanted.has(id)) {
        element.remove();
        kept.delete(id);
      }
    }
    let previous = null;
    for (const thing of things) {
      const [id, key] = [idOf(thing), keyOf(thing)];
      let entry = kept.get(id);
      if (entry?.key !== key) {
        const element = draw(thing);
        const hadFocus = entry?.element === document.activeElement && entry !== undefined;
        entry?.element.replaceWith(element);
        entry = { key, element };
        kept.set(id, entry);
        if (hadFocus) {
          element.focus();
        }
      }
      const next = previous === null ? layer.firstChild : previous.nextSibling;
      if (entry.element !== next) {
        layer.insertBefore(entry.element, next);
      }
      previous = entry.element;
    }
  }

  function drawVisible() {
    drawnTop = scroller.scrollTop;
    const around = view.rows.length <= ALL ? Infinity : AROUND;
    const [from, to] = [drawnTop - around, drawnTop + scroller.clientHeight + around];
    const height = Number(rowsSvg.getAttribute("height"));
    const begin = STRIDE * Math.floor(Math.max(drawnTop - AROUND, 0) / STRIDE);
    const end = STRIDE * Math.ceil(Math.min(drawnTop + scroller.clientHeight + AROUND, height) / STRIDE);
    const missing = board.gaps(view);
    board.replaceWhen(
      lifeLayer,
      `${view.places.key} ${begin} ${end} ${JSON.stringify([missing, dialects()])}`,
      () => board.drawLifelines(view.places, begin, end, missing),
    );
    const repeats = view.brackets.filter((row) => row.y > from && row.repeats.y < to);
    const key = repeats.map((row) => `${row.id} ${row.y} ${row.repeats.y}`).join(" ");
    board.replaceWhen(bracketLayer, `${view.places.key} ${key}`, () =>
      repeats.map((row) => board.drawBracket(row, view.places)).filter(Boolean),
    );
    const bars = board.placeBars(view, from, to, end);
    board.replaceWhen(barLayer, `${view.places.key} ${bars.map(({ key }) => key).join(" ")}`, () =>
      bars.map((bar) => board.drawBar(bar, view.places)),
    );
    drawRows(view.rows.slice(board.rowAt(view.rows, from), board.rowAt(view.rows, to) + 1));
  }

  function dialects() {
    return view.lanes.map(({ dialect }) => dialect);
  }

  /** The outages of servers and the absences of users, in pixels. */
  board.gaps = ({ outages, absences }) => {
    const middle = (row) => row.y + row.height / 2;
    return [
      ...outages.map(({ server, from, to }) => ({
        lane: `server:${server}`,
        from: middle(from),
        to: to === null ? null : middle(to),
      })),
      ...absences.map(({ lane, from, to }) => ({
        lane,
        from: from === null ? 0 : from.y + from.height,
        to: to === null ? null : to.y,
      })),
    ];
  };

  /** The bars of waiting calls, clipped between two heights; open ones reach down to `end`. */
  board.placeBars = ({ bars, places }, top, bottom, end) => {
    const placed = [];
    for (const { lane, record, from, to } of bars) {
      const y = from.y + board.requestLine(from, places.unit);
      const bottomY = to === null ? end : to.y + board.answerLine(to, places.unit);
      const isSeen = places.x.get(lane) < places.right && places.x.get(lane) > places.left;
      if (isSeen && y < bottom && bottomY > top) {
        placed.push({
          lane,
          record,
          y,
          bottom: bottomY,
          isOpen: to === null,
          key: `${record.serial}@${y}-${bottomY}`,
        });
      }
    }
    return placed;
  };

  board.drawBar = ({ lane, record, y, bottom, isOpen }, { x, unit, isNarrow }) => {
    const drawn = board.bar(x.get(lane), y, bottom, isNarrow ? unit * 0.6 : unit, isOpen);
    drawn.dataset.bar = isOpen ? "open" : "answered";
    drawn.dataset.lane = lane;
    drawn.dataset.method = record.method ?? "";
    return drawn;
  };

  function drawRows(rows) {
    const shared = `${view.places.key} ${board.languageTag()}`;
    drawKept(
      rowLayer,
      shownRows,
      rows,
      ({ id }) => id,
      (row) => `${shared} ${board.rowKey(row, view)}`,
      (row) => board.drawRow(row, view),
    );
    for (const row of rows) {
      shownRows.get(row.id).element.setAttribute("transform", `translate(0 ${Math.round(row.y)})`);
    }
  }

  function drawNothing() {
    nothing.hidden = view.rows.length > 0;
    nothing.textContent = board.say(emptiness());
  }

  function emptiness() {
    const status = board.server("binder")?.status;
    if (view.isEmptied) {
      return "nothingFiltered";
    }
    if (board.isReplay()) {
      return "nothingReplayed";
    }
    if (status === "gone" || status === "full") {
      return status === "full" ? "pageFull" : "noConnection";
    }
    return board.servers().length < 2 ? "nothingRegistered" : "nothing";
  }

  /** Follows new calls, or stays in place. */
  board.follow = (follows) => {
    view.follows = follows;
    followButton.hidden = follows;
    board.changed("held");
    if (follows) {
      board.changed("calls");
    }
  };

  // What is looked at is kept.
  board.onChange(["held"], () => {
    const { paused, until } = board.picture;
    board.calls.hold(paused ? until : view.follows ? null : (view.rows.at(-1)?.at ?? null));
  });

  board.isAtEnd = () => scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - AT_END;

  scroller.addEventListener("scroll", () => {
    if (strip.scrollLeft !== scroller.scrollLeft) {
      strip.scrollLeft = scroller.scrollLeft;
      // The lanes of the binder and the servers stay at the edges.
      board.changed("size");
    }
    const isAtEnd = board.isAtEnd();
    // A viewer that follows and is not at the end has scrolled up; or it has less room than before, and has not
    // moved. One that has selected a call looks at that.
    if (isAtEnd !== view.follows && (isAtEnd ? view.selected === null : scroller.scrollTop < followedTop)) {
      board.follow(isAtEnd);
    }
    if (!isScrolling) {
      isScrolling = true;
      requestAnimationFrame(() => {
        isScrolling = false;
        if (view.places !== null && scroller.scrollTop !== drawnTop) {
          drawVisible();
        }
      });
    }
  });
  followButton.addEventListener("click", () => board.follow(true));
  new ResizeObserver(() => board.changed("size")).observe(scroller);
})();
