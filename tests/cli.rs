//! The program as an operator meets it: started, stopped, killed, misconfigured.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::ConnectOptions;
use tempfile::TempDir;

use crate::support::cluster::{Holds, database};
use crate::support::portal::SECRET_KEY;
use crate::support::tree::{OVERVIEW, tree, write};

/// A folder of an operator's, with a space in its name, and a portal's settings for it.
pub struct Home {
    _dir: TempDir,
    /// Where a copy of the portal lies, if one is needed.
    programs: TempDir,
    pub path: PathBuf,
    pub port: u16,
    /// Runs the portal as this user instead of the test's own.
    user: Option<u32>,
}

impl Home {
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("portal home ").tempdir().unwrap();
        // Passable, so that the account `postgres` may enter when the tests run as root.
        fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let programs = tempfile::tempdir().unwrap();
        fs::set_permissions(programs.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { path: dir.path().to_owned(), _dir: dir, programs, port, user: None }
    }

    /// A home of an ordinary user's, whoever runs the tests.
    fn of_nobody() -> Self {
        let mut home = Self::new();
        if nix::unistd::geteuid().is_root() {
            let nobody = 65_534;
            std::os::unix::fs::chown(&home.path, Some(nobody), Some(nobody)).unwrap();
            home.user = Some(nobody);
        }
        home
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(match self.user {
            // The test's own build folder may be closed to others.
            Some(_) => self.program(),
            None => env!("CARGO_BIN_EXE_portal").into(),
        });
        command.args(arguments);
        self.prepare(command)
    }

    /// A shell that comes to `exec "$0"`, which is the portal.
    pub fn shell(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_portal")]);
        self.prepare(command)
    }

    /// A portal that serves, started by another program.
    fn through(&self, program: &[&str]) -> Command {
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).args([env!("CARGO_BIN_EXE_portal"), "serve"]);
        self.prepare(command)
    }

    fn prepare(&self, mut command: Command) -> Command {
        command.current_dir(&self.path).env_remove("DATABASE_URL");
        command.env("PORTAL_LISTEN", format!("127.0.0.1:{}", self.port));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(user) = self.user {
            command.uid(user).gid(user).env("HOME", "/nonexistent");
        }
        command
    }

    /// The portal, copied to where everybody may run it.
    fn program(&self) -> PathBuf {
        let copy = self.programs.path().join("portal");
        if !copy.exists() {
            fs::copy(env!("CARGO_BIN_EXE_portal"), &copy).unwrap();
        }
        copy
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn serve(&self) -> Serving {
        Serving::start(self.command(&["serve"]))
    }

    pub fn postgres(&self) -> Option<Pid> {
        let file = self.path.join("data/postgres/cluster/postmaster.pid");
        let pid = fs::read_to_string(file).ok()?.lines().next()?.parse().ok()?;
        Some(Pid::from_raw(pid))
    }

    pub fn get(&self, path: &str) -> Option<String> {
        get(self.port, path)
    }

    /// The path of the link a command prints, which leads to this portal.
    fn link(&self, arguments: &[&str]) -> String {
        let printed = self.command(arguments).env_remove("PORTAL_LISTEN").output().unwrap();
        assert!(printed.status.success(), "{}", said(&printed));
        let told = said(&printed);
        let here = format!("http://127.0.0.1:{}", self.port);
        let (_, link) = told.split_once(&here).unwrap_or_else(|| panic!("{here}: {told}"));
        link.trim().to_owned()
    }
}

/// The body of a page, as the plainest client asks for it; `None` where nobody answers with 200.
pub fn get(port: u16, path: &str) -> Option<String> {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.starts_with("HTTP/1.1 200").then(|| body.to_owned())
}

pub struct Serving {
    pub child: Child,
    /// The lines of standard output.
    lines: Receiver<String>,
}

