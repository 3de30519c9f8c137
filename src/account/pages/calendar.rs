//! Which days the company works, and in which zone.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Weekday;

use super::page;
use crate::account::access::MayChangeSettings;
use crate::account::model::zone;
use crate::account::paths;
use crate::account::store::calendar::{self, Calendar, Kept, Saved};
use crate::calendar::{Holidays, Weekdays, weekday_name};
use crate::clock::Timestamp;
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::moment;
use crate::web::now::Now;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "account/calendar.html")]
struct CalendarPage<'a> {
    layout: Layout<'a>,
    settings: &'a [NavItem],
    form: &'a Form,
    notice: &'a str,
    /// When the fifth working day from now ends, as it is kept.
    fifth: Html,
    /// There is an organisation whose calendar this is.
    is_set_up: bool,
    /// What somebody else saved while this was typed.
    theirs: Option<Theirs>,
}

struct Theirs {
    zone: String,
    weekdays: String,
    holidays: Vec<String>,
}

impl Theirs {
    fn of(calendar: &Calendar) -> Self {
        let days = Weekdays::ALL.into_iter().filter(|day| calendar.weekdays.has(*day));
        Self {
            zone: calendar.zone.iana_name().unwrap_or("UTC").to_owned(),
            weekdays: days.map(weekday_name).collect::<Vec<_>>().join(", "),
            holidays: calendar.holidays.to_string().lines().map(str::to_owned).collect(),
        }
    }
}

/// The form as the calendar stands.
fn filled(Kept { calendar, version }: &Kept) -> Form {
    let numbers: Vec<String> =
        calendar.weekdays.numbers().map(|number| number.to_string()).collect();
    let (version, holidays) = (version.to_string(), calendar.holidays.to_string());
    let mut values = vec![
        ("zone", calendar.zone.iana_name().unwrap_or("UTC")),
        ("holidays", holidays.as_str()),
        ("version", &version),
    ];
    values.extend(numbers.iter().map(|number| ("weekdays", number.as_str())));
    Form::filled(values)
}

/// What the form says.
fn read(form: &mut Form) -> Option<Calendar> {
    let zone = form.read("zone", zone);
    let numbers = form.all("weekdays").filter_map(|number| number.parse().ok());
    let weekdays = Weekdays::new(numbers.collect::<Vec<i8>>());
    if weekdays.is_none() {
        form.refuse(
            "weekdays",
            "Tick one day at least: without any, nothing would ever be answered",
        );
    }
    let holidays = form.read("holidays", Holidays::parse);
    Some(Calendar { zone: zone?, weekdays: weekdays?, holidays: holidays? })
}

const SAVED: &str = "The working days are saved. Promises made from now on count by them.";

fn show_calendar(
    (frame, now): (&Frame, Timestamp),
    kept: &Kept,
    form: &Form,
    theirs: Option<Theirs>,
) -> Result<Response, Failure> {
    let status = match (form.has_errors(), &theirs) {
        (true, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, Some(_)) => StatusCode::CONFLICT,
        _ => StatusCode::OK,
    };
    let is_saved = status == StatusCode::OK && frame.done() == "saved";
    let shown = CalendarPage {
        layout: frame.layout("Working days"),
        settings: frame.settings(),
        form,
        notice: if is_saved { SAVED } else { "" },
        fifth: moment(kept.calendar.working_days().after(now, 5), &kept.calendar.zone),
        is_set_up: kept.version > 0,
        theirs,
    };
    page(status, &shown)
}

pub async fn show(
    _: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let kept = calendar::find(&mut db.begin_reading().await?).await?;
    show_calendar((&frame, now), &kept, &filled(&kept), None)
}

pub async fn save(
    allowed: Allowed<MayChangeSettings>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let seen = form.text("version").parse().unwrap_or_default();
    let read = read(&mut form);
    let mut tx = db.begin().await?;
    let Some(calendar) = read else {
        let kept = calendar::find(&mut tx).await?;
        return show_calendar((&frame, now), &kept, &form, None);
    };
    match calendar::change(&mut tx, &allowed, (&calendar, seen), now).await? {
        Saved::Done => {
            let committed = tx.commit().await?;
            Ok(redirect::after(committed, &format!("{}?done=saved", paths::CALENDAR)))
        }
        Saved::Overtaken(kept) => {
            // Whoever saves again has seen both.
            form.set("version", kept.version.to_string());
            let theirs = Theirs::of(&kept.calendar);
            show_calendar((&frame, now), &kept, &form, Some(theirs))
        }
        Saved::NotSetUp => {
            let kept = calendar::find(&mut tx).await?;
            form.refuse("zone", "Say first what the organisation is called, under Organisation");
            show_calendar((&frame, now), &kept, &form, None)
        }
    }
}

/// The weekdays with their numbers, as the form lists them.
pub(super) fn weekdays() -> impl Iterator<Item = (String, &'static str)> {
    let named = |day: Weekday| (day.to_monday_one_offset().to_string(), weekday_name(day));
    Weekdays::ALL.into_iter().map(named)
}
