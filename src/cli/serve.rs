//! `portal serve`.

use std::fs::File;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Error, NO_MAIL, NO_SECRET_KEY};
use crate::account::model::SET_UP_LASTS;
use crate::account::paths;
use crate::account::store::accounts;
use crate::account::store::tokens::{self, Purpose};
use crate::account::throttle::Throttle;
use crate::account::token::Token;
use crate::app::{App, Letters};
use crate::audit::sealer::Sealer;
use crate::clock::Clock;
use crate::config::{Config, Mail};
use crate::content::access::MayPublish;
use crate::db::{Db, Server};
use crate::keys;
use crate::mail::smtp::Smtp;
use crate::mail::worker::Worker;
use crate::objects::Objects;
use crate::review;
use crate::site::publish;
use crate::submission;
use crate::submission::store::sweep::Swept;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::observe::{keep_measurements_small, measurements};
use crate::web::serve;
use crate::web::shelf::Shelf;

pub async fn run(config: &Config) -> Result<ExitCode, Error> {
    // Writing pages leaves a core to those who read them.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let _set_before =
        rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build_global();
    // From here on a signal is remembered, so that a start told to stop leaves nothing running.
    let stopped = stopped()?;
    let listener = bind(config).await?;
    // The port may have been left to the system.
    let listen = listener.local_addr().unwrap_or(config.listen);
    let config = &config.listening_on(listen);
    let server = Server::open(config).await?.serving();
    let only_one = if server.is_embedded() { Some(lock(config)?) } else { None };
    // Commands beside it print links that lead here.
    if let Some(lock) = &only_one {
        super::beside::tell(lock, &config.base_url());
    }
    let served = async {
        let db = server.ready().await?;
        publish_shipped_content(&config.base_url(), &db).await?;
        serve_from(config, &server, db, listener, stopped).await
    }
    .await;
    server.stop().await;
    served.map(|()| ExitCode::SUCCESS)
}

/// The settings with the key that seals, which an embedded portal makes at its first start.
fn with_secret_key(config: &Config) -> Result<Config, Error> {
    let config = config.with_secret_key().map_err(|error| {
        let file = config.data_dir.join(keys::FILE);
        Error::Plain(format!("{} cannot be used: {error}", file.display()))
    })?;
    if config.secret_key.is_none() {
        tracing::warn!("{NO_SECRET_KEY}");
    }
    Ok(config)
}

pub(super) async fn bind(config: &Config) -> Result<TcpListener, Error> {
    TcpListener::bind(config.listen).await.map_err(|error| {
        Error::Plain(format!(
            "{} cannot be listened on: {error}. Is another portal running? Choose another address \
             with PORTAL_LISTEN.",
            config.listen
        ))
    })
}

/// Serves what is in `db` until `stopped`.
pub(super) async fn serve_from(
    config: &Config,
    server: &Server,
    db: Db,
    listener: TcpListener,
    stopped: impl Future<Output = ()>,
) -> Result<(), Error> {
    let config = &with_secret_key(config)?;
    let health = crate::db::health::Health::ask(&db).await.map_err(crate::db::Error::from)?;
    if let Some(complaint) = health.complaints().first() {
        return Err(Error::Plain(format!(
            "{complaint}.\n`portal doctor` tells everything it finds."
        )));
    }
    let objects = objects(config)?;
    let base_url = config.base_url();
    // Before the first page: a page finds its measurements when it is put on the shelf.
    let measured = measurements();
    let pages = publish::load(&db, &base_url).await?;
    let shelf = Shelf::new(pages);
    let following = tokio::spawn(publish::follow(db.clone(), base_url.clone(), shelf.clone()));
    let measuring = tokio::spawn(keep_measurements_small(measured));
    let mailing = match &config.mail {
        Some(mail) => Some(tokio::spawn(worker(mail, &base_url, &db)?.run())),
        None => None,
    };
    let opening = tokio::spawn(follow_the_clock(db.background()));
    let sweeping = tokio::spawn(sweep(db.background(), objects.clone()));
    let sealer = Sealer::new(&db);
    let sealing = tokio::spawn(sealer.clone().run());
    let app = App::new(config, Clock::System, db.clone(), shelf, objects);
    let tidying = tokio::spawn(tidy(app.accounts.throttle.clone()));
    let (front, _) = app.service();
    let set_up = set_up_link(&base_url, &db).await.map_err(crate::db::Error::from)?;
    let listening = format!("http://{}", config.listen);
    if listening == base_url {
        println!("The portal is ready at {base_url}");
    } else {
        println!("The portal is ready at {base_url} (listening on {})", config.listen);
    }
    if let Some(link) = set_up {
        println!("Nobody has set it up yet. Open this link to become its administrator:\n  {link}");
        if config.mail.is_none() {
            println!("Mail: {NO_MAIL}.");
        }
    }
    tokio::select! {
        () = serve::run(listener, front, stopped) => {}
        () = server.keep_running(), if server.is_embedded() => {}
    }
    following.abort();
    if let Some(mailing) = mailing {
        mailing.abort();
    }
    measuring.abort();
    tidying.abort();
    opening.abort();
    sweeping.abort();
    // What the last requests did gets its place in the chain, unless the database has gone before.
    sealing.abort();
    let _best_effort = tokio::time::timeout(Duration::from_secs(2), sealer.seal()).await;
    db.close().await;
    Ok(())
}

