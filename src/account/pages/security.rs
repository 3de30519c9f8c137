//! How one proves who one is: the password.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::page;
use super::tabs::Tab;
use crate::account::access::MayKeepOwnAccount;
use crate::account::passwords::NewPassword;
use crate::account::store::accounts;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/security.html")]
struct Security<'a> {
    layout: Layout<'a>,
    tab: Tab,
    form: &'a Form,
    email: &'a str,
    has_password: bool,
    notice: &'a str,
}

/// The page, with the form that was refused in it, if one was.
async fn show_security(
    db: &Db,
    allowed: &Allowed<MayKeepOwnAccount>,
    frame: &Frame,
    refused: Option<Form>,
) -> Result<Response, Failure> {
    let account = accounts::own(db, allowed).await?.ok_or(Failure::NotFound)?;
    let has_password = accounts::own_password(db, allowed).await?.is_some();
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let notice = match frame.done() {
        _ if refused.is_some() => "",
        "password" => "Your password is changed, and every other browser is signed out.",
        _ => "",
    };
    let security = Security {
        layout: frame.layout("Signing in"),
        tab: Tab::Security,
        form: &refused.unwrap_or_default(),
        email: &account.email,
        has_password,
        notice,
    };
    page(status, &security)
}

pub async fn show(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    show_security(&db, &allowed, &frame, None).await
}

pub async fn save_password(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let account = accounts::own(&db, &allowed).await?.ok_or(Failure::NotFound)?;
    let kept = accounts::own_password(&db, &allowed).await?;
    if kept.is_some() && !room.passwords.verify(form.raw("present"), kept.as_deref()).await? {
        form.refuse("present", "This is not your present password");
    }
    let typed = form.raw("password").to_owned();
    let about = [account.email.as_str(), account.name.as_str()];
    let password = form.read("password", |_| NewPassword::parse(&typed, &about));
    let (Some(password), false) = (password, form.has_errors()) else {
        form.forget("present");
        form.forget("password");
        return show_security(&db, &allowed, &frame, Some(form)).await;
    };
    let hash = room.passwords.hash(password).await?;
    let mut tx = db.begin().await?;
    accounts::set_own_password(&mut tx, &allowed, &hash, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=password", paths::ACCOUNT_SECURITY)))
}
