//! A portal in this process: the real router on a real database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use portal::account::access::MayManagePeople;
use portal::account::events::By;
use portal::account::model::{Email, NewAccount};
use portal::account::store::tokens::{self, Purpose};
use portal::account::store::{accounts, sessions};
use portal::account::token::Token;
use portal::app::App;
use portal::clock::{Clock, SignedDuration};
use portal::config::Config;
use portal::content::access::MayPublish;
use portal::content::import::folder;
use portal::db::Db;
use portal::ids::{AccountId, StageId};
use portal::objects::{Objects, Place};
use portal::site::publish::{self, Report};
use portal::track::store::recipes;
use portal::web::allowed::{Allowed, Viewer};
use portal::web::front::Front;
use portal::web::routes::Route;
use portal::web::shelf::Shelf;
use portal::web::viewer::{Role, Roles};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::client::Browser;
use super::cluster::{BASE_URL, Database, Holds, copy, database, durable_database};

/// What tests seal by.
pub const SECRET_KEY: &str = "dGhlIHNlY3JldCBrZXkgb2YgdGhlIHRlc3RzLCAzMiE";

#[derive(Clone)]
pub struct Portal {
    pub db: Db,
    pub database: Arc<Database>,
    pub shelf: Shelf,
    pub routes: Vec<Route>,
    /// What the time is for this portal, until it is moved.
    pub clock: Clock,
    pub objects: Objects,
    front: Front,
}

