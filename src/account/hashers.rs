//! Threads of their own for hashing passwords, which yield to everything else: a hash keeps a core busy
//! for tens of milliseconds, and whoever reads a page meanwhile must not wait for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id,
};
use tokio::sync::oneshot;

/// After each piece of work a thread rests as long as that took, and whoever waited for it has their answer
/// before. Without it a storm of sign-ins fills cache and memory bus all the time, and doubles what the
/// slowest pages take (`benches/signing_in.rs`: 1.9 times, with it 1.1).
const LONGEST_REST: Duration = Duration::from_millis(200);

type Job = Box<dyn FnOnce() + Send>;

/// Cheap to clone. The threads start with the first work, and end with the last clone.
#[derive(Clone, Debug)]
pub struct Hashers {
    threads: usize,
    most_waiting: usize,
    queue: Arc<OnceLock<SyncSender<Job>>>,
}

/// Why work was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// Too much waits already.
    Busy,
    /// It panicked.
    Broken,
}

impl Hashers {
    /// `threads` at work, and at most `most_waiting` pieces of work waiting for them.
    pub fn new(threads: usize, most_waiting: usize) -> Self {
        Self { threads, most_waiting, queue: Arc::default() }
    }

    /// Does `work` when its turn comes; not at all where nobody waits for it any more.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let queue = self.queue.get_or_init(|| start(self.threads, self.most_waiting));
        let (sender, done) = oneshot::channel();
        let job = move || {
            if !sender.is_closed() {
                let _nobody_waits = sender.send(work());
            }
        };
        queue.try_send(Box::new(job)).map_err(|_full| NotDone::Busy)?;
        done.await.map_err(|_panicked| NotDone::Broken)
    }
}

fn start(threads: usize, most_waiting: usize) -> SyncSender<Job> {
    let (queue, jobs) = sync_channel(most_waiting);
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..threads {
        let jobs = jobs.clone();
        let named = std::thread::Builder::new().name("hashing".to_owned());
        named.spawn(move || work(&jobs)).expect("a process may have a few more threads");
    }
    queue
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    yield_to_others();
    loop {
        let next = jobs.lock().expect("whoever takes a job out does not panic").recv();
        let Ok(job) = next else { return };
        let began = Instant::now();
        // The thread outlives what it is given.
        let _told_by_the_channel = catch_unwind(AssertUnwindSafe(job));
        std::thread::sleep(began.elapsed().min(LONGEST_REST));
    }
}

/// Lets this thread work only when a core is idle: with little weight alone it would still keep the core
/// for some milliseconds from who wakes up. Where that is not allowed it works as others do.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    let _best_effort = set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Min,
        ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle),
    );
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    use thread_priority::thread_schedule_policy;

    use super::*;

    #[tokio::test]
    async fn work_beyond_what_may_wait_is_turned_away_and_a_panic_ends_nothing() {
        let hashers = Hashers::new(1, 1);
        assert_eq!(hashers.run(|| 1).await, Ok(1));
        assert_eq!(hashers.run(|| panic!("hashing")).await.map(|()| 0), Err(NotDone::Broken));
        let (go, wait) = sync_channel::<()>(0);
        let (started, has_started) = oneshot::channel();
        let run = |work: Box<dyn FnOnce() -> u8 + Send>| {
            let hashers = hashers.clone();
            tokio::spawn(async move { hashers.run(work).await })
        };
        let at_work = run(Box::new(move || {
            started.send(()).unwrap();
            wait.recv().unwrap();
            1
        }));
        has_started.await.unwrap();
        let waiting = run(Box::new(|| 2));
        tokio::task::yield_now().await;
        assert_eq!(hashers.run(|| 3).await, Err(NotDone::Busy));
        go.send(()).unwrap();
        assert_eq!((at_work.await.unwrap(), waiting.await.unwrap()), (Ok(1), Ok(2)));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn these_threads_yield_to_all_others() {
        let policy = || thread_schedule_policy().unwrap();
        let (here, idle) = (policy(), NormalThreadSchedulePolicy::Idle);
        assert_eq!(Hashers::new(1, 1).run(policy).await, Ok(ThreadSchedulePolicy::Normal(idle)));
        assert_eq!(policy(), here);
        assert_ne!(here, ThreadSchedulePolicy::Normal(idle));
    }
}
