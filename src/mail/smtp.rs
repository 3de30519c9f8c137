//! Letters by SMTP.

use std::fmt;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use lettre::Message;
use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use tokio::time::timeout;
use url::Url;

use super::transport::{Problem, Stamp, Transport};
use super::{Letter, Recipient};

/// How long a server may take over one letter, where nobody says otherwise.
const PATIENCE: Duration = Duration::from_secs(50);
/// How long it may take where somebody waits to hear whether it is there.
const TRY: Duration = Duration::from_secs(10);
/// How long it may take to be told goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// Which server, and how to log in to it.
#[derive(Clone)]
pub struct Server {
    host: String,
    port: u16,
    protection: Protection,
    credentials: Option<Credentials>,
    patience: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protection {
    /// None: only where nothing leaves the machine.
    Plain,
    /// TLS is asked for after a greeting, and has to be granted.
    StartTls,
    Tls,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Server({}:{}, {:?})", self.host, self.port, self.protection)
    }
}

impl Server {
    /// What operators may write.
    pub const ALLOWED: &str = "smtp://user:password@host:port (with STARTTLS, unless the host is this machine) or smtps://…";

    /// The server that `text` names, as [`Server::ALLOWED`] says.
    pub fn parse(text: &str) -> Option<Self> {
        let url: Url = text.parse().ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?.to_owned();
        let is_here = host == "localhost" || ip(&host).is_some_and(|ip| ip.is_loopback());
        let (protection, port) = match url.scheme() {
            "smtps" => (Protection::Tls, 465),
            "smtp" if is_here => (Protection::Plain, 25),
            "smtp" => (Protection::StartTls, 587),
            _ => return None,
        };
        let is_bare =
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let decoded = |text| percent_decode_str(text).decode_utf8().ok().map(String::from);
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) | (_, None) => return None,
            (user, Some(password)) => Some(Credentials::new(decoded(user)?, decoded(password)?)),
        };
        let port = url.port().unwrap_or(port);
        let patience = PATIENCE;
        is_bare.then_some(Self { host, port, protection, credentials, patience })
    }

    /// The same server, with this long for each letter.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Host and port, for an operator.
    pub fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn name(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

fn ip(host: &str) -> Option<std::net::IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Hands letters to one server, each over a connection of its own.
///
/// lettre's pool would keep a connection whose conversation was cut short, and the next letter would
/// read the answers to the one before.
#[derive(Clone)]
pub struct Smtp {
    server: Server,
    tls: TlsParameters,
    from: Recipient,
    /// The right side of every `Message-ID`.
    host: String,
}

impl Smtp {
    /// Letters from `from` by `server`, for the portal that people know as `base_url`.
    ///
    /// # Errors
    /// TLS cannot be set up for that host.
    pub fn new(server: &Server, from: Recipient, base_url: &str) -> Result<Self, Error> {
        let tls = TlsParameters::new(server.name().to_owned())?;
        Ok(Self { server: server.clone(), tls, from, host: host_of(base_url) })
    }

    /// Connects, has the connection protected, and logs in. Nothing that fails here is about a letter.
    async fn connect(&self) -> Result<AsyncSmtpConnection, Problem> {
        let refused = |error: Error| match problem(&error) {
            Problem::NoSuchRecipient(status) => Problem::Refused(status),
            other => other,
        };
        let server = &self.server;
        let hello = ClientId::default();
        let tls = (server.protection == Protection::Tls).then(|| self.tls.clone());
        let place = (server.name(), server.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(server.patience), &hello, tls, None)
                .await
                .map_err(refused)?;
        if server.protection == Protection::StartTls {
            if !connection.can_starttls() {
                return Err(Problem::Tls);
            }
            connection.starttls(self.tls.clone(), &hello).await.map_err(refused)?;
        }
        if let Some(credentials) = &server.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await.map_err(refused)?;
        }
        Ok(connection)
    }

    /// Whether the server can be reached and lets this portal in. Nothing is sent.
    ///
    /// # Errors
    /// What keeps letters from being sent.
    pub async fn try_out(&self) -> Result<(), Problem> {
        let trying = timeout(TRY, self.connect()).await;
        let mut connection = trying.unwrap_or(Err(Problem::TimedOut))?;
        let _politeness = timeout(GOODBYE, connection.quit()).await;
        Ok(())
    }

    /// The connection over which the letter was taken.
    async fn deliver(&self, message: &Message) -> Result<AsyncSmtpConnection, Problem> {
        let mut connection = self.connect().await?;
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        sent.map(|_accepted| connection).map_err(|error| problem(&error))
    }
}

impl Transport for Smtp {
    fn send<'a>(&'a self, letter: &'a Letter, stamp: Stamp) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            let message = message(letter, stamp, &self.from, &self.host)?;
            let delivered = timeout(self.server.patience, self.deliver(&message)).await;
            let mut connection = delivered.unwrap_or(Err(Problem::TimedOut))?;
            // It is taken, whatever the server makes of a goodbye.
            let _said = timeout(GOODBYE, connection.abort()).await;
            Ok(())
        })
    }
}

