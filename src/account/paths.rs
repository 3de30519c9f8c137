//! The addresses of this room's pages. Templates and other rooms build links from here only.

use crate::ids::AccountId;

pub const SET_UP: &str = "/set-up/{token}";
pub const SIGN_IN: &str = "/sign-in";
pub const WAY_IN: &str = "/sign-in/link";
pub const SIGN_IN_PASSKEY: &str = "/sign-in/passkey";
pub const SIGN_IN_PASSKEY_CHALLENGE: &str = "/sign-in/passkey/challenge";
/// Where the second factor is asked for.
pub const SECOND: &str = "/sign-in/second";
pub const SECOND_CHALLENGE: &str = "/sign-in/second/challenge";
pub const SIGN_IN_BY_LINK: &str = "/sign-in/link/{token}";
pub const RESET: &str = "/reset/{token}";
pub const SIGN_OUT: &str = "/sign-out";
pub const INVITATION: &str = "/invitation/{token}";
pub const PRIVACY: &str = "/privacy";
pub const PEOPLE: &str = "/people";
/// Those of them whose invitation waits.
pub const INVITED: &str = "/people?state=invited";
pub const INVITE: &str = "/people/invite";
pub const INVITE_MANY: &str = "/people/invite/many";
pub const PERSON: &str = "/people/{id}";
pub const PERSON_ROLES: &str = "/people/{id}/roles";
pub const PERSON_STANDING: &str = "/people/{id}/standing";
pub const PERSON_LINK: &str = "/people/{id}/link";
pub const PERSON_RESCUE: &str = "/people/{id}/rescue";
/// Where a link to a new password is made to be handed over.
pub const PERSON_RESET: &str = "/people/{id}/reset";
/// Where the name and address of somebody who has not come yet are corrected.
pub const PERSON_DETAILS: &str = "/people/{id}/details";
pub const PERSON_WITHDRAWAL: &str = "/people/{id}/withdrawal";
pub const PERSON_FACTORS: &str = "/people/{id}/factors";
pub const SETTINGS: &str = "/settings";
/// Which days the company works.
pub const CALENDAR: &str = "/settings/calendar";
pub const ACCOUNT: &str = "/account";
pub const ACCOUNT_SECURITY: &str = "/account/security";
pub const ACCOUNT_PASSWORD: &str = "/account/security/password";
pub const ACCOUNT_TOTP: &str = "/account/security/totp";
pub const ACCOUNT_TOTP_REMOVAL: &str = "/account/security/totp/removal";
pub const ACCOUNT_PASSKEYS: &str = "/account/security/passkeys";
pub const ACCOUNT_PASSKEY_CHALLENGE: &str = "/account/security/passkey-challenge";
pub const ACCOUNT_RECOVERY: &str = "/account/security/recovery";
pub const ACCOUNT_RECOVERY_FILE: &str = "/account/security/recovery/file";
/// Where somebody who has signed in proves once more that it is them.
pub const ACCOUNT_CONFIRM: &str = "/account/confirm";
pub const ACCOUNT_CONFIRM_CHALLENGE: &str = "/account/confirm/challenge";
pub const ACCOUNT_SESSIONS: &str = "/account/sessions";
pub const ACCOUNT_EMAIL: &str = "/account/email";
pub const ACCOUNT_EMAIL_STOP: &str = "/account/email/stop";
pub const EMAIL_LINK: &str = "/email/{token}";
pub const ACCOUNT_TOKENS: &str = "/account/tokens";
pub const ACCOUNT_TOKENS_REVOKE: &str = "/account/tokens/revoke";
pub const PROVIDER: &str = "/sign-in/provider";
/// Where the organisation's OpenID provider sends people back to; told to it beforehand.
pub const PROVIDER_BACK: &str = "/sign-in/provider/callback";
pub const ACCOUNT_PROVIDER: &str = "/account/security/provider";
pub const ACCOUNT_PROVIDER_UNLINK: &str = "/account/security/provider/unlink";
/// Where each person begins: their desk, or what a candidate sees.
pub const DESK: &str = "/desk";
pub const MY: &str = "/my";
/// Where a candidate sees what is kept about them, and takes it along.
pub const MY_DATA: &str = "/my/data";

/// The page through which a fresh portal gets its first administrator.
pub fn set_up(token: &str) -> String {
    SET_UP.replace("{token}", token)
}

/// The page on which one of both addresses confirms a change.
pub fn email_link(token: &str) -> String {
    EMAIL_LINK.replace("{token}", token)
}

/// The page on which an invitation is accepted.
pub fn invitation(token: &str) -> String {
    INVITATION.replace("{token}", token)
}

/// The page on which a link that signs in is used.
pub fn sign_in_by_link(token: &str) -> String {
    SIGN_IN_BY_LINK.replace("{token}", token)
}

/// The page on which a new password is chosen by a link.
pub fn reset(token: &str) -> String {
    RESET.replace("{token}", token)
}

/// Everybody, after this many were invited by a list.
pub fn people_invited(count: usize) -> String {
    format!("{PEOPLE}?done=invited&count={count}")
}

/// One person, as administrators see them.
pub fn person(id: AccountId) -> String {
    PERSON.replace("{id}", &id.to_string())
}

pub fn person_roles(id: AccountId) -> String {
    PERSON_ROLES.replace("{id}", &id.to_string())
}

pub fn person_standing(id: AccountId) -> String {
    PERSON_STANDING.replace("{id}", &id.to_string())
}

pub fn person_rescue(id: AccountId) -> String {
    PERSON_RESCUE.replace("{id}", &id.to_string())
}

pub fn person_reset(id: AccountId) -> String {
    PERSON_RESET.replace("{id}", &id.to_string())
}

pub fn person_details(id: AccountId) -> String {
    PERSON_DETAILS.replace("{id}", &id.to_string())
}

pub fn person_withdrawal(id: AccountId) -> String {
    PERSON_WITHDRAWAL.replace("{id}", &id.to_string())
}

pub fn person_link(id: AccountId) -> String {
    PERSON_LINK.replace("{id}", &id.to_string())
}

pub fn person_factors(id: AccountId) -> String {
    PERSON_FACTORS.replace("{id}", &id.to_string())
}

/// The page that asks who has signed in to prove it once more, and then leads to `next`.
pub fn confirm(next: &str) -> String {
    with_next(ACCOUNT_CONFIRM, next)
}

/// The page that asks for the second factor, and then leads to `next`.
pub fn second(next: &str) -> String {
    with_next(SECOND, next)
}

fn with_next(path: &str, next: &str) -> String {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{path}?next={next}")
}
