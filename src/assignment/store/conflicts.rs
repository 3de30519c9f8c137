//! Who must not look at a candidate's work: told by interviewers of themselves, and by recruiters.
//!
//! A conflict concerns every application of its candidate. Whoever tells one has all of them locked, in one
//! order, before anything else: nobody is asked onto a panel, or given an application, meanwhile.

use jiff_sqlx::ToSqlx;

use super::applications;
use super::panels::leave;
use crate::assignment::access::{MayAnswer, MayRunApplication};
use crate::assignment::emails::panel::{self as letters, Told};
use crate::assignment::events;
use crate::assignment::panel::{Conflict, Leaving};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId, AssignmentId, PanelMemberId};
use crate::web::allowed::Allowed;
use crate::web::viewer::Viewer;

/// A conflict somebody has with a candidate.
#[derive(Debug)]
pub struct Known {
    pub account: AccountId,
    pub name: String,
    pub told_at: Timestamp,
    /// What it is and why, where it was told in this application; elsewhere it is its recruiter's to know.
    pub told: Option<(Conflict, String)>,
}

/// Who must not look at the candidate's work, for the recruiter alone; by name.
pub async fn list(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
) -> Result<Vec<Known>, sqlx::Error> {
    let rows: Vec<(AccountId, String, String, String, bool, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "select c.account_id, a.name, c.kind, c.reason, c.application_id is not distinct from $2, c.told_at
         from conflict c
         join account a using (account_id)
         where c.candidate_id = $1
         order by lower(a.name), c.account_id",
    )
    .bind(allowed.candidate())
    .bind(allowed.application())
    .fetch_all(tx.connection())
    .await?;
    let known = |(account, name, kind, reason, is_here, told_at)| {
        let (kind, told_at): (String, jiff_sqlx::Timestamp) = (kind, told_at);
        let told = Conflict::from_code(&kind).filter(|_| is_here).map(|kind| (kind, reason));
        Known { account, name, told_at: told_at.to_jiff(), told }
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Asks the rule about an application again, with it and every other of its candidate's locked until `tx`
/// ends.
pub async fn locked(
    tx: &mut Tx,
    viewer: &Viewer,
    asked: &Allowed<MayRunApplication>,
) -> Result<Option<Allowed<MayRunApplication>>, sqlx::Error> {
    lock(tx, asked.candidate()).await?;
    applications::locked(tx, viewer, asked.application()).await
}

async fn lock(tx: &mut Tx, candidate: AccountId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "select from application where candidate_id = $1 order by application_id for update",
    )
    .bind(candidate)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Writes down, as the recruiter of an application that is [`locked`], that somebody must not look at its
/// candidate's work, and takes them off every panel of theirs. Told again, it stays what it was.
pub async fn note(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (account, kind, reason): (AccountId, Conflict, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let pair = Pair { candidate: allowed.candidate(), account };
    let here = allowed.application();
    if keep(tx, (pair, here), (kind, reason), allowed.by(), now).await? {
        told(tx, allowed.by(), (allowed.application(), None), account, now).await?;
    }
    end_seats(tx, (pair, Which::All), allowed.by(), now).await?;
    Ok(())
}

/// Takes back a conflict that was told by mistake in this application, which is [`locked`], and says why.
/// Whoever had it can be asked again; nobody takes back their own. `false` where there is none.
pub async fn lift(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (account, reason): (AccountId, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let lifted = sqlx::query(
        "delete from conflict
         where candidate_id = $1 and account_id = $2 and application_id = $3 and account_id <> $4",
    )
    .bind(allowed.candidate())
    .bind(account)
    .bind(allowed.application())
    .bind(allowed.by())
    .execute(tx.connection())
    .await?;
    if lifted.rows_affected() == 0 {
        return Ok(false);
    }
    let event = Event::new(events::CONFLICT_LIFTED, Actor::Person(allowed.by()));
    let event = event.about("application", allowed.application()).id("account", account);
    record(tx, event.noted(reason), now).await?;
    Ok(true)
}

/// Takes down what a member tells of themselves, whenever they find it, and takes them off every panel of the
/// candidate's. It is kept also where their seat had ended meanwhile.
pub(super) async fn tell(
    tx: &mut Tx,
    allowed: &Allowed<MayAnswer>,
    (kind, reason): (Conflict, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (parties, me) = (allowed.parties(), allowed.account());
    lock(tx, parties.candidate).await?;
    let pair = Pair { candidate: parties.candidate, account: me };
    if keep(tx, (pair, parties.application), (kind, reason), me, now).await? {
        told(tx, me, (parties.application, Some(allowed.assignment())), me, now).await?;
    }
    end_seats(tx, (pair, Which::All), me, now).await
}

/// Takes these people off the blind panels of these candidates, whom they know by name from now on as those
/// who run an application of theirs, in `tx`. The recruiters of the panels are told.
pub(super) async fn recuse(
    tx: &mut Tx,
    candidates: &[AccountId],
    people: &[AccountId],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let sits: Vec<AccountId> = sqlx::query_scalar(
        "select distinct p.candidate_id
         from panel_member m
         join assignment g using (assignment_id)
         join application p using (application_id)
         where m.account_id = any($2) and m.left_at is null and p.candidate_id = any($1)",
    )
    .bind(candidates)
    .bind(people)
    .fetch_all(tx.connection())
    .await?;
    for candidate in sits {
        lock(tx, candidate).await?;
        for account in people {
            let pair = Pair { candidate, account: *account };
            end_seats(tx, (pair, Which::Blind), *account, now).await?;
        }
    }
    Ok(())
}

/// A candidate, and somebody who must not look at their work.
#[derive(Clone, Copy)]
struct Pair {
    candidate: AccountId,
    account: AccountId,
}

/// On which panels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    Blind,
}

#[derive(sqlx::FromRow)]
struct Seat {
    #[sqlx(rename = "application_id")]
    application: ApplicationId,
    #[sqlx(rename = "assignment_id")]
    assignment: AssignmentId,
    #[sqlx(rename = "panel_member_id")]
    member: PanelMemberId,
    #[sqlx(rename = "recruiter_id")]
    recruiter: AccountId,
}

/// The seats on the candidate's panels, locked with their assignments.
async fn seats(tx: &mut Tx, pair: Pair, which: Which) -> Result<Vec<Seat>, sqlx::Error> {
    sqlx::query_as(
        "select p.application_id, g.assignment_id, m.panel_member_id, p.recruiter_id
         from panel_member m
         join assignment g using (assignment_id)
         join application p using (application_id)
         where p.candidate_id = $1 and m.account_id = $2 and m.left_at is null
           and (g.is_blind or not $3)
         order by g.assignment_id
         for update of g, m",
    )
    .bind(pair.candidate)
    .bind(pair.account)
    .bind(which == Which::Blind)
    .fetch_all(tx.connection())
    .await
}

/// Keeps a conflict that is told in an application; `false` where it was kept before.
async fn keep(
    tx: &mut Tx,
    (pair, application): (Pair, ApplicationId),
    (kind, reason): (Conflict, &str),
    teller: AccountId,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let kept = sqlx::query(
        "insert into conflict (candidate_id, account_id, kind, reason, told_by, told_at, application_id)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (candidate_id, account_id) do nothing",
    )
    .bind(pair.candidate)
    .bind(pair.account)
    .bind(kind.code())
    .bind(reason)
    .bind(teller)
    .bind(now.to_sqlx())
    .bind(application)
    .execute(tx.connection())
    .await?;
    Ok(kept.rows_affected() > 0)
}

/// Ends the seats that a conflict forbids, and tells the recruiters of each.
async fn end_seats(
    tx: &mut Tx,
    (pair, which): (Pair, Which),
    teller: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for seat in seats(tx, pair, which).await? {
        leave(tx, seat.member, (Leaving::Conflict, ""), now).await?;
        let event = Event::new(events::PANEL_LEFT, Actor::Person(teller));
        let event = event.about("application", seat.application).id("account", pair.account);
        record(tx, event.id("assignment", seat.assignment), now).await?;
        if seat.recruiter != teller {
            let (told, at) = (Told::RecruiterOfLeaving, (seat.assignment, seat.member));
            letters::tell(tx, seat.recruiter, told, at, now).await?;
        }
    }
    Ok(())
}

async fn told(
    tx: &mut Tx,
    teller: AccountId,
    (application, assignment): (ApplicationId, Option<AssignmentId>),
    account: AccountId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let event = Event::new(events::CONFLICT_TOLD, Actor::Person(teller));
    let event = event.about("application", application).id("account", account);
    let event = match assignment {
        Some(assignment) => event.id("assignment", assignment),
        None => event,
    };
    record(tx, event, now).await
}
