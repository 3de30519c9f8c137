//! What pages read that join rooms.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::account::access::MayManagePeople;
use crate::account::store::names;
use crate::audit::store::{self as log, Place, Wanted, Who};
use crate::audit::{Actor, Recorded, RecordedActor};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::desk::access::MaySeeAudit;
use crate::desk::filter::{Filter, Whom};
use crate::desk::model::{Behind, Told};
use crate::ids::AccountId;
use crate::web::allowed::Allowed;

/// What waits for those who look after people.
#[derive(Debug, sqlx::FromRow)]
pub struct Watched {
    /// Letters that are on their way, and that were given up.
    pub letters_waiting: i64,
    pub letters_given_up: i64,
    pub first_given_up: Option<jiff_sqlx::Timestamp>,
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
           u.letters_given_up, u.first_given_up, i.invited, i.oldest_invited
         from (
           select count(*) as invited, min(created_at) as oldest_invited
           from account
           where accepted_at is null
             and disabled_at is null
             and (ends_at is null or ends_at > $2)
             and created_at < $1) i
         cross join (
           select count(*) as letters_given_up, min(given_up_at) as first_given_up
           from mail
           where given_up_at is not null) u",
    )
    .bind(limit.to_sqlx())
    .bind(now.to_sqlx())
    .fetch_one(tx.connection())
    .await
}

/// Part of the audit log, newest first, and the names in it: of people, stages and tracks. Candidates are known
/// by their alias beside their applications.
#[derive(Debug, Default)]
pub struct Log {
    pub events: Vec<Told>,
    pub names: HashMap<Uuid, String>,
}

/// Those who may read the log may read the names in it.
pub type Readers<'a> = (&'a Allowed<MaySeeAudit>, &'a Allowed<MayManagePeople>);

/// What `filter` lets through of `wanted` for whoever reads: whom it names by part of a name is found.
pub async fn wanted(
    tx: &mut Tx,
    (see, people): Readers<'_>,
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
    keep_apart(tx, see, &mut wanted).await?;
    Ok(wanted)
}

/// Leaves out what happened in applications whose work whoever reads looks at, or looked at: not even an alias
/// is to be learned here by those who must not know who is behind it. And where the log is narrowed to people,
/// what they did in their own applications is not found as theirs, lest the filter told whose each is.
async fn keep_apart(
    tx: &mut Tx,
    see: &Allowed<MaySeeAudit>,
    wanted: &mut Wanted,
) -> Result<(), sqlx::Error> {
    let reader = match see.by() {
        Actor::Person(id) => Some(id),
        Actor::System(_) | Actor::Nobody => None,
    };
    let people = match &wanted.who {
        Who::People(people) => people.as_slice(),
        Who::Anybody | Who::System | Who::Nobody => &[],
    };
    let rows: Vec<(Option<Uuid>, Uuid)> = sqlx::query_as(
        "select null::uuid as candidate_id, g.application_id
         from panel_member m
         join assignment g using (assignment_id)
         where m.account_id = $1
         union
         select candidate_id, application_id
         from application
         where candidate_id = any($2)",
    )
    .bind(reader)
    .bind(people)
    .fetch_all(tx.connection())
    .await?;
    for (candidate, application) in rows {
        match candidate {
            Some(candidate) => wanted.not_theirs.push((candidate, application)),
            None => wanted.not_about.push(application),
        }
    }
    Ok(())
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
        ids.extend(event.about.as_ref().map(|(_, id)| *id));
    }
    if let Who::People(chosen) = &wanted.who {
        ids.extend(chosen);
    }
    ids.extend(wanted.about.iter().flatten());
    ids.sort_unstable();
    ids.dedup();
    let found: Vec<(Uuid, String, Option<AccountId>)> = sqlx::query_as(
        "select account_id, name, null::uuid from account where account_id = any($1)
         union all
         select stage_id, title, null from stage where stage_id = any($1)
         union all
         select track_id, case audience when '' then focus else audience end, null
         from track
         where track_id = any($1)
         union all
         select application_id, alias, candidate_id from application where application_id = any($1)",
    )
    .bind(&ids)
    .fetch_all(tx.connection())
    .await?;
    let (mut names, mut behind) = (HashMap::new(), HashMap::new());
    for (id, name, candidate) in found {
        match candidate {
            Some(candidate) => {
                behind.insert(id, Behind { candidate, alias: name });
            }
            None => {
                names.insert(id, name);
            }
        }
    }
    let told = |event: Recorded| {
        let about = event.about.as_ref().map(|(_, id)| *id);
        Told::of(event, about.and_then(|id| behind.get(&id)))
    };
    Ok(Log { events: events.into_iter().map(told).collect(), names })
}
