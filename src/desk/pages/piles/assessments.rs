//! What waits for outside firms.

use super::{MOST, Waiting, parted};
use crate::assignment::paths as interviews;
use crate::clock::Timestamp;
use crate::db::Db;
use crate::submission::access::MayHoldAssessments;
use crate::submission::store::assessments;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::layout::NavItem;

/// What waits for an outside firm.
pub(in crate::desk::pages) async fn pile(
    db: &Db,
    allowed: &Allowed<MayHoldAssessments>,
    now: Timestamp,
) -> Result<Vec<Waiting>, Failure> {
    let found = assessments::waiting(&mut db.begin_reading().await?, allowed, (MOST, now)).await?;
    let waiting = |it: &assessments::Waiting| {
        let here = match it.is_here {
            true => "what they found is here",
            false => "what they find is not here yet",
        };
        Waiting {
            at: Some(it.since()),
            is_overdue: false,
            says: parted(
                &format!("{} waits for your assessment in {}; {here}.", it.who, it.title),
                &it.who,
            ),
            when: None,
            link: NavItem {
                title: "Assess it".to_owned(),
                href: interviews::assess(it.assignment),
            },
        }
    };
    Ok(found.iter().map(waiting).collect())
}
