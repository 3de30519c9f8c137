//! A list of candidates to bring in, and what would become of each. Pure.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::account::model::{Email, NewAccount, person_name};
use crate::assignment::application::{TimeFactor, challenge_level};
use crate::content::model::Level;
use crate::ids::{AccountId, TrackId};
use crate::web::table::{Column, Row, Table};
use crate::web::viewer::{Role, Roles};

/// The most candidates on one list.
pub const LONGEST: usize = 10_000;

/// The columns of a list, in the order in which this file reads them.
pub const COLUMNS: [Column; 7] = [
    Column { name: "name", also: None, is_needed: true },
    Column { name: "email", also: Some("e-mail address"), is_needed: true },
    Column { name: "track", also: None, is_needed: true },
    Column { name: "level", also: Some("target level"), is_needed: true },
    Column { name: "manager", also: Some("hiring manager"), is_needed: false },
    Column { name: "source", also: Some("how they came"), is_needed: false },
    Column { name: "note", also: Some("private note"), is_needed: false },
];

/// What is known of an address that has an account.
#[derive(Clone, Debug)]
pub struct Known {
    pub account: AccountId,
    pub is_candidate: bool,
    pub is_closed: bool,
    /// The tracks they are in now.
    pub tracks: Vec<TrackId>,
    /// Who has a conflict with them, and runs no application of theirs.
    pub conflicts: Vec<AccountId>,
    /// The tracks in which they may apply again only from a day on.
    pub rests: Vec<(TrackId, Date)>,
}

/// What a row is read against.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// Every track, by each name one may type: its slug and its title, in lower case.
    pub tracks: HashMap<String, TrackId>,
    /// Hiring managers, by the key of their address.
    pub managers: HashMap<String, AccountId>,
    /// Addresses that have an account, by key.
    pub known: HashMap<String, Known>,
}

/// One row as typed, and its fate.
#[derive(Clone, Debug)]
pub struct Entry {
    pub line: u64,
    pub name: String,
    pub email: String,
    pub fate: Fate,
}

/// What becomes of a row.
#[derive(Clone, Debug)]
pub enum Fate {
    /// They are invited, and brought into the track.
    New(NewAccount, Brought),
    /// They have an account, and are brought into the track.
    Again(AccountId, Brought),
    /// They are in this track already, and left alone.
    There,
    /// It cannot be taken as it is; then none of the list is.
    Refused(String),
}

/// Where a candidate is brought.
#[derive(Clone, Debug)]
pub struct Brought {
    pub track: TrackId,
    pub level: Level,
    pub manager: Option<AccountId>,
    pub source: String,
    pub note: String,
    pub time: TimeFactor,
}

/// The keys of the addresses in `table`, as far as they are any.
pub fn keys(table: &Table) -> Vec<String> {
    table.rows.iter().map(|row| Email::key_of(table.cell(row, 1))).collect()
}

/// What becomes of every row of `table`.
pub fn fates(table: &Table, house: &House) -> Vec<Entry> {
    let mut lines: HashMap<String, u64> = HashMap::new();
    let entry = |row: &Row| {
        let fate = read(table, row, house).unwrap_or_else(Fate::Refused);
        let key = Email::key_of(table.cell(row, 1));
        let fate = match (lines.get(&key), fate) {
            (_, Fate::Refused(message)) => Fate::Refused(message),
            (Some(line), _) => Fate::Refused(format!("This address stands in line {line} already")),
            (None, fate) => {
                lines.insert(key, row.line);
                fate
            }
        };
        let (name, email) = (table.cell(row, 0).to_owned(), table.cell(row, 1).to_owned());
        Entry { line: row.line, name, email, fate }
    };
    table.rows.iter().map(entry).collect()
}

