//! Looking whether a panel opens, and what follows when it does.

use jiff_sqlx::ToSqlx;

use crate::assignment::access::Given;
use crate::assignment::application::Assignment;
use crate::assignment::model::Opening;
use crate::assignment::store::opening;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, PanelMemberId};
use crate::review::emails::{self, Told};

/// Opens the votes on an assignment that the caller has locked, where the database says that they may be; then
/// those are told who have been waiting for them.
pub(super) async fn look(
    tx: &mut Tx,
    it: &Assignment,
    given: &Given,
    now: Timestamp,
) -> Result<Option<Opening>, sqlx::Error> {
    let how: Option<String> = sqlx::query_scalar("select open_votes($1, $2)")
        .bind(it.id)
        .bind(now.to_sqlx())
        .fetch_one(tx.connection())
        .await?;
    let Some(how) = how.as_deref().and_then(Opening::from_code) else { return Ok(None) };
    let root: Vec<u8> = sqlx::query_scalar("select root from seal where assignment_id = $1")
        .bind(it.id)
        .fetch_one(tx.connection())
        .await?;
    opening::open(tx, it, (how, &root), now).await?.map_err(|refusal| {
        // The database has just said that it is voted on.
        sqlx::Error::Protocol(format!("votes were opened that cannot be: {refusal}"))
    })?;
    if let Some(manager) = given.parties.manager {
        emails::tell(tx, manager, Told::Manager, (it.id, None), now).await?;
    }
    if given.parties.manager != Some(given.parties.recruiter) {
        emails::tell(tx, given.parties.recruiter, Told::Recruiter, (it.id, None), now).await?;
    }
    for (member, account) in members(tx, it).await? {
        emails::tell(tx, account, Told::Member, (it.id, Some(member)), now).await?;
    }
    Ok(Some(how))
}

/// Everybody who sits on the panel, whoever has voted.
async fn members(
    tx: &mut Tx,
    it: &Assignment,
) -> Result<Vec<(PanelMemberId, AccountId)>, sqlx::Error> {
    sqlx::query_as(
        "select panel_member_id, account_id
         from seat_in_force
         where assignment_id = $1 and accepted_at is not null
         order by panel_member_id",
    )
    .bind(it.id)
    .fetch_all(tx.connection())
    .await
}
