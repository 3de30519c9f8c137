//! What a report counts. Pure.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::disclosure::{Counted, is_small, people, shown};
use crate::ids::{StageId, TrackId};

/// What became of a stage, as its candidate knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    WentOn,
    Declined,
    Withdrew,
    Lapsed,
    /// Cancelled, ended early, or not held.
    Ended,
    InFlight,
}

impl Fate {
    pub const ALL: [Self; 6] =
        [Self::WentOn, Self::Declined, Self::Withdrew, Self::Lapsed, Self::Ended, Self::InFlight];

    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "advance" => Self::WentOn,
            "decline" => Self::Declined,
            "withdrawn" => Self::Withdrew,
            "lapsed" => Self::Lapsed,
            "cancelled" | "ended_early" | "not_held" => Self::Ended,
            "in_flight" => Self::InFlight,
            _ => return None,
        })
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::WentOn => "Went on",
            Self::Declined => "Declined",
            Self::Withdrew => "Withdrew",
            Self::Lapsed => "Lapsed",
            Self::Ended => "Ended otherwise",
            Self::InFlight => "Under way",
        }
    }
}

/// How the company's promise of an answer went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    Kept,
    Late,
    /// It is broken, and there is no answer yet.
    Overdue,
}

impl Promise {
    pub const ALL: [Self; 3] = [Self::Kept, Self::Late, Self::Overdue];

    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "kept" => Self::Kept,
            "late" => Self::Late,
            "overdue" => Self::Overdue,
            _ => return None,
        })
    }
}

/// Whether a panel was of one mind once its votes were open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Minds {
    AllFor,
    AllAgainst,
    Two,
}

impl Minds {
    pub const ALL: [Self; 3] = [Self::AllFor, Self::AllAgainst, Self::Two];

    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "for" => Self::AllFor,
            "against" => Self::AllAgainst,
            "two" => Self::Two,
            _ => return None,
        })
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::AllFor => "All voted +1",
            Self::AllAgainst => "All voted −2",
            Self::Two => "Of two minds",
        }
    }
}

/// A stage of a track, as reports name it; also one that is there no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub id: StageId,
    pub title: String,
    pub track: TrackId,
    pub track_title: String,
}

/// People who were given a stage and are alike in all that is counted: everybody once for each stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub track: TrackId,
    pub stage: StageId,
    pub level: u8,
    pub fate: Fate,
    /// None where no answer was promised yet, or none is wanted any more.
    pub promise: Option<Promise>,
    /// None where nothing is open, or nobody is to learn whose vote was whose.
    pub minds: Option<Minds>,
    pub number: u64,
}

/// What somebody waits for, or works on, until a stage moves on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    NotStarted,
    InProgress,
    Voting,
    Opened,
}

impl Passage {
    pub const ALL: [Self; 4] = [Self::NotStarted, Self::InProgress, Self::Voting, Self::Opened];

    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "not_started" => Self::NotStarted,
            "in_progress" => Self::InProgress,
            "voting" => Self::Voting,
            "opened" => Self::Opened,
            _ => return None,
        })
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::NotStarted => "Not started",
            Self::InProgress => "In progress",
            Self::Voting => "Panel voting",
            Self::Opened => "Votes open",
        }
    }
}

/// How long stages were in a state which they have left for the next one, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    pub stage: StageId,
    pub passage: Passage,
    pub number: u64,
    pub median: f64,
    /// Nine in ten took no longer.
    pub ninth: f64,
}

/// What reports are made of.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// In the overview's order.
    pub stages: Vec<Stage>,
    /// Of every level, whatever level is looked at.
    pub parts: Vec<Part>,
    /// Of the level that is looked at.
    pub lengths: Vec<Length>,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    Given,
    Fate(Fate),
    /// Went on or declined.
    Decided,
    /// Of which an answer was promised by now.
    Promised,
    Promise(Promise),
    /// Panels whose votes are open.
    Panels,
    Minds(Minds),
}

impl What {
    pub(super) fn counts(self, part: &Part) -> bool {
        match self {
            Self::Given => true,
            Self::Fate(fate) => part.fate == fate,
            Self::Decided => matches!(part.fate, Fate::WentOn | Fate::Declined),
            Self::Promised => part.promise.is_some(),
            Self::Promise(promise) => part.promise == Some(promise),
            Self::Panels => part.minds.is_some(),
            Self::Minds(minds) => part.minds == Some(minds),
        }
    }

    /// What it is a part of, with the total beside it.
    fn total(self) -> Self {
        match self {
            Self::Given | Self::Fate(_) => Self::Given,
            Self::Decided => Self::Decided,
            Self::Promised | Self::Promise(_) => Self::Promised,
            Self::Panels | Self::Minds(_) => Self::Panels,
        }
    }
}

/// Where it is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    Stage(StageId),
    Track(TrackId),
}

