// The contract with the servers' boards: the kinds of events and answers, and the page's name for each key.
// The servers' side is crates/board/src/events.rs. Nothing else in the page reads what a server sent.
(() => {
  // How a value is read. Anyone can register a server that only looks like a board, so values of the wrong type
  // are replaced where scripts rely on the type.
  const asIs = (value) => value;
  const or = (otherwise) => (value) => value ?? otherwise;
  const flag = (value) => value === true;
  const text = (value) => String(value ?? "");
  const list = (value) => (Array.isArray(value) ? value : []);
  const isObject = (value) => typeof value === "object" && value !== null;
  const one = (kind) => (value) => (isObject(value) ? board.readAs(kind, value) : null);
  const all = (kind) => (value) => list(value).filter(isObject).map(one(kind));

  // For each kind: the page's name of a value, its key, and how it is read.
  const TABLE = {
    // Events of the stream.
    hello: [
      ["life", "life", asIs],
      ["lab", "lab", flag],
      ["missed", "missed", or(0)],
    ],
    began: [
      ["id", "call", asIs],
      ["at", "at", asIs],
      ["method", "method", or(null)],
      ["dialect", "dialect", or(null)],
      ["peer", "peer", text],
      ["agent", "agent", or(null)],
      ["user", "user", or(null)],
      ["room", "room", or(null)],
      ["arguments", "arguments", list],
      ["waits", "waits", flag],
    ],
    ended: [
      ["id", "call", asIs],
      ["empty", "empty", flag],
      ["at", "at", asIs],
      ["milliseconds", "milliseconds", or(0)],
      ["outcome", "outcome", asIs],
      ["fault", "fault", one("fault")],
      ["answer", "answer", or("")],
      ["items", "items", or(null)],
      ["answerBytes", "answer_bytes", or(0)],
      ["requestBytes", "request_bytes", or(0)],
      ["lab", "lab", or(null)],
    ],
    names: [["names", "names", all("name")]],
    rooms: [["rooms", "rooms", all("room")]],
    lab: [["rules", "rules", all("rule")]],

    // Parts of these.
    fault: [
      ["code", "code", or("?")],
      ["text", "text", or("")],
    ],
    name: [
      ["name", "name", asIs],
      ["address", "address", asIs],
      ["port", "port", asIs],
      ["age", "age", or(0)],
      ["builtIn", "built_in", flag],
      ["lease", "lease", or(null)],
    ],
    room: [
      ["name", "name", asIs],
      ["users", "users", list],
      ["messages", "messages", asIs],
      ["removal", "removal", or(null)],
    ],
    rule: [
      ["method", "method", asIs],
      ["action", "action", asIs],
      ["probability", "probability", asIs],
      ["milliseconds", "milliseconds", or(null)],
    ],

    // Answers: to /board/calls/ID, and of any path that fails. Rules of a lab are answered as in the event.
    details: [
      ["request", "request", or("")],
      ["answer", "answer", or("")],
      ["cut", "cut", flag],
      ["http", "http", one("http")],
    ],
    http: [
      ["version", "version", or("")],
      ["path", "path", or("")],
      ["agent", "agent", or("–")],
      ["requestBytes", "request_bytes", asIs],
      ["answerBytes", "answer_bytes", asIs],
      ["keepsAlive", "keep_alive", flag],
    ],
    failure: [["reason", "error", or(null)]],
  };

  /** The kinds of events in a stream. */
  board.EVENT_KINDS = ["hello", "began", "ended", "names", "rooms", "lab"];

  /** What a server sent, by the page's names. */
  board.readAs = (kind, data) =>
    Object.fromEntries(TABLE[kind].map(([name, key, read]) => [name, read(isObject(data) ? data[key] : undefined)]));
})();
