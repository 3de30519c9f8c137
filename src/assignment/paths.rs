//! The addresses of this room's pages.

use crate::ids::{AccountId, ApplicationId, AssignmentId, StageId};

pub const CANDIDATES: &str = "/candidates";
pub const CANDIDATE_ADD: &str = "/candidates/add";
pub const CANDIDATES_ADD: &str = "/candidates/add/many";
pub const APPLICATION: &str = "/applications/{id}";
pub const GIVE: &str = "/applications/{id}/give";
/// Where a stage is counted that was passed before.
pub const COUNT: &str = "/applications/{id}/count";
/// What was seen in a stage that is counted. The room of decisions answers there.
pub const PASSED: &str = "/applications/{id}/counted/{stage}";
pub const HAND_OVER: &str = "/applications/{id}/hand-over";
/// Applications that nobody looks after any more.
pub const UNTENDED: &str = "/applications/without-recruiter";
pub const IDENTITY: &str = "/applications/{id}/identity";
pub const RESUME: &str = "/applications/{id}/resume";
pub const RESUME_FILE: &str = "/applications/{id}/resume.pdf";
/// Where an offer is handed over to HR, and seen. The room of decisions answers there.
pub const OFFER: &str = "/applications/{id}/offer";
pub const CLOSE: &str = "/applications/{id}/close";
pub const RUN: &str = "/applications/{id}/assignments/{assignment}";
/// What the recruiter has of what was handed in. The room of submissions answers there.
pub const RECEIPT: &str = "/applications/{id}/assignments/{assignment}/receipt";
/// What came after its time was over, for the recruiter. The room of submissions answers there.
pub const LATE: &str = "/applications/{id}/assignments/{assignment}/late";
/// What was handed in, for those who look at it. The room of reviews answers there.
pub const WORK: &str = "/assignments/{id}/work";
/// The same as it was before a fix.
pub const WORK_BEFORE: &str = "/assignments/{id}/work/before";
/// Where an outside firm hands in its assessment. The room of submissions answers there.
pub const ASSESS: &str = "/assessments/{id}";
pub const PANEL: &str = "/applications/{id}/assignments/{assignment}/panel";
pub const CONFLICTS: &str = "/applications/{id}/conflicts";
/// Pages of a later room, to which this one leads.
pub const REVIEW: &str = "/reviews/{id}";
pub const DEBRIEF: &str = "/debriefs/{id}";
/// Where the hiring manager decides. The room of decisions answers there.
pub const DECISION: &str = "/debriefs/{id}/decision";
pub const AVAILABILITY: &str = "/reviews/availability";
pub const FEED: &str = "/reviews/calendar";
pub const FEED_READ: &str = "/calendar/{token}";
pub const INTERVIEWERS: &str = "/interviewers";
pub const INTERVIEWER: &str = "/interviewers/{id}";
pub const OWN: &str = "/my/assignments/{id}";
pub const OWN_CALENDAR: &str = "/my/assignments/{id}/calendar.ics";
pub const OWN_NEEDS: &str = "/my/assignments/{id}/needs";
pub const OWN_KNOWS: &str = "/my/assignments/{id}/acquaintances";
/// Where the candidate puts together what they hand in. The room of submissions answers there.
pub const OWN_HAND_IN: &str = "/my/assignments/{id}/hand-in";
/// What the candidate is told of the decision. The room of decisions answers there.
pub const OWN_DECISION: &str = "/my/assignments/{id}/decision";
pub const OWN_START: &str = "/my/assignments/{id}/start";
pub const OWN_TIME: &str = "/my/assignments/{id}/time";
pub const OWN_WITHDRAWAL: &str = "/my/assignments/{id}/withdrawal";

pub fn application(id: ApplicationId) -> String {
    APPLICATION.replace("{id}", &id.to_string())
}

pub fn give(id: ApplicationId) -> String {
    GIVE.replace("{id}", &id.to_string())
}

pub fn count(id: ApplicationId) -> String {
    COUNT.replace("{id}", &id.to_string())
}

pub fn passed(id: ApplicationId, stage: StageId) -> String {
    PASSED.replace("{id}", &id.to_string()).replace("{stage}", &stage.to_string())
}

