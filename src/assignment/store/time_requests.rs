//! More time: asked for by candidates, given or not by recruiters.

use jiff_sqlx::ToSqlx;

use crate::assignment::application::{Answered, TimeRequest};
use crate::clock::{SignedDuration, Timestamp};
use crate::db::Tx;
use crate::ids::{AssignmentId, TimeRequestId};

type Row = (
    AssignmentId,
    jiff_sqlx::Timestamp,
    i32,
    String,
    Option<jiff_sqlx::Timestamp>,
    Option<i32>,
    String,
);

fn minutes(length: SignedDuration) -> i32 {
    i32::try_from(length.as_mins()).unwrap_or(i32::MAX)
}

fn request(row: Row) -> (AssignmentId, TimeRequest) {
    let (assignment, asked_at, asked, reason, answered_at, given, answer) = row;
    let length = |minutes: i32| SignedDuration::from_mins(minutes.into());
    let answered = answered_at.zip(given).map(|(at, given)| Answered {
        at: at.to_jiff(),
        given: length(given),
        answer,
    });
    let asked_at = asked_at.to_jiff();
    (assignment, TimeRequest { asked_at, asked: length(asked), reason, answered })
}

/// What was asked for and given for each of these assignments, which the caller may see; the oldest first.
pub async fn of(
    tx: &mut Tx,
    assignments: &[AssignmentId],
) -> Result<Vec<(AssignmentId, TimeRequest)>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "select assignment_id, asked_at, asked_minutes, reason, answered_at, given_minutes, answer
         from time_request
         where assignment_id = any($1)
         order by asked_at, time_request_id",
    )
    .bind(assignments)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(request).collect())
}

/// Asks for more time; `None` where what was asked before waits for its answer.
pub(super) async fn ask(
    tx: &mut Tx,
    assignment: AssignmentId,
    (asked, reason): (SignedDuration, &str),
    now: Timestamp,
) -> Result<Option<TimeRequestId>, sqlx::Error> {
    sqlx::query_scalar(
        "insert into time_request
           (time_request_id, assignment_id, asked_at, asked_minutes, reason)
         values ($1, $2, $3, $4, $5)
         on conflict (assignment_id) where answered_at is null do nothing
         returning time_request_id",
    )
    .bind(TimeRequestId::new())
    .bind(assignment)
    .bind(now.to_sqlx())
    .bind(minutes(asked))
    .bind(reason)
    .fetch_optional(tx.connection())
    .await
}

/// Answers what was asked; `None` where nothing waits.
pub(super) async fn answer(
    tx: &mut Tx,
    assignment: AssignmentId,
    (given, answer): (SignedDuration, &str),
    now: Timestamp,
) -> Result<Option<TimeRequestId>, sqlx::Error> {
    sqlx::query_scalar(
        "update time_request
         set answered_at = $2, given_minutes = $3, answer = $4
         where assignment_id = $1 and answered_at is null
         returning time_request_id",
    )
    .bind(assignment)
    .bind(now.to_sqlx())
    .bind(minutes(given))
    .bind(answer)
    .fetch_optional(tx.connection())
    .await
}

/// Time that was given without being asked for, with its reason.
pub(super) async fn give(
    tx: &mut Tx,
    assignment: AssignmentId,
    (given, answer): (SignedDuration, &str),
    now: Timestamp,
) -> Result<TimeRequestId, sqlx::Error> {
    sqlx::query_scalar(
        "insert into time_request
           (time_request_id, assignment_id, asked_at, asked_minutes, reason, answered_at, given_minutes,
            answer)
         values ($1, $2, $3, $4, '', $3, $4, $5)
         returning time_request_id",
    )
    .bind(TimeRequestId::new())
    .bind(assignment)
    .bind(now.to_sqlx())
    .bind(minutes(given))
    .bind(answer)
    .fetch_one(tx.connection())
    .await
}

/// How a request ended, for the letter that tells of it: what was given, and the answer.
pub(in crate::assignment) async fn answered(
    tx: &mut Tx,
    id: TimeRequestId,
) -> Result<Option<(SignedDuration, String, String)>, sqlx::Error> {
    let row: Option<(i32, String, String)> = sqlx::query_as(
        "select coalesce(given_minutes, asked_minutes), reason, answer
         from time_request
         where time_request_id = $1",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|(minutes, reason, answer)| {
        (SignedDuration::from_mins(minutes.into()), reason, answer)
    }))
}

/// Since when a request waits for its answer; `None` where it has one.
pub(in crate::assignment) async fn waits_since(
    tx: &mut Tx,
    id: TimeRequestId,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let at: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(
        "select asked_at from time_request where time_request_id = $1 and answered_at is null",
    )
    .bind(id)
    .fetch_optional(tx.connection())
    .await?;
    Ok(at.map(|at| at.to_jiff()))
}

/// The request of an assignment that waits for its answer, and since when.
pub(super) async fn waiting(
    tx: &mut Tx,
    assignment: AssignmentId,
) -> Result<Option<(TimeRequestId, Timestamp)>, sqlx::Error> {
    let found: Option<(TimeRequestId, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "select time_request_id, asked_at
         from time_request
         where assignment_id = $1 and answered_at is null",
    )
    .bind(assignment)
    .fetch_optional(tx.connection())
    .await?;
    Ok(found.map(|(id, at)| (id, at.to_jiff())))
}
