// Figures of the calls: of each method, and of the last minute.
(() => {
  const MINUTE = 60_000;

  /** For each method: `{method, calls, lost, faults, median}`, the most called first. The median is of the durations
   *  in milliseconds, long polls left out, whose duration says nothing. */
  board.figures = () => {
    const methods = new Map();
    for (const record of board.calls.all()) {
      const name = record.method ?? "";
      const figure = methods.get(name) ?? {
        method: record.method,
        calls: 0,
        lost: 0,
        faults: 0,
        durations: [],
      };
      methods.set(name, figure);
      figure.calls += record.count;
      if (record.end === null) {
        continue;
      }
      figure.lost += board.isUnanswered(record) ? 1 : 0;
      figure.faults += record.end.outcome === "fault" || record.end.outcome === "refused" ? 1 : 0;
      if (record.end.outcome === "answer" && !record.waits) {
        figure.durations.push(record.end.milliseconds);
      }
    }
    return [...methods.values()]
      .map(({ durations, ...figure }) => ({ ...figure, median: median(durations) }))
      .sort((one, other) => other.calls - one.calls);
  };

  function median(values) {
    const sorted = values.sort((one, other) => one - other);
    return sorted.length > 0 ? sorted[Math.floor(sorted.length / 2)] : null;
  }

  /** What happened in the last minute: `{clients, silent, unnamed, connections, rooms, isPartial, lostRequests,
   *  lostAnswers, faults}`. The `silent` ones of the clients were not heard for long (`board.SILENCE`). The `unnamed`
   *  are further clients, which say which process they are, and not which user. The rooms are `null` when none are
   *  known, but there is a server that does not say which it has. With `isPartial`, there may be more clients and
   *  rooms: at a server that says nothing, or at any in a picture of the past. The `connections` that named no user may
   *  then be those of further users. */
  board.lastMinute = () => board.picture.minute ?? countMinute();

  function countMinute() {
    const since = board.picture.until ?? board.now();
    const counts = { lostRequests: 0, lostAnswers: 0, faults: 0 };
    const clients = new Set();
    const unnamed = new Set();
    const connections = new Set();
    const isLast = isLastKnown(since);
    const isPartial = !isLast || board.hasUnheard();
    const records = board.calls.all();
    for (let index = records.length - 1; index >= 0 && records[index].at > since - MINUTE; index -= 1) {
      const record = records[index];
      if (record.at > since) {
        continue;
      }
      if (record.lane.startsWith("user:")) {
        clients.add(record.lane);
      } else if (record.lane.startsWith("client:")) {
        unnamed.add(record.lane);
      } else if (isPartial && record.lane.startsWith("peer:")) {
        connections.add(record.lane);
      }
      count(counts, record);
    }
    // Servers that are one chat have the same rooms.
    const rooms = new Set();
    for (const server of board.roomServers().filter((one) => !board.hidesRooms(one))) {
      for (const { name } of server.rooms) {
        rooms.add(JSON.stringify([server.group ?? server.key, name]));
      }
    }
    const listed = isLast ? [...board.usersListed()] : [];
    listed.forEach((id) => clients.add(id));
    // On a page that was just opened, each process without a user is one of the listed users without a call.
    const unseen = listed.filter((id) => !(board.lane(id)?.last > 0)).length;
    const present = [...clients].filter((id) => !board.isAbsent(id, since));
    const shownRooms = isLast && areKnown(rooms) ? rooms.size : null;
    const silent = isLast ? present.filter((id) => board.silentFor(id, since) !== null).length : 0;
    return {
      ...counts,
      clients: present.length,
      silent,
      unnamed: Math.max(unnamed.size - unseen, 0),
      connections: connections.size,
      rooms: shownRooms,
      isPartial,
    };
  }

  /** Servers say which rooms they have now, and in a saved run, had at its end. */
  const isLastKnown = (at) => (board.isReplay() ? at >= board.now() : !board.picture.paused);

  const areKnown = (rooms) => rooms.size > 0 || !board.roomServers().some(board.hidesRooms);

  function count(counts, record) {
    const { outcome, lab } = record.end ?? {};
    if (outcome === "fault" || outcome === "refused") {
      counts.faults += 1;
    } else if (outcome === "dropped" && lab === "drop-request") {
      counts.lostRequests += 1;
    } else if (record.end && board.isUnanswered(record)) {
      counts.lostAnswers += 1;
    }
  }

  const longSilence = () => board.seconds(board.SILENCE / 1_000);

  /** The same in words. */
  board.headline = () => {
    const { clients, silent, unnamed, connections, rooms, isPartial, ...wrong } = board.lastMinute();
    const { lostRequests, lostAnswers, faults } = wrong;
    const count = (...words) => {
      const what = board.sayCount(...words);
      return isPartial ? board.say("atLeast", { what }) : what;
    };
    const present = [
      isPartial && clients === 0 ? board.say("clientsUnknown") : count("oneClient", "clients", clients),
      silent > 0 ? board.say("silentOnes", { n: board.number(silent), time: longSilence() }) : null,
      unnamed > 0 ? board.say("unnamed", { n: board.number(unnamed) }) : null,
      connections > 0 ? board.sayCount("oneConnection", "connections", connections) : null,
      rooms === null ? null : count("oneRoom", "roomCount", rooms),
    ]
      .filter(Boolean)
      .join(", ");
    const bad = [
      [lostRequests, "oneLostRequest", "lostRequests"],
      [lostAnswers, "oneLostAnswer", "lostAnswers"],
      [faults, "oneFault", "faultCount"],
    ]
      .filter(([n]) => n > 0)
      .map(([n, one, several]) => board.sayCount(one, several, n))
      .join(", ");
    return bad ? `${present} · ${board.say("lastMinute", { what: bad })}` : present;
  };
})();
