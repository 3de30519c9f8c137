//! Connections among each other: what a client that does not read what it asked for is allowed, and who
//! has to leave when one more comes than there is room for.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

/// How long a client may take to read [`ENOUGH`] of what waits for it: one that reads a byte now and then
/// holds a place as well as one that reads nothing.
const WRITE_TIMEOUT: Duration = Duration::from_secs(20);
/// In bytes. Over the time above this is slower than the slowest telephone.
const ENOUGH: usize = 16 * 1024;
/// Who is idle for less than this is not asked to leave.
const IDLE: Duration = Duration::from_secs(1);
/// Nor who is being answered, for this long.
const ANSWERING: Duration = Duration::from_secs(10);
/// Connections at once, where the system allows as many files. Each takes some 20 kB; a proxy in front
/// keeps a few hundred.
const MOST: u64 = 4096;
/// Open files that are no client's: both pools, mail, locks, the log, and what came with the process.
const KEPT: u64 = 128;

/// How many connections there is room for, once the system was asked for as many files as that takes.
pub(super) fn room() -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return 512 };
    let wanted = hard.min(MOST + KEPT);
    let raised = wanted > soft && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok();
    let files = if raised { wanted } else { soft };
    usize::try_from(files.saturating_sub(KEPT).clamp(16, MOST)).unwrap_or(512)
}

/// Everybody who is connected. Cheap to clone.
#[derive(Clone)]
pub(super) struct Crowd(Arc<Everybody>);

struct Everybody {
    room: usize,
    began: Instant,
    members: Mutex<(u64, HashMap<u64, Arc<Member>>)>,
}

struct Member {
    /// Milliseconds from the beginning to when this client last got something.
    since: AtomicU64,
    is_answered: AtomicBool,
    leave: Notify,
}

/// One connection's place, given up when dropped.
pub(super) struct Place {
    crowd: Crowd,
    number: u64,
    member: Arc<Member>,
}

impl Crowd {
    pub(super) fn new(room: usize) -> Self {
        Self(Arc::new(Everybody { room, began: Instant::now(), members: Mutex::default() }))
    }

    fn members(&self) -> MutexGuard<'_, (u64, HashMap<u64, Arc<Member>>)> {
        self.0.members.lock().expect("nothing panics while it is held")
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// A place for one more, as soon as there is one. Where all are taken, whoever waits or keeps us
    /// waiting for longest leaves.
    pub(super) async fn enter(&self) -> Place {
        while self.members().1.len() >= self.0.room && !self.put_one_out() {
            sleep(Duration::from_millis(20)).await;
        }
        let member = Arc::new(Member {
            since: self.now().into(),
            is_answered: false.into(),
            leave: Notify::new(),
        });
        let mut members = self.members();
        members.0 += 1;
        let number = members.0;
        members.1.insert(number, member.clone());
        Place { crowd: self.clone(), number, member }
    }

    fn put_one_out(&self) -> bool {
        let now = self.now();
        let mut members = self.members();
        let idlest = members
            .1
            .iter()
            .filter_map(|(number, member)| {
                let idle = now.saturating_sub(member.since.load(Ordering::Relaxed));
                let is_answered = member.is_answered.load(Ordering::Relaxed);
                let patience = if is_answered { ANSWERING } else { IDLE };
                (u128::from(idle) >= patience.as_millis()).then_some((!is_answered, idle, *number))
            })
            .max();
        let Some((.., number)) = idlest else { return false };
        let Some(member) = members.1.remove(&number) else { return false };
        member.leave.notify_one();
        metrics::counter!("http_connections_put_out_total").increment(1);
        true
    }
}

impl Place {
    /// Ready when this connection has to make room.
    pub(super) async fn left(&self) {
        self.member.leave.notified().await;
    }

    pub(super) fn ticket(&self) -> Ticket {
        Ticket { crowd: self.crowd.clone(), member: self.member.clone() }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.members().1.remove(&self.number);
    }
}

/// What tells the crowd how a connection is getting on.
#[derive(Clone)]
pub(super) struct Ticket {
    crowd: Crowd,
    member: Arc<Member>,
}

impl Ticket {
    /// A request has come, or its answer is ready to be sent.
    pub(super) fn is_answered(&self, is_answered: bool) {
        self.member.is_answered.store(is_answered, Ordering::Relaxed);
        self.moved();
    }

    fn moved(&self) {
        self.member.since.store(self.crowd.now(), Ordering::Relaxed);
    }
}

/// A stream whose writes fail when the other end does not read.
pub(super) struct Patient {
    stream: TcpStream,
    ticket: Ticket,
    /// Set while something waits to be read.
    until: Option<Pin<Box<Sleep>>>,
    /// Bytes taken since then.
    taken: usize,
}

impl Patient {
    pub(super) fn new(stream: TcpStream, ticket: Ticket) -> Self {
        Self { stream, ticket, until: None, taken: 0 }
    }

    fn written(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(count)) if self.until.is_some() => {
                self.ticket.moved();
                self.taken += count;
                if self.taken >= ENOUGH {
                    self.until = None;
                }
            }
            Poll::Ready(_) => {}
            Poll::Pending => {
                if self.until.is_none() {
                    self.taken = 0;
                }
                let until = self.until.get_or_insert_with(|| Box::pin(sleep(WRITE_TIMEOUT)));
                if until.as_mut().poll(context).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        written
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Asked for once all of an answer is written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.until = None;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
