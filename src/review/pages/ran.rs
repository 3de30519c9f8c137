//! The run log on the page of a stage: one's own while the votes are sealed, everybody's once they are open.

use axum::response::Response;
use jiff::tz::TimeZone;

use crate::assignment::access::{MayAnswer, Seated};
use crate::assignment::application::Assignment;
use crate::assignment::model::Phase;
use crate::assignment::paths;
use crate::assignment::store::seats;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::review::access::{MayReadVotes, MayVote};
use crate::review::run_log::{self, LoggedRun, OpenedRun, Own};
use crate::review::store::run_log::{self as log, NotLogged};
use crate::web::allowed::{Allowed, Viewer};
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::moment::moment;
use crate::web::redirect;

/// What a page shows of the run log.
#[derive(Debug)]
pub(super) enum Log {
    Nothing,
    /// One's own, which goes on.
    Keeping(Vec<Own>),
    Opened(Vec<OpenedRun>),
}

/// What there is of it for whoever has this seat, in `phase`.
pub(super) async fn log(
    tx: &mut Tx,
    viewer: &Viewer,
    seat: Seated,
    (it, phase): (&Assignment, Phase),
) -> Result<Log, Failure> {
    if log::is_kept(it.format, phase)
        && let Some(allowed) = Allowed::<MayVote>::ask(viewer, &Some(seat))
    {
        return Ok(Log::Keeping(log::own(tx, &allowed).await?));
    }
    match Allowed::<MayReadVotes>::ask(viewer, &Some(seat)) {
        Some(reads) if matches!(phase, Phase::Opened | Phase::Decided) => {
            Ok(Log::Opened(log::of_panel(tx, &reads).await?))
        }
        _ => Ok(Log::Nothing),
    }
}

/// An entry as pages show it.
pub(super) struct Line {
    pub run: LoggedRun,
    pub author: Option<String>,
    pub is_practice: bool,
    /// When it was written down, and how to remove it: its author's own alone.
    pub own: Option<(Html, String)>,
}

pub(super) fn own(own: &Own, zone: &TimeZone) -> Line {
    let removes = Some((moment(own.at, zone), own.id.to_string()));
    Line { run: own.run.clone(), author: None, is_practice: false, own: removes }
}

pub(super) fn opened(one: &OpenedRun) -> Line {
    let OpenedRun { run, author, is_practice } = one.clone();
    Line { run, author, is_practice, own: None }
}

/// Writes an entry down, or removes one; a sentence where that is refused.
pub(super) async fn save(
    (asked, db): (&Allowed<MayAnswer>, &Db),
    (frame, now): (&Frame, Timestamp),
    form: &mut Form,
) -> Result<Result<Response, String>, Failure> {
    let seat = seats::facts(db, asked.assignment(), asked.account()).await?;
    let votes = Allowed::<MayVote>::ask(&frame.viewer, &seat).ok_or(Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let made = match form.text("do") {
        "ran" => {
            let Some(run) = read(form) else { return Ok(Err(String::new())) };
            log::add(&mut tx, &frame.viewer, &votes, &run, now).await
        }
        _ => {
            let id = form.text("run").parse().map_err(|_| Failure::NotFound)?;
            log::remove(&mut tx, &frame.viewer, &votes, id, now).await
        }
    };
    match made {
        Ok(()) => {
            let done = form.text("do");
            let href = format!("{}?done={done}#page.ran", paths::review(asked.assignment()));
            Ok(Ok(redirect::after(tx.commit().await?, &href)))
        }
        Err(NotLogged::Gone) => Err(Failure::NotFound),
        Err(NotLogged::Database(error)) => Err(error.into()),
        Err(refused) => Ok(Err(refused.to_string())),
    }
}

fn read(form: &mut Form) -> Option<LoggedRun> {
    let machine = form.read("machine", run_log::machine);
    let commands = form.read("commands", run_log::commands);
    let result = form.read("result", run_log::result);
    Some(LoggedRun { machine: machine?, commands: commands?, result: result? })
}
