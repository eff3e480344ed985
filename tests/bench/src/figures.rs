//! Figures: several measurements of one thing, and how they are written.

use std::fmt;
use std::time::Duration;

/// What several rounds measured of the same thing: the median, and the smallest and the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// The spread of these measurements; all zero if there are none.
    pub(crate) fn of(measurements: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = measurements.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            median: at_share(&sorted, 0.5).unwrap_or_default(),
            least: sorted.first().copied().unwrap_or_default(),
            most: sorted.last().copied().unwrap_or_default(),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            least,
            most,
        } = *self;
        write!(f, "{} ({}–{})", short(median), short(least), short(most))
    }
}

/// The measurement below which this share of all lies.
pub(crate) fn at_share<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f64 * share).round() as usize).copied()
}

pub(crate) fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// A figure with three digits that count, and thousands apart.
pub(crate) fn short(figure: f64) -> String {
    match figure.abs() {
        size if size < 9.995 => format!("{figure:.2}"),
        size if size < 99.95 => format!("{figure:.1}"),
        size => {
            // Of large figures the first three digits are more than the measurement is good for.
            let step = 10_f64.powf((size.log10().floor() - 2.0).max(0.0));
            grouped(((figure / step).round() * step) as u64)
        }
    }
}

/// A whole number with its thousands apart.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_one_stray_round_does_not_move_it() {
        let spread = Spread::of([3.0, 100.0, 1.0, 2.0, 4.0]);
        assert_eq!(
            (spread.median, spread.least, spread.most),
            (3.0, 1.0, 100.0)
        );
        assert_eq!(at_share(&[1, 2, 3, 4, 5], 0.99), Some(5));
        assert_eq!(at_share::<u8>(&[], 0.5), None);
    }

    #[test]
    fn figures_have_three_digits_that_count() {
        for (figure, text) in [
            (1.234, "1.23"),
            (12.34, "12.3"),
            (99.96, "100"),
            (314.9, "315"),
            (10_449.0, "10,400"),
            (1_234_567.0, "1,230,000"),
        ] {
            assert_eq!(short(figure), text);
        }
        assert_eq!(grouped(100), "100");
        assert_eq!(grouped(100_000), "100,000");
    }
}
