//! A candidate's own page of a stage: what is asked, and the clock.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::words::{Reader, Standing, standing};
use super::{after, own_calendar};
use crate::account::store::calendar;
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::{Assignment, Recruiter, TimeRequest, length, reason};
use crate::assignment::deeds::Step;
use crate::assignment::model::{Closing, Phase, State as Stands, UNDO};
use crate::assignment::needs::Ahead;
use crate::assignment::paths;
use crate::assignment::promise::{self, After};
use crate::assignment::reminders::left;
use crate::assignment::store::introduced::{self, Introduced};
use crate::assignment::store::moves::{self, Made, NotMade};
use crate::assignment::store::{assignments, fixes, needs, time_requests};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::{Format, Settings};
use crate::content::library::{Reading, compose};
use crate::content::model::{DocPath, Level};
use crate::content::paths as documents;
use crate::content::store as content;
use crate::db::{Db, Tx};
use crate::track::model::{Track, in_words};
use crate::track::paths as track_paths;
use crate::track::store as tracks;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/own.html")]
struct Own<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    form: &'a Form,
    standing: Standing,
    clock: Option<Clock>,
    /// What they have from Start.
    limit: Option<String>,
    effort: Option<String>,
    guides: Vec<NavItem>,
    requests: Vec<Request>,
    /// More time would be of use still.
    waits: bool,
    /// Who looks at it: first name, role and two lines.
    panel: &'a [Introduced],
    recruiter: &'a Recruiter,
    can: Can,
    document: Option<Document>,
    notice: &'a str,
    refusal: &'a str,
    /// What was typed into a form that is not shown any more.
    typed: Vec<String>,
    /// Whether there is still something to say before Start, and whether they were asked whom they know.
    asking: Option<Asking>,
    /// What happens after it.
    after: Html,
    /// Its date as a file.
    dates: Option<String>,
    is_handed_in: bool,
    /// What was decided on it, once the candidate is told.
    decision: Option<String>,
    /// Where it is put together and handed in, or what was handed in is read.
    hand_in: String,
    /// What the panel asks to be fixed, while that can be done.
    fix: Option<String>,
    /// The time for it is over.
    fix_is_over: bool,
    start: String,
    time: String,
    withdrawal: String,
}

/// What can be said before Start, and where.
struct Asking {
    needs: String,
    knows: String,
    is_asked: bool,
}

/// A clock that ticks where scripts run, and is right without.
struct Clock {
    /// For machines.
    until: String,
    left: String,
}

/// What was asked and given, in words.
struct Request {
    at: Html,
    asked: String,
    was_asked: bool,
    answer: Option<(bool, String, String)>,
}

#[derive(Clone, Copy)]
struct Can {
    start: bool,
    hand_in: bool,
    ask: bool,
    withdraw: bool,
    undo: bool,
}

/// The challenge at the candidate's level.
struct Document {
    body: Html,
    /// Where the present one can be read, where that is another than theirs.
    newer: Option<String>,
}

/// What the page is made of.
struct Known {
    it: Assignment,
    requests: Vec<TimeRequest>,
    pinned: Option<content::Pinned>,
    track: Option<Track>,
    ahead: Ahead,
    panel: Vec<Introduced>,
    recruiter: Recruiter,
    calendar: WorkingDays,
    /// What the panel asked to be fixed.
    fix: Option<String>,
}

