//! What waits for those who look after applications or decide on them, and the instant each is counted by.
//! Pure.

use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::ids::{ApplicationId, AssignmentId};

/// Something about an application that waits for its recruiter or its hiring manager.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub what: Waits,
    /// It waits for the hiring manager.
    pub is_managed: bool,
    pub application: ApplicationId,
    /// None where it is about the application alone.
    pub assignment: Option<AssignmentId>,
    /// The candidate's name, and what the stage is called, where it is about one.
    pub candidate: String,
    pub stage: String,
    /// The slug of the track that is filled, where it is about one.
    pub track: String,
    /// From when on it waits, or its promise is counted.
    pub since: Timestamp,
    /// Working days in which the company answers.
    pub within: u16,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// A request for more time.
    Request,
    /// It lapsed, and can be revived.
    Lapse,
    /// So many are still to be asked onto its panel; with none, somebody who was has not answered in time. As
    /// many `more` panels of the same candidate want something, too.
    Panel { missing: i32, more: i64 },
    /// The candidate has named somebody they know here.
    Names,
    /// Links, or what names them, in what they handed in: its blind panel sees it once they have looked.
    PassingOn,
    /// No stage was given yet; neither were there to so many `others`.
    First { others: i32 },
    /// A time for a session.
    Session,
    /// It is to be handed to the firm.
    Firm,
    /// It ended, and the candidate is to hear how things go on.
    GoingOn,
    /// The candidate's clock stands until they are answered.
    Blocked,
    /// The candidate has heard that it goes on: something comes next.
    Next,
    /// They have heard that it does not, and the application is still open.
    Declined,
    /// An offer to them has ended without a yes.
    Offered,
    /// The positions of a track are filled; so many `others` are in flight in it, too.
    Filled { others: i32 },
    /// The work is with the company, and its answer falls due.
    Answer,
    /// The same, and fewer than the quorum have voted: a reserve is called for.
    Reserve { is_asked: bool },
    /// The votes are open.
    Decision,
    /// What was decided is held, and the candidate not told.
    Held,
    /// What was decided was never told, since the candidate or the application went before.
    Untold { with_application: bool },
}

/// Working days in which a request for more time is answered.
const REQUEST_WITHIN: u16 = 1;
/// Working days after which it is the hiring manager's, too.
pub const REQUEST_ESCALATES: u16 = 2;

/// The instant by which something is sorted among what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It matters from then on.
    Since(Timestamp),
    /// It was promised by the end of this day of the company's.
    By(Timestamp),
}

impl When {
    pub fn at(self) -> Timestamp {
        match self {
            Self::Since(at) | Self::By(at) => at,
        }
    }

    /// Whether a promise is broken.
    pub fn is_overdue(self, now: Timestamp) -> bool {
        matches!(self, Self::By(at) if at < now)
    }
}

impl Waiting {
    pub fn when(&self, days: &WorkingDays) -> When {
        match self.what {
            Waits::Lapse
            | Waits::Declined
            | Waits::Filled { .. }
            | Waits::Panel { .. }
            | Waits::Names
            | Waits::PassingOn
            | Waits::Held
            | Waits::Untold { .. } => When::Since(self.since),
            // It began to wait when the promise was broken.
            Waits::Blocked => When::By(self.since),
            Waits::Request => When::By(days.after(self.since, REQUEST_WITHIN)),
            Waits::First { .. }
            | Waits::Session
            | Waits::Firm
            | Waits::GoingOn
            | Waits::Next
            | Waits::Offered
            | Waits::Answer
            | Waits::Reserve { .. }
            | Waits::Decision => When::By(days.after(self.since, self.within)),
        }
    }

    /// Whether it is for them yet, which the database knows to the day at best: of a request the hiring manager
    /// learns on working days.
    pub fn is_theirs(&self, days: &WorkingDays, now: Timestamp) -> bool {
        match self.what {
            Waits::Request if self.is_managed => days.after(self.since, REQUEST_ESCALATES) <= now,
            _ => true,
        }
    }

