// Which language the page speaks: the browser's, until somebody chooses.
(() => {
  const KEY = "board-language";
  const languages = {
    pt: { words: board.portuguese, tag: "pt-BR" },
    en: { words: board.english, tag: "en" },
  };

  /** What was chosen on this page before. A browser may forbid to keep anything; then nothing was. */
  board.chosen = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  /** Keeps a choice for the next time, where that is allowed. */
  board.choose = (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // It then holds until the page is closed.
    }
  };

  const preferred = (navigator.language || "").toLowerCase().startsWith("pt") ? "pt" : "en";
  let current = languages[board.chosen(KEY)] ? board.chosen(KEY) : preferred;

  /** The text named `name`, with `values` in the places of their names in braces. */
  board.say = (name, values = {}) => {
    const text = languages[current].words[name] ?? name;
    // One pass over the pattern: a value with braces in it stays as it is.
    return text.replace(/\{(\w+)\}/g, (place, key) => (key in values ? String(values[key]) : place));
  };

  /** One of something, or a number of them. */
  board.sayCount = (one, several, n) =>
    n === 1 ? board.say(one) : board.say(several, { n: board.number(n) });

  /** The tag of the current language, for formatting numbers. */
  board.languageTag = () => languages[current].tag;

  /** Speaks the other language. */
  board.switchLanguage = () => {
    current = current === "pt" ? "en" : "pt";
    board.choose(KEY, current);
    board.speak();
  };

  /** Writes the texts that stand in the page itself. */
  board.speak = () => {
    document.documentElement.lang = board.languageTag();
    document.title = board.say("title");
    for (const element of document.querySelectorAll("[data-text]")) {
      element.textContent = board.say(element.dataset.text);
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
