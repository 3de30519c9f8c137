//! What a client's way of sending and reading does to itself and to others. By real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use crate::cli::{Home, Serving};
use crate::support::Portal;

/// What comes back for these pieces, each sent a moment after the one before, until `enough` has come.
async fn answers(base: &str, pieces: &[&str], enough: usize) -> String {
    let address = base.strip_prefix("http://").unwrap().to_owned();
    let pieces: Vec<String> = pieces.iter().map(|&piece| piece.to_owned()).collect();
    let talking = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        for piece in pieces {
            stream.write_all(piece.as_bytes()).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        let (mut told, mut part) = (String::new(), [0; 16 * 1024]);
        while told.matches("HTTP/1.1 ").count() < enough {
            match stream.read(&mut part) {
                Ok(0) => break,
                Ok(count) => told.push_str(&String::from_utf8_lossy(&part[..count])),
                Err(error) => panic!("after {told:?}: {error}"),
            }
        }
        told
    });
    talking.await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_never_waits_for_the_rest_of_what_is_sent_next() {
    let portal = Portal::shipped().await;
    let base = portal.serve().await;
    let get = "GET /healthz HTTP/1.1\r\nhost: portal.test\r\n\r\n";
    // RFC 9112, 2.2: an empty line before a request is to be ignored.
    let trailing = answers(&base, &[&format!("{get}\r\n")], 1).await;
    assert!(trailing.starts_with("HTTP/1.1 200"), "{trailing}");
    let half = answers(&base, &[&format!("{get}GET /heal")], 1).await;
    assert!(half.starts_with("HTTP/1.1 200"), "{half}");
    let both =
        answers(&base, &[&format!("{get}GET /heal"), "thz HTTP/1.1\r\nhost: a\r\n\r\n"], 2).await;
    assert_eq!(both.matches("HTTP/1.1 200").count(), 2, "{both}");
    let many = answers(&base, &[&get.repeat(20)], 20).await;
    assert_eq!(many.matches("HTTP/1.1 200").count(), 20, "{many}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_request_is_told_so() {
    let portal = Portal::shipped().await;
    let base = portal.serve().await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "a".repeat(65_535));
    let large = format!("GET / HTTP/1.1\r\nhost: a\r\nx: {}", "a".repeat(70_000));
    for (sent, status) in [
        ("GET / HTTP/1.1\r\nb@d header\r\n\r\nmore", "HTTP/1.1 400"),
        (&long, "HTTP/1.1 414"),
        (&large, "HTTP/1.1 431"),
    ] {
        let told = answers(&base, &[sent], 1).await;
        assert!(told.starts_with(status), "{status} expected: {told:?}");
    }
}

/// The address of a picture, which is sent as it is.
fn picture(home: &Home) -> String {
    let page = home.get("/").unwrap();
    let at = page.find("/assets/social.").unwrap();
    page[at..].split('"').next().unwrap().to_owned()
}

const ASKED: usize = 200;

/// Connections of clients that ask for far more than any buffer holds, and read nothing.
fn readers_that_stop(home: &Home, count: usize) -> Vec<TcpStream> {
    let address = ([127, 0, 0, 1], home.port).into();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let asked = format!("GET {} HTTP/1.1\r\nhost: a\r\n\r\n", picture(home)).repeat(ASKED);
    let connect = async || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(2048).unwrap();
        socket.connect(address).await.unwrap().into_std().unwrap()
    };
    (0..count)
        .map(|_| {
            let mut stream = runtime.block_on(connect());
            stream.set_nonblocking(false).unwrap();
            stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
            // A portal that puts somebody out may do so while they are still asking.
            let _put_out = stream.write_all(asked.as_bytes());
            stream
        })
        .collect()
}

/// Thousands of lines would fill the pipe that nobody reads.
fn quiet(mut command: Command) -> Command {
    command.env("PORTAL_LOG", "warn");
    command
}

fn open_files(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}

#[test]
fn clients_that_never_read_are_put_out_and_never_keep_others_out() {
    let home = Home::new();
    let serving = Serving::start(quiet(home.shell("ulimit -n 256; exec \"$0\"")));
    let process = serving.child.id();
    let before = open_files(process);
    let stopped = readers_that_stop(&home, 300);
    assert!(open_files(process) < 220, "{} files are open", open_files(process));
    for _ in 0..20 {
        let began = Instant::now();
        assert!(home.get("/").is_some(), "a normal client is served");
        assert!(began.elapsed() < Duration::from_secs(3), "after {:?}", began.elapsed());
    }
    let began = Instant::now();
    while open_files(process) > before + 4 {
        assert!(
            began.elapsed() < Duration::from_secs(40),
            "they keep {} files",
            open_files(process)
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    drop(stopped);
    assert!(serving.interrupt());
}

#[test]
fn a_client_that_reads_slowly_gets_all_of_it() {
    let home = Home::new();
    let serving = Serving::start(quiet(home.command(&[])));
    let mut slow = readers_that_stop(&home, 1).remove(0);
    slow.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // Longer than anybody may keep the portal waiting for nothing.
    let (began, mut got, mut part) = (Instant::now(), 0, vec![0; 64 * 1024]);
    while began.elapsed() < Duration::from_secs(24) {
        got += slow.read(&mut part).unwrap();
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut rest = Vec::new();
    let _silent_at_the_end = slow.read_to_end(&mut rest);
    let size = include_bytes!("../static/social.png").len();
    assert!(got < size * ASKED, "it was not slow enough to prove anything");
    assert!(got + rest.len() > size * ASKED, "{} bytes of {ASKED} × {size}", got + rest.len());
    assert!(serving.interrupt());
}
