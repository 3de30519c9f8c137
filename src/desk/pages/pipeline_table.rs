//! The pipeline as a table to take away: of one track, or of all of them.

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::pipeline::{Counted, Slug, slug_of};
use crate::assignment::access::MaySeeCandidates;
use crate::assignment::pages::candidates::{GONE, STAGE_GONE};
use crate::assignment::pipeline::Cell;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::csv::Csv;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::now::Now;

const COLUMNS: [&str; 9] = [
    "track",
    "stage",
    "state",
    "applications",
    "median_age_days",
    "oldest_age_days",
    "ball",
    "next_promise",
    "oldest_since",
];

pub async fn save(
    allowed: Allowed<MaySeeCandidates>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let slug = slug_of(query.as_deref());
    let wanted = if slug.is_empty() { Slug::All } else { Slug::Is(&slug) };
    let (mut counted, _) = Counted::read(&db, &allowed, wanted, now).await?;
    let mut cells = std::mem::take(&mut counted.cells);
    // In the overview's order; what it has no more comes last.
    let place = |cell: &Cell| {
        let of_track = counted.known.iter().position(|it| it.track == cell.track);
        let stage = cell.stage.map(|(stage, _)| stage);
        let of_stage = counted.known.iter().position(|it| Some(it.stage) == stage);
        let last = counted.known.len();
        (of_track.unwrap_or(last), stage.map(|_| of_stage.unwrap_or(last)), cell.turn())
    };
    cells.sort_by_key(place);
    let mut table = Csv::with_header(COLUMNS);
    for cell in &cells {
        write(&mut table, cell, &counted);
    }
    let mut response = table.take().into_response();
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let name =
        now.to_zoned(zone.clone()).strftime("attachment; filename=\"pipeline-%Y-%m-%d.csv\"");
    let name = HeaderValue::from_str(&name.to_string()).expect("a date is plain ASCII");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Csv::MEDIA_TYPE));
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

fn write(table: &mut Csv, cell: &Cell, counted: &Counted) {
    let known = &counted.known;
    let track = known.iter().find(|it| it.track == cell.track);
    let stage = cell.stage.map(|(id, _)| {
        known.iter().find(|it| it.stage == id).map_or(STAGE_GONE, |it| it.title.as_str())
    });
    let days = |age: SignedDuration| format!("{:.1}", age.as_secs_f64() / 86_400.0);
    let age = |since| counted.age(since).map(days).unwrap_or_default();
    let time = |at: Option<Timestamp>| {
        at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
    };
    table.row([
        track.map_or(GONE, |it| it.track_title.as_str()),
        stage.unwrap_or_default(),
        cell.state(),
        &cell.number.to_string(),
        &age(cell.median_since),
        &age(cell.oldest_since),
        cell.holder().title(),
        &time(cell.promise(&counted.days)),
        &time(cell.oldest_since),
    ]);
}
