//! Colours, or none.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// Unless `NO_COLOR` is set (no-color.org).
    #[default]
    Auto,
    /// Whatever is set.
    Always,
    /// Not at all.
    Never,
}

/// Colours of the 256 that nearly every terminal has, one of them for each nick. They are nearest to
/// the palette of Okabe and Ito (jfly.uni-koeln.de/color), which people with any kind of colour vision
/// can tell apart, without its yellow and black: each is readable on a light and on a dark background.
const NICKS: [u8; 6] = [172, 74, 35, 32, 166, 175];

/// Styles of texts. Colour is never the only sign.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    has_colours: bool,
}

impl Palette {
    pub(crate) fn chosen(choice: ColorChoice) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            has_colours: match choice {
                ColorChoice::Auto => !no_color,
                ColorChoice::Always => true,
                ColorChoice::Never => false,
            },
        }
    }

    /// A name, painted as always: it depends on nothing but the name.
    pub(crate) fn nick(self, name: &str, shown: &str) -> String {
        let place = steady_hash(name) as usize % NICKS.len();
        let colour = NICKS.get(place).copied().unwrap_or_default();
        self.paint(&format!("1;38;5;{colour}"), shown)
    }

    pub(crate) fn prompt(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn private(self, text: &str) -> String {
        self.paint("3", text)
    }

    pub(crate) fn mention(self, text: &str) -> String {
        self.paint("1;7", text)
    }

    pub(crate) fn trouble(self, text: &str) -> String {
        self.paint("38;5;166", text)
    }

    /// Each line for itself, so that nothing runs over into what is shown next.
    fn paint(self, style: &str, text: &str) -> String {
        if !self.has_colours || text.is_empty() {
            return text.to_owned();
        }
        let lines: Vec<String> = text
            .lines()
            .map(|line| format!("\x1b[{style}m{line}\x1b[0m"))
            .collect();
        lines.join("\n")
    }
}

/// FNV-1a, because Rust's own hashing may change from one version to the next; and stirred (as
/// MurmurHash ends), because what names differ in reaches its lowest bits hardly.
fn steady_hash(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURED: Palette = Palette { has_colours: true };
    const PLAIN: Palette = Palette { has_colours: false };

    #[test]
    fn a_nick_has_one_colour_and_nicks_have_several() {
        assert_eq!(COLOURED.nick("bia", "bia"), COLOURED.nick("bia", "bia"));
        let mut colours: Vec<String> = ["ana", "bia", "caio", "davi", "eva", "leo", "rui", "zoe"]
            .map(|name| COLOURED.nick(name, "x"))
            .to_vec();
        colours.sort();
        colours.dedup();
        assert!(colours.len() >= 4, "{colours:?}");
    }

    #[test]
    fn without_colours_nothing_is_added() {
        for painted in [
            PLAIN.nick("bia", "bia"),
            PLAIN.dim("bia"),
            PLAIN.mention("bia"),
            PLAIN.prompt("bia"),
        ] {
            assert_eq!(painted, "bia");
        }
    }

    #[test]
    fn each_line_is_painted_for_itself() {
        assert_eq!(COLOURED.dim("a\nb"), "\x1b[2ma\x1b[0m\n\x1b[2mb\x1b[0m");
    }
}
