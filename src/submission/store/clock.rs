//! What the clock handed in, where its recruiter has to look at it: links that a blind panel does not see yet.

use jiff_sqlx::ToSqlx;

use super::submissions;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::SENDING;
use crate::assignment::store::{assignments, opening};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::ids::AssignmentId;
use crate::submission::emails;

/// How many are looked at in one go.
const BATCH: i64 = 100;

/// Writes down what was there by `now` when a clock ran out, each in a transaction of its own, and tells recruiters
/// of links that wait for them.
pub async fn write_down_due(db: &Db, now: Timestamp) -> Result<(), sqlx::Error> {
    let due: Vec<AssignmentId> = sqlx::query_scalar(
        "select g.assignment_id
         from assignment g
         join application p using (application_id)
         join draft d using (assignment_id)
         where g.state = 'in_progress' and g.cutoff_at <= $3 and g.is_blind and d.links <> '{}'
           and p.closed_at is null and assignment_phase(g, $1) = 'voting'
           and not exists (
             select from submission u where u.assignment_id = g.assignment_id and u.stands)
         order by g.cutoff_at, g.assignment_id
         limit $2",
    )
    .bind(now.to_sqlx())
    .bind(BATCH)
    // A file that was begun in time may still be on its way.
    .bind((now - SENDING).to_sqlx())
    .fetch_all(db.begin_reading().await?.connection())
    .await?;
    for id in due {
        if let Err(error) = write_down(db, id, now).await {
            tracing::error!(assignment = %id, %error, "what the clock handed in could not be written down");
        }
    }
    Ok(())
}

async fn write_down(db: &Db, id: AssignmentId, now: Timestamp) -> Result<(), sqlx::Error> {
    let mut tx = db.begin().await?;
    let Some(given) = assignments::facts_again(&mut tx, id).await? else { return Ok(()) };
    let Some(it) = opening::locked(&mut tx, &given).await? else { return Ok(()) };
    // Whose it is may have changed before it was locked.
    let Some(given) = assignments::facts_again(&mut tx, id).await? else { return Ok(()) };
    let settled = settle(it.format, it.state.clone(), now);
    if settled.arrives_until(it.format).is_some_and(|until| now < until) {
        return Ok(());
    }
    if let Some(submission) = submissions::write_down(&mut tx, &it, now).await? {
        emails::links_wait(&mut tx, given.parties.recruiter, submission, now).await?;
    }
    let _nobody_waits = tx.commit().await?;
    Ok(())
}
