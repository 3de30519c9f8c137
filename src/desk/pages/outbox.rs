//! The outbox: which letters are on their way, and which did not get there. Never what they say: a letter
//! that lets somebody in is read by its recipient alone.

use std::str::FromStr;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{Html, Response};
use jiff::tz::TimeZone;

use crate::account::Accounts;
use crate::account::access::MayManagePeople;
use crate::account::paths as people;
use crate::assignment::emails::BY_A_CLOCK;
use crate::assignment::paths::identity;
use crate::clock::{Timestamp, instant};
use crate::db::Db;
use crate::desk::access::MaySeeOutbox;
use crate::desk::model::{To, template};
use crate::desk::paths;
use crate::desk::store::{self as joined, Letters};
use crate::ids::MailId;
use crate::mail::store::{self, Counts, Entry, Place, Shown, State as Mailed};
use crate::mail::transport::Problem;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html as Markup;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::redirect;

/// Letters on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "desk/outbox.html")]
struct Outbox<'a> {
    layout: Layout<'a>,
    tabs: Vec<NavItem>,
    /// The address of the tab that is shown.
    here: String,
    shown: Shown,
    rows: Vec<Row>,
    more: Option<String>,
    sends_mail: bool,
    notice: &'a str,
}

/// Whom a letter goes to.
enum Whom {
    Nobody,
    Person(NavItem),
    /// By their alias, and where it is shown and logged who that is.
    Candidate(NavItem),
    Withheld,
}

struct Row {
    title: &'static str,
    to: Whom,
    state: &'static str,
    tone: &'static str,
    /// `None` where it would tell how much time a candidate has.
    at: Option<Markup>,
    problem: Option<String>,
    /// Where it is put back in line.
    retry: Option<String>,
}

fn code(shown: Shown) -> &'static str {
    match shown {
        Shown::All => "",
        Shown::Waiting => "?show=waiting",
        Shown::GivenUp => "?show=given-up",
    }
}

fn address(shown: Shown) -> String {
    format!("{}{}", paths::OUTBOX, code(shown))
}

pub async fn show(
    (sees, manages): (Allowed<MaySeeOutbox>, Allowed<MayManagePeople>),
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Failure> {
    let query = query.unwrap_or_default();
    let shown = match value::<String>(&query, "show").as_deref() {
        Some("waiting") => Shown::Waiting,
        Some("given-up") => Shown::GivenUp,
        _ => Shown::All,
    };
    let after = value::<String>(&query, "before")
        .and_then(|at| instant(&at))
        .zip(value::<MailId>(&query, "id"));
    let after = after.map(|(created_at, mail_id)| Place { created_at, mail_id });
    let mut tx = db.begin_reading().await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let found = joined::letters(&mut tx, (&sees, &manages), shown, (after, limit)).await?;
    let Letters { letters: mut entries, counts, names } = found;
    let has_more = entries.len() > PAGE;
    entries.truncate(PAGE);
    let more = entries.last().filter(|_| has_more).map(|(last, _)| {
        let start = if shown == Shown::All { "?" } else { "&" };
        format!("{}{start}before={}&id={}", address(shown), last.created_at, last.mail_id)
    });
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let rows = entries.iter().map(|(entry, to)| {
        let to = match to {
            To::Somebody(id) => match names.get(&(*id).into()) {
                Some(name) => {
                    Whom::Person(NavItem { title: name.clone(), href: people::person(*id) })
                }
                None => Whom::Nobody,
            },
            To::Candidate { application, alias } => {
                Whom::Candidate(NavItem { title: alias.clone(), href: identity(*application) })
            }
            To::Withheld => Whom::Withheld,
        };
        row(entry, to, (now, zone), room.sends_mail)
    });
    let outbox = Outbox {
        layout: frame.layout("Outbox"),
        tabs: tabs(counts),
        here: address(shown),
        shown,
        rows: rows.collect(),
        more,
        sends_mail: room.sends_mail,
        notice: if frame.done() == "retry" { "It is in line again." } else { "" },
    };
    Ok(Html(outbox.render()?))
}

fn tabs(counts: Counts) -> Vec<NavItem> {
    let tab = |title: String, shown| NavItem { title, href: address(shown) };
    vec![
        tab("All".to_owned(), Shown::All),
        tab(format!("Waiting ({})", counts.waiting), Shown::Waiting),
        tab(format!("Given up ({})", counts.given_up), Shown::GivenUp),
    ]
}

/// The field `name` of a query, if it can be read.
fn value<T: FromStr>(query: &str, name: &str) -> Option<T> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok())
}

fn row(entry: &Entry, to: Whom, (now, zone): (Timestamp, &TimeZone), sends_mail: bool) -> Row {
    let (state, tone, at) = match entry.state {
        Mailed::Waiting { until } if until > now && entry.attempts > 0 => {
            ("Tried again", "warn", until)
        }
        Mailed::Waiting { until } if until > now => ("Held until", "", until),
        Mailed::Waiting { .. } if sends_mail => ("On its way", "accent", entry.created_at),
        Mailed::Waiting { .. } => ("Waits", "", entry.created_at),
        Mailed::Sent(at) => ("Sent", "good", at),
        Mailed::Dropped(at) => ("Not needed", "", at),
        Mailed::GivenUp(at) => ("Given up", "bad", at),
    };
    let is_given_up = matches!(entry.state, Mailed::GivenUp(_));
    let is_withheld = matches!(to, Whom::Withheld);
    let is_by_a_clock = BY_A_CLOCK.contains(&entry.template.as_str());
    Row {
        title: match template(&entry.template) {
            _ if is_withheld => "A letter about work you look at",
            Some(template) => template.title,
            // A way in is written as one of several letters, by what its recipient is when it is sent.
            None => "A way in",
        },
        to,
        state,
        tone,
        at: (!is_withheld && !is_by_a_clock).then(|| moment(at, zone)),
        // It can tell whose address it is.
        problem: entry.problem.as_deref().filter(|_| !is_withheld).map(Problem::in_words),
        retry: is_given_up.then(|| paths::outbox_retry(entry.mail_id)),
    }
}

pub async fn retry(
    allowed: Allowed<MaySeeOutbox>,
    State(db): State<Db>,
    Now(now): Now,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    let mut tx = db.begin().await?;
    let was_given_up = store::retry(&mut tx, id, allowed.by(), now).await?;
    let committed = tx.commit().await?;
    // A second click finds it in line already; the page says where it stands.
    let done = if was_given_up { "?done=retry" } else { "" };
    Ok(redirect::after(committed, &format!("{}{done}", paths::OUTBOX)))
}
