//! What waits for recruiters and hiring managers, of all their open applications at once: read from `standing`
//! by the indexes of what is open, and looked up further only for what is shown.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::assignment::access::MaySeeCandidates;
use crate::assignment::model::REVIVAL;
use crate::assignment::waiting::{Waiting, Waits};
use crate::clock::Timestamp;
use crate::db::{Tx, read_all};
use crate::ids::{ApplicationId, AssignmentId};
use crate::web::allowed::Allowed;

/// Working days in which the company answers, where no recipe says it.
const ANSWER_WITHIN: i32 = 5;

#[derive(FromRow)]
struct WaitingRow {
    is_managed: bool,
    what: String,
    application_id: ApplicationId,
    assignment_id: Option<AssignmentId>,
    name: String,
    title: String,
    track: Option<String>,
    since: jiff_sqlx::Timestamp,
    within: i32,
    /// How many it is about: seats that are empty, candidates.
    number: i32,
    more: i64,
    total: i64,
}

impl WaitingRow {
    fn into_waiting(self) -> Option<Waiting> {
        let what = match self.what.as_str() {
            "request" => Waits::Request,
            "lapse" => Waits::Lapse,
            "panel" => Waits::Panel { missing: self.number, more: self.more },
            "names" => Waits::Names,
            "passing_on" => Waits::PassingOn,
            "first" => Waits::First { others: self.number - 1 },
            "session" => Waits::Session,
            "firm" => Waits::Firm,
            "next" => Waits::Next,
            "declined" => Waits::Declined,
            "offered" => Waits::Offered,
            "filled" => Waits::Filled { others: self.number - 1 },
            "going_on" => Waits::GoingOn,
            "blocked" => Waits::Blocked,
            "answer" => Waits::Answer,
            "reserve" => Waits::Reserve { is_asked: self.number > 0 },
            "decision" => Waits::Decision,
            "held" => Waits::Held,
            "withdrawn" => Waits::Untold { with_application: false },
            "closed" => Waits::Untold { with_application: true },
            _ => return None,
        };
        Some(Waiting {
            what,
            is_managed: self.is_managed,
            application: self.application_id,
            assignment: self.assignment_id,
            candidate: self.name,
            stage: self.title,
            track: self.track.unwrap_or_default(),
            since: self.since.to_jiff(),
            within: self.within.try_into().unwrap_or_default(),
        })
    }
}

