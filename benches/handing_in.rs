//! The largest archive that may be handed in, from the first byte to what the panel reads:
//! `cargo bench --bench handing_in`.
//!
//! A demo runs in a process of its own. A candidate sends 50 MB with 20,000 files, looks at what names them, and
//! hands it in; one of the panel opens a file, looks for one, and takes all of it along. The largest size of the
//! portal's process in memory is read once all of that is done, and again after eight were sent at once.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints and may stop")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use portal::submission::archive::{Entry, Limits, Packing};
use rand::distr::{Alphanumeric, SampleString};

const FILES: usize = 20_000;
/// Of each; random letters and digits pack to three quarters.
const FILE_BYTES: usize = 3_200;
const MOST_SECONDS: f64 = 3.0;
const MOST_MB: u64 = 300;

/// A demo, with what it prints.
struct Demo {
    child: Child,
    address: String,
    password: String,
}

impl Demo {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portal"));
        command.arg("demo").env("PORTAL_LISTEN", "127.0.0.1:0").env("PORTAL_LOG", "warn");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (mut address, mut password) = (None, None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((_, here)) = line.split_once("is ready at http://") {
                address = Some(here.trim().trim_end_matches(['.', '/']).to_owned());
            }
            let mut words = line.split_whitespace();
            if words.next() == Some("zoe@example.org") {
                password = words.next().map(str::to_owned);
            }
            if address.is_some() && password.is_some() {
                break;
            }
        }
        Self { child, address: address.unwrap(), password: password.unwrap() }
    }

    fn ask(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\n{headers}sec-fetch-site: same-origin\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let body = answer.split_off(end + 4);
        (String::from_utf8(answer).unwrap(), body)
    }

    fn sign_in(&self, who: &str) -> String {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("email", who), ("password", &self.password)])
            .finish();
        let kind = "content-type: application/x-www-form-urlencoded\r\n";
        let (head, _) = self.ask("POST", "/sign-in", kind, form.as_bytes());
        let cookie = head.lines().find(|line| line.to_lowercase().starts_with("set-cookie: ses"));
        let cookie = cookie.unwrap_or_else(|| panic!("{who} is signed in: {head}"));
        format!("cookie: {}\r\n", cookie[12..].split(';').next().unwrap())
    }

    fn page(&self, path: &str, cookie: &str) -> String {
        let (head, body) = self.ask("GET", path, cookie, b"");
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        String::from_utf8_lossy(&body).into_owned()
    }

    /// The most memory it has taken so far.
    fn peak_mb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        let _best_effort = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _best_effort = self.child.wait();
    }
}

fn archive() -> Vec<u8> {
    let mut to = std::io::Cursor::new(Vec::new());
    let mut packing = Packing::new(&mut to);
    let mut rng = rand::rng();
    for number in 0..FILES {
        let text = Alphanumeric.sample_string(&mut rng, FILE_BYTES);
        let lines: Vec<&str> =
            (0..FILE_BYTES / 80).map(|at| &text[at * 80..(at + 1) * 80]).collect();
        let text = format!("// by Zoë\n{}\n", lines.join("\n"));
        let entry = Entry {
            path: format!("work/part{:03}/file{number:05}.go", number / 200),
            size_bytes: text.len() as u64,
            is_executable: false,
        };
        packing.add(&entry, &mut text.as_bytes()).unwrap();
    }
    packing.finish().unwrap();
    to.into_inner()
}

fn multipart(version: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in [("version", version), ("level", "3"), ("do", "send")] {
        let head = format!("--part\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
    }
    let head =
        "--part\r\ncontent-disposition: form-data; name=\"file\"; filename=\"work.zip\"\r\n\r\n";
    body.extend([head.as_bytes(), file, b"\r\n--part--\r\n"].concat());
    body
}

fn value(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

fn link(page: &str, begins: &str, ends: &str) -> Option<String> {
    let found = page.split('"').find(|it| it.starts_with(begins) && it.ends_with(ends));
    found.map(str::to_owned)
}

fn main() {
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let file = archive();
    assert!(file.len() as u64 <= Limits::USUAL.packed_bytes, "{} bytes", file.len());
    println!("{FILES} files, {:.1} MB packed", file.len() as f64 / 1e6);
    let demo = Demo::start();
    println!("{:>6} MB before anything was sent", demo.peak_mb());
    let mut is_good = true;
    let mut timed = |what: &str, most: f64, run: &mut dyn FnMut()| {
        let began = Instant::now();
        run();
        let took = began.elapsed().as_secs_f64();
        let passes = took <= most;
        println!("{took:>6.2} s  {what}{}", if passes { "" } else { "  FAIL" });
        is_good &= passes;
    };
    let zoe = demo.sign_in("zoe@example.org");
    let my = demo.page("/my", &zoe);
    let own = link(&my, "/my/assignments/", "").unwrap();
    let own = own.split('/').take(4).collect::<Vec<_>>().join("/");
    let hand_in = format!("{own}/hand-in");
    let form = demo.page(&hand_in, &zoe);
    let kind = format!("{zoe}content-type: multipart/form-data; boundary=part\r\n");
    let body = multipart(&value(&form, "version"), &file);
    timed("sent, read, written anew and kept", MOST_SECONDS, &mut || {
        let (head, _) = demo.ask("POST", &hand_in, &kind, &body);
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    });
    let look = format!("{hand_in}/look");
    let mut seen = String::new();
    timed("looked at for the first time, with what names them", MOST_SECONDS, &mut || {
        seen = value(&demo.page(&look, &zoe), "seen");
    });
    timed("looked at again", MOST_SECONDS, &mut || drop(demo.page(&look, &zoe)));
    timed("handed in", MOST_SECONDS, &mut || {
        let kind = format!("{zoe}content-type: application/x-www-form-urlencoded\r\n");
        let form = format!("do=hand-in&seen={seen}");
        let (head, _) = demo.ask("POST", &look, &kind, form.as_bytes());
        assert!(head.starts_with("HTTP/1.1 303"), "{head}");
    });
    let jonas = demo.sign_in("jonas@example.org");
    let work = format!("/assignments/{}/work", own.rsplit('/').next().unwrap());
    timed("opened by one of the blind panel", MOST_SECONDS, &mut || drop(demo.page(&work, &jonas)));
    timed("one file opened", MOST_SECONDS, &mut || {
        let page = demo.page(&format!("{work}?file=part099/file19999.go"), &jonas);
        assert!(page.contains("by Candidate"), "masked");
    });
    timed("a file found by its name", MOST_SECONDS, &mut || {
        drop(demo.page(&format!("{work}?find=12345"), &jonas));
    });
    timed("all of it taken along, without names", 4.0 * MOST_SECONDS, &mut || {
        let (head, body) = demo.ask("GET", &format!("{work}/archive"), &jonas, b"");
        assert!(head.starts_with("HTTP/1.1 200") && body.starts_with(b"PK"), "{head}");
    });
    let peak = demo.peak_mb();
    println!("{peak:>6} MB at most{}", if peak <= MOST_MB { "" } else { "  FAIL" });
    // All are refused, since it is handed in; they are read to their ends all the same.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| drop(demo.ask("POST", &hand_in, &kind, &body)));
        }
    });
    std::thread::sleep(Duration::from_millis(100));
    let crowd = demo.peak_mb();
    println!(
        "{crowd:>6} MB at most, after eight at once{}",
        if crowd <= MOST_MB { "" } else { "  FAIL" }
    );
    if !is_good || peak > MOST_MB || crowd > MOST_MB {
        std::process::exit(1);
    }
}
