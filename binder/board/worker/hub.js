// What all tabs of a browser share: one stream of each server, kept here for as many tabs as want it.
//
// A browser has six connections to a server at most, and a stream takes one for as long as it lasts. With streams of
// its own for each tab, the seventh would wait for an answer as long as the others are open.
(() => {
  // Messages that a tab may leave unread, as one does that the browser has frozen. It has missed what comes then.
  const MOST_UNREAD = 5_000;

  // For each path its feed, and the viewers: `{path, tell, unread, isGreeted, isBehind, missed}`.
  const shared = new Map();

  /** Serves one tab, whose feeds have numbers: it says what to do with one (`kind`), and is told what happens in it. */
  board.attend = (port) => {
    const viewers = new Map();
    const asked = {
      open({ number, path }) {
        const tell = (message) => port.postMessage({ number, ...message });
        const viewer = { path, tell, unread: 0, isGreeted: false, isBehind: false, missed: 0 };
        viewers.set(number, viewer);
        join(viewer);
      },
      retry: ({ number }) => shared.get(viewers.get(number)?.path)?.feed.retry(),
      read({ number, count }) {
        if (viewers.has(number)) {
          catchUp(viewers.get(number), count);
        }
      },
      close({ number }) {
        if (viewers.has(number)) {
          leave(viewers.get(number));
          viewers.delete(number);
        }
      },
      leave() {
        viewers.forEach(leave);
        viewers.clear();
      },
    };
    port.onmessage = ({ data }) => asked[data.kind](data);
  };

  function join(viewer) {
    const known = shared.get(viewer.path);
    if (known) {
      known.viewers.add(viewer);
      // A new stream begins with all that a viewer has to know, and goes on for the others where they are.
      known.feed.renew();
      return;
    }
    const viewers = new Set([viewer]);
    const each = (tell) => [...viewers].forEach(tell);
    const feed = board.openFeed(viewer.path, {
      hello: (data) => each((one) => greet(one, data)),
      event: (event, data) => each((one) => inform(one, event, data)),
      lost: (why, at) => each((one) => send(one, { kind: "lost", why, at })),
    });
    shared.set(viewer.path, { feed, viewers });
  }

  function leave(viewer) {
    const { feed, viewers } = shared.get(viewer.path);
    viewers.delete(viewer);
    if (viewers.size === 0) {
      feed.close();
      shared.delete(viewer.path);
    }
  }

  /** A viewer's stream begins, or goes on: only now it can make something of events. */
  function greet(viewer, data) {
    viewer.isBehind = false;
    if (send(viewer, { kind: "hello", data: { ...data, missed: data.missed + viewer.missed } })) {
      viewer.isGreeted = true;
      viewer.missed = 0;
    } else {
      viewer.missed += data.missed;
    }
  }

  function inform(viewer, event, data) {
    if (viewer.isGreeted && !viewer.isBehind) {
      send(viewer, { kind: "event", event, data });
    }
    if (viewer.isBehind) {
      viewer.missed += 1;
    }
  }

  /** Tells a viewer something; returns whether it had room for it. */
  function send(viewer, message) {
    if (viewer.unread >= MOST_UNREAD) {
      viewer.isBehind = true;
      return false;
    }
    viewer.unread += 1;
    viewer.tell(message);
    return true;
  }

  /** A viewer has read so many messages. */
  function catchUp(viewer, count) {
    viewer.unread -= count;
    if (viewer.isBehind && viewer.unread < MOST_UNREAD / 2) {
      shared.get(viewer.path).feed.renew();
    }
  }
})();
