// The numbers by which calls can be named aloud, in the order of their times.
(() => {
  // Milliseconds after which everything that happened at a time has arrived, whichever server reports it.
  const ARRIVED = 300;

  // The last number, and what has none yet: `{record, at}`.
  const fresh = () => ({ last: 0, waiting: [], timer: null });
  let { last, waiting, timer } = fresh();
  board.keepApart(
    fresh,
    () => ({ last, waiting, timer }),
    (state) => ({ last, waiting, timer } = state),
  );

  /** Gives a call that became news at `at` its number, as soon as what happened before has arrived. A number never
   *  changes, so what arrives later still gets a later one. */
  board.numberLater = (record, at) => {
    waiting.push({ record, at });
    schedule();
  };

  function schedule() {
    if (timer === null && waiting.length > 0) {
      // Many at once cost no more than one.
      timer = setTimeout(board.asLive(give), ARRIVED);
    }
  }

  function give() {
    timer = null;
    const until = board.now() - ARRIVED;
    const due = waiting.filter(({ at }) => at <= until).sort((one, other) => one.at - other.at);
    waiting = waiting.filter(({ at }) => at > until);
    for (const { record } of due) {
      last += 1;
      record.number = last;
      if (board.picture.text !== "") {
        // It may be what is searched for; else no row depends on it.
        board.calls.touch(record.at);
      }
    }
    if (due.length > 0) {
      board.changed("calls");
    }
    schedule();
  }
})();
