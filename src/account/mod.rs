//! People: accounts and roles, signing in and out, sessions, invitations, the organisation they work
//! for.

pub mod access;
pub mod brand;
pub mod emails;
pub mod events;
pub mod hashers;
pub mod model;
pub mod pages;
pub mod passkeys;
pub mod passwords;
pub mod paths;
pub mod phrases;
pub mod provider;
pub mod recovery;
pub mod roster;
pub mod store;
pub mod throttle;
pub mod token;
pub mod totp;

use axum::extract::FromRef;
use http::Method;

use crate::db::Db;
use crate::keys::Keys;
use crate::web::client::Proxies;
use crate::web::cookie::Jar;
use crate::web::frame::Bar;
use crate::web::routes::{Audience, Routes};
use crate::web::shelf::Shelf;
use access::{MayChangeSettings, MayKeepOwnAccount, MayManagePeople, MaySecureOwnAccount};
use pages::{
    by_link, calendar, confirm, email, email_link, invitation, invite, invite_many, invited, link,
    own, passkeys as passkey_pages, people, person, privacy, recovery as recovery_pages, reset,
    returned, second, security, sessions, set_up, settings, sign_in, tokens, totp as totp_pages,
};
use passkeys::Passkeys;
use passwords::Passwords;
use provider::Provider;
use throttle::Throttle;

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Accounts: FromRef<S>,
{
    type Own = MayKeepOwnAccount;
    type Ways = MaySecureOwnAccount;
    type People = MayManagePeople;
    type Settings = MayChangeSettings;
    Routes::default()
        .get(paths::SET_UP, Audience::Public, set_up::show)
        .post(paths::SET_UP, Audience::Public, set_up::save)
        .get(paths::SIGN_IN, Audience::Public, sign_in::show)
        .post(paths::SIGN_IN, Audience::Public, sign_in::save)
        .get(paths::WAY_IN, Audience::Public, link::show)
        .post(paths::WAY_IN, Audience::Public, link::ask)
        .get(paths::SIGN_IN_BY_LINK, Audience::Public, by_link::show)
        .post(paths::SIGN_IN_BY_LINK, Audience::Public, by_link::save)
        .post(paths::PROVIDER, Audience::Public, pages::provider::start)
        .get(paths::PROVIDER_BACK, Audience::Public, returned::back)
        .get(paths::EMAIL_LINK, Audience::Public, email_link::show)
        .post(paths::EMAIL_LINK, Audience::Public, email_link::save)
        .get(paths::RESET, Audience::Public, reset::show)
        .post(paths::RESET, Audience::Public, reset::save)
        .post(paths::SIGN_IN_PASSKEY, Audience::Public, passkey_pages::sign_in)
        .post(paths::SIGN_IN_PASSKEY_CHALLENGE, Audience::Public, passkey_pages::challenge_anybody)
        .get(paths::SECOND, Audience::Public, second::show)
        .post(paths::SECOND, Audience::Public, second::save)
        .post(paths::SECOND_CHALLENGE, Audience::Public, second::challenge)
        .guarded::<Ways, _, _>(Method::POST, paths::SIGN_OUT, sign_in::end)
        .get(paths::INVITATION, Audience::Public, invitation::show)
        .post(paths::INVITATION, Audience::Public, invitation::save)
        .get(paths::PRIVACY, Audience::Public, privacy::show)
        .guarded::<People, _, _>(Method::GET, paths::PEOPLE, people::show)
        .in_bar::<People>("People", paths::PEOPLE)
        .guarded::<People, _, _>(Method::GET, paths::INVITE, invite::show)
        .guarded::<People, _, _>(Method::POST, paths::INVITE, invite::save)
        .guarded::<People, _, _>(Method::GET, paths::INVITE_MANY, invite_many::show)
        .guarded::<People, _, _>(Method::POST, paths::INVITE_MANY, invite_many::save)
        .guarded::<People, _, _>(Method::GET, paths::PERSON, person::show)
        .guarded::<People, _, _>(Method::POST, paths::PERSON_ROLES, person::save_roles)
        .guarded::<People, _, _>(Method::POST, paths::PERSON_STANDING, person::save_standing)
        .guarded::<People, _, _>(Method::GET, paths::PERSON_LINK, person::show_again)
        .guarded::<People, _, _>(Method::POST, paths::PERSON_LINK, person::mint_link)
        .guarded::<People, _, _>(Method::POST, paths::PERSON_DETAILS, invited::mend)
        .guarded::<People, _, _>(Method::POST, paths::PERSON_WITHDRAWAL, invited::withdraw)
        .guarded::<People, _, _>(Method::POST, paths::PERSON_RESCUE, person::send_rescue)
        .guarded::<People, _, _>(Method::GET, paths::PERSON_RESET, person::show_again)
        .confirmed::<People, _, _>(
            Method::POST,
            paths::PERSON_RESET,
            paths::PERSON,
            person::mint_reset,
        )
        .confirmed::<People, _, _>(
            Method::POST,
            paths::PERSON_FACTORS,
            paths::PERSON,
            person::take_factors,
        )
        .guarded::<Settings, _, _>(Method::GET, paths::SETTINGS, settings::show)
        .in_bar::<Settings>("Settings", paths::SETTINGS)
        .in_settings::<Settings>("Organisation", paths::SETTINGS)
        .guarded::<Settings, _, _>(Method::POST, paths::SETTINGS, settings::save)
        .guarded::<Settings, _, _>(Method::GET, paths::CALENDAR, calendar::show)
        .in_settings::<Settings>("Working days", paths::CALENDAR)
        .guarded::<Settings, _, _>(Method::POST, paths::CALENDAR, calendar::save)
        .guarded::<Own, _, _>(Method::GET, paths::ACCOUNT, own::show)
        .guarded::<Own, _, _>(Method::POST, paths::ACCOUNT, own::save)
        .guarded::<Ways, _, _>(Method::GET, paths::ACCOUNT_SECURITY, security::show)
        .guarded::<Ways, _, _>(Method::POST, paths::ACCOUNT_PASSWORD, security::save_password)
        .guarded::<Ways, _, _>(Method::GET, paths::ACCOUNT_TOTP, totp_pages::show)
        .confirmed::<Ways, _, _>(
            Method::POST,
            paths::ACCOUNT_TOTP,
            paths::ACCOUNT_TOTP,
            totp_pages::save,
        )
        .guarded::<Ways, _, _>(Method::POST, paths::ACCOUNT_TOTP_REMOVAL, totp_pages::remove)
        .confirmed::<Ways, _, _>(
            Method::POST,
            paths::ACCOUNT_PASSKEYS,
            paths::ACCOUNT_SECURITY,
            passkey_pages::save,
        )
        .confirmed::<Ways, _, _>(
            Method::POST,
            paths::ACCOUNT_PASSKEY_CHALLENGE,
            paths::ACCOUNT_SECURITY,
            passkey_pages::challenge,
        )
        .confirmed::<Ways, _, _>(
            Method::POST,
            paths::ACCOUNT_RECOVERY,
            paths::ACCOUNT_SECURITY,
            recovery_pages::save,
        )
        .guarded::<Ways, _, _>(Method::POST, paths::ACCOUNT_RECOVERY_FILE, recovery_pages::file)
        .guarded::<Ways, _, _>(Method::GET, paths::ACCOUNT_CONFIRM, confirm::show)
        .guarded::<Ways, _, _>(Method::POST, paths::ACCOUNT_CONFIRM, confirm::save)
        .guarded::<Ways, _, _>(Method::POST, paths::ACCOUNT_CONFIRM_CHALLENGE, confirm::challenge)
        .confirmed::<Own, _, _>(Method::POST, paths::ACCOUNT_EMAIL, paths::ACCOUNT, email::ask)
        .guarded::<Own, _, _>(Method::POST, paths::ACCOUNT_EMAIL_STOP, email::take_back)
        .confirmed::<Own, _, _>(
            Method::POST,
            paths::ACCOUNT_PROVIDER,
            paths::ACCOUNT_SECURITY,
            pages::provider::link,
        )
        .confirmed::<Own, _, _>(
            Method::POST,
            paths::ACCOUNT_PROVIDER_UNLINK,
            paths::ACCOUNT_SECURITY,
            pages::provider::unlink,
        )
        .guarded::<Own, _, _>(Method::GET, paths::ACCOUNT_TOKENS, tokens::show)
        .confirmed::<Own, _, _>(
            Method::POST,
            paths::ACCOUNT_TOKENS,
            paths::ACCOUNT_TOKENS,
            tokens::make,
        )
        .guarded::<Own, _, _>(Method::POST, paths::ACCOUNT_TOKENS_REVOKE, tokens::revoke)
        .guarded::<Own, _, _>(Method::GET, paths::ACCOUNT_SESSIONS, sessions::show)
        .guarded::<Own, _, _>(Method::POST, paths::ACCOUNT_SESSIONS, sessions::end)
}

/// What this room holds between requests.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub passwords: Passwords,
    pub throttle: Throttle,
    pub jar: Jar,
    pub proxies: Proxies,
    /// The address people type, for links that are handed out.
    pub base_url: String,
    /// Whether letters go out. Where none do, invitation links are handed over by whoever invites.
    pub sends_mail: bool,
    /// Where staff may sign in besides here.
    pub provider: Option<Provider>,
    /// What seals the secrets of authenticator apps. None: they cannot be used.
    pub keys: Option<Keys>,
    /// None: the portal has no host name that passkeys could be bound to, or was built without them.
    pub passkeys: Option<Passkeys>,
}

impl Accounts {
    /// Whether anybody can enrol a second factor here.
    pub fn has_factors(&self) -> bool {
        self.keys.is_some() || self.passkeys.is_some()
    }
}
