//! The first page of a fresh portal: whoever holds its link names the organisation and becomes its
//! first administrator.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::gone::gone;
use super::{Visit, entering, page};
use crate::account::brand::Logo;
use crate::account::events::By;
use crate::account::model::{Email, NewAccount, organisation_name, person_name, zone};
use crate::account::passwords::{Chosen, NewPassword};
use crate::account::store::accounts::Refused;
use crate::account::store::organisation::{LogoChange, Organisation};
use crate::account::store::tokens::{self, Purpose};
use crate::account::store::{accounts, calendar, organisation};
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::viewer::{Role, Roles};

#[derive(Template)]
#[template(path = "account/set_up.html")]
struct SetUp<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    action: String,
}

pub async fn show(
    State(db): State<Db>,
    Now(now): Now,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let opens = tokens::peek(&db, TokenHash::of(&token), Purpose::SetUp, now).await?;
    if opens.is_none() {
        return gone(&frame, "This set-up link is used up or too old", GONE);
    }
    // A site is called after its organisation: `Teleport Cloud interviews`.
    let name = frame.site().trim_end_matches(" interviews");
    let form = Form::filled([("organisation", name)]);
    let (layout, action) = (frame.layout("Set up"), paths::set_up(&token));
    page(StatusCode::OK, &SetUp { layout, form: &form, action })
}

const GONE: &str = "Each start of a portal that nobody has set up prints a new one. If somebody has, \
                    ask them to invite you.";

const INVITED_BEFORE: &str = "This address was invited from the command line. Accept that invitation, which \
                              `portal account link` makes again, or use another address here";

/// What the form has to hold.
struct Filled {
    organisation: Organisation,
    logo: LogoChange,
    first: NewAccount,
    zone: String,
    password: NewPassword,
}

async fn read(form: &mut Form, room: &Accounts) -> Result<Option<Filled>, Failure> {
    let about = [form.text("name"), form.text("email")];
    let chosen = room.passwords.choose(form.raw("password"), &about).await?;
    Ok(filled(form, room, chosen))
}

fn filled(form: &mut Form, room: &Accounts, chosen: Chosen) -> Option<Filled> {
    let organisation = read_organisation(form, room).unzip();
    let name = form.read("name", person_name);
    let email = form.read("email", Email::parse);
    let zone = form.read("zone", |typed| zone(if typed.is_empty() { "UTC" } else { typed }));
    let password = form.read("password", |_| chosen);
    let roles = Roles::only(Role::Administrator);
    Some(Filled {
        organisation: organisation.0?,
        logo: organisation.1?,
        first: NewAccount { email: email?, name: name?, roles, ends_at: None },
        zone: zone?.iana_name().unwrap_or("UTC").to_owned(),
        password: password?,
    })
}

/// What the form says of the organisation.
pub(super) fn read_organisation(
    form: &mut Form,
    room: &Accounts,
) -> Option<(Organisation, LogoChange)> {
    let name = form.read("organisation", organisation_name);
    let sender = form.read("sender", |typed| match typed {
        "" => Ok(None),
        typed => Email::parse(typed).map(|email| Some(email.as_str().to_owned())),
    });
    let privacy_notice = form.read("privacy", |typed| match typed.chars().count() {
        ..=20_000 => Ok(typed.replace("\r\n", "\n")),
        _ => Err("A notice nobody reads helps nobody; use at most 20,000 characters"),
    });
    let logo = read_logo(form);
    let second_factor_required = form.has("second_factor", "required");
    if second_factor_required && !room.has_factors() {
        let nobody = "Nobody could enrol one here, and all staff would be locked out. Ask the operator \
                      to set PORTAL_SECRET_KEY first";
        form.refuse("second_factor", nobody);
        return None;
    }
    let organisation = Organisation {
        name: name?,
        mail_sender: sender?,
        privacy_notice: privacy_notice?,
        has_logo: false,
        second_factor_required,
    };
    Some((organisation, logo?))
}

/// What the form makes of the logo: another one, none, or as it was.
fn read_logo(form: &mut Form) -> Option<LogoChange> {
    let Some(file) = form.file("logo") else {
        let removed = form.has("logo_gone", "yes");
        return Some(if removed { LogoChange::Removed } else { LogoChange::Kept });
    };
    match Logo::parse(file) {
        Ok(logo) => Some(LogoChange::Replaced(logo)),
        Err(message) => {
            form.refuse("logo", message);
            None
        }
    }
}

pub async fn save(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    (frame, Path(token)): (Frame, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let now = visit.now;
    // Before any work, so that nobody gets it done with a link that opens nothing.
    if tokens::peek(&db, TokenHash::of(&token), Purpose::SetUp, now).await?.is_none() {
        return gone(&frame, "This portal has been set up already", GONE);
    }
    let Some(filled) = read(&mut form, &room).await? else {
        form.forget("password");
        let (layout, action) = (frame.layout("Set up"), paths::set_up(&token));
        return page(StatusCode::UNPROCESSABLE_ENTITY, &SetUp { layout, form: &form, action });
    };
    let password = room.passwords.hash(filled.password).await?;
    let mut tx = db.begin().await?;
    let redeemed = tokens::redeem(&mut tx, TokenHash::of(&token), Purpose::SetUp, now).await?;
    let is_first =
        redeemed.is_some() && organisation::set_up(&mut tx, &filled.organisation, now).await?;
    if !is_first {
        return gone(&frame, "This portal has been set up already", GONE);
    }
    organisation::change_logo(&mut tx, &filled.logo).await?;
    calendar::begin_in(&mut tx, &filled.zone).await?;
    let first = accounts::add_first(&mut tx, &filled.first, &filled.zone, &password, now).await;
    let id = match first {
        Ok(id) => id,
        Err(Refused::Database(error)) => return Err(error.into()),
        Err(_) => {
            // Invited from the command line before; the link stays good.
            form.refuse("email", INVITED_BEFORE);
            form.forget("password");
            let (layout, action) = (frame.layout("Set up"), paths::set_up(&token));
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return page(status, &SetUp { layout, form: &form, action });
        }
    };
    let proved = (id, By::SetUp);
    let entry = entering::enter(&mut tx, proved, room.jar, &visit.headers, now).await?;
    let committed = tx.commit().await?;
    Ok(entry.welcome(committed, room.jar, paths::DESK))
}
