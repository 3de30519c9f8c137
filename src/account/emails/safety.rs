//! The letters that tell somebody what has changed about how their account opens, so that they learn of it
//! when it was not they who did it. They go to the address the account has when they are sent.

use super::{NAME, ORGANISATION, Sender, draft, in_their_zone, letter_to};
use crate::account::model::Account;
use crate::account::paths;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::AccountId;
use crate::mail::letter::Draft;
use crate::mail::wording::{Blank, Template};
use crate::mail::{ComposeError, Kind, Missing, Queued, Refs, store};

const WHEN: Blank = Blank {
    name: "when",
    meaning: "when it happened, in their time zone",
    sample: "23 November 2026, 09:14 Europe/Paris",
};

pub(super) const PASSWORD: Template = Template {
    name: "password_changed",
    title: "Password changed",
    sent: "when somebody's password is changed, or chosen by a link from mail",
    kind: Kind::Account,
    subject: "Your password at {organisation} was changed",
    body: "Hello {name},\n\nyour account at {organisation} has a new password since {when}: {what}. Every \
           other browser was signed out, and the tokens of your programs were revoked.",
    action: Some("Have a way in sent to me"),
    closing: "If it was you, there is nothing to do. If it was not, somebody else was in your account: have \
              a way in sent to this address by the button above, and tell {organisation} at once.",
    footer: FOOTER,
    blanks: &[
        NAME,
        ORGANISATION,
        WHEN,
        Blank {
            name: "what",
            meaning: "how it came about",
            sample: "it was changed on the page of your account",
        },
    ],
};

pub(super) const FACTOR: Template = Template {
    name: "factor_changed",
    title: "Second factor changed",
    sent: "when somebody adds or removes a second factor, or uses a recovery code",
    kind: Kind::Account,
    subject: "How you sign in at {organisation} has changed",
    body: "Hello {name},\n\n{what} at {organisation}, on {when}.",
    action: Some("See how you sign in"),
    closing: "If it was you, there is nothing to do. If it was not, somebody else was in your account: \
              change your password on that page, remove what is not yours, and tell {organisation} at once. \
              If you cannot get in any more, its administrators can help.",
    footer: FOOTER,
    blanks: &[
        NAME,
        ORGANISATION,
        WHEN,
        Blank {
            name: "what",
            meaning: "what was added, removed or used",
            sample: "an authenticator app was added to your account",
        },
    ],
};

pub(super) const TOKEN: Template = Template {
    name: "token_made",
    title: "Token made",
    sent: "when somebody makes a token for a program",
    kind: Kind::Account,
    subject: "A program can act for you at {organisation}",
    body: "Hello {name},\n\na token for a program was made in your account at {organisation}, on {when}. A \
           program that has it sees your work there as you do.",
    action: Some("See your tokens"),
    closing: "If it was you, there is nothing to do. If it was not, somebody else was in your account: \
              revoke the token on that page, change your password, and tell {organisation} at once.",
    footer: FOOTER,
    blanks: &[NAME, ORGANISATION, WHEN],
};

const FOOTER: &str =
    "You receive this because it concerns who can use your account at {organisation}.";

/// What has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    PasswordChanged,
    PasswordReset,
    AppAdded,
    AppRemoved,
    PasskeyAdded,
    PasskeyRemoved,
    RecoveryCodesMade,
    RecoveryCodeUsed,
    TokenMade,
}

impl Happened {
    const ALL: [Self; 9] = [
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::AppAdded,
        Self::AppRemoved,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::RecoveryCodesMade,
        Self::RecoveryCodeUsed,
        Self::TokenMade,
    ];

    fn code(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::AppAdded => "app_added",
            Self::AppRemoved => "app_removed",
            Self::PasskeyAdded => "passkey_added",
            Self::PasskeyRemoved => "passkey_removed",
            Self::RecoveryCodesMade => "recovery_codes_made",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::TokenMade => "token_made",
        }
    }

    /// What the letter says for its blank `{what}`.
    fn words(self) -> &'static str {
        match self {
            Self::PasswordChanged => "it was changed on the page of your account",
            Self::PasswordReset => "it was chosen by a link that was sent or handed to you",
            Self::AppAdded => "an authenticator app was added to your account",
            Self::AppRemoved => "the authenticator app of your account was removed",
            Self::PasskeyAdded => "a passkey was added to your account",
            Self::PasskeyRemoved => "a passkey of your account was removed",
            Self::RecoveryCodesMade => "new recovery codes were made for your account",
            Self::RecoveryCodeUsed => "a recovery code opened your account",
            Self::TokenMade => "a token was made",
        }
    }

    fn template(self) -> &'static Template {
        match self {
            Self::PasswordChanged | Self::PasswordReset => &PASSWORD,
            Self::TokenMade => &TOKEN,
            _ => &FACTOR,
        }
    }

    /// Where the button leads.
    fn path(self) -> &'static str {
        match self {
            Self::PasswordChanged | Self::PasswordReset => paths::WAY_IN,
            Self::TokenMade => paths::ACCOUNT_TOKENS,
            _ => paths::ACCOUNT_SECURITY,
        }
    }
}

/// Tells the owner of an account, in the transaction in which it happens.
pub async fn tell(
    tx: &mut Tx,
    account: AccountId,
    happened: Happened,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let refs = Refs::default().code("what", happened.code());
    let mail = letter_to(account.into(), happened.template().name, refs);
    store::enqueue(tx, &mail, now).await?;
    Ok(())
}

/// Whether a letter is one of these.
pub(super) fn is_one(template: &str) -> bool {
    [PASSWORD, FACTOR, TOKEN].iter().any(|one| one.name == template)
}

/// One of these letters.
pub(super) async fn compose(
    tx: &mut Tx,
    mail: &Queued,
    account: &Account,
    sender: &Sender,
) -> Result<Draft, ComposeError> {
    let code = mail.refs.get_code("what")?;
    let happened = Happened::ALL.into_iter().find(|happened| happened.code() == code);
    let happened = happened.ok_or(Missing("what happened"))?;
    // When it was written down, however long it waited to be sent.
    let when = in_their_zone(mail.created_at, account);
    let more = [("what", happened.words()), ("when", when.as_str())];
    let path = happened.path().to_owned();
    Ok(draft(tx, happened.template(), (account, sender), &more, path).await?)
}
