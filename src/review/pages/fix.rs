//! A fix on the page of a stage: asked for, waited for, and here.

use axum::response::Response;
use jiff::tz::TimeZone;

use crate::assignment::access::{MayAnswer, MaySit};
use crate::assignment::application::Assignment;
use crate::assignment::fix;
use crate::assignment::model::Phase;
use crate::assignment::paths;
use crate::assignment::store::{fixes as asked_for, seats};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::review::access::MayAskForFix;
use crate::review::store::fixes::{self, NotAsked};
use crate::web::allowed::{Allowed, Viewer};
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::moment::moment;
use crate::web::redirect;

/// What a page shows of a fix.
#[derive(Debug, Default)]
pub(super) struct Fixing {
    /// One can be asked for.
    pub can_ask: bool,
    /// What was asked for.
    pub what: Option<String>,
}

/// What there is of it for whoever sits there, in `phase`.
pub(super) async fn fixing(
    tx: &mut Tx,
    viewer: &Viewer,
    sits: &Allowed<MaySit>,
    (it, phase): (&Assignment, Phase),
) -> Result<Fixing, Failure> {
    if !sits.has_accepted() {
        return Ok(Fixing::default());
    }
    let asks = Allowed::<MayAskForFix>::ask(viewer, &Some(*sits.seat()));
    let can_ask = asks.is_some() && it.fix.is_none() && fixes::is_possible(it.format, phase);
    let what = match it.fix {
        Some(_) => asked_for::what(tx, it.id).await?,
        None => None,
    };
    Ok(Fixing { can_ask, what })
}

/// How the fix of `it` stands, in sentences; nothing where none was asked for.
pub(super) fn says(it: &Assignment, now: Timestamp, zone: &TimeZone) -> Option<Html> {
    let fix = it.fix?;
    let at = |at: Timestamp| moment(at, zone).as_str().to_owned();
    let asked = format!("The panel asked for a fix on {}.", at(fix.asked_at));
    Some(Html::own(match fix.handed_in {
        Some(when) => format!("{asked} It came on {}.", at(when)),
        None if fix.is_missed(now) => {
            format!("{asked} None came until {}: the work counts as it is.", at(fix.due))
        }
        None => format!("{asked} The candidate has until {}.", at(fix.due)),
    }))
}

/// Asks for a fix; a sentence where that is refused.
pub(super) async fn save(
    (asked, db): (&Allowed<MayAnswer>, &Db),
    (frame, now): (&Frame, Timestamp),
    form: &mut Form,
) -> Result<Result<Response, String>, Failure> {
    let seat = seats::facts(db, asked.assignment(), asked.account()).await?;
    let asks = Allowed::<MayAskForFix>::ask(&frame.viewer, &seat).ok_or(Failure::NotFound)?;
    let Some(what) = form.read("what", fix::what) else { return Ok(Err(String::new())) };
    let mut tx = db.begin().await?;
    match fixes::ask(&mut tx, &frame.viewer, &asks, &what, now).await {
        Ok(()) => {
            let href = format!("{}?done=fix", paths::review(asked.assignment()));
            Ok(Ok(redirect::after(tx.commit().await?, &href)))
        }
        Err(NotAsked::Gone) => Err(Failure::NotFound),
        Err(NotAsked::Database(error)) => Err(error.into()),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}
