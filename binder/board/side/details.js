// One call in full: the XML on the wire, and the HTTP facts.
(() => {
  const { element } = board;
  const panel = document.getElementById("details");
  const side = document.getElementById("side");

  // The server's details of the open call: `{key, state, details}`.
  let fetched = { key: null };
  let isOpen = false;
  let openedFrom = null;
  let takesFocus = false;

  /** Shows the details of the selected call; with `focus`, it gets the focus. */
  board.openDetails = (focus = false) => {
    openedFrom = isOpen ? openedFrom : document.activeElement;
    isOpen = true;
    takesFocus = focus;
    board.changed("details");
  };

  /** Closes them; returns whether they were open. */
  board.closeDetails = () => {
    const was = isOpen;
    isOpen = false;
    board.select(null);
    board.changed("details");
    if (was && panel.contains(document.activeElement)) {
      openedFrom?.focus();
    }
    return was;
  };

  board.onChange(["details", "selection", "calls", "language"], () => {
    const selected = board.selectedRecord();
    const isShown = isOpen && selected !== undefined;
    panel.hidden = !isShown;
    side.classList.toggle("covered", isShown);
    document.body.classList.toggle("with-details", isShown);
    if (isShown) {
      const record = board.asShown(selected);
      fetchDetails(record);
      draw(record);
      if (takesFocus) {
        // Hidden elements cannot have the focus.
        takesFocus = false;
        panel.focus();
      }
    }
  });

  function keyOf(record) {
    return `${record.reporter} ${record.life} ${record.id} ${record.end !== null}`;
  }

  async function fetchDetails(record) {
    const key = keyOf(record);
    if (fetched.key === key || record.end === null) {
      return;
    }
    if (board.isReplay()) {
      fetched = { key, state: record.xml ? "here" : "notSaved", details: record.xml };
      return;
    }
    fetched = { key, state: "loading" };
    const server = board.server(record.reporter);
    let state = "notKept";
    let details = null;
    // A restarted server gives the same numbers to other calls.
    if (server?.life === record.life) {
      try {
        const answer = await fetch(board.pathOf(server, `calls/${record.id}`));
        details = answer.ok ? board.readAs("details", await answer.json()) : null;
        state = details === null ? "notKept" : "here";
      } catch {
        state = "notKept";
      }
    }
    if (fetched.key === key) {
      fetched = { key, state, details };
      board.changed("details");
    }
  }

  function draw(record) {
    const current = fetched.key === keyOf(record) ? fetched : { state: "open" };
    const key = JSON.stringify([
      keyOf(record),
      current.state,
      record.count,
      record.lane,
      record.number,
      board.languageTag(),
    ]);
    const hasFocus = panel.contains(document.activeElement);
    board.replaceWhen(panel, key, () =>
      [
        element(
          "header",
          {},
          element("h2", {}, board.methodOf(record)),
          board.signButton("✕", "close", { class: "close" }, board.closeDetails),
        ),
        record.count > 1
          ? element("p", { class: "state" }, board.say("lastOf", { n: board.number(record.count) }))
          : null,
        facts(record, current.details),
        ...bodies(record, current),
      ].filter(Boolean),
    );
    if (hasFocus && !panel.contains(document.activeElement)) {
      panel.focus();
    }
    for (const [name, value] of [
      ["details", record.id],
      ["server", record.server],
      ["state", current.state],
    ]) {
      panel.setAttribute(`data-${name}`, value);
    }
  }

  function facts(record, details) {
    const { text, isBad } = board.outcomeText(record);
    const server = board.server(record.server);
    const to = board.visible(server ? board.serverName(server) : record.server);
    const list = [
      [
        "from",
        record.guessed
          ? board.say("guessed", { name: board.laneName(record.lane) })
          : board.laneName(record.lane),
      ],
      ["to", record.server === "binder" ? to : `${to} · ${board.visible(record.dialect ?? "?")}`],
      ["at", board.clock(record.end && record.count > 1 ? record.end.at : record.at, true)],
      ["result", element("span", { class: isBad ? "bad" : "" }, isBad ? `✕ ${text}` : text)],
      ["duration", record.end ? `${board.number(record.end.milliseconds, 3)} ms` : "…"],
    ];
    if (record.number !== null) {
      list.unshift(["number", board.number(record.number)]);
    }
    const tries = board.triesUntil(record).length;
    if (tries > 1) {
      list.push(["try", board.say(record.end?.repeated ? "tryStored" : "tryAgain", { n: tries })]);
    }
    if (Number.isFinite(record.end?.position)) {
      list.push(["position", board.number(record.end.position)]);
    }
    if (record.end?.lab) {
      list.push(["lab", board.actionText(record.end.lab)]);
    }
    if (details?.http) {
      const { http } = details;
      const after = board.say(http.keepsAlive ? "keepAlive" : "closes");
      list.push(
        ["http", `POST ${board.visible(http.path)} ${board.visible(http.version)} · ${after}`],
        [
          "sizes",
          board.say("sizesValue", {
            request: board.number(http.requestBytes),
            answer: board.number(http.answerBytes),
          }),
        ],
        ["agent", board.visible(http.agent)],
      );
    }
    list.push(["peer", board.visible(record.peer)]);
    return element(
      "dl",
      {},
      list.flatMap(([name, value]) => [
        element("dt", {}, board.say(name)),
        element("dd", { "data-fact": name }, value),
      ]),
    );
  }

  function bodies(record, { state, details }) {
    if (record.end === null) {
      return [element("p", { class: "none" }, board.say("stillWaiting"))];
    }
    if (state !== "here") {
      return [element("p", { class: "none" }, board.say(state === "open" ? "loading" : state))];
    }
    return [
      element("h3", {}, board.say("request")),
      xml(details.request, "request"),
      element("h3", {}, board.say("answer")),
      details.answer ? xml(details.answer, "answer") : element("p", { class: "none" }, board.say("noAnswer")),
      details.cut ? element("p", { class: "none" }, board.say("cut")) : null,
    ];
  }

  /** XML with its tags highlighted. It is split at angle brackets and inserted as text, never parsed. */
  function xml(text, name) {
    const lines = board.visibleLines(text).match(/[^\n]*\n|[^\n]+$/g) ?? [];
    return element("pre", { "data-xml": name, tabindex: 0 }, lines.map(xmlLine));
  }

  /** One line, which wraps below its own indentation. */
  function xmlLine(text) {
    const parts = text.split(/(<[^<>]*>)/).filter(Boolean);
    const line = element(
      "span",
      { class: "line" },
      parts.map((part) => (part.startsWith("<") ? element("span", { class: "tag" }, part) : part)),
    );
    line.style.setProperty("--indent", String(text.search(/[^ ]|$/)));
    return line;
  }
})();
