// The XML of many calls, from the servers that still keep it.
(() => {
  // Requests for one server; each answers as many calls as fit.
  const MOST_REQUESTS = 200;

  /** Fetches the XML of these records; the result gives that of one, or `null`. */
  board.fetchBodies = async (records) => {
    const bodies = new Map();
    const groups = new Map();
    for (const record of records.filter(({ end, xml }) => end !== null && !xml)) {
      const server = board.server(record.reporter);
      // A restarted server gives the same numbers to other calls.
      if (server && server.life === record.life && server.status === "live") {
        groups.set(server, [...(groups.get(server) ?? []), record]);
      }
    }
    await Promise.all([...groups].map(([server, group]) => fetchRange(server, group, bodies)));
    return (record) => record.xml ?? bodies.get(keyOf(record)) ?? null;
  };

  const keyOf = ({ reporter, life, id }) => `${board.serverKey(reporter)} ${life} ${id}`;

  async function fetchRange(server, records, bodies) {
    const ids = records.map(({ id }) => id);
    const to = ids.reduce((last, id) => Math.max(last, id), 0);
    let from = ids.reduce((first, id) => Math.min(first, id), Infinity);
    for (let request = 0; request < MOST_REQUESTS && from !== null && from <= to; request += 1) {
      const answer = await fetch(board.pathOf(server, `calls?from=${from}&to=${to}`)).catch(() => null);
      const range = answer?.ok ? board.readAs("calls", await answer.json().catch(() => null)) : null;
      for (const details of range?.calls ?? []) {
        bodies.set(`${server.key} ${server.life} ${details.id}`, details);
      }
      from = range !== null && range.next > from ? range.next : null;
    }
  }
})();
