//! The layer that knows who asks: from a session's cookie, or a program's token, to the [`Viewer`] every
//! handler sees.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header;

use crate::account::Accounts;
use crate::account::pages::bearer;
use crate::account::pages::entering::{SESSION, session_cookie};
use crate::account::store::sessions;
use crate::account::token::{Token, TokenHash};
use crate::db::Db;
use crate::web::error::Failure;
use crate::web::now::Now;
use crate::web::viewer::Viewer;

/// Whoever has no session that stands goes on as somebody who has not signed in.
pub async fn recognise(
    State(db): State<Db>,
    State(room): State<Accounts>,
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
    request.extensions_mut().insert(Viewer::Person(found.person));
    let mut response = next.run(request).await;
    // Who has just signed out, or in as somebody else, has been given a cookie already.
    if let Some(token) = renewed
        && !room.jar.sets(response.headers(), SESSION)
    {
        response.headers_mut().append(header::SET_COOKIE, session_cookie(room.jar, &token));
    }
    Ok(response)
}
