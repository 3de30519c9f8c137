//! Applications given to another recruiter or hiring manager.

use super::{assignments, conflicts, panels, time_requests};
use crate::account::store::calendar;
use crate::account::store::sessions;
use crate::assignment::access::{Kept, MayHandOver, MaySeeUntended, Parties};
use crate::assignment::emails::of_application::{self, Told};
use crate::assignment::emails::overdue;
use crate::assignment::emails::panel as panel_letters;
use crate::assignment::events;
use crate::assignment::lifecycle::settle;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ApplicationId};
use crate::web::allowed::Allowed;
use crate::web::viewer::Viewer;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

#[derive(FromRow)]
struct KeptRow {
    candidate_id: AccountId,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
    is_looked_after: bool,
    sits: bool,
}

/// What the rule knows of application `$1` for whoever asks, `$2`, at `$3`.
const KEPT: &str = "select p.candidate_id, p.recruiter_id, p.manager_id,
   exists (
     select
     from account a
     where a.account_id = p.recruiter_id and a.roles @> array['recruiter'] and a.accepted_at is not null
       and a.disabled_at is null and (a.ends_at is null or a.ends_at > $3)) as is_looked_after,
   exists (
     select
     from panel_member m
     join assignment g using (assignment_id)
     where g.application_id = p.application_id and m.account_id = $2) as sits
 from application p
 where p.application_id = $1";

impl KeptRow {
    fn into_kept(self, application: ApplicationId) -> Kept {
        let Self { candidate_id, recruiter_id, manager_id, is_looked_after, sits } = self;
        let (candidate, recruiter, manager) = (candidate_id, recruiter_id, manager_id);
        let parties = Parties { application, candidate, recruiter, manager };
        Kept { parties, is_looked_after, sits }
    }
}

/// What the rule has to know of an application and whoever asks. A private read that takes no capability.
pub async fn facts(
    db: &Db,
    id: ApplicationId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Kept>, sqlx::Error> {
    let row: Option<KeptRow> = sqlx::query_as(KEPT)
        .bind(id)
        .bind(account)
        .bind(now.to_sqlx())
        .fetch_optional(db.pool())
        .await?;
    Ok(row.map(|row| row.into_kept(id)))
}

/// Asks the rule again with the application and every other of its candidate's locked until `tx` ends: whoever
/// receives it leaves their blind panels.
pub async fn locked(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ApplicationId,
    now: Timestamp,
) -> Result<Option<Allowed<MayHandOver>>, sqlx::Error> {
    let Some(person) = viewer.person() else { return Ok(None) };
    sqlx::query(
        "select
         from application
         where candidate_id = (select candidate_id from application where application_id = $1)
         order by application_id
         for update",
    )
    .bind(id)
    .execute(tx.connection())
    .await?;
    let row: Option<KeptRow> = sqlx::query_as(KEPT)
        .bind(id)
        .bind(person.account)
        .bind(now.to_sqlx())
        .fetch_optional(tx.connection())
        .await?;
    let viewer = sessions::again(tx, viewer).await?;
    Ok(Allowed::ask(&viewer, &row.map(|row| row.into_kept(id))))
}

/// An application without who it is.
#[derive(Debug, FromRow)]
pub struct Unnamed {
    #[sqlx(rename = "application_id")]
    pub id: ApplicationId,
    pub alias: String,
    pub track: String,
    #[sqlx(rename = "target_level")]
    pub level: i16,
    /// Who looks after it, or did.
    pub recruiter: String,
}

/// The application that is handed over.
pub async fn unnamed(tx: &mut Tx, allowed: &Allowed<MayHandOver>) -> Result<Unnamed, sqlx::Error> {
    sqlx::query_as(
        "select p.application_id, p.alias, p.target_level, r.name as recruiter,
           case t.audience when '' then t.focus else t.audience end as track
         from application p
         join track t using (track_id)
         join account r on r.account_id = p.recruiter_id
         where p.application_id = $1",
    )
    .bind(allowed.application())
    .fetch_one(tx.connection())
    .await
}

/// Open applications that nobody looks after any more, the oldest first; but for those whose work whoever asks
/// looks at or looked at.
pub async fn untended(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeUntended>,
    now: Timestamp,
) -> Result<Vec<Unnamed>, sqlx::Error> {
    sqlx::query_as(
        "select p.application_id, p.alias, p.target_level, r.name as recruiter,
           case t.audience when '' then t.focus else t.audience end as track
         from application p
         join track t using (track_id)
         join former_recruiter f on f.account_id = p.recruiter_id and f.from_at <= $2
         join account r on r.account_id = p.recruiter_id
         where p.closed_at is null
           and not exists (
             select
             from panel_member m
             join assignment g using (assignment_id)
             where g.application_id = p.application_id and m.account_id = $1)
         order by p.created_at, p.application_id
         limit $3",
    )
    .bind(allowed.by())
    .bind(now.to_sqlx())
    .bind(MOST)
    .fetch_all(tx.connection())
    .await
}

/// How many of them are shown at once; the others follow once these are handed over.
pub const MOST: i64 = 200;

/// Why somebody cannot look after an application, nor decide on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partial {
    /// They are on one of its panels.
    OnPanel,
    /// They have a conflict with its candidate.
    Conflict,
}

