//! The application: what it holds, which rooms it joins, and the order of what surrounds them.

use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;

use crate::account::Accounts;
use crate::account::pages::recognise;
use crate::account::passkeys::Passkeys;
use crate::account::passwords::Passwords;
use crate::account::provider::Provider;
use crate::account::store::organisation;
use crate::account::throttle::Throttle;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::db::{Db, Tx};
use crate::mail::{Compose, ComposeError, Letter, Queued};
use crate::objects::Objects;
use crate::site::pages::machine::MetricsAccess;
use crate::site::pages::{failure, shelved};
use crate::web::cookie::Jar;
use crate::web::frame::Bar;
use crate::web::front::Front;
use crate::web::observe::{Cause, Observe, measurements};
use crate::web::routes::{Large, Route, Routes};
use crate::web::shelf::Shelf;
use crate::{
    account, assignment, content, decision, desk, personal, report, review, site, submission, track,
};

/// Everything handlers may ask for. Each takes the parts it needs, by `State<Part>`.
#[derive(Clone, FromRef)]
pub struct App {
    pub db: Db,
    pub shelf: Shelf,
    pub bar: Bar,
    pub accounts: Accounts,
    pub metrics: MetricsAccess,
    pub objects: Objects,
    pub clock: Clock,
    large: Large,
}

impl App {
    pub fn new(config: &Config, clock: Clock, db: Db, shelf: Shelf, objects: Objects) -> Self {
        let metrics = MetricsAccess {
            handle: measurements(),
            token: config.metrics_token.clone(),
            is_unproxied: config.is_on_this_machine_only(),
        };
        let is_here = config.is_on_this_machine_only();
        let sign_on = config.single_sign_on.as_ref();
        let accounts = Accounts {
            passwords: Passwords::new(config.password_cost),
            throttle: Throttle::default(),
            jar: if is_here { Jar::Loopback } else { Jar::Secure },
            proxies: config.trusted_proxies.clone(),
            base_url: config.base_url(),
            sends_mail: config.mail.is_some(),
            keys: config.secret_key.clone(),
            passkeys: Passkeys::at(&config.base_url()),
            provider: sign_on.map(|settings| Provider::new(settings, &config.base_url())),
        };
        let (bar, large) = (Bar::default(), Large::default());
        Self { db, shelf, bar, accounts, metrics, objects, clock, large }
    }

    /// The whole site, and the table of its routes.
    pub fn service(mut self) -> (Front, Vec<Route>) {
        let (router, table, bar) = Self::routes().finish();
        self.bar = Bar(bar.into());
        self.large = Large::of(&table);
        let front = self.shelf.clone();
        // From the inside out: a handler that takes too long was stopped by its route, its panic becomes a
        // response, whoever asks is recognised, a request from another site is turned away, whatever
        // failed gets its page, a panic in these layers is caught too, and everything is timed, logged
        // and secured.
        let https = self.accounts.base_url.starts_with("https://");
        let observe = Observe { https, clock: self.clock.clone() };
        let router = router
            .fallback(shelved::missing)
            .layer(CatchPanicLayer::custom(broken))
            .layer(from_fn_with_state(self.clone(), recognise::recognise))
            .layer(CsrfLayer::new())
            .layer(from_fn_with_state(self.clone(), failure::dress))
            .layer(CatchPanicLayer::new())
            .layer(observe)
            .with_state(self);
        (Front::new(front, router), table)
    }

    fn routes() -> Routes<Self> {
        // In the order of the bar: where one begins comes first.
        desk::routes()
            .merge(assignment::routes())
            .merge(submission::routes())
            .merge(review::routes())
            .merge(decision::routes())
            .merge(report::routes())
            .merge(account::routes())
            .merge(desk::watching())
            .merge(personal::routes())
            .merge(track::routes())
            .merge(content::routes())
            .merge(site::routes())
    }
}

/// What a handler's panic becomes.
fn broken(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Cause(format!("panic: {text}").into()));
    response
}

/// Writes every letter, by asking the room it comes from.
#[derive(Debug)]
pub struct Letters {
    pub base_url: String,
}

impl Compose for Letters {
    fn compose<'a>(
        &'a self,
        tx: &'a mut Tx,
        mail: &'a Queued,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<Letter>, ComposeError>> {
        Box::pin(async move {
            let sender = organisation::sender(tx, &self.base_url).await?;
            match mail.template.as_str() {
                name if assignment::emails::is_one(name) => {
                    assignment::emails::compose(tx, mail, &sender, now).await
                }
                name if submission::emails::is_one(name) => {
                    submission::emails::compose(tx, mail, &sender, now).await
                }
                name if decision::emails::is_one(name) => {
                    decision::emails::compose(tx, mail, &sender, now).await
                }
                name if review::emails::is_one(name) => {
                    review::emails::compose(tx, mail, &sender, now).await
                }
                _ => account::emails::compose(tx, mail, &sender, now).await,
            }
        })
    }
}
