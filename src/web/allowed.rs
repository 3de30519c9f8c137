//! Capabilities: proof that a rule let a viewer do something (DESIGN §7).
//!
//! A capability is a type in its room's `access.rs` with private fields, so that only the rule there
//! can make one. Store functions on private data take `&Allowed<It>` and bind ids from it.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::error::Failure;
use super::routes::Granted;
pub use super::viewer::Viewer;

/// Something a viewer may be allowed to do.
pub trait Capability: Sized + Send + 'static {
    /// What the rule has to know besides the viewer.
    type Facts: Send;

    /// Whether people are meant, who can sign in to get it; programs are only turned away.
    const FOR_PEOPLE: bool = true;

    /// Whether it is held even by somebody who has to enrol a second factor first
    /// ([`super::viewer::Person::must_enrol`]).
    const BEFORE_ENROLMENT: bool = false;

    /// Whether a program may use it that holds a token of somebody who may. It takes a browser unless it
    /// is said here; what would let a program keep or widen what it has (its owner's account, other
    /// people's, the settings) always does.
    const FOR_TOKENS: bool = false;

    /// The capability, if the rule grants it. Pure.
    fn grant(viewer: &Viewer, facts: &Self::Facts) -> Option<Self>;
}

/// A capability that was granted.
#[derive(Debug)]
pub struct Allowed<C>(C);

impl<C: Capability> Allowed<C> {
    /// Asks the rule. Whoever has to enrol a second factor first holds nothing else, by whatever way
    /// they come.
    pub fn ask(viewer: &Viewer, facts: &C::Facts) -> Option<Self> {
        let waits = viewer.must_enrol() && !C::BEFORE_ENROLMENT;
        let is_program = viewer.is_program() && !C::FOR_TOKENS;
        if waits || is_program { None } else { C::grant(viewer, facts).map(Self) }
    }
}

impl<C> Deref for Allowed<C> {
    type Target = C;

    fn deref(&self) -> &C {
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

/// A capability that depends on nothing but who asks. Its facts are in every request.
pub trait OfViewer: Capability<Facts = ()> {}

impl<S: Sync, C: OfViewer> Asked<S> for C {
    async fn facts(_: &mut Parts, _: &S) -> Result<(), Failure> {
        Ok(())
    }
}

/// A handler that takes `Allowed<C>` is reached only when the rule grants `C`. To everyone else the
/// address does not exist; who has not signed in, or not enrolled, is asked to. The rule is asked once, by
/// the route's guard if it is recorded with `C`.
impl<S: Send + Sync, C: Asked<S>> FromRequestParts<S> for Allowed<C> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        if let Some(granted) = Granted::take(parts) {
            return Ok(granted);
        }
        let viewer = match Viewer::from_request_parts(parts, state).await {
            Ok(viewer) => viewer,
            Err(never) => match never {},
        };
        if viewer.must_enrol() && !C::BEFORE_ENROLMENT {
            return Err(Failure::EnrolFirst);
        }
        let facts = C::facts(parts, state).await?;
        Self::ask(&viewer, &facts).ok_or(match viewer {
            Viewer::Anonymous if C::FOR_PEOPLE => Failure::SignInFirst,
            _ => Failure::NotFound,
        })
    }
}