impl Serving {
    /// A portal that has said where it is.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _nobody_listens = sender.send(line);
            }
        });
        let mut serving = Self { child, lines };
        match serving.lines.recv_timeout(Duration::from_secs(60)) {
            Ok(line) => {
                assert!(line.starts_with("The portal is ready at http://127.0.0.1:"), "{line}")
            }
            Err(_) => {
                let _already_gone = serving.child.kill();
                let mut errors = String::new();
                serving.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("the portal did not get ready: {errors}");
            }
        }
        serving
    }

    /// The next line of what it prints.
    fn line(&self) -> String {
        self.lines.recv_timeout(Duration::from_secs(10)).expect("it says more")
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().try_into().unwrap()), signal).unwrap();
    }

    /// Ends it as Ctrl-C does; returns whether it went well.
    pub fn interrupt(mut self) -> bool {
        self.signal(Signal::SIGINT);
        self.child.wait().unwrap().success()
    }

    pub fn kill_hard(mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal(Signal::SIGTERM);
            let _ended = self.child.wait();
        }
    }
}

pub fn gone_within(pid: Pid, limit: Duration) -> bool {
    let began = Instant::now();
    let stat = format!("/proc/{pid}/stat");
    while began.elapsed() < limit {
        // A zombie that nobody reaps has ended all the same.
        if fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z ")) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn it_starts_from_nothing_in_a_folder_with_a_space_and_ctrl_c_stops_everything() {
    let home = Home::new();
    let serving = home.serve();
    assert!(home.get("/").unwrap().contains("Show us how you work on production"));
    let postgres = home.postgres().expect("Postgres runs");
    assert!(serving.interrupt());
    assert!(gone_within(postgres, Duration::from_secs(10)), "Postgres still runs");
    // And again, on what is there.
    let serving = home.serve();
    assert!(home.get("/tracks/operations").is_some());
    assert!(serving.interrupt());
}

#[test]
fn a_terminal_that_closes_stops_everything_unless_it_was_told_to_stay() {
    let home = Home::new();
    // Even where whoever runs these tests was told to stay.
    let mut serving = Serving::start(home.through(&["env", "--default-signal=HUP"]));
    let postgres = home.postgres().expect("Postgres runs");
    serving.signal(Signal::SIGHUP);
    assert!(serving.child.wait().unwrap().success());
    assert!(gone_within(postgres, Duration::from_secs(10)), "Postgres still runs");
    let serving = Serving::start(home.through(&["nohup"]));
    serving.signal(Signal::SIGHUP);
    std::thread::sleep(Duration::from_millis(300));
    assert!(home.get("/").is_some(), "under nohup it goes on");
    assert!(serving.interrupt());
}

#[test]
fn it_comes_back_after_the_portal_or_postgres_or_both_were_killed() {
    let home = Home::new();
    let content = tree(&[("README.md", OVERVIEW), ("challenge.md", "# Kept")]);
    let synced = home.run(&["content", "sync", content.path().to_str().unwrap()]);
    assert!(synced.status.success(), "{}", said(&synced));
    let serving = home.serve();
    serving.kill_hard();
    let orphan = home.postgres().expect("Postgres outlives a killed portal");
    let serving = home.serve();
    assert_eq!(home.postgres(), Some(orphan), "the orphan is adopted");
    kill(orphan, Signal::SIGKILL).unwrap();
    assert!(home.get("/").is_some(), "pages are still served");
    // A backend may live on for a moment after its postmaster, so a new one has to be seen too.
    let killed = Instant::now();
    while home.postgres() == Some(orphan) || home.get("/search?q=welcome").is_none() {
        assert!(killed.elapsed() < Duration::from_secs(10), "the database is not started again");
        std::thread::sleep(Duration::from_millis(50));
    }
    serving.kill_hard();
    let serving = home.serve();
    kill(home.postgres().unwrap(), Signal::SIGKILL).unwrap();
    drop(serving);
    let serving = home.serve();
    assert!(
        home.get("/docs/challenge.md").unwrap().contains("<h1>Kept</h1>"),
        "what was synced is still there"
    );
    assert!(serving.interrupt());
}

#[test]
fn commands_work_beside_a_serving_portal_and_alone() {
    let home = Home::new();
    let content = tree(&[("README.md", OVERVIEW), ("challenge.md", "# Beside")]);
    let dir = content.path().to_str().unwrap();
    let serving = home.serve();
    let doctor = home.run(&["doctor"]);
    assert!(doctor.status.success());
    assert!(
        said(&doctor).contains("secret key  ok     opens what was sealed"),
        "{}",
        said(&doctor)
    );
    let key = fs::metadata(home.path.join("data/secret.key")).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&key) & 0o777, 0o600, "for nobody else");
    assert!(home.run(&["migrate"]).status.success());
    let synced = home.run(&["content", "sync", dir]);
    assert!(synced.status.success(), "{}", said(&synced));
    let began = Instant::now();
    while home.get("/docs/challenge.md").is_none_or(|page| !page.contains("<h1>Beside</h1>")) {
        assert!(began.elapsed() < Duration::from_secs(1), "the portal still shows the old content");
        std::thread::sleep(Duration::from_millis(10));
    }
    let postgres = home.postgres().unwrap();
    assert!(serving.interrupt());
    assert!(gone_within(postgres, Duration::from_secs(10)));
    write(content.path(), "challenge.md", b"# Alone");
    assert!(home.run(&["content", "sync", dir]).status.success());
    assert!(home.run(&["doctor"]).status.success());
    assert!(home.run(&["migrate"]).status.success());
    assert!(
        home.postgres().is_none_or(|pid| gone_within(pid, Duration::from_secs(10))),
        "a command leaves nothing running"
    );
    let serving = home.serve();
    assert!(
        home.get("/docs/challenge.md").unwrap().contains("<h1>Alone</h1>"),
        "a start never overwrites what was synced"
    );
    assert!(serving.interrupt());
}

