//! A real SMTP server, aiosmtpd, in a Python of its own: one process a test, each with its own folder.
//!
//! Where it cannot be installed the tests are skipped with a reason, except where `CI` is set.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use lettre::Message;
use serde::Deserialize;
use tempfile::TempDir;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/mailbox.py");

/// An SMTP server, stopped when dropped.
pub struct Mailbox {
    pub port: u16,
    folder: TempDir,
    server: Child,
}

impl Mailbox {
    /// `None`, with the reason printed, where there is no aiosmtpd to be had.
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let mut server = Command::new(python()?)
            .arg(SCRIPT)
            .arg("serve")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut line = String::new();
        let out = server.stdout.take().expect("it is piped");
        BufReader::new(out).read_line(&mut line).expect("it tells its port");
        let port = line.trim().parse().expect("it tells its port");
        Some(Self { port, folder, server })
    }

    /// Every message that was accepted, in order.
    pub fn messages(&self) -> Vec<Found> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .expect("the folder is there")
            .map(|entry| entry.expect("it can be listed").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .collect();
        files.sort();
        let mut parser = Parser::start();
        files.iter().map(|file| parser.parse(&std::fs::read(file).expect("it is there"))).collect()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let _already_gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

/// What Python's parser finds in a message.
#[derive(Debug, Deserialize)]
pub struct Found {
    pub headers: Vec<String>,
    pub subject: String,
    /// Names and addresses.
    pub to: Vec<(String, String)>,
    pub auto_submitted: Option<String>,
    pub message_id: Option<String>,
    pub date: String,
    #[serde(rename = "type")]
    pub media_type: String,
    /// Media types and texts.
    pub parts: Vec<(String, String)>,
}

/// Python's parser, for many messages. It needs nothing but Python itself.
pub struct Parser {
    process: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Parser {
    pub fn start() -> Self {
        let mut process = Command::new("python3")
            .args([SCRIPT, "parse"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let to = process.stdin.take();
        let from = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { process, to, from }
    }

    pub fn parse(&mut self, message: &[u8]) -> Found {
        let line: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
        let to = self.to.as_mut().expect("it is open until the end");
        writeln!(to, "{line}").expect("the parser reads");
        to.flush().expect("the parser reads");
        let mut found = String::new();
        self.from.read_line(&mut found).expect("the parser answers");
        serde_json::from_str(&found).unwrap_or_else(|error| panic!("{error}: {found:?}"))
    }

    pub fn parse_message(&mut self, message: &Message) -> Found {
        self.parse(&message.formatted())
    }
}

impl Drop for Parser {
    fn drop(&mut self) {
        drop(self.to.take());
        let _reaped = self.process.wait();
    }
}

/// Whether there is a Python at all; where not, the reason is printed.
pub fn has_python() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok();
    if !there {
        skip("there is no python3");
    }
    there
}

/// A Python with aiosmtpd, made below `target` where it is missing.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(install).as_deref()
}

fn install() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/aiosmtpd");
    let made = Command::new(script).output().expect("the script is there");
    if made.status.success() {
        return Some(String::from_utf8_lossy(&made.stdout).trim().into());
    }
    skip(&format!("aiosmtpd cannot be installed: {}", String::from_utf8_lossy(&made.stderr)));
    None
}

fn skip(reason: &str) {
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    println!("skipped: {reason}");
}
