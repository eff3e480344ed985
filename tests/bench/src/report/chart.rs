//! Charts as SVG: what the two of them have in common.
//!
//! Both have a logarithmic axis, because what they show spans three orders of magnitude, and mark values by
//! their place on it: bars would have no length that means anything. This project differs from others by
//! shape and by words as well as by colour, and the colours follow the reader's light or dark mode.

pub(crate) mod calls;
pub(crate) mod growth;

use std::fmt::Write as _;

#[derive(Clone, Copy, Debug)]
struct LogAxis {
    least: f64,
    most: f64,
    /// Where the least value is, in pixels.
    from: f64,
    /// Where the largest value is.
    to: f64,
}

impl LogAxis {
    /// An axis that reaches from the power of ten below all values to the one above.
    fn around(values: impl IntoIterator<Item = f64>, from: f64, to: f64) -> Self {
        let mut axis = Self {
            least: f64::INFINITY,
            most: 1.0,
            from,
            to,
        };
        for value in values.into_iter().filter(|value| *value > 0.0) {
            axis.least = axis.least.min(10_f64.powf(value.log10().floor()));
            axis.most = axis.most.max(10_f64.powf(value.log10().ceil()));
        }
        axis
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - self.least.log10()) / (self.most.log10() - self.least.log10());
        self.from + share * (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (most, mut next) = (self.most, self.least);
        std::iter::from_fn(move || {
            let tick = next;
            next *= 10.0;
            (tick <= most * 1.001).then_some(tick)
        })
    }
}

struct Svg {
    text: String,
}

/// How a text is aligned at its place.
#[derive(Clone, Copy)]
enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty drawing of so many pixels, with a description for those who do not see it.
    fn new(width: u32, height: u32, description: &str) -> Self {
        // Plain colours, and others in dark mode: not every viewer knows CSS variables.
        let style = "\
            text { font: 13px system-ui, sans-serif; fill: #1f2328 }\n\
            .title { font-weight: 600; font-size: 15px }\n\
            .pale { fill: #59636e }\n\
            .ours { fill: #0072b2; font-weight: 600 }\n\
            .paper { fill: #ffffff }\n\
            .grid { stroke: #d1d9e0 }\n\
            .dot { fill: #ffffff; stroke: #59636e; stroke-width: 2 }\n\
            .our-dot { fill: #0072b2; stroke: #0072b2; stroke-width: 2 }\n\
            .curve { fill: none; stroke: #59636e; stroke-width: 2 }\n\
            .our-curve { fill: none; stroke: #0072b2; stroke-width: 2.5 }\n\
            @media (prefers-color-scheme: dark) {\n\
            text { fill: #f0f6fc }\n\
            .pale { fill: #9198a1 }\n\
            .ours { fill: #56b4e9 }\n\
            .paper { fill: #0d1117 }\n\
            .grid { stroke: #3d444d }\n\
            .dot { fill: #0d1117; stroke: #9198a1 }\n\
            .our-dot { fill: #56b4e9; stroke: #56b4e9 }\n\
            .curve { stroke: #9198a1 }\n\
            .our-curve { stroke: #56b4e9 }\n\
            }\n";
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"{description}\">\n\
             <style>\n{style}</style>\n\
             <rect width=\"{width}\" height=\"{height}\" class=\"paper\"/>\n"
        );
        Self { text }
    }

    fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>"
        ));
    }

    fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.add(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"grid\"/>"
        ));
    }

    fn dot(&mut self, (x, y): (f64, f64), class: &str) {
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" class=\"{class}\"/>"
        ));
    }

    fn curve(&mut self, points: &[(f64, f64)], class: &str) {
        let points: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        self.add(format_args!(
            "<polyline points=\"{}\" class=\"{class}\"/>",
            points.join(" ")
        ));
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.text, "{element}");
    }

    fn finish(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_reaches_from_power_to_power_and_every_decade_is_as_long() {
        let axis = LogAxis::around([12.0, 9_000.0], 100.0, 400.0);
        assert_eq!(
            axis.ticks().collect::<Vec<_>>(),
            [10.0, 100.0, 1_000.0, 10_000.0]
        );
        assert!((axis.place(10.0) - 100.0).abs() < 1e-9);
        assert!((axis.place(100.0) - 200.0).abs() < 1e-9);
        assert!((axis.place(10_000.0) - 400.0).abs() < 1e-9);
    }
}
