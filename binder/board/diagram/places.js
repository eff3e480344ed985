// The places of the lanes. All lengths are for letters of 16 pixels and scale with them.
(() => {
  // For a time in letters of this size.
  const TIME = 13;
  const GUTTER = 74;
  const MARGIN = 8;

  // Between the edge of what is seen and what is drawn beside it.
  const BESIDE_EDGE = 8;

  // The width of a server's lane beside narrow clients' lanes, and the least width of a client's lane: the
  // height of a letter. Below, the diagram is wider than the screen.
  const NARROW_SERVER = 108;
  const NARROWEST = 21;

  // The greatest width of a lane.
  const WIDEST = 520;

  // No caption lies over the lane of another client. So between the clients and a server there is room for what the
  // nearest client calls: from its lane to the edge behind the server. Where lanes are at least so wide that names fit
  // beside each other, it is this much: for a message in full, if possible.
  const LEVEL = [
    { lane: 128, binder: 215, others: 440 },
    { lane: 96, binder: 215, others: 255 },
  ];
  // Names of narrower lanes are written upright, and this much is added to their width. The binder is called less
  // often.
  const LEAST_ADDED = 200;
  const MOST_ADDED = 430;
  const BINDERS_PART = 0.36;
  // In a small window, at most this part of it.
  const MOST_PART = 0.4;

  // The smallest text in the projector's mode, for letters of 16 pixels.
  const PROJECTED = 15;

  // The least width of the seen part of the clients' lanes beside a binder's that stays at its edge: three lanes.
  const LEAST_SEEN = 3 * NARROWEST;

  const isClient = ({ role }) => role === "client";

  /** Places the lanes on `width` pixels that are scrolled by `scrolled`. */
  board.placeLanes = (lanes, width, unit, scrolled = 0) => {
    const isProjected = board.isProjected();
    const size = (letters) => (isProjected ? Math.max(letters, PROJECTED) : letters) * unit;
    // It holds the time.
    const gutter = (GUTTER / TIME) * size(TIME);
    const clients = lanes.filter(isClient).length;
    const servers = lanes.length - clients;
    const room = (width - gutter) / unit - MARGIN;
    const widths = levelWidths(clients, servers, room) ?? narrowWidths(clients, servers, room);
    const places = placeInOrder(lanes, widths, { gutter, outer: width, unit, scrolled });
    return {
      unit,
      lanes,
      high: board.heights(),
      size,
      smallest: isProjected ? size(PROJECTED) : 0,
      isNarrow: widths.isNarrow,
      ...places,
      // A change of these affects every row.
      key: [
        unit,
        isProjected,
        board.isCompact(),
        places.width,
        places.left,
        ...lanes.map(({ id }) => `${id}@${Math.round(places.x.get(id))}`),
      ].join(" "),
    };
  };

  /** The widths of lanes that are equally wide, and of the spaces added beside the servers; `null` where the
   *  lanes would be narrow. */
  function levelWidths(clients, servers, room) {
    for (const wanted of LEVEL) {
      for (let lane = WIDEST; lane >= wanted.lane; lane -= 1) {
        // The lane's half on either side belongs to the distance, and the server's other half to the room.
        const added = (distance) => (clients > 0 ? Math.max(distance - 1.5 * lane, 0) : 0);
        const [binder, others] = [added(wanted.binder), added(wanted.others)];
        if ((clients + servers) * lane + binder + others <= room) {
          return { client: lane, server: lane, binder, others, isNarrow: false };
        }
      }
    }
    return null;
  }

  /** The same for narrow lanes of clients: what the narrowest ones leave is for them and for the spaces. */
  function narrowWidths(clients, servers, room) {
    const forOthers = room - servers * NARROW_SERVER;
    const least = Math.min(LEAST_ADDED, MOST_PART * room);
    const free = Math.max(forOthers - clients * NARROWEST - least, 0);
    const added = clients > 0 ? Math.min(least + free / 2, MOST_ADDED) : 0;
    return {
      client: Math.max((forOthers - added) / Math.max(clients, 1), NARROWEST),
      server: NARROW_SERVER,
      binder: BINDERS_PART * added,
      others: (1 - BINDERS_PART) * added,
      isNarrow: true,
    };
  }

  /** The lanes from left to right. Where they do not fit, the binder's lane and the servers' stay at the edges, with
   *  the space for captions, and the clients' lanes are scrolled between them; `left` and `right` are the edges of what
   *  is seen of these. In a window so small that little would be seen of them, the binder's lane is scrolled, too.
   *  `gutter` is where the times end, `begin` where captions may begin. */
  function placeInOrder(lanes, widths, { gutter, outer, unit, scrolled }) {
    const x = new Map();
    const boxes = new Map();
    let end = gutter;
    let firstClient = null;
    let lastClient = null;
    let seenBefore = null;
    for (const lane of lanes) {
      if (isClient(lane)) {
        end += firstClient === null ? widths.binder * unit : 0;
        firstClient ??= end;
        lastClient = end + widths.client * unit;
      } else if (seenBefore !== null && isClient(seenBefore)) {
        end += widths.others * unit;
      }
      const wide = (isClient(lane) ? widths.client : widths.server) * unit;
      x.set(lane.id, end + wide / 2);
      boxes.set(lane.id, wide);
      end += wide;
      seenBefore = lane;
    }
    const hidden = Math.max(end - outer, 0);
    if (hidden === 0 || lastClient === null) {
      return { x, boxes, width: end, gutter, begin: gutter, left: 0, right: Infinity };
    }
    // What is scrolled beyond the end does not move the lanes.
    const moved = Math.min(scrolled, hidden);
    const right = lastClient - hidden + moved;
    const staysLeft = lastClient - hidden - firstClient >= LEAST_SEEN * unit;
    for (const [id, place] of x) {
      if (place > lastClient) {
        x.set(id, place - hidden + moved);
      } else if (place < firstClient && staysLeft) {
        x.set(id, place + moved);
      }
    }
    if (staysLeft) {
      const edge = gutter + moved;
      return { x, boxes, width: end, gutter: edge, begin: edge, left: firstClient + moved, right };
    }
    const begin = moved > 0 ? Math.max(gutter, moved + BESIDE_EDGE * unit) : gutter;
    return { x, boxes, width: end, gutter, begin, left: moved, right };
  }

  /** The place of a lane, or the edge behind which it is. */
  board.placeOf = ({ x, left, right, gutter, unit }, lane) => {
    const place = x.get(lane);
    const space = BESIDE_EDGE * unit;
    return lane.startsWith("server:") || place === undefined
      ? place
      : Math.max(Math.min(place, right - space), left > 0 ? left + space : gutter);
  };

  /** Whether a lane is neither scrolled below the binder's nor below the servers'. */
  board.isLaneSeen = ({ x, left, right }, lane) =>
    !isClient(lane) || (x.get(lane.id) > left && x.get(lane.id) < right);

  /** The place up to which a caption may reach that begins at `from` and is about a call to the server at `server`:
   *  the next lane behind the server, or the edge of what is seen. */
  board.endOfCaption = (places, from, server) => {
    const { lanes, x, boxes, begin, unit } = places;
    const direction = Math.sign(server - from) || 1;
    const seen = lanes.filter((lane) => board.isLaneSeen(places, lane));
    const behind = seen.map(({ id }) => x.get(id)).filter((place) => (place - server) * direction > 0);
    const space = BESIDE_EDGE * unit;
    if (behind.length > 0) {
      return direction * Math.min(...behind.map((place) => place * direction)) - direction * space;
    }
    if (direction < 0) {
      return begin;
    }
    const { id } = lanes.at(-1);
    return x.get(id) + boxes.get(id) / 2 - space / 2;
  };
})();
