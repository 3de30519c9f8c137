//! Who may reach what: every recorded route, by every method, as every kind of viewer.
//!
//! A route that is not in the table below fails here, so that nobody adds one without deciding.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderValue, Method, StatusCode};
use portal::web::routes::{Audience, Route};

use crate::support::Portal;

/// A route, an address it answers, and what anybody who has not signed in gets there.
const TABLE: [(&str, &str, StatusCode); 17] = [
    ("/", "/", StatusCode::OK),
    ("/tracks", "/tracks", StatusCode::PERMANENT_REDIRECT),
    ("/tracks/{slug}", "/tracks/systems", StatusCode::OK),
    ("/levels", "/levels", StatusCode::OK),
    ("/levels/{*slug}", "/levels/sre", StatusCode::OK),
    ("/docs", "/docs", StatusCode::OK),
    ("/docs/{*path}", "/docs/teams.md", StatusCode::OK),
    ("/files/{hash}/{*path}", "/files/000000000000/levels.pdf", StatusCode::NOT_FOUND),
    ("/assets/{name}", "/assets/nothing.css", StatusCode::NOT_FOUND),
    ("/favicon.ico", "/favicon.ico", StatusCode::OK),
    ("/robots.txt", "/robots.txt", StatusCode::OK),
    ("/sitemap.xml", "/sitemap.xml", StatusCode::OK),
    ("/style", "/style", StatusCode::OK),
    ("/search", "/search?q=cgroup", StatusCode::OK),
    ("/healthz", "/healthz", StatusCode::OK),
    ("/readyz", "/readyz", StatusCode::OK),
    // Only this machine may read metrics, and a request in a test comes from nowhere.
    ("/metrics", "/metrics", StatusCode::NOT_FOUND),
];

/// Recorded routes that the table does not know.
fn unknown(routes: &[Route]) -> Vec<String> {
    let known: BTreeSet<&str> = TABLE.iter().map(|(path, ..)| *path).collect();
    let unknown = routes.iter().filter(|route| !known.contains(route.path));
    unknown.map(|route| format!("{} {}", route.method, route.path)).collect()
}

#[tokio::test]
async fn every_recorded_route_is_in_the_table_and_the_table_holds_no_other() {
    let portal = Portal::shipped().await;
    assert_eq!(unknown(&portal.routes), Vec::<String>::new(), "decide who may reach these");
    let recorded: BTreeSet<&str> = portal.routes.iter().map(|route| route.path).collect();
    for (path, ..) in TABLE {
        assert!(recorded.contains(path), "{path} is no longer routed");
    }
}

#[test]
fn a_route_that_nobody_decided_about_is_noticed() {
    let added = Route { method: Method::POST, path: "/votes", audience: Audience::Public };
    assert_eq!(unknown(&[added]), ["POST /votes"]);
}

#[tokio::test]
async fn everyone_gets_what_the_table_says() {
    let portal = Portal::shipped().await;
    for (path, address, expected) in TABLE {
        assert_eq!(portal.get(address).await.status, expected, "GET {path}");
        let head = portal.send(Method::HEAD, address, HeaderMap::new()).await;
        assert_eq!(head.status, expected, "HEAD {path}");
        assert!(head.body.is_empty(), "HEAD {path} has a body");
    }
}

#[tokio::test]
async fn no_unsafe_method_reaches_a_page_and_none_from_another_site_gets_that_far() {
    let portal = Portal::shipped().await;
    for (path, address, _) in TABLE {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let own = portal.send(method.clone(), address, HeaderMap::new()).await;
            assert_eq!(own.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let mut headers = HeaderMap::new();
            headers.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
            headers.insert("origin", HeaderValue::from_static("https://elsewhere.example"));
            let cross = portal.send(method.clone(), address, headers).await;
            assert_eq!(cross.status, StatusCode::FORBIDDEN, "{method} {path} from elsewhere");
        }
    }
}

#[tokio::test]
async fn every_response_carries_the_security_headers_whatever_its_status() {
    let portal = Portal::shipped().await;
    let pdf = {
        let pages = portal.shelf.pages();
        let found =
            pages.addresses().find(|a| a.starts_with("/files/") && a.ends_with("levels.pdf"));
        found.expect("the shipped PDF is served").to_owned()
    };
    let mut answers = vec![portal.send(Method::POST, "/", HeaderMap::new()).await];
    for address in TABLE.iter().map(|(_, address, _)| *address).chain([
        "/nowhere",
        "/%ff%fe",
        &pdf,
        "/docs/levels.pdf",
    ]) {
        answers.push(portal.get(address).await);
    }
    let mut cross = HeaderMap::new();
    cross.insert("sec-fetch-site", HeaderValue::from_static("cross-site"));
    answers.push(portal.send(Method::POST, "/", cross).await);
    for answer in answers {
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "base-uri 'none'"),
            ("content-security-policy", "frame-ancestors"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=()"),
            ("x-request-id", ""),
        ] {
            let value = answer.header(name);
            assert!(
                !value.is_empty() && value.contains(part),
                "{}: {name} is {value:?}",
                answer.status
            );
        }
        let policy = answer.header("content-security-policy");
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("script-src 'unsafe"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn only_a_pdf_may_be_framed_and_only_its_viewer_may_frame() {
    let portal = Portal::shipped().await;
    let viewer = portal.get("/docs/levels.pdf").await;
    assert!(viewer.header("content-security-policy").contains("object-src 'self'"));
    assert!(viewer.header("content-security-policy").contains("frame-ancestors 'none'"));
    let page = portal.get("/").await;
    assert!(!page.header("content-security-policy").contains("object-src"));
    assert_eq!(page.header("x-frame-options"), "DENY");
}
