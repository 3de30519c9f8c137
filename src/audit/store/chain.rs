//! The chain: sealing, and reading it to be proved.

use sqlx::FromRow;
use sqlx::types::JsonValue;
use uuid::Uuid;

use crate::audit::chain::{Columns, ENCODING, Head, Link, event_hash, link};
use crate::db::Tx;

/// Where Postgres tells that an event waits for its seal.
pub const CHANNEL: &str = "audit";

/// Makes this transaction the sealer until it ends. False while another one is. A sealer whose machine
/// has gone without a word does not keep the others waiting for long.
pub async fn become_sealer(tx: &mut Tx) -> Result<bool, sqlx::Error> {
    let (_, is_sealer): (String, bool) = sqlx::query_as(
        "select set_config('idle_in_transaction_session_timeout', '5s', true),
           pg_try_advisory_xact_lock(hashtext('audit seal'))",
    )
    .fetch_one(tx.connection())
    .await?;
    Ok(is_sealer)
}

/// The end of the chain.
pub async fn head(tx: &mut Tx) -> Result<Head, sqlx::Error> {
    let row: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "select sequence, hash
         from audit_seal
         order by sequence desc
         limit 1",
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|(sequence, hash)| as_head(sequence, &hash)).unwrap_or(Head::NONE))
}

/// A head as the database holds it.
pub(super) fn as_head(sequence: i64, hash: &[u8]) -> Option<Head> {
    Some(Head { sequence, hash: hash.try_into().ok()? })
}

/// The one time of an event that its hash and all who look at the chain go by.
macro_rules! micros {
    () => {
        "case when isfinite(e.at) then (extract(epoch from e.at) * 1000000)::bigint end"
    };
}

/// An event as it is written down.
macro_rules! columns {
    () => {
        concat!(
            "e.event_id, ",
            micros!(),
            " as micros, e.action, e.actor, e.actor_id, e.actor_reason, e.about, e.about_id, e.refs,
             e.note_hash"
        )
    };
}

#[derive(FromRow)]
struct ColumnsRow {
    event_id: Uuid,
    micros: Option<i64>,
    action: String,
    actor: String,
    actor_id: Option<Uuid>,
    actor_reason: Option<String>,
    about: Option<String>,
    about_id: Option<Uuid>,
    refs: JsonValue,
    note_hash: Option<Vec<u8>>,
}

impl From<ColumnsRow> for Columns {
    fn from(row: ColumnsRow) -> Self {
        Self {
            event_id: row.event_id,
            at: row.micros,
            action: row.action,
            actor: row.actor,
            actor_id: row.actor_id,
            actor_reason: row.actor_reason,
            about: row.about,
            about_id: row.about_id,
            refs: row.refs,
            note_hash: row.note_hash,
        }
    }
}

/// Events that wait, the first written first; at most `limit`.
pub async fn waiting(tx: &mut Tx, limit: i64) -> Result<Vec<Columns>, sqlx::Error> {
    let rows: Vec<ColumnsRow> = sqlx::query_as(concat!(
        "select ",
        columns!(),
        " from audit_unsealed u
         join audit_event e on e.event_id = u.event_id
         order by u.event_id
         limit $1"
    ))
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Columns::from).collect())
}

/// Puts `events` at the end of the chain, which is `head`, in this order, and takes them out of those
/// that wait; the new end. To be called by the sealer alone. What has a seal already gets no second one.
pub async fn seal(tx: &mut Tx, mut head: Head, events: &[Columns]) -> Result<Head, sqlx::Error> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.event_id).collect();
    let sealed: Vec<Uuid> =
        sqlx::query_scalar("select event_id from audit_seal where event_id = any($1)")
            .bind(&ids)
            .fetch_all(tx.connection())
            .await?;
    let (mut sequences, mut sealing) = (Vec::new(), Vec::new());
    let (mut event_hashes, mut hashes) = (Vec::new(), Vec::new());
    for event in events.iter().filter(|event| !sealed.contains(&event.event_id)) {
        let encoded = event.encode();
        head = Head { sequence: head.sequence + 1, hash: link(&head.hash, &encoded) };
        sequences.push(head.sequence);
        sealing.push(event.event_id);
        event_hashes.push(event_hash(&encoded).to_vec());
        hashes.push(head.hash.to_vec());
    }
    sqlx::query(
        "insert into audit_seal (sequence, event_id, encoding, event_hash, hash)
         select s.sequence, s.event_id, $1, s.event_hash, s.hash
         from unnest($2::bigint[], $3::uuid[], $4::bytea[], $5::bytea[])
           as s (sequence, event_id, event_hash, hash)",
    )
    .bind(ENCODING)
    .bind(sequences)
    .bind(sealing)
    .bind(event_hashes)
    .bind(hashes)
    .execute(tx.connection())
    .await?;
    sqlx::query("delete from audit_unsealed where event_id = any($1)")
        .bind(ids)
        .execute(tx.connection())
        .await?;
    Ok(head)
}

