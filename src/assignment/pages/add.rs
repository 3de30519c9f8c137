//! Bringing a candidate into a track.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::account::model::{Email, NewAccount, person_name};
use crate::account::store::accounts::{self, Colleague, Refused as NoAccount};
use crate::account::{Accounts, emails};
use crate::assignment::access::MayRecruit;
use crate::assignment::application::{NewApplication, TimeFactor, challenge_level};
use crate::assignment::paths;
use crate::assignment::resume::Resume;
use crate::assignment::store::adding::{self, Refused};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, TrackId};
use crate::track::model::Track;
use crate::track::store as tracks;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;
use crate::web::viewer::{Role, Roles};

#[derive(Template)]
#[template(path = "assignment/add.html")]
struct Add<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    tracks: &'a [Track],
    managers: &'a [Colleague],
    sends_mail: bool,
    /// The application the candidate is in already.
    open: Option<String>,
    /// The candidate may not apply again yet, so that a reason is asked for.
    rests: bool,
}

/// What the page lets one choose from.
struct Choices {
    tracks: Vec<Track>,
    managers: Vec<Colleague>,
}

async fn choices(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    now: Timestamp,
) -> Result<Choices, Failure> {
    let managers = accounts::in_role(tx, allowed, Role::HiringManager, now).await?;
    Ok(Choices { tracks: tracks::list(tx).await?, managers })
}

pub async fn show(
    allowed: Allowed<MayRecruit>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let choices = choices(&mut db.begin_reading().await?, &allowed, now).await?;
    let form = Form::filled([("time", "100")]);
    show_form(StatusCode::OK, &frame, (&form, None), &choices, room.sends_mail)
}

fn show_form(
    status: StatusCode,
    frame: &Frame,
    (form, open): (&Form, Option<String>),
    choices: &Choices,
    sends_mail: bool,
) -> Result<Response, Failure> {
    let layout = frame.layout("Add a candidate").under(paths::CANDIDATES);
    let (tracks, managers) = (&choices.tracks, &choices.managers);
    let rests = !form.text("again").is_empty() || form.error("again").is_some();
    page(status, &Add { layout, form, tracks, managers, sends_mail, open, rests })
}

pub async fn save(
    allowed: Allowed<MayRecruit>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let choices = choices(&mut tx, &allowed, now).await?;
    let mut open = None;
    if let Some(typed) = read(&mut form, &choices) {
        match bring(&mut tx, &allowed, typed, now).await? {
            Brought::Added(id) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done=added", paths::application(id));
                return Ok(redirect::after(committed, &href));
            }
            Brought::Rests(from) => {
                let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
                let from = from.to_zoned(zone.clone()).strftime("%-d %B %Y");
                // The one field that helps: there the cursor goes.
                form.refuse(
                    "again",
                    format!(
                        "They can apply in this track again from {from} on. To add them before, say why"
                    ),
                );
            }
            Brought::Refused(field, message, id) => {
                form.refuse(field, message);
                open = id.map(paths::application);
            }
        }
    }
    drop(tx);
    if form.file("resume").is_some() {
        form.refuse("resume", "Choose the file again: a browser does not keep it");
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show_form(status, &frame, (&form, open), &choices, room.sends_mail)
}

/// Whom the form brings, and where to.
struct Typed {
    name: String,
    email: Email,
    track: TrackId,
    level: Level,
    manager: Option<AccountId>,
    source: String,
    note: String,
    time: TimeFactor,
    resume: Option<Resume>,
    /// Why they apply again before the time for it.
    again: String,
}

fn read(form: &mut Form, choices: &Choices) -> Option<Typed> {
    let name = form.read("name", person_name);
    let email = form.read("email", Email::parse);
    let track = form.read("track", |typed| {
        let known = choices.tracks.iter().find(|track| track.slug == typed);
        known.map(|track| track.id).ok_or("Choose a track")
    });
    let level = form.read("level", challenge_level);
    let manager = form.read("manager", |typed| match typed {
        "" => Ok(None),
        typed => {
            let known = choices.managers.iter().find(|one| one.id.to_string() == typed);
            known.map(|one| Some(one.id)).ok_or("Choose a hiring manager from the list")
        }
    });
    let at_most = |most: usize| {
        move |typed: &str| match typed.chars().count() {
            count if count <= most => Ok(typed.to_owned()),
            _ => Err(format!("Use at most {most} characters")),
        }
    };
    let source = form.read("source", at_most(200));
    let note = form.read("note", at_most(10_000));
    let again = form.read("again", at_most(2_000));
    let time = form.read("time", |typed| {
        let percent = typed.parse().ok().and_then(TimeFactor::from_percent);
        percent.ok_or("Choose how much time they have")
    });
    let resume = match form.file("resume").map(|file| Resume::read(file)).transpose() {
        Ok(resume) => Some(resume),
        Err(message) => {
            form.refuse("resume", message);
            None
        }
    };
    Some(Typed {
        resume: resume?,
        name: name?,
        email: email?,
        track: track?,
        level: level?,
        manager: manager?,
        source: source?,
        note: note?,
        time: time?,
        again: again?,
    })
}

enum Brought {
    Added(crate::ids::ApplicationId),
    /// They may apply again from then on.
    Rests(Timestamp),
    /// Beside which field, why, and the application there is already.
    Refused(&'static str, String, Option<crate::ids::ApplicationId>),
}

/// Finds or makes the candidate's account, and adds the application.
async fn bring(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    typed: Typed,
    now: Timestamp,
) -> Result<Brought, Failure> {
    let refused = |field, message: &str| Ok(Brought::Refused(field, message.to_owned(), None));
    let known = accounts::candidate_of_address(tx, allowed, typed.email.key()).await?;
    let candidate = match known {
        Some((_, false, _)) => {
            return refused("email", "This is the address of somebody who works here");
        }
        Some((_, true, true)) => {
            return refused(
                "email",
                "The account of this address is closed; an administrator can open it again",
            );
        }
        Some((id, true, false)) => id,
        None => {
            let roles = Roles::only(Role::Candidate);
            let new = NewAccount { email: typed.email, name: typed.name, roles, ends_at: None };
            match accounts::add(tx, allowed, &new, now).await {
                Ok(id) => {
                    emails::invite(tx, id, now).await?;
                    id
                }
                Err(NoAccount::Database(error)) => return Err(error.into()),
                Err(other) => return refused("email", &other.to_string()),
            }
        }
    };
    let new = NewApplication {
        candidate,
        track: typed.track,
        level: typed.level,
        manager: typed.manager,
        source: typed.source,
        note: typed.note,
        time: typed.time,
        resume: typed.resume,
    };
    let added = match typed.again.as_str() {
        "" => adding::add(tx, allowed, &new, now).await,
        why => adding::add_despite(tx, allowed, (&new, why), now).await,
    };
    match added {
        Ok(id) => Ok(Brought::Added(id)),
        Err(Refused::Database(error)) => Err(error.into()),
        Err(Refused::Rests(from)) => Ok(Brought::Rests(from)),
        Err(Refused::Conflict(who)) if Some(who) == new.manager => {
            refused("manager", "They have a conflict with this candidate; choose somebody else")
        }
        Err(Refused::Conflict(_)) => refused(
            "email",
            "You have a conflict with this candidate; a colleague of yours can bring them in",
        ),
        Err(Refused::Open(id)) => {
            let message = match id {
                Some(_) => "This candidate is in this track already, see above",
                None => "This candidate is in this track already, with another recruiter",
            };
            Ok(Brought::Refused("email", message.to_owned(), id))
        }
    }
}
