//! What can happen to an assignment, as one pure function. Every move first settles the state at its true
//! instant, so that nothing depends on a sweep having come by.

use super::model::{Absence, Closing, Opening, Outcome, REVIVAL, Run, State, TAKE_BACK, UNDO};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::Level;

/// So long before its candidate is told of a decision, the letter is under way: nothing about it changes any more.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(1);

/// Something somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The candidate presses Start on a take-home that is due at `due`.
    Start {
        due: Timestamp,
    },
    /// A live session's slot begins, and ends at `ends`.
    BeginSession {
        ends: Timestamp,
    },
    /// An external stage is handed to the firm.
    HandToFirm {
        keep_in_touch_by: Option<Timestamp>,
    },
    /// Work that can be judged is received.
    Receive,
    /// The candidate has removed it again, before handing in.
    Discard,
    /// The candidate hands in; a firm or the candidate uploads the report of an external stage.
    Submit,
    TakeBack,
    /// The panel ends a live session.
    EndSession,
    /// The recruiter gives more time.
    Extend {
        by: SignedDuration,
    },
    /// The recruiter moves the day by which to start.
    StartBy {
        at: Timestamp,
    },
    /// The candidate has asked something that has to be answered by `promised`.
    Ask {
        promised: Timestamp,
    },
    /// The company has answered.
    Answer,
    Withdraw,
    UndoWithdrawal,
    Cancel,
    /// The company ends it.
    EndEarly,
    NotHeld(Absence),
    /// The recruiter gives it back to the candidate, until `due`.
    Reopen {
        due: Timestamp,
    },
    /// The recruiter revives a lapse: what was begun is due at `until`, what was not has to be begun by
    /// then.
    Revive {
        until: Timestamp,
    },
    Open(Opening),
    /// The candidate is told at `told_at`.
    Decide {
        outcome: Outcome,
        level: Option<Level>,
        told_at: Timestamp,
    },
    /// The candidate is told of the decision at another instant; with none, once somebody names one.
    Tell {
        at: Option<Timestamp>,
    },
    /// The decision is taken back before the candidate is told.
    Undecide,
}

/// Why a move cannot be made, for whoever tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("This was started already")]
    Started,
    #[error("This was not started yet")]
    NotStarted,
    #[error("This is not how a stage of this format goes")]
    Format,
    #[error("The time for this was over")]
    TooLate,
    #[error("This was handed in, and is final")]
    Final,
    #[error(
        "The time for the fix is over. What you handed in before counts; tell your recruiter what came between"
    )]
    FixOver,
    #[error("It can still be taken back, so it is not final yet")]
    NotFinal,
    #[error("This was not handed in yet")]
    NotSubmitted,
    #[error("This has ended")]
    Ended,
    #[error("The votes are open")]
    Opened,
    #[error("The votes are not open yet")]
    NotOpened,
    #[error("It is not closed that way")]
    NotClosed,
    #[error("The new date lies in the past")]
    Past,
    #[error("Nothing was asked")]
    NotAsked,
    #[error("Nothing is decided here now")]
    NotDecided,
    #[error("The candidate has been told, or is just being told, so it stays as it is")]
    Told,
}

/// `state` as it truly is at `now`: what its own clock has done to it since is done.
#[must_use]
pub fn settle(format: Format, state: State, now: Timestamp) -> State {
    match state {
        State::Assigned { start_by: Some(at) } if at <= now => lapsed(at, state),
        State::InProgress(run) => match run.cutoff(format).filter(|cutoff| *cutoff <= now) {
            Some(at) if format == Format::LiveSession || run.work_at.is_some() => {
                State::Submitted { run, at }
            }
            Some(at) => lapsed(at, state),
            None => state,
        },
        _ => state,
    }
}

fn lapsed(at: Timestamp, before: State) -> State {
    State::Closed { at, why: Closing::Lapsed, before: Box::new(before) }
}

