//! Asking for another e-mail address, and taking that back. Both stand on the page of one's account.
//!
//! An address that has an account already is taken like any other: whether it has is told to nobody but
//! whoever reads its mail. That letter holds no link, so nothing ever comes of the change.

use axum::extract::State;
use axum::response::Response;

use super::own::show_own;
use crate::account::access::MayKeepOwnAccount;
use crate::account::emails::change;
use crate::account::model::Email;
use crate::account::store::{accounts, changes};
use crate::account::throttle::Device;
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::now::Now;
use crate::web::proof::Fresh;
use crate::web::redirect;

const NO_MAIL: &str = "This portal sends no mail, so an address cannot be confirmed";
const OWN: &str = "This is the address you have";
const TOO_MANY: &str = "You have asked often just now. Wait a minute, then try again";

pub async fn ask(
    allowed: Fresh<MayKeepOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let account = accounts::own(&db, &allowed).await?.ok_or(Failure::NotFound)?;
    let email = form.read("email", Email::parse);
    if !room.sends_mail {
        form.refuse("email", NO_MAIL);
    }
    if let Some(email) = &email {
        let me = format!("address of {}", account.id);
        if email.key() == Email::key_of(&account.email) {
            form.refuse("email", OWN);
        } else if room.throttle.count(None, &me, Device::Stranger).is_err() {
            // Strangers must not be sent mail without end.
            form.refuse("email", TOO_MANY);
        }
    }
    let (Some(email), false) = (email, form.has_errors()) else {
        let refused = Form::filled([
            ("name", account.name.as_str()),
            ("zone", &account.zone),
            ("email", form.text("email")),
        ]);
        let refused = refused.refused_as(&form);
        return show_own(&db, &room, &allowed, (&frame, now), Some(refused)).await;
    };
    let mut tx = db.begin().await?;
    let id = changes::ask(&mut tx, &allowed, &email, now).await?;
    change::ask_both(&mut tx, &allowed, id, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=email", paths::ACCOUNT)))
}

pub async fn take_back(
    allowed: Allowed<MayKeepOwnAccount>,
    State(db): State<Db>,
    Now(now): Now,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    changes::take_back(&mut tx, &allowed, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=email-kept", paths::ACCOUNT)))
}
