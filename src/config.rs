//! Settings: from the environment and an optional `portal.toml`, read once, checked before anything
//! starts. Secrets never appear in `Debug`.

mod objects;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::keys::Keys;
use crate::mail::Recipient;
use crate::mail::smtp::Server as SmtpServer;
use crate::objects::Place;
use crate::web::client::Proxies;

/// Everything the portal can be told.
#[derive(Clone, Debug)]
pub struct Config {
    pub database: Database,
    /// Where locks and the embedded database lie.
    pub data_dir: PathBuf,
    /// Where snapshots of what candidates hand in are kept.
    pub objects: Place,
    pub listen: SocketAddr,
    /// The address people type, where it was set; see [`Config::base_url`].
    base_url: Option<String>,
    pub log: Log,
    /// Who may read `/metrics` from elsewhere than this machine.
    pub metrics_token: Option<Secret>,
    /// The proxies whose word on a client's address is taken.
    pub trusted_proxies: Proxies,
    /// How hard passwords are to try.
    pub password_cost: PasswordCost,
    /// How letters are sent. None: they wait.
    pub mail: Option<Mail>,
    /// What seals secrets that have to be read again. None: authenticator apps cannot be used.
    pub secret_key: Option<Keys>,
    /// Where staff may sign in besides here.
    pub single_sign_on: Option<SingleSignOn>,
}

/// The organisation's OpenID provider.
#[derive(Clone, Debug)]
pub struct SingleSignOn {
    /// Its address, which its discovery document repeats.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret,
    /// What people call it, as in `Sign in with Example`.
    pub name: String,
}

/// How letters are sent.
#[derive(Clone, Debug)]
pub struct Mail {
    pub server: SmtpServer,
    pub from: Recipient,
}

/// Which database.
#[derive(Clone)]
pub enum Database {
    /// A server of the operator's: `app` serves, `owner` migrates.
    Url { app: Box<PgConnectOptions>, owner: Box<PgConnectOptions> },
    /// The portal's own.
    Embedded { data_dir: PathBuf, bin_dir: Option<PathBuf> },
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { app, .. } => {
                let name = app.get_database().unwrap_or(app.get_username());
                match app.get_socket() {
                    Some(socket) => write!(f, "the database {name} at {}", socket.display()),
                    None => {
                        write!(f, "the database {name} at {}:{}", app.get_host(), app.get_port())
                    }
                }
            }
            Self::Embedded { data_dir, .. } => {
                write!(f, "the portal's own database in {}", data_dir.display())
            }
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { app, .. } => write!(f, "Url({}:{})", app.get_host(), app.get_port()),
            Self::Embedded { data_dir, .. } => write!(f, "Embedded({})", data_dir.display()),
        }
    }
}

/// How to log.
#[derive(Clone, Debug)]
pub struct Log {
    /// A `tracing` filter, such as `info` or `portal=debug`. None: `info`, or `warn` at a terminal.
    pub filter: Option<String>,
    /// None: JSON, or text at a terminal.
    pub format: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

/// How hard a password is to try: memory in KiB, and passes over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl PasswordCost {
    /// Between OWASP's least and what takes a fifth of a second on a small machine.
    pub const USUAL: Self = Self { memory_kib: 32 * 1024, passes: 3 };
    pub const LOW: Self = Self { memory_kib: 19 * 1024, passes: 2 };
    pub const HIGH: Self = Self { memory_kib: 64 * 1024, passes: 3 };
}

