//! Where log lines go and what they look like.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

/// How many lines may wait for a slow reader; beyond it lines are dropped rather than requests held up.
const MOST_WAITING: usize = 65_536;

/// Writes out what is left when it is dropped.
pub struct Logs {
    lines: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
}

/// Starts logging to standard error, from a thread of its own.
pub fn start(log: &Log) -> Logs {
    let terminal = std::io::stderr().is_terminal();
    let default = if terminal { "warn" } else { "info" };
    let filter = log.filter.as_deref().unwrap_or(default);
    let format = log.format.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let (lines, waiting) = sync_channel(MOST_WAITING);
    let writer = std::thread::spawn(move || write_all(&waiting));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(Lines(lines.clone()));
    let started = match format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
        LogFormat::Text => builder.compact().with_ansi(terminal).try_init(),
    };
    debug_assert!(started.is_ok(), "logging is started once");
    Logs { lines: Some(lines), writer: Some(writer) }
}

fn write_all(waiting: &Receiver<Vec<u8>>) {
    let mut out = std::io::stderr().lock();
    let mut batch = Vec::new();
    while let Ok(line) = waiting.recv() {
        batch.extend_from_slice(&line);
        while batch.len() < 65_536 {
            match waiting.try_recv() {
                Ok(line) => batch.extend_from_slice(&line),
                Err(_) => break,
            }
        }
        if batch.as_slice() == END {
            return;
        }
        let _nobody_to_tell = out.write_all(batch.strip_suffix(END).unwrap_or(&batch));
        if batch.ends_with(END) {
            return;
        }
        batch.clear();
    }
}

/// Ends the writer: the subscriber holds a sender for good, so the channel never closes.
const END: &[u8] = b"\0";

impl Drop for Logs {
    fn drop(&mut self) {
        if let Some(lines) = self.lines.take() {
            let _writer_gone = lines.send(END.to_vec());
        }
        if let Some(writer) = self.writer.take() {
            let _panicked = writer.join();
        }
    }
}

/// Hands each line to the writing thread.
struct Lines(SyncSender<Vec<u8>>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

struct Line<'a>(&'a SyncSender<Vec<u8>>);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let _dropped_when_full = self.0.try_send(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
