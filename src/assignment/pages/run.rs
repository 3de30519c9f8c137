//! A stage that was given, for staff: where it stands, and what its recruiter can do about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::give::read_day;
use super::panel::{Line, line};
use super::sessions::{self, CanSay, KEEP_IN_TOUCH};
use super::words::{Reader, Standing, begin_by, move_begin_by, standing};
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::{
    Application, Assignment, TimeRequest, length, reason, typed_length,
};
use crate::assignment::deeds::Deed;
use crate::assignment::model::{Absence, Phase, State as Stands};
use crate::assignment::panel::{Member, missing};
use crate::assignment::paths;
use crate::assignment::store::moves::{self, NotMade};
use crate::assignment::store::{applications, assignments, firms, panels, time_requests};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, AssignmentId};
use crate::track::model::in_words;
use crate::track::store::recipes;
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

#[derive(Template)]
#[template(path = "assignment/run.html")]
struct Run<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    of: &'a Application,
    form: &'a Form,
    standing: Standing,
    /// The same instant where the candidate is.
    theirs: Option<Html>,
    /// Where a day that is typed ends.
    ends: &'static str,
    begin_by: &'static str,
    move_begin_by: &'static str,
    limit: Option<String>,
    requests: Vec<Request>,
    /// Who looks at it, and where the recruiter changes that.
    members: Vec<Line>,
    missing: usize,
    panel: Option<String>,
    /// Where the panel is followed from its votes to the decision.
    debrief: Option<String>,
    /// Nobody is asked onto it any more.
    is_over: bool,
    waits: bool,
    can: Can,
    says: CanSay,
    zone: &'a str,
    notice: &'a str,
    refusal: &'a str,
    /// What was typed into a form that is not shown any more.
    typed: Vec<String>,
    /// The accounts of firms it can be handed to.
    firms: &'a [(AccountId, String)],
    /// When something came late, and where it is taken.
    late: Option<(Html, String)>,
    /// Where its firm's assessment is.
    assess: Option<String>,
    /// Where what was handed in is, once something is: the receipt, or the work for the hiring manager.
    handed_in: Option<(&'static str, String)>,
    back: String,
    action: String,
}

/// More time that was asked for or given, in words.
struct Request {
    at: Html,
    asked: String,
    reason: String,
    answer: Option<(String, String)>,
}

/// What its recruiter can do about it now.
#[derive(Clone, Copy, Default)]
struct Can {
    extend: bool,
    start_by: bool,
    reopen: bool,
    revive: bool,
    cancel: bool,
    end_early: bool,
}

fn can(it: &Assignment, standing: &Standing, now: Timestamp) -> Can {
    let phase = standing.phase;
    let is_open = !phase.is_over() && phase != Phase::Opened;
    Can {
        extend: it.can_have_time(now),
        start_by: phase == Phase::Assigned,
        reopen: matches!(phase, Phase::Submitted | Phase::Voting) && it.format == Format::TakeHome,
        revive: standing.can_be_revived(now),
        cancel: is_open,
        end_early: is_open && phase != Phase::Assigned,
    }
}

/// What the page is made of.
struct Known {
    of: Application,
    it: Assignment,
    requests: Vec<TimeRequest>,
    members: Vec<Member>,
    firms: Vec<(AccountId, String)>,
    reader: Reader,
}

