// The servers' clocks. Each may differ from the browser's, and a program that only looks like a server may send any
// time, so each has its own difference, and no server's events move another's.
(() => {
  // A smaller difference is not corrected: it may be the time that the event took.
  const AGREED = 1_000;

  // Nothing on the page is older.
  const OLDEST = 24 * 3_600_000;

  let stoppedAt = null;
  board.keepApart(
    () => null,
    () => stoppedAt,
    (at) => (stoppedAt = at),
  );

  /** The current time, by which everything on the page is ordered. */
  board.now = () => stoppedAt ?? Date.now();

  /** Stops the time, for a run that was saved. */
  board.stopClock = (at) => {
    stoppedAt = at;
  };

  /** A server's clock: `set(at)` with its time at the moment; `toPage(at)` gives a time of its events as the
   *  page's. */
  board.openClock = () => {
    let difference = 0;
    return {
      set(at) {
        const measured = (at ?? board.now()) - board.now();
        difference = Math.abs(measured) > AGREED ? measured : 0;
      },
      toPage(at) {
        const now = board.now();
        return Math.max(Math.min(at - difference, now + 1), now - OLDEST);
      },
    };
  };
})();
