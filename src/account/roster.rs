//! A list of people to invite, and what would become of each. Pure.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::account::model::{Email, NewAccount, last_day, person_name};
use crate::clock::Timestamp;
use crate::web::table::{Column, Row, Table};
use crate::web::viewer::{Role, Roles};

/// The most people on one list.
pub const LONGEST: usize = 2_000;

/// The columns of a list, in the order in which this file reads them.
pub const COLUMNS: [Column; 4] = [
    Column { name: "name", also: None, is_needed: true },
    Column { name: "email", also: Some("e-mail address"), is_needed: true },
    Column { name: "roles", also: Some("role"), is_needed: true },
    Column { name: "last day", also: None, is_needed: false },
];

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
    Invited(NewAccount),
    /// The address has an account, which stays as it is.
    Known,
    /// It cannot be taken as it is; then none of the list is.
    Refused(String),
}

/// What becomes of every row of `table`. `known` are the keys of addresses that have an account; `zone`
/// is where last days are meant.
pub fn fates(
    table: &Table,
    known: &HashSet<String>,
    zone: &TimeZone,
    now: Timestamp,
) -> Vec<Entry> {
    let mut lines: HashMap<String, u64> = HashMap::new();
    let entry = |row: &Row| {
        let fate = match read(table, row, zone, now) {
            Err(message) => Fate::Refused(message),
            Ok(new) => match lines.get(new.email.key()) {
                Some(line) => Fate::Refused(format!("This address stands in line {line} already")),
                None => {
                    lines.insert(new.email.key().to_owned(), row.line);
                    if known.contains(new.email.key()) { Fate::Known } else { Fate::Invited(new) }
                }
            },
        };
        let (name, email) = (table.cell(row, 0).to_owned(), table.cell(row, 1).to_owned());
        Entry { line: row.line, name, email, fate }
    };
    table.rows.iter().map(entry).collect()
}

/// The keys of the addresses in `table`, as far as they are any.
pub fn keys(table: &Table) -> Vec<String> {
    table.rows.iter().map(|row| Email::key_of(table.cell(row, 1))).collect()
}

fn read(table: &Table, row: &Row, zone: &TimeZone, now: Timestamp) -> Result<NewAccount, String> {
    let name = person_name(table.cell(row, 0))?;
    let email = Email::parse(table.cell(row, 1))?;
    let roles = read_roles(table.cell(row, 2))?;
    let ends_at = match (table.cell(row, 3), roles.has(Role::External)) {
        ("", false) => None,
        ("", true) => {
            return Err("An external interviewer needs a last day, as 2026-12-31".to_owned());
        }
        (_, false) => {
            return Err("Only an external interviewer's account has a last day".to_owned());
        }
        (typed, true) => Some(last_day(read_day(typed)?, zone, now)?),
    };
    Ok(NewAccount { email, name, roles, ends_at })
}

/// A day as `2026-12-31` or `31.12.2026`: forms that nobody reads in two ways.
fn read_day(typed: &str) -> Result<Date, &'static str> {
    if typed.contains('/') {
        return Err("A day with slashes is read in two ways; write the last day as 2026-12-31");
    }
    let mut parts = typed.split('.');
    let day = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year), None) if year.len() == 4 => {
            match (year.parse(), month.trim().parse(), day.trim().parse()) {
                (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
                _ => None,
            }
        }
        _ => typed.parse().ok(),
    };
    day.ok_or("Write the last day as 2026-12-31 or 31.12.2026")
}

/// Roles in one cell, by code or title: `recruiter, hiring manager`.
fn read_roles(typed: &str) -> Result<Roles, String> {
    let parts = typed.split([',', ';', '/', '+', '&']).map(str::trim).filter(|it| !it.is_empty());
    let role = |part: &str| {
        let part = part.to_lowercase().replace([' ', '-'], "_");
        let known = |role: &Role| {
            role.code() == part || role.title().to_lowercase().replace(' ', "_") == part
        };
        Role::ALL.into_iter().find(known)
    };
    let mut roles = Vec::new();
    for part in parts {
        roles.push(role(part).ok_or_else(|| {
            let titles: Vec<String> =
                Role::ALL.iter().map(|role| role.title().to_lowercase()).collect();
            let part: String = part.chars().take(40).collect();
            format!("“{part}” is no role; use {}", titles.join(", "))
        })?);
    }
    Roles::new(roles).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_fate() {
        let list = "name,email,roles,last day\n\
            Noor,n@example.org,\"Recruiter, hiring manager\",\n\
            Ada,ADA@example.org,candidate,\n\
            Twice,N@example.org,candidate,\n\
            Firm,f@example.org,external,2026-12-31\n\
            Late,l@example.org,external interviewer,2026-01-01\n\
            Both,b@example.org,candidate; recruiter,\n\
            Typo,t@example.org,recuiter,\n\
            ,e@example.org,candidate,\n\
            Day,d@example.org,candidate,2026-12-31\n";
        let table = Table::read(list.as_bytes(), &COLUMNS, LONGEST).unwrap();
        let known = HashSet::from(["ada@example.org".to_owned()]);
        let now = "2026-03-02T09:00:00Z".parse().unwrap();
        let fates = fates(&table, &known, &TimeZone::UTC, now);
        let said = |entry: &Entry| match &entry.fate {
            Fate::Invited(new) => format!("{} {}", entry.line, new.roles),
            Fate::Known => format!("{} known", entry.line),
            Fate::Refused(message) => format!("{} {message}", entry.line),
        };
        insta::assert_snapshot!(fates.iter().map(said).collect::<Vec<_>>().join("\n"), @r"
        2 Recruiter, Hiring manager
        3 known
        4 This address stands in line 2 already
        5 External interviewer
        6 This day has passed; choose one that lies ahead
        7 A candidate or an external interviewer holds no other role: choose that one alone
        8 “recuiter” is no role; use candidate, recruiter, interviewer, hiring manager, hr, administrator, external interviewer
        9 Type a name
        10 Only an external interviewer's account has a last day
        ");
        assert_eq!(keys(&table)[1], "ada@example.org");
    }

    #[test]
    fn a_day_is_read_in_one_way_or_not_at_all() {
        let day = Ok("2026-12-31".parse().unwrap());
        for typed in ["2026-12-31", "31.12.2026", "31. 12.2026"] {
            assert_eq!(read_day(typed), day, "{typed}");
        }
        for typed in
            ["12/31/2026", "1/2/2026", "31.12.26", "32.12.2026", "12.31.2026", "soon", "2026-1"]
        {
            assert!(read_day(typed).unwrap_err().contains("2026-12-31"), "{typed}");
        }
    }
}
