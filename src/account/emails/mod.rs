//! The letters of this room. Each is about getting in, so nobody but its recipient ever reads one: a link
//! in it that opens something is made when it is sent, and kept as a hash.

pub mod change;
pub mod safety;

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::account::access::MayManagePeople;
use crate::account::events;
use crate::account::model::{Account, INVITATION_LASTS, RESET_LASTS, SIGN_IN_LASTS};
use crate::account::paths;
use crate::account::store::accounts;
use crate::account::store::requests::{self, Asked};
use crate::account::store::tokens::{self, Purpose};
use crate::account::token::Token;
use crate::audit::Event;
use crate::audit::store::record;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{AccountId, RequestId};
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{
    ComposeError, Kind, Letter, Line, Missing, NewMail, Queued, Recipient, Refs, store,
};
use crate::web::allowed::Allowed;

const INVITATION: &str = "invitation";
const WAY_IN: &str = "way_in";
const RESCUE: &str = "rescue";
const FACTORS_TAKEN: &str = "factors_taken";

/// A blank of every letter: whom it goes to.
pub const NAME: Blank =
    Blank { name: "name", meaning: "their name", sample: "Zoë Brzęczyszczykiewicz" };
/// A blank of every letter.
pub const ORGANISATION: Blank =
    Blank { name: "organisation", meaning: "your organisation", sample: "Teleport Cloud" };

/// Every letter of this room as it ships.
pub const TEMPLATES: [&Template; 13] = [
    &INVITATION_LETTER,
    &PASSWORD_LETTER,
    &SIGN_IN_LETTER,
    &RESCUE_LETTER,
    &FACTORS_TAKEN_LETTER,
    &safety::PASSWORD,
    &safety::FACTOR,
    &safety::TOKEN,
    &change::CONFIRM_BEFORE,
    &change::CONFIRM_AFTER,
    &change::HAS_ACCOUNT,
    &change::MADE_BEFORE,
    &change::MADE_AFTER,
];

const INVITATION_LETTER: Template = Template {
    name: INVITATION,
    title: "Invitation",
    sent: "when somebody is given an account",
    kind: Kind::Account,
    subject: "Your invitation to interviews at {organisation}",
    body: "Hello {name},\n\n{organisation} runs its interviews in a portal of its own, and has made an \
           account for you there ({roles}).",
    action: Some("Accept the invitation"),
    closing: "The link opens your account once, until {until}. Keep it to yourself.",
    footer: "You receive this because somebody at {organisation} invited this address. If you do not \
             expect it, do nothing: without you the account is never used.",
    blanks: &[
        NAME,
        ORGANISATION,
        Blank { name: "roles", meaning: "what they are here", sample: "candidate" },
        Blank { name: "until", meaning: "the last day of the link", sample: "8 December 2026" },
    ],
};

/// Why somebody receives a way in.
const WAY_IN_FOOTER: &str = "You receive this because somebody asked for a way in to this address at \
                             {organisation}. If it was not you, do nothing: nobody gets in without this link.";

const PASSWORD_LETTER: Template = Template {
    name: "new_password",
    title: "New password",
    sent: "when staff ask for a way in",
    kind: Kind::Account,
    subject: "Choose a new password for {organisation}",
    body: "Hello {name},\n\nYou asked for a way in. Choose a new password:",
    action: Some("Choose a new password"),
    closing: "The link works once, for an hour. With the new password every browser you are still signed in \
              with is signed out, and the tokens of your programs are revoked.",
    footer: WAY_IN_FOOTER,
    blanks: &[NAME, ORGANISATION],
};

const SIGN_IN_LETTER: Template = Template {
    name: "sign_in",
    title: "Sign-in link",
    sent: "when a candidate or an external interviewer asks for a way in",
    kind: Kind::Account,
    subject: "Sign in to {organisation}",
    body: "Hello {name},\n\nYou asked for a way in. Here it is:",
    action: Some("Sign in"),
    closing: "The link works once, for ten minutes, in the browser you asked from.",
    footer: WAY_IN_FOOTER,
    blanks: &[NAME, ORGANISATION],
};

const RESCUE_LETTER: Template = Template {
    name: RESCUE,
    title: "Way in from an administrator",
    sent: "when an administrator lets somebody in again",
    kind: Kind::Account,
    subject: "A way back in to {organisation}",
    body: "Hello {name},\n\nan administrator of {organisation} sends you a way back into your account. \
           Choose a new password: every browser you are still signed in with is signed out then, and \
           the tokens of your programs are revoked.",
    action: Some("Choose a new password"),
    closing: "The link works once, for an hour. If it is too late, ask for another one on the sign-in page.",
    footer: "You receive this because an administrator at {organisation} sent it to this address. If you \
             do not need it, do nothing.",
    blanks: &[NAME, ORGANISATION],
};

