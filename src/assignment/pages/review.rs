//! A stage for those who are on its panel: whether they will look at it, and by when.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::panel::{Line, date, line};
use super::words::panel_says;
use crate::account::paths::DESK;
use crate::account::store::calendar;
use crate::assignment::access::{MayAnswer, MaySit};
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Phase, State as Stands};
use crate::assignment::panel::{Conflict, Member, asks};
use crate::assignment::paths;
use crate::assignment::store::seats::{self, Answer, NotAnswered, Work};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::model::DocPath;
use crate::content::paths as documents;
use crate::db::{Db, Tx};
use crate::track::paths as tracks;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::{Layout, NavItem};
use crate::web::moment::day;
use crate::web::now::Now;
use crate::web::page::page;
use crate::web::redirect;

#[derive(Template)]
#[template(path = "assignment/review.html")]
struct Review<'a> {
    layout: Layout<'a>,
    work: &'a Work,
    form: &'a Form,
    has_accepted: bool,
    is_shadow: bool,
    /// Where it stands, without what tells of the candidate's circumstances.
    says: Html,
    /// What they are asked.
    asks: String,
    /// The day they named.
    needs: Option<Html>,
    load: String,
    /// What there is of the work, and by when a review is wanted.
    work_says: Html,
    me: Option<Line>,
    others: Vec<Line>,
    /// Where it is read, once it is here.
    work_href: Option<String>,
    read: Vec<NavItem>,
    conflicts: [Conflict; 6],
    can_answer: bool,
    notice: &'a str,
    refusal: &'a str,
    action: String,
}

/// What the page is made of.
struct Known {
    work: Work,
    load: (i64, i64),
    /// What a promise is counted by.
    calendar: WorkingDays,
}

async fn known(tx: &mut Tx, allowed: &Allowed<MaySit>, now: Timestamp) -> Result<Known, Failure> {
    let work = seats::work(tx, allowed, now).await?.ok_or(Failure::NotFound)?;
    let calendar = calendar::find(tx).await?.calendar.working_days();
    Ok(Known { work, load: seats::load(tx, allowed, now).await?, calendar })
}

pub async fn show(
    allowed: Allowed<MaySit>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, &allowed, now).await?;
    show_page(StatusCode::OK, (&frame, now), &Form::default(), (&allowed, &known), "")
}

fn show_page(
    status: StatusCode,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    (allowed, known): (&Allowed<MaySit>, &Known),
    refusal: &str,
) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let Known { work, load, calendar } = known;
    let it = &work.it;
    let state = settle(it.format, it.state.clone(), now);
    let phase = Phase::of(it.format, &state, now);
    let is_me = |one: &&Member| one.id == allowed.member();
    let others = work.panel.iter().filter(|one| !is_me(one));
    let link = |title: &str, href: String| NavItem { title: title.to_owned(), href };
    let document = DocPath::parse(&work.document);
    let read = [
        document.map(|path| link("The challenge", documents::document_at(&path, it.level))),
        Some(link("The track, with its level guides", tracks::track(&work.track_slug))),
    ];
    let is_here = |item: &NavItem| {
        let path = item.href.split(['?', '#']).next().unwrap_or_default();
        frame.pages().get(path).is_some()
    };
    let page_ = Review {
        // A blind page has no name in its title either.
        layout: frame.layout(format!("{} by {}", it.title, work.who)),
        says: panel_says(it, &state, phase, zone),
        asks: asks(it.format, &it.title, &work.who),
        needs: (work.panel.iter().find(is_me))
            .and_then(|one| one.needs_until)
            .filter(|_| !phase.is_over())
            .map(date),
        work_says: work_says(it, &state, phase, calendar),
        load: match load {
            (0, 0) => "You are on no other panel now.".to_owned(),
            (open, week) => format!(
                "Besides this one you are on {open} panel{} that go{} on, {week} of them asked for this week.",
                if *open == 1 { "" } else { "s" },
                if *open == 1 { "es" } else { "" },
            ),
        },
        work_href: (allowed.has_accepted()
            && it.format != Format::LiveSession
            && matches!(phase, Phase::Submitted | Phase::Voting | Phase::Opened | Phase::Decided))
        .then(|| paths::work(it.id)),
        has_accepted: allowed.has_accepted(),
        is_shadow: allowed.is_shadow(),
        me: work.panel.iter().find(is_me).map(|one| line(one, zone, phase.is_over())),
        others: others.map(|one| line(one, zone, phase.is_over())).collect(),
        read: read.into_iter().flatten().filter(is_here).collect(),
        conflicts: Conflict::ALL,
        can_answer: !phase.is_over(),
        notice: match frame.done() {
            "accept" => "You are on the panel. Thank you.",
            "until" => "That is noted, and the recruiter is told.",
            _ => "",
        },
        refusal,
        action: paths::review(it.id),
        work,
        form,
    };
    page(status, &page_)
}

