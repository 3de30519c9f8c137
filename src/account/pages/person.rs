//! One person, for those who look after people: roles, standing, a fresh invitation.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::tz::TimeZone;

use super::invite::{end_of_day, read_roles};
use super::page;
use crate::account::access::MayManagePeople;
use crate::account::model::{Account, Factors, Standing};
use crate::account::store::accounts::{self, Holding, Refused};
use crate::account::store::factors;
use crate::account::store::tokens::{self, Purpose};
use crate::account::{Accounts, emails, events, paths};
use crate::audit::Event;
use crate::audit::store::record;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::proof::Fresh;
use crate::web::redirect;
use crate::web::viewer::Role;

#[derive(Template)]
#[template(path = "account/person.html")]
struct PersonPage<'a> {
    layout: Layout<'a>,
    account: &'a Account,
    form: &'a Form,
    standing: Standing,
    notice: &'a str,
    /// Why what was asked for was not done, for the top of the page.
    refusal: &'a str,
    /// A link to hand over, the one time it is shown.
    link: Option<Handed>,
    /// Since when they are here: most were invited, the first was not.
    since: Html,
    was_invited: bool,
    seen: Option<Html>,
    ends: Option<Html>,
    is_self: bool,
    sends_mail: bool,
    factors: Factors,
    actions: Actions,
}

/// Where the forms of the page go.
struct Actions {
    roles: String,
    standing: String,
    link: String,
    rescue: String,
    reset: String,
    details: String,
    withdrawal: String,
    factors: String,
}

/// A link that is handed over by whoever made it.
pub(super) enum Handed {
    Invitation(String),
    Password(String),
}

/// What has just happened, besides what the address says.
#[derive(Default)]
pub(super) struct After {
    pub(super) form: Option<Form>,
    pub(super) link: Option<Handed>,
    /// A link was asked for by a page that has been used for one.
    pub(super) is_again: bool,
}

pub(super) fn show_account(
    (frame, sends_mail): (&Frame, bool),
    (account, factors): (&Account, Factors),
    after: After,
    now: Timestamp,
) -> Result<Response, Failure> {
    let viewer = frame.viewer.person().ok_or(Failure::NotFound)?;
    let zone = &viewer.zone;
    let refused = after.form.is_some();
    let form = after.form.unwrap_or_else(|| filled(account, zone));
    let refusal = ["standing", "roles", "ends", "version", "name", "email"].into_iter();
    let refusal = refusal.filter_map(|name| form.error(name)).next().unwrap_or_default();
    let refusal = if after.is_again { MADE_ALREADY } else { refusal };
    let notice = match frame.done() {
        "invited" if sends_mail => "The account is there, and an invitation is on its way.",
        "invited" => {
            "The account is there. Nothing is sent: make the link below, and hand it over."
        }
        "mailed" => "Another invitation is on its way. Those before still work until one is used.",
        "mended" => "The name is corrected.",
        "readdressed" if sends_mail => {
            "It is corrected. Another invitation goes to the new address; links sent before open nothing."
        }
        "readdressed" => {
            "It is corrected. Links made before open nothing: make another one below, and hand it over."
        }
        "rescue" => "A way back in is on its way to their address.",
        "roles" => "The roles are changed. Their next click works with the new ones.",
        "ends" => "The last day is changed.",
        "disabled" => "The account is closed, and every session of it has ended.",
        "enabled" => "The account is open again.",
        "factors" if sends_mail => {
            "The second factor is removed, they are signed out everywhere, and a letter tells them."
        }
        "factors" => {
            "The second factor is removed, and they are signed out everywhere. Tell them: this portal sends no mail."
        }
        _ => "",
    };
    let person = PersonPage {
        layout: frame.layout(account.name.as_str()),
        standing: account.standing(now),
        notice: if refused || after.link.is_some() { "" } else { notice },
        link: after.link,
        since: moment(account.created_at, zone),
        was_invited: account.accepted_at != Some(account.created_at),
        seen: account.seen_at.map(|at| moment(at, zone)),
        ends: account.ends_at.map(|at| day(last_instant(at), zone)),
        is_self: viewer.account == account.id,
        sends_mail,
        factors,
        actions: Actions {
            roles: paths::person_roles(account.id),
            standing: paths::person_standing(account.id),
            link: paths::person_link(account.id),
            rescue: paths::person_rescue(account.id),
            reset: paths::person_reset(account.id),
            details: paths::person_details(account.id),
            withdrawal: paths::person_withdrawal(account.id),
            factors: paths::person_factors(account.id),
        },
        account,
        refusal,
        form: &form,
    };
    let status = match refused {
        true => StatusCode::UNPROCESSABLE_ENTITY,
        false if after.is_again => StatusCode::CONFLICT,
        false => StatusCode::OK,
    };
    page(status, &person)
}

