//! Seats on panels, as those have them who sit there: found, answered, left.

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, PgExecutor};

use super::prospects::WEEK;
use super::{assignments, conflicts, panels};
use crate::account::store::sessions;
use crate::assignment::access::{Given, MayAnswer, MayInterview, MaySit, Parties, Seated};
use crate::assignment::application::Assignment;
use crate::assignment::emails::panel::{self as letters, Told};
use crate::assignment::events;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::Phase;
use crate::assignment::panel::{Conflict, Leaving, Member};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, ApplicationId, AssignmentId, PanelMemberId};
use crate::web::allowed::{Allowed, Capability, Viewer};

/// Whoever asks, on the panel of an assignment. A private read that takes no capability.
pub async fn facts(
    db: &Db,
    assignment: AssignmentId,
    account: AccountId,
) -> Result<Option<Seated>, sqlx::Error> {
    find_facts(db.pool(), assignment, account).await
}

/// The assignment, where `account` sits or sat on its panel. A private read that takes no capability.
pub async fn ever(
    db: &Db,
    assignment: AssignmentId,
    account: AccountId,
) -> Result<Option<Given>, sqlx::Error> {
    let row: Option<(ApplicationId, AccountId, AccountId, Option<AccountId>)> = sqlx::query_as(
        "select p.application_id, p.candidate_id, p.recruiter_id, p.manager_id
         from assignment g
         join application p using (application_id)
         where g.assignment_id = $1
           and exists (
             select
             from panel_member m
             where m.assignment_id = g.assignment_id and m.account_id = $2)",
    )
    .bind(assignment)
    .bind(account)
    .fetch_optional(db.pool())
    .await?;
    Ok(row.map(|(application, candidate, recruiter, manager)| Given {
        assignment,
        parties: Parties { application, candidate, recruiter, manager },
    }))
}

/// The seat of whoever answers, where they have one still.
pub async fn sitting(
    db: &Db,
    viewer: &Viewer,
    asked: &Allowed<MayAnswer>,
) -> Result<Option<Allowed<MaySit>>, sqlx::Error> {
    let seat = facts(db, asked.assignment(), asked.account()).await?;
    Ok(Allowed::ask(viewer, &seat))
}

/// Asks the rule again of an assignment that the caller has locked: seats and roles end meanwhile.
pub async fn again<C: Capability<Facts = Option<Seated>>>(
    tx: &mut Tx,
    viewer: &Viewer,
    (assignment, account): (AssignmentId, AccountId),
) -> Result<Option<Allowed<C>>, sqlx::Error> {
    let viewer = sessions::again(tx, viewer).await?;
    let seat = find_facts(tx.connection(), assignment, account).await?;
    Ok(Allowed::ask(&viewer, &seat))
}

async fn find_facts(
    executor: impl PgExecutor<'_>,
    assignment: AssignmentId,
    account: AccountId,
) -> Result<Option<Seated>, sqlx::Error> {
    let row: Option<SeatRow> = sqlx::query_as(
        "select panel_member_id, is_shadow, accepted_at is not null as has_accepted, application_id,
           candidate_id, recruiter_id, manager_id
         from seat_in_force
         where assignment_id = $1 and account_id = $2",
    )
    .bind(assignment)
    .bind(account)
    .fetch_optional(executor)
    .await?;
    Ok(row.map(|row| row.seated(assignment, account)))
}

#[derive(FromRow)]
struct SeatRow {
    panel_member_id: PanelMemberId,
    is_shadow: bool,
    has_accepted: bool,
    application_id: ApplicationId,
    candidate_id: AccountId,
    recruiter_id: AccountId,
    manager_id: Option<AccountId>,
}

impl SeatRow {
    fn seated(self, assignment: AssignmentId, account: AccountId) -> Seated {
        let parties = Parties {
            application: self.application_id,
            candidate: self.candidate_id,
            recruiter: self.recruiter_id,
            manager: self.manager_id,
        };
        Seated {
            member: self.panel_member_id,
            account,
            given: Given { assignment, parties },
            has_accepted: self.has_accepted,
            is_shadow: self.is_shadow,
        }
    }
}

/// An assignment as its panel knows it.
#[derive(Debug)]
pub struct Work {
    pub it: Assignment,
    pub track: String,
    /// The address part of the track's page.
    pub track_slug: String,
    /// The challenge document's path.
    pub document: String,
    /// The alias, or the candidate's name where the panel is not blind.
    pub who: String,
    /// Everybody who is on the panel, whoever asks among them.
    pub panel: Vec<Member>,
}

