//! What a candidate sent after its time was over: for their recruiter to take as the work, or to leave.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::CameLate;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::{Application, Assignment, reason};
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Phase, REVIVAL};
use crate::assignment::paths as stages;
use crate::assignment::store::applications;
use crate::assignment::store::moves::NotMade;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::ids::AssignmentId;
use crate::submission::store::late::{self, Late};
use crate::submission::store::receipts;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "submission/late.html")]
struct LatePage<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    of: &'a Application,
    late: CameLate,
    level: Level,
    /// It can be taken now.
    can_take: bool,
    /// Something was there in time, which it would take the place of.
    has_other: bool,
    form: &'a Form,
    refusal: &'a str,
    /// What was typed, where it cannot be taken any more.
    typed: Vec<String>,
    stage: String,
    application: String,
    action: String,
}

/// What the page is made of.
struct Known {
    of: Application,
    it: Assignment,
    late: Late,
}

async fn known(
    tx: &mut Tx,
    seen: &Allowed<MaySeeApplication>,
    id: AssignmentId,
) -> Result<Known, Failure> {
    let of = applications::find(tx, seen).await?.ok_or(Failure::NotFound)?;
    let (it, late) = receipts::late(tx, seen, id).await?.ok_or(Failure::NotFound)?;
    Ok(Known { of, it, late })
}

pub async fn show(
    _: Allowed<MayRunApplication>,
    seen: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let known = known(&mut db.begin_reading().await?, &seen, id).await?;
    show_page(StatusCode::OK, (&frame, now), (&Form::default(), &known), "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    (form, known): (&Form, &Known),
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { of, it, late } = known;
    let state = settle(it.format, it.state.clone(), now);
    let phase = Phase::of(it.format, &state, now);
    let can_take = !late.is_taken
        && of.closed.is_none()
        && matches!(phase, Phase::Lapsed | Phase::Voting)
        && now < late.at + REVIVAL;
    let page_ = LatePage {
        layout: frame.layout(format!("Late: {}", it.title)).under(stages::CANDIDATES),
        late: CameLate::of(late, zone),
        level: late.level,
        can_take,
        has_other: phase == Phase::Voting,
        typed: if can_take { Vec::new() } else { form.typed(&["why"]) },
        refusal,
        stage: stages::run(of.id, it.id),
        application: stages::application(of.id),
        action: stages::late(of.id, it.id),
        form,
        of,
        it,
    };
    page(status, &page_)
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
    mut form: Form,
) -> Result<Response, Failure> {
    let application = asked.application();
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, application).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    let seen: Option<Allowed<MaySeeApplication>> =
        applications::locked(&mut tx, &frame.viewer, application).await?;
    let known = known(&mut tx, &seen.ok_or(Failure::NotFound)?, id).await?;
    let mut refusal = String::new();
    if let Some(why) = form.read("why", reason) {
        match late::take(&mut tx, &runs, (id, form.text("seen"), &why), now).await {
            Ok(_) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done=moved", stages::run(application, id));
                return Ok(redirect::after(committed, &href));
            }
            Err(NotMade::Unknown) => return Err(Failure::NotFound),
            Err(NotMade::Database(error)) => return Err(error.into()),
            Err(refused) => refusal = refused.to_string(),
        }
    }
    show_page(StatusCode::UNPROCESSABLE_ENTITY, (&frame, now), (&form, &known), &refusal)
}
