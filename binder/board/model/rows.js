// From calls to the rows of the diagram.
//
// A row is a call with its answer; a late answer; a note; a gap in time; or the same from several clients: polls
// without news (`polls`), and messages delivered to pollers (`delivery`). Without shared rows, thirty clients would
// fill the screen with one message.
(() => {
  // A quicker answer is shown in the row of its call, whatever happened in between: the difference is
  // invisible. Milliseconds, as all times here.
  const QUICK = 50;

  // A short poll should be answered at once. After this time it is shown as open.
  const SHORT_POLL_TIME = 300;

  // Deliveries of one message reach all polling clients within about a second.
  const ONE_DELIVERY = 1_000;

  // A run of polls continues in its row after other calls for this long.
  const RUN_GAP = 5_000;

  // Rows that are so far apart have a mark between them.
  const GAP = 10_000;

  // An outage of fewer rows is drawn longer.
  const SHORT_OUTAGE = 3;

  // Lost calls that are remembered for the bracket to their repetition.
  const MOST_LOST = 50;

  /** The events in order: `{at, kind: "began" | "ended" | "note", record | note}`, those from `from` on. */
  board.timeline = (records, notes, from = -Infinity) => {
    const items = [];
    for (const record of records) {
      if (record.at >= from) {
        items.push({ at: record.at, kind: "began", record });
      }
      if (record.end !== null && Math.max(record.end.at, record.at) >= from) {
        items.push({ at: Math.max(record.end.at, record.at), kind: "ended", record });
      }
    }
    for (const note of notes) {
      if (note.at >= from) {
        items.push({ at: note.at, kind: "note", note });
      }
    }
    return items.sort((one, other) => one.at - other.at);
  };

  /** Whether the answer is shown in the row of its call. */
  board.isQuick = (record) =>
    record.end !== null && record.end.milliseconds < QUICK && record.end.outcome !== "lost";

  /** Whether an event is a step of its own. */
  board.isNews = ({ kind, record }) => {
    if (kind === "note") {
      return true;
    }
    if (kind === "ended") {
      return !record.routine && !board.isQuick(record);
    }
    return !record.routine && !(record.waits && !board.isQuick(record));
  };

  /** Makes rows of events. What is open at the end of one builder is carried to the next: `{pending, bars, outages,
   *  lost, at}`. */
  board.RowBuilder = class {
    constructor(laneOf, now, carried) {
      Object.assign(this, { laneOf, now, rows: [], bars: [] });
      // The calls whose end is still to come.
      this.pending = new Set(carried.pending);
      this.barOf = new Map(carried.bars);
      this.outages = carried.outages.map((outage) => ({ ...outage }));
      // The rows of calls whose answer was lost.
      this.lost = new Map(carried.lost);
      this.lastAt = carried.at;
      // The time of the first short poll that is left out because its answer is expected.
      this.unsettledFrom = Infinity;
      // The newest row of polls for each server and method.
      this.polls = new Map();
      // For each caller, the newest row of news, and of polls.
      this.newsOf = new Map();
      this.pollsOf = new Map();
      this.lastNews = -1;
      this.lastNote = -1;
    }

    take(item) {
      this[item.kind](item.record ?? item.note, item.at);
    }

    /** What the next builder begins with. */
    carry() {
      const outages = this.outages.filter(({ to }) => to === null);
      return {
        pending: [...this.pending],
        bars: [...this.barOf],
        outages,
        lost: [...this.lost],
        at: this.lastAt,
      };
    }

    began(record) {
      this.pending.add(record);
      const quick = board.isQuick(record);
      if (record.routine) {
        this.addToPolls(record, record.count);
      } else if (record.waits && !quick) {
        this.openBar(record, this.addToPolls(record, 0));
      } else if (board.isPoll(record) && quick && record.end.outcome === "answer") {
        this.addToDelivery(record, true, record.at);
      } else if (board.isPoll(record) && record.end === null && this.now - record.at < SHORT_POLL_TIME) {
        // It will be answered in a moment, and its row depends on the answer.
        this.unsettledFrom = Math.min(this.unsettledFrom, record.at);
      } else {
        const row = this.addNews("call", record, record.at);
        row.answered = quick;
        this.bracket(record, row);
        if (!quick) {
          this.openBar(record, row);
        }
      }
    }

    /** Joins a repetition to the row of the call that it repeats. */
    bracket(record, row) {
      const before = board.repeatedBy(record);
      if (before !== null) {
        row.tries = board.triesUntil(record).length;
        row.repeats = this.lost.get(before.serial) ?? null;
      }
      if (board.isUnanswered(record)) {
        board.remember(this.lost, record.serial, row, MOST_LOST);
      }
    }

    ended(record, at) {
      this.pending.delete(record);
      if (record.routine || board.isQuick(record)) {
        return;
      }
      const isDelivery = record.waits && record.end.outcome === "answer";
      const row = isDelivery ? this.addToDelivery(record, false, at) : this.addNews("answer", record, at);
      const bar = this.barOf.get(record);
      if (bar) {
        this.barOf.delete(record);
        this.bars.push({ ...bar, to: row });
      }
    }

    note(note, at) {
      const row = this.add({
        kind: "note",
        id: `note-${note.serial}`,
        at,
        note,
        server: board.serverKey(note.server),
        cells: new Map(),
      });
      this.lastNews = row.index;
      this.lastNote = row.index;
      const outage = this.outages.find((known) => known.server === row.server && known.to === null);
      if (note.kind === "gone" && !outage) {
        this.outages.push({ server: row.server, from: row, to: null });
      } else if (["back", "restarted", "replaced"].includes(note.kind) && outage) {
        outage.to = row;
        // The lane without its server should be long enough to be seen.
        row.isSpaced = row.index - outage.from.index < SHORT_OUTAGE;
      }
    }

    add(row) {
      if (row.at - this.lastAt >= GAP) {
        this.append({
          kind: "gap",
          id: `gap-${row.id}`,
          at: row.at,
          time: row.at - this.lastAt,
          cells: new Map(),
        });
      }
      this.lastAt = row.at;
      return this.append(row);
    }

    append(row) {
      row.index = this.rows.length;
      this.rows.push(row);
      return row;
    }

    /** Its lane and who calls: where callers without a lane of their own share one, they are told apart all the
     *  same. */
    callerOf(record) {
      const lane = this.laneOf(record);
      return { lane, caller: board.isShared(lane) ? record.lane : lane };
    }

    addNews(kind, record, at) {
      const { lane, caller } = this.callerOf(record);
      const row = this.add({
        kind,
        id: `${kind}-${record.serial}`,
        at,
        server: board.serverKey(record.server),
        method: record.method,
        requests: kind === "call",
        answered: kind === "answer",
        tries: 1,
        repeats: null,
        cells: new Map([[caller, { lane, record, count: 1, since: record.at, until: at }]]),
      });
      this.lastNews = row.index;
      this.newsOf.set(caller, row.index);
      return row;
    }

    addToPolls(record, count) {
      const { lane, caller } = this.callerOf(record);
      const what = `${record.server} ${record.method}`;
      let row = this.polls.get(what);
      const continues =
        row &&
        row.index > this.lastNote &&
        row.index > (this.newsOf.get(caller) ?? -1) &&
        (row.index > this.lastNews || record.at - row.at < RUN_GAP);
      if (!continues) {
        row = this.add({
          kind: "polls",
          id: `polls-${record.serial}`,
          at: record.at,
          server: board.serverKey(record.server),
          method: record.method,
          requests: true,
          answered: false,
          cells: new Map(),
        });
        this.polls.set(what, row);
      }
      const cell = row.cells.get(lane) ?? { lane, record, count: 0, since: record.at, until: record.at };
      cell.record = record;
      cell.count += count;
      cell.until = record.end?.at ?? record.at;
      row.cells.set(lane, cell);
      this.pollsOf.set(caller, row.index);
      // The picture is not silent while this row counts.
      this.lastAt = Math.max(this.lastAt, cell.until);
      return row;
    }

    addToDelivery(record, requests, at) {
      const { lane, caller } = this.callerOf(record);
      const last = this.rows[this.lastNews];
      const continues =
        last?.kind === "delivery" &&
        last.server === board.serverKey(record.server) &&
        last.method === record.method &&
        last.requests === requests &&
        !last.cells.has(caller) &&
        at - last.at < ONE_DELIVERY &&
        (this.pollsOf.get(caller) ?? -1) < last.index;
      if (!continues) {
        const row = this.addNews("delivery", record, at);
        return Object.assign(row, { requests, answered: true });
      }
      last.cells.set(caller, { lane, record, count: 1, since: record.at, until: at });
      this.newsOf.set(caller, last.index);
      return last;
    }

    openBar(record, row) {
      this.barOf.set(record, { record, lane: this.laneOf(record), from: row });
    }
  };
})();
