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

  // Entries of the lists of methods and clients, and the calls in which methods are looked for, the newest.
  const MOST_CHOICES = 60;
  const MOST_RECORDS = 1_000;

  const section = document.getElementById("lab");
  const form = document.getElementById("lab-form");
  const message = document.getElementById("lab-said");
  const banner = document.getElementById("lab-banner");
  const fields = {};

  function withLab() {
    return board.servers().filter(({ lab, sameAs }) => lab && !sameAs);
  }

  board.onChange(["lab", "servers", "language"], () => {
    const servers = withLab();
    section.hidden = servers.length === 0;
    drawBanner();
    const key = JSON.stringify([board.languageTag(), servers.map((server) => server.key)]);
    board.replaceWhen(form, key, () => (servers.length > 0 ? drawForm(servers) : []));
  });

  function drawBanner() {
    const rules = board.rulesInForce();
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
    Object.assign(fields, makeFields(servers));
    const chatServer = servers.find(({ role }) => role === "chat-server");
    fields.server.value = (chatServer ?? servers[0]).key;
    const label = (name, field) => element("label", {}, element("span", {}, board.say(name)), field);
    const delay = label("labMilliseconds", fields.milliseconds);
    const chance = label("labProbability", fields.probability);
    const every = label("labEvery", fields.every);
    const update = () => {
      delay.hidden = fields.action.value !== "delay";
      chance.hidden = fields.when.value !== "chance";
      every.hidden = fields.when.value !== "every";
      fields.methods.replaceChildren(...options(methodsOf(board.server(fields.server.value))));
      fields.clients.replaceChildren(...options(users()));
    };
    for (const field of [fields.server, fields.action, fields.when]) {
      field.addEventListener("change", update);
    }
    for (const field of [fields.method, fields.client]) {
      field.addEventListener("focus", update);
    }
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

  /** The fields of the form, by their names, and the lists `methods` and `clients` from which two are filled. Those
   *  without a label are self-explanatory, and one beside each would take their room. */
  function makeFields(servers) {
    const select = (name, label, choices) =>
      element("select", { name, "aria-label": board.say(label) }, options(choices));
    const text = (name, label, list, attributes) =>
      element("input", {
        name,
        list,
        autocomplete: "off",
        spellcheck: "false",
        "aria-label": board.say(label),
        ...attributes,
      });
    const number = (name, min, max, step, value) =>
      element("input", { name, type: "number", min, max, step, value });
    return {
      server: select(
        "server",
        "labAt",
        servers.map((server) => [server.key, board.visible(board.serverName(server))]),
      ),
      method: text("method", "method", "lab-methods", { value: "send_message" }),
      methods: element("datalist", { id: "lab-methods" }),
      action: select(
        "action",
        "labAction",
        ACTIONS.map((action) => [action, board.actionText(action)]),
      ),
      // When the rule affects a call: by chance, each time that so many have come, or the next one only.
      when: select(
        "when",
        "labWhen",
        ["chance", "every", "next"].map((when) => [when, board.say(`when_${when}`)]),
      ),
      probability: number("probability", 0, 100, "any", 30),
      every: number("every", 1, 1_000, 1, 3),
      client: text("client", "labClient", "lab-clients", { placeholder: board.say("labClient") }),
      clients: element("datalist", { id: "lab-clients" }),
      milliseconds: number("milliseconds", 0, 60_000, 100, 1_000),
    };
  }

  const options = (choices) => choices.map(([value, text]) => element("option", { value }, text ?? ""));

  /** The methods for which there may be a rule: the usual ones, and those that were called. */
  function methodsOf(server) {
    const called = board.calls
      .all()
      .slice(-MOST_RECORDS)
      .filter((record) => board.serverKey(record.server) === server?.key && record.method)
      .map(({ method }) => method);
    const methods = new Set([...(METHODS[server?.role] ?? []), ...called]);
    return [...methods].slice(0, MOST_CHOICES).map((method) => [method]);
  }

  function users() {
    const prefix = "user:";
    const lanes = board.allLanes().filter(({ id }) => id.startsWith(prefix));
    return lanes.slice(0, MOST_CHOICES).map(({ id }) => [id.slice(prefix.length)]);
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
      board.asLive(board.updateRules)(server, board.readAs("lab", data).rules);
    } catch (error) {
      message.textContent = board.say("labFailed", { reason: board.visible(error.message) });
    }
  }
})();
