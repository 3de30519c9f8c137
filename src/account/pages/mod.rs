//! The pages of this room, one file each, and what they share.

pub mod bearer;
pub mod by_link;
pub mod calendar;
pub mod confirm;
pub mod email;
pub mod email_link;
pub mod entering;
pub mod gone;
pub mod invitation;
pub mod invite;
pub mod invite_many;
pub mod invited;
pub mod link;
pub mod own;
pub mod passkeys;
pub mod people;
pub mod person;
pub mod privacy;
pub mod provider;
mod proving;
pub mod recognise;
pub mod recovery;
pub mod reset;
pub mod returned;
pub mod second;
pub mod security;
pub mod sessions;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod tabs;
pub mod tokens;
pub mod totp;

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;

use crate::account::{Accounts, passwords};
use crate::clock::Timestamp;
use crate::web::error::Failure;
use crate::web::front::Peer;
use crate::web::now::Now;
use crate::web::page::page;

/// The circumstances of a request that signs somebody in.
#[derive(Debug)]
pub struct Visit {
    pub now: Timestamp,
    pub headers: HeaderMap,
    pub peer: Option<Peer>,
}

impl Visit {
    /// Where the request comes from.
    pub(super) fn address(&self, room: &Accounts) -> Option<IpAddr> {
        self.peer.map(|peer| room.proxies.client(peer.0.ip(), &self.headers))
    }
}

/// Where an address asks to go on to, `?next=…`; empty when it does not.
fn next_of(query: Option<String>) -> String {
    let query = query.unwrap_or_default();
    let mut asked = form_urlencoded::parse(query.as_bytes());
    asked.find(|(name, _)| name == "next").map(|(_, next)| next.into_owned()).unwrap_or_default()
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
