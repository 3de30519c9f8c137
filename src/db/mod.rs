//! Postgres: which server, which roles, which schema, and transactions that leave a receipt.
//!
//! No query of a room stands here; those are in the rooms' `store.rs`.

mod batch;
pub mod embedded;
pub mod health;
pub mod roles;
mod rows;
pub mod server;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};

pub use batch::batches;
pub use rows::{read_all, read_one};
pub use server::{Server, portals_running};

/// The schema, built into the binary.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// What went wrong with the database, in words for an operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Embedded(#[from] embedded::Error),
    #[error("{0}")]
    Roles(String),
    #[error("the database cannot be reached: {}", in_words(.0))]
    Unreachable(#[source] sqlx::Error),
    #[error("the schema cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database refused a statement: {}", in_words(.0))]
    Statement(#[from] sqlx::Error),
}

/// What the database said, without where in its source it said so; and what to do, where that is known.
fn in_words(error: &sqlx::Error) -> String {
    let Some(refusal) = error.as_database_error() else { return error.to_string() };
    let advice = match refusal.code().as_deref() {
        Some("3D000") => "; make it with: create database",
        Some("28P01") => "; look at the password in DATABASE_URL",
        Some("28000") => "; look at the account in DATABASE_URL and at the server's pg_hba.conf",
        _ => "",
    };
    format!("{}{advice}", refusal.message())
}

/// The portal's connections, all of them in the role `portal_app`.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    background: PgPool,
}

impl Db {
    /// Connects as `options` say and takes the role `portal_app` where that is another one.
    ///
    /// # Errors
    /// The server does not answer within five seconds, or the role cannot be taken.
    pub async fn connect(options: PgConnectOptions) -> Result<Self, Error> {
        // What the portal does by itself is not kept waiting by requests, nor they by it.
        let background =
            Self::pool_options().max_connections(10).connect_lazy_with(options.clone());
        let pool = Self::pool_options().connect_with(options).await.map_err(Error::Unreachable)?;
        Ok(Self { pool, background })
    }

    /// The same database by connections that no request uses: for readiness, for following what
    /// other instances do, for jobs.
    #[must_use]
    pub fn background(&self) -> Self {
        Self { pool: self.background.clone(), background: self.background.clone() }
    }

    fn pool_options() -> PgPoolOptions {
        PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(2))
            .after_connect(|connection, _| Box::pin(roles::take(connection)))
    }

    /// The pool, for a single statement that reads. A write outside [`Db::begin`] is refused by the
    /// database: its receipt could be forgotten.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Begins a transaction that may write.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        Ok(Tx(self.pool.begin_with("begin read write").await?))
    }

    /// Begins a transaction that reads, all of it from one moment.
    pub async fn begin_reading(&self) -> Result<Tx, sqlx::Error> {
        let begin = "begin isolation level repeatable read, read only";
        Ok(Tx(self.pool.begin_with(begin).await?))
    }

    /// The same, for large statements of which one plan serves whatever is asked. The database makes a plan for each
    /// question where that looks a little cheaper, which takes longer than the answer.
    pub async fn begin_reading_as_planned(&self) -> Result<Tx, sqlx::Error> {
        let begin = "begin isolation level repeatable read, read only;
                     set local plan_cache_mode = force_generic_plan";
        Ok(Tx(self.pool.begin_with(begin).await?))
    }

    /// The same, for statements that read a lot and answer little: compiling them takes longer than it saves, and
    /// what they sort has room in memory.
    pub async fn begin_reading_much(&self) -> Result<Tx, sqlx::Error> {
        let begin = "begin isolation level repeatable read, read only;
                     set local jit = off; set local work_mem = '32MB'";
        Ok(Tx(self.pool.begin_with(begin).await?))
    }

    pub async fn close(&self) {
        self.background.close().await;
        self.pool.close().await;
    }
}

/// A transaction. Dropped without [`Tx::commit`], it never happened.
#[derive(Debug)]
pub struct Tx(Transaction<'static, Postgres>);

impl Tx {
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    pub async fn commit(self) -> Result<Committed, sqlx::Error> {
        self.0.commit().await?;
        Ok(Committed(()))
    }
}

/// The receipt of a commit. What may only be said once something is kept takes one of these, so a
/// forgotten commit does not compile.
#[derive(Debug)]
#[must_use = "say what was kept, or drop the receipt on purpose"]
pub struct Committed(());

/// Creates the roles and brings the schema up to date, as its owner. Safe to run twice, and by two
/// processes at once.
pub async fn migrate(owner: &PgConnectOptions) -> Result<(), Error> {
    let mut connection = PgConnection::connect_with(owner).await.map_err(Error::Unreachable)?;
    roles::create(&mut connection).await?;
    if let Err(error) = MIGRATIONS.run(&mut connection).await {
        return Err(match roles::refused(&error) {
            true => roles::may_not_migrate(&mut connection).await,
            false => error.into(),
        });
    }
    connection.close().await?;
    Ok(())
}

/// How many migrations the database has not yet seen.
pub async fn pending_migrations(db: &Db) -> Result<usize, sqlx::Error> {
    let known = sqlx::query_scalar::<_, bool>("select to_regclass('_sqlx_migrations') is not null")
        .fetch_one(db.pool())
        .await?;
    let applied: i64 = if known {
        sqlx::query_scalar("select count(*) from _sqlx_migrations where success")
            .fetch_one(db.pool())
            .await?
    } else {
        0
    };
    Ok(MIGRATIONS.iter().count().saturating_sub(usize::try_from(applied).unwrap_or(0)))
}
