// The part of the calls on the screen: all, unless paused or filtered.
(() => {
  const picture = { paused: false, until: null, who: "", method: "" };
  board.picture = picture;

  /** Pauses or resumes the picture. Calls are collected meanwhile. */
  picture.pause = (paused) => {
    picture.paused = paused;
    picture.until = paused ? newest() : null;
    board.changed("calls", "controls");
  };

  /** Shows the next step after the pause. */
  picture.step = () => {
    const next = upcoming().find(board.isNews);
    if (picture.paused && next) {
      picture.until = next.at;
      board.changed("calls", "controls");
    }
  };

  /** The number of remaining steps. */
  picture.waiting = () => (picture.paused ? upcoming().filter(board.isNews).length : 0);

  /** Shows the calls of one lane (`who`) or of one `method`; an empty text shows all. */
  picture.filter = (change) => {
    Object.assign(picture, change);
    board.changed("calls", "controls");
  };

  /** Whether the picture was paused between `first` and `second`. */
  board.isFrozenBetween = (first, second) =>
    picture.paused && first.at <= picture.until && second.at > picture.until;

  function newest() {
    return board.calls
      .all()
      .reduce((at, { at: began, end }) => Math.max(at, began, end?.at ?? 0), board.now());
  }

  function upcoming() {
    return board
      .timeline(board.calls.all().filter(passes), board.calls.notes())
      .filter((item) => item.at > picture.until);
  }

  function passes(record) {
    return (
      (picture.who === "" ||
        board.laneOf(record) === picture.who ||
        `server:${record.server}` === picture.who) &&
      (picture.method === "" || record.method === picture.method)
    );
  }

  /** The rows and lanes to draw. */
  picture.compose = () => {
    const records = board.calls.all();
    const laneOf = board.groupLanes(records);
    const items = board
      .timeline(records.filter(passes), board.calls.notes())
      .filter((item) => picture.until === null || item.at <= picture.until);
    const now = picture.until ?? board.now();
    // With a filter, only lanes with calls are shown.
    const isWhole = picture.who === "" && picture.method === "";
    const woven = board.layOutRows(items, laneOf, now);
    return { ...woven, now, lanes: board.lanesFor(woven.rows, isWhole), hidden: records.length > 0 };
  };
})();
