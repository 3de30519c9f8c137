//! The pages of this room, one file each, and what they share.

pub mod by_link;
pub mod entering;
pub mod gone;
pub mod invitation;
pub mod invite;
pub mod invite_many;
pub mod link;
pub mod own;
pub mod people;
pub mod person;
pub mod privacy;
pub mod recognise;
pub mod reset;
pub mod security;
pub mod sessions;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod tabs;

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{Html, IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode};

use crate::account::passwords;
use crate::clock::Timestamp;
use crate::web::error::Failure;
use crate::web::front::Peer;
use crate::web::now::Now;

/// A page that was rendered, with its status.
fn page(status: StatusCode, page: &impl Template) -> Result<Response, Failure> {
    Ok((status, Html(page.render()?)).into_response())
}

/// The circumstances of a request that signs somebody in.
#[derive(Debug)]
pub struct Visit {
    pub now: Timestamp,
    pub headers: HeaderMap,
    pub peer: Option<Peer>,
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Now(now) = Now::from_request_parts(parts, state).await?;
        let peer = parts.extensions.get().copied();
        Ok(Self { now, headers: parts.headers.clone(), peer })
    }
}

impl From<passwords::Error> for Failure {
    fn from(error: passwords::Error) -> Self {
        match error {
            passwords::Error::Busy => Self::Busy,
            passwords::Error::Hash(_) => Self::Broken(Box::new(error)),
        }
    }
}

impl From<Infallible> for Failure {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
