//! A panel for those who follow it from its votes to the decision. Before it has opened, the page is the same
//! whatever was voted.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::ran;
use super::vote::{Line, shown};
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::{Application, Assignment};
use crate::assignment::model::Phase;
use crate::assignment::pages::count::{self, CountedLine};
use crate::assignment::pages::words::{Reader, Standing, standing};
use crate::assignment::paths;
use crate::assignment::store::shown as stage;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::{Db, Tx};
use crate::review::access::{MayDebrief, MayOrderOpening};
use crate::review::model::Order;
use crate::review::store::orders::{self, NotGiven};
use crate::review::store::votes::{self, Debrief};
use crate::track::model::Attribution;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "review/debrief.html")]
struct DebriefPage<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    of: &'a Application,
    standing: Standing,
    /// When the votes open, while they are sealed.
    opens: Option<Opens>,
    /// Whether whoever reads this may have them opened early.
    can_order: bool,
    /// The votes once they are open: how many of each, and themselves for those who read them.
    /// The open votes are what was sealed.
    seal_holds: bool,
    tally: Option<String>,
    disagrees: bool,
    votes: Vec<Line>,
    practice: Vec<Line>,
    /// What the panel ran, for those who read the votes.
    ran: Vec<ran::Line>,
    names_say: &'static str,
    /// The stages that are not taken, since they were passed before.
    counted: &'a [CountedLine],
    notice: &'a str,
    refusal: &'a str,
    /// Where they decide on it, or read what they decided.
    decide: Option<String>,
    /// Where they read the work.
    work: Option<String>,
    run: String,
    action: String,
}

/// When sealed votes open.
struct Opens {
    says: String,
    /// What was ordered, and since when.
    order: Option<(&'static str, Html)>,
    enough: String,
    /// Since when a reserve is called for.
    reserve: Option<Html>,
}

/// What the page is made of.
struct Known {
    of: Application,
    it: Assignment,
    reader: Reader,
    order: Option<Order>,
    /// The open votes, and whether they are what was sealed.
    debrief: Option<(Debrief, bool)>,
    counted: Vec<CountedLine>,
}

async fn known(
    tx: &mut Tx,
    (frame, now): (&Frame, Timestamp),
    allowed: &Allowed<MayDebrief>,
) -> Result<Known, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let seen = Allowed::<MaySeeApplication>::ask(&frame.viewer, &allowed.parties());
    let seen = seen.ok_or(Failure::NotFound)?;
    let found = stage::one(tx, &seen, allowed.assignment()).await?;
    let (of, it, has_counted) = found.ok_or(Failure::NotFound)?;
    let debrief = votes::of_debrief(tx, allowed, &it).await?;
    let order = if debrief.is_none() { orders::find(tx, allowed).await? } else { None };
    let counted = match has_counted {
        true => count::lines(tx, &seen, (now, zone)).await?,
        false => Vec::new(),
    };
    Ok(Known { counted, order, reader: Reader::of(&seen), of, it, debrief })
}

pub async fn show(
    allowed: Allowed<MayDebrief>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, (&frame, now), &allowed).await?;
    show_page(StatusCode::OK, (&frame, now), (&allowed, &known), "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    (allowed, known): (&Allowed<MayDebrief>, &Known),
    refusal: &str,
) -> Result<Response, Failure> {
    let person = frame.viewer.person().ok_or(Failure::NotFound)?;
    let Known { of, it, reader, order, debrief, counted } = known;
    let standing = standing(it, *reader, now, &person.zone);
    let goes_on = !standing.phase.is_over() && of.closed.is_none();
    let is_sealed = goes_on && standing.phase != Phase::Opened && it.panel.size > 0;
    let enough = match it.panel.quorum {
        1 => "One vote is enough".to_owned(),
        many => format!("{many} votes are enough"),
    };
    let opens = is_sealed.then(|| Opens {
        says: format!(
            "They open when the panel is complete, with {}, and everybody on it has voted. Until then nobody learns what \
             was voted, by whom, or how many have.",
            it.panel.size
        ),
        order: order.as_ref().map(|order| {
            let whose = match order.by {
                Some(by) if by == person.account => "You have asked to open them once enough have voted",
                Some(_) => "The hiring manager has asked to open them once enough have voted",
                None => "They open once enough have voted, because the answer is overdue",
            };
            (whose, moment(order.at, &person.zone))
        }),
        reserve: order
            .as_ref()
            .and_then(|order| order.reserve_at)
            .map(|at| moment(at, &person.zone)),
        enough,
    });
    let mut ran = Vec::new();
    let (tally, disagrees, votes, practice) = match debrief {
        Some((Debrief::Votes(votes, runs), _)) => {
            ran = runs.iter().map(ran::opened).collect();
            let shown = shown(votes);
            (Some(shown.says), shown.disagrees, shown.votes, shown.practice)
        }
        Some((Debrief::Tally(tally), _)) => {
            (Some(tally.says()), tally.disagrees(), Vec::new(), Vec::new())
        }
        None => (None, false, Vec::new(), Vec::new()),
    };
    let debriefs = allowed.decides() && matches!(standing.phase, Phase::Opened | Phase::Decided);
    let page_ = DebriefPage {
        layout: frame.layout(format!("{} by {}", it.title, of.name)).under(paths::CANDIDATES),
        decide: debriefs.then(|| paths::decision(it.id)),
        work: (debriefs && it.format != Format::LiveSession).then(|| paths::work(it.id)),
        can_order: allowed.decides() && order.is_none(),
        opens,
        seal_holds: debrief.as_ref().is_some_and(|(_, holds)| *holds),
        counted,
        tally,
        disagrees,
        votes,
        practice,
        ran,
        names_say: match (allowed.decides(), it.panel.attribution) {
            (false, _) => "The hiring manager reads the votes themselves, and decides.",
            (true, Attribution::Attributed) => {
                "You see whose vote is whose; the panel sees the votes without names."
            }
            (true, Attribution::Anonymous) => {
                "Nobody sees whose vote is whose, and their order is left to chance."
            }
        },
        notice: match frame.done() {
            "ordered" => "That is noted: they open once enough have voted.",
            _ => "",
        },
        refusal,
        run: paths::run(of.id, it.id),
        action: paths::debrief(it.id),
        standing,
        it,
        of,
    };
    page(status, &page_)
}

/// Has the votes opened once enough are cast. What it answers is the same whatever was voted, unless they open.
pub async fn order(
    asked: Allowed<MayOrderOpening>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let refusal = match orders::give(&mut tx, &frame.viewer, &asked, now).await {
        Ok(_) => {
            let committed = tx.commit().await?;
            let href = format!("{}?done=ordered", paths::debrief(asked.given().assignment));
            return Ok(redirect::after(committed, &href));
        }
        Err(NotGiven::Gone) => return Err(Failure::NotFound),
        Err(NotGiven::Database(error)) => return Err(error.into()),
        Err(refused) => refused.to_string(),
    };
    drop(tx);
    let given = *asked.given();
    let allowed = Allowed::<MayDebrief>::ask(&frame.viewer, &given).ok_or(Failure::NotFound)?;
    let known = known(&mut db.begin_reading().await?, (&frame, now), &allowed).await?;
    show_page(StatusCode::UNPROCESSABLE_ENTITY, (&frame, now), (&allowed, &known), &refusal)
}
