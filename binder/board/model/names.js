// What is registered in the binder, and what was and is gone.
(() => {
  // Names that are gone stay this long, in milliseconds: long enough to be talked about.
  const SHOWN_FOR = 120_000;
  const MOST_GONE = 40;

  const fresh = () => ({
    names: [],
    receivedAt: 0,
    gone: [],
    moreNames: 0,
    // Of each server the longest lease since it was renewed last, what is left of it, and its age: `{full, left, age}`.
    leases: new Map(),
  });
  let { names, receivedAt, gone, moreNames, leases } = fresh();
  board.keepApart(
    fresh,
    () => ({ names, receivedAt, gone, moreNames, leases }),
    (state) => ({ names, receivedAt, gone, moreNames, leases } = state),
  );

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
    leases = leasesOf(list, leases);
    board.changed("names");
  };

  function leasesOf(list, before) {
    const found = new Map();
    for (const name of list.filter(({ lease }) => lease !== null)) {
      const { left, age } = found.get(board.endpointOf(name)) ?? { left: 0, age: Infinity };
      const lease = { left: Math.max(left, name.lease), age: Math.min(age, name.age) };
      found.set(board.endpointOf(name), lease);
    }
    for (const [server, lease] of found) {
      const last = before.get(server);
      // The one after it may take a shorter lease.
      const isAnother = !last || lease.left > last.left || lease.age < last.age;
      lease.full = isAnother ? lease.left : last.full;
    }
    return found;
  }

  /** The names in the binder, and those that are gone, which have a `goneAt`; with the seconds since the
   *  binder sent the list. */
  board.names = () => {
    gone = gone.filter(({ goneAt }) => board.now() - goneAt < SHOWN_FOR);
    return { names, more: moreNames, gone, elapsed: elapsed() };
  };

  const elapsed = () => (performance.now() - receivedAt) / 1_000;

  /** What the age of names that are registered together means, as the name of a text: with leases, a server that starts
   *  again in time, or another one in its place, goes on with them; without, each registration begins again. */
  board.meaningOfAge = ([{ lease, builtIn }]) =>
    lease === null && !builtIn ? "registeredAgo" : "heldFor";

  /** The lease that a server was last seen to take, in seconds. */
  board.fullLease = (endpoint) => leases.get(endpoint)?.full ?? 1;

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
