//! The accounts of outside firms that have a stage.

use jiff_sqlx::ToSqlx;

use crate::account::store::accounts;
use crate::assignment::access::MayRunApplication;
use crate::audit::Actor;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId};
use crate::web::allowed::Allowed;

/// How long a firm's account lasts once it has nothing more to do.
pub const LASTS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Whoever of outside firms is here and could have a stage of this candidate's, by name.
pub async fn list(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    now: Timestamp,
) -> Result<Vec<(AccountId, String)>, sqlx::Error> {
    sqlx::query_as(
        "select a.account_id, a.name
         from account a
         where a.roles && array['external'] and a.accepted_at is not null and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $2)
           and not exists (
             select from conflict c where c.candidate_id = $1 and c.account_id = a.account_id)
         order by lower(a.name), a.account_id",
    )
    .bind(allowed.candidate())
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await
}

/// Gives a stage that the caller has locked to a firm's account. False where that is none that could have it.
pub(super) async fn give(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (id, firm): (AssignmentId, AccountId),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    if !list(tx, allowed, now).await?.iter().any(|(account, _)| *account == firm) {
        return Ok(false);
    }
    sqlx::query("insert into firm (assignment_id, account_id, asked_at) values ($1, $2, $3)")
        .bind(id)
        .bind(firm)
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
    Ok(true)
}

/// The firm's account that has a stage.
pub async fn of(tx: &mut Tx, id: AssignmentId) -> Result<Option<AccountId>, sqlx::Error> {
    sqlx::query_scalar("select account_id from firm where assignment_id = $1")
        .bind(id)
        .fetch_optional(tx.connection())
        .await
}

/// Whom a firm is asked to assess, by the alias where the stage is blind, and what the stage is called. For letters
/// alone.
pub(in crate::assignment) async fn asked_for(
    tx: &mut Tx,
    id: AssignmentId,
) -> Result<(String, String), sqlx::Error> {
    sqlx::query_as(
        "select case when g.is_blind then p.alias else a.name end, s.title
         from assignment g
         join stage s using (stage_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         where g.assignment_id = $1",
    )
    .bind(id)
    .fetch_one(tx.connection())
    .await
}

/// Lets the firm's account of a stage that is assessed end by itself, unless another stage still waits for it. When
/// it ends, where it does.
pub async fn let_end(
    tx: &mut Tx,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let done: Option<AccountId> = sqlx::query_scalar(
        "select f.account_id
         from firm f
         where f.assignment_id = $1
           and not exists (
             select
             from firm o
             join assignment g using (assignment_id)
             join application p using (application_id)
             where o.account_id = f.account_id and o.assignment_id <> f.assignment_id
               and g.state in ('assigned', 'in_progress', 'submitted') and p.closed_at is null
               and not exists (
                 select
                 from assessment a
                 where a.assignment_id = o.assignment_id and a.handed_in_at is not null))",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    match done {
        Some(firm) => {
            accounts::end_by(tx, firm, now + LASTS, Actor::System("assessment"), now).await
        }
        None => Ok(None),
    }
}
