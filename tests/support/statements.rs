//! Counting what a page asks of the database.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The first words of each statement that `asking` sends, but for those that begin and end transactions or
/// open a connection, which any request may be the first to need.
/// Only what runs on this thread is seen: a test of this needs a runtime of one thread.
pub async fn statements<T>(asking: impl Future<Output = T>) -> (T, Vec<String>) {
    let kept = Kept::default();
    // With one subscriber alone, tracing asks that of whichever thread comes to a line first, and tests
    // beside this one have none: the line would be off for good.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let listening =
        tracing::subscriber::set_default(tracing_subscriber::registry().with(kept.clone()));
    let answer = asking.await;
    drop(listening);
    let heard = std::mem::take(&mut *kept.0.lock().unwrap());
    let around = ["begin", "commit", "rollback", "set ", "select session_user"];
    let is_asked =
        |summary: &String| !around.iter().any(|word| summary.to_lowercase().starts_with(word));
    (answer, heard.into_iter().filter(is_asked).collect())
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Kept {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            event.record(&mut Summary(&mut self.0.lock().unwrap()));
        }
    }
}

struct Summary<'a>(&'a mut Vec<String>);

impl Visit for Summary<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            self.0.push(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "summary" {
            self.0.push(format!("{value:?}"));
        }
    }
}
