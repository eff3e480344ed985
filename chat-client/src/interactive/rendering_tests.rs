//! What messages look like.

use super::*;
use crate::terminal::ColorChoice;

fn rendering(colours: ColorChoice) -> Rendering {
    let mut rendering = Rendering::new(Language::Portuguese, Palette::chosen(colours));
    rendering.set_user("ana");
    rendering.columns = || None;
    rendering.day = NaiveDate::from_ymd_opt(2026, 3, 9).unwrap();
    rendering
}

fn message(origin: &str, to: Option<&str>, text: &str, timestamp: &str) -> Message {
    Message {
        origin: origin.to_owned(),
        recipient: to.map(str::to_owned),
        text: text.to_owned(),
        timestamp: timestamp.to_owned(),
    }
}

#[test]
fn messages_say_when_who_and_whether_for_oneself_alone() {
    let mut rendering = rendering(ColorChoice::Never);
    for (message, shown) in [
        (
            message("bia", None, "oi", "2026-03-09 14:03:01.5"),
            "14:03 bia: oi",
        ),
        (
            message("bia", Some("ana"), "segredo", "2026-03-09 14:03:02"),
            "14:03 » bia (privado): segredo",
        ),
        (
            message("ana", None, "olá", "2026-03-09 14:03:03"),
            "14:03 ana: olá",
        ),
        (
            message("ana", Some("bia"), "olá", "2026-03-09 14:03:03"),
            "14:03 você → bia (privado): olá",
        ),
        (
            message("bia", None, "e você, Ana?", "14:04"),
            "14:04 » bia: e você, Ana?",
        ),
    ] {
        assert_eq!(rendering.past(&message), shown);
    }
}

#[test]
fn code_with_tabs_is_indented() {
    let mut rendering = rendering(ColorChoice::Never);
    let code = message("bia", None, "if x:\n\treturn\u{1b}[2J", "14:03");
    let shown = "14:03 bia: if x:\n      │     return\\x1b[2J";
    assert_eq!(rendering.past(&code), shown);
}

#[test]
fn what_is_meant_for_the_user_rings_when_it_arrives_and_never_again() {
    let mut rendering = rendering(ColorChoice::Never);
    for message in [
        message("bia", None, "ana!", "14:03"),
        message("bia", Some("ana"), "segredo", "14:03"),
    ] {
        let arriving = rendering.arriving(&message);
        assert!(arriving.starts_with("14:03 » "), "{arriving:?}");
        assert!(arriving.ends_with('\x07'), "{arriving:?}");
        assert!(!rendering.past(&message).contains('\x07'));
    }
    // Our own messages are not, whatever is in them.
    for own in [
        message("ana", None, "ana!", "14:03"),
        message("ana", Some("bia"), "segredo", "14:03"),
    ] {
        let arriving = rendering.arriving(&own);
        assert!(!arriving.contains(['\x07', '»']), "{arriving:?}");
    }
    let other = message("bia", None, "oi", "14:03");
    assert!(!rendering.arriving(&other).contains(['\x07', '»']));
}

#[test]
fn long_lines_are_broken_between_words_below_the_text() {
    let mut rendering = rendering(ColorChoice::Never);
    rendering.columns = || Some(22);
    let long = message(
        "bia",
        None,
        "um dois três quatro\ncinco seis sete oito",
        "14:03",
    );
    assert_eq!(
        rendering.past(&long),
        "14:03 bia: um dois\n      três quatro\n      │ cinco seis\n      │ sete oito"
    );
    assert_eq!(
        rendering.answer(&Text::RoomCreated { room: "geral" }),
        "Sala geral criada.\n  Entre nela com «join\n  geral»."
    );
}

#[test]
fn the_date_is_shown_when_it_changes() {
    let mut rendering = rendering(ColorChoice::Never);
    let mut at = |timestamp| rendering.past(&message("bia", None, "oi", timestamp));
    assert_eq!(at("2026-03-09 23:59:59"), "23:59 bia: oi");
    assert_eq!(
        at("2026-03-10 00:00:01"),
        "─── 10 de março de 2026 ───\n00:00 bia: oi"
    );
    assert_eq!(at("2026-03-10 00:00:02"), "00:00 bia: oi");
}

#[test]
fn strangers_cannot_act_on_the_terminal_nor_pretend_to_be_another_user() {
    let mut rendering = rendering(ColorChoice::Never);
    let text = "a\x1b[2Jb\u{202e}c\x07\n14:03 rui: sou eu";
    assert_eq!(
        rendering.arriving(&message("b\x1bia", None, text, "14:03")),
        "14:03 b\\x1bia: a\\x1b[2Jb\\u202ec\\x07\n      │ 14:03 rui: sou eu"
    );
    assert_eq!(
        rendering.aside(&Text::CameIn {
            users: &["\x1b[2J\n".to_owned()]
        }),
        "→ \\x1b[2J\\n entrou"
    );
}

#[test]
fn with_colours_ones_own_messages_are_dim_and_nicks_are_not() {
    let mut rendering = rendering(ColorChoice::Always);
    let own = rendering.past(&message("ana", None, "olá", "14:03"));
    assert_eq!(own, "\x1b[2m14:03 ana: olá\x1b[0m");
    let other = rendering.past(&message("bia", None, "oi", "14:03"));
    assert!(
        other.starts_with("\x1b[2m14:03\x1b[0m \x1b[1;38;5;"),
        "{other:?}"
    );
    assert!(other.ends_with("mbia\x1b[0m: oi"), "{other:?}");
}

#[test]
fn a_long_message_is_named_by_its_beginning() {
    let short = "é".repeat(80);
    assert_eq!(beginning(&short), short);
    assert_eq!(beginning(&(short.clone() + "x")), short.clone() + "…");
    assert_eq!(beginning(&"👨‍👩‍👧".repeat(90)), "👨‍👩‍👧".repeat(80) + "…");
}

#[test]
fn both_dialects_and_anything_else_can_be_shown() {
    let day = NaiveDate::from_ymd_opt(2026, 3, 9);
    for timestamp in ["2026-03-09 07:05:01", "2026-03-09 07:05:01.000001"] {
        let time = "07:05".to_owned();
        assert_eq!(Moment::read(timestamp), Moment { day, time });
    }
    for other in ["07:05", "agora", ""] {
        let time = other.to_owned();
        assert_eq!(Moment::read(other), Moment { day: None, time });
    }
}

#[test]
fn a_name_counts_as_a_word_and_not_within_one() {
    for text in ["oi ana", "ANA!", "@ana: oi", "oi,ana", "anai? ana"] {
        assert!(mentions(text, "ana"), "{text}");
    }
    for text in ["banana", "anaí", "an a", ""] {
        assert!(!mentions(text, "ana"), "{text}");
    }
    assert!(mentions("oi d'água", "d'água"));
    for name in ["jos\u{e9}", "Jose\u{301}"] {
        assert!(mentions("oi JOS\u{c9}!", name));
        assert!(mentions("oi JOSE\u{301}!", name));
        assert!(!mentions("oi jose!", name));
        assert!(!mentions("oi jose\u{301}e!", name));
    }
    assert!(!mentions("oi jose\u{301}!", "jose"));
    assert!(!mentions("oi", ""));
}
