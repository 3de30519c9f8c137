//! Two live sessions that have taken place: the panel of one is voting, that of the other has opened its votes.

use std::collections::HashMap;

use super::interviews::person;
use super::{Error, days, past};
use crate::assignment::access::{Given, MayAnswer, MayRecruit, MayRunApplication, Parties};
use crate::assignment::application::{NewApplication, TimeFactor};
use crate::assignment::deeds::Deed;
use crate::assignment::store::assignments::{self, NewAssignment};
use crate::assignment::store::moves;
use crate::assignment::store::seats::{self, Answer};
use crate::assignment::store::{adding, applications, panels};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AccountId, AssignmentId, StageId};
use crate::review::access::MayVote;
use crate::review::model::{Ballot, Value};
use crate::review::store::votes;
use crate::track::model::{Stage, Track};
use crate::web::allowed::Allowed;
use crate::web::viewer::Role;

/// What a member says, and at which level they would accept it.
pub(super) type Said = (&'static str, Value, &'static str, u8);

const PANEL: [&str; 3] = ["jonas", "priya", "noor"];

/// One of the panel has voted.
const VOTING: &[Said] = &[(
    "jonas",
    Value::For,
    "Went from the symptom to the full disk in ten minutes, and said aloud what each command was for.",
    3,
)];

const VOTED: &[Said] = &[
    (
        "jonas",
        Value::For,
        "Read the logs before touching anything, and wrote down what was tried. The unit file was mended, not \
         worked around.",
        3,
    ),
    (
        "priya",
        Value::Against,
        "Restarted the database twice to see whether it helps. At this level I expect the replica to be looked \
         at first.",
        2,
    ),
    (
        "noor",
        Value::For,
        "Asked good questions when stuck, and explained the fix so that somebody on call could follow it.",
        3,
    ),
];

/// Adds them, in a track whose second stage is a live session.
pub(super) async fn fill(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    track: &Track,
    now: Timestamp,
) -> Result<(), Error> {
    for (candidate, said) in [("kwame", VOTING), ("sofia", VOTED)] {
        let _given = held(tx, people, (candidate, said), track, now - days(3)).await?;
    }
    match live(track) {
        Some(stage) => past::fill(tx, people, (track, stage.id), now).await,
        None => Ok(()),
    }
}

/// Its live session. A tree of somebody's own may have another path.
fn live(track: &Track) -> Option<&Stage> {
    let is_live = |stage: &&Stage| {
        stage.recipe.as_ref().is_some_and(|recipe| recipe.format == Format::LiveSession)
    };
    track.stages.get(1).filter(is_live)
}

/// Holds a session that began then, and has its panel say what it says. None where the track has no such stage.
pub(super) async fn held(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    (candidate, said): (&str, &[Said]),
    track: &Track,
    began: Timestamp,
) -> Result<Option<Given>, Error> {
    let Some(stage) = live(track) else { return Ok(None) };
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let level = Level::new(3).ok_or(Error::Nobody)?;
    let who = Between::of(people, candidate)?;
    let given = hold(tx, &who, (track, stage.id, level), began).await?;
    for (local, value, comment, level) in said {
        let level = Level::new(*level).ok_or(Error::Nobody)?;
        let at = began + SignedDuration::from_hours(52);
        vote(tx, given.assignment, (of(local)?, (*value, *comment, level)), at).await?;
    }
    Ok(Some(given))
}

/// Casts the vote of a member.
pub(super) async fn vote(
    tx: &mut Tx,
    assignment: AssignmentId,
    (account, (value, comment, level)): (AccountId, (Value, &str, Level)),
    at: Timestamp,
) -> Result<(), Error> {
    let viewer = person(account, Role::Interviewer, at);
    let allowed: Option<Allowed<MayVote>> =
        seats::again(tx, &viewer, (assignment, account)).await?;
    let ballot = Ballot { value, comment: comment.to_owned(), level: Some(level) };
    votes::cast(tx, &viewer, &allowed.ok_or(Error::Nobody)?, (&ballot, 0), at).await?;
    Ok(())
}

/// Who a stage is between.
pub(super) struct Between {
    pub candidate: AccountId,
    pub recruiter: AccountId,
    pub manager: AccountId,
    pub panel: Vec<AccountId>,
}

impl Between {
    /// Somebody of the demo, and those who look after everybody there.
    pub fn of(people: &HashMap<&'static str, AccountId>, candidate: &str) -> Result<Self, Error> {
        let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
        Ok(Self {
            candidate: of(candidate)?,
            recruiter: of("tomas")?,
            manager: of("sean")?,
            panel: PANEL.map(of).into_iter().collect::<Result<_, _>>()?,
        })
    }
}

/// The session of [`give`] takes place at `began`.
pub(super) async fn hold(
    tx: &mut Tx,
    who: &Between,
    what: (&Track, StageId, Level),
    began: Timestamp,
) -> Result<Given, Error> {
    let (runs, given) = give(tx, who, what, began).await?;
    let ended = began + SignedDuration::from_mins(150);
    let deed = Deed::Held { began: Some(began), ended };
    moves::run(tx, &runs, (given.assignment, 1), &deed, ended).await?;
    Ok(given)
}

/// Brings a candidate, gives them the stage, and makes its panel, all of it some days before `began`.
pub(super) async fn give(
    tx: &mut Tx,
    who: &Between,
    (track, stage, level): (&Track, StageId, Level),
    began: Timestamp,
) -> Result<(Allowed<MayRunApplication>, Given), Error> {
    let (candidate, recruiter, manager) = (who.candidate, who.recruiter, Some(who.manager));
    let new = NewApplication {
        candidate,
        track: track.id,
        level,
        manager,
        source: "Job board".to_owned(),
        note: String::new(),
        time: TimeFactor::Usual,
        resume: None,
    };
    let recruits = person(recruiter, Role::Recruiter, began);
    let allowed = Allowed::<MayRecruit>::ask(&recruits, &()).ok_or(Error::Nobody)?;
    let application = adding::add(tx, &allowed, &new, began - days(13)).await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(tx, &recruits, application).await?;
    let runs = runs.ok_or(Error::Nobody)?;
    let at = began - days(6);
    let new = NewAssignment { stage, level, start_by: Some(at + days(14)) };
    let assignment = assignments::give(tx, &runs, new, at).await?;
    let given =
        Given { assignment, parties: Parties { application, candidate, recruiter, manager } };
    panels::invite(tx, &runs, assignment, (&who.panel, false), at).await?;
    for account in &who.panel {
        let viewer = person(*account, Role::Interviewer, began);
        let allowed = Allowed::<MayAnswer>::ask(&viewer, &Some(given)).ok_or(Error::Nobody)?;
        seats::answer(tx, &viewer, &allowed, &Answer::Accept, at + days(1)).await?;
    }
    Ok((runs, given))
}
