//! A real server that speaks S3, moto, in a Python of its own: one process a test, on this machine alone.
//!
//! Where it cannot be installed the tests are skipped with a reason, except where `CI` is set.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use portal::objects::{Place, S3};

pub const NAME: &str = "work";

/// A bucket, gone when dropped.
pub struct Bucket {
    pub port: u16,
    server: Child,
}

impl Bucket {
    /// `None`, with the reason printed, where there is no moto to be had.
    pub fn start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new(python()?);
        server.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let bucket = Self { port, server };
        let patience = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < patience, "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        bucket.curl(&["-X", "PUT"], &format!("/{NAME}"));
        Some(bucket)
    }

    /// Beside the portal. To moto whoever says a name is that person.
    pub fn curl(&self, arguments: &[&str], path: &str) -> Vec<u8> {
        let mut curl = Command::new("curl");
        let address = format!("http://127.0.0.1:{}{path}", self.port);
        let owner = "Authorization: AWS4-HMAC-SHA256 Credential=owner/20260101/us-east-1/s3/aws4_request, \
                     SignedHeaders=host, Signature=0";
        let output = curl.args(["-sf", "-H", owner]).args(arguments).arg(address).output().unwrap();
        assert!(output.status.success(), "{path}: {output:?}");
        output.stdout
    }

    /// The names in it.
    pub fn names(&self) -> Vec<String> {
        let listing = String::from_utf8(self.curl(&[], &format!("/{NAME}?list-type=2"))).unwrap();
        let keys = listing.split("<Key>").skip(1);
        keys.map(|rest| rest.split("</Key>").next().unwrap().to_owned()).collect()
    }

    pub fn place(&self, cache: &Path) -> Place {
        Place::S3(Box::new(S3 {
            bucket: NAME.to_owned(),
            prefix: "portal/one".to_owned(),
            endpoint: Some(format!("http://127.0.0.1:{}", self.port)),
            region: "eu-west-1".to_owned(),
            key_id: "portal".to_owned(),
            secret: "hunter2".to_owned(),
            cache: cache.to_owned(),
        }))
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _already_gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

/// A Python with moto, made below `target` where it is missing.
fn python() -> Option<&'static Path> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    PYTHON.get_or_init(install).as_deref()
}

fn install() -> Option<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moto");
    let made = Command::new(script).output().expect("the script is there");
    if made.status.success() {
        return Some(String::from_utf8_lossy(&made.stdout).trim().into());
    }
    let reason = format!("moto cannot be installed: {}", String::from_utf8_lossy(&made.stderr));
    assert!(std::env::var_os("CI").is_none(), "{reason}");
    println!("skipped: {reason}");
    None
}
