//! What a start does to a database that another process is filling at the same time, or that another
//! build has filled before.

use std::time::Duration;

use portal::clock::Clock;
use portal::content::access::MayPublish;
use portal::content::import::folder;
use portal::db::Db;
use portal::site::publish;
use portal::web::allowed::{Allowed, Viewer};
use sha2::{Digest, Sha256};

use crate::support::cluster::{BASE_URL, Holds, database};
use crate::support::tree::{OVERVIEW, tree};

fn allowed() -> Allowed<MayPublish> {
    Allowed::<MayPublish>::ask(&Viewer::System("tests"), &()).expect("tests may publish")
}

/// Comes back once this many publishers wait for another.
async fn waiting(db: &Db, count: i64) {
    let asked = "select count(*)
         from pg_locks
         where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())";
    for _ in 0..500 {
        let waits: i64 = sqlx::query_scalar(asked).fetch_one(db.pool()).await.unwrap();
        if waits == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{count} publishers should wait by now");
}

#[tokio::test]
async fn a_first_start_never_takes_the_place_of_a_sync_that_was_under_way() {
    let database = database(Holds::Schema).await;
    let db = Db::connect(database.app.clone()).await.unwrap();
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# Ours")]);
    let mut first = db.begin().await.unwrap();
    portal::content::store::lock(&mut first, &allowed()).await.unwrap();
    let (here, files) = (db.clone(), folder::read(dir.path()).unwrap());
    let sync = tokio::spawn(async move {
        publish::sync(&here, &Clock::System, BASE_URL, &allowed(), files, "ours").await
    });
    waiting(&db, 1).await;
    // Nothing is published yet, so a start means to publish what it came with.
    let here = db.clone();
    let start = tokio::spawn(async move {
        publish::publish_shipped(&here, &Clock::System, BASE_URL, &allowed()).await
    });
    waiting(&db, 2).await;
    drop(first);
    let (receipt, _report) = sync.await.unwrap().unwrap();
    assert!(receipt.is_some());
    assert!(start.await.unwrap().unwrap().is_none(), "there was something to show by then");
    let sources: Vec<String> =
        sqlx::query_scalar("select source from publication order by publication_id")
            .fetch_all(db.pool())
            .await
            .unwrap();
    assert_eq!(sources, ["ours"]);
}

/// A database in which this build finds what another one published, and refuses it.
async fn refused_by_this_build() -> (Db, crate::support::cluster::Database) {
    let database = database(Holds::ShippedContent).await;
    let owner = sqlx::PgPool::connect_with(database.owner.clone()).await.unwrap();
    sqlx::raw_sql(
        "alter table revision disable trigger user;
         update revision r set bytes = 'colour = 1'
         from document d
         where d.document_id = r.document_id and d.path = 'content.toml';
         update publication set read_by = 'before';
         update finished_set set render_key = 'before';
         update finished_page set identity = convert_to(regexp_replace(convert_from(identity, 'utf8'),
           '/assets/portal\\.[0-9a-f]+\\.css', '/assets/portal.0123456789ab.css'), 'utf8')
         where address = '/'",
    )
    .execute(&owner)
    .await
    .unwrap();
    let db = Db::connect(database.app.clone()).await.unwrap();
    let mut reading = db.begin_reading().await.unwrap();
    let tree = portal::content::store::tree(&mut reading).await.unwrap();
    assert!(publish::check(tree).is_err(), "the tree is not refused, so this proves nothing");
    (db, database)
}

#[tokio::test]
async fn pages_of_the_build_before_are_shown_where_this_one_refuses_their_documents() {
    let (db, _database) = refused_by_this_build().await;
    let pages = publish::load(&db, BASE_URL).await.expect("there are pages to show");
    let home = String::from_utf8(pages.get("/").unwrap().identity.to_vec()).unwrap();
    assert!(home.contains("Show us how you work on production"));
    // They look as they should: what they refer to is there.
    for asset in crate::support::html::attributes(&home, "href") {
        if asset.starts_with("/assets/") {
            assert!(pages.get(&asset).is_some(), "{asset} is not there");
        }
    }
    // And what is mended is shown.
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# Mended")]);
    let files = folder::read(dir.path()).unwrap();
    let synced = publish::sync(&db, &Clock::System, BASE_URL, &allowed(), files, "mended").await;
    let _kept = synced.unwrap();
    let pages = publish::load(&db, BASE_URL).await.unwrap();
    assert!(pages.get("/docs/challenge.md").is_some());
}

#[test]
fn a_build_is_another_one_wherever_its_pages_could_be_others() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut digest = Sha256::new();
    for folder in ["templates", "static", "src"] {
        for file in files(&root.join(folder)) {
            digest.update(std::fs::read(file).unwrap());
        }
    }
    digest.update(std::fs::read(root.join("Cargo.lock")).unwrap());
    let digest = digest.finalize();
    let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(portal::site::build::BUILD, name);
}

fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    found.sort();
    found
}
