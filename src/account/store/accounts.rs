//! Accounts: found for signing in, kept by those who manage people, changed by their owners.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::access::{Invites, MayKeepOwnAccount, MayManagePeople, OwnAccount, ReadsNames};
use crate::account::emails::safety::{self, Happened};
use crate::account::events;
use crate::account::model::{Account, NewAccount, Standing};
use crate::account::store::tokens::Purpose;
use crate::account::store::{pending, personal_tokens, sessions, tokens};
use crate::account::token::TokenHash;
use crate::audit::store::{record, record_all};
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::viewer::{Role, Roles};

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error("This address has an account already")]
    EmailTaken,
    #[error(
        "There has to be an administrator who can sign in, and this is the last one. Make somebody else \
         administrator first, and wait until they have accepted"
    )]
    LastAdministrator,
    #[error("Somebody else changed this account meanwhile; look again, then change it")]
    Changed,
    #[error("This role is not yours to give; an administrator can")]
    RoleNotYours,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

#[derive(FromRow)]
struct AccountRow {
    account_id: AccountId,
    email: String,
    name: String,
    roles: Vec<String>,
    zone: String,
    created_at: jiff_sqlx::Timestamp,
    accepted_at: Option<jiff_sqlx::Timestamp>,
    disabled_at: Option<jiff_sqlx::Timestamp>,
    ends_at: Option<jiff_sqlx::Timestamp>,
    seen_at: Option<jiff_sqlx::Timestamp>,
    version: i32,
}

/// Roles as they are stored. The database holds no others.
pub(super) fn roles(codes: &[String]) -> Option<Roles> {
    Roles::new(codes.iter().filter_map(|code| Role::from_code(code))).ok()
}

fn account(row: AccountRow) -> Option<Account> {
    let time = |time: jiff_sqlx::Timestamp| time.to_jiff();
    Some(Account {
        id: row.account_id,
        email: row.email,
        name: row.name,
        roles: roles(&row.roles)?,
        zone: row.zone,
        created_at: row.created_at.to_jiff(),
        accepted_at: row.accepted_at.map(time),
        disabled_at: row.disabled_at.map(time),
        ends_at: row.ends_at.map(time),
        seen_at: row.seen_at.map(time),
        version: row.version,
    })
}

/// What signing in has to know of an address. Told to nobody.
#[derive(Debug, FromRow)]
pub struct Claimed {
    pub account_id: AccountId,
    pub password: Option<String>,
    /// It was accepted, is not disabled, and has not ended.
    pub is_active: bool,
    /// The browser that asks was signed in to it before.
    pub knows_browser: bool,
}

pub async fn claimed(
    db: &Db,
    email_key: &str,
    browser: TokenHash,
    now: Timestamp,
) -> Result<Option<Claimed>, sqlx::Error> {
    sqlx::query_as(
        "select account_id, password,
           accepted_at is not null and disabled_at is null
             and (ends_at is null or ends_at > $2) as is_active,
           exists (
             select from account_session s
             where s.account_id = a.account_id and s.browser_hash = $3) as knows_browser
         from account a
         where email_key = $1",
    )
    .bind(email_key)
    .bind(now.to_sqlx())
    .bind(browser.as_bytes())
    .fetch_optional(db.pool())
    .await
}

/// Notes that somebody has tried too often to sign in, whether or not the address has an account.
pub async fn note_burst(
    tx: &mut Tx,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let mut event = Event::new(events::TRIES_SLOWED, Actor::Nobody);
    if let Some(account) = account {
        event = event.about("account", account);
    }
    record(tx, event, now).await
}

/// Whether anybody looks after this portal: who was only invited to has not come yet.
pub async fn has_administrator(db: &Db) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (
           select from account where roles @> array['administrator'] and accepted_at is not null)",
    )
    .fetch_one(db.pool())
    .await
}

