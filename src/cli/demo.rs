//! `portal demo`: a portal of its own, full of people who do not exist, gone when it stops.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tokio::net::TcpListener;

use super::{Error, serve};
use crate::account::passwords::{NewPassword, Passwords};
use crate::account::token::Token;
use crate::clock::Clock;
use crate::config::{Config, PasswordCost};
use crate::db::embedded::Embedded;
use crate::db::{Db, Server};
use crate::demo::{self, Filled};
use crate::objects::Objects;

/// The folder of each demo: this and its process id.
const PREFIX: &str = "portal-demo-";

pub async fn run(config: &Config) -> Result<ExitCode, Error> {
    let stopped = serve::stopped()?;
    let listener = serve::bind(config).await?;
    remove_leftovers().await;
    let folder = folder_of(std::process::id());
    make(&folder)?;
    let listen = listener.local_addr().unwrap_or(config.listen);
    let config = config.throw_away(&folder).listening_on(listen);
    let ran = serve_people(&config, listener, stopped).await;
    let _best_effort = fs::remove_dir_all(&folder);
    ran.map(|()| ExitCode::SUCCESS)
}

async fn serve_people(
    config: &Config,
    listener: TcpListener,
    stopped: impl Future<Output = ()>,
) -> Result<(), Error> {
    let server = Server::open(config).await?.serving();
    let served = async {
        let db = server.ready().await?;
        serve::publish_shipped_content(&config.base_url(), &db).await?;
        let (filled, password) = fill(&db, &serve::objects(config)?).await?;
        print(config, &filled, &password);
        serve::serve_from(config, &server, db, listener, stopped).await
    }
    .await;
    server.stop().await;
    served
}

/// The people, and the password of all of them.
async fn fill(db: &Db, objects: &Objects) -> Result<(Filled, String), Error> {
    let secret = Token::new();
    let password: String =
        secret.expose().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    let failed = |error: &dyn std::fmt::Display| Error::Plain(format!("the demo failed: {error}"));
    let new = NewPassword::parse(&password, &[]).map_err(|error| failed(&error))?;
    let hash = Passwords::new(PasswordCost::LOW).hash(new).await.map_err(|error| failed(&error))?;
    let filled = demo::fill(db, objects, &hash, Clock::System.now())
        .await
        .map_err(|error| failed(&error))?;
    Ok((filled, password))
}

fn print(config: &Config, filled: &Filled, password: &str) {
    println!("A demo: nobody here is real, and all of it is gone when it stops. Sign in as:\n");
    println!("  {:<22}{:<24}{:<30}what to look at", "e-mail address", "password", "roles");
    for guest in &filled.guests {
        let roles = guest.roles.to_string();
        println!("  {:<22}{password:<24}{roles:<30}{}", guest.email, guest.about);
    }
    println!("\nOr accept an invitation: {}{}\n", config.base_url(), filled.invitation);
}

fn folder_of(process: u32) -> PathBuf {
    std::env::temp_dir().join(format!("{PREFIX}{process}"))
}

fn make(folder: &Path) -> Result<(), Error> {
    let made = fs::create_dir(folder)
        .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o755)));
    made.map_err(|error| Error::Plain(format!("{} cannot be made: {error}", folder.display())))
}

/// Stops and removes what demos that were killed have left.
async fn remove_leftovers() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.parse::<i32>().ok());
        let Some(process) = process else { continue };
        // Only what is this user's own: anybody may make a folder of that name.
        let is_own = entry
            .metadata()
            .is_ok_and(|found| found.is_dir() && found.uid() == nix::unistd::geteuid().as_raw());
        let is_gone = is_own
            && nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), None)
                .is_err_and(|error| error == nix::errno::Errno::ESRCH);
        if is_gone {
            Embedded::discard(&entry.path()).await;
            let _best_effort = fs::remove_dir_all(entry.path());
        }
    }
}
