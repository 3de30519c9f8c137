//! All SQL of this room.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::access::MaySeeReports;
use super::disclosure::FEWEST;
use super::model::{Fate, Known, Length, Minds, Part, Passage, Promise, Stage};
use super::promises::Days;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::ids::{StageId, TrackId};
use crate::web::allowed::Allowed;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub track: Option<TrackId>,
    /// Of the times alone: whatever is counted is counted of every level.
    pub level: Option<u8>,
    /// Applications that were added from then on, and before then.
    pub from: Timestamp,
    pub until: Timestamp,
}

#[derive(FromRow)]
struct CountedRow {
    stage_id: StageId,
    title: String,
    track_id: TrackId,
    track_title: String,
    level: i16,
    /// Of a part: what became of it. Of a time: in which state.
    code: String,
    promise: Option<String>,
    minds: Option<String>,
    number: i64,
    lengths: Option<Vec<f64>>,
}

/// Everything that reports are made of: counts as small as they are, which nobody sees as they stand here.
pub async fn known(
    tx: &mut Tx,
    _: &Allowed<MaySeeReports>,
    wanted: &Wanted,
    (days, now): (&Days, Timestamp),
) -> Result<Known, sqlx::Error> {
    let instants = |instants: &[Timestamp]| -> Vec<jiff_sqlx::Timestamp> {
        instants.iter().map(|at| at.to_sqlx()).collect()
    };
    let query = sqlx::query_as::<_, CountedRow>(
        "with given as materialized (
           -- Everybody once for each stage, as it was given to them last: counts are of people.
           select distinct on (g.applicant_id, stage_id)
             s.track_id, g.assignment_id, stage_id, g.level,
             case
               when g.state <> 'decided' then g.phase
               -- Nobody is to learn of a decision before the candidate does.
               when g.told_at is not null then g.outcome
               -- Nor of one that they never heard of, since the application was closed.
               when (select closed_at from application p where p.application_id = g.application_id) is not null
                 then 'cancelled'
             end as fate,
             g.told_at, g.assigned_at, g.started_at, g.handed_in_at, g.opened_at,
             answer_due(greatest(g.handed_in_at, g.fixed_at), g.answer_within_days, $6, $7) as answer_by,
             g.panel_agreed as minds
           from (
             -- Those of a period lie together; the whole of the table is never read.
             select a.applicant_id, a.application_id, a.assignment_id, a.stage_id, a.level, a.state, a.outcome,
               a.panel_agreed, a.answer_within_days, a.assigned_at, a.started_at, a.opened_at,
               coalesce(a.fix_handed_in_at, a.fix_due_at) as fixed_at,
               case when a.told_at <= $1 then a.told_at end as told_at,
               assignment_phase(a, $1) as phase,
               case
                 when a.submitted_at is not null then a.submitted_at
                 when a.state = 'in_progress' and a.cutoff_at <= $1
                   and (a.format = 'live_session' or a.work_at is not null) then a.cutoff_at
               end as handed_in_at
             from assignment a
             where a.applied_at >= $2 and a.applied_at < $3
             offset 0) g
           join stage s using (stage_id)
           where $4::uuid is null or s.track_id = $4
           order by g.applicant_id, stage_id, g.assigned_at desc),
         -- Panels are counted by fives, as they opened: what one of them thought cannot be taken from two reports,
         -- one of them made before its votes were open and one after. The last few are left out.
         late as materialized (
           select unnest((array_agg(assignment_id order by opened_at desc, assignment_id desc))
             [1:(count(*) % $8)::int]) as assignment_id
           from given
           where minds is not null
           group by track_id, level),
         counted as (
           select stage_id, level,
             case
               when fate is null or fate in ('assigned', 'in_progress', 'waiting', 'submitted', 'voting', 'opened')
                 then 'in_flight'
               else fate
             end as code,
             case
               when fate in ('advance', 'decline') then
                 case when told_at <= answer_by then 'kept' else 'late' end
               when (fate is null or fate in ('submitted', 'voting', 'opened')) and answer_by < $1 then 'overdue'
             end as promise,
             case
               when minds is not null and assignment_id not in (select assignment_id from late) then minds
             end as minds,
             count(*) as number, null::float8[] as lengths
           from given
           group by 1, 2, 3, 4, 5
           union all
           select n.stage_id, 0::smallint, l.code, null, null, l.number, l.lengths
           from (
             select stage_id,
               count(waited) as waited, percentile_cont(array[0.5, 0.9]) within group (order by waited) as of_waited,
               count(worked) as worked, percentile_cont(array[0.5, 0.9]) within group (order by worked) as of_worked,
               count(voted) as voted, percentile_cont(array[0.5, 0.9]) within group (order by voted) as of_voted,
               count(open) as open, percentile_cont(array[0.5, 0.9]) within group (order by open) as of_open
             from given
             cross join lateral (
               select date_part('epoch', started_at - assigned_at) as waited,
                 date_part('epoch', handed_in_at - started_at) as worked,
                 date_part('epoch', opened_at - handed_in_at) as voted,
                 date_part('epoch', told_at - opened_at) as open) l
             where $5::smallint is null or level = $5
             group by stage_id) n
           cross join lateral (values
             ('not_started', n.waited, n.of_waited),
             ('in_progress', n.worked, n.of_worked),
             ('voting', n.voted, n.of_voted),
             ('opened', n.open, n.of_open)) as l (code, number, lengths)
           where l.number > 0)
         select c.stage_id, s.title, t.track_id,
           case t.audience when '' then t.focus else t.audience end as track_title,
           c.level, c.code, c.promise, c.minds, c.number, c.lengths
         from counted c
         join stage s using (stage_id)
         join track t using (track_id)
         order by t.retired_at is not null, t.position, t.track_id, s.retired_at is not null, s.position,
           c.stage_id, c.level, c.code, c.promise, c.minds",
    );
    // What is given to everybody is sorted in memory.
    sqlx::query("set local work_mem = '32MB'").execute(tx.connection()).await?;
    let rows = query
        .bind(now.to_sqlx())
        .bind(wanted.from.to_sqlx())
        .bind(wanted.until.to_sqlx())
        .bind(wanted.track)
        .bind(wanted.level.map(i16::from))
        .bind(instants(&days.begins))
        .bind(instants(&days.ends))
        .bind(i64::try_from(FEWEST).unwrap_or(i64::MAX))
        // Planned for the period that is asked for.
        .persistent(false)
        .fetch_all(tx.connection())
        .await?;
    let mut known = Known::default();
    for row in rows {
        if known.stages.last().is_none_or(|last| last.id != row.stage_id) {
            known.stages.push(Stage {
                id: row.stage_id,
                title: row.title.clone(),
                track: row.track_id,
                track_title: row.track_title.clone(),
            });
        }
        match row.lengths {
            Some(_) => known.lengths.extend(row.into_length()),
            None => known.parts.extend(row.into_part()),
        }
    }
    Ok(known)
}

impl CountedRow {
    fn into_part(self) -> Option<Part> {
        Some(Part {
            track: self.track_id,
            stage: self.stage_id,
            level: self.level.try_into().ok()?,
            fate: Fate::from_code(&self.code)?,
            promise: self.promise.as_deref().and_then(Promise::from_code),
            minds: self.minds.as_deref().and_then(Minds::from_code),
            number: self.number.try_into().ok()?,
        })
    }

    fn into_length(self) -> Option<Length> {
        let lengths = self.lengths?;
        Some(Length {
            stage: self.stage_id,
            passage: Passage::from_code(&self.code)?,
            number: self.number.try_into().ok()?,
            median: *lengths.first()?,
            ninth: *lengths.get(1)?,
        })
    }
}
