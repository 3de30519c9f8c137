//! What stands before the router: finished pages are answered from memory right here, so that none
//! of what dynamic pages need (routing, timeouts, panics, error pages) is paid for by them.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use futures_util::future::Either;
use http::Method;
use tower::Service;

use super::observe::{RequestId, record};
use super::shelf::Shelf;

/// The other end of the connection a request came by: a proxy, where there is one.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The whole site as a service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Front {
    shelf: Shelf,
    router: Router,
    peer: Option<Peer>,
}

impl Front {
    pub fn new(shelf: Shelf, router: Router) -> Self {
        Self { shelf, router, peer: None }
    }

    /// This service for one connection, from `peer`.
    pub fn of(&self, peer: SocketAddr) -> Self {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        Self { peer: Some(Peer(peer)), ..self.clone() }
    }

    /// The answer, if the request is for a finished page.
    fn answer<B>(&self, request: &http::Request<B>) -> Option<Response> {
        let method = request.method();
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let began = Instant::now();
        let pages = self.shelf.pages();
        let shelved = pages.find(request.uri())?;
        let id = RequestId::new();
        let mut response = shelved.page.answer(method, request.headers());
        id.mark(&mut response);
        let took = began.elapsed();
        shelved.meter.count(response.status(), took);
        record(method, shelved.meter.route(), response.status(), took, id);
        Some(response)
    }
}

impl<B> Service<http::Request<B>> for Front
where
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<axum::BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<Ready<Result<Response, Infallible>>, RouteFuture<Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        if let Some(response) = self.answer(&request) {
            return Either::Left(ready(Ok(response)));
        }
        let mut request: Request = request.map(Body::new);
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(peer);
        }
        Either::Right(self.router.call(request))
    }
}
