//! "Confirm it is you": what only somebody may do who proved who they are not long ago, so that a browser
//! which was left open is no way to it.
//!
//! A route for it is added by [`super::routes::Routes::confirmed`]; store functions that must not be
//! reached otherwise take `&Fresh<C>`.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::allowed::{Allowed, Asked, Viewer};
use super::error::Failure;
use super::now::Now;
use super::routes::{ConfirmedAt, Granted};
use crate::clock::{SignedDuration, Timestamp};

/// How long a proof of who one is counts as fresh.
pub const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// A capability of somebody who proved who they are within [`LASTS`].
#[derive(Debug)]
pub struct Fresh<C>(Allowed<C>);

/// Whether `viewer` proved within [`LASTS`] who they are.
pub fn is_fresh(viewer: &Viewer, now: Timestamp) -> bool {
    viewer.person().is_some_and(|person| now.duration_since(person.proved_at) < LASTS)
}

impl<C> Deref for Fresh<C> {
    type Target = Allowed<C>;

    fn deref(&self) -> &Allowed<C> {
        &self.0
    }
}

/// What the route's guard was given. Whoever has to confirm goes on at the page the route names.
impl<S: Send + Sync, C: Asked<S> + Sync> FromRequestParts<S> for Fresh<C> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        if let Some(granted) = Granted::take(parts) {
            return Ok(granted);
        }
        let allowed = Allowed::<C>::from_request_parts(parts, state).await?;
        let Now(now) = Now::from_request_parts(parts, state).await?;
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        if is_fresh(&viewer, now) {
            Ok(Self(allowed))
        } else {
            Err(Failure::ConfirmFirst(ConfirmedAt::of(parts)))
        }
    }
}
