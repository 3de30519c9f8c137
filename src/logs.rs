//! Log lines on their way out: one buffer, written to standard error by one thread.
//!
//! A request never waits for a slow reader of the log, and never wakes another thread: the writer
//! looks every few milliseconds. What a full buffer cannot take is dropped and counted.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// The most bytes that wait for the writer.
const MOST_WAITING: usize = 8 << 20;
/// How often the writer looks.
const PAUSE: Duration = Duration::from_millis(20);

static WAITING: Mutex<Waiting> = Mutex::new(Waiting { bytes: Vec::new(), dropped: 0 });
static ENDING: AtomicBool = AtomicBool::new(false);
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

struct Waiting {
    bytes: Vec<u8>,
    dropped: u64,
}

/// Writes out what is left when it is dropped.
#[must_use = "the log ends when this is dropped"]
pub struct Logs {
    writer: Option<JoinHandle<()>>,
}

/// Under what the database's driver tells of statements. In two pieces, since this is none.
const STATEMENTS: &str = concat!("sqlx::", "query");

/// Starts logging. Once a process.
pub fn start(log: &Log) -> Logs {
    let terminal = std::io::stderr().is_terminal();
    let default = if terminal { "warn" } else { "info" };
    // Libraries' remarks on what they were given: the content tree's HTML, migrations run twice.
    let quiet = "html5ever=error,sqlx::postgres::notice=warn,tower_http=warn";
    // A statement that was slow would be written out, and with it that somebody has voted.
    let quiet = format!("{quiet},{STATEMENTS}=off");
    let filter = format!("{quiet},{}", log.filter.as_deref().unwrap_or(default));
    let format = log.format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let _only_once = FORMAT.set(format);
    let writer = std::thread::spawn(write_until_the_end);
    let builder =
        tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter)).with_writer(Lines);
    let started = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => builder.compact().with_ansi(terminal).try_init(),
    };
    debug_assert!(started.is_ok(), "logging is started once");
    Logs { writer: Some(writer) }
}

/// How lines look; `None` before logging was started.
pub fn format() -> Option<LogFormat> {
    FORMAT.get().copied()
}

/// Adds whole lines to the log.
pub fn write(lines: &[u8]) {
    let mut waiting = WAITING.lock().expect("writing a line never panics");
    if waiting.bytes.len() + lines.len() > MOST_WAITING {
        waiting.dropped += 1;
    } else {
        waiting.bytes.extend_from_slice(lines);
    }
}

fn write_until_the_end() {
    let mut batch = Vec::new();
    loop {
        let ending = ENDING.load(Ordering::Acquire);
        let dropped = {
            let mut waiting = WAITING.lock().expect("writing a line never panics");
            std::mem::swap(&mut batch, &mut waiting.bytes);
            std::mem::take(&mut waiting.dropped)
        };
        let mut out = std::io::stderr().lock();
        let _nobody_to_tell = out.write_all(&batch);
        if dropped > 0 {
            let _nobody_to_tell = writeln!(
                out,
                "{{\"level\":\"WARN\",\"message\":\"{dropped} log lines were dropped\"}}"
            );
        }
        drop(out);
        batch.clear();
        if ending {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        ENDING.store(true, Ordering::Release);
        if let Some(writer) = self.writer.take() {
            let _panicked = writer.join();
        }
    }
}

/// Where `tracing` writes.
struct Lines;

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        write(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
