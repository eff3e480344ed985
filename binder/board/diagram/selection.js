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
    board.changed("controls", "selection");
  };

  /** The element under the pointer. If it was drawn again between pressing and releasing, the event targets the
   *  whole drawing. */
  const under = (event) => document.elementFromPoint(event.clientX, event.clientY) ?? event.target;

  rowsSvg.addEventListener("click", (event) => {
    const cell = under(event).closest("[data-serial]") ?? nearestCell(event);
    if (cell) {
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

  heads.addEventListener("click", (event) => filterBy(under(event).closest("[data-lane]")));
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
      ArrowDown: () => moveBy(1),
      ArrowUp: () => moveBy(-1),
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

  /** The rows with calls. */
  function stops() {
    return view.rows.filter(({ cells }) => cells.size > 0);
  }

  function position(rows) {
    return rows.findIndex(({ cells }) =>
      [...cells.values()].some(({ record }) => record.serial === view.selected),
    );
  }

  function moveBy(step) {
    const rows = stops();
    const at = position(rows);
    const target = at < 0 ? rows.length - 1 : Math.min(Math.max(at + step, 0), rows.length - 1);
    moveTo(rows[target], board.selectedRecord()?.lane);
  }

  function moveAcross(step) {
    const row = stops()[position(stops())];
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
    const [top, bottom] = [scroller.scrollTop, scroller.scrollTop + scroller.clientHeight];
    if (row.y < top) {
      scroller.scrollTop = row.y;
    } else if (row.y + row.height > bottom) {
      scroller.scrollTop = row.y + row.height - (bottom - top);
    }
  }

  board.onChange(["selection"], () => {
    const row =
      view.rows[
        view.rows.findIndex(({ cells }) =>
          [...cells.values()].some(({ record }) => record.serial === view.selected),
        )
      ];
    if (row) {
      scroller.setAttribute("aria-activedescendant", `row-${row.id}`);
    } else {
      scroller.removeAttribute("aria-activedescendant");
    }
  });
})();