/// A value that is compared, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Every setting: its name in the environment, its name in `portal.toml`, and what it is for.
pub const SETTINGS: [(&str, &str, &str); 23] = [
    (
        "DATABASE_URL",
        "database_url",
        "a Postgres server to use, as postgres://user:password@host/name; without it the portal runs its own",
    ),
    (
        "PORTAL_OWNER_DATABASE_URL",
        "owner_database_url",
        "the account that migrates, if another than DATABASE_URL's",
    ),
    (
        "PORTAL_LISTEN",
        "listen",
        "address and port to listen on; port 0 takes any free one [default: 127.0.0.1:8080]",
    ),
    (
        "PORTAL_BASE_URL",
        "base_url",
        "the address people type, as https://interviews.example.org [default: http:// and the listen address]",
    ),
    ("PORTAL_DATA_DIR", "data_dir", "where the portal keeps its own files [default: data]"),
    (
        "PORTAL_OBJECTS",
        "objects",
        "where snapshots of what candidates hand in are kept: a folder, or s3://bucket/prefix [default: objects in the data folder]",
    ),
    (
        "PORTAL_S3_ENDPOINT",
        "s3_endpoint",
        "the server of that bucket, as https://objects.example.org [default: Amazon's of the region]",
    ),
    ("PORTAL_S3_REGION", "s3_region", "the region of that bucket, as eu-west-1"),
    ("PORTAL_S3_KEY_ID", "s3_key_id", "the id of the key that may read and write there"),
    ("PORTAL_S3_SECRET", "s3_secret", "the secret of that key"),
    (
        "PORTAL_POSTGRES_BIN",
        "postgres_bin",
        "folder of initdb and pg_ctl, where they are in no usual place",
    ),
    (
        "PORTAL_LOG",
        "log",
        "what to log: error, warn, info, debug, or a tracing filter [default: info; warn at a terminal]",
    ),
    ("PORTAL_LOG_FORMAT", "log_format", "json or text [default: json; text at a terminal]"),
    (
        "PORTAL_TRUSTED_PROXIES",
        "trusted_proxies",
        "addresses or networks whose X-Forwarded-For is believed, separated by commas [default: none]",
    ),
    (
        "PORTAL_PASSWORD_COST",
        "password_cost",
        "how hard passwords are to try: low (19 MiB), usual (32 MiB) or high (64 MiB) [default: usual]",
    ),
    (
        "PORTAL_METRICS_TOKEN",
        "metrics_token",
        "bearer token for /metrics; without it this machine may read it, and only where PORTAL_BASE_URL is this machine too",
    ),
    (
        "PORTAL_SMTP_URL",
        "smtp_url",
        "the server that sends mail, as smtp://user:password@host:587 or smtps://…; without it nothing is sent",
    ),
    (
        "PORTAL_MAIL_FROM",
        "mail_from",
        "whom mail comes from, as Interviews <interviews@example.org>; needed with PORTAL_SMTP_URL",
    ),
    (
        "PORTAL_SECRET_KEY",
        "secret_key",
        "32 random bytes in base64url that seal the secrets of authenticator apps; after a comma, older ones that are still read [default: without DATABASE_URL, one made and kept in the data folder]",
    ),
    (
        "PORTAL_OIDC_ISSUER",
        "oidc_issuer",
        "the OpenID provider staff may sign in with, as https://id.example.org; it sends them back to /sign-in/provider/callback",
    ),
    ("PORTAL_OIDC_CLIENT_ID", "oidc_client_id", "what that provider knows the portal by"),
    ("PORTAL_OIDC_CLIENT_SECRET", "oidc_client_secret", "the secret it gave to the portal"),
    (
        "PORTAL_OIDC_NAME",
        "oidc_name",
        "what people call it, after the words Sign in with [default: single sign-on]",
    ),
];

/// What is wrong with the settings: each setting's name, and what is allowed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Invalid(pub Vec<String>);

impl Config {
    /// The address people type, without a slash at the end: as set, else the listen address.
    pub fn base_url(&self) -> String {
        let listen = match self.listen {
            any if any.ip().is_unspecified() => format!("localhost:{}", any.port()),
            one => one.to_string(),
        };
        self.base_url.clone().unwrap_or_else(|| format!("http://{listen}"))
    }

    /// Whether the address people type was set.
    pub fn has_base_url(&self) -> bool {
        self.base_url.is_some()
    }

    /// Whether the address people type leads to this machine and nowhere else. Where none is set, people type
    /// whatever the portal listens on.
    pub fn is_on_this_machine_only(&self) -> bool {
        let Some(address) = &self.base_url else { return self.listen.ip().is_loopback() };
        let host = address.split_once("://").map_or("", |(_, host)| host);
        let host = match host.strip_prefix('[') {
            Some(v6) => v6.split(']').next(),
            None => host.split(':').next(),
        };
        host.is_some_and(|host| {
            host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        })
    }

