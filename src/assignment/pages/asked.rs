//! The facts of this room's capabilities, found by the ids in a request's address.

use std::str::FromStr;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::assignment::access::{
    Given, MayRunApplication, MaySeeApplication, MayTakeAssignment, Parties,
};
use crate::assignment::store::{applications, assignments};
use crate::db::Db;
use crate::web::allowed::Asked;
use crate::web::error::Failure;

/// The id in the address.
async fn id_of<T: FromStr, S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<T, Failure> {
    let params = RawPathParams::from_request_parts(parts, state).await;
    let params = params.map_err(|_| Failure::NotFound)?;
    let id = params.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok());
    id.ok_or(Failure::NotFound)
}

async fn parties<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Parties, Failure>
where
    Db: FromRef<S>,
{
    let id = id_of(parts, state).await?;
    applications::facts(&Db::from_ref(state), id).await?.ok_or(Failure::NotFound)
}

impl<S: Send + Sync> Asked<S> for MaySeeApplication
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Parties, Failure> {
        parties(parts, state).await
    }
}

impl<S: Send + Sync> Asked<S> for MayRunApplication
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Parties, Failure> {
        parties(parts, state).await
    }
}

impl<S: Send + Sync> Asked<S> for MayTakeAssignment
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Given, Failure> {
        let id = id_of(parts, state).await?;
        assignments::facts(&Db::from_ref(state), id).await?.ok_or(Failure::NotFound)
    }
}
