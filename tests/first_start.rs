//! What a start does to a database that another process is filling at the same time, or that another
//! build has filled before.

use std::time::Duration;

use portal::clock::Clock;
use portal::content::access::MayPublish;
use portal::content::import::folder;
use portal::db::Db;
use portal::site::publish;
use portal::web::allowed::{Allowed, Viewer};

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
