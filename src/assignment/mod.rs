//! Assignments: a stage of a track that was given to a candidate, from the giving to the decision, and the
//! clock that runs on it.

pub mod lifecycle;
pub mod model;
