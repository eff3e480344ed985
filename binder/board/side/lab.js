// The lab: calls broken on purpose, for servers that were started with it.
(() => {
  const { element } = board;

  // The usual methods, by server. Methods that were called are added.
  const METHODS = {
    binder: ["lookup_procedure", "register_procedure", "register_lease"],
    "chat-server": [
      "send_message",
      "send_message_once",
      "receive_new_messages",
      "receive_messages",
      "wait_messages",
      "register_user",
      "join_room",
      "create_room",
      "list_rooms",
    ],
  };

  const ACTIONS = ["drop-answer", "drop-request", "twice", "delay", "fault"];

  const section = document.getElementById("lab");
  const form = document.getElementById("lab-form");
  const message = document.getElementById("lab-said");
  const banner = document.getElementById("lab-banner");
  const fields = {};

  /** An action in words. */
  board.actionText = (action) =>
    ({
      delay: board.say("actionDelay"),
      fault: board.say("actionFault"),
      "drop-request": board.say("actionDropRequest"),
      "drop-answer": board.say("actionDropAnswer"),
      twice: board.say("actionTwice"),
    })[action] ?? board.visible(action);

  /** A rule in words. */
  board.ruleText = ({ method, action, probability, milliseconds }) =>
    board.say(action === "delay" && milliseconds ? "ruleWithTime" : "rule", {
      method: board.visible(method),
      action: board.actionText(action),
      time: board.duration(milliseconds ?? 0),
      percent: `${board.number(100 * probability, 1)} %`,
    });

  function withLab() {
    return board.servers().filter(({ lab, sameAs }) => lab && !sameAs);
  }

  board.onChange(["lab", "servers", "language"], () => {
    const servers = withLab();
    section.hidden = servers.length === 0;
    drawBanner(servers);
    const key = JSON.stringify([board.languageTag(), servers.map((server) => server.key)]);
    board.replaceWhen(form, key, () => (servers.length > 0 ? drawForm(servers) : []));
  });

  function drawBanner(servers) {
    const rules = servers.flatMap((server) => server.rules.map((rule) => ({ server, rule })));
    banner.hidden = rules.length === 0;
    board.replaceWhen(
      banner,
      JSON.stringify([board.languageTag(), rules.map(({ server, rule }) => [server.key, rule])]),
      () => [
        element("strong", {}, board.say("lab")),
        ...rules.map(({ server, rule }) =>
          element(
            "span",
            {
              class: "rule",
              "data-rule": rule.method,
              "data-action": rule.action,
              "data-server": server.key,
            },
            board.ruleText(rule),
            board.button(
              "✕",
              {
                "aria-label": `${board.say("labOff")}: ${board.visible(rule.method)}`,
                title: board.say("labOff"),
              },
              () => post(server, { method: rule.method, action: "none" }),
            ),
          ),
        ),
      ],
    );
  }

  function drawForm(servers) {
    const options = (values) => values.map(([value, text]) => element("option", { value }, text));
    fields.server = element(
      "select",
      { name: "server" },
      options(servers.map((server) => [server.key, board.visible(board.serverName(server))])),
    );
    fields.method = element("input", {
      name: "method",
      list: "lab-methods",
      autocomplete: "off",
      spellcheck: "false",
      value: "send_message",
    });
    fields.methods = element("datalist", { id: "lab-methods" });
    fields.action = element(
      "select",
      { name: "action" },
      options(ACTIONS.map((action) => [action, board.actionText(action)])),
    );
    fields.probability = element("input", {
      name: "probability",
      type: "number",
      min: 0,
      max: 100,
      step: "any",
      value: 30,
    });
    fields.milliseconds = element("input", {
      name: "milliseconds",
      type: "number",
      min: 0,
      max: 60_000,
      step: 100,
      value: 1_000,
    });
    for (const [name, text] of [
      ["server", "labAt"],
      ["method", "method"],
      ["action", "labAction"],
    ]) {
      // These are self-explanatory; a label beside each would take their room.
      fields[name].setAttribute("aria-label", board.say(text));
    }
    const label = (name, field) => element("label", {}, element("span", {}, board.say(name)), field);
    const delay = label("labMilliseconds", fields.milliseconds);
    const update = () => {
      delay.hidden = fields.action.value !== "delay";
      const server = board.server(fields.server.value);
      const called = board.calls
        .all()
        .filter((record) => record.server === server?.key && record.method)
        .map(({ method }) => method);
      const methods = new Set([...(METHODS[server?.role] ?? []), ...called]);
      fields.methods.replaceChildren(
        ...[...methods].slice(0, 60).map((method) => element("option", { value: method })),
      );
    };
    fields.server.value = (servers.find(({ role }) => role === "chat-server") ?? servers[0]).key;
    fields.server.addEventListener("change", update);
    fields.action.addEventListener("change", update);
    fields.method.addEventListener("focus", update);
    update();
    return [
      servers.length > 1 ? fields.server : null,
      fields.method,
      fields.methods,
      fields.action,
      label("labProbability", fields.probability),
      delay,
      element("button", { type: "submit", class: "main" }, board.say("labOn")),
    ].filter(Boolean);
  }

  form.addEventListener("submit", (event) => {
    // The page's policy forbids to submit forms; this one only collects the fields.
    event.preventDefault();
    post(board.server(fields.server.value), {
      method: fields.method.value.trim(),
      action: fields.action.value,
      probability: Math.min(Math.max(Number(fields.probability.value) / 100, 0), 1),
      milliseconds: fields.action.value === "delay" ? Number(fields.milliseconds.value) : null,
    });
  });

  async function post(server, wanted) {
    message.textContent = "";
    try {
      const answer = await fetch(board.pathOf(server, "lab"), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(wanted),
      });
      const data = await answer.json();
      if (!answer.ok) {
        throw new Error(board.readAs("failure", data).reason ?? answer.status);
      }
      board.updateRules(server, board.readAs("lab", data).rules);
    } catch (error) {
      message.textContent = board.say("labFailed", { reason: board.visible(error.message) });
    }
  }
})();
