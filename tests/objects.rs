//! Snapshots by their digest: in a folder, and in a bucket of a real server.

use std::fs;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use portal::clock::{Clock, SignedDuration, Timestamp};
use portal::objects::{Digest, Error, Objects, Place, Stored};
use sha2::Digest as _;
use tempfile::TempDir;

fn now() -> Timestamp {
    Clock::System.now()
}

fn folder() -> (TempDir, PathBuf, Objects) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().join("objects");
    let objects = Objects::at(&Place::Folder(root.clone()), now()).unwrap();
    (home, root, objects)
}

fn digest(content: &[u8]) -> Digest {
    Digest::new(sha2::Sha256::digest(content).into())
}

async fn opened(objects: &Objects, digest: Digest) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    objects.open(digest).await.unwrap()?.read_to_end(&mut content).unwrap();
    Some(content)
}

/// Every file below `root`, as a path from there.
fn files(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        match entry.path().is_dir() {
            true => files
                .extend(self::files(&entry.path()).into_iter().map(|it| format!("{name}/{it}"))),
            false => files.push(name),
        }
    }
    files.sort();
    files
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_same_bytes_are_one_object_until_they_are_removed() {
    let (_home, root, objects) = folder();
    let content = b"what was handed in".repeat(20_000);
    let expected = Stored { digest: digest(&content), bytes: content.len() as u64 };
    for _ in 0..2 {
        assert_eq!(objects.put(Cursor::new(content.clone())).await.unwrap(), expected);
    }
    let name = expected.digest.to_string();
    assert_eq!(files(&root), [format!("{}/{}", &name[..2], &name[2..])]);
    assert_eq!(opened(&objects, expected.digest).await, Some(content));
    let again = Objects::at(&Place::Folder(root.clone()), now()).unwrap();
    assert!(again.open(expected.digest).await.unwrap().is_some());
    objects.remove(expected.digest).await.unwrap();
    objects.remove(expected.digest).await.unwrap();
    assert_eq!(opened(&objects, expected.digest).await, None);
    assert_eq!(opened(&again, expected.digest).await, None);
}

#[tokio::test]
async fn nobody_else_on_the_machine_can_look() {
    let (_home, root, objects) = folder();
    let stored = objects.put(Cursor::new("text")).await.unwrap();
    let name = stored.digest.to_string();
    assert_eq!(mode(&root), 0o700);
    assert_eq!(mode(&root.join("new")), 0o700);
    assert_eq!(mode(&root.join(&name[..2])), 0o700);
    assert_eq!(mode(&root.join(&name[..2]).join(&name[2..])), 0o600);
}

#[tokio::test]
async fn an_object_that_changed_on_the_disk_is_never_given_out() {
    let (_home, root, objects) = folder();
    let stored = objects.put(Cursor::new("text")).await.unwrap();
    assert!(opened(&objects, stored.digest).await.is_some());
    let path = root.join(&files(&root)[0]);
    fs::write(&path, "TEXT").unwrap();
    for _ in 0..2 {
        let error = objects.open(stored.digest).await.unwrap_err();
        assert!(matches!(error, Error::Changed(it) if it == stored.digest), "{error}");
    }
    // Whoever hands the same in again makes it good.
    objects.put(Cursor::new("text")).await.unwrap();
    assert_eq!(opened(&objects, stored.digest).await.unwrap(), b"text");
}

/// Gives some bytes and then fails.
struct Cut(usize);

impl Read for Cut {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.min(into.len());
        self.0 -= count;
        if count == 0 { Err(io::Error::other("the line is cut")) } else { Ok(count) }
    }
}

#[tokio::test]
async fn what_was_not_read_to_its_end_leaves_nothing() {
    let (_home, root, objects) = folder();
    assert!(objects.put(Cut(300_000)).await.unwrap_err().to_string().contains("the line is cut"));
    assert_eq!(files(&root), Vec::<String>::new());
}