/// One of `among` who cannot run an application, with their name and why.
pub async fn partial(
    tx: &mut Tx,
    allowed: &Allowed<MayHandOver>,
    among: &[AccountId],
) -> Result<Option<(AccountId, String, Partial)>, sqlx::Error> {
    let found: Option<(AccountId, String, bool)> = sqlx::query_as(
        "select a.account_id, a.name, c.account_id is not null
         from application p
         join account a on a.account_id = any($2)
         left join conflict c
           on c.candidate_id = p.candidate_id and c.account_id = a.account_id and c.kind <> 'recognised'
         where p.application_id = $1
           and (c.account_id is not null
             or exists (
               select
               from seat_in_force m
               where m.application_id = p.application_id and m.account_id = a.account_id))
         limit 1",
    )
    .bind(allowed.application())
    .bind(among)
    .fetch_optional(tx.connection())
    .await?;
    let why = |has_conflict| if has_conflict { Partial::Conflict } else { Partial::OnPanel };
    Ok(found.map(|(account, name, has_conflict)| (account, name, why(has_conflict))))
}

/// What tells one state of an application from the one after.
pub async fn version(tx: &mut Tx, allowed: &Allowed<MayHandOver>) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("select version from application where application_id = $1")
        .bind(allowed.application())
        .fetch_one(tx.connection())
        .await
}

/// Gives an application that the caller has locked and saw as `version` to another recruiter or hiring manager,
/// and with it what was put in line for the one before. The same people again are no change. `false` where it was
/// changed meanwhile.
pub async fn hand_over(
    tx: &mut Tx,
    allowed: &Allowed<MayHandOver>,
    (recruiter, manager): (AccountId, Option<AccountId>),
    version: i32,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    if (recruiter, manager) == (allowed.recruiter(), allowed.manager()) {
        return Ok(true);
    }
    let changed = sqlx::query(
        "update application
         set recruiter_id = $2, manager_id = $3, version = version + 1
         where application_id = $1 and version = $4",
    )
    .bind(allowed.application())
    .bind(recruiter)
    .bind(manager)
    .bind(version)
    .execute(tx.connection())
    .await?;
    if changed.rows_affected() == 0 {
        return Ok(false);
    }
    let id = allowed.application();
    if recruiter != allowed.by() && recruiter != allowed.recruiter() {
        of_application::tell(tx, recruiter, Told::Recruiter, id, now).await?;
    }
    if let Some(manager) = manager.filter(|_| manager != allowed.manager()) {
        of_application::tell(tx, manager, Told::Manager, id, now).await?;
    }
    watch(tx, allowed, (recruiter, manager), now).await?;
    let people: Vec<AccountId> = [Some(recruiter), manager].into_iter().flatten().collect();
    conflicts::recuse(tx, &[allowed.candidate()], &people, now).await?;
    let event = Event::new(events::HANDED_OVER, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application()).id("recruiter", recruiter);
    let event = match manager {
        Some(manager) => event.id("manager", manager),
        None => event,
    };
    record(tx, event, now).await?;
    Ok(true)
}

/// Puts in line for those who run an application now what is told when a date passes or an answer does not
/// come. What was put in line for those before says nothing when its instant comes.
async fn watch(
    tx: &mut Tx,
    allowed: &Allowed<MayHandOver>,
    (recruiter, manager): (AccountId, Option<AccountId>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let days = calendar::find(tx).await?.calendar.working_days();
    for it in assignments::open(tx, allowed.application()).await? {
        let state = settle(it.format, it.state.clone(), now);
        overdue::watch(tx, (allowed.candidate(), recruiter), (it.id, &state), now).await?;
        if let Some((request, asked_at)) = time_requests::waiting(tx, it.id).await? {
            let at = [1, 2].map(|count| days.after(asked_at, count));
            overdue::watch_request(tx, (recruiter, manager), (it.id, request), at, now).await?;
        }
        for one in panels::of(tx, it.id, now).await? {
            if one.is_present() && !one.has_accepted() {
                let seat = (it.id, one.id);
                panel_letters::watch(tx, recruiter, seat, one.answer_by, now).await?;
            }
        }
    }
    Ok(())
}
