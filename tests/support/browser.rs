//! A real Chromium on a real portal: one chromedriver for the test run, one browser a test.
//!
//! Where there is none the tests are skipped with a reason, except where `CI` is set. A test fails
//! on whatever Chromium warns about meanwhile, violations of the content security policy included.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::{Client, ClientBuilder, Locator};
use futures_util::FutureExt;
use http::Request;
use http_body_util::BodyExt;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Portal;

/// How long a page may take to become what a test waits for, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(10);
const PERIOD: Duration = Duration::from_millis(20);

/// Whether pages may run scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// A browser's only tab, on a portal with the shipped content.
pub struct Tab {
    client: Client,
    /// For what chromedriver can do beyond the WebDriver standard.
    driver: legacy::Client<HttpConnector, String>,
    /// Where chromedriver listens for this tab.
    session: String,
    /// Where the portal is.
    base: String,
    /// Addresses that were opened to see what stands where nothing is.
    missing: RefCell<Vec<String>>,
    _profile: TempDir,
}

/// Runs `test` in a fresh browser, then asks whether Chromium had anything to complain about.
pub async fn browse(scripts: Scripts, test: impl AsyncFnOnce(&Tab)) {
    let portal = Portal::shipped().await;
    browse_at(portal.serve().await, scripts, test).await;
}

/// As [`browse`], on a portal that is served at `base`.
pub async fn browse_at(base: String, scripts: Scripts, test: impl AsyncFnOnce(&Tab)) {
    let Some(driver) = driver() else { return };
    let tab = Tab::open(driver, base, scripts).await;
    let ended = AssertUnwindSafe(test(&tab)).catch_unwind().await;
    let complaints = if ended.is_ok() { tab.complaints().await } else { Vec::new() };
    let _best_effort = tab.client.close().await;
    ended.unwrap_or_else(|panic| resume_unwind(panic));
    assert_eq!(complaints, Vec::<String>::new(), "Chromium complained");
}

impl Tab {
    async fn open(driver: &Driver, base: String, scripts: Scripts) -> Self {
        let profile = TempDir::new_in(&driver.folder).expect("a folder can be made");
        let javascript = if scripts == Scripts::On { 1 } else { 2 };
        let capabilities = json!({
            "goog:loggingPrefs": { "browser": "WARNING" },
            "goog:chromeOptions": {
                "binary": driver.chromium,
                "prefs": { "profile.managed_default_content_settings.javascript": javascript },
                "args": [
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--disable-dev-shm-usage",
                    "--window-size=1280,900",
                    format!("--user-data-dir={}", profile.path().display()),
                ],
            },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("it is an object") };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.address)
            .await
            .expect("Chromium starts");
        let id = client.session_id().await.expect("it answers").expect("a session has an id");
        Self {
            client,
            driver: legacy::Client::builder(TokioExecutor::new()).build_http(),
            session: format!("{}/session/{id}", driver.address),
            base,
            missing: RefCell::default(),
            _profile: profile,
        }
    }