async fn known(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Known, Failure> {
    let of = applications::find(tx, seen).await?.ok_or(Failure::NotFound)?;
    let it = assignments::find(tx, seen, id).await?.ok_or(Failure::NotFound)?;
    // What a candidate says of their circumstances is for the recruiter alone, as is how long they have.
    let asked: &[AssignmentId] = if seen.runs_it() { &[id] } else { &[] };
    let requests = time_requests::of(tx, asked).await?.into_iter().map(|(_, it)| it).collect();
    let members = panels::members(tx, seen, id, now).await?;
    Ok(Known { of, it, requests, members, firms: Vec::new(), reader: Reader::of(seen) })
}

/// The same with the firms it can be handed to, where it can be.
async fn with_firms(
    tx: &mut Tx,
    runs: Option<&Allowed<MayRunApplication>>,
    known: Known,
    now: Timestamp,
) -> Result<Known, Failure> {
    let is_ahead = known.it.format == Format::External && !known.it.state.is_begun();
    let firms = match runs.filter(|_| is_ahead) {
        Some(runs) => firms::list(tx, runs, now).await?,
        None => Vec::new(),
    };
    Ok(Known { firms, ..known })
}

pub async fn show(
    seen: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin_reading().await?;
    let known = known(&mut tx, &seen, id, now).await?;
    let runs = Allowed::<MayRunApplication>::ask(&frame.viewer, &known.of.parties());
    let known = with_firms(&mut tx, runs.as_ref(), known, now).await?;
    drop(tx);
    let theirs = TimeZone::get(&known.of.zone).unwrap_or(TimeZone::UTC);
    let touch = (now + KEEP_IN_TOUCH).to_zoned(theirs).date().to_string();
    // What they asked for is what is given, unless another amount is typed.
    let open = known.requests.iter().find(|one| one.answered.is_none());
    let (count, unit) = open.map(|one| typed_length(one.asked)).unwrap_or_default();
    let form = Form::filled([("touch", touch.as_str()), ("count", count.as_str()), ("unit", unit)]);
    show_page(StatusCode::OK, (&frame, now), &form, &known, "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { of, it, requests, members, firms, reader } = known;
    let runs_it = *reader == Reader::Recruiter;
    let standing = standing(it, *reader, now, zone);
    let acts = runs_it && of.closed.is_none();
    let is_over = standing.phase.is_over() || of.closed.is_some();
    let due = match &standing.state {
        Stands::Assigned { start_by } => *start_by,
        Stands::InProgress(run) if runs_it => run.due,
        _ => None,
    };
    let their_zone = TimeZone::get(&of.zone).unwrap_or(TimeZone::UTC);
    let theirs =
        due.filter(|_| of.is_here && their_zone != *zone).map(|at| moment(at, &their_zone));
    let request = |one: &TimeRequest| Request {
        at: moment(one.asked_at, zone),
        asked: in_words(one.asked),
        reason: one.reason.clone(),
        answer: one.answered.as_ref().map(|it| {
            let given = if it.given.is_zero() { "no".to_owned() } else { in_words(it.given) };
            (given, it.answer.clone())
        }),
    };
    let can = if acts { can(it, &standing, now) } else { Can::default() };
    let says = if acts { CanSay::of(it, standing.phase) } else { CanSay::default() };
    let waits = requests.iter().any(|one| one.answered.is_none()) && it.can_have_time(now);
    let (field, is_shown) = match form.text("do") {
        "extend" => ("why", can.extend),
        "refuse" => ("no", can.extend && waits),
        "end-early" => ("ended", can.end_early),
        "cancel" => ("cancelled", can.cancel),
        "not-held" => ("missed", says.not_held),
        _ => ("", true),
    };
    let page_ = Run {
        typed: if is_shown { Vec::new() } else { form.typed(&[field]) },
        layout: frame.layout(it.title.clone()).under(paths::CANDIDATES),
        can,
        says,
        zone: zone.iana_name().unwrap_or("UTC"),
        waits,
        requests: requests.iter().map(request).collect(),
        limit: it.time_limit.filter(|_| runs_it).map(in_words),
        members: members
            .iter()
            .filter(|one| one.is_present())
            .map(|one| line(one, zone, is_over))
            .collect(),
        missing: match is_over || standing.phase.is_past_voting() {
            true => 0,
            false => missing(it.panel, members),
        },
        debrief: (!is_over || standing.phase == Phase::Decided).then(|| paths::debrief(it.id)),
        panel: runs_it.then(|| paths::panel(of.id, it.id)),
        is_over: is_over || standing.phase.is_past_voting(),
        theirs,
        ends: match of.is_here {
            true => "The end of that day where they are.",
            false => "The end of that day in UTC: where they are is not known until they accept.",
        },
        begin_by: begin_by(it.format),
        move_begin_by: move_begin_by(it.format),
        notice: match frame.done() {
            "moved" if !form.has_errors() => "That is done, and the candidate is told.",
            _ => "",
        },
        refusal,
        firms,
        late: it
            .late_at
            .filter(|_| runs_it)
            .map(|at| (moment(at, zone), paths::late(of.id, it.id))),
        assess: (runs_it
            && it.format == Format::External
            && matches!(
                standing.phase,
                Phase::InProgress | Phase::Waiting | Phase::Voting | Phase::Opened | Phase::Decided
            )
            && of.closed.is_none())
        .then(|| paths::assess(it.id)),
        handed_in: handed_in(it, &standing, runs_it),
        standing,
        back: paths::application(of.id),
        action: paths::run(of.id, it.id),
        form,
        of,
        it,
    };
    page(status, &page_)
}

/// Where what was handed in is: the receipt for the recruiter, the work for the hiring manager.
fn handed_in(
    it: &Assignment,
    standing: &Standing,
    runs_it: bool,
) -> Option<(&'static str, String)> {
    let is_here =
        matches!(standing.phase, Phase::Submitted | Phase::Voting | Phase::Opened | Phase::Decided)
            && it.format != Format::LiveSession;
    is_here.then(|| match runs_it {
        true => ("See the receipt", paths::receipt(it.application, it.id)),
        false => ("Look at the work", paths::work(it.id)),
    })
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
    mut form: Form,
) -> Result<Response, Failure> {
    let application = asked.application();
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let allowed: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, application).await?;
    let allowed = allowed.ok_or(Failure::NotFound)?;
    let seen: Option<Allowed<MaySeeApplication>> =
        applications::locked(&mut tx, &frame.viewer, application).await?;
    let known = known(&mut tx, &seen.ok_or(Failure::NotFound)?, id, now).await?;
    let known = with_firms(&mut tx, Some(&allowed), known, now).await?;
    let zone = TimeZone::get(&known.of.zone).unwrap_or(TimeZone::UTC);
    let version = form.text("version").parse().unwrap_or_default();
    let own = frame.viewer.person().ok_or(Failure::NotFound)?.zone.clone();
    let lasts = match form.text("do") {
        "held" => sessions::lasts(recipes::find(&mut tx, known.it.stage).await?.as_ref()),
        _ => SignedDuration::ZERO,
    };
    let deed = sessions::read(&mut form, &known.it, (&own, &zone), (lasts, now));
    let deed = deed.or_else(|| read(&mut form, &zone, now));
    let mut refusal = String::new();
    if let Some(deed) = deed {
        match moves::run(&mut tx, &allowed, (id, version), &deed, now).await {
            Ok(_) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done=moved", paths::run(application, id));
                return Ok(redirect::after(committed, &href));
            }
            Err(NotMade::Unknown) => return Err(Failure::NotFound),
            Err(NotMade::Database(error)) => return Err(error.into()),
            Err(refused) => refusal = refused.to_string(),
        }
    }
    show_page(StatusCode::UNPROCESSABLE_ENTITY, (&frame, now), &form, &known, &refusal)
}

/// What the form asks for. Days end where the candidate is.
fn read(form: &mut Form, zone: &TimeZone, now: Timestamp) -> Option<Deed> {
    let unit = form.text("unit").to_owned();
    match form.text("do") {
        "extend" => {
            let by = form.read("count", |typed| length(typed, &unit));
            let reason = form.read("why", reason);
            Some(Deed::Extend { by: by?, reason: reason? })
        }
        "refuse" => form.read("no", reason).map(|reason| Deed::RefuseTime { reason }),
        "start-by" => {
            form.read("by", |typed| read_day(typed, zone, now)).map(|at| Deed::StartBy { at })
        }
        "cancel" => form.read("cancelled", reason).map(|reason| Deed::Cancel { reason }),
        "end-early" => form.read("ended", reason).map(|reason| Deed::EndEarly { reason }),
        "reopen" => {
            let due = form.read("due", |typed| read_day(typed, zone, now));
            due.map(|due| Deed::Reopen { due })
        }
        "revive" => {
            let until = form.read("until", |typed| read_day(typed, zone, now));
            until.map(|until| Deed::Revive { until })
        }
        _ if form.has_errors() => None,
        _ => {
            form.refuse("do", "Choose what to do");
            None
        }
    }
}
