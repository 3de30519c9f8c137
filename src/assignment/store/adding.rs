//! Applications added by recruiters, one by one or many at once.

use std::collections::{HashMap, HashSet};

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::{closing, conflicts, resumes};
use crate::assignment::access::MayRecruit;
use crate::assignment::alias;
use crate::assignment::application::NewApplication;
use crate::assignment::events;
use crate::assignment::roster::{Brought, Known};
use crate::audit::store::{record, record_all};
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId, TrackId};
use crate::web::allowed::Allowed;

/// Why an application was not added.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The candidate is in this track already; it is this recruiter's application, if it is known.
    #[error("This candidate is in this track already")]
    Open(Option<ApplicationId>),
    /// The company ended it for them not long ago; they may apply again from then on.
    #[error("They may apply in this track again from {0} on")]
    Rests(Timestamp),
    /// Its recruiter or manager must not look at the candidate's work, and does not decide on it either.
    #[error("They have a conflict with this candidate")]
    Conflict(AccountId),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// How often a name is drawn before it is given up.
const DRAWS: u32 = 40;

/// Adds an application of whoever asks, as its recruiter.
pub async fn add(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    new: &NewApplication,
    now: Timestamp,
) -> Result<ApplicationId, Refused> {
    let resting = closing::resting(tx, allowed, &[new.candidate], now).await?;
    match resting.into_iter().find(|(_, track, _)| *track == new.track) {
        // Where they are in it now, that is what is told.
        Some((.., from)) => match open(tx, allowed, new).await? {
            Some(open) => Err(open),
            None => Err(Refused::Rests(from)),
        },
        None => insert(tx, allowed, (new, None), now).await,
    }
}

/// The same before the candidate may apply again, with the reason for it.
pub async fn add_despite(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    (new, reason): (&NewApplication, &str),
    now: Timestamp,
) -> Result<ApplicationId, Refused> {
    insert(tx, allowed, (new, Some(reason)), now).await
}

/// Why the candidate cannot be added, where they are in the track already.
async fn open(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    new: &NewApplication,
) -> Result<Option<Refused>, sqlx::Error> {
    let open: Option<(ApplicationId, AccountId)> = sqlx::query_as(
        "select application_id, recruiter_id
         from application
         where candidate_id = $1 and track_id = $2 and closed_at is null",
    )
    .bind(new.candidate)
    .bind(new.track)
    .fetch_optional(tx.connection())
    .await?;
    let own = |(id, recruiter)| (recruiter == allowed.recruiter()).then_some(id);
    Ok(open.map(|open| Refused::Open(own(open))))
}

/// Whoever would run the application and has a conflict with its candidate.
async fn conflict(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    new: &NewApplication,
) -> Result<Option<AccountId>, sqlx::Error> {
    sqlx::query_scalar(
        "select account_id
         from conflict
         where candidate_id = $1 and account_id in ($2, $3) and kind <> 'recognised'
         limit 1",
    )
    .bind(new.candidate)
    .bind(allowed.recruiter())
    .bind(new.manager)
    .fetch_optional(tx.connection())
    .await
}

async fn insert(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    (new, despite): (&NewApplication, Option<&str>),
    now: Timestamp,
) -> Result<ApplicationId, Refused> {
    if let Some(open) = open(tx, allowed, new).await? {
        return Err(open);
    }
    if let Some(account) = conflict(tx, allowed, new).await? {
        return Err(Refused::Conflict(account));
    }
    let mut added: Option<ApplicationId> = None;
    for try_ in 0..DRAWS {
        let alias = alias::draw(&mut rand::rng(), try_);
        added = sqlx::query_scalar(
            "insert into application
               (application_id, candidate_id, track_id, target_level, recruiter_id, manager_id, alias,
                source, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (alias) do nothing
             returning application_id",
        )
        .bind(ApplicationId::new())
        .bind(new.candidate)
        .bind(new.track)
        .bind(i16::from(new.level.number()))
        .bind(allowed.recruiter())
        .bind(new.manager)
        .bind(alias)
        .bind(&new.source)
        .bind(now.to_sqlx())
        .fetch_optional(tx.connection())
        .await
        .map_err(|error| match &error {
            sqlx::Error::Database(inner) if inner.constraint() == Some("application_open_key") => {
                Refused::Open(None)
            }
            _ => Refused::Database(error),
        })?;
        if added.is_some() {
            break;
        }
    }
    let id = added.ok_or(Refused::Database(sqlx::Error::RowNotFound))?;
    sqlx::query(
        "insert into application_private (application_id, note, time_percent)
         values ($1, $2, $3)",
    )
    .bind(id)
    .bind(&new.note)
    .bind(new.time.percent())
    .execute(tx.connection())
    .await?;
    let by = Actor::Person(allowed.recruiter());
    let event = Event::new(events::APPLICATION_ADDED, by).about("application", id);
    let event = event.id("account", new.candidate);
    let event = match despite {
        Some(reason) => event.code("rests", "passed_over").noted(reason),
        None => event,
    };
    record(tx, event, now).await?;
    let people: Vec<AccountId> =
        [Some(allowed.recruiter()), new.manager].into_iter().flatten().collect();
    conflicts::recuse(tx, &[new.candidate], &people, now).await?;
    if let Some(resume) = &new.resume {
        resumes::add(tx, (id, allowed.recruiter()), resume, now).await?;
    }
    Ok(id)
}

#[derive(FromRow)]
struct KnownRow {
    email_key: String,
    account_id: AccountId,
    is_candidate: bool,
    is_closed: bool,
    tracks: Vec<TrackId>,
    conflicts: Vec<AccountId>,
}

impl From<KnownRow> for Known {
    fn from(row: KnownRow) -> Self {
        Self {
            account: row.account_id,
            is_candidate: row.is_candidate,
            is_closed: row.is_closed,
            tracks: row.tracks,
            conflicts: row.conflicts,
            rests: Vec::new(),
        }
    }
}

/// What is known of these addresses, by key; not yet where they rest.
pub async fn known(
    tx: &mut Tx,
    _: &Allowed<MayRecruit>,
    keys: &[String],
) -> Result<HashMap<String, Known>, sqlx::Error> {
    let rows: Vec<KnownRow> = sqlx::query_as(
        "select a.email_key, a.account_id, a.roles = array['candidate'] as is_candidate,
           a.disabled_at is not null as is_closed,
           array(
             select p.track_id
             from application p
             where p.candidate_id = a.account_id and p.closed_at is null) as tracks,
           array(
             select c.account_id
             from conflict c
             where c.candidate_id = a.account_id and c.kind <> 'recognised') as conflicts
         from account a
         where a.email_key = any($1)",
    )
    .bind(keys)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.email_key.clone(), row.into())).collect())
}

