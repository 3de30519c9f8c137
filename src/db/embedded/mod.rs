//! The portal's own Postgres: set up in the data folder, reached by a socket only, shared by every
//! portal command that runs at the same time. The last one out stops it.

mod place;
mod tools;

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};
use tokio::net::UnixStream;
use uuid::Uuid;

use place::{Account, Folders};
use tools::Tools;

/// The account `initdb` makes: the owner of everything.
const OWNER: &str = "app";
/// How the name of a cluster begins that is still being made.
const UNFINISHED: &str = "cluster.new-";
/// How long a server that is starting or recovering may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "no Postgres was found. Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: \
         dnf install postgresql-server; macOS: brew install postgresql@17), or name a server with \
         DATABASE_URL, or the folder of initdb and pg_ctl with PORTAL_POSTGRES_BIN."
    )]
    NotInstalled,
    #[error(
        "the data in {} was made by Postgres {major}, which was not found. Install that version \
         (Debian, Ubuntu: apt-get install postgresql-{major}).", .folder.display()
    )]
    WrongMajor { folder: PathBuf, major: String },
    #[error(
        "Postgres will not run as root, and there is no account `postgres` to run it as. Install \
         your system's Postgres package, which makes one, or run the portal as another user."
    )]
    NoAccount,
    #[error(
        "the account `postgres`, which runs the database when the portal is root, cannot enter {}. \
         Let it pass (chmod a+x), choose another folder with PORTAL_DATA_DIR, or run the portal as another \
         user.",
        .0.display()
    )]
    NotPassable(PathBuf),
    #[error(
        "Postgres cannot be started in {}: the path has a quote, a backslash, a dollar sign or a line \
         break. Choose another folder with PORTAL_DATA_DIR.", .0.display()
    )]
    OddFolder(PathBuf),
    #[error(
        "{} cannot be used: {}. Let this account read and write there, or choose another folder with \
         PORTAL_DATA_DIR.", .path.display(), in_words(.error)
    )]
    Unusable { path: PathBuf, error: io::Error },
    #[error(
        "the database's socket would lie in {}, and that is not a folder of this portal's alone. Somebody \
         else made it: look who, remove it, or choose a shorter PORTAL_DATA_DIR, which needs no such \
         folder.", .0.display()
    )]
    NotOurs(PathBuf),
    #[error(
        "what answers on the socket in {} runs as another account (user id {found}) than this portal's \
         database would. Stop it, or choose another PORTAL_DATA_DIR.", .socket.display()
    )]
    Impostor { socket: PathBuf, found: u32 },
    #[error("{what} ({}): {error}", .path.display())]
    Io { what: &'static str, path: PathBuf, error: io::Error },
    #[error("{tool} failed: {output}")]
    Tool { tool: &'static str, output: String },
    #[error(
        "the database in {} does not answer: {reason}. Its log is postgres.log beside it.",
        .folder.display()
    )]
    Silent { folder: PathBuf, reason: String },
}

/// How much the data is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// Every commit reaches the disk.
    Durable,
    /// For tests: fast, and gone when the machine stops.
    Throwaway,
}

/// A running embedded server, and this process's share in it.
#[derive(Debug)]
pub struct Embedded {
    folders: Folders,
    /// Where the programs are, where that was set.
    bin_dir: Option<PathBuf>,
    account: Account,
    /// Held shared as long as this process uses the server.
    users: File,
    tuning: Tuning,
}

impl Embedded {
    /// Finds the server of `data_dir` running, or sets it up and starts it.
    ///
    /// # Errors
    /// Postgres is not installed, the folder cannot be used, or the server does not come up.
    pub async fn start(
        data_dir: &Path,
        bin_dir: Option<&Path>,
        tuning: Tuning,
    ) -> Result<Self, Error> {
        let account = Account::find()?;
        let folders = Folders::prepare(data_dir, &account)?;
        let users = open_lock(&folders.base.join("postgres.users"))?;
        lock(&users, File::lock_shared, &folders.base)?;
        let embedded =
            Self { folders, bin_dir: bin_dir.map(Path::to_owned), account, users, tuning };
        embedded.ensure_running().await?;
        Ok(embedded)
    }

    /// Whether a start in `data_dir` could do its work: the account, the folder, the programs.
    ///
    /// # Errors
    /// What it would fail with.
    pub fn check(data_dir: &Path, bin_dir: Option<&Path>) -> Result<(), Error> {
        Account::find()?;
        place::check(data_dir)?;
        Tools::find(bin_dir, &data_dir.join("postgres/cluster")).map(drop)
    }

    /// Whether a server has been set up in `data_dir` before.
    pub fn is_set_up(data_dir: &Path) -> bool {
        data_dir.join("postgres/cluster/PG_VERSION").exists()
    }

