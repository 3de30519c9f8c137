//! `portal audit`.

use std::process::ExitCode;

use super::{Error, on_server};
use crate::audit::chain::Head;
use crate::audit::sealer::Sealer;
use crate::audit::store::chain;
use crate::audit::verify::{self, Report};
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::db::Db;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Prove that every event is as it was sealed, at its place, and that none is missing
    ///
    /// Every event of the audit log is sealed within a second: it gets the next number, and a hash of
    /// itself and of the hash before it. This goes along the whole chain and names each event that was
    /// changed, removed, moved or put in since, each note whose text is not the one that was written,
    /// and each event that has been waiting for its seal for more than a minute. Notes that were erased
    /// are counted; that is as it should be.
    ///
    /// A chain whose end was cut off, or that was written anew as a whole, fits together as well as a
    /// sound one. Only what you have kept elsewhere tells: give it with --head.
    ///
    /// It reads and changes nothing, and can run beside a serving portal.
    /// Exit code: 0 when the log is sound, 1 when it is broken or cannot be read.
    #[command(verbatim_doc_comment)]
    Verify {
        /// The head as `portal audit head` printed it earlier: the chain has to hold all it held then
        #[arg(long, value_name = "SEQ:HASH")]
        head: Option<Head>,
    },
    /// Print the end of the chain as SEQ:HASH, to be kept where whoever keeps this database cannot
    /// change it
    ///
    /// The number says how many events are sealed, the hash holds for all of them. Print it every day
    /// into a mailbox, a ticket or another machine's log, and give the last one to
    /// `portal audit verify --head`. Every line of an exported log ends with the head at its event, too.
    #[command(verbatim_doc_comment)]
    Head,
}

pub async fn run(config: &Config, command: Command) -> Result<ExitCode, Error> {
    on_server(config, async |server| {
        let db = server.connect().await?;
        let done = match command {
            Command::Verify { head } => verify(&db, head).await,
            Command::Head => print_head(&db).await,
        };
        db.close().await;
        done
    })
    .await
}

async fn print_head(db: &Db) -> Result<ExitCode, Error> {
    let mut tx = db.begin_reading().await.map_err(failed)?;
    println!("{}", chain::head(&mut tx).await.map_err(failed)?);
    Ok(ExitCode::SUCCESS)
}

async fn verify(db: &Db, kept: Option<Head>) -> Result<ExitCode, Error> {
    let report = verify::verify(db, kept, Clock::System.now()).await.map_err(failed)?;
    print(&report, kept);
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The most findings that are told one by one.
const MOST_TOLD: usize = 100;

fn print(report: &Report, kept: Option<Head>) {
    let Report { head, erased_notes, waiting, findings, more } = report;
    let wrong = findings.len() as u64 + more;
    match wrong {
        0 => println!("The audit log is sound."),
        1 => println!("The audit log is broken. One thing is wrong:"),
        _ => println!("The audit log is broken. {wrong} things are wrong:"),
    }
    for finding in findings.iter().take(MOST_TOLD) {
        println!("  {finding}");
    }
    if wrong > MOST_TOLD as u64 {
        println!("  and {} more", wrong - MOST_TOLD as u64);
    }
    println!("{:>9}  sealed", head.sequence);
    println!("{waiting:>9}  written just now, not sealed yet");
    println!("{erased_notes:>9}  notes erased");
    println!("Its head is {head}");
    match kept {
        Some(kept) if wrong == 0 => println!("It still holds all it held at {}.", kept.sequence),
        Some(_) => {}
        None => println!(
            "Whether its end was cut off can only be told by a head that was kept elsewhere: --head."
        ),
    }
}

/// Seals what a command has just written, as a serving portal would. Where that fails, the next start
/// does it.
pub(super) async fn seal(db: &Db) {
    if let Err(error) = Sealer::new(db).seal().await {
        tracing::warn!(%error, "what was done is recorded; it is sealed at the next start");
    }
}

/// How the log stands, for `portal doctor`: who proves it is `portal audit verify`.
pub(super) async fn look(db: &Db, now: Timestamp) -> Result<String, String> {
    let mut tx = db.begin_reading().await.map_err(|error| error.to_string())?;
    let head = chain::head(&mut tx).await.map_err(|error| error.to_string())?;
    let (waiting, since) = chain::backlog(&mut tx).await.map_err(|error| error.to_string())?;
    let since = since.and_then(|micros| Timestamp::from_microsecond(micros).ok());
    match since {
        Some(since) if now.duration_since(since) > verify::LONGEST_WAIT => Err(format!(
            "{waiting} events have not been sealed, the first of {}; a serving portal does that within \
             a second: start one",
            since.strftime("%Y-%m-%d %H:%M:%S UTC")
        )),
        _ => Ok(format!(
            "{} events are sealed; `portal audit verify` proves that they are as they were",
            head.sequence
        )),
    }
}

fn failed(error: sqlx::Error) -> Error {
    crate::db::Error::from(error).into()
}
