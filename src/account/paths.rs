//! The addresses of this room's pages. Templates and other rooms build links from here only.

use crate::ids::AccountId;

pub const SET_UP: &str = "/set-up/{token}";
pub const SIGN_IN: &str = "/sign-in";
pub const WAY_IN: &str = "/sign-in/link";
pub const SIGN_IN_BY_LINK: &str = "/sign-in/link/{token}";
pub const RESET: &str = "/reset/{token}";
pub const SIGN_OUT: &str = "/sign-out";
pub const INVITATION: &str = "/invitation/{token}";
pub const PRIVACY: &str = "/privacy";
pub const PEOPLE: &str = "/people";
pub const INVITE: &str = "/people/invite";
pub const INVITE_MANY: &str = "/people/invite/many";
pub const PERSON: &str = "/people/{id}";
pub const PERSON_ROLES: &str = "/people/{id}/roles";
pub const PERSON_STANDING: &str = "/people/{id}/standing";
pub const PERSON_LINK: &str = "/people/{id}/link";
pub const PERSON_RESCUE: &str = "/people/{id}/rescue";
pub const SETTINGS: &str = "/settings";
pub const ACCOUNT: &str = "/account";
pub const ACCOUNT_SECURITY: &str = "/account/security";
pub const ACCOUNT_PASSWORD: &str = "/account/security/password";
pub const ACCOUNT_SESSIONS: &str = "/account/sessions";
/// Where each person begins: their desk, or what a candidate sees.
pub const DESK: &str = "/desk";
pub const MY: &str = "/my";

/// The page through which a fresh portal gets its first administrator.
pub fn set_up(token: &str) -> String {
    SET_UP.replace("{token}", token)
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

pub fn person_link(id: AccountId) -> String {
    PERSON_LINK.replace("{id}", &id.to_string())
}
