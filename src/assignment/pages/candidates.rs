//! The candidates somebody looks after or decides on.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::{MayRecruit, MaySeeCandidates};
use crate::assignment::model::Phase;
use crate::assignment::paths;
use crate::assignment::store::applications::{self, Listed, Wanted};
use crate::clock::instant;
use crate::db::Db;
use crate::ids::TrackId;
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
    phase: Option<Phase>,
    is_narrowed: bool,
    may_add: bool,
    notice: String,
    rows: Vec<Row>,
    /// Where the list goes on.
    more: Option<String>,
}

impl Candidates<'_> {
    fn shows_only(&self, phase: &Phase) -> bool {
        self.phase == Some(*phase)
    }
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
    phase: Phase,
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
    let known = recipes::list(&mut db.begin_reading().await?).await?;
    let (text, track): (String, String) = (of("q").chars().take(200).collect(), of("track"));
    let phase = Phase::from_code(&of("state"));
    let wanted = Wanted {
        text: text.clone(),
        track: known.iter().find(|it| it.track_slug == track).map(|it| it.track),
        phase,
        after: instant(&of("after")).zip(of("id").parse().ok()),
    };
    let mut found = applications::list(&db, &allowed, &wanted, PAGE + 1, now).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let more = found.last().filter(|_| has_more).map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &text).append_pair("track", &track);
        query.append_pair("state", phase.map_or("", Phase::code));
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
        stage: it.stage.map(|(title, phase, by_when)| Stage {
            title,
            phase,
            by_when: by_when.filter(|_| !phase.is_over()).map(|at| moment(at, zone)),
        }),
    };
    let page_ = Candidates {
        layout: frame.layout("Candidates"),
        tracks: tracks_of(&known),
        text: &text,
        track: &track,
        phase,
        is_narrowed: !text.is_empty() || wanted.track.is_some() || phase.is_some(),
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

/// What a track is called; those that were retired have no name any more.
pub(super) fn title_of(stages: &[StageSettings], id: TrackId) -> String {
    let found = stages.iter().find(|stage| stage.track == id);
    found.map_or("A track that is gone", |stage| &stage.track_title).to_owned()
}
