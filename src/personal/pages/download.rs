//! Everything that is a candidate's, as a file to take away. That it was taken is recorded, before its first byte
//! leaves.

use std::fs::File;
use std::io;
use std::vec;

use axum::BoxError;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use tokio::task::spawn_blocking;

use crate::account::events::DATA_TAKEN;
use crate::assignment::access::MayTakePart;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::db::Db;
use crate::objects::{Digest, Objects};
use crate::personal::access::MayTakeOwnData;
use crate::personal::packing::Packing;
use crate::personal::readme::readme;
use crate::personal::store;
use crate::web::allowed::Allowed;
use crate::web::error::{Failure, chain};
use crate::web::frame::Frame;
use crate::web::now::Now;
use crate::web::proof::Fresh;

pub async fn save(
    (own, takes): (Fresh<MayTakeOwnData>, Allowed<MayTakePart>),
    (State(db), State(objects)): (State<Db>, State<Objects>),
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let data = store::find(&mut db.begin_reading().await?, (&*own, &takes), now).await?;
    let data = data.ok_or(Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let event = Event::new(DATA_TAKEN, Actor::Person(own.candidate()));
    record(&mut tx, event.about("account", own.candidate()), now).await?;
    let _streamed_next = tx.commit().await?;
    let json = serde_json::to_vec_pretty(&data).map_err(|error| Failure::Broken(error.into()))?;
    let mut parts = vec![
        Part::Text("README.txt", readme(&data, frame.organisation()).into_bytes()),
        Part::Text("data.json", json),
    ];
    let files = data.files().into_iter();
    parts.extend(files.map(|file| Part::File(file.path.clone(), file.sha256)));
    let parts = parts.into_iter();
    let export = Export { objects, packing: Some(Packing::default()), parts, open: None };
    let body = Body::from_stream(stream::try_unfold(export, Export::read_on));
    let mut response = body.into_response();
    let name = now.to_zoned(zone.clone()).strftime("attachment; filename=\"my-data-%Y-%m-%d.zip\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    let name = HeaderValue::from_str(&name.to_string()).expect("a date is plain ASCII");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

enum Part {
    Text(&'static str, Vec<u8>),
    File(String, Digest),
}

/// A `.zip` on its way. Between two pieces it holds neither a thread nor a connection: whoever reads slowly keeps
/// none.
struct Export {
    objects: Objects,
    /// None once it has ended.
    packing: Option<Packing>,
    parts: vec::IntoIter<Part>,
    /// The file that is under way.
    open: Option<File>,
}

impl Export {
    /// The next piece of it.
    async fn read_on(self) -> Result<Option<(Bytes, Self)>, BoxError> {
        self.piece().await.inspect_err(|error| {
            let cause = chain(error.as_ref());
            tracing::error!(%cause, "a download of somebody's data broke off");
        })
    }

    async fn piece(mut self) -> Result<Option<(Bytes, Self)>, BoxError> {
        let Some(mut packing) = self.packing.take() else { return Ok(None) };
        let open = match self.open.take() {
            Some(file) => Some(file),
            None => match self.parts.next() {
                None => return Ok(Some((packing.finish()?.into(), self))),
                Some(Part::Text(path, text)) => {
                    packing.add(path, &text)?;
                    None
                }
                Some(Part::File(path, digest)) => {
                    packing.begin(&path)?;
                    let file = self.objects.open(digest).await?;
                    Some(file.ok_or_else(|| io::Error::other(format!("{digest} is missing")))?)
                }
            },
        };
        if let Some(mut file) = open {
            let read = move || packing.go_on(&mut file).map(|goes_on| (packing, file, goes_on));
            let (filled, file, goes_on) = spawn_blocking(read).await??;
            (packing, self.open) = (filled, goes_on.then_some(file));
        }
        let piece = packing.take();
        self.packing = Some(packing);
        Ok(Some((piece.into(), self)))
    }
}
