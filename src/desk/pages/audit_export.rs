//! The audit log as a table to take away: what the page's filter lets through. That it was taken is
//! recorded, before its first byte leaves.

use axum::BoxError;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};

use super::audit::refused;
use crate::account::access::MayManagePeople;
use crate::audit::events::EXPORTED;
use crate::audit::store::{Place, Wanted, record};
use crate::audit::{Event, RecordedActor};
use crate::db::Db;
use crate::desk::access::MaySeeAudit;
use crate::desk::filter::Filter;
use crate::desk::model::{By, Told, Written};
use crate::desk::sentence::sentence;
use crate::desk::store::{self, Log};
use crate::web::allowed::Allowed;
use crate::web::csv::Csv;
use crate::web::error::{Failure, chain};
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::now::Now;

/// How many events are read at once: what a table needs of memory, however long it gets.
const BATCH: usize = 500;

const COLUMNS: [&str; 12] = [
    "time",
    "who",
    "what",
    "particulars",
    "note",
    "action",
    "actor_id",
    "about",
    "about_id",
    "refs",
    "event_id",
    "head",
];

pub async fn save(
    (see, people): (Allowed<MaySeeAudit>, Allowed<MayManagePeople>),
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let Some(filter) = Filter::read(&mut form) else { return refused(&frame, &form) };
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let mut tx = db.begin().await?;
    let wanted = store::wanted(&mut tx, (&see, &people), &filter, filter.wanted(zone)).await?;
    let narrowed = filter.fields().into_iter().map(|(name, _)| name);
    let event = Event::new(EXPORTED, see.by()).codes("narrowed_by", narrowed);
    record(&mut tx, event, now).await?;
    let _streamed_next = tx.commit().await?;
    let (next, table) = (Next::First, Csv::with_header(COLUMNS));
    let export = Export { db, see, people, wanted, next, table };
    let body = Body::from_stream(stream::try_unfold(export, Export::read_on));
    let mut response = body.into_response();
    let name = now.to_zoned(zone.clone()).strftime("attachment; filename=\"audit-%Y-%m-%d.csv\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(Csv::MEDIA_TYPE));
    let name = HeaderValue::from_str(&name.to_string()).expect("a date is plain ASCII");
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// A table on its way. Between two batches it holds no connection: whoever reads slowly keeps none.
struct Export {
    db: Db,
    see: Allowed<MaySeeAudit>,
    people: Allowed<MayManagePeople>,
    wanted: Wanted,
    next: Next,
    table: Csv,
}

#[derive(Clone, Copy)]
enum Next {
    First,
    After(Place),
    Nothing,
}

impl Export {
    /// The next rows of the table.
    async fn read_on(mut self) -> Result<Option<(Bytes, Self)>, BoxError> {
        let after = match self.next {
            Next::First => None,
            Next::After(place) => Some(place),
            Next::Nothing => return Ok(None),
        };
        let log = self.read(after).await.inspect_err(|error| {
            let cause = chain(error.as_ref());
            tracing::error!(%cause, "an export of the audit log broke off");
        })?;
        for event in &log.events {
            write(&mut self.table, event, &log);
        }
        self.next = match log.events.last() {
            Some(last) if log.events.len() == BATCH => Next::After(last.place()),
            _ => Next::Nothing,
        };
        Ok(Some((self.table.take().into(), self)))
    }

    async fn read(&self, after: Option<Place>) -> Result<Log, BoxError> {
        let mut tx = self.db.begin_reading().await?;
        let readers = (&self.see, &self.people);
        Ok(store::log(&mut tx, readers, &self.wanted, after, BATCH).await?)
    }
}

fn write(csv: &mut Csv, event: &Told, log: &Log) {
    let sentence = sentence(event, &log.names);
    let note = match &event.note {
        Written::Nothing => "",
        Written::Kept(text) => text,
        Written::Erased => "(erased)",
        Written::Withheld => "(withheld)",
    };
    let actor_id = match &event.by {
        By::Actor(RecordedActor::Person(id)) => id.to_string(),
        By::Actor(RecordedActor::System(_) | RecordedActor::Nobody) | By::Candidate { .. } => {
            String::new()
        }
    };
    let (kind, about_id) = match &event.about {
        Some((kind, id)) => (kind.as_str(), id.to_string()),
        None => ("", String::new()),
    };
    let refs: Vec<String> =
        event.refs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let head = event.sealed.map(|head| head.to_string()).unwrap_or_default();
    csv.row([
        event.at.to_string().as_str(),
        &sentence.who.name,
        &sentence.text(),
        sentence.detail.as_deref().unwrap_or_default(),
        note,
        &event.action,
        &actor_id,
        kind,
        &about_id,
        &refs.join("; "),
        &event.id.to_string(),
        // As `portal audit verify --head` takes it.
        &head,
    ]);
}
