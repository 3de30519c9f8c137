//! Reading the log, newest first.

use jiff_sqlx::ToSqlx;
use sqlx::types::Json;
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::chain::as_head;
use crate::audit::{Note, Recorded, RecordedActor};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, EventId};
use crate::refs::Refs;

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub from: Option<Timestamp>,
    /// This one no more.
    pub until: Option<Timestamp>,
    /// `None` for all.
    pub actions: Option<Vec<&'static str>>,
    pub who: Who,
    /// `None` for anything.
    pub about: Option<Vec<Uuid>>,
    /// What happened to these is left out.
    pub not_about: Vec<Uuid>,
    /// What somebody did to something is not found as theirs: who it was, then to what.
    pub not_theirs: Vec<(Uuid, Uuid)>,
}

/// By whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Who {
    #[default]
    Anybody,
    People(Vec<Uuid>),
    System,
    Nobody,
}

/// Where a page of the log ends: the next one begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub at: Timestamp,
    pub id: EventId,
}

impl Recorded {
    pub fn place(&self) -> Place {
        Place { at: self.at, id: self.id }
    }
}

/// An event as a row has it.
#[derive(FromRow)]
pub struct RecordedRow {
    event_id: EventId,
    at: jiff_sqlx::Timestamp,
    action: String,
    actor: String,
    actor_id: Option<AccountId>,
    actor_reason: Option<String>,
    about: Option<String>,
    about_id: Option<Uuid>,
    refs: Json<Refs>,
    had_note: bool,
    text: Option<String>,
    sequence: Option<i64>,
    hash: Option<Vec<u8>>,
}

/// The columns of an event `e` with its note, without its place in the chain: for rooms that join events with
/// what they know of those who caused them.
pub const UNSEALED: &str =
    "e.event_id, e.at, e.action, e.actor, e.actor_id, e.actor_reason, e.about,
   e.about_id, e.refs, e.note_hash is not null as had_note,
   case when e.note_hash is not null then
     (select n.text from audit_note n where n.event_id = e.event_id)
   end as text,
   null::bigint as sequence, null::bytea as hash";

/// The events that are wanted, newest first, from `after` on; at most `limit`.
pub async fn list(
    tx: &mut Tx,
    wanted: &Wanted,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let mut query = narrowed(wanted, after);
    query.push(" order by e.at desc, e.event_id desc limit ");
    query.push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    // Planned for what is asked: a rare action is found by another index than a frequent one.
    let query = query.build_query_as::<RecordedRow>().persistent(false);
    Ok(query.fetch_all(tx.connection()).await?.into_iter().map(Recorded::from).collect())
}

/// Only what is asked for stands in the statement, so that each filter finds its index.
fn narrowed(wanted: &Wanted, after: Option<Place>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "select e.event_id, e.at, e.action, e.actor, e.actor_id, e.actor_reason, e.about,
           e.about_id, e.refs, e.note_hash is not null as had_note, n.text, s.sequence, s.hash
         from audit_event e
         left join audit_note n on n.event_id = e.event_id
         left join audit_seal s on s.event_id = e.event_id
         where true",
    );
    if let Some(from) = wanted.from {
        query.push(" and e.at >= ").push_bind(from.to_sqlx());
    }
    if let Some(until) = wanted.until {
        query.push(" and e.at < ").push_bind(until.to_sqlx());
    }
    if let Some(actions) = &wanted.actions {
        query.push(" and e.action = any(").push_bind(actions.clone()).push(")");
    }
    match &wanted.who {
        Who::Anybody => {}
        Who::People(ids) => one_of(&mut query, "e.actor_id", ids),
        Who::System => {
            query.push(" and e.actor = 'system'");
        }
        Who::Nobody => {
            query.push(" and e.actor = 'nobody'");
        }
    }
    if let Some(ids) = &wanted.about {
        one_of(&mut query, "e.about_id", ids);
    }
    if !wanted.not_about.is_empty() {
        query.push(" and (e.about_id is null or e.about_id <> all(");
        query.push_bind(wanted.not_about.clone()).push("))");
    }
    if !wanted.not_theirs.is_empty() {
        let (people, things): (Vec<Uuid>, Vec<Uuid>) = wanted.not_theirs.iter().copied().unzip();
        query.push(" and not exists (select from unnest(").push_bind(people);
        query.push("::uuid[], ").push_bind(things);
        query.push(
            "::uuid[]) as t (actor, about) where t.actor = e.actor_id and t.about = e.about_id)",
        );
    }
    if let Some(after) = after {
        query.push(" and (e.at, e.event_id) < (").push_bind(after.at.to_sqlx());
        query.push(", ").push_bind(after.id).push(")");
    }
    query
}

fn one_of(query: &mut QueryBuilder<Postgres>, column: &'static str, ids: &[Uuid]) {
    query.push(" and ").push(column);
    match ids {
        // The index then gives the order, too.
        [one] => query.push(" = ").push_bind(*one),
        many => query.push(" = any(").push_bind(many.to_vec()).push(")"),
    };
}

impl From<RecordedRow> for Recorded {
    fn from(row: RecordedRow) -> Self {
        let by = match (row.actor.as_str(), row.actor_id) {
            ("person", Some(id)) => RecordedActor::Person(id),
            ("system", _) => RecordedActor::System(row.actor_reason.unwrap_or_default()),
            _ => RecordedActor::Nobody,
        };
        let note = match row.text {
            Some(text) => Note::Kept(text),
            None if row.had_note => Note::Erased,
            None => Note::None,
        };
        let sealed = row.sequence.zip(row.hash);
        Self {
            id: row.event_id,
            at: row.at.to_jiff(),
            action: row.action,
            by,
            about: row.about.zip(row.about_id),
            refs: row.refs.0,
            note,
            sealed: sealed.and_then(|(sequence, hash)| as_head(sequence, &hash)),
        }
    }
}
