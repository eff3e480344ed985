// The language of the page: the browser's, unless another was chosen.
(() => {
  const KEY = "board-language";
  const languages = {
    pt: { words: board.portuguese, tag: "pt-BR" },
    en: { words: board.english, tag: "en" },
  };

  /** A choice that was saved before. Browsers may forbid storage; then there is none. */
  board.savedChoice = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  /** Saves a choice, where storage is allowed. */
  board.saveChoice = (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // It then lasts until the page is closed.
    }
  };

  const preferred = (navigator.language || "").toLowerCase().startsWith("pt") ? "pt" : "en";
  let current = languages[board.savedChoice(KEY)] ? board.savedChoice(KEY) : preferred;

  /** The text named `name`; `values` replace their names in braces. */
  board.say = (name, values = {}) => {
    const text = languages[current].words[name] ?? name;
    // One pass: braces in a value are left alone.
    return text.replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));
  };

  /** The text for one, or for several. */
  board.sayCount = (one, several, n) =>
    n === 1 ? board.say(one) : board.say(several, { n: board.number(n) });

  /** The tag of the current language, for formatting numbers. */
  board.languageTag = () => languages[current].tag;

  /** Switches to the other language. */
  board.switchLanguage = () => {
    current = current === "pt" ? "en" : "pt";
    board.saveChoice(KEY, current);
    board.applyLanguage();
  };

  /** Fills in the texts of the page itself. */
  board.applyLanguage = () => {
    document.documentElement.lang = board.languageTag();
    document.title = board.say("title");
    for (const element of document.querySelectorAll("[data-text]")) {
      element.textContent = board.say(element.dataset.text);
    }
    for (const element of document.querySelectorAll("[data-placeholder]")) {
      element.placeholder = board.say(element.dataset.placeholder);
    }
    for (const element of document.querySelectorAll("[data-label]")) {
      const label = board.say(element.dataset.label);
      element.setAttribute("aria-label", label);
      if (element.localName === "button") {
        element.title = label;
      }
    }
    document.getElementById("language").textContent = current === "pt" ? "EN" : "PT";
    board.changed("language");
  };
})();
