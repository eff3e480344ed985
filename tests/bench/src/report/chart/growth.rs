//! How the cost of a poll grows with the messages kept: a curve for each poll and server.

use super::{Anchor, LogAxis, Svg};
use crate::figures::grouped;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;

/// What a poll costs with so many messages kept, in microseconds of CPU time.
pub(crate) struct Point {
    pub(crate) kept: f64,
    pub(crate) empty: f64,
    pub(crate) fifty: f64,
    /// An empty poll of the original, where it was measured.
    pub(crate) original: Option<f64>,
}

pub(crate) fn draw(points: &[Point]) -> String {
    let curves = [
        (
            "our-curve",
            "ours",
            "poll of 50",
            curve(points, |point| Some(point.fifty)),
        ),
        (
            "our-curve",
            "ours",
            "empty poll",
            curve(points, |point| Some(point.empty)),
        ),
        (
            "curve",
            "pale",
            "Python's, empty poll",
            curve(points, |point| point.original),
        ),
    ];
    let kept = points.iter().map(|point| point.kept);
    let across = LogAxis::around(kept, 70.0, WIDTH - 150.0);
    let costs = curves.iter().flat_map(|curve| &curve.3).map(|cost| cost.1);
    let up = LogAxis::around(costs, HEIGHT - 60.0, 70.0);
    let mut svg = Svg::new(
        WIDTH as u32,
        HEIGHT as u32,
        "CPU time of a poll by messages kept; the figures are in the tables of docs/performance.md",
    );
    svg.text(
        20.0,
        30.0,
        Anchor::Start,
        "title",
        "What a poll costs the server, by what its room keeps: CPU time, µs",
    );
    for tick in up.ticks() {
        let y = up.place(tick);
        svg.line((across.from, y), (across.to, y));
        svg.text(
            across.from - 8.0,
            y + 4.0,
            Anchor::End,
            "pale",
            &grouped(tick as u64),
        );
    }
    for tick in across.ticks() {
        let x = across.place(tick);
        svg.text(
            x,
            up.from + 22.0,
            Anchor::Middle,
            "pale",
            &grouped(tick as u64),
        );
    }
    let middle = f64::midpoint(across.from, across.to);
    svg.text(
        middle,
        HEIGHT - 14.0,
        Anchor::Middle,
        "pale",
        "messages kept in the room",
    );
    for (line, words, label, costs) in curves {
        let places: Vec<(f64, f64)> = costs
            .iter()
            .map(|(kept, cost)| (across.place(*kept), up.place(*cost)))
            .collect();
        let dot = if line == "our-curve" {
            "our-dot"
        } else {
            "dot"
        };
        svg.curve(&places, line);
        for place in &places {
            svg.dot(*place, dot);
        }
        if let Some((x, y)) = places.last() {
            svg.text(x + 12.0, y + 4.0, Anchor::Start, words, label);
        }
    }
    svg.finish()
}

fn curve(points: &[Point], cost: impl Fn(&Point) -> Option<f64>) -> Vec<(f64, f64)> {
    points
        .iter()
        .filter_map(|point| Some((point.kept, cost(point)?)))
        .collect()
}
