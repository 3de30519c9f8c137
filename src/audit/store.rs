//! All SQL of the audit log.

use jiff_sqlx::ToSqlx;
use rand::Rng;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::EventId;

/// Writes `event` in the transaction of what it tells of. The sealer chains it once that is committed.
pub async fn record(tx: &mut Tx, event: Event, now: Timestamp) -> Result<(), sqlx::Error> {
    let id = EventId::new();
    let (actor, actor_id, reason) = match event.by {
        Actor::Person(account) => ("person", Some(Uuid::from(account)), None),
        Actor::System(reason) => ("system", None, Some(reason)),
        Actor::Nobody => ("nobody", None, None),
    };
    let note = event.note.map(|text| {
        let mut salt = [0; 32];
        rand::rng().fill_bytes(&mut salt);
        (note_hash(&salt, &text), salt, text)
    });
    sqlx::query(
        "insert into audit_event
           (event_id, at, action, actor, actor_id, actor_reason, about, about_id, refs, note_hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(id)
    .bind(now.to_sqlx())
    .bind(event.action)
    .bind(actor)
    .bind(actor_id)
    .bind(reason)
    .bind(event.about.map(|(kind, _)| kind))
    .bind(event.about.map(|(_, id)| id))
    .bind(Json(&event.refs))
    .bind(note.as_ref().map(|(hash, ..)| hash.as_slice()))
    .execute(tx.connection())
    .await?;
    if let Some((_, salt, text)) = note {
        sqlx::query("insert into audit_note (event_id, salt, text) values ($1, $2, $3)")
            .bind(id)
            .bind(salt.as_slice())
            .bind(text)
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

/// What an event keeps of its text.
fn note_hash(salt: &[u8; 32], text: &str) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(text).finalize().into()
}
