//! What happens to people and their accounts, as the audit log has it.

use crate::audit::{Group, Kind};
use crate::refs::Refs;
use crate::web::viewer::Role;

pub const SET_UP: &str = "account.set_up";
pub const INVITED: &str = "account.invited";
pub const INVITED_AGAIN: &str = "account.invited_again";
pub const INVITATION_MENDED: &str = "account.invitation_mended";
pub const INVITATION_WITHDRAWN: &str = "account.invitation_withdrawn";
pub const LINK_MADE: &str = "account.link_made";
pub const RESCUE_SENT: &str = "account.rescue_sent";
pub const RESET_LINK_MADE: &str = "account.reset_link_made";
pub const ACCEPTED: &str = "account.accepted";
pub const SIGNED_IN: &str = "account.signed_in";
pub const SIGNED_OUT: &str = "account.signed_out";
pub const TRIES_SLOWED: &str = "account.tries_slowed";
pub const SESSION_REVOKED: &str = "account.session_revoked";
pub const SESSIONS_REVOKED: &str = "account.sessions_revoked";
pub const PASSWORD_CHANGED: &str = "account.password_changed";
pub const PASSWORD_RESET: &str = "account.password_reset";
pub const DETAILS_CHANGED: &str = "account.details_changed";
pub const ROLES_CHANGED: &str = "account.roles_changed";
pub const CLOSED: &str = "account.closed";
/// By what the portal does when there is nothing more for it to do here.
pub const END_SET: &str = "account.end_set";
pub const OPENED: &str = "account.opened";
pub const FACTOR_ADDED: &str = "account.factor_added";
pub const FACTOR_REMOVED: &str = "account.factor_removed";
/// By somebody who looks after people, for one who lost theirs.
pub const FACTORS_TAKEN_AWAY: &str = "account.factors_taken_away";
pub const RECOVERY_CODES_MADE: &str = "account.recovery_codes_made";
pub const RECOVERY_CODE_USED: &str = "account.recovery_code_used";
pub const PASSKEY_REFUSED: &str = "account.passkey_refused";
pub const EMAIL_CHANGE_ASKED: &str = "account.email_change_asked";
pub const EMAIL_CONFIRMED: &str = "account.email_confirmed";
pub const EMAIL_CHANGE_STOPPED: &str = "account.email_change_stopped";
pub const EMAIL_CHANGED: &str = "account.email_changed";
pub const DATA_TAKEN: &str = "account.data_taken";
pub const TOKEN_MADE: &str = "account.token_made";
pub const TOKEN_REVOKED: &str = "account.token_revoked";
pub const IDENTITY_LINKED: &str = "account.identity_linked";
pub const IDENTITY_UNLINKED: &str = "account.identity_unlinked";
pub const SETTINGS_CHANGED: &str = "account.settings_changed";
pub const CALENDAR_CHANGED: &str = "account.calendar_changed";

const SIGNING_IN: Group = Group { code: "signing-in", title: "Signing in and out" };
const OWN: Group = Group { code: "own-account", title: "One’s own account" };
const PEOPLE: Group = Group { code: "people", title: "People and roles" };
const SETTINGS: Group = Group { code: "settings", title: "Settings" };

/// Every action of this room.
pub const ALL: &[Kind] = &[
    kind(SIGNED_IN, SIGNING_IN, "Signed in"),
    kind(SIGNED_OUT, SIGNING_IN, "Signed out"),
    kind(TRIES_SLOWED, SIGNING_IN, "Tried too often to sign in as {about}"),
    kind(SESSION_REVOKED, SIGNING_IN, "Signed another browser of theirs out"),
    kind(SESSIONS_REVOKED, SIGNING_IN, "Signed all their other browsers out"),
    kind(INVITED, PEOPLE, "Invited {about}"),
    kind(INVITED_AGAIN, PEOPLE, "Sent {about} another invitation"),
    kind(INVITATION_MENDED, PEOPLE, "Corrected the invitation of {about}"),
    kind(INVITATION_WITHDRAWN, PEOPLE, "Withdrew the invitation of {about}"),
    kind(LINK_MADE, PEOPLE, "Made an invitation link for {about}"),
    kind(RESCUE_SENT, PEOPLE, "Sent {about} a way back in"),
    kind(RESET_LINK_MADE, PEOPLE, "Made a link to a new password for {about}"),
    kind(ACCEPTED, PEOPLE, "Accepted the invitation"),
    kind(ROLES_CHANGED, PEOPLE, "Changed the roles of {about}"),
    kind(END_SET, PEOPLE, "Let the account of {about} end by itself"),
    kind(CLOSED, PEOPLE, "Closed the account of {about}"),
    kind(OPENED, PEOPLE, "Opened the account of {about} again"),
    kind(PASSWORD_CHANGED, OWN, "Changed their password"),
    kind(PASSWORD_RESET, OWN, "Chose a new password by a link"),
    kind(DETAILS_CHANGED, OWN, "Changed their details"),
    kind(FACTOR_ADDED, OWN, "Added a second factor"),
    kind(FACTOR_REMOVED, OWN, "Removed a second factor"),
    kind(RECOVERY_CODES_MADE, OWN, "Made recovery codes"),
    kind(RECOVERY_CODE_USED, SIGNING_IN, "Used a recovery code"),
    kind(PASSKEY_REFUSED, SIGNING_IN, "A passkey of {about} was refused: it counts backwards"),
    kind(FACTORS_TAKEN_AWAY, PEOPLE, "Removed the second factor of {about}"),
    kind(EMAIL_CHANGE_ASKED, OWN, "Asked for another e-mail address"),
    kind(EMAIL_CONFIRMED, OWN, "Confirmed an e-mail address"),
    kind(EMAIL_CHANGE_STOPPED, OWN, "Stopped the change of their e-mail address"),
    kind(EMAIL_CHANGED, OWN, "Changed their e-mail address"),
    kind(DATA_TAKEN, OWN, "Downloaded what is kept about them"),
    kind(TOKEN_MADE, OWN, "Made a token for a program"),
    kind(TOKEN_REVOKED, OWN, "Revoked a token for a program"),
    kind(IDENTITY_LINKED, OWN, "Linked their account to single sign-on"),
    kind(IDENTITY_UNLINKED, OWN, "Unlinked their account from single sign-on"),
    kind(SET_UP, SETTINGS, "Set up the portal"),
    kind(SETTINGS_CHANGED, SETTINGS, "Changed the settings"),
    kind(CALENDAR_CHANGED, SETTINGS, "Changed which days the company works"),
];

