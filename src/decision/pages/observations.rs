//! The observations of a decision as they are typed: some rows of fields, which may begin with what the panel wrote.

use crate::decision::model::{self, MOST, Observation};
use crate::review::model::{Opened, Value};
use crate::web::form::Form;

/// So many rows there are at least: room for something good, and for something that was not enough.
const FEWEST: usize = 2;
/// The field that holds how many rows are shown.
const ROWS: &str = "rows";
/// The boxes beside what the panel wrote.
const QUOTE: &str = "quote";
/// The field that says which comment a row began with.
const BEGUN: &str = "begun";

/// The fields of one observation.
pub(super) struct Row {
    pub number: usize,
    pub kind: String,
    pub is_strength: bool,
    pub saw: String,
    pub asks: String,
    pub change: String,
    pub begun_with: String,
    /// It was just begun: where whoever types goes on.
    pub is_begun: bool,
}

/// A comment of the panel's that an observation can begin with.
pub(super) struct Quote {
    pub value: String,
    pub sign: &'static str,
    pub tone: &'static str,
    pub comment: String,
    pub is_chosen: bool,
}

fn name(part: &str, number: usize) -> String {
    format!("{part}-{number}")
}

/// Whether a row says something.
fn says(form: &Form, number: usize) -> bool {
    ["saw", "asks", "change"].iter().any(|part| !form.text(&name(part, number)).is_empty())
}

fn shown(form: &Form) -> usize {
    let asked: usize = form.text(ROWS).parse().unwrap_or_default();
    let last = (1..=MOST).rev().find(|number| says(form, *number)).unwrap_or_default();
    asked.max(last).clamp(FEWEST, MOST)
}

fn put(form: &mut Form, number: usize, one: &Observation) {
    form.set(&name("kind", number), if one.is_strength { "strength" } else { "gap" });
    form.set(&name("saw", number), one.saw.clone());
    form.set(&name("asks", number), one.asks.clone());
    form.set(&name("change", number), one.change.clone());
    form.set(&name(BEGUN, number), one.begun_with.map(|at| at.to_string()).unwrap_or_default());
}

/// Puts what is kept into a form.
pub(super) fn fill(form: &mut Form, observations: &[Observation]) {
    for (at, one) in observations.iter().enumerate() {
        put(form, at + 1, one);
    }
}

/// Whether a form was sent with its observations, and not a button alone.
pub(super) fn are_sent(form: &Form) -> bool {
    form.all(ROWS).next().is_some()
}

/// The observations in a form, without rows that say nothing; none, and a message, where one cannot be taken.
pub(super) fn read(form: &mut Form) -> Option<Vec<Observation>> {
    let mut typed = Vec::new();
    let mut wrong = None;
    for number in 1..=MOST {
        let part = |part: &str| model::part(form.text(&name(part, number)));
        match (part("saw"), part("asks"), part("change")) {
            (Ok(saw), Ok(asks), Ok(change)) => {
                let is_strength = form.text(&name("kind", number)) == "strength";
                let begun_with = form.text(&name(BEGUN, number)).parse().ok();
                typed.push(Observation { is_strength, saw, asks, change, begun_with });
            }
            (Err(message), ..) | (_, Err(message), _) | (.., Err(message)) => {
                wrong = Some(format!("Observation {number}: {message}"));
            }
        }
    }
    let read = model::observations(typed);
    if let Err(number) = read {
        wrong = Some(format!("Observation {number}: Say what was seen, or leave it empty"));
    }
    if let Some(wrong) = wrong {
        form.refuse("observations", wrong);
        return None;
    }
    read.ok()
}

/// The rows a form shows. `begun` is the first that was just begun.
pub(super) fn rows(form: &Form, begun: Option<usize>) -> Vec<Row> {
    let row = |number| Row {
        number,
        kind: name("kind", number),
        // The first is for something good, where nothing was chosen.
        is_strength: match form.text(&name("kind", number)) {
            "" => number == 1,
            kind => kind == "strength",
        },
        saw: name("saw", number),
        asks: name("asks", number),
        change: name("change", number),
        begun_with: name(BEGUN, number),
        is_begun: begun == Some(number),
    };
    (1..=shown(form)).map(row).collect()
}

