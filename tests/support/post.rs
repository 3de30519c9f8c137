//! A database with letters to send, a composer that knows a few, and ways to die while sending.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use portal::clock::{Clock, Timestamp};
use portal::db::{Db, Tx};
use portal::ids::MailId;
use portal::mail::letter::{Action, Draft};
use portal::mail::smtp::{Server, Smtp};
use portal::mail::store::{self, Entry};
use portal::mail::transport::{Problem, Stamp, Transport};
use portal::mail::worker::Worker;
use portal::mail::{
    Compose, ComposeError, Kind, Letter, Line, Missing, NewMail, Queued, Recipient, Refs,
};
use sqlx::types::Uuid;
use tokio::sync::Notify;

use super::cluster::{BASE_URL, Holds, database};

/// The present in these tests, until one moves it.
pub fn start() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().expect("it is a time")
}

/// Where letters are enqueued and sent from.
pub struct Post {
    pub db: Db,
    pub clock: Clock,
}

impl Post {
    pub async fn open() -> Self {
        let database = database(Holds::Schema).await;
        let db = Db::connect(database.app.clone()).await.expect("portal_app may log in");
        Self { db, clock: Clock::fixed(start()) }
    }

    /// Enqueues a letter to `to`, an address's local part.
    pub async fn enqueue(&self, to: &'static str) -> MailId {
        self.enqueue_as("hello", to).await
    }

    pub async fn enqueue_as(&self, template: &'static str, to: &'static str) -> MailId {
        let added = self.try_enqueue(&mail(template, to)).await;
        added.expect("nothing like it was enqueued before")
    }

    pub async fn try_enqueue(&self, mail: &NewMail) -> Option<MailId> {
        let mut tx = self.db.begin().await.expect("the database answers");
        let added = store::enqueue(&mut tx, mail, self.clock.now()).await.expect("it is taken");
        let _committed = tx.commit().await.expect("it is kept");
        added
    }

    pub fn worker(&self, transport: impl Transport) -> Worker {
        let (composer, transport) = (Arc::new(Composer), Arc::new(transport));
        Worker { db: self.db.clone(), clock: self.clock.clone(), composer, transport }
    }

    /// Everything in the outbox, newest first.
    pub async fn outbox(&self) -> Vec<Entry> {
        let mut tx = self.db.begin_reading().await.expect("the database answers");
        let nothing = store::LeftOut::default();
        store::outbox(&mut tx, store::Shown::All, &nothing, None, 100)
            .await
            .expect("it can be read")
    }

    /// The only letter in the outbox.
    pub async fn only(&self) -> Entry {
        let mut entries = self.outbox().await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    /// Moves the clock.
    pub fn pass(&self, seconds: i64) {
        self.clock.set(self.clock.now() + jiff::SignedDuration::from_secs(seconds));
    }
}

pub fn mail(template: &'static str, to: &'static str) -> NewMail {
    NewMail {
        template,
        kind: Kind::Process,
        recipient_id: Uuid::nil(),
        refs: Refs::default().code("to", to),
        dedupe: None,
        not_before: None,
        urgent: false,
    }
}

/// An SMTP transport to `port` of this machine.
pub fn smtp(port: u16) -> Smtp {
    let server = Server::parse(&format!("smtp://127.0.0.1:{port}")).expect("it is a server");
    let server = server.within(std::time::Duration::from_secs(2));
    let from = Recipient::parse("Interviews <interviews@portal.test>").expect("it is a sender");
    Smtp::new(&server, from, BASE_URL).expect("plain SMTP needs nothing")
}

/// Writes `hello`, finds nothing to say in `gone`, and fails at the rest.
struct Composer;

impl Compose for Composer {
    fn compose<'a>(
        &'a self,
        tx: &'a mut Tx,
        mail: &'a Queued,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<Letter>, ComposeError>> {
        Box::pin(async move {
            let local = mail.refs.get_code("to")?;
            let to = Recipient::parse(&format!("Canary Quill <{local}@example.org>"));
            match mail.template.as_str() {
                "hello" => Ok(Some(hello().letter(to.expect("it is an address"))?)),
                "gone" => Ok(None),
                "panics" => panic!("composing"),
                "writes-and-fails" => {
                    store::enqueue(tx, &self::mail("hello", "never"), now).await?;
                    Err(ComposeError::from(Missing("everything")))
                }
                "breaks" => {
                    sqlx::query("select 1/0").execute(tx.connection()).await?;
                    Ok(None)
                }
                _ => Err(ComposeError::UnknownTemplate),
            }
        })
    }
}

fn hello() -> Draft {
    Draft {
        subject: Line::new("Grüße, and what is next"),
        paragraphs: vec![
            "Dear Canary,".to_owned(),
            "The next step is yours — take your time.".to_owned(),
        ],
        action: Some(Action {
            label: "See it".to_owned(),
            url: "http://portal.test/my?a=1&b=2".to_owned(),
        }),
        closing: Vec::new(),
        footer: "You applied, so we write.".to_owned(),
    }
}

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    BeforeSending,
    BeforeRecording,
}

/// Comes to a step and never gets beyond it.
pub struct Stuck {
    pub inner: Smtp,
    pub at: Step,
    pub reached: Arc<Notify>,
}

impl Transport for Stuck {
    fn send<'a>(&'a self, letter: &'a Letter, stamp: Stamp) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            if self.at == Step::BeforeRecording {
                self.inner.send(letter, stamp).await?;
            }
            self.reached.notify_one();
            std::future::pending().await
        })
    }
}
