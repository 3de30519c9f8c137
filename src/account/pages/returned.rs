//! Coming back from the organisation's OpenID provider: signed in, linked, or told why not.
//!
//! The one address whose `GET` writes: a provider sends browsers back that way. Nobody else can make it do
//! anything, for it takes the browser that began, a state that was begun there, and a code.
//!
//! **The second factor.** Who was signed in by the provider has proved as much as the organisation asks of
//! its people elsewhere, so that counts as both factors here: the session is vouched for, and nobody is
//! sent to enrol one. Unless the person has one of this portal's own: then [`entering::enter`], the only way
//! to a session, asks for it as after a password. To link oneself takes a session to which everything is
//! open already, so that it is no way around a factor that is still to be enrolled.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::entering::{self, BROWSER};
use super::{Visit, page};
use crate::account::access::{MayKeepOwnAccount, OwnAccount};
use crate::account::events::By;
use crate::account::model::Email;
use crate::account::provider::{Error, Proof, Provider, Signed};
use crate::account::store::identities::{self, Entrant, Identity, Known, SignOn};
use crate::account::token::TokenHash;
use crate::account::{Accounts, paths};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::redirect::{self, local};

#[derive(Template)]
#[template(path = "account/returned.html")]
struct Returned<'a> {
    layout: Layout<'a>,
    headline: String,
    advice: String,
}

/// Why nobody was signed in or linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Of another browser, used before, too old, or never begun.
    NotBegun,
    /// They said no at the provider, or it did.
    Denied,
    Down,
    Untrusted,
    /// The provider does not vouch for the address.
    Unverified,
    /// There is no account, or none that may be used: nobody is told which.
    Unknown,
    /// Asked to be linked: it is another account's, or this one has another.
    Taken,
    TooMany,
}

impl Refusal {
    /// What an error is to people. Its cause is for the log.
    pub(super) fn of(error: &Error) -> Self {
        tracing::warn!(cause = %error, "a sign-in by the OpenID provider failed");
        match error {
            Error::Down(_) => Self::Down,
            Error::Refused(_) | Error::Untrusted(_) => Self::Untrusted,
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotBegun => StatusCode::GONE,
            Self::Denied | Self::Unverified | Self::Unknown => StatusCode::FORBIDDEN,
            Self::Down => StatusCode::SERVICE_UNAVAILABLE,
            Self::Untrusted => StatusCode::BAD_GATEWAY,
            Self::Taken => StatusCode::CONFLICT,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// Headline and advice. `name` is what people call the provider.
    fn words(self, name: &str) -> (String, String) {
        let (headline, advice) = match self {
            Self::NotBegun => (
                "This did not begin here".to_owned(),
                "Going there and back has to happen in one browser, once, within ten minutes. Begin \
                 again from this one."
                    .to_owned(),
            ),
            Self::Denied => (
                format!("You were not signed in at {name}"),
                "It was given up there, or you may not use it for this portal. Try again, or sign in \
                 another way."
                    .to_owned(),
            ),
            Self::Down => (
                format!("{name} does not answer"),
                "Try again in a minute, or sign in with your password meanwhile.".to_owned(),
            ),
            Self::Untrusted => (
                format!("What {name} answered does not hold"),
                "So nobody was signed in, and it has been noted. Try again; if it stays like this, \
                 tell whoever runs this portal."
                    .to_owned(),
            ),
            Self::Unverified => (
                format!("{name} does not vouch for your address"),
                format!(
                    "It has not seen that your e-mail address is yours. Confirm the address at {name}, \
                     then try again."
                ),
            ),
            Self::Unknown => (
                "No account here is yours yet".to_owned(),
                format!(
                    "Ask an administrator to invite you, by the address you have at {name}. If you have \
                     a password here, sign in with it and link {name} on the page of your account."
                ),
            ),
            Self::Taken => (
                format!("Your account was not linked to {name}"),
                format!(
                    "Either it is linked already, or who you are at {name} belongs to another account \
                     here."
                ),
            ),
            Self::TooMany => (
                "There have been many tries just now".to_owned(),
                "Wait a minute, then try again.".to_owned(),
            ),
        };
        (headline, advice)
    }
}

pub(super) fn refuse(frame: &Frame, name: &str, refusal: Refusal) -> Result<Response, Failure> {
    let (headline, advice) = refusal.words(name);
    let layout = frame.layout(headline.as_str());
    let mut response = page(refusal.status(), &Returned { layout, headline, advice })?;
    if matches!(refusal, Refusal::Down | Refusal::TooMany) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    Ok(response)
}

/// What a provider sends back with a browser.
#[derive(Default)]
struct Answer {
    state: String,
    code: Option<String>,
    error: Option<String>,
    issuer: Option<String>,
}

/// `None` where something stands there twice.
fn read(query: &str) -> Option<Answer> {
    let mut answer = Answer::default();
    let mut state = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "state" => &mut state,
            "code" => &mut answer.code,
            "error" => &mut answer.error,
            "iss" => &mut answer.issuer,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return None;
        }
    }
    answer.state = state.unwrap_or_default();
    Some(answer)
}

