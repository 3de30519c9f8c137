//! The letters about another e-mail address: to both, before it is made and after.

use jiff::tz::TimeZone;

use super::{NAME, ORGANISATION, Sender, draft, in_their_zone, letter_to};
use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::model::Account;
use crate::account::paths;
use crate::account::store::changes::{self, Change, Side};
use crate::account::token::Token;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::ChangeId;
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Line, Queued, Refs, store};
use crate::web::allowed::Allowed;

const NEW: Blank = Blank { name: "address", meaning: "the new address", sample: "zoe@example.com" };
const UNTIL: Blank = Blank {
    name: "until",
    meaning: "how long the link works",
    sample: "8 December 2026, 14:30 UTC",
};

pub(super) const CONFIRM_BEFORE: Template = Template {
    name: "email_confirm_before",
    title: "Another address, to the present one",
    sent: "when somebody asks for another e-mail address",
    kind: Kind::Account,
    subject: "Another e-mail address for {organisation}?",
    body: "Hello {name},\n\nyour account at {organisation} is to have the address {address} from now on, in \
           place of this one. Both addresses have to confirm that.",
    action: Some("Confirm it, or stop it"),
    closing: "The link works once, until {until}.",
    footer: "You receive this because it is the address of an account at {organisation}. If you did not ask \
             for this, open the link and choose \u{201c}This was not me\u{201d}: nothing is changed then, \
             and every browser is signed out. Without you nothing is changed either.",
    blanks: &[NAME, ORGANISATION, NEW, UNTIL],
};

/// To an address that may have been mistyped: it says nothing of whose account this is about, and has no
/// blank that could.
pub(super) const CONFIRM_AFTER: Template = Template {
    name: "email_confirm_after",
    title: "Another address, to the new one",
    sent: "when somebody asks for another e-mail address",
    kind: Kind::Account,
    subject: "Confirm this address for {organisation}",
    body: "Hello,\n\nyou asked for this address to be that of your account at {organisation}. Confirm that \
           mail to it reaches you:",
    action: Some("Confirm this address"),
    closing: "The link works once, until {until}. Another letter went to the address you have now; the \
              change is made when both are confirmed.",
    footer: TYPED,
    blanks: &[ORGANISATION, UNTIL],
};

/// Why somebody receives a letter at an address that is nobody's yet, or somebody else's.
const TYPED: &str = "You receive this because somebody typed this address at {organisation}. If it was not \
                     you, do nothing: without you nothing comes of it.";

/// To an address that has an account already. Only whoever reads its mail is told so.
pub(super) const HAS_ACCOUNT: Template = Template {
    name: "email_has_account",
    title: "Another address, which has an account",
    sent: "to the new address, when it is that of an account already",
    kind: Kind::Account,
    subject: "This address has an account at {organisation}",
    body: "Hello,\n\nsomebody asked for this address to be that of another account at {organisation}. It has \
           an account of its own, so nothing comes of that.",
    action: Some("Sign in with this address"),
    closing: "If it was you, go on with the account you have by this address, or ask an administrator to \
              help.",
    footer: TYPED,
    blanks: &[ORGANISATION],
};

pub(super) const MADE_BEFORE: Template = Template {
    name: "email_made_before",
    title: "Address changed, to the old one",
    sent: "when both addresses have confirmed",
    kind: Kind::Account,
    subject: "Your address at {organisation} has changed",
    body: "Hello {name},\n\nboth addresses confirmed it: your account at {organisation} is now that of \
           {address}. You sign in with it, and letters go there.\n\nEvery browser was signed out but the \
           one it was asked from.",
    action: None,
    closing: "",
    footer: "You receive this because it was the address of your account at {organisation}; nothing more \
             comes here. If you did not do this, somebody else reads your mail: tell {organisation} at once.",
    blanks: &[NAME, ORGANISATION, NEW],
};

pub(super) const MADE_AFTER: Template = Template {
    name: "email_made_after",
    title: "Address changed, to the new one",
    sent: "when both addresses have confirmed",
    kind: Kind::Account,
    subject: "Your address at {organisation} has changed",
    body: "Hello {name},\n\nboth addresses confirmed it: from now on you sign in at {organisation} with this \
           one, and letters come here.",
    action: Some("See your account"),
    closing: "Every browser was signed out but the one it was asked from.",
    footer: "You receive this because it is the address of your account at {organisation}.",
    blanks: &[NAME, ORGANISATION],
};