/// Adds an account that waits for its invitation to be accepted.
pub async fn add<C: Invites>(
    tx: &mut Tx,
    allowed: &Allowed<C>,
    new: &NewAccount,
    now: Timestamp,
) -> Result<AccountId, Refused> {
    if !allowed.may_give(new.roles) {
        return Err(Refused::RoleNotYours);
    }
    let id = insert(tx, new, now).await?;
    let roles = new.roles.iter().map(Role::code);
    let event = Event::new(events::INVITED, allowed.by()).about("account", id);
    record(tx, event.codes("roles", roles), now).await?;
    Ok(id)
}

/// Adds many accounts that wait for their invitation, in the order given: all, or none where an address is
/// taken.
pub async fn add_all<C: Invites>(
    tx: &mut Tx,
    allowed: &Allowed<C>,
    new: &[&NewAccount],
    now: Timestamp,
) -> Result<Vec<AccountId>, Refused> {
    if !new.iter().all(|new| allowed.may_give(new.roles)) {
        return Err(Refused::RoleNotYours);
    }
    let ids: Vec<AccountId> = new.iter().map(|_| AccountId::new()).collect();
    let added = sqlx::query(
        "insert into account (account_id, email, email_key, name, roles, created_at, ends_at)
         select n.account_id, n.email, n.email_key, n.name, string_to_array(n.roles, ','), $6, n.ends_at
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $7::timestamptz[])
           as n (account_id, email, email_key, name, roles, ends_at)
         order by n.email_key
         on conflict (email_key) do nothing",
    )
    .bind(&ids)
    .bind(new.iter().map(|new| new.email.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.email.key()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.name.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.roles.codes().join(",")).collect::<Vec<_>>())
    .bind(now.to_sqlx())
    .bind(new.iter().map(|new| new.ends_at.map(|end| end.to_sqlx())).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    if added.rows_affected() != ids.len() as u64 {
        return Err(Refused::EmailTaken);
    }
    let event = |(id, new): (&AccountId, &&NewAccount)| {
        let event = Event::new(events::INVITED, allowed.by()).about("account", *id);
        event.codes("roles", new.roles.iter().map(Role::code))
    };
    record_all(tx, &ids.iter().zip(new).map(event).collect::<Vec<_>>(), now).await?;
    Ok(ids)
}

/// Adds the first account, ready to be used: of whoever holds the set-up link, which the caller has just
/// redeemed.
pub async fn add_first(
    tx: &mut Tx,
    new: &NewAccount,
    zone: &str,
    password: &str,
    now: Timestamp,
) -> Result<AccountId, Refused> {
    let id = insert(tx, new, now).await?;
    take_over(tx, id, &new.name, zone, Some(password), now).await?;
    record(tx, Event::new(events::SET_UP, Actor::Person(id)), now).await?;
    Ok(id)
}

async fn insert(tx: &mut Tx, new: &NewAccount, now: Timestamp) -> Result<AccountId, Refused> {
    let added: Option<AccountId> = sqlx::query_scalar(
        "insert into account (account_id, email, email_key, name, roles, created_at, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (email_key) do nothing
         returning account_id",
    )
    .bind(AccountId::new())
    .bind(new.email.as_str())
    .bind(new.email.key())
    .bind(&new.name)
    .bind(new.roles.codes())
    .bind(now.to_sqlx())
    .bind(new.ends_at.map(|end| end.to_sqlx()))
    .fetch_optional(tx.connection())
    .await?;
    added.ok_or(Refused::EmailTaken)
}

/// The account an invitation is for, as long as it can be accepted.
pub async fn invited(
    db: &Db,
    id: AccountId,
    now: Timestamp,
) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<AccountRow> = sqlx::query_as(
        "select account_id, email, name, roles, zone, created_at, accepted_at, disabled_at, ends_at,
           null::timestamptz as seen_at, version
         from account
         where account_id = $1
           and accepted_at is null
           and disabled_at is null
           and (ends_at is null or ends_at > $2)",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .fetch_optional(db.pool())
    .await?;
    Ok(row.and_then(account))
}