#[test]
fn a_second_portal_on_the_same_data_or_the_same_port_is_told_why_not() {
    let home = Home::new();
    let serving = home.serve();
    let other_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let same_data =
        home.command(&[]).env("PORTAL_LISTEN", other_port.to_string()).output().unwrap();
    assert!(!same_data.status.success());
    assert!(
        said(&same_data).contains("another portal already serves the data in"),
        "{}",
        said(&same_data)
    );
    let same_port = home.command(&[]).env("PORTAL_DATA_DIR", "elsewhere").output().unwrap();
    assert!(!same_port.status.success());
    assert!(
        said(&same_port).contains("Choose another address with PORTAL_LISTEN"),
        "{}",
        said(&same_port)
    );
    assert!(home.get("/").is_some(), "the first one is not disturbed");
    assert!(serving.interrupt());
}

#[test]
fn an_ordinary_user_needs_no_more_than_root() {
    if !nix::unistd::geteuid().is_root() {
        return println!("skipped: the other tests run as an ordinary user already");
    }
    let home = Home::of_nobody();
    let serving = home.serve();
    assert!(home.get("/").is_some());
    assert!(serving.interrupt());
}

#[test]
fn doctor_finds_what_a_start_would_fail_with() {
    let home = Home::of_nobody();
    let mode = |path: &Path, mode: u32| {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    // A folder where nothing can be made, and then data that cannot be read.
    mode(&home.path, 0o555);
    let needed = format!("{} cannot be used: permission denied.", home.path.display());
    both_say(&home, &[&needed, &needed.replace(" cannot", "/data cannot")]);
    mode(&home.path, 0o755);
    assert!(home.serve().interrupt());
    let data = home.path.join("data");
    mode(&data, 0o000);
    let closed = format!("{} cannot be used: permission denied.", data.display());
    both_say(&home, &[&closed, &closed.replace(" cannot", "/postgres cannot")]);
    mode(&data, 0o755);
    assert!(home.run(&["doctor"]).status.success());
}

/// Sees that `doctor` and a start both fail with one of these, and with what to do.
fn both_say(home: &Home, wanted: &[&str]) {
    for command in ["doctor", "serve"] {
        let failed = home.run(&[command]);
        let told = said(&failed);
        assert!(!failed.status.success(), "{command}: {told}");
        assert!(wanted.iter().any(|wanted| told.contains(wanted)), "{command}: {told}");
        assert!(told.contains("choose another folder with PORTAL_DATA_DIR"), "{command}: {told}");
    }
}

#[test]
fn root_in_a_folder_closed_to_others_still_gets_a_database() {
    if !nix::unistd::geteuid().is_root() {
        return println!("skipped: only root runs Postgres as another account");
    }
    let home = Home::new();
    fs::set_permissions(&home.path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let serving = home.serve();
    assert!(home.get("/").is_some());
    let elsewhere =
        fs::read_link(home.path.join("data/postgres")).expect("a link says where the data lies");
    assert!(serving.interrupt());
    let _cleaned = fs::remove_dir_all(elsewhere);
}

#[test]
fn a_long_path_is_no_hindrance() {
    let mut home = Home::new();
    for _ in 0..4 {
        home.path = home.path.join("a folder with a name that goes on and on");
    }
    fs::create_dir_all(&home.path).unwrap();
    let serving = home.serve();
    assert!(home.get("/").is_some());
    assert!(serving.interrupt());
}

#[test]
fn without_postgres_it_says_what_to_install() {
    let home = Home::new();
    let empty = home.path.join("empty");
    fs::create_dir(&empty).unwrap();
    let wrong = home.command(&[]).env("PORTAL_POSTGRES_BIN", &empty).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        said(&wrong).contains("give the folder that holds initdb, postgres and pg_ctl"),
        "{}",
        said(&wrong)
    );
    let nothing = portal::db::embedded::Error::NotInstalled.to_string();
    assert!(nothing.contains("apt-get install postgresql") && nothing.contains("DATABASE_URL"));
}

#[test]
fn an_unknown_or_bad_setting_stops_the_start_with_its_name() {
    let home = Home::new();
    let unknown = home.command(&[]).env("PORTAL_COLOUR", "red").output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(said(&unknown).contains("PORTAL_COLOUR: there is no such setting. Known are:"));
    fs::write(home.path.join("portal.toml"), "base_url = \"interviews.example.org\"\n").unwrap();
    let bad = home.run(&["doctor"]);
    assert_eq!(bad.status.code(), Some(2));
    assert!(said(&bad).contains(
        "portal.toml: base_url: \"interviews.example.org\" is not allowed here; give http://"
    ));
    assert!(!home.path.join("data").exists(), "nothing was started");
}

#[tokio::test]
async fn a_portal_on_an_operators_database_is_told_to_set_its_secret_key() {
    let home = Home::new();
    let url = database(Holds::ShippedContent).await.app.to_url_lossy().to_string();
    let doctor = |key: Option<&str>| {
        let mut command = home.command(&["doctor"]);
        command.envs(key.map(|key| ("PORTAL_SECRET_KEY", key)));
        command.env("DATABASE_URL", &url).output().unwrap()
    };
    let without = doctor(None);
    assert_eq!(without.status.code(), Some(1), "{}", said(&without));
    let wrong =
        "secret key  WRONG  PORTAL_SECRET_KEY is not set, so nobody can use an authenticator app";
    assert!(said(&without).contains(wrong), "{}", said(&without));
    assert!(!home.path.join("data").exists(), "none is made that other instances do not have");
    let with = doctor(Some(SECRET_KEY));
    assert!(said(&with).contains("secret key  ok     opens what was sealed"), "{}", said(&with));
    let half = doctor(Some(&SECRET_KEY[..20]));
    assert_eq!(half.status.code(), Some(2));
    let told = said(&half);
    assert!(told.contains("PORTAL_SECRET_KEY: the value is not allowed here"), "{told}");
    assert!(!told.contains(&SECRET_KEY[..20]));
}

#[test]
fn a_database_that_does_not_answer_is_named_without_its_password() {
    let home = Home::new();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://portal:hunter2@127.0.0.1:{nobody}/portal");
    for command in ["serve", "doctor", "migrate"] {
        let away = home.command(&[command]).env("DATABASE_URL", &url).output().unwrap();
        assert!(!away.status.success(), "{command}");
        let said = said(&away);
        assert!(said.contains("the database cannot be reached"), "{command}: {said}");
        assert!(!said.contains("hunter2"), "{command}: {said}");
    }
}

#[test]
fn check_tells_what_it_found_and_changes_nothing() {
    let home = Home::new();
    let content = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One\n\n[x](nowhere.md)")]);
    let dir = content.path().to_str().unwrap();
    let checked = home.run(&["content", "check", dir]);
    assert!(checked.status.success());
    let told = said(&checked);
    assert!(told.contains("Track ops: challenge.md, more.md"), "{told}");
    assert!(told.contains("README.md:15: links to more.md, which is not in this tree"), "{told}");
    assert!(
        told.contains("challenge.md:3: links to nowhere.md, which is not in this tree"),
        "{told}"
    );
    assert_eq!(home.run(&["content", "check", "--strict", dir]).status.code(), Some(1));
    assert!(!home.path.join("data").exists(), "no database was needed");
    let missing = home.run(&["content", "sync", "no such folder"]);
    assert!(
        said(&missing).contains("no such folder: this folder cannot be read: it does not exist")
    );
}

#[test]
fn a_refused_sync_says_that_nothing_was_changed_and_leaves_nothing_behind() {
    let home = Home::new();
    let none = tree(&[("a.md", "# A")]);
    let refused = home.run(&["content", "sync", none.path().to_str().unwrap()]);
    assert!(!refused.status.success());
    let told = said(&refused);
    assert!(told.starts_with("portal: this tree: no document has a \"Backgrounds\""), "{told}");
    assert!(told.trim_end().ends_with("Nothing was changed."), "{told}");
    assert!(!home.path.join("data").exists(), "no database was set up for it");
}

#[test]
fn a_sync_says_which_database_it_went_into_and_whether_anybody_sees_it() {
    let home = Home::new();
    let content = tree(&[("README.md", OVERVIEW), ("challenge.md", "# One")]);
    let dir = content.path().to_str().unwrap();
    let database = format!("Into the portal's own database in {}/data", home.path.display());
    let alone = said(&home.run(&["content", "sync", dir]));
    assert!(alone.contains(&format!("{database}, which is new.")), "{alone}");
    assert!(alone.contains("No portal is running on this database"), "{alone}");
    let serving = home.serve();
    let beside = said(&home.run(&["content", "sync", dir]));
    assert!(beside.contains(&format!("{database}.")), "{beside}");
    assert!(beside.contains("The portal that runs on this database shows it"), "{beside}");
    assert!(serving.interrupt());
}

#[test]
fn help_names_every_command_and_setting() {
    let help = said(&Home::new().run(&["--help"]));
    for part in
        ["serve", "content", "audit", "migrate", "doctor", "DATABASE_URL", "PORTAL_DATA_DIR"]
    {
        assert!(help.contains(part), "{part} is missing: {help}");
    }
}

#[test]
fn requests_under_way_are_finished_when_it_is_told_to_stop() {
    use std::io::Write;
    let home = Home::new();
    let serving = home.serve();
    let mut slow = std::net::TcpStream::connect(("127.0.0.1", home.port)).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: loc").unwrap();
    std::thread::sleep(Duration::from_millis(100));
    serving.signal(Signal::SIGTERM);
    std::thread::sleep(Duration::from_millis(100));
    slow.write_all(b"alhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(serving.interrupt());
    assert!(Path::new(&home.path).exists());
}

#[test]
fn a_client_that_never_finishes_its_request_is_put_out_and_others_are_not_disturbed() {
    use std::io::Write;
    let home = Home::new();
    let serving = home.serve();
    let began = Instant::now();
    let mut slow: Vec<_> = (0..200)
        .map(|_| {
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", home.port)).unwrap();
            stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ").unwrap();
            stream
        })
        .collect();
    assert!(home.get("/").is_some(), "a normal client is served");
    for stream in &mut slow {
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).expect("the portal hangs up");
    }
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(home.get("/").is_some());
    assert!(serving.interrupt());
}

#[test]
fn a_first_start_that_is_killed_or_stopped_leaves_nothing_half_made() {
    for (round, signal) in
        [Signal::SIGKILL, Signal::SIGTERM, Signal::SIGKILL].into_iter().enumerate()
    {
        let home = Home::new();
        let mut first = home.command(&[]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150 + 300 * round as u64));
        kill(Pid::from_raw(first.id().try_into().unwrap()), signal).unwrap();
        first.wait().unwrap();
        let serving = home.serve();
        assert!(home.get("/").is_some());
        let conf = home.path.join("data/postgres/cluster/postgresql.conf");
        assert!(fs::read_to_string(conf).unwrap().contains("include = 'portal.conf'"));
        let log = fs::read_to_string(home.path.join("data/postgres/postgres.log")).unwrap();
        assert!(!log.contains("listening on IP"), "{log}");
        assert!(serving.interrupt());
    }
}

