//! How fast public pages are served and how soon a start is ready: `cargo bench --bench serving`.
//!
//! Each page is compared with a bare axum handler that returns the same bytes and headers, in turn,
//! ten rounds, median. Latency is measured at half of the portal's own limit, counted from the moment
//! a request was due. Logs, metrics and headers stay on. The client has the first core and the server
//! the others (`taskset`): where they share, what is measured is how the scheduler takes turns. One run
//! takes about two minutes.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may stop")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use http::{HeaderMap, HeaderName, HeaderValue};
use portal::db::embedded::{Embedded, Tuning};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_secs(2);
const STARTS: usize = 20;
const CLIENT_CORE: &str = "0";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, head, body] = arguments.as_slice()
        && mode == "bare"
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        return runtime.block_on(bare(Path::new(head), Path::new(body)));
    }
    let own = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-a", "-p", "-c", CLIENT_CORE, &own]).output();
    assert!(pinned.is_ok_and(|output| output.status.success()), "taskset is there (util-linux)");
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
    let mut bare = Process::bare(&head, &body);
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
    for (name, address) in [("portal", portal.address), ("bare handler", bare.address)] {
        let mut taken = latencies(address, path, rate, Duration::from_secs(10));
        taken.sort_by(f64::total_cmp);
        let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize] * 1000.0;
        println!(
            "  at {rate:.0}/s {name}: p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
            at(0.5),
            at(0.99),
            at(0.999)
        );
    }
    bare.stop();
}

/// A command that runs another one on the cores from `first` on; core 0 is the client's.
fn on_cores_from(first: usize) -> Command {
    let listed = std::fs::read_to_string("/proc/cpuinfo").unwrap();
    let last = listed.lines().filter(|line| line.starts_with("processor")).count() - 1;
    assert!(last > 0, "client and server need a core each");
    let mut command = Command::new("taskset");
    command.args(["-c", &format!("{first}-{last}")]);
    command
}

/// A server in a process of its own.
struct Process {
    child: Child,
    address: SocketAddr,
}

impl Process {
    fn portal(mut command: Command, data: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        command.arg(env!("CARGO_BIN_EXE_portal"));
        command.env("PORTAL_LISTEN", format!("127.0.0.1:{port}")).env("PORTAL_DATA_DIR", data);
        command.env("PORTAL_LOG", "info").env("PORTAL_LOG_FORMAT", "json");
        let log = File::options().create(true).append(true).open(data.join("bench.log")).unwrap();
        Self::spawn(command.stderr(log))
    }

    fn bare(head: &Path, body: &Path) -> Self {
        let mut command = on_cores_from(1);
        command.arg(std::env::current_exe().unwrap());
        Self::spawn(command.arg("bare").arg(head).arg(body))
    }

    /// Starts `command` and reads its address from the end of its first line.
    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().parse().unwrap();
        Self { child, address }
    }

    fn stop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        self.child.wait().unwrap();
    }

    fn resident_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
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

struct Answer {
    head: Vec<u8>,
    body: Vec<u8>,
}

impl Answer {
    async fn get(address: SocketAddr, path: &str) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut buffer = Vec::new();
        let end = exchange(&mut stream, &request(path), &mut buffer).await;
        let head = buffer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        Self { head: buffer[..head].to_vec(), body: buffer[head..end].to_vec() }
    }
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\naccept-encoding: gzip, deflate, br\r\nuser-agent: bench\r\n\r\n").into_bytes()
}

/// Sends `request` and reads the whole response into `buffer`; returns the response's length.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> usize {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the server hung up");
        if let Some(length) = response_length(buffer).filter(|length| buffer.len() >= *length) {
            return length;
        }
    }
}

/// The length of the response that `buffer` begins with, once its head is there.
fn response_length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    Some(head + 4 + length.parse::<usize>().unwrap())
}

/// Requests a second over [`CONNECTIONS`] busy connections.
async fn limit(address: SocketAddr, path: &str) -> f64 {
    let until = Instant::now() + ROUND;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let request = request(path);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut buffer, mut count) = (Vec::with_capacity(65_536), 0u32);
                while Instant::now() < until {
                    exchange(&mut stream, &request, &mut buffer).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    f64::from(count) / ROUND.as_secs_f64()
}

/// Seconds each request took from when it was due, at `rate` requests a second for `length`.
///
/// One thread keeps the time by looking at the clock without rest; the core is its own. A request that finds no connection free waits, and its waiting counts.
fn latencies(address: SocketAddr, path: &str, rate: f64, length: Duration) -> Vec<f64> {
    use std::collections::VecDeque;
    use std::io::{ErrorKind, Read, Write};
    struct Line {
        stream: std::net::TcpStream,
        due: Option<Instant>,
        buffer: Vec<u8>,
    }
    let request = request(path);
    let mut lines: Vec<Line> = (0..CONNECTIONS)
        .map(|_| {
            let stream = std::net::TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_nonblocking(true).unwrap();
            Line { stream, due: None, buffer: Vec::with_capacity(65_536) }
        })
        .collect();
    let mut free: Vec<usize> = (0..CONNECTIONS).collect();
    let mut busy: VecDeque<usize> = VecDeque::new();
    let pause = Duration::from_secs_f64(1.0 / rate);
    let (began, mut taken) = (Instant::now(), Vec::new());
    let mut due = began;
    let mut chunk = vec![0; 65_536];
    while due < began + length || !busy.is_empty() {
        while due < began + length && due <= Instant::now() {
            let Some(n) = free.pop() else { break };
            lines[n].stream.write_all(&request).unwrap();
            lines[n].due = Some(due);
            busy.push_back(n);
            due += pause;
        }
        // The oldest request is likeliest to be answered; a few more are looked at in turn.
        for _ in 0..busy.len().min(4) {
            let n = busy.pop_front().unwrap();
            let line = &mut lines[n];
            match line.stream.read(&mut chunk) {
                Ok(0) => panic!("the server hung up"),
                Ok(read) => line.buffer.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            if response_length(&line.buffer).is_some_and(|length| line.buffer.len() >= length) {
                line.buffer.clear();
                taken.push(line.due.take().unwrap().elapsed().as_secs_f64());
                free.push(n);
            } else {
                busy.push_back(n);
            }
        }
    }
    taken
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
