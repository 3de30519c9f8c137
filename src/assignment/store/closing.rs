//! Applications that end, and what that means for applying again.

use jiff_sqlx::ToSqlx;

use super::moves::{self, Made, NotMade};
use super::{assignments, deciding};
use crate::assignment::access::{MayRecruit, MayRunApplication};
use crate::assignment::closing::{Ending, again_from};
use crate::assignment::deeds::Deed;
use crate::assignment::emails::of_application::{self, Told};
use crate::assignment::events;
use crate::assignment::lifecycle::{Refusal, settle};
use crate::assignment::model::State;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId, TrackId};
use crate::track::store::recipes;
use crate::web::allowed::Allowed;

/// Whether an application is closed. It is not closed meanwhile, until the transaction ends.
pub(super) async fn is_closed(
    tx: &mut Tx,
    application: ApplicationId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select closed_at is not null from application where application_id = $1 for share",
    )
    .bind(application)
    .fetch_one(tx.connection())
    .await
}

/// Closes an application that the caller has locked, and with it every stage that is under way. The candidate
/// is told once, in the words of their recruiter.
pub async fn close(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (ending, reason): (Ending, &str),
    now: Timestamp,
) -> Result<Made, NotMade> {
    let application = allowed.application();
    let before: Option<(String, String)> = sqlx::query_as(
        "select coalesce(closed_why, ''), closed_reason
         from application
         where application_id = $1 and closed_at is not null",
    )
    .bind(application)
    .fetch_optional(tx.connection())
    .await?;
    match before {
        Some((why, said)) if why == ending.code() && said == reason => return Ok(Made::Before),
        Some(_) => return Err(NotMade::Closed),
        None => {}
    }
    for it in assignments::open(tx, application).await? {
        let reason = reason.to_owned();
        let deed = match settle(it.format, it.state.clone(), now) {
            State::Closed { .. } => {
                moves::settle_one(tx, allowed, &it, now).await?;
                continue;
            }
            State::Assigned { .. } => Deed::Cancel { reason },
            State::Opened { .. } => return Err(Refusal::Opened.into()),
            _ => Deed::EndEarly { reason },
        };
        moves::run(tx, allowed, (it.id, it.version), &deed, now).await?;
    }
    deciding::withhold(tx, application, now).await?;
    let closed = sqlx::query(
        "update application
         set closed_at = $2, closed_why = $3, closed_reason = $4, version = version + 1
         where application_id = $1",
    )
    .bind(application)
    .bind(now.to_sqlx())
    .bind(ending.code())
    .bind(reason)
    .execute(tx.connection())
    .await;
    match closed {
        Err(sqlx::Error::Database(refused))
            if refused.constraint() == Some("application_closes_without_offer") =>
        {
            return Err(NotMade::Offered);
        }
        other => other?,
    };
    let event = Event::new(events::CLOSED, Actor::Person(allowed.by()));
    let event = event.about("application", application).code("why", ending.code());
    record(tx, event.noted(reason), now).await?;
    of_application::tell(tx, allowed.candidate(), Told::Closed, application, now).await?;
    Ok(Made::Now)
}

/// Closes an application that the caller has locked, whose candidate is hired: one position of its track is filled.
/// `false` where a stage of it is under way.
pub async fn close_as_hired(
    tx: &mut Tx,
    application: ApplicationId,
    by: AccountId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    for it in assignments::open(tx, application).await? {
        if !matches!(settle(it.format, it.state.clone(), now), State::Closed { .. }) {
            return Ok(false);
        }
    }
    let track: Option<TrackId> = sqlx::query_scalar(
        "update application
         set closed_at = $2, closed_why = $3, version = version + 1
         where application_id = $1 and closed_at is null
         returning track_id",
    )
    .bind(application)
    .bind(now.to_sqlx())
    .bind(Ending::Hired.code())
    .fetch_optional(tx.connection())
    .await?;
    let Some(track) = track else { return Ok(true) };
    let by = Actor::Person(by);
    let event = Event::new(events::CLOSED, by).about("application", application);
    record(tx, event.code("why", Ending::Hired.code()), now).await?;
    recipes::fill_position(tx, track, by, now).await?;
    Ok(true)
}

/// Of these candidates, the tracks in which they may not apply again yet, and from when on they may.
pub async fn resting(
    tx: &mut Tx,
    _: &Allowed<MayRecruit>,
    candidates: &[AccountId],
    now: Timestamp,
) -> Result<Vec<(AccountId, TrackId, Timestamp)>, sqlx::Error> {
    let codes: Vec<&str> =
        Ending::ALL.into_iter().filter(|it| it.rests()).map(Ending::code).collect();
    let ended: Vec<(AccountId, TrackId, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "select candidate_id, track_id, max(ended)
         from (
           select p.candidate_id, p.track_id, p.closed_at as ended
           from application p
           where p.candidate_id = any($1) and p.closed_why = any($2)
           union all
           select p.candidate_id, p.track_id, g.decided_at
           from application p
           join assignment g using (application_id)
           where p.candidate_id = any($1) and g.outcome = 'decline' and g.told_at <= $3) e
         group by candidate_id, track_id",
    )
    .bind(candidates)
    .bind(codes)
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    let again = ended
        .into_iter()
        .map(|(candidate, track, ended)| (candidate, track, again_from(ended.to_jiff())));
    Ok(again.filter(|(_, _, from)| *from > now).collect())
}
