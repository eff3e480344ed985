// Makes texts from other programs safe to show, and numbers and times readable.
(() => {
  // Control and format characters change the reading direction or are invisible. The joiners U+200C and U+200D
  // stay, because scripts and emoji need them.
  const INVISIBLE = /[\p{Cc}\p{Co}\p{Cn}\p{Cs}\u2028\u2029]|(?![\u200c\u200d])\p{Cf}/gu;

  // Many marks on one letter would cover the rows above and below.
  const PILED_MARKS = /(\p{M}{2})\p{M}+/gu;

  /** A text with invisible characters replaced by their code points. */
  board.visible = (text) =>
    String(text)
      .replace(
        INVISIBLE,
        (character) => `⟨${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
      )
      .replace(PILED_MARKS, "$1");

  /** The same for several lines, keeping line ends and tabs. */
  board.visibleLines = (text) =>
    String(text)
      .split(/\r?\n/)
      .map((line) => line.split("\t").map(board.visible).join("\t"))
      .join("\n");

  /** At most `most` characters of a text. */
  board.short = (text, most) => {
    const characters = Array.from(text);
    return characters.length > most ? `${characters.slice(0, Math.max(most - 1, 1)).join("")}…` : text;
  };

  // Identifiers of messages and cursors: long, and read by programs only.
  const IDENTIFIER = /^(?=.*\d)[0-9a-f]{8,}(?:[-:.][0-9a-f]+)*$/i;
  const LONGEST_IDENTIFIER = 12;

  /** Arguments as in source code, identifiers shortened; in place of the one at `own`, a dot. */
  board.argumentsText = (values, own = -1) =>
    Array.isArray(values)
      ? values.map((value, index) => (index === own ? "·" : argument(value))).join(", ")
      : "";

  function argument(value) {
    if (value === null) {
      return "nil";
    }
    if (typeof value === "string") {
      return `"${board.visible(board.shortIdentifier(value))}"`;
    }
    if (Array.isArray(value)) {
      return `[${value.map(argument).join(", ")}]`;
    }
    return board.visible(typeof value === "object" ? JSON.stringify(value) : value);
  }

  /** An identifier as its first and last four characters; other texts as they are. */
  board.shortIdentifier = (text) =>
    text.length > LONGEST_IDENTIFIER && IDENTIFIER.test(text)
      ? `${text.slice(0, 4)}…${text.slice(-4)}`
      : text;

  // Creating one takes longer than drawing a row.
  const formats = new Map();

  /** A number in the current language. */
  board.number = (value, digits = 0) => {
    const key = `${board.languageTag()} ${digits}`;
    if (!formats.has(key)) {
      formats.set(key, new Intl.NumberFormat(board.languageTag(), { maximumFractionDigits: digits }));
    }
    return formats.get(key).format(value);
  };

  /** A duration in milliseconds. */
  board.duration = (milliseconds) => {
    if (milliseconds < 0.1) {
      return `<${board.number(0.1, 1)} ms`;
    }
    if (milliseconds < 10) {
      return `${board.number(milliseconds, 1)} ms`;
    }
    return milliseconds < 1_000
      ? `${board.number(milliseconds)} ms`
      : `${board.number(milliseconds / 1_000, 1)} s`;
  };

  /** Running seconds, such as an age or the rest of a lease. */
  board.seconds = (seconds) => {
    const whole = Math.max(Math.round(seconds), 0);
    if (whole < 60) {
      return `${whole} s`;
    }
    const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60)];
    const two = (number) => String(number).padStart(2, "0");
    return hours > 0 ? `${hours} h ${two(minutes)}` : `${minutes}:${two(whole % 60)}`;
  };

  /** The time of day of a Unix time in milliseconds; with `fraction` to the millisecond. */
  board.clock = (at, fraction = false) => {
    const date = new Date(at);
    if (Number.isNaN(date.getTime())) {
      return "";
    }
    const two = (number) => String(number).padStart(2, "0");
    const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    return fraction ? `${time}.${String(date.getMilliseconds()).padStart(3, "0")}` : time;
  };
})();
