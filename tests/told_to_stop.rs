//! Commands that are told to stop before they are done.

use std::io::Read;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::cli::{Home, gone_within};
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
