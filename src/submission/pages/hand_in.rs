//! Where a candidate puts together what they hand in: saved as typed, looked at, then handed in.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use jiff::tz::TimeZone;

use super::files::in_words;
use super::{CameLate, Own, counted, own, too_much};
use crate::account::store::sessions;
use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Phase, State as Stands};
use crate::assignment::paths as stages;
use crate::assignment::reminders::left;
use crate::assignment::store::moves::NotMade;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::ids::AssignmentId;
use crate::objects::Objects;
use crate::submission::archive::Limits;
use crate::submission::late;
use crate::submission::model::{self, Contents, Draft, Upload};
use crate::submission::paths;
use crate::submission::questions::Question;
use crate::submission::store;
use crate::submission::store::drafts::{self, NotKept};
use crate::submission::store::uploads::{self, NotStored};
use crate::web::allowed::Allowed;
use crate::web::error::{Failure, ForProgram};
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;
use crate::web::upload::Upload as Sending;

#[derive(Template)]
#[template(path = "submission/hand_in.html")]
struct HandIn<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    form: &'a Form,
    /// The clock, where it runs: for machines, and in words.
    clock: Option<(String, String)>,
    /// What came late.
    late: Option<CameLate>,
    /// Why nothing can be changed now.
    shut: &'a str,
    /// What the panel asks to be fixed.
    fix: Option<&'a str>,
    /// Levels it can be handed in at, the target first.
    levels: Vec<Level>,
    questions: Vec<Asked>,
    files: Option<Sent>,
    limits: Limits,
    /// When it was saved last.
    saved: Option<Html>,
    /// What is kept, where it is another than what was typed.
    kept: Option<Vec<(String, String)>>,
    notice: &'a str,
    refusal: &'a str,
    /// What was typed, where nothing can be typed any more.
    typed: Vec<String>,
    stage: String,
    look: String,
    action: String,
}

/// A question with the field its answer is typed into.
struct Asked {
    name: String,
    place: String,
    html: Html,
}

/// Files that were sent before.
struct Sent {
    name: String,
    says: String,
    at: Html,
    left_out: Vec<&'static str>,
}

fn field(question: &Question) -> String {
    format!("answer-{}", question.key)
}

fn place(question: &Question) -> String {
    format!("Level {}, question {}", question.key.level, question.key.number)
}

/// The form with what is kept in it.
fn filled(draft: &Draft, asked: &[Question]) -> Form {
    let Contents { level, links, note, answers, files: _ } = &draft.contents;
    let mut form = Form::default();
    form.set("version", draft.version.to_string());
    form.set("level", level.to_string());
    form.set("links", links.join("\n"));
    form.set("note", note.clone());
    for question in asked {
        form.set(&field(question), answers.get(&question.key).cloned().unwrap_or_default());
    }
    form
}

/// What was typed, over what is kept of other levels. What cannot be taken is refused in the form, and what was kept
/// before stands in its place.
fn typed(form: &mut Form, own: &Own) -> Contents {
    let target = own.it.level;
    let before = &own.draft.contents;
    // What is fixed is of the level it was.
    if let Some(fix) = &own.fix {
        form.set("level", fix.level.to_string());
    }
    let level = form.read("level", |typed| model::level(typed, target));
    let links = form.read("links", model::links);
    let note = form.read("note", model::note);
    let mut answers = before.answers.clone();
    let mut too_long = None;
    // The page may have been made at another level: what it asked is kept, too.
    let sent = |question: &Question| form.fields().any(|(name, _)| name == field(question));
    let answered: Vec<Question> = own.asked(target).into_iter().filter(sent).collect();
    for question in &answered {
        match model::answer(form.text(&field(question))) {
            Ok(text) if text.is_empty() => drop(answers.remove(&question.key)),
            Ok(text) => drop(answers.insert(question.key, text)),
            Err(message) => too_long = Some(format!("{}: {message}", place(question))),
        }
    }
    if let Some(message) = too_long {
        form.refuse("answers", message);
    }
    Contents {
        level: level.unwrap_or(before.level),
        links: links.unwrap_or_else(|| before.links.clone()),
        note: note.unwrap_or_else(|| before.note.clone()),
        answers,
        files: before.files.filter(|_| form.text("do") != "remove"),
    }
}

