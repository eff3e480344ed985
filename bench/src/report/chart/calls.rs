//! What each call costs whom: a dot for each contestant, a group of them for each call.

use super::{Anchor, LogAxis, Svg};
use crate::figures::{grouped, short};
use crate::servers::{Call, Contestant};

const WIDTH: f64 = 760.0;
const ROW: f64 = 22.0;
const GROUP_TITLE: f64 = 30.0;
const TOP: f64 = 76.0;

/// Draws the CPU time for each call, in microseconds, of each contestant.
pub(crate) fn draw(calls: &[(Call, Vec<(Contestant, f64)>)]) -> String {
    let rows = |dots: &[(Contestant, f64)]| dots.len() as f64 * ROW + GROUP_TITLE;
    let height = TOP + calls.iter().map(|(_, dots)| rows(dots)).sum::<f64>() + 24.0;
    let all = calls.iter().flat_map(|(_, dots)| dots).map(|dot| dot.1);
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
        let bare = dots
            .iter()
            .find_map(|(contestant, cpu)| (*contestant == Contestant::Bare).then_some(*cpu));
        for (contestant, cpu) in dots {
            y += ROW;
            let is_ours = *contestant == Contestant::Ours;
            let (dot, words) = if is_ours {
                ("our-dot", "ours")
            } else {
                ("dot", "")
            };
            let middle = y - 9.0;
            svg.text(158.0, y - 5.0, Anchor::End, words, &contestant.to_string());
            svg.dot((axis.place(*cpu), middle), dot);
            let times = match bare {
                Some(bare) if *contestant != Contestant::Bare => {
                    format!("{} · {} ×", short(*cpu), short(cpu / bare))
                }
                _ => short(*cpu),
            };
            svg.text(
                axis.place(*cpu) + 12.0,
                y - 5.0,
                Anchor::Start,
                words,
                &times,
            );
        }
    }
    svg.finish()
}
