//! Moves: what somebody does to an assignment, with what follows from it, in one transaction.
//!
//! Each locks its row, settles it, and is written once: the same move by the same person against the same
//! version is the same move, however often it is sent.

use uuid::Uuid;

use super::{assignments, closing, counting, firms, needs, panels, row, time_requests};
use crate::account::store::calendar;
use crate::assignment::access::{Given, MayRunApplication, MayTakeAssignment};
use crate::assignment::application::Assignment;
use crate::assignment::deeds::{Deed, Step};
use crate::assignment::emails::{self, Told};
use crate::assignment::events;
use crate::assignment::lifecycle::{Move, Refusal, after, settle};
use crate::assignment::model::{Closing, State, UNDO};
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId, AssignmentId, StageId};
use crate::web::allowed::{Allowed, Capability, Viewer};

/// How long a stage is open again for what came late: it is taken at once.
const LATE: SignedDuration = SignedDuration::from_secs(1);

/// What became of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    Now,
    /// It was made before; nothing is done again.
    Before,
}

/// Why a move was not made.
#[derive(Debug, thiserror::Error)]
pub enum NotMade {
    /// No such assignment is in this application.
    #[error("There is no such assignment")]
    Unknown,
    #[error("This application is closed")]
    Closed,
    /// An offer is under way in it.
    #[error("An offer is under way in this application; whoever of HR has it withdraws it first")]
    Offered,
    /// What was passed before stands in its place.
    #[error("This stage counts, since it was passed before; take that back first")]
    Counted,
    #[error("Somebody else changed this meanwhile; look at what it says now, then do it again")]
    Changed,
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error(
        "This stage is not ahead of you any more; for its clock, ask for more time on its page"
    )]
    Begun,
    #[error(
        "Choose somebody of an outside firm who is here and has no conflict with the candidate"
    )]
    NotFirm,
    #[error("There is no open request for more time")]
    NothingAsked,
    #[error("Your request for more time waits for its answer")]
    AlreadyAsked,
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
}

/// Makes a recruiter's move on an assignment they saw as `version`, in an application that the caller has
/// locked. The candidate is told.
pub async fn run(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (id, version): (AssignmentId, i32),
    deed: &Deed,
    now: Timestamp,
) -> Result<Made, NotMade> {
    let application = allowed.application();
    let before = assignments::locked(tx, application, id).await?.ok_or(NotMade::Unknown)?;
    let by = (deed.key(), Uuid::from(allowed.by()));
    if before.version != version {
        let same = before.version == version + 1 && row::was_moved(tx, id, &by.0, by.1).await?;
        return if same { Ok(Made::Before) } else { Err(NotMade::Changed) };
    }
    if closing::is_closed(tx, application).await? {
        return Err(NotMade::Closed);
    }
    if matches!(deed, Deed::Revive { .. })
        && counting::is_counted(tx, application, before.stage).await?
    {
        return Err(NotMade::Counted);
    }
    let next = deed.after(before.format, before.state.clone(), now)?;
    if next == before.state && !matches!(deed, Deed::RefuseTime { .. }) {
        return Ok(Made::Before);
    }
    let request = match deed {
        Deed::Extend { by, reason } => {
            let answered = time_requests::answer(tx, id, (*by, reason), now).await?;
            Some(match answered {
                Some(request) => request,
                None => time_requests::give(tx, id, (*by, reason), now).await?,
            })
        }
        Deed::RefuseTime { reason } => {
            let answered =
                time_requests::answer(tx, id, (SignedDuration::ZERO, reason), now).await?;
            Some(answered.ok_or(NotMade::NothingAsked)?)
        }
        _ => None,
    };
    if let Deed::HandToFirm { firm: Some(firm), .. } = deed {
        if !firms::give(tx, allowed, (id, *firm), now).await? {
            return Err(NotMade::NotFirm);
        }
        emails::firm::ask(tx, *firm, id, now).await?;
    }
    let both = (allowed.candidate(), allowed.by());
    write(tx, (&before, both), (deed, deed.event(), allowed.by()), &next, now).await?;
    if let Deed::NotHeld { absence, .. } = deed
        && absence.is_ours()
    {
        let again = assignments::give_again(tx, allowed, &before, now).await?;
        panels::invite_again(tx, allowed, (id, again), now).await?;
        emails::tell_of_rebooking(tx, allowed.candidate(), (id, again), now).await?;
        return Ok(Made::Now);
    }
    match request {
        Some(request) => {
            emails::tell_of_time(tx, allowed.candidate(), deed.told(), (id, request), now).await?;
        }
        None => emails::tell_of(tx, allowed.candidate(), deed.told(), id, now).await?,
    }
    Ok(Made::Now)
}

