// What is registered in the binder, and what was and is gone.
(() => {
  // Names that are gone stay this long, in milliseconds: long enough to be talked about.
  const SHOWN_FOR = 120_000;
  const MOST_GONE = 40;

  // Servers with a remembered lease.
  const MOST_LEASES = 500;

  let names = [];
  let receivedAt = 0;
  let gone = [];
  let moreNames = 0;
  const longest = new Map();

  /** The only name that dialect accounts registers; the others are those of dialect classic. */
  board.ACCOUNTS_NAME = "chat_server";

  /** An address with its port as the binder writes it, with brackets around an IPv6 address. */
  board.endpoint = (address, port) =>
    String(address).includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

  /** Whether an address means another machine than the page's: what is at the binder's `localhost` cannot be
   *  known from elsewhere. */
  board.isElsewhere = (endpoint) => {
    const isLoopback = (host) => /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host);
    return isLoopback(endpoint) && !isLoopback(location.host);
  };

  /** Where a name is offered. */
  board.endpointOf = ({ address, port }) => board.endpoint(address, port);

  /** Takes over the binder's list of names. What is missing since the last time is gone. */
  board.updateNames = (list, more = 0) => {
    moreNames = more;
    const key = (name) => `${name.name} ${board.endpointOf(name)}`;
    const present = new Set(list.map(key));
    const missing = names
      .filter((name) => !present.has(key(name)))
      .map((name) => ({ ...name, goneAt: board.now() }));
    gone = [...gone.filter((name) => !present.has(key(name))), ...missing].slice(-MOST_GONE);
    names = list;
    receivedAt = performance.now();
    for (const name of list) {
      if (name.lease !== null) {
        const server = board.endpointOf(name);
        board.remember(longest, server, Math.max(longest.get(server) ?? 0, name.lease), MOST_LEASES);
      }
    }
    board.changed("names");
  };

  /** Forgets all names, those that are gone, too. */
  board.forgetNames = () => {
    [names, gone, moreNames] = [[], [], 0];
    longest.clear();
    board.changed("names");
  };

  /** The names in the binder, and those that are gone, which have a `goneAt`; with the seconds since the
   *  binder sent the list. */
  board.names = () => {
    gone = gone.filter(({ goneAt }) => board.now() - goneAt < SHOWN_FOR);
    return { names, more: moreNames, gone, elapsed: elapsed() };
  };

  const elapsed = () => (performance.now() - receivedAt) / 1_000;

  /** The longest lease that a server was seen with, in seconds. */
  board.longestLease = (endpoint) => longest.get(endpoint) ?? 1;

  /** Whether a server that takes a lease has just started: it says that it has `held` the names for no time, whatever a
   *  server before it had registered there. So does one in line, which never holds them. */
  board.hasJustStarted = ([, address, port, , , held]) => {
    const isInLine = (name) => name.displaced && board.endpointOf(name) === board.endpoint(address, port);
    return held === 0 && !names.some(isInLine);
  };

  /** For how many seconds anything has been registered at an endpoint, according to the binder. */
  board.registeredFor = (endpoint) => {
    const isThere = (name) => !name.builtIn && board.endpointOf(name) === endpoint;
    const ages = names.filter(isThere).map(({ age }) => age);
    return ages.length > 0 ? Math.max(...ages) + elapsed() : 0;
  };
})();
