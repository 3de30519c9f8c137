//! The portal's own Postgres: set up in the data folder, reached by a socket only, shared by every
//! portal command that runs at the same time. The last one out stops it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection, PgConnection};

/// The account `initdb` makes: the owner of everything.
const OWNER: &str = "app";
/// What `sun_path` holds, less the name Postgres gives its socket.
const LONGEST_SOCKET_FOLDER: usize = 107 - "/.s.PGSQL.5432.lock".len();
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
         Choose another folder with PORTAL_DATA_DIR, or run the portal as another user.",
        .0.display()
    )]
    NotPassable(PathBuf),
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
        let starting = open_lock(&folders.base.join("postgres.starting"))?;
        lock(&users, File::lock_shared, &folders.base)?;
        lock(&starting, File::lock, &folders.base)?;
        let embedded = Self { folders, bin_dir: bin_dir.map(Path::to_owned), account, users };
        if !embedded.is_running().await {
            embedded.launch(tuning).await?;
        }
        embedded.create_database().await?;
        drop(starting);
        Ok(embedded)
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
    pub async fn stop(self) {
        let _unlocked = self.users.unlock();
        if self.users.try_lock().is_err() {
            return;
        }
        let _stopped = tokio::task::spawn_blocking(move || {
            let mut stop = self.tools().ok()?.command("pg_ctl", &self.account);
            stop.args(["stop", "-m", "fast", "-w", "-D"]).arg(&self.folders.cluster);
            stop.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()
        })
        .await;
    }

    /// The programs, looked for only when one is run: a server that is up is used without them.
    fn tools(&self) -> Result<Tools, Error> {
        Tools::find(self.bin_dir.as_deref(), &self.folders.cluster)
    }

    /// Running means that the socket answers: a process id proves nothing after `kill -9`.
    async fn is_running(&self) -> bool {
        self.try_connect("postgres").await.is_ok()
    }

    async fn try_connect(&self, database: &str) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options(OWNER, database)).await
    }

    async fn launch(&self, tuning: Tuning) -> Result<(), Error> {
        let cluster = &self.folders.cluster;
        if !cluster.join("PG_VERSION").exists() {
            self.set_up()?;
        }
        self.write_settings(tuning)?;
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

    fn set_up(&self) -> Result<(), Error> {
        let mut initdb = self.tools()?.command("initdb", &self.account);
        initdb.args(["-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust"]);
        initdb.args(["--no-instructions", "-D"]).arg(&self.folders.cluster);
        let output = initdb.output().map_err(|error| self.io("running initdb", error))?;
        if !output.status.success() {
            let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(Error::Tool { tool: "initdb", output });
        }
        let conf = self.folders.cluster.join("postgresql.conf");
        let include = "\ninclude = 'portal.conf'\n";
        fs::read_to_string(&conf)
            .and_then(|text| fs::write(&conf, text + include))
            .map_err(|error| self.io("writing postgresql.conf", error))
    }

    /// The settings, written at every start: the data folder may have been moved in between.
    fn write_settings(&self, tuning: Tuning) -> Result<(), Error> {
        let socket = self.folders.socket.display().to_string().replace('\'', "''");
        let mut text = format!(
            "# Written by the portal at every start.\nlisten_addresses = ''\n\
             unix_socket_directories = '\"{socket}\"'\nunix_socket_permissions = 0700\n\
             max_connections = 100\n"
        );
        if tuning == Tuning::Throwaway {
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
            sqlx::query("create database portal").execute(&mut connection).await.map_err(failed)?;
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

/// Who runs Postgres: this process's user, or `postgres` when that is root.
#[derive(Clone, Copy, Debug)]
struct Account {
    other: Option<(u32, u32)>,
}

impl Account {
    fn find() -> Result<Self, Error> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Self { other: None });
        }
        let user =
            nix::unistd::User::from_name("postgres").ok().flatten().ok_or(Error::NoAccount)?;
        Ok(Self { other: Some((user.uid.as_raw(), user.gid.as_raw())) })
    }

    /// Gives `path` to this account.
    fn own(&self, path: &Path) -> Result<(), Error> {
        let Some((uid, gid)) = self.other else { return Ok(()) };
        chown(path, Some(uid), Some(gid)).map_err(|error| Error::Io {
            what: "giving a file to the account postgres",
            path: path.to_owned(),
            error,
        })
    }

    /// Whether this account may pass through `folder`.
    fn may_enter(&self, folder: &Path) -> bool {
        let (Some((uid, gid)), Ok(meta)) = (self.other, fs::metadata(folder)) else { return true };
        let mode = meta.mode();
        mode & 0o001 != 0
            || (meta.gid() == gid && mode & 0o010 != 0)
            || (meta.uid() == uid && mode & 0o100 != 0)
    }
}

