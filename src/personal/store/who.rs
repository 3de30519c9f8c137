//! Who somebody is, how they sign in, and what was sent to them.

use sqlx::FromRow;

use crate::clock::Timestamp;
use crate::db::Tx;
use crate::desk::model::template;
use crate::ids::AccountId;
use crate::personal::access::MayTakeOwnData;
use crate::personal::model::{
    AddressChange, Browser, FormerName, Letter, Passkey, Program, SigningIn, You,
};
use crate::web::allowed::Allowed;

pub(super) type At = jiff_sqlx::Timestamp;

pub(super) fn at(at: Option<At>) -> Option<Timestamp> {
    at.map(At::to_jiff)
}

#[derive(FromRow)]
struct AccountRow {
    name: String,
    email: String,
    zone: String,
    created_at: At,
    accepted_at: Option<At>,
    has_password: bool,
    app_since: Option<At>,
    codes_left: i64,
}

pub(super) async fn find(
    tx: &mut Tx,
    own: &Allowed<MayTakeOwnData>,
) -> Result<Option<(You, SigningIn)>, sqlx::Error> {
    let id = own.candidate();
    let row: Option<AccountRow> = sqlx::query_as(
        "select a.name, a.email, a.zone, a.created_at, a.accepted_at, a.password is not null as has_password,
           (select t.added_at from account_totp t where t.account_id = a.account_id) as app_since,
           (
             select count(*)
             from account_recovery_code c
             where c.account_id = a.account_id and c.used_at is null) as codes_left
         from account a
         where a.account_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let you = You {
        name: row.name,
        email: row.email,
        time_zone: row.zone,
        invited_at: row.created_at.to_jiff(),
        accepted_at: at(row.accepted_at),
        address_changes: address_changes(tx, id).await?,
        former_names: former_names(tx, id).await?,
    };
    let signing_in = SigningIn {
        has_password: row.has_password,
        app_since: at(row.app_since),
        recovery_codes_left: row.codes_left,
        passkeys: passkeys(tx, id).await?,
        browsers: browsers(tx, id).await?,
        programs: programs(tx, id).await?,
    };
    Ok(Some((you, signing_in)))
}

async fn former_names(tx: &mut Tx, id: AccountId) -> Result<Vec<FormerName>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "select name, email from former_name where account_id = $1 order by name, email",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|(name, email)| FormerName { name, email }).collect())
}

async fn address_changes(tx: &mut Tx, id: AccountId) -> Result<Vec<AddressChange>, sqlx::Error> {
    let rows: Vec<(String, String, At, Option<At>)> = sqlx::query_as(
        "select email_before, email_after, asked_at, made_at
         from email_change
         where account_id = $1
         order by asked_at, change_id",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    let change = |(before, after, asked, made): (_, _, At, _)| AddressChange {
        before,
        after,
        asked_at: asked.to_jiff(),
        made_at: at(made),
    };
    Ok(rows.into_iter().map(change).collect())
}

async fn passkeys(tx: &mut Tx, id: AccountId) -> Result<Vec<Passkey>, sqlx::Error> {
    let rows: Vec<(String, At, Option<At>)> = sqlx::query_as(
        "select name, added_at, used_at
         from account_passkey
         where account_id = $1
         order by added_at, passkey_id",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    let passkey = |(name, added, used): (_, At, _)| Passkey {
        name,
        added_at: added.to_jiff(),
        used_at: at(used),
    };
    Ok(rows.into_iter().map(passkey).collect())
}

async fn browsers(tx: &mut Tx, id: AccountId) -> Result<Vec<Browser>, sqlx::Error> {
    let rows: Vec<(String, At, At, Option<At>)> = sqlx::query_as(
        "select device, started_at, seen_at, ended_at
         from account_session
         where account_id = $1
         order by started_at, session_id",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    let browser = |(name, since, used, ended): (_, At, At, _)| Browser {
        name,
        since: since.to_jiff(),
        used_at: used.to_jiff(),
        signed_out_at: at(ended),
    };
    Ok(rows.into_iter().map(browser).collect())
}

async fn programs(tx: &mut Tx, id: AccountId) -> Result<Vec<Program>, sqlx::Error> {
    type Row = (String, At, At, Option<At>, Option<At>);
    let rows: Vec<Row> = sqlx::query_as(
        "select name, created_at, expires_at, used_at, revoked_at
         from personal_token
         where account_id = $1
         order by created_at, token_id",
    )
    .bind(id)
    .fetch_all(tx.connection())
    .await?;
    let program = |(name, made, until, used, revoked): Row| Program {
        name,
        made_at: made.to_jiff(),
        until: until.to_jiff(),
        used_at: at(used),
        revoked_at: at(revoked),
    };
    Ok(rows.into_iter().map(program).collect())
}

/// Every letter that reached them, the oldest first.
pub(super) async fn letters(
    tx: &mut Tx,
    own: &Allowed<MayTakeOwnData>,
) -> Result<Vec<Letter>, sqlx::Error> {
    let rows: Vec<(String, At)> = sqlx::query_as(
        "select template, sent_at
         from mail
         where recipient_id = $1 and sent_at is not null
         order by sent_at, mail_id",
    )
    .bind(own.candidate())
    .fetch_all(tx.connection())
    .await?;
    let letter = |(kind, sent): (String, At)| Letter {
        title: template(&kind).map_or(kind.as_str(), |known| known.title).to_owned(),
        sent_at: sent.to_jiff(),
        kind,
    };
    Ok(rows.into_iter().map(letter).collect())
}