/// The state after `made` at `now`. The same state again is no change, and no error: the move was made
/// before.
///
/// # Errors
/// The move cannot be made from where the assignment stands at `now`.
pub fn after(format: Format, state: State, made: Move, now: Timestamp) -> Result<State, Refusal> {
    let state = settle(format, state, now);
    match made {
        Move::Start { due } => begin(format, state, Format::TakeHome, Some(due), now),
        Move::BeginSession { ends } => begin(format, state, Format::LiveSession, Some(ends), now),
        Move::HandToFirm { keep_in_touch_by } => {
            begin(format, state, Format::External, keep_in_touch_by, now)
        }
        Move::Receive => match state {
            State::InProgress(run) => Ok(State::InProgress(Run { work_at: Some(now), ..run })),
            other => Err(not_in_progress(&other)),
        },
        Move::Discard => match state {
            State::InProgress(run) => Ok(State::InProgress(Run { work_at: None, ..run })),
            other => Err(not_in_progress(&other)),
        },
        Move::Submit if format == Format::LiveSession => Err(Refusal::Format),
        Move::Submit => match state {
            State::InProgress(run) => {
                let run = Run { work_at: run.work_at.or(Some(now)), ..run.answered(now) };
                Ok(State::Submitted { run, at: now })
            }
            State::Submitted { .. } => Ok(state),
            other => Err(not_in_progress(&other)),
        },
        Move::EndSession if format != Format::LiveSession => Err(Refusal::Format),
        Move::EndSession => match state {
            State::InProgress(run) => Ok(State::Submitted { run, at: now }),
            State::Submitted { .. } => Ok(state),
            other => Err(not_in_progress(&other)),
        },
        Move::TakeBack => take_back(format, state, now),
        Move::Extend { by } => match state {
            State::InProgress(run) => match run.due {
                Some(due) => {
                    let run = Run { due: Some(due + by), ..run };
                    let is_past = run.cutoff(format).is_some_and(|cutoff| cutoff <= now);
                    if is_past { Err(Refusal::Past) } else { Ok(State::InProgress(run)) }
                }
                None => Err(Refusal::Format),
            },
            State::Assigned { .. } => Err(Refusal::NotStarted),
            other => Err(not_in_progress(&other)),
        },
        Move::StartBy { at } if at <= now => Err(Refusal::Past),
        Move::StartBy { at } => match state {
            State::Assigned { .. } => Ok(State::Assigned { start_by: Some(at) }),
            State::InProgress(_) => Err(Refusal::Started),
            other => Err(not_in_progress(&other)),
        },
        Move::Ask { promised } => match state {
            State::InProgress(run) => {
                let earliest = run.waits_from.map_or(promised, |from| from.min(promised));
                Ok(State::InProgress(Run { waits_from: Some(earliest), ..run }))
            }
            other => Err(not_in_progress(&other)),
        },
        Move::Answer => match state {
            State::InProgress(run) if run.waits_from.is_none() => Err(Refusal::NotAsked),
            State::InProgress(run) => Ok(State::InProgress(run.answered(now))),
            other => Err(not_in_progress(&other)),
        },
        Move::Withdraw => close(state, Closing::Withdrawn, now),
        Move::Cancel => match state {
            State::Opened { .. } => Err(Refusal::Opened),
            other => close(other, Closing::Cancelled, now),
        },
        Move::EndEarly => match state {
            State::Assigned { .. } => Err(Refusal::NotStarted),
            State::Opened { .. } => Err(Refusal::Opened),
            other => close(other, Closing::EndedEarly, now),
        },
        Move::NotHeld(_) if format != Format::LiveSession => Err(Refusal::Format),
        Move::NotHeld(absence) => match state {
            State::Opened { .. } => Err(Refusal::Opened),
            other => close(other, Closing::NotHeld(absence), now),
        },
        Move::UndoWithdrawal => match state {
            State::Closed { at, why: Closing::Withdrawn, before } if now < at + UNDO => {
                Ok(settle(format, *before, now))
            }
            State::Closed { why: Closing::Withdrawn, .. } => Err(Refusal::TooLate),
            _ => Err(Refusal::NotClosed),
        },
        Move::Reopen { due } | Move::Revive { until: due } if due <= now => Err(Refusal::Past),
        Move::Reopen { due } => match state {
            State::Submitted { run, .. } if format != Format::LiveSession => {
                Ok(State::InProgress(Run { due: Some(due), waits_from: None, ..run }))
            }
            State::Submitted { .. } => Err(Refusal::Format),
            State::InProgress(_) | State::Assigned { .. } => Err(Refusal::NotSubmitted),
            State::Opened { .. } => Err(Refusal::Opened),
            State::Decided { .. } | State::Closed { .. } => Err(Refusal::Ended),
        },
        Move::Revive { until } => match state {
            State::Closed { at, why: Closing::Lapsed, before } => match *before {
                _ if now >= at + REVIVAL => Err(Refusal::TooLate),
                State::InProgress(run) => {
                    Ok(State::InProgress(Run { due: Some(until), waits_from: None, ..run }))
                }
                _ => Ok(State::Assigned { start_by: Some(until) }),
            },
            _ => Err(Refusal::NotClosed),
        },
        Move::Open(how) => match state {
            State::Submitted { .. } if state.final_at(format).is_some_and(|at| at <= now) => {
                Ok(State::Opened { at: now, how })
            }
            State::Submitted { .. } => Err(Refusal::NotFinal),
            State::Opened { .. } => Ok(state),
            State::Assigned { .. } | State::InProgress(_) => Err(Refusal::NotSubmitted),
            State::Decided { .. } | State::Closed { .. } => Err(Refusal::Ended),
        },
        Move::Decide { outcome, level, told_at } => match state {
            State::Opened { .. } => {
                let (told_at, before) = (Some(told_at), Box::new(state));
                Ok(State::Decided { at: now, outcome, level, told_at, before })
            }
            State::Decided { .. } | State::Closed { .. } => Err(Refusal::Ended),
            _ => Err(Refusal::NotOpened),
        },
        Move::Tell { .. } | Move::Undecide
            if state.told_at().is_some_and(|at| at <= now + ON_ITS_WAY) =>
        {
            Err(Refusal::Told)
        }
        Move::Tell { at: Some(at) } if at < now => Err(Refusal::Past),
        Move::Tell { at: told_at } => match state {
            State::Decided { at, outcome, level, before, .. } => {
                Ok(State::Decided { at, outcome, level, told_at, before })
            }
            _ => Err(Refusal::NotDecided),
        },
        Move::Undecide => match state {
            State::Decided { before, .. } => Ok(*before),
            _ => Err(Refusal::NotDecided),
        },
    }
}

