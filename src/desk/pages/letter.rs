//! The words of one kind of letter: changed, shown with sample data, or put back to what ships.

use askama::Template as _;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::account::Accounts;
use crate::account::access::MayChangeSettings;
use crate::account::store::organisation;
use crate::db::Db;
use crate::desk::model::template;
use crate::desk::paths;
use crate::mail::letter::Draft;
use crate::mail::store;
use crate::mail::wording::{Blank, Template, Wording};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::headers::{FRAMING_SECURITY, LETTER_SECURITY};
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::redirect;

#[derive(askama::Template)]
#[template(path = "desk/letter.html")]
struct LetterPage<'a> {
    layout: Layout<'a>,
    title: &'static str,
    sent: &'static str,
    blanks: &'static [Blank],
    /// The words in use are the organisation's.
    is_own: bool,
    form: &'a Form,
    action: String,
    preview: String,
    notice: &'a str,
}

fn show_letter(
    frame: &Frame,
    template: &Template,
    form: &Form,
    is_own: bool,
) -> Result<Response, Failure> {
    let notice = match frame.done() {
        _ if form.has_errors() => "",
        "saved" => "The words are saved. Every letter from now on says them.",
        "reset" => "This letter says what the portal ships with again.",
        _ => "",
    };
    let page = LetterPage {
        layout: frame.layout(template.title).under(crate::account::paths::SETTINGS),
        title: template.title,
        sent: template.sent,
        blanks: template.blanks,
        is_own,
        form,
        action: paths::letter(template.name),
        preview: paths::letter_preview(template.name),
        notice,
    };
    let refused = form.has_errors();
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut response = (status, Html(page.render()?)).into_response();
    let security = HeaderValue::from_static(FRAMING_SECURITY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, security);
    Ok(response)
}

pub async fn show(
    _: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let template = template(&name).ok_or(Failure::NotFound)?;
    let (words, is_own) = store::wording(&mut db.begin_reading().await?, template).await?;
    let form = Form::filled([
        ("subject", words.subject.as_str()),
        ("body", &words.body),
        ("closing", &words.closing),
    ]);
    show_letter(&frame, template, &form, is_own)
}

/// The words a form holds.
fn read(form: &mut Form, template: &Template) -> Option<Wording> {
    let subject = form.read("subject", |typed| template.read_subject(typed));
    let body = form.read("body", |typed| template.read_body(typed));
    let closing = form.read("closing", |typed| template.read_closing(typed));
    Some(Wording { subject: subject?, body: body?, closing: closing? })
}

pub async fn save(
    allowed: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    Now(now): Now,
    (frame, Path(name)): (Frame, Path<String>),
    mut form: Form,
) -> Result<Response, Failure> {
    let template = template(&name).ok_or(Failure::NotFound)?;
    if form.has("do", "reset") {
        let mut tx = db.begin().await?;
        store::reset_wording(&mut tx, allowed.by(), template, now).await?;
        let committed = tx.commit().await?;
        return Ok(redirect::after(committed, &format!("{}?done=reset", paths::letter(&name))));
    }
    let Some(words) = read(&mut form, template) else {
        return show_letter(&frame, template, &form, false);
    };
    let mut tx = db.begin().await?;
    if words == template.shipped() {
        store::reset_wording(&mut tx, allowed.by(), template, now).await?;
    } else {
        store::set_wording(&mut tx, allowed.by(), template, &words, now).await?;
    }
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=saved", paths::letter(&name))))
}

/// The letter in the words in use.
pub async fn preview(
    _: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let template = template(&name).ok_or(Failure::NotFound)?;
    let (words, _) = store::wording(&mut db.begin_reading().await?, template).await?;
    let draft = sample(&db, &room, template, &words).await?;
    Ok(framed(Html(draft.preview()?).into_response()))
}

/// The letter in the words that were just typed, which are not kept.
pub async fn preview_typed(
    _: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Path(name): Path<String>,
    mut form: Form,
) -> Result<Response, Failure> {
    let template = template(&name).ok_or(Failure::NotFound)?;
    let Some(words) = read(&mut form, template) else {
        let messages = ["subject", "body", "closing"].map(|field| form.error(field));
        let messages: Vec<&str> = messages.into_iter().flatten().collect();
        let said = format!("This cannot be shown yet. {}.", messages.join(". "));
        return Ok(framed((StatusCode::UNPROCESSABLE_ENTITY, said).into_response()));
    };
    let draft = sample(&db, &room, template, &words).await?;
    let body = if form.has("as", "text") {
        draft.preview_text()?.into_response()
    } else {
        Html(draft.preview()?).into_response()
    };
    Ok(framed(body))
}

/// The letter as this organisation would send it, to somebody made up.
async fn sample(
    db: &Db,
    room: &Accounts,
    template: &Template,
    words: &Wording,
) -> Result<Draft, Failure> {
    let sender = organisation::sender(&mut db.begin_reading().await?, &room.base_url).await?;
    let known = [("organisation", sender.organisation.as_str())];
    Ok(template.sample(words, &room.base_url, &known))
}

/// A response that a page of this site may show inside itself.
fn framed(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let security = HeaderValue::from_static(LETTER_SECURITY);
    headers.insert(header::CONTENT_SECURITY_POLICY, security);
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    response
}
