//! Calls whose bodies are larger than the limit: their method is read from the beginning, the rest is not.

use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// How much of a body is looked at. Before the method's name stand an XML declaration and two tags.
pub(super) const BEGINNING: usize = 1 << 10;

/// How long the beginning is waited for. Clients send it right after the header; one that waits for
/// the answer first gets it all the same.
const PATIENCE: Duration = Duration::from_secs(1);

/// The beginning of a body that is not read, as far as it arrives in time.
pub(super) async fn beginning(mut body: Incoming) -> Vec<u8> {
    let mut beginning = Vec::new();
    let arriving = async {
        while beginning.len() < BEGINNING && method(&beginning).is_none() {
            let Some(Ok(frame)) = body.frame().await else {
                break;
            };
            let data = frame.into_data().unwrap_or_default();
            beginning.extend(data.iter().take(BEGINNING - beginning.len()));
        }
    };
    // What has arrived until then is all there is.
    let _ = tokio::time::timeout(PATIENCE, arriving).await;
    beginning
}

/// The method that is called, if its name is in the beginning and as clients write it.
pub(super) fn method(beginning: &[u8]) -> Option<&str> {
    let text = beginning.utf8_chunks().next()?.valid();
    let (_, after) = text.split_once("<methodName>")?;
    let (name, _) = after.split_once("</methodName>")?;
    Some(name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_is_found_when_all_of_its_name_has_arrived() {
        let call = "<?xml version='1.0'?>\n<methodCall>\n<methodName>send_message</methodName>\n\
            <params>\n<param>\n<value><string>é";
        for length in 0..call.len() {
            let expected = (length >= call.find("\n<params>").unwrap()).then_some("send_message");
            assert_eq!(method(&call.as_bytes()[..length]), expected, "{length}");
        }
        assert_eq!(method(b"\xff\xfe<\0m\0"), None);
    }
}
