//! What a chat server says of itself to a monitor.

use std::sync::Arc;

use chrono::Local;
use metrics::Metrics;
use protocol::binder::Endpoint;

use crate::registration::FoundIn;
use crate::replica::LogStatus;
use crate::service::ChatService;

/// Adds the gauges of the chat, and the reasons for which clients should not be sent to this server.
pub(crate) fn describe(
    metrics: Metrics,
    service: &Arc<ChatService>,
    found_in: &FoundIn,
    binders: &[Endpoint],
) {
    let gauge_of = |read: fn(&ChatService) -> Option<f64>| {
        let service = Arc::clone(service);
        move || read(&service)
    };
    let metrics = metrics
        .with_gauge(
            "chat_rooms",
            "Rooms",
            gauge_of(|service| Some(count(service.query(|chat| chat.rooms().len())))),
        )
        .with_gauge(
            "chat_users",
            "Registered users, accounts included",
            gauge_of(|service| Some(count(service.query(|chat| chat.user_count())))),
        )
        .with_gauge(
            "chat_history_bytes",
            "Approximate memory of the messages of all rooms",
            gauge_of(|service| Some(count(service.query(|chat| chat.history_bytes())))),
        )
        .with_gauge(
            "chat_history_bytes_limit",
            "Limit of chat_history_bytes",
            gauge_of(|service| Some(count(service.query(|chat| chat.policy().memory)))),
        )
        .with_gauge(
            "chat_waiting_calls",
            "Calls that wait for messages",
            gauge_of(|service| Some(count(service.waiting_calls()))),
        )
        .with_gauge(
            "chat_log_position",
            "Position of the last entry of the log that was applied",
            gauge_of(|service| service.log_position().map(|at| number(at.0))),
        )
        .with_gauge(
            "chat_log_behind_seconds",
            "How long this server has not been as the shared log is; 0 when it is",
            gauge_of(behind),
        )
        .with_gauge(
            "chat_log_writable",
            "Whether the log takes commands (1 or 0)",
            gauge_of(|service| {
                let is_current = behind(service).is_none_or(|seconds| seconds == 0.0);
                let is_writable = is_current && service.log_trouble().is_none();
                Some(f64::from(u8::from(is_writable)))
            }),
        )
        .with_gauge(
            "chat_snapshot_age_seconds",
            "Age of the newest snapshot of the log",
            gauge_of(|service| Some(service.snapshot_time().age()?.as_secs_f64())),
        );
    let (found, named) = (found_in.clone(), found_in.clone());
    let binders: Vec<String> = binders.iter().map(ToString::to_string).collect();
    let binders = binders.join(", ");
    let (of_log, of_standing) = (Arc::clone(service), Arc::clone(service));
    let _ = metrics
        .with_gauge(
            "chat_registered_binders",
            "Binders that send clients to this server",
            move || Some(count(found.count())),
        )
        .ready_unless(move || {
            let is_found = named.count() > 0;
            (!is_found).then(|| format!("no binder sends clients here (binder: {binders})"))
        })
        .ready_unless(move || {
            let trouble = of_log.log_trouble()?;
            Some(format!("the log takes no commands: {trouble}"))
        })
        .ready_unless(move || {
            let seconds = behind(&of_standing)?;
            (seconds > 0.0).then(|| format!("behind the shared log for {seconds:.1} s"))
        });
}

/// For how many seconds the chat may not have been as a shared log is; `None` where the log is not shared.
fn behind(service: &ChatService) -> Option<f64> {
    let log_status = service.log_status()?;
    let seconds = seconds_behind(&log_status.borrow());
    Some(seconds)
}

fn seconds_behind(log_status: &LogStatus) -> f64 {
    let Some(since) = log_status.behind_since else {
        return 0.0;
    };
    let behind = Local::now().fixed_offset() - since;
    // Not zero, which would say that it is current.
    behind.to_std().unwrap_or_default().as_secs_f64().max(0.001)
}

fn count(count: usize) -> f64 {
    number(count as u64)
}

fn number(number: u64) -> f64 {
    // Up to 2^53 a float is exact, which no log and no memory here reaches.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let number = number as f64;
    number
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_server_is_behind_for_as_long_as_its_chat_may_be_old() {
        let mut log_status = LogStatus::default();
        assert!(seconds_behind(&log_status) <= 0.0);
        let now = Local::now().fixed_offset();
        log_status.behind_since = Some(now - TimeDelta::seconds(90));
        assert!((90.0..95.0).contains(&seconds_behind(&log_status)));
        // Even where the clock was set back meanwhile.
        log_status.behind_since = Some(now + TimeDelta::seconds(90));
        assert!(seconds_behind(&log_status) > 0.0);
    }
}
