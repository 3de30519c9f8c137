//! What is logged meanwhile, kept to be looked at.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

/// As long as it is held, this thread logs into the lines.
pub struct Listening {
    _logging: DefaultGuard,
    // With one subscriber alone, tracing asks that of whichever thread comes to a line first, and tests
    // beside this one have none: the line would be off for good.
    _second: tracing::Dispatch,
}

impl Lines {
    /// From here on everything is kept, whatever its level.
    pub fn listen(&self) -> Listening {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        let second = tracing::Dispatch::new(tracing_subscriber::registry());
        Listening { _logging: tracing::subscriber::set_default(subscriber), _second: second }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).expect("lines are text")
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
