// The contract with the servers' boards: the kinds of events and answers, and the page's name for each key.
// The servers' side is crates/board/src/events.rs. Nothing else in the page reads what a server sent.
(() => {
  // Anyone can register a server that only looks like a board. So every value has a type and a size here: what
  // is too long is cut, what is of another type is replaced, and without a value that the page relies on there is
  // no event.
  const NAME = 320;
  const TEXT = 640;
  const BODY = 1 << 20;
  const MOST_ENTRIES = 100;
  const MOST_LISTED = 2_000;
  const MOST_NUMBER = Number.MAX_SAFE_INTEGER;
  // The last moment that a `Date` has.
  const LAST_MOMENT = 8.64e15;

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const flag = (value) => value === true;
  const text = (most) => (value) => (typeof value === "string" ? value.slice(0, most) : null);
  const textOr = (otherwise, most) => (value) => text(most)(value) ?? otherwise;
  const number = (most) => (value) => (Number.isFinite(value) && value >= 0 && value <= most ? value : null);
  const numberOr =
    (otherwise, most = MOST_NUMBER) =>
    (value) =>
      number(most)(value) ?? otherwise;
  const one = (kind) =>
    Object.assign((value) => (isObject(value) ? board.readAs(kind, value) : null), { kind });
  const list = (read, most) => (value) =>
    (Array.isArray(value) ? value : [])
      .slice(0, most)
      .map(read)
      .filter((entry) => entry !== null);
  const isScalar = (value) => value === null || ["string", "number", "boolean"].includes(typeof value);
  const scalar = (value) => (isScalar(value) ? (text(NAME)(value) ?? value) : "…");
  const scalars = (value) => (Array.isArray(value) ? value : []).slice(0, MOST_ENTRIES);
  const argument = (value) => (Array.isArray(value) ? scalars(value).map(scalar) : scalar(value));

  const id = number(MOST_NUMBER);
  const moment = number(LAST_MOMENT);
  const port = number(65_535);

  // For each kind: the page's name of a value, its key, how it is read, and whether it may be missing.
  const NEEDED = true;
  const TABLE = {
    // Events of the stream.
    hello: [
      ["life", "life", text(NAME), NEEDED],
      ["at", "at", moment],
      ["lab", "lab", flag],
      ["missed", "missed", numberOr(0)],
      ["role", "role", text(NAME)],
      ["ports", "ports", list(port, MOST_ENTRIES)],
    ],
    began: [
      ["id", "call", id, NEEDED],
      ["at", "at", moment, NEEDED],
      ["method", "method", text(NAME)],
      ["dialect", "dialect", text(NAME)],
      ["peer", "peer", textOr("", NAME)],
      ["agent", "agent", text(NAME)],
      ["user", "user", text(NAME)],
      ["room", "room", text(NAME)],
      ["passedTo", "server", text(NAME)],
      ["arguments", "arguments", (value) => scalars(value).map(argument)],
      ["waits", "waits", flag],
    ],
    ended: [
      ["id", "call", id, NEEDED],
      ["at", "at", moment, NEEDED],
      ["outcome", "outcome", text(NAME), NEEDED],
      ["empty", "empty", flag],
      ["milliseconds", "milliseconds", numberOr(0)],
      ["fault", "fault", one("fault")],
      ["answer", "answer", textOr("", TEXT)],
      ["items", "items", number(MOST_NUMBER)],
      ["answerBytes", "answer_bytes", numberOr(0)],
      ["requestBytes", "request_bytes", numberOr(0)],
      ["lab", "lab", text(NAME)],
      ["position", "position", number(MOST_NUMBER)],
      ["repeated", "repeated", flag],
    ],
    names: [["names", "names", list(one("name"), MOST_LISTED)], ...parts()],
    rooms: [["rooms", "rooms", list(one("room"), MOST_LISTED)], ...parts()],
    log: [
      ["position", "position", number(MOST_NUMBER), NEEDED],
      ["stale", "stale", number(MOST_NUMBER)],
    ],
    lab: [["rules", "rules", list(one("rule"), MOST_ENTRIES)]],

    // Parts of these.
    fault: [
      ["code", "code", (value) => (Number.isInteger(value) ? value : "?")],
      ["text", "text", textOr("", TEXT)],
    ],
    name: [
      ["name", "name", text(NAME), NEEDED],
      ["address", "address", text(NAME), NEEDED],
      ["port", "port", port, NEEDED],
      ["age", "age", numberOr(0)],
      ["builtIn", "built_in", flag],
      ["lease", "lease", number(MOST_NUMBER)],
      ["group", "group", text(NAME)],
      ["displaced", "displaced", flag],
      ["stale", "stale", number(MOST_NUMBER)],
    ],
    room: [
      ["name", "name", text(NAME), NEEDED],
      ["users", "users", list(text(NAME), MOST_LISTED)],
      ["others", "others", numberOr(0)],
      ["messages", "messages", numberOr(0)],
      ["removal", "removal", number(MOST_NUMBER)],
    ],
    rule: [
      ["method", "method", text(NAME), NEEDED],
      ["action", "action", text(NAME), NEEDED],
      ["probability", "probability", number(1)],
      ["every", "every", number(MOST_NUMBER)],
      ["next", "next", flag],
      ["client", "client", text(NAME)],
      ["milliseconds", "milliseconds", number(MOST_NUMBER)],
    ],

    // Answers: to /board/calls/ID, to /board/calls?from=ID&to=ID, and of any path that fails. Rules of a lab are
    // answered as in the event.
    details: [
      ["id", "call", id],
      ["request", "request", textOr("", BODY)],
      ["answer", "answer", textOr("", BODY)],
      ["cut", "cut", flag],
      ["http", "http", one("http")],
    ],
    http: [
      ["version", "version", textOr("", NAME)],
      ["path", "path", textOr("", NAME)],
      ["agent", "agent", textOr("–", NAME)],
      ["requestBytes", "request_bytes", numberOr(0)],
      ["answerBytes", "answer_bytes", numberOr(0)],
      ["keepsAlive", "keep_alive", flag],
    ],
    calls: [
      ["calls", "calls", list(one("details"), MOST_LISTED)],
      ["next", "next", id],
    ],
    failure: [["reason", "error", text(TEXT)]],
  };

  /** A long list is sent in parts. */
  function parts() {
    return [
      ["part", "part", numberOr(0)],
      ["parts", "parts", numberOr(1)],
      ["more", "more", numberOr(0)],
    ];
  }

  /** The kinds of events in a stream. */
  board.EVENT_KINDS = ["hello", "began", "ended", "names", "rooms", "log", "lab"];

  // Our programs say in their `User-Agent` who calls (crates/protocol/src/agent.rs).
  const named = (comment) => (agent) => comment.exec(agent ?? "")?.[1] ?? null;

  /** The process of the client with this `User-Agent`; `null` if it does not say. */
  board.clientOfAgent = named(/\(client ([^)]{1,40})\)/);

  /** Whether this is the `User-Agent` of our client. */
  board.isOurClient = (agent) => (agent ?? "").startsWith("distributed-chat-client/");

  /** The address of the server with this `User-Agent`; `null` if it does not say. */
  board.serverOfAgent = named(/\(server ([^)]{1,100})\)/);

  /** What a server sent, by the page's names; `null` when something is missing that the page relies on. */
  board.readAs = (kind, data) => {
    const read = {};
    for (const [name, key, readValue, isNeeded] of TABLE[kind]) {
      read[name] = readValue(isObject(data) ? data[key] : undefined);
      if (isNeeded && read[name] === null) {
        return null;
      }
    }
    return read;
  };

  /** The reverse: something as a server sent it. */
  board.writeAs = (kind, data) =>
    Object.fromEntries(
      TABLE[kind].map(([name, key, read]) => [
        key,
        read.kind && data[name] ? board.writeAs(read.kind, data[name]) : data[name],
      ]),
    );
})();
