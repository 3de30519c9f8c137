//! The dates of a stage as a file for the candidate's own calendar.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::account::Accounts;
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State as Stands;
use crate::assignment::paths;
use crate::assignment::reminders::date;
use crate::assignment::store::assignments;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::ics::{Entry, calendar};
use crate::web::now::Now;

/// The date `it` leads up to, and what is to be done by then.
pub(super) fn ahead(it: &Assignment, now: Timestamp) -> Option<(Timestamp, &'static str)> {
    let state = settle(it.format, it.state.clone(), now);
    let what = match (&state, it.format) {
        (Stands::Assigned { .. }, Format::TakeHome) => "Last moment to start",
        (Stands::Assigned { .. }, Format::LiveSession) => "Last moment for the session",
        (Stands::Assigned { .. }, Format::External) => "Last moment for the firm to begin",
        (_, Format::External) => "Keep in touch until now",
        _ => "Due now",
    };
    date(&state).map(|at| (at, what))
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
) -> Result<Response, Failure> {
    let it = assignments::taken(&mut db.begin_reading().await?, &allowed).await?;
    let it = it.ok_or(Failure::NotFound)?;
    let (at, what) = ahead(&it, now).ok_or(Failure::NotFound)?;
    let url = format!("{}{}", room.base_url, paths::own(it.id));
    let entry = Entry {
        // One for both dates: what was to be started is then to be handed in.
        uid: &it.id.to_string(),
        at,
        sequence: it.version,
        title: &format!("{what}: {}", it.title),
        text: &format!("Dates can move; what holds stands on its page: {url}"),
        url: &url,
    };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"interview.ics\""),
    ];
    Ok((headers, calendar(&[entry], now)).into_response())
}
