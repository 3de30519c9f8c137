//! What the pages of recruiting cost on a small database and on a very large one:
//! `cargo bench --bench interviews`.
//!
//! Two databases are filled (see `support/interviews.sql`): 1,000 assignments, and 330,000 of 100,000 candidates
//! with 3 million audit events and a million votes. A portal runs on each, and every page is asked for at a fixed
//! rate, both sides in turn, ten rounds. Shared buffers are read from the database's own counts, statements from
//! the portal's log. The recruiters that are compared have the same work in hand on both sides and, in the large
//! database, 8,000 applications before it; another one there has as many and never closed any.
//!
//! Names of pages leave out the others, as in `-- desk application`; `-- fill` measures nothing.
//! `INTERVIEWS_SCALE=0.1` makes the large one smaller and the rounds shorter; `INTERVIEWS_DIR` keeps what was
//! filled for the next run. A run takes about half an hour. The seals of the audit log have the size of real
//! ones, but their hashes are made up: `portal audit verify` would refuse them.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may stop")]

mod support;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use portal::db::embedded::{Embedded, Tuning};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use support::interviews::{PASSWORD, Size, fill};
use support::load::{Answer, at, latencies_of, median, request_with};
use support::process::{Process, be_the_client, on_cores_from};

const ROUNDS: usize = 10;
/// Requests a second.
const RATE: f64 = 40.0;
/// Pages asked for while buffers are counted.
const COUNTED: u32 = 100;
/// How often each page is counted.
const COUNTS: usize = 3;
/// A connection that rests this long has told the database's counts what it did.
const RESTS: Duration = Duration::from_millis(11_000);
/// How long a page is counted.
const TURN: Duration = Duration::from_secs(16);
const SLOWEST_MS: f64 = 30.0;
const RATIO: f64 = 1.2;
const STATEMENTS: usize = 3;
/// Reports read a year of applications: they cost what there is, and are held against the clock alone.
const SLOWEST_REPORT_MS: f64 = 300.0;

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run());
}

fn scale() -> f64 {
    std::env::var("INTERVIEWS_SCALE").map_or(1.0, |scale| scale.parse().unwrap())
}

async fn run() {
    let only_fills = std::env::args().any(|argument| argument == "fill");
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("INTERVIEWS_DIR").map(PathBuf::from);
    let dir = kept.unwrap_or_else(|| temporary.path().to_owned());
    for folder in [temporary.path(), &dir] {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
    }
    let of = |whole: i64| (whole as f64 * scale()) as i64;
    let small = Size { assignments: 1_000, candidates: 303, events: 9_090, recruiters: 2 };
    let large = Size {
        assignments: of(330_000),
        candidates: of(100_000),
        events: of(3_000_000),
        recruiters: 40,
    };
    let small = Side::start(&dir.join("small"), small).await;
    let large = Side::start(&dir.join("large"), large).await;
    if only_fills {
        small.postgres.stop();
        large.postgres.stop();
        return;
    }
    // Only from here on: the databases were filled on whichever core was free.
    be_the_client();
    let sides = [small, large];
    let (table, report) = compare(&sides).await;
    for side in sides {
        side.postgres.stop();
    }
    let failed =
        table.iter().filter(|row| !row.passes()).count() + usize::from(report >= SLOWEST_REPORT_MS);
    println!(
        "{}",
        if failed == 0 {
            "pass".to_owned()
        } else {
            format!("fail: {failed} of {}", table.len() + 1)
        }
    );
    if failed > 0 {
        std::process::exit(1);
    }
}

/// A database and where its portal keeps its data.
struct Side {
    data: PathBuf,
    postgres: Embedded,
    owner: PgConnectOptions,
    pages: Vec<Page>,
}

/// A page by its name in the table, who asks, and its address.
#[derive(Clone)]
struct Page {
    name: &'static str,
    who: &'static str,
    path: String,
    /// Statements at most.
    most: usize,
}

impl Side {
    async fn start(data: &Path, size: Size) -> Self {
        std::fs::create_dir_all(data).unwrap();
        let postgres = Embedded::start(data, None, Tuning::Durable).await.unwrap();
        let owner = postgres.options(postgres.owner(), "portal");
        let marker = data.join("filled");
        if !marker.exists() {
            let began = Instant::now();
            // It makes the schema and publishes the content.
            Process::portal(on_cores_from(0), data).stop();
            fill(&owner, size).await;
            std::fs::write(marker, "").unwrap();
            println!("{size:?} filled in {:.0} s", began.elapsed().as_secs_f64());
        }
        // A portal of this build: what has been added to the schema since is there then.
        Process::portal(on_cores_from(0), data).stop();
        let pages = pages(&owner).await;
        Self { data: data.to_owned(), postgres, owner, pages }
    }
}

