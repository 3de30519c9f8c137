//! The letter with which a stage is given, before it is.

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use crate::account::Accounts;
use crate::account::store::organisation;
use crate::assignment::access::MayRunApplication;
use crate::assignment::emails;
use crate::assignment::paths;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::AssignmentId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "assignment/letter.html")]
struct LetterPage<'a> {
    layout: Layout<'a>,
    to: String,
    subject: &'a str,
    text: &'a str,
    /// What was typed, to be sent again.
    form: &'a Form,
    sends_mail: bool,
    action: String,
    back: String,
}

/// Shows the letter about `given`, which the caller has just given in `tx` and keeps only if it is confirmed:
/// so it is written as it will be, by what writes it then.
pub(super) async fn show(
    mut tx: Tx,
    (allowed, given): (&Allowed<MayRunApplication>, AssignmentId),
    (frame, room): (&Frame, &Accounts),
    form: &Form,
    now: Timestamp,
) -> Result<Response, Failure> {
    let sender = organisation::sender(&mut tx, &room.base_url).await?;
    let letter = emails::of_giving(&mut tx, (allowed.candidate(), given), &sender, now).await;
    drop(tx);
    let letter = letter.map_err(|error| Failure::Broken(error.to_string().into()))?;
    let letter = letter.ok_or(Failure::NotFound)?;
    let page_ = LetterPage {
        layout: frame.layout("The letter").under(paths::CANDIDATES),
        to: format!("{} <{}>", letter.to.name.as_str(), letter.to.address.as_str()),
        subject: letter.subject.as_str(),
        text: &letter.text,
        form,
        sends_mail: room.sends_mail,
        action: paths::give(allowed.application()),
        back: paths::application(allowed.application()),
    };
    page(StatusCode::OK, &page_)
}
