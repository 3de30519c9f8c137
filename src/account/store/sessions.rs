//! Browsers signed in.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::events::{self, By};
use crate::account::model::{Session, session_limits};
use crate::account::store::accounts::roles;
use crate::account::store::pending;
use crate::account::token::TokenHash;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::ids::{AccountId, SessionId};
use crate::web::allowed::Allowed;
use crate::web::viewer::{Person, Roles, Viewer};

/// How old the note of a session's last use may be.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(5);

#[derive(FromRow)]
struct FoundRow {
    session_id: SessionId,
    account_id: AccountId,
    name: String,
    roles: Vec<String>,
    zone: String,
    started_at: jiff_sqlx::Timestamp,
    seen_at: jiff_sqlx::Timestamp,
    proved_at: jiff_sqlx::Timestamp,
    renew: bool,
    lacks_factor: bool,
}

/// A session that stands, and what has to be done about it before the request goes on.
#[derive(Debug)]
pub struct Found {
    pub person: Arc<Person>,
    /// Its token has to be replaced.
    pub renew: bool,
    /// Its last use has to be noted.
    pub note: bool,
}

/// The session of a token, if it stands and its account may be used.
pub async fn find(db: &Db, hash: TokenHash, now: Timestamp) -> Result<Option<Found>, sqlx::Error> {
    let row: Option<FoundRow> = sqlx::query_as(
        "select s.session_id, s.account_id, a.name, a.roles, a.zone, s.started_at, s.seen_at,
           s.proved_at, s.renew,
           exists (select from organisation where second_factor_required)
             and not s.is_vouched_for
             and not exists (select from account_totp t where t.account_id = s.account_id)
             and not exists (select from account_passkey p where p.account_id = s.account_id)
             as lacks_factor
         from account_session s
         join account a using (account_id)
         where s.token_hash = $1
           and s.ended_at is null
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $2)",
    )
    .bind(hash.as_bytes())
    .bind(now.to_sqlx())
    .fetch_optional(db.pool())
    .await?;
    Ok(row.and_then(|row| found(row, now)))
}

/// Whoever asks, with the roles they have now, their account kept as it is until `tx` ends: roles can be taken
/// away, and accounts closed, while a request waits for its turn. Nobody, where nothing is left to them.
pub async fn again(tx: &mut Tx, viewer: &Viewer) -> Result<Viewer, sqlx::Error> {
    let Viewer::Person(person) = viewer else { return Ok(viewer.clone()) };
    let codes: Option<Vec<String>> = sqlx::query_scalar(
        "select roles from account where account_id = $1 and disabled_at is null for share",
    )
    .bind(person.account)
    .fetch_optional(tx.connection())
    .await?;
    let kept = codes.as_deref().and_then(roles);
    let kept =
        kept.and_then(|kept| Roles::new(person.roles.iter().filter(|one| kept.has(*one))).ok());
    Ok(kept.map_or(Viewer::Anonymous, |roles| {
        Viewer::Person(Arc::new(Person { roles, ..Person::clone(person) }))
    }))
}

/// Whether the session somebody asked from still stands: it can be ended while they send something large. A token has
/// none.
pub async fn stands(tx: &mut Tx, viewer: &Viewer) -> Result<bool, sqlx::Error> {
    let Some(session) = viewer.person().and_then(|person| person.session) else { return Ok(true) };
    sqlx::query_scalar(
        "select exists (select from account_session where session_id = $1 and ended_at is null)",
    )
    .bind(session)
    .fetch_one(tx.connection())
    .await
}

fn found(row: FoundRow, now: Timestamp) -> Option<Found> {
    let roles = roles(&row.roles)?;
    let (idle, longest) = session_limits(roles);
    let (started, seen) = (row.started_at.to_jiff(), row.seen_at.to_jiff());
    if now.duration_since(seen) > idle || now.duration_since(started) > longest {
        return None;
    }
    let person = Person {
        account: row.account_id,
        session: Some(row.session_id),
        name: row.name,
        roles,
        zone: TimeZone::get(&row.zone).unwrap_or(TimeZone::UTC),
        proved_at: row.proved_at.to_jiff(),
        must_enrol: row.lacks_factor && roles.is_staff(),
    };
    let note = now.duration_since(seen) > SEEN_WITHIN;
    Some(Found { person: Arc::new(person), renew: row.renew, note })
}

/// Notes that the session of `token` was used; with `next`, gives it that token in place of its own.
/// False when another request was quicker.
pub async fn note(
    tx: &mut Tx,
    token: TokenHash,
    next: Option<TokenHash>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let noted = sqlx::query(
        "update account_session
         set seen_at = $2, token_hash = coalesce($3, token_hash), renew = renew and $3 is null
         where token_hash = $1 and ended_at is null",
    )
    .bind(token.as_bytes())
    .bind(now.to_sqlx())
    .bind(next.as_ref().map(TokenHash::as_bytes))
    .execute(tx.connection())
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// Ends the session of `token`, if there is one: its browser has just proved itself anew.
pub async fn end_of(tx: &mut Tx, token: TokenHash, now: Timestamp) -> Result<(), sqlx::Error> {
    let ended: Option<(AccountId, SessionId)> = sqlx::query_as(
        "update account_session
         set ended_at = $2
         where token_hash = $1 and ended_at is null
         returning account_id, session_id",
    )
    .bind(token.as_bytes())
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    if let Some((account, session)) = ended {
        let event = Event::new(events::SIGNED_OUT, Actor::Person(account));
        record(tx, event.about("session", session).code("why", "signed_in_anew"), now).await?;
    }
    Ok(())
}

/// The browser a session begins in.
#[derive(Clone, Copy, Debug)]
pub struct Browser<'a> {
    /// What it calls itself.
    pub device: &'a str,
    /// The hash of its lasting secret.
    pub secret: TokenHash,
}