    /// These settings with everything of this portal in `folder`, and nothing in them that leads to real
    /// data or real mail.
    pub fn throw_away(&self, folder: &Path) -> Self {
        let bin_dir = match &self.database {
            Database::Embedded { bin_dir, .. } => bin_dir.clone(),
            Database::Url { .. } => None,
        };
        Self {
            database: Database::Embedded { data_dir: folder.to_owned(), bin_dir },
            data_dir: folder.to_owned(),
            objects: Place::folder_in(folder),
            base_url: None,
            password_cost: PasswordCost::LOW,
            mail: None,
            ..self.clone()
        }
    }

    /// These settings with the address that is really listened on.
    pub fn listening_on(&self, listen: SocketAddr) -> Self {
        Self { listen, ..self.clone() }
    }

    /// These settings with the key this portal seals by: as set, else its own where it keeps its data
    /// itself. A portal on an operator's database has none unless it is set: its instances may have no
    /// folder in common.
    ///
    /// # Errors
    /// The kept key cannot be read or written.
    pub fn with_secret_key(&self) -> std::io::Result<Self> {
        let mut config = self.clone();
        if let (None, Database::Embedded { data_dir, .. }) = (&self.secret_key, &self.database) {
            config.secret_key = Some(Keys::kept_in(data_dir)?);
        }
        Ok(config)
    }

    /// The settings of this process: its environment over `file`, or over `portal.toml` in the
    /// present folder if there is one.
    pub fn load(file: Option<&Path>) -> Result<Self, Invalid> {
        let text = match file {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                Invalid(vec![format!("{}: cannot be read: {error}", path.display())])
            })?),
            None => std::fs::read_to_string("portal.toml").ok(),
        };
        let name = file.map_or("portal.toml".to_owned(), |path| path.display().to_string());
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Self::from(environment, text.as_deref().map(|text| (name.as_str(), text)))
    }

    /// The settings in these variables over those in this file, given as its name and text.
    ///
    /// # Errors
    /// Every unknown or bad setting, with its name and what is allowed.
    pub fn from(
        environment: impl IntoIterator<Item = (String, String)>,
        file: Option<(&str, &str)>,
    ) -> Result<Self, Invalid> {
        let mut read = Reader::default();
        if let Some((name, text)) = file {
            read.file(name, text);
        }
        for (name, value) in environment {
            read.variable(name, value);
        }
        read.finish()
    }
}

/// A value and where it was said.
struct Said {
    place: String,
    value: String,
}

#[derive(Default)]
struct Reader {
    said: BTreeMap<&'static str, Said>,
    problems: Vec<String>,
}

