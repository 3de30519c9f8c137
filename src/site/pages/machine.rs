//! What programs read: health, readiness, metrics, robots, the sitemap.

use axum::extract::{FromRef, State};
use axum::response::IntoResponse;
use http::request::Parts;
use http::{StatusCode, header};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::config::Secret;
use crate::db::{Db, health};
use crate::site::access::{MayReadMetrics, MetricsFacts, TokenMatch};
use crate::web::address::encode;
use crate::web::allowed::{Allowed, Asked};
use crate::web::error::Failure;
use crate::web::finished::{Finished, Policy};
use crate::web::front::Peer;
use crate::web::layout::Chrome;

/// This process is alive. Says nothing of the database.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// This instance can do all of its work: the database answers.
pub async fn readyz(State(db): State<Db>) -> (StatusCode, &'static str) {
    if health::answers(&db.background()).await {
        (StatusCode::OK, "ready\n")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer; public pages are served from memory\n",
        )
    }
}

/// What the metrics page needs.
#[derive(Clone)]
pub struct MetricsAccess {
    pub handle: PrometheusHandle,
    pub token: Option<Secret>,
    /// People reach this portal on its own machine only, so no proxy stands before it.
    pub is_unproxied: bool,
}

pub async fn metrics(
    _: Allowed<MayReadMetrics>,
    State(access): State<MetricsAccess>,
) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], access.handle.render())
}

impl<S: Send + Sync> Asked<S> for MayReadMetrics
where
    MetricsAccess: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<MetricsFacts, Failure> {
        let sent = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let access = MetricsAccess::from_ref(state);
        let token = match access.token {
            None => TokenMatch::NotSet,
            Some(token) if sent.is_some_and(|sent| same(sent, token.expose())) => TokenMatch::Right,
            Some(_) => TokenMatch::Wrong,
        };
        let peer = parts.extensions.get::<Peer>();
        let is_local =
            access.is_unproxied && peer.is_some_and(|Peer(peer)| peer.ip().is_loopback());
        Ok(MetricsFacts { token, is_local })
    }
}

/// Compares digests, so that the time taken tells nothing of the token.
fn same(sent: &str, token: &str) -> bool {
    use sha2::{Digest, Sha256};
    Sha256::digest(sent) == Sha256::digest(token)
}

/// Every page a search engine should know. Level pages are the same documents again.
pub fn sitemap(chrome: &Chrome, pages: &[Finished]) -> Finished {
    let mut addresses: Vec<&str> = pages
        .iter()
        .filter(|page| page.media_type.starts_with("text/html") && !page.address.contains('?'))
        .map(|page| page.address.as_str())
        .collect();
    addresses.sort_unstable();
    let urls: String = addresses
        .iter()
        .map(|address| {
            let address = encode(address);
            format!(
                "<url><loc>{}{address}</loc><lastmod>{}</lastmod></url>\n",
                chrome.base_url, chrome.as_of_machine
            )
        })
        .collect();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{urls}</urlset>\n"
    );
    Finished::text("/sitemap.xml", "application/xml; charset=utf-8", Policy::Page, text)
}

pub fn robots(chrome: &Chrome) -> Finished {
    let text = format!("User-agent: *\nAllow: /\n\nSitemap: {}/sitemap.xml\n", chrome.base_url);
    Finished::text("/robots.txt", "text/plain; charset=utf-8", Policy::Page, text)
}