impl Of {
    fn counts(self, part: &Part) -> bool {
        match self {
            Self::Stage(stage) => part.stage == stage,
            Self::Track(track) => part.track == track,
        }
    }
}

/// One count; `level` none is all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    pub of: Of,
    pub level: Option<u8>,
    pub what: What,
}

impl Wanted {
    fn counts(&self, part: &Part) -> bool {
        self.of.counts(part)
            && self.level.is_none_or(|level| level == part.level)
            && self.what.counts(part)
    }
}

/// The levels that can be reached by a challenge.
pub const LEVELS: std::ops::RangeInclusive<u8> = 1..=5;

/// Every count that a report can show, whichever level it is narrowed to: what can be shown of one follows from
/// all of them.
#[derive(Debug, Default)]
pub struct Counts(HashMap<Wanted, Option<u64>>);

impl Counts {
    pub fn of(known: &Known) -> Self {
        let mut counts = HashMap::new();
        let mut tracks: Vec<TrackId> = known.stages.iter().map(|stage| stage.track).collect();
        tracks.dedup();
        for track in tracks {
            let parts: Vec<&Part> = known.parts.iter().filter(|it| it.track == track).collect();
            let stages: Vec<StageId> =
                known.stages.iter().filter(|it| it.track == track).map(|it| it.id).collect();
            let counted = |part: &&Part| Counted {
                stage: stages.iter().position(|stage| *stage == part.stage).unwrap_or_default(),
                number: part.number,
            };
            let counted: Vec<Counted> = parts.iter().map(counted).collect();
            let mut wanted: Vec<(Wanted, Vec<usize>)> = Vec::new();
            for it in of_track(track, &stages) {
                let within = (0..parts.len()).filter(|at| it.counts(parts[*at]));
                wanted.push((it, within.collect()));
            }
            let number = |set: &[usize]| set.iter().map(|at| counted[*at].number).sum::<u64>();
            // Totals first, then what says the most: of equals, the smallest give way.
            wanted.sort_by_key(|(it, set)| {
                (it.level.is_some(), it.what != it.what.total(), Reverse(number(set)))
            });
            let sets: Vec<Vec<usize>> = wanted.iter().map(|(_, set)| set.clone()).collect();
            let all: Vec<Wanted> = wanted.iter().map(|(it, _)| *it).collect();
            let can = shown(&counted, &sets, &rows(&all));
            for ((it, set), can) in wanted.into_iter().zip(can) {
                counts.insert(it, can.then(|| number(&set)));
            }
            withhold_rows_of_few(&mut counts, &parts, &counted);
        }
        Self(counts)
    }

    /// None where it is not shown.
    pub fn get(&self, of: Of, level: Option<u8>, what: What) -> Option<u64> {
        self.0.get(&Wanted { of, level, what }).copied().flatten()
    }
}

/// The places of counts that make up a total side by side: what became of what is counted, at which levels it was,
/// and in which stages.
fn rows(wanted: &[Wanted]) -> Vec<Vec<usize>> {
    // What they have in common: the place, the level, and what they are a part of.
    type Common = (Option<Of>, Option<Option<u8>>, What);
    let mut rows: HashMap<Common, Vec<usize>> = HashMap::new();
    for (at, it) in wanted.iter().enumerate() {
        let total = it.what.total();
        if it.what != total {
            rows.entry((Some(it.of), Some(it.level), total)).or_default().push(at);
        }
        if it.level.is_some() {
            rows.entry((Some(it.of), None, it.what)).or_default().push(at);
        }
        if let Of::Stage(_) = it.of {
            rows.entry((None, Some(it.level), it.what)).or_default().push(at);
        }
    }
    rows.into_values().collect()
}

/// Of a row that is about few, not even what is none is shown: the rest would say what all of them did.
fn withhold_rows_of_few(
    counts: &mut HashMap<Wanted, Option<u64>>,
    parts: &[&Part],
    counted: &[Counted],
) {
    for (it, count) in counts.iter_mut().filter(|(_, count)| **count == Some(0)) {
        let total = Wanted { what: it.what.total(), ..*it };
        let all = parts.iter().zip(counted).filter(|(part, _)| total.counts(part));
        if is_small(people(all.map(|(_, counted)| *counted))) {
            *count = None;
        }
    }
}

