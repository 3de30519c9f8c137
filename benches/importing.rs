//! How long a sync of a large tree takes: `cargo bench --bench importing`.
//!
//! A tree of 2,000 documents (about 9 MB) is made from a fixed seed and synced into an empty database
//! that keeps every commit, five times; then once more unchanged, and once with one document changed.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may stop")]

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use portal::clock::Clock;
use portal::content::access::MayPublish;
use portal::content::import::folder;
use portal::db::Db;
use portal::db::embedded::{Embedded, Tuning};
use portal::db::roles::APP;
use portal::site::publish;
use portal::web::allowed::{Allowed, Viewer};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

const DOCUMENTS: usize = 2_000;
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let tree = dir.path().join("tree");
    let bytes = generate(&tree);
    let postgres = Embedded::start(&dir.path().join("data"), None, Tuning::Durable).await.unwrap();
    println!("{DOCUMENTS} documents, {:.1} MB", bytes as f64 / 1e6);
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let name = format!("round_{round}");
        let mut owner = PgConnection::connect_with(&postgres.options(postgres.owner(), "portal"))
            .await
            .unwrap();
        sqlx::query(AssertSqlSafe(format!("create database {name}")))
            .execute(&mut owner)
            .await
            .unwrap();
        portal::db::migrate(&postgres.options(postgres.owner(), &name)).await.unwrap();
        let db = Db::connect(postgres.options(APP, &name)).await.unwrap();
        times.push(sync(&db, &tree).await);
        if round == 0 {
            println!("the same tree again: {:.2} s", sync(&db, &tree).await);
            std::fs::write(tree.join("area-3/document-7.md"), "# Changed\n\nOne document.")
                .unwrap();
            println!("one document changed: {:.2} s", sync(&db, &tree).await);
        }
        db.close().await;
    }
    times.sort_by(f64::total_cmp);
    println!(
        "a new tree: median {:.2} s, slowest of {ROUNDS} {:.2} s",
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
    postgres.stop();
}

/// Seconds from the folder on disk to the committed, rendered, announced publication.
async fn sync(db: &Db, tree: &Path) -> f64 {
    let allowed = Allowed::<MayPublish>::ask(&Viewer::System("bench"), &()).unwrap();
    let began = Instant::now();
    let read = folder::read(tree).unwrap();
    let (_committed, _report) =
        publish::sync(db, &Clock::System, "http://127.0.0.1", &allowed, read, "bench")
            .await
            .unwrap();
    began.elapsed().as_secs_f64()
}

/// Writes the tree and returns its size in bytes.
fn generate(dir: &Path) -> usize {
    let mut random = Random(0x5eed);
    let mut total = 0;
    for n in 0..DOCUMENTS {
        let mut text = format!("# Document {n}\n\n");
        for section in 0..6 {
            writeln!(text, "## Section {section} of {}\n", random.words(2)).unwrap();
            for _ in 0..3 {
                let other = random.below(DOCUMENTS);
                let link =
                    format!("[{}](../area-{}/document-{other}.md)", random.words(2), other % 20);
                writeln!(text, "{} {link} `{}`.\n", random.words(22), random.words(1)).unwrap();
            }
            match section {
                1 => writeln!(
                    text,
                    "- {}\n- {}\n- {}\n",
                    random.words(8),
                    random.words(9),
                    random.words(7)
                )
                .unwrap(),
                2 => {
                    writeln!(text, "```go\nfunc {}() {{ return }}\n```\n", random.words(1)).unwrap()
                }
                3 => writeln!(
                    text,
                    "| a | b |\n|---|---|\n| {} | {} |\n",
                    random.words(4),
                    random.words(4)
                )
                .unwrap(),
                _ => {}
            }
        }
        total += text.len();
        write(dir, &format!("area-{}/document-{n}.md", n % 20), &text);
    }
    let overview = "# Summary\n\nA large tree.\n\n# Backgrounds\n\n## Ops Focus: Operators\n\nRun things.\n\n\
        ### Challenge\n\n[First](area-1/document-1.md)\n";
    write(dir, "README.md", overview);
    total
}

fn write(dir: &Path, path: &str, text: &str) {
    let file = dir.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

/// A small linear congruential generator: the same tree on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn words(&mut self, count: usize) -> String {
        const WORDS: [&str; 24] = [
            "server",
            "process",
            "cluster",
            "network",
            "kernel",
            "latency",
            "deploy",
            "monitor",
            "secure",
            "access",
            "storage",
            "volume",
            "alert",
            "token",
            "session",
            "release",
            "backup",
            "restore",
            "queue",
            "budget",
            "review",
            "panel",
            "candidate",
            "answer",
        ];
        (0..count).map(|_| WORDS[self.below(WORDS.len())]).collect::<Vec<_>>().join(" ")
    }
}