    /// Starts the server if it does not run, whoever may have stopped it.
    pub async fn ensure_running(&self) -> Result<(), Error> {
        // Held until the end, so that one process starts it and the others find it.
        let starting = open_lock(&self.folders.base.join("postgres.starting"))?;
        lock(&starting, File::lock, &self.folders.base)?;
        self.refuse_impostor().await?;
        if !self.is_running().await {
            self.launch().await?;
        }
        self.create_database().await
    }

    /// Ends the server that a killed process left running on `data_dir`, whose data nobody wants.
    pub async fn discard(data_dir: &Path) {
        let pid_file = data_dir.join("postgres/cluster/postmaster.pid");
        let text = fs::read_to_string(&pid_file).unwrap_or_default();
        let pid = text.lines().next().unwrap_or_default();
        if !is_postgres(pid) {
            return;
        }
        let Ok(process) = pid.parse().map(nix::unistd::Pid::from_raw) else { return };
        let _gone_meanwhile = nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGQUIT);
        for _ in 0..50 {
            if !is_postgres(pid) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub fn owner(&self) -> &'static str {
        OWNER
    }

    /// How to log in as `user` to `database`. Every field is set, so nothing comes from `PG*`.
    pub fn options(&self, user: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folders.socket)
            .host("localhost")
            .port(5432)
            .username(user)
            .password("")
            .database(database)
            .ssl_mode(PgSslMode::Disable)
    }

    /// Gives up this process's share and stops the server if nobody else holds one.
    pub fn stop(&self) {
        let _unlocked = self.users.unlock();
        if self.users.try_lock().is_err() {
            return;
        }
        let Ok(tools) = self.tools() else { return };
        let mut stop = tools.command("pg_ctl", &self.account);
        stop.args(["stop", "-m", "fast", "-w", "-D"]).arg(&self.folders.cluster);
        let _not_running = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }

    /// The programs, looked for only when one is run: a server that is up is used without them.
    fn tools(&self) -> Result<Tools, Error> {
        Tools::find(self.bin_dir.as_deref(), &self.folders.cluster)
    }

    /// Running means that the socket answers: a process id proves nothing after `kill -9`.
    pub async fn is_running(&self) -> bool {
        self.try_connect("postgres").await.is_ok()
    }

    /// Whoever listens on the socket has to be the account that runs the database.
    async fn refuse_impostor(&self) -> Result<(), Error> {
        let socket = &self.folders.socket;
        let Ok(stream) = UnixStream::connect(socket.join(".s.PGSQL.5432")).await else {
            return Ok(());
        };
        let found = stream.peer_cred().map_err(|error| self.io("asking who listens", error))?.uid();
        if found == self.account.uid() {
            return Ok(());
        }
        Err(Error::Impostor { socket: socket.clone(), found })
    }

    async fn try_connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options(OWNER, database)).await
    }

    async fn launch(&self) -> Result<(), Error> {
        let cluster = &self.folders.cluster;
        if !cluster.join("PG_VERSION").exists() {
            self.set_up()?;
        }
        self.write_settings()?;
        if !self.clear_remains() {
            // An orphan that is starting or recovering: it will answer.
            return self.wait().await;
        }
        let mut start = self.tools()?.command("pg_ctl", &self.account);
        start.args(["start", "-W", "-s", "-D"]).arg(cluster);
        start.arg("-l").arg(self.folders.base.join("postgres.log"));
        // The daemon inherits these; a pipe would never close. Its own group keeps Ctrl-C away.
        start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let status = start.status().map_err(|error| self.io("starting Postgres", error))?;
        if !status.success() {
            return Err(self.silent("pg_ctl could not start it"));
        }
        self.wait().await
    }

    /// Makes the cluster beside its place and moves it there when it is whole, so that a start that
    /// is killed leaves nothing half made. Nobody gets in but by the socket.
    fn set_up(&self) -> Result<(), Error> {
        self.clear_unfinished();
        // Never a name that was used before: in a container every portal is process 1.
        let made = self.folders.base.join(format!("{UNFINISHED}{}", Uuid::new_v4().simple()));
        let mut initdb = self.tools()?.command("initdb", &self.account);
        initdb.args(["-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions"]);
        initdb.args(["--auth-local=trust", "--auth-host=reject", "-D"]).arg(&made);
        let output =
            initdb.process_group(0).output().map_err(|error| self.io("running initdb", error))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::Tool { tool: "initdb", output });
        }
        let conf = made.join("postgresql.conf");
        let include = "\ninclude = 'portal.conf'\n";
        fs::read_to_string(&conf)
            .and_then(|text| fs::write(&conf, text + include))
            .and_then(|()| fs::rename(&made, &self.folders.cluster))
            .map_err(|error| self.io("placing the new cluster", error))
    }

    /// Removes what starts that were killed while making a cluster have left. Nobody else makes one
    /// while this process holds the lock of those who start.
    fn clear_unfinished(&self) {
        for entry in fs::read_dir(&self.folders.base).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
                // Its initdb may still be writing: then the next new cluster is made beside it.
                let _best_effort = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// The settings, written at every start: the data folder may have been moved in between.
    fn write_settings(&self) -> Result<(), Error> {
        let socket = self.folders.socket.display().to_string().replace('\'', "''");
        let mut text = format!(
            "# Written by the portal at every start.\nlisten_addresses = ''\n\
             unix_socket_directories = '\"{socket}\"'\nunix_socket_permissions = 0700\n\
             max_connections = 100\n"
        );
        if self.tuning == Tuning::Throwaway {
            text.push_str("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n");
            text.push_str("max_connections = 200\nautovacuum = off\n");
        }
        let path = self.folders.cluster.join("portal.conf");
        fs::write(&path, text).map_err(|error| self.io("writing portal.conf", error))?;
        self.account.own(&path)
    }

    /// Clears what a killed server left behind. False when one is alive after all.
    fn clear_remains(&self) -> bool {
        let pid_file = self.folders.cluster.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&pid_file) else { return true };
        let pid = text.lines().next().unwrap_or_default();
        if is_postgres(pid) {
            return false;
        }
        let _gone = fs::remove_file(&pid_file);
        let _gone = fs::remove_file(self.folders.socket.join(".s.PGSQL.5432.lock"));
        let _gone = fs::remove_file(self.folders.socket.join(".s.PGSQL.5432"));
        true
    }

    async fn wait(&self) -> Result<(), Error> {
        let mut waited = Duration::ZERO;
        let pause = Duration::from_millis(10);
        loop {
            match self.try_connect("postgres").await {
                Ok(_) => return Ok(()),
                Err(error) if waited >= PATIENCE => return Err(self.silent(&error.to_string())),
                Err(_) => {
                    tokio::time::sleep(pause).await;
                    waited += pause;
                }
            }
            if waited > Duration::from_secs(5) && self.clear_remains() {
                return Err(self.silent("it stopped while starting"));
            }
        }
    }

    async fn create_database(&self) -> Result<(), Error> {
        let failed = |error: sqlx::Error| self.silent(&error.to_string());
        let mut connection = self.try_connect("postgres").await.map_err(failed)?;
        let exists = "select exists (select from pg_database where datname = 'portal')";
        let exists: bool =
            sqlx::query_scalar(exists).fetch_one(&mut connection).await.map_err(failed)?;
        if !exists {
            let made = sqlx::query("create database portal").execute(&mut connection).await;
            // A killed start may have left the same statement running.
            let known = |error: &sqlx::Error| {
                let code = error.as_database_error().and_then(|error| error.code());
                code.is_some_and(|code| code == "42P04" || code == "23505")
            };
            match made {
                Err(error) if !known(&error) => return Err(failed(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn io(&self, what: &'static str, error: io::Error) -> Error {
        Error::Io { what, path: self.folders.cluster.clone(), error }
    }

    fn silent(&self, reason: &str) -> Error {
        Error::Silent { folder: self.folders.cluster.clone(), reason: reason.to_owned() }
    }
}

/// Whether `pid` is a Postgres that still lives. After `kill -9` it may stay behind as a zombie, or
/// its number may by now be another program's.
fn is_postgres(pid: &str) -> bool {
    match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => {
            let state = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
            stat.contains("(postgres)") && !state.starts_with('Z')
        }
        // No /proc on this system: ask whether the process can be signalled.
        Err(_) if !Path::new("/proc/self").exists() => {
            let pid = pid.parse().map(nix::unistd::Pid::from_raw);
            pid.is_ok_and(|pid| nix::sys::signal::kill(pid, None).is_ok())
        }
        Err(_) => false,
    }
}

fn open_lock(path: &Path) -> Result<File, Error> {
    let opened = File::options().create(true).append(true).open(path);
    opened.map_err(|error| Error::Unusable { path: path.to_owned(), error })
}

fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "it lies on a read-only file system".to_owned(),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "there is a file where a folder should be".to_owned()
        }
        _ => error.to_string(),
    }
}

fn lock(file: &File, how: fn(&File) -> io::Result<()>, folder: &Path) -> Result<(), Error> {
    how(file).map_err(|error| Error::Io {
        what: "waiting for another portal command",
        path: folder.to_owned(),
        error,
    })
}