fn of_track(track: TrackId, stages: &[StageId]) -> Vec<Wanted> {
    let levels = || std::iter::once(None).chain(LEVELS.map(Some));
    let with = |of: Of, what: &[What]| -> Vec<Wanted> {
        let at = |level| what.iter().map(move |what| Wanted { of, level, what: *what });
        levels().flat_map(at).collect()
    };
    let mut wanted = Vec::new();
    let fates = Fate::ALL.map(What::Fate);
    for stage in stages {
        wanted.extend(with(Of::Stage(*stage), &[&[What::Given], &fates[..]].concat()));
    }
    let passes = [What::Decided, What::Fate(Fate::WentOn), What::Fate(Fate::Declined)];
    let promises = Promise::ALL.map(What::Promise);
    let minds = Minds::ALL.map(What::Minds);
    let of_all = [&passes[..], &[What::Promised], &promises, &[What::Panels], &minds].concat();
    wanted.extend(with(Of::Track(track), &of_all));
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::disclosure::FEWEST;
    use proptest::prelude::*;

    fn stage(track: TrackId) -> Stage {
        Stage { id: StageId::new(), title: String::new(), track, track_title: String::new() }
    }

    #[test]
    fn a_level_cannot_be_taken_from_all_of_them() {
        let track = TrackId::new();
        let known = |numbers: &[(u8, Fate, u64)]| {
            let stages = vec![stage(track)];
            let part = |(level, fate, number): &(u8, Fate, u64)| Part {
                track,
                stage: stages[0].id,
                level: *level,
                fate: *fate,
                promise: None,
                minds: None,
                number: *number,
            };
            let parts = numbers.iter().map(part).collect();
            (Of::Stage(stages[0].id), Counts::of(&Known { stages, parts, lengths: Vec::new() }))
        };
        let (of, counts) = known(&[
            (2, Fate::WentOn, 8),
            (3, Fate::WentOn, 9),
            (4, Fate::WentOn, 3),
            (3, Fate::Declined, 6),
        ]);
        let at = |level, what| counts.get(of, level, what);
        assert_eq!(at(None, What::Given), Some(26));
        assert_eq!(at(None, What::Fate(Fate::WentOn)), Some(20));
        assert_eq!(at(Some(4), What::Given), None);
        assert_eq!(at(Some(4), What::Fate(Fate::Lapsed)), None, "nor what none of the three did");
        assert_eq!(at(Some(3), What::Given), Some(15));
        assert_eq!(at(Some(2), What::Given), None, "the rest of 26 would be those of level 4");
        assert_eq!(at(Some(1), What::Given), Some(0));
    }

    fn part() -> impl Strategy<Value = (usize, u8, usize, usize, usize, u64)> {
        (0..2usize, 2..5u8, 0..6usize, 0..4usize, 0..4usize, 1..9u64)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Everything a table shows beside a total adds up, or leaves out five at least.
        #[test]
        fn no_rest_of_a_total_is_small(numbers in proptest::collection::vec(part(), 1..14)) {
            let track = TrackId::new();
            let stages = vec![stage(track), stage(track)];
            let fates = [Fate::WentOn, Fate::Declined, Fate::Lapsed, Fate::Withdrew, Fate::Ended, Fate::InFlight];
            let parts: Vec<Part> = numbers.iter().map(|(at, level, fate, promise, minds, number)| Part {
                track,
                stage: stages[*at].id,
                level: *level,
                fate: fates[*fate],
                promise: Promise::ALL.get(*promise).copied(),
                minds: Minds::ALL.get(*minds).copied(),
                number: *number,
            }).collect();
            let known = Known { stages: stages.clone(), parts, lengths: Vec::new() };
            let counts = Counts::of(&known);
            let exact = |it: &Wanted| known.parts.iter().filter(|part| it.counts(part)).map(|it| it.number).sum::<u64>();
            for (it, count) in &counts.0 {
                prop_assert!(count.is_none_or(|count| count == exact(it) && !is_small(count)), "{it:?}");
            }
            // Rows of what makes up a total; and the levels, and the stages, that make up all of them.
            let what = |total: What| -> Vec<What> {
                let all = Fate::ALL.map(What::Fate).into_iter()
                    .chain(Promise::ALL.map(What::Promise)).chain(Minds::ALL.map(What::Minds));
                all.filter(|what| what.total() == total).collect()
            };
            for (it, total) in counts.0.iter().filter_map(|(it, count)| Some((it, (*count)?))) {
                let mut rows: Vec<Vec<Wanted>> = Vec::new();
                if it.what == it.what.total() && it.what != What::Decided {
                    rows.push(what(it.what).into_iter().map(|what| Wanted { what, ..*it }).collect());
                }
                if it.level.is_none() {
                    rows.push(LEVELS.map(|level| Wanted { level: Some(level), ..*it }).collect());
                }
                if let Of::Track(_) = it.of {
                    rows.push(stages.iter().map(|stage| Wanted { of: Of::Stage(stage.id), ..*it }).collect());
                }
                for row in rows {
                    if row.iter().any(|one| !counts.0.contains_key(one)) {
                        continue;
                    }
                    let told: u64 = row.iter().filter_map(|one| counts.0[one]).sum();
                    prop_assert!(told == total || total - told >= FEWEST, "{it:?}: {told} of {total}");
                }
            }
        }
    }
}
