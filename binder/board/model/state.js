// What servers say about their state: the rooms, the place in the log, the rules of the lab.
(() => {
  // Entries of a list that comes in parts.
  const MOST_ENTRIES = 20_000;

  /** What a process knows and its successor does not. Its rules are not here: what became of them is noted. */
  board.nothingYet = () => ({
    rooms: [],
    moreRooms: 0,
    // The place of the last command in its log, and since when it may be behind others.
    position: null,
    staleSince: null,
    // Lists of which parts have arrived.
    parts: new Map(),
  });

  /** Takes over an event about a server's state. */
  board.updateState = (server, kind, data) => {
    if (kind === "rooms") {
      board.joinParts(server, kind, data, (rooms, more) => updateRooms(server, rooms, more));
    } else if (kind === "log") {
      server.position = data.position;
      server.staleSince = data.stale === null ? null : server.clock.toPage(data.stale);
      board.changed("rooms");
    } else if (kind === "lab") {
      board.updateRules(server, data.rules);
    }
  };

  /** The chat servers of which the page says which rooms they have, or that it does not know. */
  board.roomServers = () =>
    board
      .servers()
      .filter(
        (server) =>
          board.kindOfServer(server) === "chat-server" &&
          !server.sameAs &&
          (server.life !== null || server.status !== "gone" || !board.isForgotten(server)),
      );

  /** Whether nothing says which rooms a server has now. */
  board.hidesRooms = ({ status }) => status !== "live" && status !== "connecting";

  /** Whether there is, or may be, a chat server that says nothing to this page, not even which users it has. */
  board.hasUnheard = () =>
    board.roomServers().some(({ status }) => ["no-board", "full", "unknown"].includes(status));

  /** Collects the parts of a list, and hands it on with the last one. */
  board.joinParts = (server, kind, { part, parts, more, ...data }, take) => {
    const before = part === 0 ? [] : (server.parts.get(kind) ?? []);
    const entries = [...before, ...data[kind]].slice(0, MOST_ENTRIES);
    server.parts.set(kind, entries);
    if (part + 1 >= parts) {
      server.parts.delete(kind);
      take(entries, more);
    }
  };

  function updateRooms(server, rooms, more) {
    Object.assign(server, { rooms, moreRooms: more, roomsAt: performance.now() });
    // Everyone who opens the page sees the users in the order in which they joined.
    rooms.forEach(({ users }) => users.forEach((name) => board.rankLane(`user:${name}`)));
    board.updateListed(server, rooms, more);
    board.changed("rooms", "calls");
  }

  /** The rules that are in force, as `{server, rule}`: not those of a server that does not answer. One that is back has
   *  its rules again, unless it says otherwise. */
  board.rulesInForce = () =>
    board
      .servers()
      .filter(({ lab, sameAs, status }) => lab && !sameAs && status !== "gone")
      .flatMap((server) => server.rules.map((rule) => ({ server, rule })));

  /** Takes over a server's rules of the lab. What has changed is noted in the diagram. When a rule was set that was
   *  there before this page, nothing says. */
  board.updateRules = (server, rules) => {
    const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    const at = board.now();
    for (const rule of rules.filter((rule) => !server.rules.some((old) => same(old, rule)))) {
      board.calls.note({ kind: "rule", server: server.key, at, rule, isEarlier: server.hasOldRules });
    }
    for (const { method } of server.rules.filter(
      (old) => !rules.some((rule) => rule.method === old.method),
    )) {
      board.calls.note({ kind: "normal", server: server.key, at, method });
    }
    Object.assign(server, { rules, hasOldRules: false });
    board.changed("lab");
  };
})();
