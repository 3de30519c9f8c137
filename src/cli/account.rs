//! `portal account`.

use std::process::ExitCode;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Error, on_server};
use crate::account::access::MayManagePeople;
use crate::account::model::{Email, NewAccount, last_day, person_name};
use crate::account::paths;
use crate::account::store::accounts::{self, Refused};
use crate::account::store::tokens;
use crate::account::token::TokenHash;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::viewer::{Role, Roles};

/// Whom to invite, as typed.
#[derive(Debug, clap::Args)]
pub struct Add {
    /// E-mail address they sign in with
    #[arg(long)]
    email: String,
    /// Their name; they can change it when they accept
    #[arg(long)]
    name: String,
    /// What they are here; may be given more than once
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// Last day of an external account, as 2026-12-31
    #[arg(long)]
    ends: Option<String>,
}

fn role(typed: &str) -> Result<Role, String> {
    let codes: Vec<&str> = Role::ALL.into_iter().map(Role::code).collect();
    Role::from_code(typed).ok_or_else(|| format!("give one of {}", codes.join(", ")))
}

pub async fn add(config: &Config, add: Add) -> Result<ExitCode, Error> {
    let new = read(&add)?;
    let link = on_server(config, async |server| invite(config, &server.ready().await?, &new).await)
        .await?;
    println!(
        "{} is invited. Hand over this link; it opens the account once, within 14 days:",
        new.name
    );
    println!("  {link}");
    Ok(ExitCode::SUCCESS)
}

/// Prints another invitation link for the account of `email`, which was not accepted yet.
pub async fn link(config: &Config, email: &str) -> Result<ExitCode, Error> {
    let email = Email::parse(email).map_err(|error| Error::Plain(format!("--email: {error}")))?;
    let link = on_server(config, async |server| {
        invite_again(config, &server.ready().await?, &email).await
    })
    .await?;
    println!(
        "Hand over this link; it opens the account once, within 14 days, and is the only one:"
    );
    println!("  {link}");
    Ok(ExitCode::SUCCESS)
}

async fn invite_again(config: &Config, db: &Db, email: &Email) -> Result<String, Error> {
    let failed = |error: sqlx::Error| Error::from(crate::db::Error::from(error));
    let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("account link"), &())
        .expect("the operator may manage people");
    let (no_browser, now) = (TokenHash::of(""), Clock::System.now());
    let refused = |what: &str| Err(Error::Plain(format!("{}: {what}", email.as_str())));
    let claimed = accounts::claimed(db, email.key(), no_browser, now).await.map_err(failed)?;
    let Some(claimed) = claimed else {
        return refused(
            "nobody was invited at this address; invite them with `portal account add`",
        );
    };
    if accounts::invited(db, claimed.account_id, now).await.map_err(failed)?.is_none() {
        return refused(
            "this invitation was accepted, or the account is closed; an administrator opens it again, \
             and `portal account reset` makes a link to a new password",
        );
    }
    let mut tx = db.begin().await.map_err(failed)?;
    let token = tokens::invitation_link(&mut tx, &allowed, claimed.account_id, now);
    let token = token.await.map_err(failed)?;
    let _printed_next = tx.commit().await.map_err(failed)?;
    super::audit::seal(db).await;
    Ok(format!("{}{}", super::beside::base_url(config), paths::invitation(token.expose())))
}

/// Prints a link to a new password for the account of `email`.
pub async fn reset(config: &Config, email: &str) -> Result<ExitCode, Error> {
    let email = Email::parse(email).map_err(|error| Error::Plain(format!("--email: {error}")))?;
    let link =
        on_server(config, async |server| mint_reset(config, &server.ready().await?, &email).await)
            .await?;
    println!("Hand over this link to a new password; it works once, for an hour:");
    println!("  {link}");
    Ok(ExitCode::SUCCESS)
}

async fn mint_reset(config: &Config, db: &Db, email: &Email) -> Result<String, Error> {
    let failed = |error: sqlx::Error| Error::from(crate::db::Error::from(error));
    let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("account reset"), &())
        .expect("the operator may manage people");
    let (no_browser, now) = (TokenHash::of(""), Clock::System.now());
    let claimed = accounts::claimed(db, email.key(), no_browser, now).await.map_err(failed)?;
    let refused = |what: &str| Err(Error::Plain(format!("{}: {what}", email.as_str())));
    let claimed = match claimed {
        Some(claimed) if claimed.is_active => claimed,
        Some(claimed)
            if accounts::invited(db, claimed.account_id, now).await.map_err(failed)?.is_some() =>
        {
            return refused(
                "this invitation was not accepted yet; `portal account link` makes its link again",
            );
        }
        Some(_) => {
            return refused("this account is closed or has ended; an administrator opens it");
        }
        None => return refused("no account has this address"),
    };
    let mut tx = db.begin().await.map_err(failed)?;
    let token = tokens::reset_link(&mut tx, &allowed, claimed.account_id, now);
    let token = token.await.map_err(failed)?;
    let _printed_next = tx.commit().await.map_err(failed)?;
    super::audit::seal(db).await;
    Ok(format!("{}{}", super::beside::base_url(config), paths::reset(token.expose())))
}

fn read(add: &Add) -> Result<NewAccount, Error> {
    let wrong = |option: &str, message: &dyn std::fmt::Display| {
        Error::Plain(format!("--{option}: {message}"))
    };
    let email = Email::parse(&add.email).map_err(|error| wrong("email", &error))?;
    let name = person_name(&add.name).map_err(|error| wrong("name", &error))?;
    let roles = Roles::new(add.roles.iter().copied()).map_err(|error| wrong("role", &error))?;
    let ends_at = match (&add.ends, roles.has(Role::External)) {
        (None, false) => None,
        (Some(_), false) => {
            return Err(wrong(
                "ends",
                &"only the account of an external interviewer has a last day",
            ));
        }
        (typed, true) => {
            let typed = typed.as_deref().unwrap_or_default();
            let ends = typed.parse::<Date>().map_err(|_| "give its last day, as 2026-12-31");
            let ends = ends.and_then(|day| last_day(day, &TimeZone::UTC, Clock::System.now()));
            Some(ends.map_err(|error| wrong("ends", &error))?)
        }
    };
    Ok(NewAccount { email, name, roles, ends_at })
}

/// Adds the account; the link that opens it.
async fn invite(config: &Config, db: &Db, new: &NewAccount) -> Result<String, Error> {
    let refused =
        |error: &dyn std::fmt::Display| Error::Plain(format!("{}: {error}", new.email.as_str()));
    let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("account add"), &())
        .expect("the operator may manage people");
    let now = Clock::System.now();
    let failed = |error: sqlx::Error| Error::from(crate::db::Error::from(error));
    let mut tx = db.begin().await.map_err(failed)?;
    let id = accounts::add(&mut tx, &allowed, new, now).await.map_err(|error| match error {
        Refused::EmailTaken => refused(&format!(
            "{error}. If it was not accepted yet, `portal account link` makes its link again"
        )),
        error => refused(&error),
    })?;
    let token = tokens::invitation_link(&mut tx, &allowed, id, now).await.map_err(failed)?;
    let _printed_next = tx.commit().await.map_err(failed)?;
    super::audit::seal(db).await;
    Ok(format!("{}{}", super::beside::base_url(config), paths::invitation(token.expose())))
}
