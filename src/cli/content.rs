//! `portal content check` and `portal content sync`.

use std::path::Path;
use std::process::ExitCode;

use super::{Error, on_server, plural};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::content::access::MayPublish;
use crate::content::import::folder;
use crate::content::model::{DocPath, Finding, Refused, Visible};
use crate::db::embedded::Embedded;
use crate::db::portals_running;
use crate::site::publish;
use crate::track::edited::{self, Edited};
use crate::track::{matrix, paths, store as tracks};
use crate::web::allowed::{Allowed, Viewer};

pub async fn check(config: &Config, dir: &Path, strict: bool) -> Result<ExitCode, Error> {
    let publish::Checked { library, overview } = publish::check(folder::read(dir)?)?;
    println!("The overview is {}.", Visible(overview.path.as_str()));
    for track in &overview.tracks {
        let stages: Vec<&str> = track.stages.iter().map(|stage| stage.document.as_str()).collect();
        println!("Track {}: {}", Visible(&track.slug), Visible(&stages.join(", ")));
    }
    for guide in matrix::guides(&library, &overview) {
        let shape = guide.matrix.map_or("no matrix that can be read".to_owned(), |matrix| {
            let levels = plural(matrix.levels.len(), "level");
            format!("{} × {levels}", plural(matrix.areas.len(), "area"))
        });
        println!("Level guide {}: {shape}", Visible(&guide.slug));
    }
    println!("{}.", plural(library.readings().count(), "document"));
    print_findings(&library.findings);
    match edited_recipes(config).await {
        Ok(edited) => print_kept_recipes(&edited::differences(&edited, &overview.tracks)),
        Err(error) => println!("Recipes edited in the portal were not compared: {error}"),
    }
    let failed = strict && !library.findings.is_empty();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The recipes that were edited in the portal; none where there is no database yet.
async fn edited_recipes(config: &Config) -> Result<Vec<Edited>, Error> {
    if is_new(config) {
        return Ok(Vec::new());
    }
    on_server(config, async |server| {
        let db = server.connect().await?;
        let failed = |error: sqlx::Error| crate::db::Error::from(error);
        let mut reading = db.begin_reading().await.map_err(failed)?;
        let edited = tracks::edited_recipes(&mut reading).await.map_err(failed)?;
        drop(reading);
        db.close().await;
        Ok(edited)
    })
    .await
}

pub async fn sync(config: &Config, dir: &Path) -> Result<ExitCode, Error> {
    // Read first: for what cannot be taken no database is started, and none set up.
    let checked = folder::read(dir).and_then(publish::check).map_err(unchanged)?;
    println!("Into {}{}.", config.database, if is_new(config) { ", which is new" } else { "" });
    let ((_committed, report), running) = on_server(config, async |server| {
        let db = server.ready().await?;
        let viewer = Viewer::System("content sync");
        let allowed =
            Allowed::<MayPublish>::ask(&viewer, &()).expect("the portal itself may publish");
        let source = dir.display().to_string();
        let base_url = config.base_url();
        let synced = publish::put(&db, &Clock::System, &base_url, &allowed, checked, &source).await;
        super::audit::seal(&db).await;
        let running = portals_running(&db).await.unwrap_or_default();
        db.close().await;
        Ok((synced?, running))
    })
    .await?;
    for (mark, paths) in [
        ("added", &report.changes.added),
        ("changed", &report.changes.changed),
        ("removed", &report.changes.removed),
    ] {
        print_paths(mark, paths);
    }
    if report.changes.is_empty() {
        println!("Nothing has changed.");
    }
    for (slug, stages) in &report.tracks {
        println!("Track {}: {}", Visible(slug), plural(*stages, "stage"));
    }
    for slug in &report.retired {
        println!("Track {} is gone; {} is no longer there", Visible(slug), paths::track(slug));
    }
    print_findings(&report.findings);
    print_kept_recipes(&report.kept_recipes);
    match running {
        0 => println!("No portal is running on this database; `portal` starts one."),
        1 => println!("The portal that runs on this database shows it within a second."),
        _ => println!("The {running} portals on this database show it within a second."),
    }
    Ok(ExitCode::SUCCESS)
}

/// What a refused sync says last.
fn unchanged(refused: Refused) -> Error {
    Error::Plain(format!("{refused}\nNothing was changed."))
}

/// Whether the portal's own database has yet to be set up.
fn is_new(config: &Config) -> bool {
    match &config.database {
        Database::Embedded { data_dir, .. } => !Embedded::is_set_up(data_dir),
        Database::Url { .. } => false,
    }
}

/// The most paths that are told one by one.
const MOST_PATHS: usize = 40;

fn print_paths(mark: &str, paths: &[DocPath]) {
    for path in paths.iter().take(MOST_PATHS) {
        println!("{mark:>8}  {}", Visible(path.as_str()));
    }
    if paths.len() > MOST_PATHS {
        println!("{mark:>8}  and {} more", paths.len() - MOST_PATHS);
    }
}

fn print_kept_recipes(differences: &[String]) {
    match differences.len() {
        0 => return,
        1 => println!("One recipe was edited in the portal and stays as it is there:"),
        count => println!("{count} recipes were edited in the portal and stay as they are there:"),
    }
    for difference in differences {
        println!("  {}", Visible(difference));
    }
}

fn print_findings(findings: &[Finding]) {
    match findings.len() {
        0 => println!("No findings."),
        1 => println!("One finding:"),
        count => println!("{count} findings:"),
    }
    for finding in findings {
        println!("  {finding}");
    }
}
