//! Giving a candidate a stage.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Zoned;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::letter;
use super::panel::{Ask, sorted};
use super::words::begin_by;
use crate::account::Accounts;
use crate::account::model::last_day;
use crate::account::store::calendar;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::{Application, TimeFactor, challenge_level};
use crate::assignment::paths;
use crate::assignment::store::assignments::{self, NewAssignment, NotGiven};
use crate::assignment::store::needs::{self, Knows};
use crate::assignment::store::panels::{self, NotChanged};
use crate::assignment::store::{applications, prospects};
use crate::calendar::WorkingDays;
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, StageId};
use crate::track::model::{Recipe, StageSettings, Terms, in_words};
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::moment::written;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

/// How many days a candidate has to begin, where no recipe says it.
const START_WITHIN_DAYS: u16 = 7;

/// The day proposed to a candidate in `zone` who has a stage at `from` to begin it by: one on which somebody of the
/// company can be asked.
pub(super) fn day_to_begin(
    from: Timestamp,
    within_days: Option<u16>,
    (zone, days): (TimeZone, &WorkingDays),
) -> Zoned {
    let within = 24 * i64::from(within_days.unwrap_or(START_WITHIN_DAYS));
    let by = (from + SignedDuration::from_hours(within)).to_zoned(zone);
    by.with().date(days.working_from(by.date())).build().unwrap_or(by)
}

#[derive(Template)]
#[template(path = "assignment/give.html")]
struct Give<'a> {
    layout: Layout<'a>,
    it: &'a Application,
    track: &'a str,
    /// The track has no open positions.
    is_filled: bool,
    form: &'a Form,
    choices: Vec<Choice>,
    /// The one that is given, once it is chosen.
    chosen: Option<Choice>,
    /// What its day is for, and how it goes on once it is given.
    begin_by: &'static str,
    how: &'static str,
    terms: Terms,
    /// Whom the candidate knows here.
    knows: &'a Knows,
    next: Vec<Ask>,
    others: Vec<Ask>,
    /// Fewer than have to vote are free and qualified.
    are_too_few: bool,
    /// Why nothing can be given, at the top.
    refusal: &'a str,
    back: String,
    action: String,
}

/// A stage that can be given, and how it is run.
struct Choice {
    id: String,
    href: String,
    title: String,
    terms: String,
}

/// What the page is made of.
struct Known {
    it: Application,
    factor: TimeFactor,
    knows: Knows,
    /// The stages of the track, in order.
    stages: Vec<StageSettings>,
    /// The one that is given, and who could look at it.
    chosen: Option<(StageId, prospects::Choice)>,
}

impl Known {
    /// The candidate's, in which the day to start by is meant.
    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.it.zone).unwrap_or(TimeZone::UTC)
    }
}

async fn known(
    tx: &mut Tx,
    (runs, seen): (&Allowed<MayRunApplication>, &Allowed<MaySeeApplication>),
    stage: &str,
    now: Timestamp,
) -> Result<Known, Failure> {
    let it = applications::find(tx, seen).await?.ok_or(Failure::NotFound)?;
    let private = applications::private(tx, seen).await?;
    let factor = private.map(|(_, needs)| needs.time).unwrap_or_default();
    let knows = needs::knows(tx, runs).await?;
    let stages = recipes::list(tx).await?;
    let stages: Vec<StageSettings> =
        stages.into_iter().filter(|stage| stage.track == it.track).collect();
    let chosen = match stages.iter().find(|one| one.stage.to_string() == stage) {
        Some(one) => {
            let count = usize::from(terms_of(one).panel_size);
            let new = (one.stage, it.level);
            Some((one.stage, prospects::choice_for(tx, seen, new, count, now).await?))
        }
        None => None,
    };
    Ok(Known { it, factor, knows, stages, chosen })
}

fn format_of(stage: &StageSettings) -> Format {
    stage.settled.as_ref().map_or(Format::TakeHome, |settled| settled.recipe.format)
}

fn terms_of(stage: &StageSettings) -> Terms {
    stage.settled.as_ref().map_or(Terms::of(Format::TakeHome), |settled| settled.terms)
}

/// How many votes have to come together.
fn quorum(stage: &StageSettings) -> usize {
    usize::from(terms_of(stage).quorum)
}

pub async fn show(
    runs: Allowed<MayRunApplication>,
    seen: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "stage");
    let stage = asked.map(|(_, stage)| stage.into_owned()).unwrap_or_default();
    let mut tx = db.begin_reading().await?;
    let known = known(&mut tx, (&runs, &seen), &stage, now).await?;
    let days = calendar::find(&mut tx).await?.calendar.working_days();
    drop(tx);
    let chosen = known.stages.iter().find(|one| one.stage.to_string() == stage);
    let within = chosen.and_then(|one| one.settled.as_ref());
    let within = within.map(|settled| settled.terms.start_within_days);
    let by = day_to_begin(now, within, (known.zone(), &days)).date().to_string();
    let level = known.it.level.to_string();
    let proposed = known.chosen.iter().flat_map(|(_, choice)| &choice.proposed);
    let proposed: Vec<String> = proposed.map(ToString::to_string).collect();
    // Fewer than have to vote are no panel: it is made later.
    let proposed = if proposed.len() < chosen.map_or(0, quorum) { Vec::new() } else { proposed };
    let fields = [("stage", stage.as_str()), ("level", &level), ("by", &by)];
    let proposed = proposed.iter().map(|account| ("who", account.as_str()));
    let form = Form::filled(fields.into_iter().chain(proposed));
    show_form(StatusCode::OK, &frame, &form, &known, "")
}

