//! The reports, each as bars with words beside them and as a table. Pure.

use super::model::{Counts, Fate, Known, LEVELS, Length, Minds, Of, Passage, Promise, Stage, What};
use super::words::{about, has_median, has_ninth, length, percent};
use crate::ids::TrackId;

/// One report.
#[derive(Debug)]
pub struct Report {
    /// As its table is called in addresses.
    pub name: &'static str,
    pub title: &'static str,
    pub says: &'static str,
    pub groups: Vec<Group>,
    pub table: Table,
}

/// Bars below one heading; an empty one is none.
#[derive(Debug)]
pub struct Group {
    pub title: String,
    pub bars: Vec<Bar>,
}

/// A bar with what it says.
#[derive(Debug)]
pub struct Bar {
    pub name: String,
    /// None where it is not shown.
    pub says: Option<String>,
    /// In percent of the whole width.
    pub width: u64,
    /// To where an outline goes on.
    pub outline: u64,
}

/// The same as rows; a cell that is none is not shown.
#[derive(Debug)]
pub struct Table {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Option<String>>>,
}

impl Report {
    /// Whether anything in it is shown.
    pub fn tells(&self) -> bool {
        self.groups.iter().flat_map(|group| &group.bars).any(|bar| bar.says.is_some())
    }
}

/// The names of all reports, in order.
pub const NAMES: [&str; 5] = ["times", "promises", "stages", "rates", "panels"];

/// Every report, of one level or of all, in the order of [`NAMES`].
pub fn all(known: &Known, level: Option<u8>) -> [Report; 5] {
    let counts = &Counts::of(known);
    let tracks = &tracks(known);
    [
        times(known),
        promises(tracks, counts, level),
        stages(known, counts, level),
        rates(tracks, counts, level),
        panels(tracks, counts, level),
    ]
}

fn tracks(known: &Known) -> Vec<(TrackId, &str)> {
    let mut tracks: Vec<(TrackId, &str)> =
        known.stages.iter().map(|stage| (stage.track, stage.track_title.as_str())).collect();
    tracks.dedup();
    tracks
}

fn titled(stage: &Stage) -> String {
    format!("{}: {}", stage.track_title, stage.title)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn number(number: Option<u64>) -> Option<String> {
    number.map(|number| number.to_string())
}

fn share(of: Option<u64>, all: Option<u64>) -> Option<u64> {
    percent(of?, all?)
}

/// The share in a cell of its own; of nothing there is none.
fn in_percent(of: Option<u64>, all: Option<u64>) -> Option<String> {
    match all {
        Some(0) => Some(String::new()),
        all => share(of, all).map(|share| format!("{share} %")),
    }
}

/// How many of how many, as a bar.
fn bar(name: &str, of: Option<u64>, all: Option<u64>) -> Bar {
    let share = share(of, all);
    let says = of.map(|of| match (all, share) {
        (Some(all), Some(share)) => format!("{of} of {all}, {share} %"),
        _ => of.to_string(),
    });
    Bar { name: name.to_owned(), says, width: share.unwrap_or_default(), outline: 0 }
}

fn times(known: &Known) -> Report {
    let told = known.lengths.iter().filter(|it| has_median(it.number));
    let longest = |it: &Length| if has_ninth(it.number) { it.ninth } else { it.median };
    let whole = told.map(longest).fold(1.0, f64::max);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 100"
    )]
    let width = |seconds: f64| (seconds / whole * 100.0).clamp(0.0, 100.0).round() as u64;
    let days = |seconds: f64| format!("{:.1}", seconds / 86_400.0);
    let mut groups = Vec::new();
    let mut rows = Vec::new();
    for stage in &known.stages {
        let mut bars = Vec::new();
        for passage in Passage::ALL {
            let found =
                known.lengths.iter().find(|it| (it.stage, it.passage) == (stage.id, passage));
            let number = found.map_or(0, |it| it.number);
            let half = found.filter(|_| has_median(number)).map(|it| it.median);
            let ninth = found.filter(|_| has_ninth(number)).map(|it| it.ninth);
            bars.push(Bar {
                name: passage.title().to_owned(),
                says: half.map(|half| match ninth {
                    Some(ninth) => {
                        format!(
                            "half within {}, nine in ten within {}",
                            length(half),
                            length(ninth)
                        )
                    }
                    None => format!("half within {}", length(half)),
                }),
                width: half.map(width).unwrap_or_default(),
                outline: ninth.map(width).unwrap_or_default(),
            });
            rows.push(vec![
                text(&stage.track_title),
                text(&stage.title),
                text(passage.title()),
                text(about(number)),
                half.map(days),
                ninth.map(days),
            ]);
        }
        groups.push(Group { title: titled(stage), bars });
    }
    Report {
        name: NAMES[0],
        title: "Time in each state",
        says: "How long stages were in a state before they moved on to the next one, nights and weekends \
               included, by the calendar. What lapsed, was withdrawn or is there still is not among it. The bar \
               ends where half of them had moved on, its outline where nine in ten had.",
        groups,
        table: Table {
            columns: vec![
                "Track",
                "Stage",
                "State",
                "How many",
                "Median, days",
                "90th percentile, days",
            ],
            rows,
        },
    }
}