/// Accepts an invitation that the caller has just redeemed. False when it cannot be accepted.
pub async fn accept(
    tx: &mut Tx,
    id: AccountId,
    name: &str,
    zone: &str,
    password: Option<&str>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let is_accepted = take_over(tx, id, name, zone, password, now).await?;
    if is_accepted {
        let event = Event::new(events::ACCEPTED, Actor::Person(id)).about("account", id);
        record(tx, event, now).await?;
    }
    Ok(is_accepted)
}

async fn take_over(
    tx: &mut Tx,
    id: AccountId,
    name: &str,
    zone: &str,
    password: Option<&str>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let is_administrator: Option<bool> = sqlx::query_scalar(
        "update account
         set name = $2, zone = $3, password = $4, accepted_at = $5, version = version + 1
         where account_id = $1
           and accepted_at is null
           and disabled_at is null
           and (ends_at is null or ends_at > $5)
         returning roles @> array['administrator']",
    )
    .bind(id)
    .bind(name)
    .bind(zone)
    .bind(password)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    if is_administrator == Some(true) {
        // From the first administrator on, no link that was printed makes another.
        tokens::withdraw(tx, Purpose::SetUp, None, now).await?;
    }
    Ok(is_administrator.is_some())
}

/// Whether a password that was checked against `kept` still opens the account. Nobody changes it until
/// the transaction ends.
pub async fn still_opens(
    tx: &mut Tx,
    id: AccountId,
    kept: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let found: Option<i32> = sqlx::query_scalar(
        "select 1
         from account
         where account_id = $1
           and password = $2
           and accepted_at is not null
           and disabled_at is null
           and (ends_at is null or ends_at > $3)
         for update",
    )
    .bind(id)
    .bind(kept)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    Ok(found.is_some())
}

/// Replaces a hash by one of the present cost, unless the password was changed meanwhile.
pub async fn rehash(
    tx: &mut Tx,
    id: AccountId,
    before: &str,
    after: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query("update account set password = $3 where account_id = $1 and password = $2")
        .bind(id)
        .bind(before)
        .bind(after)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Which people a list shows.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Part of a name or address, as typed.
    pub text: String,
    pub role: Option<Role>,
    /// Those who stand like this at that time.
    pub standing: Option<(Standing, Timestamp)>,
    /// The list goes on after this name and account.
    pub after: Option<(String, AccountId)>,
}

/// People by name; at most `limit`. “muller” finds Müller, and the other way round.
pub async fn list(
    db: &Db,
    _: &Allowed<MayManagePeople>,
    wanted: &Wanted,
    limit: usize,
) -> Result<Vec<Account>, sqlx::Error> {
    let (after_name, after_id) = wanted.after.clone().unzip();
    let rows: Vec<AccountRow> = sqlx::query_as(
        "select account_id, email, name, roles, zone, created_at, accepted_at, disabled_at, ends_at,
           (select max(s.seen_at) from account_session s where s.account_id = a.account_id)
             as seen_at, version
         from account a
         where ($1 = ''
             or strpos(lower(name), lower($1)) > 0
             or strpos(email_key, lower($1)) > 0
             or strpos(
               regexp_replace(normalize(lower(name), NFD), '[\\u0300-\\u036f]', '', 'g'),
               regexp_replace(normalize(lower($1), NFD), '[\\u0300-\\u036f]', '', 'g')) > 0)
           and ($2::text is null or roles @> array[$2])
           and ($3::text is null or (lower(name), account_id) > (lower($3), $4::uuid))
           and ($6::text is null
             or case
                  when disabled_at is not null then 'disabled'
                  when ends_at <= $7 then 'ended'
                  when accepted_at is null then 'invited'
                  else 'active'
                end = $6)
         order by lower(name), account_id
         limit $5",
    )
    .bind(&wanted.text)
    .bind(wanted.role.map(Role::code))
    .bind(after_name)
    .bind(after_id)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .bind(wanted.standing.map(|(standing, _)| standing.code()))
    .bind(wanted.standing.map(|(_, now)| now.to_sqlx()))
    .fetch_all(db.pool())
    .await?;
    Ok(rows.into_iter().filter_map(account).collect())
}

