// Assigns calls to clients. A call with a user belongs to that user; others are known by their connection only,
// until it names a user. Lanes have identifiers: `user:ana`, `client:ID`, `peer:SERVER ADDRESS`, `server:KEY`.
(() => {
  // Longest time between a Python client's look-up of the server and its first call with a user, which waits
  // for a name to be typed.
  const MAX_TYPING_TIME = 60_000;

  // How far the binder's feed may lag behind a chat server's.
  const MAX_LAG = 10_000;

  // Connections and lanes that are remembered, far more than a class has.
  const MAX_LANES = 2_000;

  // Calls of one connection that wait for its name, and calls that wait for their look-up.
  const MAX_UNNAMED = 200;
  const MAX_UNMATCHED = 50;

  const NAME_REQUESTS = new Set(["register_user", "login_user"]);
  const LOOKUPS = new Set(["lookup_procedure", "list_procedures"]);
  const REGISTRATIONS = new Set(["register_lease", "register_procedure", "unregister_procedure"]);

  const fresh = () => ({
    userOfConnection: new Map(),
    unnamedOf: new Map(),
    lanes: new Map(),
    ranks: 0,
    lookups: [],
    unmatched: [],
  });
  let { userOfConnection, unnamedOf, lanes, ranks, lookups, unmatched } = fresh();
  board.keepApart(
    fresh,
    () => ({ userOfConnection, unnamedOf, lanes, ranks, lookups, unmatched }),
    (state) => ({ userOfConnection, unnamedOf, lanes, ranks, lookups, unmatched } = state),
  );

  /** The properties of a lane. */
  board.lane = (id) => lanes.get(id);

  /** All lanes, in the order in which they were first seen. */
  board.allLanes = () => [...lanes.values()].sort((one, other) => one.rank - other.rank);

  /** Whether a call requests a name: only a successful answer assigns it to the caller. */
  board.isNameRequest = ({ method }) => NAME_REQUESTS.has(method);

  /** Gives a lane its place, which it keeps. */
  board.rankLane = (id) => {
    if (!lanes.has(id)) {
      ranks += 1;
      board.remember(
        lanes,
        id,
        { id, rank: ranks, last: 0, named: -Infinity, calls: 0, dialect: null, agent: null, absences: [] },
        MAX_LANES,
      );
    }
    return lanes.get(id);
  };

  /** Assigns the lane of a call, and of earlier calls that it identifies. */
  board.assignLane = (record) => {
    const caller = serverLane(record);
    const isNamed =
      record.user !== null && (!board.isNameRequest(record) || record.end?.outcome === "answer");
    record.connection = connectionOf(record);
    record.guessed = false;
    if (caller !== null) {
      record.lane = caller;
    } else if (isNamed) {
      const isNew = !lanes.has(`user:${record.user}`) || NAME_REQUESTS.has(record.method);
      record.lane = `user:${record.user}`;
      nameConnection(record.connection, record.user);
      if (isNew && !namesItself(record)) {
        unmatched = [...unmatched, record].slice(-MAX_UNMATCHED);
      }
    } else {
      assignUnnamed(record);
    }
    updateLane(record);
    claimLookups(record.at);
  };

  /** Gives a saved call, whose lane is known, its place. */
  board.assignSavedLane = (record) => {
    record.connection = connectionOf(record);
    updateLane(record);
  };

  function assignUnnamed(record) {
    const known = userOfConnection.get(record.connection) ?? userOfRoom(record);
    if (known !== null) {
      record.lane = `user:${known.user}`;
      record.guessed = known.guessed;
    } else {
      record.lane = record.connection;
    }
    if (known?.guessed === false) {
      return;
    }
    // They wait for what the wire says.
    const waiting = unnamedOf.get(record.connection) ?? [];
    const others = waiting.filter((earlier) => earlier !== record);
    board.remember(unnamedOf, record.connection, [...others, record].slice(-MAX_UNNAMED), MAX_LANES);
    if (known === null && record.server === "binder" && LOOKUPS.has(record.method) && !namesItself(record)) {
      lookups = [...lookups.filter((lookup) => lookup !== record), record].slice(-MAX_UNNAMED);
    }
  }

  /** A page that is opened later sees how our client asks for the users of its room, long before a call with its own
   *  name. The only user in the room of whom no call was seen is taken for it, as a guess. */
  function userOfRoom(record) {
    if (!namesItself(record) || record.method !== "list_users") {
      return null;
    }
    const room = board.server(record.server)?.rooms.find(({ name }) => name === record.room);
    const silent = room?.users.filter((name) => !(lanes.get(`user:${name}`)?.calls > 0)) ?? [];
    if (silent.length !== 1 || room.others > 0) {
      return null;
    }
    nameConnection(record.connection, silent[0], true);
    return userOfConnection.get(record.connection);
  }

  /** The lane of a server that calls the binder: by what it says of itself, or by the address that it registers. */
  function serverLane(record) {
    const caller = board.serverOfAgent(record.agent);
    if (caller !== null && record.server === "binder") {
      return `server:${caller}`;
    }
    const [, address, port] = record.arguments;
    if (!REGISTRATIONS.has(record.method) || typeof address !== "string" || !Number.isInteger(port)) {
      return null;
    }
    return `server:${board.endpoint(address, port)}`;
  }

  /** Our client identifies itself on all of its connections; others only by the connection. */
  function connectionOf(record) {
    const client = board.clientOfAgent(record.agent);
    return client === null ? `peer:${record.source ?? record.server} ${record.peer}` : `client:${client}`;
  }

  function namesItself(record) {
    return record.connection.startsWith("client:");
  }

  function nameConnection(connection, user, guessed = false) {
    const known = userOfConnection.get(connection);
    board.remember(userOfConnection, connection, { user, guessed }, MAX_LANES);
    if (known?.user === user && known.guessed === guessed) {
      return;
    }
    for (const earlier of (unnamedOf.get(connection) ?? []).filter(({ evicted }) => !evicted)) {
      earlier.lane = `user:${user}`;
      earlier.guessed = guessed;
      updateLane(earlier);
      board.calls.touch(earlier.at);
    }
    if (!guessed) {
      unnamedOf.delete(connection);
    }
  }

  /** A call leaves its lane: it is not kept any more, or belongs to another. */
  board.leaveLane = (record) => {
    const lane = lanes.get(record.countedIn);
    if (lane) {
      lane.calls -= 1;
    }
    record.countedIn = null;
  };

  function updateLane(record) {
    const lane = board.rankLane(record.lane);
    if (record.countedIn !== record.lane) {
      board.leaveLane(record);
      record.countedIn = record.lane;
      lane.calls += 1;
    }
    lane.last = Math.max(lane.last, record.at);
    if (board.isNameRequest(record) && record.end?.outcome === "answer") {
      lane.named = Math.max(lane.named, record.at);
    }
    board.returned(lane, record.at);
    // The binder has no dialect; calls of the chat have.
    lane.dialect = record.server === "binder" ? lane.dialect : (record.dialect ?? lane.dialect);
    lane.agent = record.agent ?? lane.agent;
  }

  /** A Python client uses different connections for its look-up and for the chat, and nothing on the wire
   *  relates the two. The only unclaimed look-up from the same machine is taken for its own, and drawn as a guess.
   *  Where there are several, none is. */
  function claimLookups(now) {
    unmatched = unmatched.filter((first) => {
      if (now - first.at > MAX_LAG) {
        return false;
      }
      const candidates = new Set(
        lookups.filter((lookup) => mayBelong(lookup, first)).map(({ connection }) => connection),
      );
      if (candidates.size === 1) {
        nameConnection([...candidates][0], first.user, true);
      }
      return candidates.size === 0;
    });
  }

  /** Whether no user is known for it yet: its lane is its connection's. */
  function isUnclaimed(lookup) {
    return lookup.lane === lookup.connection;
  }

  function mayBelong(lookup, first) {
    return (
      isUnclaimed(lookup) &&
      isForDialect(lookup, first.dialect) &&
      lookup.agent === first.agent &&
      machineOf(lookup) === machineOf(first) &&
      lookup.at <= first.at &&
      first.at - lookup.at < MAX_TYPING_TIME
    );
  }

  /** Whether clients of the dialect look up this name. */
  function isForDialect({ arguments: [name] }, dialect) {
    return (name === board.ACCOUNTS_NAME) === (dialect === "accounts");
  }

  function machineOf(record) {
    const address = record.peer.replace(/:\d+$/, "");
    return /^(127\.|\[?::1\]?$|\[?::ffff:127\.)/.test(address) ? "this machine" : address;
  }
})();
