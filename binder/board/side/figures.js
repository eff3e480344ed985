// The headline, what a screen reader says when a part dies or returns, and the figures of each method.
(() => {
  const { element } = board;

  // Rows of the table; a hostile caller can invent any number of methods.
  const MOST_METHODS = 40;

  // Notes that are said aloud.
  const ALOUD = new Set(["gone", "back", "restarted", "replaced"]);

  const headline = document.getElementById("headline");
  const news = document.getElementById("news");
  const sideNow = document.getElementById("side-now");
  const figures = document.getElementById("figures");
  const table = document.getElementById("figures-table");

  let said = 0;

  board.onChange(["clock", "language", "rooms", "servers"], () => {
    headline.textContent = board.headline();
    if (figures.open) {
      drawFigures();
    }
  });
  figures.addEventListener("toggle", () => board.changed("clock"));

  // What is beside a paused picture goes on.
  board.onChange(["held", "controls"], () => {
    sideNow.hidden = !board.picture.paused || board.isReplay();
  });

  board.onChange(["calls", "language"], () => {
    const added = board.calls.notes().filter(({ serial, kind }) => serial > said && ALOUD.has(kind));
    if (added.length > 0) {
      said = added.at(-1).serial;
      news.textContent = added.map(board.noteText).join(". ");
    }
  });

  function drawFigures() {
    const all = board.figures();
    const shown = all.slice(0, MOST_METHODS);
    board.replaceWhen(table, JSON.stringify([board.languageTag(), all]), () => [
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element(
            "tr",
            {},
            ["method", "figureCalls", "figureLost", "figureFaults", "figureMedian"].map(heading),
          ),
        ),
        element("tbody", {}, shown.map(row)),
      ),
    ]);
  }

  const heading = (name) => element("th", { scope: "col" }, board.say(name));

  function row(figure) {
    const numbers = [figure.calls, figure.lost, figure.faults].map((n) => board.number(n));
    const time = figure.median === null ? "–" : board.duration(figure.median);
    return element(
      "tr",
      { "data-figure": figure.method ?? "" },
      element("th", { scope: "row" }, board.short(board.methodOf(figure), 32)),
      [...numbers, time].map((value) => element("td", {}, value)),
    );
  }
})();