/// Which of these addresses, by key, have an account.
pub async fn known(
    db: &Db,
    _: &Allowed<MayManagePeople>,
    keys: &[String],
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("select email_key from account where email_key = any($1) order by email_key")
        .bind(keys)
        .fetch_all(db.pool())
        .await
}

/// The account of an address, by key: whose it is, and whether it is closed.
pub async fn of_address(
    db: &Db,
    _: &Allowed<MayManagePeople>,
    key: &str,
) -> Result<Option<(AccountId, String, bool)>, sqlx::Error> {
    sqlx::query_as(
        "select account_id, name, disabled_at is not null from account where email_key = $1",
    )
    .bind(key)
    .fetch_optional(db.pool())
    .await
}

/// Whose an address is, by key, to somebody who would give it an account: whether a candidate's, and
/// whether it is closed.
pub async fn candidate_of_address<C: Invites>(
    tx: &mut Tx,
    _: &Allowed<C>,
    key: &str,
) -> Result<Option<(AccountId, bool, bool)>, sqlx::Error> {
    sqlx::query_as(
        "select account_id, roles = array['candidate'], disabled_at is not null
         from account
         where email_key = $1",
    )
    .bind(key)
    .fetch_optional(tx.connection())
    .await
}

/// Somebody who can be chosen for a part.
#[derive(Debug, FromRow)]
pub struct Colleague {
    #[sqlx(rename = "account_id")]
    pub id: AccountId,
    pub name: String,
    pub email_key: String,
}

/// People in `role` whose account can be used, by name.
pub async fn in_role<C: ReadsNames>(
    tx: &mut Tx,
    _: &Allowed<C>,
    role: Role,
    now: Timestamp,
) -> Result<Vec<Colleague>, sqlx::Error> {
    sqlx::query_as(
        "select account_id, name, email_key
         from account
         where roles @> array[$1]
           and accepted_at is not null
           and disabled_at is null
           and (ends_at is null or ends_at > $2)
         order by lower(name), account_id",
    )
    .bind(role.code())
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await
}

/// One person.
pub async fn find(
    db: &Db,
    _: &Allowed<MayManagePeople>,
    id: AccountId,
) -> Result<Option<Account>, sqlx::Error> {
    by_id(db, id).await
}

/// What somebody is called and what their address is: a password of theirs is not to be made of these.
pub async fn called(db: &Db, id: AccountId) -> Result<Option<(String, String)>, sqlx::Error> {
    sqlx::query_as("select name, email from account where account_id = $1")
        .bind(id)
        .fetch_optional(db.pool())
        .await
}

/// An account that may be used, for a letter to its owner.
pub async fn addressed(
    tx: &mut Tx,
    id: AccountId,
    now: Timestamp,
) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<AccountRow> = sqlx::query_as(
        "select account_id, email, name, roles, zone, created_at, accepted_at, disabled_at, ends_at,
           null::timestamptz as seen_at, version
         from account
         where account_id = $1 and disabled_at is null and (ends_at is null or ends_at > $2)",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(account))
}

/// Sets the password of an account whose reset link the caller has just redeemed; every session ends, and
/// every token of its programs. False when the account may not be used.
pub async fn reset_password(
    tx: &mut Tx,
    id: AccountId,
    password: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "update account
         set password = $2, version = version + 1
         where account_id = $1
           and accepted_at is not null
           and disabled_at is null
           and (ends_at is null or ends_at > $3)",
    )
    .bind(id)
    .bind(password)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    sessions::end_all(tx, id, now).await?;
    personal_tokens::revoke_all(tx, id, now).await?;
    let is_set = done.rows_affected() == 1;
    if is_set {
        let event = Event::new(events::PASSWORD_RESET, Actor::Person(id)).about("account", id);
        record(tx, event, now).await?;
        safety::tell(tx, id, Happened::PasswordReset, now).await?;
    }
    Ok(is_set)
}

