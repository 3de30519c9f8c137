//! Writing events.

use jiff_sqlx::ToSqlx;
use rand::Rng;
use sqlx::types::Json;
use uuid::Uuid;

use super::chain::CHANNEL;
use crate::audit::chain::{SALT_LENGTH, note_hash};
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::EventId;

/// Writes `event` in the transaction of what it tells of, in one statement. The sealer is told of it
/// once that is committed.
pub async fn record(tx: &mut Tx, event: Event, now: Timestamp) -> Result<(), sqlx::Error> {
    let (actor, actor_id, reason) = columns(event.by);
    let mut salt = [0u8; SALT_LENGTH];
    rand::rng().fill_bytes(&mut salt);
    let hash = event.note.as_ref().map(|text| note_hash(&salt, text));
    sqlx::query(
        "with event as (
           insert into audit_event
             (event_id, at, action, actor, actor_id, actor_reason, about, about_id, refs, note_hash)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           returning event_id
         ),
         waiting as (
           insert into audit_unsealed (event_id)
           select event_id from event
         ),
         note as (
           insert into audit_note (event_id, salt, text)
           select event_id, $11, $12 from event where $12::text is not null
         )
         select pg_notify($13, '')",
    )
    .bind(EventId::new())
    .bind(now.to_sqlx())
    .bind(event.action)
    .bind(actor)
    .bind(actor_id)
    .bind(reason)
    .bind(event.about.map(|(kind, _)| kind))
    .bind(event.about.map(|(_, id)| id))
    .bind(Json(&event.refs))
    .bind(hash.as_ref().map(<[u8; 32]>::as_slice))
    .bind(salt.as_slice())
    .bind(&event.note)
    .bind(CHANNEL)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes many events that nobody wrote a note about, in one statement.
pub async fn record_all(tx: &mut Tx, events: &[Event], now: Timestamp) -> Result<(), sqlx::Error> {
    debug_assert!(events.iter().all(|event| event.note.is_none()), "a note needs its salt");
    let actors: Vec<_> = events.iter().map(|event| columns(event.by)).collect();
    let ids: Vec<EventId> = events.iter().map(|_| EventId::new()).collect();
    sqlx::query(
        "with event as (
           insert into audit_event
             (event_id, at, action, actor, actor_id, actor_reason, about, about_id, refs)
           select e.event_id, $2, e.action, e.actor, e.actor_id, e.actor_reason, e.about, e.about_id,
             e.refs::jsonb
           from unnest($1::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
               $8::uuid[], $9::text[])
             as e (event_id, action, actor, actor_id, actor_reason, about, about_id, refs)
           returning event_id
         ),
         waiting as (
           insert into audit_unsealed (event_id)
           select event_id from event
         )
         select pg_notify($10, '')",
    )
    .bind(ids)
    .bind(now.to_sqlx())
    .bind(events.iter().map(|event| event.action).collect::<Vec<_>>())
    .bind(actors.iter().map(|(actor, ..)| *actor).collect::<Vec<_>>())
    .bind(actors.iter().map(|(_, id, _)| *id).collect::<Vec<_>>())
    .bind(actors.iter().map(|(.., reason)| *reason).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.about.map(|(kind, _)| kind)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.about.map(|(_, id)| id)).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.refs.to_json()).collect::<Vec<_>>())
    .bind(CHANNEL)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// An actor as its columns.
fn columns(actor: Actor) -> (&'static str, Option<Uuid>, Option<&'static str>) {
    match actor {
        Actor::Person(account) => ("person", Some(Uuid::from(account)), None),
        Actor::System(reason) => ("system", None, Some(reason)),
        Actor::Nobody => ("nobody", None, None),
    }
}
