//! Where an outside firm, or a recruiter in its place, puts an assessment together, looks at it, and hands it in.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::{counted, files, too_much};
use crate::account::paths::DESK;
use crate::account::store::sessions;
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::State as Stands;
use crate::assignment::paths as stages;
use crate::assignment::store::moves::NotMade;
use crate::clock::Timestamp;
use crate::content::markdown::prose;
use crate::content::model::DocPath;
use crate::content::paths as documents;
use crate::db::Db;
use crate::objects::Objects;
use crate::submission::access::MayAssess;
use crate::submission::archive::Limits;
use crate::submission::model;
use crate::submission::paths;
use crate::submission::store::assessments::{self, Assessed, NotAssessed};
use crate::submission::store::uploads::{self, NotStored};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::{day, moment};
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;
use crate::web::upload::Upload as Sending;

#[derive(Template)]
#[template(path = "submission/assess.html")]
struct Assess<'a> {
    layout: Layout<'a>,
    it: &'a Assignment,
    who: &'a str,
    form: &'a Form,
    /// The recruiter does it in the firm's place.
    is_for_firm: bool,
    /// What was found is there to be read, where whoever looks at this reads it.
    work: Option<String>,
    is_here: bool,
    /// It can be put together and handed in now.
    is_open: bool,
    /// Somebody of the firm writes it.
    is_of_the_firm: bool,
    has_report: bool,
    report: String,
    /// As it will be read, once something is kept; and what it is known by.
    preview: Option<Html>,
    hash: String,
    missing: String,
    receipt: Option<Html>,
    /// The last day of the firm's account.
    last_day: Option<Html>,
    /// Until when the stage is with the firm, where that was said.
    until: Option<Html>,
    /// The challenge at its level, and whom the firm writes to: their name and address.
    challenge: Option<String>,
    recruiter: &'a (String, String),
    megabytes: u64,
    notice: &'a str,
    refusal: &'a str,
    back: NavItem,
    action: String,
}

pub async fn show(
    allowed: Allowed<MayAssess>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&db, &allowed).await?;
    let form = filled(&known);
    show_page(StatusCode::OK, (&frame, now), &form, (&allowed, &known), "")
}

async fn known(db: &Db, allowed: &Allowed<MayAssess>) -> Result<Assessed, Failure> {
    let found = assessments::find(&mut db.begin_reading().await?, allowed).await?;
    found.ok_or(Failure::NotFound)
}

fn filled(known: &Assessed) -> Form {
    let mut form = Form::default();
    form.set("version", known.assessment.version.to_string());
    form.set("text", known.assessment.text.clone());
    form
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    (allowed, known): (&Allowed<MayAssess>, &Assessed),
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Assessed { it, who, assessment, is_of_the_firm, ends_at, recruiter, challenge } = known;
    let state = settle(it.format, it.state.clone(), now);
    let is_here =
        matches!(state, Stands::Submitted { .. } | Stands::Opened { .. } | Stands::Decided { .. });
    let is_open = assessment.handed_in_at.is_none()
        && !is_of_the_firm
        && matches!(state, Stands::InProgress(_) | Stands::Submitted { .. });
    let until = match &it.state {
        Stands::InProgress(run) => run.due,
        _ => None,
    };
    let title = format!("{} by {who}", it.title);
    let run = stages::run(it.application, it.id);
    let page_ = Assess {
        layout: frame.layout(format!("Assessment: {title}")),
        is_for_firm: !allowed.is_firm(),
        work: (allowed.is_firm() && is_here).then(|| stages::work(it.id)),
        is_here,
        is_open,
        is_of_the_firm: *is_of_the_firm,
        has_report: assessment.files.is_some(),
        report: paths::assess_report(it.id),
        preview: (assessment.version > 0).then(|| prose(&assessment.text)),
        hash: assessment.hash(it.level).to_string(),
        missing: assessment.can_be_handed_in().err().map(|it| it.to_string()).unwrap_or_default(),
        receipt: assessment.handed_in_at.map(|at| moment(at, zone)),
        until: until.map(|at| day(at, zone)),
        challenge: challenge
            .as_deref()
            .and_then(DocPath::parse)
            .map(|path| documents::document_at(&path, it.level)),
        recruiter,
        last_day: ends_at.filter(|_| allowed.is_firm()).map(|at| day(at, zone)),
        megabytes: Limits::USUAL.file_bytes / 1_048_576,
        notice: match frame.done() {
            "kept" => "That is kept. Nothing is handed in yet.",
            "changed" => {
                "You had changed it since you looked at it. It is kept: look once more, then hand it in."
            }
            "handed-in" => "It is received. The receipt is on its way to you by mail.",
            _ => "",
        },
        refusal,
        back: match allowed.is_firm() {
            true => NavItem { title: "Your desk".to_owned(), href: DESK.to_owned() },
            false => NavItem { title: it.title.clone(), href: run },
        },
        action: stages::assess(it.id),
        form,
        who,
        it,
    };
    page(status, &page_)
}

