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
use crate::assignment::store::needs::{self, Knows};
use crate::assignment::store::{applications, conflicts};
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
    /// Whom the candidate knows here, and the mark of what waits for a look.
    said: &'a Knows,
    waits: Option<String>,
    known: Vec<Line>,
    /// One of them can be taken back here.
    can_lift: bool,
    choices: &'a [Colleague],
    kinds: [Conflict; 6],
    notice: &'a str,
    back: String,
    action: String,
}

struct Line {
    account: AccountId,
    name: String,
    says: String,
    reason: String,
    at: Html,
    /// It was told in this application, and is not one's own.
    can_be_lifted: bool,
}

/// What the page is made of.
struct Known {
    of: Application,
    said: Knows,
    known: Vec<conflicts::Known>,
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
    let said = needs::knows(tx, runs).await?;
    let known = conflicts::list(tx, runs).await?;
    let all = accounts::in_role(tx, recruits, Role::Interviewer, now).await?;
    let is_new = |one: &Colleague| !known.iter().any(|it| it.account == one.id);
    let choices = all.into_iter().filter(is_new).collect();
    Ok(Known { of, said, known, choices })
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
    let line = |it: &conflicts::Known| Line {
        account: it.account,
        name: it.name.clone(),
        says: match &it.told {
            Some((kind, _)) => format!("{}: {}", it.name, kind.of_another().to_lowercase()),
            None => format!("{}: told in another application", it.name),
        },
        reason: it.told.as_ref().map(|(_, reason)| reason.clone()).unwrap_or_default(),
        can_be_lifted: it.told.is_some() && it.account != known.of.recruiter,
        at: moment(it.told_at, zone),
    };
    let lines: Vec<Line> = known.known.iter().map(line).collect();
    let page_ = Conflicts {
        layout: frame.layout("Conflicts").under(paths::CANDIDATES),
        said: &known.said,
        waits: known.said.waits_from.map(|at| at.as_microsecond().to_string()),
        can_lift: lines.iter().any(|one| one.can_be_lifted),
        known: lines,
        choices: &known.choices,
        kinds: Conflict::ALL,
        notice: match frame.done() {
            "looked" => "That is noted: nobody here is concerned.",
            "told" => "They see nothing of this candidate any more.",
            "lifted" => "They can be asked onto the candidate’s panels again.",
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
    let runs = conflicts::locked(&mut tx, &frame.viewer, &asked).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    let sees: Option<Allowed<MaySeeApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let sees = sees.ok_or(Failure::NotFound)?;
    let known = known(&mut tx, &runs, &sees, &recruits, now).await?;
    let done = match form.text("do") {
        "nobody" => looked(&mut tx, &runs, &mut form).await?.then_some("looked"),
        "lift" => lift(&mut tx, &runs, (&mut form, &known), now).await?.then_some("lifted"),
        _ => note(&mut tx, &runs, (&mut form, &known), now).await?.then_some("told"),
    };
    let Some(done) = done else {
        return show_page(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known);
    };
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done={done}", paths::conflicts(id))))
}

/// Keeps what was typed; `false` where the form says what is wrong with it.
async fn note(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    (form, known): (&mut Form, &Known),
    now: Timestamp,
) -> Result<bool, Failure> {
    let runs_it = [Some(known.of.recruiter), known.of.manager];
    let who: Option<AccountId> = form.read("who", |typed| {
        let found = known.choices.iter().find(|one| one.id.to_string() == typed);
        match found {
            Some(one) if runs_it.contains(&Some(one.id)) => {
                Err("They run this application; hand it to somebody else first")
            }
            Some(one) => Ok(one.id),
            // Told again, as by pressing twice, it stays what it was.
            None => known
                .known
                .iter()
                .find(|one| one.account.to_string() == typed)
                .map(|one| one.account)
                .ok_or("Choose somebody who interviews"),
        }
    });
    let kind =
        form.read("kind", |typed| Conflict::from_code(typed).ok_or("Choose what is between them"));
    let reason = form.read("reason", |typed| match typed.trim().chars().count() {
        0..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    });
    let (Some(who), Some(kind), Some(reason)) = (who, kind, reason) else { return Ok(false) };
    conflicts::note(tx, runs, (who, kind, &reason), now).await?;
    // Whoever keeps somebody off the panels has looked at what the candidate said.
    if let Some(seen) = seen(form) {
        needs::looked(tx, runs, seen).await?;
    }
    Ok(true)
}

/// What the candidate said when the page was made.
fn seen(form: &Form) -> Option<Timestamp> {
    form.text("seen").parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok())
}

/// Notes that nobody here is concerned by what the candidate said; `false` where the form says what is wrong
/// with it.
async fn looked(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    form: &mut Form,
) -> Result<bool, Failure> {
    let is_it = match seen(form) {
        Some(seen) => needs::looked(tx, runs, seen).await?,
        None => false,
    };
    if !is_it {
        form.refuse("do", "They have said something else meanwhile: look at it first");
    }
    Ok(is_it)
}

/// Takes back what was told by mistake; `false` where the form says what is wrong with it.
async fn lift(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    (form, known): (&mut Form, &Known),
    now: Timestamp,
) -> Result<bool, Failure> {
    let whose: Option<AccountId> = form.read("whose", |typed| {
        let found = known.known.iter().find(|one| one.account.to_string() == typed);
        // Taken back before, as by pressing twice, it is.
        let before = || known.choices.iter().find(|one| one.id.to_string() == typed);
        match found {
            Some(one) if one.account == known.of.recruiter => {
                Err("Nobody takes back their own; hand the application over first")
            }
            Some(one) if one.told.is_none() => {
                Err("It was told in another application, and is taken back there")
            }
            Some(one) => Ok(one.account),
            None => before().map(|one| one.id).ok_or("Choose whose conflict was told by mistake"),
        }
    });
    let why = form.read("why", |typed| match typed.trim().chars().count() {
        0 => Err("Say why, so that others can follow it"),
        1..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    });
    let (Some(whose), Some(why)) = (whose, why) else { return Ok(false) };
    conflicts::lift(tx, runs, (whose, &why), now).await?;
    Ok(true)
}
