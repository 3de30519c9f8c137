//! What every way in has in common: a new session, its cookies, and where the person goes from there.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

use crate::account::events::By;
use crate::account::model::device;
use crate::account::paths;
use crate::account::store::sessions::{self, Browser};
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

/// A session that was begun in a transaction still to be committed.
#[must_use = "the browser has to be told"]
pub struct Entry {
    session: Token,
    /// The browser's lasting secret, where it had none.
    browser: Option<Token>,
}

/// Begins a session for an account that has just proved itself by what is said. A session this browser
/// had ends.
pub async fn enter(
    tx: &mut Tx,
    account: (AccountId, By),
    jar: Jar,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Entry, Failure> {
    if let Some(before) = jar.read(headers, SESSION) {
        sessions::end_of(tx, TokenHash::of(before), now).await?;
    }
    let known = jar.read(headers, BROWSER).map(TokenHash::of);
    let browser = known.is_none().then(Token::new);
    let secret = known.or_else(|| browser.as_ref().map(Token::hash));
    let secret = secret.expect("one of both is there");
    let user_agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    let device = device(user_agent.unwrap_or_default());
    let session = Token::new();
    sessions::start(tx, account, session.hash(), Browser { device: &device, secret }, now).await?;
    Ok(Entry { session, browser })
}

impl Entry {
    /// To `href`, signed in.
    pub fn welcome(self, committed: Committed, jar: Jar, href: &str) -> Response {
        let mut response = redirect::after(committed, href);
        let mut set =
            |cookie: HeaderValue| response.headers_mut().append(header::SET_COOKIE, cookie);
        set(session_cookie(jar, &self.session));
        set(jar.write(HERE, "1", YEAR, Readers::Scripts));
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