pub async fn back(
    State(db): State<Db>,
    State(room): State<Accounts>,
    visit: Visit,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let provider = room.provider.as_ref().ok_or(Failure::NotFound)?;
    let name = provider.name();
    let taken_up = match read(&query.unwrap_or_default()) {
        Some(answer) => take_up(&db, &room, &visit, &answer).await?.zip(Some(answer)),
        None => None,
    };
    let Some(((sign_on, proof), answer)) = taken_up else {
        return refuse(&frame, name, Refusal::NotBegun);
    };
    let signed = match ask(provider, &answer, proof, visit.now).await {
        Ok(signed) => signed,
        Err(refusal) => return refuse(&frame, name, refusal),
    };
    let done = match sign_on.account_id {
        Some(account) => link(&db, (provider, &signed), &frame, account, visit.now).await?,
        None => enter((&db, &room), (provider, &signed), &visit, &sign_on.next).await?,
    };
    done.map_or_else(|refusal| refuse(&frame, name, refusal), Ok)
}

/// The sign-in this browser began, used up by this, whatever comes of it.
async fn take_up(
    db: &Db,
    room: &Accounts,
    visit: &Visit,
    answer: &Answer,
) -> Result<Option<(SignOn, Proof)>, Failure> {
    let Some(browser) = room.jar.read(&visit.headers, BROWSER) else { return Ok(None) };
    let (state, hash) = (TokenHash::of(&answer.state), TokenHash::of(browser));
    let mut tx = db.begin().await?;
    let sign_on = identities::take_up(&mut tx, state, hash, visit.now).await?;
    let _used_up = tx.commit().await?;
    Ok(sign_on.map(|sign_on| (sign_on, Proof::of(browser, &answer.state))))
}

/// Whom the provider means by what it sent back.
async fn ask(
    provider: &Provider,
    answer: &Answer,
    proof: Proof,
    now: Timestamp,
) -> Result<Signed, Refusal> {
    // RFC 9207: an answer of another provider is not taken to this one.
    if answer.issuer.as_deref().is_some_and(|issuer| issuer != provider.issuer()) {
        return Err(Refusal::of(&Error::Untrusted("the answer is another provider's")));
    }
    match (&answer.code, answer.error.as_deref()) {
        (Some(code), None) => {
            provider.redeem(code, proof, now).await.map_err(|error| Refusal::of(&error))
        }
        (_, Some("access_denied" | "login_required" | "consent_required")) => Err(Refusal::Denied),
        (_, Some("temporarily_unavailable" | "server_error")) => Err(Refusal::Down),
        _ => Err(Refusal::of(&Error::Untrusted("it answered with an error"))),
    }
}

/// Signs in whom the provider means: known by issuer and subject; the first time, by an address it vouches
/// for.
async fn enter(
    (db, room): (&Db, &Accounts),
    (provider, signed): (&Provider, &Signed),
    visit: &Visit,
    next: &str,
) -> Result<Result<Response, Refusal>, Failure> {
    let now = visit.now;
    let identity = Identity { issuer: provider.issuer(), subject: &signed.subject };
    let email = match identities::find(db, identity, now).await? {
        Known::Linked(entrant) => Ok(entrant),
        Known::ShutOut => return Ok(Err(Refusal::Unknown)),
        Known::Never => match provider.email(signed).await {
            Ok(Some(email)) => Err(email),
            Ok(None) => return Ok(Err(Refusal::Unverified)),
            Err(error) => return Ok(Err(Refusal::of(&error))),
        },
    };
    let mut tx = db.begin().await?;
    let entrant = match email {
        Ok(entrant) => Some(entrant),
        Err(email) => first_time(&mut tx, identity, &email, now).await?,
    };
    let Some(entrant) = entrant else { return Ok(Err(Refusal::Unknown)) };
    let entry =
        entering::enter(&mut tx, (entrant.account, By::Provider), room.jar, &visit.headers, now)
            .await?;
    let committed = tx.commit().await?;
    let home = entering::home(entrant.roles);
    Ok(Ok(entry.welcome(committed, room.jar, local(next, home))))
}

async fn first_time(
    tx: &mut Tx,
    identity: Identity<'_>,
    email: &str,
    now: Timestamp,
) -> Result<Option<Entrant>, Failure> {
    let Ok(email) = Email::parse(email) else { return Ok(None) };
    Ok(identities::link_by_email(tx, identity, email.key(), now).await?)
}

/// Links the account that asked for it, if its owner is still the one who is signed in here.
async fn link(
    db: &Db,
    (provider, signed): (&Provider, &Signed),
    frame: &Frame,
    account: AccountId,
    now: Timestamp,
) -> Result<Result<Response, Refusal>, Failure> {
    let allowed = Allowed::<MayKeepOwnAccount>::ask(&frame.viewer, &());
    let is_staff = frame.viewer.person().is_some_and(|person| person.roles.is_staff());
    let Some(allowed) = allowed.filter(|allowed| is_staff && allowed.account() == account) else {
        return Ok(Err(Refusal::NotBegun));
    };
    let identity = Identity { issuer: provider.issuer(), subject: &signed.subject };
    let mut tx = db.begin().await?;
    if !identities::link_own(&mut tx, &allowed, identity, now).await? {
        return Ok(Err(Refusal::Taken));
    }
    let committed = tx.commit().await?;
    Ok(Ok(redirect::after(committed, &format!("{}?done=linked", paths::ACCOUNT_SECURITY))))
}
