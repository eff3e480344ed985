//! The two pages, and serving them.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::prometheus_text;
use rpc::{Limits, Methods, Service};
use tokio::net::TcpListener;

use crate::Metrics;

/// Monitors are few.
const CONNECTIONS: usize = 32;

/// How long a monitor may keep a connection between two requests: the places are few, and it connects again by
/// itself.
const IDLE: Duration = Duration::from_secs(10);

/// How long the end of the server waits for a monitor that is being answered.
const SHUTDOWN: Duration = Duration::from_secs(1);

impl Metrics {
    /// Answers monitors on `listener` until `shutdown` completes.
    ///
    /// It is the server for calls with no procedures, so slow and greedy peers meet the same limits.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let limits = Limits {
            connections: CONNECTIONS,
            // Who keeps all places would silence the monitor; half of them are enough for one machine's.
            per_address: true,
            idle: IDLE,
            shutdown: SHUTDOWN,
            ..Limits::default()
        };
        let pages = Router::new()
            .route("/healthz", get(health))
            .route("/metrics", get(metrics))
            .fallback(hint)
            .with_state(self);
        let service = Service {
            limits,
            pages: Some(pages),
            ..Service::new(Methods::new())
        };
        rpc::serve(listener, service, shutdown).await;
    }

    /// Answers monitors on `listener` for as long as `serving` runs.
    pub async fn serve_beside<T>(
        self,
        listener: TcpListener,
        serving: impl Future<Output = T>,
    ) -> T {
        let stop = tokio::sync::Notify::new();
        let serving = async {
            let outcome = serving.await;
            stop.notify_one();
            outcome
        };
        tokio::join!(serving, self.serve(listener, stop.notified())).0
    }
}

/// For a visitor who knows the port and not the paths.
async fn hint() -> Response {
    (
        StatusCode::NOT_FOUND,
        "Nothing is here. This port has /healthz and /metrics.\n",
    )
        .into_response()
}

/// 200 and `ready`, or 503 and a line for each reason.
async fn health(State(metrics): State<Metrics>) -> Response {
    let reasons = metrics.not_ready();
    if reasons.is_empty() {
        return (StatusCode::OK, "ready\n").into_response();
    }
    let lines: String = reasons
        .iter()
        .map(|reason| format!("not ready: {reason}\n"))
        .collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
}

async fn metrics(State(metrics): State<Metrics>) -> Response {
    let mut text = String::new();
    match prometheus_text::encode(&mut text, &metrics.0.registry) {
        Ok(()) => ([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
