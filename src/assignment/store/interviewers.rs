//! Interviewers: what they are qualified for, when they can, and how much they have to do.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use super::applications::level;
use crate::assignment::access::{MayInterview, MayQualify, MaySeeInterviewers};
use crate::assignment::events;
use crate::assignment::panel::WEEKLY_MOST;
use crate::audit::store::record;
use crate::audit::{Actor, Event};
use crate::clock::Timestamp;
use crate::content::model::Level;
use crate::db::Tx;
use crate::ids::{AbsenceId, AccountId, StageId};
use crate::web::allowed::Allowed;

/// What an interviewer says of their own time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    pub weekly_most: u16,
    /// Two lines that candidates read.
    pub about: String,
    /// Where they have worked, a line each; nobody else reads it.
    pub employers: String,
    pub version: i32,
}

/// Days on which somebody is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    pub id: AbsenceId,
    pub first: Date,
    pub last: Date,
}

/// What whoever asks has said of their time, and the days they are away that are not over.
pub async fn availability(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    today: Date,
) -> Result<(Availability, Vec<Absence>), sqlx::Error> {
    let row: Option<(i16, String, String, i32)> = sqlx::query_as(
        "select weekly_most, about, employers, version from interviewer where account_id = $1",
    )
    .bind(allowed.account())
    .fetch_optional(tx.connection())
    .await?;
    let said = row.map_or_else(
        || Availability {
            weekly_most: WEEKLY_MOST,
            about: String::new(),
            employers: String::new(),
            version: 0,
        },
        |(most, about, employers, version)| Availability {
            weekly_most: most.try_into().unwrap_or_default(),
            about,
            employers,
            version,
        },
    );
    let rows: Vec<(AbsenceId, jiff_sqlx::Date, jiff_sqlx::Date)> = sqlx::query_as(
        "select absence_id, first_day, last_day
         from absence
         where account_id = $1 and last_day >= $2
         order by first_day, absence_id",
    )
    .bind(allowed.account())
    .bind(today.to_sqlx())
    .fetch_all(tx.connection())
    .await?;
    let absence = |(id, first, last): (AbsenceId, jiff_sqlx::Date, jiff_sqlx::Date)| Absence {
        id,
        first: first.to_jiff(),
        last: last.to_jiff(),
    };
    Ok((said, rows.into_iter().map(absence).collect()))
}

/// Keeps what whoever asks says of their time. `false` where they said something else meanwhile, in another
/// tab.
pub async fn set_availability(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    said: &Availability,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let most = i16::try_from(said.weekly_most).unwrap_or(i16::MAX);
    let kept = sqlx::query(
        "insert into interviewer as i (account_id, weekly_most, about, employers)
         values ($1, $2, $3, $5)
         on conflict (account_id) do update
         set weekly_most = $2, about = $3, employers = $5, version = i.version + 1
         where i.version = $4 or (i.weekly_most, i.about, i.employers) = ($2, $3, $5)",
    )
    .bind(allowed.account())
    .bind(most)
    .bind(&said.about)
    .bind(said.version)
    .bind(&said.employers)
    .execute(tx.connection())
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(false);
    }
    let event = Event::new(events::AVAILABILITY_SET, Actor::Person(allowed.account()));
    record(tx, event.about("account", allowed.account()), now).await?;
    Ok(true)
}

/// Adds days on which whoever asks is away. The same days again are no change.
pub async fn add_absence(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    (first, last): (Date, Date),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let added = sqlx::query(
        "insert into absence (absence_id, account_id, first_day, last_day)
         select $1, $2, $3, $4
         where not exists (
           select from absence where account_id = $2 and first_day = $3 and last_day = $4)",
    )
    .bind(AbsenceId::new())
    .bind(allowed.account())
    .bind(first.to_sqlx())
    .bind(last.to_sqlx())
    .execute(tx.connection())
    .await?;
    if added.rows_affected() > 0 {
        let event = Event::new(events::AVAILABILITY_SET, Actor::Person(allowed.account()));
        record(tx, event.about("account", allowed.account()), now).await?;
    }
    Ok(())
}

/// Takes days away of whoever asks.
pub async fn remove_absence(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
    id: AbsenceId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let removed = sqlx::query("delete from absence where absence_id = $1 and account_id = $2")
        .bind(id)
        .bind(allowed.account())
        .execute(tx.connection())
        .await?;
    if removed.rows_affected() > 0 {
        let event = Event::new(events::AVAILABILITY_SET, Actor::Person(allowed.account()));
        record(tx, event.about("account", allowed.account()), now).await?;
    }
    Ok(())
}

/// Somebody who interviews, as those see them who make panels.
#[derive(Debug, FromRow)]
pub struct Interviewer {
    #[sqlx(rename = "account_id")]
    pub account: AccountId,
    pub name: String,
    pub email: String,
    pub load: i64,
    pub weekly_most: i16,
    away_until: Option<jiff_sqlx::Date>,
    /// How many stages they are qualified for.
    pub stages: i64,
}

