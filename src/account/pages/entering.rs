//! What every way in has in common: a new session or the question for the second factor, cookies, and
//! where the person goes from there.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use crate::account::events::By;
use crate::account::model::device;
use crate::account::paths;
use crate::account::store::sessions::{self, Browser};
use crate::account::store::{factors, pending};
use crate::account::token::{Token, TokenHash};
use crate::clock::Timestamp;
use crate::db::{Committed, Tx};
use crate::ids::AccountId;
use crate::web::cookie::{Jar, Lifetime, Readers};
use crate::web::error::Failure;
use crate::web::redirect;
use crate::web::viewer::{Role, Roles};

/// The cookie that holds a session's token.
pub const SESSION: &str = "session";
/// The cookie by which a browser is known again when it has been signed out.
pub const BROWSER: &str = "browser";
/// The cookie by which public pages, the same bytes for everybody, know which link to show.
const HERE: &str = "here";

const YEAR: Lifetime = Lifetime::Seconds(365 * 24 * 60 * 60);

/// The cookie of a sign-in that waits for its second factor.
pub(super) const PENDING: &str = "pending";

/// A way in that was opened in a transaction still to be committed.
#[must_use = "the browser has to be told"]
pub struct Entry {
    way: Way,
    /// The browser's lasting secret, where it had none.
    browser: Option<Token>,
}

enum Way {
    /// A session has begun.
    In(Token),
    /// A second factor is asked for first.
    Second(Token),
}

/// Lets in whoever has just proved one factor of an account. Where the account has a second one, no
/// session begins before that is proved too. A session this browser had ends.
pub async fn enter(
    tx: &mut Tx,
    (account, by): (AccountId, By),
    jar: Jar,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Entry, Failure> {
    if !factors::are_there(tx, account).await? {
        return enter_proved(tx, (account, by), jar, headers, now).await;
    }
    let (secret, browser) = leave(tx, jar, headers, now).await?;
    let token = Token::new();
    pending::add(tx, account, token.hash(), secret, now).await?;
    Ok(Entry { way: Way::Second(token), browser })
}

/// Begins a session for an account of which everything was proved that it asks for.
pub(super) async fn enter_proved(
    tx: &mut Tx,
    account: (AccountId, By),
    jar: Jar,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Entry, Failure> {
    let (secret, browser) = leave(tx, jar, headers, now).await?;
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let device = device(user_agent.unwrap_or_default());
    let session = Token::new();
    sessions::start(tx, account, session.hash(), Browser { device: &device, secret }, now).await?;
    Ok(Entry { way: Way::In(session), browser })
}

/// Ends the session this browser had. The hash of the browser's lasting secret, and the secret itself
/// where it is new.
async fn leave(
    tx: &mut Tx,
    jar: Jar,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<(TokenHash, Option<Token>), Failure> {
    if let Some(before) = jar.read(headers, SESSION) {
        sessions::end_of(tx, TokenHash::of(before), now).await?;
    }
    if let Some(known) = jar.read(headers, BROWSER) {
        return Ok((TokenHash::of(known), None));
    }
    let fresh = Token::new();
    Ok((fresh.hash(), Some(fresh)))
}

impl Entry {
    /// To `href`, signed in; or first to where the second factor is asked for.
    pub fn welcome(self, committed: Committed, jar: Jar, href: &str) -> Response {
        let mut response = match &self.way {
            Way::In(_) => redirect::after(committed, href),
            Way::Second(_) => redirect::after(committed, &paths::second(href)),
        };
        let mut set =
            |cookie: HeaderValue| response.headers_mut().append(header::SET_COOKIE, cookie);
        match self.way {
            Way::In(session) => {
                set(session_cookie(jar, &session));
                set(jar.write(HERE, "1", YEAR, Readers::Scripts));
                set(jar.write(PENDING, "", Lifetime::Ended, Readers::Server));
            }
            Way::Second(pending) => {
                set(jar.write(SESSION, "", Lifetime::Ended, Readers::Server));
                set(jar.write(HERE, "", Lifetime::Ended, Readers::Scripts));
                set(jar.write(PENDING, pending.expose(), Lifetime::Browser, Readers::Server));
            }
        }
        if let Some(browser) = self.browser {
            set(jar.write(BROWSER, browser.expose(), YEAR, Readers::Server));
        }
        response
    }
}

/// The cookie of a session. The browser keeps it as long as any session may last; the server ends it.
pub fn session_cookie(jar: Jar, token: &Token) -> HeaderValue {
    let longest = Lifetime::Seconds(60 * 24 * 60 * 60);
    jar.write(SESSION, token.expose(), longest, Readers::Server)
}

/// Makes the browser forget that it was signed in.
pub fn farewell(committed: Committed, jar: Jar, href: &str) -> Response {
    let mut response = redirect::after(committed, href);
    for (name, readers) in [(SESSION, Readers::Server), (HERE, Readers::Scripts)] {
        let ended = jar.write(name, "", Lifetime::Ended, readers);
        response.headers_mut().append(header::SET_COOKIE, ended);
    }
    response
}

/// Where a person with these roles begins.
pub fn home(roles: Roles) -> &'static str {
    if roles.has(Role::Candidate) { paths::MY } else { paths::DESK }
}
