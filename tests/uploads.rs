//! Files that are handed in: sent, looked through for names, read by the panel, and taken along.

use std::io::Cursor;

use http::StatusCode;
use portal::submission::archive::{Kept, Limits};
use portal::web::viewer::Role;

use crate::submission::{Begun, begun};
use crate::support::archive::{File, tar_gz, zip, zip_with};
use crate::support::client::Browser;
use crate::support::html::text;
use crate::support::portal::Answer;

const NAME: &str = "Zoë Brzęczyszczykiewicz";
const PIXEL: &[u8] = include_bytes!("support/pixel.png");

/// What a candidate's own tools put together: their name wherever it can stand.
fn named() -> Vec<File> {
    vec![
        File::new("work/README.md", format!("# Monitor\n\nBy {NAME}.\n\n- one\n")),
        File::new("work/LICENSE", format!("Copyright (c) 2026 {NAME}\n")),
        File::new("work/go.mod", "module github.com/zoeb-elsewhere/monitor\n"),
        File::new("work/cmd/zoe_tool/main.go", "package main // see zoeb-elsewhere\n"),
        File::executable("work/run.sh", "#!/bin/sh\nexit 0\n"),
        File::new("work/pixel.png", PIXEL),
        File::new("work/evil.html", "<script>alert(1)</script>"),
    ]
}

/// Whatever of it would tell who it is.
const CANARIES: [&str; 5] =
    ["Brzęczyszczykiewicz", "Zoë", "zoe_tool", "zoeb-elsewhere", "packed by"];

impl Begun {
    async fn is_called(&self, name: &str) {
        sqlx::query("update account set name = $1 where account_id = $2")
            .bind(name)
            .bind(self.zoe.account.unwrap())
            .execute(&self.portal.owner().await)
            .await
            .unwrap();
    }

    /// Sends a file together with what is typed.
    async fn send(&mut self, file: &[u8], typed: &[(&str, &str)]) -> Answer {
        let version = self.zoe.version_of(&self.hand_in).await;
        let mut fields = vec![("version", version.as_str()), ("level", "3"), ("do", "save")];
        fields.retain(|(name, _)| typed.iter().all(|(typed, _)| typed != name));
        fields.extend(typed);
        self.zoe.upload(&self.hand_in, &fields, ("file", file)).await
    }

    /// Somebody on its panel who has accepted.
    async fn reviewer(&self) -> Browser {
        let mut browser = self.portal.signed_in(&[Role::Interviewer]).await;
        self.portal.seat(self.made, browser.account.unwrap()).await;
        let review = format!("/reviews/{}", self.made.assignment);
        browser.submit(&review, &[("do", "accept")]).await;
        browser
    }

    async fn recruiter(&self) -> Browser {
        let recruiter = "select recruiter_id from application where application_id = $1";
        let recruiter = sqlx::query_scalar(recruiter)
            .bind(self.made.application)
            .fetch_one(&self.portal.owner().await)
            .await
            .unwrap();
        self.portal.browser_of(recruiter).await
    }

    fn work(&self) -> String {
        format!("/assignments/{}/work", self.made.assignment)
    }
}

fn files_in(folder: &std::path::Path) -> usize {
    let count = |entry: std::fs::DirEntry| match entry.path().is_dir() {
        true => files_in(&entry.path()),
        false => 1,
    };
    std::fs::read_dir(folder).unwrap().flatten().map(count).sum()
}

/// Every surface of the work, in one text.
async fn everything(browser: &mut Browser, work: &str) -> String {
    let page = browser.page(work).await;
    let mut all = page.clone();
    let mut seen = 0;
    for href in page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if href.starts_with(&format!("{work}?file=")) {
            all.push_str(&browser.page(href.split('#').next().unwrap()).await);
            let raw = href.split('#').next().unwrap().replace("?file=", "/file?path=");
            let raw = browser.get(&raw).await;
            assert_eq!(raw.status, StatusCode::OK, "{href}");
            all.push_str(&format!("{:?}", raw.headers));
            all.push_str(&String::from_utf8_lossy(&raw.body));
            seen += 1;
        }
    }
    assert!(seen >= 7, "{seen} files of {page}");
    let archive = browser.get(&format!("{work}/archive")).await;
    assert_eq!(archive.status, StatusCode::OK);
    all.push_str(&format!("{:?}", archive.headers));
    let mut kept = Kept::open(Cursor::new(archive.body)).unwrap();
    for entry in kept.entries().unwrap() {
        all.push_str(&entry.path);
        let bytes = kept.file(&entry.path).unwrap().unwrap();
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    all
}

