// One server's stream of events, kept open as long as the page.
(() => {
  // Seconds between attempts after a server has refused the stream, for example because it has no board. Other
  // interruptions are retried by the browser.
  const PAUSES = [1, 2, 5, 10, 30];

  /**
   * Opens the stream at `path` and keeps it open.
   *
   * `on.hello(data, restarted)` is called at each connection, `on.event(kind, data)` once for each event, and
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
      // A browser that reconnects sends the last event's number by itself; a new stream has to name it.
      source = new EventSource(lastId > 0 ? `${path}?after=${lastId}` : path);
      for (const kind of board.EVENT_KINDS) {
        source.addEventListener(kind, (message) => handleEvent(kind, message));
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

    function handleHello(data) {
      refusals = 0;
      const restarted = life !== null && life !== data.life;
      if (life !== data.life) {
        // Each life of a server numbers its events from 1.
        life = data.life;
        lastId = 0;
      }
      on.hello(data, restarted);
    }

    function handleEvent(kind, message) {
      const data = parse(kind, message);
      if (data === null) {
        return;
      }
      if (kind === "hello") {
        handleHello(data);
        return;
      }
      if (kind === "began" || kind === "ended") {
        // Events that are sent again after a reconnect are ignored.
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

  /** The data of a message; `null` when it is not what our servers send. */
  function parse(kind, message) {
    try {
      const data = JSON.parse(message.data);
      return board.readAs(kind, data);
    } catch {
      return null;
    }
  }
})();
