// One server's stream of events, held open for as long as the page is.
(() => {
  // Seconds between attempts when a server refuses the stream, as one without a board does. A browser
  // itself goes on trying while there is nobody to refuse it.
  const PAUSES = [1, 2, 5, 10, 30];

  /**
   * Opens the stream at `path` and keeps it open.
   *
   * `on.hello(data, restarted)` is told at each connection, `on.event(kind, data)` of each event once, and
   * `on.lost(refused)` when the connection ends. The result has `close()`, and `retry()` for when there is
   * reason to hope.
   */
  board.openFeed = (path, on) => {
    let source = null;
    let timer = 0;
    let refusals = 0;
    let life = null;
    let lastId = 0;

    function open() {
      clearTimeout(timer);
      timer = 0;
      // A connection that the browser restores names the last event by itself; a new one has to.
      source = new EventSource(lastId > 0 ? `${path}?after=${lastId}` : path);
      for (const kind of board.EVENT_KINDS) {
        source.addEventListener(kind, (message) => heard(kind, message));
      }
      source.addEventListener("error", () => {
        const refused = source.readyState === EventSource.CLOSED;
        if (refused) {
          timer = setTimeout(open, 1_000 * PAUSES[Math.min(refusals, PAUSES.length - 1)]);
          refusals += 1;
        }
        on.lost(refused);
      });
    }

    function heardHello(data) {
      refusals = 0;
      const restarted = life !== null && life !== data.life;
      if (life !== data.life) {
        // Each life counts its events from 1.
        life = data.life;
        lastId = 0;
      }
      on.hello(data, restarted);
    }

    function heard(kind, message) {
      const data = parsed(kind, message);
      if (data === null) {
        return;
      }
      if (kind === "hello") {
        heardHello(data);
        return;
      }
      if (kind === "began" || kind === "ended") {
        // What is sent again after a reconnect has been heard already.
        const id = Number(message.lastEventId);
        if (id <= lastId) {
          return;
        }
        lastId = id;
      }
      on.event(kind, data);
    }

    open();
    return {
      close() {
        clearTimeout(timer);
        source.close();
      },
      retry() {
        if (timer !== 0) {
          refusals = 0;
          open();
        }
      },
    };
  };

  /** What a message carries; `null` when it is not an object, which no server of ours sends. */
  function parsed(kind, message) {
    try {
      const data = JSON.parse(message.data);
      return typeof data === "object" && data !== null ? board.readAs(kind, data) : null;
    } catch {
      return null;
    }
  }
})();