fn show_form(
    status: StatusCode,
    frame: &Frame,
    form: &Form,
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let choice = |stage: &StageSettings| Choice {
        id: stage.stage.to_string(),
        href: format!("{}?stage={}", paths::give(known.it.id), stage.stage),
        title: stage.title.clone(),
        terms: terms(stage.settled.as_ref().map(|settled| &settled.recipe), known.factor),
    };
    let first = known.stages.first();
    let chosen = known.chosen.as_ref();
    let stage = chosen.and_then(|(id, _)| known.stages.iter().find(|one| one.stage == *id));
    let [next, others, _] =
        chosen.map(|(_, who)| sorted(who, known.it.level, &[])).unwrap_or_default();
    let page_ = Give {
        chosen: stage.map(choice),
        begin_by: begin_by(stage.map_or(Format::TakeHome, format_of)),
        how: stage.map_or("", |stage| match format_of(stage) {
            Format::TakeHome => "; nothing runs until they press Start",
            Format::LiveSession => "; then agree with them on a time, by mail or by phone",
            Format::External => "; then hand it to the firm",
        }),
        terms: stage.map_or(Terms::of(Format::TakeHome), terms_of),
        knows: &known.knows,
        are_too_few: next.len() < stage.map_or(0, quorum),
        next,
        others,
        layout: frame.layout("Give a stage").under(paths::CANDIDATES),
        it: &known.it,
        track: first.map_or("A track that is gone", |stage| &stage.track_title),
        is_filled: first.is_some_and(|stage| stage.open_positions == 0),
        form,
        choices: known.stages.iter().map(choice).collect(),
        refusal,
        back: paths::application(known.it.id),
        action: paths::give(known.it.id),
    };
    page(status, &page_)
}

/// How a stage is run for this candidate.
fn terms(recipe: Option<&Recipe>, factor: TimeFactor) -> String {
    let Some(recipe) = recipe else { return "its recipe is not settled yet".to_owned() };
    let limit = recipe.time_limit.filter(|_| recipe.format == Format::TakeHome);
    let limit = limit.map(|limit| format!(", {} from Start", in_words(factor.of(limit))));
    format!("{}{}", recipe.format.words().to_lowercase(), limit.unwrap_or_default())
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let id = asked.application();
    let mut tx = db.begin().await?;
    let allowed: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let allowed = allowed.ok_or(Failure::NotFound)?;
    let seen: Option<Allowed<MaySeeApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let seen = seen.ok_or(Failure::NotFound)?;
    let known = known(&mut tx, (&allowed, &seen), form.text("stage"), now).await?;
    if form.has("do", "change") {
        return show_form(StatusCode::OK, &frame, &form, &known, "");
    }
    let new = read(&mut form, &known, now);
    let panel = panel(&mut form, &known);
    let (Some(new), Some(panel)) = (new, panel) else {
        return show_form(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known, "");
    };
    let refusal = match assignments::give(&mut tx, &allowed, new, now).await {
        Ok(given) => {
            let asked = panels::invite(&mut tx, &allowed, given, (&panel, false), now).await;
            match asked {
                Ok(_) if form.has("do", "letter") => {
                    let of = (&allowed, given);
                    return letter::show(tx, of, (&frame, &room), &form, now).await;
                }
                Ok(_) => {
                    let committed = tx.commit().await?;
                    let href = format!("{}?done=given", paths::application(id));
                    return Ok(redirect::after(committed, &href));
                }
                Err(NotChanged::Database(error)) => return Err(error.into()),
                Err(refused) => refused.to_string(),
            }
        }
        Err(NotGiven::Database(error)) => return Err(error.into()),
        Err(refused @ NotGiven::NotTold(Some(from))) => {
            let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
            format!("{refused}, from {} on", written(from, zone))
        }
        Err(refused) => refused.to_string(),
    };
    show_form(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known, &refusal)
}

/// Who is asked to look at it: enough of them to vote, or nobody for now.
fn panel(form: &mut Form, known: &Known) -> Option<Vec<AccountId>> {
    let chosen: Vec<AccountId> = form.all("who").filter_map(|typed| typed.parse().ok()).collect();
    let stage = form.text("stage");
    let stage = known.stages.iter().find(|one| one.stage.to_string() == stage);
    let quorum = stage.map_or(0, quorum);
    if chosen.is_empty() || chosen.len() >= quorum {
        return Some(chosen);
    }
    let more = quorum - chosen.len();
    form.refuse(
        "who",
        format!(
            "{quorum} votes have to come together for this stage: choose {more} more, or nobody to \
             make the panel later"
        ),
    );
    None
}

fn read(form: &mut Form, known: &Known, now: Timestamp) -> Option<NewAssignment> {
    let stage = form.read("stage", |typed| {
        let found = known.stages.iter().find(|one| one.stage.to_string() == typed);
        found.map(|one| one.stage).ok_or("Choose a stage")
    });
    let level = form.read("level", challenge_level);
    let start_by = form.read("by", |typed| match typed {
        "" => Ok(None),
        typed => read_day(typed, &known.zone(), now).map(Some),
    });
    Some(NewAssignment { stage: stage?, level: level?, start_by: start_by? })
}

/// The furthest day that is promised to anybody.
const FURTHEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The last microsecond of a day in `zone`, which has to lie ahead: the day that is shown is the day meant.
pub fn read_day(typed: &str, zone: &TimeZone, now: Timestamp) -> Result<Timestamp, &'static str> {
    let day: Date = typed.parse().map_err(|_| "Choose a day, as 2026-12-31")?;
    match last_day(day, zone, now)? - SignedDuration::from_micros(1) {
        end if end > now + FURTHEST => Err("Choose a day within a year"),
        end => Ok(end),
    }
}
