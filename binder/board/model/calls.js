// The calls that are kept, and notes about what happened between them.
(() => {
  // The servers keep as many with their bodies.
  const MAX_CALLS = 1_000;

  // Of these, runs of polls without news: the most frequent records, and the least informative.
  const MAX_RUNS = 300;

  const MAX_NOTES = 100;

  // Milliseconds of a run that one record covers. A longer run is several records, so that its old end can be
  // evicted.
  const LONGEST_RUN = 10_000;

  // Longer than any call, long polls included: the event of its end was lost.
  const OVERDUE = 90_000;

  // Seconds after which a repeated registration is a renewal.
  const RENEWAL = 3;

  const POLLS = new Set(["receive_messages", "receive_new_messages", "wait_messages"]);

  let records = [];
  let notes = [];
  let serial = 0;
  let clockOffset = -Infinity;
  const open = new Map();
  const lastOf = new Map();
  const lastAnswers = new Map();

  /** The current time by the servers' clocks, which may differ from the browser's. */
  board.now = () => Date.now() + (Number.isFinite(clockOffset) ? clockOffset : 0);

  /** Whether a call polls for messages; without any it is not news. */
  board.isPoll = (record) => POLLS.has(record.method);

  /** Whether our client refreshes its list of users, which it does by itself. */
  const isRefresh = ({ method, agent }) =>
    method === "list_users" && (agent ?? "").startsWith("distributed-chat-client/");

  /** Whether a call can be part of a run: a poll, a renewal of a lease, or a refresh of the list of users. */
  board.isRoutine = (record) =>
    board.isPoll(record) || record.method === "register_lease" || isRefresh(record);

  // Refreshes run beside a long poll, so they are a run of their own, which ends with any other call of the
  // client.
  const REFRESHES = " refreshes";
  const sourceOf = (record) => `${record.server} ${record.lane}${isRefresh(record) ? REFRESHES : ""}`;

  board.calls = { all: () => records, notes: () => notes, began, ended, lost, note, clear };

  function began(server, data) {
    updateClock(data.at);
    serial += 1;
    const record = {
      serial,
      server: server.key,
      life: server.life,
      ...data,
      end: null,
      // A run of polls is the record of its first, with the number of all and the end of the last. An evicted
      // record is not continued.
      count: 1,
      evicted: false,
    };
    board.assignLane(record, records);
    const source = sourceOf(record);
    record.before = board.isRoutine(record) ? lastOf.get(source) : null;
    board.remember(lastOf, source, record, MAX_CALLS);
    if (!board.isRoutine(record)) {
      lastOf.delete(`${source}${REFRESHES}`);
    }
    records.push(record);
    board.remember(open, key(server, data.id), record, MAX_CALLS);
    evict();
    board.changed("calls");
  }

  function ended(server, data) {
    updateClock(data.at);
    const record = open.get(key(server, data.id));
    if (!record) {
      // It began before this page was opened.
      return;
    }
    open.delete(key(server, data.id));
    const { id, empty, ...end } = data;
    record.end = end;
    if (board.isNameRequest(record)) {
      board.assignLane(record, records);
    }
    record.routine =
      record.end.outcome === "answer" && record.end.lab === null && returnedNothing(record, empty);
    if (record.routine) {
      joinRun(record);
    }
    record.before = null;
    board.changed("calls");
  }

  function key(server, id) {
    return `${server.key} ${server.life} ${id}`;
  }

  function updateClock(at) {
    // Events arrive late, never early, so the largest difference is the closest.
    clockOffset = Math.max(clockOffset, at - Date.now());
  }

  /** Whether a poll or a refresh returned nothing new, or a lease was renewed. Some polls repeat what the
   *  caller has: `receive_messages` returns everything each time, and a client that polls from a second earlier
   *  gets its last message again. */
  function returnedNothing(record, empty) {
    const asked = `${record.server} ${record.lane} ${record.method} ${JSON.stringify(record.arguments)}`;
    if (record.method === "register_lease") {
      const [, address, port] = record.arguments;
      // A page that was opened later has not seen the first registration.
      return isRepeated(asked, record.life) || board.registeredFor(board.endpoint(address, port)) > RENEWAL;
    }
    if (isRefresh(record)) {
      return isRepeated(asked, `${record.life} ${record.end.answer}`);
    }
    if (!board.isPoll(record) || record.waits || empty) {
      return empty;
    }
    return isRepeated(asked, `${record.life} ${record.end.items} ${record.end.answerBytes}`);
  }

  /** Whether `answer` is the previous answer to `what`. */
  function isRepeated(what, answer) {
    const isSame = lastAnswers.get(what) === answer;
    board.remember(lastAnswers, what, answer, MAX_CALLS);
    return isSame;
  }

  /** Adds a poll without news to the run just before it. */
  function joinRun(record) {
    const run = record.before;
    const joins =
      run?.routine &&
      !run.evicted &&
      run.method === record.method &&
      record.at - run.at < LONGEST_RUN &&
      run.lane === record.lane &&
      run.life === record.life &&
      !board.isFrozenBetween(run, record);
    if (!joins) {
      return;
    }
    run.count += 1;
    Object.assign(run, { id: record.id, end: record.end });
    records.splice(records.lastIndexOf(record), 1);
    lastOf.set(sourceOf(record), run);
  }

  /** The server stopped: open calls will not be answered. */
  function lost(server) {
    const at = board.now();
    for (const record of records) {
      if (record.server === server && record.end === null) {
        record.end = unanswered(record, at, "lost");
      }
    }
    board.changed("calls");
  }

  function unanswered(record, at, outcome) {
    return {
      at,
      milliseconds: at - record.at,
      outcome,
      fault: null,
      answer: "",
      items: null,
      answerBytes: 0,
      requestBytes: 0,
      lab: null,
    };
  }

  function note(added) {
    serial += 1;
    notes = [...notes, { ...added, serial }].slice(-MAX_NOTES);
    board.changed("calls");
  }

  /** Removes finished calls; open ones will still be answered. */
  function clear() {
    for (const record of records) {
      record.evicted = record.end !== null;
    }
    records = records.filter((record) => !record.evicted);
    notes = [];
    board.changed("calls");
  }

  function evict() {
    const now = board.now();
    for (const record of open.values()) {
      // They are in the order of their beginnings, so all after this one are recent.
      if (now - record.at < OVERDUE) {
        break;
      }
      record.end ??= unanswered(record, record.at + OVERDUE, "unknown");
      open.delete(`${record.server} ${record.life} ${record.id}`);
    }
    if (records.length > MAX_CALLS) {
      const runs = records.filter((record) => record.routine).length;
      const oldest = runs > MAX_RUNS ? records.findIndex((record) => record.routine) : 0;
      const [evicted] = records.splice(oldest, 1);
      evicted.evicted = true;
    }
  }
})();