pub async fn show(
    allowed: Allowed<MayTakeAssignment>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let own = own(&mut db.begin_reading().await?, &allowed, now).await?;
    if own.handed_in.is_some() {
        return Ok(Redirect::to(&paths::look(own.it.id)).into_response());
    }
    let form = filled(&own.draft, &own.asked(own.draft.contents.level));
    show_page(StatusCode::OK, (&frame, now), &form, &own, "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    own: &Own,
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let it = &own.it;
    let state = settle(it.format, it.state.clone(), now);
    let due = match &state {
        Stands::InProgress(run) => run.due,
        _ => own.fix.as_ref().map(|fix| fix.due),
    };
    let clock = due.map(|due| {
        let left = left(due, now).map_or("no time left".to_owned(), |left| format!("{left} left"));
        (due.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), left)
    });
    let asked = own.asked(own.draft.contents.level);
    // What was typed at another level, in another tab.
    let mut elsewhere = own.asked(it.level);
    elsewhere.retain(|one| {
        !form.text(&field(one)).is_empty() && !asked.iter().any(|other| other.key == one.key)
    });
    let kept = filled(&own.draft, &asked);
    let differs = |name: &str| form.text(name) != kept.text(name);
    let mut others = Vec::new();
    if !refusal.is_empty() {
        let names = [("links", "Links".to_owned()), ("note", "Note".to_owned())];
        let names = names.into_iter().map(|(name, title)| (name.to_owned(), title));
        let answers = asked.iter().map(|question| (field(question), place(question)));
        let other = names.chain(answers).filter(|(name, _)| differs(name));
        others = other.map(|(name, title)| (title, kept.text(&name).to_owned())).collect();
    }
    let page_ = HandIn {
        layout: frame.layout(format!("Hand in {}", it.title)),
        clock,
        late: own.late.as_ref().map(|late| CameLate::of(late, zone)),
        shut: shut(own, now),
        fix: own.fix.as_ref().map(|fix| fix.what.as_str()),
        levels: match &own.fix {
            Some(fix) => vec![fix.level],
            None => (1..=it.level.number()).rev().filter_map(Level::new).collect(),
        },
        questions: (asked.iter().chain(&elsewhere))
            .map(|one| Asked { name: field(one), place: place(one), html: one.html.clone() })
            .collect(),
        typed: match refusal.is_empty() {
            true => Vec::new(),
            false => {
                let names: Vec<String> = asked.iter().chain(&elsewhere).map(field).collect();
                let names = ["links", "note"].into_iter().chain(names.iter().map(String::as_str));
                form.typed(&names.collect::<Vec<_>>())
            }
        },
        files: own.upload.as_ref().map(|upload| sent(upload, zone)),
        limits: Limits::USUAL,
        saved: own.draft.saved_at.map(|at| moment(at, zone)),
        kept: (!others.is_empty()).then_some(others),
        notice: match frame.done() {
            "saved" => "That is kept. Nothing is handed in yet.",
            "file" => "Your files are here. Nothing is handed in yet.",
            "removed" => "Your files are out of it. Send them again if they are to go with it.",
            "late" => "It came late, and is kept. The receipt is on its way to you by mail.",
            "back" => "It is yours again. Your clock goes on as it was.",
            _ => "",
        },
        refusal,
        stage: stages::own(it.id),
        look: paths::look(it.id),
        action: stages::own_hand_in(it.id),
        form,
        it,
    };
    page(status, &page_)
}

fn phase(own: &Own, now: Timestamp) -> Phase {
    let it = &own.it;
    Phase::of(it.format, &settle(it.format, it.state.clone(), now), now)
}

fn sent(upload: &Upload, zone: &TimeZone) -> Sent {
    let Upload { file_count, unpacked_bytes, left_out, .. } = upload;
    let files = if *file_count == 1 { "file" } else { "files" };
    Sent {
        name: upload.name.clone(),
        says: format!("{file_count} {files}, {}", in_words(*unpacked_bytes)),
        at: moment(upload.at, zone),
        left_out: left_out.iter().map(|dropped| dropped.sentence()).collect(),
    }
}

/// Why nothing can be changed now; nothing where it can.
fn shut(own: &Own, now: Timestamp) -> &'static str {
    let it = &own.it;
    match phase(own, now) {
        _ if it.format == Format::LiveSession => "There is nothing to hand in at a live session.",
        _ if own.fix.is_some() => "",
        Phase::Voting | Phase::Opened if it.fix.is_some_and(|fix| fix.is_missed(now)) => {
            "The time for the fix is over. What you handed in before counts."
        }
        Phase::InProgress | Phase::Waiting => "",
        Phase::Assigned => {
            "Press Start on the page of the stage first; then you can put together what you hand in."
        }
        Phase::Submitted => "You have handed this in. To change something, take it back first.",
        Phase::Lapsed => {
            "The time for this is over. Your recruiter can open it again; tell them what came between."
        }
        _ => "This is final, and cannot be changed any more.",
    }
}

