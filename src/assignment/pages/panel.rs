//! The panel of a stage, as its recruiter makes it: who is on it, whom to ask next, who must not be asked.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::{Application, Assignment};
use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::panel::{Member, Prospect, Seat, counted_from, missing};
use crate::assignment::paths;
use crate::assignment::store::needs::{self, Knows};
use crate::assignment::store::panels::{self, NotChanged};
use crate::assignment::store::prospects::{self, Choice};
use crate::assignment::store::{applications, assignments};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, AssignmentId};
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
#[template(path = "assignment/panel.html")]
struct Panel<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    of: &'a Application,
    form: &'a Form,
    /// Whom the candidate knows here.
    knows: &'a Knows,
    members: Vec<Line>,
    former: Vec<Line>,
    missing: usize,
    /// Nobody is asked onto it any more: it is shown as it was.
    is_over: bool,
    /// Whom to ask next, and everybody else.
    next: Vec<Ask>,
    others: Vec<Ask>,
    barred: Vec<Ask>,
    notice: &'a str,
    refusal: &'a str,
    trail: (String, String),
    action: String,
    conflicts: String,
    counted_from: &'static str,
}

/// Somebody who is or was on the panel.
pub struct Line {
    pub id: String,
    pub name: String,
    pub version: i32,
    pub is_shadow: bool,
    pub chip: (&'static str, &'static str),
    pub says: Html,
    /// The day they named.
    pub needs: Option<Html>,
    pub reason: String,
}

/// Somebody who could be asked, or could not.
pub(super) struct Ask {
    pub id: String,
    pub name: String,
    /// How much they have to do, and what speaks against them.
    pub says: String,
    pub is_proposed: bool,
}

/// What the page is made of.
struct Known {
    of: Application,
    it: Assignment,
    members: Vec<Member>,
    knows: Knows,
    choice: Choice,
}

