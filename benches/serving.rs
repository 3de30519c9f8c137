//! How fast public pages are served and how soon a start is ready: `cargo bench --bench serving`.
//!
//! Each page is compared with a bare axum handler that returns the same bytes and headers, in turn,
//! ten rounds, median. Latency is measured at half of the portal's own limit, in as many rounds and in
//! turn, counted from the moment a request was due. Logs, metrics and headers stay on. The client has the
//! first core and the server the others. One run takes about four minutes.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may stop")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue};
use portal::db::embedded::{Embedded, Tuning};
use tokio::net::TcpListener;

use support::load::{Answer, at, latencies, limit, median};
use support::process::{Process, be_the_client, on_cores_from};

const ROUNDS: usize = 10;
/// How long latency is measured in one round.
const ROUND: Duration = Duration::from_secs(3);
const STARTS: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, head, body] = arguments.as_slice()
        && mode == "bare"
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(bare(Path::new(head), Path::new(body)));
    }
    be_the_client();
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run());
}

async fn run() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let data = dir.path().join("data");
    // Held so that Postgres is up whatever the portals do.
    let postgres = Embedded::start(&data, None, Tuning::Durable).await.unwrap();
    let mut portal = Process::portal(on_cores_from(1), &data);
    for path in ["/", "/docs/challenges/systems/challenge.md"] {
        compare(&portal, path, dir.path()).await;
    }
    println!("resident memory of the portal afterwards: {} MB", portal.resident_mb());
    portal.stop();
    let mut starts: Vec<f64> = (0..STARTS)
        .map(|_| {
            let began = Instant::now();
            let mut portal = Process::portal(on_cores_from(0), &data);
            let took = began.elapsed().as_secs_f64() * 1000.0;
            portal.stop();
            took
        })
        .collect();
    starts.sort_by(f64::total_cmp);
    println!(
        "ready after start, Postgres up: median {:.0} ms, slowest of {STARTS} {:.0} ms",
        starts[STARTS / 2],
        starts[STARTS - 1]
    );
    postgres.stop();
}

async fn compare(portal: &Process, path: &str, dir: &Path) {
    let answer = Answer::get(portal.address, path).await;
    let (head, body) = (dir.join("head"), dir.join("body"));
    std::fs::write(&head, &answer.head).unwrap();
    std::fs::write(&body, &answer.body).unwrap();
    let mut command = on_cores_from(1);
    command.arg(std::env::current_exe().unwrap());
    let mut bare = Process::spawn(command.arg("bare").arg(&head).arg(&body));
    let same = Answer::get(bare.address, path).await;
    assert_eq!(same.body, answer.body, "both serve the same bytes");
    let (mut ratios, mut limits, mut bares) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        // Which one goes first changes from round to round.
        let (ours, theirs) = if round % 2 == 0 {
            let ours = limit(portal.address, path).await;
            (ours, limit(bare.address, path).await)
        } else {
            let theirs = limit(bare.address, path).await;
            (limit(portal.address, path).await, theirs)
        };
        // The first round warms both up.
        if round > 0 {
            ratios.push(ours / theirs);
            limits.push(ours);
            bares.push(theirs);
        }
    }
    let (ratio, limit, theirs) = (median(&mut ratios), median(&mut limits), median(&mut bares));
    println!("{path} ({} bytes sent)", answer.head.len() + answer.body.len());
    println!("  requests a second: portal {limit:.0}, bare handler {theirs:.0}, ratio {ratio:.3}");
    let rate = limit / 2.0;
    let names = ["portal", "bare handler"];
    let mut taken: [Vec<[f64; 3]>; 2] = Default::default();
    for round in 0..ROUNDS {
        for turn in 0..2 {
            let n = (round + turn) % 2;
            let address = [portal.address, bare.address][n];
            let mut round = latencies(address, path, rate, ROUND);
            round.sort_by(f64::total_cmp);
            taken[n].push([0.5, 0.99, 0.999].map(|share| at(&round, share) * 1000.0));
        }
    }
    for (name, rounds) in names.iter().zip(&taken) {
        let median_of = |n: usize| median(&mut rounds.iter().map(|of| of[n]).collect::<Vec<_>>());
        println!(
            "  at {rate:.0}/s {name}: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
            median_of(0),
            median_of(1),
            median_of(2)
        );
    }
    bare.stop();
}

/// The bare handler: the given head's headers and the given body, and nothing else.
async fn bare(head: &Path, body: &Path) {
    let mut headers = HeaderMap::new();
    for line in std::fs::read_to_string(head).unwrap().lines().skip(1) {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if !matches!(name, "content-length" | "date") {
            let name: HeaderName = name.parse().unwrap();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
    }
    let body = Bytes::from(std::fs::read(body).unwrap());
    let handler = move || {
        let (headers, body) = (headers.clone(), body.clone());
        async move { (headers, body) }
    };
    let router = Router::new().route("/", get(handler.clone())).route("/{*path}", get(handler));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |tcp| {
            let _ = tcp.set_nodelay(true);
        }),
        router,
    )
    .await
    .unwrap();
}
