//! What opens without anybody doing anything: work without a panel as soon as it is final, and panels that have
//! kept the candidate waiting too long, once enough have voted. Where they have not, a reserve is called.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::{opening, orders, reserve};
use crate::account::store::calendar;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::store::assignments;
use crate::assignment::store::opening::locked;
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AssignmentId;

/// Working days beyond its promise after which a panel opens once enough have voted.
pub const PATIENCE: u16 = 2;
/// How many are looked at in one go.
const BATCH: usize = 100;

/// Work that is voted on, with when its promise counts from: the hand-in, or what was fixed since.
#[derive(FromRow)]
struct Voted {
    assignment_id: AssignmentId,
    handed_in: jiff_sqlx::Timestamp,
    panel_size: i16,
    answer_within_days: i16,
}

impl Voted {
    fn opens_at(&self, days: &WorkingDays) -> Timestamp {
        let handed_in = self.handed_in.to_jiff();
        match self.panel_size {
            0 => handed_in,
            _ => {
                let promised: u16 = self.answer_within_days.try_into().unwrap_or_default();
                days.after(handed_in, promised + PATIENCE)
            }
        }
    }
}

/// Opens what is due to open by `now`, each in a transaction of its own.
pub async fn open_due(db: &Db, now: Timestamp) -> Result<(), sqlx::Error> {
    let due: Vec<Voted> = {
        let mut tx = db.begin_reading().await?;
        let days = calendar::find(&mut tx).await?.calendar.working_days();
        let voted = voted_on(&mut tx, now).await?.into_iter();
        voted.filter(|it| it.opens_at(&days) <= now).take(BATCH).collect()
    };
    // One that cannot be opened keeps no other from it.
    for it in due {
        if let Err(error) = open_in_its_own(db, &it, now).await {
            tracing::error!(assignment = %it.assignment_id, %error, "could not look whether a panel opens");
        }
    }
    Ok(())
}

/// Sets aside the votes on what was withdrawn for good by `now`. It looks at every vote that is sealed.
pub async fn set_aside_withdrawn(db: &Db, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    sqlx::query("select set_aside_withdrawn_votes($1)")
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    let _nobody_waits = tx.commit().await?;
    Ok(())
}

async fn open_in_its_own(db: &Db, it: &Voted, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    open_one(&mut tx, it, now).await?;
    let _nobody_waits = tx.commit().await?;
    Ok(())
}

/// What is voted on without a panel, or for longer than promised and without an order or a reserve. Nothing of it
/// depends on who has voted, but for this: what has both by then has not opened.
async fn voted_on(tx: &mut Tx, now: Timestamp) -> Result<Vec<Voted>, sqlx::Error> {
    sqlx::query_as(
        "select g.assignment_id, counts_from(g) as handed_in, g.panel_size,
           g.answer_within_days
         from assignment g
         join application p using (application_id)
         where g.state in ('in_progress', 'submitted') and coalesce(g.submitted_at, g.cutoff_at) <= $1
           and (g.decides = 'votes' or exists (
             select
             from assessment f
             where f.assignment_id = g.assignment_id and f.handed_in_at is not null))
           and (g.panel_size = 0
             or counts_from(g) + (g.answer_within_days + $2) * interval '1 day' <= $1
               and not exists (
                 select
                 from standing_order o
                 join reserve r using (assignment_id)
                 where o.assignment_id = g.assignment_id))
           and p.closed_at is null and assignment_phase(g, $1) = 'voting'
         order by handed_in, g.assignment_id",
    )
    .bind(now.to_sqlx())
    .bind(i32::from(PATIENCE))
    .fetch_all(tx.connection())
    .await
}

async fn open_one(tx: &mut Tx, voted: &Voted, now: Timestamp) -> Result<(), sqlx::Error> {
    let id = voted.assignment_id;
    let Some(given) = assignments::facts_again(tx, id).await? else { return Ok(()) };
    let Some(it) = locked(tx, &given).await? else { return Ok(()) };
    // Whose it is may have changed before it was locked.
    let Some(given) = assignments::facts_again(tx, id).await? else { return Ok(()) };
    let state = settle(it.format, it.state.clone(), now);
    if Phase::of(it.format, &state, now) != Phase::Voting {
        return Ok(());
    }
    if it.panel.size > 0 {
        orders::order(tx, &it, None, now).await?;
    }
    let opened = opening::look(tx, &it, &given, now).await?;
    if opened.is_none() && it.panel.size > 0 {
        reserve::call(tx, &it, &given, now).await?;
    }
    Ok(())
}
