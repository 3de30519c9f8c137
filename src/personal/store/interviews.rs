//! Interviews as their candidate knows them.

use std::collections::HashMap;

use sqlx::FromRow;

use super::who::{At, at};
use super::work::{self, Work, hex};
use crate::assignment::access::MayTakePart;
use crate::assignment::application::{self, OwnApplication, TimeRequest};
use crate::assignment::counting::Counted as Pass;
use crate::assignment::lifecycle::settle;
use crate::assignment::model::{Closing, Phase, State};
use crate::assignment::needs::Need;
use crate::assignment::store::{applications, assignments, counting, time_requests};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::decision::offer::{self, Offer as Held};
use crate::decision::store::{self as decisions, Told, offers};
use crate::ids::{ApplicationId, AssignmentId};
use crate::personal::access::MayTakeOwnData;
use crate::personal::model::{
    Challenge, Counted, Decision, Ended, Fix, Interview, MoreTime, Needs, Offer, Said, Stage,
};
use crate::web::allowed::Allowed;

/// The oldest first.
pub(super) async fn find(
    tx: &mut Tx,
    (own, takes): (&Allowed<MayTakeOwnData>, &Allowed<MayTakePart>),
    now: Timestamp,
) -> Result<Vec<Interview>, sqlx::Error> {
    let mut known = Known {
        given: assignments::own(tx, takes).await?,
        beside: beside(tx, own).await?,
        said: said(tx, own).await?,
        requests: HashMap::new(),
        work: work::find(tx, own).await?,
        told: decisions::all_told(tx, takes, now).await?,
        counted: counting::own(tx, takes, now).await?,
        offers: Vec::new(),
    };
    let ids: Vec<AssignmentId> = known.given.iter().map(|it| it.id).collect();
    for (id, request) in time_requests::of(tx, &ids).await? {
        known.requests.entry(id).or_default().push(request);
    }
    // Nobody knows of one who was not told of a yes.
    if !known.told.is_empty() {
        known.offers = offers::own(tx, takes).await?;
    }
    let mut interviews = Vec::new();
    for one in applications::own(tx, takes).await?.into_iter().rev() {
        interviews.push(known.interview(one, now));
    }
    Ok(interviews)
}

/// What interviews are put together of.
struct Known {
    given: Vec<application::Assignment>,
    beside: HashMap<AssignmentId, BesideRow>,
    said: HashMap<ApplicationId, Said>,
    requests: HashMap<AssignmentId, Vec<TimeRequest>>,
    work: Work,
    told: Vec<Told>,
    counted: Vec<Pass>,
    offers: Vec<Held>,
}

impl Known {
    fn interview(&mut self, one: OwnApplication, now: Timestamp) -> Interview {
        let given = std::mem::take(&mut self.given);
        let (theirs, others): (Vec<_>, Vec<_>) =
            given.into_iter().partition(|it| it.application == one.id);
        self.given = others;
        let counted = self.counted.iter().filter(|it| it.application == one.id).map(counted);
        let offers = self.offers.iter().rev().filter(|it| it.application == one.id);
        Interview {
            track: one.track,
            since: one.created_at,
            ended: one.closed.map(|(at, reason)| Ended { at, reason }),
            said: self.said.remove(&one.id).unwrap_or_default(),
            counted: counted.collect(),
            offers: offers.map(|it| offered(it, now)).collect(),
            stages: theirs.into_iter().map(|it| self.stage(it, now)).collect(),
        }
    }

    fn stage(&mut self, it: application::Assignment, now: Timestamp) -> Stage {
        let beside = self.beside.remove(&it.id).unwrap_or_default();
        let state = settle(it.format, it.state.clone(), now).as_told(now);
        let told = self.told.iter().find(|told| told.it.id == it.id);
        let requests = self.requests.remove(&it.id).unwrap_or_default();
        Stage {
            format: it.format.code(),
            level: it.level.number(),
            challenge: Challenge { path: beside.path, sha256: hex(it.revision.as_bytes()) },
            state: code(Phase::of(it.format, &state, now)),
            given_at: it.assigned_at,
            start_by: at(beside.start_by),
            minutes: it.time_limit.map(|limit| limit.as_mins()),
            started_at: at(beside.started_at),
            due_at: at(beside.due_at),
            handed_in_at: match &state {
                State::Submitted { at, .. } => Some(*at),
                _ => it.handed_in,
            },
            ended: ended(&state, &beside.closed_reason),
            more_time: requests.into_iter().map(more_time).collect(),
            fix: it.fix.map(|fix| Fix {
                asked_at: fix.asked_at,
                what: beside.what.unwrap_or_default(),
                due_at: fix.due,
                handed_in_at: fix.handed_in,
            }),
            draft: self.work.drafts.remove(&it.id),
            handed_in: self.work.handed_in.remove(&it.id).unwrap_or_default(),
            decision: told.map(|told| Decision {
                told_at: told.at,
                outcome: told.outcome.code(),
                level: told.level.map(|level| level.number()),
                observations: told.observations.clone(),
            }),
            title: it.title,
        }
    }
}

