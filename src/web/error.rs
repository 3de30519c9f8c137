//! What a handler returns when it cannot show its page.
//!
//! A failure is turned into a page by the error layer of the site room, which has the layout; this
//! only says which. The cause of what is broken travels to the log, with the incident's id.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::observe::Cause;

/// Why there is no page.
#[derive(Debug)]
pub enum Failure {
    /// Nothing is here that this viewer may know of.
    NotFound,
    /// Who asks has not signed in; whether there is anything here is not said.
    SignInFirst,
    /// Who asks has to enrol a second factor before anything else.
    EnrolFirst,
    /// Who asks has to confirm first that it is them, and goes on at this address.
    ConfirmFirst(String),
    /// A program is told what is wrong with how it asks.
    Program(StatusCode, &'static str),
    /// Too much is asked at once; try again soon.
    Busy,
    /// The database does not answer; try again soon.
    Unavailable(sqlx::Error),
    /// Something broke. The cause is for the log, never for the viewer.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Program(status, reason) => return for_program(*status, reason),
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInFirst => StatusCode::UNAUTHORIZED,
            Self::EnrolFirst | Self::ConfirmFirst(_) => StatusCode::FORBIDDEN,
            Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = status.into_response();
        let cause = match &self {
            Self::NotFound | Self::SignInFirst | Self::Program(..) | Self::Busy => None,
            Self::EnrolFirst | Self::ConfirmFirst(_) => None,
            Self::Unavailable(cause) => Some(chain(cause)),
            Self::Broken(cause) => Some(chain(cause.as_ref())),
        };
        if let Some(cause) = cause {
            response.extensions_mut().insert(Cause(cause.into()));
        }
        match self {
            Self::EnrolFirst => _ = response.extensions_mut().insert(First::Enrol),
            Self::ConfirmFirst(next) => _ = response.extensions_mut().insert(First::Confirm(next)),
            _ => {}
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Marks an answer that a program reads as it is: no page is made of it.
#[derive(Clone, Copy, Debug)]
pub struct ForProgram;

fn for_program(status: StatusCode, reason: &'static str) -> Response {
    let mut response = (status, format!("{reason}\n")).into_response();
    response.extensions_mut().insert(ForProgram);
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        // RFC 6750 §3.
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        headers.insert(header::WWW_AUTHENTICATE, challenge);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    response
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let away = match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => true,
            sqlx::Error::Database(inner) => {
                inner.code().is_some_and(|code| AWAY.iter().any(|away| code.starts_with(away)))
            }
            _ => false,
        };
        if away { Self::Unavailable(error) } else { Self::Broken(Box::new(error)) }
    }
}

/// Marks an answer on its way to the layer that knows the pages: what has to be done before.
#[derive(Clone, Debug)]
pub enum First {
    Enrol,
    /// And then one goes on at this address.
    Confirm(String),
}

/// Classes of SQLSTATE by which a server says that it is not to be had now: the connection is gone,
/// it is out of resources, it takes no connections, it is being stopped; or two transactions were in each
/// other's way and one had to go (40001, 40P01).
const AWAY: [&str; 5] = ["08", "40", "53", "55000", "57P"];

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        Self::Broken(Box::new(error))
    }
}

/// An error with its causes, for the log.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
