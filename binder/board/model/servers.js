// The servers whose calls are shown: the binder, and whoever is registered in it.
(() => {
  // A browser opens six connections to one host and no more. The binder's feed takes one, and one must be
  // left to fetch the details of a call.
  const MOST_FEEDS = 4;

  // Servers that are remembered, with and without a board: anybody can register addresses in the binder.
  const MOST_SERVERS = 24;

  // How long a lost connection may take to come back before the server counts as gone. When the binder dies,
  // the other feeds die with it, and it must be seen in that order whichever is noticed first.
  const PATIENCE = 2_500;

  const BINDER = "binder";

  // How the binder says that a server answers, and has no board; and that it does not answer.
  const NO_BOARD = 501;
  const NO_ANSWER = 502;

  const servers = new Map();

  /** What is registered in the binder at the moment, as `host:port`. */
  let registered = new Set();

  /** Those of them that have no feed yet. */
  let unopened = [];

  /** All servers: the binder first, the others as they became known. */
  board.servers = () => [...servers.values()];

  /** The server with this key (`binder` or `host:port`), after taking together the ports of one process. */
  board.server = (key) => {
    const server = servers.get(key);
    return server?.sameAs ? servers.get(server.sameAs) : server;
  };

  /** An address with its port as the binder writes it: an IPv6 address needs brackets before a port can follow. */
  board.endpoint = (address, port) => (String(address).includes(":") ? `[${address}]:${port}` : `${address}:${port}`);

  /** The path of a server's board. */
  board.pathOf = (server, rest) =>
    server.key === BINDER ? `/board/${rest}` : `/board/servers/${encodeURIComponent(server.key)}/${rest}`;

  /** What a server is called. */
  board.serverName = (server) => (server.key === BINDER ? board.say("binder") : server.key);

  /** All addresses of a server. */
  board.addressesOf = (server) => {
    const ports = board.servers().filter((other) => other.sameAs === server.key);
    return [server.key, ...ports.map((other) => other.key)];
  };

  /** Opens the binder's feed; the names it tells lead to the others. */
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
      heardAt: 0,
      refusedAt: 0,
      // Of a server without a board: whether it has answered, so that one can say that it stopped.
      hasAnswered: false,
    };
    servers.set(key, server);
    return server;
  }

  function listen(server) {
    server.feed = board.openFeed(board.pathOf(server, "events"), {
      hello: (data, restarted) => heardHello(server, data, restarted),
      event: (kind, data) => heard(server, kind, data),
      lost: (refused) => lost(server, refused),
    });
  }

  function heardHello(server, data, restarted) {
    clearTimeout(server.lostTimer);
    server.lostTimer = 0;
    const other = board
      .servers()
      .find((known) => known !== server && known.life === data.life && !known.sameAs);
    if (other) {
      // Another port of the same process, which would tell everything twice.
      joinTo(server, other);
      return;
    }
    const was = server.status;
    Object.assign(server, { status: "live", life: data.life, lab: data.lab, sameAs: null });
    server.heardAt = performance.now();
    if (restarted) {
      board.calls.lost(server.key);
      note(server, "Restarted");
      parted(server);
    } else if (was === "gone") {
      note(server, "Back");
    }
    if (data.missed > 0) {
      board.calls.note({ kind: "missed", server: server.key, at: board.now(), n: data.missed });
    }
    board.changed("servers", "calls", "lab");
    openNext();
  }

  function joinTo(server, other) {
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

  /** After a restart, the ports of a process may belong to several; their feeds will tell. */
  function parted(server) {
    for (const other of board.servers().filter((known) => known.sameAs === server.key)) {
      listen(other);
    }
  }

  function heard(server, kind, data) {
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
        // A name that has come back is reason to hope that its server has, too.
        server.feed.retry();
      }
    }
    forget();
    // Of the ports of one process, the one with most names stands for it.
    unopened = [...registered]
      .filter((key) => !servers.has(key))
      .sort((one, other) => counts.get(other) - counts.get(one));
    openNext();
  }

  /** Opens one feed at a time: which of several ports of a process comes first is then not left to chance. */
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

  /** Closes the feeds of servers that never had a board and are not registered any more, to make room. */
  function forget() {
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
      look(server);
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
          giveUp(server);
        },
        server.key === BINDER ? 0 : PATIENCE,
      );
    }
  }

  function giveUp(server) {
    const binder = servers.get(BINDER);
    // A binder that came back since may not know the server yet, or the browser not have tried again.
    const isRefused = registered.has(server.key) && server.refusedAt > binder.heardAt;
    const isInterrupted = binder.heardAt > server.heardAt && !isRefused;
    if (server !== binder && (binder.status !== "live" || isInterrupted)) {
      // Its feed came through the binder, which is gone or new: nothing is known about this server.
      server.status = "unknown";
    } else {
      server.status = "gone";
      note(server, "Gone");
      board.calls.lost(server.key);
      look(server);
    }
    board.changed("servers", "calls", "names", "rooms");
  }

  /** Looks how it is with a server whose stream was refused: it may have no board, as an original in the place of ours,
   *  or be gone. The refusal does not tell which. */
  async function look(server) {
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
