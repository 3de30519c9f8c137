//! Commands that are told to stop before they are done, and what the log says of what was sent.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cli::{Home, Serving, gone_within};
use crate::support::tree::{OVERVIEW, tree};

#[test]
fn a_command_that_is_told_to_stop_stops_the_database_it_started() {
    let content = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let sync = ["content", "sync", content.path().to_str().unwrap()];
    for (signal, arguments) in [(Signal::SIGINT, &sync[..]), (Signal::SIGTERM, &["migrate"])] {
        let home = Home::new();
        let mut command = home.command(arguments).spawn().unwrap();
        let began = Instant::now();
        let postgres = loop {
            assert!(began.elapsed() < Duration::from_secs(60), "Postgres does not start");
            assert!(
                command.try_wait().unwrap().is_none(),
                "it was done before it could be stopped"
            );
            match home.postgres() {
                Some(postgres) => break postgres,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        kill(Pid::from_raw(command.id().try_into().unwrap()), signal).unwrap();
        let ended = command.wait().unwrap();
        assert_eq!(ended.code(), Some(1), "{arguments:?}");
        assert!(
            gone_within(postgres, Duration::from_secs(10)),
            "{arguments:?}: Postgres still runs"
        );
        let mut told = String::new();
        command.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(told.contains("portal: stopped before it was done"), "{told}");
    }
}

#[test]
fn the_log_never_repeats_a_method_that_somebody_made_up() {
    let home = Home::new();
    let mut serving = Serving::start(home.command(&[]));
    for method in ["MAYA-OKAFOR", "DELETE"] {
        let mut stream = TcpStream::connect(("127.0.0.1", home.port)).unwrap();
        write!(stream, "{method} /search HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    }
    serving.signal(Signal::SIGTERM);
    let mut log = String::new();
    serving.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(!log.contains("MAYA"), "{log}");
    assert!(log.contains(r#""method":"other""#) && log.contains(r#""method":"DELETE""#), "{log}");
}