pub async fn save(
    allowed: Allowed<MayTakeAssignment>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Sending { mut form, file }: Sending<{ Limits::USUAL.packed_bytes }>,
) -> Result<Response, Failure> {
    let own_ = own(&mut db.begin_reading().await?, &allowed, now).await?;
    let version = form.text("version").parse().unwrap_or(-1);
    let mut contents = typed(&mut form, &own_);
    // What the page keeps by itself is kept as far as it can be.
    if form.has_errors() && !form.has("do", "keep") {
        return refused((&frame, now), &form, &own_, "");
    }
    // Of an older version nothing is kept, and the file need not be read.
    let is_open = shut(&own_, now).is_empty();
    if is_open && file.is_some() && own_.draft.version != version {
        form.set("version", own_.draft.version.to_string());
        form.refuse(
            "file",
            "Choose it again: this page was not the newest, so that it was not taken",
        );
        return refused((&frame, now), &form, &own_, &NotKept::Changed.to_string());
    }
    // What the page keeps by itself is no hand-in.
    let is_late = !is_open && late::minutes(&own_.it, now).is_some() && !form.has("do", "keep");
    let file = file.filter(|_| is_open || is_late);
    if let Some(file) = &file {
        let by = allowed.parties().candidate;
        let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
        if let Err((why, seconds)) = counted(&db, (by, file), (now, zone)).await? {
            form.refuse("file", why);
            return Ok(too_much(refused((&frame, now), &form, &own_, "")?, seconds));
        }
    }
    let ready = match file {
        None => None,
        Some(file) => match uploads::store(&objects, file, own_.it.format).await {
            Ok(ready) => Some(ready),
            Err(NotStored::Refused(why)) => {
                form.refuse("file", why.to_string());
                return refused((&frame, now), &form, &own_, "");
            }
            Err(error) => return Err(error.into()),
        },
    };
    let mut tx = db.begin().await?;
    if !sessions::stands(&mut tx, &frame.viewer).await? {
        return Err(Failure::SignInFirst);
    }
    if let Some(ready) = &ready {
        contents.files = Some(uploads::note(&mut tx, own_.it.id, ready, now).await?.files());
    }
    if is_late {
        return keep_late(&db, (tx, &allowed, &contents), (&frame, now), form).await;
    }
    match drafts::keep(&mut tx, &frame.viewer, &allowed, (&contents, version), now).await {
        // Kept while the page stays where it is: it needs to know its version.
        Ok(version) if stays(&form) => {
            let _kept = tx.commit().await?;
            Ok(kept(version, &form).into_response())
        }
        Ok(_) => Ok(redirect::after(tx.commit().await?, &next(&form, own_.it.id, ready.is_some()))),
        Err(NotKept::Refused(NotMade::Unknown)) => Err(Failure::NotFound),
        Err(NotKept::Refused(NotMade::Database(error))) => Err(error.into()),
        Err(why) => {
            drop(tx);
            let own_ = own(&mut db.begin_reading().await?, &allowed, now).await?;
            // What is typed now is put over what is kept now.
            form.set("version", own_.draft.version.to_string());
            refused((&frame, now), &form, &own_, &why.to_string())
        }
    }
}

/// Keeps what came after the clock had run out, and says that it came late.
async fn keep_late(
    db: &Db,
    (mut tx, allowed, contents): (Tx, &Allowed<MayTakeAssignment>, &Contents),
    (frame, now): (&Frame, Timestamp),
    mut form: Form,
) -> Result<Response, Failure> {
    match store::late::keep(&mut tx, &frame.viewer, allowed, contents, now).await {
        Ok(()) => {
            let committed = tx.commit().await?;
            if form.has("do", "send") {
                let why = "The time for this is over. What you chose is kept as late: load the page again";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok((status, Extension(ForProgram), why).into_response());
            }
            let href = format!("{}?done=late", stages::own_hand_in(allowed.assignment()));
            Ok(redirect::after(committed, &href))
        }
        Err(NotKept::Refused(NotMade::Unknown)) => Err(Failure::NotFound),
        Err(NotKept::Refused(NotMade::Database(error))) => Err(error.into()),
        Err(why) => {
            drop(tx);
            let own_ = own(&mut db.begin_reading().await?, allowed, now).await?;
            form.set("version", own_.draft.version.to_string());
            refused((frame, now), &form, &own_, &why.to_string())
        }
    }
}

/// What the page is told of what it keeps by itself: the version it has now, and a line for each field that was not
/// taken, with why.
fn kept(version: i32, form: &Form) -> String {
    let mut says = version.to_string();
    for name in ["links", "note", "answers", "level"] {
        if let Some(why) = form.error(name) {
            says.push_str(&format!("\n{name} {why}"));
        }
    }
    says
}

/// Whether it was sent by the page while it stays open.
fn stays(form: &Form) -> bool {
    matches!(form.text("do"), "keep" | "send")
}

/// Where one goes on after something was kept.
fn next(form: &Form, id: AssignmentId, has_file: bool) -> String {
    let here = stages::own_hand_in(id);
    match form.text("do") {
        "look" => paths::look(id),
        "remove" => format!("{here}?done=removed"),
        _ if has_file => format!("{here}?done=file"),
        _ => format!("{here}?done=saved"),
    }
}

/// The page again, with what was typed; a file that the page sends by itself gets a sentence it can show.
fn refused(
    about: (&Frame, Timestamp),
    form: &Form,
    own: &Own,
    refusal: &str,
) -> Result<Response, Failure> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    if form.text("do") == "send" {
        let elsewhere = "Mend what is marked on this page first, and then choose it again";
        let why =
            if refusal.is_empty() { form.error("file").unwrap_or(elsewhere) } else { refusal };
        return Ok((status, Extension(ForProgram), why.to_owned()).into_response());
    }
    show_page(status, about, form, own, refusal)
}
