//! Capabilities: proof that a rule let a viewer do something (DESIGN §7).
//!
//! A capability is a type in its room's `access.rs` with private fields, so that only the rule there
//! can make one. Store functions on private data take `&Allowed<It>` and bind ids from it.

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::Failure;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody who has not signed in.
    Anonymous,
    /// The portal itself, in a job or a command, for a reason that can be read in the audit log.
    System(&'static str),
}

/// Something a viewer may be allowed to do.
pub trait Capability: Sized + Send + 'static {
    /// What the rule has to know besides the viewer.
    type Facts: Send;

    /// The capability, if the rule grants it. Pure.
    fn grant(viewer: &Viewer, facts: &Self::Facts) -> Option<Self>;
}

/// A capability that was granted.
#[derive(Debug)]
pub struct Allowed<C>(C);

impl<C: Capability> Allowed<C> {
    /// Asks the rule.
    pub fn ask(viewer: &Viewer, facts: &C::Facts) -> Option<Self> {
        C::grant(viewer, facts).map(Self)
    }

    pub fn capability(&self) -> &C {
        &self.0
    }
}

/// A capability whose facts can be found in a request.
pub trait Asked<S>: Capability {
    fn facts(
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<Self::Facts, Failure>> + Send;
}

/// A handler that takes `Allowed<C>` is reached only when the rule grants `C`. To everyone else the
/// address does not exist.
impl<S: Send + Sync, C: Asked<S>> FromRequestParts<S> for Allowed<C> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let facts = C::facts(parts, state).await?;
        Self::ask(&Viewer::Anonymous, &facts).ok_or(Failure::NotFound)
    }
}
