//! What a candidate says before Start, for their recruiter alone.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::{Assignment, TimeFactor};
use crate::assignment::employers::lines;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State as Stands;
use crate::assignment::needs::{Ahead, Need, Needs, Said, names};
use crate::assignment::paths;
use crate::assignment::store::moves::NotMade;
use crate::assignment::store::{assignments, needs};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::track::model::in_words;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/needs.html")]
struct NeedsPage<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    form: &'a Form,
    /// How much time there is to choose from, with what that is here.
    times: Vec<(TimeFactor, Option<String>)>,
    said: &'a Needs,
    /// It was not begun, so that what is said counts.
    is_open: bool,
    /// What was typed into a form that is not shown any more.
    typed: Vec<String>,
    back: String,
    needs: String,
    knows: String,
}

/// What the page is made of.
struct Known {
    it: Assignment,
    said: Needs,
    times: Vec<(TimeFactor, Option<String>)>,
}

async fn known(tx: &mut Tx, allowed: &Allowed<MayTakeAssignment>) -> Result<Known, Failure> {
    let it = assignments::taken(tx, allowed).await?.ok_or(Failure::NotFound)?;
    let Ahead { said, usual, .. } = needs::own(tx, allowed).await?;
    let length = |time: TimeFactor| (time, usual.map(|usual| in_words(time.of(usual))));
    Ok(Known { it, said, times: TimeFactor::ALL.into_iter().map(length).collect() })
}

/// The form as it was filled in last.
fn filled(said: &Needs) -> Form {
    let percent = said.time.percent().to_string();
    let needs = said.needs.iter().map(|need| ("needs", need.code()));
    let names = said.knows.as_deref().unwrap_or_default();
    let said = [("time", percent.as_str()), ("names", names), ("employers", &said.employers)];
    Form::filled(needs.chain(said))
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    (form, typed): (&Form, Vec<String>),
    known: Known,
) -> Result<Response, Failure> {
    let Known { it, said, times } = known;
    let state = settle(it.format, it.state.clone(), now);
    let is_open = matches!(state, Stands::Assigned { .. });
    let page_ = NeedsPage {
        layout: frame.layout("Need something different?"),
        is_open,
        typed: if is_open { Vec::new() } else { typed },
        back: paths::own(it.id),
        needs: paths::own_needs(it.id),
        knows: paths::own_knows(it.id),
        form,
        times,
        said: &said,
        it: &it,
    };
    page(status, &page_)
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, &allowed).await?;
    let form = filled(&known.said);
    show_page(StatusCode::OK, (&frame, now), (&form, Vec::new()), known)
}

/// Keeps what was said, or shows the page again with what is wrong with it.
async fn answer(
    (db, allowed): (&Db, &Allowed<MayTakeAssignment>),
    (frame, now): (&Frame, Timestamp),
    mut form: Form,
    (said, field, done): (Option<Said>, &'static str, &str),
) -> Result<Response, Failure> {
    if let Some(said) = said {
        let mut tx = db.begin().await?;
        match needs::say(&mut tx, &frame.viewer, allowed, &said, now).await {
            Ok(_) => {
                let committed = tx.commit().await?;
                let href = format!("{}?done={done}", paths::own(allowed.assignment()));
                return Ok(redirect::after(committed, &href));
            }
            Err(NotMade::Unknown) => return Err(Failure::NotFound),
            Err(NotMade::Database(error)) => return Err(error.into()),
            Err(refused) => form.refuse(field, refused.to_string()),
        }
    }
    let known = known(&mut db.begin_reading().await?, allowed).await?;
    // The two questions are sent apart; what was not sent stands as it is.
    let mut shown = filled(&known.said).refused_as(&form);
    if field == "names" {
        shown.set("names", form.raw("names"));
        shown.set("employers", form.raw("employers"));
    }
    let typed = form.typed(&["names", "employers"]);
    show_page(StatusCode::UNPROCESSABLE_ENTITY, (frame, now), (&shown, typed), known)
}

pub async fn save(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let time = form.read("time", |typed| {
        let percent = typed.parse().ok().and_then(TimeFactor::from_percent);
        percent.ok_or("Choose how much time you need")
    });
    let needs = Need::ALL.into_iter().filter(|need| form.has("needs", need.code())).collect();
    let said = time.map(|time| Said::Needs(time, needs));
    answer((&db, &allowed), (&frame, now), form, (said, "time", "needs")).await
}

pub async fn save_knows(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let said = match form.text("do") {
        "nobody" => Some(String::new()),
        _ => form.read("names", names),
    };
    // The question on the page of the stage does not ask for it.
    let is_asked = form.all("employers").next().is_some();
    let employers = if is_asked { form.read("employers", lines).map(Some) } else { Some(None) };
    let said = said.zip(employers).map(|(names, employers)| Said::Knows(names, employers));
    answer((&db, &allowed), (&frame, now), form, (said, "names", "knows")).await
}
