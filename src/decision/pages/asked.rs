//! The facts of this room's capabilities, found by the ids in a request's address.

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::assignment::access::Given;
use crate::assignment::store::assignments;
use crate::db::Db;
use crate::decision::access::MayDecide;
use crate::web::allowed::Asked;
use crate::web::error::Failure;

impl<S: Send + Sync> Asked<S> for MayDecide
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Given, Failure> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Failure::NotFound)?;
        let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok());
        let id = id.ok_or(Failure::NotFound)?;
        assignments::facts(&Db::from_ref(state), id).await?.ok_or(Failure::NotFound)
    }
}
