// Calls that repeat one whose answer was lost, and what followed them.
(() => {
  // A repetition follows soon. Milliseconds, as below.
  const SOON = 60_000;

  // Messages are delivered to all pollers within this time.
  const DELIVERED = 5_000;

  const MAX_REMEMBERED = 1_000;

  const UNANSWERED = new Set(["dropped", "lost", "unknown"]);
  const SENDS = new Set(["send_message", "send_message_once"]);

  let lastOf = new Map();
  board.keepApart(
    () => new Map(),
    () => lastOf,
    (state) => (lastOf = state),
  );

  /** Whether the lab let the request get lost, so that nothing came back either. */
  board.isRequestLost = ({ end }) => end?.outcome === "dropped" && end.lab === "drop-request";

  /** Whether a call sends a message. */
  board.isSend = ({ method }) => SENDS.has(method);

  /** Whether the caller got neither an answer nor a fault. */
  board.isUnanswered = ({ end }) => end !== null && UNANSWERED.has(end.outcome);

  /** Links a call to the one before it with the same caller, method and arguments. */
  board.linkToEarlierTry = (record) => {
    const key = `${record.user ?? record.connection} ${record.method} ${JSON.stringify(record.arguments)}`;
    const before = lastOf.get(key);
    record.repeated = before && !before.evicted && record.at - before.at < SOON ? before : null;
    board.remember(lastOf, key, record, MAX_REMEMBERED);
  };

  /** The call that this one repeats: the same one before it, whose answer was lost. */
  board.repeatedBy = (record) => {
    const before = record.repeated;
    const isRepetition = before && !before.evicted && !record.routine && board.isUnanswered(before);
    return isRepetition ? before : null;
  };

  /** All tries up to this one, the first one first. */
  board.triesUntil = (record) => {
    const tries = [record];
    for (let before = board.repeatedBy(record); before !== null; before = board.repeatedBy(before)) {
      tries.unshift(before);
    }
    return tries;
  };

  /** All tries of which this call is one. */
  board.triesOf = (record) => {
    const tries = board.triesUntil(record);
    for (const later of board.calls.all()) {
      if (later.repeated === tries.at(-1) && board.repeatedBy(later) !== null) {
        tries.push(later);
      }
    }
    return tries;
  };

  /** The calls that belong to a selected one: all tries, and what delivered the message to others. */
  board.familyOf = (record) => {
    const tries = board.triesOf(record);
    const family = new Set(tries);
    if (!board.isSend(record)) {
      return family;
    }
    const last = tries.at(-1);
    const until = (last.end?.at ?? last.at) + DELIVERED;
    const reached = new Set();
    for (const poll of board.calls.all()) {
      const isDelivery =
        board.isPoll(poll) &&
        poll.end !== null &&
        !poll.routine &&
        poll.end.items > 0 &&
        board.serverKey(poll.server) === board.serverKey(record.server) &&
        poll.room === record.room &&
        poll.end.at >= tries[0].at &&
        poll.end.at <= until;
      if (isDelivery && !reached.has(poll.lane)) {
        reached.add(poll.lane);
        family.add(poll);
      }
    }
    return family;
  };
})();