/// Where things lie.
#[derive(Debug)]
struct Folders {
    /// Locks and the log.
    base: PathBuf,
    /// Postgres's own data.
    cluster: PathBuf,
    socket: PathBuf,
}

impl Folders {
    fn prepare(data_dir: &Path, account: &Account) -> Result<Self, Error> {
        make_folder(data_dir, 0o755)?;
        let data_dir = fs::canonicalize(data_dir).map_err(|error| Error::Io {
            what: "opening the data folder",
            path: data_dir.to_owned(),
            error,
        })?;
        let base = match data_dir.ancestors().find(|folder| !account.may_enter(folder)) {
            None => data_dir.join("postgres"),
            Some(closed) => Self::outside(&data_dir, closed)?,
        };
        make_folder(&base, 0o700)?;
        account.own(&base)?;
        let mut socket = base.join("socket");
        if socket.as_os_str().len() > LONGEST_SOCKET_FOLDER {
            socket = std::env::temp_dir().join(format!("portal-{}", short_name(&base)));
        }
        make_folder(&socket, 0o700)?;
        account.own(&socket)?;
        Ok(Self { cluster: base.join("cluster"), base, socket })
    }

    /// Where the database of `data_dir` lies when the account that runs it cannot pass through
    /// `closed`, as under root's own home: in `/var/lib`, with a link to it in `data_dir`.
    fn outside(data_dir: &Path, closed: &Path) -> Result<PathBuf, Error> {
        let link = data_dir.join("postgres");
        if let Ok(known) = fs::read_link(&link) {
            return Ok(known);
        }
        if link.exists() {
            return Err(Error::NotPassable(closed.to_owned()));
        }
        let base = Path::new("/var/lib").join(format!("portal-{}", short_name(data_dir)));
        let io = |error| Error::Io { what: "placing the database", path: link.clone(), error };
        make_folder(&base, 0o700)?;
        std::os::unix::fs::symlink(&base, &link).map_err(io)?;
        Ok(base)
    }
}

/// A name for the things of `path` that have to lie elsewhere.
fn short_name(path: &Path) -> String {
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn make_folder(path: &Path, mode: u32) -> Result<(), Error> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .map_err(|error| Error::Io { what: "making a folder", path: path.to_owned(), error })
}

/// The Postgres programs.
#[derive(Debug)]
struct Tools {
    bin: PathBuf,
}

impl Tools {
    /// The newest version installed, or the one the data in `cluster` was made by.
    fn find(named: Option<&Path>, cluster: &Path) -> Result<Self, Error> {
        let mut candidates: Vec<(u32, PathBuf)> = match named {
            Some(bin) => vec![bin.to_owned()],
            None => places(),
        }
        .into_iter()
        .filter_map(|bin| Some((major_of(&bin)?, bin)))
        .collect();
        candidates.sort();
        if let Ok(major) = fs::read_to_string(cluster.join("PG_VERSION")) {
            let major = major.trim().to_owned();
            candidates.retain(|(candidate, _)| candidate.to_string() == major);
            if candidates.is_empty() {
                return Err(Error::WrongMajor { folder: cluster.to_owned(), major });
            }
        }
        candidates.pop().map(|(_, bin)| Self { bin }).ok_or(Error::NotInstalled)
    }

    /// `tool`, to be run as `account`, with nothing of this process's `PG*` environment.
    fn command(&self, tool: &str, account: &Account) -> Command {
        let mut command = Command::new(self.bin.join(tool));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        if let Some((uid, gid)) = account.other {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// Folders in which Postgres programs are usually found.
fn places() -> Vec<PathBuf> {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&on_path).collect();
    for (parent, below) in [
        ("/usr/lib/postgresql", "bin"),
        ("/usr/local/opt", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        places.extend(entries.map(|entry| entry.path().join(below)));
    }
    places.push("/usr/pgsql/bin".into());
    places
}

/// The major version of the programs in `bin`, if all that are needed are there.
fn major_of(bin: &Path) -> Option<u32> {
    if !["initdb", "postgres", "pg_ctl"].iter().all(|tool| bin.join(tool).exists()) {
        return None;
    }
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number =
        text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn open_lock(path: &Path) -> Result<File, Error> {
    File::options().create(true).append(true).open(path).map_err(|error| Error::Io {
        what: "opening a lock file",
        path: path.to_owned(),
        error,
    })
}

fn lock(file: &File, how: fn(&File) -> io::Result<()>, folder: &Path) -> Result<(), Error> {
    how(file).map_err(|error| Error::Io {
        what: "waiting for another portal command",
        path: folder.to_owned(),
        error,
    })
}
