//! `portal doctor`: looks at everything a start depends on, and says what is wrong.

use std::process::ExitCode;

use super::{Error, audit};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::content::store as documents;
use crate::db::embedded::Embedded;
use crate::db::health::Health;
use crate::db::{Db, Server, pending_migrations, roles};
use crate::site::publish;

/// What was looked at: its name, and what is wrong with it or how it is.
struct Look {
    name: &'static str,
    outcome: Result<String, String>,
}

pub async fn run(config: &Config) -> Result<ExitCode, Error> {
    let mut looks = vec![Look { name: "settings", outcome: Ok(settings(config)) }];
    if let Database::Embedded { data_dir, .. } = &config.database
        && !Embedded::is_set_up(data_dir)
    {
        let state = "nothing is set up here yet; `portal` does it at its first start".to_owned();
        looks.push(Look { name: "database", outcome: Ok(state) });
    } else {
        match Server::open(config).await {
            Err(error) => looks.push(Look { name: "database", outcome: Err(error.to_string()) }),
            Ok(server) => {
                looks.extend(ask(&server).await);
                server.stop().await;
            }
        }
    }
    for Look { name, outcome } in &looks {
        match outcome {
            Ok(state) => println!("{name:>10}  ok     {state}"),
            Err(wrong) => {
                println!("{name:>10}  WRONG  {}", wrong.replace('\n', "\n                   "));
            }
        }
    }
    let wrong = looks.iter().filter(|look| look.outcome.is_err()).count();
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// First whether the role the portal serves in is there at all, then everything as that role.
async fn ask(server: &Server) -> Vec<Look> {
    let wrong = |name, message: String| vec![Look { name, outcome: Err(message) }];
    match roles::exists(server.owner()).await {
        Err(error) => wrong("database", error.to_string()),
        Ok(false) => wrong("roles", format!("{} is missing; run: portal migrate", roles::APP)),
        Ok(true) => match server.connect().await {
            Err(error) => wrong("database", error.to_string()),
            Ok(db) => {
                let looks = database(&db).await;
                db.close().await;
                looks
            }
        },
    }
}

fn settings(config: &Config) -> String {
    let database = match &config.database {
        Database::Url { .. } => "the database of DATABASE_URL".to_owned(),
        Database::Embedded { data_dir, .. } => {
            format!("its own database in {}", data_dir.display())
        }
    };
    format!("listens on {}, known as {}, uses {database}", config.listen, config.base_url())
}

async fn database(db: &Db) -> Vec<Look> {
    let mut looks = Vec::new();
    let mut look = |name, outcome| looks.push(Look { name, outcome });
    match Health::ask(db).await {
        Err(error) => look("database", Err(error.to_string())),
        Ok(health) => {
            look("database", Ok(format!("Postgres {}", health.version)));
            let complaints = health.complaints();
            look(
                "roles",
                if complaints.is_empty() {
                    Ok(format!("serves as {}, which owns nothing", health.role))
                } else {
                    Err(complaints.join("\n"))
                },
            );
        }
    }
    let pending = pending_migrations(db).await;
    match pending {
        Ok(0) => {
            look("schema", Ok("up to date".to_owned()));
            let outcome = content(db).await;
            look("content", outcome);
            let outcome = audit::look(db, Clock::System.now()).await;
            look("audit", outcome);
        }
        Ok(count) => {
            look("schema", Err(format!("{count} migrations are missing; run: portal migrate")))
        }
        Err(error) => look("schema", Err(error.to_string())),
    }
    looks
}

/// Whether the published tree is there and still reads.
async fn content(db: &Db) -> Result<String, String> {
    let mut reading = db.begin_reading().await.map_err(|error| error.to_string())?;
    let newest = documents::newest(&mut reading).await.map_err(|error| error.to_string())?;
    let newest = newest.ok_or(
        "nothing has been published yet; `portal serve` loads the shipped content, or run: portal content sync DIR",
    )?;
    let tree = documents::tree(&mut reading).await.map_err(|error| error.to_string())?;
    let checked = publish::check(tree).map_err(|refused| refused.to_string())?;
    let findings = documents::findings(db).await.map_err(|error| error.to_string())?;
    Ok(format!(
        "{} documents and {} tracks, published {}, {} findings",
        checked.library.readings().count(),
        checked.overview.tracks.len(),
        newest.published_at.strftime("%Y-%m-%d %H:%M UTC"),
        findings.len()
    ))
}
