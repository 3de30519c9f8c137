//! What an interviewer is qualified for.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::interviewers::everybody;
use crate::assignment::access::{MayQualify, MaySeeInterviewers};
use crate::assignment::application::challenge_level;
use crate::assignment::panel::TRAINED_AFTER;
use crate::assignment::paths;
use crate::assignment::store::interviewers::{self, Interviewer};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, StageId};
use crate::track::model::StageSettings;
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/interviewer.html")]
struct One<'a> {
    layout: Layout<'a>,
    who: &'a Interviewer,
    form: &'a Form,
    tracks: Vec<Track>,
    qualifies: bool,
    notice: &'a str,
    action: String,
}

struct Track {
    title: String,
    stages: Vec<Stage>,
}

struct Stage {
    /// Of the field that asks for it.
    field: String,
    title: String,
    says: String,
    /// How far their training is; empty where there was none.
    training: String,
}

/// What the page of one is made of.
struct Known {
    who: Interviewer,
    stages: Vec<StageSettings>,
    levels: HashMap<StageId, Level>,
    training: HashMap<StageId, i64>,
}

async fn known(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeInterviewers>,
    id: AccountId,
    now: Timestamp,
) -> Result<Known, Failure> {
    let found = everybody(tx, allowed, now).await?;
    let who = found.into_iter().find(|one| one.account == id).ok_or(Failure::NotFound)?;
    let levels = interviewers::qualifications(tx, allowed, id).await?;
    let training = interviewers::training(tx, allowed, id).await?;
    Ok(Known { who, stages: recipes::list(tx).await?, levels, training })
}

pub async fn show(
    allowed: Allowed<MaySeeInterviewers>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    let known = known(&mut db.begin_reading().await?, &allowed, id, now).await?;
    let values: Vec<(String, String)> =
        known.levels.iter().map(|(stage, level)| (field(*stage), level.to_string())).collect();
    let values = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let form = Form::filled(values);
    show_page(StatusCode::OK, &frame, (&allowed, &known), &form)
}

fn field(stage: StageId) -> String {
    format!("stage-{stage}")
}

/// How far somebody is in their training for a stage.
fn trained(panels: i64, is_qualified: bool) -> String {
    match panels {
        0 => String::new(),
        1 => "Looked on with 1 panel, in training.".to_owned(),
        _ if is_qualified || panels < TRAINED_AFTER => {
            format!("Looked on with {panels} panels, in training.")
        }
        _ => {
            format!("Looked on with {panels} panels, in training: that is enough to qualify them.")
        }
    }
}

fn show_page(
    status: StatusCode,
    frame: &Frame,
    (allowed, known): (&Allowed<MaySeeInterviewers>, &Known),
    form: &Form,
) -> Result<Response, Failure> {
    let mut tracks: Vec<Track> = Vec::new();
    for one in &known.stages {
        if tracks.last().is_none_or(|track| track.title != one.track_title) {
            tracks.push(Track { title: one.track_title.clone(), stages: Vec::new() });
        }
        let says = known.levels.get(&one.stage);
        let training = known.training.get(&one.stage).copied().unwrap_or_default();
        let stage = Stage {
            training: trained(training, says.is_some()),
            field: field(one.stage),
            title: one.title.clone(),
            says: says.map_or("not".to_owned(), |level| format!("up to level {level}")),
        };
        if let Some(track) = tracks.last_mut() {
            track.stages.push(stage);
        }
    }
    let page_ = One {
        layout: frame.layout(known.who.name.clone()).under(paths::INTERVIEWERS),
        who: &known.who,
        form,
        tracks,
        qualifies: allowed.qualifies(),
        notice: match frame.done() {
            "saved" => "That is what they are qualified for now.",
            _ => "",
        },
        action: paths::interviewer(known.who.account),
    };
    page(status, &page_)
}

pub async fn save(
    allowed: Allowed<MayQualify>,
    sees: Allowed<MaySeeInterviewers>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Failure> {
    let id: AccountId = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let known = known(&mut tx, &sees, id, now).await?;
    let levels: Result<Vec<_>, _> = known
        .stages
        .iter()
        .map(|one| match form.text(&field(one.stage)) {
            "" => Ok((one.stage, None)),
            typed => challenge_level(typed).map(|level| (one.stage, Some(level))),
        })
        .collect();
    let Ok(levels) = levels else {
        // Only a page that was made by hand sends anything but what the lists hold.
        return show_page(StatusCode::UNPROCESSABLE_ENTITY, &frame, (&sees, &known), &form);
    };
    interviewers::qualify(&mut tx, &allowed, id, &levels, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=saved", paths::interviewer(id))))
}