    /// Opens a page of the portal and waits until it is loaded.
    pub async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.expect("the page loads");
    }

    /// Opens an address without a page. That Chromium tells of it is no complaint.
    pub async fn goto_missing(&self, path: &str) {
        self.missing.borrow_mut().push(format!("{}{path}", self.base));
        self.goto(path).await;
    }

    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page loads again");
    }

    pub async fn click(&self, css: &str) {
        let element = self.client.find(Locator::Css(css)).await;
        let element = element.unwrap_or_else(|error| panic!("{css} is on the page: {error}"));
        element.click().await.unwrap_or_else(|error| panic!("{css} can be clicked: {error}"));
    }

    /// Chooses a file of this machine in the field `css`.
    pub async fn choose_file(&self, css: &str, file: &Path) {
        let field = self.client.find(Locator::Css(css)).await.expect("the field is on the page");
        field.send_keys(&file.to_string_lossy()).await.expect("a file can be chosen");
    }

    /// Presses and releases a key: a character or a [`fantoccini::key::Key`].
    pub async fn press(&self, key: impl Into<char>) {
        let value = key.into();
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.client.perform_actions(keys).await.expect("keys can be pressed");
    }

    pub async fn write(&self, text: &str) {
        for key in text.chars() {
            self.press(key).await;
        }
    }

    /// What `expression`, in JavaScript, is on the page now; a promise is waited for.
    pub async fn eval<T: DeserializeOwned>(&self, expression: &str) -> T {
        let value = self.client.execute(&format!("return {expression}"), Vec::new()).await;
        let value = value.unwrap_or_else(|error| panic!("{expression}: {error}"));
        serde_json::from_value(value).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Does what `statements`, in JavaScript, say.
    pub async fn run(&self, statements: &str) {
        let ran = self.client.execute(statements, Vec::new()).await;
        ran.unwrap_or_else(|error| panic!("{statements}: {error}"));
    }

    /// Waits until `expression`, in JavaScript, holds.
    pub async fn wait_for(&self, expression: &str) {
        let script = format!("return Boolean({expression})");
        let start = Instant::now();
        loop {
            // While one page gives way to the next there is none to ask.
            let answer = self.client.execute(&script, Vec::new()).await;
            if matches!(answer, Ok(Value::Bool(true))) {
                return;
            }
            if start.elapsed() > PATIENCE {
                let here: String = self.eval("location.href").await;
                panic!("{here}: waited in vain for {expression}: {answer:?}");
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Waits until the page at `path` is shown, whatever its fragment.
    pub async fn wait_for_page(&self, path: &str) {
        let here = "location.pathname + location.search";
        self.wait_for(&format!("document.readyState === 'complete' && {here} === {}", json!(path)))
            .await;
    }

    /// Shows pages as a phone of this width does.
    pub async fn become_phone(&self, width: u32) {
        let screen =
            json!({ "width": width, "height": 740, "deviceScaleFactor": 2, "mobile": true });
        self.cdp("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// The colours that the system prefers: `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Shows the page as it would be printed.
    pub async fn become_paper(&self) {
        self.cdp("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    }

    /// Allows the page to read and write the clipboard.
    pub async fn allow_clipboard(&self) {
        let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        self.cdp(
            "Browser.grantPermissions",
            json!({ "origin": self.base, "permissions": permissions }),
        )
        .await;
    }

    /// Signs in by a session that began elsewhere.
    pub async fn set_cookie(&self, name: &str, value: &str) {
        let cookie = json!({ "cookie": { "name": name, "value": value, "httpOnly": true, "sameSite": "Lax" } });
        self.send("cookie", cookie).await;
    }

    /// The page that stands here answered 422, of which Chromium tells: that is no complaint.
    pub async fn expect_refusal(&self) {
        let complaints = self.complaints().await;
        let is_refusal = |line: &String| line.contains(" 422 ");
        assert!(!complaints.is_empty() && complaints.iter().all(is_refusal), "{complaints:?}");
    }

    /// Plugs in a device that holds passkeys and always knows its owner; its id.
    pub async fn plug_in(&self) -> String {
        let device = json!({
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": true,
            "hasUserVerification": true,
            "isUserVerified": true,
            "isUserConsenting": true,
        });
        let id = self.send("webauthn/authenticator", device).await;
        id.as_str().expect("a device has an id").to_owned()
    }

    /// Whether the device knows its owner's finger from now on.
    pub async fn know_owner(&self, device: &str, knows: bool) {
        let endpoint = format!("webauthn/authenticator/{device}/uv");
        self.send(&endpoint, json!({ "isUserVerified": knows })).await;
    }

    /// What Chromium warned about since it was last asked.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.send("se/log", json!({ "type": "browser" })).await;
        let lines = log.as_array().expect("a log is a list").iter();
        let missing = self.missing.borrow();
        let expected =
            |line: &str| missing.iter().any(|it| line.starts_with(it) && line.contains(" 404 "));
        lines
            .map(|line| line["message"].as_str().unwrap_or_default().to_owned())
            .filter(|line| !expected(line))
            .collect()
    }

    /// A command of the Chrome DevTools Protocol.
    async fn cdp(&self, command: &str, parameters: Value) {
        self.send("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await;
    }

    /// A command that chromedriver has beyond the WebDriver standard.
    async fn send(&self, endpoint: &str, body: Value) -> Value {
        let request = Request::post(format!("{}/{endpoint}", self.session)).body(body.to_string());
        let response = self.driver.request(request.expect("it is well formed")).await;
        let (head, answer) = response.expect("chromedriver answers").into_parts();
        let answer = answer.collect().await.expect("it is read to its end").to_bytes();
        assert!(head.status.is_success(), "{endpoint} {body}: {answer:?}");
        let mut answer: Value = serde_json::from_slice(&answer).expect("chromedriver speaks JSON");
        answer["value"].take()
    }
}

/// The chromedriver of this test run.
struct Driver {
    address: String,
    chromium: PathBuf,
    /// Holds the browsers' profiles.
    folder: PathBuf,
    _processes: [Child; 2],
}

/// `None`, with the reason printed, where there is no browser and none is required.
fn driver() -> Option<&'static Driver> {
    static DRIVER: OnceLock<Result<Driver, String>> = OnceLock::new();
    match DRIVER.get_or_init(start) {
        Ok(driver) => Some(driver),
        Err(missing) if std::env::var_os("CI").is_some() => panic!("{missing}"),
        Err(missing) => {
            println!("skipped: {missing}");
            None
        }
    }
}

fn start() -> Result<Driver, String> {
    let chromium = find(&["chromium", "chromium-browser", "google-chrome"])?;
    let chromedriver = find(&["chromedriver"])?;
    let folder = std::env::temp_dir().join(format!("portal-browser-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let mut driver = Command::new(chromedriver)
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("chromedriver can be run");
    let watcher = watch(driver.id(), &folder);
    let mut output = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
    let port = output
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned())
        })
        .expect("chromedriver says on which port it listens");
    std::thread::spawn(move || output.for_each(drop));
    let address = format!("http://127.0.0.1:{port}");
    Ok(Driver { address, chromium, folder, _processes: [driver, watcher] })
}

/// A shell that ends chromedriver and its browsers once this process is gone, however it went.
fn watch(chromedriver: u32, folder: &Path) -> Child {
    let script = r#"cat >/dev/null
        kill -s KILL -- "-$1"
        sleep 0.2
        rm -rf "$2""#;
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh", &chromedriver.to_string()]).arg(folder).stdin(Stdio::piped());
    shell.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    shell.spawn().expect("sh is there")
}

/// The first of these programs that is on the path.
fn find(names: &[&str]) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut places =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let install =
        "install Chromium and its driver (Debian: apt-get install chromium chromium-driver)";
    places.find(|file| file.is_file()).ok_or(format!("{} is not on the path: {install}", names[0]))
}
