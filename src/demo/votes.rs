//! Two live sessions that have taken place: the panel of one is voting, that of the other has opened its votes.

use std::collections::HashMap;

use super::interviews::person;
use super::{Error, days};
use crate::assignment::access::{Given, MayAnswer, MayRecruit, MayRunApplication, Parties};
use crate::assignment::application::{NewApplication, TimeFactor};
use crate::assignment::store::assignments::{self, NewAssignment};
use crate::assignment::store::moves::{self, Deed};
use crate::assignment::store::seats::{self, Answer};
use crate::assignment::store::{adding, applications, panels};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::import::settings::Format;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AccountId, StageId};
use crate::review::access::MayVote;
use crate::review::model::{Ballot, Value};
use crate::review::store::votes;
use crate::track::model::{Stage, Track};
use crate::web::allowed::Allowed;
use crate::web::viewer::Role;

/// What a member says, and at which level they would accept it.
type Said = (&'static str, Value, &'static str, u8);

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
    // A tree of somebody's own may have another path.
    let is_live = |stage: &&Stage| {
        stage.recipe.as_ref().is_some_and(|recipe| recipe.format == Format::LiveSession)
    };
    let Some(stage) = track.stages.get(1).filter(is_live) else { return Ok(()) };
    for (candidate, said) in [("kwame", VOTING), ("sofia", VOTED)] {
        let given = held(tx, people, (candidate, track, stage.id), now).await?;
        for (local, value, comment, level) in said {
            let account = people.get(local).copied().ok_or(Error::Nobody)?;
            let viewer = person(account, Role::Interviewer, now);
            let seat = (given.assignment, account);
            let allowed: Option<Allowed<MayVote>> = seats::again(tx, &viewer, seat).await?;
            let comment = (*comment).to_owned();
            let ballot = Ballot { value: *value, comment, level: Level::new(*level) };
            let at = now - SignedDuration::from_hours(20);
            votes::cast(tx, &viewer, &allowed.ok_or(Error::Nobody)?, (&ballot, 0), at).await?;
        }
    }
    Ok(())
}

/// The session of [`give`] has taken place.
async fn held(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    what: (&str, &Track, StageId),
    now: Timestamp,
) -> Result<Given, Error> {
    let (runs, given) = give(tx, people, what, now).await?;
    let began = now - days(3);
    let ended = began + SignedDuration::from_mins(150);
    let deed = Deed::Held { began: Some(began), ended };
    moves::run(tx, &runs, (given.assignment, 1), &deed, ended).await?;
    Ok(given)
}

/// Brings a candidate, gives them the stage, and makes its panel.
pub(super) async fn give(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    (candidate, track, stage): (&str, &Track, StageId),
    now: Timestamp,
) -> Result<(Allowed<MayRunApplication>, Given), Error> {
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let (candidate, recruiter, manager) = (of(candidate)?, of("tomas")?, Some(of("sean")?));
    let level = Level::new(3).ok_or(Error::Nobody)?;
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
    let recruits = person(recruiter, Role::Recruiter, now);
    let allowed = Allowed::<MayRecruit>::ask(&recruits, &()).ok_or(Error::Nobody)?;
    let application = adding::add(tx, &allowed, &new, now - days(16)).await?;
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(tx, &recruits, application).await?;
    let runs = runs.ok_or(Error::Nobody)?;
    let at = now - days(9);
    let new = NewAssignment { stage, level, start_by: Some(at + days(14)) };
    let assignment = assignments::give(tx, &runs, new, at).await?;
    let given =
        Given { assignment, parties: Parties { application, candidate, recruiter, manager } };
    let members = PANEL.map(of).into_iter().collect::<Result<Vec<_>, _>>()?;
    panels::invite(tx, &runs, assignment, (&members, false), at).await?;
    for account in members {
        let viewer = person(account, Role::Interviewer, now);
        let allowed = Allowed::<MayAnswer>::ask(&viewer, &Some(given)).ok_or(Error::Nobody)?;
        seats::answer(tx, &viewer, &allowed, &Answer::Accept, at + days(1)).await?;
    }
    Ok((runs, given))
}
