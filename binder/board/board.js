"use strict";

// What all scripts of the page share, and when something is drawn again.
const board = {};

(() => {
  // Milliseconds between two drawings: more often than this, nobody can follow a call.
  const BETWEEN = 50;

  const drawers = [];
  const stale = new Set();
  let asked = false;
  let drawnAt = 0;

  /** Has `draw` called soon after one of `topics` has changed. */
  board.drawn = (topics, draw) => {
    drawers.push({ topics, draw });
  };

  /** Tells that something has changed. However often that happens, it is drawn only so often: a burst of
   *  calls costs no more than a few, and a hidden tab nothing. */
  board.changed = (...topics) => {
    for (const topic of topics) {
      stale.add(topic);
    }
    if (!asked) {
      asked = true;
      setTimeout(() => requestAnimationFrame(drawStale), Math.max(drawnAt + BETWEEN - performance.now(), 0));
    }
  };

  function drawStale() {
    asked = false;
    drawnAt = performance.now();
    const topics = new Set(stale);
    stale.clear();
    for (const { topics: wanted, draw } of drawers) {
      if (wanted.some((topic) => topics.has(topic))) {
        draw();
      }
    }
  }

  /** Adds to a map that forgets its oldest entries: what strangers make grow has a bound. */
  board.remember = (map, key, value, most) => {
    map.delete(key);
    map.set(key, value);
    if (map.size > most) {
      map.delete(map.keys().next().value);
    }
  };
})();
