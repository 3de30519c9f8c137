//! Who must not look at a candidate's work.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::account::store::accounts::{self, Colleague};
use crate::assignment::access::{MayRecruit, MayRunApplication, MaySeeApplication};
use crate::assignment::application::Application;
use crate::assignment::panel::Conflict;
use crate::assignment::paths;
use crate::assignment::store::applications;
use crate::assignment::store::panels::{self, NotChanged};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;
use crate::web::viewer::Role;

#[derive(Template)]
#[template(path = "assignment/conflicts.html")]
struct Conflicts<'a> {
    layout: Layout<'a>,
    of: &'a Application,
    form: &'a Form,
    known: Vec<Line>,
    choices: &'a [Colleague],
    kinds: [Conflict; 6],
    notice: &'a str,
    back: String,
    action: String,
}

struct Line {
    says: String,
    reason: String,
    at: Html,
}

/// What the page is made of.
struct Known {
    of: Application,
    conflicts: Vec<panels::Known>,
    choices: Vec<Colleague>,
}

async fn known(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    sees: &Allowed<MaySeeApplication>,
    recruits: &Allowed<MayRecruit>,
    now: Timestamp,
) -> Result<Known, Failure> {
    let of = applications::find(tx, sees).await?.ok_or(Failure::NotFound)?;
    let conflicts = panels::conflicts(tx, runs).await?;
    let all = accounts::in_role(tx, recruits, Role::Interviewer, now).await?;
    let is_new = |one: &Colleague| !conflicts.iter().any(|it| it.account == one.id);
    let choices = all.into_iter().filter(is_new).collect();
    Ok(Known { of, conflicts, choices })
}

pub async fn show(
    runs: Allowed<MayRunApplication>,
    sees: Allowed<MaySeeApplication>,
    recruits: Allowed<MayRecruit>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin_reading().await?;
    let known = known(&mut tx, &runs, &sees, &recruits, now).await?;
    show_page(StatusCode::OK, &frame, &Form::default(), &known)
}

fn show_page(
    status: StatusCode,
    frame: &Frame,
    form: &Form,
    known: &Known,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let line = |it: &panels::Known| Line {
        says: format!("{}: {}", it.name, it.kind.of_another().to_lowercase()),
        reason: it.reason.clone(),
        at: moment(it.told_at, zone),
    };
    let page_ = Conflicts {
        layout: frame.layout("Conflicts").under(paths::CANDIDATES),
        known: known.conflicts.iter().map(line).collect(),
        choices: &known.choices,
        kinds: Conflict::ALL,
        notice: match frame.done() {
            "told" => "They see nothing of this candidate any more.",
            _ => "",
        },
        back: paths::application(known.of.id),
        action: paths::conflicts(known.of.id),
        of: &known.of,
        form,
    };
    page(status, &page_)
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    recruits: Allowed<MayRecruit>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let id = asked.application();
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    let sees: Option<Allowed<MaySeeApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let sees = sees.ok_or(Failure::NotFound)?;
    let known = known(&mut tx, &runs, &sees, &recruits, now).await?;
    let who: Option<AccountId> = form.read("who", |typed| {
        let found = known.choices.iter().find(|one| one.id.to_string() == typed);
        found.map(|one| one.id).ok_or("Choose somebody who interviews")
    });
    let kind =
        form.read("kind", |typed| Conflict::from_code(typed).ok_or("Choose what is between them"));
    let reason = form.read("reason", |typed| match typed.trim().chars().count() {
        0..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    });
    let (Some(who), Some(kind), Some(reason)) = (who, kind, reason) else {
        return show_page(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known);
    };
    match panels::note_conflict(&mut tx, &runs, (who, kind, &reason), now).await {
        Ok(_) => {}
        Err(NotChanged::Database(error)) => return Err(error.into()),
        Err(_) => return Err(Failure::NotFound),
    }
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=told", paths::conflicts(id))))
}
