// The cards of registered names, and of names that are gone.
(() => {
  const { element } = board;

  // A server renews its lease three times before it expires. After half of the time, a renewal is missing.
  const LOW = 0.5;

  // Seconds of a lease that is renewed more often than the binder sends the names: it is not counted down here.
  const SHORT = 10;

  // Names of one server that are listed. A hostile server may register thousands.
  const MOST_NAMES = 40;

  const place = document.getElementById("names");

  // The cards with their countdowns. Only these are updated each second, so that the focus stays in a card.
  let running = [];

  board.onChange(["names", "servers", "language", "clock"], () => {
    const { names, more, gone, elapsed } = board.names();
    const groups = grouped(names);
    const lost = grouped(gone);
    board.replaceWhen(place, keyOf(groups, lost, more), () => {
      running = groups.map((group) => drawGroup(group.server));
      running.forEach((card, index) => card.element.append(list(groups[index].names)));
      const cards = [...running.map((card) => card.element), ...lost.map(drawGone)];
      if (more > 0) {
        cards.push(element("p", { class: "none" }, board.say("moreGone", { n: board.number(more) })));
      }
      const none = board.isReplay() ? "namesNotSaved" : "noNames";
      return cards.length > 0 ? cards : [element("p", { class: "none" }, board.say(none))];
    });
    running.forEach((card, index) => run(card, groups[index], elapsed));
  });

  function keyOf(groups, lost, more) {
    const shape = (all) => all.map(({ key, names: own }) => [key, own.map(({ name }) => name)]);
    return JSON.stringify([shape(groups), shape(lost), more, board.isReplay(), board.languageTag()]);
  }

  /** Groups names of one server that were registered together. */
  function grouped(all) {
    const groups = new Map();
    for (const name of all) {
      const kind = `${name.lease === null} ${name.builtIn} ${name.displaced} ${Math.round((name.goneAt ?? 0) / 1_000)}`;
      const key = `${board.endpointOf(name)} ${kind}`;
      const group = groups.get(key) ?? { key, server: board.endpointOf(name), names: [] };
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

  /** Updates the countdowns of a card. */
  function run(card, { server, names: own }, elapsed) {
    const full = board.fullLease(server);
    const passed = full <= SHORT ? 0 : elapsed;
    const left =
      own[0].lease === null ? null : Math.max(Math.min(...own.map(({ lease }) => lease)) - passed, 0);
    const isDead = board.server(server)?.status === "gone" && !own[0].builtIn;
    // Without the binder, it is not known whether a lease is renewed.
    const binder = board.server("binder")?.status;
    const isOld = binder !== "live";
    const isLow = !isOld && left !== null && left < full * LOW;
    const kind = isOld
      ? "old unleased"
      : isDead || own[0].displaced
        ? "dead"
        : isLow
          ? "low"
          : left === null
            ? "unleased"
            : "fresh";
    card.element.className = `card names ${kind}`;
    card.element.dataset.stale = String(isDead || isLow);
    card.element.dataset.lease = left === null ? "" : String(Math.round(left));
    const meaning = board.meaningOfAge(own);
    const time = board.seconds(Math.max(...own.map(({ age }) => age)) + elapsed);
    card.since.textContent = board.say(meaning, { time });
    card.since.title = board.say(`${meaning}Means`);
    card.filled.style.setProperty("width", `${Math.round(100 * Math.min((left ?? 0) / full, 1))}%`);
    card.meter.hidden = left === null || isOld;
    const unknown = binder === "no-board" ? "leaseUnseen" : "leaseUnknown";
    const state = isOld ? board.say(unknown) : stateText(isDead, isLow, left);
    card.state.textContent = own[0].builtIn ? board.say("builtIn") : state + sharing(own[0]);
  }

  /** With which others a server shares its names, and what keeps clients away from it. */
  function sharing({ group, displaced, stale }) {
    const parts = [
      group !== null && board.say("group", { group: board.short(board.visible(group), 16) }),
      displaced && `⚠ ${board.say("displaced")}`,
      stale !== null && `⚠ ${board.say("stale")}`,
    ];
    return parts
      .filter(Boolean)
      .map((part) => ` · ${part}`)
      .join("");
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

  // Whether a list is unfolded is the viewer's choice, kept when it is drawn again.
  const unfolded = new Map();
  const listKey = (own) => `${board.endpointOf(own[0])} ${own[0].goneAt ? "gone" : ""}`;
  const isOpen = (own) => unfolded.get(listKey(own)) ?? own.length <= 4;

  // Not `toggle`, which browsers also send for a list that is drawn unfolded.
  place.addEventListener("click", (event) => {
    const card = event.target.closest("summary")?.closest("[data-endpoint]");
    if (card) {
      board.remember(
        unfolded,
        `${card.dataset.endpoint} ${card.classList.contains("gone") ? "gone" : ""}`,
        // What the click makes of it.
        !card.querySelector("details").open,
        100,
      );
    }
  });

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