fn promises(tracks: &[(TrackId, &str)], counts: &Counts, level: Option<u8>) -> Report {
    let (mut bars, mut rows) = (Vec::new(), Vec::new());
    for (track, title) in tracks {
        let get = |what| counts.get(Of::Track(*track), level, what);
        let (all, kept) = (get(What::Promised), get(What::Promise(Promise::Kept)));
        if all != Some(0) {
            bars.push(bar(title, kept, all));
        }
        rows.push(vec![
            text(title),
            number(all),
            number(kept),
            number(get(What::Promise(Promise::Late))),
            number(get(What::Promise(Promise::Overdue))),
            in_percent(kept, all),
        ]);
    }
    Report {
        name: NAMES[1],
        title: "Promises kept",
        says: "Candidates are told by which working day they hear from the company about what they handed in. An \
               answer that is overdue counts as a promise that was not kept.",
        groups: vec![Group { title: String::new(), bars }],
        table: Table {
            columns: vec!["Track", "Promised", "In time", "Late", "Overdue", "In time, share"],
            rows,
        },
    }
}

fn stages(known: &Known, counts: &Counts, level: Option<u8>) -> Report {
    let (mut groups, mut rows) = (Vec::new(), Vec::new());
    for stage in &known.stages {
        let get = |what| counts.get(Of::Stage(stage.id), level, what);
        let given = get(What::Given);
        let bars = Fate::ALL.map(|fate| bar(fate.title(), get(What::Fate(fate)), given));
        groups.push(Group { title: titled(stage), bars: bars.into() });
        let mut row = vec![text(&stage.track_title), text(&stage.title), number(given)];
        row.extend(Fate::ALL.map(|fate| number(get(What::Fate(fate)))));
        rows.push(row);
    }
    let mut columns = vec!["Track", "Stage", "Given"];
    columns.extend(Fate::ALL.map(Fate::title));
    Report {
        name: NAMES[2],
        title: "What became of each stage",
        says: "Of those who were given a stage, how many went on, and how the others left. Everybody counts once in a \
               stage, as it was given to them last. A decision \
               counts from when on the candidate knows of it; before, the stage is under way.",
        groups,
        table: Table { columns, rows },
    }
}

fn rates(tracks: &[(TrackId, &str)], counts: &Counts, level: Option<u8>) -> Report {
    let (mut groups, mut rows) = (Vec::new(), Vec::new());
    let levels: Vec<Option<u8>> = match level {
        Some(level) => vec![Some(level)],
        None => LEVELS.map(Some).chain([None]).collect(),
    };
    for (track, title) in tracks {
        let mut bars = Vec::new();
        for level in &levels {
            let get = |what| counts.get(Of::Track(*track), *level, what);
            let (all, went_on) = (get(What::Decided), get(What::Fate(Fate::WentOn)));
            let name = level.map_or("All levels".to_owned(), |level| format!("Level {level}"));
            if all != Some(0) {
                bars.push(bar(&name, went_on, all));
            }
            rows.push(vec![
                text(title),
                Some(name),
                number(all),
                number(went_on),
                in_percent(went_on, all),
            ]);
        }
        if !bars.is_empty() {
            groups.push(Group { title: (*title).to_owned(), bars });
        }
    }
    Report {
        name: NAMES[3],
        title: "Who goes on, by track and level",
        says: "Of the stages that were decided, in how many the candidate went on.",
        groups,
        table: Table { columns: vec!["Track", "Level", "Decided", "Went on", "Share"], rows },
    }
}

