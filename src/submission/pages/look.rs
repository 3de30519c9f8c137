//! What was put together as the panel will see it; from here it is handed in, and here is its receipt.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;

use super::files::{self, Asked, Files, Looked, One};
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
use crate::objects::{Digest, Objects};
use crate::submission::model::Contents;
use crate::submission::names::{Finding, Names};
use crate::submission::paths;
use crate::submission::shown::Shown;
use crate::submission::store::named;
use crate::submission::store::submissions::{self, Handing, NotHandedIn};
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
    files: Option<Files>,
    /// Their archive, as they sent it: where, and its hash.
    sent: Option<(String, String)>,
    /// What in it names them, where the panel is blind and it can still be mended.
    named: Vec<Finding>,
    /// They asked that it goes on with what names them, and whether the recruiter has passed it on.
    as_it_is: bool,
    is_passed_on: bool,
    /// What would be handed in, by its hash.
    hash: String,
    receipt: Option<Receipt>,
    /// It can be handed in now, as a fix or for the first time.
    can_hand_in: bool,
    fixes: bool,
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
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Query(at): Query<Asked>,
) -> Result<Response, Failure> {
    let known = known((&db, &objects), &allowed, at, now).await?;
    show_page(StatusCode::OK, (&frame, now), known, "")
}

/// What the page is made of.
struct Known {
    own: Own,
    contents: Contents,
    looked: Looked,
    named: Vec<Finding>,
}

/// Of a blind panel's: what names the candidate is not in it.
async fn known(
    (db, objects): (&Db, &Objects),
    allowed: &Allowed<MayTakeAssignment>,
    at: Asked,
    now: Timestamp,
) -> Result<Known, Failure> {
    let mut tx = db.begin_reading().await?;
    let own = own(&mut tx, allowed, now).await?;
    let contents = own.contents();
    let who = named::whose(&mut tx, allowed.parties().application, &contents).await?;
    let hidden = own.hidden(&mut tx).await?;
    drop(tx);
    let named = match own.it.panel.is_blind && own.handed_in.is_none() {
        true => named::find(db, objects, (&contents, &who)).await?,
        false => Vec::new(),
    };
    let page = paths::look(own.it.id);
    let looked = files::look(objects, (contents.clone(), hidden), (at, page)).await?;
    if contents.files.is_some() && looked.files.is_none() {
        return Err(Failure::NotFound);
    }
    Ok(Known { own, contents, looked, named })
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    Known { own, contents, looked, named }: Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let it = &own.it;
    let state = settle(it.format, it.state.clone(), now);
    let phase = Phase::of(it.format, &state, now);
    let runs = own.fix.is_some() || matches!(phase, Phase::InProgress | Phase::Waiting);
    let missing = contents.can_be_judged(it.format).err();
    let back_until = state.final_at(it.format).filter(|at| *at > now);
    let clearing = own.handed_in.as_ref().map(|one| one.clearing).unwrap_or_default();
    let page_ = Look {
        layout: frame.layout(format!("Look at {}", it.title)),
        shown: Shown::of(&looked.contents, &own.asked(contents.level)),
        files: looked.files,
        sent: (own.upload.as_ref())
            .map(|upload| (paths::look_sent(it.id), upload.sent.to_string())),
        named,
        as_it_is: clearing.as_it_is,
        is_passed_on: clearing.work,
        hash: contents.hash().to_string(),
        receipt: own.handed_in.as_ref().map(|one| Receipt {
            at: moment(one.at, zone),
            back_until: back_until.map(|at| moment(at, zone)),
        }),
        can_hand_in: runs && missing.is_none(),
        fixes: own.fix.is_some(),
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

/// One file of it, as the panel will get it.
pub async fn file(
    allowed: Allowed<MayTakeAssignment>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    Now(now): Now,
    Query(one): Query<One>,
) -> Result<Response, Failure> {
    let (_, kept_and_hidden) = for_the_panel(&db, &allowed, now).await?;
    files::one(&objects, kept_and_hidden, one).await
}

/// All of them, as the panel will get them.
pub async fn archive(
    allowed: Allowed<MayTakeAssignment>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    Now(now): Now,
) -> Result<Response, Failure> {
    let (title, kept_and_hidden) = for_the_panel(&db, &allowed, now).await?;
    files::all(&objects, kept_and_hidden, &format!("{title}, as the panel gets it.zip")).await
}

/// The title of the stage, where its files are kept, and what of them the panel does not see.
async fn for_the_panel(
    db: &Db,
    allowed: &Allowed<MayTakeAssignment>,
    now: Timestamp,
) -> Result<(String, (Digest, Option<Names>)), Failure> {
    let mut tx = db.begin_reading().await?;
    let own = own(&mut tx, allowed, now).await?;
    let kept = own.contents().files.ok_or(Failure::NotFound)?.kept;
    let hidden = own.hidden(&mut tx).await?;
    Ok((own.it.title, (kept, hidden)))
}

/// What they sent, as they sent it.
pub async fn sent(
    allowed: Allowed<MayTakeAssignment>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    Now(now): Now,
) -> Result<Response, Failure> {
    let own = own(&mut db.begin_reading().await?, &allowed, now).await?;
    let upload = own.upload.ok_or(Failure::NotFound)?;
    files::sent(&objects, upload.sent, &upload.name).await
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
        "hand-in" => {
            let as_it_is = !form.text("as-it-is").is_empty();
            let handing = Handing { seen: form.text("seen"), as_it_is };
            let of = (own.challenge.as_ref(), handing);
            submissions::hand_in(tx, &frame.viewer, allowed, of, now).await?;
            Ok(format!("{}?done=handed-in", paths::look(id)))
        }
        _ => Err(NotHandedIn::Unknown),
    }
}

pub async fn save(
    allowed: Allowed<MayTakeAssignment>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    form: Form,
) -> Result<Response, Failure> {
    let before = own(&mut db.begin_reading().await?, &allowed, now).await?;
    let mut tx = db.begin().await?;
    match act(&mut tx, (&frame, &form), (&allowed, &before), now).await {
        Ok(href) => Ok(redirect::after(tx.commit().await?, &href)),
        Err(NotHandedIn::Refused(NotMade::Unknown)) => Err(Failure::NotFound),
        Err(NotHandedIn::Refused(NotMade::Database(error))) => Err(error.into()),
        Err(refused) => {
            drop(tx);
            let known = known((&db, &objects), &allowed, Asked::default(), now).await?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_page(status, (&frame, now), known, &refused.to_string())
        }
    }
}