#[tokio::test]
async fn a_blind_panel_reads_every_file_and_nothing_that_names_the_candidate() {
    let mut it = begun().await;
    it.is_called(NAME).await;
    let archive = zip_with(&named(), &format!("packed by {NAME}"));
    let note = format!("I am {NAME}; start with main.go.");
    let sent = it.send(&archive, &[("note", &note)]).await;
    assert_eq!(sent.header("location"), format!("{}?done=file", it.hand_in), "{}", sent.text());
    let page = text(&it.zoe.page(&it.hand_in).await);
    assert!(page.contains("a file 7 files, "), "{page}");

    let look = text(&it.zoe.page(&it.look).await);
    for told in [
        "The archive itself, who packed it",
        "LICENSE, line 1, who holds the rights",
        "go.mod, line 1",
        "cmd/zoe_tool/main.go",
        "README.md, line 3, your name",
        "What was written, line 1, your name",
    ] {
        assert!(look.contains(told), "{told}: {look}");
    }
    let own = format!("{}/sent", it.look);
    assert_eq!(it.zoe.get(&own).await.body, archive, "what they sent is theirs to have again");
    let theirs = it.zoe.get(&format!("{}/archive", it.look)).await.body;
    it.hand_in().await;

    let mut mina = it.reviewer().await;
    let work = it.work();
    let first = mina.page(&work).await;
    assert!(first.contains("<h4 id=\"in.monitor\">Monitor</h4>"), "README first: {first}");
    let source = mina.page(&format!("{work}?file=README.md&as=source")).await;
    assert!(source.contains("<code><i class=\"k\"># Monitor</i></code>"), "{source}");
    let archive = mina.get(&format!("{work}/archive")).await.body;
    assert!(archive == theirs, "the candidate could build what the panel builds");
    let all = everything(&mut mina, &work).await;
    assert!(all.contains("package main") && all.contains("run.sh"));
    for canary in CANARIES {
        assert!(!all.contains(canary), "{canary}");
    }
    // What they are called later does not bring it back.
    it.is_called("Ann Other").await;
    let later = everything(&mut mina, &work).await;
    assert!(CANARIES.iter().all(|canary| !later.contains(canary)));
    let missing = format!("{work}/file?path=cmd/zoe_tool/main.go");
    assert_eq!(mina.get(&missing).await.status, StatusCode::NOT_FOUND);
    let evil = mina.get(&format!("{work}/file?path=evil.html")).await;
    assert_eq!(evil.header("content-type"), "text/plain; charset=utf-8");
    assert!(evil.header("content-security-policy").starts_with("sandbox;"));
    assert!(evil.header("content-disposition").starts_with("attachment;"));
    let pixel = mina.get(&format!("{work}/file?path=pixel.png")).await;
    assert_eq!(pixel.header("content-type"), "image/png");
    let found = text(&mina.page(&format!("{work}?find=go")).await);
    assert!(found.contains("2 files are called like “go”"), "{found}");
    let one = mina.page(&format!("{work}?find=run.sh")).await;
    assert!(one.contains("<i class=\"c\">#!/bin/sh</i>"), "{one}");
}

#[tokio::test]
async fn as_it_is_a_blind_panel_gets_it_once_the_recruiter_has_looked() {
    let mut it = begun().await;
    it.is_called(NAME).await;
    it.send(&tar_gz(&named()), &[]).await;
    let seen = it.seen().await;
    let handing = [("do", "hand-in"), ("seen", seen.as_str()), ("as-it-is", "1")];
    it.zoe.submit(&it.look, &handing).await;
    let (mut mina, mut tomas, work) = (it.reviewer().await, it.recruiter().await, it.work());
    let run = format!("/applications/{}/assignments/{}", it.made.application, it.made.assignment);
    let receipt = format!("{run}/receipt");
    let letters = it.portal.letters().await;
    assert_eq!(letters.iter().filter(|letter| letter.text.contains(&receipt)).count(), 1);
    assert!(!mina.page(&work).await.contains(NAME));
    let page = text(&tomas.page(&receipt).await);
    assert!(page.contains("7 files") && page.contains("LICENSE, line 1"), "{page}");
    tomas.submit(&receipt, &[("what", "work"), ("seen", &"0".repeat(64))]).await;
    assert!(!mina.page(&work).await.contains(NAME), "that is not what was looked at");
    for _ in 0..2 {
        tomas.submit(&receipt, &[("what", "work"), ("seen", &seen)]).await;
    }
    assert!(mina.page(&work).await.contains(NAME));
    assert!(text(&it.zoe.page(&it.look).await).contains("and it does"));
    let events = "select count(*) from audit_event where action = 'assignment.work_passed_on'";
    assert_eq!(it.count(events).await, 1);
}