/// What waits for whoever asks, by when it is to be done or began to wait; at most `limit`, and how many there
/// are. Answers that the company owes stand among it in the last days of their promise. Nothing of it depends on
/// who has voted, and a hiring manager is told nothing of a candidate's circumstances. Days are of 24 hours: they are
/// added to thousands of rows, which the calendar of a zone makes slow; what is shown is counted in working days.
pub async fn of(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeCandidates>,
    now: Timestamp,
    limit: i64,
) -> Result<(Vec<Waiting>, i64), sqlx::Error> {
    let rows: Vec<WaitingRow> = sqlx::query_as(
        "with mine as materialized (
           -- What is looked at first comes first: a row is taken apart as far as that.
           select asks_since, panel_from, knows_from, passes,
             case when what = 'answer' and reserve_at > from_when then 'reserve' else what end as what, phase,
             application_id, candidate_id, track_id, assignment_id, stage_id, created_at, within, from_when,
             reserve_at, asks_id, asks_stage_id, panel_id, panel_stage_id, panel_missing, handed_in_at
           from (
             select *,
               case
                 when phase = 'lapsed' then case when since > $4 then 'lapse' end
                 when phase = 'waiting' then 'blocked'
                 when phase in ('voting', 'opened') then
                   case when handed_in_at + within * interval '24 hours' <= $3 then 'answer' end
                 when phase in ('cancelled', 'ended_early', 'not_held') then 'going_on'
                 when phase = 'decided' then case when follows_from <= $3 then follows end
                 when phase = 'assigned' and format = 'live_session' then 'session'
                 when phase = 'assigned' and format = 'external' then 'firm'
               end as what,
               case
                 when phase in ('voting', 'opened') then handed_in_at
                 when phase = 'decided' then follows_from
                 else since
               end as from_when
             from (
               select s.application_id, s.candidate_id, s.track_id, s.assignment_id, s.stage_id, s.format,
                 s.created_at, standing_phase(s, $3) as phase,
                 case when s.turns_at <= $3 then s.turns_at else s.since end as since,
                 coalesce(s.handed_in_at, s.turns_at) as handed_in_at, s.answer_within_days::integer as within,
                 s.follows, s.follows_from, s.reserve_at,
                 s.asks_id, s.asks_stage_id,
                 case when s.asks_until is null or s.asks_until > $3 then s.asks_since end as asks_since,
                 s.panel_id, s.panel_stage_id, s.panel_missing,
                 case when s.panel_from <= $3 and (s.panel_until is null or s.panel_until > $3)
                   then s.panel_from end as panel_from,
                 s.knows_from, s.passes_id = s.assignment_id as passes
               from standing s
               where s.recruiter_id = $1 and s.closed_at is null
               offset 0) s
             offset 0) s
           where what is not null or phase is null or asks_since is not null or panel_from is not null
             or knows_from is not null or passes),
         theirs as materialized (
           select s.application_id, s.candidate_id, s.track_id, s.assignment_id, s.stage_id,
             standing_phase(s, $3) as phase,
             case when s.turns_at <= $3 then s.turns_at else s.since end as since,
             coalesce(s.handed_in_at, s.turns_at) as handed_in_at, s.answer_within_days::integer as within,
             case when s.asks_until is null or s.asks_until > $3 then s.asks_id end as asks_id
           from standing s
           where s.manager_id = $2 and s.recruiter_id is distinct from $1 and s.closed_at is null
             and (s.asks_id is not null or s.phase = 'opened' or s.turns_at <= $3)),
         -- Where somebody was hired and no position is open any more.
         filled as materialized (
           select t.track_id, t.filled_at
           from (
             select t.track_id, (
                 select max(h.closed_at)
                 from application h
                 where h.track_id = t.track_id and h.closed_why = 'hired') as filled_at
             from track t
             where t.open_positions = 0) t
           where t.filled_at is not null),
         found as (
           select false as is_managed, 'request' as what, application_id, candidate_id, track_id,
             asks_id as assignment_id, asks_stage_id as stage_id, asks_since as since, 1 as within,
             0 as number
           from mine
           where asks_since is not null
           union all
           select false, 'panel', application_id, candidate_id, track_id, panel_id, panel_stage_id,
             panel_from, 0, panel_missing
           from mine
           where panel_from is not null
           union all
           select false, 'names', application_id, candidate_id, track_id, null, null, knows_from, 0, 0
           from mine
           where knows_from is not null
           union all
           select false, 'passing_on', application_id, candidate_id, track_id, assignment_id, stage_id,
             handed_in_at, 0, 0
           from mine
           where passes and phase in ('submitted', 'voting')
           union all
           -- Those without a stage are told together, by the one who has waited longest.
           select false, 'first', f.application_id, f.candidate_id, f.track_id, null, null, f.created_at,
             (
               select r.answer_within_days
               from stage s
               join recipe r using (stage_id)
               where s.track_id = f.track_id and s.retired_at is null
               order by s.position, s.stage_id
               limit 1),
             f.number
           from (
             select m.*, count(*) over ()::integer as number
             from mine m
             where m.phase is null
             order by m.created_at, m.application_id
             limit 1) f
           union all
           select false, what, application_id, candidate_id, track_id, assignment_id, stage_id, from_when, within,
             -- Whether somebody was asked.
             case when what = 'reserve' then (
               exists (
                 select
                 from panel_member l
                 where l.assignment_id = mine.assignment_id and l.left_at is null and not l.is_shadow
                   and l.invited_at >= mine.reserve_at))::integer else 0 end
           from mine
           where what is not null
           union all
           -- Those in flight in a track that is filled are told: one line a track.
           select false, 'filled', f.application_id, f.candidate_id, t.track_id, null, null, t.filled_at, 0,
             f.number
           from filled t
           cross join lateral (
             select s.application_id, s.candidate_id, count(*) over ()::integer as number
             from standing s
             where s.recruiter_id = $1 and s.closed_at is null and s.track_id = t.track_id
             order by s.created_at, s.application_id
             limit 1) f
           union all
           -- A request that is overdue: until then it is their recruiter's alone.
           select true, 'request', t.application_id, t.candidate_id, t.track_id, t.asks_id, g.stage_id,
             r.asked_at, 1, 0
           from theirs t
           join time_request r on r.assignment_id = t.asks_id and r.answered_at is null
           join assignment g on g.assignment_id = t.asks_id
           where r.asked_at + interval '2 days' <= $3
           union all
           select true,
             case phase when 'opened' then 'decision' when 'waiting' then 'blocked' else 'answer' end,
             application_id, candidate_id, track_id, assignment_id, stage_id,
             case phase when 'waiting' then since else handed_in_at end, within, 0
           from theirs
           where phase in ('opened', 'waiting')
             or phase = 'voting' and handed_in_at + within * interval '24 hours' <= $3
           union all
           -- Of closed applications, too.
           select true, s.untold_why, s.application_id, s.candidate_id, s.track_id, s.untold_id, g.stage_id,
             s.untold_since, 0, 0
           from standing s
           join assignment g on g.assignment_id = s.untold_id
           where s.manager_id = $2 and s.untold_id is not null)
         select f.is_managed, f.what, f.application_id, f.assignment_id, a.name,
           coalesce(t.title, '') as title,
           case when f.what = 'filled' then (select slug from track where track_id = f.track_id) end as track, f.since,
           coalesce(f.within, $6) as within, f.number,
           coalesce(m.more, 0) as more, f.total
         from (
           select found.*, count(*) over () as total
           from found
           order by since + coalesce(within, $6) * interval '24 hours', application_id, what
           limit $5) f
         cross join lateral (select name from account where account_id = f.candidate_id limit 1) a
         left join stage t on t.stage_id = f.stage_id
         -- The other panels of the same candidate that are short, or of which somebody is silent.
         left join lateral (
           select count(*) as more
           from assignment g
           cross join lateral (
             select count(*) filter (where l.left_at is null and not l.is_shadow) as seated,
               min(l.answer_by) filter (where l.left_at is null and l.accepted_at is null) as answer_by
             from panel_member l
             where l.assignment_id = g.assignment_id) l
           where g.application_id = f.application_id and g.assignment_id <> f.assignment_id
             and g.state in ('assigned', 'in_progress', 'submitted')
             and assignment_lapses_at(g) > $3
             and (l.seated < g.panel_size or l.answer_by <= $3)) m on f.what = 'panel'
         order by f.since, f.application_id, f.what",
    )
    .bind(allowed.as_recruiter())
    .bind(allowed.as_manager())
    .bind(now.to_sqlx())
    .bind((now - REVIVAL).to_sqlx())
    .bind(limit)
    .bind(ANSWER_WITHIN)
    .fetch_all(tx.connection())
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    Ok((read_all(rows, WaitingRow::into_waiting)?, total))
}
