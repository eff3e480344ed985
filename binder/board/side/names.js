// What is registered in the binder, and what was and is gone.
(() => {
  const { element } = board;

  // A server renews its lease three times before it ends. When half of it is gone, a renewal is missing.
  const LOW = 0.5;

  // Names that are gone stay this long, in milliseconds: long enough to be talked about.
  const REMEMBERED = 120_000;
  const MOST_GONE = 40;

  // Names of one server that are written out. A hostile server may register thousands.
  const MOST_NAMES = 40;

  const place = document.getElementById("names");
  let names = [];
  let heardAt = 0;
  let gone = [];
  const longest = new Map();

  const endpointOf = ({ address, port }) => board.endpoint(address, port);

  /** The names that the binder told. What is missing since the last time is gone. */
  board.heardNames = (heard) => {
    const key = (name) => `${name.name} ${endpointOf(name)}`;
    const now = new Set(heard.map(key));
    const missing = names
      .filter((name) => !now.has(key(name)))
      .map((name) => ({ ...name, goneAt: board.now() }));
    gone = [...gone.filter((name) => !now.has(key(name))), ...missing].slice(-MOST_GONE);
    names = heard;
    heardAt = performance.now();
    for (const name of heard) {
      if (name.lease !== null) {
        const server = endpointOf(name);
        board.remember(longest, server, Math.max(longest.get(server) ?? 0, name.lease), 500);
      }
    }
    board.changed("names");
  };

  /** For how many seconds anything has been registered at an endpoint, as far as the binder has told. */
  board.registeredFor = (endpoint) => {
    const ages = names.filter((name) => endpointOf(name) === endpoint).map(({ age }) => age ?? 0);
    return ages.length > 0 ? Math.max(...ages) + (performance.now() - heardAt) / 1_000 : 0;
  };

  // The cards that are shown, with what runs on them. Only that is written anew each second: who has moved to
  // a card with the keys stays there.
  let running = [];

  board.drawn(["names", "servers", "language", "clock"], () => {
    gone = gone.filter(({ goneAt }) => board.now() - goneAt < REMEMBERED);
    const groups = grouped(names);
    const lost = grouped(gone);
    const shape = (all) => all.map(({ key, names: own }) => [key, own.map(({ name }) => name)]);
    board.replaceWhen(place, JSON.stringify([shape(groups), shape(lost), board.languageTag()]), () => {
      running = groups.map((group) => drawGroup(group.server));
      running.forEach((card, index) => card.element.append(list(groups[index].names)));
      const cards = [...running.map((card) => card.element), ...lost.map(drawGone)];
      return cards.length > 0 ? cards : [element("p", { class: "none" }, board.say("noNames"))];
    });
    const elapsed = (performance.now() - heardAt) / 1_000;
    running.forEach((card, index) => run(card, groups[index], elapsed));
  });

  /** Names of one server that live equally long stand together: they were registered together. */
  function grouped(all) {
    const groups = new Map();
    for (const name of all) {
      const key = `${endpointOf(name)} ${name.lease === null} ${name.built_in === true} ${Math.round((name.goneAt ?? 0) / 1_000)}`;
      const group = groups.get(key) ?? { key, server: endpointOf(name), names: [] };
      group.names.push(name);
      groups.set(key, group);
    }
    return [...groups.values()];
  }

  function drawGroup(server) {
    const [since, filled, state] = [
      element("span", { class: "aside" }),
      element("div", { class: "filled" }),
      element("p", { class: "state" }),
    ];
    const meter = element("div", { class: "meter", "aria-hidden": "true" }, filled);
    const heading = element("h3", {}, element("bdi", {}, board.visible(server)), since);
    return {
      since,
      filled,
      meter,
      state,
      element: element("article", { class: "card names", "data-endpoint": server }, heading, meter, state),
    };
  }

  /** Writes what has run down since the binder told it. */
  function run(card, { server, names: own }, elapsed) {
    const left =
      own[0].lease === null ? null : Math.max(Math.min(...own.map(({ lease }) => lease)) - elapsed, 0);
    const full = longest.get(server) ?? 1;
    const isDead = board.server(server)?.status === "gone";
    const isLow = left !== null && left < full * LOW;
    card.element.className = `card names ${isDead ? "dead" : isLow ? "low" : left === null ? "unleased" : "fresh"}`;
    card.element.dataset.stale = String(isDead || isLow);
    card.element.dataset.lease = left === null ? "" : String(Math.round(left));
    card.since.textContent = board.say("since", {
      time: board.seconds(Math.max(...own.map(({ age }) => age ?? 0)) + elapsed),
    });
    card.meter.hidden = left === null;
    card.filled.style.setProperty("width", `${Math.round(100 * Math.min((left ?? 0) / full, 1))}%`);
    card.state.textContent = own[0].built_in ? board.say("builtIn") : stateText(isDead, isLow, left);
  }

  function stateText(isDead, isLow, left) {
    const lease =
      left === null
        ? board.say("noLease")
        : board.say(isLow ? "leaseLow" : "lease", { time: board.seconds(left) });
    return isDead ? `✕ ${board.say("serverGone")} · ${lease}` : isLow ? `⚠ ${lease}` : lease;
  }

  function list(own) {
    const items = own
      .slice(0, MOST_NAMES)
      .map((name) =>
        element(
          "li",
          { "data-registered": name.name },
          element("bdi", {}, board.short(board.visible(name.name), 64)),
        ),
      );
    if (own.length > MOST_NAMES) {
      items.push(element("li", { class: "more" }, board.say("moreGone", { n: own.length - MOST_NAMES })));
    }
    return element(
      "details",
      { class: "listed", open: isOpen(own) },
      element("summary", {}, board.sayCount("oneName", "nameCount", own.length)),
      element("ul", {}, items),
    );
  }

  // Whether a list of names is unfolded is decided by the viewer, and kept while it is drawn again.
  const unfolded = new Map();
  const listKey = (own) => `${endpointOf(own[0])} ${own[0].goneAt ? "gone" : ""}`;
  const isOpen = (own) => unfolded.get(listKey(own)) ?? own.length <= 4;

  place.addEventListener(
    "toggle",
    (event) => {
      const card = event.target.closest("[data-endpoint]");
      if (card) {
        board.remember(
          unfolded,
          `${card.dataset.endpoint} ${card.classList.contains("gone") ? "gone" : ""}`,
          event.target.open,
          100,
        );
      }
    },
    true,
  );

  function drawGone({ server, names: own }) {
    return element(
      "article",
      { class: "card names gone", "data-endpoint": server, "data-gone": true },
      element("h3", {}, element("bdi", {}, board.visible(server))),
      element("p", { class: "state" }, `✕ ${board.say("nameGone", { time: board.clock(own[0].goneAt) })}`),
      list(own),
    );
  }
})();
