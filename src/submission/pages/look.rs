//! What was put together as the panel will see it; from here it is handed in, and here is its receipt.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::{Own, own};
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::paths as stages;
use crate::assignment::store::moves::NotMade;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::{Db, Tx};
use crate::submission::paths;
use crate::submission::shown::Shown;
use crate::submission::store::submissions::{self, NotHandedIn};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "submission/look.html")]
struct Look<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    shown: Shown,
    /// What would be handed in, by its hash.
    hash: String,
    receipt: Option<Receipt>,
    /// It can be handed in now.
    can_hand_in: bool,
    /// Why it cannot be, where that is something to do.
    missing: String,
    notice: &'a str,
    refusal: &'a str,
    stage: String,
    edit: String,
    action: String,
}

/// What the candidate keeps.
struct Receipt {
    at: Html,
    /// Until when it can be taken back, while it can.
    back_until: Option<Html>,
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let own = own(&mut db.begin_reading().await?, &allowed).await?;
    show_page(StatusCode::OK, (&frame, now), &own, "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    own: &Own,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let it = &own.it;
    let state = settle(it.format, it.state.clone(), now);
    let phase = Phase::of(it.format, &state, now);
    let runs = matches!(phase, Phase::InProgress | Phase::Waiting);
    let contents = own.contents();
    let missing = contents.can_be_judged(it.format).err();
    let back_until = state.final_at(it.format).filter(|at| *at > now);
    let page_ = Look {
        layout: frame.layout(format!("Look at {}", it.title)),
        shown: Shown::of(&contents, &own.asked(contents.level)),
        hash: contents.hash().to_string(),
        receipt: own.handed_in.as_ref().map(|one| Receipt {
            at: moment(one.at, zone),
            back_until: back_until.map(|at| moment(at, zone)),
        }),
        can_hand_in: runs && missing.is_none(),
        missing: missing.filter(|_| runs).map(|it| it.to_string()).unwrap_or_default(),
        notice: match frame.done() {
            "handed-in" => "It is received. The receipt is on its way to you by mail.",
            _ => "",
        },
        refusal,
        stage: stages::own(it.id),
        edit: stages::own_hand_in(it.id),
        action: paths::look(it.id),
        it,
    };
    page(status, &page_)
}

/// Does what was asked for, and says where that leads.
async fn act(
    tx: &mut Tx,
    (frame, form): (&Frame, &Form),
    (allowed, own): (&Allowed<MayTakeAssignment>, &Own),
    now: Timestamp,
) -> Result<String, NotHandedIn> {
    let id = allowed.assignment();
    match form.text("do") {
        "back" => {
            submissions::take_back(tx, &frame.viewer, allowed, now).await?;
            Ok(format!("{}?done=back", stages::own_hand_in(id)))
        }
        _ => {
            let seen = form.text("seen");
            let of = (own.challenge.as_ref(), seen);
            submissions::hand_in(tx, &frame.viewer, allowed, of, now).await?;
            Ok(format!("{}?done=handed-in", paths::look(id)))
        }
    }
}

pub async fn save(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    form: Form,
) -> Result<Response, Failure> {
    let before = own(&mut db.begin_reading().await?, &allowed).await?;
    let mut tx = db.begin().await?;
    match act(&mut tx, (&frame, &form), (&allowed, &before), now).await {
        Ok(href) => Ok(redirect::after(tx.commit().await?, &href)),
        Err(NotHandedIn::Refused(NotMade::Unknown)) => Err(Failure::NotFound),
        Err(NotHandedIn::Refused(NotMade::Database(error))) => Err(error.into()),
        Err(refused) => {
            drop(tx);
            let own = own(&mut db.begin_reading().await?, &allowed).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_page(status, (&frame, now), &own, &refused.to_string())
        }
    }
}
