//! What a client's way of sending and reading does to itself and to others. By real sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use crate::cli::{Home, Serving};

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