pub fn hand_over(id: ApplicationId) -> String {
    HAND_OVER.replace("{id}", &id.to_string())
}

/// Where administrators see who it is.
pub fn identity(id: ApplicationId) -> String {
    IDENTITY.replace("{id}", &id.to_string())
}

pub fn resume(id: ApplicationId) -> String {
    RESUME.replace("{id}", &id.to_string())
}

pub fn resume_file(id: ApplicationId) -> String {
    RESUME_FILE.replace("{id}", &id.to_string())
}

pub fn offer(id: ApplicationId) -> String {
    OFFER.replace("{id}", &id.to_string())
}

pub fn close(id: ApplicationId) -> String {
    CLOSE.replace("{id}", &id.to_string())
}

/// The page on which a stage that was given is run.
pub fn run(id: ApplicationId, assignment: AssignmentId) -> String {
    RUN.replace("{id}", &id.to_string()).replace("{assignment}", &assignment.to_string())
}

pub fn receipt(id: ApplicationId, assignment: AssignmentId) -> String {
    RECEIPT.replace("{id}", &id.to_string()).replace("{assignment}", &assignment.to_string())
}

pub fn late(id: ApplicationId, assignment: AssignmentId) -> String {
    LATE.replace("{id}", &id.to_string()).replace("{assignment}", &assignment.to_string())
}

pub fn assess(id: AssignmentId) -> String {
    ASSESS.replace("{id}", &id.to_string())
}

pub fn work(id: AssignmentId) -> String {
    WORK.replace("{id}", &id.to_string())
}

pub fn work_before(id: AssignmentId) -> String {
    WORK_BEFORE.replace("{id}", &id.to_string())
}

/// The page on which the panel of a stage is made.
pub fn panel(id: ApplicationId, assignment: AssignmentId) -> String {
    PANEL.replace("{id}", &id.to_string()).replace("{assignment}", &assignment.to_string())
}

/// Who must not look at a candidate's work.
pub fn conflicts(id: ApplicationId) -> String {
    CONFLICTS.replace("{id}", &id.to_string())
}

/// The page of a stage for those who are on its panel.
pub fn review(id: AssignmentId) -> String {
    REVIEW.replace("{id}", &id.to_string())
}

pub fn decision(id: AssignmentId) -> String {
    DECISION.replace("{id}", &id.to_string())
}

/// The page on which a panel is followed from its votes to the decision.
pub fn debrief(id: AssignmentId) -> String {
    DEBRIEF.replace("{id}", &id.to_string())
}

/// A calendar feed. The secret is the whole way in.
pub fn feed(token: &str) -> String {
    FEED_READ.replace("{token}", &format!("{token}.ics"))
}

/// What somebody is qualified for.
pub fn interviewer(id: AccountId) -> String {
    INTERVIEWER.replace("{id}", &id.to_string())
}

/// The candidate's own page of a stage.
pub fn own(id: AssignmentId) -> String {
    OWN.replace("{id}", &id.to_string())
}

/// The dates of a stage as a file for calendars.
pub fn own_calendar(id: AssignmentId) -> String {
    OWN_CALENDAR.replace("{id}", &id.to_string())
}

/// Where the candidate says what they need that is different, and whom they know here.
pub fn own_needs(id: AssignmentId) -> String {
    OWN_NEEDS.replace("{id}", &id.to_string())
}

pub fn own_knows(id: AssignmentId) -> String {
    OWN_KNOWS.replace("{id}", &id.to_string())
}

pub fn own_hand_in(id: AssignmentId) -> String {
    OWN_HAND_IN.replace("{id}", &id.to_string())
}

pub fn own_decision(id: AssignmentId) -> String {
    OWN_DECISION.replace("{id}", &id.to_string())
}

pub fn own_start(id: AssignmentId) -> String {
    OWN_START.replace("{id}", &id.to_string())
}

pub fn own_time(id: AssignmentId) -> String {
    OWN_TIME.replace("{id}", &id.to_string())
}

pub fn own_withdrawal(id: AssignmentId) -> String {
    OWN_WITHDRAWAL.replace("{id}", &id.to_string())
}