fn read(table: &Table, row: &Row, house: &House) -> Result<Fate, String> {
    let name = person_name(table.cell(row, 0))?;
    let email = Email::parse(table.cell(row, 1))?;
    let typed = table.cell(row, 2);
    let track = house.tracks.get(&typed.to_lowercase()).copied().ok_or_else(|| {
        let typed: String = typed.chars().take(40).collect();
        let mut slugs: Vec<&str> = house.tracks.keys().map(String::as_str).collect();
        slugs.sort_unstable_by_key(|slug| (slug.len(), *slug));
        format!("“{typed}” is no track; write for example {}", slugs.first().unwrap_or(&"its name"))
    })?;
    let level = challenge_level(table.cell(row, 3))?;
    let manager = match table.cell(row, 4) {
        "" => None,
        typed => Some(house.managers.get(&Email::key_of(typed)).copied().ok_or(
            "The manager is no hiring manager's address here; leave it empty to name one later",
        )?),
    };
    let short = |column: usize, most: usize, what: &str| {
        let typed = table.cell(row, column);
        let fits = typed.chars().count() <= most;
        if fits {
            Ok(typed.to_owned())
        } else {
            Err(format!("{what} has at most {most} characters"))
        }
    };
    let (source, note) = (short(5, 200, "The source")?, short(6, 10_000, "The note")?);
    let brought = Brought { track, level, manager, source, note, time: TimeFactor::Usual };
    Ok(match house.known.get(email.key()) {
        None => {
            let roles = Roles::only(Role::Candidate);
            Fate::New(NewAccount { email, name, roles, ends_at: None }, brought)
        }
        Some(known) if !known.is_candidate => {
            return Err("This is the address of somebody who works here".to_owned());
        }
        Some(known) if known.is_closed => {
            return Err(
                "The account of this address is closed; an administrator can open it again"
                    .to_owned(),
            );
        }
        Some(known) if known.tracks.contains(&track) => Fate::There,
        Some(known) if let Some((_, from)) = known.rests.iter().find(|(it, _)| *it == track) => {
            return Err(format!(
                "They can apply in this track again from {} on; add them by themselves to say why before",
                from.strftime("%-d %B %Y")
            ));
        }
        Some(known) if manager.is_some_and(|one| known.conflicts.contains(&one)) => {
            return Err("The manager has a conflict with this candidate; name another".to_owned());
        }
        Some(known) => Fate::Again(known.account, brought),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_fate() {
        let list = "name,email,track,level,manager,source\n\
            Noor,n@example.org,operations,3,SEAN@example.org,fair\n\
            Ada,ada@example.org,Systems,5,,\n\
            There,there@example.org,operations,1,,\n\
            Twice,N@example.org,systems,2,,\n\
            Level,l@example.org,operations,6,,\n\
            Zero,z@example.org,operations,0,,\n\
            Track,t@example.org,gardening,3,,\n\
            Staff,staff@example.org,systems,3,,\n\
            Gone,gone@example.org,systems,3,,\n\
            Boss,b@example.org,systems,3,nobody@example.org,\n\
            =cmd(),c@example.org,systems,3,,\n\
            ,e@example.org,systems,3,,\n\
            Rests,rests@example.org,systems,3,,\n\
            Other,rests@example.org,operations,3,,\n\
            Friend,friend@example.org,systems,3,sean@example.org,\n\
            Friend,friend@example.org,systems,3,,\n";
        let table = Table::read(list.as_bytes(), &COLUMNS, LONGEST).unwrap();
        let (operations, systems) = (TrackId::new(), TrackId::new());
        let known = |is_candidate, is_closed, tracks: &[TrackId]| Known {
            account: AccountId::new(),
            is_candidate,
            is_closed,
            tracks: tracks.to_vec(),
            conflicts: Vec::new(),
            rests: Vec::new(),
        };
        let rests = Known {
            rests: vec![(systems, "2027-05-24".parse().unwrap())],
            ..known(true, false, &[])
        };
        let sean = AccountId::new();
        let knows = |who| Known { conflicts: vec![who], ..known(true, false, &[]) };
        let house = House {
            tracks: HashMap::from([
                ("operations".to_owned(), operations),
                ("systems".to_owned(), systems),
            ]),
            managers: HashMap::from([("sean@example.org".to_owned(), sean)]),
            known: HashMap::from([
                ("ada@example.org".to_owned(), known(true, false, &[operations])),
                ("there@example.org".to_owned(), known(true, false, &[operations])),
                ("rests@example.org".to_owned(), rests),
                ("staff@example.org".to_owned(), known(false, false, &[])),
                ("friend@example.org".to_owned(), knows(sean)),
                ("gone@example.org".to_owned(), known(true, true, &[])),
            ]),
        };
        let said = |entry: &Entry| match &entry.fate {
            Fate::New(new, brought) => {
                format!("{} new {} at {}", entry.line, new.name, brought.level)
            }
            Fate::Again(_, brought) => format!("{} again at {}", entry.line, brought.level),
            Fate::There => format!("{} there", entry.line),
            Fate::Refused(message) => format!("{} {message}", entry.line),
        };
        let fates = fates(&table, &house);
        insta::assert_snapshot!(fates.iter().map(said).collect::<Vec<_>>().join("\n"), @r"
        2 new Noor at 3
        3 again at 5
        4 there
        5 This address stands in line 2 already
        6 Choose a level from 1 to 5; 6 is reached by promotion alone
        7 Choose a level from 1 to 5
        8 “gardening” is no track; write for example systems
        9 This is the address of somebody who works here
        10 The account of this address is closed; an administrator can open it again
        11 The manager is no hiring manager's address here; leave it empty to name one later
        12 new =cmd() at 3
        13 Type a name
        14 They can apply in this track again from 24 May 2027 on; add them by themselves to say why before
        15 again at 3
        16 The manager has a conflict with this candidate; name another
        17 again at 3
        ");
    }
}
