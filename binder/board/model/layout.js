// All rows of the picture, kept from one drawing to the next. They are in segments: a change lays out again the
// segment it is in and those after it, so that twenty thousand calls cost no more than the newest few hundred.
(() => {
  // Events of a segment. Runs of polls end with it.
  const SEGMENT = 400;

  // What the first segment begins with.
  const NOTHING = { pending: [], bars: [], outages: [], lost: [], at: Infinity };

  const fresh = () => ({ segments: [], unsettledFrom: Infinity, lastKey: null });
  let { segments, unsettledFrom, lastKey } = fresh();
  board.keepApart(
    fresh,
    () => ({ segments, unsettledFrom, lastKey }),
    (state) => ({ segments, unsettledFrom, lastKey } = state),
  );

  /**
   * The rows for those calls that pass `passes` until `until`: `{rows, bars, outages, brackets, lanes}`. A bar
   * is a call that waits for its answer, an outage the time in which a server is gone, a bracket a row that repeats
   * an earlier one, `lanes` are all that have a row.
   *
   * Of the calls before `changedFrom`, nothing has changed since the last time. With another `key`, everything has.
   */
  board.layOut = ({ notes, passes, laneOf, until, now, changedFrom, key }) => {
    const from = key === lastKey ? Math.min(changedFrom, unsettledFrom) : -Infinity;
    lastKey = key;
    unsettledFrom = Infinity;
    if (from < Infinity || segments.length === 0) {
      const index = Math.max(
        segments.findLastIndex(({ start }) => start <= from),
        0,
      );
      const { start, carried } = segments[index] ?? { start: -Infinity, carried: NOTHING };
      segments = segments.slice(0, index);
      const records = [...carried.pending, ...board.calls.from(start).map(board.asShown)].filter(passes);
      const items = board.timeline(records, notes, start).filter(({ at }) => until === null || at <= until);
      addSegments(items, start, carried, (begin) => new board.RowBuilder(laneOf, now, begin));
    }
    return combined();
  };

  function addSegments(items, begin, carriedHere, open) {
    let [start, carried, builder] = [begin, carriedHere, open(carriedHere)];
    let count = 0;
    let lastAt = -Infinity;
    const close = () => {
      unsettledFrom = Math.min(unsettledFrom, builder.unsettledFrom);
      segments.push({ start, carried, ...resultOf(builder) });
    };
    for (const item of items) {
      // Events of the same time are in the same segment.
      if (count >= SEGMENT && item.at > lastAt) {
        close();
        [start, carried] = [item.at, builder.carry()];
        builder = open(carried);
        count = 0;
      }
      builder.take(item);
      count += 1;
      lastAt = item.at;
    }
    close();
  }

  function resultOf({ rows, bars, barOf, outages }) {
    const lanes = new Set();
    for (const row of rows) {
      if (row.server) {
        lanes.add(`server:${row.server}`);
      }
      row.cells.forEach(({ lane }) => lanes.add(lane));
    }
    return { rows, bars, open: [...barOf.values()], outages, lanes };
  }

  function combined() {
    const rows = [];
    const bars = [];
    const outages = new Map();
    const lanes = new Set();
    for (const segment of segments) {
      for (const row of segment.rows) {
        rows.push(row);
      }
      bars.push(...segment.bars);
      // An outage that goes on is in several segments, in the last one as it ended.
      segment.outages.forEach((outage) => outages.set(outage.from, outage));
      segment.lanes.forEach((lane) => lanes.add(lane));
    }
    const open = segments.at(-1).open.map((bar) => ({ ...bar, to: null }));
    const brackets = rows.filter(({ repeats }) => repeats);
    return { rows, bars: [...bars, ...open], outages: [...outages.values()], brackets, lanes };
  }
})();
