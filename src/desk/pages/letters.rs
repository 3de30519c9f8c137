//! Every kind of letter the portal sends, for those who may change its words.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use crate::account::access::MayChangeSettings;
use crate::db::Db;
use crate::desk::model::templates;
use crate::desk::paths;
use crate::mail::store;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::{Layout, NavItem};

#[derive(Template)]
#[template(path = "desk/letters.html")]
struct Letters<'a> {
    layout: Layout<'a>,
    settings: &'a [NavItem],
    rows: Vec<Row>,
}

struct Row {
    href: String,
    title: &'static str,
    sent: &'static str,
    is_own: bool,
}

pub async fn show(
    _: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Html<String>, Failure> {
    let changed = store::changed_wordings(&mut db.begin_reading().await?).await?;
    let row = |template: &crate::mail::wording::Template| Row {
        href: paths::letter(template.name),
        title: template.title,
        sent: template.sent,
        is_own: changed.iter().any(|name| name == template.name),
    };
    let rows = templates().map(row).collect();
    let (layout, settings) = (frame.layout("Letters"), frame.settings());
    Ok(Html(Letters { layout, settings, rows }.render()?))
}
