//! Which days the organisation works, and in which zone.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff_sqlx::ToSqlx;
use serde::Deserialize;
use sqlx::FromRow;

use crate::account::access::MayChangeSettings;
use crate::account::events;
use crate::audit::Event;
use crate::audit::store::record;
use crate::calendar::{Holidays, Weekdays, WorkingDays};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::web::allowed::Allowed;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    pub zone: TimeZone,
    pub weekdays: Weekdays,
    pub holidays: Holidays,
}

impl Calendar {
    /// What promises are counted by.
    pub fn working_days(&self) -> WorkingDays {
        WorkingDays {
            weekdays: self.weekdays.clone(),
            holidays: self.holidays.days(),
            zone: self.zone.clone(),
        }
    }

    /// The codes of what is other than it was before.
    fn differs_in(&self, before: &Self) -> Vec<&'static str> {
        let fields = [
            ("zone", before.zone != self.zone),
            ("working_days", before.weekdays != self.weekdays),
            ("holidays", before.holidays != self.holidays),
        ];
        fields.into_iter().filter_map(|(code, differs)| differs.then_some(code)).collect()
    }
}

/// A calendar, and how often it was changed; 0 before the set-up, when there is nothing to change yet.
#[derive(Clone, Debug)]
pub struct Kept {
    pub calendar: Calendar,
    pub version: i32,
}

#[derive(FromRow)]
struct CalendarRow {
    zone: String,
    working_days: Vec<i16>,
    calendar_version: i32,
    days: Vec<jiff_sqlx::Date>,
    names: Vec<String>,
}

/// The organisation's calendar. Before the set-up: Monday to Friday, in UTC, without holidays.
pub async fn find(tx: &mut Tx) -> Result<Kept, sqlx::Error> {
    let row: Option<CalendarRow> = sqlx::query_as(
        "select o.zone, o.working_days, o.calendar_version, h.days, h.names
         from organisation o
         cross join (
           select coalesce(array_agg(day order by day), '{}') as days,
             coalesce(array_agg(name order by day), '{}') as names
           from holiday) h",
    )
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map_or_else(before_set_up, Kept::from))
}

fn before_set_up() -> Kept {
    let (weekdays, holidays) = (Weekdays::default(), Holidays::default());
    Kept { calendar: Calendar { zone: TimeZone::UTC, weekdays, holidays }, version: 0 }
}

impl From<CalendarRow> for Kept {
    fn from(row: CalendarRow) -> Self {
        let numbers = row.working_days.iter().filter_map(|number| i8::try_from(*number).ok());
        let days = row.days.into_iter().map(jiff_sqlx::Date::to_jiff);
        let calendar = Calendar {
            // A zone that a later build no longer knows.
            zone: TimeZone::get(&row.zone).unwrap_or(TimeZone::UTC),
            weekdays: Weekdays::new(numbers).unwrap_or_default(),
            holidays: Holidays(days.zip(row.names).collect()),
        };
        Self { calendar, version: row.calendar_version }
    }
}

/// What promises are counted by, as a column of another statement; null before the set-up.
pub const DAYS_AS_COLUMN: &str = "(
   select jsonb_build_object('zone', o.zone, 'weekdays', o.working_days,
     'holidays', (select coalesce(jsonb_agg(day), '[]') from holiday))
   from organisation o)";

/// What such a column holds.
#[derive(Deserialize)]
pub struct DaysRow {
    zone: String,
    weekdays: Vec<i8>,
    holidays: BTreeSet<Date>,
}

pub fn into_days(row: Option<DaysRow>) -> WorkingDays {
    row.map_or_else(
        || before_set_up().calendar.working_days(),
        |row| WorkingDays {
            weekdays: Weekdays::new(row.weekdays).unwrap_or_default(),
            holidays: row.holidays,
            zone: TimeZone::get(&row.zone).unwrap_or(TimeZone::UTC),
        },
    )
}

/// Begins the calendar of an organisation that was just set up in the zone of whoever does that.
pub async fn begin_in(tx: &mut Tx, zone: &str) -> Result<(), sqlx::Error> {
    sqlx::query("update organisation set zone = $1").bind(zone).execute(tx.connection()).await?;
    Ok(())
}

/// What became of a calendar that somebody saved.
#[derive(Debug)]
pub enum Saved {
    /// It is so now, or was already.
    Done,
    /// Somebody else saved another one meanwhile, which stays: here it is.
    Overtaken(Box<Kept>),
    /// There is no organisation yet whose calendar it could be.
    NotSetUp,
}

/// Changes the calendar, if it still has the version `seen`.
pub async fn change(
    tx: &mut Tx,
    allowed: &Allowed<MayChangeSettings>,
    (calendar, seen): (&Calendar, i32),
    now: Timestamp,
) -> Result<Saved, sqlx::Error> {
    sqlx::query("select from organisation for update").execute(tx.connection()).await?;
    let before = find(tx).await?;
    if before.version == 0 {
        return Ok(Saved::NotSetUp);
    }
    let fields = calendar.differs_in(&before.calendar);
    if fields.is_empty() {
        return Ok(Saved::Done);
    }
    if before.version != seen {
        return Ok(Saved::Overtaken(before.into()));
    }
    let weekdays: Vec<i16> = calendar.weekdays.numbers().map(i16::from).collect();
    sqlx::query(
        "update organisation
         set zone = $1, working_days = $2, calendar_version = calendar_version + 1",
    )
    .bind(calendar.zone.iana_name().unwrap_or("UTC"))
    .bind(weekdays)
    .execute(tx.connection())
    .await?;
    if fields.contains(&"holidays") {
        replace_holidays(tx, &calendar.holidays).await?;
    }
    let event = Event::new(events::CALENDAR_CHANGED, allowed.by()).codes("fields", fields);
    record(tx, event, now).await?;
    Ok(Saved::Done)
}

async fn replace_holidays(tx: &mut Tx, Holidays(holidays): &Holidays) -> Result<(), sqlx::Error> {
    sqlx::query("delete from holiday").execute(tx.connection()).await?;
    let days: Vec<jiff_sqlx::Date> = holidays.keys().map(|day| day.to_sqlx()).collect();
    let names: Vec<&str> = holidays.values().map(String::as_str).collect();
    sqlx::query(
        "insert into holiday (day, name)
         select h.day, h.name
         from unnest($1::date[], $2::text[]) as h (day, name)",
    )
    .bind(days)
    .bind(names)
    .execute(tx.connection())
    .await?;
    Ok(())
}
