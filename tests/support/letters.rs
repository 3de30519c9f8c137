//! Letters as they would go out, composed by the real worker and kept here. How they travel is the
//! matter of `tests/mail.rs`, with a real server.

use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use portal::app::Letters;
use portal::mail::Letter;
use portal::mail::transport::{Problem, Stamp, Transport};
use portal::mail::worker::Worker;

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
        let worker = Worker {
            db: self.db.clone(),
            clock: self.clock.clone(),
            composer: Arc::new(Letters { base_url: BASE_URL.to_owned() }),
            transport: Arc::new(kept.clone()),
        };
        worker.send_due().await.expect("the database answers");
        let mut letters = kept.0.lock().unwrap();
        std::mem::take(&mut letters)
    }
}

/// The path of the one link in a letter.
pub fn link(letter: &Letter) -> String {
    let (_, rest) = letter.text.split_once(BASE_URL).expect("the letter has a link");
    rest.split_whitespace().next().expect("the link has a path").to_owned()
}