/// What whoever asks sits for.
pub async fn work(
    tx: &mut Tx,
    allowed: &Allowed<MaySit>,
    now: Timestamp,
) -> Result<Option<Work>, sqlx::Error> {
    let application = allowed.parties().application;
    let found = assignments::looked_at(tx, application, allowed.assignment()).await?;
    let Some(it) = found else { return Ok(None) };
    let (who, track, track_slug, document) = sqlx::query_as(
        "select case when g.is_blind then p.alias else a.name end,
           coalesce(nullif(t.audience, ''), t.focus), t.slug, d.path
         from assignment g
         join document d using (document_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         join track t using (track_id)
         where g.assignment_id = $1",
    )
    .bind(allowed.assignment())
    .fetch_one(tx.connection())
    .await?;
    let members = panels::of(tx, allowed.assignment(), now).await?;
    // Why others declined is none of their business, nor is who did.
    let panel = members.into_iter().filter(Member::is_present);
    let panel = panel.map(|one| Member { reason: String::new(), ..one }).collect();
    Ok(Some(Work { it, track, track_slug, document, who, panel }))
}

/// How much whoever asks has to do: panels that go on, and those they were asked onto within seven days;
/// without this one.
pub async fn load(
    tx: &mut Tx,
    allowed: &Allowed<MaySit>,
    now: Timestamp,
) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as("select going, asked from interviewer_load($1, $2, $3, $4)")
        .bind(allowed.account())
        .bind(now.to_sqlx())
        .bind((now - WEEK).to_sqlx())
        .bind(allowed.assignment())
        .fetch_one(tx.connection())
        .await
}

/// What somebody says to being asked onto a panel, or once they sit there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Accept,
    /// They take part, and need until then.
    NeedUntil(Date),
    Decline {
        reason: String,
    },
    Conflict {
        kind: Conflict,
        reason: String,
    },
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Now,
    /// It was said before; nothing is done again.
    Before,
}

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    #[error("You are not on this panel any more")]
    Gone,
    #[error("The votes are open or it has ended, and nothing is left for you to do")]
    Over,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Takes an answer. Whoever declines or has a conflict sees nothing of it from this instant on.
pub async fn answer(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayAnswer>,
    answer: &Answer,
    now: Timestamp,
) -> Result<Answered, NotAnswered> {
    let (id, parties) = (allowed.assignment(), allowed.parties());
    if let Answer::Conflict { kind, reason } = answer {
        // Their seat may have ended meanwhile; what they know is so all the same.
        conflicts::tell(tx, allowed, (*kind, reason), now).await?;
        return Ok(Answered::Now);
    }
    let it = assignments::locked(tx, parties.application, id).await?.ok_or(NotAnswered::Gone)?;
    let seat: Option<Allowed<MaySit>> = again(tx, viewer, (id, allowed.account())).await?;
    let allowed = &seat.ok_or(NotAnswered::Gone)?;
    let members = panels::of(tx, id, now).await?;
    let me = members.iter().find(|one| one.id == allowed.member() && one.is_present());
    let me = me.ok_or(NotAnswered::Gone)?;
    let settled = settle(it.format, it.state.clone(), now);
    if Phase::of(it.format, &settled, now).is_past_voting() {
        return Err(NotAnswered::Over);
    }
    let action = match answer {
        Answer::Accept if me.has_accepted() => return Ok(Answered::Before),
        Answer::NeedUntil(day) if me.needs_until == Some(*day) => return Ok(Answered::Before),
        Answer::Accept | Answer::Conflict { .. } => {
            accept(tx, me.id, None, now).await?;
            events::PANEL_JOINED
        }
        Answer::NeedUntil(day) => {
            accept(tx, me.id, Some(*day), now).await?;
            letters::tell(tx, parties.recruiter, Told::RecruiterOfNeed, (id, me.id), now).await?;
            events::PANEL_NEEDS_UNTIL
        }
        Answer::Decline { reason } => {
            panels::leave(tx, me.id, (Leaving::Declined, reason), now).await?;
            let told = Told::RecruiterOfLeaving;
            letters::tell(tx, parties.recruiter, told, (id, me.id), now).await?;
            events::PANEL_DECLINED
        }
    };
    note(tx, allowed, action, now).await?;
    Ok(Answered::Now)
}

/// Records what a member did.
async fn note(
    tx: &mut Tx,
    allowed: &Allowed<MaySit>,
    action: &'static str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let event = Event::new(action, Actor::Person(allowed.account()));
    let event = event.about("application", allowed.parties().application);
    let event = event.id("assignment", allowed.assignment());
    record(tx, event.id("account", allowed.account()), now).await
}

