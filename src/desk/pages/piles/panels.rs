//! What waits for interviewers, and the panels they are on.

use super::{Clock, MOST, More, Pile, Waiting, beyond, parted};
use crate::assignment::access::MayInterview;
use crate::assignment::model::Phase;
use crate::assignment::panel::asks;
use crate::assignment::paths as interviews;
use crate::assignment::store::seats;
use crate::db::Tx;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::layout::NavItem;
use crate::web::moment::{day, moment};

/// What an interviewer is asked, by when they answer; the work that is here; and the panels they are on.
pub(in crate::desk::pages) async fn pile(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    clock: &Clock<'_>,
) -> Result<Pile, Failure> {
    let (held, total) = seats::held(tx, allowed, clock.now, MOST).await?;
    let more = beyond(total, held.len()).map(|count| {
        let says = match count {
            1 => "You are on one more panel, or asked onto it.".to_owned(),
            many => format!("You are on {many} more panels, or asked onto them."),
        };
        (count, More { says, link: None })
    });
    let (mut waiting, mut taken) = (Vec::new(), Vec::new());
    for it in held {
        let href = interviews::review(it.assignment);
        let link = |title: &str| NavItem { title: title.to_owned(), href: href.clone() };
        let (stage, who) = (&it.stage, &it.who);
        if !it.has_accepted && it.phase == Phase::Opened {
            // Nobody waits for their answer any more.
            continue;
        }
        if !it.has_accepted {
            let is_overdue = it.answer_by < clock.now;
            let is = if is_overdue { "was" } else { "is" };
            waiting.push(Waiting {
                at: Some(it.answer_by),
                is_overdue,
                says: parted(
                    &format!("{} An answer {is} wanted until", asks(it.format, stage, who)),
                    who,
                ),
                when: Some(moment(it.answer_by, clock.zone)),
                link: link("Answer"),
            });
        } else if let Some(at) = it.handed_in.filter(|_| it.phase == Phase::Voting) {
            let by = clock.days.after(at, it.answer_within_days);
            let is_overdue = by < clock.now;
            let is = if is_overdue { "was" } else { "is" };
            waiting.push(Waiting {
                at: Some(by),
                is_overdue,
                says: parted(
                    &format!("{stage} by {who} is here, and a review {is} wanted by"),
                    who,
                ),
                when: Some(day(by, &clock.days.zone)),
                link: link("Look at it"),
            });
        } else {
            let training = if it.is_shadow { ", in training" } else { "" };
            taken.push(link(&format!("{stage} by {who}{training}")));
        }
    }
    Ok(Pile { waiting, more, seats: taken })
}
