// The part of the calls on the screen: all, unless paused or filtered.
(() => {
  const NO_FILTER = { who: "", method: "", outcome: "", text: "" };
  // While the picture is paused, `still` is what is shown, and `minute` what happened in the last one
  // (`board.lastMinute`): what servers say of themselves, they say of now.
  const fresh = () => ({ paused: false, until: null, still: null, minute: null, ...NO_FILTER });
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
    const minute = paused ? board.lastMinute() : null;
    Object.assign(picture, { paused, until: paused ? newest() : null, minute });
    picture.renew();
    board.changed("held");
  };

  /** The viewer has changed something, which is seen in a paused picture, too. */
  picture.renew = () => {
    picture.still = null;
    board.changed("calls", "controls");
  };

  board.onChange(["language"], picture.renew);

  /** Shows the next step after the pause. */
  picture.step = () => {
    const next = upcoming().reduce(
      (first, item) => (first === null || item.at < first.at ? item : first),
      null,
    );
    if (picture.paused && next) {
      picture.showUntil(next.at);
    }
  };

  /** The number of remaining steps. */
  picture.waiting = () => (picture.paused ? upcoming().length : 0);

  /** Shows the calls of one lane (`who`), of one `method`, with one `outcome` (`wrong`), or with a `text` in them. */
  picture.filter = (change) => {
    Object.assign(picture, change);
    filters += 1;
    picture.renew();
  };

  /** Shows everything that happened until `at`. */
  picture.showUntil = (at) => {
    Object.assign(picture, { paused: true, until: at, minute: null });
    picture.renew();
    board.changed("held");
  };

  /** Adds a line of the viewer's own, at the end of what is shown. */
  picture.addLine = (text) => {
    board.calls.note({ kind: "own", server: null, at: picture.until ?? board.now(), text });
    picture.renew();
  };

  picture.isFiltered = () => Object.keys(NO_FILTER).some((name) => picture[name] !== "");

  /** Whether the picture was paused between the beginning of `first` and the end of `second`. */
  board.isFrozenBetween = (first, second) =>
    picture.paused && first.at <= picture.until && second.end.at > picture.until;

  /** A call as it is in the picture: one that ended after the pause is open. A quick answer belongs to the row of its
   *  call. What a run was in its middle is not known any more. */
  board.asShown = (record) => {
    const { end, count } = record;
    const isAsItWas = end !== null && (end.at <= picture.until || board.isQuick(record) || count > 1);
    if (!picture.paused || isAsItWas) {
      return record;
    }
    // Its number is not known at once.
    return Object.assign(Object.create(record), { end: null, routine: false });
  };

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
    const began = board.calls
      .from(from)
      .filter((record) => record.at <= last)
      .map(board.asShown)
      .filter(passes);
    const shown = rows.flatMap(({ cells }) => [...cells.values()].map(({ record }) => record));
    const endsLater = (record) =>
      record.end?.at > last && board.isNews({ kind: "ended", record });
    const records = new Map([...began, ...shown].map((record) => [record.serial, record]));
    return [...records.values()]
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

  /** The rows and lanes to draw. While the picture is paused, they change by the viewer only; so do those of a saved
   *  run, where nothing else happens. */
  picture.compose = () => {
    if (picture.still !== null) {
      return picture.still;
    }
    const composed = compose();
    if (picture.paused && !board.isReplay()) {
      picture.still = composed;
    }
    return composed;
  };

  function compose() {
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
  }
})();
