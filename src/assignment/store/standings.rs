//! Where applications stand, many at once: lists of candidates, and the counts of the pipeline. All of it is read
//! from `standing`, whose indexes hold whatever is asked for: a page costs what it shows, however many candidates
//! there have been.

use jiff_sqlx::ToSqlx;
use sqlx::{FromRow, Postgres, QueryBuilder};

use super::applications::level;
use crate::account::store::names;
use crate::assignment::access::MaySeeCandidates;
use crate::assignment::model::Phase;
use crate::assignment::pipeline::Cell;
use crate::assignment::turn::{Holder, Turn};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::{Tx, read_all};
use crate::ids::{AccountId, ApplicationId, StageId, TrackId};
use crate::web::allowed::Allowed;

/// Which candidates a list shows.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Beginnings of words of a name or address, as typed.
    pub text: String,
    pub track: Option<TrackId>,
    /// Of the stage given last.
    pub stage: Option<StageId>,
    pub standing: Option<Stands>,
    /// Who is to move next: in applications that are open alone.
    pub holder: Option<Holder>,
    /// Only applications that are open.
    pub only_open: bool,
    /// The list goes on after the application that was added then.
    pub after: Option<(Timestamp, ApplicationId)>,
}

impl Wanted {
    fn is_open(&self) -> bool {
        self.only_open || self.holder.is_some()
    }
}

/// How an application stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// No stage was given in it.
    NotGiven,
    In(Phase),
}

/// One line of the list.
#[derive(Debug)]
pub struct Listed {
    pub id: ApplicationId,
    pub name: String,
    pub email: String,
    pub track: TrackId,
    pub level: Level,
    pub created_at: Timestamp,
    pub is_closed: bool,
    /// Of the stage given last: where it stands, and when it is due or has to be begun, where whoever asks may
    /// know.
    pub stage: Option<(StageId, Turn, Option<Timestamp>)>,
}

#[derive(FromRow)]
struct ListedRow {
    application_id: ApplicationId,
    name: String,
    email: String,
    track_id: TrackId,
    target_level: i16,
    created_at: jiff_sqlx::Timestamp,
    is_closed: bool,
    stage_id: Option<StageId>,
    phase: Option<String>,
    holder: String,
    due_at: Option<jiff_sqlx::Timestamp>,
}

impl ListedRow {
    fn into_listed(self) -> Option<Listed> {
        let turn = match &self.phase {
            Some(phase) => Some(Turn::from_codes(phase, &self.holder)?),
            None => None,
        };
        let due_at = self.due_at.map(|at| at.to_jiff());
        Some(Listed {
            id: self.application_id,
            name: self.name,
            email: self.email,
            track: self.track_id,
            level: level(self.target_level)?,
            created_at: self.created_at.to_jiff(),
            is_closed: self.is_closed,
            stage: self.stage_id.zip(turn).map(|(stage, turn)| (stage, turn, due_at)),
        })
    }
}

/// So many people of a name are looked up one by one. Where there are more, whoever asks is likely to have
/// some of them among their newest candidates: then those are walked, and each name is looked at.
const FEW: usize = 1_000;

/// Who is called as a list wants it.
enum Called {
    Anything,
    /// One of these.
    One(Vec<AccountId>),
    /// As typed, by too many to list.
    So(String),
}

