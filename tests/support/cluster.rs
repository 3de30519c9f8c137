//! One throw-away Postgres for the whole test run, one database a test.
//!
//! The cluster is the portal's own embedded one, in memory where the machine has `/dev/shm`. A shell
//! that waits for this process to end removes it, so that not even `kill -9` leaves it behind.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use portal::clock::Clock;
use portal::content::access::MayPublish;
use portal::db::Db;
use portal::db::embedded::{Embedded, Tuning};
use portal::db::roles::APP;
use portal::site::publish;
use portal::web::allowed::{Allowed, Viewer};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

pub const BASE_URL: &str = "http://portal.test";

/// What a test's database holds when it starts.
#[derive(Clone, Copy)]
pub enum Holds {
    /// Nothing at all.
    Nothing,
    /// The schema.
    Schema,
    /// The schema and the shipped content.
    ShippedContent,
}

pub struct Database {
    /// Logs in as `portal_app`, as the server does.
    pub app: PgConnectOptions,
    /// Logs in as the owner, above row security.
    pub owner: PgConnectOptions,
    /// Logs in as the owner to another database, for what cannot be done to one from inside.
    pub beside: PgConnectOptions,
    pub name: String,
    /// Where its portals keep what is handed in.
    pub objects: TempDir,
}

struct Cluster {
    embedded: Embedded,
    _watcher: Child,
}

/// A database of its own for the calling test.
pub async fn database(holds: Holds) -> Database {
    let template = match holds {
        Holds::Nothing => "template1",
        Holds::Schema => "schema",
        Holds::ShippedContent => "shipped",
    };
    made_like(cluster(Tuning::Throwaway), template).await
}

/// A database with the shipped content that a portal in a process of its own agrees to serve: every commit reaches
/// the disk.
pub async fn durable_database() -> Database {
    made_like(cluster(Tuning::Durable), "shipped").await
}

/// A copy of another test's database, as it is now. Whoever is connected to that one is so no more.
pub async fn copy(of: &Database) -> Database {
    let mut connection = PgConnection::connect_with(&of.beside).await.expect("the cluster answers");
    sqlx::query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1")
        .bind(&of.name)
        .execute(&mut connection)
        .await
        .expect("the owner may");
    let copy = made_like(cluster(Tuning::Throwaway), &of.name).await;
    copy_files(of.objects.path(), copy.objects.path()).expect("files can be copied");
    copy
}

fn copy_files(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_files(&entry.path(), &to)?,
            false => drop(std::fs::copy(entry.path(), to)?),
        }
    }
    Ok(())
}

async fn made_like(cluster: &Cluster, template: &str) -> Database {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection =
        PgConnection::connect_with(&cluster.owner("postgres")).await.expect("the cluster answers");
    let create = format!("create database {name} template {template}");
    sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.expect("a database is made");
    Database {
        app: cluster.embedded.options(APP, &name),
        owner: cluster.owner(&name),
        beside: cluster.owner("postgres"),
        name,
        objects: tempfile::tempdir().expect("a folder can be made"),
    }
}

impl Cluster {
    fn owner(&self, database: &str) -> PgConnectOptions {
        self.embedded.options(self.embedded.owner(), database)
    }
}

fn cluster(tuning: Tuning) -> &'static Cluster {
    static THROWAWAY: OnceLock<Cluster> = OnceLock::new();
    static DURABLE: OnceLock<Cluster> = OnceLock::new();
    let cluster = match tuning {
        Tuning::Throwaway => &THROWAWAY,
        Tuning::Durable => &DURABLE,
    };
    cluster.get_or_init(|| {
        // Its own thread: tests call this from inside their runtimes.
        let started = std::thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
            runtime.block_on(start(tuning))
        });
        started.join().expect("the cluster starts")
    })
}

async fn start(tuning: Tuning) -> Cluster {
    let folder = folder(tuning);
    let watcher = watch(&folder);
    let embedded = Embedded::start(&folder, None, tuning).await.expect("Postgres starts");
    let cluster = Cluster { embedded, _watcher: watcher };
    let mut connection =
        PgConnection::connect_with(&cluster.owner("postgres")).await.expect("it answers");
    sqlx::query("create database schema")
        .execute(&mut connection)
        .await
        .expect("a template is made");
    portal::db::migrate(&cluster.owner("schema")).await.expect("the schema is made");
    sqlx::query("create database shipped template schema")
        .execute(&mut connection)
        .await
        .expect("a template is made");
    let db =
        Db::connect(cluster.embedded.options(APP, "shipped")).await.expect("portal_app may log in");
    let allowed =
        Allowed::<MayPublish>::ask(&Viewer::System("tests"), &()).expect("tests may publish");
    let tree = publish::shipped();
    publish::sync(&db, &Clock::System, BASE_URL, &allowed, tree, "shipped")
        .await
        .expect("the shipped content is good");
    db.close().await;
    cluster
}

fn folder(tuning: Tuning) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = parent.join(format!("portal-tests-{}-{tuning:?}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}

/// A shell that ends the cluster once this process is gone, however it went.
fn watch(folder: &Path) -> Child {
    let script = r#"cat >/dev/null
        kill -INT "$(head -n 1 "$1/postgres/cluster/postmaster.pid")" 2>/dev/null
        for _ in 1 2 3 4 5 6 7 8 9 10; do
          [ -e "$1/postgres/cluster/postmaster.pid" ] || break
          sleep 0.2
        done
        rm -rf "$1""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(folder).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell.spawn().expect("sh is there")
}
