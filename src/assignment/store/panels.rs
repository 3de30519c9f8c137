//! Panels, as the recruiter of an application makes and changes them.
//!
//! Every change locks the assignment first, as votes and decisions do: whoever is on a panel when one of
//! them happens was on it all the way.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::{assignments, prospects};
use crate::account::store::calendar;
use crate::assignment::access::{Given, MayRunApplication, MaySeeApplication};
use crate::assignment::application::Assignment;
use crate::assignment::emails::panel::{self as letters, Told};
use crate::assignment::events;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Phase, State};
use crate::assignment::panel::{
    ANSWER_WITHIN, Bar, Hindrance, Leaving, MOST, Member, Seat, propose,
};
use crate::assignment::reminders::final_from;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::{Tx, read_all};
use crate::ids::{AccountId, AssignmentId, PanelMemberId};
use crate::web::allowed::Allowed;

/// Why a panel was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// No such assignment or member is in this application.
    #[error("There is no such panel")]
    Unknown,
    #[error("Somebody else changed this meanwhile; look at what it says now, then do it again")]
    Changed,
    #[error("This stage is over, and its panel with it")]
    Over,
    #[error("A panel has at most {MOST} members")]
    TooMany,
    #[error("{name} cannot be on this panel: {why}")]
    Barred { name: String, why: String },
    #[error("Choose somebody who interviews")]
    Nobody,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

#[derive(FromRow)]
struct MemberRow {
    panel_member_id: PanelMemberId,
    account_id: AccountId,
    name: String,
    is_shadow: bool,
    is_here: bool,
    invited_at: jiff_sqlx::Timestamp,
    answer_by: jiff_sqlx::Timestamp,
    accepted_at: Option<jiff_sqlx::Timestamp>,
    needs_until: Option<jiff_sqlx::Date>,
    left_at: Option<jiff_sqlx::Timestamp>,
    left_why: Option<String>,
    left_reason: String,
    version: i32,
}

impl MemberRow {
    fn into_member(self) -> Option<Member> {
        let seat = match (self.left_at, self.accepted_at) {
            (Some(at), _) => {
                Seat::Left { at: at.to_jiff(), why: Leaving::from_code(&self.left_why?)? }
            }
            (None, Some(at)) => Seat::Taken { at: at.to_jiff() },
            (None, None) => Seat::Asked,
        };
        Some(Member {
            id: self.panel_member_id,
            account: self.account_id,
            name: self.name,
            is_shadow: self.is_shadow,
            is_here: self.is_here,
            invited_at: self.invited_at.to_jiff(),
            answer_by: self.answer_by.to_jiff(),
            seat,
            needs_until: self.needs_until.map(jiff_sqlx::Date::to_jiff),
            reason: self.left_reason,
            version: self.version,
        })
    }
}

/// Everybody who is or was on the panel of an assignment, in the order in which they were asked. Why
/// somebody declined is for the recruiter alone.
pub async fn members(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    assignment: AssignmentId,
    now: Timestamp,
) -> Result<Vec<Member>, sqlx::Error> {
    let members = of(tx, assignment, now).await?;
    let members = members.into_iter();
    Ok(match allowed.runs_it() {
        true => members.collect(),
        false => members.map(|one| Member { reason: String::new(), ..one }).collect(),
    })
}

