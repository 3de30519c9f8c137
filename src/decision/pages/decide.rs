//! Where the hiring manager writes down what the panel saw, decides, and looks at it as the candidate will.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::told::capitalised;
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Outcome, State as Stands};
use crate::assignment::pages::count::{self, CountedLine};
use crate::assignment::pages::next::{self, Proposed};
use crate::assignment::paths as stages;
use crate::assignment::store::moves::NotMade;
use crate::assignment::store::shown;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::decision::access::MayDecide;
use crate::decision::emails::outcome;
use crate::decision::model::{self, Contents, MOST, Observation};
use crate::decision::store::following::{self, Wanted};
use crate::decision::store::{self, NotDecided, ToDecide};
use crate::decision::telling::{HELD, let_go_at, told_at};
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
    rows: Vec<Row>,
    levels: Vec<Level>,
    /// What would be sent, once something is kept.
    preview: Option<Preview>,
    notice: &'a str,
    refusal: &'a str,
    /// What is proposed to come next, once it is decided that it goes on.
    next: Option<&'a Proposed>,
    /// The stages that are not taken, since they were passed before.
    counted: &'a [CountedLine],
    application: String,
    stage: String,
    action: String,
}

/// It is decided, and the candidate is told or will be.
struct Decided {
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

/// The fields of one observation.
struct Row {
    number: usize,
    kind: String,
    saw: String,
    asks: String,
    change: String,
    is_empty: bool,
}

/// What is kept, as the candidate will read it.
struct Preview {
    outcome: String,
    observations: Vec<Observation>,
    missing: Vec<String>,
    flags: Vec<String>,
    /// When they would read it.
    told: Html,
    version: i32,
}

fn name(part: &str, number: usize) -> String {
    format!("{part}-{number}")
}

fn filled(to_decide: &ToDecide) -> Form {
    let Contents { outcome, level, observations, note } = &to_decide.decision.contents;
    let mut form = Form::default();
    form.set("version", to_decide.decision.version.to_string());
    form.set("outcome", outcome.map_or("", Outcome::code));
    form.set("level", level.map(|level| level.to_string()).unwrap_or_default());
    form.set("note", note.clone());
    for (at, one) in observations.iter().enumerate() {
        let kind = if one.is_strength { "strength" } else { "gap" };
        form.set(&name("kind", at + 1), kind);
        form.set(&name("saw", at + 1), one.saw.clone());
        form.set(&name("asks", at + 1), one.asks.clone());
        form.set(&name("change", at + 1), one.change.clone());
    }
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
    let mut observations = Vec::new();
    let mut wrong = None;
    for number in 1..=MOST {
        let part = |part: &str| model::part(form.text(&name(part, number)));
        match (part("saw"), part("asks"), part("change")) {
            (Ok(saw), Ok(asks), Ok(change)) => {
                let is_strength = form.text(&name("kind", number)) == "strength";
                observations.push(Observation { is_strength, saw, asks, change });
            }
            (Err(message), ..) | (_, Err(message), _) | (.., Err(message)) => {
                wrong = Some(format!("Observation {number}: {message}"));
            }
        }
    }
    let observations = match model::observations(observations) {
        Ok(observations) => observations,
        Err(number) => {
            wrong = Some(format!("Observation {number}: Say what was seen, or leave it empty"));
            Vec::new()
        }
    };
    let note = form.read("note", |typed| match typed.chars().count() {
        0..=10_000 => Ok(typed.to_owned()),
        _ => Err("Use at most 10,000 characters"),
    });
    if let Some(wrong) = wrong {
        form.refuse("observations", wrong);
        return None;
    }
    Some(Contents { outcome, level, observations, note: note? })
}

pub async fn show(
    allowed: Allowed<MayDecide>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&db, (&frame, now), &allowed).await?;
    show_page(StatusCode::OK, (&frame, now), &filled(&known.to_decide), &known, "")
}

/// What the page is made of.
struct Known {
    to_decide: ToDecide,
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
    let shown = match to_decide.it.state {
        Stands::Decided { .. } => shown::find(&mut tx, &seen, now).await?,
        _ => None,
    };
    let next = match shown {
        Some(shown) => next::proposed(&mut tx, &seen, &shown, (now, zone)).await?,
        None => None,
    };
    Ok(Known { to_decide, next, counted })
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { to_decide, next, counted } = known;
    let ToDecide { it, candidate, panel, decision, .. } = to_decide;
    let state = settle(it.format, it.state.clone(), now);
    let is_open = matches!(state, Stands::Opened { .. });
    let contents = &decision.contents;
    let told = it.state.told_at().unwrap_or_else(|| told_at(now, &to_decide.mornings));
    let says = |text: &dyn ToString| format!("{}.", text.to_string());
    let preview = (decision.version > 0).then(|| Preview {
        outcome: capitalised(&outcome(contents, &it.title)),
        observations: contents.observations.clone(),
        missing: contents.missing(panel).iter().map(|one| says(one)).collect(),
        flags: contents.flags(it.level).iter().map(|one| says(one)).collect(),
        told: moment(told, &to_decide.mornings.zone),
        version: decision.version,
    });
    let filled = contents.observations.len();
    let typed = (1..=MOST).rev().find(|number| !form.text(&name("saw", *number)).is_empty());
    let page_ = Decide {
        layout: frame.layout(format!("Decide on {}", it.title)).under(stages::CANDIDATES),
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
        rows: (1..=MOST)
            .map(|number| Row {
                number,
                kind: name("kind", number),
                saw: name("saw", number),
                asks: name("asks", number),
                change: name("change", number),
                is_empty: number > typed.unwrap_or(0).max(filled).max(2),
            })
            .collect(),
        levels: (1..Level::MAX).rev().filter_map(Level::new).collect(),
        preview,
        notice: match frame.done() {
            "kept" => "That is kept. Nothing is decided yet.",
            "decided" => "It is decided, and the recruiter is told.",
            "held" => "It is held. They hear nothing until you let it go.",
            "let-go" => "It is let go.",
            "sent" => "It is sent, and they can read it now.",
            "back" => "It is taken back, and open for another decision. They know nothing of it.",
            "seen" => "It is off your desk.",
            _ => "",
        },
        refusal,
        application: stages::application(it.application),
        stage: stages::run(it.application, it.id),
        action: stages::decision(it.id),
        form,
        it,
    };
    page(status, &page_)
}

/// What was decided, and what can be done about it.
fn decided(to_decide: &ToDecide, (now, zone): (Timestamp, &TimeZone)) -> Option<Decided> {
    let ToDecide { it, decision, mornings, .. } = to_decide;
    let Stands::Decided { at, told_at, .. } = &it.state else { return None };
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
    Some(Decided { at: moment(*at, zone), says: Html::own(says), can })
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
        _ => {
            following::decide(tx, viewer, allowed, version, now).await?;
            return Ok("decided");
        }
    };
    following::follow(tx, viewer, allowed, (wanted, version), now).await?;
    Ok(done)
}

/// What is done to a decision as it is kept, without anything being written.
const DEEDS: [&str; 6] = ["decide", "hold", "let-go", "send", "take-back", "seen"];

pub async fn save(
    allowed: Allowed<MayDecide>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let acts = DEEDS.contains(&form.text("do"));
    let contents = if acts { None } else { typed(&mut form) };
    let mut refusal = String::new();
    if acts || contents.is_some() {
        let mut tx = db.begin().await?;
        match act(&mut tx, (&frame, &form), &allowed, contents.as_ref(), now).await {
            Ok(done) => {
                let committed = tx.commit().await?;
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
    show_page(status, (&frame, now), &form, &known, &refusal)
}
