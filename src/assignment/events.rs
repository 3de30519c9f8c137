//! What happens to applications and the stages given in them, as the audit log and timelines have it.

use crate::assignment::closing::Ending;
use crate::assignment::model::{Absence, Opening};
use crate::audit::{Group, Kind};
use crate::clock::SignedDuration;
use crate::ids::AccountId;
use crate::refs::Refs;
use crate::track::model::in_words;

pub const APPLICATION_ADDED: &str = "application.added";
pub const HANDED_OVER: &str = "application.handed_over";
pub const CLOSED: &str = "application.closed";
pub const IDENTITY_SEEN: &str = "application.identity_seen";
pub const ANSWERED: &str = "application.answered";
pub const RESUME_KEPT: &str = "application.resume_kept";
pub const RESUME_REMOVED: &str = "application.resume_removed";
pub const GIVEN: &str = "assignment.given";
pub const STAGE_COUNTED: &str = "application.stage_counted";
pub const COUNT_TAKEN_BACK: &str = "application.count_taken_back";
pub const STARTED: &str = "assignment.started";
pub const HANDED_IN: &str = "assignment.handed_in";
pub const CAME_LATE: &str = "assignment.came_late";
pub const LATE_TAKEN: &str = "assignment.late_taken";
pub const TAKEN_BACK: &str = "assignment.taken_back";
pub const FIX_ASKED: &str = "assignment.fix_asked";
pub const FIX_HANDED_IN: &str = "assignment.fix_handed_in";
pub const LINKS_PASSED_ON: &str = "assignment.links_passed_on";
pub const WORK_PASSED_ON: &str = "assignment.work_passed_on";
pub const DECIDED: &str = "assignment.decided";
pub const DECISION_HELD: &str = "assignment.decision_held";
pub const DECISION_LET_GO: &str = "assignment.decision_let_go";
pub const DECISION_SENT: &str = "assignment.decision_sent";
pub const DECISION_TAKEN_BACK: &str = "assignment.decision_taken_back";
pub const OFFER_HANDED_OVER: &str = "offer.handed_over";
pub const OFFER_RECEIVED: &str = "offer.received";
pub const OFFER_MADE: &str = "offer.made";
pub const OFFER_ACCEPTED: &str = "offer.accepted";
pub const OFFER_DECLINED: &str = "offer.declined";
pub const OFFER_EXPIRED: &str = "offer.expired";
pub const OFFER_WITHDRAWN: &str = "offer.withdrawn";
pub const TIME_ASKED: &str = "assignment.time_asked";
pub const TIME_GIVEN: &str = "assignment.time_given";
pub const TIME_REFUSED: &str = "assignment.time_refused";
pub const START_BY_MOVED: &str = "assignment.start_by_moved";
pub const WITHDRAWN: &str = "assignment.withdrawn";
pub const WITHDRAWAL_UNDONE: &str = "assignment.withdrawal_undone";
pub const CANCELLED: &str = "assignment.cancelled";
pub const ENDED_EARLY: &str = "assignment.ended_early";
pub const LAPSED: &str = "assignment.lapsed";
pub const REOPENED: &str = "assignment.reopened";
pub const REVIVED: &str = "assignment.revived";
pub const HELD: &str = "assignment.held";
pub const NOT_HELD: &str = "assignment.not_held";
pub const HANDED_TO_FIRM: &str = "assignment.handed_to_firm";
pub const REPORTED: &str = "assignment.reported";
pub const ASSESSED: &str = "assignment.assessed";
pub const OPENED: &str = "assignment.opened";
pub const PANEL_ASKED: &str = "panel.asked";
pub const PANEL_RESERVE: &str = "panel.reserve_called";
pub const PANEL_JOINED: &str = "panel.joined";
pub const PANEL_NEEDS_UNTIL: &str = "panel.needs_until";
pub const PANEL_DECLINED: &str = "panel.declined";
pub const PANEL_RELEASED: &str = "panel.released";
pub const PANEL_REMINDED: &str = "panel.reminded";
pub const CONFLICT_TOLD: &str = "panel.conflict_told";
pub const CONFLICT_LIFTED: &str = "panel.conflict_lifted";
pub const PANEL_LEFT: &str = "panel.left_for_conflict";
pub const QUALIFIED: &str = "interviewer.qualified";
pub const AVAILABILITY_SET: &str = "interviewer.availability_set";
pub const FEED_MADE: &str = "interviewer.feed_made";
pub const FEED_REVOKED: &str = "interviewer.feed_revoked";

