//! Votes on the page of a stage: one's own while it is sealed, everybody's once they are open.

use jiff::tz::TimeZone;

use crate::assignment::access::Seated;
use crate::assignment::model::Phase;
use crate::db::Tx;
use crate::review::access::{MayReadVotes, MayVote};
use crate::review::model::{self, Ballot, Opened, Sealed, Tally};
use crate::review::store::votes;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::html::Html;
use crate::web::moment::moment;

/// What a page shows of votes.
#[derive(Debug)]
pub(super) enum Votes {
    Nothing,
    /// Why nobody can vote yet.
    NotYet(&'static str),
    /// The vote of whoever asks, where they have sealed one.
    Casting(Option<Sealed>),
    Opened {
        /// None for those who read their own alone.
        votes: Option<Vec<Opened>>,
        is_unchanged: Option<bool>,
    },
}

/// What there is of votes for whoever has this seat, in `phase`.
pub(super) async fn votes(
    tx: &mut Tx,
    viewer: &Viewer,
    seat: Seated,
    phase: Phase,
) -> Result<Votes, Failure> {
    let Some(allowed) = Allowed::<MayVote>::ask(viewer, &Some(seat)) else {
        return Ok(Votes::Nothing);
    };
    Ok(match phase {
        Phase::Voting => Votes::Casting(votes::own(tx, &allowed).await?),
        Phase::Opened | Phase::Decided => {
            let reads = Allowed::<MayReadVotes>::ask(viewer, &Some(seat));
            let votes = match &reads {
                Some(reads) => Some(votes::of_panel(tx, reads).await?),
                None => None,
            };
            Votes::Opened { votes, is_unchanged: votes::is_unchanged(tx, &allowed).await? }
        }
        phase if phase.is_over() => Votes::Nothing,
        phase => votes::not_now(phase).map_or(Votes::Nothing, Votes::NotYet),
    })
}

/// A vote as pages show it.
pub(super) struct Line {
    pub sign: &'static str,
    pub title: &'static str,
    pub tone: &'static str,
    pub level: Option<String>,
    pub comment: String,
    pub author: Option<String>,
    pub is_practice: bool,
}

pub(super) fn line(vote: &Opened) -> Line {
    Line { author: vote.author.clone(), is_practice: vote.is_practice, ..of_ballot(&vote.ballot) }
}

fn of_ballot(ballot: &Ballot) -> Line {
    Line {
        sign: ballot.value.sign(),
        title: ballot.value.title(),
        tone: ballot.value.tone(),
        level: ballot.level.map(|level| level.to_string()),
        comment: ballot.comment.clone(),
        author: None,
        is_practice: false,
    }
}

/// One's own vote as it is sealed.
pub(super) struct Own {
    pub vote: Line,
    pub at: Html,
    pub receipt: String,
}

pub(super) fn own(sealed: &Sealed, zone: &TimeZone) -> Own {
    Own {
        vote: Line { is_practice: sealed.is_practice, ..of_ballot(&sealed.ballot) },
        at: moment(sealed.cast_at, zone),
        receipt: sealed.receipt.to_string(),
    }
}

/// What was opened, as pages show it.
#[derive(Default)]
pub(super) struct Shown {
    pub says: String,
    pub disagrees: bool,
    /// Those that count.
    pub votes: Vec<Line>,
    pub practice: Vec<Line>,
}

pub(super) fn shown(votes: &[Opened]) -> Shown {
    let tally = Tally::of(votes);
    let lines = |is_practice| {
        votes.iter().filter(|vote| vote.is_practice == is_practice).map(line).collect()
    };
    Shown {
        says: tally.says(),
        disagrees: tally.disagrees(),
        votes: lines(false),
        practice: lines(true),
    }
}

/// The vote in a form, with the version it was made from.
pub(super) fn read(form: &mut Form) -> Option<(Ballot, i32)> {
    let value = form.read("value", model::value);
    let comment = form.read("comment", model::comment);
    let level = form.read("level", model::level);
    let version = form.text("version").parse().unwrap_or_default();
    let ballot = Ballot { value: value?, comment: comment?, level: level? };
    Some((ballot, version))
}

/// The form of a vote: as it was typed, or as it is sealed; with nothing chosen where there is none.
pub(super) fn form(typed: &Form, sealed: Option<&Sealed>) -> Form {
    if typed.text("do") == "vote" {
        return typed.clone();
    }
    let Some(sealed) = sealed else { return Form::filled([("version", "0")]) };
    let level = sealed.ballot.level.map(|level| level.to_string()).unwrap_or_default();
    let version = sealed.version.to_string();
    Form::filled([
        ("value", sealed.ballot.value.code()),
        ("comment", sealed.ballot.comment.as_str()),
        ("level", level.as_str()),
        ("version", version.as_str()),
    ])
}
