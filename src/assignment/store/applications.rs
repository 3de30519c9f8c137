//! Applications: added by recruiters, listed for those they belong to.

use std::collections::{HashMap, HashSet};

use jiff_sqlx::ToSqlx;
use sqlx::{AssertSqlSafe, FromRow};

use super::closing;
use super::needs::NeedsRow;
use crate::assignment::access::{
    MayRecruit, MayRunApplication, MaySeeApplication, MayTakePart, Parties,
};
use crate::assignment::alias;
use crate::assignment::application::{Application, Closed, NewApplication, OwnApplication};
use crate::assignment::closing::Ending;
use crate::assignment::emails::of_application::{self, Told};
use crate::assignment::events;
use crate::assignment::needs::Needs;
use crate::assignment::roster::{Brought, Known};
use crate::audit::store::{record, record_all};
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ApplicationId, StageId, TrackId};
use crate::web::allowed::{Allowed, Capability};
use crate::web::viewer::Viewer;

/// Why an application was not added.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The candidate is in this track already; it is this recruiter's application, if it is known.
    #[error("This candidate is in this track already")]
    Open(Option<ApplicationId>),
    /// The company ended it for them not long ago; they may apply again from then on.
    #[error("They may apply in this track again from {0} on")]
    Rests(Timestamp),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

#[derive(FromRow)]
struct PartiesRow {
    application_id: ApplicationId,
    candidate_id: AccountId,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
}

impl From<PartiesRow> for Parties {
    fn from(row: PartiesRow) -> Self {
        Self {
            application: row.application_id,
            candidate: row.candidate_id,
            recruiter: row.recruiter_id,
            manager: row.manager_id,
        }
    }
}

/// What the rules have to know of an application. The one private read that takes no capability.
pub async fn facts(db: &Db, id: ApplicationId) -> Result<Option<Parties>, sqlx::Error> {
    let row: Option<PartiesRow> = sqlx::query_as(
        "select application_id, candidate_id, recruiter_id, manager_id
         from application
         where application_id = $1",
    )
    .bind(id)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.map(Parties::from))
}