const MADE_ALREADY: &str = "A link was made from this page already, or the account has changed since. The \
                            link that was shown still works; if it is lost, make another one below";

/// The form as the account stands.
pub(super) fn filled(account: &Account, zone: &TimeZone) -> Form {
    let ends = account
        .ends_at
        .map(|at| last_instant(at).to_zoned(zone.clone()).strftime("%Y-%m-%d").to_string());
    let (version, codes) = (account.version.to_string(), account.roles.codes());
    let mut values = vec![("version", version.as_str()), ("ends", ends.as_deref().unwrap_or(""))];
    values.extend([("name", account.name.as_str()), ("email", &account.email)]);
    values.extend(codes.iter().map(|code| ("roles", code.as_str())));
    Form::filled(values)
}

/// An account that ends at midnight ends on the day before.
pub(super) fn last_instant(end: Timestamp) -> Timestamp {
    end - crate::clock::SignedDuration::from_secs(1)
}

/// The account an address names, and what its owner proves themselves with.
pub(super) async fn named(
    db: &Db,
    allowed: &Allowed<MayManagePeople>,
    id: &str,
) -> Result<(Account, Factors), Failure> {
    let id: AccountId = id.parse().map_err(|_| Failure::NotFound)?;
    let account = accounts::find(db, allowed, id).await?.ok_or(Failure::NotFound)?;
    Ok((account, factors::of_person(db, allowed, id).await?))
}

pub async fn show(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (account, factors) = named(&db, &allowed, &id).await?;
    show_account((&frame, room.sends_mail), (&account, factors), After::default(), now)
}

pub async fn save_roles(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now), Path(id)): (Frame, Now, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let (account, factors) = named(&db, &allowed, &id).await?;
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    let roles = read_roles(&mut form);
    let ends_at = match roles {
        Some(roles) if roles.has(Role::External) => {
            form.read("ends", |typed| end_of_day(typed, &zone, now)).map(Some)
        }
        _ => Some(None),
    };
    let version = form.read("version", version);
    if let (Some(roles), Some(ends_at), Some(version)) = (roles, ends_at, version) {
        let mut tx = db.begin().await?;
        let (held, next) = ((account.id, version), Holding { roles, ends_at });
        match accounts::set_roles(&mut tx, &allowed, held, next, now).await {
            Ok(()) => {
                let committed = tx.commit().await?;
                let is_same = roles == account.roles && ends_at != account.ends_at;
                let done = if is_same { "ends" } else { "roles" };
                let href = format!("{}?done={done}", paths::person(account.id));
                return Ok(redirect::after(committed, &href));
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(refused) => form.refuse("roles", refused.to_string()),
        }
    }
    show_account(
        (&frame, room.sends_mail),
        (&account, factors),
        After { form: Some(form), ..After::default() },
        now,
    )
}

pub async fn save_standing(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now), Path(id)): (Frame, Now, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let (account, factors) = named(&db, &allowed, &id).await?;
    let wanted = form.read("standing", |typed| match typed {
        "disabled" => Ok(false),
        "enabled" => Ok(true),
        _ => Err("Close the account, or open it: nothing else can be done here"),
    });
    let version = form.read("version", version);
    if let (Some(opens), Some(version)) = (wanted, version) {
        let mut tx = db.begin().await?;
        let held = (account.id, version);
        let (done, changed) = if opens {
            ("enabled", accounts::enable(&mut tx, &allowed, held, now).await)
        } else {
            ("disabled", accounts::disable(&mut tx, &allowed, held, now).await)
        };
        match changed {
            Ok(()) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done={done}", paths::person(account.id));
                return Ok(redirect::after(committed, &href));
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(refused) => form.refuse("standing", refused.to_string()),
        }
    }
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    let form = filled(&account, &zone).refused_as(&form);
    show_account(
        (&frame, room.sends_mail),
        (&account, factors),
        After { form: Some(form), ..After::default() },
        now,
    )
}

/// Which state of the account a form was made for.
pub(super) fn version(typed: &str) -> Result<i32, &'static str> {
    typed.parse().map_err(|_| "This page was made for another state of the account; look again")
}

