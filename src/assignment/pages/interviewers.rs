//! Who interviews, and how much they have to do.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::account::store::calendar;
use crate::assignment::access::MaySeeInterviewers;
use crate::assignment::paths;
use crate::assignment::store::interviewers::{self, Interviewer};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "assignment/interviewers.html")]
struct List<'a> {
    layout: Layout<'a>,
    rows: Vec<Row>,
    qualifies: bool,
}

struct Row {
    name: String,
    email: String,
    href: String,
    load: String,
    away: Option<String>,
    stages: String,
    /// Nothing is said of what they are qualified for.
    is_idle: bool,
}

/// Everybody who interviews, as they stand on the company's today.
pub(super) async fn everybody(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeInterviewers>,
    now: Timestamp,
) -> Result<Vec<Interviewer>, Failure> {
    let zone = calendar::find(tx).await?.calendar.zone;
    let today = now.to_zoned(zone).date();
    Ok(interviewers::list(tx, allowed, (now, today)).await?)
}

pub async fn show(
    allowed: Allowed<MaySeeInterviewers>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let found = everybody(&mut db.begin_reading().await?, &allowed, now).await?;
    let row = |one: &Interviewer| Row {
        name: one.name.clone(),
        email: one.email.clone(),
        href: paths::interviewer(one.account),
        load: match one.weekly_most {
            0 => format!("{} open, takes none", one.load),
            most => format!("{} open, at most {most} a week", one.load),
        },
        away: one.away_until().map(|day| day.strftime("%-d %b %Y").to_string()),
        stages: match one.stages {
            0 => "Nothing yet".to_owned(),
            1 => "1 stage".to_owned(),
            many => format!("{many} stages"),
        },
        is_idle: one.stages == 0,
    };
    let page_ = List {
        layout: frame.layout("Interviewers"),
        rows: found.iter().map(row).collect(),
        qualifies: allowed.qualifies(),
    };
    page(StatusCode::OK, &page_)
}