/// How many events wait, and the earliest time among them, in microseconds since 1970.
pub async fn backlog(tx: &mut Tx) -> Result<(i64, Option<i64>), sqlx::Error> {
    sqlx::query_as(concat!(
        "select count(*), min(",
        micros!(),
        ") from audit_unsealed u
         join audit_event e on e.event_id = u.event_id"
    ))
    .fetch_one(tx.connection())
    .await
}

#[derive(FromRow)]
struct LinkRow {
    sequence: i64,
    sealed_id: Uuid,
    encoding: i16,
    event_hash: Vec<u8>,
    hash: Vec<u8>,
    event_id: Option<Uuid>,
    micros: Option<i64>,
    action: Option<String>,
    actor: Option<String>,
    actor_id: Option<Uuid>,
    actor_reason: Option<String>,
    about: Option<String>,
    about_id: Option<Uuid>,
    refs: Option<JsonValue>,
    note_hash: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    text: Option<String>,
}

/// The chain after `sequence`, in order; at most `limit` places.
pub async fn links(tx: &mut Tx, sequence: i64, limit: i64) -> Result<Vec<Link>, sqlx::Error> {
    let rows: Vec<LinkRow> = sqlx::query_as(concat!(
        "select s.sequence, s.event_id as sealed_id, s.encoding, s.event_hash, s.hash, n.salt, n.text, ",
        columns!(),
        " from audit_seal s
         left join audit_event e on e.event_id = s.event_id
         left join audit_note n on n.event_id = s.event_id
         where s.sequence > $1
         order by s.sequence
         limit $2"
    ))
    .bind(sequence)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    let link = |row: LinkRow| Link {
        sequence: row.sequence,
        event_id: row.sealed_id,
        encoding: row.encoding,
        event_hash: row.event_hash,
        hash: row.hash,
        event: row.event_id.map(|event_id| Columns {
            event_id,
            at: row.micros,
            action: row.action.unwrap_or_default(),
            actor: row.actor.unwrap_or_default(),
            actor_id: row.actor_id,
            actor_reason: row.actor_reason,
            about: row.about,
            about_id: row.about_id,
            refs: row.refs.unwrap_or_default(),
            note_hash: row.note_hash,
        }),
        note: row.salt.zip(row.text),
    };
    Ok(rows.into_iter().map(link).collect())
}

/// An event, and whether it has its seal or waits for it.
#[derive(Debug, FromRow)]
pub struct Standing {
    pub event_id: Uuid,
    /// Microseconds since 1970.
    pub micros: Option<i64>,
    pub is_sealed: bool,
    pub is_waiting: bool,
}

/// Every event after `event_id`, in the order of ids; at most `limit`.
pub async fn standings(
    tx: &mut Tx,
    event_id: Uuid,
    limit: i64,
) -> Result<Vec<Standing>, sqlx::Error> {
    sqlx::query_as(concat!(
        "select e.event_id, ",
        micros!(),
        " as micros,
           s.event_id is not null as is_sealed,
           u.event_id is not null as is_waiting
         from (
           select event_id, at
           from audit_event
           where event_id > $1
           order by event_id
           limit $2) e
         left join audit_seal s on s.event_id = e.event_id
         left join audit_unsealed u on u.event_id = e.event_id
         order by e.event_id"
    ))
    .bind(event_id)
    .bind(limit)
    .fetch_all(tx.connection())
    .await
}
