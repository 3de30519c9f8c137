//! One application: the path of its track, where it stands, and everything that happened.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::candidates::GONE;
use super::count::{self, CountedLine};
use super::next::{self, Proposed};
use super::words::{Reader, Standing, standing};
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::{Application, Assignment};
use crate::assignment::counting::may_undo;
use crate::assignment::needs::Needs;
use crate::assignment::paths;
use crate::assignment::store::shown;
use crate::assignment::timeline::{self, Line};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::ids::{AssignmentId, StageId};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::page::page;

/// Events of the timeline that are shown.
const EVENTS: usize = 200;

#[derive(Template)]
#[template(path = "assignment/show.html")]
struct Show<'a> {
    layout: Layout<'a>,
    it: &'a Application,
    track: String,
    since: Html,
    runs_it: bool,
    others: Vec<OtherLine>,
    /// Where to read it.
    resume: Option<String>,
    change_resume: String,
    hand_over: String,
    conflicts: String,
    close: String,
    /// When it was closed.
    closed_on: Option<Html>,
    private: Option<(String, Needs)>,
    notice: &'a str,
    refusal: &'a str,
    /// Where a stage that was passed before is counted.
    count: String,
    /// What is proposed to come next.
    next: Option<Proposed>,
    stages: Vec<Step>,
    timeline: Vec<Told>,
}

/// A stage of the track, or one that was given and is in it no more.
struct Step {
    id: StageId,
    title: String,
    given: Vec<Given>,
    /// It is not taken, and whether that can be taken back.
    counted: Option<(CountedLine, bool)>,
    /// That it was passed before, and counts.
    counts: Option<Html>,
    /// Where it can be given.
    give: Option<String>,
}

struct Given {
    id: AssignmentId,
    href: String,
    level: u8,
    standing: Standing,
    asks_for_time: bool,
    /// There is something left that its recruiter can do about it.
    can_change: bool,
}

/// Another application of the candidate's.
struct OtherLine {
    track: String,
    since: Html,
    is_closed: bool,
    /// Where whoever may see it does.
    href: Option<String>,
}

struct Told {
    line: Line,
    at: Html,
}

pub async fn show(
    allowed: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    show_page(StatusCode::OK, &db, (&frame, now), (&allowed, "")).await
}

/// The page as it is now, with why something was not done on it.
pub(super) async fn show_page(
    status: StatusCode,
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    (allowed, refusal): (&Allowed<MaySeeApplication>, &str),
) -> Result<Response, Failure> {
    let mut tx = db.begin_reading_as_planned().await?;
    let shown = shown::find(&mut tx, allowed, now).await?.ok_or(Failure::NotFound)?;
    let told = shown::timeline(&mut tx, allowed, EVENTS).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let next = next::proposed(&mut tx, allowed, &shown, (now, zone)).await?;
    let it = shown.application;
    let stages = steps(&it, &shown.path, Reader::of(allowed), (now, zone));
    // Nothing is given before its candidate knows of what was decided.
    let is_untold = next.as_ref().is_some_and(|next| next.not_yet.is_some());
    let titled = |step: &Step| -> Vec<(Uuid, String)> {
        let ids = step.given.iter().map(|one| one.id.into()).chain([step.id.into()]);
        ids.map(|id| (id, step.title.clone())).collect()
    };
    let titles: Vec<_> = stages.iter().flat_map(titled).collect();
    let reads = match allowed.runs_it() {
        true => timeline::Reader::Recruiter,
        false => timeline::Reader::Manager,
    };
    let lines = timeline::lines(&told, &titles, reads);
    let lines = lines.into_iter().map(|line| Told { at: moment(line.at, zone), line });
    let page_ = Show {
        layout: frame.layout(it.name.clone()).under(paths::CANDIDATES),
        track: shown.track.unwrap_or_else(|| GONE.to_owned()),
        since: day(it.created_at, zone),
        runs_it: allowed.runs_it(),
        others: shown.others.into_iter().map(|one| other(one, zone)).collect(),
        resume: shown.has_resume.then(|| paths::resume_file(it.id)),
        change_resume: paths::resume(it.id),
        hand_over: paths::hand_over(it.id),
        conflicts: paths::conflicts(it.id),
        close: paths::close(it.id),
        closed_on: it.closed.as_ref().map(|closed| day(closed.at, zone)),
        private: shown.private,
        notice: match frame.done() {
            "added" => "The candidate is in. Give them their first stage below.",
            "handed" => "That is who looks after it now.",
            "resume" => "That is kept.",
            "closed" => "The application is closed, and the candidate is told.",
            "given" => "The stage is given, and the candidate is told.",
            "counted" => "It counts, and the candidate is told.",
            "uncounted" => "It does not count any more, and the candidate is told.",
            _ => "",
        },
        refusal,
        count: paths::count(it.id),
        stages: stages
            .into_iter()
            .map(|step| Step {
                give: step.give.filter(|_| allowed.runs_it() && !is_untold),
                ..step
            })
            .collect(),
        next,
        timeline: lines.collect(),
        it: &it,
    };
    page(status, &page_)
}

fn other(it: shown::Other, zone: &TimeZone) -> OtherLine {
    OtherLine {
        since: day(it.since, zone),
        href: it.is_theirs.then(|| paths::application(it.id)),
        track: it.track,
        is_closed: it.is_closed,
    }
}

/// The steps of the path, each with what was given of it.
fn steps(
    it: &Application,
    path: &[shown::Step],
    reader: Reader,
    (now, zone): (Timestamp, &TimeZone),
) -> Vec<Step> {
    let acts = reader == Reader::Recruiter && it.closed.is_none();
    let all = path.iter().flat_map(|step| &step.given);
    let assignments: Vec<&Assignment> = all.map(|one| &one.assignment).collect();
    let given = |one: &shown::Given| {
        let standing = standing(&one.assignment, reader, now, zone);
        Given {
            id: one.assignment.id,
            href: paths::run(it.id, one.assignment.id),
            level: one.assignment.level.number(),
            asks_for_time: one.asks_for_time,
            can_change: acts && (!standing.phase.is_over() || standing.can_be_revived(now)),
            standing,
        }
    };
    let step = |step: &shown::Step| {
        let all: Vec<Given> = step.given.iter().map(given).collect();
        let is_under_way = all.iter().any(|one| !one.standing.phase.is_over());
        let can_be_given =
            step.is_present && !is_under_way && it.closed.is_none() && step.counted.is_none();
        let counted = step.counted.as_ref().map(|one| {
            let can_undo = acts && may_undo(&assignments, one.at).is_ok();
            (count::line(one, zone), can_undo)
        });
        Step {
            id: step.stage,
            counted,
            counts: step.counts.as_ref().map(|pass| count::counts(pass, zone)),
            title: step.title.clone(),
            given: all,
            give: can_be_given.then(|| format!("{}?stage={}", paths::give(it.id), step.stage)),
        }
    };
    path.iter().map(step).collect()
}