const APPLICATIONS: Group = Group { code: "applications", title: "Applications" };
const STAGES: Group = Group { code: "stages", title: "Stages given" };
const OFFERS: Group = Group { code: "offers", title: "Offers" };
const PANELS: Group = Group { code: "panels", title: "Panels and interviewers" };

/// Every kind of event of this room.
pub const ALL: &[Kind] = &[
    kind(APPLICATION_ADDED, APPLICATIONS, "Added {about}"),
    kind(HANDED_OVER, APPLICATIONS, "Handed over {about}"),
    kind(CLOSED, APPLICATIONS, "Closed {about}"),
    kind(IDENTITY_SEEN, APPLICATIONS, "Looked at who is behind {about}"),
    kind(RESUME_KEPT, APPLICATIONS, "Kept a résumé in {about}"),
    kind(RESUME_REMOVED, APPLICATIONS, "Removed the résumé in {about}"),
    // What somebody needs and whom they know is asked of everybody, and told of nobody.
    kind(ANSWERED, APPLICATIONS, "Answered what is asked before Start in {about}"),
    kind(GIVEN, STAGES, "Gave a stage in {about}"),
    kind(STAGE_COUNTED, STAGES, "Counted a stage that was passed before in {about}"),
    kind(COUNT_TAKEN_BACK, STAGES, "Took back that a stage counts in {about}"),
    kind(STARTED, STAGES, "Started a stage in {about}"),
    kind(HANDED_IN, STAGES, "Handed in a stage in {about}"),
    kind(CAME_LATE, STAGES, "Sent a stage late in {about}"),
    kind(LATE_TAKEN, STAGES, "Took what came late as the work in {about}"),
    kind(TAKEN_BACK, STAGES, "Took back what was handed in in {about}"),
    kind(FIX_ASKED, STAGES, "Asked for a fix in {about}"),
    kind(FIX_HANDED_IN, STAGES, "Handed in a fix in {about}"),
    kind(LINKS_PASSED_ON, STAGES, "Passed links on to the panel in {about}"),
    kind(WORK_PASSED_ON, STAGES, "Passed the work on to the panel as it is in {about}"),
    kind(DECIDED, STAGES, "Decided on a stage in {about}"),
    kind(DECISION_HELD, STAGES, "Held a decision in {about}"),
    kind(DECISION_LET_GO, STAGES, "Let a decision go that was held in {about}"),
    kind(DECISION_SENT, STAGES, "Sent a decision at once in {about}"),
    kind(DECISION_TAKEN_BACK, STAGES, "Took a decision back in {about}"),
    kind(OFFER_HANDED_OVER, OFFERS, "Handed an offer over in {about}"),
    kind(OFFER_RECEIVED, OFFERS, "Took an offer over in {about}"),
    kind(OFFER_MADE, OFFERS, "Made an offer in {about}"),
    kind(OFFER_ACCEPTED, OFFERS, "Noted that an offer was accepted in {about}"),
    kind(OFFER_DECLINED, OFFERS, "Noted that an offer was declined in {about}"),
    kind(OFFER_EXPIRED, OFFERS, "Let an offer expire in {about}"),
    kind(OFFER_WITHDRAWN, OFFERS, "Withdrew an offer in {about}"),
    kind(TIME_ASKED, STAGES, "Asked for more time in {about}"),
    kind(TIME_GIVEN, STAGES, "Gave more time in {about}"),
    kind(TIME_REFUSED, STAGES, "Gave no more time in {about}"),
    kind(START_BY_MOVED, STAGES, "Moved the day to start by in {about}"),
    kind(WITHDRAWN, STAGES, "Withdrew in {about}"),
    kind(WITHDRAWAL_UNDONE, STAGES, "Came back after withdrawing in {about}"),
    kind(CANCELLED, STAGES, "Cancelled a stage in {about}"),
    kind(ENDED_EARLY, STAGES, "Ended a stage early in {about}"),
    kind(LAPSED, STAGES, "Let a stage lapse in {about}"),
    kind(REOPENED, STAGES, "Gave a stage back in {about}"),
    kind(REVIVED, STAGES, "Revived a lapsed stage in {about}"),
    kind(HELD, STAGES, "Held a session in {about}"),
    kind(NOT_HELD, STAGES, "Did not hold a session in {about}"),
    kind(HANDED_TO_FIRM, STAGES, "Handed a stage to the firm in {about}"),
    kind(REPORTED, STAGES, "Received a report in {about}"),
    kind(ASSESSED, STAGES, "Handed in an assessment in {about}"),
    kind(OPENED, STAGES, "Opened the votes on a stage in {about}"),
    kind(PANEL_ASKED, PANELS, "Asked somebody onto a panel in {about}"),
    kind(PANEL_RESERVE, PANELS, "Called a reserve for a panel in {about}"),
    kind(PANEL_JOINED, PANELS, "Joined a panel in {about}"),
    kind(PANEL_NEEDS_UNTIL, PANELS, "Named a day for a review in {about}"),
    kind(PANEL_DECLINED, PANELS, "Declined a panel in {about}"),
    kind(PANEL_RELEASED, PANELS, "Took somebody off a panel in {about}"),
    kind(PANEL_REMINDED, PANELS, "Reminded a panel in {about}"),
    kind(CONFLICT_TOLD, PANELS, "Told of a conflict in {about}"),
    kind(CONFLICT_LIFTED, PANELS, "Took back a conflict in {about}"),
    kind(PANEL_LEFT, PANELS, "Ended a seat for a conflict in {about}"),
    kind(QUALIFIED, PANELS, "Said what {about} is qualified for"),
    kind(AVAILABILITY_SET, PANELS, "Said when {about} can interview"),
    kind(FEED_MADE, PANELS, "Made a calendar address of {about}"),
    kind(FEED_REVOKED, PANELS, "Revoked the calendar address of {about}"),
];

