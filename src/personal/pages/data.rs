//! What is kept about a candidate, in groups, and the way to take it along.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use crate::assignment::access::MayTakePart;
use crate::content::pages::file::size;
use crate::db::Db;
use crate::personal::access::MayTakeOwnData;
use crate::personal::model::{Data, Interview, SigningIn, Stage, You};
use crate::personal::store;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::page::page;

#[derive(Template)]
#[template(path = "personal/data.html")]
struct DataPage<'a> {
    layout: Layout<'a>,
    you: &'a You,
    invited: Html,
    interviews: Vec<Shown<'a>>,
    /// The letters that were sent, in words; and when the last one was.
    letters: Option<(String, Html)>,
    /// The ways in there are, in words; and the browsers that are signed in.
    ways: String,
    browsers: String,
    /// How many files go with it, in words, and how large those are.
    files: Option<(String, String)>,
}

struct Shown<'a> {
    track: &'a str,
    since: Html,
    ended: Option<Html>,
    has_said: bool,
    has_offer: bool,
    stages: Vec<Row<'a>>,
    counted: Vec<&'a str>,
}

struct Row<'a> {
    title: &'a str,
    given: Html,
    /// When it was handed in last, and that it was before.
    handed_in: Option<(Html, String)>,
    /// How often more time was asked for or given.
    asked: usize,
    told: Option<Html>,
}

pub async fn show(
    (own, takes): (Allowed<MayTakeOwnData>, Allowed<MayTakePart>),
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let data = store::find(&mut db.begin_reading().await?, (&own, &takes), now).await?;
    let data = data.ok_or(Failure::NotFound)?;
    let page_ = DataPage {
        layout: frame.layout("What is kept about you"),
        you: &data.you,
        invited: day(data.you.invited_at, zone),
        // The newest first, as everywhere else.
        interviews: data.interviews.iter().rev().map(|one| shown(one, zone)).collect(),
        letters: data
            .letters
            .last()
            .map(|last| (counted(data.letters.len(), "letter"), day(last.sent_at, zone))),
        ways: ways(&data.signing_in),
        browsers: browsers(&data.signing_in),
        files: files(&data),
    };
    page(StatusCode::OK, &page_)
}

fn shown<'a>(one: &'a Interview, zone: &TimeZone) -> Shown<'a> {
    Shown {
        track: &one.track,
        since: day(one.since, zone),
        ended: one.ended.as_ref().map(|ended| day(ended.at, zone)),
        has_said: one.said.needs.is_some() || one.said.knows.is_some(),
        has_offer: !one.offers.is_empty(),
        stages: one.stages.iter().map(|stage| row(stage, zone)).collect(),
        counted: one.counted.iter().map(|it| it.stage.as_str()).collect(),
    }
}

fn row<'a>(stage: &'a Stage, zone: &TimeZone) -> Row<'a> {
    let last = stage.handed_in.last().map(|last| last.at).or(stage.handed_in_at);
    let before = match stage.handed_in.len() {
        0 | 1 => String::new(),
        more => format!(", and {} before", more - 1),
    };
    Row {
        title: &stage.title,
        given: day(stage.given_at, zone),
        handed_in: last.map(|at| (day(at, zone), before)),
        asked: stage.more_time.len(),
        told: stage.decision.as_ref().map(|decision| day(decision.told_at, zone)),
    }
}

/// `1 file`, `3 files`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn files(data: &Data) -> Option<(String, String)> {
    let files = data.files();
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let bytes = size(usize::try_from(bytes).unwrap_or(usize::MAX));
    (!files.is_empty()).then(|| (counted(files.len(), "file"), bytes))
}

fn browsers(it: &SigningIn) -> String {
    let here = it.browsers.iter().filter(|browser| browser.signed_out_at.is_none());
    counted(here.count(), "browser")
}

/// `a password, an authenticator app and 2 passkeys`.
fn ways(it: &SigningIn) -> String {
    let some = |count: usize, what| (count > 0).then(|| counted(count, what));
    let mut all: Vec<String> = [
        it.has_password.then(|| "a password".to_owned()),
        it.app_since.map(|_| "an authenticator app".to_owned()),
        some(it.passkeys.len(), "passkey"),
        some(it.programs.len(), "token"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match (all.pop(), all.is_empty()) {
        (Some(last), false) => format!("{} and {last}", all.join(", ")),
        (last, _) => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_in_are_told_in_words() {
        let mut it = SigningIn {
            has_password: true,
            app_since: None,
            recovery_codes_left: 0,
            passkeys: Vec::new(),
            browsers: Vec::new(),
            programs: Vec::new(),
        };
        assert_eq!(ways(&it), "a password");
        it.app_since = Some("2026-11-24T09:00:00Z".parse().unwrap());
        assert_eq!(ways(&it), "a password and an authenticator app");
    }
}
