// The addresses of servers: their order, and those that are ports of one machine.
(() => {
  // A number in an address counts as a number: port 9000 is before port 10000.
  const collator = new Intl.Collator("en", { numeric: true });

  /** The order of two addresses, the same on every page. */
  board.compareAddresses = (one, other) => collator.compare(one, other);

  /** These ports of the machine of an address, in this order, as addresses. The key of the binder is no address. */
  board.portsBeside = (address, ports) => {
    const [, host] = /^(.*):\d+$/.exec(address) ?? [];
    return host === undefined ? [] : (ports ?? []).map((port) => `${host}:${port}`);
  };
})();