/// One's own account.
pub async fn own(
    db: &Db,
    allowed: &Allowed<impl OwnAccount>,
) -> Result<Option<Account>, sqlx::Error> {
    by_id(db, allowed.account()).await
}

async fn by_id(db: &Db, id: AccountId) -> Result<Option<Account>, sqlx::Error> {
    let row: Option<AccountRow> = sqlx::query_as(
        "select account_id, email, name, roles, zone, created_at, accepted_at, disabled_at, ends_at,
           (select max(s.seen_at) from account_session s where s.account_id = a.account_id)
             as seen_at, version
         from account a
         where account_id = $1",
    )
    .bind(id)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.and_then(account))
}

/// What an account may do here, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    pub roles: Roles,
    pub ends_at: Option<Timestamp>,
}

/// Gives an account other roles; its sessions get new tokens, those of its programs are revoked, and links
/// that sign in without a password open nothing: staff have none.
pub async fn set_roles(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    (id, version): (AccountId, i32),
    next: Holding,
    now: Timestamp,
) -> Result<(), Refused> {
    lock_administrators(tx).await?;
    let before: Option<(Vec<String>, bool)> = sqlx::query_as(
        "with before as (
           select account_id, roles, ends_at
           from account
           where account_id = $1 and version = $2
           for update
         )
         update account a
         set roles = $3, ends_at = $4, version = version + 1
         from before b
         where a.account_id = b.account_id
         returning b.roles, b.ends_at is distinct from a.ends_at",
    )
    .bind(id)
    .bind(version)
    .bind(next.roles.codes())
    .bind(next.ends_at.map(|end| end.to_sqlx()))
    .fetch_optional(tx.connection())
    .await?;
    let Some((before, other_end)) = before else { return Err(Refused::Changed) };
    sessions::renew_all(tx, id).await?;
    personal_tokens::revoke_all(tx, id, now).await?;
    tokens::withdraw(tx, Purpose::SignIn, Some(id), now).await?;
    if other_end || before != next.roles.codes() {
        let before = before.iter().filter_map(|code| Role::from_code(code)).map(Role::code);
        let mut event = Event::new(events::ROLES_CHANGED, allowed.by())
            .about("account", id)
            .codes("before", before)
            .codes("after", next.roles.iter().map(Role::code));
        if other_end {
            event = event.code("ends", "changed");
        }
        record(tx, event, now).await?;
    }
    keep_an_administrator(tx).await
}

