// The servers in the diagram: the binder, and those registered in it.
(() => {
  // A browser opens at most six connections to a host. The binder's feed takes one, and fetching details needs
  // one.
  const MOST_FEEDS = 4;

  // Servers that are remembered, with or without a board: anyone can register addresses in the binder.
  const MOST_SERVERS = 24;

  // Milliseconds until a server without a connection counts as gone. When the binder dies, the other feeds die
  // with it, and the binder must be noticed first.
  const RECONNECT_TIME = 2_500;

  const BINDER = "binder";

  // The binder's status for a server that has no board, and for one that does not answer.
  const NO_BOARD = 501;
  const NO_ANSWER = 502;

  const servers = new Map();

  /** The endpoints in the binder, as `host:port`. */
  let registered = new Set();

  /** Those without a feed yet. */
  let unopened = [];

  /** All servers: the binder first, the others in the order of discovery. */
  board.servers = () => [...servers.values()];

  /** The server with this key (`binder` or `host:port`); all ports of a process give the same server. */
  board.server = (key) => {
    const server = servers.get(key);
    return server?.sameAs ? servers.get(server.sameAs) : server;
  };

  /** An address with its port as the binder writes it, with brackets around an IPv6 address. */
  board.endpoint = (address, port) => (String(address).includes(":") ? `[${address}]:${port}` : `${address}:${port}`);

  /** The path of a server's board. */
  board.pathOf = (server, rest) =>
    server.key === BINDER ? `/board/${rest}` : `/board/servers/${encodeURIComponent(server.key)}/${rest}`;

  /** The name of a server. */
  board.serverName = (server) => (server.key === BINDER ? board.say("binder") : server.key);

  /** All addresses of a server. */
  board.addressesOf = (server) => {
    const ports = board.servers().filter((other) => other.sameAs === server.key);
    return [server.key, ...ports.map((other) => other.key)];
  };

  /** Opens the binder's feed; its names lead to the others. */
  board.watchServers = () => {
    add(BINDER);
    listen(servers.get(BINDER));
  };

  function add(key) {
    const server = {
      key,
      role: key === BINDER ? "binder" : "chat-server",
      status: "connecting",
      life: null,
      lab: false,
      rules: [],
      rooms: [],
      roomsAt: 0,
      sameAs: null,
      feed: null,
      lostTimer: 0,
      helloAt: 0,
      refusedAt: 0,
      // For a server without a board: whether it has ever answered, so that its end can be noted.
      hasAnswered: false,
    };
    servers.set(key, server);
    return server;
  }

  function listen(server) {
    server.feed = board.openFeed(board.pathOf(server, "events"), {
      hello: (data, restarted) => handleHello(server, data, restarted),
      event: (kind, data) => handleEvent(server, kind, data),
      lost: (refused) => lost(server, refused),
    });
  }

  function handleHello(server, data, restarted) {
    clearTimeout(server.lostTimer);
    server.lostTimer = 0;
    const other = board
      .servers()
      .find((known) => known !== server && known.life === data.life && !known.sameAs);
    if (other) {
      // Another port of the same process, which would report everything twice.
      mergeInto(server, other);
      return;
    }
    const was = server.status;
    Object.assign(server, { status: "live", life: data.life, lab: data.lab, sameAs: null });
    server.helloAt = performance.now();
    if (restarted) {
      board.calls.lost(server.key);
      note(server, "Restarted");
      reopenPorts(server);
    } else if (was === "gone") {
      note(server, "Back");
    }
    if (data.missed > 0) {
      board.calls.note({ kind: "missed", server: server.key, at: board.now(), n: data.missed });
    }
    board.changed("servers", "calls", "lab");
    openNext();
  }

  function mergeInto(server, other) {
    server.feed.close();
    Object.assign(server, {
      feed: null,
      sameAs: other.key,
      status: "live",
      rules: [],
      rooms: [],
      lab: false,
    });
    board.changed("servers", "calls", "lab");
    openNext();
  }

  /** After a restart, the ports of a process may belong to several; their own feeds show it. */
  function reopenPorts(server) {
    for (const other of board.servers().filter((known) => known.sameAs === server.key)) {
      listen(other);
    }
  }

  function handleEvent(server, kind, data) {
    if (kind === "began") {
      board.calls.began(server, data);
    } else if (kind === "ended") {
      board.calls.ended(server, data);
    } else if (kind === "names" && server.key === BINDER) {
      board.updateNames(data.names);
      discover(data.names);
    } else if (kind === "rooms") {
      Object.assign(server, {
        rooms: data.rooms,
        roomsAt: performance.now(),
      });
      board.changed("rooms", "calls");
    } else if (kind === "lab") {
      board.updateRules(server, data.rules);
    }
  }

  /** Takes over a server's rules of the lab. What has changed is noted in the diagram. */
  board.updateRules = (server, rules) => {
    const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    const at = board.now();
    for (const rule of rules.filter((rule) => !server.rules.some((old) => same(old, rule)))) {
      board.calls.note({ kind: "rule", server: server.key, at, rule });
    }
    for (const { method } of server.rules.filter(
      (old) => !rules.some((rule) => rule.method === old.method),
    )) {
      board.calls.note({ kind: "normal", server: server.key, at, method });
    }
    server.rules = rules;
    board.changed("lab");
  };

  function discover(names) {
    const counts = new Map();
    for (const name of names) {
      const key = board.endpointOf(name);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    registered = new Set(counts.keys());
    for (const key of registered) {
      const server = servers.get(key);
      if (server?.feed && (server.life !== null || server.status === "gone")) {
        // A server may be back when its name is.
        server.feed.retry();
      }
    }
    evict();
    // The port with most names represents the process.
    unopened = [...registered]
      .filter((key) => !servers.has(key))
      .sort((one, other) => counts.get(other) - counts.get(one));
    openNext();
  }

  /** Opens one feed at a time, so that the order of a process's ports is deterministic. */
  function openNext() {
    const isOpening = board.servers().some(({ key, status }) => key !== BINDER && status === "connecting");
    if (!isOpening && unopened.length > 0 && openFeeds() < MOST_FEEDS && servers.size < MOST_SERVERS) {
      listen(add(unopened.shift()));
      board.changed("servers", "calls");
    }
  }

  function openFeeds() {
    const isOpen = ({ key, feed, life, status }) =>
      key !== BINDER && feed !== null && (life !== null || status === "connecting");
    return board.servers().filter(isOpen).length;
  }

  /** Closes the feeds of servers without a board that are no longer registered, to make room. */
  function evict() {
    for (const server of board.servers()) {
      const hasBoard = server.life !== null || server.sameAs !== null || server.status === "connecting";
      if (server.key !== BINDER && !hasBoard && !registered.has(server.key)) {
        server.feed?.close();
        servers.delete(server.key);
        board.changed("servers", "calls");
      }
    }
  }

  function lost(server, refused) {
    if (refused) {
      server.refusedAt = performance.now();
    }
    if (refused && (server.status === "gone" || server.life === null)) {
      probe(server);
    }
    const isExpected = servers.get(BINDER).status === "live" && registered.has(server.key);
    const isFollowed = server.status === "live" || (server.status === "unknown" && isExpected);
    if (refused && server.life === null) {
      if (server.status === "connecting") {
        server.status = "no-board";
        openNext();
      }
      board.changed("servers", "calls");
    } else if (isFollowed && server.lostTimer === 0) {
      server.lostTimer = setTimeout(
        () => {
          server.lostTimer = 0;
          reportLoss(server);
        },
        server.key === BINDER ? 0 : RECONNECT_TIME,
      );
    }
  }

  function reportLoss(server) {
    const binder = servers.get(BINDER);
    // A restarted binder may not know the server yet, or the browser may not have retried.
    const isRefused = registered.has(server.key) && server.refusedAt > binder.helloAt;
    const isInterrupted = binder.helloAt > server.helloAt && !isRefused;
    if (server !== binder && (binder.status !== "live" || isInterrupted)) {
      // Its feed came through the binder, which is gone or new: the state of the server is unknown.
      server.status = "unknown";
    } else {
      server.status = "gone";
      note(server, "Gone");
      board.calls.lost(server.key);
      probe(server);
    }
    board.changed("servers", "calls", "names", "rooms");
  }

  /** Probes a server that refused its stream: it may have no board, for example an original in place of ours,
   *  or be gone. */
  async function probe(server) {
    if (server.key === BINDER || !registered.has(server.key)) {
      return;
    }
    const answer = await fetch(board.pathOf(server, "lab")).catch(() => null);
    if (answer?.status === NO_BOARD) {
      answered(server);
    } else if (answer?.status === NO_ANSWER && server.status === "no-board") {
      server.status = "gone";
      if (server.hasAnswered) {
        note(server, "Gone");
      }
    }
    board.changed("servers", "calls", "names", "rooms", "lab");
  }

  function answered(server) {
    server.hasAnswered = true;
    if (server.status !== "gone") {
      return;
    }
    for (const port of board.servers().filter(({ sameAs }) => sameAs === server.key)) {
      servers.delete(port.key);
    }
    note(server, server.life === null ? "Back" : "Replaced");
    Object.assign(server, { status: "no-board", life: null, lab: false, rules: [], rooms: [] });
    server.feed?.retry();
  }

  function note(server, what) {
    board.calls.note({ kind: what.toLowerCase(), server: server.key, at: board.now() });
  }
})();
