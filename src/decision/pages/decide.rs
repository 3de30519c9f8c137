//! Where the hiring manager writes down what the panel saw, decides, and looks at it as the candidate will.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::observations::{self, Quote, Row};
use super::told::{self, Part};
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Outcome, State as Stands};
use crate::assignment::pages::count::{self, CountedLine};
use crate::assignment::pages::next::{self, Proposed};
use crate::assignment::paths as stages;
use crate::assignment::store::moves::NotMade;
use crate::assignment::store::shown::{self, Shown};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::decision::access::MayDecide;
use crate::decision::model::{Contents, MOST};
use crate::decision::store::following::{self, Wanted};
use crate::decision::store::{self, NotDecided, ToDecide};
use crate::decision::telling::{HELD, let_go_at, told_at};
use crate::review::access::MayDebrief;
use crate::review::model::{Opened, Tally};
use crate::review::store::votes::{self, Debrief};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "decision/decide.html")]
struct Decide<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    candidate: &'a str,
    form: &'a Form,
    /// The votes are open, and nothing is decided.
    is_open: bool,
    /// It has ended, and nothing was decided that anybody was told.
    is_ended: bool,
    /// Until when the candidate can hand in a fix: before that nothing is decided.
    fix_until: Option<Html>,
    decided: Option<Decided>,
    /// Why what was decided before was never told, and whether that stands on the desk.
    unsent: Option<(Html, bool)>,
    /// How the panel voted, once its votes are open.
    tally: Option<Tally>,
    /// Its votes are what was sealed.
    seal_holds: bool,
    /// What it wrote, for observations to begin with; and whether one has begun with some of it.
    quotes: Vec<Quote>,
    are_begun: bool,
    rows: Vec<Row>,
    can_have_more: bool,
    levels: Vec<Level>,
    /// What would be sent, once something is kept.
    preview: Option<Preview>,
    notice: &'a str,
    refusal: &'a str,
    /// What is proposed to come next, once it is decided that it goes on.
    next: Option<&'a Proposed>,
    /// The stages that are not taken, since they were passed before.
    counted: &'a [CountedLine],
    /// What was decided on stages before, by their titles.
    earlier: Vec<(&'a str, String)>,
    application: String,
    stage: String,
    debrief: String,
    /// Where the work is, where there is any.
    work: Option<String>,
    action: String,
}

/// It is decided, and the candidate is told or will be.
struct Decided {
    goes_on: bool,
    /// The level the work reaches.
    level: Option<Level>,
    at: Html,
    says: Html,
    /// What can be done about it, while the candidate does not know.
    can: Option<Can>,
}

struct Can {
    /// The version of the stage it is done to.
    version: i32,
    is_held: bool,
    /// When it would go out if it were let go now.
    goes: Html,
    /// It can go out at once; else from when on.
    now: Result<(), Html>,
}

/// What is kept, as the candidate will read it.
struct Preview {
    /// That it was kept just now; empty where it was not.
    kept: &'static str,
    /// None while nothing was chosen.
    outcome: Option<String>,
    parts: Vec<Part>,
    missing: Vec<String>,
    flags: Vec<String>,
    /// When they would read it.
    told: Html,
}

fn filled(to_decide: &ToDecide) -> Form {
    let Contents { outcome, level, observations, note } = &to_decide.decision.contents;
    let mut form = Form::default();
    form.set("version", to_decide.decision.version.to_string());
    form.set("outcome", outcome.map_or("", Outcome::code));
    form.set("level", level.map(|level| level.to_string()).unwrap_or_default());
    form.set("note", note.clone());
    observations::fill(&mut form, observations);
    form
}

fn typed(form: &mut Form) -> Option<Contents> {
    let outcome = Outcome::from_code(form.text("outcome"));
    let level = match form.text("level") {
        "" => None,
        typed => {
            typed.parse().ok().and_then(Level::new).filter(|level| level.number() < Level::MAX)
        }
    };
    let observations = observations::read(form);
    let note = form.read("note", |typed| match typed.chars().count() {
        0..=10_000 => Ok(typed.to_owned()),
        _ => Err("Use at most 10,000 characters"),
    });
    Some(Contents { outcome, level, observations: observations?, note: note? })
}

pub async fn show(
    allowed: Allowed<MayDecide>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&db, (&frame, now), &allowed).await?;
    let form = filled(&known.to_decide);
    show_page(StatusCode::OK, (&frame, now), (&form, None), &known, "")
}

/// What the page is made of.
struct Known {
    to_decide: ToDecide,
    /// The open votes of its panel; none while they are sealed.
    votes: Option<Vec<Opened>>,
    /// They are what was sealed.
    seal_holds: bool,
    /// The application it is of.
    of: Shown,
    /// What comes after it.
    next: Option<Proposed>,
    counted: Vec<CountedLine>,
}

