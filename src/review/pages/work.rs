//! What was handed in, for those who look at it; and beside it, for whoever is on its panel, what they keep for
//! themselves.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::notes::{self as beside, Beside};
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::paths;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::markdown::prose;
use crate::db::Db;
use crate::ids::AssignmentId;
use crate::objects::Objects;
use crate::review::access::{MayKeepNotes, MayVote};
use crate::review::checklist::{Kept, Requirement, requirements};
use crate::review::store::notes::{self, NotKept};
use crate::review::store::votes;
use crate::submission::access::{As, MaySeeWork};
use crate::submission::pages::files::{self, Asked, Files, Looked};
use crate::submission::paths as works;
use crate::submission::questions::{self, Question};
use crate::submission::shown::Shown;
use crate::submission::store::work::{self, Assessed, Which, Work};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "review/work.html")]
struct WorkPage<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    who: &'a str,
    shown: Shown,
    files: Option<Files>,
    withheld: usize,
    /// What names the candidate is hidden in it.
    is_masked: bool,
    /// What its firm says of it, and where that is as a PDF.
    assessment: Option<Html>,
    report: Option<String>,
    /// It is as it was before the fix.
    is_before: bool,
    /// Where the other one of the two is read, where something was fixed.
    other: Option<String>,
    notes: Option<Beside<'a>>,
    /// Where whoever is on the panel votes, while that can be done.
    vote: Option<String>,
    /// Where whoever looks came from.
    back: NavItem,
    notice: &'a str,
    refusal: &'a str,
}

/// What the page is made of.
struct Known {
    it: Assignment,
    who: String,
    looked: Looked,
    withheld: usize,
    is_masked: bool,
    assessed: Option<Assessed>,
    asked: Vec<Question>,
    requirements: Vec<Requirement>,
    /// What whoever looks has kept, where they are on the panel.
    kept: Option<Kept>,
    which: Which,
    here: String,
    /// What of the files is asked for, as it stands in the address.
    at: String,
    can_vote: bool,
    back: NavItem,
}

async fn known(
    (db, objects): (&Db, &Objects),
    (frame, now): (&Frame, Timestamp),
    allowed: &Allowed<MaySeeWork>,
    (which, at): (Which, Asked),
) -> Result<Known, Failure> {
    let mut tx = db.begin_reading().await?;
    let work = work::find(&mut tx, allowed, which).await?.ok_or(Failure::NotFound)?;
    let keeps = Allowed::<MayKeepNotes>::ask(&frame.viewer, &Some(*allowed.looking()));
    let kept = match keeps.filter(|_| which == Which::Standing) {
        Some(keeps) => Some(notes::find(&mut tx, &keeps).await?),
        None => None,
    };
    drop(tx);
    let Work { it, who, contents, withheld, hidden, challenge, assessed } = work;
    let votes = Allowed::<MayVote>::ask(&frame.viewer, &allowed.looking().seat);
    let phase = Phase::of(it.format, &settle(it.format, it.state.clone(), now), now);
    let has_files = contents.files.is_some();
    let is_masked = hidden.is_some();
    let here = match which {
        Which::Standing => paths::work(it.id),
        Which::BeforeFix => paths::work_before(it.id),
    };
    let in_address = at.in_address();
    let looked = files::look(objects, (contents, hidden), (at, here.clone())).await?;
    if has_files && looked.files.is_none() {
        return Err(Failure::NotFound);
    }
    let level = looked.contents.level;
    let href = match allowed.looks() {
        As::Manager => paths::run(allowed.application(), it.id),
        As::Panel => paths::review(it.id),
        As::Firm => paths::assess(it.id),
    };
    Ok(Known {
        can_vote: votes.is_some() && votes::not_now(phase).is_none(),
        asked: questions::asked_in(challenge.as_ref(), level),
        requirements: requirements(challenge.as_ref(), level),
        back: NavItem { title: format!("{} by {who}", it.title), href },
        it,
        who,
        looked,
        withheld,
        is_masked,
        assessed,
        kept,
        which,
        here,
        at: in_address,
    })
}

