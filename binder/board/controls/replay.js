// Opens a saved run and shows it step by step, without any server.
(() => {
  const { element, picture } = board;
  const banner = document.getElementById("replay-banner");

  // Bytes of a file. A lecture of twenty thousand calls with their XML has fewer.
  const LARGEST = 128 << 20;

  let replay = null;

  /** Lets the viewer choose a file. */
  board.chooseReplay = () => {
    const input = element("input", { type: "file", accept: ".json,application/json" });
    input.addEventListener("change", () => open(input.files[0]));
    input.click();
  };

  async function open(file) {
    const run = file && file.size <= LARGEST ? board.readRun(await file.text()) : null;
    if (run === null || run.records.length === 0) {
      banner.hidden = false;
      banner.shownKey = null;
      banner.replaceChildren(element("strong", {}, board.say("replayWrong")), dismiss());
      return;
    }
    board.startReplay({ ...run, name: file.name });
  }

  /** Shows a run that was read, from its beginning. */
  board.startReplay = (run) => {
    const times = [
      ...run.records.map(({ at, end }) => Math.max(at, end?.at ?? 0)),
      ...run.notes.map(({ at }) => at),
    ];
    const begin =
      Math.min(...run.records.slice(0, 1).map(({ at }) => at), ...run.notes.map(({ at }) => at)) - 1;
    replay = { ...run, begin };
    board.closeDetails();
    board.enterReplay();
    board.stopClock(times.reduce((last, at) => Math.max(last, at), 0));
    board.loadServers(run.servers, run.binder);
    board.calls.load(run);
    picture.showUntil(begin);
    showAll();
  };

  /** Shows the run from its beginning again. */
  board.beginReplayAgain = () => picture.showUntil(replay.begin);

  /** Shows again what happens now, which has gone on meanwhile. */
  function end() {
    board.closeDetails();
    board.leaveReplay();
    replay = null;
    banner.hidden = true;
    showAll();
  }

  function showAll() {
    board.view.range = null;
    board.changed("calls", "servers", "names", "rooms", "lab", "controls", "clock");
    board.follow(true);
  }

  // Servers die and return as they did then.
  board.onChange(["held"], () => {
    for (const server of replay === null ? [] : board.servers()) {
      const status = board.statusAt(replay, server.key, picture.until ?? Infinity);
      if (server.status !== status) {
        server.status = status;
        board.changed("servers", "names", "rooms");
      }
    }
  });

  /** What the file has and the replay has not. */
  function leftOut() {
    const { leftOut: n, all } = replay;
    const most = board.number(board.MOST_SAVED_CALLS);
    return n > 0
      ? [element("strong", {}, board.say("replayCut", { n: board.number(n), all: board.number(all), most }))]
      : [];
  }

  const dismiss = () =>
    board.signButton("✕", "close", {}, () => {
      banner.hidden = true;
      // Where a run is shown, its own banner returns.
      board.changed("held");
    });

  board.onChange(["language", "held"], () => {
    if (replay === null) {
      return;
    }
    banner.hidden = false;
    const seen = new Date(replay.exported);
    const when = Number.isNaN(seen.getTime()) ? "" : seen.toLocaleString(board.languageTag());
    board.replaceWhen(banner, `${board.languageTag()} ${replay.name}`, () => [
      element("strong", {}, board.say("replay")),
      element("span", { class: "rule" }, board.say("replayOf", { name: board.visible(replay.name), when })),
      ...leftOut(),
      board.button(board.say("replayAgain"), { "data-do": "replay-again" }, board.beginReplayAgain),
      board.button(board.say("replayEnd"), { "data-do": "replay-end" }, end),
    ]);
  });
})();
