//! The facts of this room's capabilities, found by the ids in a request's address.

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::assignment::access::Given;
use crate::assignment::pages::asked::id_of;
use crate::assignment::store::assignments;
use crate::db::Db;
use crate::decision::access::{MayDecide, MayFollowOffer, Offered};
use crate::decision::store::offers;
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

impl<S: Send + Sync> Asked<S> for MayFollowOffer
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Offered, Failure> {
        let id = id_of(parts, state).await?;
        offers::facts(&Db::from_ref(state), id).await?.ok_or(Failure::NotFound)
    }
}
