//! What pages read that join rooms.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use uuid::Uuid;

use crate::account::access::MayManagePeople;
use crate::account::store::names;
use crate::assignment::emails::BY_A_CLOCK;
use crate::audit::store::{self as log, Place, Wanted, Who};
use crate::audit::{Actor, Recorded, RecordedActor};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::desk::access::{MaySeeAudit, MaySeeOutbox};
use crate::desk::filter::{Filter, Whom};
use crate::desk::model::{Behind, To, Told, subject};
use crate::ids::{AccountId, ApplicationId};
use crate::mail::store::{self as mail, Counts, Entry, LeftOut, Shown};
use crate::web::allowed::Allowed;

/// From so many on, nobody counts them.
pub const MANY: i64 = 100;

/// What waits for those who look after people.
#[derive(Debug, sqlx::FromRow)]
pub struct Watched {
    /// Letters that are on their way, but for those by a candidate's clock; and that were given up.
    pub letters_waiting: i64,
    pub letters_given_up: i64,
    pub first_given_up: Option<jiff_sqlx::Timestamp>,
    /// Invitations older than asked for that nobody has accepted, at most [`MANY`]; the oldest.
    pub invited: i64,
    pub oldest_invited: Option<jiff_sqlx::Timestamp>,
    /// Open applications that nobody looks after any more; but for those whose work whoever asks looks at.
    pub untended: i64,
}

/// Whoever reads.
fn reader(by: Actor) -> Option<AccountId> {
    match by {
        Actor::Person(id) => Some(id),
        Actor::System(_) | Actor::Nobody => None,
    }
}

/// What waits for those who look after people: invitations that were made before `limit` among it.
pub async fn watched(
    tx: &mut Tx,
    allowed: &Allowed<MayManagePeople>,
    limit: Timestamp,
    now: Timestamp,
) -> Result<Watched, sqlx::Error> {
    sqlx::query_as(
        "select
           (select count(*) from mail
            where sent_at is null and dropped_at is null and given_up_at is null
              and template <> all($3)) as letters_waiting,
           u.letters_given_up, u.first_given_up, i.invited, i.oldest_invited,
           (select count(*)
            from former_recruiter r
            join standing p on p.recruiter_id = r.account_id and p.closed_at is null
            where r.from_at <= $2
              and not exists (
                select
                from panel_member m
                join assignment g using (assignment_id)
                where g.application_id = p.application_id and m.account_id = $4)) as untended
         from (
           select count(*) as invited, min(created_at) as oldest_invited
           from (
             select created_at
             from account
             where accepted_at is null
               and disabled_at is null
               and (ends_at is null or ends_at > $2)
               and created_at < $1
             order by created_at
             limit $5) i) i
         cross join (
           select count(*) as letters_given_up,
             min(given_up_at) filter (where template <> all($3)) as first_given_up
           from mail
           where given_up_at is not null) u",
    )
    .bind(limit.to_sqlx())
    .bind(now.to_sqlx())
    .bind(&BY_A_CLOCK[..])
    .bind(reader(allowed.by()))
    .bind(MANY)
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
    .bind(reader(see.by()))
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

/// Part of the outbox, newest first, and how many letters there are.
#[derive(Debug)]
pub struct Letters {
    pub letters: Vec<(Entry, To)>,
    pub counts: Counts,
    pub names: HashMap<Uuid, String>,
}

/// Those who may see the outbox may read the names in it.
pub type Senders<'a> = (&'a Allowed<MaySeeOutbox>, &'a Allowed<MayManagePeople>);

/// Letters from `after` on; at most `limit`. Candidates are known by their alias where a letter is about their
/// application. Letters by a candidate's clock, and about work that whoever reads looks at or looked at, are there
/// only where they were given up and somebody has to see to them.
pub async fn letters(
    tx: &mut Tx,
    (see, people): Senders<'_>,
    shown: Shown,
    (after, limit): (Option<mail::Place>, i64),
) -> Result<Letters, sqlx::Error> {
    let about = looked_at(tx, see).await?;
    let left_out = LeftOut { kinds: &BY_A_CLOCK, about };
    let entries = mail::outbox(tx, shown, &left_out, after, limit).await?;
    let counts = mail::counts(tx, &left_out).await?;
    let subjects: Vec<Uuid> = entries.iter().filter_map(|entry| subject(&entry.refs)).collect();
    let behind = behind(tx, &subjects).await?;
    let letters: Vec<(Entry, To)> = entries
        .into_iter()
        .map(|entry| {
            let to = to(&entry, &left_out, &behind);
            (entry, to)
        })
        .collect();
    let ids: Vec<Uuid> = letters
        .iter()
        .filter_map(|(_, to)| match to {
            To::Somebody(id) => Some(Uuid::from(*id)),
            To::Candidate { .. } | To::Withheld => None,
        })
        .collect();
    let names = names::of(tx, people, &ids).await?;
    Ok(Letters { letters, counts, names })
}

fn to(entry: &Entry, left_out: &LeftOut, behind: &HashMap<Uuid, (ApplicationId, Behind)>) -> To {
    let subject = subject(&entry.refs);
    if subject.is_some_and(|id| left_out.about.contains(&id)) {
        return To::Withheld;
    }
    match subject.and_then(|id| behind.get(&id)) {
        Some((application, it)) if Uuid::from(it.candidate) == entry.recipient_id => {
            To::Candidate { application: *application, alias: it.alias.clone() }
        }
        _ => To::Somebody(AccountId::from(entry.recipient_id)),
    }
}

/// The applications on whose panels whoever reads sits or sat, with what was given and handed in in them and their
/// offers.
async fn looked_at(tx: &mut Tx, see: &Allowed<MaySeeOutbox>) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "with looked_at as (
           select distinct g.application_id
           from panel_member m
           join assignment g using (assignment_id)
           where m.account_id = $1)
         select application_id from looked_at
         union all
         select assignment_id from assignment join looked_at using (application_id)
         union all
         select submission_id
         from submission
         join assignment using (assignment_id)
         join looked_at using (application_id)
         union all
         select offer_id from offer join looked_at using (application_id)",
    )
    .bind(reader(see.by()))
    .fetch_all(tx.connection())
    .await
}

/// Who is behind each of `things`, which are applications, what was given and handed in in them, and offers.
async fn behind(
    tx: &mut Tx,
    things: &[Uuid],
) -> Result<HashMap<Uuid, (ApplicationId, Behind)>, sqlx::Error> {
    let rows: Vec<(Uuid, ApplicationId, AccountId, String)> = sqlx::query_as(
        "select thing, application_id, candidate_id, alias
         from (
           select application_id as thing, application_id from application where application_id = any($1)
           union all
           select assignment_id, application_id from assignment where assignment_id = any($1)
           union all
           select submission_id, application_id
           from submission
           join assignment using (assignment_id)
           where submission_id = any($1)
           union all
           select offer_id, application_id from offer where offer_id = any($1)) things
         join application using (application_id)",
    )
    .bind(things)
    .fetch_all(tx.connection())
    .await?;
    let behind = |(thing, application, candidate, alias)| {
        (thing, (application, Behind { candidate, alias }))
    };
    Ok(rows.into_iter().map(behind).collect())
}
