//! Files that nothing refers to any more: they go, and no row ever loses its own.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::SystemTime;

use jiff_sqlx::ToSqlx;
use portal::clock::SignedDuration;
use portal::content::import::settings::Format;
use portal::objects::Digest;
use portal::submission::model::Upload;
use portal::submission::store::sweep::{REFERENCES, Swept, sweep};
use portal::submission::store::uploads::{self, Ready};
use portal::web::upload::Received;
use portal::web::viewer::Role;

use crate::support::Portal;
use crate::support::archive::{File, zip};
use crate::support::interview::{Between, Interview};

/// Hashes that are no object's.
const OTHERS: &[(&str, &str)] = &[
    ("account_challenge", "token_hash"),
    ("account_passkey", "credential_id"),
    ("account_pending", "browser_hash"),
    ("account_pending", "token_hash"),
    ("account_recovery_code", "code_hash"),
    ("account_request", "browser_hash"),
    ("account_session", "browser_hash"),
    ("account_session", "token_hash"),
    ("account_sign_on", "browser_hash"),
    ("account_sign_on", "state_hash"),
    ("account_token", "browser_hash"),
    ("account_token", "token_hash"),
    ("account_totp", "secret"),
    ("assignment", "content_hash"),
    ("audit_event", "note_hash"),
    ("audit_note", "salt"),
    ("audit_seal", "event_hash"),
    ("audit_seal", "hash"),
    ("calendar_feed", "token_hash"),
    ("document", "present_hash"),
    ("email_change_link", "token_hash"),
    ("finished_page", "brotli"),
    ("finished_page", "gzip"),
    ("finished_page", "identity"),
    ("organisation", "logo"),
    ("personal_token", "token_hash"),
    ("resume", "pdf"),
    ("revision", "bytes"),
    ("revision", "content_hash"),
    ("seal", "root"),
    ("submission", "content_hash"),
    ("vote", "commitment"),
    ("vote", "salt"),
    ("vote_receipt", "commitment"),
];

struct Story {
    portal: Portal,
    made: Interview,
}

async fn story() -> Story {
    let portal = Portal::shipped().await;
    let candidate = portal.signed_in(&[Role::Candidate]).await.account.unwrap();
    let recruiter = portal.signed_in(&[Role::Recruiter]).await.account.unwrap();
    let made = portal.interview(Between { candidate, recruiter, manager: None }).await;
    Story { portal, made }
}

impl Story {
    /// A file with this text in it that was kept, and that no row speaks of yet.
    async fn stored(&self, text: &str) -> Ready {
        let mut file = tempfile::tempfile().unwrap();
        // In a folder, without which it is kept.
        let archive = zip(&[File::new("work/poll.go", text)]);
        file.write_all(&archive).unwrap();
        file.rewind().unwrap();
        let bytes = archive.len() as u64;
        let received = Received { name: "work.zip".to_owned(), file, bytes, is_too_large: false };
        uploads::store(&self.portal.objects, received, Format::TakeHome).await.unwrap()
    }

    async fn noted(&self, ready: &Ready) -> Upload {
        let mut tx = self.portal.db.begin().await.unwrap();
        let now = self.portal.clock.now();
        let upload = uploads::note(&mut tx, self.made.assignment, ready, now).await.unwrap();
        let _kept = tx.commit().await.unwrap();
        upload
    }

    /// Everything that is kept by now was put two days ago.
    fn grow_old(&self) {
        let then = self.portal.clock.now() - SignedDuration::from_hours(48);
        age(self.portal.database.objects.path(), then.into());
    }

    /// The rows of what nothing refers to are two days old.
    async fn rows_grow_old(&self) {
        sqlx::query("update upload set received_at = $1")
            .bind((self.portal.clock.now() - SignedDuration::from_hours(48)).to_sqlx())
            .execute(&self.portal.owner().await)
            .await
            .unwrap();
    }

    async fn swept(&self) -> Swept {
        let (portal, mut from) = (&self.portal, None);
        sweep(&portal.db, &portal.objects, &mut from, portal.clock.now()).await.unwrap()
    }

    async fn has(&self, digest: Digest) -> bool {
        self.portal.objects.open(digest).await.unwrap().is_some()
    }
}

fn age(folder: &Path, then: SystemTime) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            age(&entry.path(), then);
        } else if let Ok(file) = fs::File::options().append(true).open(entry.path()) {
            file.set_modified(then).unwrap();
        }
    }
}

