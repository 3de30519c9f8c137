//! What signing in costs others, and what it tells: `cargo bench --bench signing_in`.
//!
//! First, the latency of `/` at a fixed rate, calm and while strangers try passwords from everywhere, in
//! turn; then how long a refusal takes for addresses nobody has, for accounts, and for closed ones,
//! interleaved. Every try comes from another address for another account, so that no throttle spares the
//! portal the work. One run takes about three minutes.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may stop")]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portal::account::access::MayManagePeople;
use portal::account::model::{Email, NewAccount};
use portal::account::passwords::{NewPassword, Passwords};
use portal::account::store::accounts;
use portal::clock::Clock;
use portal::config::PasswordCost;
use portal::db::Db;
use portal::db::embedded::{Embedded, Tuning};
use portal::db::roles::APP;
use portal::web::allowed::{Allowed, Viewer};
use portal::web::viewer::{Role, Roles};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use support::load::{at, latencies, limit, median};
use support::process::{Process, be_the_client, on_cores_from};

const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_secs(4);
/// Tries under way at once in a storm.
const STRANGERS: usize = 32;
const SAMPLES: usize = 2_000;
/// Accounts of each kind: none is tried more often than its throttle allows.
const ACCOUNTS: usize = 300;
const PASSWORD: &str = "heron lantern quarry plum";

fn main() {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(run());
}

async fn run() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let data = dir.path().join("data");
    let postgres = Embedded::start(&data, None, Tuning::Durable).await.unwrap();
    // Only from here on: Postgres may take whichever core is free.
    be_the_client();
    let mut command = on_cores_from(1);
    command.env("PORTAL_TRUSTED_PROXIES", "127.0.0.1");
    let mut portal = Process::portal(command, &data);
    let db = Db::connect(postgres.options(APP, "portal")).await.unwrap();
    fill(&db).await;
    storm(portal.address).await;
    tell_apart(portal.address).await;
    db.close().await;
    portal.stop();
    postgres.stop();
}

/// Accounts that can be used, and as many that are closed, all with the same password.
async fn fill(db: &Db) {
    let passwords = Passwords::new(PasswordCost::USUAL);
    let hash = passwords.hash(NewPassword::parse(PASSWORD, &[]).unwrap()).await.unwrap();
    let allowed = Allowed::<MayManagePeople>::ask(&Viewer::System("bench"), &()).unwrap();
    let now = Clock::System.now();
    let mut tx = db.begin().await.unwrap();
    for n in 0..ACCOUNTS {
        for kind in ["known", "closed"] {
            let new = NewAccount {
                email: Email::parse(&format!("{kind}{n}@example.org")).unwrap(),
                name: "Maya Okafor".to_owned(),
                roles: Roles::only(Role::Administrator),
                ends_at: None,
            };
            let id = accounts::add(&mut tx, &allowed, &new, now).await.unwrap();
            accounts::accept(&mut tx, id, &new.name, "UTC", Some(&hash), now).await.unwrap();
            if kind == "closed" {
                accounts::disable(&mut tx, &allowed, (id, 2), now).await.unwrap();
            }
        }
    }
    let _kept = tx.commit().await.unwrap();
}

/// Public pages, calm and in a storm, in turn.
async fn storm(address: SocketAddr) {
    let rate = limit(address, "/").await / 4.0;
    let (mut calm, mut stormy, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let tried = Arc::new(AtomicUsize::new(0));
    let p99 = || {
        tokio::task::spawn_blocking(move || {
            let mut taken = latencies(address, "/", rate, ROUND);
            taken.sort_by(f64::total_cmp);
            at(&taken, 0.99) * 1000.0
        })
    };
    for _ in 0..ROUNDS {
        let before = p99().await.unwrap();
        let blowing = Arc::new(AtomicBool::new(true));
        let strangers: Vec<_> = (0..STRANGERS)
            .map(|_| tokio::spawn(try_passwords(address, blowing.clone(), tried.clone())))
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let during = p99().await.unwrap();
        blowing.store(false, Ordering::Relaxed);
        for stranger in strangers {
            stranger.await.unwrap();
        }
        calm.push(before);
        stormy.push(during);
        ratios.push(during / before);
    }
    let tried = tried.load(Ordering::Relaxed);
    println!("/ at {rate:.0}/s, {ROUNDS} rounds of {} s, {tried} passwords tried", ROUND.as_secs());
    println!(
        "  p99 calm {:.2} ms, in a storm of sign-ins {:.2} ms, ratio {:.2}",
        median(&mut calm),
        median(&mut stormy),
        median(&mut ratios)
    );
}

async fn try_passwords(address: SocketAddr, blowing: Arc<AtomicBool>, tried: Arc<AtomicUsize>) {
    while blowing.load(Ordering::Relaxed) {
        let n = tried.fetch_add(1, Ordering::Relaxed);
        try_password(address, n, &format!("stranger{n}@example.org"), "wrong").await;
    }
}

/// How long a refusal takes, by what there is to hide.
async fn tell_apart(address: SocketAddr) {
    let kinds: [(&str, &str, &str); 4] = [
        ("nobody's address", "nobody", "wrong"),
        ("an account", "known", "wrong"),
        ("a closed account", "closed", "wrong"),
        ("a closed account, its own password", "closed", PASSWORD),
    ];
    let mut taken: [Vec<f64>; 4] = Default::default();
    let mut bodies: [Option<String>; 4] = Default::default();
    for n in 0..SAMPLES {
        let kind = n % kinds.len();
        let (_, local, password) = kinds[kind];
        let email = format!("{local}{}@example.org", (n / kinds.len()) % ACCOUNTS);
        let began = Instant::now();
        let answer = try_password(address, 1_000_000 + n, &email, password).await;
        taken[kind].push(began.elapsed().as_secs_f64() * 1000.0);
        assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
        let plain = answer.replace(&email, "E");
        let lines = plain.lines().filter(|line| !line.starts_with("x-request-id"));
        let plain: String = lines.filter(|line| !line.starts_with("date:")).collect();
        let length = plain.find("content-length").unwrap();
        bodies[kind].get_or_insert(plain[plain[length..].find('<').unwrap() + length..].to_owned());
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the refusals differ");
    println!("a refusal, {SAMPLES} interleaved, the same bytes but for the address typed");
    let base = median(&mut taken[0].clone());
    for ((name, ..), mut taken) in kinds.into_iter().zip(taken) {
        let median = median(&mut taken);
        println!("  {name}: median {median:.2} ms, {:+.2} ms to nobody's", median - base);
    }
}

/// One try from an address of its own; the whole answer.
async fn try_password(address: SocketAddr, n: usize, email: &str, password: &str) -> String {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email)
        .append_pair("password", password)
        .finish();
    let from = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
    let request = format!(
        "POST /sign-in HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\n\
         x-forwarded-for: {from}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
