//! What happens after a stage, and by when the company answers: for every phase. Pure.

use crate::assignment::application::Assignment;
use crate::assignment::model::{Closing, Outcome, Phase, REVIVAL, State, UNDO};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;

/// What the company owes a candidate, or waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It answers some working days after the hand-in, and so by then at the latest, where that is known.
    HandIn { latest: Option<Timestamp> },
    /// It finds a time for the session by then.
    Time { by: Timestamp },
    /// It hands the stage to the firm by then.
    Firm { by: Timestamp },
    /// It answers what the candidate asked, and should have by then.
    Question { by: Timestamp },
    /// It answers by then.
    Answer { by: Timestamp },
    /// It says how things go on by then.
    GoingOn { by: Timestamp },
    /// The candidate can undo their withdrawal until then.
    Undo { until: Timestamp },
    /// The candidate can ask for it to be revived until then.
    Revival { until: Timestamp },
    /// It was given again.
    Again,
    /// Nothing: all of it has ended.
    Nothing,
}

impl After {
    /// The date by which the company has something to do, where there is one now.
    pub fn by(self) -> Option<Timestamp> {
        match self {
            Self::Time { by }
            | Self::Firm { by }
            | Self::Question { by }
            | Self::Answer { by }
            | Self::GoingOn { by } => Some(by),
            Self::HandIn { latest } => latest,
            Self::Undo { .. } | Self::Revival { .. } | Self::Again | Self::Nothing => None,
        }
    }
}

