//! The page: one file, assembled from its sources, which are in the binary; and the worker that its tabs share.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The frame, with placeholders for the style and the script.
const FRAME: &str = include_str!("../board/page.html");

macro_rules! sources {
    ($($path:literal,)*) => { &[$(include_str!(concat!("../board/", $path))),*] };
}

const STYLES: &[&str] = sources![
    "style/colours.css",
    "style/layout.css",
    "style/side.css",
    "style/dialogs.css",
    "style/diagram.css",
    "style/print.css",
];

/// In the order of their dependencies: later scripts use what earlier ones put into `board`. The page's own
/// tests read this list, too.
const SCRIPTS: &[&str] = sources![
    "board.js",
    "words/portuguese.js",
    "words/english.js",
    "words/language.js",
    "words/text.js",
    "words/elements.js",
    "model/worlds.js",
    "model/events.js",
    "model/clock.js",
    "model/feed.js",
    "model/shared.js",
    "model/names.js",
    "model/presence.js",
    "model/departures.js",
    "model/state.js",
    "model/ports.js",
    "model/servers.js",
    "model/people.js",
    "model/tries.js",
    "model/numbers.js",
    "model/calls.js",
    "model/rows.js",
    "model/layout.js",
    "model/lanes.js",
    "model/picture.js",
    "model/figures.js",
    "model/saved.js",
    "controls/actions.js",
    "controls/appearance.js",
    "diagram/measure.js",
    "diagram/geometry.js",
    "diagram/places.js",
    "diagram/captions.js",
    "diagram/shapes.js",
    "diagram/writing.js",
    "diagram/drawing.js",
    "diagram/heads.js",
    "diagram/view.js",
    "diagram/selection.js",
    "side/names.js",
    "side/rooms.js",
    "side/lab.js",
    "side/details.js",
    "side/figures.js",
    "controls/replay.js",
    "controls/bodies.js",
    "controls/mermaid.js",
    "controls/exports.js",
    "controls/printing.js",
    "controls/toolbar.js",
    "controls/legend.js",
    "controls/keys.js",
    "start.js",
];

/// The worker, which has the streams of all tabs of a browser.
const WORKER: &[&str] = sources![
    "board.js",
    "model/events.js",
    "model/feed.js",
    "worker/hub.js",
    "worker/start.js",
];

/// What the worker may do: ask any server for its events, as the page may.
const WORKER_POLICY: &str = "default-src 'none'; connect-src 'self' http:";

struct Page {
    html: String,
    policy: String,
    worker: String,
}

static PAGE: LazyLock<Page> = LazyLock::new(Page::put_together);

impl Page {
    /// Assembles the page. Its policy allows only this style and this script, by their hashes: a name
    /// or message that looks like markup stays text, and could do nothing if it did not. Connections are
    /// allowed to any server, because the binder learns of servers while the page is open. The one thing that is
    /// loaded by its address is the worker, from this binder.
    fn put_together() -> Self {
        let style = STYLES.concat();
        let script = SCRIPTS.concat();
        let worker = WORKER.concat();
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self' http:; \
             worker-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types worker",
            hash(&script),
            hash(&style),
        );
        let html = FRAME
            .replacen("<!-- worker -->", &hash(&worker), 1)
            .replacen("<!-- style -->", &format!("<style>{style}</style>"), 1)
            .replacen("<!-- script -->", &format!("<script>{script}</script>"), 1);
        Self {
            html,
            policy,
            worker,
        }
    }
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/board/worker.js", get(worker))
}

async fn page() -> Response {
    (
        [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, PAGE.policy.as_str()),
            (REFERRER_POLICY, "no-referrer"),
        ],
        PAGE.html.as_str(),
    )
        .into_response()
}

async fn worker() -> Response {
    (
        [
            (CONTENT_TYPE, "text/javascript; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, WORKER_POLICY),
        ],
        PAGE.worker.as_str(),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_one_file_that_loads_nothing_and_its_policy_fits_it() {
        let Page { html, policy, .. } = &*PAGE;
        let between = |start: &str, end: &str| {
            let (_, rest) = html.split_once(start).unwrap();
            rest.split_once(end).unwrap().0
        };
        for (tag, directive) in [("style", "style-src"), ("script", "script-src")] {
            let text = between(&format!("<{tag}>"), &format!("</{tag}>"));
            assert!(text.len() > 1_000, "{tag} is in the page");
            let allowed = format!("{directive} 'sha256-{}'", hash(text));
            assert!(policy.contains(&allowed), "{policy}");
        }
        for loading in ["src=\"", "@import", "url(http", "rel=\"stylesheet"] {
            assert!(!html.contains(loading), "{loading}");
        }
    }
}
