// Whether a server is there: since when it is not, and the notes about it.
(() => {
  // A page may notice the end of a stream so many milliseconds after the server's clients, which act at once.
  const LATER = 20;

  /** What is known of the presence of the server with this key. */
  board.watchPresence = (key) => {
    // When its stream ended; `null` while it answers.
    let lostAt = null;
    // When it was last seen.
    let lastAt = -Infinity;
    // When it registered since, perhaps another program in its place.
    let startedAt = null;
    // The notes of its last end, and of its last restart.
    let end = null;
    let restart = null;
    let isAway = false;

    const note = (kind, at) => board.calls.note({ kind, server: key, at });

    /** The note of a return is above what it did then. So is its end, which may have been noticed as late. */
    function putBefore(noted, at) {
      board.calls.moveBefore(noted, at);
      const isEndLater = end?.at >= noted.at;
      if (isEndLater) {
        board.calls.moveBefore(end, noted.at);
      }
      board.calls.lostBefore(key, (isEndLater ? end : noted).at);
    }

    /** It was there at this time, perhaps before this page was connected to it again. */
    function wasThere(at) {
      lastAt = Math.max(lastAt, at);
      if (restart?.at > at) {
        putBefore(restart, at);
      }
    }

    return {
      /** There is no stream any more. Only another attempt shows whether there is a server, but then it is this
       *  moment that counts: its clients have noticed it, too. */
      isLost(at) {
        lostAt ??= Math.max(at - LATER, Math.min(lastAt, at));
      },
      /** It does not answer, and was lost before (`isLost`). */
      isGone() {
        end = note("gone", lostAt);
        isAway = true;
        board.calls.lost(key, lostAt);
      },
      /** It answers. `kind` says as what, where that is news: `back`, `restarted` or `replaced`. */
      isThere(kind) {
        const now = board.now();
        const noted = kind && note(kind, now);
        restart = kind === "restarted" ? noted : restart;
        if (kind === "restarted" || kind === "replaced") {
          board.calls.lost(key, lostAt ?? now);
        }
        if (noted !== null && startedAt !== null && startedAt > lastAt) {
          putBefore(noted, startedAt);
        }
        lastAt = now;
        lostAt = null;
        startedAt = null;
        isAway = false;
      },
      /** Whether this note says since when it is not there. */
      isSaidBy: (noted) => isAway && noted === end,
      /** It has registered in the binder. `isNew`: it says that it has just started. */
      hasRegistered(at, isNew) {
        const isAfterEnd = lostAt !== null && at > lostAt + LATER;
        if (at > lastAt && (isNew || isAfterEnd)) {
          startedAt ??= at;
        } else if (startedAt === null) {
          wasThere(at);
        }
      },
      /** It has taken a name back, as one that ends does when its stream has ended already. */
      hasUnregistered(at) {
        wasThere(at);
        if (lostAt !== null && at > lostAt) {
          lostAt = at;
          if (isAway) {
            board.calls.moveAfter(end, at);
          }
        }
      },
      wasThere,
    };
  };
})();
