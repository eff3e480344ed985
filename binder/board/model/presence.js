// Whether a server is there: since when it is not, and the notes about it.
(() => {
  // A page may notice the end of a stream so many milliseconds after the server's clients, which act at once.
  const LATER = 20;

  /** What is known of the presence of the server with this key. */
  board.watchPresence = (key) => {
    // When its stream ended; `null` while it answers.
    let lostAt = null;
    // When it was last seen with a stream.
    let lastAt = -Infinity;
    // When it was seen since, though not by a stream.
    let seenAt = null;
    // The notes of its last end, and of its last restart.
    let end = null;
    let restart = null;
    let isAway = false;

    const note = (kind, at) => board.calls.note({ kind, server: key, at });

    return {
      /** There is no stream any more. Only another attempt shows whether there is a server, but then it is this
       *  moment that counts: its clients have noticed it, too. */
      isLost(at) {
        lostAt ??= Math.max(at - LATER, Math.min(lastAt, at));
      },
      /** It does not answer. */
      isGone() {
        end = note("gone", lostAt);
        isAway = true;
        board.calls.lost(key, lostAt);
      },
      /** It answers. `kind` says as what, where that is news: `back`, `restarted` or `replaced`. */
      isThere(kind) {
        if (kind !== null) {
          const noted = note(kind, board.now());
          if (seenAt !== null) {
            board.calls.moveBefore(noted, seenAt);
          }
          restart = kind === "restarted" ? noted : restart;
        }
        if (kind === "restarted" || kind === "replaced") {
          board.calls.lost(key, lostAt ?? board.now());
        }
        lostAt = null;
        seenAt = null;
        isAway = false;
      },
      /** Whether this note says since when it is not there. */
      isSaidBy: (noted) => isAway && noted === end,
      /** It was there at this time, perhaps before this page was connected to it again. */
      wasThere(at) {
        if (lostAt !== null) {
          seenAt ??= at > lostAt + LATER ? at : null;
          return;
        }
        lastAt = Math.max(lastAt, at);
        if (!(restart?.at > at)) {
          return;
        }
        // So its end, which may have been noticed as late, was before.
        let first = restart;
        board.calls.moveBefore(restart, at);
        if (end?.at >= restart.at) {
          board.calls.moveBefore(end, restart.at);
          first = end;
        }
        board.calls.lostBefore(key, first.at);
      },
    };
  };
})();
