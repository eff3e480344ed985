// The lanes of the diagram: which there are, their order and their names.
(() => {
  // Lanes of connections without a user. A program that opens a connection for each call would otherwise fill
  // the screen; others share a lane.
  const MOST_STRANGERS = 8;

  // Lanes of clients in total: as many as a projector can show.
  const MOST_CLIENTS = 48;

  // Lanes of servers. Anyone can register any number of addresses in the binder.
  const MOST_SERVERS = 8;

  // Milliseconds after its last call in which a client keeps its place, even when others wait for one. Who never named
  // a user, and may have ended long ago, is then drawn in the shared lane.
  const KEEPS_PLACE = 60_000;

  const OTHERS = "others";

  // The lanes that have a place. A lane keeps its place, so that no column jumps.
  const fresh = () => ({ placed: new Set(), version: 0 });
  let { placed, version } = fresh();
  board.keepApart(
    fresh,
    () => ({ placed, version }),
    (state) => ({ placed, version } = state),
  );

  /** Whether callers without a lane of their own share this one. */
  board.isShared = (id) => id === OTHERS;

  const isServer = (id) => id.startsWith("server:");
  const isStranger = (id) => !id.startsWith("user:");

  /** Gives places to lanes: `{laneOf, version}`. `laneOf` gives the lane in which a call is drawn: its own, or the
   *  shared one. The version changes when a lane has got or lost its place. */
  board.groupLanes = () => {
    const now = board.picture.until ?? board.now();
    const present = board.usersListed(true);
    const isUsed = (id) => present.has(id) || board.lane(id)?.calls > 0;
    const isOver = (id) => isStranger(id) && isUsed(id) && now - board.lane(id).last >= KEEPS_PLACE;
    for (const id of [...placed].filter((id) => !isUsed(id) || isOver(id))) {
      placed.delete(id);
      version += 1;
    }
    const isWaiting = ({ id }) => !isServer(id) && !placed.has(id) && isUsed(id) && !isOver(id);
    const waiting = board.allLanes().filter(isWaiting);
    for (const { id } of waiting) {
      if (hasRoom(id) || makeRoom(id, now, present)) {
        placed.add(id);
        version += 1;
      }
    }
    const laneOf = (record) => {
      const lane = board.laneOf(record);
      return isServer(lane) || placed.has(lane) ? lane : OTHERS;
    };
    return { laneOf, version };
  };

  function hasRoom(id) {
    const strangers = [...placed].filter(isStranger).length;
    return placed.size < MOST_CLIENTS && (!isStranger(id) || strangers < MOST_STRANGERS);
  }

  /** Takes the place of a client that has gone, if the waiting one is here. */
  function makeRoom(id, now, present) {
    const isActive = (lane) => present.has(lane) || now - (board.lane(lane)?.last ?? 0) < KEEPS_PLACE;
    if (!isActive(id)) {
      return false;
    }
    const needsStranger = isStranger(id) && [...placed].filter(isStranger).length >= MOST_STRANGERS;
    const gone = [...placed].find((lane) => !isActive(lane) && (!needsStranger || isStranger(lane)));
    return gone !== undefined && placed.delete(gone);
  }

  /** The lane of the caller. A server has one lane for all of its ports. */
  board.laneOf = ({ lane }) => {
    if (!isServer(lane)) {
      return lane;
    }
    const key = lane.slice("server:".length);
    return `server:${board.serverKey(key)}`;
  };

  /** The lanes of servers with a feed, and of some that are registered without one. Until a server has answered, it
   *  may be another port of one that is shown. */
  function watchedServers() {
    const isShown = (server) =>
      !server.sameAs &&
      server.key !== "binder" &&
      server.status !== "connecting" &&
      !board.isForgotten(server);
    return board
      .servers()
      .filter(isShown)
      .sort((one, other) => (one.life === null) - (other.life === null))
      .slice(0, MOST_SERVERS)
      .map((server) => `server:${server.key}`);
  }

  /** The lanes from left to right: the binder, which every client calls first, the clients in the order in which
   *  they came, the other servers in the order of their addresses. With `isWhole`, a client without calls keeps its
   *  lane while it is in a room. */
  board.lanesFor = (used, isWhole, now) => {
    const ids = new Set(used);
    watchedServers().forEach((lane) => ids.add(lane));
    if (isWhole) {
      for (const id of board.usersListed(true)) {
        if (placed.has(id)) {
          ids.add(id);
        }
      }
    }
    ids.delete("server:binder");
    const rank = (id) => (id === OTHERS ? Infinity : (board.lane(id)?.rank ?? 0));
    const clients = [...ids].filter((id) => !isServer(id)).sort((one, other) => rank(one) - rank(other));
    const servers = [...ids].filter(isServer).map((id) => id.slice("server:".length));
    return [
      serverLane("binder", now),
      ...clients.map((id) => clientLane(id, now)),
      ...servers.slice(0, MOST_SERVERS).sort(board.compareAddresses).map((key) => serverLane(key, now)),
    ];
  };

  function serverLane(key, at) {
    const server = board.server(key);
    const kind = key === "binder" ? "binder" : server ? board.kindOfServer(server) : "chat-server";
    const [name, short] =
      { binder: ["binder", "binder"], "chat-server": ["chatServer", "chatServerShort"] }[kind] ?? [];
    return {
      id: `server:${key}`,
      role: kind ?? "service",
      name: name ? board.say(name) : board.serviceName(key),
      short: short ? board.say(short) : board.serviceName(key),
      detail: key === "binder" ? board.binderAddress() : server ? board.addressesOf(server).join(" ") : key,
      status: server ? statusAt(server, at) : "unknown",
      dialect: null,
    };
  }

  /** In a paused picture, a server is as it was then. */
  function statusAt({ key, status }, at) {
    const isPast = board.picture.paused && !board.isReplay();
    return isPast ? board.statusAt({ servers: board.servers(), notes: board.calls.notes() }, key, at) : status;
  }

  function clientLane(id, now) {
    const known = board.lane(id);
    const silent = board.silentFor(id, now);
    return {
      id,
      role: "client",
      name: nameOf(id),
      short: id.startsWith("peer:") ? `? ${portOf(id)}` : nameOf(id),
      dialect: known?.dialect ?? null,
      isNamed: id.startsWith("user:"),
      detail: [known?.dialect, program(known?.agent)].filter(Boolean).join(" · "),
      status: board.isAbsent(id, now) ? absence() : silent === null ? "live" : "silent",
      silent,
    };
  }

  /** A user who has left, or is in no room any more, may be at a server of which nothing is heard. */
  const absence = () => (board.hasUnheard() ? "unknown" : "absent");

  function nameOf(id) {
    const [kind, name] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
    switch (kind) {
      case "user":
        return board.visible(name);
      case "client":
        return `${board.say("unknownClient")} ${board.visible(name)}`;
      case "peer":
        return `${board.say("unknownClient")} ${portOf(id)}`;
      default:
        return board.say("others");
    }
  }

  /** The port by which an unknown client can be told from others. */
  const portOf = (id) => board.visible(id.slice(id.lastIndexOf(":")));

  /** The name of a lane, on the screen or not. */
  board.laneName = (id) => {
    if (!isServer(id)) {
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
    const known = {
      "python-xmlrpc": "Python",
      "distributed-chat-client": "Rust",
      "distributed-chat": "Rust",
      "distributed-chat-server": "Rust",
    };
    return known[name.toLowerCase()] ?? board.short(board.visible(name), 16);
  }
})();
