//! Links that open a door once.

use jiff_sqlx::ToSqlx;

use crate::account::access::MayManagePeople;
use crate::account::events;
use crate::account::model::{INVITATION_LASTS, RESET_LASTS};
use crate::account::token::{Token, TokenHash};
use crate::audit::Event;
use crate::audit::store::record;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Of nobody yet: the first administrator's.
    SetUp,
    Invitation,
    /// Choosing another password.
    Reset,
    /// Signing in without one.
    SignIn,
}

impl Purpose {
    fn code(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Invitation => "invitation",
            Self::Reset => "reset",
            Self::SignIn => "sign_in",
        }
    }
}

/// Keeps the hash of a link that was just made.
pub async fn keep(
    tx: &mut Tx,
    hash: TokenHash,
    purpose: Purpose,
    account: Option<AccountId>,
    lasts: SignedDuration,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into account_token (token_hash, purpose, account_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5)",
    )
    .bind(hash.as_bytes())
    .bind(purpose.code())
    .bind(account)
    .bind(now.to_sqlx())
    .bind((now + lasts).to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Makes an invitation link that is handed over by whoever invites; those made before open nothing any
/// more. A letter that is still to be sent makes one of its own then.
pub async fn invitation_link(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    account: AccountId,
    now: Timestamp,
) -> Result<Token, sqlx::Error> {
    let (token, purpose) = (Token::new(), Purpose::Invitation);
    withdraw(tx, purpose, Some(account), now).await?;
    keep(tx, token.hash(), purpose, Some(account), INVITATION_LASTS, now).await?;
    let event = Event::new(events::LINK_MADE, allowed.by()).about("account", account);
    record(tx, event, now).await?;
    Ok(token)
}

/// Makes a link to a new password that the operator hands over.
pub async fn reset_link(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    account: AccountId,
    now: Timestamp,
) -> Result<Token, sqlx::Error> {
    let token = Token::new();
    keep(tx, token.hash(), Purpose::Reset, Some(account), RESET_LASTS, now).await?;
    let event = Event::new(events::RESET_LINK_MADE, allowed.by()).about("account", account);
    record(tx, event, now).await?;
    Ok(token)
}

/// Binds a link that was just kept to the one browser that may use it.
pub async fn bind(tx: &mut Tx, hash: TokenHash, browser: TokenHash) -> Result<(), sqlx::Error> {
    sqlx::query("update account_token set browser_hash = $2 where token_hash = $1")
        .bind(hash.as_bytes())
        .bind(browser.as_bytes())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Whether `browser` is the one a link was bound to.
pub async fn is_bound_to(
    db: &Db,
    hash: TokenHash,
    browser: TokenHash,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "select exists (
           select from account_token where token_hash = $1 and browser_hash = $2)",
    )
    .bind(hash.as_bytes())
    .bind(browser.as_bytes())
    .fetch_one(db.pool())
    .await
}

/// Whose a link is that still opens its door; looking does not use it up. The inner `None` is a
/// set-up's, which is nobody's yet.
pub async fn peek(
    db: &Db,
    hash: TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Option<AccountId>>, sqlx::Error> {
    sqlx::query_scalar(
        "select account_id
         from account_token
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
    )
    .bind(hash.as_bytes())
    .bind(purpose.code())
    .bind(now.to_sqlx())
    .fetch_optional(db.pool())
    .await
}

/// Uses a link up, and with it every other link of that purpose for the same account. `None` when it
/// was used before, has expired, or never was: of any number of tries at once, one gets it.
pub async fn redeem(
    tx: &mut Tx,
    hash: TokenHash,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Option<AccountId>>, sqlx::Error> {
    let redeemed: Option<Option<AccountId>> = sqlx::query_scalar(
        "update account_token
         set used_at = $3
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
         returning account_id",
    )
    .bind(hash.as_bytes())
    .bind(purpose.code())
    .bind(now.to_sqlx())
    .fetch_optional(tx.connection())
    .await?;
    if let Some(account) = redeemed {
        withdraw(tx, purpose, account, now).await?;
    }
    Ok(redeemed)
}

/// Makes every link of a purpose for one account useless.
pub async fn withdraw(
    tx: &mut Tx,
    purpose: Purpose,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update account_token
         set used_at = $3
         where purpose = $1 and account_id is not distinct from $2 and used_at is null",
    )
    .bind(purpose.code())
    .bind(account)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}
