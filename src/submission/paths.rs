//! The addresses of this room's pages. Where candidates put together what they hand in, and where the work is
//! read, lie with the stage: [`crate::assignment::paths`].

use crate::ids::AssignmentId;
use crate::web::address::encode;

/// Where they look at it as the panel will, hand it in, and have their receipt.
pub const LOOK: &str = "/my/assignments/{id}/hand-in/look";
/// One of its files by itself, as the panel will get it.
pub const LOOK_FILE: &str = "/my/assignments/{id}/hand-in/look/file";
/// All of the files, as the panel will get them.
pub const LOOK_ARCHIVE: &str = "/my/assignments/{id}/hand-in/look/archive";
/// Their archive, as they sent it.
pub const LOOK_SENT: &str = "/my/assignments/{id}/hand-in/look/sent";
/// One file of the work, for those who look at it; and all of them.
pub const WORK_FILE: &str = "/assignments/{id}/work/file";
pub const WORK_ARCHIVE: &str = "/assignments/{id}/work/archive";
/// The same as it was before a fix.
pub const WORK_BEFORE_FILE: &str = "/assignments/{id}/work/before/file";
pub const WORK_BEFORE_ARCHIVE: &str = "/assignments/{id}/work/before/archive";

/// The PDF of a firm's assessment: for whoever assesses, and for those who look at the work.
pub const ASSESS_REPORT: &str = "/assessments/{id}/report.pdf";
pub const WORK_ASSESSMENT: &str = "/assignments/{id}/work/assessment.pdf";

pub fn assess_report(id: AssignmentId) -> String {
    ASSESS_REPORT.replace("{id}", &id.to_string())
}

pub fn work_assessment(id: AssignmentId) -> String {
    WORK_ASSESSMENT.replace("{id}", &id.to_string())
}

pub fn look(id: AssignmentId) -> String {
    LOOK.replace("{id}", &id.to_string())
}

pub fn look_sent(id: AssignmentId) -> String {
    LOOK_SENT.replace("{id}", &id.to_string())
}

/// What shows the file `path` on `page`, which shows a work.
pub fn file_at(page: &str, path: &str) -> String {
    format!("{page}?file={}#file", encode(path))
}

/// The same as it was written.
pub fn source_at(page: &str, path: &str) -> String {
    format!("{page}?file={}&as=source#file", encode(path))
}

/// What opens a folder in the tree.
pub fn folder_at(page: &str, path: &str) -> String {
    format!("{page}?folder={}#files", encode(path))
}

/// A file by itself.
pub fn bytes_at(page: &str, path: &str) -> String {
    format!("{page}/file?path={}", encode(path))
}

/// All of them.
pub fn archive_at(page: &str) -> String {
    format!("{page}/archive")
}
