//! Where an offer is handed over to a named person of HR, and its recruiter and hiring manager see how it stands.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use crate::account::store::calendar;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::pages::give::read_day;
use crate::assignment::pages::next;
use crate::assignment::paths as stages;
use crate::assignment::store::{applications, shown};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::decision::offer::{Offer, State as Stands, settle};
use crate::decision::store::offers::{self, NotDone};
use crate::ids::AccountId;
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
#[template(path = "decision/hand_to_hr.html")]
struct HandToHr<'a> {
    layout: Layout<'a>,
    candidate: &'a str,
    /// How an offer stands.
    offer: Option<(&'static str, Html)>,
    /// Whoever reads this can hand it over now.
    can: bool,
    /// It is there to be handed over.
    is_due: bool,
    /// Why there is nothing to hand over, where that is so.
    not_yet: Option<Html>,
    hr: &'a [(AccountId, String)],
    zone: &'a str,
    form: &'a Form,
    notice: &'a str,
    refusal: &'a str,
    application: String,
    action: String,
}

/// Working days in which HR contacts a candidate, where nothing else is said.
const CONTACT_WITHIN: u16 = 2;

/// What the page is made of.
struct Known {
    candidate: String,
    theirs: TimeZone,
    zone_says: String,
    is_due: bool,
    not_yet: Option<Html>,
    offer: Option<Offer>,
    hr: Vec<(AccountId, String)>,
}

async fn known(
    tx: &mut Tx,
    frame: &Frame,
    seen: &Allowed<MaySeeApplication>,
    now: Timestamp,
) -> Result<Known, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let shown = shown::find(tx, seen, now).await?.ok_or(Failure::NotFound)?;
    let next = next::proposed(tx, seen, &shown, (now, zone)).await?;
    let next = next.filter(|next| next.stage.is_none());
    let offer = offers::newest(tx, seen).await?;
    let hr = offers::hr(tx, seen, now).await?;
    let it = shown.application;
    Ok(Known {
        theirs: TimeZone::get(&it.zone).unwrap_or(TimeZone::UTC),
        zone_says: it.zone_says().to_owned(),
        candidate: it.name,
        is_due: next.as_ref().is_some_and(|next| next.not_yet.is_none()),
        not_yet: next.and_then(|next| next.not_yet),
        offer,
        hr,
    })
}

pub async fn show(
    seen: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin_reading().await?;
    let known = known(&mut tx, &frame, &seen, now).await?;
    let days = calendar::find(&mut tx).await?.calendar.working_days();
    let by = days.after(now, CONTACT_WITHIN).to_zoned(known.theirs.clone()).date().to_string();
    let only = match known.hr.as_slice() {
        [(id, _)] => id.to_string(),
        _ => String::new(),
    };
    let form = Form::filled([("by", by.as_str()), ("hr", only.as_str())]);
    show_page(StatusCode::OK, (&frame, now), &seen, (&known, &form), "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    seen: &Allowed<MaySeeApplication>,
    (known, form): (&Known, &Form),
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let state = known.offer.as_ref().map(|offer| settle(offer.state, now));
    let can_change = !matches!(state, Some(Stands::Accepted { .. }));
    let page_ = HandToHr {
        layout: frame.layout("An offer").under(stages::CANDIDATES),
        candidate: &known.candidate,
        offer: known.offer.as_ref().map(|offer| {
            let state = settle(offer.state, now);
            (state.title(), says(offer, state, (now, zone), &known.theirs))
        }),
        can: seen.runs_it() && known.is_due && can_change,
        is_due: known.is_due,
        not_yet: known.not_yet.clone(),
        hr: &known.hr,
        zone: &known.zone_says,
        notice: match frame.done() {
            "handed" => "It is handed over, and the candidate is told by whom they are contacted.",
            _ => "",
        },
        refusal,
        application: stages::application(seen.application()),
        action: stages::offer(seen.application()),
        form,
    };
    page(status, &page_)
}

/// How an offer stands, for staff.
fn says(
    offer: &Offer,
    state: Stands,
    (now, zone): (Timestamp, &TimeZone),
    theirs: &TimeZone,
) -> Html {
    let hr = Html::escape(&offer.hr_name).to_string();
    let on = |at: Timestamp| day(at, zone).as_str().to_owned();
    let contact = day(offer.contact_by, theirs).as_str().to_owned();
    let late = if offer.contact_by < now { " That day has passed." } else { "" };
    let why = match offer.reason.as_str() {
        "" => String::new(),
        reason => format!(" {}", Html::escape(reason)),
    };
    Html::own(match state {
        Stands::HandedOver => format!(
            "Handed over to {hr} on {}, who has not said that it is with them. They contact the candidate by \
             {contact}.{late}",
            on(offer.handed_over_at)
        ),
        Stands::Received => {
            format!("It is with {hr}, who contacts the candidate by {contact}.{late}")
        }
        Stands::Made { answer_by } => {
            format!("{hr} has made it. They answer by {}.", moment(answer_by, zone).as_str())
        }
        Stands::Accepted { at } => format!("Accepted on {}.", on(at)),
        Stands::Declined { at } => format!("Declined on {}.{why}", on(at)),
        Stands::Expired { at } => format!(
            "No answer came by {}. {hr} can make it again with another day.",
            moment(at, zone).as_str()
        ),
        Stands::Withdrawn { at } => format!("Withdrawn on {}.{why}", on(at)),
    })
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let id = asked.application();
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    let seen: Option<Allowed<MaySeeApplication>> =
        applications::locked(&mut tx, &frame.viewer, id).await?;
    let seen = seen.ok_or(Failure::NotFound)?;
    let known = known(&mut tx, &frame, &seen, now).await?;
    let hr = form.read("hr", |typed| {
        let chosen = known.hr.iter().find(|(id, _)| id.to_string() == typed);
        chosen.map(|(id, _)| *id).ok_or("Choose who takes over")
    });
    let by = form.read("by", |typed| read_day(typed, &known.theirs, now));
    let mut refusal = String::new();
    match (known.is_due, hr, by) {
        (false, ..) => "There is nothing to hand over now".clone_into(&mut refusal),
        (true, Some(hr), Some(by)) => {
            match offers::hand_over(&mut tx, &runs, (hr, by), now).await {
                Ok(_) => {
                    let committed = tx.commit().await?;
                    let href = format!("{}?done=handed", stages::offer(id));
                    return Ok(redirect::after(committed, &href));
                }
                Err(NotDone::Database(error)) => return Err(error.into()),
                Err(refused) => refusal = refused.to_string(),
            }
        }
        _ => {}
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show_page(status, (&frame, now), &seen, (&known, &form), &refusal)
}