async fn known(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    sees: &Allowed<MaySeeApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Known, Failure> {
    let of = applications::find(tx, sees).await?.ok_or(Failure::NotFound)?;
    let it = assignments::find(tx, sees, id).await?.ok_or(Failure::NotFound)?;
    let members = panels::members(tx, sees, id, now).await?;
    let count = missing(it.panel, &members).max(1);
    let choice = prospects::choice(tx, runs, (&it, &members), count, now).await?;
    let knows = needs::knows(tx, runs).await?;
    Ok(Known { of, it, members, knows, choice })
}

pub async fn show(
    runs: Allowed<MayRunApplication>,
    sees: Allowed<MaySeeApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    let known = known(&mut db.begin_reading().await?, &runs, &sees, id, now).await?;
    show_page(StatusCode::OK, (&frame, now), &Form::default(), &known, "")
}

/// A day somebody named.
pub fn date(day: Date) -> Html {
    Html::own(format!("<time datetime=\"{day}\">{}</time>", day.strftime("%-d %b %Y")))
}

/// A member as the page shows them, or showed them before it was over.
pub fn line(one: &Member, zone: &TimeZone, is_over: bool) -> Line {
    let at = |at: Timestamp| moment(at, zone).as_str().to_owned();
    let (chip, says) = match one.seat {
        Seat::Asked if is_over => (("Was asked", ""), "They had not answered.".to_owned()),
        Seat::Taken { at: when } if is_over => {
            (("Was on the panel", ""), format!("From {} on.", at(when)))
        }
        Seat::Asked => {
            (("Asked", "warn"), format!("An answer is wanted until {}.", at(one.answer_by)))
        }
        Seat::Taken { at: when } => (("On the panel", "good"), format!("Since {}.", at(when))),
        Seat::Left { at: when, why } => {
            use crate::assignment::panel::Leaving;
            let chip = match why {
                Leaving::Declined => "Declined",
                Leaving::Conflict => "Has a conflict",
                Leaving::Replaced => "Taken off",
            };
            ((chip, ""), format!("Since {}.", at(when)))
        }
    };
    let (chip, says) = match one.is_present() && !one.is_here && !is_over {
        true => (("Not here any more", "bad"), "Somebody else is wanted in this place.".to_owned()),
        false => (chip, says),
    };
    Line {
        id: one.id.to_string(),
        name: one.name.clone(),
        version: one.version,
        is_shadow: one.is_shadow,
        chip,
        says: Html::own(says),
        needs: one.needs_until.filter(|_| !is_over).map(date),
        reason: one.reason.clone(),
    }
}

/// Somebody as the choice shows them.
fn ask(one: &Prospect, says: Option<String>, is_proposed: bool) -> Ask {
    let load = format!("{} open, {} of {} this week", one.load, one.this_week, one.weekly_most);
    Ask {
        id: one.account.to_string(),
        name: one.name.clone(),
        says: says.map_or(load.clone(), |says| format!("{says}; {load}")),
        is_proposed,
    }
}

/// Whom to ask next, who could be asked all the same, and who could not, in that order.
pub(super) fn sorted(
    choice: &Choice,
    level: crate::content::model::Level,
    left: &[AccountId],
) -> [Vec<Ask>; 3] {
    let mut sorted = [Vec::new(), Vec::new(), Vec::new()];
    for one in &choice.prospects {
        let hindrance = one.hindrance(level, left);
        let place = match hindrance {
            None => 0,
            Some(it) if it.can_be_overruled() => 1,
            Some(_) => 2,
        };
        let is_proposed = choice.proposed.contains(&one.account);
        let mut asked = ask(one, hindrance.map(|it| it.says()), is_proposed);
        let is_namesake = |other: &Prospect| other.name == one.name && other.account != one.account;
        if choice.prospects.iter().any(is_namesake) {
            asked.name = format!("{} ({})", one.name, one.email);
        }
        sorted[place].push(asked);
    }
    // Those who are proposed stand first, in the order of the proposal.
    let place = |one: &Ask| {
        let at = choice.proposed.iter().position(|id| id.to_string() == one.id);
        at.unwrap_or(usize::MAX)
    };
    sorted[0].sort_by_key(place);
    sorted
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { of, it, members, knows, choice } = known;
    let left = panels::left(members);
    let settled = settle(it.format, it.state.clone(), now);
    let is_over = Phase::of(it.format, &settled, now).is_past_voting() || of.closed.is_some();
    let [next, others, barred] = sorted(choice, it.level, &left);
    let lines = |present| {
        let those = members.iter().filter(move |one| one.is_present() == present);
        those.map(|one| line(one, zone, is_over)).collect::<Vec<_>>()
    };
    let page_ = Panel {
        layout: frame.layout(format!("Panel for {}", it.title)).under(paths::CANDIDATES),
        knows,
        members: lines(true),
        former: lines(false),
        missing: missing(it.panel, members),
        is_over,
        next,
        others,
        // Whoever is on the panel is listed above.
        barred: barred.into_iter().filter(|one| !is_on(members, &one.id)).collect(),
        notice: match frame.done() {
            "asked" => "They are asked, and have two working days to answer.",
            "released" => "They are off the panel, and see nothing of it any more.",
            "reminded" => "The whole panel is reminded.",
            "reminded-before" => "The panel was reminded today already.",
            _ => "",
        },
        refusal,
        trail: (paths::application(of.id), paths::run(of.id, it.id)),
        action: paths::panel(of.id, it.id),
        conflicts: paths::conflicts(of.id),
        counted_from: counted_from(it.format),
        form,
        of,
        it,
    };
    page(status, &page_)
}

fn is_on(members: &[Member], id: &str) -> bool {
    members.iter().any(|one| one.is_present() && one.account.to_string() == id)
}

pub async fn save(
    asked: Allowed<MayRunApplication>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    Path((_, id)): Path<(String, String)>,
    mut form: Form,
) -> Result<Response, Failure> {
    let id: AssignmentId = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(&mut tx, &frame.viewer, asked.application()).await?;
    let runs = runs.ok_or(Failure::NotFound)?;
    match change(&mut tx, &runs, id, &mut form, now).await {
        Ok(Some(done)) => {
            let committed = tx.commit().await?;
            let href = format!("{}?done={done}", paths::panel(asked.application(), id));
            return Ok(redirect::after(committed, &href));
        }
        Ok(None) => {}
        Err(NotChanged::Unknown) => return Err(Failure::NotFound),
        Err(NotChanged::Database(error)) => return Err(error.into()),
        Err(refused) => {
            // Whoever was asked before the refusal is not: nothing is half done.
            drop(tx);
            let mut tx = db.begin().await?;
            return refuse(&mut tx, &frame, (&runs, id), &form, &refused.to_string(), now).await;
        }
    }
    refuse(&mut tx, &frame, (&runs, id), &form, "", now).await
}

async fn refuse(
    tx: &mut Tx,
    frame: &Frame,
    (runs, id): (&Allowed<MayRunApplication>, AssignmentId),
    form: &Form,
    refusal: &str,
    now: Timestamp,
) -> Result<Response, Failure> {
    let sees: Option<Allowed<MaySeeApplication>> =
        applications::locked(tx, &frame.viewer, runs.application()).await?;
    let known = known(tx, runs, &sees.ok_or(Failure::NotFound)?, id, now).await?;
    show_page(StatusCode::UNPROCESSABLE_ENTITY, (frame, now), form, &known, refusal)
}

/// Does what the form asks for; `None` where a field needs another look.
async fn change(
    tx: &mut Tx,
    runs: &Allowed<MayRunApplication>,
    id: AssignmentId,
    form: &mut Form,
    now: Timestamp,
) -> Result<Option<&'static str>, NotChanged> {
    match form.text("do") {
        "ask" => {
            let chosen: Vec<AccountId> =
                form.all("who").filter_map(|typed| typed.parse().ok()).collect();
            if chosen.is_empty() {
                form.refuse("who", "Choose at least one person to ask");
                return Ok(None);
            }
            let as_shadows = form.has("shadow", "yes");
            panels::invite(tx, runs, id, (&chosen, as_shadows), now).await?;
            Ok(Some("asked"))
        }
        "release" => {
            let member = form.text("member").parse().map_err(|_| NotChanged::Unknown)?;
            let version = form.text("version").parse().unwrap_or_default();
            panels::release(tx, runs, id, (member, version), now).await?;
            // The replacement is asked in the same step, so that the panel is not short meanwhile.
            if let Ok(next) = form.text("instead").parse() {
                panels::invite(tx, runs, id, (&[next], false), now).await?;
            }
            Ok(Some("released"))
        }
        "remind" => {
            let is_new = panels::remind(tx, runs, id, now).await?;
            Ok(Some(if is_new { "reminded" } else { "reminded-before" }))
        }
        _ => {
            form.refuse("do", "Choose what to do");
            Ok(None)
        }
    }
}
