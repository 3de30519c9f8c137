//! What happens around every request: an id, a line in the log, a measurement, security headers.
//!
//! The log holds routes, never addresses, queries or names.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::{HeaderName, HeaderValue};
use metrics::{counter, histogram};
use tower::{Layer, Service};
use uuid::Uuid;

use super::headers;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of one request: in its response, in the log, and on the page when something broke.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(Uuid);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.simple().fmt(f)
    }
}

/// The cause of a failure, on its way to the log. A viewer never sees it.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<str>);

/// Wraps every route; see the module.
#[derive(Clone, Copy, Debug)]
pub struct Observe {
    /// Whether people reach the portal by https.
    pub https: bool,
}

impl<S> Layer<S> for Observe {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, https: self.https }
    }
}

#[derive(Clone, Debug)]
pub struct Observed<S> {
    inner: S,
    https: bool,
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
        let id = RequestId(Uuid::new_v4());
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().cloned();
        request.extensions_mut().insert(id);
        let answer = self.inner.call(request);
        let https = self.https;
        Box::pin(async move {
            let mut response = answer.await?;
            headers::secure(response.headers_mut(), https);
            let mut buffer = Uuid::encode_buffer();
            let text = id.0.simple().encode_lower(&mut buffer);
            let value = HeaderValue::from_str(text).expect("hexadecimal digits");
            response.headers_mut().insert(REQUEST_ID, value);
            let route = route.as_ref().map_or("unmatched", MatchedPath::as_str);
            record(&method, route, &response, began.elapsed(), text);
            Ok(response)
        })
    }
}

fn record(method: &http::Method, route: &str, response: &Response, took: Duration, id: &str) {
    let status = response.status();
    let seconds = took.as_secs_f64();
    let class = status_class(status.as_u16());
    counter!("http_requests_total", "route" => route.to_owned(), "status" => class).increment(1);
    histogram!("http_request_seconds", "route" => route.to_owned()).record(seconds);
    if let Some(Cause(cause)) = response.extensions().get::<Cause>() {
        tracing::error!(request = id, route, %cause, "a request failed");
    }
    tracing::info!(
        target: "portal::access",
        request = id,
        %method,
        route,
        status = status.as_u16(),
        ms = seconds * 1000.0,
        "answered"
    );
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
