//! A stage for those who are on its panel: whether they will look at it, by when, and what they vote.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::answer;
use super::fix::{self, Fixing};
use super::left;
use super::ran::{self, Log};
use super::vote::{self, Line, Own, Votes};
use crate::account::paths::DESK;
use crate::account::store::calendar;
use crate::assignment::access::{MayAnswer, MaySit};
use crate::assignment::application::Assignment;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Phase, State as Stands};
use crate::assignment::pages::panel::{Line as Seat, date, line};
use crate::assignment::pages::words::panel_says;
use crate::assignment::panel::{Conflict, Member, asks};
use crate::assignment::paths;
use crate::assignment::store::seats::{self, Answer, NotAnswered, Work};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::content::model::DocPath;
use crate::content::paths as documents;
use crate::db::{Db, Tx};
use crate::review::access::MayVote;
use crate::review::model::Value;
use crate::review::store::votes::{self, Cast, NotCast};
use crate::track::model::Attribution;
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
#[template(path = "review/show.html")]
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
    /// Where it is read, once it is here.
    work_href: Option<String>,
    /// Why they cannot vote yet.
    not_yet: &'static str,
    /// Their own vote while it is sealed, and the form for it.
    casts: bool,
    own: Option<Own>,
    ballot: Form,
    seal_says: &'static str,
    /// The votes once they are open.
    is_open: bool,
    tally: Option<String>,
    disagrees: bool,
    votes: Vec<Line>,
    practice: Vec<Line>,
    is_unchanged: Option<bool>,
    /// What was asked to be fixed, and how that stands.
    fixing: &'a Fixing,
    fix_says: Option<Html>,
    /// Where the work is read as it was before, once it was fixed.
    before: Option<String>,
    /// What they ran, while they write it down; what the panel ran, once the votes are open.
    keeps_log: bool,
    ran: Vec<ran::Line>,
    me: Option<Seat>,
    others: Vec<Seat>,
    read: Vec<NavItem>,
    conflicts: [Conflict; 6],
    can_answer: bool,
    notice: &'a str,
    refusal: &'a str,
    /// What was typed into a form that is not shown any more.
    typed: Vec<String>,
    action: String,
}

/// What the page is made of.
struct Known {
    work: Work,
    load: (i64, i64),
    /// What a promise is counted by.
    calendar: WorkingDays,
    votes: Votes,
    log: Log,
    fixing: Fixing,
}

async fn known(
    tx: &mut Tx,
    frame: &Frame,
    allowed: &Allowed<MaySit>,
    now: Timestamp,
) -> Result<Known, Failure> {
    let work = seats::work(tx, allowed, now).await?.ok_or(Failure::NotFound)?;
    let calendar = calendar::find(tx).await?.calendar.working_days();
    let load = seats::load(tx, allowed, now).await?;
    let settled = settle(work.it.format, work.it.state.clone(), now);
    let phase = Phase::of(work.it.format, &settled, now);
    let votes = vote::votes(tx, &frame.viewer, *allowed.seat(), phase).await?;
    let log = ran::log(tx, &frame.viewer, *allowed.seat(), (&work.it, phase)).await?;
    let fixing = fix::fixing(tx, &frame.viewer, allowed, (&work.it, phase)).await?;
    Ok(Known { work, load, calendar, votes, log, fixing })
}