/// Begins a session of an account that has just proved itself by what is said.
pub async fn start(
    tx: &mut Tx,
    (account, by): (AccountId, By),
    token: TokenHash,
    browser: Browser<'_>,
    now: Timestamp,
) -> Result<SessionId, sqlx::Error> {
    let id = SessionId::new();
    sqlx::query(
        "insert into account_session
           (session_id, account_id, token_hash, device, browser_hash, started_at, seen_at,
            proved_at, is_vouched_for)
         values ($1, $2, $3, $4, $5, $6, $6, $6, $7)",
    )
    .bind(id)
    .bind(account)
    .bind(token.as_bytes())
    .bind(browser.device)
    .bind(browser.secret.as_bytes())
    .bind(now.to_sqlx())
    .bind(by == By::Provider)
    .execute(tx.connection())
    .await?;
    let event = Event::new(events::SIGNED_IN, Actor::Person(account)).about("session", id);
    record(tx, event.code("by", by.code()), now).await?;
    Ok(id)
}

#[derive(FromRow)]
struct ListedRow {
    session_id: SessionId,
    device: String,
    started_at: jiff_sqlx::Timestamp,
    seen_at: jiff_sqlx::Timestamp,
}

/// One's own sessions that stand, the last used first. `roles` are one's own: they say how long a session
/// lasts.
pub async fn list(
    db: &Db,
    allowed: &Allowed<MayKeepOwnAccount>,
    roles: Roles,
    now: Timestamp,
) -> Result<Vec<Session>, sqlx::Error> {
    let rows: Vec<ListedRow> = sqlx::query_as(
        "select session_id, device, started_at, seen_at
         from account_session
         where account_id = $1 and ended_at is null
         order by seen_at desc, session_id",
    )
    .bind(allowed.account())
    .fetch_all(db.pool())
    .await?;
    let session = |row: ListedRow| Session {
        id: row.session_id,
        device: row.device,
        started_at: row.started_at.to_jiff(),
        seen_at: row.seen_at.to_jiff(),
        is_this: row.session_id == allowed.session(),
    };
    let (idle, longest) = session_limits(roles);
    let stands = |session: &Session| {
        now.duration_since(session.seen_at) <= idle
            && now.duration_since(session.started_at) <= longest
    };
    Ok(rows.into_iter().map(session).filter(stands).collect())
}

/// Which of one's own sessions to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    This,
    One(SessionId),
    Others,
}

/// Ends sessions of one's own.
pub async fn end(
    tx: &mut Tx,
    allowed: &Allowed<impl OwnAccount>,
    which: Which,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    if end_these(tx, allowed, which, now).await? == 0 {
        return Ok(());
    }
    let by = Actor::Person(allowed.account());
    let event = match which {
        Which::This => Event::new(events::SIGNED_OUT, by).about("session", allowed.session()),
        Which::One(session) => Event::new(events::SESSION_REVOKED, by).about("session", session),
        Which::Others => Event::new(events::SESSIONS_REVOKED, by),
    };
    record(tx, event, now).await
}

/// Ends every session of one's own but this one, as a part of something that is recorded itself.
pub(super) async fn end_others(
    tx: &mut Tx,
    allowed: &Allowed<impl OwnAccount>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    end_these(tx, allowed, Which::Others, now).await.map(|_| ())
}

/// How many that were.
async fn end_these(
    tx: &mut Tx,
    allowed: &Allowed<impl OwnAccount>,
    which: Which,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let (only, except) = match which {
        Which::This => (Some(allowed.session()), None),
        Which::One(session) => (Some(session), None),
        Which::Others => (None, Some(allowed.session())),
    };
    let ended = sqlx::query(
        "update account_session
         set ended_at = $4
         where account_id = $1
           and ended_at is null
           and ($2::uuid is null or session_id = $2)
           and session_id is distinct from $3",
    )
    .bind(allowed.account())
    .bind(only)
    .bind(except)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(ended.rows_affected())
}

/// Notes that who is signed in has just proved it once more.
pub async fn prove(
    tx: &mut Tx,
    allowed: &Allowed<impl OwnAccount>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update account_session set proved_at = $2 where session_id = $1 and ended_at is null",
    )
    .bind(allowed.session())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Gives every session of one's own a new token at its next request: what opens the account has
/// changed.
pub async fn renew(tx: &mut Tx, allowed: &Allowed<impl OwnAccount>) -> Result<(), sqlx::Error> {
    renew_all(tx, allowed.account()).await
}

/// Ends every session of an account, and every sign-in to it that waits.
pub(super) async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update account_session set ended_at = $2 where account_id = $1 and ended_at is null",
    )
    .bind(account)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    pending::end_all(tx, account).await
}

/// Ends every session of an account but one.
pub(super) async fn end_all_but(
    tx: &mut Tx,
    account: AccountId,
    kept: SessionId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update account_session
         set ended_at = $3
         where account_id = $1 and session_id <> $2 and ended_at is null",
    )
    .bind(account)
    .bind(kept)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Gives every session of an account a new token at its next request.
pub(super) async fn renew_all(tx: &mut Tx, account: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update account_session set renew = true where account_id = $1 and ended_at is null",
    )
    .bind(account)
    .execute(tx.connection())
    .await?;
    Ok(())
}
