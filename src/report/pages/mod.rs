//! The pages of this room, one file each, and what they share.

pub mod show;
pub mod table;

use crate::account::store::calendar;
use crate::clock::Timestamp;
use crate::db::Db;
use crate::report::access::MaySeeReports;
use crate::report::filter::Filter;
use crate::report::model::Known;
use crate::report::promises::Days;
use crate::report::store::{self, Wanted};
use crate::track::model::StageSettings;
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;

/// What a page and its tables are made of.
struct Read {
    known: Known,
    /// Every present stage, track by track.
    stages: Vec<StageSettings>,
    zone: jiff::tz::TimeZone,
}

/// What `filter` lets through.
async fn read(
    db: &Db,
    allowed: &Allowed<MaySeeReports>,
    filter: &Filter,
    now: Timestamp,
) -> Result<Read, Failure> {
    let mut tx = db.begin_reading_much().await?;
    let stages = recipes::list(&mut tx).await?;
    let track = match filter.track.as_str() {
        "" => None,
        slug => {
            let found = stages.iter().find(|stage| stage.track_slug == slug);
            Some(found.ok_or(Failure::NotFound)?.track)
        }
    };
    let calendar = calendar::find(&mut tx).await?.calendar;
    let (from, until) = filter.period.instants(now, &calendar.zone);
    let days = Days::of(&calendar.working_days(), from, now);
    let wanted = Wanted { track, level: filter.level, from, until };
    let known = store::known(&mut tx, allowed, &wanted, (&days, now)).await?;
    Ok(Read { known, stages, zone: calendar.zone })
}
