//! Panels: who looks at the work of an assignment, and whom to ask next. Pure.

use std::cmp::Reverse;

use jiff::civil::Date;

use super::application::TimeFactor;
use super::model::State;
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::ids::{AccountId, PanelMemberId};
use crate::track::model::Attribution;

/// The most members a panel has, those in training counted.
pub const MOST: usize = 9;
/// Working days in which somebody who is asked onto a panel answers.
pub const ANSWER_WITHIN: u16 = 2;
/// How many panels an interviewer joins within seven days who has said nothing of it.
pub const WEEKLY_MOST: u16 = 3;

/// With how many panels somebody looks on in training before they are qualified.
pub const TRAINED_AFTER: i64 = 3;

/// What was settled about the panel when the stage was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelTerms {
    /// How many look at the work, those in training not counted; with none, votes open at once.
    pub size: u16,
    /// How many votes are enough.
    pub quorum: u16,
    /// The panel knows the candidate by an alias.
    pub is_blind: bool,
    /// Working days in which the panel answers, from the hand-in.
    pub answer_within_days: u16,
    /// Whether anybody reads whose vote is whose, once they are open.
    pub attribution: Attribution,
}

/// Somebody who was asked onto a panel.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: PanelMemberId,
    pub account: AccountId,
    pub name: String,
    pub is_shadow: bool,
    /// Their account can be used, and they still interview.
    pub is_here: bool,
    pub invited_at: Timestamp,
    pub answer_by: Timestamp,
    pub seat: Seat,
    /// The day they need for it, where they named one.
    pub needs_until: Option<Date>,
    /// What they wrote when they declined; for the recruiter alone.
    pub reason: String,
    pub version: i32,
}

/// How somebody sits on a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    Asked,
    Taken { at: Timestamp },
    Left { at: Timestamp, why: Leaving },
}

/// Why somebody is on a panel no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    Declined,
    Conflict,
    /// By the recruiter.
    Replaced,
}

impl Leaving {
    pub const ALL: [Self; 3] = [Self::Declined, Self::Conflict, Self::Replaced];

    pub fn code(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Conflict => "conflict",
            Self::Replaced => "replaced",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

impl Member {
    pub fn is_present(&self) -> bool {
        !matches!(self.seat, Seat::Left { .. })
    }

    pub fn has_accepted(&self) -> bool {
        matches!(self.seat, Seat::Taken { .. })
    }
}

/// How many members are still to be asked. Those in training fill no seat, nor does whoever is not here any more.
pub fn missing(terms: PanelTerms, members: &[Member]) -> usize {
    let fills = |one: &&Member| one.is_present() && one.is_here && !one.is_shadow;
    let present = members.iter().filter(fills).count();
    usize::from(terms.size).saturating_sub(present)
}

/// Why somebody must not look at a candidate's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// They work or have worked together.
    Colleagues,
    Friends,
    Family,
    /// Money is between them.
    Business,
    /// They think they recognise the person behind an alias.
    Recognised,
    Other,
}

impl Conflict {
    pub const ALL: [Self; 6] = [
        Self::Colleagues,
        Self::Friends,
        Self::Family,
        Self::Business,
        Self::Recognised,
        Self::Other,
    ];

    pub fn code(self) -> &'static str {
        match self {
            Self::Colleagues => "colleagues",
            Self::Friends => "friends",
            Self::Family => "family",
            Self::Business => "business",
            Self::Recognised => "recognised",
            Self::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// As whoever has it chooses it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Colleagues => "We work or worked together",
            Self::Friends => "We are friends, or the opposite",
            Self::Family => "We are family",
            Self::Business => "Money is between us",
            Self::Recognised => "I think I recognise this person",
            Self::Other => "Something else",
        }
    }

    /// As somebody else says it.
    pub fn of_another(self) -> &'static str {
        match self {
            Self::Colleagues => "They work or worked together",
            Self::Friends => "They are friends, or the opposite",
            Self::Family => "They are family",
            Self::Business => "Money is between them",
            Self::Recognised => "They may recognise the person",
            Self::Other => "Something else",
        }
    }
}

/// Somebody who could be asked onto a panel, and what is known about that.
#[derive(Clone, Debug)]
pub struct Prospect {
    pub account: AccountId,
    pub name: String,
    pub email: String,
    /// The highest level at which they look at the stage; `None` where they do not.
    pub up_to: Option<Level>,
    /// Panels they are on whose assignment goes on. It tells nothing of who has voted.
    pub load: u16,
    /// Panels they were asked onto within seven days, and have not left.
    pub this_week: u16,
    pub weekly_most: u16,
    /// The last day of an absence that has begun.
    pub away_until: Option<Date>,
    pub last_asked: Option<Timestamp>,
    /// Has worked where the candidate did.
    pub shares_employer: bool,
    pub bar: Option<Bar>,
}