const fn kind(action: &'static str, group: Group, title: &'static str) -> Kind {
    Kind { action, group, title }
}

/// How somebody proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    SetUp,
    Invitation,
    Password,
    Link,
    /// A code or a passkey, after one of those before.
    SecondStep,
    /// A passkey alone.
    Passkey,
    /// The organisation's OpenID provider.
    Provider,
}

impl By {
    const ALL: [Self; 7] = [
        Self::SetUp,
        Self::Invitation,
        Self::Password,
        Self::Link,
        Self::SecondStep,
        Self::Passkey,
        Self::Provider,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::SetUp => "set_up",
            Self::Invitation => "invitation",
            Self::Password => "password",
            Self::Link => "link",
            Self::SecondStep => "second_step",
            Self::Passkey => "passkey",
            Self::Provider => "provider",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::SetUp => "with the set-up link",
            Self::Invitation => "with the invitation",
            Self::Password => "with a password",
            Self::Link => "with a link from mail",
            Self::SecondStep => "with a second step",
            Self::Passkey => "with a passkey",
            Self::Provider => "with single sign-on",
        }
    }
}

/// What there is to say of an event of this room besides its title.
pub fn detail(action: &str, refs: &Refs) -> Option<String> {
    let roles = |name| {
        let titles = refs.get_codes(name).filter_map(Role::from_code).map(Role::title);
        titles.collect::<Vec<_>>().join(", ")
    };
    match action {
        SIGNED_IN => {
            let by = refs.get_code("by").ok()?;
            By::ALL.into_iter().find(|one| one.code() == by).map(|by| by.title().to_owned())
        }
        EMAIL_CONFIRMED | EMAIL_CHANGE_STOPPED | IDENTITY_LINKED => {
            particular(refs.get_code("how").ok()?).map(str::to_owned)
        }
        INVITED => Some(roles("roles")),
        FACTOR_ADDED | FACTOR_REMOVED => match refs.get_code("factor").ok()? {
            "totp" => Some("an authenticator app".to_owned()),
            "passkey" => Some("a passkey".to_owned()),
            _ => None,
        },
        ROLES_CHANGED => {
            let ends = if refs.get_code("ends").is_ok() { "; another last day" } else { "" };
            Some(format!("before: {}; now: {}{ends}", roles("before"), roles("after")))
        }
        DETAILS_CHANGED | SETTINGS_CHANGED | CALENDAR_CHANGED | INVITATION_MENDED => {
            let fields: Vec<&str> = refs.get_codes("fields").filter_map(field).collect();
            Some(fields.join(", "))
        }
        _ => None,
    }
}

/// How something about one's own account came about, by its code.
fn particular(code: &str) -> Option<&'static str> {
    Some(match code {
        "before" => "the present one",
        "after" => "the new one",
        "taken_back" => "taken back by its owner",
        "not_me" => "from the present address: it was not its owner who asked",
        "taken" => "the new address has an account of its own",
        "email" => "known by an address the provider vouches for",
        "owner" => "by its owner",
        _ => return None,
    })
}

/// A field that can be changed, by its code.
fn field(code: &str) -> Option<&'static str> {
    Some(match code {
        "name" => "name",
        "email" => "e-mail address",
        "zone" => "time zone",
        "working_days" => "working days",
        "holidays" => "holidays",
        "sender" => "address that mail comes from",
        "logo" => "logo",
        "privacy" => "privacy notice",
        "second_factor" => "whether a second factor is required",
        _ => return None,
    })
}
