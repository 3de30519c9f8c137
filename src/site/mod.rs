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

/// Every public page that is finished bytes, and what watches this instance.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    MetricsAccess: FromRef<S>,
{
    let mut routes = Routes::default();
    for path in [
        "/",
        tracks::TRACKS,
        "/tracks/{slug}",
        tracks::LEVELS,
        "/levels/{*slug}",
        docs::DOCUMENTS,
        "/docs/{*path}",
        "/files/{hash}/{*path}",
        "/assets/{name}",
        "/favicon.ico",
        "/robots.txt",
        "/sitemap.xml",
    ] {
        routes = routes.get(path, Audience::Public, shelved::show);
    }
    if cfg!(debug_assertions) {
        routes = routes.get(pages::style::PATH, Audience::Public, shelved::show);
    }
    routes
        .get("/healthz", Audience::Machine, machine::healthz)
        .get("/readyz", Audience::Machine, machine::readyz)
        .get("/metrics", Audience::Machine, machine::metrics)
}
