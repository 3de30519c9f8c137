//! The facts of this room's capabilities, found by the ids in a request's address.

use axum::extract::FromRef;
use http::request::Parts;

use crate::assignment::access::Given;
use crate::assignment::pages::asked::id_of;
use crate::assignment::store::assignments;
use crate::db::Db;
use crate::review::access::{MayDebrief, MayKeepNotes, MayOrderOpening};
use crate::submission::access::Looking;
use crate::submission::pages::asked::looking;
use crate::web::allowed::Asked;
use crate::web::error::Failure;

async fn given<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Given, Failure>
where
    Db: FromRef<S>,
{
    let id = id_of(parts, state).await?;
    assignments::facts(&Db::from_ref(state), id).await?.ok_or(Failure::NotFound)
}

impl<S: Send + Sync> Asked<S> for MayDebrief
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Given, Failure> {
        given(parts, state).await
    }
}

impl<S: Send + Sync> Asked<S> for MayOrderOpening
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Given, Failure> {
        given(parts, state).await
    }
}

impl<S: Send + Sync> Asked<S> for MayKeepNotes
where
    Db: FromRef<S>,
{
    async fn facts(parts: &mut Parts, state: &S) -> Result<Option<Looking>, Failure> {
        looking(parts, state).await
    }
}