/// Asks both addresses whether the change is wanted.
pub async fn ask_both(
    tx: &mut Tx,
    allowed: &Allowed<MayKeepOwnAccount>,
    change: ChangeId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for template in [CONFIRM_BEFORE.name, CONFIRM_AFTER.name] {
        let refs = Refs::default().id("change", change);
        store::enqueue(tx, &letter_to(allowed.account().into(), template, refs), now).await?;
    }
    Ok(())
}

/// Tells both addresses that the change was made.
pub async fn tell_both(tx: &mut Tx, change: &Change, now: Timestamp) -> Result<(), sqlx::Error> {
    for template in [MADE_BEFORE.name, MADE_AFTER.name] {
        let refs = Refs::default().id("change", change.id);
        store::enqueue(tx, &letter_to(change.account.into(), template, refs), now).await?;
    }
    Ok(())
}

/// One of these letters, with the name and the address it goes to.
pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    account: &Account,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<(Line, String, Draft)>, ComposeError> {
    const TO_CONFIRM: [&str; 2] = [CONFIRM_BEFORE.name, CONFIRM_AFTER.name];
    const MADE: [&str; 2] = [MADE_BEFORE.name, MADE_AFTER.name];
    let name = mail.template.as_str();
    let id = mail.refs.get_id::<ChangeId>("change");
    Ok(if TO_CONFIRM.contains(&name) {
        let Some((change, is_taken)) = changes::to_confirm(tx, id?, now).await? else {
            return Ok(None);
        };
        let side = if name == CONFIRM_BEFORE.name { Side::Before } else { Side::After };
        Some(to_confirm(tx, (account, sender), (change, is_taken), side, now).await?)
    } else if MADE.contains(&name) {
        let Some(change) = changes::made(tx, id?).await? else { return Ok(None) };
        let (letter, to) = if name == MADE_BEFORE.name {
            (&MADE_BEFORE, change.before.clone())
        } else {
            (&MADE_AFTER, change.after.clone())
        };
        let more = [("address", change.after.as_str())];
        let path = paths::ACCOUNT.to_owned();
        let draft = draft(tx, letter, (account, sender), &more, path).await?;
        Some((Line::new(&account.name), to, draft))
    } else {
        return Err(ComposeError::UnknownTemplate);
    })
}

/// To one of both addresses, with a fresh link; without one where nothing can be confirmed.
async fn to_confirm(
    tx: &mut Tx,
    (account, sender): (&Account, &Sender),
    (change, is_taken): (Change, bool),
    side: Side,
    now: Timestamp,
) -> Result<(Line, String, Draft), sqlx::Error> {
    if side == Side::After && is_taken {
        let path = paths::SIGN_IN.to_owned();
        let draft = draft(tx, &HAS_ACCOUNT, (account, sender), &[], path).await?;
        return Ok((Line::default(), change.after, draft));
    }
    let token = Token::new();
    changes::keep_link(tx, token.hash(), change.id, side, now).await?;
    let path = paths::email_link(token.expose());
    let until = match side {
        Side::Before => in_their_zone(change.expires_at, account),
        // Where somebody lives is not told to an address that may have been mistyped.
        Side::After => {
            let until = change.expires_at.to_zoned(TimeZone::UTC);
            until.strftime("%-d %B %Y, %H:%M UTC").to_string()
        }
    };
    let address = change.after.as_str();
    let more = [("until", until.as_str()), ("address", address)];
    Ok(match side {
        Side::Before => {
            let draft = draft(tx, &CONFIRM_BEFORE, (account, sender), &more, path).await?;
            (Line::new(&account.name), change.before, draft)
        }
        Side::After => {
            let draft = draft(tx, &CONFIRM_AFTER, (account, sender), &more, path).await?;
            (Line::default(), change.after, draft)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an organisation may write there is bounded by the blanks.
    #[test]
    fn what_goes_to_an_address_nobody_has_confirmed_cannot_name_anybody() {
        for letter in [CONFIRM_AFTER, HAS_ACCOUNT] {
            assert!(letter.read_body("Hello {name}").is_err(), "{}", letter.name);
        }
    }
}
