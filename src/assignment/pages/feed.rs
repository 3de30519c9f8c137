//! An interviewer's calendar feed: the page on which its address is made, and the feed itself.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::account::Accounts;
use crate::account::token::{Token, TokenHash};
use crate::assignment::access::MayInterview;
use crate::assignment::paths;
use crate::assignment::store::feeds;
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::ics;
use crate::web::layout::Layout;
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/feed.html")]
struct Feed<'a> {
    layout: Layout<'a>,
    made: Option<Html>,
    /// The address, where it was made just now.
    fresh: Option<String>,
    notice: &'a str,
    desk: &'a str,
    action: &'a str,
}

pub async fn show(
    allowed: Allowed<MayInterview>,
    State(db): State<Db>,
    frame: Frame,
) -> Result<Response, Failure> {
    let made = feeds::made_at(&mut db.begin_reading().await?, &allowed).await?;
    show_page(&frame, made, None)
}

fn show_page(
    frame: &Frame,
    made: Option<Timestamp>,
    fresh: Option<String>,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let page_ = Feed {
        layout: frame.layout("Your calendar"),
        made: made.map(|at| day(at, zone)),
        notice: match frame.done() {
            "revoked" if fresh.is_none() => "That address opens nothing any more.",
            _ => "",
        },
        fresh,
        desk: crate::account::paths::DESK,
        action: paths::FEED,
    };
    page(StatusCode::OK, &page_)
}

pub async fn save(
    allowed: Allowed<MayInterview>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    form: Form,
) -> Result<Response, Failure> {
    let mut tx = db.begin().await?;
    if form.text("do") == "revoke" {
        feeds::revoke(&mut tx, &allowed, now).await?;
        let committed = tx.commit().await?;
        return Ok(redirect::after(committed, &format!("{}?done=revoked", paths::FEED)));
    }
    let token = Token::new();
    feeds::make(&mut tx, &allowed, token.hash(), now).await?;
    let _shown_below = tx.commit().await?;
    let address = format!("{}{}", room.base_url, paths::feed(token.expose()));
    show_page(&frame, Some(now), Some(address))
}

/// The feed, for whoever has its address.
pub async fn read(
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
    Path(token): Path<String>,
) -> Result<Response, Failure> {
    let token = token.strip_suffix(".ics").unwrap_or(&token);
    let found = feeds::read(&db, TokenHash::of(token), now).await?;
    let (zone, found) = found.ok_or(Failure::NotFound)?;
    let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
    let dates: Vec<Shown> =
        found.iter().filter_map(|one| shown(one, &room.base_url, &zone)).collect();
    let entries: Vec<ics::Entry<'_>> = dates
        .iter()
        .map(|it| ics::Entry {
            uid: &it.uid,
            at: it.at,
            sequence: it.sequence,
            title: &it.title,
            text: &it.url,
            url: &it.url,
        })
        .collect();
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, ics::calendar(&entries, now)).into_response())
}

/// A date in words.
struct Shown {
    uid: String,
    at: Timestamp,
    sequence: i32,
    title: String,
    url: String,
}

fn shown(one: &feeds::Entry, base: &str, zone: &TimeZone) -> Option<Shown> {
    let (at, what) = match (one.has_accepted, one.needs_until, one.expected) {
        (false, ..) => (one.answer_by, "Say whether you can look at"),
        (true, Some(day), _) => (end_of(day, zone)?, "You look by now at"),
        // The day alone, as everywhere else.
        (true, None, Some(at)) => {
            (end_of(at.to_zoned(zone.clone()).date(), zone)?, "Work is here by the end of today:")
        }
        (true, None, None) => return None,
    };
    Some(Shown {
        uid: one.member.to_string(),
        at,
        sequence: one.version,
        title: format!("{what} {} by {}", one.stage, one.who),
        url: format!("{base}{}", paths::review(one.assignment)),
    })
}

fn end_of(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
    Some(next.timestamp() - SignedDuration::from_mins(1))
}
