"use strict";

// What all scripts share, and when something is drawn.
const board = {};

(() => {
  // Milliseconds between two drawings; nothing is visible at a higher rate.
  const INTERVAL = 50;

  const drawers = [];
  const stale = new Set();
  let isScheduled = false;
  let drawnAt = 0;

  /** Calls `draw` soon after one of `topics` has changed. */
  board.onChange = (topics, draw) => {
    drawers.push({ topics, draw });
  };

  /** Marks topics as changed. Drawing is throttled: a burst of calls costs no more than a few, and a hidden tab
   *  nothing. */
  board.changed = (...topics) => {
    for (const topic of topics) {
      stale.add(topic);
    }
    if (!isScheduled) {
      isScheduled = true;
      setTimeout(() => requestAnimationFrame(drawStale), Math.max(drawnAt + INTERVAL - performance.now(), 0));
    }
  };

  /** Draws at once what has changed. */
  board.drawNow = drawStale;

  function drawStale() {
    isScheduled = false;
    drawnAt = performance.now();
    const topics = new Set(stale);
    stale.clear();
    for (const { topics: wanted, draw } of drawers) {
      if (wanted.some((topic) => topics.has(topic))) {
        draw();
      }
    }
  }

  /** Adds to a map and evicts the oldest entry beyond `most`: anything that other programs can fill is bounded.
   *  */
  board.remember = (map, key, value, most) => {
    map.delete(key);
    map.set(key, value);
    if (map.size > most) {
      map.delete(map.keys().next().value);
    }
  };
})();
