// What is shown is what happens now, or a saved run. Each has servers, callers and calls of its own, so that a run that
// is opened replaces nothing: what happens meanwhile is there when the viewer returns.
(() => {
  const parts = [];

  // The state of what happens now, while a saved run is shown.
  let live = null;

  /** A script's state, which each world has for itself: `fresh()` gives that of a new one, `get()` the present one, and
   *  `set(state)` puts another in its place. */
  board.keepApart = (fresh, get, set) => parts.push({ fresh, get, set });

  const take = () => parts.map(({ get }) => get());
  const put = (states) => parts.forEach(({ set }, index) => set(states[index]));

  /** Whether a saved run is shown, and not what happens now. */
  board.isReplay = () => live !== null;

  /** Begins with nothing, for a saved run. */
  board.enterReplay = () => {
    live ??= take();
    put(parts.map(({ fresh }) => fresh()));
  };

  /** Shows again what happens now. */
  board.leaveReplay = () => {
    put(live);
    live = null;
  };

  /** A handler for something that happens now, whatever is shown. */
  board.asLive = (handle) => {
    return (...given) => (live === null ? handle(...given) : behind(() => handle(...given)));
  };

  function behind(handle) {
    const shown = take();
    put(live);
    live = null;
    try {
      return handle();
    } finally {
      live = take();
      put(shown);
    }
  }
})();
