// Who has left. A user is no connection, and a program that is ended says nothing: a user is known to be gone when it
// has given its name back, or when no server lists it in a room any more.
(() => {
  // Absences of one lane that are remembered.
  const MOST = 50;

  // A list of rooms may be older than a call. Milliseconds; an absence that is over sooner goes on, or was none.
  const LAG = 2_000;

  // A client that asks for messages is heard more often: a long poll takes 30 s at most. Milliseconds, in whole steps.
  board.SILENCE = 40_000;
  const STEP = 10_000;

  const lastOf = (lane) => lane?.absences.at(-1);
  const isOpen = (absence) => absence !== undefined && absence.to === null;

  function leave(id, at) {
    const lane = board.lane(id);
    const last = lastOf(lane);
    if (!lane || isOpen(last)) {
      return;
    }
    if (last && at - last.to < LAG) {
      last.to = null;
    } else {
      lane.absences = [...lane.absences, { from: at, to: null }].slice(-MOST);
    }
    board.calls.touch(at);
  }

  /** The user of a lane was there at this time. */
  board.returned = (lane, at) => {
    const last = lastOf(lane);
    if (!isOpen(last) || at <= last.from) {
      return;
    }
    if (at - last.from < LAG) {
      lane.absences.pop();
    } else {
      last.to = at;
    }
    board.calls.touch(last.from);
  };

  /** A call has ended, perhaps the last one of its user. */
  board.noticeDeparture = ({ method, lane, end }) => {
    if (method === "unregister_user" && end.outcome === "answer") {
      leave(lane, end.at);
    }
  };

  /** Takes over the users that a server lists. A list may be cut, and then says nothing of those who are not in it. */
  board.updateListed = (server, rooms, more) => {
    const isWhole = more === 0 && rooms.every(({ others }) => others === 0);
    const before = server.listed;
    server.listed = board.listedIn(rooms);
    const present = board.usersListed();
    for (const id of server.listed) {
      board.returned(board.lane(id), board.now());
    }
    // Who takes a name that is still in a room begins in none, as others do who have just come.
    const hasJustCome = (id) => board.now() - (board.lane(id)?.named ?? -Infinity) < LAG;
    for (const id of isWhole ? before : []) {
      if (!present.has(id) && !hasJustCome(id)) {
        leave(id, board.now());
      }
    }
  };

  /** The users in rooms, as lanes. */
  board.listedIn = (rooms) => new Set(rooms.flatMap(({ users }) => users.map((name) => `user:${name}`)));

  /** All that servers list which are there, or which were (`everSince`). */
  board.usersListed = (everSince = false) => {
    const servers = board.servers().filter(({ status }) => everSince || status !== "gone");
    return new Set(servers.flatMap(({ listed }) => [...listed]));
  };

  /** Whether the user of a lane is known not to be there. */
  board.isAbsent = (id, at) =>
    board.lane(id)?.absences.some(({ from, to }) => from <= at && (to === null || to > at)) ?? false;

  /** For how many seconds nothing was heard of a user whom a server lists in a room, where that is long; else `null`.
   *  Its program may be gone, or its user may be typing: some programs ask for no messages meanwhile. */
  board.silentFor = (id, at) => {
    const listing = board.servers().filter(({ status, listed }) => status === "live" && listed.has(id));
    if (listing.length === 0 || board.isReplay() || board.isAbsent(id, at)) {
      return null;
    }
    // Before, nothing could be heard.
    const since = Math.max(board.lane(id)?.last ?? 0, ...listing.map(({ liveSince }) => liveSince));
    return at - since >= board.SILENCE ? (STEP * Math.floor((at - since) / STEP)) / 1_000 : null;
  };

  /** The absences of all lanes that have some, for a run that is saved. */
  board.absences = () =>
    board.allLanes().flatMap(({ id, absences }) => absences.map(({ from, to }) => ({ lane: id, from, to })));

  /** Those of a saved run. */
  board.loadAbsences = (saved) => {
    for (const { lane, ...absence } of saved) {
      board.lane(lane)?.absences.push(absence);
    }
  };

  /** The absences that began until `now`, as `{lane, from, to}`: after the row `from`, or from above all rows where it
   *  is `null`; before the row `to`, or until now. */
  board.placeAbsences = (lanes, rows, now) =>
    lanes.flatMap(({ id }) =>
      (board.lane(id)?.absences ?? [])
        .filter(({ from }) => from <= now)
        .map(({ from, to }) => ({
          lane: id,
          from: rows.findLast(({ at }) => at <= from) ?? null,
          to: to === null || to > now ? null : (rows.find(({ at }) => at >= to) ?? null),
        })),
    );
})();