#[tokio::test]
async fn what_cannot_be_taken_says_why_and_nothing_of_it_is_kept() {
    let mut it = begun().await;
    let bomb = zip(&[File::new("zeros", vec![0; 20 << 20])]);
    let large = vec![0; usize::try_from(Limits::USUAL.packed_bytes).unwrap() + 1];
    for (file, says) in [
        (&b"not an archive"[..], "neither a.zip nor a.tar.gz"),
        (b"", "This is an empty file"),
        (b"%PDF-1.7", "This is a PDF"),
        (&zip(&[File::new("../up", "x")]), "leads out of the folder"),
        (&bomb, "unpacks to more than 100 times"),
        (&large, "larger than 50 MB"),
    ] {
        let refused = it.send(file, &[("note", "Kept as typed.")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        let page = refused.text();
        assert!(text(&page).contains(says), "{says}: {}", text(&page));
        assert!(page.contains("Kept as typed."), "{page}");
        let short = it.send(file, &[("do", "send")]).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(text(&short.text()).contains(says), "{}", short.text());
        assert!(!short.text().contains('<'), "{}", short.text());
    }
    assert_eq!(it.count("select count(*) from upload").await, 0);
    assert_eq!(files_in(it.portal.database.objects.path()), 0);
}

#[tokio::test]
async fn whoever_is_signed_out_while_they_send_has_sent_nothing() {
    let mut it = begun().await;
    let ended = "update account_session set ended_at = now() where account_id = $1";
    let (owner, account) = (it.portal.owner().await, it.zoe.account.unwrap());
    let meanwhile = async move {
        sqlx::query(ended).bind(account).execute(&owner).await.unwrap();
    };
    let fields = [("version", "0"), ("level", "3"), ("note", "Too late.")];
    let answer = it.zoe.dawdle(&it.hand_in.clone(), &fields, meanwhile).await;
    assert_ne!(answer.status, StatusCode::OK);
    assert_eq!(it.count("select count(*) from draft").await, 0);
}

#[tokio::test]
async fn a_file_is_replaced_and_removed_and_what_was_typed_stays() {
    let mut it = begun().await;
    let work = |text: &str| zip(&[File::new("main.go", text), File::new(".git/HEAD", "x")]);
    it.send(&work("package one"), &[("note", "About it.")]).await;
    let page = text(&it.zoe.page(&it.hand_in).await);
    assert!(page.contains("The folder.git was left out"), "{page}");
    let version = it.send(&work("package two"), &[("note", "About it."), ("do", "send")]).await;
    assert_eq!((version.status, &*version.text()), (StatusCode::OK, "2"));
    let look = it.zoe.page(&it.look).await;
    assert!(look.contains("two") && !look.contains("package one"), "{look}");
    let (before, version) = (it.seen().await, it.zoe.version_of(&it.hand_in).await);
    let fields = [("version", &*version), ("level", "3"), ("note", "About it."), ("do", "remove")];
    it.zoe.submit(&it.hand_in, &fields).await;
    let look = text(&it.zoe.page(&it.look).await);
    assert!(look.contains("Add your work first") && !look.contains("main.go"), "{look}");
    assert!(it.zoe.page(&it.hand_in).await.contains("About it."));
    // From a page that is not the newest nothing is taken, and that is said.
    let old = [("version", "1"), ("level", "3"), ("note", "About it."), ("do", "save")];
    let refused = it.zoe.upload(&it.hand_in, &old, ("file", &work("package two"))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(text(&refused.text()).contains("Choose it again"), "{}", text(&refused.text()));
    it.send(&work("package two"), &[("note", "About it.")]).await;
    assert_eq!(it.seen().await, {
        let kept = "select count(distinct kept_hash) from upload";
        assert_eq!(it.count(kept).await, 2, "the same files are kept once");
        before
    });
}

#[tokio::test]
async fn what_the_clock_takes_has_its_files_and_late_ones_are_not_among_them() {
    let mut it = begun().await;
    it.is_called(NAME).await;
    it.send(&zip(&named()), &[]).await;
    let mut mina = it.reviewer().await;
    let late = portal::clock::SignedDuration::from_hours(24 * 8);
    it.portal.clock.set(it.portal.clock.now() + late);
    assert_eq!(it.phase().await, "voting");
    // Whatever they are called by now, their work still has the old name in it.
    it.is_called("Somebody Else").await;
    mina = it.portal.browser_of(mina.account.unwrap()).await;
    let work = it.work();
    let all = everything(&mut mina, &work).await;
    assert!(CANARIES.iter().all(|canary| !all.contains(canary)));
    let before = mina.page(&work).await;
    it.zoe = it.portal.browser_of(it.zoe.account.unwrap()).await;
    let fields = [("version", "1"), ("level", "3"), ("do", "save")];
    // They came too late for it to be the same: `late` tests what becomes of them.
    let late = it.zoe.upload(&it.hand_in, &fields, ("file", &zip(&[File::new("a", "late")]))).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "{}", text(&late.text()));
    assert!(mina.page(&work).await == before, "it is what it was");
}

#[tokio::test]
async fn what_was_found_outside_is_handed_in_as_one_pdf() {
    let mut it = begun().await;
    sqlx::query("update assignment set format = 'external' where assignment_id = $1")
        .bind(it.made.assignment)
        .execute(&it.portal.owner().await)
        .await
        .unwrap();
    let pdf =
        b"%PDF-1.4\n1 0 obj << /Author (Maya Okafor) >> endobj\ntrailer << /Info 1 0 R >>\n%%EOF";
    let sent = it.send(pdf, &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", text(&sent.text()));
    let look = text(&it.zoe.page(&it.look).await);
    assert!(look.contains("report.pdf") && look.contains("what the PDF says of itself"), "{look}");
    it.hand_in().await;
    let mut mina = it.reviewer().await;
    let work = it.work();
    let raw = mina.get(&format!("{work}/file?path=report.pdf")).await;
    assert_eq!(raw.header("content-type"), "application/pdf");
    assert!(!String::from_utf8_lossy(&raw.body).contains("Okafor"));
    assert_eq!(raw.body.len(), pdf.len(), "blank, not broken");
}

#[tokio::test]
async fn whoever_sends_a_lot_is_told_when_to_go_on_and_keeps_what_they_typed() {
    let mut it = begun().await;
    let file = zip(&[File::new("a.go", "package main\n")]);
    let sends = "insert into sending (account_id, sent_at, bytes)
                 select $1, $2 + n * interval '1 second', 1000 from generate_series(1, $3) as n";
    let now = it.portal.clock.now();
    let half_an_hour_ago = now - portal::clock::SignedDuration::from_mins(30);
    let owner = it.portal.owner().await;
    let sent = async |count: i32| {
        sqlx::query(sends)
            .bind(it.zoe.account)
            .bind(jiff_sqlx::ToSqlx::to_sqlx(half_an_hour_ago))
            .bind(count)
            .execute(&owner)
            .await
            .unwrap();
    };
    sent(50).await;
    // Ten more are no matter to anybody.
    for _ in 0..10 {
        let taken = it.send(&file, &[]).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
    }
    let refused = it.send(&file, &[("note", "I fixed the tenth name.")]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let page = text(&refused.text());
    assert!(
        page.contains("You have sent a lot within a short time. Choose it again from"),
        "{page}"
    );
    assert!(page.contains("I fixed the tenth name."), "{page}");
    let seconds: i64 = refused.header("retry-after").parse().unwrap();
    assert!((1790..=1810).contains(&seconds), "{seconds}");
    // By the page itself it is a sentence; what is typed without a file goes on.
    let sentence = it.send(&file, &[("do", "send")]).await;
    assert_eq!(sentence.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(sentence.text().starts_with("You have sent a lot"), "{}", sentence.text());
    let version = it.zoe.version_of(&it.hand_in).await;
    let typed = [("version", version.as_str()), ("level", "3"), ("do", "save"), ("note", "Typed.")];
    let typed = it.zoe.post(&it.hand_in, &typed).await;
    assert_eq!(typed.status, StatusCode::SEE_OTHER, "{}", typed.text());
    // Nobody else waits for it, and what was refused was not counted.
    let counted = "select count(*) from sending where account_id = $1";
    let counted: i64 =
        sqlx::query_scalar(counted).bind(it.zoe.account).fetch_one(&owner).await.unwrap();
    assert_eq!(counted, 60);
    it.portal.clock.set(now + portal::clock::SignedDuration::from_secs(seconds));
    it.zoe = it.portal.browser_of(it.zoe.account.unwrap()).await;
    assert_eq!(it.send(&file, &[]).await.status, StatusCode::SEE_OTHER);
}
