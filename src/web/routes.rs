//! Routers that remember what they route: the access test walks this table and fails on a route it
//! does not know.
//!
//! A private route is added together with the capability that guards it, and the guard is put before
//! its handler right here: a handler that forgets to ask is still not reached.

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use http::Method;

use super::allowed::{Allowed, Capability, OfViewer};
use super::error::Failure;
use super::viewer::Viewer;

/// One route as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub audience: Audience,
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
        C: OfViewer,
        H: Handler<T, S>,
        T: 'static,
    {
        let filter = MethodFilter::try_from(method.clone()).expect("a method with a filter");
        let handler = axum::routing::on(filter, handler).route_layer(from_fn(guard::<C>));
        self.route(method, path, Audience::Holders(capability::<C>()), handler)
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
        mut self,
        method: Method,
        path: &'static str,
        audience: Audience,
        handler: MethodRouter<S>,
    ) -> Self {
        self.router = self.router.route(path, handler);
        self.table.push(Route { method, path, audience });
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

/// Stands before a guarded route.
async fn guard<C: OfViewer>(
    _: Allowed<C>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    Ok(next.run(request).await)
}

/// The name of a capability, as in `MayManagePeople`.
fn capability<C: Capability>() -> &'static str {
    let name = std::any::type_name::<C>();
    name.rsplit("::").next().unwrap_or(name)
}
