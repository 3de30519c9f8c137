//! Counting a stage that a candidate passed in another application, and how that is said.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::show::show_page;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::counting::{Counted, Earlier, Pass};
use crate::assignment::paths;
use crate::assignment::store::counting::NotCounted;
use crate::assignment::store::{applications, counting};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{ApplicationId, StageId};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::redirect;

/// A stage that is counted, for staff.
#[derive(Debug)]
pub struct CountedLine {
    pub id: StageId,
    pub title: String,
    /// What was passed, and since when it counts.
    pub says: Html,
    /// Where what was seen then is read.
    pub seen: String,
}

/// What was passed, when, at which level and in which track.
pub(super) fn passed(pass: &Pass, zone: &TimeZone) -> String {
    let track = Html::escape(&pass.track);
    format!("on {} at level {}, in {}", day(pass.at, zone).as_str(), pass.level, track.as_str())
}

/// That a stage counts, once somebody says so.
pub(super) fn counts(pass: &Pass, zone: &TimeZone) -> Html {
    let until = day(pass.until(), zone);
    let passed = passed(pass, zone);
    Html::own(format!("They passed this {passed}. It counts until {}.", until.as_str()))
}

/// That a stage is counted.
pub fn line(one: &Counted, zone: &TimeZone) -> CountedLine {
    let (passed, at) = (passed(&one.pass, zone), day(one.at, zone));
    CountedLine {
        id: one.stage,
        title: one.title.clone(),
        says: Html::own(format!("Passed {passed}. Counted on {}.", at.as_str())),
        seen: paths::passed(one.application, one.stage),
    }
}

/// The stages that are counted in an application, for the pages of whoever decides in it.
pub async fn lines(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
    (now, zone): (Timestamp, &TimeZone),
) -> Result<Vec<CountedLine>, Failure> {
    let Earlier { counted, .. } = counting::earlier(tx, seen, now).await?;
    Ok(counted.iter().map(|one| line(one, zone)).collect())
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    seen: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    form: Form,
) -> Result<Response, Failure> {
    let id: ApplicationId = asked.application();
    let mut tx = db.begin().await?;
    let allowed: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let allowed = allowed.ok_or(Failure::NotFound)?;
    let made = match form.text("stage").parse() {
        Ok(stage) if form.has("do", "undo") => counting::undo(&mut tx, &allowed, stage, now).await,
        Ok(stage) => counting::count(&mut tx, &allowed, stage, now).await,
        Err(_) => Err(NotCounted::NoStage),
    };
    match made {
        Ok(_) => {
            let done = if form.has("do", "undo") { "uncounted" } else { "counted" };
            let committed = tx.commit().await?;
            let href = format!("{}?done={done}", paths::application(id));
            Ok(redirect::after(committed, &href))
        }
        Err(NotCounted::Database(error)) => Err(error.into()),
        Err(refused) => {
            drop(tx);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_page(status, &db, (&frame, now), (&seen, &refused.to_string())).await
        }
    }
}
