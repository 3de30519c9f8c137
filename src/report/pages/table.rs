//! One report as a table to take away.

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use super::read;
use crate::db::Db;
use crate::report::access::MaySeeReports;
use crate::report::filter::Filter;
use crate::report::tables::{self, NAMES};
use crate::web::allowed::Allowed;
use crate::web::csv::Csv;
use crate::web::error::Failure;
use crate::web::now::Now;

/// What stands for what is not shown.
const NOT_SHOWN: &str = "not shown";

pub async fn save(
    allowed: Allowed<MaySeeReports>,
    State(db): State<Db>,
    Now(now): Now,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let name = name.strip_suffix(".csv").ok_or(Failure::NotFound)?;
    let at = NAMES.iter().position(|known| *known == name).ok_or(Failure::NotFound)?;
    let filter = Filter::read(query.as_deref().unwrap_or_default());
    let known = read(&db, &allowed, &filter, now).await?.known;
    let table = &tables::all(&known, filter.level)[at].table;
    let mut csv = Csv::with_header(table.columns.iter().copied());
    for row in &table.rows {
        csv.row(row.iter().map(|cell| cell.as_deref().unwrap_or(NOT_SHOWN)));
    }
    let mut response = csv.take().into_response();
    let disposition = format!("attachment; filename=\"{name}.csv\"");
    let disposition = HeaderValue::from_str(&disposition).expect("names of reports are ASCII");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Csv::MEDIA_TYPE));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}
