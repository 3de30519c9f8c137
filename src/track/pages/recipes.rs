//! How every stage is run, how many positions each track has, and whose votes are there.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use crate::db::Db;
use crate::track::access::MayKeepRecipes;
use crate::track::model::{Attribution, Settled, StageSettings, Terms};
use crate::track::pages::view::facts;
use crate::track::store::recipes;
use crate::track::{paths, typed};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::{Layout, NavItem};
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "track/recipes.html")]
struct Recipes<'a> {
    layout: Layout<'a>,
    settings: &'a [NavItem],
    tracks: Vec<TrackRow>,
    notice: &'a str,
}

struct TrackRow {
    title: String,
    /// Where its number of positions goes.
    action: String,
    form: Form,
    /// Where it goes whose votes are, and what is so now.
    attribution_action: String,
    attribution: Attribution,
    stages: Vec<StageRow>,
}

struct StageRow {
    title: String,
    href: String,
    /// `None` where nobody said how it is run.
    settled: Option<SettledRow>,
    is_edited: bool,
}

struct SettledRow {
    facts: String,
    panel: String,
    days: String,
}

fn row(stage: StageSettings) -> StageRow {
    StageRow {
        href: paths::recipe(stage.stage),
        settled: stage.settled.as_ref().map(settled_row),
        title: stage.title,
        is_edited: stage.edited_at.is_some(),
    }
}

fn settled_row(Settled { recipe, terms }: &Settled) -> SettledRow {
    let days =
        |count: u16, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    SettledRow {
        facts: facts(Some(recipe)).join(" · "),
        panel: panel(*terms),
        days: format!(
            "{} to start, {} to answer",
            days(terms.start_within_days, "day"),
            days(terms.answer_within_days, "working day")
        ),
    }
}

/// A panel in a few words: `3, of whom 2 are enough; blind`.
fn panel(terms: Terms) -> String {
    let blind = if terms.is_blind { "; blind" } else { "" };
    match (terms.panel_size, terms.quorum) {
        (0, _) => "Nobody".to_owned(),
        (1, _) => format!("1{blind}"),
        (size, quorum) if size == quorum => format!("{size}, all needed{blind}"),
        (size, 1) => format!("{size}, of whom 1 is enough{blind}"),
        (size, quorum) => format!("{size}, of whom {quorum} are enough{blind}"),
    }
}

/// The page; the form about the track `refused` as it was typed, if one was.
async fn show_all(
    db: &Db,
    frame: &Frame,
    refused: Option<(&str, Form)>,
) -> Result<Response, Failure> {
    let stages = recipes::list(&mut db.begin_reading().await?).await?;
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let notice = match frame.done() {
        _ if refused.is_some() => "",
        "saved" => "The recipe is saved. Public pages show it within a second.",
        "documents" => "This stage is run as the documents say again.",
        "positions" => "The open positions are saved.",
        "attribution" => "That is saved, and holds for every stage that is given from now on.",
        _ => "",
    };
    let mut tracks: Vec<TrackRow> = Vec::new();
    for stage in stages {
        let action = paths::positions(&stage.track_slug);
        if tracks.last().is_none_or(|track| track.action != action) {
            let typed = refused.as_ref().filter(|(slug, _)| *slug == stage.track_slug);
            let positions = stage.open_positions.to_string();
            let as_it_is = || Form::filled([("positions", positions.as_str())]);
            tracks.push(TrackRow {
                title: stage.track_title.clone(),
                action,
                form: typed.map_or_else(as_it_is, |(_, form)| form.clone()),
                attribution_action: paths::attribution(&stage.track_slug),
                attribution: stage.attribution,
                stages: Vec::new(),
            });
        }
        if let Some(track) = tracks.last_mut() {
            track.stages.push(row(stage));
        }
    }
    let (layout, settings) = (frame.layout("Recipes"), frame.settings());
    let shown = Recipes { layout, settings, tracks, notice };
    page(status, &shown)
}

pub async fn show(
    _: Allowed<MayKeepRecipes>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    show_all(&db, &frame, None).await
}

pub async fn save_positions(
    allowed: Allowed<MayKeepRecipes>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path(slug): Path<String>,
    mut form: Form,
) -> Result<Response, Failure> {
    let Some(positions) = form.read("positions", |typed| typed::number(typed, 0, 999)) else {
        return show_all(&db, &frame, Some((&slug, form))).await;
    };
    let mut tx = db.begin().await?;
    if !recipes::set_open_positions(&mut tx, &allowed, &slug, positions, now).await? {
        return Err(Failure::NotFound);
    }
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=positions", paths::RECIPES)))
}

pub async fn save_attribution(
    allowed: Allowed<MayKeepRecipes>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path(slug): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    // It is chosen from a list: there is nothing to be typed wrong.
    let Some(attribution) = Attribution::from_code(form.text("attribution")) else {
        return show_all(&db, &frame, Some((&slug, form))).await;
    };
    let mut tx = db.begin().await?;
    if !recipes::set_attribution(&mut tx, &allowed, &slug, attribution, now).await? {
        return Err(Failure::NotFound);
    }
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=attribution", paths::RECIPES)))
}
