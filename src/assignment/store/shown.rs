//! What the page of one application is made of, in two statements: the application with its path, and what
//! happened to it.

use std::collections::HashMap;

use jiff_sqlx::ToSqlx;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, FromRow, Row};

use super::applications::{self, ApplicationRow};
use super::assignments::{self, AssignmentRow};
use super::counting;
use super::needs::NeedsRow;
use crate::account::store::calendar;
use crate::assignment::access::MaySeeApplication;
use crate::assignment::application::{Application, Assignment};
use crate::assignment::counting::{Counted, Earlier, Pass, may_count};
use crate::assignment::needs::Needs;
use crate::assignment::timeline::Timeline;
use crate::audit::store::{RecordedRow, UNSEALED};
use crate::audit::{Recorded, RecordedActor};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::content::import::settings::Format;
use crate::db::Tx;
use crate::ids::{ApplicationId, AssignmentId, DocumentId, StageId};
use crate::web::allowed::Allowed;

/// An application and its path.
#[derive(Debug)]
pub struct Shown {
    pub application: Application,
    /// What the recruiter alone knows: their note, and what the candidate needs and said.
    pub private: Option<(String, Needs)>,
    pub has_resume: bool,
    /// The candidate's other applications, the newest first.
    pub others: Vec<Other>,
    /// None where the track was retired.
    pub track: Option<String>,
    /// The stages of the track in order, then those that were given and are in it no more.
    pub path: Vec<Step>,
    /// The days on which the company works.
    pub days: WorkingDays,
}

/// Another application of the candidate's, as far as whoever runs or decides on this one learns of it: nothing
/// of how it went.
#[derive(Clone, Debug)]
pub struct Other {
    pub id: ApplicationId,
    pub track: String,
    pub since: Timestamp,
    pub is_closed: bool,
    /// Whoever asks runs it or decides on it, and sees it.
    pub is_theirs: bool,
}

/// A stage, and each time it was given: the oldest first.
#[derive(Debug)]
pub struct Step {
    pub stage: StageId,
    pub title: String,
    /// Whether the track still has it.
    pub is_present: bool,
    /// How it is run, where that is settled.
    pub terms: Option<StepTerms>,
    /// Its challenge, where that is here.
    pub document: Option<DocumentId>,
    pub given: Vec<Given>,
    /// It is not taken: what stands in its place.
    pub counted: Option<Counted>,
    /// What it could be counted by.
    pub counts: Option<Pass>,
}

/// What its recipe says of a stage that is to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTerms {
    pub format: Format,
    pub panel_size: u16,
    pub quorum: u16,
    pub start_within_days: u16,
}

#[derive(Debug)]
pub struct Given {
    pub assignment: Assignment,
    /// A request for more time has no answer yet, and one is of use.
    pub asks_for_time: bool,
}

/// A step of the path; one row for each time it was given. None where the track has no stage.
struct PathRow {
    application: ApplicationRow,
    private: Option<(String, NeedsRow)>,
    has_resume: bool,
    others: Vec<Other>,
    earlier: Vec<counting::PassRow>,
    track: Option<String>,
    step: Option<(StageId, String, bool)>,
    terms: Option<StepTerms>,
    document: Option<DocumentId>,
    given: Option<AssignmentRow>,
    asks_for_time: bool,
    days: Option<calendar::DaysRow>,
}

impl FromRow<'_, PgRow> for PathRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let stage: Option<StageId> = row.try_get("step_id")?;
        let given: Option<AssignmentId> = row.try_get("assignment_id")?;
        let note: Option<String> = row.try_get("note")?;
        let needs = note.as_ref().map(|_| NeedsRow::from_row(row)).transpose()?;
        Ok(Self {
            application: ApplicationRow::from_row(row)?,
            private: note.zip(needs),
            has_resume: row.try_get("has_resume")?,
            others: others(row)?,
            earlier: row.try_get::<Json<_>, _>("earlier")?.0,
            track: row.try_get("track_title")?,
            step: match stage {
                Some(stage) => Some((stage, row.try_get("title")?, row.try_get("is_present")?)),
                None => None,
            },
            terms: terms(row)?,
            document: row.try_get("step_document")?,
            given: given.map(|_| AssignmentRow::from_row(row)).transpose()?,
            asks_for_time: row.try_get("asks_for_time")?,
            days: row.try_get::<Option<Json<_>>, _>("days")?.map(|Json(days)| days),
        })
    }
}

