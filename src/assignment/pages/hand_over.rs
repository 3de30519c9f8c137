//! Handing an application over: to another recruiter, or to a hiring manager.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::account::paths::DESK;
use crate::account::store::accounts::{self, Colleague};
use crate::assignment::access::MayHandOver;
use crate::assignment::paths;
use crate::assignment::store::handing_over::{self, Partial, Unnamed};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;
use crate::web::viewer::Role;

#[derive(Template)]
#[template(path = "assignment/hand_over.html")]
struct HandOver<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    /// Where somebody else handed it over meanwhile: who looks after it now, and whom this one chose.
    clash: Option<Clash>,
    /// What an administrator hands over, who knows it by alias alone; for its recruiter `None`.
    unnamed: Option<&'a Unnamed>,
    recruiters: &'a [Colleague],
    managers: &'a [Colleague],
    back: String,
    action: String,
}

struct Clash {
    now: Pair,
    chosen: Pair,
}

/// The names of a recruiter and a hiring manager.
struct Pair {
    recruiter: String,
    manager: String,
}

/// Whom the page lets one choose from.
struct Choices {
    it: Unnamed,
    recruiters: Vec<Colleague>,
    managers: Vec<Colleague>,
}

async fn choices(
    tx: &mut Tx,
    allowed: &Allowed<MayHandOver>,
    now: Timestamp,
) -> Result<Choices, Failure> {
    Ok(Choices {
        it: handing_over::unnamed(tx, allowed).await?,
        recruiters: accounts::in_role(tx, allowed, Role::Recruiter, now).await?,
        managers: accounts::in_role(tx, allowed, Role::HiringManager, now).await?,
    })
}

impl Choices {
    fn pair(&self, recruiter: AccountId, manager: Option<AccountId>) -> Pair {
        Pair {
            recruiter: name_in(&self.recruiters, recruiter),
            manager: manager
                .map_or_else(|| "nobody yet".to_owned(), |id| name_in(&self.managers, id)),
        }
    }
}

fn name_in(colleagues: &[Colleague], id: AccountId) -> String {
    let one = colleagues.iter().find(|one| one.id == id);
    one.map_or_else(|| "somebody who is not here any more".to_owned(), |one| one.name.clone())
}

fn show_form(
    status: StatusCode,
    frame: &Frame,
    (form, clash): (&Form, Option<Clash>),
    choices: &Choices,
    allowed: &Allowed<MayHandOver>,
) -> Result<Response, Failure> {
    let page_ = HandOver {
        layout: match allowed.runs_it() {
            true => frame.layout("Hand over").under(paths::CANDIDATES),
            false => frame.layout("Hand over").under(DESK),
        },
        form,
        unnamed: (!allowed.runs_it()).then_some(&choices.it),
        clash,
        recruiters: &choices.recruiters,
        managers: &choices.managers,
        back: match allowed.runs_it() {
            true => paths::application(allowed.application()),
            false => paths::UNTENDED.to_owned(),
        },
        action: paths::hand_over(allowed.application()),
    };
    page(status, &page_)
}

pub async fn show(
    allowed: Allowed<MayHandOver>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin_reading().await?;
    let choices = choices(&mut tx, &allowed, now).await?;
    let version = handing_over::version(&mut tx, &allowed).await?.to_string();
    let manager = allowed.manager().map(|id| id.to_string()).unwrap_or_default();
    let recruiter = allowed.recruiter().to_string();
    let fields = [("recruiter", recruiter.as_str()), ("manager", &manager), ("version", &version)];
    show_form(StatusCode::OK, &frame, (&Form::filled(fields), None), &choices, &allowed)
}

pub async fn save(
    asked: Allowed<MayHandOver>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let allowed = handing_over::locked(&mut tx, &frame.viewer, asked.application(), now).await?;
    let allowed = allowed.ok_or(Failure::NotFound)?;
    let choices = choices(&mut tx, &allowed, now).await?;
    let recruiter = form.read("recruiter", |typed| {
        one_of(&choices.recruiters, typed).ok_or("Choose a recruiter from the list")
    });
    let manager = form.read("manager", |typed| match typed {
        "" => Ok(None),
        typed => one_of(&choices.managers, typed)
            .map(Some)
            .ok_or("Choose a hiring manager from the list"),
    });
    let (Some(recruiter), Some(manager)) = (recruiter, manager) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show_form(status, &frame, (&form, None), &choices, &allowed);
    };
    let taken: Vec<AccountId> = [Some(recruiter), manager].into_iter().flatten().collect();
    if let Some((id, name, why)) = handing_over::partial(&mut tx, &allowed, &taken).await? {
        let field = if manager == Some(id) { "manager" } else { "recruiter" };
        let why = match why {
            Partial::OnPanel => {
                format!("{name} is on a panel of this application; ask somebody else there first")
            }
            Partial::Conflict => format!("{name} has a conflict with this candidate"),
        };
        form.refuse(field, why);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show_form(status, &frame, (&form, None), &choices, &allowed);
    }
    let version = form.text("version").parse().unwrap_or_default();
    let is_done =
        handing_over::hand_over(&mut tx, &allowed, (recruiter, manager), version, now).await?;
    if !is_done {
        let clash = Clash {
            now: choices.pair(allowed.recruiter(), allowed.manager()),
            chosen: choices.pair(recruiter, manager),
        };
        form.set("version", handing_over::version(&mut tx, &allowed).await?.to_string());
        let shown = (&form, Some(clash));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show_form(status, &frame, shown, &choices, &allowed);
    }
    let committed = tx.commit().await?;
    // Whoever has handed it over does not see it any more.
    let href = match recruiter == allowed.by() {
        _ if !allowed.runs_it() => format!("{}?done=handed", paths::UNTENDED),
        true => format!("{}?done=handed", paths::application(allowed.application())),
        false => format!("{}?done=handed", paths::CANDIDATES),
    };
    Ok(redirect::after(committed, &href))
}

fn one_of(colleagues: &[Colleague], typed: &str) -> Option<AccountId> {
    colleagues.iter().find(|one| one.id.to_string() == typed).map(|one| one.id)
}
