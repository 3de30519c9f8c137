//! The organisation's settings.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::page;
use super::set_up::read_organisation;
use crate::account::access::MayChangeSettings;
use crate::account::store::organisation;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::{Layout, NavItem};
use crate::web::now::Now;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/settings.html")]
struct Settings<'a> {
    layout: Layout<'a>,
    settings: &'a [NavItem],
    form: &'a Form,
    has_logo: bool,
    notice: &'a str,
}

pub async fn show(
    _: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    let organisation = organisation::find(&db).await?;
    let form = match &organisation {
        None => Form::filled([("organisation", frame.site())]),
        Some(found) => Form::filled([
            ("organisation", found.name.as_str()),
            ("sender", found.mail_sender.as_deref().unwrap_or_default()),
            ("privacy", found.privacy_notice.as_str()),
            ("second_factor", if found.second_factor_required { "required" } else { "" }),
        ]),
    };
    let notice = if frame.done() == "saved" {
        "The settings are saved. Every page shows them within a second."
    } else {
        ""
    };
    let (layout, settings) = (frame.layout("Settings"), frame.settings());
    let has_logo = organisation.is_some_and(|organisation| organisation.has_logo);
    page(StatusCode::OK, &Settings { layout, settings, form: &form, has_logo, notice })
}

pub async fn save(
    allowed: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let Some((organisation, logo)) = read_organisation(&mut form, &room) else {
        let has_logo = organisation::find(&db).await?.is_some_and(|found| found.has_logo);
        let (layout, settings) = (frame.layout("Settings"), frame.settings());
        let settings = Settings { layout, settings, form: &form, has_logo, notice: "" };
        return page(StatusCode::UNPROCESSABLE_ENTITY, &settings);
    };
    let mut tx = db.begin().await?;
    organisation::change(&mut tx, &allowed, &organisation, &logo, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=saved", paths::SETTINGS)))
}
