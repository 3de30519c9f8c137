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
use crate::track::model::{Recipe, Stage, Track, in_words};
use crate::track::store as tracks;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

/// How long a candidate has to begin, where nothing else is said.
const START_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

#[derive(Template)]
#[template(path = "assignment/give.html")]
struct Give<'a> {
    layout: Layout<'a>,
    it: &'a Application,
    track: &'a str,
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
    track: Option<Track>,
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
    let track = tracks::list(tx).await?.into_iter().find(|track| track.id == it.track);
    Ok(Known { it, factor, track })
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
    let by = (now + START_WITHIN).to_zoned(known.zone()).date().to_string();
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
    let stages = known.track.as_ref().map(|track| track.stages.as_slice()).unwrap_or_default();
    let choice = |stage: &Stage| Choice {
        id: stage.id.to_string(),
        title: stage.title.clone(),
        terms: terms(stage.recipe.as_ref(), known.factor),
    };
    let page_ = Give {
        layout: frame.layout("Give a stage").under(paths::CANDIDATES),
        it: &known.it,
        track: known.track.as_ref().map_or("A track that is gone", Track::title),
        form,
        choices: stages.iter().map(choice).collect(),
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
    let stages = known.track.as_ref().map(|track| track.stages.as_slice()).unwrap_or_default();
    let stage = form.read("stage", |typed| {
        let found = stages.iter().find(|stage| stage.id.to_string() == typed);
        found.map(|stage| stage.id).ok_or("Choose a stage")
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
