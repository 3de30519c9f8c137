//! Who could be asked onto a panel, and whom to ask next.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::applications::level;
use super::panels::left;
use crate::assignment::access::{MayRunApplication, MaySeeApplication};
use crate::assignment::application::Assignment;
use crate::assignment::employers::is_one_shared;
use crate::assignment::panel::{Bar, Member, Prospect, WEEKLY_MOST, propose};
use crate::clock::{SignedDuration, Timestamp};
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AccountId, ApplicationId, AssignmentId, StageId};
use crate::web::allowed::Allowed;

#[derive(FromRow)]
struct ProspectRow {
    account_id: AccountId,
    name: String,
    email: String,
    up_to_level: Option<i16>,
    load: i64,
    this_week: i64,
    weekly_most: i16,
    away_until: Option<jiff_sqlx::Date>,
    last_asked: Option<jiff_sqlx::Timestamp>,
    employers: String,
    candidates_employers: String,
    bar: Option<String>,
}

impl From<ProspectRow> for Prospect {
    fn from(row: ProspectRow) -> Self {
        Self {
            account: row.account_id,
            name: row.name,
            email: row.email,
            up_to: row.up_to_level.and_then(level),
            load: row.load.try_into().unwrap_or(u16::MAX),
            this_week: row.this_week.try_into().unwrap_or(u16::MAX),
            weekly_most: row.weekly_most.try_into().unwrap_or_default(),
            away_until: row.away_until.map(jiff_sqlx::Date::to_jiff),
            last_asked: row.last_asked.map(|at| at.to_jiff()),
            shares_employer: is_one_shared(&row.employers, &row.candidates_employers),
            bar: match row.bar.as_deref() {
                Some("runs_it") => Some(Bar::RunsIt),
                Some("conflict") => Some(Bar::Conflict),
                Some("knows_who") => Some(Bar::KnowsWho),
                Some("sits_blind") => Some(Bar::SitsBlind),
                Some("earlier") => Some(Bar::EarlierPanel),
                Some(_) => Some(Bar::Present),
                None => None,
            },
        }
    }
}

/// A week, within which panels are counted.
pub(super) const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Everybody who interviews, as they stand to a stage of an application, by name; and to the panel of
/// `assignment`, once there is one.
pub(super) async fn find(
    tx: &mut Tx,
    application: ApplicationId,
    (stage, assignment): (StageId, Option<AssignmentId>),
    now: Timestamp,
) -> Result<Vec<Prospect>, sqlx::Error> {
    let rows: Vec<ProspectRow> = sqlx::query_as(
        "select a.account_id, a.name, a.email, q.up_to_level, l.going as load, l.asked as this_week,
           (select max(m.invited_at) from panel_member m where m.account_id = a.account_id) as last_asked,
           coalesce(i.weekly_most, $5) as weekly_most, coalesce(i.employers, '') as employers,
           v.employers as candidates_employers,
           (
             select max(b.last_day)
             from absence b
             where b.account_id = a.account_id and b.first_day <= y.today and b.last_day >= y.today) as away_until,
           coalesce(
             panel_bar(p, a.account_id, b.is_blind),
             case when exists (
               select
               from panel_member m
               where m.assignment_id = $3 and m.account_id = a.account_id and m.left_at is null)
               then 'present' end,
             case when exists (
               select
               from application e
               join assignment g using (application_id)
               join panel_member m using (assignment_id)
               where e.candidate_id = p.candidate_id and e.application_id <> p.application_id
                 and m.account_id = a.account_id and m.accepted_at is not null) then 'earlier' end
           ) as bar
         from application p
         join application_private v using (application_id)
         join account a on a.roles && array['interviewer']
           and a.accepted_at is not null
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $4)
         left join interviewer i using (account_id)
         left join qualification q on q.account_id = a.account_id and q.stage_id = $2
         cross join (
           select ($4 at time zone coalesce((select o.zone from organisation o), 'UTC'))::date as today) y
         cross join lateral (
           select coalesce(
               (select g.is_blind from assignment g where g.assignment_id = $3),
               (
                 select r.is_blind and r.format <> 'live_session'
                 from recipe r
                 where r.stage_id = $2),
               true) as is_blind) b
         cross join lateral interviewer_load(a.account_id, $4, $6, null) l
         where p.application_id = $1
         order by lower(a.name), a.account_id",
    )
    .bind(application)
    .bind(stage)
    .bind(assignment)
    .bind(now.to_sqlx())
    .bind(i16::try_from(WEEKLY_MOST).unwrap_or(i16::MAX))
    .bind((now - WEEK).to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(Prospect::from).collect())
}

/// Whom to ask next onto a panel, who left it, and everybody who could be asked.
#[derive(Debug)]
pub struct Choice {
    pub prospects: Vec<Prospect>,
    pub proposed: Vec<AccountId>,
}

/// Who could be asked onto the panel of `it`, and the next `count` whom to ask.
pub async fn choice(
    tx: &mut Tx,
    allowed: &Allowed<MayRunApplication>,
    (it, members): (&Assignment, &[Member]),
    count: usize,
    now: Timestamp,
) -> Result<Choice, sqlx::Error> {
    let prospects = find(tx, allowed.application(), (it.stage, Some(it.id)), now).await?;
    let proposed = propose(&prospects, it.level, &left(members), count);
    Ok(Choice { prospects, proposed })
}

/// The same for a stage that is about to be given at a level, or is proposed: then its hiring manager sees who.
pub async fn choice_for(
    tx: &mut Tx,
    allowed: &Allowed<MaySeeApplication>,
    (stage, level): (StageId, Level),
    count: usize,
    now: Timestamp,
) -> Result<Choice, sqlx::Error> {
    let prospects = find(tx, allowed.application(), (stage, None), now).await?;
    let proposed = propose(&prospects, level, &[], count);
    Ok(Choice { prospects, proposed })
}
