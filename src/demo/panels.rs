//! Who interviews, what they look at, and the panel of one interview: one member has accepted, one is in
//! training, one is asked, one seat is free.

use std::collections::HashMap;

use super::{Error, days};
use crate::assignment::access::{Given, MayAnswer, MayInterview, MayQualify, MayRunApplication};
use crate::assignment::store::interviewers::{self, Availability};
use crate::assignment::store::panels;
use crate::assignment::store::seats::{self, Answer};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::AccountId;
use crate::track::model::Track;
use crate::web::allowed::Allowed;
use crate::web::viewer::Role;

use super::interviews::person;

/// Who looks at what: part of the address, the track, up to which level.
const QUALIFIED: &[(&str, &str, u8)] = &[
    ("jonas", "operations", 5),
    ("jonas", "security", 4),
    ("priya", "operations", 4),
    ("priya", "systems", 5),
    ("aoi", "operations", 3),
    ("noor", "operations", 4),
    ("noor", "systems", 3),
];

/// Says who looks at what, and when one of them is away.
pub(super) async fn qualify(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    tracks: &[Track],
    now: Timestamp,
) -> Result<(), Error> {
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let manager = person(of("sean")?, Role::HiringManager, now);
    let allowed = Allowed::<MayQualify>::ask(&manager, &()).ok_or(Error::Nobody)?;
    for (local, slug, up_to) in QUALIFIED {
        let Some(track) = tracks.iter().find(|track| track.slug == *slug) else { continue };
        let levels: Vec<_> =
            track.stages.iter().map(|stage| (stage.id, Level::new(*up_to))).collect();
        interviewers::qualify(tx, &allowed, of(local)?, &levels, now - days(20)).await?;
    }
    let aoi = person(of("aoi")?, Role::Interviewer, now);
    let allowed = Allowed::<MayInterview>::ask(&aoi, &()).ok_or(Error::Nobody)?;
    let said = Availability {
        weekly_most: 1,
        about: "Keeps the storage layer honest. Ask me about fsync.".to_owned(),
        employers: String::new(),
        version: 0,
    };
    interviewers::set_availability(tx, &allowed, &said, now - days(9)).await?;
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let back = (now + days(6)).to_zoned(jiff::tz::TimeZone::UTC).date();
    interviewers::add_absence(tx, &allowed, (today, back), now - days(9)).await?;
    Ok(())
}

/// Asks people onto the panel of an interview that began a while ago.
pub(super) async fn seat(
    tx: &mut Tx,
    people: &HashMap<&'static str, AccountId>,
    allowed: &Allowed<MayRunApplication>,
    given: Given,
    now: Timestamp,
) -> Result<(), Error> {
    let of = |local: &str| people.get(local).copied().ok_or(Error::Nobody);
    let (jonas, priya, noor) = (of("jonas")?, of("priya")?, of("noor")?);
    let at = now - SignedDuration::from_hours(26);
    let id = given.assignment;
    let members = panels::invite(tx, allowed, id, (&[jonas, priya], false), at).await?;
    let shadows = panels::invite(tx, allowed, id, (&[noor], true), at).await?;
    for (account, member) in [(jonas, members.first()), (noor, shadows.first())] {
        member.ok_or(Error::Nobody)?;
        let viewer = person(account, Role::Interviewer, now);
        let sits = Allowed::<MayAnswer>::ask(&viewer, &Some(given)).ok_or(Error::Nobody)?;
        let at = at + SignedDuration::from_hours(3);
        seats::answer(tx, &viewer, &sits, &Answer::Accept, at).await?;
    }
    Ok(())
}
