// What of the calls is on the screen: all, until somebody pauses or filters.
(() => {
  const picture = { paused: false, until: null, who: "", method: "" };
  board.picture = picture;

  /** Stops the picture where it is, or lets it run again. What happens meanwhile is kept. */
  picture.pause = (paused) => {
    picture.paused = paused;
    picture.until = paused ? newest() : null;
    board.changed("calls", "controls");
  };

  /** Shows the next thing that happened after the picture was stopped. */
  picture.step = () => {
    const next = upcoming().find(board.isNews);
    if (picture.paused && next) {
      picture.until = next.at;
      board.changed("calls", "controls");
    }
  };

  /** How many steps there are to go. */
  picture.waiting = () => (picture.paused ? upcoming().filter(board.isNews).length : 0);

  /** Shows the calls of one lane (`who`), or of one `method`, or with an empty text all. */
  picture.filter = (change) => {
    Object.assign(picture, change);
    board.changed("calls", "controls");
  };

  /** Whether the picture was stopped after `first` and before `second`. */
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

  /** The rows and lanes to draw, and what there is to filter by. */
  picture.compose = () => {
    const records = board.calls.all();
    const laneOf = board.lanesTogether(records);
    const items = board
      .timeline(records.filter(passes), board.calls.notes())
      .filter((item) => picture.until === null || item.at <= picture.until);
    const now = picture.until ?? board.now();
    // Of what is filtered, only those are shown who take part in it.
    const isWhole = picture.who === "" && picture.method === "";
    const woven = board.weave(items, laneOf, now);
    return { ...woven, now, lanes: board.lanesFor(woven.rows, isWhole), hidden: records.length > 0 };
  };
})();
