//! The page itself: one file, put together from its sources, which are in the binary.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dxr_server::axum::Router;
use dxr_server::axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use dxr_server::axum::response::{IntoResponse, Response};
use dxr_server::axum::routing::get;
use sha2::{Digest as _, Sha256};

/// The frame, with a place for the style and one for the script.
const FRAME: &str = "<!doctype html><html><head><title>board</title><!-- style --></head><body><!-- script --></body></html>";

/// The styles in their order.
const STYLES: &[&str] = &[];

/// The scripts in the order in which they build on each other.
const SCRIPTS: &[&str] = &[];

/// The page with the policy under which browsers show it.
#[derive(Debug)]
pub struct Page {
    html: String,
    policy: String,
}

static PAGE: LazyLock<Page> = LazyLock::new(Page::put_together);

impl Page {
    /// Puts the page together. Its policy allows just this style and this script, by their hashes,
    /// and to talk to nobody but the binder: a name or message that somebody made to look like
    /// markup stays text, and if it did not, it could do nothing.
    fn put_together() -> Self {
        let style = STYLES.concat();
        let script = SCRIPTS.concat();
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; \
             img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(&script),
            hash(&style),
        );
        let html = FRAME
            .replacen("<!-- style -->", &format!("<style>{style}</style>"), 1)
            .replacen("<!-- script -->", &format!("<script>{script}</script>"), 1);
        Self { html, policy }
    }
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// The route of the page.
pub(super) fn routes() -> Router {
    Router::new().route("/", get(page))
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
