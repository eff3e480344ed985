// The servers in the diagram: the binder, and those registered in it, each with a feed of its own.
(() => {
  // Feeds that are open at once, apart from the binder's.
  const MOST_FEEDS = 8;

  // Servers that are remembered, with or without a board: anyone can register addresses in the binder.
  const MOST_SERVERS = 24;

  // Feeds are opened one after the other, so that the order of a process's ports is deterministic. Milliseconds
  // after which the next one does not wait any longer.
  const TURN = 1_000;

  // Seconds for which a server may have been registered that is seen to start.
  const JUST_STARTED = 5;

  const BINDER = "binder";

  // Names that only a chat server registers.
  const CHAT_NAMES = new Set(["create_room", board.ACCOUNTS_NAME]);

  // What a server calls when it is there.
  const REGISTRATIONS = new Set(["register_lease", "register_procedure"]);

  const fresh = () => ({
    servers: new Map(),
    // The former ports of servers that others have replaced, whose calls are in the picture.
    formerPorts: new Map(),
    // What is registered at each endpoint (`host:port`): `{names, leased, age, group}`.
    registered: new Map(),
    // Those without a feed yet.
    unopened: [],
    savedBinder: null,
  });
  let { servers, formerPorts, registered, unopened, savedBinder } = fresh();
  board.keepApart(
    fresh,
    () => ({ servers, formerPorts, registered, unopened, savedBinder }),
    (state) => ({ servers, formerPorts, registered, unopened, savedBinder } = state),
  );
  let turnTimer = 0;

  /** All servers: the binder first, the others in the order of their addresses, whenever each was found. */
  board.servers = () => [...servers.values()];

  /** The server with this key (`binder` or `host:port`); all ports of a process give the same server. */
  board.server = (key) => {
    const server = servers.get(key);
    return server?.sameAs ? servers.get(server.sameAs) : server;
  };

  /** The same for the key alone, of servers that are not there any more too. */
  board.serverKey = (key) => board.server(key)?.key ?? formerPorts.get(key) ?? key;

  /** Where the binder is, or was when the run was saved. */
  board.binderAddress = () => savedBinder ?? location.host;

  /** The address of something on a server's board. */
  board.pathOf = ({ source }, rest) =>
    source === BINDER ? `/board/${rest}` : `http://${source}/board/${rest}`;

  /** The name of a server. */
  board.serverName = (server) => (server.key === BINDER ? board.say("binder") : server.key);

  /** What a server is: `binder`, `chat-server`, or `service` when it is something else. */
  board.kindOfServer = (server) => {
    if (server.role !== null) {
      return server.role;
    }
    const names = board.addressesOf(server).flatMap((address) => registered.get(address)?.names ?? []);
    return names.length === 0 || names.some((name) => CHAT_NAMES.has(name)) ? "chat-server" : "service";
  };

  /** What something that is registered, and is no chat server, is called. */
  board.serviceName = (key) => board.visible(registered.get(key)?.names[0] ?? board.say("service"));

  /** Whether a server will not return: it does not answer, and the binder does not name it any more. */
  board.isForgotten = (server) =>
    server.status !== "live" && board.addressesOf(server).every((address) => !registered.has(address));

  /** All addresses of a server. */
  board.addressesOf = (server) => {
    const ports = board.servers().filter((other) => other.sameAs === server.key);
    return [server.key, ...ports.map((other) => other.key)];
  };

  /** Opens the binder's feed; its names lead to the others. */
  board.watchServers = () => listen(add(BINDER));

  const inOrder = ([one], [other]) =>
    (other === BINDER) - (one === BINDER) || board.compareAddresses(one, other);

  function add(key) {
    const server = {
      key,
      // The port at which its stream is read: of a process with several, perhaps not the one that it is known by.
      source: key,
      role: key === BINDER ? "binder" : null,
      status: "connecting",
      // Since when it is connected without an interruption.
      liveSince: null,
      life: null,
      // The chat that it shares with others.
      group: registered.get(key)?.group ?? null,
      lab: false,
      rules: [],
      // Whether rules that it says next may be older than this page.
      hasOldRules: !(registered.get(key)?.age <= JUST_STARTED),
      roomsAt: 0,
      ...board.nothingYet(),
      // The users in its rooms as it said last, in this life or an earlier one.
      listed: new Set(),
      sameAs: null,
      feed: null,
      clock: board.openClock(),
      presence: board.watchPresence(key),
      // For a server without a board: whether it has ever answered, so that its end can be noted.
      hasAnswered: false,
    };
    servers = new Map([...servers, [key, server]].sort(inOrder));
    return server;
  }

  /** Opens the stream of a server, at its own port. */
  function listen(server) {
    server.feed?.close();
    server.source = server.key;
    server.feed = board.openFeed(board.pathOf(server, "events"), {
      hello: board.asLive((data, restarted) => handleHello(server, data, restarted)),
      event: board.asLive((kind, data) => handleEvent(server, kind, data)),
      lost: board.asLive((why, at) => handleLoss(server, why, at)),
    });
  }

  function handleHello(server, data, isOther) {
    server.clock.set(data.at);
    const isRestarted = isOther || (server.life !== null && server.life !== data.life);
    // Of a port of another one, nothing was said.
    const kind = server.sameAs ? null : isRestarted ? "restarted" : server.status === "gone" ? "back" : null;
    const other = board.servers().find((known) => known !== server && isSameProcess(server, data, known));
    if (other) {
      // It would report everything twice.
      unite(server, other, kind);
      return;
    }
    const wasThere = server.status === "live" && !isRestarted;
    Object.assign(server, server.life === data.life ? {} : board.nothingYet(), {
      status: "live",
      liveSince: wasThere ? server.liveSince : board.now(),
      life: data.life,
      ports: data.ports,
      lab: data.lab,
      sameAs: null,
      hasAnswered: true,
    });
    server.role = server.key === BINDER ? "binder" : data.role === "chat-server" ? "chat-server" : null;
    server.presence.isThere(kind);
    askPorts(server, isRestarted);
    if (!data.lab) {
      // It will say nothing of rules.
      board.updateRules(server, []);
    }
    if (data.missed > 0) {
      board.calls.note({ kind: "missed", server: server.key, at: board.now(), n: data.missed });
    }
    board.changed("servers", "calls", "rooms", "lab");
    openNext();
  }

  /** Whether a server that says this of itself is another port of one that is known: both say so. */
  function isSameProcess({ key }, { life, ports }, known) {
    const areServers = key !== BINDER && known.key !== BINDER && !known.sameAs;
    const name = (own, other, named) => board.portsBeside(own, named).includes(other);
    return (
      areServers && known.life === life && name(known.key, key, known.ports) && name(key, known.key, ports)
    );
  }

  /** Makes one server of two ports of a process, known by the port that the process names first, whichever has
   *  answered first. The stream that is there already goes on. `kind` is the news of `port`. */
  function unite(port, other, kind) {
    port.feed.close();
    const addresses = board.portsBeside(other.key, other.ports);
    if (addresses.indexOf(port.key) < addresses.indexOf(other.key)) {
      [port.key, other.key] = [other.key, port.key];
      [port.presence, other.presence] = [other.presence, port.presence];
      other.presence.isThere(kind);
      other.listed = new Set([...port.listed, ...other.listed]);
      servers.set(other.key, other).set(port.key, port);
    } else {
      port.presence.isThere(kind);
    }
    Object.assign(port, {
      feed: null,
      sameAs: other.key,
      status: "live",
      life: null,
      rules: [],
      lab: false,
      listed: new Set(),
      ...board.nothingYet(),
    });
    board.calls.touch(-Infinity);
    board.changed("servers", "calls", "lab");
    openNext();
  }

  /** The other ports that a process has: one by which it would be known may be known as another's, and after a restart
   *  each may belong to another process. Their own streams show it. */
  function askPorts(server, isRestarted) {
    for (const port of board.portsBeside(server.key, server.ports)) {
      const known = servers.get(port);
      if (known?.status !== "live") {
        known?.feed?.retry();
      }
    }
    const own = board.servers().filter(({ sameAs }) => sameAs === server.key);
    (isRestarted ? own : []).forEach(listen);
  }

  function handleEvent(server, kind, data) {
    if (kind === "began" && isReportedByItself(data.passedTo)) {
      // The end of a call without a beginning is left out, too.
      return;
    }
    if (kind === "began" || kind === "ended") {
      const at = server.clock.toPage(data.at);
      server.presence.wasThere(at);
      if (kind === "began" && REGISTRATIONS.has(data.method)) {
        const [, address, port] = data.arguments;
        const caller = board.server(board.endpoint(address, port));
        caller?.presence.hasRegistered(at, board.hasJustStarted(data.arguments));
      }
      if (kind === "began" && data.method === "unregister_procedure") {
        // By itself: others may take back the names of a server that is not there.
        board.server(board.serverOfAgent(data.agent))?.presence.hasUnregistered(at);
      }
      board.calls[kind](server, { ...data, at });
    } else if (kind === "names" && server.key === BINDER) {
      board.joinParts(server, kind, data, (names, more) => {
        board.updateNames(names, more);
        discover(names);
      });
    } else {
      board.updateState(server, kind, data);
    }
  }

  /** Whether a call that the binder passes on is reported by the server that answers it, with more detail. */
  function isReportedByItself(key) {
    return key !== null && board.server(key)?.status === "live";
  }

  function discover(names) {
    const was = registered;
    registered = new Map();
    for (const name of names.filter(({ builtIn }) => !builtIn)) {
      const key = board.endpointOf(name);
      const entry = registered.get(key) ?? {
        names: [],
        leased: name.lease !== null,
        age: name.age,
        group: name.group,
      };
      entry.names.push(name.name);
      entry.age = Math.min(entry.age, name.age);
      registered.set(key, entry);
    }
    for (const [key, entry] of registered) {
      const before = was.get(key);
      const isNew = !before || before.leased !== entry.leased || entry.age < before.age;
      const server = servers.get(key);
      if (server) {
        server.group = entry.group;
      }
      const process = board.server(key);
      if (isNew && server?.sameAs && (process.status !== "live" || (before?.leased && !entry.leased))) {
        // A program without leases is no port of that process, nor may any be when the process is not there.
        server.life = process.life;
        listen(server);
      } else if (isNew) {
        // Another program may be there now, or the same one again.
        server?.feed?.retry();
      }
    }
    evict();
    // The port with most names represents the process.
    const count = (key) => registered.get(key).names.length;
    unopened = [...registered.keys()]
      .filter((key) => !servers.has(key))
      .sort((one, other) => count(other) - count(one));
    openNext();
    board.changed("servers");
  }

  function openNext() {
    clearTimeout(turnTimer);
    const isOpening = board
      .servers()
      .some(({ key, status, isLate }) => key !== BINDER && status === "connecting" && !isLate);
    if (isOpening || unopened.length === 0 || openFeeds() >= MOST_FEEDS || servers.size >= MOST_SERVERS) {
      return;
    }
    const server = add(unopened.shift());
    listen(server);
    const goOn = board.asLive(() => {
      server.isLate = true;
      openNext();
    });
    turnTimer = setTimeout(goOn, TURN);
    board.changed("servers", "calls");
  }

  function openFeeds() {
    const isOpen = ({ key, feed, life, status }) =>
      key !== BINDER && feed !== null && (life !== null || status === "connecting");
    return board.servers().filter(isOpen).length;
  }

  /** Closes the feeds of servers without a board that are no longer registered, when there is no room for others. */
  function evict() {
    if (servers.size < MOST_SERVERS) {
      return;
    }
    for (const server of board.servers()) {
      const hasBoard = server.life !== null || server.sameAs !== null || server.status === "connecting";
      if (server.key !== BINDER && !hasBoard && !registered.has(server.key)) {
        server.feed?.close();
        servers.delete(server.key);
        board.changed("servers", "calls");
      }
    }
  }

  function handleLoss(server, why, at) {
    server.presence.isLost(at);
    const isElsewhere = server.source !== server.key;
    if (isElsewhere) {
      // At its own port another program may be by now.
      listen(server);
    }
    if (server.sameAs && why !== "no-board") {
      // What has become of the process, its own stream shows.
      return;
    }
    if (why === "no-board" && !isElsewhere) {
      answersWithoutBoard(server);
    } else if (why === "full") {
      server.presence.isThere(null);
      server.status = "full";
    } else if (why === "unreachable" || why === "silent") {
      isUnreachable(server);
    }
    // After `ended`, the next attempt shows what has happened.
    board.changed("servers", "calls", "names", "rooms", "lab");
    openNext();
  }

  function answersWithoutBoard(server) {
    if (server.life !== null || server.status === "gone") {
      for (const port of board.servers().filter(({ sameAs }) => sameAs === server.key)) {
        servers.delete(port.key);
        board.remember(formerPorts, port.key, server.key, MOST_SERVERS);
      }
    }
    const known = server.life !== null ? "replaced" : server.status === "gone" ? "back" : null;
    server.presence.isThere(server.hasAnswered || server.sameAs ? known : null);
    const role = server.key === BINDER ? server.role : null;
    const nothing = { life: null, role, lab: false, sameAs: null, ...board.nothingYet() };
    Object.assign(server, { status: "no-board", hasAnswered: true, ...nothing });
    board.updateListed(server, [], 0);
    board.updateRules(server, []);
  }

  function isUnreachable(server) {
    if (board.isElsewhere(server.key)) {
      server.status = "unknown";
      return;
    }
    if (server.status !== "gone" && server.hasAnswered) {
      server.presence.isGone();
    }
    server.status = "gone";
  }

  /** The servers of a saved run. */
  board.loadServers = (saved, binder) => {
    savedBinder = binder;
    for (const server of saved) {
      Object.assign(add(server.key), server, { listed: board.listedIn(server.rooms) });
    }
    board.changed("servers", "calls", "names", "rooms", "lab");
  };
})();
