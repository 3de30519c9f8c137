//! What happens around every request: an id, a line in the log, a measurement, security headers.
//!
//! The log holds routes, never addresses, queries or names.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tower::{Layer, Service};
use tracing::Level;
use uuid::Uuid;

use super::headers;
use super::now::Now;
use crate::clock::Clock;
use crate::config::LogFormat;
use crate::logs;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request: in its response, in the log, and on the page when something broke.
#[derive(Clone, Copy, Debug)]
pub struct RequestId([u8; 32]);

impl RequestId {
    #[expect(clippy::new_without_default, reason = "a default id would be a random one")]
    pub fn new() -> Self {
        let mut text = [0; 32];
        Uuid::new_v4().simple().encode_lower(&mut text);
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits")
    }

    /// Puts the id into a response.
    pub fn mark(&self, response: &mut Response) {
        let value = HeaderValue::from_bytes(&self.0).expect("hexadecimal digits");
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

/// The cause of a failure, on its way to the log. A viewer never sees it.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<str>);

/// The measurements of one route, found once and then only counted up.
#[derive(Clone)]
pub struct Meter {
    route: Box<str>,
    found: Counter,
    unchanged: Counter,
    seconds: Histogram,
}

impl Meter {
    /// The measurements of `route`, one of few: a label for each address would fill the memory.
    pub fn of(route: &str) -> Self {
        let count = |status| counter!("http_requests_total", "route" => route.to_owned(), "status" => status);
        Self {
            found: count("2xx"),
            unchanged: count("3xx"),
            seconds: histogram!("http_request_seconds", "route" => route.to_owned()),
            route: route.into(),
        }
    }

    pub fn route(&self) -> &str {
        &self.route
    }

    pub fn count(&self, status: StatusCode, took: Duration) {
        if status == StatusCode::NOT_MODIFIED {
            self.unchanged.increment(1)
        } else {
            self.found.increment(1)
        }
        self.seconds.record(took.as_secs_f64());
    }
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Meter({})", self.route)
    }
}

/// The process's measurements; made once, however many applications a test starts.
pub fn measurements() -> PrometheusHandle {
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

/// Sums up what was measured, for as long as the process runs: samples would pile up otherwise.
pub async fn keep_measurements_small(handle: PrometheusHandle) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        handle.run_upkeep();
    }
}

/// Wraps every route; see the module.
#[derive(Clone, Debug)]
pub struct Observe {
    /// Whether people reach the portal by https.
    pub https: bool,
    pub clock: Clock,
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, https: self.https, clock: self.clock.clone() }
    }
}

#[derive(Clone, Debug)]
pub struct Observed<S> {
    inner: S,
    https: bool,
    clock: Clock,
}

impl<S> Service<Request> for Observed<S>
where
    S: Service<Request, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let began = Instant::now();
        let id = RequestId::new();
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().cloned();
        request.extensions_mut().insert(id);
        request.extensions_mut().insert(Now(self.clock.now()));
        let answer = self.inner.call(request);
        let https = self.https;
        Box::pin(async move {
            let mut response = answer.await?;
            headers::secure(response.headers_mut(), https);
            id.mark(&mut response);
            let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
            let (status, took) = (response.status(), began.elapsed());
            let class = status_class(status.as_u16());
            counter!("http_requests_total", "route" => route.to_owned(), "status" => class)
                .increment(1);
            histogram!("http_request_seconds", "route" => route.to_owned())
                .record(took.as_secs_f64());
            if let Some(Cause(cause)) = response.extensions().get::<Cause>() {
                tracing::error!(request = id.as_str(), route, %cause, "a request failed");
            }
            record(&method, route, status, took, id);
            Ok(response)
        })
    }
}

/// Writes the access log's line. By hand: at tens of thousands of lines a second, this is what a
/// page from memory costs most.
pub fn record(method: &Method, route: &str, status: StatusCode, took: Duration, id: RequestId) {
    thread_local! {
        static LINE: RefCell<(i64, String, String)> = const { RefCell::new((0, String::new(), String::new())) };
    }
    if !tracing::enabled!(target: "portal::access", Level::INFO) {
        return;
    }
    let Some(format) = logs::format() else { return };
    let now = Clock::System.now();
    let micros = now.as_microsecond();
    let (second, micros) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    LINE.with_borrow_mut(|(stamped, stamp, line)| {
        if *stamped != second {
            *stamped = second;
            *stamp = now.strftime("%Y-%m-%dT%H:%M:%S").to_string();
        }
        line.clear();
        let (id, status, took) = (id.as_str(), status.as_u16(), took.as_micros());
        let (ms, rest) = (took / 1000, took % 1000);
        // Methods and routes are of our own words: nothing in them needs escaping.
        let method = known(method);
        let written = match format {
            LogFormat::Json => writeln!(
                line,
                r#"{{"timestamp":"{stamp}.{micros:06}Z","level":"INFO","target":"portal::access","message":"answered","request":"{id}","method":"{method}","route":"{route}","status":{status},"ms":{ms}.{rest:03}}}"#
            ),
            LogFormat::Text => writeln!(
                line,
                "{stamp}.{micros:06}Z  INFO portal::access: {method} {route} {status} {ms}.{rest:03} ms request={id}"
            ),
        };
        debug_assert!(written.is_ok(), "writing to a string");
        logs::write(line.as_bytes());
    });
}

/// The name of a method that means something here. Others are whatever somebody sent.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn status_class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
