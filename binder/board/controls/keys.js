// The keys, and the list of them.
(() => {
  const { element, actions } = board;

  // One table for the keys and for the help about them.
  const KEYS = [
    { keys: [" "], shown: "keySpace", text: "keyPause", action: actions.pause },
    { keys: ["s"], text: "keyStep", action: actions.step },
    { shownAs: ["↑", "↓", "←", "→"], text: "keyMove" },
    { shownAs: ["⇧ ↑", "⇧ ↓"], text: "keyRange" },
    { shownAs: ["Enter"], text: "keyOpen" },
    { keys: ["End"], text: "keyFollow", action: () => board.follow(true) },
    { keys: ["f"], text: "keyFilter", action: () => document.getElementById("filter-who").focus() },
    { keys: ["/"], text: "keySearch", action: () => document.getElementById("filter-text").focus() },
    { keys: ["b"], text: "keyOwn", action: actions.own },
    { keys: ["c"], text: "keyClear", action: actions.clear },
    { keys: ["e"], text: "keyExport", action: actions.export },
    { keys: ["o"], text: "keyReplay", action: () => board.chooseReplay() },
    { keys: ["n"], text: "keySide", action: actions.side },
    { keys: ["-"], shownAs: ["−"], text: "keySmaller", action: actions.smaller },
    { keys: ["+", "="], shownAs: ["+"], text: "keyLarger", action: actions.larger },
    { keys: ["p"], text: "keyProjector", action: actions.projector },
    { keys: ["d"], text: "keyTheme", action: actions.theme },
    { keys: ["l"], text: "keyLanguage", action: actions.language },
    { keys: ["Escape"], shownAs: ["Esc"], text: "keyClose", action: close },
    { keys: ["?"], text: "keyHelp", action: actions.help },
  ];

  /** Closes what is open, one thing after the other. */
  function close() {
    if (board.view.range !== null) {
      board.selectRange(null);
    } else if (!board.closeDetails() && board.isProjected()) {
      actions.projector();
    }
  }

  addEventListener("keydown", (event) => {
    // A dialog that was just closed may keep the focus until the page is drawn again.
    const isTyping = event.target.closest?.("input, select, textarea, dialog[open], summary");
    const isPressing = event.key === " " && event.target.closest?.("button");
    if (isTyping || isPressing || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const known = KEYS.find(
      ({ keys, action }) =>
        action && keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key),
    );
    if (known) {
      known.action();
      event.preventDefault();
    } else if (event.key.startsWith("Arrow") && event.target === document.body) {
      // Arrow keys work from anywhere.
      document.getElementById("scroller").focus();
    }
  });

  /** What the keys do. */
  board.keyList = () =>
    element(
      "section",
      {},
      element("h3", {}, board.say("helpKeys")),
      element(
        "dl",
        { class: "keys" },
        KEYS.flatMap(({ keys, shown, shownAs, text }) => [
          element(
            "dt",
            {},
            (shownAs ?? (shown ? [board.say(shown)] : keys)).map((key) =>
              element("kbd", {}, key.length === 1 ? key.toUpperCase() : key),
            ),
          ),
          element("dd", {}, board.say(text)),
        ]),
      ),
    );
})();