/// Why somebody is out of the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// They look after the application or decide on it, or did.
    RunsIt,
    /// They know who the candidate is, whom the panel knows by an alias: from another application, from a
    /// panel that was not blind, or because they looked as an administrator.
    KnowsWho,
    /// They sit on a panel that knows the candidate by an alias, and this one says the name.
    SitsBlind,
    Conflict,
    /// They were on a panel of an earlier application of the candidate's.
    EarlierPanel,
    /// They are on this one.
    Present,
}

/// Why somebody is not proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hindrance {
    Barred(Bar),
    NotQualified,
    Away(Date),
    /// Has as many panels this week as they take.
    Full,
    /// Was on this panel, and left.
    HasLeft,
    /// Has worked where the candidate did.
    SharedEmployer,
}

impl Prospect {
    /// What speaks against asking them to look at work at `level`; `left` are those who were on the panel.
    pub fn hindrance(&self, level: Level, left: &[AccountId]) -> Option<Hindrance> {
        if let Some(bar) = self.bar {
            return Some(Hindrance::Barred(bar));
        }
        if left.contains(&self.account) {
            return Some(Hindrance::HasLeft);
        }
        if self.up_to.is_none_or(|up_to| up_to < level) {
            return Some(Hindrance::NotQualified);
        }
        if self.shares_employer {
            return Some(Hindrance::SharedEmployer);
        }
        if let Some(until) = self.away_until {
            return Some(Hindrance::Away(until));
        }
        (self.this_week >= self.weekly_most).then_some(Hindrance::Full)
    }
}

impl Hindrance {
    /// Whether they may be asked all the same, by somebody who knows why.
    pub fn can_be_overruled(self) -> bool {
        !matches!(self, Self::Barred(_))
    }

    pub fn says(self) -> String {
        match self {
            Self::Barred(Bar::RunsIt) => "looks after this application, or did".to_owned(),
            Self::Barred(Bar::KnowsWho) => "knows who this candidate is".to_owned(),
            Self::Barred(Bar::SitsBlind) => {
                "is on a panel that knows this candidate by an alias".to_owned()
            }
            Self::Barred(Bar::Conflict) => "has a conflict with this candidate".to_owned(),
            Self::Barred(Bar::EarlierPanel) => {
                "was on an earlier panel of this candidate".to_owned()
            }
            Self::Barred(Bar::Present) => "is on this panel".to_owned(),
            Self::NotQualified => "not qualified for this stage at this level".to_owned(),
            Self::Away(until) => format!("away until {}", until.strftime("%-d %b %Y")),
            Self::Full => "has as many panels this week as they take".to_owned(),
            Self::SharedEmployer => "has worked where this candidate did".to_owned(),
            Self::HasLeft => "has left this panel".to_owned(),
        }
    }
}

/// Whom to ask onto a panel at `level`, at most `count`: nobody against whom something speaks, and those
/// with the least to do first. The longest not asked come before others with as much.
pub fn propose(
    prospects: &[Prospect],
    level: Level,
    left: &[AccountId],
    count: usize,
) -> Vec<AccountId> {
    let mut free: Vec<&Prospect> =
        prospects.iter().filter(|one| one.hindrance(level, left).is_none()).collect();
    // What is left of a week counts the more, the fewer panels somebody takes in one.
    let room = |one: &Prospect| Reverse(one.weekly_most.saturating_sub(one.this_week));
    free.sort_by_key(|one| (one.load, room(one), one.last_asked, one.account));
    free.into_iter().take(count).map(|one| one.account).collect()
}

/// By when the work is here at the latest, as a panel is told it: for a candidate who begins on the last day
/// and has the most time anybody has, `usual` being what everybody has. From Start on there is no day until
/// the hand-in, since any that followed the clock would tell of the candidate's circumstances.
pub fn expected(settled: &State, usual: Option<SignedDuration>) -> Option<Timestamp> {
    match settled {
        State::Assigned { start_by } => latest(*start_by, usual),
        _ => None,
    }
}

/// The same of a stage that has not begun.
pub fn latest(start_by: Option<Timestamp>, usual: Option<SignedDuration>) -> Option<Timestamp> {
    Some(start_by? + TimeFactor::LARGEST.of(usual?))
}

/// From what on the panel of a stage has its days.
pub fn counted_from(format: Format) -> &'static str {
    match format {
        Format::TakeHome => "From the hand-in on",
        Format::LiveSession => "From the session on",
        Format::External => "From the report on",
    }
}

