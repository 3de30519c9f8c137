//! `portal content check` and `portal content sync`.

use std::path::Path;
use std::process::ExitCode;

use super::Error;
use crate::clock::Clock;
use crate::config::Config;
use crate::content::access::MayPublish;
use crate::content::import::folder;
use crate::content::model::{DocPath, Finding};
use crate::db::Server;
use crate::site::publish;
use crate::track::{matrix, paths};
use crate::web::allowed::{Allowed, Viewer};

pub fn check(dir: &Path, strict: bool) -> Result<ExitCode, Error> {
    let publish::Checked { library, overview } = publish::check(folder::read(dir)?)?;
    println!("The overview is {}.", overview.path);
    for track in &overview.tracks {
        let stages: Vec<&str> = track.stages.iter().map(|stage| stage.document.as_str()).collect();
        println!("Track {}: {}", track.slug, stages.join(", "));
    }
    for guide in matrix::guides(&library, &overview) {
        let shape = guide.matrix.map_or("no matrix that can be read".to_owned(), |matrix| {
            let levels = plural(matrix.levels.len(), "level");
            format!("{} × {levels}", plural(matrix.areas.len(), "area"))
        });
        println!("Level guide {}: {shape}", guide.slug);
    }
    println!("{}.", plural(library.readings().count(), "document"));
    print_findings(&library.findings);
    let failed = strict && !library.findings.is_empty();
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub async fn sync(config: &Config, dir: &Path) -> Result<ExitCode, Error> {
    // Read first: what cannot be taken need not start a database.
    let tree = folder::read(dir)?;
    let server = Server::open(config).await?;
    let synced = async {
        let db = server.ready().await?;
        let viewer = Viewer::System("content sync");
        let allowed =
            Allowed::<MayPublish>::ask(&viewer, &()).expect("the portal itself may publish");
        let source = dir.display().to_string();
        let synced =
            publish::sync(&db, &Clock::System, &config.base_url(), &allowed, tree, &source).await;
        super::audit::seal(&db).await;
        db.close().await;
        Ok::<_, Error>(synced?)
    }
    .await;
    server.stop().await;
    let (_committed, report) = synced?;
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
        println!("Track {slug}: {}", plural(*stages, "stage"));
    }
    for slug in &report.retired {
        println!("Track {slug} is gone; {} is no longer there", paths::track(slug));
    }
    print_findings(&report.findings);
    Ok(ExitCode::SUCCESS)
}

/// The most paths that are told one by one.
const MOST_PATHS: usize = 40;

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

fn print_paths(mark: &str, paths: &[DocPath]) {
    for path in paths.iter().take(MOST_PATHS) {
        println!("{mark:>8}  {path}");
    }
    if paths.len() > MOST_PATHS {
        println!("{mark:>8}  and {} more", paths.len() - MOST_PATHS);
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
