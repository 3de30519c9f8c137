//! A database filled as it is after years of interviews: see `interviews.sql`.

use portal::account::passwords::{NewPassword, Passwords};
use portal::clock::Clock;
use portal::config::PasswordCost;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// How much a database holds.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub assignments: i64,
    pub candidates: i64,
    pub events: i64,
    pub recruiters: i32,
}

/// Of every recruiter; what came before is closed.
pub const OPEN_EACH: i64 = 120;
/// Of those, to whom no stage was given yet.
const UNTOUCHED_EACH: i64 = 6;
/// How long the open ones go back.
const OPEN_DAYS: f64 = 66.0;
pub const PASSWORD: &str = "heron lantern quarry plum";

/// Fills a database that holds the schema and the content.
pub async fn fill(owner: &sqlx::postgres::PgConnectOptions, size: Size) {
    let mut connection = PgConnection::connect_with(owner).await.unwrap();
    let passwords = Passwords::new(PasswordCost::USUAL);
    let hash = passwords.hash(NewPassword::parse(PASSWORD, &[]).unwrap()).await.unwrap();
    let recruiters = i64::from(size.recruiters);
    // Two and a half stages an application, and those without any.
    let applications = (size.assignments * 2 + 4) / 5 + UNTOUCHED_EACH * recruiters;
    let open = OPEN_EACH * recruiters;
    let days = OPEN_DAYS * applications as f64 / open as f64;
    // Their candidates are called as nobody else: of an application of the first recruiter, and of the second.
    let middle = (applications - open) / 32 * 16;
    sqlx::query("set synchronous_commit = off").execute(&mut connection).await.unwrap();
    sqlx::query(
        "create temp table wanted as
         select $1::bigint as assignments, $2::bigint as candidates, $3::bigint as events, $4::int as recruiters,
           $5::bigint as applications, $6::bigint as open, $7::bigint as untouched,
           $8::float8 * interval '1 day' as history, $9::timestamptz as now, $10::text as password,
           $11::bigint as middle",
    )
    .bind(size.assignments)
    .bind(size.candidates)
    .bind(size.events)
    .bind(size.recruiters)
    .bind(applications)
    .bind(open)
    .bind(UNTOUCHED_EACH * recruiters)
    .bind(days)
    .bind(jiff_sqlx::ToSqlx::to_sqlx(Clock::System.now()))
    .bind(hash.as_str())
    .bind(middle)
    .execute(&mut connection)
    .await
    .unwrap();
    for statement in include_str!("interviews.sql").split(";\n") {
        if statement.lines().all(|line| line.trim().is_empty() || line.starts_with("--")) {
            continue;
        }
        let ran = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await;
        ran.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    let maintain = "vacuum analyze";
    sqlx::raw_sql(maintain).execute(&mut connection).await.unwrap();
    sqlx::raw_sql("checkpoint").execute(&mut connection).await.unwrap();
}