async fn known(tx: &mut Tx, allowed: &Allowed<MayTakeAssignment>) -> Result<Known, Failure> {
    let it = assignments::taken(tx, allowed).await?.ok_or(Failure::NotFound)?;
    let requests = time_requests::of(tx, &[it.id]).await?;
    let requests = requests.into_iter().map(|(_, request)| request).collect();
    let pinned = content::pinned(tx, it.document, &it.revision).await?;
    let track = tracks::list(tx).await?.into_iter().find(|track| track.id == it.track);
    let ahead = needs::own(tx, allowed).await?;
    let panel = introduced::to_candidate(tx, allowed).await?;
    let recruiter = introduced::recruiter(tx, allowed).await?;
    let calendar = calendar::find(tx).await?.calendar.working_days();
    let fix = match it.fix {
        Some(_) => fixes::what(tx, it.id).await?,
        None => None,
    };
    Ok(Known { it, requests, pinned, track, ahead, panel, recruiter, calendar, fix })
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, &allowed).await?;
    show_page(StatusCode::OK, (&frame, now), &Form::default(), &known, "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { it, requests, pinned, track, ahead, panel, recruiter, calendar, fix } = known;
    let reader = if ahead.is_closed { Reader::FormerCandidate } else { Reader::Candidate };
    let standing = standing(it, reader, now, zone);
    let follows = match ahead.is_closed {
        true => After::Nothing,
        false => promise::after(it, (&standing.state, standing.phase), calendar, now),
    };
    let recipe = track.as_ref().and_then(|track| {
        track
            .stages
            .iter()
            .find(|stage| stage.id == it.stage)
            .and_then(|stage| stage.recipe.clone())
    });
    let is_decided = standing.phase == Phase::Decided;
    let due = match &standing.state {
        Stands::InProgress(run) if standing.phase == Phase::InProgress => run.due,
        _ => None,
    };
    let wants_fix = it.open_fix(now).filter(|_| !ahead.is_closed && !standing.phase.is_over());
    let fix_is_over = it.fix.is_some_and(|fix| fix.is_missed(now))
        && matches!(standing.phase, Phase::Voting | Phase::Opened);
    let clock = due.or(wants_fix.map(|fix| fix.due)).map(|due| Clock {
        until: due.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        left: left(due, now).map_or("no time left".to_owned(), |left| format!("{left} left")),
    });
    let request = |one: &TimeRequest| Request {
        at: moment(one.asked_at, zone),
        asked: in_words(one.asked),
        was_asked: !one.reason.is_empty(),
        answer: one.answered.as_ref().map(|answered| {
            let given = in_words(answered.given);
            (!answered.given.is_zero(), given, answered.answer.clone())
        }),
    };
    let guides = track.iter().flat_map(|track| &track.text.guides).filter_map(|guide| {
        let href = guide_at(frame, pinned.as_ref(), &guide.document, it.level)?;
        Some(NavItem { title: guide.title.clone(), href })
    });
    let can_ask = due.is_some() && !requests.iter().any(|one| one.answered.is_none());
    let page_ = Own {
        layout: frame.layout(it.title.clone()),
        typed: if can_ask { Vec::new() } else { form.typed(&["why"]) },
        can: Can {
            start: standing.phase == Phase::Assigned && it.time_limit.is_some(),
            hand_in: it.format != Format::LiveSession
                && matches!(standing.phase, Phase::InProgress | Phase::Waiting),
            ask: can_ask,
            withdraw: !standing.phase.is_over(),
            undo: matches!(&standing.state, Stands::Closed { at, why: Closing::Withdrawn, .. }
                if now < *at + UNDO && !ahead.is_closed),
        },
        clock,
        limit: it.time_limit.map(in_words),
        effort: recipe.and_then(|recipe| recipe.effort),
        guides: guides.collect(),
        requests: requests.iter().map(request).collect(),
        waits: it.can_have_time(now),
        recruiter,
        panel: if standing.phase.is_over() { &[] } else { panel },
        document: pinned.as_ref().and_then(|pinned| document(pinned, it)),
        asking: (standing.phase == Phase::Assigned).then(|| Asking {
            needs: paths::own_needs(it.id),
            knows: paths::own_knows(it.id),
            is_asked: ahead.said.knows.is_some(),
        }),
        after: after::says(it, follows, now, (calendar, zone)),
        dates: own_calendar::ahead(it, now).map(|_| paths::own_calendar(it.id)),
        standing,
        notice: match frame.done() {
            "started" => "Your clock runs. Nothing is lost if you close this page.",
            "asked" => "Your recruiter is asked, and the answer comes by mail.",
            "withdrawn" => "You have withdrawn. Your recruiter is told.",
            "needs" => "That is settled, and your recruiter alone knows.",
            "knows" => "Thank you. Your recruiter alone reads it.",
            "back" => "You are back in. Your recruiter is told.",
            _ => "",
        },
        refusal,
        hand_in: paths::own_hand_in(it.id),
        fix: fix.clone().filter(|_| wants_fix.is_some()),
        fix_is_over,
        decision: is_decided.then(|| paths::own_decision(it.id)),
        is_handed_in: it.format != Format::LiveSession && it.handed_in.is_some(),
        start: paths::own_start(it.id),
        time: paths::own_time(it.id),
        withdrawal: paths::own_withdrawal(it.id),
        form,
        it,
    };
    page(status, &page_)
}