/// What follows on `it`, whose settled state is `state`. The company works as `calendar` says.
pub fn after(
    it: &Assignment,
    (state, phase): (&State, Phase),
    calendar: &WorkingDays,
    now: Timestamp,
) -> After {
    let later = |from: Timestamp| calendar.after(from, it.panel.answer_within_days);
    match state {
        State::Assigned { start_by } => match it.format {
            Format::TakeHome => {
                let latest = start_by.zip(it.time_limit).map(|(by, limit)| later(by + limit));
                After::HandIn { latest }
            }
            Format::LiveSession => After::Time { by: later(it.assigned_at) },
            Format::External => After::Firm { by: later(it.assigned_at) },
        },
        State::InProgress(run) if phase == Phase::Waiting => {
            After::Question { by: run.waits_from.unwrap_or(now) }
        }
        // A firm's report comes when it comes; to keep in touch is no date to hand in.
        State::InProgress(run) => {
            After::HandIn { latest: run.due.filter(|_| it.format != Format::External).map(later) }
        }
        State::Submitted { at, .. } | State::Opened { at, .. } => {
            After::Answer { by: later(it.counts_from(it.handed_in.unwrap_or(*at))) }
        }
        State::Decided { at, outcome: Outcome::Advance, told_at, .. } => {
            After::GoingOn { by: later(told_at.unwrap_or(*at)) }
        }
        State::Decided { outcome: Outcome::Decline, .. } => After::Nothing,
        State::Closed { at, why, .. } => match why {
            Closing::Withdrawn if now < *at + UNDO => After::Undo { until: *at + UNDO },
            Closing::Lapsed if now < *at + REVIVAL => After::Revival { until: *at + REVIVAL },
            Closing::Withdrawn | Closing::Lapsed => After::Nothing,
            Closing::NotHeld(absence) if absence.is_ours() => After::Again,
            Closing::Cancelled | Closing::EndedEarly | Closing::NotHeld(_) => {
                After::GoingOn { by: later(*at) }
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::model::{Absence, Opening, Run};
    use crate::assignment::panel::PanelTerms;
    use crate::calendar::Weekdays;
    use crate::clock::SignedDuration;
    use crate::content::model::{ContentHash, Level};
    use crate::ids::{ApplicationId, AssignmentId, DocumentId, StageId, TrackId};
    use crate::track::model::Attribution;

    /// A Tuesday; the company works from Monday to Friday in UTC.
    fn at(hours: i64) -> Timestamp {
        let start: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        start + SignedDuration::from_hours(hours)
    }

    fn given(format: Format, state: State) -> Assignment {
        Assignment {
            id: AssignmentId::new(),
            application: ApplicationId::new(),
            track: TrackId::new(),
            stage: StageId::new(),
            title: String::new(),
            format,
            level: Level::new(3).unwrap(),
            document: DocumentId::new(),
            revision: ContentHash::of(b""),
            time_limit: (format == Format::TakeHome).then(|| SignedDuration::from_hours(48)),
            usual: (format == Format::TakeHome).then(|| SignedDuration::from_hours(48)),
            panel: PanelTerms {
                size: 3,
                quorum: 2,
                is_blind: true,
                answer_within_days: 2,
                attribution: Attribution::Attributed,
            },
            assigned_at: at(0),
            handed_in: None,
            fix: None,
            state,
            version: 1,
            awaits_assessment: false,
            late_at: None,
            is_seated: true,
        }
    }

    fn said(format: Format, state: State, now: Timestamp) -> String {
        let calendar = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: ["2026-11-26".parse().unwrap()].into(),
            zone: jiff::tz::TimeZone::UTC,
        };
        let settled = crate::assignment::lifecycle::settle(format, state.clone(), now);
        let phase = Phase::of(format, &settled, now);
        let it = given(format, state);
        let after = after(&it, (&settled, phase), &calendar, now);
        let name = format!("{after:?}");
        let name = name.split([' ', '{']).next().unwrap().to_owned();
        let day = after.by().map_or("no day".to_owned(), |by| by.strftime("%a %-d").to_string());
        format!("{name} {day}")
    }

    #[test]
    fn every_phase_says_what_follows_and_by_when_in_working_days() {
        let run = Run::new(at(0), Some(at(24)));
        let waits = Run { waits_from: Some(at(1)), ..run };
        let closed = |why| State::Closed {
            at: at(0),
            why,
            before: Box::new(State::Assigned { start_by: None }),
        };
        let submitted = State::Submitted { run, at: at(24) };
        let decided = |outcome| State::Decided {
            at: at(24),
            outcome,
            level: None,
            told_at: Some(at(48)),
            before: Box::new(State::Opened { at: at(24), how: Opening::Complete }),
        };
        let mut lines = Vec::new();
        for format in [Format::TakeHome, Format::LiveSession, Format::External] {
            for (name, state) in [
                ("not begun", State::Assigned { start_by: Some(at(24)) }),
                ("no day to begin", State::Assigned { start_by: None }),
                ("begun", State::InProgress(run)),
                ("handed in", submitted.clone()),
                ("opened", State::Opened { at: at(24), how: Opening::Complete }),
                ("goes on", decided(Outcome::Advance)),
                ("declined", decided(Outcome::Decline)),
            ] {
                lines.push(format!("{format:?} {name}: {}", said(format, state, at(2))));
            }
        }
        for (name, state) in [
            ("waiting", State::InProgress(waits)),
            ("withdrawn", closed(Closing::Withdrawn)),
            ("cancelled", closed(Closing::Cancelled)),
            ("lapsed", closed(Closing::Lapsed)),
            ("ended early", closed(Closing::EndedEarly)),
            ("missed", closed(Closing::NotHeld(Absence::Candidate))),
            ("call failed", closed(Closing::NotHeld(Absence::Call))),
        ] {
            lines.push(format!("{name}: {}", said(Format::TakeHome, state, at(2))));
        }
        lines.push(format!(
            "long withdrawn: {}",
            said(Format::TakeHome, closed(Closing::Withdrawn), at(24))
        ));
        lines.push(format!(
            "long lapsed: {}",
            said(Format::TakeHome, closed(Closing::Lapsed), at(14 * 24))
        ));
        // Thursday is a holiday.
        insta::assert_snapshot!(lines.join("\n"), @r"
        TakeHome not begun: HandIn Tue 1
        TakeHome no day to begin: HandIn no day
        TakeHome begun: HandIn Mon 30
        TakeHome handed in: Answer Mon 30
        TakeHome opened: Answer Mon 30
        TakeHome goes on: GoingOn Mon 30
        TakeHome declined: Nothing no day
        LiveSession not begun: Time Fri 27
        LiveSession no day to begin: Time Fri 27
        LiveSession begun: HandIn Mon 30
        LiveSession handed in: Answer Mon 30
        LiveSession opened: Answer Mon 30
        LiveSession goes on: GoingOn Mon 30
        LiveSession declined: Nothing no day
        External not begun: Firm Fri 27
        External no day to begin: Firm Fri 27
        External begun: HandIn no day
        External handed in: Answer Mon 30
        External opened: Answer Mon 30
        External goes on: GoingOn Mon 30
        External declined: Nothing no day
        waiting: Question Tue 24
        withdrawn: Undo no day
        cancelled: GoingOn Fri 27
        lapsed: Revival no day
        ended early: GoingOn Fri 27
        missed: GoingOn Fri 27
        call failed: Again no day
        long withdrawn: Nothing no day
        long lapsed: Nothing no day
        ");
    }
}
