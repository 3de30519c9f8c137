//! The application: what it holds, which rooms it joins, and the order of what surrounds them.

use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::config::Config;
use crate::db::Db;
use crate::site::pages::machine::MetricsAccess;
use crate::site::pages::{failure, shelved};
use crate::web::error::NeedsPage;
use crate::web::observe::{Cause, Observe};
use crate::web::routes::{Route, Routes};
use crate::web::shelf::Shelf;
use crate::{content, site};

/// How long a request may take that needs more than memory.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything handlers may ask for. Each takes the parts it needs, by `State<Part>`.
#[derive(Clone, FromRef)]
pub struct App {
    pub db: Db,
    pub shelf: Shelf,
    pub metrics: MetricsAccess,
}

impl App {
    pub fn new(config: &Config, db: Db, shelf: Shelf) -> Self {
        let metrics = MetricsAccess { handle: recorder(), token: config.metrics_token.clone() };
        Self { db, shelf, metrics }
    }

    /// The whole router, and the table of its routes.
    pub fn router(self, base_url: &str) -> (Router, Vec<Route>) {
        let (router, table) = Self::routes().finish();
        let shelf = self.shelf.clone();
        // From the inside out: a handler's panic becomes a response, a response without a page gets
        // one, a request from another site is turned away, a panic in these layers is caught too,
        // and everything is timed, logged and secured.
        let router = router
            .fallback(shelved::lost)
            .layer(CatchPanicLayer::custom(broken))
            .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
            .layer(axum::middleware::from_fn_with_state(shelf, failure::dress))
            .layer(CsrfLayer::new())
            .layer(CatchPanicLayer::new())
            .layer(Observe { https: base_url.starts_with("https://") })
            .with_state(self);
        (router, table)
    }

    fn routes() -> Routes<Self> {
        content::routes().merge(site::routes())
    }
}

/// What a handler's panic becomes.
fn broken(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Cause(format!("panic: {text}").into()));
    response.extensions_mut().insert(NeedsPage);
    response
}

/// The process's metrics; made once, however many applications a test starts.
fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    let seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];
    let make = || {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)
            .expect("the buckets are not empty")
            .install_recorder()
            .expect("no other recorder is installed")
    };
    RECORDER.get_or_init(make).clone()
}