pub async fn show(
    allowed: Allowed<MaySit>,
    State(db): State<Db>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Response, Failure> {
    let known = known(&mut db.begin_reading().await?, &frame, &allowed, now).await?;
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
    let Known { work, load, calendar, votes, log, fixing } = known;
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
    let sealed = match votes {
        Votes::Casting(sealed) => sealed.as_ref(),
        _ => None,
    };
    let (is_open, opened, is_unchanged) = match votes {
        Votes::Opened { votes, is_unchanged } => (true, votes.as_deref(), *is_unchanged),
        _ => (false, None, None),
    };
    let opened = opened.map(vote::shown);
    let tally = opened.as_ref().map(|opened| opened.says.clone());
    let opened = opened.unwrap_or_default();
    let casts = matches!(votes, Votes::Casting(_));
    let is_late = form.text("do") == "vote" && !casts;
    let late = votes::not_now(phase).filter(|_| is_late && refusal.is_empty());
    let keeps_log = matches!(log, Log::Keeping(_));
    let page_ = Review {
        typed: match form.text("do") {
            "vote" if is_late => form.typed(&["comment"]),
            "decline" if phase.is_past_voting() => form.typed(&["why"]),
            "until" if phase.is_past_voting() => form.typed(&["until"]),
            "fix" if !fixing.can_ask => form.typed(&["what"]),
            "ran" if !keeps_log => form.typed(&["machine", "commands", "result"]),
            _ => Vec::new(),
        },
        fixing,
        fix_says: fix::says(it, now, zone).filter(|_| fixing.what.is_some()),
        before: (it.fix.and_then(|fix| fix.handed_in))
            .filter(|_| fixing.what.is_some())
            .map(|_| paths::work_before(it.id)),
        keeps_log,
        ran: match log {
            Log::Keeping(runs) => runs.iter().map(|run| ran::own(run, zone)).collect(),
            Log::Opened(runs) => runs.iter().map(ran::opened).collect(),
            Log::Nothing => Vec::new(),
        },
        not_yet: if let Votes::NotYet(why) = votes { why } else { "" },
        casts,
        own: sealed.map(|sealed| vote::own(sealed, zone)),
        ballot: vote::form(form, sealed),
        seal_says: match it.panel.attribution {
            Attribution::Attributed => {
                "Once they are open, the hiring manager sees whose vote is whose. The panel sees them without names."
            }
            Attribution::Anonymous => {
                "Once they are open, nobody sees whose vote is whose: names are erased, and the order is left to chance."
            }
        },
        is_open,
        tally,
        disagrees: opened.disagrees,
        votes: opened.votes,
        practice: opened.practice,
        is_unchanged,
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
        can_answer: !phase.is_past_voting(),
        notice: match frame.done() {
            "accept" => "You are on the panel. Thank you.",
            "until" => "That is noted, and the recruiter is told.",
            "vote" => {
                "Your vote is sealed. Your desk names this panel until the votes open, so that nobody can tell from it \
                 whether you have voted."
            }
            "opened" => "With your vote the votes are open.",
            "fix" => "The candidate is asked, and has 48 hours.",
            "ran" => "That is in your run log.",
            "remove-run" => "That is out of your run log.",
            _ => "",
        },
        refusal: late.unwrap_or(refusal),
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
                Format::External => "What was found is not here yet.",
            };
            format!("{not_yet} You get a letter when there is something to look at.")
        }
        (Phase::Submitted, _) => {
            "It was handed in, and the candidate can still take it back. You get a letter when it is final."
                .to_owned()
        }
        (_, Stands::Submitted { at, .. }) if it.fix.is_some() => {
            format!("A review is wanted by {}.", by(it.counts_from(*at)))
        }
        (_, Stands::Submitted { at, .. }) => {
            let came = match it.format {
                Format::TakeHome => "It was handed in, and is final.",
                Format::LiveSession => "The session took place.",
                Format::External => "What was found is here.",
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
    match saved(&asked, &db, (&frame, now), &mut form).await {
        Err(Failure::NotFound) if seats::sitting(&db, &frame.viewer, &asked).await?.is_none() => {
            left::show(&frame, &form)
        }
        answer => answer,
    }
}

async fn saved(
    asked: &Allowed<MayAnswer>,
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    form: &mut Form,
) -> Result<Response, Failure> {
    // A vote is sent as every answer is: what is logged and counted of requests tells none from another.
    if form.text("do") == "vote" {
        return save_vote(asked, db, (frame, now), form).await;
    }
    let done = match form.text("do") {
        "ran" | "remove-run" => Some(ran::save((asked, db), (frame, now), form).await?),
        "fix" => Some(fix::save((asked, db), (frame, now), form).await?),
        _ => None,
    };
    match done {
        Some(Ok(written)) => return Ok(written),
        Some(Err(refusal)) => return refused(asked, db, (frame, now), form, &refusal).await,
        None => {}
    }
    let zone = frame.viewer.person().ok_or(Failure::NotFound)?.zone.clone();
    let mut refusal = String::new();
    if let Some(answer) = answer::read(form, &zone, now) {
        let mut tx = db.begin().await?;
        match seats::answer(&mut tx, &frame.viewer, asked, &answer, now).await {
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
    refused(asked, db, (frame, now), form, &refusal).await
}

/// The page again, with what was typed and why it was not taken.
async fn refused(
    asked: &Allowed<MayAnswer>,
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    form: &Form,
    refusal: &str,
) -> Result<Response, Failure> {
    let allowed = seats::sitting(db, &frame.viewer, asked).await?.ok_or(Failure::NotFound)?;
    let known = known(&mut db.begin_reading().await?, frame, &allowed, now).await?;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    show_page(status, (frame, now), form, (&allowed, &known), refusal)
}

async fn save_vote(
    asked: &Allowed<MayAnswer>,
    db: &Db,
    (frame, now): (&Frame, Timestamp),
    form: &mut Form,
) -> Result<Response, Failure> {
    let seat = seats::facts(db, asked.assignment(), asked.account()).await?;
    let votes = Allowed::<MayVote>::ask(&frame.viewer, &seat).ok_or(Failure::NotFound)?;
    let Some((ballot, version)) = vote::read(form) else {
        return refused(asked, db, (frame, now), form, "").await;
    };
    let mut tx = db.begin().await?;
    match votes::cast(&mut tx, &frame.viewer, &votes, (&ballot, version), now).await {
        Ok(cast) => {
            let committed = tx.commit().await?;
            let done = if cast == Cast::Sealed { "vote" } else { "opened" };
            let href = format!("{}?done={done}", paths::review(asked.assignment()));
            Ok(redirect::after(committed, &href))
        }
        Err(NotCast::Gone) => Err(Failure::NotFound),
        Err(NotCast::Database(error)) => Err(error.into()),
        Err(why) => {
            drop(tx);
            // Whoever seals it again has seen what is sealed now.
            match &why {
                NotCast::Changed(sealed) => form.set("version", sealed.version.to_string()),
                NotCast::SetAside => form.set("version", "0"),
                _ => {}
            }
            refused(asked, db, (frame, now), form, &why.to_string()).await
        }
    }
}
