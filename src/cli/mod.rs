//! The command line: what each command does, in words for the person who runs it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks by printing")]

mod account;
mod audit;
mod beside;
mod content;
mod demo;
mod doctor;
mod serve;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Config, SETTINGS};
use crate::db::{self, Server};

/// A self-hosted portal for engineering interviews.
///
/// Without a command it serves. Without any setting it sets up its own Postgres in ./data, loads the
/// content it was built with, and listens on http://127.0.0.1:8080.
#[derive(Debug, Parser)]
#[command(name = "portal", version)]
struct Cli {
    /// Settings file [default: portal.toml in this folder, if there is one]
    #[arg(long, global = true, value_name = "FILE", env = "PORTAL_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal until it is told to stop (this is what happens without a command)
    Serve,
    /// Serve a throw-away portal full of people who do not exist: prints whom to sign in as, touches no
    /// real data, is gone when it stops
    Demo,
    /// Check a content tree, or put one in place of the present one
    #[command(subcommand)]
    Content(ContentCommand),
    /// Look after accounts from the command line
    #[command(subcommand)]
    Account(AccountCommand),
    /// Prove that the audit log is whole, or print its head for keeping elsewhere
    #[command(subcommand)]
    Audit(audit::Command),
    /// Create the roles and bring the schema up to date, then stop
    Migrate,
    /// Say what is wrong with settings, mail, database, roles, content and audit log; exit code 1 if anything is
    Doctor,
}

#[derive(Debug, Subcommand)]
enum ContentCommand {
    /// Read DIR as a sync would, print what it finds, change nothing
    Check {
        /// A folder of Markdown, PDF and image files
        dir: PathBuf,
        /// Exit code 1 also for findings that do not keep a tree from being taken
        #[arg(long)]
        strict: bool,
    },
    /// Put DIR in place of the present content: all of it, or nothing where something is wrong.
    /// Every running instance shows it within a second
    Sync {
        /// A folder of Markdown, PDF and image files
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum AccountCommand {
    /// Invite somebody: prints the link that opens their account
    Add(account::Add),
    /// Invite somebody again who has not accepted yet: prints a new link, the one before ends
    Link {
        /// E-mail address of the account
        #[arg(long)]
        email: String,
    },
    /// Let somebody in again: prints a link to a new password
    Reset {
        /// E-mail address of the account
        #[arg(long)]
        email: String,
    },
}

/// Said where a portal on an operator's database has no key to seal by.
const NO_SECRET_KEY: &str = "PORTAL_SECRET_KEY is not set, so nobody can use an authenticator app. Set it, \
    to the same for every instance: openssl rand 32 | basenc --base64url | tr -d =";

/// Said where a portal knows no mail server.
const NO_MAIL: &str = "nothing is sent: PORTAL_SMTP_URL and PORTAL_MAIL_FROM are not set. Letters wait; \
    administrators make links on people's pages and hand them over";

/// Why a command ended early, for the person who ran it.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Settings(#[from] crate::config::Invalid),
    #[error("{0}")]
    Database(#[from] db::Error),
    #[error("{0}")]
    Refused(#[from] crate::content::model::Refused),
    #[error("{0}")]
    Publish(#[from] crate::site::publish::Error),
    #[error("stopped before it was done")]
    Stopped,
    #[error("{0}")]
    Plain(String),
}

impl Error {
    /// 2 for settings, 1 for everything else.
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Runs the command the process was started with.
pub fn main() -> ExitCode {
    let matches = Cli::command().after_help(settings_help()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("portal: {error}");
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Error> {
    let config = Config::load(cli.config.as_deref())?;
    let _logs = crate::logs::start(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Plain(format!("the runtime cannot start: {error}")))?;
    let done = runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(&config).await,
            Command::Demo => demo::run(&config).await,
            Command::Content(ContentCommand::Check { dir, strict }) => {
                content::check(&config, &dir, strict).await
            }
            Command::Content(ContentCommand::Sync { dir }) => content::sync(&config, &dir).await,
            Command::Account(AccountCommand::Add(add)) => account::add(&config, add).await,
            Command::Account(AccountCommand::Link { email }) => {
                account::link(&config, &email).await
            }
            Command::Account(AccountCommand::Reset { email }) => {
                account::reset(&config, &email).await
            }
            Command::Audit(command) => audit::run(&config, command).await,
            Command::Migrate => migrate(&config).await,
            Command::Doctor => doctor::run(&config).await,
        }
    });
    // Pages that are still being written have nobody left to read them.
    runtime.shutdown_background();
    done
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// Does `work` on the server `config` names, and stops what was started for it afterwards: when the work is
/// done, when it failed, and when the command is told to stop before.
async fn on_server<T>(
    config: &Config,
    work: impl AsyncFnOnce(&Server) -> Result<T, Error>,
) -> Result<T, Error> {
    // Remembered from here on, so that a start that is interrupted is followed by a stop.
    let stopped = serve::stopped()?;
    let server = Server::open(config).await?;
    let done = tokio::select! {
        biased;
        () = stopped => Err(Error::Stopped),
        done = work(&server) => done,
    };
    server.stop().await;
    done
}

async fn migrate(config: &Config) -> Result<ExitCode, Error> {
    on_server(config, async |server| Ok(db::migrate(server.owner()).await?)).await?;
    println!("The schema is up to date in {}.", config.database);
    Ok(ExitCode::SUCCESS)
}

fn settings_help() -> String {
    let mut help =
        "Settings, from the environment or (in lower case, without PORTAL_) from portal.toml:\n"
            .to_owned();
    for (name, _, about) in SETTINGS {
        let _infallible = write!(help, "  {name}\n      {about}\n");
    }
    help
}