impl Interviewer {
    pub fn away_until(&self) -> Option<Date> {
        self.away_until.map(jiff_sqlx::Date::to_jiff)
    }
}

/// Everybody who interviews, by name.
pub async fn list(
    tx: &mut Tx,
    _: &Allowed<MaySeeInterviewers>,
    (now, today): (Timestamp, Date),
) -> Result<Vec<Interviewer>, sqlx::Error> {
    sqlx::query_as(
        "select a.account_id, a.name, a.email, coalesce(i.weekly_most, $3) as weekly_most,
           (select going from interviewer_load(a.account_id, $1, $1, null)) as load,
           (
             select max(b.last_day)
             from absence b
             where b.account_id = a.account_id and b.first_day <= $2 and b.last_day >= $2) as away_until,
           (
             select count(*)
             from qualification q
             join stage s using (stage_id)
             where q.account_id = a.account_id and s.retired_at is null) as stages
         from account a
         left join interviewer i using (account_id)
         where a.roles && array['interviewer']
           and a.accepted_at is not null
           and a.disabled_at is null
           and (a.ends_at is null or a.ends_at > $1)
         order by lower(a.name), a.account_id",
    )
    .bind(now.to_sqlx())
    .bind(today.to_sqlx())
    .bind(i16::try_from(WEEKLY_MOST).unwrap_or(i16::MAX))
    .fetch_all(tx.connection())
    .await
}

/// Up to which level somebody is qualified, by stage.
pub async fn qualifications(
    tx: &mut Tx,
    _: &Allowed<MaySeeInterviewers>,
    of: AccountId,
) -> Result<HashMap<StageId, Level>, sqlx::Error> {
    let rows: Vec<(StageId, i16)> =
        sqlx::query_as("select stage_id, up_to_level from qualification where account_id = $1")
            .bind(of)
            .fetch_all(tx.connection())
            .await?;
    Ok(rows.into_iter().filter_map(|(stage, up_to)| Some((stage, level(up_to)?))).collect())
}

/// With how many panels somebody has looked on in training, to the end, by stage.
pub async fn training(
    tx: &mut Tx,
    _: &Allowed<MaySeeInterviewers>,
    of: AccountId,
) -> Result<HashMap<StageId, i64>, sqlx::Error> {
    let rows: Vec<(StageId, i64)> = sqlx::query_as(
        "select g.stage_id, count(*)
         from panel_member m
         join assignment g using (assignment_id)
         where m.account_id = $1 and m.is_shadow and m.accepted_at is not null and m.left_at is null
           and g.state in ('opened', 'decided')
         group by g.stage_id",
    )
    .bind(of)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().collect())
}

/// Up to which level whoever asks is qualified, by stage.
pub async fn own_qualifications(
    tx: &mut Tx,
    allowed: &Allowed<MayInterview>,
) -> Result<HashMap<StageId, Level>, sqlx::Error> {
    let rows: Vec<(StageId, i16)> =
        sqlx::query_as("select stage_id, up_to_level from qualification where account_id = $1")
            .bind(allowed.account())
            .fetch_all(tx.connection())
            .await?;
    Ok(rows.into_iter().filter_map(|(stage, up_to)| Some((stage, level(up_to)?))).collect())
}

/// Says up to which level somebody is qualified for each of these stages; `None` is not at all.
pub async fn qualify(
    tx: &mut Tx,
    allowed: &Allowed<MayQualify>,
    of: AccountId,
    levels: &[(StageId, Option<Level>)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let number = |level: &Option<Level>| level.map(|level| i16::from(level.number()));
    let stages: Vec<StageId> = levels.iter().map(|(stage, _)| *stage).collect();
    let numbers: Vec<Option<i16>> = levels.iter().map(|(_, level)| number(level)).collect();
    let removed = sqlx::query(
        "delete from qualification q
         using unnest($2::uuid[], $3::smallint[]) as n (stage_id, up_to_level)
         where q.account_id = $1 and q.stage_id = n.stage_id and n.up_to_level is null",
    )
    .bind(of)
    .bind(&stages)
    .bind(&numbers)
    .execute(tx.connection())
    .await?;
    let set = sqlx::query(
        "insert into qualification as q (account_id, stage_id, up_to_level)
         select $1, n.stage_id, n.up_to_level
         from unnest($2::uuid[], $3::smallint[]) as n (stage_id, up_to_level)
         where n.up_to_level is not null
         on conflict (stage_id, account_id) do update
         set up_to_level = excluded.up_to_level
         where q.up_to_level <> excluded.up_to_level",
    )
    .bind(of)
    .bind(&stages)
    .bind(&numbers)
    .execute(tx.connection())
    .await?;
    if removed.rows_affected() + set.rows_affected() > 0 {
        let event = Event::new(events::QUALIFIED, Actor::Person(allowed.by()));
        record(tx, event.about("account", of), now).await?;
    }
    Ok(())
}
