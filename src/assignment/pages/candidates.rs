//! The candidates somebody looks after or decides on.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::{MayRecruit, MaySeeCandidates};
use crate::assignment::model::Phase;
use crate::assignment::paths;
use crate::assignment::store::standings::{self, Listed, Stands, Wanted};
use crate::assignment::turn::{Holder, Turn};
use crate::clock::instant;
use crate::db::Db;
use crate::ids::{StageId, TrackId};
use crate::track::model::StageSettings;
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::page::page;

/// Applications on one page of the list.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "assignment/candidates.html")]
struct Candidates<'a> {
    layout: Layout<'a>,
    tracks: Vec<&'a StageSettings>,
    text: &'a str,
    track: &'a str,
    /// The one stage of a track that is shown.
    stage: Option<Chosen<'a>>,
    standing: Option<Stands>,
    holder: Option<Holder>,
    only_open: bool,
    is_narrowed: bool,
    may_add: bool,
    notice: String,
    rows: Vec<Row>,
    /// Where the list goes on.
    more: Option<String>,
}

impl Candidates<'_> {
    fn shows_only(&self, phase: &Phase) -> bool {
        self.standing == Some(Stands::In(*phase))
    }

    fn shows_those_without_a_stage(&self) -> bool {
        self.standing == Some(Stands::NotGiven)
    }

    fn shows_those_with(&self, holder: &Holder) -> bool {
        self.holder == Some(*holder)
    }
}

struct Chosen<'a> {
    id: StageId,
    title: &'a str,
    /// The list of all stages.
    without: String,
}

struct Row {
    href: String,
    name: String,
    email: String,
    track: String,
    level: u8,
    since: Html,
    is_closed: bool,
    stage: Option<Stage>,
}

struct Stage {
    title: String,
    turn: Turn,
    by_when: Option<Html>,
}

pub async fn show(
    allowed: Allowed<MaySeeCandidates>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let asked: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let of = |name: &str| {
        let found = asked.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.trim()).replace('\0', "")
    };
    let mut tx = db.begin_reading().await?;
    let known = recipes::list(&mut tx).await?;
    let (text, track): (String, String) = (of("q").chars().take(200).collect(), of("track"));
    let stage = of("stage").parse().ok();
    let stage = known.iter().find(|it| Some(it.stage) == stage && it.track_slug == track);
    let standing = match of("state").as_str() {
        NOT_GIVEN => Some(Stands::NotGiven),
        code => Phase::from_code(code).map(Stands::In),
    };
    let holder = Holder::from_code(&of("ball"));
    let wanted = Wanted {
        text: text.clone(),
        track: known.iter().find(|it| it.track_slug == track).map(|it| it.track),
        stage: stage.map(|it| it.stage),
        standing,
        holder,
        only_open: of("open") == "yes" || holder.is_some(),
        after: instant(&of("after")).zip(of("id").parse().ok()),
    };
    let mut found = standings::list(&mut tx, &allowed, &wanted, PAGE + 1, now).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let more = found.last().filter(|_| has_more).map(|last| {
        let stage = stage.map(|it| it.stage);
        let mut query = query_of((&track, stage), (standing, holder), wanted.only_open);
        query.append_pair("q", &text);
        query.append_pair("after", &last.created_at.to_string());
        query.append_pair("id", &last.id.to_string());
        format!("{}?{}", paths::CANDIDATES, query.finish())
    });
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let row = |it: Listed| Row {
        href: paths::application(it.id),
        name: it.name,
        email: it.email,
        track: title_of(&known, it.track),
        level: it.level.number(),
        since: day(it.created_at, zone),
        is_closed: it.is_closed,
        stage: it.stage.map(|(stage, turn, by_when)| Stage {
            title: stage_title_of(&known, stage),
            turn,
            by_when: by_when.filter(|_| !turn.phase.is_over()).map(|at| moment(at, zone)),
        }),
    };
    let page_ = Candidates {
        layout: frame.layout("Candidates"),
        tracks: tracks_of(&known),
        text: &text,
        track: &track,
        stage: stage.map(|it| {
            let query = query_of((&track, None), (standing, holder), wanted.only_open).finish();
            let without = format!("{}?{query}", paths::CANDIDATES);
            Chosen { id: it.stage, title: &it.title, without }
        }),
        standing,
        holder,
        only_open: wanted.only_open,
        is_narrowed: !text.is_empty()
            || wanted.track.is_some()
            || standing.is_some()
            || holder.is_some()
            || wanted.only_open,
        may_add: Allowed::<MayRecruit>::ask(&frame.viewer, &()).is_some(),
        notice: match (frame.done(), of("count").parse::<usize>()) {
            ("brought", Ok(1)) => "One candidate is added.".to_owned(),
            ("brought", Ok(count)) => format!("{count} candidates are added."),
            ("brought", Err(_)) => "Everybody on the list is added.".to_owned(),
            ("handed", _) => "The application is handed over.".to_owned(),
            _ => String::new(),
        },
        rows: found.into_iter().map(row).collect(),
        more,
    };
    page(StatusCode::OK, &page_)
}

/// The tracks of these stages, each once.
fn tracks_of(stages: &[StageSettings]) -> Vec<&StageSettings> {
    let mut tracks: Vec<&StageSettings> = stages.iter().collect();
    tracks.dedup_by_key(|stage| stage.track);
    tracks
}

/// In addresses: those to whom no stage was given.
pub const NOT_GIVEN: &str = "not_given";

/// The query of a list of one track and stage, and of those who stand there and have the ball.
pub fn query_of(
    (track, stage): (&str, Option<StageId>),
    (standing, holder): (Option<Stands>, Option<Holder>),
    only_open: bool,
) -> form_urlencoded::Serializer<'static, String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("track", track);
    if let Some(stage) = stage {
        query.append_pair("stage", &stage.to_string());
    }
    match standing {
        None => {}
        Some(Stands::NotGiven) => {
            query.append_pair("state", NOT_GIVEN);
        }
        Some(Stands::In(phase)) => {
            query.append_pair("state", phase.code());
        }
    }
    if let Some(holder) = holder {
        query.append_pair("ball", holder.code());
    }
    if only_open {
        query.append_pair("open", "yes");
    }
    query
}

/// A track that was retired has no name any more, and neither has a stage.
pub const GONE: &str = "A track that is gone";
pub const STAGE_GONE: &str = "A stage that is gone";

/// What a track is called.
pub(super) fn title_of(stages: &[StageSettings], id: TrackId) -> String {
    let found = stages.iter().find(|stage| stage.track == id);
    found.map_or(GONE, |stage| &stage.track_title).to_owned()
}

/// What a stage is called.
fn stage_title_of(stages: &[StageSettings], id: StageId) -> String {
    let found = stages.iter().find(|stage| stage.stage == id);
    found.map_or(STAGE_GONE, |stage| &stage.title).to_owned()
}
