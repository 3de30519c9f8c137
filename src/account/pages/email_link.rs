//! The page behind the link in a letter about another e-mail address: each of both addresses confirms
//! there, and the present one can stop it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::gone::gone;
use super::page;
use crate::account::emails::change as letters;
use crate::account::paths;
use crate::account::store::changes::{self, Change, Confirmed, Side};
use crate::account::token::TokenHash;
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::SessionId;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;

#[derive(Template)]
#[template(path = "account/email_link.html")]
struct EmailLink<'a> {
    layout: Layout<'a>,
    after: &'a str,
    step: Step,
}

enum Step {
    Ask { side: Side, action: String },
    Half(Side),
    Made,
    Taken,
    Refused,
}

const HEADLINE: &str = "This link is used up or too old";
const ADVICE: &str = "It confirms an address once, within a day. The page of your account tells what is \
                      still awaited.";

/// Programs that look through mail open links; so opening one does nothing yet.
pub async fn show(
    State(db): State<Db>,
    Now(now): Now,
    frame: Frame,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let Some((change, side)) = changes::peek(&db, TokenHash::of(&token), now).await? else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let step = Step::Ask { side, action: paths::email_link(&token) };
    let layout = frame.layout("Another e-mail address");
    page(StatusCode::OK, &EmailLink { layout, after: &change.after, step })
}

pub async fn save(
    State(db): State<Db>,
    Now(now): Now,
    (frame, Path(token)): (Frame, Path<String>),
    form: Form,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    let Some((change, side)) = changes::redeem(&mut tx, TokenHash::of(&token), now).await? else {
        return gone(&frame, HEADLINE, ADVICE);
    };
    let stops = side == Side::Before && form.text("answer") == "stop";
    let (step, kept) = if stops {
        changes::refuse(&mut tx, &change, now).await?;
        (Step::Refused, None)
    } else {
        confirm(&mut tx, &change, side, now).await?
    };
    let _said_below = tx.commit().await?;
    let mut layout = frame.layout("Another e-mail address");
    // Whether this very browser has just been signed out.
    let viewer = frame.viewer.person().filter(|person| person.account == change.account);
    let has_ended = matches!(step, Step::Made | Step::Refused);
    if has_ended && viewer.is_some_and(|person| person.session != kept) {
        (layout.who, layout.bar) = (None, &[]);
    }
    page(StatusCode::OK, &EmailLink { layout, after: &change.after, step })
}

/// What came of it, and the session that goes on.
async fn confirm(
    tx: &mut Tx,
    change: &Change,
    side: Side,
    now: Timestamp,
) -> Result<(Step, Option<SessionId>), Failure> {
    Ok(match changes::confirm(tx, change, side, now).await? {
        Confirmed::Half => (Step::Half(side), None),
        Confirmed::Made { kept } => {
            letters::tell_both(tx, change, now).await?;
            (Step::Made, Some(kept))
        }
        Confirmed::Taken => (Step::Taken, None),
    })
}
