//! Passkeys: signing in with one, and one's own, added and removed.

use axum::extract::State;
use axum::response::Response;

use super::Visit;
use super::entering;
use super::proving;
use super::security::show_security;
use super::sign_in::refuse;
use crate::account::access::{Claimant, MaySecureOwnAccount};
use crate::account::emails::safety::{self, Happened};
use crate::account::events::{self, By};
use crate::account::model::passkey_name;
use crate::account::passkeys::Refused;
use crate::account::store::passkeys::{self, Purpose};
use crate::account::store::{accounts, sessions};
use crate::account::{Accounts, paths};
use crate::audit::{self, Event};
use crate::db::Db;
use crate::ids::PasskeyId;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::proof::Fresh;
use crate::web::redirect::{self, local};

/// What whichever passkey of this portal is asked to sign.
pub async fn challenge_anybody(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
) -> Result<Response, Failure> {
    let library = room.passkeys.as_ref().ok_or(Failure::NotFound)?;
    if room.throttle.count_address(visit.address(&room)).is_err() {
        return Err(Failure::Busy);
    }
    proving::ask(&db, &room, (Purpose::SignIn, None), library.ask(&[]), visit.now).await
}

/// Signs in by a passkey alone: the device, and the finger, face or PIN that opens it, are two factors.
pub async fn sign_in(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    form: Form,
) -> Result<Response, Failure> {
    if room.throttle.count_address(visit.address(&room)).is_err() {
        return Err(Failure::Busy);
    }
    let (asked, answer) = ((Purpose::SignIn, None), (form.raw("credential"), visit.now));
    let (mut tx, kept) =
        match proving::by_passkey(&db, &room, &visit.headers, asked, answer).await? {
            Ok(proved) => proved,
            Err(refused) => return refuse(&room, &frame, &form, &format!("{refused}.")),
        };
    let (proved, headers) = ((kept.account_id, By::Passkey), &visit.headers);
    let entry = entering::enter_proved(&mut tx, proved, room.jar, headers, visit.now).await?;
    let committed = tx.commit().await?;
    Ok(entry.welcome(committed, room.jar, local(form.text("next"), paths::SIGN_IN)))
}

/// What a device is asked to make.
pub async fn challenge(
    allowed: Fresh<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
) -> Result<Response, Failure> {
    let library = room.passkeys.as_ref().ok_or(Failure::NotFound)?;
    let account = accounts::own(&db, &allowed).await?.ok_or(Failure::NotFound)?;
    let present = passkeys::credential_ids(&db, &allowed).await?;
    let asked = library.ask_for_new(account.id, (&account.email, &account.name), present);
    proving::ask(&db, &room, (Purpose::Register, Some(account.id)), asked, visit.now).await
}

pub async fn save(
    allowed: Fresh<MaySecureOwnAccount>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (visit, frame): (Visit, Frame),
    form: Form,
) -> Result<Response, Failure> {
    match form.text("remove").parse() {
        Ok(id) => remove(&db, &allowed, (&visit, &frame), id).await,
        Err(_) => add(&db, &room, &allowed, (&visit, &frame), form).await,
    }
}

async fn add(
    db: &Db,
    room: &Accounts,
    allowed: &Fresh<MaySecureOwnAccount>,
    (visit, frame): (&Visit, &Frame),
    mut form: Form,
) -> Result<Response, Failure> {
    let (account, now) = (Claimant::account(allowed), visit.now);
    let name = form.read("passkey_name", passkey_name);
    let (Some(name), Some(library)) = (name, &room.passkeys) else {
        return show_security(db, room, allowed, (frame, now), Some(form)).await;
    };
    let mut tx = db.begin().await?;
    let asked = (Purpose::Register, Some(account));
    let made = match proving::take_state(&mut tx, room, &visit.headers, asked, now).await? {
        Some(state) => library.take_new(form.raw("credential"), &state),
        None => Err(Refused::Wrong),
    };
    form.forget("credential");
    let added = match made {
        Ok(made) => passkeys::add(&mut tx, allowed, &made, &name, now).await?,
        Err(_) => None,
    };
    let Some(id) = added else {
        let _used_up = tx.commit().await?;
        form.refuse("passkey_name", "The passkey could not be added. Try once more");
        return show_security(db, room, allowed, (frame, now), Some(form)).await;
    };
    sessions::renew(&mut tx, allowed).await?;
    let event = Event::new(events::FACTOR_ADDED, frame.viewer.actor()).code("factor", "passkey");
    let event = event.about("account", account).id("passkey", id);
    audit::store::record(&mut tx, event, now).await?;
    safety::tell(&mut tx, account, Happened::PasskeyAdded, now).await?;
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=passkey", paths::ACCOUNT_SECURITY)))
}

async fn remove(
    db: &Db,
    allowed: &Fresh<MaySecureOwnAccount>,
    (visit, frame): (&Visit, &Frame),
    id: PasskeyId,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    if passkeys::remove(&mut tx, allowed, id).await? {
        sessions::renew(&mut tx, allowed).await?;
        let event = Event::new(events::FACTOR_REMOVED, frame.viewer.actor());
        let event = event.code("factor", "passkey").id("passkey", id);
        let event = event.about("account", Claimant::account(allowed));
        audit::store::record(&mut tx, event, visit.now).await?;
        let account = Claimant::account(allowed);
        safety::tell(&mut tx, account, Happened::PasskeyRemoved, visit.now).await?;
    }
    let committed = tx.commit().await?;
    Ok(redirect::after(committed, &format!("{}?done=passkey-removed", paths::ACCOUNT_SECURITY)))
}