const fn kind(action: &'static str, group: Group, title: &'static str) -> Kind {
    Kind { action, group, title }
}

/// Kinds of events that no timeline tells.
pub const UNTOLD: [&str; 1] = [ANSWERED];

/// What there is to say of an event of this room besides its title.
pub fn detail(action: &str, refs: &Refs) -> Option<String> {
    match action {
        TIME_ASKED | TIME_GIVEN => {
            let minutes = refs.get_code("minutes").ok()?.parse().ok()?;
            Some(in_words(SignedDuration::from_mins(minutes)))
        }
        CAME_LATE => {
            let minutes = refs.get_code("minutes").ok()?.parse().ok()?;
            Some(format!(
                "{} after its time was over",
                in_words(SignedDuration::from_mins(minutes))
            ))
        }
        CLOSED => {
            let ending = Ending::from_code(refs.get_code("why").ok()?)?;
            Some(lower_first(ending.title()))
        }
        NOT_HELD => {
            let absence = Absence::from_code(refs.get_code("absent").ok()?)?;
            Some(lower_first(absence.title()))
        }
        PANEL_RESERVE => {
            let found = refs.get_id::<AccountId>("account").is_ok();
            let found = if found { "" } else { "; nobody was free" };
            Some(format!("fewer than the quorum have voted{found}"))
        }
        OPENED => {
            let why = match Opening::from_code(refs.get_code("how").ok()?)? {
                Opening::Complete => "everybody has voted",
                Opening::Enough => "enough have voted",
                Opening::NoPanel => "it has no panel",
            };
            // Enough of it to be told from another; all of it is in what is exported.
            let seal = refs.get_code("seal").ok()?.get(..16)?;
            Some(format!("{why}; seal {seal}"))
        }
        _ => None,
    }
}

fn lower_first(title: &str) -> String {
    let mut letters = title.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
