//! A portal that is killed while people hand in, vote and decide: what it has given a receipt for is there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use portal::web::viewer::Role;
use sqlx::ConnectOptions;

use crate::cli::{Home, Serving};
use crate::support::Portal;
use crate::support::archive::{File, zip};
use crate::support::client::Browser;
use crate::support::interview::{Between, Interview};
use crate::support::panel::{WHY, vote};
use crate::support::portal::SECRET_KEY;

/// How often it is killed here; `TEST_KILLS` says otherwise.
const KILLS: usize = 3;
/// From the first byte of a request to the last answer it takes about this long.
const WITHIN: Duration = Duration::from_millis(200);

/// What somebody sends, one after another, and which answers they got.
struct Sending {
    port: u16,
    cookie: String,
    requests: Vec<(String, String, Vec<u8>)>,
}

const FORM: &str = "application/x-www-form-urlencoded";
const FILES: &str = "multipart/form-data; boundary=part";

fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

fn with_file(fields: &[(&str, &str)], file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--part\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    let head =
        "--part\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\r\n";
    body.extend([head.as_bytes(), file, b"\r\n--part--\r\n"].concat());
    body
}

impl Sending {
    fn of(browser: &Browser, port: u16) -> Self {
        // It listens on loopback without TLS, where the cookie has its plain name.
        let session = browser.cookie("__Host-session").expect("they are signed in");
        let cookie = format!("session={session}");
        Self { port, cookie, requests: Vec::new() }
    }

    fn with(mut self, path: &str, kind: &str, body: Vec<u8>) -> Self {
        self.requests.push((path.to_owned(), kind.to_owned(), body));
        self
    }

    /// Sends until one is not answered: how many were taken.
    fn send(self) -> usize {
        let answered = |(path, kind, body): &(String, String, Vec<u8>)| {
            let answer = self.ask(path, kind, body).unwrap_or_default();
            let is_whole = answer.contains("\r\n\r\n");
            is_whole && (answer.starts_with("HTTP/1.1 303") || answer.starts_with("HTTP/1.1 200"))
        };
        self.requests.iter().take_while(|request| answered(request)).count()
    }

