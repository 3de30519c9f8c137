//! The pipeline: how many of somebody's candidates stand where in a track, for how long, who has the ball, and
//! what is promised next. Open applications are counted, each where the stage given last stands.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use crate::account::store::calendar;
use crate::assignment::access::{MayRecruit, MaySeeCandidates};
use crate::assignment::pages::candidates::{STAGE_GONE, query_of};
use crate::assignment::paths as interviews;
use crate::assignment::pipeline::Cell;
use crate::assignment::store::standings::{self, Stands};
use crate::assignment::turn::{Holder, Turn};
use crate::calendar::WorkingDays;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Db;
use crate::desk::paths;
use crate::track::model::StageSettings;
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "desk/pipeline.html")]
struct Pipeline<'a> {
    layout: Layout<'a>,
    /// What it is called.
    track: String,
    tracks: Vec<NavItem>,
    here: String,
    csv: String,
    /// All that are counted, and of how many each has the ball.
    number: i64,
    holders: Vec<(NavItem, i64)>,
    stages: Vec<Stage>,
    may_add: bool,
}

/// A stage with those who stand in it.
struct Stage {
    title: String,
    number: i64,
    rows: Vec<Row>,
}

struct Row {
    state: &'static str,
    tone: &'static str,
    number: i64,
    href: String,
    median: String,
    oldest: String,
    holder: &'static str,
    promise: Option<Html>,
    /// It lies in the past.
    is_broken: bool,
}

/// What the page and its table are made of.
pub(super) struct Counted {
    pub known: Vec<StageSettings>,
    pub days: WorkingDays,
    pub cells: Vec<Cell>,
    now: Timestamp,
}

impl Counted {
    /// The track that is wanted, or all of them.
    pub async fn read(
        db: &Db,
        allowed: &Allowed<MaySeeCandidates>,
        slug: Slug<'_>,
        now: Timestamp,
    ) -> Result<(Self, Option<StageSettings>), Failure> {
        let mut tx = db.begin_reading().await?;
        let known = recipes::list(&mut tx).await?;
        let track = match slug {
            Slug::All | Slug::First => None,
            Slug::Is(slug) => {
                let found = known.iter().find(|stage| stage.track_slug == slug);
                Some(found.cloned().ok_or(Failure::NotFound)?)
            }
        };
        let days = calendar::find(&mut tx).await?.calendar.working_days();
        let id = track.as_ref().map(|it| it.track);
        let mut cells = standings::counted(&mut tx, allowed, id, now).await?;
        let track = match slug {
            Slug::First => first(&known, &cells).cloned(),
            Slug::All | Slug::Is(_) => track,
        };
        if let Some(track) = &track {
            cells.retain(|cell| cell.track == track.track);
        }
        Ok((Self { known, days, cells, now }, track))
    }

    /// How long ago something was, where that is known.
    pub fn age(&self, since: Option<Timestamp>) -> Option<SignedDuration> {
        since.map(|since| self.now.duration_since(since).max(SignedDuration::ZERO))
    }

    fn row(&self, cell: &Cell, slug: &str, zone: &TimeZone) -> Row {
        let stands = cell.phase().map_or(Stands::NotGiven, Stands::In);
        let stage = cell.stage.map(|(stage, _)| stage);
        let holder = cell.turn().map(|turn| turn.holder);
        let query = query_of((slug, stage), (Some(stands), holder), true).finish();
        let promise = cell.promise(&self.days);
        Row {
            state: cell.state(),
            tone: cell.turn().map_or("", Turn::tone),
            number: cell.number,
            href: format!("{}?{query}", interviews::CANDIDATES),
            median: self.age(cell.median_since).map(in_words).unwrap_or_default(),
            oldest: self.age(cell.oldest_since).map(in_words).unwrap_or_default(),
            holder: cell.holder().title(),
            promise: promise.map(|at| moment(at, zone)),
            is_broken: promise.is_some_and(|at| at <= self.now),
        }
    }
}

/// The first track in which somebody is counted; where that is none, the first.
fn first<'a>(known: &'a [StageSettings], cells: &[Cell]) -> Option<&'a StageSettings> {
    let is_counted = |it: &&StageSettings| cells.iter().any(|cell| cell.track == it.track);
    known.iter().find(is_counted).or(known.first())
}