fn terms(row: &PgRow) -> Result<Option<StepTerms>, sqlx::Error> {
    let format: Option<String> = row.try_get("recipe_format")?;
    let Some(format) = format.as_deref().and_then(Format::from_code) else { return Ok(None) };
    let count = |name: &str| -> Result<u16, sqlx::Error> {
        let count: Option<i16> = row.try_get(name)?;
        Ok(count.and_then(|count| u16::try_from(count).ok()).unwrap_or_default())
    };
    Ok(Some(StepTerms {
        format,
        panel_size: count("recipe_panel_size")?,
        quorum: count("recipe_quorum")?,
        start_within_days: count("recipe_start_within_days")?,
    }))
}

/// One stage that was given in an application, the application, and whether a stage is counted in it.
pub async fn one(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    id: AssignmentId,
) -> Result<Option<(Application, Assignment, bool)>, sqlx::Error> {
    struct Both(ApplicationRow, AssignmentRow, bool);
    impl FromRow<'_, PgRow> for Both {
        fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
            let of = ApplicationRow::from_row(row)?;
            Ok(Self(of, AssignmentRow::from_row(row)?, row.try_get("has_counted")?))
        }
    }
    let statement = format!(
        "select {}, {},
           exists (
             select from counted_stage c where c.application_id = p.application_id) as has_counted
         from assignment g
         join stage s using (stage_id)
         join application p using (application_id)
         join account a on a.account_id = p.candidate_id
         where g.application_id = $1 and g.assignment_id = $2",
        applications::COLUMNS,
        assignments::COLUMNS
    );
    let row: Option<Both> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(allowed.application())
        .bind(id)
        .fetch_optional(tx.connection())
        .await?;
    Ok(row.and_then(|Both(of, it, has_counted)| {
        Some((of.into_application()?, it.into_assignment()?, has_counted))
    }))
}

/// The application with its path.
pub async fn find(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    now: Timestamp,
) -> Result<Option<Shown>, sqlx::Error> {
    let statement = format!(
        "select {}, {}, v.note, v.time_percent, v.needs, v.knows, v.employers,
           case when t.retired_at is null then
             case t.audience when '' then t.focus else t.audience end
           end as track_title,
           exists (select from resume u where u.application_id = p.application_id) as has_resume,
           o.ids, o.tracks, o.since, o.closed, o.theirs, {} as earlier, {} as days,
           s.stage_id as step_id, s.retired_at is null as is_present, d.document_id as step_document,
           r.format as recipe_format, r.panel_size as recipe_panel_size, r.quorum as recipe_quorum,
           r.start_within_days as recipe_start_within_days,
           exists (
             select from time_request r
             where r.assignment_id = g.assignment_id and r.answered_at is null) as asks_for_time
         from application p
         join account a on a.account_id = p.candidate_id
         join track t on t.track_id = p.track_id
         cross join lateral (
           select coalesce(array_agg(o.application_id order by o.created_at desc), '{{}}') as ids,
             coalesce(array_agg(case n.audience when '' then n.focus else n.audience end
               order by o.created_at desc), '{{}}') as tracks,
             coalesce(array_agg(o.created_at order by o.created_at desc), '{{}}') as since,
             coalesce(array_agg(o.closed_at is not null order by o.created_at desc), '{{}}') as closed,
             coalesce(array_agg($3 in (o.recruiter_id, coalesce(o.manager_id, o.recruiter_id))
               order by o.created_at desc), '{{}}') as theirs
           from application o
           join track n on n.track_id = o.track_id
           where o.candidate_id = p.candidate_id and o.application_id <> p.application_id) o
         left join application_private v on v.application_id = p.application_id and $2
         left join stage s on s.track_id = p.track_id
         left join document d on d.path = s.document_path
         left join recipe r on r.stage_id = s.stage_id
         left join assignment g on g.application_id = p.application_id and g.stage_id = s.stage_id
         where p.application_id = $1
           and (s.retired_at is null or g.assignment_id is not null
             or exists (
               select from counted_stage c
               where c.application_id = p.application_id and c.stage_id = s.stage_id))
         order by s.retired_at is not null, s.position, s.stage_id, g.assigned_at, g.assignment_id",
        applications::COLUMNS,
        assignments::COLUMNS,
        counting::earlier_as_column("$4"),
        calendar::DAYS_AS_COLUMN,
    );
    let rows: Vec<PathRow> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(allowed.application())
        .bind(allowed.runs_it())
        .bind(allowed.by())
        .bind(now.to_sqlx())
        .fetch_all(tx.connection())
        .await?;
    let Some((mut shown, earlier)) = shown(rows, now) else { return Ok(None) };
    count(&mut shown, &earlier, now);
    Ok(Some(shown))
}