#[test]
fn the_audit_log_is_sealed_by_whatever_writes_to_it_and_verify_tells_when_it_is_broken() {
    let home = Home::new();
    let empty = home.run(&["audit", "verify", "--head", "12"]);
    assert_eq!(empty.status.code(), Some(2), "{}", said(&empty));
    assert!(said(&empty).contains("give a head as `portal audit head` prints it"));
    let serving = home.serve();
    let add = |email: &str| {
        let person = ["account", "add", "--name", "Maya Okafor", "--role", "hr", "--email", email];
        let added = home.run(&person);
        assert!(added.status.success(), "{}", said(&added));
    };
    add("maya@example.org");
    let head = String::from_utf8(home.run(&["audit", "head"]).stdout).unwrap();
    let head = head.trim();
    // The content, the invitation, its link.
    assert!(head.starts_with("3:") && head.len() == 66, "{head}");
    let postgres = home.postgres().unwrap();
    kill(postgres, Signal::SIGKILL).unwrap();
    let killed = Instant::now();
    while home.postgres().is_none_or(|pid| pid == postgres)
        || home.get("/search?q=welcome").is_none()
    {
        assert!(killed.elapsed() < Duration::from_secs(10), "the database is not started again");
        std::thread::sleep(Duration::from_millis(50));
    }
    add("jonas@example.org");
    let sound = home.run(&["audit", "verify", "--head", head]);
    assert!(sound.status.success(), "{}", said(&sound));
    assert!(said(&sound).contains("The audit log is sound."), "{}", said(&sound));
    assert!(said(&sound).contains("It still holds all it held at 3."), "{}", said(&sound));
    let doctor = home.run(&["doctor"]);
    assert!(said(&doctor).contains("5 events are sealed"), "{}", said(&doctor));
    let other = format!("3:{}", "0".repeat(64));
    let broken = home.run(&["audit", "verify", "--head", &other]);
    assert_eq!(broken.status.code(), Some(1));
    let told = said(&broken);
    assert!(
        told.contains("One thing is wrong:\n  the chain up to event 3 is not the one"),
        "{told}"
    );
    assert!(serving.interrupt());
    // Alone too, and without a portal that serves.
    let alone = home.run(&["audit", "verify"]);
    assert!(alone.status.success(), "{}", said(&alone));
    assert!(said(&alone).contains("Whether its end was cut off can only be told by a head"));
    let help = said(&home.run(&["audit", "verify", "--help"]));
    assert!(help.contains("Exit code: 0 when the log is sound, 1"), "{help}");
}