/// What an interviewer is asked.
pub fn asks(format: Format, stage: &str, who: &str) -> String {
    match format {
        Format::LiveSession => format!("Can you take part in {stage} with {who}?"),
        Format::TakeHome | Format::External => format!("Can you look at {stage} by {who}?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assignment::model::Run;

    fn level(number: u8) -> Level {
        Level::new(number).unwrap()
    }

    fn prospect(name: &str) -> Prospect {
        Prospect {
            account: AccountId::new(),
            name: name.to_owned(),
            email: format!("{name}@example.org"),
            up_to: Some(level(4)),
            load: 0,
            this_week: 0,
            weekly_most: WEEKLY_MOST,
            away_until: None,
            last_asked: None,
            shares_employer: false,
            bar: None,
        }
    }

    fn names(prospects: &[Prospect], at: u8, left: &[AccountId]) -> Vec<String> {
        let proposed = propose(prospects, level(at), left, MOST);
        let name = |id: AccountId| prospects.iter().find(|one| one.account == id).unwrap();
        proposed.into_iter().map(|id| name(id).name.clone()).collect()
    }

    #[test]
    fn those_with_the_least_to_do_are_asked_first() {
        let asked = |at: &str| Some(at.parse::<Timestamp>().unwrap());
        let prospects = [
            Prospect { load: 2, ..prospect("busy") },
            Prospect { last_asked: asked("2026-11-20T09:00:00Z"), ..prospect("asked lately") },
            Prospect { last_asked: asked("2026-10-20T09:00:00Z"), ..prospect("asked once") },
            prospect("never asked"),
            Prospect { this_week: 1, ..prospect("has less room") },
        ];
        assert_eq!(
            names(&prospects, 3, &[]),
            ["never asked", "asked once", "asked lately", "has less room", "busy"]
        );
        assert_eq!(propose(&prospects, level(3), &[], 2).len(), 2);
    }

    #[test]
    fn nobody_is_proposed_against_whom_something_speaks() {
        let prospects = [
            Prospect { up_to: None, ..prospect("not qualified") },
            Prospect { up_to: Some(level(2)), ..prospect("for juniors") },
            Prospect { away_until: Some(jiff::civil::date(2026, 12, 1)), ..prospect("away") },
            Prospect { this_week: 3, ..prospect("full") },
            Prospect { weekly_most: 0, ..prospect("takes none") },
            Prospect { bar: Some(Bar::RunsIt), ..prospect("runs it") },
            Prospect { bar: Some(Bar::KnowsWho), ..prospect("looked") },
            Prospect { bar: Some(Bar::Conflict), ..prospect("knows them") },
            Prospect { bar: Some(Bar::EarlierPanel), ..prospect("saw them before") },
            Prospect { bar: Some(Bar::Present), ..prospect("is on it") },
            prospect("left"),
            Prospect { shares_employer: true, ..prospect("colleague once") },
            prospect("free"),
        ];
        let left = [prospects[10].account];
        assert_eq!(names(&prospects, 3, &left), ["free"]);
        assert_eq!(names(&prospects, 2, &left), ["for juniors", "free"]);
        let overruled = prospects.iter().filter_map(|one| one.hindrance(level(3), &left));
        assert_eq!(overruled.filter(|one| !one.can_be_overruled()).count(), 5);
    }

    #[test]
    fn the_day_a_panel_expects_work_holds_for_everybody_and_ends_with_start() {
        let at: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let hours = SignedDuration::from_hours;
        let assigned = State::Assigned { start_by: Some(at) };
        assert_eq!(expected(&assigned, Some(hours(48))), Some(at + hours(96)));
        assert_eq!(expected(&assigned, None), None);
        assert_eq!(expected(&State::Assigned { start_by: None }, Some(hours(48))), None);
        let begun = State::InProgress(Run::new(at, Some(at + hours(72))));
        assert_eq!(expected(&begun, Some(hours(48))), None);
    }

    #[test]
    fn those_in_training_fill_no_seat() {
        let terms = PanelTerms {
            size: 3,
            quorum: 2,
            is_blind: true,
            answer_within_days: 5,
            attribution: Attribution::Attributed,
        };
        let at: Timestamp = "2026-11-24T09:00:00Z".parse().unwrap();
        let member = |is_shadow, seat| Member {
            id: PanelMemberId::new(),
            account: AccountId::new(),
            name: String::new(),
            is_shadow,
            is_here: true,
            invited_at: at,
            answer_by: at,
            seat,
            needs_until: None,
            reason: String::new(),
            version: 1,
        };
        let left = Seat::Left { at, why: Leaving::Declined };
        let members = [
            member(false, Seat::Asked),
            member(false, Seat::Taken { at }),
            member(true, Seat::Taken { at }),
            member(false, left),
        ];
        assert_eq!(missing(terms, &members), 1);
        assert_eq!(missing(PanelTerms { size: 2, ..terms }, &members), 0);
        let gone = members.map(|one| Member { is_here: false, ..one });
        assert_eq!(missing(terms, &gone), 3, "who is not here any more fills none either");
    }
}
