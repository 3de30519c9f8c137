//! Reserves: called once for a stage where fewer than enough have voted when the clock asks for its opening. It
//! is the one thing that is told of votes before they are open.

use jiff_sqlx::ToSqlx;

use crate::assignment::access::Given;
use crate::assignment::application::Assignment;
use crate::assignment::store::panels;
use crate::clock::Timestamp;
use crate::db::Tx;

/// Calls a reserve for a panel that the caller has locked, which voted past its time and has an order, and did not
/// open: so fewer than enough have voted. Called again, nothing is done.
pub(super) async fn call(
    tx: &mut Tx,
    it: &Assignment,
    given: &Given,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let called = sqlx::query(
        "insert into reserve (assignment_id, called_at)
         values ($1, $2)
         on conflict (assignment_id) do nothing",
    )
    .bind(it.id)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    if called.rows_affected() > 0 {
        panels::call_reserve(tx, it, given, now).await?;
    }
    Ok(())
}
