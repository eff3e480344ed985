// The diagram as Mermaid text, for lecture notes.
(() => {
  // In Mermaid, a semicolon or a line end ends a statement, %% begins a comment, `#…;` is a character by its
  // number, and $$ encloses a formula. Markup characters are written by number, too.
  const SPECIAL = /[#;%$<>&\\`{}]/g;

  const escaped = (text) =>
    board.visible(text).replace(SPECIAL, (character) => `#${character.codePointAt(0)};`);

  /** The rows of `view` as a Mermaid sequence diagram. */
  board.mermaid = ({ rows, bars, lanes, now }) => {
    const names = new Map(lanes.map(({ id }, index) => [id, `p${index}`]));
    const lines = ["sequenceDiagram"];
    for (const lane of lanes) {
      const detail =
        lane.role === "client" ? (lane.dialect ?? "") : lane.role === "binder" ? "" : lane.detail;
      const text = [lane.name, detail].filter(Boolean).map(escaped).join("<br/>");
      lines.push(`    participant ${names.get(lane.id)} as ${text}`);
    }
    const waits = {
      answered: new Set(bars.filter(({ to }) => to !== null).map(({ record }) => record.serial)),
      // Mermaid rejects a `deactivate` without its `activate`.
      begun: new Set(),
    };
    for (const row of rows) {
      lines.push(...statements(row, names, now, waits).map((line) => `    ${line}`));
    }
    return `${lines.join("\n")}\n`;
  };

  function statements(row, names, now, waits) {
    if (row.kind === "note") {
      const [first, last] = [names.values().next().value, [...names.values()].pop()];
      return [`Note over ${first}${first === last ? "" : `,${last}`}: ${escaped(board.noteText(row.note))}`];
    }
    const server = names.get(`server:${row.server}`);
    return [...row.cells.values()]
      .filter(({ lane }) => names.has(lane))
      .flatMap((cell) => callStatements(row, cell, names.get(cell.lane), server, now, waits));
  }

  function callStatements(row, cell, client, server, now, waits) {
    const { record } = cell;
    const single = { ...row, cells: new Map([[cell.lane, cell]]) };
    const isLost = board.isRequestLost(record);
    const lines = [];
    const marks = board.marksOf(single).map(({ text }) => ` · ${text}`).join("");
    if (row.requests) {
      const { number, who, strong, values, text } = board.requestCaption(single, false, now);
      // The lane says who calls, except where that is a guess.
      const first = [number, who].filter(Boolean).map((word) => `${word} `).join("");
      const caption = `${first}${strong}${values ?? ""}${text}${marks}`;
      lines.push(`${client}${isLost ? "-x" : "->>"}${server}: ${escaped(caption)}`);
      if (waits.answered.has(record.serial)) {
        waits.begun.add(record.serial);
        lines.push(`activate ${client}`);
      }
    }
    if (row.answered && !isLost) {
      const isGood = record.end?.outcome === "answer";
      const { number, method, text } = board.answerCaption(single);
      const caption = `${number ? `${number} ` : ""}${method}${text}${row.requests ? "" : marks}`;
      lines.push(`${server}${isGood ? "-->>" : "--x"}${client}: ${escaped(caption)}`);
    }
    if (!row.requests && waits.begun.delete(record.serial)) {
      lines.push(`deactivate ${client}`);
    }
    return lines;
  }
})();