pub async fn show(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Query(at): Query<Asked>,
) -> Result<Response, Failure> {
    let known = known((&db, &objects), (&frame, now), &allowed, (Which::Standing, at)).await?;
    let form = known.kept.as_ref().map(beside::filled).unwrap_or_default();
    show_page(StatusCode::OK, &frame, &form, known, "")
}

/// What it was before it was fixed.
pub async fn before(
    allowed: Allowed<MaySeeWork>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Query(at): Query<Asked>,
) -> Result<Response, Failure> {
    let known = known((&db, &objects), (&frame, now), &allowed, (Which::BeforeFix, at)).await?;
    show_page(StatusCode::OK, &frame, &Form::default(), known, "")
}

fn show_page(
    status: StatusCode,
    frame: &Frame,
    form: &Form,
    known: Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known {
        it,
        who,
        looked,
        withheld,
        is_masked,
        assessed,
        asked,
        requirements,
        kept,
        which,
        here,
        at,
        can_vote,
        back,
    } = known;
    let is_fixed = it.fix.is_some_and(|fix| fix.handed_in.is_some());
    let action = if at.is_empty() { here } else { format!("{here}?{at}") };
    let notes = kept.as_ref().map(|kept| {
        let notes = beside::beside(form, (kept, &requirements), action, zone);
        if refusal.is_empty() { notes } else { notes.against(kept, &requirements) }
    });
    let page_ = WorkPage {
        layout: frame.layout(format!("The work: {}", back.title)),
        shown: Shown::of(&looked.contents, &asked),
        files: looked.files,
        withheld,
        is_masked,
        report: assessed.as_ref().and_then(|one| one.files).map(|_| works::work_assessment(it.id)),
        assessment: assessed.map(|one| prose(&one.text)),
        is_before: which == Which::BeforeFix,
        other: is_fixed.then(|| match which {
            Which::Standing => paths::work_before(it.id),
            Which::BeforeFix => paths::work(it.id),
        }),
        notes,
        vote: can_vote.then(|| format!("{}#page.vote", paths::review(it.id))),
        back,
        notice: match frame.done() {
            "kept" => "That is kept, for you alone.",
            _ => "",
        },
        refusal,
        it: &it,
        who: &who,
    };
    page(status, &page_)
}

/// Keeps what a member noted.
pub async fn save(
    allowed: Allowed<MayKeepNotes>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Query(at): Query<Asked>,
    mut form: Form,
) -> Result<Response, Failure> {
    let before = notes::find(&mut db.begin_reading().await?, &allowed).await?;
    let mut why = String::new();
    if let Some(typed) = beside::typed(&mut form, &before) {
        let version = form.text("version").parse().unwrap_or(-1);
        let mut tx = db.begin().await?;
        match notes::keep(&mut tx, &frame.viewer, &allowed, (&typed, version), now).await {
            Ok(version) => {
                let committed = tx.commit().await?;
                // Kept while the page stays where it is: it needs to know its version.
                return Ok(match form.text("do") {
                    "keep" => version.to_string().into_response(),
                    _ => redirect::after(committed, &after(allowed.assignment(), &at)),
                });
            }
            Err(NotKept::Gone) => return Err(Failure::NotFound),
            Err(NotKept::Database(error)) => return Err(error.into()),
            Err(refused) => why = refused.to_string(),
        }
    }
    let sees = Allowed::<MaySeeWork>::ask(&frame.viewer, &Some(*allowed.looking()));
    let sees = sees.ok_or(Failure::NotFound)?;
    let known = known((&db, &objects), (&frame, now), &sees, (Which::Standing, at)).await?;
    // What is typed now is put over what is kept now.
    if let Some(kept) = known.kept.as_ref().filter(|_| !why.is_empty()) {
        form.set("version", kept.version.to_string());
    }
    show_page(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, known, &why)
}

/// The page again, with the file that was open.
fn after(id: AssignmentId, at: &Asked) -> String {
    let (here, at) = (paths::work(id), at.in_address());
    let at = if at.is_empty() { at } else { format!("&{at}") };
    format!("{here}?done=kept{at}#page.notes")
}
