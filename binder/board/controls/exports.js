// Exports of the diagram: as a picture, as text for lecture notes, as data.
(() => {
  const { element, svg } = board;
  const dialog = document.getElementById("export-dialog");

  // Longer texts are refused by Mermaid.
  const LONGEST_MERMAID = 50_000;

  const FORMATS = {
    svg: { text: "exportSvg", type: "image/svg+xml", make: (view) => board.pictureText(view) },
    mermaid: {
      text: "exportMermaid",
      type: "text/plain",
      make: (view) => board.mermaid(view),
      suffix: "mmd",
    },
    json: { text: "exportJson", type: "application/json", make: runText },
  };

  /** What is exported: all rows, or the chosen ones. */
  board.viewForExport = (isRange = board.view.range !== null) => {
    const { view } = board;
    const { from, to } = isRange && view.range !== null ? view.range : { from: -Infinity, to: Infinity };
    const rows = view.rows.filter(({ at }) => at >= from && at <= to);
    const chosen = new Set(rows);
    const bars = view.bars.filter((bar) => chosen.has(bar.from) && (bar.to === null || chosen.has(bar.to)));
    return {
      ...view,
      from,
      to,
      rows,
      bars,
      places: board.placesForPicture(),
      selected: null,
      family: new Set(),
      range: null,
    };
  };

  /** The rows from `from` to before `to` as one drawing with the heads on top, independent of the page, for
   *  print and export. */
  board.drawPicture = (view, from = 0, to = view.rows.length) => {
    const { places } = view;
    const head = board.headHeight(places);
    const rows = view.rows.slice(from, to);
    const top = rows[0]?.y ?? 0;
    const last = rows.at(-1);
    const bottom = (last ? last.y + last.height : 0) + 10 * places.unit;
    const [width, height] = [Math.ceil(places.width), Math.ceil(head + bottom - top)];
    const picture = svg("svg", { class: "d-picture", viewBox: `0 0 ${width} ${height}`, width, height });
    const body = svg("g", { transform: `translate(0 ${head - top})` });
    body.append(
      ...board.drawLifelines(places, top, bottom, board.gaps(view)),
      ...drawBars(view, top, bottom),
      ...rows
        .filter(({ repeats }) => repeats?.y >= top)
        .map((row) => board.drawBracket(row, places))
        .filter(Boolean),
    );
    for (const row of rows) {
      const drawn = board.drawRow(row, view);
      drawn.setAttribute("transform", `translate(0 ${Math.round(row.y)})`);
      body.append(drawn);
    }
    picture.append(svg("rect", { class: "d-paper", width, height }), body);
    picture.append(
      svg("rect", { class: "d-paper", width, height: head }),
      ...places.lanes.map((lane) => board.drawHead(lane, places, "")),
    );
    return picture;
  };

  /** The bars, clipped to the drawing. */
  function drawBars(view, top, bottom) {
    return board
      .placeBars(view, top, bottom, bottom)
      .map((bar) =>
        board.drawBar({ ...bar, y: Math.max(bar.y, top), bottom: Math.min(bar.bottom, bottom) }, view.places),
      );
  }

  /** The diagram as a self-contained SVG file: it includes the page's rules, with current colours in place of
   *  variables, which programs other than browsers do not support. */
  board.pictureText = (view) => {
    const picture = board.drawPicture(view);
    const computed = getComputedStyle(document.documentElement);
    const rules = [...document.styleSheets]
      .flatMap((sheet) => [...sheet.cssRules])
      .filter((rule) => rule.selectorText?.startsWith(".d-"))
      .map((rule) =>
        rule.cssText.replace(/var\((--[\w-]+)\)/g, (_, name) => computed.getPropertyValue(name).trim()),
      );
    picture.prepend(svg("style", {}, rules.join("\n")));
    return new XMLSerializer().serializeToString(picture);
  };

  async function runText({ rows, lanes, from, to }) {
    const records = board.picture.records(rows, from, to);
    const notes = rows.filter(({ kind }) => kind === "note").map(({ note }) => note);
    const bodies = await board.fetchBodies(records);
    return board.runText({ records, notes, lanes }, bodies);
  }

  /** Opens the dialog with the exports. */
  board.openExports = () => {
    if (dialog.open) {
      return;
    }
    const text = element("textarea", {
      readonly: true,
      spellcheck: "false",
      rows: 16,
      "aria-label": board.say("export"),
    });
    const warning = element("p", { class: "said", role: "status" });
    const tabs = Object.entries(FORMATS).map(([name, format]) =>
      board.button(board.say(format.text), { "data-export": name }, () => show(name)),
    );
    const hasRange = board.view.range !== null;
    const onlyRange = element("input", { type: "checkbox", name: "range", checked: hasRange });
    onlyRange.addEventListener("change", () => show(dialog.dataset.format));
    const range = element("label", { hidden: !hasRange }, onlyRange, " ", board.say("exportRange"));
    const copy = board.button(board.say("copy"), { "data-do": "copy" }, () => copied(text, copy));
    const save = board.button(board.say("save"), { "data-do": "save", class: "main" }, () =>
      download(dialog.dataset.format, text.value),
    );
    const open = board.button(board.say("exportOpen"), { "data-do": "open" }, () => {
      dialog.close();
      board.chooseReplay();
    });

    async function show(name) {
      dialog.dataset.format = name;
      tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.export === name)));
      copy.textContent = board.say("copy");
      text.value = "…";
      delete text.dataset.exportText;
      const made = await FORMATS[name].make(board.viewForExport(onlyRange.checked));
      // Another format may have been chosen meanwhile.
      if (dialog.dataset.format === name) {
        text.value = made;
        text.dataset.exportText = name;
        const isTooLong = name === "mermaid" && made.length > LONGEST_MERMAID;
        warning.textContent = isTooLong
          ? board.say("mermaidTooLong", { n: board.number(made.length), most: board.number(LONGEST_MERMAID) })
          : "";
      }
    }

    dialog.replaceChildren(
      board.dialogHead("export", dialog),
      element("div", { class: "tabs" }, tabs, range),
      warning,
      text,
      element("div", { class: "tabs end" }, open, copy, save),
    );
    show("mermaid");
    dialog.showModal();
  };

  /** The clipboard is available in secure contexts only; elsewhere the text is selected and copied in the old
   *  way. */
  async function copied(text, button) {
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy");
    }
    button.textContent = board.say("copied");
  }

  function download(name, text) {
    const { type, suffix } = FORMATS[name];
    const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
    const link = element("a", { href: address, download: `chat-rpc.${suffix ?? name}` });
    link.click();
    // The download has started by then.
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }
})();
