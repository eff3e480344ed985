// The streams of this tab, which it shares with the other tabs of the browser (worker/hub.js). Where there is no such
// worker, as on some telephones, it has streams of its own.
(() => {
  const PATH = "/board/worker.js";

  // After this many messages the tab reports to the worker that it has read them.
  const READ_AT_ONCE = 100;

  const openOwn = board.openFeed;
  // By number: `{path, on, life, unsaid, own}`.
  const feeds = new Map();
  let numbers = 0;
  let port = typeof SharedWorker === "undefined" ? null : connect();

  /** Opens the stream at `path`, and says what happens in it as the feed of one tab does. */
  board.openFeed = (path, on) => {
    numbers += 1;
    const number = numbers;
    const feed = { path, on, life: null, unsaid: 0, own: null };
    feeds.set(number, feed);
    if (port === null) {
      feed.own = openOwn(path, on);
    } else {
      port.postMessage({ kind: "open", number, path });
    }
    return {
      close() {
        feeds.delete(number);
        feed.own?.close();
        port?.postMessage({ kind: "close", number });
      },
      retry() {
        feed.own?.retry();
        port?.postMessage({ kind: "retry", number });
      },
    };
  };

  function connect() {
    // Another release of the binder has another worker, beside which an older one may still serve older tabs.
    const release = document.querySelector("meta[name=worker]").content;
    const policy = globalThis.trustedTypes?.createPolicy("worker", { createScriptURL: () => PATH });
    try {
      const worker = new SharedWorker(policy?.createScriptURL("") ?? PATH, release);
      worker.addEventListener("error", goAlone);
      worker.port.onmessage = ({ data }) => take(data);
      addEventListener("pagehide", () => port?.postMessage({ kind: "leave" }));
      // A tab that the browser had put away does not know what it missed.
      addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
      return worker.port;
    } catch {
      // The browser's settings forbid it.
      return null;
    }
  }

  function take({ number, kind, event, data, why, at }) {
    const feed = feeds.get(number);
    if (!feed || port === null) {
      return;
    }
    feed.unsaid += 1;
    if (feed.unsaid >= READ_AT_ONCE) {
      port.postMessage({ kind: "read", number, count: feed.unsaid });
      feed.unsaid = 0;
    }
    if (kind === "hello") {
      const restarted = feed.life !== null && feed.life !== data.life;
      feed.life = data.life;
      feed.on.hello(data, restarted);
    } else if (kind === "event") {
      feed.on.event(event, data);
    } else {
      feed.on.lost(why, at);
    }
  }

  /** The worker could not be started. */
  function goAlone() {
    port = null;
    for (const feed of feeds.values()) {
      feed.own = openOwn(feed.path, feed.on);
    }
  }
})();
