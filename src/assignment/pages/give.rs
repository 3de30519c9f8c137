//! Giving a candidate a stage.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::account::model::last_day;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::{Application, TimeFactor, challenge_level};
use crate::assignment::paths;
use crate::assignment::store::applications;
use crate::assignment::store::assignments::{self, NewAssignment, NotGiven};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::db::{Db, Tx};
use crate::track::model::{Recipe, StageSettings, in_words};
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

/// How long a candidate has to begin, where no recipe says it.
const START_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

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
    /// Why nothing can be given, at the top.
    refusal: &'a str,
    back: String,
    action: String,
}

/// A stage that can be given, and how it is run.
struct Choice {
    id: String,
    title: String,
    terms: String,
}

/// What the page is made of.
struct Known {
    it: Application,
    factor: TimeFactor,
    /// The stages of the track, in order.
    stages: Vec<StageSettings>,
}

impl Known {
    /// The candidate's, in which the day to start by is meant.
    fn zone(&self) -> TimeZone {
        TimeZone::get(&self.it.zone).unwrap_or(TimeZone::UTC)
    }
}

async fn known(
    tx: &mut Tx,
    frame: &Frame,
    id: crate::ids::ApplicationId,
) -> Result<Known, Failure> {
    let seen: Option<Allowed<MaySeeApplication>> =
        applications::locked(tx, &frame.viewer, id).await?;
    let seen = seen.ok_or(Failure::NotFound)?;
    let it = applications::find(tx, &seen).await?.ok_or(Failure::NotFound)?;
    let private = applications::private(tx, &seen).await?;
    let factor = private.map(|(_, time)| time).unwrap_or_default();
    let stages = recipes::list(tx).await?;
    let stages = stages.into_iter().filter(|stage| stage.track == it.track).collect();
    Ok(Known { it, factor, stages })
}

pub async fn show(
    allowed: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let known = known(&mut db.begin().await?, &frame, allowed.application()).await?;
    let query = query.unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "stage");
    let stage = asked.map(|(_, stage)| stage.into_owned()).unwrap_or_default();
    let chosen = known.stages.iter().find(|one| one.stage.to_string() == stage);
    let within = chosen.and_then(|one| one.settled.as_ref()).map_or(START_WITHIN, |settled| {
        SignedDuration::from_hours(24 * i64::from(settled.terms.start_within_days))
    });
    let by = (now + within).to_zoned(known.zone()).date().to_string();
    let level = known.it.level.to_string();
    let form = Form::filled([("stage", stage.as_str()), ("level", &level), ("by", &by)]);
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
        title: stage.title.clone(),
        terms: terms(stage.settled.as_ref().map(|settled| &settled.recipe), known.factor),
    };
    let first = known.stages.first();
    let page_ = Give {
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
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let id = asked.application();
    let mut tx = db.begin().await?;
    let allowed: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let allowed = allowed.ok_or(Failure::NotFound)?;
    let known = known(&mut tx, &frame, id).await?;
    let Some(new) = read(&mut form, &known, now) else {
        return show_form(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known, "");
    };
    match assignments::give(&mut tx, &allowed, new, now).await {
        Ok(_) => {
            let committed = tx.commit().await?;
            let href = format!("{}?done=given", paths::application(id));
            Ok(redirect::after(committed, &href))
        }
        Err(NotGiven::Database(error)) => Err(error.into()),
        Err(refused) => {
            let refusal = refused.to_string();
            show_form(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known, &refusal)
        }
    }
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

/// The end of a day in `zone`, which has to lie ahead.
pub(super) fn read_day(
    typed: &str,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Timestamp, &'static str> {
    let day: Date = typed.parse().map_err(|_| "Choose a day, as 2026-12-31")?;
    last_day(day, zone, now)
}
