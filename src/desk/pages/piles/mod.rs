//! What waits for somebody on their desk: a pile for each role they hold.

pub(super) mod assessments;
pub(super) mod candidates;
pub(super) mod offers;
pub(super) mod panels;
pub(super) mod people;

use jiff::tz::TimeZone;

use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::web::html::Html as Markup;
use crate::web::layout::NavItem;

/// Something that needs whoever reads it.
pub(in crate::desk::pages) struct Waiting {
    /// What it is sorted by; what has no date stands first.
    pub at: Option<Timestamp>,
    pub is_overdue: bool,
    /// In words: what stands before the name of whom it is about, the name, and what stands after it.
    pub says: [String; 3],
    /// By when, or since when.
    pub when: Option<Markup>,
    pub link: NavItem,
}

pub(in crate::desk::pages) struct More {
    pub says: String,
    pub link: Option<NavItem>,
}

/// What waits for somebody in one of their roles.
#[derive(Default)]
pub(in crate::desk::pages) struct Pile {
    pub waiting: Vec<Waiting>,
    /// How many are not shown.
    pub more: Option<(i64, More)>,
    pub seats: Vec<NavItem>,
}

/// By what dates are counted and shown.
pub(in crate::desk::pages) struct Clock<'a> {
    pub days: WorkingDays,
    pub now: Timestamp,
    pub zone: &'a TimeZone,
}

/// The most that stands on a desk for one role.
const MOST: i64 = 50;

/// How many there are beyond those that are shown, where there are any.
fn beyond(total: i64, shown: usize) -> Option<i64> {
    let more = total - i64::try_from(shown).unwrap_or(i64::MAX);
    (more > 0).then_some(more)
}

/// `says` around the first mention of `name`; all of it before an empty one.
fn parted(says: &str, name: &str) -> [String; 3] {
    match says.split_once(name).filter(|_| !name.is_empty()) {
        Some((before, after)) => [before.to_owned(), name.to_owned(), after.to_owned()],
        None => [says.to_owned(), String::new(), String::new()],
    }
}