#[tokio::test]
async fn every_column_that_names_an_object_is_asked() {
    let portal = Portal::shipped().await;
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select c.table_name::text, c.column_name::text
         from information_schema.columns c
         join information_schema.tables t using (table_schema, table_name)
         where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.data_type = 'bytea'
           and c.table_name <> '_sqlx_migrations'",
    )
    .fetch_all(&portal.owner().await)
    .await
    .unwrap();
    let there: BTreeSet<(&str, &str)> =
        columns.iter().map(|(table, column)| (table.as_str(), column.as_str())).collect();
    let known: BTreeSet<(&str, &str)> = REFERENCES.iter().chain(OTHERS).copied().collect();
    assert_eq!(there, known, "does it name an object? Say so in REFERENCES, or in OTHERS here");
}

#[tokio::test]
async fn what_was_replaced_or_never_noted_goes_after_a_day_and_nothing_else() {
    let it = story().await;
    it.portal.hand_in_work(it.made).await;
    let replaced = it.noted(&it.stored("// replaced").await).await;
    it.rows_grow_old().await;
    // It is young: whoever sends it may still be about to say so.
    let (_refused, young) = (it.stored("// refused").await, Swept { rows: 1, objects: 0 });
    assert_eq!(it.swept().await, young, "a row is forgotten by its own age");
    it.grow_old();
    let kept_again = it.noted(&it.stored("// once more").await).await;
    assert_eq!(it.swept().await, Swept { rows: 0, objects: 4 });
    assert!(!it.has(replaced.sent).await && !it.has(replaced.kept).await);
    assert!(it.has(kept_again.sent).await && it.has(kept_again.kept).await);
    let handed_in: Vec<Vec<u8>> = sqlx::query_scalar(
        "select unnest(array[u.sent_hash, u.kept_hash]) from submission join upload u using (upload_id)",
    )
    .fetch_all(&it.portal.owner().await)
    .await
    .unwrap();
    assert_eq!(handed_in.len(), 2);
    for hash in handed_in {
        assert!(it.has(Digest::new(hash.try_into().unwrap())).await, "it was handed in");
    }
    assert_eq!(it.swept().await, Swept::default());
}

#[tokio::test]
async fn what_is_put_again_is_young_again() {
    let it = story().await;
    let _first = it.stored("// the same").await;
    it.grow_old();
    let _again = it.stored("// the same").await;
    assert_eq!(it.swept().await, Swept::default());
    it.grow_old();
    assert_eq!(it.swept().await, Swept { rows: 0, objects: 2 });
}

#[tokio::test]
async fn a_row_that_is_being_written_keeps_its_objects() {
    let it = story().await;
    let ready = it.stored("// under way").await;
    it.grow_old();
    let mut tx = it.portal.db.begin().await.unwrap();
    let now = it.portal.clock.now();
    let upload = uploads::note(&mut tx, it.made.assignment, &ready, now).await.unwrap();
    assert_eq!(it.swept().await, Swept::default(), "somebody holds them");
    let _kept = tx.commit().await.unwrap();
    assert_eq!(it.swept().await, Swept::default(), "a row names them");
    assert!(it.has(upload.sent).await && it.has(upload.kept).await);
}

#[tokio::test]
async fn what_was_swept_before_its_row_was_written_is_put_again() {
    let it = story().await;
    let ready = it.stored("// late").await;
    it.grow_old();
    assert_eq!(it.swept().await, Swept { rows: 0, objects: 2 });
    let upload = it.noted(&ready).await;
    assert!(it.has(upload.sent).await && it.has(upload.kept).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_and_a_hand_in_at_the_same_time_leave_no_row_without_its_objects() {
    let it = story().await;
    let mut objects = 0;
    for round in 0..40 {
        let ready = it.stored(&format!("// round {round}")).await;
        it.grow_old();
        let (swept, other, upload) = tokio::join!(it.swept(), it.swept(), it.noted(&ready));
        objects += swept.objects + other.objects;
        assert!(it.has(upload.sent).await && it.has(upload.kept).await, "round {round}");
        sqlx::query("delete from upload").execute(&it.portal.owner().await).await.unwrap();
    }
    assert!(objects > 0, "nothing was swept, so that nothing was tested");
}
