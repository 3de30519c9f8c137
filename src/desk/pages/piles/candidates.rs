//! What waits for recruiters and hiring managers with their candidates.

use super::{Clock, MOST, More, Pile, Waiting, beyond, parted};
use crate::assignment::access::MaySeeCandidates;
use crate::assignment::pages::candidates::NOT_GIVEN;
use crate::assignment::paths as interviews;
use crate::assignment::store::waiting as waits;
use crate::assignment::waiting::{self, Waits, When};
use crate::db::Tx;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::layout::NavItem;
use crate::web::moment::{day, moment};

/// What waits for a recruiter or a hiring manager.
pub(in crate::desk::pages) async fn pile(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeCandidates>,
    clock: &Clock<'_>,
) -> Result<Pile, Failure> {
    let (mut found, mut total) = waits::of(tx, allowed, clock.now, MOST).await?;
    let all = found.len();
    found.retain(|it| it.is_theirs(&clock.days, clock.now));
    total -= i64::try_from(all - found.len()).unwrap_or_default();
    let more = beyond(total, found.len()).map(|count| {
        let says = match count {
            1 => "One more thing waits for you with your candidates.".to_owned(),
            many => format!("{many} more things wait for you with your candidates."),
        };
        let link = NavItem {
            title: "See all of them".to_owned(),
            href: format!("{}?open=yes", interviews::CANDIDATES),
        };
        (count, More { says, link: Some(link) })
    });
    let waiting = found.iter().map(|it| of_application(it, clock)).collect();
    Ok(Pile { waiting, more, ..Pile::default() })
}

fn of_application(it: &waiting::Waiting, clock: &Clock<'_>) -> Waiting {
    let run = it.assignment.map(|id| interviews::run(it.application, id));
    let application = interviews::application(it.application);
    let (title, href) = match (it.what, it.assignment) {
        (Waits::Names, _) => ("See whom", interviews::conflicts(it.application)),
        (Waits::First { others: 0 }, _) => ("Give one", interviews::give(it.application)),
        (Waits::First { .. }, _) => {
            ("See whom", format!("{}?open=yes&state={NOT_GIVEN}", interviews::CANDIDATES))
        }
        (Waits::Panel { missing, .. }, Some(id)) => {
            let title = if missing > 0 { "Ask somebody" } else { "See the panel" };
            (title, interviews::panel(it.application, id))
        }
        (Waits::Reserve { is_asked }, Some(id)) => {
            let title = if is_asked { "See the panel" } else { "Ask somebody" };
            (title, interviews::panel(it.application, id))
        }
        (Waits::Decision, Some(id)) => ("Debrief and decide", interviews::debrief(id)),
        (Waits::Held, Some(id)) => ("Let it go, or take it back", interviews::decision(id)),
        (Waits::Untold { .. }, Some(id)) => ("See it", interviews::decision(id)),
        // Their recruiter answers; the hiring manager sees that somebody does.
        _ if it.is_managed => ("See the application", application),
        (Waits::GoingOn, _) => ("See the application", application),
        (Waits::Next, _) => ("See what is proposed", format!("{application}#next")),
        (Waits::Offered, _) => ("See the offer", interviews::offer(it.application)),
        (Waits::Filled { .. }, _) => {
            let track = &it.track;
            ("See whom", format!("{}?track={track}&open=yes", interviews::CANDIDATES))
        }
        (Waits::PassingOn, Some(id)) => {
            ("Look at it, and pass it on", interviews::receipt(it.application, id))
        }
        (Waits::Declined, _) => ("Close it", interviews::close(it.application)),
        (what, _) => {
            let title = match what {
                Waits::Request => "Answer",
                Waits::Lapse => "See whether to revive it",
                Waits::Session => "Agree on a time, then mark it held",
                Waits::Firm => "Hand it to the firm",
                _ => "See where it stands",
            };
            (title, run.unwrap_or(application))
        }
    };
    let when = it.when(&clock.days);
    let is_overdue = when.is_overdue(clock.now);
    let shown = match when {
        When::Since(at) => moment(at, clock.zone),
        // The promise was broken at that very instant.
        When::By(at) if it.what == Waits::Blocked => moment(at, clock.zone),
        When::By(at) => day(at, &clock.days.zone),
    };
    let word = match when {
        When::Since(_) => ", since",
        When::By(_) if is_overdue => "; was due by",
        When::By(_) => "; due by",
    };
    Waiting {
        at: Some(when.at()),
        is_overdue,
        says: parted(&format!("{}{word}", it.says()), &it.candidate),
        when: Some(shown),
        link: NavItem { title: title.to_owned(), href },
    }
}
