//! An offer, for whoever of HR it is handed over to: whose it is, what was passed, and how it goes on. No votes.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use crate::assignment::application::reason;
use crate::assignment::pages::give::read_day;
use crate::clock::{SignedDuration, Timestamp};
use crate::content::model::Level;
use crate::db::Db;
use crate::decision::access::MayFollowOffer;
use crate::decision::model::Observation;
use crate::decision::offer::{Move, Offer, State as Stands, settle};
use crate::decision::paths;
use crate::decision::store::offers::{self, NotDone, Packet, Passed};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "decision/offer.html")]
struct OfferPage<'a> {
    layout: Layout<'a>,
    it: &'a Packet,
    state: Stands,
    says: Html,
    passed: Vec<Stage<'a>>,
    form: &'a Form,
    version: i32,
    can_make: bool,
    can_end: bool,
    zone: &'a str,
    notice: &'a str,
    refusal: &'a str,
    action: String,
}

/// A stage that was passed.
struct Stage<'a> {
    title: &'a str,
    level: Option<u8>,
    on: Html,
    observations: &'a [Observation],
}

/// How long a candidate has to answer, where nothing else is said.
const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

pub async fn show(
    allowed: Allowed<MayFollowOffer>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let packet = offers::packet(&mut db.begin_reading().await?, &allowed, now).await?;
    let packet = packet.ok_or(Failure::NotFound)?;
    let by = (now + ANSWER_WITHIN).to_zoned(packet.zone.clone()).date().to_string();
    let form = Form::filled([("by", by.as_str())]);
    show_page(StatusCode::OK, (&frame, now), (&packet, &form), "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    (packet, form): (&Packet, &Form),
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let state = settle(packet.offer.state, now);
    let stage = |one| stage(one, zone);
    let page_ = OfferPage {
        layout: frame.layout(format!("An offer for {}", packet.name)),
        says: says(&packet.offer, state, now, packet),
        passed: packet.passed.iter().map(stage).collect(),
        version: packet.offer.version,
        can_make: matches!(state, Stands::Received | Stands::Made { .. } | Stands::Expired { .. }),
        can_end: matches!(state, Stands::Made { .. }),
        zone: packet.zone.iana_name().unwrap_or("UTC"),
        notice: match frame.done() {
            "received" => "It is with you, and the recruiter sees it.",
            "made" => "It is noted as made, and the candidate has a letter with the day.",
            "accepted" => "It is accepted. The application is closed, and a position is filled.",
            "declined" | "withdrawn" => "That is noted, and those who wait for it are told.",
            _ => "",
        },
        refusal,
        action: paths::offer(packet.offer.id),
        state,
        form,
        it: packet,
    };
    page(status, &page_)
}

fn stage<'a>(one: &'a Passed, zone: &TimeZone) -> Stage<'a> {
    let Passed { title, level, told_at, observations } = one;
    Stage { title, level: level.map(Level::number), on: day(*told_at, zone), observations }
}

/// How it stands, for whoever follows it.
fn says(offer: &Offer, state: Stands, now: Timestamp, packet: &Packet) -> Html {
    let theirs = &packet.zone;
    let contact = day(offer.contact_by, theirs).as_str().to_owned();
    let late = if offer.contact_by < now { " That day has passed." } else { "" };
    Html::own(match state {
        Stands::HandedOver => {
            format!("Say that it is with you. They were told to hear from you by {contact}.{late}")
        }
        Stands::Received => format!("They were told to hear from you by {contact}.{late}"),
        Stands::Made { answer_by } => {
            format!("It is made. They answer by {}.", moment(answer_by, theirs).as_str())
        }
        Stands::Accepted { at } => format!("Accepted on {}.", day(at, theirs).as_str()),
        Stands::Declined { at } => format!("Declined on {}.", day(at, theirs).as_str()),
        Stands::Expired { at } => format!(
            "No answer came by {}. You can make it again with another day.",
            moment(at, theirs).as_str()
        ),
        Stands::Withdrawn { at } => format!("Withdrawn on {}.", day(at, theirs).as_str()),
    })
}

pub async fn save(
    allowed: Allowed<MayFollowOffer>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let packet = offers::packet(&mut db.begin_reading().await?, &allowed, now).await?;
    let packet = packet.ok_or(Failure::NotFound)?;
    let version = form.text("version").parse().unwrap_or(-1);
    let wanted = match form.text("do") {
        "receive" => Some((Move::Receive, String::new(), "received")),
        "make" => form
            .read("by", |typed| read_day(typed, &packet.zone, now))
            .map(|answer_by| (Move::Make { answer_by }, String::new(), "made")),
        "accept" => Some((Move::Accept, String::new(), "accepted")),
        // What a candidate gives as their reason, if they give one.
        "decline" => match form.text("said") {
            "" => Some((Move::Decline, String::new(), "declined")),
            _ => form.read("said", reason).map(|said| (Move::Decline, said, "declined")),
        },
        "withdraw" => form.read("why", reason).map(|why| (Move::Withdraw, why, "withdrawn")),
        _ => None,
    };
    let mut refusal = match (&wanted, form.has_errors()) {
        (None, false) => "Choose what to do".to_owned(),
        _ => String::new(),
    };
    if let Some((made, why, done)) = wanted {
        let mut tx = db.begin().await?;
        let of = (made, why.as_str(), version);
        match offers::follow(&mut tx, &frame.viewer, &allowed, of, now).await {
            Ok(()) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done={done}", paths::offer(allowed.offer()));
                return Ok(redirect::after(committed, &href));
            }
            Err(NotDone::Unknown) => return Err(Failure::NotFound),
            Err(NotDone::Database(error)) => return Err(error.into()),
            Err(refused) => refusal = refused.to_string(),
        }
    }
    let packet = offers::packet(&mut db.begin_reading().await?, &allowed, now).await?;
    let packet = packet.ok_or(Failure::NotFound)?;
    show_page(StatusCode::UNPROCESSABLE_ENTITY, (&frame, now), (&packet, &form), &refusal)
}