/// Writes what a deed of `by` made of an assignment that the caller has locked, of this candidate and looked after by
/// this recruiter, with what follows on it whoever did it.
async fn write(
    tx: &mut Tx,
    (before, both): (&Assignment, (AccountId, AccountId)),
    (deed, action, by): (&Deed, &'static str, AccountId),
    next: &State,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let (application, id) = (before.application, before.id);
    note_lapse(tx, application, before, now).await?;
    row::write(tx, id, before.format, next, (&deed.key(), by.into())).await?;
    needs::follow(tx, id).await?;
    if let State::Closed {
        why: Closing::Cancelled | Closing::EndedEarly | Closing::NotHeld(_),
        ..
    } = next
    {
        row::set_reason(tx, id, deed.reason().unwrap_or_default()).await?;
        panels::stand_down(tx, id, now, now).await?;
    }
    panels::tell_of_work(tx, id, (before.format, next), now).await?;
    let event = Event::new(action, Actor::Person(by));
    let event = event.about("application", application).id("assignment", id);
    let event = match deed {
        Deed::Extend { by, .. } => event.number("minutes", by.as_mins()),
        Deed::NotHeld { absence, .. } => event.code("absent", absence.code()),
        Deed::HandToFirm { firm: Some(firm), .. } => event.id("account", *firm),
        _ => event,
    };
    let event = match deed.reason() {
        Some(reason) => event.noted(reason),
        None => event,
    };
    record(tx, event, now).await?;
    emails::remind(tx, both, (id, &before.state, next), now).await
}

/// The assessment of a stage is here, handed in by its firm or in its place, while the caller holds the stage. What is
/// with the firm still moves on by it, as it does when its recruiter says that the report is here.
pub async fn assess(
    tx: &mut Tx,
    (before, given): (&Assignment, &Given),
    by: AccountId,
    now: Timestamp,
) -> Result<(), NotMade> {
    let settled = settle(before.format, before.state.clone(), now);
    let next = Deed::Report.after(before.format, before.state.clone(), now)?;
    if next == settled {
        let event = Event::new(events::ASSESSED, Actor::Person(by));
        let event = event.about("application", before.application).id("assignment", before.id);
        record(tx, event, now).await?;
        return Ok(());
    }
    let both = (given.parties.candidate, given.parties.recruiter);
    write(tx, (before, both), (&Deed::Report, events::ASSESSED, by), &next, now).await?;
    emails::tell_of(tx, both.0, Told::Reported, before.id, now).await?;
    Ok(())
}

/// Opens a stage again whose clock has run out, so that what came late can be taken: the votes on what was there in time
/// are set aside, as they are whenever work is given back. In an application that the caller has locked; the caller
/// takes it with [`take_late`].
pub async fn open_again(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    id: AssignmentId,
    now: Timestamp,
) -> Result<(), NotMade> {
    let application = allowed.application();
    let before = assignments::locked(tx, application, id).await?.ok_or(NotMade::Unknown)?;
    if closing::is_closed(tx, application).await? {
        return Err(NotMade::Closed);
    }
    if counting::is_counted(tx, application, before.stage).await? {
        return Err(NotMade::Counted);
    }
    note_lapse(tx, application, &before, now).await?;
    let until = now + LATE;
    let made = match settle(before.format, before.state.clone(), now) {
        State::Closed { .. } => Move::Revive { until },
        _ => Move::Reopen { due: until },
    };
    let open = after(before.format, before.state.clone(), made, now)?;
    row::write(tx, id, before.format, &open, ("open-again", allowed.by().into())).await?;
    Ok(())
}

/// Hands in what came late, in a stage that the caller has just opened again. The candidate is told.
pub async fn take_late(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (id, reason): (AssignmentId, &str),
    now: Timestamp,
) -> Result<Made, NotMade> {
    let application = allowed.application();
    let before = assignments::locked(tx, application, id).await?.ok_or(NotMade::Unknown)?;
    let next = after(before.format, before.state.clone(), Move::Submit, now)?;
    row::write(tx, id, before.format, &next, ("take-late", allowed.by().into())).await?;
    panels::tell_of_work(tx, id, (before.format, &next), now).await?;
    let event = Event::new(events::LATE_TAKEN, Actor::Person(allowed.by()));
    let event = event.about("application", application).id("assignment", id);
    record(tx, event.noted(reason), now).await?;
    emails::tell_of(tx, allowed.candidate(), Told::LateTaken, id, now).await?;
    Ok(Made::Now)
}

/// Holds an assignment and its application until the transaction ends, and asks the rule again: whom they belong to
/// stays as it is.
pub async fn hold<C: Capability<Facts = Given>>(
    tx: &mut Tx,
    viewer: &Viewer,
    (application, id): (ApplicationId, AssignmentId),
) -> Result<(Assignment, Allowed<C>), NotMade> {
    if closing::is_closed(tx, application).await? {
        return Err(NotMade::Closed);
    }
    let it = assignments::locked(tx, application, id).await?.ok_or(NotMade::Unknown)?;
    let allowed = assignments::again(tx, viewer, id).await?.ok_or(NotMade::Unknown)?;
    Ok((it, allowed))
}

/// The same of a stage that its candidate takes, for what they hand in: whether it was decided on changes nothing
/// in what they can do with their work, and nothing in what they are answered.
pub async fn hold_own(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
) -> Result<(Assignment, Allowed<MayTakeAssignment>), NotMade> {
    let (it, allowed) = hold_taken(tx, viewer, allowed).await?;
    let state = match it.state {
        State::Decided { before, .. } => *before,
        other => other,
    };
    Ok((Assignment { state, ..it }, allowed))
}

async fn hold_taken(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
) -> Result<(Assignment, Allowed<MayTakeAssignment>), NotMade> {
    hold(tx, viewer, (allowed.parties().application, allowed.assignment())).await
}

/// Makes a candidate's move on their own assignment.
pub async fn take(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    step: Step,
    now: Timestamp,
) -> Result<Made, NotMade> {
    let (before, allowed) = hold_taken(tx, viewer, allowed).await?;
    // What they are not told of yet stands in the way of nothing, and ends with what they do.
    let before = Assignment { state: before.state.clone().as_told(now), ..before };
    let parties = allowed.parties();
    let (made, key) = match step {
        Step::Start => {
            // Once begun, it is what it was at Start.
            let limit = needs::follow(tx, before.id).await?.or(before.time_limit);
            let limit = limit.ok_or(Refusal::Format)?;
            (Move::Start { due: now + limit }, "start")
        }
        Step::Receive => (Move::Receive, "receive"),
        Step::Discard => (Move::Discard, "discard"),
        Step::Submit => (Move::Submit, "submit"),
        Step::TakeBack => (Move::TakeBack, "take-back"),
        Step::Withdraw => (Move::Withdraw, "withdraw"),
        Step::UndoWithdrawal => (Move::UndoWithdrawal, "undo-withdrawal"),
    };
    let by = (key, parties.candidate.into());
    let next = match after(before.format, before.state.clone(), made, now) {
        Ok(next) if next == before.state => return Ok(Made::Before),
        Ok(next) => next,
        // Whoever presses twice has come back once.
        Err(_) if row::was_moved(tx, before.id, by.0, by.1).await? => return Ok(Made::Before),
        Err(refusal) => return Err(refusal.into()),
    };
    row::write(tx, before.id, before.format, &next, by).await?;
    needs::follow(tx, before.id).await?;
    if let Some(action) = step.event() {
        let event = Event::new(action, Actor::Person(parties.candidate));
        let event = event.about("application", parties.application).id("assignment", before.id);
        record(tx, event, now).await?;
    }
    let both = (parties.candidate, parties.recruiter);
    emails::remind(tx, both, (before.id, &before.state, &next), now).await?;
    panels::tell_of_work(tx, before.id, (before.format, &next), now).await?;
    if step == Step::Withdraw {
        panels::stand_down(tx, before.id, now + UNDO, now).await?;
    }
    if let Some(told) = step.told() {
        emails::tell_of(tx, parties.recruiter, told, before.id, now).await?;
    }
    Ok(Made::Now)
}

/// Asks for more time on a clock that runs.
pub async fn ask_for_time(
    tx: &mut Tx,
    viewer: &Viewer,
    allowed: &Allowed<MayTakeAssignment>,
    wanted: (SignedDuration, &str),
    now: Timestamp,
) -> Result<Made, NotMade> {
    let (before, allowed) = hold_taken(tx, viewer, allowed).await?;
    let (id, parties) = (before.id, allowed.parties());
    // What would refuse the time refuses the asking.
    after(before.format, before.state.as_told(now), Move::Extend { by: wanted.0 }, now)?;
    let request = time_requests::ask(tx, id, wanted, now).await?.ok_or(NotMade::AlreadyAsked)?;
    let event = Event::new(events::TIME_ASKED, Actor::Person(parties.candidate));
    let event = event.about("application", parties.application).id("assignment", id);
    record(tx, event.number("minutes", wanted.0.as_mins()).noted(wanted.1), now).await?;
    emails::tell_of_time(tx, parties.recruiter, Told::RecruiterOfRequest, (id, request), now)
        .await?;
    let days = calendar::find(tx).await?.calendar.working_days();
    let at = [days.after(now, 1), days.after(now, 2)];
    let who = (parties.recruiter, parties.manager);
    emails::overdue::watch_request(tx, who, (id, request), at, now).await?;
    Ok(Made::Now)
}

/// Writes down what its own clock has done to an assignment of this stage, so that it can be given again.
pub(super) async fn settle_others(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    stage: StageId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    for other in assignments::open_of_stage(tx, allowed.application(), stage).await? {
        settle_one(tx, allowed, &other, now).await?;
    }
    Ok(())
}

/// The same of one that the caller has locked.
pub(super) async fn settle_one(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    other: &Assignment,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let settled = settle(other.format, other.state.clone(), now);
    if settled != other.state {
        note_lapse(tx, allowed.application(), other, now).await?;
        let by = ("settle", allowed.by().into());
        row::write(tx, other.id, other.format, &settled, by).await?;
    }
    Ok(())
}

/// Records that an assignment had lapsed by the time somebody moved it, at the instant it did.
async fn note_lapse(
    tx: &mut Tx,
    application: ApplicationId,
    before: &Assignment,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let settled = settle(before.format, before.state.clone(), now);
    if let State::Closed { at, why: Closing::Lapsed, .. } = settled
        && settled != before.state
    {
        let event = Event::new(events::LAPSED, Actor::System("clock"));
        let event = event.about("application", application).id("assignment", before.id);
        record(tx, event, at).await?;
    }
    Ok(())
}
