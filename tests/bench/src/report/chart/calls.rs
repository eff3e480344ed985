//! What each call costs: a dot for each contestant, a group of dots for each call.

use super::{Anchor, LogAxis, Svg};
use crate::figures::{grouped, short};
use crate::servers::{Call, Contestant};

const WIDTH: f64 = 760.0;
const ROW: f64 = 22.0;
const GROUP_TITLE: f64 = 30.0;
const TOP: f64 = 76.0;

pub(crate) struct Dot {
    pub(crate) contestant: Contestant,
    /// CPU time in microseconds.
    pub(crate) cpu: f64,
    /// The same in times the bare server's. It is no quotient of two medians: it was taken round by
    /// round, as in the table of targets.
    pub(crate) times_bare: f64,
}

/// Draws the CPU time for each call of each contestant.
pub(crate) fn draw(calls: &[(Call, Vec<Dot>)]) -> String {
    let rows = |dots: &[Dot]| dots.len() as f64 * ROW + GROUP_TITLE;
    let height = TOP + calls.iter().map(|(_, dots)| rows(dots)).sum::<f64>() + 24.0;
    let all = calls.iter().flat_map(|(_, dots)| dots).map(|dot| dot.cpu);
    let axis = LogAxis::around(all, 170.0, WIDTH - 140.0);
    let mut svg = Svg::new(
        WIDTH as u32,
        height as u32,
        "CPU time of each server for each call; the figures are in the tables of docs/performance.md",
    );
    svg.text(
        20.0,
        30.0,
        Anchor::Start,
        "title",
        "What a call costs the server: CPU time, µs",
    );
    for tick in axis.ticks() {
        let x = axis.place(tick);
        svg.line((x, TOP - 12.0), (x, height - 16.0));
        svg.text(x, TOP - 18.0, Anchor::Middle, "pale", &grouped(tick as u64));
    }
    let mut y = TOP;
    for (call, dots) in calls {
        y += GROUP_TITLE;
        svg.text(20.0, y - 10.0, Anchor::Start, "title", &call.to_string());
        for dot in dots {
            y += ROW;
            let is_ours = dot.contestant == Contestant::Ours;
            let (sign, words) = if is_ours {
                ("our-dot", "ours")
            } else {
                ("dot", "")
            };
            let middle = y - 9.0;
            svg.text(
                158.0,
                y - 5.0,
                Anchor::End,
                words,
                &dot.contestant.to_string(),
            );
            svg.dot((axis.place(dot.cpu), middle), sign);
            let figures = match dot.contestant {
                Contestant::Bare => short(dot.cpu),
                _ => format!("{} · {} ×", short(dot.cpu), short(dot.times_bare)),
            };
            svg.text(
                axis.place(dot.cpu) + 12.0,
                y - 5.0,
                Anchor::Start,
                words,
                &figures,
            );
        }
    }
    svg.finish()
}
