//! The site as a whole: the overview, making and following publications, health, errors.

pub mod access;
pub mod build;
pub mod pages;
pub mod publish;
pub mod store;

use axum::extract::FromRef;

use crate::content::paths as docs;
use crate::db::Db;
use crate::track::paths as tracks;
use crate::web::routes::{Audience, Routes};
use crate::web::shelf::Shelf;
use pages::machine::{self, MetricsAccess};
use pages::shelved;

/// Every address of finished pages, and what watches this instance. The pages themselves are answered
/// before the router is asked; here they are recorded, and lost readers led on.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    MetricsAccess: FromRef<S>,
{
    let mut routes = Routes::default().get(tracks::TRACKS, Audience::Public, shelved::tracks);
    for path in [
        "/",
        "/tracks/{slug}",
        tracks::LEVELS,
        "/levels/{*slug}",
        docs::DOCUMENTS,
        "/docs/{*path}",
        "/files/{hash}/{*path}",
        "/logo/{name}",
        "/assets/{name}",
        "/favicon.ico",
        "/robots.txt",
        "/sitemap.xml",
    ] {
        routes = routes.get(path, Audience::Public, shelved::missing);
    }
    if cfg!(debug_assertions) {
        routes = routes.get(pages::style::PATH, Audience::Public, shelved::missing);
    }
    routes
        .get("/healthz", Audience::Machine, machine::healthz)
        .get("/readyz", Audience::Machine, machine::readyz)
        .get("/metrics", Audience::Machine, machine::metrics)
}