/// Says of every stage what it is counted by, or could be.
fn count(shown: &mut Shown, earlier: &Earlier, now: Timestamp) {
    let given: Vec<&Given> = shown.path.iter().flat_map(|step| &step.given).collect();
    let given: Vec<&Assignment> = given.into_iter().map(|one| &one.assignment).collect();
    let (target, is_open) = (shown.application.level, shown.application.closed.is_none());
    let counts = |step: &Step| {
        let document = step.document.filter(|_| step.is_present && is_open)?;
        may_count(&given, step.stage, now).ok()?;
        earlier.counts_for(document, target, now).cloned()
    };
    let found: Vec<_> = shown
        .path
        .iter()
        .map(|step| match earlier.counted(step.stage) {
            Some(counted) => (Some(counted.clone()), None),
            None => (None, counts(step)),
        })
        .collect();
    for (step, (counted, counts)) in shown.path.iter_mut().zip(found) {
        (step.counted, step.counts) = (counted, counts);
    }
}

/// The other applications of a row, which holds them side by side.
fn others(row: &PgRow) -> Result<Vec<Other>, sqlx::Error> {
    let ids: Vec<ApplicationId> = row.try_get("ids")?;
    let tracks: Vec<String> = row.try_get("tracks")?;
    let since: Vec<jiff_sqlx::Timestamp> = row.try_get("since")?;
    let closed: Vec<bool> = row.try_get("closed")?;
    let theirs: Vec<bool> = row.try_get("theirs")?;
    let rest = tracks.into_iter().zip(since).zip(closed.into_iter().zip(theirs));
    let other = |(id, ((track, since), (is_closed, is_theirs)))| {
        let since: jiff_sqlx::Timestamp = since;
        Other { id, track, since: since.to_jiff(), is_closed, is_theirs }
    };
    Ok(ids.into_iter().zip(rest).map(other).collect())
}

/// The application, and what its candidate passed in others.
fn shown(rows: Vec<PathRow>, now: Timestamp) -> Option<(Shown, Earlier)> {
    let mut shown: Option<(Shown, Earlier)> = None;
    for row in rows {
        if shown.is_none() {
            let application = row.application.into_application()?;
            let earlier = counting::into_earlier(application.id, row.earlier);
            let it = Shown {
                application,
                private: row.private.map(|(note, needs)| (note, needs.into())),
                has_resume: row.has_resume,
                others: row.others,
                track: row.track,
                path: Vec::new(),
                days: calendar::into_days(row.days),
            };
            shown = Some((it, earlier));
        }
        let path = &mut shown.as_mut()?.0.path;
        let Some((stage, title, is_present)) = row.step else { continue };
        if path.last().is_none_or(|step| step.stage != stage) {
            let terms = row.terms;
            path.push(Step {
                stage,
                title,
                is_present,
                terms,
                document: row.document,
                given: Vec::new(),
                counted: None,
                counts: None,
            });
        }
        let given = row.given.and_then(AssignmentRow::into_assignment);
        let given = given.map(|assignment| Given {
            asks_for_time: row.asks_for_time && assignment.can_have_time(now),
            assignment,
        });
        path.last_mut()?.given.extend(given);
    }
    shown
}

#[derive(FromRow)]
struct ToldRow {
    #[sqlx(flatten)]
    event: RecordedRow,
    by_name: Option<String>,
    /// Of whom it concerns besides.
    other_name: Option<String>,
}

/// What happened to an application, newest first; at most `limit`.
pub async fn timeline(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    limit: usize,
) -> Result<Timeline, sqlx::Error> {
    let statement = format!(
        "select {UNSEALED},
           (select a.name from account a where a.account_id = e.actor_id) as by_name,
           (select a.name from account a where a.account_id = (e.refs ->> 'account')::uuid)
             as other_name
         from audit_event e
         where e.about_id = $1
         order by e.at desc, e.event_id desc
         limit $2"
    );
    let rows: Vec<ToldRow> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(allowed.application())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(tx.connection())
        .await?;
    let (mut events, mut names) = (Vec::with_capacity(rows.len()), HashMap::new());
    for row in rows {
        let event = Recorded::from(row.event);
        if let (RecordedActor::Person(id), Some(name)) = (&event.by, row.by_name) {
            names.insert((*id).into(), name);
        }
        if let (Ok(id), Some(name)) = (event.refs.get_id("account"), row.other_name) {
            names.insert(id, name);
        }
        events.push(event);
    }
    Ok(Timeline { events, names })
}
