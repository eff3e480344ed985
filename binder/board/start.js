// The page begins.
(() => {
  // What runs down by itself, such as leases, is written once a second.
  const SECOND = 1_000;

  board.speak();
  board.changed("calls", "names", "rooms", "lab", "controls");
  board.watchServers();

  setInterval(() => {
    board.changed("clock");
    if (board.calls.all().some(({ end }) => end === null)) {
      // What is open tells for how long.
      board.changed("calls");
    }
  }, SECOND);
})();
