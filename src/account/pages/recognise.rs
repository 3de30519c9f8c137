//! The layer that knows who asks: from a session's cookie, or a program's token, to the [`Viewer`] every
//! handler sees.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode, header};

use crate::account::Accounts;
use crate::account::pages::bearer;
use crate::account::pages::entering::{SESSION, session_cookie};
use crate::account::store::sessions;
use crate::account::token::{Token, TokenHash};
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::now::Now;
use crate::web::routes::Large;
use crate::web::viewer::Viewer;

/// The most that is read of a form, files included, and how long that may take.
const LARGEST_FORM: usize = 2 << 20;
const FORM_TIMEOUT: Duration = Duration::from_secs(30);

/// Whoever has no session that stands goes on as somebody who has not signed in.
pub async fn recognise(
    State(db): State<Db>,
    (State(room), State(large)): (State<Accounts>, State<Large>),
    Now(now): Now,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let peer = request.extensions().get().copied();
    let sent = (request.headers(), peer);
    if let Some(viewer) = bearer::viewer(&db, &room, sent, now).await? {
        request.extensions_mut().insert(viewer);
        return Ok(next.run(request).await);
    }
    let Some(hash) = room.jar.read(request.headers(), SESSION).map(TokenHash::of) else {
        return Ok(next.run(request).await);
    };
    // Who sends a form is asked for once all of it is here: it may take its time, in which they are turned
    // out of their account.
    let is_read_here = is_form(&request) && !is_large(&request, &large);
    let mut request = if is_read_here && sessions::find(&db, hash, now).await?.is_some() {
        match in_memory(request).await {
            Ok(request) => request,
            Err(status) => return Ok(status.into_response()),
        }
    } else {
        request
    };
    let Some(found) = sessions::find(&db, hash, now).await? else {
        return Ok(next.run(request).await);
    };
    let mut renewed = None;
    if found.renew || found.note {
        let token = found.renew.then(Token::new);
        let mut tx = db.begin().await?;
        let noted = sessions::note(&mut tx, hash, token.as_ref().map(Token::hash), now).await?;
        let _kept = tx.commit().await?;
        renewed = token.filter(|_| noted);
    }
    let viewer = Viewer::Person(found.person);
    request.extensions_mut().insert(viewer.clone());
    let mut response = next.run(request).await;
    // For the page that is made where this one failed.
    response.extensions_mut().insert(viewer);
    // Who has just signed out, or in as somebody else, has been given a cookie already.
    if let Some(token) = renewed
        && !room.jar.sets(response.headers(), SESSION)
    {
        response.headers_mut().append(header::SET_COOKIE, session_cookie(room.jar, &token));
    }
    Ok(response)
}

fn is_large(request: &Request, Large(paths): &Large) -> bool {
    let path = request.extensions().get::<MatchedPath>();
    path.is_some_and(|path| paths.contains(&path.as_str()))
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.map(str::to_ascii_lowercase).unwrap_or_default();
    let forms = ["application/x-www-form-urlencoded", "multipart/form-data"];
    request.method() == Method::POST && forms.iter().any(|form| kind.starts_with(form))
}

/// The request with all of its body here.
async fn in_memory(request: Request) -> Result<Request, StatusCode> {
    let (parts, body) = request.into_parts();
    match tokio::time::timeout(FORM_TIMEOUT, to_bytes(body, LARGEST_FORM)).await {
        Ok(Ok(bytes)) => Ok(Request::from_parts(parts, Body::from(bytes))),
        Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_elapsed) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}
