//! Who is behind an application, for administrators: each look is written down.

use sqlx::FromRow;

use crate::assignment::access::{Looks, MaySeeIdentity, Parties};
use crate::assignment::events;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ApplicationId};
use crate::web::allowed::Allowed;

/// What the rule has to know of an application and whoever asks. A private read that takes no capability.
pub async fn facts(
    db: &Db,
    id: ApplicationId,
    account: AccountId,
) -> Result<Option<Looks>, sqlx::Error> {
    let row: Option<(AccountId, AccountId, Option<AccountId>, bool)> = sqlx::query_as(
        "select p.candidate_id, p.recruiter_id, p.manager_id,
           exists (
             select
             from seat_in_force m
             where m.application_id = p.application_id and m.account_id = $2)
         from application p
         where p.application_id = $1",
    )
    .bind(id)
    .bind(account)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.map(|(candidate, recruiter, manager, sits)| Looks {
        parties: Parties { application: id, candidate, recruiter, manager },
        sits,
    }))
}

/// An application without who it is.
#[derive(Debug, FromRow)]
pub struct Unnamed {
    pub alias: String,
    pub track: String,
    #[sqlx(rename = "target_level")]
    pub level: i16,
    pub created_at: jiff_sqlx::Timestamp,
    pub is_closed: bool,
}

pub async fn unnamed(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeIdentity>,
) -> Result<Unnamed, sqlx::Error> {
    sqlx::query_as(
        "select p.alias, case t.audience when '' then t.focus else t.audience end as track,
           p.target_level, p.created_at, p.closed_at is not null as is_closed
         from application p
         join track t using (track_id)
         where p.application_id = $1",
    )
    .bind(allowed.application())
    .fetch_one(tx.connection())
    .await
}

/// Who it is.
#[derive(Debug, FromRow)]
pub struct Identity {
    pub name: String,
    pub email: String,
    pub recruiter: String,
    pub manager: Option<String>,
}

/// Looks, and writes that down: whoever has looked sits on none of its panels from then on. `None` where they
/// were asked onto one meanwhile.
pub async fn see(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeIdentity>,
    now: Timestamp,
) -> Result<Option<Identity>, sqlx::Error> {
    // Whoever asks somebody onto a panel has the application locked meanwhile.
    sqlx::query("select from application where application_id = $1 for share")
        .bind(allowed.application())
        .execute(tx.connection())
        .await?;
    let may = sqlx::query(
        "insert into application_party (application_id, account_id, part)
         select $1, $2, 'administrator'
         where not exists (
           select
           from seat_in_force m
           where m.application_id = $1 and m.account_id = $2)
         on conflict (application_id, account_id) do update
         set part = application_party.part",
    )
    .bind(allowed.application())
    .bind(allowed.by())
    .execute(tx.connection())
    .await?;
    if may.rows_affected() == 0 {
        return Ok(None);
    }
    let event = Event::new(events::IDENTITY_SEEN, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application());
    record(tx, event.id("account", allowed.candidate()), now).await?;
    let seen = sqlx::query_as(
        "select a.name, a.email, r.name as recruiter, m.name as manager
         from application p
         join account a on a.account_id = p.candidate_id
         join account r on r.account_id = p.recruiter_id
         left join account m on m.account_id = p.manager_id
         where p.application_id = $1",
    )
    .bind(allowed.application())
    .fetch_one(tx.connection())
    .await?;
    Ok(Some(seen))
}