async fn known(
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    allowed: &Allowed<MayDecide>,
) -> Result<Known, Failure> {
    let mut tx = db.begin_reading().await?;
    let to_decide = store::find(&mut tx, allowed).await?.ok_or(Failure::NotFound)?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let seen = Allowed::<MaySeeApplication>::ask(&frame.viewer, &allowed.parties());
    let seen = seen.ok_or(Failure::NotFound)?;
    let counted = count::lines(&mut tx, &seen, (now, zone)).await?;
    let debriefs = Allowed::<MayDebrief>::ask(&frame.viewer, &allowed.given());
    let debriefs = debriefs.ok_or(Failure::NotFound)?;
    let (votes, seal_holds) = match votes::of_debrief(&mut tx, &debriefs, &to_decide.it).await? {
        Some((Debrief::Votes(votes, _), seal_holds)) => (Some(votes), seal_holds),
        _ => (None, true),
    };
    let of = shown::find(&mut tx, &seen, now).await?.ok_or(Failure::NotFound)?;
    let next = match to_decide.it.state {
        Stands::Decided { .. } => next::proposed(&mut tx, &seen, &of, (now, zone)).await?,
        _ => None,
    };
    Ok(Known { to_decide, votes, seal_holds, of, next, counted })
}

/// `begun` is the first of the observations that were just begun.
fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    (form, begun): (&Form, Option<usize>),
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { to_decide, votes, seal_holds, of, next, counted } = known;
    let ToDecide { it, candidate, panel, decision, .. } = to_decide;
    let state = settle(it.format, it.state.clone(), now);
    let is_open = matches!(state, Stands::Opened { .. });
    let contents = &decision.contents;
    let told = it.state.told_at().unwrap_or_else(|| told_at(now, &to_decide.mornings));
    let tally = votes.as_ref().map(Tally::of);
    let says = |text: &dyn ToString| format!("{}.", text.to_string());
    let missing = contents.missing(panel);
    let preview = (decision.version > 0).then(|| Preview {
        kept: match (frame.done(), missing.is_empty()) {
            _ if !is_open || form.has_errors() => "",
            ("kept", true) => "That is kept. Nothing is decided yet.",
            ("kept", false) => "That is kept. Before it can be decided:",
            ("changed", true) => {
                "You had changed it since you looked at it. It is kept: look once more, then decide."
            }
            ("changed", false) => {
                "You had changed it since you looked at it. It is kept. Before it can be decided:"
            }
            _ => "",
        },
        outcome: contents.outcome.map(|_| told::in_a_sentence(contents, &it.title)),
        parts: told::parts(contents.outcome, &contents.observations),
        missing: missing.iter().map(|one| says(one)).collect(),
        flags: contents.flags(it.level, tally).iter().map(|one| says(one)).collect(),
        told: moment(told, &to_decide.mornings.zone),
    });
    let earlier = of.path.iter().flat_map(|step| &step.given).map(|given| &given.assignment);
    let earlier =
        earlier.filter(|one| one.id != it.id && matches!(one.state, Stands::Decided { .. }));
    let rows = observations::rows(form, begun);
    let (quotes, are_begun) =
        votes.as_deref().map(|votes| observations::quotes(votes, form)).unwrap_or_default();
    let title = match it.state {
        Stands::Decided { .. } => format!("The decision on {}", it.title),
        _ => format!("Decide on {}", it.title),
    };
    let page_ = Decide {
        layout: frame.layout(title).under(stages::CANDIDATES),
        candidate,
        is_open,
        is_ended: matches!(state, Stands::Closed { .. }),
        fix_until: it.open_fix(now).filter(|_| is_open).map(|fix| moment(fix.due, zone)),
        decided: decided(to_decide, (now, zone)),
        next: next.as_ref(),
        counted,
        unsent: decision.unsent.map(|it| {
            let at = day(it.at, zone);
            let why = match it.with_application {
                true => format!("the application was closed on {} before", at.as_str()),
                false => format!("they withdrew on {} before", at.as_str()),
            };
            (Html::own(why), !it.is_seen)
        }),
        tally,
        seal_holds: *seal_holds,
        quotes,
        are_begun,
        can_have_more: rows.len() < MOST,
        rows,
        levels: (1..Level::MAX).rev().filter_map(Level::new).collect(),
        preview,
        notice: match frame.done() {
            "decided" => "It is decided, and the recruiter is told.",
            "held" => "It is held. They hear nothing until you let it go.",
            "let-go" => "It is let go.",
            "sent" => "It is sent, and they can read it now.",
            "back" => "It is taken back, and open for another decision. They know nothing of it.",
            "seen" => "It is off your desk.",
            _ => "",
        },
        refusal,
        earlier: earlier.map(|one| (one.title.as_str(), stages::decision(one.id))).collect(),
        application: stages::application(it.application),
        stage: stages::run(it.application, it.id),
        debrief: stages::debrief(it.id),
        work: (it.format != Format::LiveSession).then(|| stages::work(it.id)),
        action: stages::decision(it.id),
        form,
        it,
    };
    page(status, &page_)
}