async fn accept(
    tx: &mut Tx,
    member: PanelMemberId,
    needs_until: Option<Date>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update panel_member
         set accepted_at = coalesce(accepted_at, $2), needs_until = coalesce($3, needs_until),
           version = version + 1
         where panel_member_id = $1",
    )
    .bind(member)
    .bind(now.to_sqlx())
    .bind(needs_until.map(ToSqlx::to_sqlx))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A seat as its holder's desk shows it.
#[derive(Debug)]
pub struct Held {
    pub assignment: AssignmentId,
    pub who: String,
    pub stage: String,
    pub has_accepted: bool,
    pub is_shadow: bool,
    pub answer_by: Timestamp,
    pub phase: Phase,
    pub format: Format,
    /// From when on the promise counts, and in how many working days it is answered.
    pub handed_in: Option<Timestamp>,
    pub answer_within_days: u16,
}

#[derive(FromRow)]
struct HeldRow {
    assignment_id: AssignmentId,
    who: String,
    title: String,
    has_accepted: bool,
    is_shadow: bool,
    answer_by: jiff_sqlx::Timestamp,
    phase: String,
    format: String,
    handed_in: Option<jiff_sqlx::Timestamp>,
    answer_within_days: i16,
    total: i64,
}

/// The seats of whoever asks on panels that go on: those that want an answer first, by when they do; at
/// most `limit`, and how many there are.
pub async fn held(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    now: Timestamp,
    limit: i64,
) -> Result<(Vec<Held>, i64), sqlx::Error> {
    let rows: Vec<HeldRow> = sqlx::query_as(
        // Those that are shown are looked up, however many there are.
        "select m.assignment_id, m.who, s.title, m.accepted_at is not null as has_accepted, m.is_shadow,
           m.answer_by, assignment_phase(m.it, $2) as phase, (m.it).format,
           counts_from(m.it) as handed_in, (m.it).answer_within_days, n.total
         from (
           select panel_member_id, count(*) over () as total
           from panel_member
           where account_id = $1 and left_at is null and goes_on and lapses_at > $2
           order by accepted_at is not null, answer_by, panel_member_id
           limit $3) n
         join seat_in_force m using (panel_member_id)
         join stage s using (stage_id)
         order by m.accepted_at is not null, m.answer_by, m.panel_member_id",
    )
    .bind(allowed.account())
    .bind(now.to_sqlx())
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let held = |row: HeldRow| {
        Some(Held {
            assignment: row.assignment_id,
            who: row.who,
            stage: row.title,
            has_accepted: row.has_accepted,
            is_shadow: row.is_shadow,
            answer_by: row.answer_by.to_jiff(),
            phase: Phase::from_code(&row.phase)?,
            format: Format::from_code(&row.format)?,
            handed_in: row.handed_in.map(|at| at.to_jiff()),
            answer_within_days: row.answer_within_days.try_into().unwrap_or_default(),
        })
    };
    Ok((rows.into_iter().filter_map(held).collect(), total))
}

/// A seat with whom it concerns, for letters about it.
#[derive(Debug, FromRow)]
pub struct Concerned {
    pub account: AccountId,
    pub interviewer: String,
    /// The alias, or the name where the panel is not blind.
    pub who: String,
    pub candidate: String,
    pub recruiter: AccountId,
    pub application: ApplicationId,
    pub is_shadow: bool,
    pub has_accepted: bool,
    pub has_left: bool,
    pub left_why: Option<String>,
    answer_by: jiff_sqlx::Timestamp,
    needs_until: Option<jiff_sqlx::Date>,
}

impl Concerned {
    pub fn answer_by(&self) -> Timestamp {
        self.answer_by.to_jiff()
    }

    pub fn needs_until(&self) -> Option<Date> {
        self.needs_until.map(jiff_sqlx::Date::to_jiff)
    }

    pub fn left_why(&self) -> Option<Leaving> {
        self.left_why.as_deref().and_then(Leaving::from_code)
    }
}

/// For letters alone, which ask by themselves whether they still concern their recipient.
pub async fn concerned(
    tx: &mut Tx,
    member: PanelMemberId,
) -> Result<Option<Concerned>, sqlx::Error> {
    sqlx::query_as(
        "select m.account_id as account, i.name as interviewer,
           case when g.is_blind then p.alias else a.name end as who, a.name as candidate,
           p.recruiter_id as recruiter, p.application_id as application, m.is_shadow,
           m.accepted_at is not null as has_accepted, m.left_at is not null as has_left, m.left_why,
           m.answer_by, m.needs_until
         from panel_member m
         join account i using (account_id)
         join assignment g using (assignment_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         where m.panel_member_id = $1",
    )
    .bind(member)
    .fetch_optional(tx.connection())
    .await
}
