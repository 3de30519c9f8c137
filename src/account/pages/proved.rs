//! "Confirm it is you": what only somebody may do who proved who they are in the last ten minutes.
//!
//! Other rooms take [`Proved`] before a deed that a forgotten open browser must not do.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::Method;
use http::request::Parts;

use crate::account::model::PROOF_LASTS;
use crate::account::paths;
use crate::clock::Timestamp;
use crate::web::allowed::Viewer;
use crate::web::error::Failure;
use crate::web::now::Now;

/// Who asks has signed in, and proved it not long ago.
#[derive(Clone, Copy, Debug)]
pub struct Proved(());

/// Why not, as the answer to it.
#[derive(Debug)]
pub enum Unproved {
    /// It has to be confirmed, and goes on from there.
    Confirm(String),
    Failed(Failure),
}

impl Proved {
    /// # Errors
    /// It has to be confirmed first, and then goes on at `next`.
    pub fn ask(viewer: &Viewer, now: Timestamp, next: &str) -> Result<Self, Unproved> {
        let person = viewer.person().ok_or(Unproved::Failed(Failure::SignInFirst))?;
        let is_fresh = now.duration_since(person.proved_at) < PROOF_LASTS;
        if is_fresh { Ok(Self(())) } else { Err(Unproved::Confirm(paths::confirm(next))) }
    }
}

impl IntoResponse for Unproved {
    fn into_response(self) -> Response {
        match self {
            Self::Confirm(href) => Redirect::to(&href).into_response(),
            Self::Failed(failure) => failure.into_response(),
        }
    }
}

/// Whoever reads a page comes back to it; whoever sends a form, to the page it stands on, which is
/// the address above the form's own.
impl<S: Sync> FromRequestParts<S> for Proved {
    type Rejection = Unproved;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Unproved> {
        let Now(now) = Now::from_request_parts(parts, state).await.map_err(Unproved::Failed)?;
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        let next = match parts.method {
            Method::GET | Method::HEAD => {
                parts.uri.path_and_query().map_or("/", |all| all.as_str())
            }
            _ => parts.uri.path().rsplit_once('/').map_or("/", |(above, _)| above),
        };
        Self::ask(&viewer, now, next)
    }
}
