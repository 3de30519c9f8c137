//! The application: what it holds, which rooms it joins, and the order of what surrounds them.

use std::time::Duration;

use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::timeout::TimeoutLayer;

use crate::config::Config;
use crate::db::Db;
use crate::site::pages::machine::MetricsAccess;
use crate::site::pages::{failure, shelved};
use crate::web::front::Front;
use crate::web::observe::{Cause, Observe, measurements};
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
        let metrics = MetricsAccess {
            handle: measurements(),
            token: config.metrics_token.clone(),
            is_unproxied: config.is_on_this_machine_only(),
        };
        Self { db, shelf, metrics }
    }

    /// The whole site, and the table of its routes.
    pub fn service(self, base_url: &str) -> (Front, Vec<Route>) {
        let (router, table) = Self::routes().finish();
        let (shelf, front) = (self.shelf.clone(), self.shelf.clone());
        // From the inside out: a handler's panic becomes a response, one that takes too long is
        // stopped, a request from another site is turned away, whatever failed gets its page, a panic
        // in these layers is caught too, and everything is timed, logged and secured.
        let router = router
            .fallback(shelved::missing)
            .layer(CatchPanicLayer::custom(broken))
            .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, REQUEST_TIMEOUT))
            .layer(CsrfLayer::new())
            .layer(axum::middleware::from_fn_with_state(shelf, failure::dress))
            .layer(CatchPanicLayer::new())
            .layer(Observe { https: base_url.starts_with("https://") })
            .with_state(self);
        (Front::new(front, router), table)
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
    response
}