fn begin(
    format: Format,
    state: State,
    of: Format,
    due: Option<Timestamp>,
    now: Timestamp,
) -> Result<State, Refusal> {
    if format != of {
        return Err(Refusal::Format);
    }
    match state {
        State::Assigned { .. } if due.is_some_and(|due| due <= now) => Err(Refusal::Past),
        State::Assigned { .. } => Ok(State::InProgress(Run::new(now, due))),
        State::InProgress(_) => Ok(state),
        other => Err(not_in_progress(&other)),
    }
}

fn take_back(format: Format, state: State, now: Timestamp) -> Result<State, Refusal> {
    if format == Format::LiveSession {
        return Err(Refusal::Format);
    }
    match state {
        State::InProgress(_) => Ok(state),
        State::Submitted { run, at } => match state.final_at(format) {
            Some(last) if last <= now => Err(Refusal::Final),
            _ if now < at + TAKE_BACK => Ok(State::InProgress(run)),
            _ => Err(Refusal::Final),
        },
        other => Err(not_in_progress(&other)),
    }
}

fn close(state: State, why: Closing, now: Timestamp) -> Result<State, Refusal> {
    match state {
        State::Closed { why: before, .. } if before == why => Ok(state),
        State::Decided { .. } | State::Closed { .. } => Err(Refusal::Ended),
        open => Ok(State::Closed { at: now, why, before: Box::new(open) }),
    }
}

