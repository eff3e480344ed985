// The lanes of the diagram: which there are, their order and their names.
(() => {
  // Lanes of connections without a user. A program that opens a connection for each call would otherwise fill
  // the screen; older ones share a lane.
  const MOST_STRANGERS = 8;

  // Lanes of clients in total: as many as a projector can show.
  const MOST_CLIENTS = 48;

  // Lanes of chat servers. Anyone can register any number of addresses in the binder.
  const MOST_SERVERS = 8;

  const OTHERS = "others";

  /** Returns the function that gives the lane in which a call is drawn: its own, or the shared one. */
  board.groupLanes = (records) => {
    const lastCall = new Map();
    for (const record of records) {
      const id = board.laneOf(record);
      lastCall.set(id, Math.max(lastCall.get(id) ?? 0, record.at));
    }
    const newestFirst = [...lastCall].sort((one, other) => other[1] - one[1]).map(([lane]) => lane);
    const ofKind = (kind) => newestFirst.filter((lane) => lane.startsWith(kind));
    const strangers = newestFirst.filter((lane) => !/^(user|server):/.test(lane));
    const clients = [...ofKind("user:"), ...strangers.slice(0, MOST_STRANGERS)].slice(0, MOST_CLIENTS);
    const shown = new Set([...clients, ...watchedServers(), ...ofKind("server:").slice(0, MOST_SERVERS)]);
    return (record) => (shown.has(board.laneOf(record)) ? board.laneOf(record) : OTHERS);
  };

  /** The lane of the caller. A server has one lane for all of its ports. */
  board.laneOf = ({ lane }) => {
    if (!lane.startsWith("server:")) {
      return lane;
    }
    const key = lane.slice("server:".length);
    return `server:${board.server(key)?.key ?? key}`;
  };

  /** The lanes of chat servers with a feed, and of some that are registered without one. */
  function watchedServers() {
    return board
      .servers()
      .filter((server) => !server.sameAs && server.key !== "binder")
      .sort((one, other) => (one.life === null) - (other.life === null))
      .slice(0, MOST_SERVERS)
      .map((server) => `server:${server.key}`);
  }

  /** The lanes from left to right: the binder, which every client calls first, the clients in the order of
   *  their first calls, the chat servers. With `isWhole`, a client without calls keeps its lane while it is in
   *  a room. */
  board.lanesFor = (rows, isWhole) => {
    const ids = new Set();
    for (const row of rows) {
      ids.add(`server:${row.server}`);
      row.cells.forEach((cell, lane) => ids.add(lane));
    }
    watchedServers().forEach((lane) => ids.add(lane));
    const rooms = isWhole ? board.servers().flatMap((server) => server.rooms) : [];
    for (const name of rooms.flatMap(({ users }) => users)) {
      if (board.lane(`user:${name}`) && ids.size < MOST_CLIENTS) {
        ids.add(`user:${name}`);
      }
    }
    ids.delete("server:binder");
    const isServer = (id) => id.startsWith("server:");
    const clients = [...ids].filter((id) => !isServer(id)).sort(byArrival);
    const servers = [...ids].filter(isServer).map((id) => id.slice("server:".length));
    return [serverLane("binder"), ...clients.map(clientLane), ...servers.map(serverLane)];
  };

  function byArrival(one, other) {
    return (
      (one === OTHERS) - (other === OTHERS) || (board.lane(one)?.since ?? 0) - (board.lane(other)?.since ?? 0)
    );
  }

  function serverLane(key) {
    const server = board.server(key);
    return {
      id: `server:${key}`,
      role: key === "binder" ? "binder" : "chat-server",
      name: key === "binder" ? board.say("binder") : board.say("chatServer"),
      short: key === "binder" ? board.say("binder") : board.say("chatServerShort"),
      detail: key === "binder" ? location.host : server ? board.addressesOf(server).join(" ") : key,
      status: server?.status ?? "unknown",
      dialect: null,
    };
  }

  function clientLane(id) {
    const known = board.lane(id);
    return {
      id,
      role: "client",
      name: nameOf(id),
      dialect: known?.dialect ?? null,
      detail: [known?.dialect, program(known?.agent)].filter(Boolean).join(" · "),
      status: "live",
    };
  }

  function nameOf(id) {
    const [kind, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
    switch (kind) {
      case "user":
        return board.visible(name);
      case "client":
        return `${board.say("unknownClient")} ${board.visible(name)}`;
      case "peer":
        return `${board.say("unknownClient")} ${board.visible(name.slice(name.lastIndexOf(":")))}`;
      default:
        return board.say("others");
    }
  }

  /** The name of a lane, on the screen or not. */
  board.laneName = (id) => {
    if (!id.startsWith("server:")) {
      return id === OTHERS ? board.say("others") : nameOf(id);
    }
    return board.visible(id === "server:binder" ? board.say("binder") : id.slice("server:".length));
  };

  /** The program behind a `User-Agent`, in one word. */
  function program(agent) {
    if (!agent) {
      return null;
    }
    const [, name] = /^([^/ ]*)/.exec(agent);
    const known = { "python-xmlrpc": "Python", "distributed-chat-client": "Rust", "distributed-chat": "Rust" };
    return known[name.toLowerCase()] ?? board.short(board.visible(name), 16);
  }
})();