/// The host of an address people type, without the port.
fn host_of(base_url: &str) -> String {
    let url: Option<Url> = base_url.parse().ok();
    url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned())
}

/// The letter as it goes over the wire.
///
/// # Errors
/// [`Problem::Unsendable`], for an address that is none in SMTP's eyes.
pub fn message(
    letter: &Letter,
    stamp: Stamp,
    from: &Recipient,
    host: &str,
) -> Result<Message, Problem> {
    let mailbox = |who: &Recipient| mailbox(who).map_err(|_| Problem::Unsendable);
    // No answering machine answers a letter that says it comes from one (RFC 3834).
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    Message::builder()
        .message_id(Some(format!("<{}@{host}>", stamp.mail_id)))
        .date(SystemTime::from(stamp.date))
        .from(mailbox(letter.from.as_ref().unwrap_or(from))?)
        .to(mailbox(&letter.to)?)
        .subject(letter.subject.as_str())
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|_| Problem::Unsendable)
}

fn mailbox(who: &Recipient) -> Result<Mailbox, AddressError> {
    let address = lettre::Address::new(who.address.local(), who.address.domain())?;
    let name = (!who.name.is_empty()).then(|| who.name.as_str().to_owned());
    Ok(Mailbox::new(name, address))
}

fn problem(error: &Error) -> Problem {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match error.status().map(u16::from) {
        Some(status) if is_about_the_recipient(status, &cause) => Problem::NoSuchRecipient(status),
        Some(status) => Problem::Refused(status),
        None if error.is_timeout() => Problem::TimedOut,
        None if error.is_tls() => Problem::Tls,
        None if error.is_client() => Problem::Unsendable,
        None => Problem::Connection,
    }
}

/// Whether an answer is final and about the mailbox, not about the sender, the password or a policy,
/// which an operator can mend (RFC 5321 §4.2.3, RFC 3463 §3).
fn is_about_the_recipient(status: u16, answer: &str) -> bool {
    let detail = answer.split_whitespace().next().unwrap_or_default();
    let is_of_sender_or_policy = detail.starts_with("5.7.")
        || detail.starts_with("5.3.")
        || detail.starts_with("5.5.")
        || ["5.1.7", "5.1.8"].contains(&detail);
    [550, 551, 553].contains(&status) && !is_of_sender_or_policy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_without_tls() {
        for (text, expected) in [
            ("smtp://localhost:1025", Some((Protection::Plain, 1025))),
            ("smtp://127.0.0.1", Some((Protection::Plain, 25))),
            ("smtp://[::1]:25/", Some((Protection::Plain, 25))),
            ("smtp://127.0.0.1.example.org", Some((Protection::StartTls, 587))),
            ("smtp://u:p@mail.example.org:25", Some((Protection::StartTls, 25))),
            ("smtps://u:p%40ss@mail.example.org", Some((Protection::Tls, 465))),
            ("smtp://", None),
            ("http://mail.example.org", None),
            ("smtp://user@mail.example.org", None),
            ("smtp://mail.example.org?tls=none", None),
            ("mail.example.org", None),
        ] {
            let server = Server::parse(text);
            assert_eq!(server.map(|it| (it.protection, it.port)), expected, "{text}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let server = Server::parse("smtps://ada:hunter2@mail.example.org").unwrap();
        assert_eq!(format!("{server:?}"), "Server(mail.example.org:465, Tls)");
    }

    #[test]
    fn every_kind_of_transport_can_be_made() {
        let from = Recipient::parse("a@example.org").unwrap();
        for server in ["smtp://localhost", "smtp://mail.example.org", "smtps://[::1]"] {
            let server = Server::parse(server).unwrap();
            assert!(Smtp::new(&server, from.clone(), "http://portal.test").is_ok());
        }
    }

    #[test]
    fn only_what_is_final_about_the_mailbox_is_given_up_at_once() {
        assert!(is_about_the_recipient(550, "5.1.1 <x@example.org>: no such user"));
        assert!(is_about_the_recipient(550, "no such user"));
        assert!(!is_about_the_recipient(550, "5.7.1 relaying denied"));
        assert!(!is_about_the_recipient(553, "5.1.8 your sender address is not known"));
        assert!(!is_about_the_recipient(535, "5.7.8 wrong password"));
        assert!(!is_about_the_recipient(554, "no"));
        assert!(!is_about_the_recipient(451, "5.1.1 later"));
    }

    #[test]
    fn the_host_of_a_message_id_has_no_port() {
        assert_eq!(host_of("https://interviews.example.org"), "interviews.example.org");
        assert_eq!(host_of("http://127.0.0.1:8080"), "127.0.0.1");
        assert_eq!(host_of("http://[::1]:8080"), "[::1]");
    }
}