#[test]
fn names_that_would_turn_a_terminals_lines_around_are_shown_by_their_codes() {
    let overview = OVERVIEW.replace("more.md", "a%E2%80%AEb%1B[2J.md");
    let dir = tree(&[("README.md", &overview), ("levels/x\u{202e}y.md", "# A")]);
    let checked = Home::new().run(&["content", "check", dir.path().to_str().unwrap()]);
    let said = String::from_utf8(checked.stdout).unwrap();
    assert!(said.contains("a\\u{202e}b") && said.contains("Level guide x\\u{202e}y"), "{said}");
    assert!(!said.contains(['\u{202e}', '\u{1b}']), "{said}");
}

#[test]
fn the_set_up_link_lives_until_an_administrator_has_come_and_a_lost_invitation_is_made_again() {
    let home = Home::new();
    let serving = home.serve();
    assert!(serving.line().contains("Nobody has set it up yet"));
    let printed = serving.line();
    assert!(serving.line().contains("nothing is sent: PORTAL_SMTP_URL"), "said at the first start");
    let here = format!("http://127.0.0.1:{}", home.port);
    let set_up = printed.trim().strip_prefix(&here).unwrap();
    // The command is told nothing of where the portal listens.
    let person = ["--name", "Maya Okafor", "--role", "administrator", "--email", "m@example.org"];
    let lost = home.link(&[&["account", "add"], person.as_slice()].concat());
    assert!(home.get(set_up).is_some(), "nobody has come yet");
    let twice = said(&home.run(&[&["account", "add"], person.as_slice()].concat()));
    assert!(twice.contains("`portal account link` makes its link again"), "{twice}");
    let reset = said(&home.run(&["account", "reset", "--email", "m@example.org"]));
    assert!(reset.contains("`portal account link` makes its link again"), "{reset}");
    let again = home.link(&["account", "link", "--email", "M@example.org"]);
    assert!(again.starts_with("/invitation/") && home.get(&again).is_some(), "{again}");
    assert!(home.get(&lost).is_none(), "the one that was lost ends");
    assert!(serving.interrupt());
    let serving = home.serve();
    assert!(serving.line().contains("Nobody has set it up yet"), "the next start prints one too");
    assert!(serving.interrupt());
}

