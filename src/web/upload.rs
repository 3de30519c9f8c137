//! A form with one file that is too large for memory: what was typed beside it is read as always, the file lies on
//! disk until the request has ended.

use std::io::{self, Seek, SeekFrom, Write};
use std::time::Duration;

use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::StatusCode;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

use super::error::Failure;
use super::form::{Form, Unreadable};

/// How long nothing may come of a file under way.
const SILENCE: Duration = Duration::from_secs(30);
/// What of a file that is too large is read all the same, so that the browser gets an answer and not a line that
/// broke.
const READ_TO_THE_END: u64 = 4;
/// What is gathered of a file before it is written, in bytes.
const PIECE: usize = 1 << 20;

/// A form as it was sent, whose file has at most `MOST` bytes.
#[derive(Debug)]
pub struct Upload<const MOST: u64> {
    pub form: Form,
    /// The first file that was chosen.
    pub file: Option<Received>,
}

/// A file as it was sent.
#[derive(Debug)]
pub struct Received {
    /// The last part of what the sender calls it.
    pub name: String,
    /// At its beginning. Empty where it was too large.
    pub file: std::fs::File,
    pub bytes: u64,
    pub is_too_large: bool,
}

/// Why a form cannot be read at all.
#[derive(Debug)]
pub enum NotReceived {
    Unreadable(StatusCode),
    /// There is no room on this machine.
    Machine(io::Error),
}

impl IntoResponse for NotReceived {
    fn into_response(self) -> Response {
        match self {
            Self::Unreadable(status) => status.into_response(),
            Self::Machine(error) => Failure::Broken(Box::new(error)).into_response(),
        }
    }
}

impl From<io::Error> for NotReceived {
    fn from(error: io::Error) -> Self {
        Self::Machine(error)
    }
}

impl From<JoinError> for NotReceived {
    fn from(error: JoinError) -> Self {
        Self::Machine(io::Error::other(error))
    }
}

impl From<Unreadable> for NotReceived {
    fn from(Unreadable(status): Unreadable) -> Self {
        Self::Unreadable(status)
    }
}

impl<const MOST: u64, S: Sync> FromRequest<S> for Upload<MOST> {
    type Rejection = NotReceived;

    async fn from_request(mut request: Request, state: &S) -> Result<Self, NotReceived> {
        if !Form::has_files(&request) {
            let form = Form::from_request(request, state).await?;
            return Ok(Self { form, file: None });
        }
        let most = usize::try_from(MOST * READ_TO_THE_END).unwrap_or(usize::MAX);
        DefaultBodyLimit::max(most).apply(&mut request);
        let parts = Multipart::from_request(request, &()).await;
        let mut parts = parts.map_err(|_| NotReceived::Unreadable(StatusCode::BAD_REQUEST))?;
        let mut form = Form::default();
        let mut file = None;
        while let Some(part) = in_time(parts.next_field()).await?.map_err(Unreadable::from)? {
            match part.file_name().map(last_part) {
                None => in_time(form.read_text(part)).await??,
                Some(name) if name.is_empty() || file.is_some() => {}
                Some(name) => file = Some(receive(part, name, MOST).await?),
            }
        }
        Ok(Self { form, file })
    }
}

/// Some programs send where it lies, too.
fn last_part(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(255).collect()
}

/// What comes of `next`, unless it is silent for too long.
async fn in_time<T>(next: impl Future<Output = T>) -> Result<T, NotReceived> {
    let silent = |_| NotReceived::Unreadable(StatusCode::REQUEST_TIMEOUT);
    timeout(SILENCE, next).await.map_err(silent)
}

async fn receive(mut part: Field<'_>, name: String, most: u64) -> Result<Received, NotReceived> {
    let mut file = spawn_blocking(tempfile::tempfile).await??;
    let (mut bytes, mut piece) = (0, Vec::new());
    loop {
        let next: Option<Bytes> = in_time(part.chunk()).await?.map_err(Unreadable::from)?;
        let has_ended = next.is_none();
        let next = next.unwrap_or_default();
        bytes += next.len() as u64;
        if bytes <= most {
            piece.extend_from_slice(&next);
        }
        if piece.len() >= PIECE || has_ended {
            file = spawn_blocking(move || file.write_all(&piece).map(|()| file)).await??;
            piece = Vec::new();
        }
        if has_ended {
            break;
        }
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(Received { name, file, bytes, is_too_large: bytes > most })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_called_is_the_end_of_its_path_and_can_be_seen() {
        assert_eq!(last_part("C:\\Users\\zoe\\work.zip"), "work.zip");
        assert_eq!(last_part("/home/zoe/work.tar.gz"), "work.tar.gz");
        assert_eq!(last_part("wo\u{7}rk\r\n.zip"), "work.zip");
        assert_eq!(last_part(&"x".repeat(300)).len(), 255);
    }
}