/// Whether its panel votes or has voted is not told apart.
fn code(phase: Phase) -> &'static str {
    match phase {
        Phase::Waiting | Phase::Voting | Phase::Opened => "with_us",
        other => other.code(),
    }
}

/// What was written about why is told where the company ended it.
fn ended(state: &State, reason: &str) -> Option<Ended> {
    let State::Closed { at, why, .. } = state else { return None };
    let is_told = matches!(why, Closing::Cancelled | Closing::EndedEarly);
    Some(Ended { at: *at, reason: if is_told { reason.to_owned() } else { String::new() } })
}

fn more_time(request: TimeRequest) -> MoreTime {
    let (answered_at, given, answer) = match request.answered {
        Some(it) => (Some(it.at), Some(it.given.as_mins()), it.answer),
        None => (None, None, String::new()),
    };
    MoreTime {
        asked_at: request.asked_at,
        asked_minutes: request.asked.as_mins(),
        reason: request.reason,
        answered_at,
        given_minutes: given,
        answer,
    }
}

fn counted(it: &Pass) -> Counted {
    Counted {
        stage: it.title.clone(),
        passed_in: it.pass.track.clone(),
        passed_at: it.pass.at,
        level: it.pass.level.number(),
    }
}

fn offered(it: &Held, now: Timestamp) -> Offer {
    let state = offer::settle(it.state, now);
    let (answer_by, ended) = match state {
        offer::State::HandedOver | offer::State::Received => (None, None),
        offer::State::Made { answer_by } => (Some(answer_by), None),
        offer::State::Accepted { at }
        | offer::State::Declined { at }
        | offer::State::Expired { at } => (None, Some(Ended { at, reason: String::new() })),
        offer::State::Withdrawn { at } => (None, Some(Ended { at, reason: it.reason.clone() })),
    };
    Offer {
        with: it.hr_name.clone(),
        state: state.code(),
        handed_over_at: it.handed_over_at,
        contact_by: it.contact_by,
        answer_by,
        ended,
    }
}

/// What the pages of a stage show beside it.
#[derive(Default, FromRow)]
struct BesideRow {
    path: String,
    start_by: Option<At>,
    started_at: Option<At>,
    due_at: Option<At>,
    closed_reason: String,
    what: Option<String>,
}

async fn beside(
    tx: &mut Tx,
    own: &Allowed<MayTakeOwnData>,
) -> Result<HashMap<AssignmentId, BesideRow>, sqlx::Error> {
    #[derive(FromRow)]
    struct Row {
        assignment_id: AssignmentId,
        #[sqlx(flatten)]
        beside: BesideRow,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "select g.assignment_id, d.path, g.start_by, g.started_at, g.due_at, g.closed_reason, f.what
         from assignment g
         join application p using (application_id)
         join document d using (document_id)
         left join fix f using (assignment_id)
         where p.candidate_id = $1",
    )
    .bind(own.candidate())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| (row.assignment_id, row.beside)).collect())
}

/// What they said before Start. What a recruiter has set for them is none of it.
async fn said(
    tx: &mut Tx,
    own: &Allowed<MayTakeOwnData>,
) -> Result<HashMap<ApplicationId, Said>, sqlx::Error> {
    type Row = (ApplicationId, bool, i16, Vec<String>, Option<String>, String);
    let rows: Vec<Row> = sqlx::query_as(
        "select v.application_id, v.has_said_needs, v.time_percent, v.needs, v.knows, v.employers
         from application_private v
         join application p using (application_id)
         where p.candidate_id = $1",
    )
    .bind(own.candidate())
    .fetch_all(tx.connection())
    .await?;
    let said = |(id, has_said_needs, percent, needs, knows, worked_at): Row| {
        let titles = needs.iter().filter_map(|code| Need::from_code(code));
        let needs = has_said_needs.then(|| Needs {
            time_percent: percent.try_into().unwrap_or_default(),
            arranged: titles.map(|need| need.title().to_owned()).collect(),
        });
        (id, Said { needs, knows, worked_at })
    };
    Ok(rows.into_iter().map(said).collect())
}
