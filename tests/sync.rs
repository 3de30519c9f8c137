//! Putting one tree in place of another: all or nothing, repeatable, seen everywhere.

use std::time::{Duration, Instant};

use http::StatusCode;

use crate::support::Portal;
use crate::support::tree::{OVERVIEW, shared, tree, write};

fn paths(paths: &[portal::content::model::DocPath]) -> Vec<&str> {
    paths.iter().map(|path| path.as_str()).collect()
}

#[tokio::test]
async fn a_second_sync_of_the_same_tree_changes_nothing() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let before = portal.shelf.pages().edition;
    let report = portal.sync(dir.path()).await.unwrap();
    assert!(report.changes.is_empty());
    assert_eq!(portal.twin().await.shelf.pages().edition, before);
}

#[tokio::test]
async fn a_sync_tells_what_it_added_changed_and_removed_and_keeps_every_revision() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One"), ("old.md", "# Old")]);
    let portal = Portal::synced(dir.path()).await;
    write(dir.path(), "challenge.md", b"# Two");
    write(dir.path(), "new.md", b"# New");
    std::fs::remove_file(dir.path().join("old.md")).unwrap();
    let report = portal.sync(dir.path()).await.unwrap();
    assert_eq!(paths(&report.changes.added), ["new.md"]);
    assert_eq!(paths(&report.changes.changed), ["challenge.md"]);
    assert_eq!(paths(&report.changes.removed), ["old.md"]);
    let kept: Vec<(String, i64, bool)> = sqlx::query_as(
        "select d.path, count(*), d.retired_at is not null
         from document d join revision r using (document_id)
         group by d.document_id order by d.path",
    )
    .fetch_all(portal.db.pool())
    .await
    .unwrap();
    let kept: Vec<_> =
        kept.iter().map(|(path, count, retired)| (path.as_str(), *count, *retired)).collect();
    assert_eq!(
        kept,
        [
            ("README.md", 1, false),
            ("challenge.md", 2, false),
            ("new.md", 1, false),
            ("old.md", 1, true)
        ]
    );
    let twin = portal.twin().await;
    assert_eq!(twin.get("/docs/old.md").await.status, StatusCode::NOT_FOUND);
    assert!(twin.page("/docs/challenge.md").await.contains("<h1>Two</h1>"));
}

#[tokio::test]
async fn a_document_that_comes_back_is_the_same_document() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let id = "select document_id::text from document where path = 'challenge.md'";
    let before: String = sqlx::query_scalar(id).fetch_one(portal.db.pool()).await.unwrap();
    std::fs::remove_file(dir.path().join("challenge.md")).unwrap();
    portal.sync(dir.path()).await.unwrap();
    write(dir.path(), "challenge.md", b"# One");
    portal.sync(dir.path()).await.unwrap();
    let after: String = sqlx::query_scalar(id).fetch_one(portal.db.pool()).await.unwrap();
    assert_eq!(before, after);
}

#[tokio::test]
async fn tracks_and_stages_keep_their_ids_and_are_retired_not_deleted() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let ids = "select string_agg(stage_id::text || document_path || (retired_at is not null), ',' order by document_path) from stage";
    let before: String = sqlx::query_scalar(ids).fetch_one(portal.db.pool()).await.unwrap();
    write(dir.path(), "README.md", OVERVIEW.replace("[More](more.md)", "").as_bytes());
    portal.sync(dir.path()).await.unwrap();
    let after: String = sqlx::query_scalar(ids).fetch_one(portal.db.pool()).await.unwrap();
    assert_eq!(after, before.replace("more.mdfalse", "more.mdtrue"));
    assert!(!portal.twin().await.page("/tracks/ops").await.contains("more.md"));
}

#[tokio::test]
async fn a_recipe_somebody_edited_wins_over_the_tree() {
    let recipe = |effort: &str| {
        format!(
            "[[recipes]]\ntrack = 'ops'\ndocument = 'challenge.md'\nformat = 'take_home'\neffort = '{effort}'\n"
        )
    };
    let dir = tree(&[
        ("README.md", OVERVIEW),
        ("challenge.md", "# One"),
        ("content.toml", &recipe("3 hours")),
    ]);
    let portal = Portal::synced(dir.path()).await;
    assert!(portal.page("/tracks/ops").await.contains("3 hours"));
    write(dir.path(), "content.toml", recipe("4 hours").as_bytes());
    portal.sync(dir.path()).await.unwrap();
    assert!(portal.twin().await.page("/tracks/ops").await.contains("4 hours"));
    sqlx::query("update recipe set effort = 'an evening', edited_at = '2026-01-01'")
        .execute(&portal.owner().await)
        .await
        .unwrap();
    write(dir.path(), "content.toml", recipe("5 hours").as_bytes());
    let report = portal.sync(dir.path()).await.unwrap();
    assert_eq!(
        report.kept_recipes,
        ["ops, challenge.md: effort is “an evening” in the portal, “5 hours” in this tree"]
    );
    std::fs::remove_file(dir.path().join("content.toml")).unwrap();
    let report = portal.sync(dir.path()).await.unwrap();
    assert_eq!(report.kept_recipes, ["ops, challenge.md: this tree says nothing of it"]);
    assert!(portal.twin().await.page("/tracks/ops").await.contains("an evening"));
}

