//! Every report on one page.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use super::{Read, read};
use crate::db::Db;
use crate::report::access::MaySeeReports;
use crate::report::filter::Filter;
use crate::report::model::LEVELS;
use crate::report::paths;
use crate::report::period::Period;
use crate::report::tables::{self, Report};
use crate::track::model::StageSettings;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "report/show.html")]
struct Reports<'a> {
    layout: Layout<'a>,
    filter: &'a Filter,
    tracks: Vec<&'a StageSettings>,
    /// Each with its title.
    periods: Vec<(Period, String)>,
    /// Which stages they are about.
    about: String,
    /// Each with where its table is.
    reports: Vec<(Report, String)>,
    is_empty: bool,
}

pub async fn show(
    allowed: Allowed<MaySeeReports>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let filter = Filter::read(query.as_deref().unwrap_or_default());
    let Read { known, stages, zone } = read(&db, &allowed, &filter, now).await?;
    let mut tracks: Vec<&StageSettings> = stages.iter().collect();
    tracks.dedup_by_key(|stage| stage.track);
    let of = tracks.iter().find(|stage| stage.track_slug == filter.track);
    let level =
        filter.level.map_or("at every level".to_owned(), |level| format!("at level {level}"));
    let titles = Period::all().map(|period| (period, period.title(now, &zone)));
    let reports = tables::all(&known, filter.level).into_iter();
    let query = filter.query();
    let page_ = Reports {
        layout: frame.layout("Reports"),
        about: format!(
            "{}, {level}, of applications that were added from {}",
            of.map_or("All tracks", |stage| &stage.track_title),
            filter.period.title(now, &zone)
        ),
        periods: titles.collect(),
        reports: reports
            .map(|report| (paths::table(report.name, &query), report))
            .map(|(href, report)| (report, href))
            .collect(),
        is_empty: known.parts.is_empty(),
        filter: &filter,
        tracks,
    };
    page(StatusCode::OK, &page_)
}
