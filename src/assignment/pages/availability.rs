//! When somebody can interview: how many panels a week, days away, and what candidates read of them.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;

use crate::account::paths::DESK;
use crate::assignment::access::MayInterview;
use crate::assignment::employers::lines;
use crate::assignment::paths;
use crate::assignment::store::interviewers::{self, Availability as Said};
use crate::db::{Db, Tx};
use crate::track::model::StageSettings;
use crate::track::store::recipes;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/availability.html")]
struct Availability<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    absences: Vec<Away>,
    qualified: &'a [String],
    notice: &'a str,
    refusal: &'a str,
    desk: &'a str,
    action: &'a str,
}

/// Days away, in words.
struct Away {
    id: String,
    says: String,
}

/// What the page is made of.
struct Known {
    said: Said,
    absences: Vec<interviewers::Absence>,
    qualified: Vec<String>,
}

async fn known(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    today: Date,
) -> Result<Known, Failure> {
    let (said, absences) = interviewers::availability(tx, allowed, today).await?;
    let levels = interviewers::own_qualifications(tx, allowed).await?;
    let says = |stage: StageSettings| {
        let up_to = levels.get(&stage.stage)?;
        Some(format!("{}: {}, up to level {up_to}", stage.track_title, stage.title))
    };
    let qualified = recipes::list(tx).await?.into_iter().filter_map(says).collect();
    Ok(Known { said, absences, qualified })
}

fn today(frame: &Frame, now: crate::clock::Timestamp) -> Result<Date, Failure> {
    let zone = frame.viewer.person().ok_or(Failure::NotFound)?.zone.clone();
    Ok(now.to_zoned(zone).date())
}

pub async fn show(
    allowed: Allowed<MayInterview>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, &allowed, today(&frame, now)?).await?;
    let form = Form::filled([
        ("weekly", known.said.weekly_most.to_string().as_str()),
        ("about", &known.said.about),
        ("employers", &known.said.employers),
        ("version", &known.said.version.to_string()),
    ]);
    show_page(StatusCode::OK, &frame, &form, &known, "")
}

fn show_page(
    status: StatusCode,
    frame: &Frame,
    form: &Form,
    known: &Known,
    refusal: &str,
) -> Result<Response, Failure> {
    let day = |day: Date| day.strftime("%-d %b %Y").to_string();
    let away = |it: &interviewers::Absence| Away {
        id: it.id.to_string(),
        says: match it.first == it.last {
            true => day(it.first),
            false => format!("{} to {}", day(it.first), day(it.last)),
        },
    };
    let page_ = Availability {
        layout: frame.layout("When you can interview"),
        form,
        absences: known.absences.iter().map(away).collect(),
        qualified: &known.qualified,
        notice: match frame.done() {
            "saved" => "That is kept, and holds for whatever you are asked from now on.",
            "away" => "You are not proposed on those days.",
            "back" => "Those days are open again.",
            _ => "",
        },
        refusal,
        desk: DESK,
        action: paths::AVAILABILITY,
    };
    page(status, &page_)
}

pub async fn save(
    allowed: Allowed<MayInterview>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let today = today(&frame, now)?;
    let mut tx = db.begin().await?;
    let mut refusal = "";
    let done = match form.text("do") {
        "away" => match days(&mut form, today) {
            Some(days) => {
                interviewers::add_absence(&mut tx, &allowed, days, now).await?;
                Some("away")
            }
            None => None,
        },
        "back" => {
            let id = form.text("absence").parse().map_err(|_| Failure::NotFound)?;
            interviewers::remove_absence(&mut tx, &allowed, id, now).await?;
            Some("back")
        }
        _ => match said(&mut form) {
            Some(said) => {
                let is_kept = interviewers::set_availability(&mut tx, &allowed, &said, now).await?;
                if !is_kept {
                    refusal = "You changed this in another tab meanwhile. What you typed stands \
                               here still; look at it, then save it again";
                }
                is_kept.then_some("saved")
            }
            None => None,
        },
    };
    if let Some(done) = done {
        let committed = tx.commit().await?;
        let href = format!("{}?done={done}", paths::AVAILABILITY);
        return Ok(redirect::after(committed, &href));
    }
    let known = known(&mut tx, &allowed, today).await?;
    form.set("version", known.said.version.to_string());
    for (name, value) in [
        ("weekly", known.said.weekly_most.to_string()),
        ("about", known.said.about.clone()),
        ("employers", known.said.employers.clone()),
    ] {
        // The other form of the page keeps what is so.
        if form.text("do") == "away" {
            form.set(name, value);
        }
    }
    show_page(StatusCode::UNPROCESSABLE_ENTITY, &frame, &form, &known, refusal)
}

/// The most characters of the two lines.
const ABOUT: usize = 300;

fn said(form: &mut Form) -> Option<Said> {
    let weekly_most = form.read("weekly", |typed| {
        let number = typed.parse::<u16>().ok().filter(|number| *number <= 20);
        number.ok_or("Type a number from 0 to 20; with 0 nobody asks you")
    });
    let about = form.read("about", |typed| match typed.trim().chars().count() {
        0..=ABOUT => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 300 characters"),
    });
    let employers = form.read("employers", lines);
    let version = form.text("version").parse().unwrap_or_default();
    Some(Said { weekly_most: weekly_most?, about: about?, employers: employers?, version })
}

/// The first and the last day of an absence.
fn days(form: &mut Form, today: Date) -> Option<(Date, Date)> {
    let day = |typed: &str| typed.parse::<Date>().map_err(|_| "Choose a day, as 2026-12-31");
    let first = form.read("first", day);
    let last =
        form.read("last", |typed| if typed.is_empty() { Ok(None) } else { day(typed).map(Some) });
    let (first, last) = (first?, last?);
    let last = last.unwrap_or(first);
    let wrong = if last < first {
        Some("The last day comes before the first")
    } else if last < today {
        Some("Those days are over")
    } else if first.until(last).is_ok_and(|span| span.get_days() > 366) {
        Some("Choose at most a year")
    } else {
        None
    };
    match wrong {
        Some(wrong) => {
            form.refuse("last", wrong);
            None
        }
        None => Some((first, last)),
    }
}
