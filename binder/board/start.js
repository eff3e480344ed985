// Starts the page.
(() => {
  // Countdowns, such as leases, are updated once a second.
  const SECOND = 1_000;

  board.applyLanguage();
  board.changed("calls", "names", "rooms", "lab", "controls");
  board.watchServers();

  setInterval(() => {
    board.changed("clock");
    if (board.view.bars.some(({ to }) => to === null) || board.usersListed().size > 0) {
      // Open calls show for how long they have waited, and users for how long they were not heard.
      board.changed("calls");
    }
  }, SECOND);
})();
