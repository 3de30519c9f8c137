//! Interviews under way, in every state that the portal knows so far.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::work::Sent;
use super::{Error, days, offers, panels, votes, work};
use crate::assignment::access::{Given, MayRecruit, MayRunApplication, MayTakeAssignment, Parties};
use crate::assignment::application::{NewApplication, TimeFactor};
use crate::assignment::deeds::Step;
use crate::assignment::store::assignments::NewAssignment;
use crate::assignment::store::moves;
use crate::assignment::store::{adding, applications, assignments};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AccountId, SessionId};
use crate::track::model::Track;
use crate::track::store as tracks;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::viewer::{Person, Role, Roles};

/// One interview of the demo.
struct Interview {
    candidate: &'static str,
    track: &'static str,
    level: u8,
    source: &'static str,
    note: &'static str,
    time: TimeFactor,
    /// How many days ago the candidate was brought.
    brought: i64,
    stage: Stage,
}

/// What became of the first stage.
#[derive(Clone, Copy)]
enum Stage {
    None,
    /// Given as many days ago, to be started within so many.
    Given(i64, i64),
    /// Given, then started so many days ago; more time was asked for.
    Started(i64),
}

use Stage::{Given as Handed, None as Nothing, Started};

const INTERVIEWS: &[Interview] = &[
    Interview {
        candidate: "zoe",
        track: "operations",
        level: 3,
        source: "Referred by Jonas",
        note: "Prefers mornings; calls at noon are hard for her.",
        time: TimeFactor::Usual,
        brought: 6,
        stage: Started(2),
    },
    Interview {
        candidate: "maryam",
        track: "systems",
        level: 2,
        source: "Job board",
        note: "",
        time: TimeFactor::Half,
        brought: 2,
        stage: Handed(1, 6),
    },
    Interview {
        candidate: "ng",
        track: "security",
        level: 4,
        source: "Conference in Lisbon",
        note: "",
        time: TimeFactor::Usual,
        brought: 12,
        stage: Handed(11, 8),
    },
    Interview {
        candidate: "robin",
        track: "operations",
        level: 1,
        source: "",
        note: "",
        time: TimeFactor::Usual,
        brought: 0,
        stage: Nothing,
    },
];

/// Adds them. `people` are the accounts by the part of their address before the `@`.
pub(super) async fn fill(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    sent: &Sent,
    now: Timestamp,
) -> Result<(), Error> {
    let tracks = tracks::list(tx).await?;
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let (tomas, sean) = (of("tomas")?, of("sean")?);
    panels::qualify(tx, people, &tracks, now).await?;
    for interview in INTERVIEWS {
        let Some(track) = tracks.iter().find(|track| track.slug == interview.track) else {
            continue;
        };
        let candidate = of(interview.candidate)?;
        let held = hold(tx, interview, track, (tomas, sean, candidate), now).await?;
        let Some((runs, given)) = held else { continue };
        if let Started(_) = interview.stage {
            panels::seat(tx, people, &runs, given, now).await?;
            work::put_together(tx, given, sent, now).await?;
        }
    }
    if let Some(track) = tracks.iter().find(|track| track.slug == "operations") {
        votes::fill(tx, people, track, now).await?;
        work::fill(tx, people, (track, sent), now).await?;
        offers::fill(tx, people, track, now).await?;
    }
    Ok(())
}

async fn hold(
    tx: &mut Tx,
    interview: &Interview,
    track: &Track,
    (recruiter, manager, candidate): (AccountId, AccountId, AccountId),
    now: Timestamp,
) -> Result<Option<(Allowed<MayRunApplication>, Given)>, Error> {
    let level = Level::new(interview.level).ok_or(Error::Nobody)?;
    let new = NewApplication {
        candidate,
        track: track.id,
        level,
        manager: Some(manager),
        source: interview.source.to_owned(),
        note: interview.note.to_owned(),
        time: interview.time,
        resume: None,
    };
    let recruits = person(recruiter, Role::Recruiter, now);
    let allowed = Allowed::<MayRecruit>::ask(&recruits, &()).ok_or(Error::Nobody)?;
    let application = adding::add(tx, &allowed, &new, now - days(interview.brought)).await?;
    let (given, within) = match interview.stage {
        Nothing => return Ok(None),
        Handed(given, within) => (given, within),
        Started(started) => (started + 2, 7),
    };
    let runs: Option<Allowed<MayRunApplication>> =
        applications::locked(tx, &recruits, application).await?;
    let runs = runs.ok_or(Error::Nobody)?;
    let at = now - days(given);
    let stage = track.stages.first().ok_or(Error::Nobody)?.id;
    let new = NewAssignment { stage, level, start_by: Some(at + days(within)) };
    let assignment = assignments::give(tx, &runs, new, at).await?;
    let parties = Parties { application, candidate, recruiter, manager: Some(manager) };
    let given = Given { assignment, parties };
    if let Started(started) = interview.stage {
        let takes = person(candidate, Role::Candidate, now);
        let allowed = Allowed::<MayTakeAssignment>::ask(&takes, &given);
        let allowed = allowed.ok_or(Error::Nobody)?;
        moves::take(tx, &takes, &allowed, Step::Start, now - days(started)).await?;
        let why = "Our street was under water until yesterday, and the power was off.";
        let asked = (days(2), why);
        moves::ask_for_time(tx, &takes, &allowed, asked, now - SignedDuration::from_hours(4))
            .await?;
    }
    Ok(Some((runs, given)))
}

/// Somebody of the demo at their browser.
pub(super) fn person(account: AccountId, role: Role, now: Timestamp) -> Viewer {
    Viewer::Person(Arc::new(Person {
        account,
        session: Some(SessionId::new()),
        name: String::new(),
        roles: Roles::only(role),
        zone: TimeZone::UTC,
        proved_at: now,
        must_enrol: false,
    }))
}
