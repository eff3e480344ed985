//! What our server sends is, byte for byte, what the original sends.
//!
//! Two things are left aside because no reader sees them: the white space between elements, and which of
//! its two names a whole number has.

use support::{Language, Server, wire::body_of_answer};

/// Everything that could be escaped, or be taken for something that was.
const TEXT: &str = "d'água \"&quot;\" <b> & &apos; ]]>";

#[test]
fn answers_of_dialect_classic_have_the_form_of_the_originals() {
    let binder = Server::binder(Language::Rust);
    let [ours, original] =
        [Language::Rust, Language::Python].map(|language| Server::chat(language, &binder.address));
    for call in [
        &["register_user", "ana"][..],
        &["register_user", "bia \"d'água\""],
        &["create_room", TEXT],
        &["create_room", TEXT],
        &["join_room", "bia \"d'água\"", TEXT],
        &["join_room", "ana", TEXT],
        &["send_message", "ana", TEXT, TEXT, ""],
        &["send_message", "ana", TEXT, TEXT, "bia \"d'água\""],
        &["send_message", "ana", TEXT, TEXT, "rui 'a'"],
        &["receive_messages", "bia \"d'água\"", TEXT],
        &[
            "receive_new_messages",
            "bia \"d'água\"",
            TEXT,
            "1970-01-01 00:00:00",
        ],
        &["join_room", "bia \"d'água\"", TEXT],
        &["list_rooms"],
        &["list_users", TEXT],
        &["unregister_user", "ana"],
    ] {
        check(&ours.address, &original.address, call);
    }
}

#[test]
fn answers_of_dialect_accounts_have_the_form_of_the_originals() {
    let binder = Server::binder(Language::Rust);
    let [ours, original] = [Language::Rust, Language::Python]
        .map(|language| Server::accounts_chat(language, &binder.address));
    let address = |server: &Server| server.accounts.clone().unwrap();
    let (ours_address, original_address) = (address(&ours), address(&original));
    for call in [
        &["register_user", "ana", "x"][..],
        &["login_user", "bia", "x"],
        &["create_room", TEXT],
        &["join_room", "ana", TEXT],
        &["join_room", "bia", TEXT],
        &["send_message", "ana", TEXT, TEXT],
        &["send_message", "ana", TEXT, TEXT, "bia"],
        &["receive_messages", "bia", TEXT],
        &["join_room", "bia", TEXT],
        &["list_users", TEXT],
        &["is_user_in_room", "ana", TEXT],
    ] {
        check(&ours_address, &original_address, call);
    }
}

/// Makes the same call to both servers and compares what they send.
#[track_caller]
fn check(ours: &str, original: &str, call: &[&str]) {
    let [ours, original] =
        [ours, original].map(|server| comparable(&body_of_answer(server, call[0], &call[1..])));
    assert_eq!(ours, original, "{call:?}");
}

/// The body without what may differ. The time has zeros for digits, and no fraction.
fn comparable(body: &str) -> String {
    let body = body
        .replace('\n', "")
        .replace("<?xml version='1.0'?>", "<?xml version=\"1.0\"?>")
        .replace("<i4>", "<int>")
        .replace("</i4>", "</int>")
        // Python's server has the class of the exception there.
        .replace("&lt;class 'Exception'&gt;:", "");
    let before = "<name>timestamp</name><value><string>";
    let mut parts = body.split(before);
    let mut comparable = parts.next().unwrap().to_owned();
    for part in parts {
        let (time, rest) = part.split_once('<').unwrap();
        let whole = time.split('.').next().unwrap();
        let zeros: String = whole
            .chars()
            .map(|character| {
                if character.is_ascii_digit() {
                    '0'
                } else {
                    character
                }
            })
            .collect();
        comparable = format!("{comparable}{before}{zeros}<{rest}");
    }
    comparable
}
