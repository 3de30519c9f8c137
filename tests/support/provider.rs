//! A real OpenID provider, npm's oidc-provider, in a Node of its own; and people who sign in there.
//!
//! Where it is not installed the tests are skipped with a reason, except where `CI` is set.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::cluster::BASE_URL;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/provider");

/// An OpenID provider, stopped when dropped.
pub struct Provider {
    pub port: u16,
    server: Child,
}

impl Provider {
    /// `None`, with the reason printed, where there is none to be had.
    pub fn start() -> Option<Self> {
        if !Path::new(FOLDER).join("node_modules/oidc-provider").is_dir() {
            let reason =
                "oidc-provider is not installed: npm ci --ignore-scripts in tests/support/provider";
            assert!(std::env::var_os("CI").is_none(), "{reason}");
            println!("skipped: {reason}");
            return None;
        }
        let (server, port) = serve(0);
        Some(Self { port, server })
    }

    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn stop(&mut self) {
        let _already_gone = self.server.kill();
        let _reaped = self.server.wait();
    }

    /// Stops, and starts at the same address with other keys.
    pub fn start_again(&mut self) {
        self.stop();
        (self.server, _) = serve(self.port);
    }
}

fn serve(port: u16) -> (Child, u16) {
    let mut server = Command::new("node")
        .arg("provider.mjs")
        .arg(port.to_string())
        .arg(format!("{BASE_URL}/sign-in/provider/callback"))
        .current_dir(FOLDER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("Node starts");
    let mut line = String::new();
    let out = server.stdout.take().expect("it is piped");
    let mut out = BufReader::new(out);
    out.read_line(&mut line).expect("it tells its port");
    let port = line.trim().parse().expect("it tells its port");
    // What it says later has nobody to read it.
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    (server, port)
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Goes where `href` leads as `user` (see `provider.mjs`), until the portal is reached again; the address
/// there, with all that came along.
pub async fn sign_in(href: &str, user: &str) -> String {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut cookies = BTreeMap::new();
    let mut href = href.to_owned();
    for _hop in 0..10 {
        let sent: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::get(&href)
            .header("x-user", user)
            .header(header::COOKIE, sent.join("; "))
            .body(Full::default())
            .expect("the address is one");
        let response = client.request(request).await.expect("the provider answers");
        let location = leads_to(&response);
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("cookies are ASCII");
            let (name, rest) = cookie.split_once('=').expect("a cookie has a value");
            let value = rest.split(';').next().unwrap_or_default();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        let Some(location) = location else {
            let status = response.status();
            let body = response.into_body().collect().await.expect("it can be read").to_bytes();
            panic!("{href}: {status} {}", String::from_utf8_lossy(&body));
        };
        if let Some(back) = location.strip_prefix(BASE_URL) {
            return back.to_owned();
        }
        let base = url::Url::parse(&href).expect("the address is one");
        href = base.join(&location).expect("it leads somewhere").into();
    }
    panic!("{href} leads in circles");
}

fn leads_to<B>(response: &Response<B>) -> Option<String> {
    let is_redirect = matches!(response.status(), StatusCode::FOUND | StatusCode::SEE_OTHER);
    let location = response.headers().get(header::LOCATION).filter(|_| is_redirect)?;
    Some(location.to_str().expect("addresses are ASCII").to_owned())
}
