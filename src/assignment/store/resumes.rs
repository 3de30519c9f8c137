//! Résumés, one to an application.

use jiff_sqlx::ToSqlx;

use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::events;
use crate::assignment::resume::Resume;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId};
use crate::web::allowed::Allowed;

/// When the résumé of an application was added, and how many bytes it has; `None` where there is none.
pub async fn about(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
) -> Result<Option<(Timestamp, usize)>, sqlx::Error> {
    let row: Option<(jiff_sqlx::Timestamp, i32)> =
        sqlx::query_as("select added_at, octet_length(pdf) from resume where application_id = $1")
            .bind(allowed.application())
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(|(at, bytes)| (at.to_jiff(), usize::try_from(bytes).unwrap_or_default())))
}

/// The file as it was given.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("select pdf from resume where application_id = $1")
        .bind(allowed.application())
        .fetch_optional(tx.connection())
        .await
}

/// Keeps a résumé in place of the one before, in an application that the caller has locked. The same again is
/// no change.
pub async fn keep(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    resume: &Resume,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    add(tx, (allowed.application(), allowed.by()), resume, now).await
}

/// The same for an application that has just been added in `tx`.
pub(super) async fn add(
    tx: &mut Tx,
    (application, by): (ApplicationId, AccountId),
    resume: &Resume,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let kept = sqlx::query(
        "insert into resume as r (application_id, pdf, added_at, added_by)
         values ($1, $2, $3, $4)
         on conflict (application_id) do update
         set pdf = excluded.pdf, added_at = excluded.added_at, added_by = excluded.added_by
         where r.pdf <> excluded.pdf",
    )
    .bind(application)
    .bind(resume.bytes())
    .bind(now.to_sqlx())
    .bind(by)
    .execute(tx.connection())
    .await?;
    match kept.rows_affected() {
        0 => Ok(()),
        _ => note(tx, (application, by), events::RESUME_KEPT, now).await,
    }
}

/// Removes the résumé of an application that the caller has locked.
pub async fn remove(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let removed = sqlx::query("delete from resume where application_id = $1")
        .bind(allowed.application())
        .execute(tx.connection())
        .await?;
    match removed.rows_affected() {
        0 => Ok(()),
        _ => note(tx, (allowed.application(), allowed.by()), events::RESUME_REMOVED, now).await,
    }
}

async fn note(
    tx: &mut Tx,
    (application, by): (ApplicationId, AccountId),
    action: &'static str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let event = Event::new(action, Actor::Person(by));
    record(tx, event.about("application", application), now).await
}