/// Who is compared with whom, and who is only held against the clock.
const USUAL: &str = "recruiter0@staff.example.org";
const HOARDER: &str = "recruiter1@staff.example.org";
const MANAGER: &str = "hiring_manager0@staff.example.org";
const ADMINISTRATOR: &str = "administrator0@staff.example.org";
const INTERVIEWER: &str = "interviewer0@staff.example.org";

async fn pages(owner: &PgConnectOptions) -> Vec<Page> {
    let mut connection = PgConnection::connect_with(owner).await.unwrap();
    // Three stages given and as many events on both sides, in the middle of what this recruiter has.
    let application: uuid::Uuid = sqlx::query_scalar(
        "select p.application_id
         from application p
         join account r on r.account_id = p.recruiter_id
         where r.email_key = $1 and p.closed_at is null
           and (select count(*) from assignment g where g.application_id = p.application_id) = 3
           and (select count(*) from audit_event e where e.about_id = p.application_id) = 16
         order by p.created_at
         limit 1",
    )
    .bind(USUAL)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    // A panel of theirs that votes, and one whose votes are open and that waits for a decision.
    let review: uuid::Uuid = sqlx::query_scalar(
        "select m.assignment_id
         from panel_member m
         join account i using (account_id)
         join assignment g using (assignment_id)
         where i.email_key = $1 and m.left_at is null and m.accepted_at is not null and g.format = 'take_home'
           and assignment_phase(g, now()) = 'voting'
           and (select count(*) from panel_member o where o.assignment_id = g.assignment_id) = 3
         order by g.assigned_at
         limit 1",
    )
    .bind(INTERVIEWER)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let debrief: uuid::Uuid = sqlx::query_scalar(
        "select g.assignment_id
         from assignment g
         join application p using (application_id)
         join account m on m.account_id = p.manager_id
         where m.email_key = $1 and p.closed_at is null and g.state = 'opened' and g.format = 'take_home'
         order by g.assigned_at
         limit 1",
    )
    .bind(MANAGER)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let votes: i64 = sqlx::query_scalar("select count(*) from opened_vote")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    println!("{votes} votes are open");
    let owned = "select count(*), count(*) filter (where p.closed_at is null)
        from application p join account r on r.account_id = p.recruiter_id
        where r.email_key = $1";
    for who in [USUAL, HOARDER] {
        let (all, open): (i64, i64) =
            sqlx::query_as(owned).bind(who).fetch_one(&mut connection).await.unwrap();
        println!("{who} has {all} applications, {open} of them open");
    }
    let page = |name, who, path: &str| Page { name, who, path: path.to_owned(), most: STATEMENTS };
    vec![
        page("desk", USUAL, "/desk"),
        page("desk, administrator", ADMINISTRATOR, "/desk"),
        page("desk, interviewer", INTERVIEWER, "/desk"),
        page("pipeline", USUAL, "/pipeline?track=operations"),
        page("pipeline, manager", MANAGER, "/pipeline?track=operations"),
        page("list", USUAL, "/candidates"),
        page("list from the pipeline", USUAL, "/candidates?track=operations&state=voting&open=yes"),
        page("list, manager", MANAGER, "/candidates"),
        page("search, common", USUAL, "/candidates?q=mail"),
        page("search, rare", USUAL, "/candidates?q=xanthippe"),
        page("search, no hit", USUAL, "/candidates?q=quetzalcoatl"),
        page("application", USUAL, &format!("/applications/{application}")),
        // Two of its statements say whom it reads what is sealed for.
        Page { most: 10, ..page("review", INTERVIEWER, &format!("/reviews/{review}")) },
        page("debrief", MANAGER, &format!("/debriefs/{debrief}")),
    ]
}

/// Of a recruiter who never closed an application: pages of the large database alone.
fn heavy() -> Vec<Page> {
    let page = |name, who, path: &str| Page { name, who, path: path.to_owned(), most: STATEMENTS };
    vec![
        page("search, one in forty", USUAL, "/candidates?q=maya"),
        page("8,000 open: desk", HOARDER, "/desk"),
        page("8,000 open: pipeline", HOARDER, "/pipeline?track=operations"),
        page("8,000 open: list", HOARDER, "/candidates"),
        page(
            "8,000 open: one state",
            HOARDER,
            "/candidates?track=operations&state=waiting&open=yes",
        ),
        page("8,000 open: search, common", HOARDER, "/candidates?q=mail"),
        page("8,000 open: search, no hit", HOARDER, "/candidates?q=quetzalcoatl"),
    ]
}

/// What one page cost on one side.
#[derive(Clone, Copy, Default)]
struct Cost {
    median: f64,
    p99: f64,
    statements: usize,
    buffers: f64,
}

struct Row {
    page: Page,
    small: Option<Cost>,
    large: Cost,
}

