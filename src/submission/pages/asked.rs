//! The facts of this room's capabilities, found by the ids in a request's address.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;

use crate::assignment::pages::asked::id_of;
use crate::db::Db;
use crate::submission::access::{Assessing, Looking, MayAssess, MaySeeWork};
use crate::submission::store::{assessments, work};
use crate::web::allowed::{Asked, Viewer};
use crate::web::error::Failure;
use crate::web::now::Now;

/// The work of the assignment in the address, and the seat of whoever asks. Where there is nothing to see it is
/// the same as where there is no assignment.
impl<S: Send + Sync> Asked<S> for MaySeeWork
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Looking>, Failure> {
        looking(parts, state).await
    }
}

/// The firm of the stage in the address. Where it is with none it is the same as where there is no stage.
impl<S: Send + Sync> Asked<S> for MayAssess
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Assessing>, Failure> {
        let id = id_of(parts, state).await?;
        let Now(now) = Now::from_request_parts(parts, state).await?;
        Ok(assessments::facts(&Db::from_ref(state), id, now).await?)
    }
}

/// The same for whoever asks another rule about it.
pub async fn looking<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Option<Looking>, Failure>
where
    Db: FromRef<S>,
{
    let id = id_of(parts, state).await?;
    let viewer = match Viewer::from_request_parts(parts, state).await {
        Ok(viewer) => viewer,
        Err(never) => match never {},
    };
    let Now(now) = Now::from_request_parts(parts, state).await?;
    let Some(person) = viewer.person() else { return Ok(None) };
    Ok(work::facts(&Db::from_ref(state), id, person.account, now).await?)
}
