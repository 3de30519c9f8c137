//! `portal doctor`: looks at everything a start depends on, and says what is wrong.

use std::process::ExitCode;

use super::{Error, NO_MAIL, NO_SECRET_KEY, audit, on_server, plural};
use crate::account::store::factors;
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::content::store as documents;
use crate::db::embedded::Embedded;
use crate::db::health::Health;
use crate::db::{Db, Server, pending_migrations, roles};
use crate::keys::{self, Keys};
use crate::mail::smtp::Smtp;
use crate::mail::transport::Problem;
use crate::objects::{Objects, Place};
use crate::site::publish;

/// What was looked at: its name, and what is wrong with it or how it is.
struct Look {
    name: &'static str,
    outcome: Result<String, String>,
}

pub async fn run(config: &Config) -> Result<ExitCode, Error> {
    let mut looks = vec![Look { name: "settings", outcome: Ok(settings(config)) }];
    looks.push(Look { name: "mail", outcome: mail(config).await });
    looks.push(Look { name: "objects", outcome: objects(config).await });
    match before_a_start(config) {
        Some(outcome) => looks.push(Look { name: "database", outcome }),
        None => match on_server(config, async |server| Ok(ask(config, server).await)).await {
            Err(Error::Stopped) => return Err(Error::Stopped),
            Err(error) => looks.push(Look { name: "database", outcome: Err(error.to_string()) }),
            Ok(found) => looks.extend(found),
        },
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

/// What can be said of the portal's own database without starting it: that a start could not, or that
/// nothing is set up yet.
fn before_a_start(config: &Config) -> Option<Result<String, String>> {
    let Database::Embedded { data_dir, bin_dir } = &config.database else { return None };
    match Embedded::check(data_dir, bin_dir.as_deref()) {
        Err(error) => Some(Err(error.to_string())),
        Ok(()) if Embedded::is_set_up(data_dir) => None,
        Ok(()) => {
            Some(Ok("nothing is set up here yet; `portal` does it at its first start".to_owned()))
        }
    }
}

/// First whether the role the portal serves in is there at all, then everything as that role.
async fn ask(config: &Config, server: &Server) -> Vec<Look> {
    let (version, role_is_there) = match roles::exists(server.owner()).await {
        Err(error) => return vec![Look { name: "database", outcome: Err(error.to_string()) }],
        Ok(asked) => asked,
    };
    let mut looks = vec![Look { name: "database", outcome: Ok(format!("Postgres {version}")) }];
    let mut wrong = |message: String| looks.push(Look { name: "roles", outcome: Err(message) });
    if !role_is_there {
        wrong(format!("{} is missing; run: portal migrate", roles::APP));
        return looks;
    }
    match server.connect().await {
        Err(error) => wrong(error.to_string()),
        Ok(db) => {
            looks.extend(database(config, &db).await);
            db.close().await;
        }
    }
    looks
}

fn settings(config: &Config) -> String {
    let (listen, base_url) = (config.listen, config.base_url());
    format!("listens on {listen}, known as {base_url}, uses {}", config.database)
}

/// Whether letters could be sent now. That none are to be is how a portal begins, and no fault.
async fn mail(config: &Config) -> Result<String, String> {
    let Some(mail) = &config.mail else { return Ok(NO_MAIL.to_owned()) };
    let place = mail.server.place();
    let smtp = Smtp::new(&mail.server, mail.from.clone(), &config.base_url());
    let smtp = smtp.map_err(|error| format!("{place}: TLS cannot be set up: {error}"))?;
    match smtp.try_out().await {
        Ok(()) => Ok(format!("{place} takes letters from this portal")),
        Err(problem) => Err(format!(
            "{place}: {}. Letters wait, and are tried again for most of a day; see PORTAL_SMTP_URL",
            Problem::in_words(&problem.code())
        )),
    }
}

/// Whether what is handed in could be kept now.
async fn objects(config: &Config) -> Result<String, String> {
    let place = &config.objects;
    if matches!(place, Place::Folder(folder) if folder.try_exists().is_ok_and(|there| !there)) {
        return Ok(format!("will be kept in {place}; `portal` makes it at its next start"));
    }
    let wrong = |error| format!("nothing can be kept in {place}: {error}; see PORTAL_OBJECTS");
    let objects = Objects::at(place, Clock::System.now()).map_err(wrong)?;
    objects.try_out().await.map_err(wrong)?;
    Ok(format!("kept in {place}, where they can be written"))
}

async fn database(config: &Config, db: &Db) -> Vec<Look> {
    let mut looks = Vec::new();
    let mut look = |name, outcome| looks.push(Look { name, outcome });
    match Health::ask(db).await {
        Err(error) => look("roles", Err(error.to_string())),
        Ok(health) => {
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
            let outcome = secret_key(config, db).await;
            look("secret key", outcome);
        }
        Ok(count) => {
            let missing = plural(count, "migration");
            look("schema", Err(format!("behind by {missing}; run: portal migrate")))
        }
        Err(error) => look("schema", Err(error.to_string())),
    }
    looks
}

/// Whether there is a key to seal by, and whether it opens what was sealed.
async fn secret_key(config: &Config, db: &Db) -> Result<String, String> {
    let keys = match (&config.secret_key, &config.database) {
        (Some(keys), _) => keys.clone(),
        (None, Database::Url { .. }) => return Err(NO_SECRET_KEY.to_owned()),
        (None, Database::Embedded { data_dir, .. }) => {
            let file = data_dir.join(keys::FILE);
            if !file.exists() {
                return Ok("none yet; `portal` makes it at its next start".to_owned());
            }
            let kept = Keys::kept_in(data_dir);
            kept.map_err(|error| format!("{} cannot be used: {error}", file.display()))?
        }
    };
    match factors::sealed_otherwise(db, &keys.ids()).await {
        Ok(0) => Ok("opens what was sealed".to_owned()),
        Ok(count) => Err(format!(
            "{count} authenticator apps were added under another key, and their codes are refused; \
             add that key to PORTAL_SECRET_KEY after a comma"
        )),
        Err(error) => Err(error.to_string()),
    }
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
        "{} and {}, published {}, {}",
        plural(checked.library.readings().count(), "document"),
        plural(checked.overview.tracks.len(), "track"),
        newest.published_at.strftime("%Y-%m-%d %H:%M UTC"),
        plural(findings.len(), "finding")
    ))
}
