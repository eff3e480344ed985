// A run as text: everything that the diagram shows, with the XML behind it, so that it can be opened again without
// any server. Calls are saved as the servers sent them, and read as strictly.
(() => {
  const FORMAT = "chat-rpc-run";

  // Calls and notes of a run that is opened: more than a page keeps (calls.js), so that what it saved is opened whole.
  const MOST_CALLS = 50_000;
  const MOST_NOTES = 2_000;
  const MOST_ABSENCES = 2_000;
  const MOST_SERVERS = 24;

  const STATES = new Set(["live", "gone", "no-board", "unknown", "full"]);
  const RETURNS = new Set(["back", "restarted", "replaced"]);
  const NOTES = new Set(["gone", "back", "restarted", "replaced", "missed", "rule", "normal", "own"]);

  /** The calls that a replay has at most. */
  board.MOST_SAVED_CALLS = MOST_CALLS;

  /** Makes the text of a run. `details` gives the XML of a record, or `null`. */
  board.runText = ({ records, notes, lanes }, details) => {
    const run = {
      format: FORMAT,
      exported: new Date(board.now()).toISOString(),
      binder: board.binderAddress(),
      lanes: lanes.map(({ id, role, name, dialect, detail, status }) => ({
        id,
        role,
        name,
        dialect,
        detail,
        status,
      })),
      absences: board.absences(),
      servers: board.servers().map(savedServer),
      calls: records.map((record) => ({
        ...board.writeAs("began", record),
        server: record.server,
        life: record.life,
        lane: record.lane,
        guessed: record.guessed,
        number: record.number,
        count: record.count,
        routine: record.routine === true,
        end: record.end && { ...board.writeAs("ended", record.end), outcome: record.end.outcome },
        xml: details(record) && board.writeAs("details", details(record)),
      })),
      notes: notes.map((note) => ({
        kind: note.kind,
        at: note.at,
        server: note.server,
        n: note.n,
        method: note.method,
        text: note.text,
        rule: note.rule && board.writeAs("rule", note.rule),
        earlier: note.isEarlier === true,
        words: board.noteText(note),
      })),
    };
    return `${JSON.stringify(run, null, 1)}\n`;
  };

  function savedServer({ key, role, life, sameAs, status, group, position, rooms }) {
    return {
      key,
      role,
      life,
      same_as: sameAs,
      status,
      group,
      position,
      rooms: rooms.map((room) => board.writeAs("room", room)),
    };
  }

  /** Reads a run; `null` when the text is something else. `leftOut` says how many of `all` its calls are not in it. */
  board.readRun = (text) => {
    let run;
    try {
      run = JSON.parse(text);
    } catch {
      return null;
    }
    if (run?.format !== FORMAT || !Array.isArray(run.calls)) {
      return null;
    }
    const servers = list(run.servers, MOST_SERVERS).map(readServer).filter(Boolean);
    const keys = new Set(servers.map(({ key }) => key));
    const records = list(run.calls, MOST_CALLS)
      .map(readCall)
      .filter((record) => record && keys.has(record.server))
      .sort((one, other) => one.at - other.at);
    const notes = list(run.notes, MOST_NOTES).map(readNote).filter(Boolean);
    const absences = list(run.absences, MOST_ABSENCES).map(readAbsence).filter(Boolean);
    return {
      servers,
      records,
      notes,
      absences,
      all: run.calls.length,
      leftOut: run.calls.length - records.length,
      binder: board.short(string(run.binder), 100),
      exported: string(run.exported),
    };
  };

  const list = (value, most) => (Array.isArray(value) ? value.slice(0, most) : []);
  const string = (value) => (typeof value === "string" ? board.short(value, 300) : "");
  const number = (value) => (Number.isFinite(value) ? value : null);

  function readServer(saved) {
    const key = string(saved?.key);
    const role = ["binder", "chat-server"].includes(saved?.role) ? saved.role : null;
    const rooms = list(saved?.rooms, 100)
      .map((room) => board.readAs("room", room))
      .filter(Boolean);
    return (
      key && {
        key,
        role,
        rooms,
        life: string(saved.life) || null,
        sameAs: string(saved.same_as) || null,
        group: string(saved.group) || null,
        position: number(saved.position),
        status: STATES.has(saved.status) ? saved.status : "unknown",
      }
    );
  }

  /** What a server was at a time. Its state at the end is known, and notes say when that changed. */
  board.statusAt = ({ servers, notes }, key, at) => {
    const { status } = servers.find((server) => server.key === key);
    const own = notes
      .filter(({ kind, server }) => board.serverKey(server) === key && (kind === "gone" || RETURNS.has(kind)))
      .sort((one, other) => one.at - other.at);
    const [last, next] = [own.findLast((note) => note.at <= at), own.find((note) => note.at > at)];
    const isGone = last ? last.kind === "gone" : next ? RETURNS.has(next.kind) : status === "gone";
    return isGone ? "gone" : status === "gone" ? "live" : status;
  };

  function readCall(saved) {
    const began = board.readAs("began", saved);
    const end = saved?.end && board.readAs("ended", { ...saved.end, call: saved.call });
    const isWhole = began !== null && string(saved.lane).includes(":");
    // `lost` and `unknown` are the page's own words, which no server sends.
    const own = ["lost", "unknown"].includes(saved?.end?.outcome);
    const ended = own
      ? {
          ...board.readAs("ended", { ...saved.end, call: saved.call, outcome: "dropped" }),
          outcome: saved.end.outcome,
        }
      : end;
    return (
      isWhole && {
        ...began,
        server: string(saved.server),
        reporter: string(saved.server),
        life: string(saved.life),
        lane: string(saved.lane),
        guessed: saved.guessed === true,
        number: number(saved.number),
        count: number(saved.count) ?? 1,
        routine: saved.routine === true,
        evicted: false,
        end: ended || null,
        xml: saved.xml ? board.readAs("details", saved.xml) : null,
      }
    );
  }

  function readAbsence(saved) {
    const [lane, from, to] = [string(saved?.lane), number(saved?.from), number(saved?.to)];
    return lane && from !== null ? { lane, from, to } : null;
  }

  function readNote(saved) {
    const at = number(saved?.at);
    const rule = saved?.rule ? board.readAs("rule", saved.rule) : null;
    if (at === null || !NOTES.has(saved.kind) || (saved.kind === "rule" && rule === null)) {
      return null;
    }
    const { kind } = saved;
    return {
      kind,
      at,
      rule,
      isEarlier: saved.earlier === true,
      server: string(saved.server) || null,
      n: number(saved.n),
      method: string(saved.method),
      text: string(saved.text),
    };
  }
})();
