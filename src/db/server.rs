//! The database server in use: one named by its address, or the portal's own.

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

use super::embedded::{Embedded, Tuning};
use super::{Db, Error};
use crate::config::{Config, Database};

/// How to reach the database, as its owner and as the server. Keeps an embedded server running
/// until [`Server::stop`].
#[derive(Debug)]
pub struct Server {
    owner: PgConnectOptions,
    app: PgConnectOptions,
    embedded: Option<Embedded>,
}

/// How the connections of a process that serves begin their name.
const SERVING: &str = "portal serve ";

impl Server {
    /// The server `config` names; the embedded one is set up and started if need be.
    pub async fn open(config: &Config) -> Result<Self, Error> {
        match &config.database {
            Database::Url { app, owner } => {
                Ok(Self { owner: named(owner), app: named(app), embedded: None })
            }
            Database::Embedded { data_dir, bin_dir } => {
                let embedded =
                    Embedded::start(data_dir, bin_dir.as_deref(), Tuning::Durable).await?;
                Ok(Self {
                    owner: named(&embedded.options(embedded.owner(), "portal")),
                    app: named(&embedded.options(super::roles::APP, "portal")),
                    embedded: Some(embedded),
                })
            }
        }
    }

    /// From here on others can see that this process serves: each connection says so in its name.
    #[must_use]
    pub fn serving(mut self) -> Self {
        let name = format!("{SERVING}{}", uuid::Uuid::new_v4().simple());
        self.app = self.app.application_name(&name);
        self
    }

    /// Migrates as the owner, then connects as `portal_app`.
    pub async fn ready(&self) -> Result<Db, Error> {
        super::migrate(&self.owner).await?;
        Db::connect(self.app.clone()).await
    }

    /// Connects as `portal_app` to whatever schema is there.
    pub async fn connect(&self) -> Result<Db, Error> {
        Db::connect(self.app.clone()).await
    }

    pub fn owner(&self) -> &PgConnectOptions {
        &self.owner
    }

    /// Whether the portal runs this server itself.
    pub fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }

    /// Starts the embedded server again whenever it has stopped answering. Never returns where there
    /// is one; a server of the operator's is the operator's to mend.
    pub async fn keep_running(&self) {
        let Some(embedded) = &self.embedded else { return };
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if embedded.is_running().await {
                continue;
            }
            tracing::warn!("the database does not answer; starting it again");
            if let Err(error) = embedded.ensure_running().await {
                tracing::error!(%error, "the database could not be started");
            }
        }
    }

    /// Stops the embedded server, if nobody else uses it.
    pub async fn stop(self) {
        let Some(embedded) = self.embedded else { return };
        // Waiting for it must not hold up the runtime.
        let _stopped = tokio::task::spawn_blocking(move || embedded.stop()).await;
    }
}

/// How many portals serve this database at the moment, on whichever machine.
pub async fn portals_running(db: &Db) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "select count(distinct application_name)
         from pg_stat_activity
         where datname = current_database() and starts_with(application_name, $1)",
    )
    .bind(SERVING)
    .fetch_one(db.pool())
    .await
}

fn named(options: &PgConnectOptions) -> PgConnectOptions {
    options.clone().application_name("portal")
}
