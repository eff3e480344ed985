// The calls that are kept, and what happened between them.
(() => {
  // The servers keep as many with their bodies.
  const KEPT = 1_000;

  // Of these, runs of polls that brought nothing: they are what there is most of, and what tells least.
  const KEPT_RUNS = 300;

  const KEPT_NOTES = 100;

  // How much of a run of polls one record may stand for. Longer runs are several, so that the old end of
  // a long one can be forgotten.
  const LONGEST_RUN = 10_000;

  // No call takes this long, a long poll included: its end went missing.
  const OVERDUE = 90_000;

  // Seconds after which a registration that comes again is a renewal, and no part of the first.
  const RENEWAL = 3;

  const POLLS = new Set(["receive_messages", "receive_new_messages", "wait_messages"]);

  let records = [];
  let notes = [];
  let serial = 0;
  let ahead = -Infinity;
  const open = new Map();
  const lastOf = new Map();
  const lastSeen = new Map();

  /** The present by the servers' clocks, which may differ from the browser's. */
  board.now = () => Date.now() + (Number.isFinite(ahead) ? ahead : 0);

  /** Whether a call asks again and again for what is new, and is no news when there is nothing. */
  board.isPoll = (record) => POLLS.has(record.method);

  /** Whether our client asks by itself who is there, to know whom it can write to. */
  const isLook = ({ method, agent }) =>
    method === "list_users" && (agent ?? "").startsWith("distributed-chat-client/");

  /** Whether a call may stand in a run: it is a poll, keeps a lease, or only looks. */
  board.isRoutine = (record) =>
    board.isPoll(record) || record.method === "register_lease" || isLook(record);

  // Looks go on beside a long poll, so they are a run of their own, which ends when the client does something.
  const LOOKS = " looks";
  const sourceOf = (record) => `${record.server} ${record.lane}${isLook(record) ? LOOKS : ""}`;

  board.calls = { all: () => records, notes: () => notes, began, ended, lost, note, clear };

  function began(server, data) {
    heardAt(data.at);
    serial += 1;
    const record = {
      serial,
      server: server.key,
      life: server.life,
      ...data,
      end: null,
      // A run of polls is the record of its first, with the number of all and the end of the last. None goes
      // on in a record that is not kept any more.
      count: 1,
      forgotten: false,
    };
    board.settle(record, records);
    const source = sourceOf(record);
    record.before = board.isRoutine(record) ? lastOf.get(source) : null;
    board.remember(lastOf, source, record, KEPT);
    if (!board.isRoutine(record)) {
      lastOf.delete(`${source}${LOOKS}`);
    }
    records.push(record);
    board.remember(open, key(server, data.id), record, KEPT);
    forget();
    board.changed("calls");
  }

  function ended(server, data) {
    heardAt(data.at);
    const record = open.get(key(server, data.id));
    if (!record) {
      // Its beginning is from before this page.
      return;
    }
    open.delete(key(server, data.id));
    const { id, empty, ...end } = data;
    record.end = end;
    if (board.isClaim(record)) {
      board.settle(record, records);
    }
    record.routine =
      record.end.outcome === "answer" && record.end.lab === null && broughtNothing(record, empty);
    if (record.routine) {
      joinRun(record);
    }
    record.before = null;
    board.changed("calls");
  }

  function key(server, id) {
    return `${server.key} ${server.life} ${id}`;
  }

  function heardAt(at) {
    // Events arrive late, never early: the largest difference is the nearest.
    ahead = Math.max(ahead, at - Date.now());
  }

  /** Whether a poll or a look found nothing new, or a lease was only renewed. Some polls bring again what the caller has:
   *  `receive_messages` everything each time, and a client that asks from a second earlier its last message. */
  function broughtNothing(record, empty) {
    const asked = `${record.server} ${record.lane} ${record.method} ${JSON.stringify(record.arguments)}`;
    if (record.method === "register_lease") {
      const [, address, port] = record.arguments;
      // A page that was opened later has not seen the registration itself.
      return isRepeated(asked, record.life) || board.registeredFor(board.endpoint(address, port)) > RENEWAL;
    }
    if (isLook(record)) {
      return isRepeated(asked, `${record.life} ${record.end.answer}`);
    }
    if (!board.isPoll(record) || record.waits || empty) {
      return empty;
    }
    return isRepeated(asked, `${record.life} ${record.end.items} ${record.end.answerBytes}`);
  }

  /** Whether `answer` is what was seen of `what` the last time. */
  function isRepeated(what, answer) {
    const isSame = lastSeen.get(what) === answer;
    board.remember(lastSeen, what, answer, KEPT);
    return isSame;
  }

  /** Adds a poll that brought nothing to the run of such polls just before it. */
  function joinRun(record) {
    const run = record.before;
    const joins =
      run?.routine &&
      !run.forgotten &&
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

  /** The server stopped: nothing that is open will be answered. */
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
    notes = [...notes, { ...added, serial }].slice(-KEPT_NOTES);
    board.changed("calls");
  }

  /** Forgets what is finished; what is open will still be answered. */
  function clear() {
    for (const record of records) {
      record.forgotten = record.end !== null;
    }
    records = records.filter((record) => !record.forgotten);
    notes = [];
    board.changed("calls");
  }

  function forget() {
    const now = board.now();
    for (const record of open.values()) {
      // In the order in which they began, so the first that is not overdue is the last to look at.
      if (now - record.at < OVERDUE) {
        break;
      }
      record.end ??= unanswered(record, record.at + OVERDUE, "unknown");
      open.delete(`${record.server} ${record.life} ${record.id}`);
    }
    if (records.length > KEPT) {
      const runs = records.filter((record) => record.routine).length;
      const oldest = runs > KEPT_RUNS ? records.findIndex((record) => record.routine) : 0;
      const [forgotten] = records.splice(oldest, 1);
      forgotten.forgotten = true;
    }
  }
})();
