// Prints the diagram on as many pages as it needs, each with the heads of the lanes.
(() => {
  // The width that fits on an A4 page in landscape with its margins.
  const PAGE_HEIGHT = 0.63;

  const place = document.getElementById("print");

  addEventListener("beforeprint", () => {
    if (board.view.places === null) {
      return;
    }
    const view = board.viewForExport();
    const room = view.places.width * PAGE_HEIGHT - board.headHeight(view.places);
    const pages = [];
    let from = 0;
    view.rows.forEach((row, index) => {
      if (row.y + row.height - view.rows[from].y > room && index > from) {
        pages.push([from, index]);
        from = index;
      }
    });
    pages.push([from, view.rows.length]);
    place.replaceChildren(...pages.map(([first, last]) => board.drawPicture(view, first, last)));
  });

  addEventListener("afterprint", () => place.replaceChildren());
})();