/// Whether a text is another one than what is kept; browsers send a line's end as two characters.
fn differs(typed: &str, kept: &Assessed) -> bool {
    let plain = |text: &str| text.trim().replace("\r\n", "\n");
    plain(typed) != plain(&kept.assessment.text)
}

pub async fn save(
    allowed: Allowed<MayAssess>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
    Sending { mut form, file }: Sending<{ Limits::USUAL.file_bytes }>,
) -> Result<Response, Failure> {
    let before = known(&db, &allowed).await?;
    // What was changed since it was looked at is kept, and looked at once more.
    let is_changed = form.has("do", "hand-in")
        && before.assessment.handed_in_at.is_none()
        && (file.is_some() || form.all("text").next().is_some_and(|typed| differs(typed, &before)));
    if is_changed {
        form.set("do", "keep");
    }
    let version = form.text("version").parse().unwrap_or(-1);
    let here = stages::assess(allowed.assignment());
    let text = form.read("text", model::note);
    // Of an older version nothing is kept, and the file need not be read.
    let is_kept = before.assessment.version == version && before.assessment.handed_in_at.is_none();
    let file = file.filter(|_| is_kept && !form.has("do", "hand-in"));
    if let Some(file) = &file {
        let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
        if let Err((why, seconds)) = counted(&db, (allowed.by(), file), (now, zone)).await? {
            form.refuse("file", why);
            let status = StatusCode::TOO_MANY_REQUESTS;
            let page = show_page(status, (&frame, now), &form, (&allowed, &before), "")?;
            return Ok(too_much(page, seconds));
        }
    }
    let ready = match file {
        None => None,
        Some(file) => match uploads::store_report(&objects, file).await {
            Ok(ready) => Some(ready),
            Err(NotStored::Refused(why)) => {
                form.refuse("file", why.to_string());
                None
            }
            Err(NotStored::NoPdf) => {
                form.refuse("file", "This is no PDF; choose one, or write it above");
                None
            }
            Err(error) => return Err(error.into()),
        },
    };
    if form.has_errors() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show_page(status, (&frame, now), &form, (&allowed, &before), "");
    }
    let mut tx = db.begin().await?;
    if !sessions::stands(&mut tx, &frame.viewer).await? {
        return Err(Failure::SignInFirst);
    }
    let mut files = before.assessment.files.filter(|_| !form.has("do", "remove"));
    if let Some(ready) = &ready {
        files = Some(uploads::note(&mut tx, allowed.assignment(), ready, now).await?.files());
    }
    let (made, done) = match form.has("do", "hand-in") {
        true => {
            let seen = (form.text("seen"), form.has("ends", "1"));
            let made = assessments::hand_in(&mut tx, &frame.viewer, &allowed, seen, now).await;
            (made, "handed-in")
        }
        false => {
            let typed = (text.as_deref().unwrap_or_default(), files, version);
            let made = assessments::keep(&mut tx, &frame.viewer, &allowed, typed, now).await;
            (made, if is_changed { "changed" } else { "kept" })
        }
    };
    match made {
        Ok(()) => Ok(redirect::after(tx.commit().await?, &format!("{here}?done={done}"))),
        Err(NotAssessed::Refused(NotMade::Unknown)) => Err(Failure::NotFound),
        Err(NotAssessed::Refused(NotMade::Database(error))) => Err(error.into()),
        Err(why) => {
            drop(tx);
            let known = known(&db, &allowed).await?;
            if form.has("do", "hand-in") {
                form = filled(&known);
            } else {
                form.set("version", known.assessment.version.to_string());
            }
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            show_page(status, (&frame, now), &form, (&allowed, &known), &why.to_string())
        }
    }
}

/// The PDF of it.
pub async fn report(
    allowed: Allowed<MayAssess>,
    (State(db), State(objects)): (State<Db>, State<Objects>),
) -> Result<Response, Failure> {
    let kept = known(&db, &allowed).await?.assessment.files.ok_or(Failure::NotFound)?.kept;
    files::report(&objects, (kept, None)).await
}
