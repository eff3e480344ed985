// The diagram on the screen. Only visible rows, and some around them, are in the document: a thousand calls
// cost no more to draw than thirty.
(() => {
  const { svg } = board;

  // Pixels above and below the visible part that are drawn, so that scrolling shows no gap.
  const AROUND = 600;

  // Lifelines end at a multiple of this, so that they are not drawn again for each row.
  const STRIDE = 2_000;

  // Up to this number, all rows are drawn, so that searching the page finds them.
  const ALL = 120;

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
  const rowLayer = svg("g", { class: "d-all-rows" });
  rowsSvg.append(lifeLayer, barLayer, rowLayer);

  const view = {
    rows: [],
    bars: [],
    outages: [],
    places: null,
    height: 0,
    now: 0,
    selected: null,
    follows: true,
  };
  const shownRows = new Map();
  const shownHeads = new Map();
  let drawnTop = 0;
  let followedTop = 0;
  let isScrolling = false;
  board.view = view;

  board.onChange(["calls", "servers", "language", "size", "controls"], () => {
    const anchor = view.follows ? null : anchorAt(scroller.scrollTop);
    compose();
    drawHeads();
    // The drawing ends with the last row, or with the screen if that is lower.
    const height = Math.max(view.height + 16 * view.places.unit, scroller.clientHeight);
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

  function compose() {
    Object.assign(view, board.picture.compose());
    view.places = board.placeLanes(view.lanes, scroller.clientWidth, board.unit());
    view.height = board.placeRows(view.rows, view.places.unit);
    let second = "";
    for (const row of view.rows) {
      const time = board.clock(row.at);
      row.showsTime = time !== second;
      second = time;
    }
  }

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
    const end = STRIDE * Math.ceil(Number(rowsSvg.getAttribute("height")) / STRIDE);
    const missing = board.gaps(view);
    board.replaceWhen(lifeLayer, `${view.places.key} ${end} ${JSON.stringify([missing, dialects()])}`, () =>
      board.drawLifelines(view.places, 0, end, missing),
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

  /** The outages of servers, in pixels. */
  board.gaps = ({ rows, outages }) => {
    const middle = (index) => rows[index].y + rows[index].height / 2;
    return outages.map(({ server, from, to }) => ({
      server,
      from: middle(from),
      to: to === null ? null : middle(to),
    }));
  };

  /** The bars of waiting calls, clipped between two heights; open ones reach down to `end`. */
  board.placeBars = ({ bars, rows, places }, top, bottom, end) => {
    const placed = [];
    for (const { lane, record, from, to } of bars) {
      const y = rows[from].y + board.requestLine(rows[from], places.unit);
      const bottomY = to === null ? end : rows[to].y + board.answerLine(rows[to], places.unit);
      if (places.x.has(lane) && y < bottom && bottomY > top) {
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
    const binder = board.server("binder");
    const isCut =
      binder && binder.status !== "live" && binder.status !== "connecting" && view.rows.length === 0;
    nothing.hidden = view.rows.length > 0;
    const isAlone = board.servers().length < 2;
    const emptiness = view.hidden ? "nothingFiltered" : isAlone ? "nothingRegistered" : "nothing";
    nothing.textContent = board.say(isCut ? "noConnection" : emptiness);
  }

  /** Follows new calls, or stays in place. */
  board.follow = (follows) => {
    view.follows = follows;
    followButton.hidden = follows;
    if (follows) {
      board.changed("calls");
    }
  };

  scroller.addEventListener("scroll", () => {
    strip.scrollLeft = scroller.scrollLeft;
    const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - AT_END;
    // A viewer that follows and is not at the end has scrolled up; or it has less room than before, and has not
    // moved.
    if (isAtEnd !== view.follows && (isAtEnd || scroller.scrollTop < followedTop)) {
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
