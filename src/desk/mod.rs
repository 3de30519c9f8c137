//! Pages that join rooms: where each person begins, and what those see who watch over the house.

pub mod access;
pub mod filter;
pub mod model;
pub mod pages;
pub mod paths;
pub mod sentence;
pub mod store;

use axum::extract::FromRef;
use http::Method;

use crate::account::Accounts;
use crate::account::access::MayChangeSettings;
use crate::account::paths::MY;
use crate::assignment::access::{MaySeeCandidates, MayTakePart};
use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MaySeeAudit, MaySeeDesk, MaySeeOutbox};
use pages::{audit, audit_export, letter, letters, my, outbox, pipeline, pipeline_table, show};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Db: FromRef<S>,
    Accounts: FromRef<S>,
{
    Routes::default()
        .guarded::<MaySeeDesk, _, _>(Method::GET, paths::DESK, show::show)
        .in_bar::<MaySeeDesk>("Desk", paths::DESK)
        .guarded::<MaySeeCandidates, _, _>(Method::GET, paths::PIPELINE, pipeline::show)
        .in_bar::<MaySeeCandidates>("Pipeline", paths::PIPELINE)
        .guarded::<MaySeeCandidates, _, _>(Method::GET, paths::PIPELINE_CSV, pipeline_table::save)
        .guarded::<MayTakePart, _, _>(Method::GET, MY, my::show)
        .in_bar::<MayTakePart>("My interview", MY)
        .guarded::<MayChangeSettings, _, _>(Method::GET, paths::LETTERS, letters::show)
        .in_settings::<MayChangeSettings>("Letters", paths::LETTERS)
        .guarded::<MayChangeSettings, _, _>(Method::GET, paths::LETTER, letter::show)
        .guarded::<MayChangeSettings, _, _>(Method::POST, paths::LETTER, letter::save)
        .guarded::<MayChangeSettings, _, _>(Method::GET, paths::LETTER_PREVIEW, letter::preview)
        .guarded::<MayChangeSettings, _, _>(
            Method::POST,
            paths::LETTER_PREVIEW,
            letter::preview_typed,
        )
}

/// The routes by which the house is watched over: the last ones in the bar.
pub fn watching<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Db: FromRef<S>,
    Accounts: FromRef<S>,
{
    Routes::default()
        .guarded::<MaySeeOutbox, _, _>(Method::GET, paths::OUTBOX, outbox::show)
        .in_bar::<MaySeeOutbox>("Outbox", paths::OUTBOX)
        .guarded::<MaySeeOutbox, _, _>(Method::POST, paths::OUTBOX_RETRY, outbox::retry)
        .guarded::<MaySeeAudit, _, _>(Method::GET, paths::AUDIT, audit::show)
        .in_bar::<MaySeeAudit>("Audit", paths::AUDIT)
        .guarded::<MaySeeAudit, _, _>(Method::POST, paths::AUDIT_EXPORT, audit_export::save)
}