const FACTORS_TAKEN_LETTER: Template = Template {
    name: FACTORS_TAKEN,
    title: "Second factor removed",
    sent: "when an administrator removes somebody's second factor",
    kind: Kind::Account,
    subject: "Your second factor at {organisation} was removed",
    body: "Hello {name},\n\nan administrator of {organisation} has removed the second factor of your \
           account: the authenticator app, passkeys and recovery codes. You are signed out everywhere.",
    action: Some("Sign in and add a new one"),
    closing: "Until then your password alone opens your account. If you did not ask for this, choose a \
              new password and tell the administrators.",
    footer: "You receive this because it concerns your account at {organisation}.",
    blanks: &[NAME, ORGANISATION],
};

/// A way in that was asked for is of no use any more once it was asked for this long ago.
const WAY_IN_WAITS: SignedDuration = SignedDuration::from_hours(1);

/// Invites the owner of an account that has just been made, or once more.
pub async fn invite(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<(), sqlx::Error> {
    let recipient_id = account.into();
    let mail = letter_to(recipient_id, INVITATION, Refs::default());
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Invites the owners of accounts that have just been made.
pub async fn invite_all(
    tx: &mut Tx,
    accounts: &[AccountId],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let recipients: Vec<Uuid> = accounts.iter().map(|id| Uuid::from(*id)).collect();
    store::enqueue_all(tx, (INVITATION, Kind::Account), &recipients, now).await
}

/// Sends a way in to whoever owns the account of `request`. Where nobody does, a row is written all the
/// same, so that asking takes as long, and nothing is sent.
pub async fn send_way_in(
    tx: &mut Tx,
    account: Option<AccountId>,
    request: RequestId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let recipient_id = account.map_or_else(Uuid::now_v7, Uuid::from);
    let mail = letter_to(recipient_id, WAY_IN, Refs::default().id("request", request));
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Sends a way back in to the owner of an account that was accepted.
pub async fn send_rescue(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    account: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    store::enqueue(tx, &letter_to(account.into(), RESCUE, Refs::default()), now).await?;
    let event = Event::new(events::RESCUE_SENT, allowed.by()).about("account", account);
    record(tx, event, now).await
}

/// Tells somebody that an administrator has taken their second factor away.
pub async fn tell_of_taken_factors(
    tx: &mut Tx,
    account: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    store::enqueue(tx, &letter_to(account.into(), FACTORS_TAKEN, Refs::default()), now).await?;
    Ok(())
}

fn letter_to(recipient_id: Uuid, template: &'static str, refs: Refs) -> NewMail {
    NewMail {
        template,
        kind: Kind::Account,
        recipient_id,
        refs,
        dedupe: None,
        not_before: None,
        urgent: template == WAY_IN || template == RESCUE,
    }
}

/// What every letter says of the portal it comes from.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The address people type.
    pub base_url: String,
    /// What the organisation is called.
    pub organisation: String,
    /// The address it has set for its mail.
    pub from: Option<Recipient>,
}

/// Writes one letter of this room; `None` where nothing is left to be said.
///
/// # Errors
/// The database fails, or the letter is none of this room's.
pub async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Letter>, ComposeError> {
    let id = AccountId::from(mail.recipient_id);
    let Some(account) = accounts::addressed(tx, id, now).await? else { return Ok(None) };
    let own = |draft: Draft| (Line::new(&account.name), account.email.clone(), draft);
    let written = match mail.template.as_str() {
        INVITATION => invitation(tx, &account, sender, now).await?.map(own),
        WAY_IN => {
            let request = mail.refs.get_id::<RequestId>("request")?;
            match requests::find(tx, request).await? {
                Some(asked) if now.duration_since(asked.at) < WAY_IN_WAITS => {
                    way_in(tx, &account, &asked, sender, now).await?.map(own)
                }
                _ => None,
            }
        }
        RESCUE if account.accepted_at.is_none() => None,
        RESCUE => {
            let token = mint(tx, &account, Purpose::Reset, RESET_LASTS, now).await?;
            let path = paths::reset(token.expose());
            Some(own(draft(tx, &RESCUE_LETTER, (&account, sender), &[], path).await?))
        }
        FACTORS_TAKEN => {
            let path = paths::ACCOUNT_SECURITY.to_owned();
            Some(own(draft(tx, &FACTORS_TAKEN_LETTER, (&account, sender), &[], path).await?))
        }
        name if safety::is_one(name) => {
            Some(own(safety::compose(tx, mail, &account, sender).await?))
        }
        // These do not all go to the address the account has.
        _ => change::compose(tx, mail, &account, sender, now).await?,
    };
    let Some((name, email, draft)) = written else { return Ok(None) };
    let address = email.parse().map_err(|_| ComposeError::from(Missing("an address")))?;
    let to = Recipient { name, address };
    Ok(Some(Letter { from: sender.from.clone(), ..draft.letter(to)? }))
}

/// `at` as the owner of the account reads it: `23 November 2026, 09:14 Europe/Paris`.
pub fn in_their_zone(at: Timestamp, account: &Account) -> String {
    let zone = TimeZone::get(&account.zone).unwrap_or(TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    format!("{} {name}", at.to_zoned(zone).strftime("%-d %B %Y, %H:%M"))
}

/// A fresh link of `purpose` that works for `lasts`.
async fn mint(
    tx: &mut Tx,
    account: &Account,
    purpose: Purpose,
    lasts: SignedDuration,
    now: Timestamp,
) -> Result<Token, sqlx::Error> {
    let token = Token::new();
    tokens::keep(tx, token.hash(), purpose, Some(account.id), lasts, now).await?;
    Ok(token)
}

/// The letter in the organisation's words, with what every letter can fill in.
pub async fn draft(
    tx: &mut Tx,
    template: &Template,
    (account, sender): (&Account, &Sender),
    more: &[(&str, &str)],
    path: String,
) -> Result<Draft, sqlx::Error> {
    let (words, _) = store::wording(tx, template).await?;
    let common = [("name", account.name.as_str()), ("organisation", &sender.organisation)];
    let values = [common.as_slice(), more].concat();
    Ok(template.draft(&words, &values, format!("{}{path}", sender.base_url)))
}

/// A draft as the letter that its owner gets.
///
/// # Errors
/// Their address cannot be written to.
pub fn letter(
    draft: &Draft,
    (account, sender): (&Account, &Sender),
) -> Result<Letter, ComposeError> {
    let address = account.email.parse().map_err(|_| ComposeError::from(Missing("an address")))?;
    let to = Recipient { name: Line::new(&account.name), address };
    Ok(Letter { from: sender.from.clone(), ..draft.letter(to)? })
}

async fn invitation(
    tx: &mut Tx,
    account: &Account,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Draft>, sqlx::Error> {
    if account.accepted_at.is_some() {
        return Ok(None);
    }
    let token = mint(tx, account, Purpose::Invitation, INVITATION_LASTS, now).await?;
    let zone = TimeZone::get(&account.zone).unwrap_or(TimeZone::UTC);
    let until = (now + INVITATION_LASTS).to_zoned(zone).strftime("%-d %B %Y").to_string();
    let roles = account.roles.to_string().to_lowercase();
    let more = [("roles", roles.as_str()), ("until", &until)];
    let path = paths::invitation(token.expose());
    Ok(Some(draft(tx, &INVITATION_LETTER, (account, sender), &more, path).await?))
}

/// Staff choose a new password; who may go without one signs in by the link, in the browser that asked.
async fn way_in(
    tx: &mut Tx,
    account: &Account,
    asked: &Asked,
    sender: &Sender,
    now: Timestamp,
) -> Result<Option<Draft>, sqlx::Error> {
    if account.accepted_at.is_none() {
        return invitation(tx, account, sender, now).await;
    }
    let (template, path) = if account.roles.is_staff() {
        let token = mint(tx, account, Purpose::Reset, RESET_LASTS, now).await?;
        (&PASSWORD_LETTER, paths::reset(token.expose()))
    } else {
        let token = mint(tx, account, Purpose::SignIn, SIGN_IN_LASTS, now).await?;
        tokens::bind(tx, token.hash(), asked.browser).await?;
        (&SIGN_IN_LETTER, paths::sign_in_by_link(token.expose()))
    };
    Ok(Some(draft(tx, template, (account, sender), &[], path).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every letter with sample data, text and HTML: what a change of words or frame does is seen in
    /// review.
    #[test]
    fn every_letter_reads_as_meant() {
        for template in TEMPLATES {
            let words = template.shipped();
            let draft = template.sample(&words, "https://interviews.example.org", &[]);
            let letter = draft.letter(Recipient::parse("Ada <ada@example.org>").unwrap()).unwrap();
            let (_, body) = letter.html.split_once("<div").unwrap();
            let both = format!("{}\n\n{}\n<div{body}", letter.subject.as_str(), letter.text);
            insta::assert_snapshot!(template.name, both);
            assert!(template.read_subject(&words.subject).is_ok(), "{}", template.name);
            assert!(template.read_body(&words.body).is_ok(), "{}", template.name);
            assert!(template.read_closing(&words.closing).is_ok(), "{}", template.name);
        }
    }
}
