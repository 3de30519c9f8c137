//! Pages that join rooms: where each person begins.

pub mod access;
pub mod model;
pub mod pages;
pub mod paths;

use axum::extract::FromRef;
use http::Method;

use crate::account::Accounts;
use crate::account::access::MayChangeSettings;
use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::Routes;
use crate::web::shelf::Shelf;
use access::{MaySeeDesk, MaySeeMy};
use pages::{letter, letters, my, show};

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
        .guarded::<MaySeeMy, _, _>(Method::GET, paths::MY, my::show)
        .in_bar::<MaySeeMy>("My interview", paths::MY)
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
