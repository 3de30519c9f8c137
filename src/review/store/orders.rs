//! Standing orders: that a panel opens once enough have voted.

use jiff_sqlx::ToSqlx;

use super::opening;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Opening, Phase};
use crate::assignment::store::{assignments, opening::locked};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::AccountId;
use crate::review::access::{MayDebrief, MayOrderOpening};
use crate::review::events;
use crate::review::model::Order;
use crate::web::allowed::{Allowed, Viewer};

/// The standing order of a panel.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MayDebrief>,
) -> Result<Option<Order>, sqlx::Error> {
    type Row = (jiff_sqlx::Timestamp, Option<AccountId>, Option<jiff_sqlx::Timestamp>);
    let row: Option<Row> = sqlx::query_as(
        // One from before the work was given back tells of other votes.
        "select o.given_at, o.given_by, r.called_at
         from standing_order o
         join assignment g using (assignment_id)
         left join reserve r on r.assignment_id = g.assignment_id
           and r.called_at > coalesce(g.submitted_at, g.cutoff_at)
         where o.assignment_id = $1",
    )
    .bind(allowed.assignment())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|(at, by, reserve)| Order {
        at: at.to_jiff(),
        by,
        reserve_at: reserve.map(jiff_sqlx::Timestamp::to_jiff),
    }))
}

/// Why no order was given.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    #[error("You do not decide on this candidate any more")]
    Gone,
    #[error("{0}")]
    NotNow(&'static str),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Orders that the votes open once enough are cast, at whatever time before that; where they are cast, they open
/// now. Ordered again, it stays what it was.
pub async fn give(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayOrderOpening>,
    now: Timestamp,
) -> Result<Option<Opening>, NotGiven> {
    let it = locked(tx, asked.given()).await?;
    let it = it.ok_or(NotGiven::NotNow("This application is closed"))?;
    let allowed: Option<Allowed<MayOrderOpening>> = assignments::again(tx, viewer, it.id).await?;
    let allowed = allowed.ok_or(NotGiven::Gone)?;
    let settled = settle(it.format, it.state.clone(), now);
    match Phase::of(it.format, &settled, now) {
        Phase::Opened => return Err(NotGiven::NotNow("The votes are open already")),
        phase if phase.is_over() => {
            return Err(NotGiven::NotNow("This has ended, and is voted on no more"));
        }
        _ => {}
    }
    order(tx, &it, Some(allowed.by()), now).await?;
    Ok(opening::look(tx, &it, allowed.given(), now).await?)
}

/// Keeps an order of somebody's, or of the clock's, on an assignment that the caller has locked. The first one
/// stays.
pub(super) async fn order(
    tx: &mut Tx,
    it: &Assignment,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let kept = sqlx::query(
        "insert into standing_order (assignment_id, given_at, given_by)
         values ($1, $2, $3)
         on conflict (assignment_id) do nothing",
    )
    .bind(it.id)
    .bind(now.to_sqlx())
    .bind(by)
    .execute(tx.connection())
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    let event =
        Event::new(events::OPENING_ORDERED, by.map_or(Actor::System("votes"), Actor::Person));
    let event = event.about("application", it.application).id("assignment", it.id);
    record(tx, event, now).await
}
