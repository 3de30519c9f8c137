//! The pages of this room.

pub mod asked;
pub mod assess;
pub mod files;
pub mod hand_in;
pub mod late;
pub mod look;
pub mod receipt;
pub mod work;

use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use jiff::tz::TimeZone;

use crate::assignment::access::MayTakeAssignment;
use crate::assignment::application::Assignment;
use crate::assignment::store::{assignments, fixes};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::library::Reading;
use crate::content::model::Level;
use crate::db::{Db, Tx};
use crate::ids::AccountId;
use crate::submission::model::{Contents, Draft, Submission, Upload};
use crate::submission::names::Names;
use crate::submission::questions::{self, Question};
use crate::submission::sending::TooMuch;
use crate::submission::store::late::Late;
use crate::submission::store::sending::NotCounted;
use crate::submission::store::{self, drafts, named, submissions, uploads};
use crate::track::model::in_words;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::html::Html;
use crate::web::moment::{moment, written};
use crate::web::upload::Received;

/// What the candidate's pages of a hand-in are made of.
struct Own {
    it: Assignment,
    draft: Draft,
    /// None while they fix it.
    handed_in: Option<Submission>,
    /// What the panel asks to be fixed, until when, and at which level it was handed in.
    fix: Option<Fixing>,
    /// The files of what was handed in, or would be now.
    upload: Option<Upload>,
    /// What came late last.
    late: Option<Late>,
    /// The challenge as it was given; none where it cannot be read any more.
    challenge: Option<Reading>,
}

/// A fix that is wanted.
struct Fixing {
    what: String,
    due: Timestamp,
    level: Level,
}

impl Own {
    /// What is asked in writing at a level.
    fn asked(&self, level: Level) -> Vec<Question> {
        questions::asked_in(self.challenge.as_ref(), level)
    }

    /// What the panel does not see of it, where it is blind.
    async fn hidden(&self, tx: &mut Tx) -> Result<Option<Names>, Failure> {
        let handed_in = self.handed_in.as_ref();
        let clearing = handed_in.map(|one| one.clearing).unwrap_or_default();
        if clearing.shows_names(!self.it.panel.is_blind) {
            return Ok(None);
        }
        let maker = handed_in.and_then(|one| one.maker.as_ref());
        let of = (&self.contents(), maker);
        Ok(Some(named::hidden(tx, self.it.application, of).await?))
    }

    /// What was handed in, or would be now.
    fn contents(&self) -> Contents {
        match &self.handed_in {
            Some(handed_in) => handed_in.contents.clone(),
            None => {
                let contents = self.draft.contents.clone();
                let asked = self.asked(contents.level);
                contents.of_level(&asked)
            }
        }
    }
}

/// Counts what somebody sends before it is looked at; what they are told where it is too much, and in how many seconds
/// they can go on.
async fn counted(
    db: &Db,
    (by, file): (AccountId, &Received),
    (now, zone): (Timestamp, &TimeZone),
) -> Result<Result<(), (String, i64)>, Failure> {
    match store::sending::count(db, (by, file.bytes), now).await {
        Ok(()) => Ok(Ok(())),
        Err(NotCounted::TooMuch(TooMuch { again_at })) => {
            // Nobody reads seconds, and to go on a little later works.
            let says = written(again_at + SignedDuration::from_secs(59), zone);
            let why =
                format!("You have sent a lot within a short time. Choose it again from {says} on");
            Ok(Err((why, again_at.duration_since(now).as_secs() + 1)))
        }
        Err(NotCounted::Database(error)) => Err(error.into()),
    }
}

/// A page that says so, for programs too.
fn too_much(mut page: Response, seconds: i64) -> Response {
    *page.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    page.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    page
}

/// `20,000`.
pub(super) fn thousands(number: usize) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", thousands(number / 1_000), number % 1_000),
    }
}

async fn own(
    tx: &mut Tx,
    allowed: &Allowed<MayTakeAssignment>,
    now: Timestamp,
) -> Result<Own, Failure> {
    let it = assignments::taken(tx, allowed).await?.ok_or(Failure::NotFound)?;
    let draft = drafts::find(tx, allowed, it.level).await?;
    let mut handed_in = submissions::own(tx, allowed).await?;
    let fix = match it.open_fix(now) {
        Some(fix) => Some(Fixing {
            what: fixes::what(tx, it.id).await?.unwrap_or_default(),
            due: fix.due,
            level: handed_in.take().map_or(draft.contents.level, |before| before.contents.level),
        }),
        None => None,
    };
    let challenge = store::work::challenge(tx, &it).await?;
    let files = handed_in.as_ref().map_or(draft.contents.files, |one| one.contents.files);
    let upload = match files {
        Some(files) => uploads::find(tx, it.id, files.upload).await?,
        None => None,
    };
    let late = store::late::newest(tx, it.id).await?;
    Ok(Own { it, draft, handed_in, fix, upload, late, challenge })
}

/// Something that came late, in words.
struct CameLate {
    at: Html,
    /// By how much.
    by: String,
    hash: String,
    is_taken: bool,
}

impl CameLate {
    fn of(late: &Late, zone: &TimeZone) -> Self {
        Self {
            at: moment(late.at, zone),
            by: in_words(SignedDuration::from_mins(late.minutes.into())),
            hash: late.hash.to_string(),
            is_taken: late.is_taken,
        }
    }
}
