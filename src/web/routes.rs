//! Routers that remember what they route: the access test walks this table and fails on a route it
//! does not know.
//!
//! A private route is added together with the capability that guards it, and the guard is put before
//! its handler right here: a handler that forgets to ask is still not reached.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter};
use http::request::Parts;
use http::{Method, StatusCode};
use tower_http::timeout::TimeoutLayer;

use super::allowed::{Allowed, Asked, Capability, OfViewer};
use super::error::Failure;
use super::proof::Fresh;
use super::viewer::Viewer;

/// How long a request may take, where its route does not say otherwise.
const WITHIN: Duration = Duration::from_secs(30);

/// One route as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub audience: Audience,
    /// Whether who asks must have proved not long ago who they are.
    pub wants_proof: bool,
    /// Whether what is sent is too large to be held in memory.
    pub is_large: bool,
}

/// Routes whose handlers read what is sent by themselves, and ask again who sent it once all of it is here.
#[derive(Clone, Debug, Default)]
pub struct Large(pub Arc<[&'static str]>);

impl Large {
    pub fn of(table: &[Route]) -> Self {
        Self(table.iter().filter(|route| route.is_large).map(|route| route.path).collect())
    }
}

/// Who a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Anyone, signed in or not.
    Public,
    /// Programs that watch this instance: health checks, metrics.
    Machine,
    /// Whoever is granted the capability of this name.
    Holders(&'static str),
}

/// A link for those who may follow it, in one of the menus.
#[derive(Clone, Copy, Debug)]
pub struct BarItem {
    pub menu: Menu,
    pub title: &'static str,
    pub href: &'static str,
    pub shows: fn(&Viewer) -> bool,
}

/// Where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// In the bar of every page.
    Bar,
    /// Above every page of settings.
    Settings,
}

/// A router under construction with the table of its routes.
#[derive(Debug)]
pub struct Routes<S> {
    router: Router<S>,
    table: Vec<Route>,
    bar: Vec<BarItem>,
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self { router: Router::new(), table: Vec::new(), bar: Vec::new() }
    }
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// Adds a page or resource that is read. `HEAD` comes with it.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.route(Method::GET, path, audience, axum::routing::get(handler))
    }

    /// Adds what anybody may send: a form that has to be open to those who have not signed in.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, audience: Audience, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.route(Method::POST, path, audience, axum::routing::post(handler))
    }

    /// Adds a route that only holders of `C` reach.
    #[must_use]
    pub fn guarded<C, H, T>(self, method: Method, path: &'static str, handler: H) -> Self
    where
        C: Asked<S> + Sync,
        H: Handler<T, S>,
        T: 'static,
    {
        let guarded = Guarded::<Allowed<C>, H>::new(handler, path);
        self.private::<C, _, _>((WITHIN, method, path), guarded, false)
    }

    /// The same for sending what is too large for memory, which may take as long as `within`. Other forms are here
    /// as a whole before it is asked who sent them; this handler asks again once it has read its own.
    #[must_use]
    pub fn large<C, H, T>(
        self,
        within: Duration,
        method: Method,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        C: Asked<S> + Sync,
        H: Handler<T, S>,
        T: 'static,
    {
        let guarded = Guarded::<Allowed<C>, H>::new(handler, path);
        self.private::<C, _, _>((within, method, path), guarded, false)
    }

    /// Adds a route that only holders of `C` reach who proved not long ago who they are. Others are asked
    /// to confirm it, and go on at the page `next`, which stands above the route or at its own path.
    #[must_use]
    pub fn confirmed<C, H, T>(
        self,
        method: Method,
        path: &'static str,
        next: &'static str,
        handler: H,
    ) -> Self
    where
        C: Asked<S> + Sync,
        H: Handler<T, S>,
        T: 'static,
    {
        assert!(path.starts_with(next), "{next} does not stand above {path}");
        let guarded = Guarded::<Fresh<C>, H>::new(handler, next);
        self.private::<C, _, _>((WITHIN, method, path), guarded, true)
    }

    fn private<C, H, T>(
        self,
        (within, method, path): (Duration, Method, &'static str),
        handler: H,
        wants_proof: bool,
    ) -> Self
    where
        C: Capability,
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method with a filter");
        let handler = axum::routing::on(filter, handler);
        let audience = Audience::Holders(capability::<C>());
        let is_large = within > WITHIN;
        self.record(within, Route { method, path, audience, wants_proof, is_large }, handler)
    }

    /// Puts a link to a page into the bar of everybody who holds `C`. Links stand in the order in
    /// which they are added.
    #[must_use]
    pub fn in_bar<C: OfViewer>(self, title: &'static str, href: &'static str) -> Self {
        self.in_menu::<C>(Menu::Bar, title, href)
    }

    /// Puts a link to a page of settings above all of them, for everybody who holds `C`.
    #[must_use]
    pub fn in_settings<C: OfViewer>(self, title: &'static str, href: &'static str) -> Self {
        self.in_menu::<C>(Menu::Settings, title, href)
    }

    fn in_menu<C: OfViewer>(mut self, menu: Menu, title: &'static str, href: &'static str) -> Self {
        let shows: fn(&Viewer) -> bool =
            |viewer| viewer.person().is_some() && Allowed::<C>::ask(viewer, &()).is_some();
        self.bar.push(BarItem { menu, title, href, shows });
        self
    }

    fn route(
        self,
        method: Method,
        path: &'static str,
        audience: Audience,
        handler: MethodRouter<S>,
    ) -> Self {
        let (wants_proof, is_large) = (false, false);
        self.record(WITHIN, Route { method, path, audience, wants_proof, is_large }, handler)
    }

    fn record(mut self, within: Duration, route: Route, handler: MethodRouter<S>) -> Self {
        let within = TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, within);
        self.router = self.router.route(route.path, handler.layer(within));
        self.table.push(route);
        self
    }

    /// Both routers' routes in one.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self.bar.extend(other.bar);
        self
    }

    /// The router, what it routes, and the links of the bar.
    pub fn finish(self) -> (Router<S>, Vec<Route>, Vec<BarItem>) {
        (self.router, self.table, self.bar)
    }
}

