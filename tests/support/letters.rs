//! Letters as they would go out, composed by the real worker and kept here. How they travel is the
//! matter of `tests/mail.rs`, with a real server.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use portal::app::Letters;
use portal::mail::transport::{Problem, Stamp, Transport};
use portal::mail::worker::Worker;
use portal::mail::{Letter, store};

use super::Portal;
use super::cluster::BASE_URL;

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Letter>>>);

impl Transport for Kept {
    fn send<'a>(&'a self, letter: &'a Letter, _: Stamp) -> BoxFuture<'a, Result<(), Problem>> {
        self.0.lock().unwrap().push(letter.clone());
        Box::pin(std::future::ready(Ok(())))
    }
}

impl Portal {
    /// Every letter that is due, sent now.
    pub async fn letters(&self) -> Vec<Letter> {
        let kept = Kept::default();
        self.send_due(kept.clone()).await;
        let mut letters = kept.0.lock().unwrap();
        std::mem::take(&mut letters)
    }

    /// Every letter that is due is refused now; how many that were.
    pub async fn letters_refused(&self, problem: Problem) -> usize {
        let due = self.waiting().await;
        self.send_due(Refusing(problem)).await;
        due
    }

    async fn waiting(&self) -> usize {
        let mut tx = self.db.begin_reading().await.expect("the database answers");
        let counts =
            store::counts(&mut tx, &store::LeftOut::default()).await.expect("they can be counted");
        usize::try_from(counts.waiting).expect("a count is not negative")
    }

    async fn send_due(&self, transport: impl Transport) {
        let worker = Worker {
            db: self.db.clone(),
            clock: self.clock.clone(),
            composer: Arc::new(Letters { base_url: BASE_URL.to_owned() }),
            transport: Arc::new(transport),
        };
        worker.send_due().await.expect("the database answers");
    }
}

/// A server that takes nothing.
struct Refusing(Problem);

impl Transport for Refusing {
    fn send<'a>(&'a self, _: &'a Letter, _: Stamp) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(std::future::ready(Err(self.0)))
    }
}

/// The path of the one link in a letter.
pub fn link(letter: &Letter) -> String {
    let (_, rest) = letter.text.split_once(BASE_URL).expect("the letter has a link");
    rest.split_whitespace().next().expect("the link has a path").to_owned()
}