/// Where a level guide is read at a level: its matrix, that of the document a PDF is paired with, or else the
/// document itself. None where it is not here.
fn guide_at(
    frame: &Frame,
    pinned: Option<&content::Pinned>,
    document: &str,
    level: Level,
) -> Option<String> {
    let path = DocPath::parse(document)?;
    let settings = pinned.and_then(|pinned| Settings::of(&pinned.tree).ok());
    let paired = settings.and_then(|settings| {
        let mut pairs = settings.level_guides.into_iter();
        pairs.find(|pair| pair.pdf == path).map(|pair| pair.document)
    });
    let is_here = |address: &String| frame.pages().get(address).is_some();
    let matrix = |path: &DocPath| track_paths::level_guide(path.stem());
    let mut guides = paired.iter().chain([&path]).filter(|path| is_here(&matrix(path)));
    match guides.next() {
        Some(path) => Some(track_paths::level_guide_at(path.stem(), level)),
        None => Some(documents::document(&path)).filter(is_here),
    }
}

/// What the candidate was given, at their level. None where it cannot be read any more, which the page says.
fn document(pinned: &content::Pinned, it: &Assignment) -> Option<Document> {
    let reading = Reading::alone(&pinned.tree, &pinned.path).ok().flatten()?;
    let (body, _) = compose(&reading.at(Some(it.level)));
    let newer = (!pinned.is_present).then(|| documents::document_at(&pinned.path, it.level));
    Some(Document { body, newer })
}

/// What became of a step: the page again, saying so.
async fn stepped(
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    allowed: &Allowed<MayTakeAssignment>,
    (tx, made): (Tx, Result<Made, NotMade>),
    (form, done): (&Form, &str),
) -> Result<Response, Failure> {
    match made {
        Ok(_) => {
            let committed = tx.commit().await?;
            let href = format!("{}?done={done}", paths::own(allowed.assignment()));
            Ok(redirect::after(committed, &href))
        }
        Err(NotMade::Unknown) => Err(Failure::NotFound),
        Err(NotMade::Database(error)) => Err(error.into()),
        Err(refused) => {
            drop(tx);
            let known = known(&mut db.begin_reading().await?, allowed).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_page(status, (frame, now), form, &known, &refused.to_string())
        }
    }
}

pub async fn start(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let made = moves::take(&mut tx, &frame.viewer, &allowed, Step::Start, now).await;
    stepped(&db, (&frame, now), &allowed, (tx, made), (&Form::default(), "started")).await
}

pub async fn withdraw(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    form: Form,
) -> Result<Response, Failure> {
    let (step, done) = match form.text("do") {
        "undo" => (Step::UndoWithdrawal, "back"),
        _ => (Step::Withdraw, "withdrawn"),
    };
    let mut tx = db.begin().await?;
    let made = moves::take(&mut tx, &frame.viewer, &allowed, step, now).await;
    stepped(&db, (&frame, now), &allowed, (tx, made), (&form, done)).await
}

pub async fn ask_for_time(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let unit = form.text("unit").to_owned();
    let wanted = form.read("count", |typed| length(typed, &unit));
    let why = form.read("why", reason);
    let (Some(wanted), Some(why)) = (wanted, why) else {
        let known = known(&mut db.begin_reading().await?, &allowed).await?;
        return show_page(StatusCode::UNPROCESSABLE_ENTITY, (&frame, now), &form, &known, "");
    };
    let mut tx = db.begin().await?;
    let made = moves::ask_for_time(&mut tx, &frame.viewer, &allowed, (wanted, &why), now).await;
    stepped(&db, (&frame, now), &allowed, (tx, made), (&form, "asked")).await
}