/// Adds many applications of whoever asks, in few statements. All, or none: `None` where a candidate has
/// come into their track meanwhile, or whoever asks has a conflict with one of them. With whom is not said: a
/// list of addresses would tell who is behind an alias.
pub async fn add_all(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    new: &[(AccountId, &Brought)],
    now: Timestamp,
) -> Result<Option<usize>, sqlx::Error> {
    let ids: Vec<ApplicationId> = new.iter().map(|_| ApplicationId::new()).collect();
    let aliases = free_aliases(tx, new.len()).await?;
    let added = sqlx::query(
        "insert into application
           (application_id, candidate_id, track_id, target_level, recruiter_id, manager_id, alias, source,
            created_at)
         select n.application_id, n.candidate_id, n.track_id, n.level, $5, n.manager_id, n.alias, n.source,
           $9
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $6::uuid[], $7::text[], $8::text[])
           as n (application_id, candidate_id, track_id, level, manager_id, alias, source)
         order by n.candidate_id
         on conflict do nothing",
    )
    .bind(&ids)
    .bind(new.iter().map(|(candidate, _)| *candidate).collect::<Vec<_>>())
    .bind(new.iter().map(|(_, it)| it.track).collect::<Vec<_>>())
    .bind(new.iter().map(|(_, it)| i16::from(it.level.number())).collect::<Vec<_>>())
    .bind(allowed.recruiter())
    .bind(new.iter().map(|(_, it)| it.manager).collect::<Vec<_>>())
    .bind(aliases)
    .bind(new.iter().map(|(_, it)| it.source.as_str()).collect::<Vec<_>>())
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await;
    let added = match added {
        Err(sqlx::Error::Database(refused))
            if refused.constraint() == Some("application_is_run_impartially") =>
        {
            return Ok(None);
        }
        added => added?,
    };
    if added.rows_affected() != ids.len() as u64 {
        return Ok(None);
    }
    sqlx::query(
        "insert into application_private (application_id, note, time_percent)
         select n.application_id, n.note, n.time_percent
         from unnest($1::uuid[], $2::text[], $3::smallint[]) as n (application_id, note, time_percent)",
    )
    .bind(&ids)
    .bind(new.iter().map(|(_, it)| it.note.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|(_, it)| it.time.percent()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    let by = Actor::Person(allowed.recruiter());
    let event = |(id, (candidate, _)): (&ApplicationId, &(AccountId, &Brought))| {
        let event = Event::new(events::APPLICATION_ADDED, by).about("application", *id);
        event.id("account", *candidate)
    };
    let candidates: Vec<AccountId> = new.iter().map(|(candidate, _)| *candidate).collect();
    let managers = new.iter().filter_map(|(_, it)| it.manager);
    let mut people: Vec<AccountId> = managers.chain([allowed.recruiter()]).collect();
    people.sort_unstable();
    people.dedup();
    conflicts::recuse(tx, &candidates, &people, now).await?;
    record_all(tx, &ids.iter().zip(new).map(event).collect::<Vec<_>>(), now).await?;
    Ok(Some(ids.len()))
}

/// As many neutral names that nobody has.
async fn free_aliases(tx: &mut Tx, count: usize) -> Result<Vec<String>, sqlx::Error> {
    let mut free: Vec<String> = Vec::with_capacity(count);
    let mut drawn = HashSet::new();
    for try_ in 0..DRAWS {
        let missing = count - free.len();
        let names: Vec<String> = (0..missing)
            .map(|_| alias::draw(&mut rand::rng(), try_))
            .filter(|name| drawn.insert(name.clone()))
            .collect();
        let taken: Vec<String> =
            sqlx::query_scalar("select alias from application where alias = any($1)")
                .bind(&names)
                .fetch_all(tx.connection())
                .await?;
        let taken: HashSet<String> = taken.into_iter().collect();
        free.extend(names.into_iter().filter(|name| !taken.contains(name)));
        if free.len() == count {
            break;
        }
    }
    Ok(free)
}
