// Selects a call with the pointer or the keys, and a lane to filter by.
(() => {
  const scroller = document.getElementById("scroller");
  const rowsSvg = document.getElementById("rows");
  const heads = document.getElementById("heads");
  const { view } = board;

  /** The selected call, if it is still kept. */
  board.selectedRecord = () => board.calls.all().find(({ serial }) => serial === view.selected);

  /** Selects a call, or with `null` none. */
  board.select = (serial) => {
    view.selected = serial;
    if (serial !== null) {
      // What is being looked at does not move.
      board.follow(false);
    } else if (board.isAtEnd()) {
      board.follow(true);
    }
    board.changed("selection");
  };

  /** Chooses the rows between the selected call and this one, for exports; with `null` none. */
  board.selectRange = (row) => {
    const first = rowOf(view.selected) ?? row;
    view.range = row && { from: Math.min(first.at, row.at), to: Math.max(first.at, row.at) };
    if (row) {
      board.follow(false);
    }
    board.changed("selection");
  };

  /** The element under the pointer. If it was drawn again between pressing and releasing, the event targets the
   *  whole drawing. */
  const under = (event) => document.elementFromPoint(event.clientX, event.clientY) ?? event.target;

  rowsSvg.addEventListener("click", (event) => {
    const cell = under(event).closest("[data-serial]") ?? nearestCell(event);
    if (cell && event.shiftKey) {
      board.selectRange(rowOf(Number(cell.dataset.serial)));
    } else if (cell) {
      view.range = null;
      board.select(Number(cell.dataset.serial));
      board.openDetails();
    }
  });

  /** In a row that several clients share, the one nearest to the pointer. */
  function nearestCell(event) {
    const row = under(event).closest("[data-row]");
    const distance = (cell) => {
      const { left, right } = cell.getBoundingClientRect();
      return Math.abs((left + right) / 2 - event.clientX);
    };
    return [...(row?.querySelectorAll("[data-serial]") ?? [])].sort(
      (one, other) => distance(one) - distance(other),
    )[0];
  }

  heads.addEventListener("click", (event) => {
    const target = under(event);
    const beyond = target.closest(".d-beyond");
    if (beyond) {
      scroller.scrollLeft = beyond.dataset.towards === "left" ? 0 : scroller.scrollWidth;
    } else {
      filterBy(target.closest("[data-lane]"));
    }
  });
  heads.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      filterBy(event.target.closest("[data-lane]"));
      event.preventDefault();
      event.stopPropagation();
    }
  });

  function filterBy(head) {
    const lane = head?.dataset.lane;
    if (lane && lane !== "others") {
      board.picture.filter({ who: board.picture.who === lane ? "" : lane });
    }
  }

  scroller.addEventListener("keydown", (event) => {
    if (event.target !== scroller || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const moves = {
      ArrowDown: () => moveBy(1, event.shiftKey),
      ArrowUp: () => moveBy(-1, event.shiftKey),
      ArrowRight: () => moveAcross(1),
      ArrowLeft: () => moveAcross(-1),
      Home: () => moveTo(stops()[0]),
    };
    if (moves[event.key]) {
      moves[event.key]();
      event.preventDefault();
    } else if (event.key === "Enter" && view.selected !== null) {
      board.openDetails(true);
      event.preventDefault();
    }
  });

  // The row at the end of the range that moves with the arrow keys.
  let rangeEnd = null;

  /** The rows with calls. */
  function stops() {
    return view.rows.filter(({ cells }) => cells.size > 0);
  }

  const has = ({ cells }, serial) => [...cells.values()].some(({ record }) => record.serial === serial);

  /** The row of a call. Newer ones are more likely to be asked for. */
  function rowOf(serial) {
    return serial === null ? undefined : view.rows.findLast((row) => has(row, serial));
  }

  function moveBy(step, isRange) {
    const rows = stops();
    const from = isRange && view.range !== null ? rangeEnd : rowOf(view.selected)?.id;
    const at = rows.findLastIndex(({ id }) => id === from);
    const row = rows[at < 0 ? rows.length - 1 : Math.min(Math.max(at + step, 0), rows.length - 1)];
    if (isRange && row && view.selected !== null) {
      rangeEnd = row.id;
      board.selectRange(row);
      bringIntoView(row);
    } else {
      view.range = null;
      moveTo(row, board.selectedRecord()?.lane);
    }
  }

  function moveAcross(step) {
    const row = rowOf(view.selected);
    if (row) {
      const cells = [...row.cells.values()].sort(
        (one, other) => view.places.x.get(one.lane) - view.places.x.get(other.lane),
      );
      const at = cells.findIndex(({ record }) => record.serial === view.selected);
      const cell = cells[Math.min(Math.max(at + step, 0), cells.length - 1)];
      board.select(cell.record.serial);
    }
  }

  function moveTo(row, lane) {
    if (row) {
      const cell = row.cells.get(lane) ?? row.cells.values().next().value;
      board.select(cell.record.serial);
      bringIntoView(row);
    }
  }

  function bringIntoView(row) {
    const top = scroller.scrollTop;
    const bottom = top + scroller.clientHeight - board.belowRows();
    if (row.y < top) {
      scroller.scrollTop = row.y;
    } else if (row.y + row.height > bottom) {
      scroller.scrollTop = row.y + row.height - (bottom - top);
    }
  }

  // Details take room from the diagram when they open. What was selected stays in view.
  let room = "";
  board.onChange(["size"], () => {
    const { clientWidth, clientHeight } = scroller;
    const row = rowOf(view.selected);
    if (row && room !== `${clientWidth} ${clientHeight}`) {
      bringIntoView(row);
    }
    room = `${clientWidth} ${clientHeight}`;
  });

  board.onChange(["selection"], () => {
    const row = rowOf(view.selected);
    if (row) {
      scroller.setAttribute("aria-activedescendant", `row-${row.id}`);
    } else {
      scroller.removeAttribute("aria-activedescendant");
    }
  });
})();
