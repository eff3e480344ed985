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
  board.ruleText = ({ method, action, probability, every, next, client, milliseconds }) => {
    const what = action === "delay" && milliseconds ? ` ${board.duration(milliseconds)}` : "";
    const when = next
      ? board.say("ruleNext")
      : every !== null
        ? board.say("ruleEvery", { n: board.number(every) })
        : `${board.number(100 * (probability ?? 1), 1)} %`;
    const of = client === null ? "" : `, ${board.say("ruleClient", { client: board.visible(client) })}`;
    return `${board.visible(method)}: ${board.actionText(action)}${what}, ${when}${of}`;
  };

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
    // When the rule affects a call: by chance, each time that so many have come, or the next one only.
    fields.when = element(
      "select",
      { name: "when", "aria-label": board.say("labWhen") },
      options(["chance", "every", "next"].map((when) => [when, board.say(`when_${when}`)])),
    );
    const percent = { name: "probability", type: "number", min: 0, max: 100, step: "any", value: 30 };
    fields.probability = element("input", percent);
    fields.every = element("input", { name: "every", type: "number", min: 1, max: 1_000, step: 1, value: 3 });
    fields.client = element("input", {
      name: "client",
      list: "lab-clients",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: board.say("labClient"),
      "aria-label": board.say("labClient"),
    });
    fields.clients = element("datalist", { id: "lab-clients" });
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
    const chance = label("labProbability", fields.probability);
    const every = label("labEvery", fields.every);
    const update = () => {
      delay.hidden = fields.action.value !== "delay";
      chance.hidden = fields.when.value !== "chance";
      every.hidden = fields.when.value !== "every";
      const users = board.allLanes().filter(({ id }) => id.startsWith("user:"));
      fields.clients.replaceChildren(
        ...users.slice(0, 60).map(({ id }) => element("option", { value: id.slice("user:".length) })),
      );
      const server = board.server(fields.server.value);
      const called = board.calls
        .all()
        .slice(-1_000)
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
    fields.when.addEventListener("change", update);
    fields.client.addEventListener("focus", update);
    fields.method.addEventListener("focus", update);
    update();
    return [
      servers.length > 1 ? fields.server : null,
      fields.method,
      fields.methods,
      fields.action,
      fields.when,
      chance,
      every,
      fields.client,
      fields.clients,
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
      ...when(),
      client: fields.client.value.trim() || null,
      milliseconds: fields.action.value === "delay" ? Number(fields.milliseconds.value) : null,
    });
  });

  function when() {
    switch (fields.when.value) {
      case "next":
        return { next: true };
      case "every":
        return { every: Math.max(Math.round(Number(fields.every.value)), 1) };
      default:
        return { probability: Math.min(Math.max(Number(fields.probability.value) / 100, 0), 1) };
    }
  }

  async function post(server, wanted) {
    message.textContent = "";
    try {
      const answer = await fetch(board.pathOf(server, "lab"), {
        method: "POST",
        // With a type of JSON, a browser would ask first whether it may send it.
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