/// The comments that count, in the order of the debrief.
fn comments(votes: &[Opened]) -> impl Iterator<Item = (u16, &Opened)> {
    (0..).zip(votes.iter().filter(|vote| !vote.is_practice))
}

/// Whether an observation that says something began with this comment.
fn is_begun_with(form: &Form, at: u16) -> bool {
    let at = at.to_string();
    (1..=MOST).any(|number| says(form, number) && form.has(&name(BEGUN, number), &at))
}

/// The comments that an observation can begin with, and whether others have one already.
pub(super) fn quotes(votes: &[Opened], form: &Form) -> (Vec<Quote>, bool) {
    let (begun, left): (Vec<_>, Vec<_>) =
        comments(votes).partition(|(at, _)| is_begun_with(form, *at));
    let quote = |(at, vote): (u16, &Opened)| Quote {
        value: at.to_string(),
        is_chosen: form.has(QUOTE, &at.to_string()),
        sign: vote.ballot.value.sign(),
        tone: vote.ballot.value.tone(),
        comment: vote.ballot.comment.clone(),
    };
    (left.into_iter().map(quote).collect(), !begun.is_empty())
}

/// How more observations are begun, while nothing is kept yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    /// One empty row.
    Empty,
    /// A row for each comment that was chosen.
    WithComments,
}

impl Begins {
    /// By what the button sends.
    pub(super) fn from_code(code: &str) -> Option<Self> {
        match code {
            "more" => Some(Self::Empty),
            "compose" => Some(Self::WithComments),
            _ => None,
        }
    }

    /// Puts them into the form, and says which is the first of them; what finds no room stays chosen.
    pub(super) fn put(self, form: &mut Form, votes: &[Opened]) -> Option<usize> {
        match self {
            Self::Empty => {
                let rows = (shown(form) + 1).min(MOST);
                form.set(ROWS, rows.to_string());
                Some(rows)
            }
            Self::WithComments => with_comments(form, votes),
        }
    }
}

