//! `portal demo`: full of people, far from real data, gone when it stops.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http::StatusCode;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use portal::account::passwords::{NewPassword, Passwords};
use portal::config::PasswordCost;

use crate::support::Portal;
use crate::support::html::{attributes, text};

const PASSWORD: &str = "heron lantern quarry plum";

#[tokio::test]
async fn everybody_who_is_printed_can_sign_in_and_every_page_says_demo() {
    let portal = Portal::shipped().await;
    let password = NewPassword::parse(PASSWORD, &[]).unwrap();
    let hash = Passwords::new(PasswordCost::LOW).hash(password).await.unwrap();
    let filled =
        portal::demo::fill(&portal.db, &portal.objects, &hash, portal.clock.now()).await.unwrap();
    assert!(filled.guests.len() > 10);
    for guest in &filled.guests {
        let mut browser = portal.browser();
        let fields = [("email", guest.email.as_str()), ("password", PASSWORD)];
        let entered = browser.post("/sign-in", &fields).await;
        assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", guest.email);
        assert!(!guest.about.is_empty());
    }
    assert_eq!(portal.get(&filled.invitation).await.status, StatusCode::OK);
    let mut sean = portal.browser();
    sean.post("/sign-in", &[("email", "sean@example.org"), ("password", PASSWORD)]).await;
    let desk = sean.page("/desk").await;
    let debrief = attributes(&desk, "href").into_iter().find(|it| it.starts_with("/debriefs/"));
    let says = text(&sean.page(&debrief.expect("votes are open")).await);
    assert!(says.contains("The panel disagrees"), "{says}");
    let says = text(&sean.page("/reports").await);
    assert!(says.contains("Went on 8 of 18, 44 % Declined 5 of 18, 28 %"), "{says}");
    let twin = portal.twin().await;
    for page in ["/", "/tracks/systems", "/sign-in", "/nowhere"] {
        assert!(text(&twin.get(page).await.text()).contains("A demo: nobody here is real"));
        assert!(!text(&Portal::shipped().await.get(page).await.text()).contains("A demo:"));
    }
}

/// Starts a demo whose folders lie in `folder`; returns once it has said where it is.
fn start(folder: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portal"))
        .arg("demo")
        .current_dir(folder)
        .env("TMPDIR", folder)
        // Nothing real is asked: this would keep any other command from starting.
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing")
        .env("PORTAL_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let is_ready = |line: &str| line.starts_with("The portal is ready at http://127.0.0.1:");
    let mut said = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        said.push_str(&line);
        said.push('\n');
        if is_ready(&line) {
            break;
        }
    }
    if !said.lines().any(is_ready) {
        child.wait().unwrap();
        panic!("the demo did not get ready: {said}");
    }
    (child, said)
}

fn demos(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_demo_leaves_nothing_and_clears_what_a_killed_one_left() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .unwrap();
    let (mut killed, said) = start(folder.path());
    assert!(said.contains("maya@example.org") && said.contains("/invitation/"), "{said}");
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(demos(folder.path()), 1, "a killed demo cannot clear up");
    let (mut next, _) = start(folder.path());
    assert_eq!(demos(folder.path()), 1, "the next one does");
    kill(Pid::from_raw(i32::try_from(next.id()).unwrap()), Signal::SIGINT).unwrap();
    let since = Instant::now();
    while next.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < Duration::from_secs(20), "it does not stop");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(demos(folder.path()), 0);
}