/// A link is made by a form; who opens its address, or comes back to it, is shown the person.
pub async fn show_again(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (account, _) = named(&db, &allowed, &id).await?;
    Ok(Redirect::to(&paths::person(account.id)).into_response())
}

pub async fn mint_link(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now), Path(id)): (Frame, Now, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let (mut account, factors) = named(&db, &allowed, &id).await?;
    if account.standing(now) != Standing::Invited {
        // They have accepted meanwhile, or may not any more; their page says which.
        return Ok(Redirect::to(&paths::person(account.id)).into_response());
    }
    let mut tx = db.begin().await?;
    if room.sends_mail {
        emails::invite(&mut tx, account.id, now).await?;
        let event = Event::new(events::INVITED_AGAIN, allowed.by()).about("account", account.id);
        record(&mut tx, event, now).await?;
        let committed = tx.commit().await?;
        let href = format!("{}?done=mailed", paths::person(account.id));
        return Ok(redirect::after(committed, &href));
    }
    if !is_first(&mut tx, &allowed, &account, &mut form).await? {
        let after = After { is_again: true, ..After::default() };
        return show_account((&frame, room.sends_mail), (&account, factors), after, now);
    }
    let token = tokens::invitation_link(&mut tx, &allowed, account.id, now).await?;
    let _shown_below = tx.commit().await?;
    account.version += 1;
    let link = format!("{}{}", room.base_url, paths::invitation(token.expose()));
    show_account(
        (&frame, room.sends_mail),
        (&account, factors),
        After { link: Some(Handed::Invitation(link)), ..After::default() },
        now,
    )
}

/// Whether the form makes the first link of the state it was made for. Sent again by a reload it would end
/// the one that was just handed over.
async fn is_first(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    account: &Account,
    form: &mut Form,
) -> Result<bool, Failure> {
    match form.read("version", version) {
        Some(version) => Ok(accounts::take_version(tx, allowed, (account.id, version)).await?),
        None => Ok(false),
    }
}

/// Makes a link to a new password that an administrator hands over: only where no mail is sent, since
/// whoever has it is that person from then on.
pub async fn mint_reset(
    allowed: Fresh<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now), Path(id)): (Frame, Now, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let (mut account, factors) = named(&db, &allowed, &id).await?;
    let is_self = frame.viewer.person().is_some_and(|person| person.account == account.id);
    if account.standing(now) != Standing::Active || room.sends_mail || is_self {
        // Their page says what can be done instead.
        return Ok(Redirect::to(&paths::person(account.id)).into_response());
    }
    let mut tx = db.begin().await?;
    if !is_first(&mut tx, &allowed, &account, &mut form).await? {
        let after = After { is_again: true, ..After::default() };
        return show_account((&frame, room.sends_mail), (&account, factors), after, now);
    }
    tokens::withdraw(&mut tx, Purpose::Reset, Some(account.id), now).await?;
    let token = tokens::reset_link(&mut tx, &allowed, account.id, now).await?;
    let _shown_below = tx.commit().await?;
    account.version += 1;
    let link = Handed::Password(format!("{}{}", room.base_url, paths::reset(token.expose())));
    let after = After { link: Some(link), ..After::default() };
    show_account((&frame, room.sends_mail), (&account, factors), after, now)
}

/// Takes every second factor away from somebody who lost theirs.
pub async fn take_factors(
    allowed: Fresh<MayManagePeople>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (account, _) = named(&db, &allowed, &id).await?;
    if frame.viewer.person().is_some_and(|person| person.account == account.id) {
        // One's own are removed one by one, each with a proof.
        return Ok(Redirect::to(paths::ACCOUNT_SECURITY).into_response());
    }
    let mut tx = db.begin().await?;
    if !factors::take_away(&mut tx, &allowed, account.id, now).await? {
        return Ok(Redirect::to(&paths::person(account.id)).into_response());
    }
    emails::tell_of_taken_factors(&mut tx, account.id, now).await?;
    let event = Event::new(events::FACTORS_TAKEN_AWAY, frame.viewer.actor());
    record(&mut tx, event.about("account", account.id), now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=factors", paths::person(account.id))))
}

pub async fn send_rescue(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let (account, _) = named(&db, &allowed, &id).await?;
    let href = paths::person(account.id);
    if account.standing(now) != Standing::Active || !room.sends_mail {
        // Their page says why nothing can be sent.
        return Ok(Redirect::to(&href).into_response());
    }
    let mut tx = db.begin().await?;
    emails::send_rescue(&mut tx, &allowed, account.id, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{href}?done=rescue")))
}