impl Row {
    fn ratios(&self) -> Option<(f64, f64)> {
        self.small
            .map(|small| (self.large.median / small.median, self.large.buffers / small.buffers))
    }

    fn passes(&self) -> bool {
        let alike = self.ratios().is_none_or(|(time, buffers)| time <= RATIO && buffers <= RATIO);
        let costs = || self.small.iter().chain([&self.large]);
        alike && costs().all(|cost| cost.p99 < SLOWEST_MS && cost.statements <= self.page.most)
    }

    fn print(&self) {
        let side = |cost: Option<Cost>| match cost {
            Some(it) => format!(
                "{:>7.2} {:>7.2} {:>3} {:>8.0}",
                it.median, it.p99, it.statements, it.buffers
            ),
            None => format!("{:>28}", ""),
        };
        let ratios = self.ratios().map(|(time, buffers)| format!("{time:>6.2} {buffers:>6.2}"));
        println!(
            "{:<28} {} {} {:<13} {}",
            self.page.name,
            side(self.small),
            side(Some(self.large)),
            ratios.unwrap_or_default(),
            if self.passes() { "pass" } else { "FAIL" }
        );
    }
}

async fn compare(sides: &[Side; 2]) -> (Vec<Row>, f64) {
    let mut costs: Vec<Vec<Cost>> = Vec::new();
    for (n, side) in sides.iter().enumerate() {
        let pages = all_pages(side, n);
        let statements = count_statements(side, &pages).await;
        costs.push(
            statements
                .into_iter()
                .map(|statements| Cost { statements, ..Cost::default() })
                .collect(),
        );
    }
    let mut running = Vec::new();
    for (n, side) in sides.iter().enumerate() {
        let portal = Process::portal(on_cores_from(1), &side.data);
        let mut requests = Vec::new();
        for page in all_pages(side, n) {
            let cookie = sign_in(portal.address, page.who).await;
            requests.push(request_with(&page.path, &format!("cookie: {cookie}\r\n")));
        }
        running.push((portal, requests));
    }
    count_buffers(sides, &running, &mut costs).await;
    for at in 0..running[1].1.len() {
        let asked = running.iter().map(|(portal, requests)| (portal.address, requests.get(at)));
        let asked: Vec<_> =
            asked.filter_map(|(address, it)| Some((address, it?.as_slice()))).collect();
        let times = time_in_turn(&asked);
        // A page of the large database alone has no other side.
        for (costs, time) in costs.iter_mut().rev().zip(times.into_iter().rev()) {
            (costs[at].median, costs[at].p99) = time;
        }
    }
    let report = time_report(running[1].0.address).await;
    println!("reports, large: {report:.0} ms, median of {ROUNDS}");
    for (portal, _) in &mut running {
        portal.stop();
    }
    println!("{:<28} {:^28} {:^28}  large/small", "", "small", "large");
    println!(
        "{:<28} {1:>7} {2:>7} {3:>3} {4:>8} {1:>7} {2:>7} {3:>3} {4:>8} {1:>6} {4:>6}",
        "page", "ms", "p99", "st", "buffers"
    );
    let row = |(at, page): (usize, Page)| Row {
        page,
        small: costs[0].get(at).copied(),
        large: costs[1][at],
    };
    let rows: Vec<Row> = all_pages(&sides[1], 1).into_iter().enumerate().map(row).collect();
    rows.iter().for_each(Row::print);
    (rows, report)
}

