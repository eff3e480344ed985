// The buttons and filters above the diagram.
(() => {
  const { element, picture } = board;
  const find = (id) => document.getElementById(id);
  const pause = find("pause");
  const who = find("filter-who");
  const method = find("filter-method");
  const outcome = find("filter-outcome");
  const text = find("filter-text");

  // Entries of a filter, and the calls in which they are looked for, the newest.
  const MOST_CHOICES = 200;
  const MOST_RECORDS = 3_000;

  Object.assign(board.actions, {
    pause: () => picture.pause(!picture.paused),
    step: () => {
      board.follow(true);
      picture.step();
    },
    clear: () => {
      board.closeDetails();
      if (board.isReplay()) {
        // The run stays, to be gone through again.
        board.beginReplayAgain();
      } else {
        board.calls.clear();
      }
    },
    export: () => board.openExports(),
    language: () => board.switchLanguage(),
    side: () => {
      const side = find("side");
      const isSeen = getComputedStyle(side).display !== "none";
      document.body.classList.toggle("without-side", isSeen);
      // In a small window it is hidden unless it is wanted.
      side.classList.toggle("wanted", !isSeen);
      find("side-toggle").setAttribute("aria-expanded", String(!isSeen));
    },
    help: () => openHelp(),
    own: () => openOwnLine(),
  });

  for (const button of document.querySelectorAll("[data-action]")) {
    button.addEventListener("click", (event) => {
      if (event.detail > 0) {
        // After a click, the space bar pauses as elsewhere, instead of pressing this button again.
        find("scroller").focus({ preventScroll: true });
      }
      board.actions[button.dataset.action]();
    });
  }
  who.addEventListener("change", () => picture.filter({ who: who.value }));
  method.addEventListener("change", () => picture.filter({ method: method.value }));
  outcome.addEventListener("change", () => picture.filter({ outcome: outcome.value }));
  text.addEventListener("input", () => picture.filter({ text: text.value.trim() }));

  board.onChange(["controls", "calls", "language"], () => {
    pause.textContent = board.say(picture.paused ? "resume" : "pause");
    pause.setAttribute("aria-pressed", String(picture.paused));
    document.body.classList.toggle("paused", picture.paused);
    const waiting = picture.waiting();
    find("step").disabled = waiting === 0;
    find("waiting").textContent = picture.paused ? board.say("waiting", { n: board.number(waiting) }) : "";
    find("waiting").dataset.waiting = String(waiting);
    const records = board.calls.all().slice(-MOST_RECORDS);
    const lanes = new Set(records.map(board.laneOf).filter((lane) => !lane.startsWith("peer:")));
    fill(
      who,
      "everybody",
      picture.who,
      [...lanes].map((lane) => [lane, board.laneName(lane)]),
    );
    const methods = new Set(records.map((record) => record.method).filter(Boolean));
    fill(
      method,
      "everyMethod",
      picture.method,
      [...methods].map((name) => [name, board.visible(name)]),
    );
    fill(outcome, "everyOutcome", picture.outcome, [["wrong", board.say("onlyWrong")]]);
    text.classList.toggle("active", picture.text !== "");
    if (document.activeElement !== text) {
      text.value = picture.text;
    }
  });

  /** Fills a select element. The current choice stays in it even when it has no calls any more. */
  function fill(select, all, chosen, options) {
    const known =
      options.some(([value]) => value === chosen) || chosen === ""
        ? options
        : [...options, [chosen, select === who ? board.laneName(chosen) : board.visible(chosen)]];
    const sorted = known.sort((one, other) => one[1].localeCompare(other[1])).slice(0, MOST_CHOICES);
    board.replaceWhen(select, JSON.stringify([board.languageTag(), sorted]), () =>
      [["", board.say(all)], ...sorted].map(([value, label]) =>
        element("option", { value }, board.short(label, 40)),
      ),
    );
    select.value = chosen;
    select.classList.toggle("active", chosen !== "");
  }

  /** The head of a dialog, with its title and the close button. */
  board.dialogHead = (name, dialog) =>
    element(
      "header",
      {},
      element("h2", {}, board.say(name)),
      board.signButton("✕", "close", { class: "close" }, () => dialog.close()),
    );

  function openHelp() {
    const dialog = find("help-dialog");
    if (!dialog.open) {
      dialog.replaceChildren(board.dialogHead("help", dialog), board.legend(), board.keyList());
      dialog.showModal();
    }
  }

  /** A line of the lecturer's own in the picture: "now the binder dies". */
  function openOwnLine() {
    const dialog = find("own-dialog");
    if (dialog.open) {
      return;
    }
    const line = element("input", {
      name: "line",
      maxlength: 120,
      autocomplete: "off",
      // Otherwise the button that closes the dialog would have the keys.
      autofocus: true,
      "aria-label": board.say("ownLine"),
    });
    const form = element(
      "form",
      { class: "tabs" },
      line,
      element("button", { type: "submit", class: "main" }, board.say("add")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (line.value.trim()) {
        picture.addLine(line.value.trim());
      }
      dialog.close();
    });
    dialog.replaceChildren(board.dialogHead("ownLine", dialog), form);
    dialog.showModal();
  }
})();
