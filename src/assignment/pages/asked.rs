//! The facts of this room's capabilities, found by the ids in a request's address.

use std::str::FromStr;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::assignment::access::{
    Given, Kept, Looks, MayAnswer, MayHandOver, MayRunApplication, MaySeeApplication,
    MaySeeIdentity, MaySit, MayTakeAssignment, Parties, Seated,
};
use crate::assignment::store::{applications, assignments, handing_over, identity, seats};
use crate::db::Db;
use crate::web::allowed::{Asked, Viewer};
use crate::web::error::Failure;
use crate::web::now::Now;

/// The id in the address.
pub async fn id_of<T: FromStr, S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<T, Failure> {
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

/// What there is to know of an application; none where there is no such one.
impl<S: Send + Sync> Asked<S> for MaySeeIdentity
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Looks>, Failure> {
        let id = id_of(parts, state).await?;
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        let Some(person) = viewer.person() else { return Ok(None) };
        Ok(identity::facts(&Db::from_ref(state), id, person.account).await?)
    }
}

/// What there is to know of an application; none where there is no such one.
impl<S: Send + Sync> Asked<S> for MayHandOver
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Kept>, Failure> {
        let id = id_of(parts, state).await?;
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        let Now(now) = Now::from_request_parts(parts, state).await?;
        let Some(person) = viewer.person() else { return Ok(None) };
        Ok(handing_over::facts(&Db::from_ref(state), id, person.account, now).await?)
    }
}

/// What whoever asks sits or sat on the panel of.
impl<S: Send + Sync> Asked<S> for MayAnswer
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Given>, Failure> {
        let id = id_of(parts, state).await?;
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        let Some(person) = viewer.person() else { return Ok(None) };
        Ok(seats::ever(&Db::from_ref(state), id, person.account).await?)
    }
}

/// The seat of whoever asks. Where there is none it is the same as where there is no assignment.
impl<S: Send + Sync> Asked<S> for MaySit
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Seated>, Failure> {
        let id = id_of(parts, state).await?;
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        let Some(person) = viewer.person() else { return Ok(None) };
        Ok(seats::facts(&Db::from_ref(state), id, person.account).await?)
    }
}
