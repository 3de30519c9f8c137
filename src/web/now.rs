//! The time of a request: one for all of it, taken when its head had arrived.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::Failure;
use crate::clock::Timestamp;

/// When the request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now(pub Timestamp);

impl<S: Sync> FromRequestParts<S> for Now {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let missing = || Failure::Broken("no layer has set the time of this request".into());
        parts.extensions.get().copied().ok_or_else(missing)
    }
}