pub(in crate::assignment) async fn of(
    tx: &mut Tx,
    assignment: AssignmentId,
    now: Timestamp,
) -> Result<Vec<Member>, sqlx::Error> {
    let rows: Vec<MemberRow> = sqlx::query_as(
        "select m.panel_member_id, m.account_id, a.name, m.is_shadow, m.invited_at, m.answer_by,
           m.accepted_at, m.needs_until, m.left_at, m.left_why, m.left_reason, m.version,
           a.roles && array['interviewer', 'external'] and a.disabled_at is null
             and (a.ends_at is null or a.ends_at > $2) as is_here
         from panel_member m
         join account a using (account_id)
         where m.assignment_id = $1
         order by m.invited_at, m.panel_member_id",
    )
    .bind(assignment)
    .bind(now.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    read_all(rows, MemberRow::into_member)
}

/// The accounts that were on a panel and left it.
pub fn left(members: &[Member]) -> Vec<AccountId> {
    members.iter().filter(|one| !one.is_present()).map(|one| one.account).collect()
}

/// The assignment, locked, while its panel can still be changed.
async fn changeable(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<Assignment, NotChanged> {
    let it = assignments::locked(tx, allowed.application(), id).await?;
    let it = it.ok_or(NotChanged::Unknown)?;
    let phase = Phase::of(it.format, &settle(it.format, it.state.clone(), now), now);
    // A lapse can be revived, and its panel goes on then.
    let is_over = phase == Phase::Opened || phase.is_over() && phase != Phase::Lapsed;
    if is_over { Err(NotChanged::Over) } else { Ok(it) }
}

/// Asks people onto the panel of an assignment, in an application that the caller has locked. Those who are on
/// it already are passed over, so that the same again is no change. The seats that are new, in order.
pub async fn invite(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    id: AssignmentId,
    (accounts, as_shadows): (&[AccountId], bool),
    now: Timestamp,
) -> Result<Vec<PanelMemberId>, NotChanged> {
    let it = changeable(tx, allowed, id, now).await?;
    let calendar = calendar::find(tx).await?.calendar;
    let prospects = prospects::find(tx, allowed.application(), (it.stage, Some(id)), now).await?;
    let asks =
        Asks { recruiter: allowed.by(), as_shadow: as_shadows, days: calendar.working_days() };
    let present = of(tx, id, now).await?.iter().filter(|one| one.is_present()).count();
    let mut asked = Vec::new();
    for account in accounts {
        let who = prospects.iter().find(|one| one.account == *account);
        let who = who.ok_or(NotChanged::Nobody)?;
        let hindrance = who.hindrance(it.level, &[]);
        match hindrance.filter(|it| !it.can_be_overruled()) {
            Some(Hindrance::Barred(Bar::Present)) => continue,
            Some(bar) => {
                return Err(NotChanged::Barred { name: who.name.clone(), why: bar.says() });
            }
            None => {}
        }
        if present + asked.len() >= MOST {
            return Err(NotChanged::TooMany);
        }
        let Some(member) = ask(tx, &it, *account, &asks, now).await? else { continue };
        asked.push(member);
        let event = event(events::PANEL_ASKED, allowed, id);
        record(tx, event.id("account", *account), now).await?;
    }
    Ok(asked)
}

/// How somebody is asked onto a panel.
struct Asks {
    /// Who is told where no answer comes.
    recruiter: AccountId,
    as_shadow: bool,
    /// In which an answer is wanted.
    days: WorkingDays,
}

/// Gives somebody a seat that they have not accepted yet, and tells them. None where they have one.
async fn ask(
    tx: &mut Tx,
    it: &Assignment,
    account: AccountId,
    asks: &Asks,
    now: Timestamp,
) -> Result<Option<PanelMemberId>, sqlx::Error> {
    let (id, member) = (it.id, PanelMemberId::new());
    let answer_by = asks.days.after(now, ANSWER_WITHIN);
    let added = sqlx::query(
        "insert into panel_member
           (panel_member_id, assignment_id, account_id, is_shadow, invited_at, answer_by, goes_on)
         select $1, $2, $3, $4, $5, $6, g.state not in ('decided', 'closed')
         from assignment g
         where g.assignment_id = $2
         on conflict (assignment_id, account_id) where left_at is null do nothing",
    )
    .bind(member)
    .bind(id)
    .bind(account)
    .bind(asks.as_shadow)
    .bind(now.to_sqlx())
    .bind(answer_by.to_sqlx())
    .execute(tx.connection())
    .await?;
    if added.rows_affected() == 0 {
        return Ok(None);
    }
    letters::tell(tx, account, Told::Asked, (id, member), now).await?;
    letters::remind(tx, account, (id, member), asks.days.after(now, 1), now).await?;
    letters::watch(tx, asks.recruiter, (id, member), answer_by, now).await?;
    // Whoever comes later sees on the page that it is here.
    if let Some(at) = final_from(&it.state, it.format).filter(|at| *at > now) {
        letters::tell_of_work(tx, account, (id, member), at, now).await?;
    }
    Ok(Some(member))
}

/// Asks whoever is free, and next in line, onto a panel that the caller has locked with its application, in place
/// of its recruiter. None where nobody is free. That it happens tells that fewer than the quorum have voted, and
/// that is what is recorded.
pub async fn call_reserve(
    tx: &mut Tx,
    it: &Assignment,
    given: &Given,
    now: Timestamp,
) -> Result<Option<PanelMemberId>, sqlx::Error> {
    let calendar = calendar::find(tx).await?.calendar;
    let members = of(tx, it.id, now).await?;
    let prospects = prospects::find(tx, it.application, (it.stage, Some(it.id)), now).await?;
    let present = members.iter().filter(|one| one.is_present()).count();
    let next = propose(&prospects, it.level, &left(&members), usize::from(present < MOST));
    let recruiter = given.parties.recruiter;
    let asks = Asks { recruiter, as_shadow: false, days: calendar.working_days() };
    let asked = match next.first() {
        Some(account) => ask(tx, it, *account, &asks, now).await?,
        None => None,
    };
    let event = Event::new(events::PANEL_RESERVE, Actor::System("votes"));
    let event = event.about("application", it.application).id("assignment", it.id);
    let event = match next.first() {
        Some(account) => event.id("account", *account),
        None => event,
    };
    record(tx, event, now).await?;
    Ok(asked)
}

/// Asks everybody who is on the panel of one assignment onto that of another, which takes its place. Whoever
/// cannot be asked any more leaves a seat that is short.
pub(super) async fn invite_again(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (id, again): (AssignmentId, AssignmentId),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let members = of(tx, id, now).await?;
    for one in members.iter().filter(|one| one.is_present()) {
        let asked = invite(tx, allowed, again, (&[one.account], one.is_shadow), now).await;
        if let Err(NotChanged::Database(error)) = asked {
            return Err(error);
        }
    }
    Ok(())
}

fn event(
    action: &'static str,
    allowed: &Allowed<MayRunApplication>,
    assignment: AssignmentId,
) -> Event {
    let event = Event::new(action, Actor::Person(allowed.by()));
    event.about("application", allowed.application()).id("assignment", assignment)
}

/// Takes a member off the panel, whom the caller saw as `version`. Their access ends with it. `false` where
/// they had left already.
pub async fn release(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    id: AssignmentId,
    (member, version): (PanelMemberId, i32),
    now: Timestamp,
) -> Result<bool, NotChanged> {
    changeable(tx, allowed, id, now).await?;
    let members = of(tx, id, now).await?;
    let one = members.iter().find(|one| one.id == member).ok_or(NotChanged::Unknown)?;
    if !one.is_present() {
        return Ok(false);
    }
    if one.version != version {
        return Err(NotChanged::Changed);
    }
    leave(tx, member, (Leaving::Replaced, ""), now).await?;
    let event = event(events::PANEL_RELEASED, allowed, id);
    record(tx, event.id("account", one.account), now).await?;
    letters::tell(tx, one.account, Told::Released, (id, member), now).await?;
    Ok(true)
}

/// Writes down that a member has left. Their answer does not matter any more.
pub(super) async fn leave(
    tx: &mut Tx,
    member: PanelMemberId,
    (why, reason): (Leaving, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update panel_member
         set left_at = $2, left_why = $3, left_reason = $4, version = version + 1
         where panel_member_id = $1",
    )
    .bind(member)
    .bind(now.to_sqlx())
    .bind(why.code())
    .bind(reason)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Reminds the whole panel, whoever has done what: nobody learns from it who has not. Once a day; `false`
/// where it was reminded on the same day of the company's.
pub async fn remind(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<bool, NotChanged> {
    changeable(tx, allowed, id, now).await?;
    let zone = calendar::find(tx).await?.calendar.zone;
    let today = now.to_zoned(zone).date();
    let mut is_new = false;
    for one in of(tx, id, now).await?.iter().filter(|one| one.is_present()) {
        is_new |= letters::nudge(tx, one.account, (id, one.id), today, now).await?;
    }
    if is_new {
        record(tx, event(events::PANEL_REMINDED, allowed, id), now).await?;
    }
    Ok(is_new)
}

/// Tells the panel of an assignment that has ended by `at`, if it is still so then.
pub(super) async fn stand_down(
    tx: &mut Tx,
    id: AssignmentId,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for one in of(tx, id, now).await?.iter().filter(|one| one.is_present()) {
        letters::tell_at(tx, one.account, Told::StoodDown, (id, one.id), at, now).await?;
    }
    Ok(())
}

/// Tells the panel when the work is final that `state` leads up to, if it is so then.
pub(super) async fn tell_of_work(
    tx: &mut Tx,
    id: AssignmentId,
    (format, state): (Format, &State),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let Some(at) = final_from(state, format) else { return Ok(()) };
    for one in of(tx, id, now).await?.iter().filter(|one| one.is_present()) {
        letters::tell_of_work(tx, one.account, (id, one.id), at, now).await?;
    }
    Ok(())
}