    /// What waits, in words that are followed by the instant.
    pub fn says(&self) -> String {
        let Self { candidate, stage, .. } = self;
        match self.what {
            Waits::Request => format!("{candidate} asks for more time for {stage}"),
            Waits::Lapse => format!("{candidate} let a stage lapse: {stage}"),
            Waits::Panel { missing, more } => {
                let short = match missing {
                    0 => format!("somebody has not answered about the panel for {stage}"),
                    1 => format!("the panel for {stage} is short of one"),
                    many => format!("the panel for {stage} is short of {many}"),
                };
                match more {
                    0 => format!("{candidate}: {short}"),
                    1 => format!("{candidate}: {short}, and one more panel wants something"),
                    more => format!("{candidate}: {short}, and {more} more panels want something"),
                }
            }
            Waits::Names => format!("{candidate} knows somebody here"),
            Waits::PassingOn => format!(
                "{candidate}: the panel for {stage} does not see all of the work until you have looked at it"
            ),
            Waits::First { others: 0 } => format!("{candidate} waits for a first stage"),
            Waits::First { others } => {
                format!("{candidate} and {others} more wait for a first stage")
            }
            Waits::Session => format!("{candidate} waits for a time for {stage}"),
            Waits::Firm => format!("{candidate} waits for {stage} to be handed to the firm"),
            Waits::GoingOn => format!("{candidate} waits to hear how things go on after {stage}"),
            Waits::Next => {
                format!("{candidate} has heard our yes to {stage}: give what comes next")
            }
            Waits::Declined => {
                format!("{candidate} has heard our no after {stage}; it can be closed")
            }
            Waits::Offered => format!("{candidate} did not take our offer: say how it goes on"),
            Waits::Filled { others: 0 } => {
                format!("The positions are filled, and {candidate} is still in flight: tell them")
            }
            Waits::Filled { others } => format!(
                "The positions are filled, and {candidate} and {others} more are still in flight: tell them"
            ),
            Waits::Blocked => format!("{candidate} is blocked in {stage} until we answer"),
            Waits::Answer => format!("{candidate} waits for our answer to {stage}"),
            Waits::Reserve { is_asked: true } => format!(
                "{candidate} waits for our answer to {stage} (fewer than the quorum have voted, and a reserve is \
                 asked)"
            ),
            Waits::Reserve { is_asked: false } => format!(
                "{candidate} waits for our answer to {stage} (fewer than the quorum have voted, and nobody is free \
                 as a reserve)"
            ),
            Waits::Decision => {
                format!("{candidate}: the votes for {stage} are open, and the decision is yours")
            }
            Waits::Held => {
                format!("{candidate} is not told what you decided on {stage}: you hold it")
            }
            Waits::Untold { with_application: false } => format!(
                "{candidate} was not told what you decided on {stage}: they withdrew before it went out"
            ),
            Waits::Untold { with_application: true } => format!(
                "{candidate} was not told what you decided on {stage}: the application was closed before it went out"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Weekdays;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn waiting(what: Waits) -> Waiting {
        Waiting {
            what,
            is_managed: false,
            application: ApplicationId::new(),
            assignment: None,
            candidate: "Zoë".to_owned(),
            stage: "Automation".to_owned(),
            track: String::new(),
            // A Friday.
            since: at("2026-11-20T09:00:00Z"),
            within: 2,
        }
    }

    #[test]
    fn each_is_counted_by_its_promise_or_by_when_it_began() {
        let days = WorkingDays {
            weekdays: Weekdays::default(),
            holidays: std::collections::BTreeSet::new(),
            zone: jiff::tz::TimeZone::UTC,
        };
        let when = |what| waiting(what).when(&days);
        let monday = at("2026-11-23T23:59:59.999999Z");
        let tuesday = at("2026-11-24T23:59:59.999999Z");
        assert_eq!(when(Waits::Request), When::By(monday));
        for what in [
            Waits::First { others: 0 },
            Waits::Session,
            Waits::Firm,
            Waits::Answer,
            Waits::Reserve { is_asked: false },
            Waits::Decision,
        ] {
            assert_eq!(when(what), When::By(tuesday), "{what:?}");
        }
        for what in [Waits::Lapse, Waits::Names, Waits::Panel { missing: 1, more: 0 }] {
            assert_eq!(when(what), When::Since(at("2026-11-20T09:00:00Z")), "{what:?}");
            assert!(!when(what).is_overdue(tuesday), "what nobody promised is not broken");
        }
        assert!(when(Waits::Blocked).is_overdue(monday));
        assert!(
            !when(Waits::Answer).is_overdue(tuesday) && when(Waits::Request).is_overdue(tuesday)
        );
    }

    #[test]
    fn further_panels_of_the_same_candidate_are_said_to_be_there() {
        let says = |missing, more| waiting(Waits::Panel { missing, more }).says();
        assert_eq!(says(1, 0), "Zoë: the panel for Automation is short of one");
        assert!(says(2, 1).ends_with("short of 2, and one more panel wants something"));
        assert!(says(0, 3).ends_with("and 3 more panels want something"));
    }
}