fn with_comments(form: &mut Form, votes: &[Opened]) -> Option<usize> {
    let is_chosen = |at: u16| form.has(QUOTE, &at.to_string()) && !is_begun_with(form, at);
    let chosen: Vec<_> = comments(votes).filter(|(at, _)| is_chosen(*at)).collect();
    if chosen.is_empty() {
        form.refuse("quotes", "Tick what the candidate should hear of first");
        return None;
    }
    let shown = shown(form);
    let empty: Vec<usize> = (1..=MOST).filter(|number| !says(form, *number)).collect();
    let (taken, left) = chosen.split_at(chosen.len().min(empty.len()));
    for (number, (at, vote)) in empty.iter().zip(taken) {
        let begun = Observation {
            is_strength: vote.ballot.value == Value::For,
            saw: vote.ballot.comment.clone(),
            begun_with: Some(*at),
            ..Observation::default()
        };
        put(form, *number, &begun);
    }
    form.set(ROWS, shown.to_string());
    // What was used is chosen no more.
    form.forget(QUOTE);
    if let [(at, _), ..] = left {
        form.set(QUOTE, at.to_string());
        form.refuse(
            "quotes",
            format!("A decision holds {MOST} observations; there was no room for all"),
        );
    }
    empty.first().filter(|_| !taken.is_empty()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::model::Ballot;

    fn vote(value: Value, comment: &str, is_practice: bool) -> Opened {
        let ballot = Ballot { value, comment: comment.to_owned(), level: None };
        Opened { ballot, is_practice, author: None }
    }

    fn votes() -> [Opened; 3] {
        [
            vote(Value::For, "Built as asked.", false),
            vote(Value::For, "In training.", true),
            vote(Value::Against, "No test of a lost connection.", false),
        ]
    }

    #[test]
    fn chosen_comments_are_put_where_nothing_is_written() {
        let mut form = Form::filled([("saw-1", "Typed."), ("quote", "0"), ("quote", "1")]);
        assert_eq!(quotes(&votes(), &form).0.len(), 2, "practice tells the candidate nothing");
        assert_eq!(Begins::WithComments.put(&mut form, &votes()), Some(2));
        let read = read(&mut form).unwrap();
        let said: Vec<_> = read.iter().map(|one| (one.is_strength, one.saw.as_str())).collect();
        assert_eq!(
            said[1..],
            [(true, "Built as asked."), (false, "No test of a lost connection.")]
        );
        assert_eq!(said[0].1, "Typed.");
        assert_eq!(read[1].begun_with, Some(0));
        assert_eq!(
            rows(&form, Some(2)).iter().map(|row| row.is_begun).collect::<Vec<_>>(),
            [false, true, false]
        );
    }

    #[test]
    fn a_comment_is_offered_until_an_observation_begins_with_it() {
        let offered = |form: &Form| {
            let (quotes, are_begun) = quotes(&votes(), form);
            (quotes.into_iter().map(|quote| quote.value).collect::<Vec<_>>(), are_begun)
        };
        let mut form = Form::filled([("quote", "1")]);
        assert_eq!(offered(&form), (vec!["0".to_owned(), "1".to_owned()], false));
        Begins::WithComments.put(&mut form, &votes());
        assert_eq!(offered(&form), (vec!["0".to_owned()], true));
        // Also in words of the manager's own, once it is kept, and where it is ticked in an older tab.
        form.set("saw-1", "Nothing tells what happens once a connection is lost.");
        let mut kept = Form::default();
        fill(&mut kept, &read(&mut form).unwrap());
        kept.set(QUOTE, "1");
        assert_eq!(offered(&kept), (vec!["0".to_owned()], true));
        assert_eq!(Begins::WithComments.put(&mut kept, &votes()), None);
        // What was begun and is emptied can be begun once more.
        kept.set("saw-1", "");
        assert_eq!(offered(&kept), (vec!["0".to_owned(), "1".to_owned()], false));
    }

    #[test]
    fn what_finds_no_room_stays_chosen_and_nothing_typed_is_lost() {
        let mut form = Form::default();
        (1..MOST).for_each(|number| form.set(&name("change", number), "Typed."));
        form.set(QUOTE, "0");
        let two = [votes()[0].clone(), votes()[0].clone()];
        let mut both = Form::filled([("quote", "0"), ("quote", "1")]);
        (1..MOST).for_each(|number| both.set(&name("change", number), "Typed."));
        assert_eq!(Begins::WithComments.put(&mut both, &two), Some(MOST));
        assert!(both.error("quotes").unwrap().contains("8 observations"));
        assert_eq!(both.all(QUOTE).collect::<Vec<_>>(), ["1"]);
        assert_eq!(both.text("change-1"), "Typed.");
        assert_eq!(Begins::WithComments.put(&mut form, &two), Some(MOST));
        assert!(!form.has_errors());
    }

    #[test]
    fn rows_are_added_up_to_the_most() {
        let mut form = Form::default();
        assert_eq!(rows(&form, None).len(), FEWEST);
        assert!(rows(&form, None)[0].is_strength && !rows(&form, None)[1].is_strength);
        for number in FEWEST + 1..=MOST {
            assert_eq!(Begins::Empty.put(&mut form, &[]), Some(number));
        }
        assert_eq!(Begins::Empty.put(&mut form, &[]), Some(MOST));
        assert_eq!(rows(&form, None).len(), MOST);
        assert_eq!(Begins::WithComments.put(&mut form, &[]), None);
        assert!(form.has_errors(), "nothing was chosen");
    }
}
