// The buttons above the diagram.
(() => {
  const { element, picture } = board;
  const THEME = "board-theme";
  const find = (id) => document.getElementById(id);
  const pause = find("pause");
  const who = find("filter-who");
  const method = find("filter-method");

  /** The actions of the buttons; keys do the same. */
  board.actions = {
    pause: () => picture.pause(!picture.paused),
    step: () => {
      board.follow(true);
      picture.step();
    },
    clear: () => {
      board.closeDetails();
      board.calls.clear();
    },
    export: () => board.openExports(),
    theme: () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark", true),
    language: () => board.switchLanguage(),
    side: () => {
      const isHidden = document.body.classList.toggle("without-side");
      find("side-toggle").setAttribute("aria-expanded", String(!isHidden));
    },
    help: () => openHelp(),
  };

  for (const [id, action] of [
    ["pause", "pause"],
    ["step", "step"],
    ["clear", "clear"],
    ["export", "export"],
    ["theme", "theme"],
    ["language", "language"],
    ["side-toggle", "side"],
    ["help", "help"],
  ]) {
    find(id).addEventListener("click", (event) => {
      if (event.detail > 0) {
        // After a click, the space bar pauses as elsewhere, instead of pressing this button again.
        find("scroller").focus({ preventScroll: true });
      }
      board.actions[action]();
    });
  }
  who.addEventListener("change", () => picture.filter({ who: who.value }));
  method.addEventListener("change", () => picture.filter({ method: method.value }));

  board.onChange(["controls", "calls", "language"], () => {
    pause.textContent = board.say(picture.paused ? "resume" : "pause");
    pause.setAttribute("aria-pressed", String(picture.paused));
    document.body.classList.toggle("paused", picture.paused);
    const waiting = picture.waiting();
    find("step").disabled = waiting === 0;
    find("waiting").textContent = picture.paused ? board.say("waiting", { n: board.number(waiting) }) : "";
    find("waiting").dataset.waiting = String(waiting);
    const records = board.calls.all();
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
  });

  /** Fills a select element. The current choice stays in it even when it has no calls any more. */
  function fill(select, all, chosen, options) {
    const known =
      options.some(([value]) => value === chosen) || chosen === ""
        ? options
        : [...options, [chosen, select === who ? board.laneName(chosen) : board.visible(chosen)]];
    const sorted = known.sort((one, other) => one[1].localeCompare(other[1]));
    board.replaceWhen(select, JSON.stringify([board.languageTag(), sorted]), () =>
      [["", board.say(all)], ...sorted].map(([value, text]) =>
        element("option", { value }, board.short(text, 40)),
      ),
    );
    select.value = chosen;
    select.classList.toggle("active", chosen !== "");
  }

  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  prefersDark.addEventListener("change", () => {
    if (board.savedChoice(THEME) === null) {
      setTheme(prefersDark.matches ? "dark" : "light", false);
    }
  });

  function setTheme(theme, isChosen) {
    document.documentElement.dataset.theme = theme;
    if (isChosen) {
      board.saveChoice(THEME, theme);
    }
  }
  setTheme(board.savedChoice(THEME) ?? (prefersDark.matches ? "dark" : "light"), false);

  /** The head of a dialog, with its title and the close button. */
  board.dialogHead = (text, dialog) =>
    element(
      "header",
      {},
      element("h2", {}, board.say(text)),
      board.button("✕", { class: "close", "aria-label": board.say("close"), title: board.say("close") }, () =>
        dialog.close(),
      ),
    );

  function openHelp() {
    const dialog = find("help-dialog");
    if (!dialog.open) {
      dialog.replaceChildren(board.dialogHead("help", dialog), board.legend(), board.keyList());
      dialog.showModal();
    }
  }
})();