#[tokio::test]
async fn a_recipe_belongs_to_the_tree_that_gave_it_until_somebody_edits_it() {
    let Some(dir) = shared("careers") else { return };
    let (first, later) = (Portal::synced(&dir).await, Portal::shipped().await);
    assert!(later.page("/tracks/operations").await.contains("6 to 10 hours"));
    later.sync(&dir).await.unwrap();
    // Whatever was there before, the same tree gives the same site.
    let later = later.twin().await;
    for address in first.shelf.pages().addresses() {
        let (one, other) = (first.get(address).await, later.get(address).await);
        assert!(one.body == other.body, "{address}:\n{}\n{}", one.text(), other.text());
    }
}

#[tokio::test]
async fn a_tree_that_is_refused_changes_nothing() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let before = portal.page("/").await;
    write(dir.path(), "challenge.md", b"# Two");
    write(dir.path(), "content.toml", b"overview = 'nowhere.md'");
    let refused = portal.sync(dir.path()).await.unwrap_err();
    assert_eq!(refused, "content.toml:1: names \"nowhere.md\", but the tree has no such document");
    let twin = portal.twin().await;
    assert_eq!(twin.page("/").await, before);
    assert!(twin.page("/docs/challenge.md").await.contains("<h1>One</h1>"));
}

#[tokio::test]
async fn every_running_instance_shows_new_content_within_a_second() {
    let dir = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let portal = Portal::synced(dir.path()).await;
    let twins = [portal.twin().await, portal.twin().await];
    let following: Vec<_> = twins.iter().map(Portal::follow).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    write(dir.path(), "challenge.md", b"# Two");
    portal.sync(dir.path()).await.unwrap();
    let synced = Instant::now();
    for twin in &twins {
        while !twin.page("/docs/challenge.md").await.contains("<h1>Two</h1>") {
            assert!(synced.elapsed() < Duration::from_secs(1), "the old page is still shown");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    following.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn two_syncs_at_once_leave_one_whole_tree() {
    let one = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One"), ("a.md", "# A")]);
    let two = tree(&[("README.md", OVERVIEW), ("challenge.md", "# Two"), ("b.md", "# B")]);
    let portal = Portal::synced(one.path()).await;
    for _ in 0..5 {
        let (first, second) = tokio::join!(portal.sync(one.path()), portal.sync(two.path()));
        first.unwrap();
        second.unwrap();
        let twin = portal.twin().await;
        let is_one = twin.page("/docs/challenge.md").await.contains("<h1>One</h1>");
        assert_eq!(twin.get("/docs/a.md").await.status == StatusCode::OK, is_one);
        assert_eq!(twin.get("/docs/b.md").await.status == StatusCode::OK, !is_one);
    }
}

#[tokio::test]
async fn a_start_loads_finished_pages_and_makes_them_anew_only_when_it_must() {
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    sqlx::query("update finished_page set identity = 'kept', gzip = null, brotli = null where address = '/'")
        .execute(&owner)
        .await
        .unwrap();
    assert_eq!(portal.twin().await.page("/").await, "kept");
    sqlx::query("update finished_set set render_key = 'of another build'")
        .execute(&owner)
        .await
        .unwrap();
    assert!(portal.twin().await.page("/").await.contains("Show us how you work"));
    assert_eq!(portal.page("/").await, portal.twin().await.page("/").await);
}

#[tokio::test]
async fn two_instances_of_a_new_build_may_start_at_once() {
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    for round in 0..5 {
        sqlx::query("update finished_set set render_key = 'of another build'")
            .execute(&owner)
            .await
            .unwrap();
        sqlx::query("update publication set read_by = 'another build'")
            .execute(&owner)
            .await
            .unwrap();
        sqlx::query("update track set teaser = 'as another build read it'")
            .execute(&owner)
            .await
            .unwrap();
        sqlx::query("update passage set heading = 'as another build read it'")
            .execute(&owner)
            .await
            .unwrap();
        let (one, other) = tokio::join!(portal.twin(), portal.twin());
        assert_eq!(one.page("/").await, other.page("/").await, "round {round}");
        assert!(!one.page("/").await.contains("as another build read it"));
        assert!(one.page("/search?q=cgroup").await.contains("Level 4 › Library"));
    }
}