#[tokio::test]
async fn what_a_killed_put_left_is_never_opened_and_is_cleared_away() {
    let (_home, root, objects) = folder();
    let half = root.join("new/half");
    fs::write(&half, "half of it").unwrap();
    assert_eq!(opened(&objects, digest(b"half of it")).await, None);
    let place = Place::Folder(root.clone());
    // It may be another instance's that is at work.
    Objects::at(&place, now() + SignedDuration::from_hours(23)).unwrap();
    assert!(half.exists());
    Objects::at(&place, now() + SignedDuration::from_hours(25)).unwrap();
    assert!(!half.exists());
}

/// Not a test by itself: puts objects and says so, until it is killed.
#[tokio::test]
async fn put_until_killed() {
    let Some(root) = std::env::var_os("PORTAL_TEST_PUT_INTO") else { return };
    let objects = Objects::at(&Place::Folder(root.into()), now()).unwrap();
    for seed in 0u64.. {
        let content = vec![seed as u8; 400_000 + seed as usize];
        let stored = objects.put(Cursor::new(content)).await.unwrap();
        let mut out = io::stdout().lock();
        writeln!(out, "\nput {seed} {}", stored.digest).unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn what_was_answered_for_outlives_a_kill_and_nothing_is_half_there() {
    let (_home, root, objects) = folder();
    for round in 0u64..8 {
        let mut killed = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "objects::put_until_killed", "--nocapture"])
            .env("PORTAL_TEST_PUT_INTO", &root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(killed.stdout.take().unwrap()).lines();
        let mut said = lines.map_while(Result::ok).filter(|line| line.starts_with("put "));
        let mut answered: Vec<_> = said.by_ref().take(2).collect();
        std::thread::sleep(Duration::from_micros(700 * round));
        killed.kill().unwrap();
        killed.wait().unwrap();
        answered.extend(said);
        for line in answered {
            let (seed, name) = line[4..].split_once(' ').unwrap();
            let seed: usize = seed.parse().unwrap();
            let content = vec![seed as u8; 400_000 + seed];
            assert_eq!(digest(&content).to_string(), name);
            assert!(opened(&objects, digest(&content)).await.is_some(), "{line}");
        }
        // Whatever has an object's name is that object.
        for name in files(&root).iter().filter(|name| !name.starts_with("new/")) {
            let content = fs::read(root.join(name)).unwrap();
            assert_eq!(digest(&content).to_string(), name.replace('/', ""));
        }
    }
}

/// Three objects, one after the other, of which all are old tomorrow and none was yesterday.
async fn listed_in_turn(objects: &Objects) {
    let mut put = Vec::new();
    for content in ["one", "two", "three"] {
        let digest = objects.put(Cursor::new(content)).await.unwrap().digest;
        let at = objects.put_at(digest).await.unwrap().unwrap();
        assert!(now().duration_since(at).abs() < SignedDuration::from_mins(5), "{at}");
        put.push(digest);
    }
    put.sort();
    assert_eq!(objects.put_at(digest(b"never put")).await.unwrap(), None);
    let day = SignedDuration::from_hours(24);
    assert_eq!(objects.list(None, now() - day, 10).await.unwrap().old, []);
    let first = objects.list(None, now() + day, 2).await.unwrap();
    assert_eq!((first.old.as_slice(), first.last), (&put[..2], Some(put[1])));
    let rest = objects.list(first.last, now() + day, 2).await.unwrap();
    assert_eq!((rest.old.as_slice(), rest.last), (&put[2..], None));
}

#[tokio::test]
async fn objects_are_listed_by_name_with_those_that_are_old() {
    let (_home, root, objects) = folder();
    listed_in_turn(&objects).await;
    fs::write(root.join("new/half"), "half of it").unwrap();
    assert_eq!(objects.list(None, now(), 3).await.unwrap().last, None);
}

#[tokio::test]
async fn trying_out_leaves_nothing() {
    let (_home, root, objects) = folder();
    objects.try_out().await.unwrap();
    assert_eq!(files(&root), Vec::<String>::new());
    fs::remove_dir_all(&root).unwrap();
    objects.try_out().await.unwrap_err();
}

#[cfg(feature = "s3")]
mod in_a_bucket {
    use super::*;
    use crate::support::bucket::{Bucket, NAME};

    #[tokio::test]
    async fn objects_are_sent_once_and_fetched_from_anywhere() {
        let Some(bucket) = Bucket::start() else { return };
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let objects = Objects::at(&bucket.place(here.path()), now()).unwrap();
        let elsewhere = Objects::at(&bucket.place(there.path()), now()).unwrap();
        // One that goes in one piece, one in several, one that is empty.
        let large: Vec<u8> =
            (0..20_000_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for content in [b"text".to_vec(), large, Vec::new()] {
            let expected = Stored { digest: digest(&content), bytes: content.len() as u64 };
            for _ in 0..2 {
                assert_eq!(objects.put(Cursor::new(content.clone())).await.unwrap(), expected);
            }
            assert!(bucket.names().contains(&format!("portal/one/{}", expected.digest)));
            assert_eq!(opened(&elsewhere, expected.digest).await.as_ref(), Some(&content));
            assert_eq!(opened(&objects, expected.digest).await, Some(content));
        }
        assert_eq!(bucket.names().len(), 3);
        assert_eq!(opened(&elsewhere, digest(b"never put")).await, None);
        objects.try_out().await.unwrap();
        objects.put(Cut(300_000)).await.unwrap_err();
        assert_eq!(bucket.names().len(), 3);
        objects.remove(digest(b"text")).await.unwrap();
        objects.remove(digest(b"text")).await.unwrap();
        assert_eq!(bucket.names().len(), 2);
        assert_eq!(opened(&objects, digest(b"text")).await, None);
    }

    #[tokio::test]
    async fn objects_are_listed_by_name_with_those_that_are_old() {
        let Some(bucket) = Bucket::start() else { return };
        let here = tempfile::tempdir().unwrap();
        let objects = Objects::at(&bucket.place(here.path()), now()).unwrap();
        listed_in_turn(&objects).await;
        // What lies beside them is none of them.
        for path in ["one/new/half", "two/half"] {
            bucket.curl(&["-X", "PUT", "--data-binary", "x"], &format!("/{NAME}/portal/{path}"));
        }
        assert_eq!(objects.list(None, now(), 3).await.unwrap().last, None);
    }

    #[tokio::test]
    async fn what_changed_in_the_bucket_is_never_given_out() {
        let Some(bucket) = Bucket::start() else { return };
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let objects = Objects::at(&bucket.place(here.path()), now()).unwrap();
        let stored = objects.put(Cursor::new("text")).await.unwrap();
        let path = format!("/{NAME}/portal/one/{}", stored.digest);
        let file = "Content-Type: application/octet-stream";
        bucket.curl(&["-X", "PUT", "-H", file, "--data-binary", "TEXT"], &path);
        let elsewhere = Objects::at(&bucket.place(there.path()), now()).unwrap();
        let error = elsewhere.open(stored.digest).await.unwrap_err();
        assert!(matches!(error, Error::Changed(it) if it == stored.digest), "{error}");
        assert_eq!(files(there.path()), Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_bucket_that_is_away_keeps_nothing_and_says_no_secret() {
        let Some(bucket) = Bucket::start() else { return };
        let here = tempfile::tempdir().unwrap();
        let place = bucket.place(here.path());
        let Place::S3(mut s3) = place else { unreachable!() };
        s3.bucket = "nobodys".to_owned();
        let nobodys = Objects::at(&Place::S3(s3), now()).unwrap();
        let objects = Objects::at(&bucket.place(here.path()), now()).unwrap();
        drop(bucket);
        for objects in [nobodys, objects] {
            let error = objects.put(Cursor::new("text")).await.unwrap_err();
            assert!(!format!("{error} {error:?} {objects:?}").contains("hunter2"), "{error:?}");
            assert_eq!(files(here.path()), Vec::<String>::new());
            assert!(objects.open(digest(b"text")).await.is_err());
            assert!(objects.try_out().await.is_err());
        }
    }
}