/// What was decided, and what can be done about it.
fn decided(to_decide: &ToDecide, (now, zone): (Timestamp, &TimeZone)) -> Option<Decided> {
    let ToDecide { it, decision, mornings, .. } = to_decide;
    let Stands::Decided { at, outcome, level, told_at, .. } = &it.state else { return None };
    let is_over = decision.unsent.is_some();
    let says = match told_at {
        _ if is_over => "They were not told.".to_owned(),
        None => "You hold it, and they are not told until you let it go.".to_owned(),
        Some(told) if *told > now => format!(
            "It goes out on {}; where they are, that is {}.",
            moment(*told, zone).as_str(),
            moment(*told, &mornings.zone).as_str()
        ),
        Some(told) => format!("They were told on {}.", moment(*told, zone).as_str()),
    };
    let is_untold = told_at.is_none_or(|told| told > now) && !is_over;
    let from = *at + HELD;
    let can = is_untold.then(|| Can {
        version: it.version,
        is_held: told_at.is_none(),
        goes: moment(let_go_at((*at, now), mornings), zone),
        now: if from <= now { Ok(()) } else { Err(moment(from, zone)) },
    });
    Some(Decided {
        goes_on: *outcome == Outcome::Advance,
        level: *level,
        at: moment(*at, zone),
        says: Html::own(says),
        can,
    })
}

/// What is kept of it.
async fn kept(db: &Db, allowed: &Allowed<MayDecide>) -> Result<Option<Contents>, Failure> {
    let found = store::find(&mut db.begin_reading().await?, allowed).await?;
    Ok(found.map(|it| it.decision).filter(|it| it.version > 0).map(|it| it.contents))
}

/// Does what was asked for, and says what there is to confirm.
async fn act(
    tx: &mut Tx,
    (frame, form): (&Frame, &Form),
    allowed: &Allowed<MayDecide>,
    contents: Option<&Contents>,
    now: Timestamp,
) -> Result<&'static str, NotDecided> {
    let version = form.text("version").parse().unwrap_or(-1);
    let viewer = &frame.viewer;
    if let Some(contents) = contents {
        store::keep(tx, viewer, allowed, (contents, version), now).await?;
        return Ok("kept");
    }
    let (wanted, done) = match form.text("do") {
        "hold" => (Wanted::Hold, "held"),
        "let-go" => (Wanted::LetGo, "let-go"),
        "send" => (Wanted::SendNow, "sent"),
        "take-back" => (Wanted::TakeBack, "back"),
        "seen" => {
            following::see(tx, viewer, allowed, now).await?;
            return Ok("seen");
        }
        "decide" => {
            following::decide(tx, viewer, allowed, version, now).await?;
            return Ok("decided");
        }
        _ => return Err(NotDecided::Unknown),
    };
    following::follow(tx, viewer, allowed, (wanted, version), now).await?;
    Ok(done)
}

pub async fn save(
    allowed: Allowed<MayDecide>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    if let Some(begins) = observations::Begins::from_code(form.text("do")) {
        let known = known(&db, (&frame, now), &allowed).await?;
        let begun = begins.put(&mut form, known.votes.as_deref().unwrap_or_default());
        let status =
            if form.has_errors() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        return show_page(status, (&frame, now), (&form, begun), &known, "");
    }
    let is_decided_on = form.has("do", "decide");
    // Whatever else is asked for is done to the decision as it is kept, without anything being written.
    let mut acts = form.text("do") != "keep";
    let mut contents = None;
    if !acts || is_decided_on && observations::are_sent(&form) {
        contents = typed(&mut form);
        // What was changed since it was looked at is kept, and looked at once more.
        acts = acts && contents.is_some() && contents == kept(&db, &allowed).await?;
        contents = contents.filter(|_| !acts);
    }
    let mut refusal = String::new();
    if acts || contents.is_some() {
        let mut tx = db.begin().await?;
        match act(&mut tx, (&frame, &form), &allowed, contents.as_ref(), now).await {
            Ok(done) => {
                let committed = tx.commit().await?;
                // What was kept is looked at where the candidate's words stand, wherever that is on the page.
                let done = match done {
                    "kept" if is_decided_on => "changed#page.preview",
                    "kept" => "kept#page.preview",
                    done => done,
                };
                let href = format!("{}?done={done}", stages::decision(allowed.assignment()));
                return Ok(redirect::after(committed, &href));
            }
            Err(NotDecided::Refused(NotMade::Unknown)) => return Err(Failure::NotFound),
            Err(NotDecided::Refused(NotMade::Database(error))) => return Err(error.into()),
            Err(refused) => refusal = refused.to_string(),
        }
    }
    let known = known(&db, (&frame, now), &allowed).await?;
    if acts {
        form = filled(&known.to_decide);
    } else {
        // What is typed now is put over what is kept now.
        form.set("version", known.to_decide.decision.version.to_string());
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show_page(status, (&frame, now), (&form, None), &known, &refusal)
}
