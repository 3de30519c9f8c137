//! Calendar feeds: an interviewer's dates, under an address that is a secret.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::token::TokenHash;
use crate::assignment::access::MayInterview;
use crate::assignment::events;
use crate::assignment::panel::latest;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::ids::{AssignmentId, PanelMemberId};
use crate::web::allowed::Allowed;

/// When the feed of whoever asks was made; `None` where they have none.
pub async fn made_at(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let at: Option<jiff_sqlx::Timestamp> =
        sqlx::query_scalar("select made_at from calendar_feed where account_id = $1")
            .bind(allowed.account())
            .fetch_optional(tx.connection())
            .await?;
    Ok(at.map(|at| at.to_jiff()))
}

/// Gives the feed of whoever asks this address, in place of any before.
pub async fn make(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    token: TokenHash,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into calendar_feed (account_id, token_hash, made_at)
         values ($1, $2, $3)
         on conflict (account_id) do update set token_hash = $2, made_at = $3",
    )
    .bind(allowed.account())
    .bind(token.as_bytes())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    note(tx, allowed, events::FEED_MADE, now).await
}

/// Ends the feed of whoever asks.
pub async fn revoke(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let ended = sqlx::query("delete from calendar_feed where account_id = $1")
        .bind(allowed.account())
        .execute(tx.connection())
        .await?;
    match ended.rows_affected() {
        0 => Ok(()),
        _ => note(tx, allowed, events::FEED_REVOKED, now).await,
    }
}

async fn note(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    action: &'static str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let event = Event::new(action, Actor::Person(allowed.account()));
    record(tx, event.about("account", allowed.account()), now).await
}

/// A date of a panel, as a calendar shows it.
#[derive(Debug)]
pub struct Entry {
    pub member: PanelMemberId,
    pub assignment: AssignmentId,
    pub stage: String,
    /// The alias, or the name where the panel is not blind.
    pub who: String,
    pub has_accepted: bool,
    pub answer_by: Timestamp,
    /// By when the work is here at the latest, while it has not begun.
    pub expected: Option<Timestamp>,
    pub needs_until: Option<Date>,
    pub version: i32,
}

#[derive(FromRow)]
struct EntryRow {
    panel_member_id: PanelMemberId,
    assignment_id: AssignmentId,
    title: String,
    who: String,
    has_accepted: bool,
    answer_by: jiff_sqlx::Timestamp,
    start_by: Option<jiff_sqlx::Timestamp>,
    usual_minutes: Option<i32>,
    needs_until: Option<jiff_sqlx::Date>,
    version: i32,
}

/// The zone of a feed's owner and the dates of their panels, to whoever has its secret; `None` where it opens
/// nothing, or its owner may no longer interview.
pub async fn read(
    db: &Db,
    token: TokenHash,
    now: Timestamp,
) -> Result<Option<(String, Vec<Entry>)>, sqlx::Error> {
    let mut tx = db.begin_reading().await?;
    let owner: Option<(uuid::Uuid, String)> = sqlx::query_as(
        "select a.account_id, a.zone
         from calendar_feed f
         join account a using (account_id)
         where f.token_hash = $1
           and a.roles && array['interviewer']
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $2)",
    )
    .bind(token.as_bytes())
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    let Some((owner, zone)) = owner else { return Ok(None) };
    let rows: Vec<EntryRow> = sqlx::query_as(
        "select m.panel_member_id, m.assignment_id, s.title, m.who,
           m.accepted_at is not null as has_accepted, m.answer_by, m.needs_until,
           -- Once it has begun, there is no day that would tell nothing of the candidate's time.
           case g.state when 'assigned' then g.start_by end as start_by, g.usual_minutes, m.version
         from seat_in_force m
         join assignment g using (assignment_id)
         join stage s on s.stage_id = m.stage_id
         where m.account_id = $1 and m.goes_on and m.lapses_at > $2
         order by m.answer_by, m.panel_member_id
         limit 200",
    )
    .bind(owner)
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    let minutes = |minutes: i32| SignedDuration::from_mins(minutes.into());
    let entry = |row: EntryRow| Entry {
        member: row.panel_member_id,
        assignment: row.assignment_id,
        stage: row.title,
        who: row.who,
        has_accepted: row.has_accepted,
        answer_by: row.answer_by.to_jiff(),
        expected: latest(row.start_by.map(|at| at.to_jiff()), row.usual_minutes.map(minutes)),
        needs_until: row.needs_until.map(jiff_sqlx::Date::to_jiff),
        version: row.version,
    };
    Ok(Some((zone, rows.into_iter().map(entry).collect())))
}