/// A response, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Portal {
    /// A portal with the content it ships with.
    pub async fn shipped() -> Self {
        let database = database(Holds::ShippedContent).await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        Self::on(db, database.into()).await
    }

    /// The same on a database that a portal in a process of its own agrees to serve.
    pub async fn durable() -> Self {
        let database = durable_database().await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        Self::on(db, database.into()).await
    }

    /// A portal with the content in `dir`.
    pub async fn synced(dir: &Path) -> Self {
        let database = database(Holds::Schema).await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        sync(&db, dir).await.expect("the tree is good");
        Self::on(db, database.into()).await
    }

    /// A portal with a tree handed out beside the project, such as `seed`; `None`, with the reason
    /// printed, where it is not there.
    pub async fn synced_with_shared(name: &str) -> Option<Self> {
        let dir = super::tree::shared(name)?;
        Some(Self::synced(&dir).await)
    }

    /// A portal that is served to browsers on this machine, and its address. Passkeys need a host name.
    pub async fn at_localhost() -> (Self, String) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let base_url = format!("http://localhost:{port}");
        let portal = Self::set_as(&[("PORTAL_BASE_URL", &base_url)]).await;
        let front = portal.front.clone();
        tokio::spawn(portal::web::serve::run(listener, front, std::future::pending()));
        (portal, base_url)
    }

    /// A portal with the content it ships with, and these settings in place of the usual ones.
    pub async fn set_as(settings: &[(&str, &str)]) -> Self {
        let database = database(Holds::ShippedContent).await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        Self::on_set_as(db, database.into(), settings).await
    }

    /// Another instance on the same database.
    pub async fn twin(&self) -> Self {
        self.twin_set_as(&[]).await
    }

    /// Another instance on the same database, with these settings in place of the usual ones.
    pub async fn twin_set_as(&self, settings: &[(&str, &str)]) -> Self {
        let db = Db::connect(self.database.app.clone()).await.expect("portal_app may log in");
        Self::on_set_as(db, self.database.clone(), settings).await
    }

    async fn on(db: Db, database: Arc<Database>) -> Self {
        Self::on_set_as(db, database, &[]).await
    }

    async fn on_set_as(db: Db, database: Arc<Database>, others: &[(&str, &str)]) -> Self {
        // The least cost: what is tested is who gets in, not how long it takes.
        let mut settings = BTreeMap::from([
            ("PORTAL_BASE_URL", BASE_URL),
            ("PORTAL_PASSWORD_COST", "low"),
            ("PORTAL_SMTP_URL", "smtp://127.0.0.1:1"),
            ("PORTAL_MAIL_FROM", "Interviews <interviews@example.org>"),
            ("PORTAL_SECRET_KEY", SECRET_KEY),
        ]);
        settings.extend(others.iter().copied());
        let base_url = settings["PORTAL_BASE_URL"];
        // Left out, as far as the portal can tell.
        settings.retain(|_, value| !value.is_empty());
        let own = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = Config::from(own, None).expect("these settings are good");
        let pages = publish::load(&db, base_url).await.expect("something is published");
        let shelf = Shelf::new(pages);
        let now = Clock::System.now();
        let clock = Clock::fixed(now);
        let objects = Objects::at(&Place::Folder(database.objects.path().to_owned()), now)
            .expect("the folder is ours");
        let app = App::new(&config, clock.clone(), db.clone(), shelf.clone(), objects.clone());
        let (front, routes) = app.service();
        Self { db, database, shelf, routes, clock, objects, front }
    }

    /// Follows publications until the returned task is dropped or aborted.
    pub fn follow(&self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(publish::follow(self.db.clone(), BASE_URL.to_owned(), self.shelf.clone()))
    }

    /// Serves this portal on a free port for as long as the calling test runs; its base address.
    pub async fn serve(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(portal::web::serve::run(listener, self.front.clone(), std::future::pending()));
        format!("http://{address}")
    }

    pub async fn sync(&self, dir: &Path) -> Result<Report, String> {
        sync(&self.db, dir).await
    }

    pub async fn get(&self, address: &str) -> Answer {
        self.send(Method::GET, address, HeaderMap::new()).await
    }

    /// The body of a page that has to be there.
    pub async fn page(&self, address: &str) -> String {
        let answer = self.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "GET {address}");
        answer.text()
    }

    pub async fn send(&self, method: Method, address: &str, headers: HeaderMap) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header("host", "portal.test")
            .body(Body::empty())
            .expect("the request is well formed");
        request.headers_mut().extend(headers);
        let response =
            self.front.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("bodies are in memory").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A browser of its own, which nobody has signed in with.
    pub fn browser(&self) -> Browser {
        Browser::new(self.front.clone())
    }

    /// A browser in which somebody with these roles is signed in.
    pub async fn signed_in(&self, roles: &[Role]) -> Browser {
        let email = Email::parse(&format!("{}@example.org", uuid::Uuid::new_v4())).unwrap();
        let now = self.clock.now();
        let roles = Roles::new(roles.iter().copied()).expect("these roles stand together");
        let ends_at = roles.has(Role::External).then(|| now + SignedDuration::from_hours(24));
        let new = NewAccount { email, name: "Maya Okafor".into(), roles, ends_at };
        let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("tests"), &())
            .expect("tests may manage people");
        let mut tx = self.db.begin().await.unwrap();
        let id = accounts::add(&mut tx, &allowed, &new, now).await.unwrap();
        accounts::accept(&mut tx, id, &new.name, "Europe/Paris", None, now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
        self.browser_of(id).await
    }

    /// Another browser in which the owner of this account is signed in, just now.
    pub async fn browser_of(&self, id: AccountId) -> Browser {
        let now = self.clock.now();
        let mut tx = self.db.begin().await.unwrap();
        let (token, secret) = (Token::new(), Token::new());
        let known = sessions::Browser { device: "Firefox on Linux", secret: secret.hash() };
        sessions::start(&mut tx, (id, By::Invitation), token.hash(), known, now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
        let mut browser = self.browser();
        browser.set("__Host-session", token.expose());
        browser.account = Some(id);
        browser
    }

    /// Signs the owner of this address in with another browser.
    pub async fn session_elsewhere(&self, email: &str) {
        let id: AccountId = sqlx::query_scalar("select account_id from account where email = $1")
            .bind(email)
            .fetch_one(&self.owner().await)
            .await
            .expect("there is such an account");
        let (token, secret) = (Token::new(), Token::new());
        let known = sessions::Browser { device: "Chrome on Android", secret: secret.hash() };
        let mut tx = self.db.begin().await.unwrap();
        sessions::start(&mut tx, (id, By::Password), token.hash(), known, self.clock.now())
            .await
            .unwrap();
        let _kept = tx.commit().await.unwrap();
    }

    /// A fresh link of `purpose`, as mail would carry it.
    pub async fn link(&self, purpose: Purpose, account: Option<AccountId>) -> String {
        let token = Token::new();
        let mut tx = self.db.begin().await.unwrap();
        let lasts = SignedDuration::from_hours(1);
        tokens::keep(&mut tx, token.hash(), purpose, account, lasts, self.clock.now())
            .await
            .unwrap();
        let _kept = tx.commit().await.unwrap();
        token.expose().to_owned()
    }

    /// The stage of this track whose document's path ends like this.
    pub async fn stage(&self, track: &str, document: &str) -> StageId {
        let mut tx = self.db.begin_reading().await.unwrap();
        let stages = recipes::list(&mut tx).await.unwrap();
        let mut of_track = stages.into_iter().filter(|stage| stage.track_slug == track);
        of_track.find(|stage| stage.document.ends_with(document)).expect("there is one").stage
    }

    /// Another portal on a copy of this one's database, at the same time.
    pub async fn copy(&self) -> Self {
        let database = copy(&self.database).await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        let copy = Self::on(db, database.into()).await;
        copy.clock.set(self.clock.now());
        copy
    }

    /// The same browser at this portal.
    pub fn same(&self, browser: &Browser) -> Browser {
        browser.at(self.front.clone())
    }

    /// Connected as the owner, to look where the application may not.
    pub async fn owner(&self) -> PgPool {
        PgPool::connect_with(self.database.owner.clone()).await.expect("the owner may log in")
    }
}

async fn sync(db: &Db, dir: &Path) -> Result<Report, String> {
    let tree = folder::read(dir).map_err(|refused| refused.to_string())?;
    let allowed =
        Allowed::<MayPublish>::ask(&Viewer::System("tests"), &()).expect("tests may publish");
    let synced = publish::sync(db, &Clock::System, BASE_URL, &allowed, tree, "test").await;
    synced.map(|(_committed, report)| report).map_err(|error| error.to_string())
}
