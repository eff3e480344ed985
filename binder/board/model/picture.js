// The part of the calls on the screen: all, unless paused or filtered.
(() => {
  const NO_FILTER = { who: "", method: "", outcome: "", text: "" };
  const fresh = () => ({ paused: false, until: null, ...NO_FILTER });
  const picture = fresh();
  board.picture = picture;
  board.keepApart(
    fresh,
    () => Object.fromEntries(Object.keys(fresh()).map((name) => [name, picture[name]])),
    (state) => Object.assign(picture, state),
  );

  // A change of these lays out everything again.
  let filters = 0;

  /** Pauses or resumes the picture. Calls are collected meanwhile. */
  picture.pause = (paused) => {
    picture.paused = paused;
    picture.until = paused ? newest() : null;
    board.changed("calls", "controls", "held");
  };

  /** Shows the next step after the pause. */
  picture.step = () => {
    const next = upcoming().reduce(
      (first, item) => (first === null || item.at < first.at ? item : first),
      null,
    );
    if (picture.paused && next) {
      picture.until = next.at;
      board.changed("calls", "controls", "held");
    }
  };

  /** The number of remaining steps. */
  picture.waiting = () => (picture.paused ? upcoming().length : 0);

  /** Shows the calls of one lane (`who`), of one `method`, with one `outcome` (`wrong`), or with a `text` in them. */
  picture.filter = (change) => {
    Object.assign(picture, change);
    filters += 1;
    board.changed("calls", "controls");
  };

  /** Shows everything that happened until `at`. */
  picture.showUntil = (at) => {
    Object.assign(picture, { paused: true, until: at });
    board.changed("calls", "controls", "held");
  };

  picture.isFiltered = () => Object.keys(NO_FILTER).some((name) => picture[name] !== "");

  /** Whether the picture was paused between `first` and `second`. */
  board.isFrozenBetween = (first, second) =>
    picture.paused && first.at <= picture.until && second.at > picture.until;

  function newest() {
    return board.calls
      .all()
      .reduce((at, { at: began, end }) => Math.max(at, began, end?.at ?? 0), board.now());
  }

  /** The steps after the pause. */
  function upcoming() {
    const after = ({ at, end }) => at > picture.until || end?.at > picture.until;
    const records = board.calls.all().filter((record) => after(record) && passes(record));
    return board
      .timeline(records, board.calls.notes())
      .filter((item) => item.at > picture.until && board.isNews(item));
  }

  /** Whether a call went wrong, or was changed by the lab. */
  board.wentWrong = ({ end }) => end !== null && (end.outcome !== "answer" || end.lab !== null);

  function passes(record) {
    return (
      (picture.who === "" ||
        board.laneOf(record) === picture.who ||
        `server:${board.serverKey(record.server)}` === picture.who) &&
      (picture.method === "" || record.method === picture.method) &&
      (picture.outcome === "" || board.wentWrong(record) || board.repeatedBy(record) !== null) &&
      (picture.text === "" || contains(record, picture.text.toLowerCase()))
    );
  }

  function contains(record, text) {
    const { method, lane, arguments: values, end } = record;
    const parts = [
      `${record.number ?? ""}`,
      method,
      lane,
      JSON.stringify(values),
      end?.answer,
      end?.fault?.text,
    ];
    return parts.some((part) => part && part.toLowerCase().includes(text));
  }

  /** The calls of `rows`, all of those between two times, as they are in the picture: what is shown of them, and what
   *  began then, because a row of polls shows the last one of each client only. An end that has a later row is left
   *  out. */
  picture.records = (rows, from, to) => {
    const last = Math.min(to, picture.until ?? Infinity);
    const began = board.calls.from(from).filter((record) => record.at <= last && passes(record));
    const shown = rows.flatMap(({ cells }) => [...cells.values()].map(({ record }) => record));
    const endsLater = (record) =>
      record.end?.at > last && board.isNews({ kind: "ended", record });
    return [...new Set([...began, ...shown])]
      .sort((one, other) => one.at - other.at)
      .map((record) => (endsLater(record) ? { ...record, end: null } : record));
  };

  /** The first row of each second shows the time, unless it has none. */
  function showTimes(rows) {
    let before = NaN;
    for (const row of rows) {
      const second = Math.floor(row.at / 1_000);
      const hasTime = row.kind !== "gap" && !row.note?.isEarlier;
      row.showsTime = hasTime && second !== before;
      before = hasTime ? second : before;
    }
  }

  /** The rows and lanes to draw. */
  picture.compose = () => {
    const { laneOf, version } = board.groupLanes();
    const now = picture.until ?? board.now();
    const woven = board.layOut({
      notes: board.calls.notes(),
      passes: picture.isFiltered() ? passes : () => true,
      laneOf,
      until: picture.until,
      now,
      changedFrom: board.calls.takeChanges(),
      key: `${version} ${filters} ${picture.until}`,
    });
    showTimes(woven.rows);
    // With a filter, only lanes with calls are shown.
    const lanes = board.lanesFor(woven.lanes, !picture.isFiltered(), now);
    const absences = board.placeAbsences(lanes, woven.rows, now);
    return { ...woven, now, lanes, absences, isEmptied: picture.isFiltered() && board.calls.all().length > 0 };
  };
})();
