//! Inviting everybody on a list: first what would become of each row, then all of them or none.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::tz::TimeZone;

use super::page;
use super::person::last_instant;
use crate::account::access::MayManagePeople;
use crate::account::model::NewAccount;
use crate::account::roster::{self, COLUMNS, Entry, Fate, LONGEST};
use crate::account::store::accounts::{self, Refused};
use crate::account::{Accounts, emails, paths};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::redirect;
use crate::web::table::Table;

#[derive(Template)]
#[template(path = "account/invite_many.html")]
struct InviteMany<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    entries: &'a [Entry],
    counts: Counts,
    /// Columns of the list that nobody asked for.
    ignored: &'a [String],
    sends_mail: bool,
    /// Where last days are meant.
    zone: TimeZone,
}

impl InviteMany<'_> {
    /// The last day of an account that ends so.
    fn last_day(&self, ends_at: &Timestamp) -> Html {
        day(last_instant(*ends_at), &self.zone)
    }
}

/// A list to copy, for who has none yet.
const EXAMPLE: &str = "name,email,roles,last day\n\
    Maya Okafor,maya@example.org,\"recruiter, interviewer\",\n\
    Zoë Novak,zoe@example.org,candidate,\n\
    Derek Osei,derek@firm.example,external interviewer,2026-12-31\n";

/// How many rows meet which fate.
#[derive(Clone, Copy, Default)]
struct Counts {
    invited: usize,
    known: usize,
    refused: usize,
}

impl Counts {
    fn of(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            match entry.fate {
                Fate::Invited(_) => counts.invited += 1,
                Fate::Known => counts.known += 1,
                Fate::Refused(_) => counts.refused += 1,
            }
        }
        counts
    }

    /// The list can be taken, and changes something.
    fn can_go(self) -> bool {
        self.refused == 0 && self.invited > 0
    }
}

fn show_list(
    status: StatusCode,
    frame: &Frame,
    (form, entries, ignored): (&Form, &[Entry], &[String]),
    sends_mail: bool,
) -> Result<Response, Failure> {
    let (layout, counts) = (frame.layout("Invite many"), Counts::of(entries));
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    page(status, &InviteMany { layout, form, entries, counts, ignored, sends_mail, zone })
}

pub async fn show(
    _: Allowed<MayManagePeople>,
    State(room): State<Accounts>,
    frame: Frame,
) -> Result<Response, Failure> {
    show_list(StatusCode::OK, &frame, (&Form::default(), &[], &[]), room.sends_mail)
}

pub async fn save(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let zone = frame.viewer.person().map_or(TimeZone::UTC, |person| person.zone.clone());
    let Some(table) = Table::of(&mut form, &COLUMNS, LONGEST) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show_list(status, &frame, (&form, &[], &[]), room.sends_mail);
    };
    let known = accounts::known(&db, &allowed, &roster::keys(&table)).await?;
    let known: HashSet<String> = known.into_iter().collect();
    let entries = roster::fates(&table, &known, &zone, now);
    let counts = Counts::of(&entries);
    if form.has("do", "invite") && counts.can_go() {
        let invited = entries.iter().filter_map(|entry| match &entry.fate {
            Fate::Invited(new) => Some(new),
            Fate::Known | Fate::Refused(_) => None,
        });
        if let Some(response) = invite(&db, &allowed, invited, now).await? {
            return Ok(response);
        }
        // Somebody else gave one of them an account meanwhile.
        form.refuse("list", "One of these has just been given an account. Look again, then invite");
    }
    let refused = counts.refused > 0 || form.has_errors();
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show_list(status, &frame, (&form, &entries, &table.ignored), room.sends_mail)
}

/// All of them or, where one cannot be added any more, `None`.
async fn invite<'a>(
    db: &Db,
    allowed: &Allowed<MayManagePeople>,
    invited: impl Iterator<Item = &'a NewAccount>,
    now: Timestamp,
) -> Result<Option<Response>, Failure> {
    // In one order, whichever the list has: of two lists with the same people one then waits for the other.
    let mut invited: Vec<_> = invited.collect();
    invited.sort_by_key(|new| new.email.key());
    let mut tx = db.begin().await?;
    let mut made = 0;
    for new in invited {
        match accounts::add(&mut tx, allowed, new, now).await {
            // Where no mail is sent the letter waits until some is.
            Ok(id) => {
                emails::invite(&mut tx, id, now).await?;
                made += 1;
            }
            Err(Refused::Database(error)) => return Err(error.into()),
            Err(_) => return Ok(None),
        }
    }
    let committed = tx.commit().await?;
    Ok(Some(redirect::after(committed, &paths::people_invited(made))))
}