/// Which tracks are wanted.
#[derive(Clone, Copy)]
pub(super) enum Slug<'a> {
    All,
    /// The first in which whoever asks has somebody.
    First,
    Is(&'a str),
}

/// `5 days`; the first two days in hours.
fn in_words(age: SignedDuration) -> String {
    match age.as_hours() {
        0 => "under an hour".to_owned(),
        1 => "1 hour".to_owned(),
        hours if hours < 48 => format!("{hours} hours"),
        hours => format!("{} days", hours / 24),
    }
}

/// The track an address asks for.
pub(super) fn slug_of(query: Option<&str>) -> String {
    let query = query.unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "track");
    asked.map(|(_, slug)| slug.into_owned()).unwrap_or_default()
}

pub async fn show(
    allowed: Allowed<MaySeeCandidates>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let slug = slug_of(query.as_deref());
    let wanted = if slug.is_empty() { Slug::First } else { Slug::Is(&slug) };
    let (counted, track) = Counted::read(&db, &allowed, wanted, now).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let title = track.as_ref().map_or("this track", |track| &track.track_title).to_owned();
    let slug = track.map(|track| track.track_slug).unwrap_or_default();
    let tab = |it: &StageSettings| NavItem {
        title: it.track_title.clone(),
        href: paths::pipeline(&it.track_slug),
    };
    let mut tracks: Vec<&StageSettings> = counted.known.iter().collect();
    tracks.dedup_by_key(|stage| stage.track);
    let of_holder = |holder: Holder| {
        let theirs = counted.cells.iter().filter(|cell| cell.holder() == holder);
        let query = query_of((&slug, None), (None, Some(holder)), true).finish();
        let href = format!("{}?{query}", interviews::CANDIDATES);
        (NavItem { title: holder.many().to_owned(), href }, theirs.map(|cell| cell.number).sum())
    };
    let page_ = Pipeline {
        layout: frame.layout("Pipeline"),
        track: title,
        tracks: tracks.into_iter().map(tab).collect(),
        here: paths::pipeline(&slug),
        csv: paths::pipeline_csv(&slug),
        number: counted.cells.iter().map(|cell| cell.number).sum(),
        holders: Holder::ALL.map(of_holder).into(),
        stages: stages(&counted, &slug, zone),
        may_add: Allowed::<MayRecruit>::ask(&frame.viewer, &()).is_some(),
    };
    page(StatusCode::OK, &page_)
}

/// Those to whom no stage was given, if there are any; the stages of the track in order; then those it has no
/// more.
fn stages(counted: &Counted, slug: &str, zone: &TimeZone) -> Vec<Stage> {
    let stage = |title: &str, is_of: &dyn Fn(&Cell) -> bool| {
        let mut cells: Vec<&Cell> = counted.cells.iter().filter(|cell| is_of(cell)).collect();
        cells.sort_by_key(|cell| cell.turn());
        Stage {
            title: title.to_owned(),
            number: cells.iter().map(|cell| cell.number).sum(),
            rows: cells.into_iter().map(|cell| counted.row(cell, slug, zone)).collect(),
        }
    };
    let is_in = |cell: &Cell, it: &StageSettings| cell.stage.is_some_and(|(id, _)| id == it.stage);
    let present: Vec<&StageSettings> =
        counted.known.iter().filter(|it| it.track_slug == slug).collect();
    let is_gone = |cell: &Cell| cell.stage.is_some() && !present.iter().any(|it| is_in(cell, it));
    let mut stages = vec![stage("At the beginning", &|cell| cell.stage.is_none())];
    stages.extend(present.iter().map(|it| stage(&it.title, &|cell| is_in(cell, it))));
    stages.push(stage(STAGE_GONE, &is_gone));
    // What every track has stays, also where nobody is.
    let last = stages.len() - 1;
    let is_kept = |(at, stage): &(usize, Stage)| (1..last).contains(at) || !stage.rows.is_empty();
    stages.into_iter().enumerate().filter(is_kept).map(|(_, stage)| stage).collect()
}