impl Reader {
    fn file(&mut self, name: &str, text: &str) {
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                return self.problems.push(format!("{name}: {}", error.to_string().trim()));
            }
        };
        for (key, value) in table {
            let place = format!("{name}: {key}");
            match (SETTINGS.iter().find(|(_, known, _)| *known == key), value) {
                (Some((known, ..)), toml::Value::String(value)) => {
                    self.said.insert(known, Said { place, value });
                }
                (Some(_), _) => self.problems.push(format!("{place}: write the value in quotes")),
                (None, _) => self.problems.push(format!(
                    "{place}: there is no such setting. Known are: {}",
                    SETTINGS.map(|(_, known, _)| known).join(", ")
                )),
            }
        }
    }

    fn variable(&mut self, name: String, value: String) {
        if let Some((known, ..)) = SETTINGS.iter().find(|(known, ..)| *known == name) {
            self.said.insert(known, Said { place: name, value });
        } else if name.starts_with("PORTAL_") && name != "PORTAL_CONFIG" {
            self.problems.push(format!(
                "{name}: there is no such setting. Known are: {}",
                SETTINGS.map(|(known, ..)| known).join(", ")
            ));
        }
    }

    /// The value of `name` as `parse` reads it; what does not parse is a problem that says `allowed`.
    fn take<T>(
        &mut self,
        name: &str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let Said { place, value } = self.said.remove(name)?;
        if value.trim().is_empty() {
            self.problems.push(format!("{place}: is empty; give {allowed}, or leave it out"));
            return None;
        }
        let parsed = parse(&value);
        if parsed.is_none() {
            // These may hold a secret, so the value is not repeated.
            let is_secret =
                ["DATABASE_URL", "SMTP_URL", "TOKEN", "SECRET"].iter().any(|it| name.contains(it));
            let shown = if is_secret { "the value ".to_owned() } else { format!("{value:?} ") };
            self.problems.push(format!("{place}: {shown}is not allowed here; give {allowed}"));
        }
        parsed
    }

    /// All of it, or nothing.
    fn single_sign_on(&mut self) -> Option<SingleSignOn> {
        let needed = ["PORTAL_OIDC_ISSUER", "PORTAL_OIDC_CLIENT_ID", "PORTAL_OIDC_CLIENT_SECRET"];
        let missing: Vec<_> =
            needed.into_iter().filter(|name| !self.said.contains_key(name)).collect();
        let said = ["PORTAL_OIDC_NAME"].into_iter().chain(needed);
        let said = said.filter(|name| self.said.contains_key(name)).min();
        if let (Some(said), false) = (said, missing.is_empty()) {
            self.problems.push(format!("{said}: set {} too", missing.join(" and ")));
        }
        let line = |text: &str| {
            let fits = text.chars().count() <= 200 && !text.chars().any(char::is_control);
            fits.then(|| text.to_owned())
        };
        let allowed = "https:// with a host and no query; http:// for this machine alone";
        let issuer = self.take("PORTAL_OIDC_ISSUER", allowed, issuer);
        let client_id = self.take("PORTAL_OIDC_CLIENT_ID", "one line of text", line);
        let secret = self.take("PORTAL_OIDC_CLIENT_SECRET", "one line of text", line);
        let name = self.take("PORTAL_OIDC_NAME", "a name of at most 40 characters", |text| {
            line(text).filter(|name| name.chars().count() <= 40)
        });
        Some(SingleSignOn {
            issuer: issuer?,
            client_id: client_id?,
            client_secret: Secret(secret?),
            name: name.unwrap_or_else(|| "single sign-on".to_owned()),
        })
    }

    fn finish(mut self) -> Result<Config, Invalid> {
        let address = "an address like postgres://user:password@host:5432/name";
        let app = self.take("DATABASE_URL", address, postgres_address);
        let owner = self.take("PORTAL_OWNER_DATABASE_URL", address, postgres_address);
        let listen = self.take(
            "PORTAL_LISTEN",
            "address and port, like 127.0.0.1:8080 or [::1]:8080",
            |text| text.parse().ok(),
        );
        let listen: SocketAddr = listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let base_url =
            self.take("PORTAL_BASE_URL", "http:// or https:// with a host and no path", base_url);
        let data_dir = self.take("PORTAL_DATA_DIR", "a folder", |text| Some(PathBuf::from(text)));
        let bin_dir = self.take(
            "PORTAL_POSTGRES_BIN",
            "the folder that holds initdb, postgres and pg_ctl",
            |text| Path::new(text).join("initdb").exists().then(|| PathBuf::from(text)),
        );
        let filter = self.take(
            "PORTAL_LOG",
            "error, warn, info, debug, trace or a tracing filter such as info,portal=debug",
            |text| is_filter(text).then(|| text.to_owned()),
        );
        let format = self.take("PORTAL_LOG_FORMAT", "json or text", |text| match text {
            "json" => Some(LogFormat::Json),
            "text" => Some(LogFormat::Text),
            _ => None,
        });
        let metrics_token = self.take("PORTAL_METRICS_TOKEN", "at least 16 characters", |text| {
            (text.len() >= 16).then(|| Secret(text.to_owned()))
        });
        let trusted_proxies = self.take(
            "PORTAL_TRUSTED_PROXIES",
            "addresses or networks such as 10.0.0.0/8, separated by commas",
            Proxies::parse,
        );
        let password_cost =
            self.take("PORTAL_PASSWORD_COST", "low, usual or high", |text| match text {
                "low" => Some(PasswordCost::LOW),
                "usual" => Some(PasswordCost::USUAL),
                "high" => Some(PasswordCost::HIGH),
                _ => None,
            });
        let smtp = self.take("PORTAL_SMTP_URL", SmtpServer::ALLOWED, SmtpServer::parse);
        let from_is_said = self.said.contains_key("PORTAL_MAIL_FROM");
        let from = self.take("PORTAL_MAIL_FROM", "Name <address>", Recipient::parse);
        if smtp.is_some() && !from_is_said {
            self.problems.push(
                "PORTAL_SMTP_URL: set PORTAL_MAIL_FROM too, as Interviews <interviews@example.org>"
                    .to_owned(),
            );
        }
        let secret_key = self.take(
            "PORTAL_SECRET_KEY",
            "32 random bytes in base64url, 43 characters",
            Keys::parse,
        );
        let single_sign_on = self.single_sign_on();
        if owner.is_some() && app.is_none() {
            self.problems.push("PORTAL_OWNER_DATABASE_URL: set DATABASE_URL too".to_owned());
        }
        // Absolute, so that whatever names it can be found from anywhere.
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from("data"));
        let data_dir = std::path::absolute(&data_dir).unwrap_or(data_dir);
        let objects = self.objects(&data_dir);
        if !self.problems.is_empty() {
            return Err(Invalid(self.problems));
        }
        let objects = objects.expect("what keeps it from being read is a problem");
        let database = match app {
            Some(app) => {
                let owner = owner.unwrap_or_else(|| app.clone());
                Database::Url { app: Box::new(app), owner: Box::new(owner) }
            }
            None => Database::Embedded { data_dir: data_dir.clone(), bin_dir },
        };
        Ok(Config {
            database,
            data_dir,
            objects,
            listen,
            base_url,
            log: Log { filter, format },
            metrics_token,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            password_cost: password_cost.unwrap_or(PasswordCost::USUAL),
            mail: smtp.zip(from).map(|(server, from)| Mail { server, from }),
            secret_key,
            single_sign_on,
        })
    }
}