/// A handler with the guard `G` before it, which is asked once: what it grants is what the handler takes.
struct Guarded<G, H> {
    handler: H,
    /// Where who has to confirm goes on.
    next: ConfirmedAt,
    guard: PhantomData<fn() -> G>,
}

impl<G, H> Guarded<G, H> {
    fn new(handler: H, next: &'static str) -> Self {
        Self { handler, next: ConfirmedAt(next), guard: PhantomData }
    }
}

impl<G, H: Clone> Clone for Guarded<G, H> {
    fn clone(&self) -> Self {
        Self { handler: self.handler.clone(), next: self.next, guard: PhantomData }
    }
}

impl<G, H, T, S> Handler<(PhantomData<G>, T), S> for Guarded<G, H>
where
    G: FromRequestParts<S, Rejection = Failure> + Send + 'static,
    H: Handler<T, S>,
    S: Clone + Send + Sync + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, state: S) -> Self::Future {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(self.next);
            match G::from_request_parts(&mut parts, &state).await {
                Ok(granted) => {
                    parts.extensions.insert(Granted::new(granted));
                    self.handler.call(Request::from_parts(parts, body), state).await
                }
                Err(failure) => failure.into_response(),
            }
        })
    }
}

/// What a guard granted, on its way to the handler.
pub(super) struct Granted<G>(Arc<Mutex<Option<G>>>);

impl<G> Clone for Granted<G> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<G: Send + 'static> Granted<G> {
    fn new(granted: G) -> Self {
        Self(Arc::new(Mutex::new(Some(granted))))
    }

    /// What was granted, the first time it is asked for.
    pub(super) fn take(parts: &Parts) -> Option<G> {
        let granted: &Self = parts.extensions.get()?;
        granted.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The page at which one goes on after confirming that it is oneself, as its route is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConfirmedAt(&'static str);

impl ConfirmedAt {
    /// That page, for this request: as much of its own path as the page's has segments.
    pub(super) fn of(parts: &Parts) -> String {
        let path = parts.uri.path();
        let Some(Self(page)) = parts.extensions.get() else { return path.to_owned() };
        let segments = page.matches('/').count();
        let end = path.match_indices('/').nth(segments).map_or(path.len(), |(at, _)| at);
        path[..end].to_owned()
    }
}

/// The name of a capability, as in `MayManagePeople`.
fn capability<C: Capability>() -> &'static str {
    let name = std::any::type_name::<C>();
    name.rsplit("::").next().unwrap_or(name)
}
