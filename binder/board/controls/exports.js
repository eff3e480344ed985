// Exports of the diagram: as a picture, as text for lecture notes, as data.
(() => {
  const { element, svg } = board;
  const dialog = document.getElementById("export-dialog");

  const FORMATS = {
    svg: { text: "exportSvg", type: "image/svg+xml", make: () => board.pictureText() },
    mermaid: {
      text: "exportMermaid",
      type: "text/plain",
      make: () => board.mermaid(board.view),
      suffix: "mmd",
    },
    json: { text: "exportJson", type: "application/json", make: () => JSON.stringify(data(), null, 2) },
  };

  /** The rows from `from` to before `to` as one drawing with the heads on top, independent of the page, for
   *  print and export. */
  board.drawPicture = (view, from = 0, to = view.rows.length) => {
    const { places } = view;
    const head = board.headHeight(places);
    const top = from < view.rows.length ? view.rows[from].y : 0;
    const last = view.rows[to - 1];
    const bottom = (last ? last.y + last.height : 0) + 10 * places.unit;
    const [width, height] = [Math.ceil(places.width), Math.ceil(head + bottom - top)];
    const picture = svg("svg", { class: "d-picture", viewBox: `0 0 ${width} ${height}`, width, height });
    const body = svg("g", { transform: `translate(0 ${head - top})` });
    body.append(
      ...board.drawLifelines(places, top, bottom, board.gaps(view)),
      ...drawBars(view, top, bottom),
    );
    for (const row of view.rows.slice(from, to)) {
      const drawn = board.drawRow(row, { ...view, selected: null });
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
  board.pictureText = () => {
    const picture = board.drawPicture(board.view);
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

  function data() {
    const { rows, lanes } = board.view;
    const calls = new Map();
    for (const row of rows) {
      for (const { record } of row.cells.values()) {
        calls.set(record.serial, record);
      }
    }
    return {
      exported: new Date().toISOString(),
      lanes: lanes.map(({ id, role, name, dialect, detail, status }) => ({
        id,
        role,
        name,
        dialect,
        detail,
        status,
      })),
      calls: [...calls.values()].map((record) => ({
        call: record.id,
        server: record.server,
        life: record.life,
        lane: record.lane,
        at: record.at,
        count: record.count,
        method: record.method,
        dialect: record.dialect,
        arguments: record.arguments,
        user: record.user,
        room: record.room,
        peer: record.peer,
        agent: record.agent,
        waits: record.waits,
        end: record.end,
      })),
      notes: rows
        .filter(({ kind }) => kind === "note")
        .map(({ note, at }) => ({ at, kind: note.kind, server: note.server, text: board.noteText(note) })),
    };
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
    const tabs = Object.entries(FORMATS).map(([name, format]) =>
      board.button(board.say(format.text), { "data-export": name }, () => show(name)),
    );
    const copy = board.button(board.say("copy"), { "data-do": "copy" }, () => copied(text, copy));
    const save = board.button(board.say("save"), { "data-do": "save", class: "main" }, () =>
      download(dialog.dataset.format, text.value),
    );

    function show(name) {
      dialog.dataset.format = name;
      text.value = FORMATS[name].make();
      text.dataset.exportText = name;
      tabs.forEach((tab) => tab.setAttribute("aria-pressed", String(tab.dataset.export === name)));
      copy.textContent = board.say("copy");
    }

    dialog.replaceChildren(
      board.dialogHead("export", dialog),
      element("div", { class: "tabs" }, tabs),
      text,
      element("div", { class: "tabs end" }, copy, save),
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
