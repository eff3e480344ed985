// One server's stream of events, kept open as long as the page.
//
// It is read with `fetch`, not with an `EventSource`: that has no limit for a line, and does not say why a stream
// was refused.
(() => {
  // Milliseconds between attempts. A server on this machine is back within a moment, and registers before
  // anything else: the page should be there by then.
  const SOON = 250;
  const LATER = 2_000;
  const SOON_TIMES = 240;

  // The same for a server that answers without a stream: one without a board, or a board that is full. The binder had a
  // board when it sent this page, and no other server says that it has one again.
  const REFUSED_PAUSES = [1_000, 2_000, 5_000, 10_000, 30_000];
  const LONGEST_OF_BINDER = 5_000;

  // A server sends its state every five seconds. After this time without anything, it has stopped.
  const SILENCE = 15_000;

  // Of this time, the last part is for the answer to another attempt. It may be the browser that has stopped, with its
  // connections, and lives again.
  const PROOF = 2_000;

  // What came while the browser was stopped is read within this time, before anything is concluded.
  const READING = 1_000;

  // Characters of a line. Longer ones are skipped; our servers' events have at most a few thousand.
  const LONGEST_LINE = 1 << 18;

  const FULL = 503;

  /**
   * Opens the stream at `path` and keeps it open.
   *
   * `on.hello(data, restarted)` is called at each connection, `on.event(kind, data)` once for each event, and
   * `on.lost(why, at)` when there is no connection: `ended`, `silent`, `unreachable`, `no-board` or `full`. The result
   * has `close()`, `retry()` for when there is reason to hope, and `renew()`, after which the server says again what it
   * is and how it stands.
   */
  board.openFeed = (path, on) => {
    let isClosed = false;
    let aborter = null;
    let timer = 0;
    let watchdog = 0;
    let failures = 0;
    let isSilent = false;
    let isGreeted = false;
    let isRenewed = false;
    let patience = SILENCE;
    let life = null;
    // The last event: its number, and its whole identifier, by which a stream goes on after it.
    let lastNumber = 0;
    let lastId = "";
    // As the server wishes, in milliseconds.
    let pause = null;

    async function open() {
      timer = 0;
      aborter = new AbortController();
      isSilent = false;
      isGreeted = false;
      watch(patience, giveUp);
      patience = SILENCE;
      const why = await follow(aborter.signal).catch(() => "unreachable");
      clearTimeout(watchdog);
      if (isClosed) {
        return;
      }
      if (isRenewed) {
        isRenewed = false;
        open();
        return;
      }
      const isRefused = why === "no-board" || why === "full";
      const longest = path.startsWith("/") ? LONGEST_OF_BINDER : Infinity;
      const refused = Math.min(REFUSED_PAUSES[Math.min(failures, REFUSED_PAUSES.length - 1)], longest);
      const usual = failures < SOON_TIMES ? Math.min(pause ?? SOON, SOON) : LATER;
      timer = setTimeout(open, isRefused ? refused : usual);
      failures += 1;
      on.lost(isSilent ? "silent" : why, Date.now());
    }

    /** After so long without anything there is a conclusion. */
    function watch(time, conclude) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => (watchdog = setTimeout(conclude, READING)), time - READING);
    }

    function giveUp() {
      isSilent = true;
      aborter.abort();
    }

    /** Another connection shows whether the server is silent, or this one is dead. */
    function ask() {
      patience = PROOF;
      renew();
    }

    function renew() {
      if (timer !== 0) {
        clearTimeout(timer);
        open();
      } else if (isGreeted) {
        isGreeted = false;
        isRenewed = true;
        aborter.abort();
      }
    }

    async function follow(signal) {
      const answer = await fetch(lastId === "" ? path : `${path}?after=${encodeURIComponent(lastId)}`, {
        signal,
        cache: "no-store",
      }).catch(() => null);
      if (answer === null) {
        return (await answersAtAll(signal)) ? "no-board" : "unreachable";
      }
      if (!answer.ok || !(answer.headers.get("content-type") ?? "").startsWith("text/event-stream")) {
        aborter.abort();
        return answer.status === FULL ? "full" : "no-board";
      }
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      const lines = lineReader(messageReader(handleMessage, (wanted) => (pause = wanted)));
      for (;;) {
        const { done, value } = await reader.read().catch(() => ({ done: true }));
        if (done) {
          return "ended";
        }
        lines(decoder.decode(value, { stream: true }));
        if (isGreeted) {
          watch(SILENCE - PROOF, ask);
        }
      }
    }

    /** Whether there is anything. A browser does not show what a server answers that knows nothing of pages, such as
     *  an original one; but it does tell whether it answers. */
    async function answersAtAll(signal) {
      return fetch(path, { mode: "no-cors", signal, cache: "no-store" }).then(
        () => true,
        () => false,
      );
    }

    function handleMessage(kind, text, id) {
      // What came with the last piece may be more than was wanted.
      const data = !isClosed && board.EVENT_KINDS.includes(kind) ? parse(kind, text) : null;
      if (data === null) {
        return;
      }
      if (kind === "hello") {
        failures = 0;
        isGreeted = true;
        const restarted = life !== null && life !== data.life;
        if (life !== data.life) {
          // Each life of a server numbers its events from 1, and says after which one a stream begins.
          life = data.life;
          lastNumber = numberOf(id);
          lastId = id;
        }
        on.hello(data, restarted);
        return;
      }
      if (kind === "began" || kind === "ended") {
        // Events that are sent again after a reconnect are ignored.
        const number = numberOf(id);
        if (!(number > lastNumber)) {
          return;
        }
        lastNumber = number;
        lastId = id;
      }
      on.event(kind, data);
    }

    open();
    return {
      close() {
        isClosed = true;
        clearTimeout(timer);
        clearTimeout(watchdog);
        aborter.abort();
      },
      retry() {
        failures = 0;
        if (timer !== 0) {
          clearTimeout(timer);
          open();
        }
      },
      renew,
    };
  };

  /** The number at the end of an event's identifier. */
  const numberOf = (id) => Number(id.slice(id.lastIndexOf("-") + 1)) || 0;

  /** Takes pieces of a stream and gives its lines; one that does not end is skipped. */
  function lineReader(line) {
    let rest = "";
    let skips = false;
    return (piece) => {
      const lines = (rest + piece).split("\n");
      rest = lines.pop();
      for (const text of lines) {
        if (!skips) {
          line(text.endsWith("\r") ? text.slice(0, -1) : text);
        }
        skips = false;
      }
      if (rest.length > LONGEST_LINE) {
        rest = "";
        skips = true;
      }
    };
  }

  /** Takes lines and gives messages: an empty line ends one. */
  function messageReader(message, retry) {
    let fields = {};
    return (line) => {
      if (line === "") {
        if (fields.event !== undefined && fields.data !== undefined) {
          message(fields.event, fields.data, fields.id ?? "");
        }
        fields = {};
        return;
      }
      const colon = line.indexOf(":");
      if (colon > 0) {
        const [field, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
        fields[field] = value;
        if (field === "retry" && Number.isSafeInteger(Number(value))) {
          retry(Number(value));
        }
      }
    };
  }

  /** The data of a message; `null` when it is not usable, which our servers never send. */
  function parse(kind, text) {
    try {
      const data = JSON.parse(text);
      return typeof data === "object" && data !== null ? board.readAs(kind, data) : null;
    } catch {
      return null;
    }
  }
})();