/// Asks the rule again with the application locked until `tx` ends: whose it is can change meanwhile.
pub async fn locked<C: Capability<Facts = Parties>>(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ApplicationId,
) -> Result<Option<Allowed<C>>, sqlx::Error> {
    let row: Option<PartiesRow> = sqlx::query_as(
        "select application_id, candidate_id, recruiter_id, manager_id
         from application
         where application_id = $1
         for update",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.and_then(|row| Allowed::ask(viewer, &row.into())))
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

async fn insert(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    (new, despite): (&NewApplication, Option<&str>),
    now: Timestamp,
) -> Result<ApplicationId, Refused> {
    if let Some(open) = open(tx, allowed, new).await? {
        return Err(open);
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
    Ok(id)
}

/// One of `among` who is on a panel of an application, with their name: whoever is cannot run it.
pub async fn on_a_panel(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    among: &[AccountId],
) -> Result<Option<(AccountId, String)>, sqlx::Error> {
    sqlx::query_as(
        "select a.account_id, a.name
         from panel_member m
         join assignment g using (assignment_id)
         join account a using (account_id)
         where g.application_id = $1 and m.left_at is null and m.account_id = any($2)
         limit 1",
    )
    .bind(allowed.application())
    .bind(among)
    .fetch_optional(tx.connection())
    .await
}

/// Gives an application that the caller has locked to another recruiter or hiring manager. The same people
/// again are no change.
pub async fn hand_over(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (recruiter, manager): (AccountId, Option<AccountId>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let changed = sqlx::query(
        "update application
         set recruiter_id = $2, manager_id = $3, version = version + 1
         where application_id = $1 and (recruiter_id, manager_id) is distinct from ($2, $3)",
    )
    .bind(allowed.application())
    .bind(recruiter)
    .bind(manager)
    .execute(tx.connection())
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(());
    }
    let id = allowed.application();
    if recruiter != allowed.by() {
        of_application::tell(tx, recruiter, Told::Recruiter, id, now).await?;
    }
    if let Some(manager) = manager.filter(|_| manager != allowed.manager()) {
        of_application::tell(tx, manager, Told::Manager, id, now).await?;
    }
    let event = Event::new(events::HANDED_OVER, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application()).id("recruiter", recruiter);
    let event = match manager {
        Some(manager) => event.id("manager", manager),
        None => event,
    };
    record(tx, event, now).await
}

/// What is known of these addresses, by key.
pub async fn known(
    tx: &mut Tx,
    _: &Allowed<MayRecruit>,
    keys: &[String],
) -> Result<HashMap<String, Known>, sqlx::Error> {
    let rows: Vec<(String, AccountId, bool, bool, Vec<TrackId>)> = sqlx::query_as(
        "select a.email_key, a.account_id, a.roles = array['candidate'], a.disabled_at is not null,
           array(
             select p.track_id
             from application p
             where p.candidate_id = a.account_id and p.closed_at is null)
         from account a
         where a.email_key = any($1)",
    )
    .bind(keys)
    .fetch_all(tx.connection())
    .await?;
    let known = |(key, account, is_candidate, is_closed, tracks)| {
        (key, Known { account, is_candidate, is_closed, tracks, rests: Vec::new() })
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Adds many applications of whoever asks, in four statements. All, or none: `None` where a candidate has
/// come into their track meanwhile.
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
    .await?;
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

#[derive(FromRow)]
pub(super) struct ApplicationRow {
    application_id: ApplicationId,
    candidate_id: AccountId,
    name: String,
    email: String,
    zone: String,
    is_here: bool,
    track_id: TrackId,
    target_level: i16,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
    alias: String,
    source: String,
    created_at: jiff_sqlx::Timestamp,
    #[sqlx(rename = "application_closed_at")]
    closed_at: Option<jiff_sqlx::Timestamp>,
    #[sqlx(rename = "application_closed_why")]
    closed_why: Option<String>,
    #[sqlx(rename = "application_closed_reason")]
    closed_reason: String,
}

/// The columns of an application `p` and its candidate's account `a`.
pub(super) const COLUMNS: &str = "p.application_id, p.candidate_id, a.name, a.email, a.zone,
   a.accepted_at is not null as is_here, p.track_id, p.target_level, p.recruiter_id, p.manager_id,
   p.alias, p.source, p.created_at, p.closed_at as application_closed_at,
   p.closed_why as application_closed_why, p.closed_reason as application_closed_reason";

pub(super) fn level(number: i16) -> Option<Level> {
    u8::try_from(number).ok().and_then(Level::new)
}

impl ApplicationRow {
    pub(super) fn into_application(self) -> Option<Application> {
        Some(Application {
            id: self.application_id,
            candidate: self.candidate_id,
            name: self.name,
            email: self.email,
            zone: self.zone,
            is_here: self.is_here,
            track: self.track_id,
            level: level(self.target_level)?,
            recruiter: self.recruiter_id,
            manager: self.manager_id,
            alias: self.alias,
            source: self.source,
            created_at: self.created_at.to_jiff(),
            closed: self.closed_at.map(|at| Closed {
                at: at.to_jiff(),
                why: self.closed_why.as_deref().and_then(Ending::from_code),
                reason: self.closed_reason,
            }),
        })
    }
}

/// One application with its candidate.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
) -> Result<Option<Application>, sqlx::Error> {
    let statement = format!(
        "select {COLUMNS}
         from application p
         join account a on a.account_id = p.candidate_id
         where p.application_id = $1"
    );
    let row: Option<ApplicationRow> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(allowed.application())
        .fetch_optional(tx.connection())
        .await?;
    Ok(row.and_then(ApplicationRow::into_application))
}

/// What the recruiter alone knows of an application: their note, and what the candidate needs and said. Nothing
/// for anybody else.
pub async fn private(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
) -> Result<Option<(String, Needs)>, sqlx::Error> {
    #[derive(FromRow)]
    struct Row {
        note: String,
        #[sqlx(flatten)]
        needs: NeedsRow,
    }
    if !allowed.runs_it() {
        return Ok(None);
    }
    let row: Option<Row> = sqlx::query_as(
        "select note, time_percent, needs, knows
         from application_private
         where application_id = $1",
    )
    .bind(allowed.application())
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|row| (row.note, row.needs.into())))
}

/// An application with whom it concerns, for letters about it.
#[derive(Debug, FromRow)]
pub struct Concerned {
    #[sqlx(rename = "application_id")]
    pub application: ApplicationId,
    #[sqlx(rename = "candidate_id")]
    pub candidate: AccountId,
    #[sqlx(rename = "recruiter_id")]
    pub recruiter: AccountId,
    #[sqlx(rename = "manager_id")]
    pub manager: Option<AccountId>,
    pub candidate_name: String,
    pub track: String,
    pub is_closed: bool,
    /// What the candidate is told about why it was closed.
    #[sqlx(rename = "closed_reason")]
    pub reason: String,
}

/// For letters alone, which ask by themselves whether they still concern their recipient.
pub(in crate::assignment) async fn concerned(
    tx: &mut Tx,
    id: ApplicationId,
) -> Result<Option<Concerned>, sqlx::Error> {
    sqlx::query_as(
        "select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id, a.name as candidate_name,
           case t.audience when '' then t.focus else t.audience end as track,
           p.closed_at is not null as is_closed, p.closed_reason
         from application p
         join account a on a.account_id = p.candidate_id
         join track t using (track_id)
         where p.application_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await
}

/// Working days in which the company answers, where no recipe says it.
const ANSWER_WITHIN: i16 = 5;

/// A stage of an application's track as it stands in the overview, given or not.
#[derive(Debug, FromRow)]
struct OwnRow {
    application_id: ApplicationId,
    created_at: jiff_sqlx::Timestamp,
    closed_at: Option<jiff_sqlx::Timestamp>,
    closed_reason: String,
    track: String,
    slug: Option<String>,
    stage_id: Option<StageId>,
    title: Option<String>,
    answer_within_days: i16,
}

/// The open and past applications of whoever asks, the newest first, each with the stages of its track.
pub async fn own(
    tx: &mut Tx,
    allowed: &Allowed<MayTakePart>,
) -> Result<Vec<OwnApplication>, sqlx::Error> {
    let rows: Vec<OwnRow> = sqlx::query_as(
        "select p.application_id, p.created_at, p.closed_at, p.closed_reason,
           case t.audience when '' then t.focus else t.audience end as track,
           case when t.retired_at is null then t.slug end as slug, s.stage_id, s.title,
           coalesce(r.answer_within_days, $2) as answer_within_days
         from application p
         join track t using (track_id)
         left join stage s on s.track_id = p.track_id and s.retired_at is null
         left join recipe r on r.stage_id = s.stage_id
         where p.candidate_id = $1
         order by p.created_at desc, p.application_id desc, s.position, s.stage_id",
    )
    .bind(allowed.candidate())
    .bind(ANSWER_WITHIN)
    .fetch_all(tx.connection())
    .await?;
    let mut own: Vec<OwnApplication> = Vec::new();
    for row in rows {
        if own.last().is_none_or(|last| last.id != row.application_id) {
            own.push(OwnApplication {
                id: row.application_id,
                track: row.track,
                slug: row.slug,
                created_at: row.created_at.to_jiff(),
                closed: row.closed_at.map(|at| (at.to_jiff(), row.closed_reason)),
                stages: Vec::new(),
            });
        }
        let days = row.answer_within_days.try_into().unwrap_or_default();
        let stage = row.stage_id.zip(row.title).map(|(stage, title)| (stage, title, days));
        own.last_mut().into_iter().for_each(|last| last.stages.extend(stage.clone()));
    }
    Ok(own)
}