#[test]
fn doctor_says_where_objects_are_kept_and_whether_they_can_be() {
    let home = Home::new();
    let folder = home.path.join("kept");
    let doctor = || {
        let mut command = home.command(&["doctor"]);
        command.env("PORTAL_OBJECTS", &folder).output().unwrap()
    };
    let before = doctor();
    assert!(before.status.success(), "{}", said(&before));
    let expected = format!("objects  ok     will be kept in {}", folder.display());
    assert!(said(&before).contains(&expected), "{}", said(&before));
    assert!(!folder.exists(), "it only looks");
    fs::create_dir(&folder).unwrap();
    let there = doctor();
    assert!(said(&there).contains("kept, where they can be written"), "{}", said(&there));
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "a file in its place").unwrap();
    let wrong = doctor();
    assert_eq!(wrong.status.code(), Some(1), "{}", said(&wrong));
    let expected = format!("objects  WRONG  nothing can be kept in {}: ", folder.display());
    assert!(said(&wrong).contains(&expected), "{}", said(&wrong));
}

#[test]
fn doctor_says_whether_letters_can_be_sent() {
    let home = Home::new();
    let doctor = |smtp: Option<u16>| {
        let mut command = home.command(&["doctor"]);
        if let Some(port) = smtp {
            command.env("PORTAL_SMTP_URL", format!("smtp://127.0.0.1:{port}"));
            command.env("PORTAL_MAIL_FROM", "interviews@example.org");
        }
        command.output().unwrap()
    };
    let without = doctor(None);
    assert!(without.status.success(), "{}", said(&without));
    assert!(said(&without).contains("mail  ok     nothing is sent: PORTAL_SMTP_URL"));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let away = doctor(Some(nobody));
    assert_eq!(away.status.code(), Some(1), "{}", said(&away));
    assert!(said(&away).contains(&format!("mail  WRONG  127.0.0.1:{nobody}: ")), "{}", said(&away));
    if let Some(mailbox) = crate::support::mailbox::Mailbox::start() {
        let there = doctor(Some(mailbox.port));
        assert!(there.status.success(), "{}", said(&there));
        assert!(said(&there).contains("takes letters from this portal"), "{}", said(&there));
        assert!(mailbox.messages().is_empty(), "nothing is sent to find out");
    }
}
