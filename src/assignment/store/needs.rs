//! What candidates say before Start, kept where their recruiter alone looks.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::assignments;
use super::moves::{Made, NotMade};
use crate::assignment::access::{MayRunApplication, MayTakeAssignment};
use crate::assignment::application::TimeFactor;
use crate::assignment::emails::{self, Told};
use crate::assignment::events;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State;
use crate::assignment::needs::{Ahead, Need, Needs, Said};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{ApplicationId, AssignmentId};
use crate::web::allowed::{Allowed, Viewer};

#[derive(FromRow)]
pub(super) struct NeedsRow {
    time_percent: i16,
    needs: Vec<String>,
    knows: Option<String>,
    employers: String,
}

impl From<NeedsRow> for Needs {
    fn from(row: NeedsRow) -> Self {
        Self {
            time: TimeFactor::from_percent(row.time_percent).unwrap_or_default(),
            needs: row.needs.iter().filter_map(|code| Need::from_code(code)).collect(),
            knows: row.knows,
            employers: row.employers,
        }
    }
}

/// What the candidate has said so far, and what lies ahead of them.
pub async fn own(tx: &mut Tx, allowed: &Allowed<MayTakeAssignment>) -> Result<Ahead, sqlx::Error> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        needs: NeedsRow,
        usual_minutes: Option<i32>,
        is_closed: bool,
    }
    let row: Row = sqlx::query_as(
        "select v.time_percent, v.needs, v.knows, v.employers, g.usual_minutes, p.closed_at is not null as is_closed
         from assignment g
         join application p using (application_id)
         join application_private v using (application_id)
         where g.assignment_id = $1",
    )
    .bind(allowed.assignment())
    .fetch_one(tx.connection())
    .await?;
    Ok(Ahead {
        said: row.needs.into(),
        usual: row.usual_minutes.map(|minutes| SignedDuration::from_mins(minutes.into())),
        is_closed: row.is_closed,
    })
}

/// Keeps an answer to what is asked before Start. Clocks that have not begun follow at once; the recruiter is
/// told that there is something to read, and nobody is told what: whatever was said, an answer and a change of
/// it leave the same behind.
pub async fn say(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    said: &Said,
    now: Timestamp,
) -> Result<Made, NotMade> {
    let parties = allowed.parties();
    lock(tx, parties.application).await?;
    let found = assignments::locked(tx, parties.application, allowed.assignment()).await?;
    let it = found.ok_or(NotMade::Unknown)?;
    let allowed: Allowed<MayTakeAssignment> =
        assignments::again(tx, viewer, it.id).await?.ok_or(NotMade::Unknown)?;
    let parties = allowed.parties();
    if !matches!(settle(it.format, it.state, now), State::Assigned { .. }) {
        return Err(NotMade::Begun);
    }
    let is_new = match said {
        Said::Needs(time, needs) => set_needs(tx, parties.application, *time, needs).await?,
        Said::Knows(names, employers) => {
            set_knows(tx, parties.application, (names, employers.as_deref()), now).await?
        }
    };
    if !is_new {
        return Ok(Made::Before);
    }
    let event = Event::new(events::ANSWERED, Actor::Person(parties.candidate));
    record(tx, event.about("application", parties.application), now).await?;
    emails::tell_of(tx, parties.recruiter, Told::RecruiterOfAnswer, it.id, now).await?;
    Ok(Made::Now)
}

/// Nobody else moves the application until the transaction ends.
async fn lock(tx: &mut Tx, application: ApplicationId) -> Result<(), sqlx::Error> {
    sqlx::query("select from application where application_id = $1 for update")
        .bind(application)
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn set_needs(
    tx: &mut Tx,
    application: ApplicationId,
    time: TimeFactor,
    needs: &[Need],
) -> Result<bool, sqlx::Error> {
    let codes: Vec<&str> = needs.iter().map(|need| need.code()).collect();
    let changed = sqlx::query(
        "update application_private
         set time_percent = $2, needs = $3, has_said_needs = true
         where application_id = $1
           and (not has_said_needs or (time_percent, needs) is distinct from ($2, $3))",
    )
    .bind(application)
    .bind(time.percent())
    .bind(codes)
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "update assignment
         set time_limit_minutes = usual_minutes * $2 / 100
         where application_id = $1 and state = 'assigned' and usual_minutes is not null",
    )
    .bind(application)
    .bind(i32::from(time.percent()))
    .execute(tx.connection())
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// The clock of an assignment that has not begun, as what was said by now has it: what is closed does not
/// follow what is said meanwhile, and may come back. The caller has locked it; `None` where it has begun, or
/// no clock runs on it.
pub(super) async fn follow(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<Option<SignedDuration>, sqlx::Error> {
    let minutes: Option<i32> = sqlx::query_scalar(
        "update assignment g
         set time_limit_minutes = g.usual_minutes * v.time_percent / 100
         from application_private v
         where g.assignment_id = $1 and g.state = 'assigned' and g.usual_minutes is not null
           and v.application_id = g.application_id
         returning g.time_limit_minutes",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(minutes.map(|minutes| SignedDuration::from_mins(minutes.into())))
}

async fn set_knows(
    tx: &mut Tx,
    application: ApplicationId,
    (names, employers): (&str, Option<&str>),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query(
        "update application_private
         set knows = $2, employers = coalesce($4, employers),
           knows_waits_from = case
             when knows is not distinct from $2 then knows_waits_from
             when $2 <> '' then $3::timestamptz
           end
         where application_id = $1
           and (knows, employers) is distinct from ($2, coalesce($4, employers))",
    )
    .bind(application)
    .bind(names)
    .bind(now.to_sqlx())
    .bind(employers)
    .execute(tx.connection())
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// Whom the candidate of an application knows here, for its recruiter alone.
#[derive(Clone, Debug, Default)]
pub struct Knows {
    /// As they typed it; empty is nobody, none is not answered yet.
    pub names: Option<String>,
    /// Since when that waits for the recruiter to look.
    pub waits_from: Option<Timestamp>,
}

/// Whom the candidate said they know.
pub async fn knows(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
) -> Result<Knows, sqlx::Error> {
    let (names, waits_from): (_, Option<jiff_sqlx::Timestamp>) = sqlx::query_as(
        "select knows, knows_waits_from
         from application_private
         where application_id = $1",
    )
    .bind(allowed.application())
    .fetch_one(tx.connection())
    .await?;
    Ok(Knows { names, waits_from: waits_from.map(|at| at.to_jiff()) })
}

/// The recruiter has looked at what waited from `seen` on. `false` where something else waits by now.
pub async fn looked(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    seen: Timestamp,
) -> Result<bool, sqlx::Error> {
    let looked = sqlx::query(
        "update application_private
         set knows_waits_from = null
         where application_id = $1 and knows_waits_from = $2",
    )
    .bind(allowed.application())
    .bind(seen.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(looked.rows_affected() > 0 || knows(tx, allowed).await?.waits_from.is_none())
}
