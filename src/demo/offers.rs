//! Somebody who passed the last stage of their path, and whose offer is handed over to HR.

use std::collections::HashMap;

use super::interviews::person;
use super::votes::{Said, held};
use super::{Error, days};
use crate::assignment::access::MayRunApplication;
use crate::assignment::model::Outcome;
use crate::assignment::store::applications;
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::decision::access::MayDecide;
use crate::decision::model::{Contents, Observation};
use crate::decision::store::{self as decisions, following, offers};
use crate::ids::AccountId;
use crate::review::model::Value;
use crate::track::model::Track;
use crate::web::allowed::Allowed;
use crate::web::viewer::Role;

const SAID: &[Said] = &[
    (
        "jonas",
        Value::For,
        "Looked before touching, and could say at any minute what was known and what was guessed.",
        3,
    ),
    (
        "priya",
        Value::For,
        "Found the full disk and the reason for it, and wrote down how to see it sooner.",
        3,
    ),
    (
        "noor",
        Value::For,
        "Explained each step so that somebody on call could have followed it alone.",
        3,
    ),
];

/// Adds them, where the track has a live session as its second stage.
pub(super) async fn fill(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    track: &Track,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(given) = held(tx, people, ("amara", SAID), track, now - days(9)).await? else {
        return Ok(());
    };
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let manager = person(of("sean")?, Role::HiringManager, now);
    let allowed = Allowed::<MayDecide>::ask(&manager, &given).ok_or(Error::Nobody)?;
    let saw = |is_strength, saw: &str, change: &str| Observation {
        is_strength,
        saw: saw.to_owned(),
        change: change.to_owned(),
        ..Observation::default()
    };
    let contents = Contents {
        outcome: Some(Outcome::Advance),
        level: Level::new(3),
        observations: vec![
            saw(
                true,
                "Went from the symptom to the full disk step by step, and said why each (minute 12).",
                "",
            ),
            saw(
                false,
                "The rotation of the logs was mended by hand.",
                "Let the machine do it, and test that.",
            ),
        ],
        note: String::new(),
    };
    // A weekday morning lies between deciding and now, whatever the day.
    let decided = now - days(6);
    decisions::keep(tx, &manager, &allowed, (&contents, 0), decided).await?;
    following::decide(tx, &manager, &allowed, 1, decided).await?;
    let recruiter = person(of("tomas")?, Role::Recruiter, now);
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(tx, &recruiter, given.parties.application).await?;
    let runs = runs.ok_or(Error::Nobody)?;
    let to = (of("lucia")?, now + days(2));
    offers::hand_over(tx, &runs, to, now - days(1)).await?;
    Ok(())
}
