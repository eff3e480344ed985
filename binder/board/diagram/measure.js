// The widths of texts, and texts cut to a width.
(() => {
  const canvas = document.createElement("canvas").getContext("2d");

  /** The width of `text` in `font`, in pixels. */
  board.widthOf = (text, font) => {
    canvas.font = font;
    return canvas.measureText(text).width;
  };

  /** `text`, cut at the end to `width` pixels. */
  board.truncatedTo = (text, font, width) =>
    cut(text, font, width, (characters, kept) => `${characters.slice(0, kept).join("")}…`);

  /** `text`, cut in the middle: names of one class often differ at the end only. */
  board.shortenedTo = (text, font, width) =>
    cut(text, font, width, (characters, kept) => {
      const end = Math.floor(kept / 2);
      return `${characters.slice(0, kept - end).join("")}…${end > 0 ? characters.slice(-end).join("") : ""}`;
    });

  function cut(text, font, width, shortened) {
    if (board.widthOf(text, font) <= width) {
      return text;
    }
    const characters = Array.from(text);
    let [fits, tooLong] = [1, characters.length];
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if (board.widthOf(shortened(characters, middle), font) <= width) {
        fits = middle;
      } else {
        tooLong = middle;
      }
    }
    return shortened(characters, fits);
  }
})();