fn panels(tracks: &[(TrackId, &str)], counts: &Counts, level: Option<u8>) -> Report {
    let (mut groups, mut rows) = (Vec::new(), Vec::new());
    for (track, title) in tracks {
        let get = |what| counts.get(Of::Track(*track), level, what);
        let all = get(What::Panels);
        if all == Some(0) {
            continue;
        }
        let minds = Minds::ALL.map(|minds| get(What::Minds(minds)));
        let bars = Minds::ALL.into_iter().zip(minds).map(|(it, of)| bar(it.title(), of, all));
        groups.push(Group { title: (*title).to_owned(), bars: bars.collect() });
        let one_mind = all.zip(minds[2]).map(|(all, two)| all - two);
        let mut row = vec![text(title), number(all)];
        row.extend(minds.map(number));
        row.push(in_percent(one_mind, all));
        rows.push(row);
    }
    let mut columns = vec!["Track", "Panels"];
    columns.extend(Minds::ALL.map(Minds::title));
    columns.push("Of one mind, share");
    Report {
        name: NAMES[4],
        title: "Whether panels agree",
        says: "Panels of two votes or more, once their votes are open. Those of tracks in which nobody learns whose \
               vote is whose are not among it, and no interviewer is. They are counted by fives, as they opened.",
        groups,
        table: Table { columns, rows },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::StageId;
    use crate::report::disclosure::{is_small, linear};
    use crate::report::model::Part;
    use proptest::prelude::*;

    fn known(numbers: &[(usize, u8, usize, usize, usize, u64)]) -> Known {
        let track = TrackId::new();
        let stage = |title: &str| Stage {
            id: StageId::new(),
            title: title.to_owned(),
            track,
            track_title: "Operations".to_owned(),
        };
        let stages = vec![stage("Automation"), stage("Troubleshooting")];
        let part =
            |(at, level, fate, promise, minds, number): &(usize, u8, usize, usize, usize, u64)| {
                Part {
                    track,
                    stage: stages[*at].id,
                    level: *level,
                    fate: Fate::ALL[*fate],
                    promise: Promise::ALL.get(*promise).copied(),
                    minds: Minds::ALL.get(*minds).copied(),
                    number: *number,
                }
            };
        let parts = numbers.iter().map(part).collect();
        Known { stages, parts, lengths: Vec::new() }
    }

    #[test]
    fn times_are_told_of_five_and_nine_in_ten_of_ten() {
        let mut known = known(&[]);
        let length = |passage, number, median, ninth| Length {
            stage: known.stages[0].id,
            passage,
            number,
            median,
            ninth,
        };
        known.lengths = vec![
            length(Passage::NotStarted, 4, 3_600.0, 7_200.0),
            length(Passage::InProgress, 9, 86_400.0 * 3.0, 86_400.0 * 30.0),
            length(Passage::Voting, 10, 86_400.0, 86_400.0 * 4.0),
        ];
        let [report, ..] = all(&known, None);
        let bars = &report.groups[0].bars;
        assert_eq!(bars[0].says, None);
        assert_eq!(bars[1].says.as_deref(), Some("half within 3 days"));
        assert_eq!(
            bars[2].says.as_deref(),
            Some("half within 24 hours, nine in ten within 4 days")
        );
        assert_eq!(bars[3].says, None);
        assert_eq!([bars[1].width, bars[2].width, bars[2].outline], [75, 25, 100]);
        let row = |at: usize| {
            report.table.rows[at].iter().map(|it| it.as_deref().unwrap_or("-")).collect::<Vec<_>>()
        };
        assert_eq!(row(0), ["Operations", "Automation", "Not started", "fewer than 5", "-", "-"]);
        assert_eq!(row(2), ["Operations", "Automation", "Panel voting", "10 to 24", "1.0", "4.0"]);
    }

    fn part() -> impl Strategy<Value = (usize, u8, usize, usize, usize, u64)> {
        (0..2usize, 2..5u8, 0..6usize, 0..4usize, 0..4usize, 1..9u64)
    }

    /// The columns of each table that count something, and what.
    fn columns(report: &Report) -> Vec<(usize, What)> {
        let all: Vec<What> = match report.name {
            "promises" => [vec![What::Promised], Promise::ALL.map(What::Promise).into()].concat(),
            "stages" => [vec![What::Given], Fate::ALL.map(What::Fate).into()].concat(),
            "rates" => vec![What::Decided, What::Fate(Fate::WentOn)],
            "panels" => [vec![What::Panels], Minds::ALL.map(What::Minds).into()].concat(),
            _ => Vec::new(),
        };
        let first = report.table.columns.len() - all.len() - usize::from(report.name != "stages");
        (first..).zip(all).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// As somebody would who saves every table at every level, and reckons.
        #[test]
        fn nothing_of_few_follows_from_every_table_at_every_level(
            numbers in proptest::collection::vec(part(), 1..16)
        ) {
            let known = known(&numbers);
            let (mut told, mut secret) = (Vec::new(), Vec::new());
            for level in std::iter::once(None).chain(LEVELS.map(Some)) {
                for report in all(&known, level) {
                    for (at, row) in report.table.rows.iter().enumerate() {
                        let of_level = match (report.name, &row[1]) {
                            ("rates", Some(name)) => name.strip_prefix("Level ").map(|it| it.parse().unwrap()),
                            _ => level,
                        };
                        for (column, what) in columns(&report) {
                            let counts = |part: &Part| {
                                what.counts(part)
                                    && of_level.is_none_or(|level: u8| level == part.level)
                                    && (report.name != "stages" || part.stage == known.stages[at].id)
                            };
                            let vector: Vec<f64> =
                                known.parts.iter().map(|part| f64::from(u8::from(counts(part)))).collect();
                            let number: u64 = known.parts.iter().filter(|it| counts(it)).map(|it| it.number).sum();
                            match row[column].as_deref() {
                                Some(shown) => {
                                    prop_assert_eq!(shown, number.to_string());
                                    told.push(vector.clone());
                                }
                                None => prop_assert!(number > 0 || report.name != "times"),
                            }
                            if is_small(number) {
                                secret.push(vector);
                            }
                        }
                    }
                }
            }
            for vector in secret {
                prop_assert!(!linear::follows(&told, &vector), "{numbers:?}: {vector:?}");
            }
        }
    }
}
