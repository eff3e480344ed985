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

  const NAME_REQUESTS = new Set(["register_user", "login_user"]);
  const LOOKUPS = new Set(["lookup_procedure", "list_procedures"]);
  const REGISTRATIONS = new Set(["register_lease", "register_procedure", "unregister_procedure"]);

  const userOfConnection = new Map();
  const lanes = new Map();
  let unmatched = [];

  /** The properties of a lane. */
  board.lane = (id) => lanes.get(id);

  /** Whether a call requests a name: only a successful answer assigns it to the caller. */
  board.isNameRequest = ({ method }) => NAME_REQUESTS.has(method);

  /** Assigns the lane of a call, and of earlier calls that it identifies. */
  board.assignLane = (record, records) => {
    const caller = registeredLane(record);
    const isNamed = record.user !== null && (!board.isNameRequest(record) || record.end?.outcome === "answer");
    record.connection = connectionOf(record);
    if (caller !== null) {
      record.lane = caller;
    } else if (isNamed) {
      const isNew = !lanes.has(`user:${record.user}`) || NAME_REQUESTS.has(record.method);
      record.lane = `user:${record.user}`;
      nameConnection(record.connection, record.user, records);
      if (isNew && !namesItself(record)) {
        unmatched = [...unmatched, record].slice(-50);
      }
    } else {
      const user = userOfConnection.get(record.connection);
      record.lane = user === undefined ? record.connection : `user:${user}`;
    }
    updateLane(record);
    claimLookups([...records, record], record.at);
  };

  /** The lane of a server that registers itself, by the registered address. */
  function registeredLane(record) {
    const [, address, port] = record.arguments;
    if (!REGISTRATIONS.has(record.method) || typeof address !== "string" || !Number.isInteger(port)) {
      return null;
    }
    return `server:${board.endpoint(address, port)}`;
  }

  /** Our client identifies itself on all of its connections; others only by the connection. */
  function connectionOf(record) {
    const named = /\(client ([^)]{1,40})\)/.exec(record.agent ?? "");
    return named ? `client:${named[1]}` : `peer:${record.server} ${record.peer}`;
  }

  function namesItself(record) {
    return record.connection.startsWith("client:");
  }

  function nameConnection(connection, user, records) {
    const isNews = userOfConnection.get(connection) !== user;
    board.remember(userOfConnection, connection, user, MAX_LANES);
    if (isNews) {
      for (const earlier of records) {
        if (earlier.connection === connection && earlier.lane === connection) {
          earlier.lane = `user:${user}`;
          updateLane(earlier);
        }
      }
    }
  }

  function updateLane(record) {
    const known = lanes.get(record.lane) ?? { id: record.lane, since: record.at, dialect: null, agent: null };
    board.remember(
      lanes,
      record.lane,
      {
        ...known,
        since: Math.min(known.since, record.at),
        // The binder has no dialect; calls of the chat have.
        dialect: record.server === "binder" ? known.dialect : (record.dialect ?? known.dialect),
        agent: record.agent ?? known.agent,
      },
      MAX_LANES,
    );
  }

  /** A Python client uses different connections for its look-up and for the chat, and nothing on the wire
   *  relates the two. The oldest unclaimed look-up from the same machine is assigned to it. */
  function claimLookups(records, now) {
    unmatched = unmatched.filter((first) => {
      if (now - first.at > MAX_LAG) {
        return false;
      }
      const lookup = records.find(
        (record) =>
          record.lane.startsWith("peer:binder ") &&
          LOOKUPS.has(record.method) &&
          isForDialect(record, first.dialect) &&
          record.agent === first.agent &&
          machineOf(record) === machineOf(first) &&
          record.at <= first.at &&
          first.at - record.at < MAX_TYPING_TIME,
      );
      if (lookup) {
        nameConnection(lookup.connection, first.user, records);
      }
      return !lookup;
    });
  }

  /** Clients of dialect accounts look up its only name, those of dialect classic one of theirs. */
  function isForDialect({ arguments: [name] }, dialect) {
    return (name === "chat_server") === (dialect === "accounts");
  }

  function machineOf(record) {
    const address = record.peer.replace(/:\d+$/, "");
    return /^(127\.|\[?::1\]?$|\[?::ffff:127\.)/.test(address) ? "this machine" : address;
  }
})();
