// The rooms of each chat server.
(() => {
  const { element } = board;

  // Limits of a room's card.
  const MOST_USERS = 40;
  const MOST_ROOMS = 60;

  const place = document.getElementById("rooms");

  board.onChange(["rooms", "servers", "language", "clock"], () => {
    const servers = board.roomServers();
    const key = JSON.stringify([
      board.languageTag(),
      board.isReplay(),
      servers.map((server) => [
        server.key,
        server.status,
        server.position,
        server.staleSince,
        server.moreRooms,
        server.rooms.map((room) => [room, left(server, room)]),
      ]),
    ]);
    board.replaceWhen(place, key, () => {
      const drawn = servers.flatMap((server) => drawServer(server, servers.length > 1));
      return drawn.length > 0 ? [...whenSaved(), ...drawn] : [none("noRooms")];
    });
  });

  const none = (word) => element("p", { class: "none" }, board.say(word));

  /** A run has its rooms once, whichever step of it is shown. */
  function whenSaved() {
    return board.isReplay() ? [none("roomsAtEnd")] : [];
  }

  function drawServer(server, isNamed) {
    const parts = isNamed ? [element("h3", { class: "server" }, board.visible(server.key))] : [];
    if (server.position !== null && server.life !== null) {
      const words = board.say("logPosition", { n: board.number(server.position) });
      parts.push(element("p", { class: "state", "data-position": server.position }, words));
      if (server.staleSince !== null) {
        const since = board.say("staleSince", { time: board.clock(server.staleSince) });
        parts.push(element("p", { class: "state", "data-stale": "true" }, `⚠ ${since}`));
      }
    }
    if (server.life === null && server.status !== "connecting") {
      return [...parts, none("roomsUnknown")];
    }
    if (board.hidesRooms(server)) {
      parts.push(none("roomsBefore"));
    }
    if (server.rooms.length === 0) {
      return [...parts, none("noRooms")];
    }
    const rooms = server.rooms.slice(0, MOST_ROOMS).map((room) => drawRoom(server, room));
    const more = Math.max(server.rooms.length - MOST_ROOMS, 0) + server.moreRooms;
    if (more > 0) {
      rooms.push(element("p", { class: "none" }, board.say("moreGone", { n: board.number(more) })));
    }
    return [...parts, ...rooms];
  }

  /** Seconds until an empty room is removed; the server sends them once, and they count down here. */
  function left(server, { removal }) {
    const isRunning = server.status === "live";
    const elapsed = isRunning ? (performance.now() - server.roomsAt) / 1_000 : 0;
    return typeof removal === "number" ? Math.max(Math.round(removal - elapsed), 0) : null;
  }

  function drawRoom(server, room) {
    const { users } = room;
    const others = Math.max(users.length - MOST_USERS, 0) + room.others;
    const removal = left(server, room);
    return element(
      "article",
      {
        class: `card room${users.length === 0 ? " empty" : ""}${server.status === "live" ? "" : " old"}`,
        "data-room": room.name,
        "data-users": users.length + room.others,
        "data-messages": room.messages,
        "data-removal": removal,
      },
      element(
        "h3",
        {},
        element("bdi", {}, board.short(board.visible(room.name), 40)),
        element("span", { class: "aside" }, board.sayCount("oneMessage", "messages", room.messages)),
      ),
      users.length === 0
        ? element(
            "p",
            { class: "state" },
            removal === null
              ? board.say("empty")
              : `${board.say("empty")} · ${board.say("removal", { time: board.seconds(removal) })}`,
          )
        : element("ul", { class: "users" }, [
            ...users
              .slice(0, MOST_USERS)
              .map((name) => element("li", {}, element("bdi", {}, board.short(board.visible(name), 24)))),
            ...(others > 0 ? [element("li", { class: "more" }, board.say("moreGone", { n: others }))] : []),
          ]),
    );
  }
})();