/// The median time in milliseconds of the reports on everything, asked for one after another.
async fn time_report(address: SocketAddr) -> f64 {
    let cookie = sign_in(address, MANAGER).await;
    let request = request_with("/reports", &format!("cookie: {cookie}\r\n"));
    let mut taken = Vec::new();
    for round in 0..=ROUNDS {
        let began = Instant::now();
        Answer::to(address, &request).await;
        // The first one warms up.
        if round > 0 {
            taken.push(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    median(&mut taken)
}

/// Median and p99 in milliseconds of each request.
fn time_in_turn(asked: &[(SocketAddr, &[u8])]) -> Vec<(f64, f64)> {
    let length = Duration::from_secs(if scale() < 1.0 { 1 } else { 2 });
    let mut taken = vec![Vec::new(); asked.len()];
    for round in 0..=ROUNDS {
        for turn in 0..asked.len() {
            let n = (round + turn) % asked.len();
            let (address, request) = asked[n];
            let mut one = latencies_of(address, request, RATE, length);
            one.sort_by(f64::total_cmp);
            // The first round warms both up.
            if round > 0 {
                taken[n].push([0.5, 0.99].map(|share| at(&one, share) * 1000.0));
            }
        }
    }
    let of = |rounds: &Vec<[f64; 2]>, n: usize| {
        median(&mut rounds.iter().map(|one| one[n]).collect::<Vec<_>>())
    };
    taken.iter().map(|rounds| (of(rounds, 0), of(rounds, 1))).collect()
}

fn all_pages(side: &Side, n: usize) -> Vec<Page> {
    let mut pages = side.pages.clone();
    if n == 1 {
        pages.extend(heavy());
    }
    let only: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    pages
        .retain(|page| only.is_empty() || only.iter().any(|it| page.name.starts_with(it.as_str())));
    pages
}

/// What each page asks beyond whose session it is, by the log of a portal that says so.
async fn count_statements(side: &Side, pages: &[Page]) -> Vec<usize> {
    let mut command = on_cores_from(1);
    command.env("PORTAL_LOG", "info,sqlx::query=debug");
    let mut portal = Process::portal(command, &side.data);
    let log = || async {
        // Lines are written a little later.
        tokio::time::sleep(Duration::from_millis(300)).await;
        std::fs::read_to_string(side.data.join("bench.log")).unwrap()
    };
    let around = ["begin", "commit", "rollback", "set ", "select session_user"];
    let is_asked = |line: &str| {
        let said = line.split_once("\"summary\":\"").map(|(_, said)| said.to_lowercase());
        said.is_some_and(|said| !around.iter().any(|word| said.starts_with(word)))
    };
    let mut counts = Vec::new();
    for page in pages {
        let cookie = sign_in(portal.address, page.who).await;
        let request = request_with(&page.path, &format!("cookie: {cookie}\r\n"));
        // The first may open a connection.
        Answer::to(portal.address, &request).await;
        // What the portal does by itself, every now and then, is in the log, too: the fewest are the page's.
        let mut fewest = usize::MAX;
        for _ in 0..4 {
            let before = log().await.len();
            Answer::to(portal.address, &request).await;
            let log = log().await;
            fewest = fewest.min(log[before..].lines().filter(|line| is_asked(line)).count());
        }
        // The first is by whom.
        counts.push(fewest - 1);
    }
    portal.stop();
    counts
}

/// Counts each page's buffers in rounds: work in the background falls into some of them and only ever adds, so that
/// the fewest are the page's own.
async fn count_buffers(
    sides: &[Side; 2],
    running: &[(Process, Vec<Vec<u8>>)],
    costs: &mut [Vec<Cost>],
) {
    let pages = running[1].1.len();
    // First on every connection, so that none has to learn the catalogue while it is counted.
    for at in 0..pages {
        ask(running, at, 32).await;
    }
    tokio::time::sleep(RESTS).await;
    let mut before = touched(sides).await;
    // The first turn is without a page: what the portals and this count touch by themselves meanwhile. It lasts as
    // long as the others do, so that as much of that falls into it.
    let mut fewest = vec![[i64::MAX; 2]; 1 + pages];
    for _ in 0..COUNTS {
        for (turn, fewest) in fewest.iter_mut().enumerate() {
            let ends = Instant::now() + TURN;
            if let Some(at) = turn.checked_sub(1) {
                ask(running, at, COUNTED).await;
            }
            let rests = ends.saturating_duration_since(Instant::now());
            assert!(rests >= RESTS, "{COUNTED} pages are not read in time");
            tokio::time::sleep(rests).await;
            let after = touched(sides).await;
            for (n, fewest) in fewest.iter_mut().enumerate() {
                *fewest = (after[n] - before[n]).min(*fewest);
            }
            before = after;
        }
    }
    for (n, costs) in costs.iter_mut().enumerate() {
        for (cost, page) in costs.iter_mut().zip(&fewest[1..]) {
            cost.buffers = (page[n] - fewest[0][n]) as f64 / f64::from(COUNTED);
        }
    }
}

async fn ask(running: &[(Process, Vec<Vec<u8>>)], at: usize, times: u32) {
    for (portal, requests) in running {
        let Some(request) = requests.get(at) else { continue };
        for _ in 0..times {
            Answer::to(portal.address, request).await;
        }
    }
}

/// Shared buffers touched in each database so far.
async fn touched(sides: &[Side; 2]) -> [i64; 2] {
    let mut counts = [0; 2];
    for (count, side) in counts.iter_mut().zip(sides) {
        let mut connection = PgConnection::connect_with(&side.owner).await.unwrap();
        let asked = "select blks_hit + blks_read from pg_stat_database
            where datname = current_database()";
        *count = sqlx::query_scalar(asked).fetch_one(&mut connection).await.unwrap();
    }
    counts
}

/// The session's cookie of somebody who signs in with their password.
async fn sign_in(address: SocketAddr, email: &str) -> String {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email)
        .append_pair("password", PASSWORD)
        .finish();
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let cookies = answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "));
    let cookies = cookies.map(|cookie| cookie.split(';').next().unwrap());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    assert!(cookies.contains("session="), "{answer}");
    cookies
}