    fn ask(&self, path: &str, kind: &str, body: &[u8]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: portal.test\r\ncookie: {}\r\ncontent-type: {kind}\r\n\
             sec-fetch-site: same-origin\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.cookie,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// Three interviews: one to hand in, one to vote on, one to decide.
struct Story {
    zoe: Browser,
    mina: Browser,
    sean: Browser,
    begun: Interview,
    voting: Interview,
    opened: Interview,
}

async fn story(portal: &Portal) -> Story {
    let (tomas, sean) = (
        portal.signed_in(&[Role::Recruiter]).await.account.unwrap(),
        portal.signed_in(&[Role::HiringManager]).await,
    );
    let mut mina = portal.signed_in(&[Role::Interviewer]).await;
    let mut zoe = portal.signed_in(&[Role::Candidate]).await;
    let mut made = Vec::new();
    for _ in 0..3 {
        let candidate = match made.len() {
            0 => zoe.account.unwrap(),
            _ => portal.signed_in(&[Role::Candidate]).await.account.unwrap(),
        };
        let between = Between { candidate, recruiter: tomas, manager: sean.account };
        made.push(portal.interview(between).await);
    }
    let [begun, voting, opened] = made[..] else { panic!("three were made") };
    zoe.submit(&format!("/my/assignments/{}/start", begun.assignment), &[]).await;
    for _ in 0..2 {
        let other = portal.signed_in(&[Role::Interviewer]).await;
        portal.sit(voting, other.account.unwrap(), false).await;
    }
    portal.sit(voting, mina.account.unwrap(), false).await;
    portal.hand_in(voting).await;
    mina.page(&format!("/reviews/{}", voting.assignment)).await;
    portal.hand_in_work(opened).await;
    portal.open(opened).await;
    let mut story = Story { zoe, mina, sean, begun, voting, opened };
    story.write_down().await;
    story
}

impl Story {
    /// Everything about the decision but deciding.
    async fn write_down(&mut self) {
        let page = self.decision();
        let version = self.sean.version_of(&page).await;
        let fields = [
            ("do", "keep"),
            ("version", version.as_str()),
            ("outcome", "advance"),
            ("level", "3"),
            ("kind-1", "strength"),
            ("saw-1", "Every state of a connection has a test (poll_test.go:40)."),
            ("asks-1", "Tests for corner cases."),
        ];
        self.sean.submit(&page, &fields).await;
    }

    fn decision(&self) -> String {
        format!("/debriefs/{}/decision", self.opened.assignment)
    }

    fn hand_in(&self) -> String {
        format!("/my/assignments/{}/hand-in", self.begun.assignment)
    }
}

/// The hash of what would be handed in, found out in a portal that goes on.
async fn hash_of(zoe: &mut Browser, story: &str, archive: &[u8]) -> String {
    let fields = [("version", "0"), ("level", "3"), ("do", "send")];
    zoe.upload(story, &fields, ("file", archive)).await;
    let page = zoe.page(&format!("{story}/look")).await;
    let (_, rest) = page.split_once("name=\"seen\" value=\"").expect("it can be handed in");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_receipt_given_before_it_was_killed_is_honoured() {
    let kills = std::env::var("TEST_KILLS").map_or(KILLS, |kills| kills.parse().unwrap());
    let portal = Portal::durable().await;
    let archive = zip(&[File::new("main.go", "package main\n"), File::new("data", [7; 200_000])]);
    let hash = {
        let mut story = story(&portal).await;
        let path = story.hand_in();
        hash_of(&mut story.zoe, &path, &archive).await
    };
    let mut taken = [0; 4];
    for kill in 0..kills {
        let mut story = story(&portal).await;
        let home = Home::new();
        let mut command = home.command(&["serve"]);
        let url = |options: &sqlx::postgres::PgConnectOptions| options.to_url_lossy().to_string();
        command.env("DATABASE_URL", url(&portal.database.app));
        command.env("PORTAL_OWNER_DATABASE_URL", url(&portal.database.owner));
        command.env("PORTAL_SECRET_KEY", SECRET_KEY);
        command.env("PORTAL_OBJECTS", portal.database.objects.path());
        let serving = tokio::task::block_in_place(|| Serving::start(command));
        let version = story.sean.version_of(&story.decision()).await;
        let hand_in = story.hand_in();
        let sent = [("version", "0"), ("level", "3"), ("do", "send")];
        let zoe = Sending::of(&story.zoe, home.port)
            .with(&hand_in, FILES, with_file(&sent, &archive))
            .with(&format!("{hand_in}/look"), FORM, form(&[("do", "hand-in"), ("seen", &hash)]));
        let review = format!("/reviews/{}", story.voting.assignment);
        let mina =
            Sending::of(&story.mina, home.port).with(&review, FORM, form(&vote("1", WHY, "0")));
        let decide = form(&[("do", "decide"), ("version", &version)]);
        let sean = Sending::of(&story.sean, home.port).with(&story.decision(), FORM, decide);
        let senders = [zoe, mina, sean].map(|sending| std::thread::spawn(move || sending.send()));
        tokio::time::sleep(rand::random_range(Duration::ZERO..WITHIN)).await;
        tokio::task::block_in_place(|| serving.kill_hard());
        let [zoe, mina, sean] = senders.map(|sender| sender.join().unwrap());

        // And whoever asks again finds it, in a portal that never heard of the other.
        let look = story.zoe.page(&format!("{hand_in}/look")).await;
        if zoe >= 1 {
            let own = story.zoe.get(&format!("{hand_in}/look/sent")).await;
            assert_eq!(own.body, archive, "kill {kill}: what was sent is here");
        }
        let has_receipt = look.contains("You have handed in") && look.contains(&hash);
        assert!(has_receipt || zoe < 2, "kill {kill}: {look}");
        let review = story.mina.page(&review).await;
        let is_sealed = review.contains(WHY) && review.contains("Your receipt");
        assert!(is_sealed || mina < 1, "kill {kill}: {review}");
        let is_decided: bool = sqlx::query_scalar(
            "select g.state = 'decided' and d.decided_at is not null
             from assignment g
             left join decision d using (assignment_id)
             where g.assignment_id = $1",
        )
        .bind(story.opened.assignment)
        .fetch_one(&portal.owner().await)
        .await
        .unwrap();
        assert!(is_decided || sean < 1, "kill {kill}");
        // Nothing is there by half.
        let halves = "select count(*) from assignment g
            where (g.state = 'decided') <> exists (
              select from audit_event e
              where e.action = 'assignment.decided' and e.refs ->> 'assignment' = g.assignment_id::text)";
        let halves: i64 =
            sqlx::query_scalar(halves).fetch_one(&portal.owner().await).await.unwrap();
        assert_eq!(halves, 0, "kill {kill}");
        for (at, is_taken) in [zoe >= 1, zoe >= 2, mina >= 1, sean >= 1].into_iter().enumerate() {
            taken[at] += usize::from(is_taken);
        }
    }
    println!("{kills} kills; sent, handed in, voted, decided: {taken:?}");
}
