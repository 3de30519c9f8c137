//! Bringing everybody on a list into their tracks: first what would become of each row, then all or none.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::account::model::NewAccount;
use crate::account::store::accounts::{self, Refused};
use crate::account::{Accounts, emails};
use crate::assignment::access::MayRecruit;
use crate::assignment::paths;
use crate::assignment::roster::{self, Brought, COLUMNS, Entry, Fate, House, LONGEST};
use crate::assignment::store::{adding, closing};
use crate::clock::Timestamp;
use crate::db::{Db, Tx};
use crate::ids::{AccountId, TrackId};
use crate::track::store as tracks;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;
use crate::web::table::Table;
use crate::web::viewer::Role;

#[derive(Template)]
#[template(path = "assignment/add_many.html")]
struct AddMany<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    /// What is shown of the list: everything that needs a look, then its beginning.
    entries: Vec<&'a Entry>,
    all: usize,
    counts: Counts,
    /// Columns of the list that nobody asked for.
    ignored: &'a [String],
    sends_mail: bool,
}

/// The most rows that are shown: a list may be longer than anybody reads.
const SHOWN: usize = 200;

/// A list to copy, for who has none yet.
const EXAMPLE: &str = "name,email,track,level,manager,source,note\n\
    Zoë Novak,zoe@example.org,operations,3,sean@example.org,Referred by Jonas,Prefers mornings\n\
    Ng,ng@example.org,systems,2,,Job board,\n";

/// How many rows meet which fate.
#[derive(Clone, Copy, Default)]
struct Counts {
    new: usize,
    again: usize,
    there: usize,
    refused: usize,
}

impl Counts {
    fn of(entries: &[Entry]) -> Self {
        let mut counts = Self::default();
        for entry in entries {
            match entry.fate {
                Fate::New(..) => counts.new += 1,
                Fate::Again(..) => counts.again += 1,
                Fate::There => counts.there += 1,
                Fate::Refused(_) => counts.refused += 1,
            }
        }
        counts
    }

    fn brought(self) -> usize {
        self.new + self.again
    }

    /// The list can be taken, and changes something.
    fn can_go(self) -> bool {
        self.refused == 0 && self.brought() > 0
    }
}

fn show_list(
    status: StatusCode,
    frame: &Frame,
    (form, entries, ignored): (&Form, &[Entry], &[String]),
    sends_mail: bool,
) -> Result<Response, Failure> {
    let is_refused = |entry: &&Entry| matches!(entry.fate, Fate::Refused(_));
    let refused = entries.iter().filter(is_refused);
    let others = entries.iter().filter(|entry| !is_refused(entry));
    let page_ = AddMany {
        layout: frame.layout("Add many candidates").under(paths::CANDIDATES),
        form,
        entries: refused.chain(others).take(SHOWN).collect(),
        all: entries.len(),
        counts: Counts::of(entries),
        ignored,
        sends_mail,
    };
    page(status, &page_)
}

pub async fn show(
    _: Allowed<MayRecruit>,
    State(room): State<Accounts>,
    frame: Frame,
) -> Result<Response, Failure> {
    show_list(StatusCode::OK, &frame, (&Form::default(), &[], &[]), room.sends_mail)
}

pub async fn save(
    allowed: Allowed<MayRecruit>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let Some(table) = Table::of(&mut form, &COLUMNS, LONGEST) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return show_list(status, &frame, (&form, &[], &[]), room.sends_mail);
    };
    let mut tx = db.begin().await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let house = house(&mut tx, &allowed, &table, (zone, now)).await?;
    let entries = roster::fates(&table, &house);
    let counts = Counts::of(&entries);
    if form.has("do", "add") && counts.can_go() {
        if let Some(count) = bring(&mut tx, &allowed, &entries, now).await? {
            let committed = tx.commit().await?;
            let href = format!("{}?done=brought&count={count}", paths::CANDIDATES);
            return Ok(redirect::after(committed, &href));
        }
        form.refuse(
            "list",
            "One of these has just been brought in by somebody else, or is somebody you have a conflict \
             with. Check it again; a colleague can bring in whom you cannot",
        );
    }
    let refused = counts.refused > 0 || form.has_errors();
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show_list(status, &frame, (&form, &entries, &table.ignored), room.sends_mail)
}

/// What the rows are read against.
async fn house(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    table: &Table,
    (zone, now): (&TimeZone, Timestamp),
) -> Result<House, Failure> {
    let mut known = adding::known(tx, allowed, &roster::keys(table)).await?;
    let candidates: Vec<AccountId> = known.values().map(|one| one.account).collect();
    let mut rests: HashMap<AccountId, Vec<(TrackId, Date)>> = HashMap::new();
    for (candidate, track, from) in closing::resting(tx, allowed, &candidates, now).await? {
        rests.entry(candidate).or_default().push((track, from.to_zoned(zone.clone()).date()));
    }
    for one in known.values_mut() {
        one.rests = rests.remove(&one.account).unwrap_or_default();
    }
    let managers = accounts::in_role(tx, allowed, Role::HiringManager, now).await?;
    let names = |track: &crate::track::model::Track| {
        [track.slug.to_lowercase(), track.title().to_lowercase()].map(|name| (name, track.id))
    };
    Ok(House {
        tracks: tracks::list(tx).await?.iter().flat_map(names).collect(),
        managers: managers.into_iter().map(|one| (one.email_key, one.id)).collect(),
        known,
    })
}

/// All of them, and how many; or `None`, where one cannot be brought any more.
async fn bring(
    tx: &mut Tx,
    allowed: &Allowed<MayRecruit>,
    entries: &[Entry],
    now: Timestamp,
) -> Result<Option<usize>, Failure> {
    let new: Vec<(&NewAccount, &Brought)> = entries
        .iter()
        .filter_map(|entry| match &entry.fate {
            Fate::New(account, brought) => Some((account, brought)),
            _ => None,
        })
        .collect();
    let accounts: Vec<&NewAccount> = new.iter().map(|(account, _)| *account).collect();
    let ids = match accounts::add_all(tx, allowed, &accounts, now).await {
        Ok(ids) => ids,
        Err(Refused::Database(error)) => return Err(error.into()),
        Err(_) => return Ok(None),
    };
    emails::invite_all(tx, &ids, now).await?;
    let again = entries.iter().filter_map(|entry| match &entry.fate {
        Fate::Again(account, brought) => Some((*account, brought)),
        _ => None,
    });
    let made = ids.into_iter().zip(new.into_iter().map(|(_, brought)| brought));
    let all: Vec<(AccountId, &Brought)> = made.chain(again).collect();
    Ok(adding::add_all(tx, allowed, &all, now).await?)
}