/// Whether `text` is a filter for logs. To `tracing` a lone word that is no level is the name of a part
/// to log everything of; here it is a slip.
fn is_filter(text: &str) -> bool {
    let says_a_level = |directive: &str| {
        directive.contains('=') || directive.trim().parse::<LevelFilter>().is_ok()
    };
    // Commas inside a span's brackets part its fields.
    let plain = !text.contains('[');
    EnvFilter::from_str(text).is_ok() && (!plain || text.split(',').all(says_a_level))
}

/// An address of https, or of this machine, that a path can be put behind.
fn issuer(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (is_plain && is_private(&url)).then(|| text.to_owned())
}

/// Whether nobody on the way can read what is sent there: TLS, or no way at all.
pub fn is_private(url: &url::Url) -> bool {
    let is_here = match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.host().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
}

fn postgres_address(text: &str) -> Option<PgConnectOptions> {
    let scheme = text.starts_with("postgres://") || text.starts_with("postgresql://");
    scheme.then(|| text.parse().ok()).flatten()
}

fn base_url(text: &str) -> Option<String> {
    let text = text.trim_end_matches('/');
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    (!host.is_empty() && host.chars().all(fits)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)], file: Option<&str>) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Config::from(variables, file.map(|text| ("portal.toml", text))).map_err(|e| e.to_string())
    }

    #[test]
    fn without_a_setting_the_portal_runs_its_own_database() {
        let config = config(&[], None).unwrap();
        assert!(matches!(config.database, Database::Embedded { .. }));
        assert_eq!(config.base_url(), "http://127.0.0.1:8080");
        assert!(config.is_on_this_machine_only());
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = Some("listen = '127.0.0.1:1'\nbase_url = 'https://a.example'");
        let config = config(&[("PORTAL_LISTEN", "127.0.0.1:2")], file).unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.base_url(), "https://a.example");
    }

    #[test]
    fn only_loopback_addresses_are_this_machine() {
        for (address, is_here) in [
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("https://interviews.example.org", false),
            ("http://127.0.0.1.example.org", false),
        ] {
            let config = config(&[("PORTAL_BASE_URL", address)], None).unwrap();
            assert_eq!(config.is_on_this_machine_only(), is_here, "{address}");
        }
        for (listen, is_here) in [
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("0.0.0.0:1", false),
            ("[::]:1", false),
            ("192.168.1.5:1", false),
        ] {
            let config = config(&[("PORTAL_LISTEN", listen)], None).unwrap();
            assert_eq!(config.is_on_this_machine_only(), is_here, "{listen}");
        }
    }

    #[test]
    fn every_unknown_or_bad_setting_is_named_with_what_is_allowed() {
        let wrong = [("PORTAL_LISTN", "x"), ("PORTAL_LOG_FORMAT", "xml")];
        let message = config(&wrong, Some("colour = 'red'\nlisten = 5")).unwrap_err();
        assert!(
            message.contains("PORTAL_LISTN: there is no such setting. Known are: DATABASE_URL"),
            "{message}"
        );
        assert!(
            message.contains("PORTAL_LOG_FORMAT: \"xml\" is not allowed here; give json or text")
        );
        assert!(message.contains("portal.toml: colour: there is no such setting"));
        assert!(message.contains("portal.toml: listen: write the value in quotes"));
    }

    #[test]
    fn an_empty_setting_and_a_log_level_that_is_none_stop_the_start() {
        for empty in ["PORTAL_DATA_DIR", "DATABASE_URL", "PORTAL_METRICS_TOKEN"] {
            let message = config(&[(empty, "")], None).unwrap_err();
            assert!(message.starts_with(&format!("{empty}: is empty; give ")), "{message}");
        }
        for filter in ["warn", "INFO", "off", "info,portal=debug", "portal::web=trace,error"] {
            assert!(config(&[("PORTAL_LOG", filter)], None).is_ok(), "{filter}");
        }
        for slip in ["loud", "portal", "info,loud", "portal=loud"] {
            let message = config(&[("PORTAL_LOG", slip)], None).unwrap_err();
            assert!(message.contains("give error, warn, info"), "{slip}: {message}");
        }
    }

    #[test]
    fn a_secret_is_never_repeated() {
        let wrong = [
            ("DATABASE_URL", "mysql://u:hunter2@h/x"),
            ("PORTAL_METRICS_TOKEN", "hunter2"),
            ("PORTAL_SMTP_URL", "imap://u:hunter2@h"),
            ("PORTAL_SECRET_KEY", "hunter2"),
        ];
        assert!(!config(&wrong, None).unwrap_err().contains("hunter2"));
        let right = [
            ("DATABASE_URL", "postgres://u:hunter2@h/x"),
            ("PORTAL_METRICS_TOKEN", "hunter2hunter2hunter2"),
            ("PORTAL_SMTP_URL", "smtps://u:hunter2@mail.example.org"),
            ("PORTAL_MAIL_FROM", "Interviews <interviews@example.org>"),
            ("PORTAL_SECRET_KEY", "hunter2hunter2hunter2hunter2hunter2hunter2A"),
        ];
        assert!(!format!("{:?}", config(&right, None).unwrap()).contains("hunter2"));
    }
    #[test]
    fn a_mail_server_needs_a_sender() {
        let server = ("PORTAL_SMTP_URL", "smtp://localhost:1025");
        let message = config(&[server], None).unwrap_err();
        assert!(message.contains("PORTAL_SMTP_URL: set PORTAL_MAIL_FROM too"), "{message}");
        let message = config(&[server, ("PORTAL_MAIL_FROM", "nobody")], None).unwrap_err();
        assert_eq!(
            message,
            "PORTAL_MAIL_FROM: \"nobody\" is not allowed here; give Name <address>"
        );
        let from = ("PORTAL_MAIL_FROM", "Interviews <interviews@example.org>");
        assert!(config(&[server, from], None).unwrap().mail.is_some());
        assert!(config(&[from], None).unwrap().mail.is_none());
    }

    #[test]
    fn single_sign_on_is_set_whole_and_reached_in_private() {
        let issuer = ("PORTAL_OIDC_ISSUER", "https://id.example.org/realms/one");
        let (id, secret) =
            (("PORTAL_OIDC_CLIENT_ID", "portal"), ("PORTAL_OIDC_CLIENT_SECRET", "hunter2"));
        let found = config(&[issuer, id, secret], None).unwrap();
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_eq!(found.single_sign_on.unwrap().name, "single sign-on");
        assert!(config(&[], None).unwrap().single_sign_on.is_none());
        let message = config(&[issuer, id], None).unwrap_err();
        assert!(message.contains("set PORTAL_OIDC_CLIENT_SECRET too"), "{message}");
        for (address, is_fine) in [
            ("http://127.0.0.1:8090", true),
            ("http://id.example.org", false),
            ("https://id.example.org?x=1", false),
            ("id.example.org", false),
        ] {
            let found = config(&[("PORTAL_OIDC_ISSUER", address), id, secret], None);
            assert_eq!(found.is_ok(), is_fine, "{address}");
        }
        let message = config(&[issuer, id, ("PORTAL_OIDC_CLIENT_SECRET", "a\nhunter2")], None);
        assert!(!message.unwrap_err().contains("hunter2"));
    }
}
