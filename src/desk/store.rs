//! What pages read that join rooms.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::account::access::MayManagePeople;
use crate::account::store::names;
use crate::audit::store::{self as log, Place, Wanted, Who};
use crate::audit::{Recorded, RecordedActor};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::desk::access::MaySeeAudit;
use crate::desk::filter::{Filter, Whom};
use crate::web::allowed::Allowed;

/// What waits for those who look after people.
#[derive(Debug, sqlx::FromRow)]
pub struct Watched {
    /// Letters that are on their way, and that were given up.
    pub letters_waiting: i64,
    pub letters_given_up: i64,
    /// Invitations older than asked for that nobody has accepted; the oldest.
    pub invited: i64,
    pub oldest_invited: Option<jiff_sqlx::Timestamp>,
}

/// What waits for those who look after people: invitations that were made before `limit` among it.
pub async fn watched(
    tx: &mut Tx,
    _: &Allowed<MayManagePeople>,
    limit: Timestamp,
    now: Timestamp,
) -> Result<Watched, sqlx::Error> {
    sqlx::query_as(
        "select
           (select count(*) from mail
            where sent_at is null and dropped_at is null and given_up_at is null) as letters_waiting,
           (select count(*) from mail where given_up_at is not null) as letters_given_up,
           i.invited, i.oldest_invited
         from (
           select count(*) as invited, min(created_at) as oldest_invited
           from account
           where accepted_at is null
             and disabled_at is null
             and (ends_at is null or ends_at > $2)
             and created_at < $1) i",
    )
    .bind(limit.to_sqlx())
    .bind(now.to_sqlx())
    .fetch_one(tx.connection())
    .await
}

/// Part of the audit log, newest first, and the names in it: of people, stages and tracks.
#[derive(Debug, Default)]
pub struct Log {
    pub events: Vec<Recorded>,
    pub names: HashMap<Uuid, String>,
}

/// Those who may read the log may read the names in it.
pub type Readers<'a> = (&'a Allowed<MaySeeAudit>, &'a Allowed<MayManagePeople>);

/// What `filter` lets through of `wanted`: whom it names by part of a name is found.
pub async fn wanted(
    tx: &mut Tx,
    (_, people): Readers<'_>,
    filter: &Filter,
    mut wanted: Wanted,
) -> Result<Wanted, sqlx::Error> {
    let texts = [filter.who.text(), filter.about.text()];
    let [who, about] = if texts.iter().all(|text| text.is_empty()) {
        Default::default()
    } else {
        names::called(tx, people, texts).await?
    };
    wanted.who = match &filter.who {
        Whom::Anybody => Who::Anybody,
        Whom::One(id) => Who::People(vec![*id]),
        Whom::Called(_) => Who::People(who),
        Whom::Portal => Who::System,
        Whom::Nobody => Who::Nobody,
    };
    wanted.about = match &filter.about {
        Whom::Anybody | Whom::Portal | Whom::Nobody => None,
        Whom::One(id) => Some(vec![*id]),
        Whom::Called(_) => Some(about),
    };
    Ok(wanted)
}

/// Events of the audit log from `after` on; at most `limit`. The names of those a filter has chosen are
/// found with them.
pub async fn log(
    tx: &mut Tx,
    _: Readers<'_>,
    wanted: &Wanted,
    after: Option<Place>,
    limit: usize,
) -> Result<Log, sqlx::Error> {
    let events = log::list(tx, wanted, after, limit).await?;
    let mut ids: Vec<Uuid> = Vec::new();
    for event in &events {
        if let RecordedActor::Person(id) = event.by {
            ids.push(id.into());
        }
        ids.extend(event.about.as_ref().filter(|(kind, _)| has_name(kind)).map(|(_, id)| *id));
    }
    if let Who::People(chosen) = &wanted.who {
        ids.extend(chosen);
    }
    ids.extend(wanted.about.iter().flatten());
    ids.sort_unstable();
    ids.dedup();
    let names: Vec<(Uuid, String)> = sqlx::query_as(
        "select account_id, name from account where account_id = any($1)
         union all
         select stage_id, title from stage where stage_id = any($1)
         union all
         select track_id, case audience when '' then focus else audience end
         from track
         where track_id = any($1)",
    )
    .bind(&ids)
    .fetch_all(tx.connection())
    .await?;
    Ok(Log { events, names: names.into_iter().collect() })
}

/// Whether people know things of this kind by a name.
fn has_name(kind: &str) -> bool {
    ["account", "stage", "track"].contains(&kind)
}
