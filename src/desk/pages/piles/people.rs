//! What waits for those who look after people and the portal.

use super::{Waiting, parted};
use crate::account::Accounts;
use crate::account::access::MayManagePeople;
use crate::account::paths;
use crate::assignment::paths as interviews;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Db;
use crate::desk::paths::{OUTBOX, OUTBOX_GIVEN_UP};
use crate::desk::store;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html as Markup;
use crate::web::layout::NavItem;
use crate::web::moment::day;

/// An invitation that was made this long ago should have been accepted.
const SLOW: SignedDuration = SignedDuration::from_hours(3 * 24);

/// What waits for those who look after people: letters that did not get there, and invitations nobody
/// accepts.
pub(in crate::desk::pages) async fn pile(
    db: &Db,
    room: &Accounts,
    allowed: &Allowed<MayManagePeople>,
    frame: &Frame,
    now: Timestamp,
) -> Result<Vec<Waiting>, Failure> {
    let mut tx = db.begin_reading_as_planned().await?;
    let watched = store::watched(&mut tx, allowed, now - SLOW, now).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let link = |title: &str, href: &str| NavItem { title: title.into(), href: href.into() };
    let mut waiting = Vec::new();
    if !room.sends_mail {
        let says = match watched.letters_waiting {
            0 => "No mail is sent: this portal knows no mail server.".to_owned(),
            1 => "No mail is sent: this portal knows no mail server. One letter waits.".to_owned(),
            many => {
                format!("No mail is sent: this portal knows no mail server. {many} letters wait.")
            }
        };
        waiting.push(plain(None, says, None, link("See what to do", OUTBOX)));
    }
    if watched.untended > 0 {
        let says = match watched.untended {
            1 => "One application has nobody who looks after it.".to_owned(),
            many => format!("{many} applications have nobody who looks after them."),
        };
        waiting.push(plain(None, says, None, link("Hand it over", interviews::UNTENDED)));
    }
    if watched.letters_given_up > 0 {
        let says = match watched.letters_given_up {
            1 => "A letter did not get there and was given up".to_owned(),
            many => format!("{many} letters did not get there and were given up"),
        };
        let at = watched.first_given_up.map(|at| at.to_jiff());
        let says = match (at, watched.letters_given_up) {
            (None, _) => format!("{says}."),
            (_, 1) => format!("{says}, on"),
            _ => format!("{says}, the first on"),
        };
        let on = at.map(|at| day(at, zone));
        waiting.push(plain(at, says, on, link("See why", OUTBOX_GIVEN_UP)));
    }
    if watched.invited > 0 {
        let says = match watched.invited {
            1 => "An invitation waits to be accepted, since".to_owned(),
            store::MANY.. => {
                format!("{} invitations or more wait to be accepted, the oldest since", store::MANY)
            }
            many => format!("{many} invitations wait to be accepted, the oldest since"),
        };
        let at = watched.oldest_invited.map(|at| at.to_jiff());
        let since = at.map(|at| day(at, zone));
        waiting.push(plain(at, says, since, link("See whose", paths::INVITED)));
    }
    Ok(waiting)
}

/// Something that nobody promised.
fn plain(at: Option<Timestamp>, says: String, when: Option<Markup>, link: NavItem) -> Waiting {
    Waiting { at, is_overdue: false, says: parted(&says, ""), when, link }
}