/// Why what needs a running clock cannot be done.
fn not_in_progress(state: &State) -> Refusal {
    match state {
        State::Assigned { .. } => Refusal::NotStarted,
        State::InProgress(_) => Refusal::Started,
        State::Submitted { .. } => Refusal::Final,
        State::Opened { .. } => Refusal::Opened,
        State::Closed { why: Closing::Lapsed, .. } => Refusal::TooLate,
        State::Decided { .. } | State::Closed { .. } => Refusal::Ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::model::{GRACE, OVERRUN, Phase};

    /// The instant `minutes` after the one all tests begin at.
    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap() + SignedDuration::from_mins(minutes)
    }

    const MICRO: SignedDuration = SignedDuration::from_micros(1);
    const NOW: i64 = 1000;

    fn run(due: i64) -> Run {
        Run::new(at(0), Some(at(due)))
    }

    fn closed(minutes: i64, why: Closing, before: State) -> State {
        State::Closed { at: at(minutes), why, before: Box::new(before) }
    }

    /// A state of every kind, as it is at [`NOW`].
    fn states() -> Vec<(&'static str, State)> {
        let worked = Run { work_at: Some(at(900)), ..run(2000) };
        let begun = State::InProgress(run(2000));
        vec![
            ("assigned", State::Assigned { start_by: Some(at(1500)) }),
            ("start-by over", State::Assigned { start_by: Some(at(NOW)) }),
            ("in progress", begun.clone()),
            ("over, no work", State::InProgress(run(NOW - 5))),
            ("over, work", State::InProgress(Run { due: Some(at(NOW - 5)), ..worked })),
            ("submitted", State::Submitted { run: worked, at: at(NOW - 59) }),
            ("final", State::Submitted { run: worked, at: at(NOW - 60) }),
            ("opened", State::Opened { at: at(990), how: Opening::Complete }),
            ("decided", decided(1100)),
            ("told", decided(NOW)),
            ("withdrawn", closed(990, Closing::Withdrawn, begun.clone())),
            ("cancelled", closed(990, Closing::Cancelled, begun.clone())),
            ("lapsed", closed(990, Closing::Lapsed, begun)),
        ]
    }

    fn decided(told: i64) -> State {
        State::Decided {
            at: at(995),
            outcome: Outcome::Advance,
            level: Level::new(3),
            told_at: Some(at(told)),
            before: Box::new(State::Opened { at: at(990), how: Opening::Complete }),
        }
    }

    fn moves(format: Format) -> Vec<(&'static str, Move)> {
        let begin = match format {
            Format::TakeHome => Move::Start { due: at(3000) },
            Format::LiveSession => Move::BeginSession { ends: at(3000) },
            Format::External => Move::HandToFirm { keep_in_touch_by: Some(at(3000)) },
        };
        let (outcome, level) = (Outcome::Decline, None);
        let outcome = Move::Decide { outcome, level, told_at: at(2000) };
        vec![
            ("begin", begin),
            ("receive", Move::Receive),
            ("discard", Move::Discard),
            ("submit", Move::Submit),
            ("end session", Move::EndSession),
            ("take back", Move::TakeBack),
            ("extend", Move::Extend { by: SignedDuration::from_hours(24) }),
            ("start by", Move::StartBy { at: at(3000) }),
            ("ask", Move::Ask { promised: at(1200) }),
            ("answer", Move::Answer),
            ("withdraw", Move::Withdraw),
            ("undo", Move::UndoWithdrawal),
            ("cancel", Move::Cancel),
            ("end early", Move::EndEarly),
            ("not held", Move::NotHeld(Absence::Candidate)),
            ("reopen", Move::Reopen { due: at(3000) }),
            ("revive", Move::Revive { until: at(3000) }),
            ("open", Move::Open(Opening::Complete)),
            ("decide", outcome),
            ("hold", Move::Tell { at: None }),
            ("tell", Move::Tell { at: Some(at(NOW)) }),
            ("undecide", Move::Undecide),
        ]
    }

    /// A move, a state, and what the state becomes by it, or why it does not.
    type Cell = (&'static str, &'static str, String);

    fn cells(format: Format) -> Vec<Cell> {
        let mut cells = Vec::new();
        for (name, made) in moves(format) {
            for (before, state) in states() {
                let becomes = match after(format, state, made, at(NOW)) {
                    Ok(state) => Phase::of(format, &state, at(NOW)).code().to_owned(),
                    Err(refusal) => format!("{refusal:?}"),
                };
                cells.push((name, before, becomes));
            }
        }
        cells
    }

    /// A line for every move and what comes of it, with the states of which it does.
    fn table(cells: &[Cell]) -> String {
        let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
        for (made, before, becomes) in cells {
            let line = format!("{made:<11} {becomes:<12}");
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, states)) => states.push(before),
                None => lines.push((line, vec![before])),
            }
        }
        lines.iter().map(|(line, states)| format!("{line} {}\n", states.join(", "))).collect()
    }

    #[test]
    fn every_state_by_every_move_of_a_take_home() {
        insta::assert_snapshot!(table(&cells(Format::TakeHome)), @r"
        begin       in_progress  assigned, in progress
        begin       TooLate      start-by over, over, no work, lapsed
        begin       Final        over, work, submitted, final
        begin       Opened       opened
        begin       Ended        decided, told, withdrawn, cancelled
        receive     NotStarted   assigned
        receive     TooLate      start-by over, over, no work, lapsed
        receive     in_progress  in progress
        receive     Final        over, work, submitted, final
        receive     Opened       opened
        receive     Ended        decided, told, withdrawn, cancelled
        discard     NotStarted   assigned
        discard     TooLate      start-by over, over, no work, lapsed
        discard     in_progress  in progress
        discard     Final        over, work, submitted, final
        discard     Opened       opened
        discard     Ended        decided, told, withdrawn, cancelled
        submit      NotStarted   assigned
        submit      TooLate      start-by over, over, no work, lapsed
        submit      submitted    in progress, submitted
        submit      voting       over, work, final
        submit      Opened       opened
        submit      Ended        decided, told, withdrawn, cancelled
        end session Format       assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, decided, told, withdrawn, cancelled, lapsed
        take back   NotStarted   assigned
        take back   TooLate      start-by over, over, no work, lapsed
        take back   in_progress  in progress, submitted
        take back   Final        over, work, final
        take back   Opened       opened
        take back   Ended        decided, told, withdrawn, cancelled
        extend      NotStarted   assigned
        extend      TooLate      start-by over, over, no work, lapsed
        extend      in_progress  in progress
        extend      Final        over, work, submitted, final
        extend      Opened       opened
        extend      Ended        decided, told, withdrawn, cancelled
        start by    assigned     assigned
        start by    TooLate      start-by over, over, no work, lapsed
        start by    Started      in progress
        start by    Final        over, work, submitted, final
        start by    Opened       opened
        start by    Ended        decided, told, withdrawn, cancelled
        ask         NotStarted   assigned
        ask         TooLate      start-by over, over, no work, lapsed
        ask         in_progress  in progress
        ask         Final        over, work, submitted, final
        ask         Opened       opened
        ask         Ended        decided, told, withdrawn, cancelled
        answer      NotStarted   assigned
        answer      TooLate      start-by over, over, no work, lapsed
        answer      NotAsked     in progress
        answer      Final        over, work, submitted, final
        answer      Opened       opened
        answer      Ended        decided, told, withdrawn, cancelled
        withdraw    withdrawn    assigned, in progress, over, work, submitted, final, opened, withdrawn
        withdraw    Ended        start-by over, over, no work, decided, told, cancelled, lapsed
        undo        NotClosed    assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, decided, told, cancelled, lapsed
        undo        in_progress  withdrawn
        cancel      cancelled    assigned, in progress, over, work, submitted, final, cancelled
        cancel      Ended        start-by over, over, no work, decided, told, withdrawn, lapsed
        cancel      Opened       opened
        end early   NotStarted   assigned
        end early   Ended        start-by over, over, no work, decided, told, withdrawn, cancelled, lapsed
        end early   ended_early  in progress, over, work, submitted, final
        end early   Opened       opened
        not held    Format       assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, decided, told, withdrawn, cancelled, lapsed
        reopen      NotSubmitted assigned, in progress
        reopen      Ended        start-by over, over, no work, decided, told, withdrawn, cancelled, lapsed
        reopen      in_progress  over, work, submitted, final
        reopen      Opened       opened
        revive      NotClosed    assigned, in progress, over, work, submitted, final, opened, decided, told, withdrawn, cancelled
        revive      assigned     start-by over
        revive      in_progress  over, no work, lapsed
        open        NotSubmitted assigned, in progress
        open        Ended        start-by over, over, no work, decided, told, withdrawn, cancelled, lapsed
        open        opened       over, work, final, opened
        open        NotFinal     submitted
        decide      NotOpened    assigned, in progress, over, work, submitted, final
        decide      Ended        start-by over, over, no work, decided, told, withdrawn, cancelled, lapsed
        decide      decided      opened
        hold        NotDecided   assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, withdrawn, cancelled, lapsed
        hold        decided      decided
        hold        Told         told
        tell        NotDecided   assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, withdrawn, cancelled, lapsed
        tell        decided      decided
        tell        Told         told
        undecide    NotDecided   assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, withdrawn, cancelled, lapsed
        undecide    opened       decided
        undecide    Told         told
        ");
    }

    #[test]
    fn other_formats_differ_where_they_must() {
        let differs = |format| {
            let (home, other) = (cells(Format::TakeHome), cells(format));
            let pairs = home.into_iter().zip(other).filter(|(home, other)| home != other);
            table(&pairs.map(|(_, other)| other).collect::<Vec<_>>())
        };
        insta::assert_snapshot!(differs(Format::LiveSession), @r"
        begin       in_progress  over, no work, over, work
        receive     in_progress  over, no work, over, work
        discard     in_progress  over, no work, over, work
        submit      Format       assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, decided, told, withdrawn, cancelled, lapsed
        end session NotStarted   assigned
        end session TooLate      start-by over, lapsed
        end session voting       in progress, over, no work, over, work, submitted, final
        end session Opened       opened
        end session Ended        decided, told, withdrawn, cancelled
        take back   Format       assigned, start-by over, in progress, over, no work, over, work, submitted, final, opened, decided, told, withdrawn, cancelled, lapsed
        extend      in_progress  over, no work, over, work
        start by    Started      over, no work, over, work
        ask         in_progress  over, no work, over, work
        answer      NotAsked     over, no work, over, work
        withdraw    withdrawn    over, no work
        cancel      cancelled    over, no work
        end early   ended_early  over, no work
        not held    not_held     assigned, in progress, over, no work, over, work, submitted, final
        not held    Ended        start-by over, decided, told, withdrawn, cancelled, lapsed
        not held    Opened       opened
        reopen      NotSubmitted over, no work, over, work
        reopen      Format       submitted, final
        revive      NotClosed    over, no work
        open        NotSubmitted over, no work, over, work
        open        opened       submitted
        decide      NotOpened    over, no work
        ");
        insta::assert_snapshot!(differs(Format::External), @r"
        submit      voting       in progress, submitted
        take back   Final        submitted
        open        opened       submitted
        ");
    }

    #[test]
    fn the_cutoff_is_where_it_ends_to_the_microsecond() {
        let cutoff = at(2000) + GRACE;
        let phase = |state, now| {
            let settled = settle(Format::TakeHome, state, now);
            Phase::of(Format::TakeHome, &settled, now)
        };
        let begun = State::InProgress(run(2000));
        let worked = State::InProgress(Run { work_at: Some(at(900)), ..run(2000) });
        assert_eq!(phase(begun.clone(), cutoff - MICRO), Phase::InProgress);
        assert_eq!(phase(begun.clone(), cutoff), Phase::Lapsed);
        assert_eq!(phase(worked.clone(), cutoff - MICRO), Phase::InProgress);
        // What was received is taken at the cutoff, and cannot be taken back any more.
        assert_eq!(phase(worked, cutoff), Phase::Voting);
        let taken = |now| after(Format::TakeHome, begun.clone(), Move::Submit, now);
        assert!(taken(cutoff - MICRO).is_ok());
        assert_eq!(taken(cutoff), Err(Refusal::TooLate));
        let live = settle(Format::LiveSession, begun, at(2000) + OVERRUN);
        assert_eq!(live, State::Submitted { run: run(2000), at: at(2000) + OVERRUN });
    }

    #[test]
    fn what_was_handed_in_can_be_taken_back_for_an_hour_while_the_cutoff_allows() {
        let submitted = |minutes| {
            after(Format::TakeHome, State::InProgress(run(2000)), Move::Submit, at(minutes))
                .unwrap()
        };
        let back = |state, now| after(Format::TakeHome, state, Move::TakeBack, now);
        assert!(back(submitted(500), at(560) - MICRO).is_ok());
        assert_eq!(back(submitted(500), at(560)), Err(Refusal::Final));
        let cutoff = at(2000) + GRACE;
        assert!(back(submitted(1990), cutoff - MICRO).is_ok());
        assert_eq!(back(submitted(1990), cutoff), Err(Refusal::Final));
    }

    #[test]
    fn while_the_company_keeps_them_waiting_the_clock_stands_still() {
        let asked = |minutes, promised| {
            let ask = Move::Ask { promised: at(promised) };
            after(Format::TakeHome, State::InProgress(run(2000)), ask, at(minutes)).unwrap()
        };
        let phase = |state, minutes| {
            let settled = settle(Format::TakeHome, state, at(minutes));
            Phase::of(Format::TakeHome, &settled, at(minutes))
        };
        assert_eq!(phase(asked(1000, 1500), 1499), Phase::InProgress);
        assert_eq!(phase(asked(1000, 1500), 1500), Phase::Waiting);
        assert_eq!(phase(asked(1000, 1500), 9000), Phase::Waiting);
        let answered = after(Format::TakeHome, asked(1000, 1500), Move::Answer, at(9000)).unwrap();
        assert_eq!(answered, State::InProgress(run(2000 + 7500)));
        // An answer within the promise moves nothing.
        let early = after(Format::TakeHome, asked(1000, 1500), Move::Answer, at(1400)).unwrap();
        assert_eq!(early, State::InProgress(run(2000)));
        // A promise that reaches beyond the cutoff does not hold it up.
        assert_eq!(phase(asked(1000, 2006), 2005), Phase::Lapsed);
    }

    #[test]
    fn withdrawing_is_undone_for_a_day_and_the_clock_went_on() {
        let begun = State::InProgress(run(2000));
        let withdrawn = after(Format::TakeHome, begun.clone(), Move::Withdraw, at(700)).unwrap();
        let undo = |now| after(Format::TakeHome, withdrawn.clone(), Move::UndoWithdrawal, now);
        assert_eq!(undo(at(700) + UNDO - MICRO).unwrap(), lapsed(at(2000) + GRACE, begun.clone()));
        assert_eq!(undo(at(700) + UNDO), Err(Refusal::TooLate));
        assert_eq!(undo(at(800)), Ok(begun));
    }

    #[test]
    fn a_lapse_is_revived_for_fourteen_days_to_where_it_was() {
        let revive = |state: State, now: Timestamp| {
            let until = now + SignedDuration::from_hours(48);
            after(Format::TakeHome, state, Move::Revive { until }, now)
        };
        let over = State::InProgress(run(2000));
        let cutoff = at(2000) + GRACE;
        let revived = revive(over.clone(), cutoff + REVIVAL - MICRO).unwrap();
        assert!(matches!(revived, State::InProgress(Run { started, .. }) if started == at(0)));
        assert_eq!(revive(over, cutoff + REVIVAL), Err(Refusal::TooLate));
        let not_begun = State::Assigned { start_by: Some(at(100)) };
        assert!(matches!(revive(not_begun, at(200)), Ok(State::Assigned { start_by: Some(_) })));
    }
}