/// Lets an account end by itself at an instant, unless it ends sooner. When it ends then; none where there is no such
/// account.
pub async fn end_by(
    tx: &mut Tx,
    id: AccountId,
    at: Timestamp,
    by: Actor,
    now: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let ends: Option<(jiff_sqlx::Timestamp, bool)> = sqlx::query_as(
        "with before as (select account_id, ends_at from account where account_id = $1 for update)
         update account a
         set ends_at = least(a.ends_at, $2),
           version = a.version + (b.ends_at is null or b.ends_at > $2)::integer
         from before b
         where a.account_id = b.account_id
         returning a.ends_at, b.ends_at is null or b.ends_at > $2",
    )
    .bind(id)
    .bind(at.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    let Some((ends, is_sooner)) = ends else { return Ok(None) };
    if is_sooner {
        record(tx, Event::new(events::END_SET, by).about("account", id), now).await?;
    }
    Ok(Some(ends.to_jiff()))
}

/// Closes an account as it was seen in `version`: every session ends, and no link or token of it opens
/// anything.
pub async fn disable(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    (id, version): (AccountId, i32),
    now: Timestamp,
) -> Result<(), Refused> {
    lock_administrators(tx).await?;
    let closed = sqlx::query(
        "update account
         set disabled_at = $3, version = version + 1
         where account_id = $1 and version = $2 and disabled_at is null",
    )
    .bind(id)
    .bind(version)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    if closed.rows_affected() == 0 {
        return Err(Refused::Changed);
    }
    sessions::end_all(tx, id, now).await?;
    personal_tokens::revoke_all(tx, id, now).await?;
    for purpose in [Purpose::Invitation, Purpose::Reset, Purpose::SignIn] {
        tokens::withdraw(tx, purpose, Some(id), now).await?;
    }
    let event = Event::new(events::CLOSED, allowed.by()).about("account", id);
    record(tx, event, now).await?;
    keep_an_administrator(tx).await
}

/// Opens an account again that was seen closed in `version`.
pub async fn enable(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    (id, version): (AccountId, i32),
    now: Timestamp,
) -> Result<(), Refused> {
    let opened = sqlx::query(
        "update account
         set disabled_at = null, version = version + 1
         where account_id = $1 and version = $2 and disabled_at is not null",
    )
    .bind(id)
    .bind(version)
    .execute(tx.connection())
    .await?;
    if opened.rows_affected() == 0 {
        return Err(Refused::Changed);
    }
    let event = Event::new(events::OPENED, allowed.by()).about("account", id);
    record(tx, event, now).await?;
    Ok(())
}

/// Counts a deed that may follow one state of an account once. False where one has.
pub async fn take_version(
    tx: &mut Tx,
    _: &Allowed<MayManagePeople>,
    (id, version): (AccountId, i32),
) -> Result<bool, sqlx::Error> {
    let taken = sqlx::query(
        "update account set version = version + 1 where account_id = $1 and version = $2",
    )
    .bind(id)
    .bind(version)
    .execute(tx.connection())
    .await?;
    Ok(taken.rows_affected() == 1)
}

/// One change of administrators at a time, so that two cannot take each other's place.
async fn lock_administrators(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_advisory_xact_lock(hashtext('administrators'))")
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn keep_an_administrator(tx: &mut Tx) -> Result<(), Refused> {
    let is_there: bool = sqlx::query_scalar(
        "select exists (
           select from account
           where roles @> array['administrator']
             and accepted_at is not null
             and disabled_at is null)",
    )
    .fetch_one(tx.connection())
    .await?;
    if is_there { Ok(()) } else { Err(Refused::LastAdministrator) }
}

/// Changes one's own name and zone.
pub async fn set_own_details(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepOwnAccount>,
    name: &str,
    zone: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let id = allowed.account();
    let (other_name, other_zone): (bool, bool) = sqlx::query_as(
        "with before as (
           select account_id, name, zone
           from account
           where account_id = $1
           for update
         )
         update account a
         set name = $2, zone = $3, version = version + 1
         from before b
         where a.account_id = b.account_id
         returning b.name <> a.name, b.zone <> a.zone",
    )
    .bind(id)
    .bind(name)
    .bind(zone)
    .fetch_one(tx.connection())
    .await?;
    let fields = [("name", other_name), ("zone", other_zone)];
    let fields: Vec<_> = fields.into_iter().filter_map(|(code, is)| is.then_some(code)).collect();
    if !fields.is_empty() {
        let event = Event::new(events::DETAILS_CHANGED, Actor::Person(id)).about("account", id);
        record(tx, event.codes("fields", fields), now).await?;
    }
    Ok(())
}

/// The hash of one's own password, if there is one.
pub async fn own_password(
    db: &Db,
    allowed: &Allowed<impl OwnAccount>,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("select password from account where account_id = $1")
        .bind(allowed.account())
        .fetch_one(db.pool())
        .await
}

/// Sets one's own password; every other session ends, and every token of one's programs: who knew the
/// password before may have made one.
pub async fn set_own_password(
    tx: &mut Tx,
    allowed: &Allowed<impl OwnAccount>,
    password: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let id = allowed.account();
    sqlx::query("update account set password = $2, version = version + 1 where account_id = $1")
        .bind(id)
        .bind(password)
        .execute(tx.connection())
        .await?;
    sessions::end_others(tx, allowed, now).await?;
    pending::end_all(tx, id).await?;
    personal_tokens::revoke_all(tx, id, now).await?;
    let event = Event::new(events::PASSWORD_CHANGED, Actor::Person(id)).about("account", id);
    record(tx, event, now).await?;
    safety::tell(tx, id, Happened::PasswordChanged, now).await
}
