// The calls that are kept, and notes about what happened between them.
(() => {
  // A lecture of two hours. Of these, runs of polls without news: the most frequent records, and the least
  // informative.
  const MAX_CALLS = 20_000;
  const MAX_RUNS = 5_000;
  const MAX_NOTES = 1_000;

  // Evicted together, because the rows are then laid out again.
  const EVICTED_AT_ONCE = 1_000;

  // Entries of what is remembered about callers.
  const MAX_REMEMBERED = 1_000;

  // Milliseconds of a run that one record covers. A longer run is several records, so that its old end can be
  // evicted.
  const LONGEST_RUN = 10_000;

  // Milliseconds, less than between any two events of a server.
  const MOMENT = 0.001;

  // Longer than any call, long polls included: the event of its end was lost.
  const OVERDUE = 90_000;

  // Seconds after which a repeated registration is a renewal.
  const RENEWAL = 3;

  const LOOKUPS = new Set(["lookup_procedure", "list_procedures"]);
  const POLLS = new Set(["receive_messages", "receive_new_messages", "wait_messages"]);

  const fresh = () => ({
    records: [],
    notes: [],
    changedFrom: -Infinity,
    heldUntil: null,
    open: new Map(),
    lastOf: new Map(),
    lastAnswers: new Map(),
  });
  let { records, notes, changedFrom, heldUntil, open, lastOf, lastAnswers } = fresh();
  board.keepApart(
    fresh,
    () => ({ records, notes, changedFrom, heldUntil, open, lastOf, lastAnswers }),
    (state) => ({ records, notes, changedFrom, heldUntil, open, lastOf, lastAnswers } = state),
  );

  // Of all worlds.
  let serial = 0;

  /** Whether a call polls for messages; without any it is not news. */
  board.isPoll = (record) => POLLS.has(record.method);

  const isFromOurs = ({ agent }) => board.isOurClient(agent);

  /** Whether our client refreshes its list of users, which it does by itself. */
  const isRefresh = (record) => record.method === "list_users" && isFromOurs(record);

  /** Whether our client looks for its server, which it does several times a second while that is away. */
  const isSearch = (record) => LOOKUPS.has(record.method) && isFromOurs(record);

  /** Whether a server takes a name back. One that ends does it for each of its names. */
  const isWithdrawal = ({ method }) => method === "unregister_procedure";

  /** Whether a call can be part of a run: a poll, a renewal of a lease, a name taken back, or what our client does by
   *  itself. */
  board.isRoutine = (record) =>
    board.isPoll(record) ||
    record.method === "register_lease" ||
    isWithdrawal(record) ||
    isRefresh(record) ||
    isSearch(record);

  // Refreshes run beside a long poll, so they are a run of their own, which ends with any other call of the
  // client.
  const REFRESHES = " refreshes";
  const sourceOf = (record) => `${record.server} ${record.lane}${isRefresh(record) ? REFRESHES : ""}`;

  board.calls = {
    all: () => records,
    from: (at) => records.slice(indexFrom(at)),
    notes: () => notes,
    began,
    ended,
    lost,
    lostBefore,
    note,
    moveBefore,
    moveAfter,
    clear,
    touch,
    takeChanges,
    hold,
    load,
  };

  /** The calls from `at` on have changed. */
  function touch(at) {
    changedFrom = Math.min(changedFrom, at);
    board.changed("calls");
  }

  /** The time from which anything has changed since this was asked last; `Infinity` when nothing has. */
  function takeChanges() {
    const from = changedFrom;
    changedFrom = Infinity;
    return from;
  }

  /** Keeps everything up to `until`, which is being looked at, whatever comes; with `null`, nothing more. */
  function hold(until) {
    heldUntil = until;
    evict();
  }

  function began(server, data) {
    serial += 1;
    const record = {
      serial,
      number: null,
      // Where it is answered, and who reports it: the binder passes calls on to servers without a board.
      server: data.passedTo ?? server.key,
      // The port of the process at which that is read, which stays the same.
      source: data.passedTo ?? server.source,
      reporter: server.key,
      life: server.life,
      ...data,
      end: null,
      // A run of polls is the record of its first, with the number of all and the end of the last. An evicted
      // record is not continued.
      count: 1,
      evicted: false,
    };
    if (!board.isRoutine(record)) {
      board.numberLater(record, record.at);
    }
    board.assignLane(record);
    board.linkToEarlierTry(record);
    const source = sourceOf(record);
    record.before = board.isRoutine(record) ? lastOf.get(source) : null;
    board.remember(lastOf, source, record, MAX_REMEMBERED);
    if (!board.isRoutine(record)) {
      lastOf.delete(`${source}${REFRESHES}`);
    }
    insert(record);
    board.remember(open, key(server, data.id), record, MAX_REMEMBERED);
    giveUpOverdue();
    evict();
    touch(record.at);
  }

  /** Calls are kept in the order of their times. Those of different servers arrive in another one. */
  function insert(record) {
    let index = records.length;
    while (index > 0 && records[index - 1].at > record.at) {
      index -= 1;
    }
    records.splice(index, 0, record);
  }

  function ended(server, data) {
    const record = open.get(key(server, data.id));
    if (!record) {
      // It began before this page was opened.
      return;
    }
    open.delete(key(server, data.id));
    const { id, empty, ...end } = data;
    record.end = end;
    if (board.isNameRequest(record)) {
      board.assignLane(record);
    }
    board.noticeDeparture(record);
    record.routine =
      record.end.outcome === "answer" && record.end.lab === null && returnedNothing(record, empty);
    if (record.routine) {
      joinRun(record);
    } else {
      numberNews(record);
    }
    record.before = null;
    touch(record.at);
  }

  function key(server, id) {
    return `${server.source} ${server.life} ${id}`;
  }

  /** Whether a poll, a refresh or a search returned nothing new, a lease was renewed, or one more name taken back. Some
   *  polls repeat what the caller has: `receive_messages` returns everything each time, and a client that polls from a
   *  second earlier gets its last message again. */
  function returnedNothing(record, empty) {
    if (record.method === "register_lease") {
      return isRenewal(record);
    }
    if (isWithdrawal(record)) {
      const { before } = record;
      return before !== undefined && isWithdrawal(before) && before.end?.answer === record.end.answer;
    }
    const asked = `${record.server} ${record.lane} ${record.method} ${JSON.stringify(record.arguments)}`;
    if (isRefresh(record) || isSearch(record)) {
      return isRepeated(asked, `${record.life} ${record.end.answer}`);
    }
    if (!board.isPoll(record) || record.waits || empty) {
      return empty;
    }
    return isRepeated(asked, `${record.life} ${record.end.items} ${record.end.answerBytes}`);
  }

  function isRenewal(record) {
    const [names, address, port, , , held] = record.arguments;
    const endpoint = board.endpoint(address, port);
    const wasSeen = isRepeated(`${record.server} lease ${endpoint} ${JSON.stringify(names)}`, record.life);
    if (held === 0) {
      return !board.hasJustStarted(record.arguments);
    }
    // A page that was opened later has not seen the first registration.
    return wasSeen || board.registeredFor(endpoint) > RENEWAL;
  }

  /** Whether `answer` is the previous answer to `what`. */
  function isRepeated(what, answer) {
    const isSame = lastAnswers.get(what) === answer;
    board.remember(lastAnswers, what, answer, MAX_REMEMBERED);
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
    record.evicted = true;
    board.leaveLane(record);
    lastOf.set(sourceOf(record), run);
    touch(run.at);
  }

  /** The server stopped at this time: open calls will not be answered. */
  function lost(server, at) {
    lose(server, at, ({ end }) => end === null);
  }

  /** It stopped earlier than was known. */
  function lostBefore(server, at) {
    lose(server, at, ({ end }) => end?.outcome === "lost" && end.at > at);
  }

  function lose(key, at, isLost) {
    const server = board.serverKey(key);
    for (const record of open.values()) {
      const servers = [record.server, record.reporter].map(board.serverKey);
      if (servers.includes(server) && isLost(record)) {
        finishUnanswered(record, at, "lost");
      }
    }
  }

  function finishUnanswered(record, time, outcome) {
    const at = Math.max(time, record.at);
    record.end = {
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
    numberNews(record);
    touch(record.at);
  }

  /** What could have been part of a run has ended with news: it gets a number, as other calls do at their beginning. */
  function numberNews(record) {
    if (board.isRoutine(record)) {
      // The time of its row.
      board.numberLater(record, record.waits && !board.isQuick(record) ? record.end.at : record.at);
    }
  }

  function note(added) {
    serial += 1;
    const noted = { ...added, serial };
    notes = [...notes, noted].slice(-MAX_NOTES);
    touch(noted.at);
    return noted;
  }

  /** A note belongs before what happened at `at`. */
  function moveBefore(noted, at) {
    noted.at = at - MOMENT;
    touch(noted.at);
  }

  /** A note belongs after what happened at `at`, later than was known. */
  function moveAfter(noted, at) {
    touch(noted.at);
    noted.at = at + MOMENT;
  }

  /** Removes what is over, of what the picture shows. Open calls will still be answered, and a server that is not there
   *  may come back. */
  function clear() {
    const last = board.picture.until ?? Infinity;
    remove((record) => record.at <= last && board.asShown(record).end !== null);
    notes = notes.filter(
      (noted) => noted.at > last || board.server(noted.server)?.presence.isSaidBy(noted),
    );
    touch(-Infinity);
    board.picture.renew();
  }

  /** The calls of a saved run. */
  function load(saved) {
    ({ records, notes } = saved);
    for (const record of records) {
      serial += 1;
      record.serial = serial;
      board.assignSavedLane(record);
      board.linkToEarlierTry(record);
    }
    board.loadAbsences(saved.absences);
    for (const saidThen of notes) {
      serial += 1;
      saidThen.serial = serial;
    }
    touch(-Infinity);
  }

  /** The index of the first call at `at` or later. */
  function indexFrom(at) {
    let [low, high] = [0, records.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (records[middle].at < at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  function giveUpOverdue() {
    const now = board.now();
    for (const [id, record] of open) {
      // They are in the order of their beginnings, so all after this one are recent.
      if (now - record.at < OVERDUE) {
        break;
      }
      if (record.end === null) {
        finishUnanswered(record, record.at + OVERDUE, "unknown");
      }
      open.delete(id);
    }
  }

  function evict() {
    // What is looked at stays, and what comes meanwhile has as much room again.
    const most = heldUntil === null ? MAX_CALLS : 2 * MAX_CALLS;
    if (records.length < most + EVICTED_AT_ONCE) {
      return;
    }
    const isFree = ({ at }) => heldUntil === null || at > heldUntil;
    const runs = records.filter((record) => record.routine && isFree(record));
    const excess = records.length - most;
    const from = runs.length > MAX_RUNS ? runs : records.filter(isFree);
    const evicted = new Set(from.slice(0, excess));
    remove((record) => evicted.has(record));
    touch(-Infinity);
  }

  function remove(isRemoved) {
    const kept = [];
    for (const record of records) {
      record.evicted = isRemoved(record);
      if (record.evicted) {
        board.leaveLane(record);
      } else {
        kept.push(record);
      }
    }
    records = kept;
  }
})();
