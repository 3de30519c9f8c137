//! What waits for HR.

use super::{MOST, Waiting, parted};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::decision::access::MayHoldOffers;
use crate::decision::offer::{State as Stands, settle};
use crate::decision::paths as decisions;
use crate::decision::store::offers::{self, Held};
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::layout::NavItem;
use crate::web::moment::day;

/// What waits for HR: offers that are to be taken over, made, and answered. Days are those that the candidates were
/// told.
pub(in crate::desk::pages) async fn pile(
    db: &Db,
    allowed: &Allowed<MayHoldOffers>,
    now: Timestamp,
) -> Result<Vec<Waiting>, Failure> {
    let held = offers::held(&mut db.begin_reading().await?, allowed, MOST).await?;
    let waiting = |Held { offer, candidate, zone }: &Held| {
        let (at, says, title) = match settle(offer.state, now) {
            Stands::HandedOver => (
                offer.contact_by,
                format!("An offer for {candidate} is handed over to you; they hear from you by"),
                "Take it over",
            ),
            Stands::Made { answer_by } => {
                (answer_by, format!("{candidate} answers our offer by"), "See it")
            }
            Stands::Expired { at } => (
                at,
                format!("{candidate} has not answered our offer, which was open until"),
                "See it",
            ),
            _ => (
                offer.contact_by,
                format!("{candidate} hears from you about our offer by"),
                "Make it",
            ),
        };
        Waiting {
            at: Some(at),
            is_overdue: at < now,
            says: parted(&says, candidate),
            when: Some(day(at, zone)),
            link: NavItem { title: title.to_owned(), href: decisions::offer(offer.id) },
        }
    };
    Ok(held.iter().map(waiting).collect())
}