/// What there is of the work in `phase`, for those who are on the panel. The day is the company's.
fn work_says(it: &Assignment, state: &Stands, phase: Phase, calendar: &WorkingDays) -> Html {
    let by = |at: Timestamp| {
        let by = calendar.after(at, it.panel.answer_within_days);
        day(by, &calendar.zone).as_str().to_owned()
    };
    Html::own(match (phase, state) {
        (Phase::Assigned | Phase::InProgress | Phase::Waiting, _) => {
            let not_yet = match it.format {
                Format::TakeHome => "Nothing was handed in yet.",
                Format::LiveSession => "The session has not taken place yet.",
                Format::External => "The firm’s report is not here yet.",
            };
            format!("{not_yet} You get a letter when there is something to look at.")
        }
        (Phase::Submitted, _) => {
            "It was handed in, and the candidate can still take it back. You get a letter when it is final."
                .to_owned()
        }
        (_, Stands::Submitted { at, .. }) => {
            let came = match it.format {
                Format::TakeHome => "It was handed in, and is final.",
                Format::LiveSession => "The session took place.",
                Format::External => "The firm’s report is here.",
            };
            format!("{came} A review is wanted by {}.", by(*at))
        }
        (Phase::Opened, _) => "The votes are open, and nothing more is wanted of you here.".to_owned(),
        _ => "It has ended, and nothing is left for you to do.".to_owned(),
    })
}

pub async fn save(
    asked: Allowed<MayAnswer>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
    mut form: Form,
) -> Result<Response, Failure> {
    let zone = frame.viewer.person().ok_or(Failure::NotFound)?.zone.clone();
    let mut refusal = String::new();
    if let Some(answer) = read(&mut form, &zone, now) {
        let mut tx = db.begin().await?;
        match seats::answer(&mut tx, &frame.viewer, &asked, &answer, now).await {
            Ok(_) => {
                let committed = tx.commit().await?;
                // Whoever has left sees nothing of it any more.
                let href = match &answer {
                    Answer::Accept => {
                        format!("{}?done=accept", paths::review(asked.assignment()))
                    }
                    Answer::NeedUntil(_) => {
                        format!("{}?done=until", paths::review(asked.assignment()))
                    }
                    Answer::Decline { .. } => format!("{DESK}?done=declined"),
                    Answer::Conflict { .. } => format!("{DESK}?done=conflict"),
                };
                return Ok(redirect::after(committed, &href));
            }
            Err(NotAnswered::Gone) => return Err(Failure::NotFound),
            Err(NotAnswered::Database(error)) => return Err(error.into()),
            Err(refused) => refusal = refused.to_string(),
        }
    }
    let allowed = seats::sitting(&db, &frame.viewer, &asked).await?.ok_or(Failure::NotFound)?;
    let known = known(&mut db.begin_reading().await?, &allowed, now).await?;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show_page(status, (&frame, now), &form, (&allowed, &known), &refusal)
}

fn read(form: &mut Form, zone: &TimeZone, now: Timestamp) -> Option<Answer> {
    let short = |typed: &str| match typed.trim().chars().count() {
        0..=2_000 => Ok(typed.trim().to_owned()),
        _ => Err("Use at most 2,000 characters"),
    };
    match form.text("do") {
        "accept" => Some(Answer::Accept),
        "until" => {
            let today = now.to_zoned(zone.clone()).date();
            let day = form.read("until", |typed| match typed.parse::<Date>() {
                Ok(day) if day > today => Ok(day),
                Ok(_) => Err("Choose a day that lies ahead"),
                Err(_) => Err("Choose a day, as 2026-12-31"),
            });
            day.map(Answer::NeedUntil)
        }
        "decline" => form.read("why", short).map(|reason| Answer::Decline { reason }),
        "recognise" => Some(Answer::Conflict { kind: Conflict::Recognised, reason: String::new() }),
        "conflict" => {
            let kind =
                form.read("kind", |typed| Conflict::from_code(typed).ok_or("Choose what it is"));
            let reason = form.read("reason", short);
            Some(Answer::Conflict { kind: kind?, reason: reason? })
        }
        _ => {
            form.refuse("do", "Choose what to answer");
            None
        }
    }
}