/// The candidates of whoever asks, the newest first; at most `limit`.
pub async fn list(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeCandidates>,
    wanted: &Wanted,
    limit: usize,
    now: Timestamp,
) -> Result<Vec<Listed>, sqlx::Error> {
    let called = called(tx, allowed, &wanted.text).await?;
    if matches!(&called, Called::One(nobody) if nobody.is_empty()) {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut query = QueryBuilder::new(
        "select s.application_id, a.name, a.email, s.track_id, s.target_level, s.created_at,
           s.is_closed, s.stage_id, s.phase, s.holder, s.due_at
         from (",
    );
    for owner in Owner::BOTH {
        query.push(owner.before());
        query.push(
            "(select s.application_id, s.candidate_id, s.track_id, s.target_level, s.created_at,
                s.stage_id, standing_phase(s, ",
        );
        query.push_bind(now.to_sqlx());
        query.push(") as phase, standing_holder(s, ").push_bind(now.to_sqlx());
        query.push(") as holder, ").push(owner.due_at()).push(" as due_at, ");
        // The index of open ones does not say what holds for all of them.
        query.push(if wanted.is_open() { "false" } else { "s.closed_at is not null" });
        query.push(" as is_closed from standing s where ");
        owner.push(&mut query, allowed.of());
        narrow(&mut query, wanted, &called, now);
        query.push(" order by s.created_at desc, s.application_id desc limit ");
        query.push_bind(limit).push(")");
    }
    // One look-up a row, and the same way on every size of database.
    query.push(
        ") s
         cross join lateral (
           select name, email from account where account_id = s.candidate_id limit 1) a
         order by s.created_at desc, s.application_id desc
         limit ",
    );
    query.push_bind(limit);
    // Planned for what is asked: few candidates of a name are found by another index than many.
    let query = query.build_query_as::<ListedRow>().persistent(false);
    let rows = query.fetch_all(tx.connection()).await?;
    read_all(rows, ListedRow::into_listed)
}

async fn called(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeCandidates>,
    text: &str,
) -> Result<Called, sqlx::Error> {
    if text.is_empty() {
        return Ok(Called::Anything);
    }
    let found = names::beginning(tx, allowed, text, FEW + 1).await?;
    Ok(match found.filter(|found| found.len() <= FEW) {
        Some(found) => Called::One(found),
        None => Called::So(text.to_owned()),
    })
}

/// Whose an application is: those of either are read apart, each by its own index.
#[derive(Clone, Copy)]
enum Owner {
    Recruiter,
    Manager,
}

impl Owner {
    const BOTH: [Self; 2] = [Self::Recruiter, Self::Manager];

    /// What stands between the two.
    fn before(self) -> &'static str {
        match self {
            Self::Recruiter => "",
            Self::Manager => " union all ",
        }
    }

    /// When it is due or has to be begun: from when a candidate's work is due a manager could reckon what the
    /// recruiter alone knows.
    fn due_at(self) -> &'static str {
        match self {
            Self::Recruiter => "s.due_at",
            Self::Manager => "case s.phase when 'assigned' then s.due_at end",
        }
    }

    /// Those of this person, and none that the other part has.
    fn push(self, query: &mut QueryBuilder<Postgres>, person: AccountId) {
        match self {
            Self::Recruiter => query.push("s.recruiter_id = ").push_bind(person),
            Self::Manager => {
                query.push("s.manager_id = ").push_bind(person);
                query.push(" and s.recruiter_id <> ").push_bind(person)
            }
        };
    }
}

/// Only what is asked for stands in the statement.
fn narrow(query: &mut QueryBuilder<Postgres>, wanted: &Wanted, called: &Called, now: Timestamp) {
    if wanted.is_open() {
        query.push(" and s.closed_at is null");
    }
    if let Some(track) = wanted.track {
        query.push(" and s.track_id = ").push_bind(track);
    }
    if let Some(stage) = wanted.stage {
        query.push(" and s.stage_id = ").push_bind(stage);
    }
    match wanted.standing {
        None => {}
        Some(Stands::NotGiven) => {
            query.push(" and s.phase is null");
        }
        Some(Stands::In(phase)) => {
            query.push(" and standing_phase(s, ").push_bind(now.to_sqlx());
            query.push(") = ").push_bind(phase.code());
        }
    }
    if let Some(holder) = wanted.holder {
        query.push(" and standing_holder(s, ").push_bind(now.to_sqlx());
        query.push(") = ").push_bind(holder.code());
    }
    match called {
        Called::Anything => {}
        Called::One(people) => {
            query.push(" and s.candidate_id = any(").push_bind(people.clone()).push(")");
        }
        Called::So(text) => {
            query.push(" and (select a.words @@ search_query(").push_bind(text.clone());
            query.push(") from account a where a.account_id = s.candidate_id)");
        }
    }
    if let Some((at, id)) = wanted.after {
        query.push(" and (s.created_at, s.application_id) < (").push_bind(at.to_sqlx());
        query.push(", ").push_bind(id).push(")");
    }
}

#[derive(FromRow)]
struct CellRow {
    track_id: TrackId,
    stage_id: Option<StageId>,
    phase: Option<String>,
    holder: String,
    number: i64,
    median_since: Option<jiff_sqlx::Timestamp>,
    oldest_since: Option<jiff_sqlx::Timestamp>,
    first_due: Option<jiff_sqlx::Timestamp>,
    first_waits_from: Option<jiff_sqlx::Timestamp>,
    answer_within_days: Option<i16>,
}

impl CellRow {
    fn into_cell(self) -> Option<Cell> {
        let stage = match (self.stage_id, self.phase) {
            (None, None) => None,
            (stage, phase) => Some((stage?, Turn::from_codes(&phase?, &self.holder)?)),
        };
        Some(Cell {
            track: self.track_id,
            stage,
            number: self.number,
            median_since: self.median_since.map(|at| at.to_jiff()),
            oldest_since: self.oldest_since.map(|at| at.to_jiff()),
            first_due: self.first_due.map(|at| at.to_jiff()),
            first_waits_from: self.first_waits_from.map(|at| at.to_jiff()),
            answer_within_days: self
                .answer_within_days
                .and_then(|days| u16::try_from(days).ok())
                .unwrap_or_default(),
        })
    }
}

/// The open applications of whoever asks, counted by track, stage, phase and who has the ball. Of those on which
/// they decide, nothing that a clock does when work is due has a time.
pub async fn counted(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeCandidates>,
    track: Option<TrackId>,
    now: Timestamp,
) -> Result<Vec<Cell>, sqlx::Error> {
    let rows: Vec<CellRow> = sqlx::query_as(
        "select s.track_id, s.stage_id, s.phase, s.holder, count(*) as number,
           percentile_disc(0.5) within group (order by s.since) as median_since,
           min(s.since) as oldest_since, min(s.due_at) as first_due,
           min(s.waits_from) as first_waits_from,
           (array_agg(s.answer_within_days order by s.waits_from))[1] as answer_within_days
         from (
           select s.track_id, s.stage_id, standing_phase(s, $2) as phase, standing_holder(s, $2) as holder,
             case when s.turns_at <= $2 then s.turns_at else coalesce(s.since, s.created_at) end as since,
             -- What was promised by then, and is not kept yet.
             case when s.phase <> 'decided' then s.due_at when s.ball_until > $2 then s.ball_until end as due_at,
             case
               when s.phase in ('cancelled', 'ended_early', 'not_held') then s.since
               when s.phase <> 'decided' then coalesce(s.handed_in_at, s.turns_at)
               when s.follows = 'next' and s.follows_from <= $2 then s.follows_from
             end as waits_from,
             s.answer_within_days
           from standing s
           where s.recruiter_id = $1 and s.closed_at is null and ($3::uuid is null or s.track_id = $3)
           union all
           select s.track_id, s.stage_id, standing_phase(s, $2), standing_holder(s, $2),
             case
               when standing_phase(s, $2) = 'lapsed' then null
               when s.phase = 'in_progress' and s.turns_at <= $2 and s.turns_to <> 'waiting' then null
               when s.phase = 'in_progress' and s.turns_at <= $2 then s.turns_at
               else coalesce(s.since, s.created_at)
             end,
             case
               when s.phase = 'assigned' then s.due_at
               when s.phase = 'decided' and s.ball_until > $2 then s.ball_until
             end,
             case
               when s.phase in ('cancelled', 'ended_early', 'not_held') then s.since
               when s.phase <> 'decided' then s.handed_in_at
               when s.follows = 'next' and s.follows_from <= $2 then s.follows_from
             end,
             s.answer_within_days
           from standing s
           where s.manager_id = $1 and s.recruiter_id <> $1 and s.closed_at is null
             and ($3::uuid is null or s.track_id = $3)) s
         group by s.track_id, s.stage_id, s.phase, s.holder
         order by s.track_id, s.stage_id, s.phase, s.holder",
    )
    .bind(allowed.of())
    .bind(now.to_sqlx())
    .bind(track)
    .fetch_all(tx.connection())
    .await?;
    read_all(rows, CellRow::into_cell)
}