/// Where what candidates send is kept.
pub(super) fn objects(config: &Config) -> Result<Objects, Error> {
    Objects::at(&config.objects, Clock::System.now()).map_err(|error| {
        let place = &config.objects;
        Error::Plain(format!("nothing can be kept in {place}: {error}; see PORTAL_OBJECTS"))
    })
}

/// Forgets who has not tried to sign in for a while, for as long as the portal serves.
async fn tidy(throttle: Throttle) {
    loop {
        tokio::time::sleep(Duration::from_secs(300)).await;
        throttle.tidy();
    }
}

/// How often is looked for what the clock does.
const LOOK: Duration = Duration::from_secs(5);

/// So many times as rarely, what was withdrawn for good is looked for.
const RARELY: u64 = 60;

/// Does what the clock does with work and votes, for as long as the portal serves. Any number of instances may.
async fn follow_the_clock(db: Db) {
    for round in 1_u64.. {
        tokio::time::sleep(LOOK).await;
        let now = Clock::System.now();
        let written = submission::store::clock::write_down_due(&db, now).await;
        let opened = review::store::clock::open_due(&db, now).await;
        let set_aside = match round.is_multiple_of(RARELY) {
            true => review::store::clock::set_aside_withdrawn(&db, now).await,
            false => Ok(()),
        };
        if let Err(error) = written.and(opened).and(set_aside) {
            let code = error.as_database_error().and_then(|error| error.code());
            tracing::warn!(
                sqlstate = code.as_deref(),
                "what the clock does was not done; trying again"
            );
        }
    }
}

/// How often is looked for files that nothing refers to any more; the first time not at once, since every instance
/// of a restart would.
const SWEEP: Duration = Duration::from_secs(15 * 60);

/// Removes files that nothing refers to, some at a time, for as long as the portal serves. Any number of instances
/// may.
async fn sweep(db: Db, objects: Objects) {
    let mut from = None;
    loop {
        tokio::time::sleep(SWEEP).await;
        match submission::store::sweep::sweep(&db, &objects, &mut from, Clock::System.now()).await {
            Ok(Swept { rows: 0, objects: 0 }) => {}
            Ok(Swept { rows, objects }) => {
                tracing::info!(rows, objects, "files that nothing refers to are gone");
            }
            Err(error) => {
                tracing::warn!(problem = error.code(), "files cannot be swept; trying again");
            }
        }
    }
}

/// What sends the letters of this portal.
fn worker(mail: &Mail, base_url: &str, db: &Db) -> Result<Worker, Error> {
    let no_tls = |error| Error::Plain(format!("PORTAL_SMTP_URL: TLS cannot be set up: {error}"));
    let transport = Smtp::new(&mail.server, mail.from.clone(), base_url).map_err(no_tls)?;
    let composer = Letters { base_url: base_url.to_owned() };
    Ok(Worker {
        db: db.clone(),
        clock: Clock::System,
        composer: Arc::new(composer),
        transport: Arc::new(transport),
    })
}

/// A fresh link to the first page of a portal that has no administrator yet. It takes the place of those
/// printed by earlier starts.
async fn set_up_link(base_url: &str, db: &Db) -> Result<Option<String>, sqlx::Error> {
    if accounts::has_administrator(db).await? {
        return Ok(None);
    }
    let (now, token) = (Clock::System.now(), Token::new());
    let mut tx = db.begin().await?;
    tokens::withdraw(&mut tx, Purpose::SetUp, None, now).await?;
    tokens::keep(&mut tx, token.hash(), Purpose::SetUp, None, SET_UP_LASTS, now).await?;
    let _printed_next = tx.commit().await?;
    Ok(Some(format!("{base_url}{}", paths::set_up(token.expose()))))
}

/// Loads the content this binary was built with, into a database that never had any.
pub(super) async fn publish_shipped_content(base_url: &str, db: &Db) -> Result<(), Error> {
    let viewer = Viewer::System("first start");
    let allowed = Allowed::<MayPublish>::ask(&viewer, &()).expect("the portal itself may publish");
    let _committed = publish::publish_shipped(db, &Clock::System, base_url, &allowed).await?;
    Ok(())
}

/// Keeps a second portal from serving the same data. Held as long as this one serves.
fn lock(config: &Config) -> Result<File, Error> {
    let path = config.data_dir.join(super::beside::FILE);
    let in_use = || {
        Error::Plain(format!(
            "another portal already serves the data in {}. Stop it first, or choose another folder \
             with PORTAL_DATA_DIR.",
            config.data_dir.display()
        ))
    };
    let file =
        File::options().create(true).append(true).open(&path).map_err(|error| {
            Error::Plain(format!("{} cannot be written: {error}", path.display()))
        })?;
    file.try_lock().map_err(|_| in_use())?;
    Ok(file)
}

/// Ready when the process is told to stop: by Ctrl-C, by its supervisor, or by its terminal closing.
pub(super) fn stopped() -> Result<impl Future<Output = ()>, Error> {
    let listen = |kind| {
        signal(kind)
            .map_err(|error| Error::Plain(format!("signals cannot be listened to: {error}")))
    };
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    // Whoever started it under `nohup` wants it to outlive the terminal.
    let mut hangup = if ignores_hangup() { None } else { Some(listen(SignalKind::hangup())?) };
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = async {
                match &mut hangup {
                    Some(hangup) => drop(hangup.recv().await),
                    None => std::future::pending().await,
                }
            } => {}
        }
        tracing::info!("stopping");
    })
}

/// Whether this process was started with SIGHUP ignored.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 != 0)
}
