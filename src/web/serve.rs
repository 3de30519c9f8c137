//! Accepting connections: with limits on how slowly a request may arrive, how slowly its answer may be read
//! and how many there are at once, and a shutdown that lets the ones under way finish.

use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

use super::crowd::{self, Crowd, Patient};
use super::front::Front;

/// How long a client may take to send a request's head, and may idle between two requests.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// In bytes: cookies and long addresses fit many times over, and a client has no use for more.
const LARGEST_HEAD: usize = 64 * 1024;
/// How long requests under way may take once the portal is told to stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long connections that were on their way when the portal was told to stop may still arrive.
const LAST_CALL: Duration = Duration::from_millis(150);

/// Serves `front` until `stop` is ready, then finishes what is under way.
pub async fn run(listener: TcpListener, front: Front, stop: impl Future<Output = ()>) {
    let mut server = http1::Builder::new();
    // Not with `pipeline_flush`: it keeps an answer back for as long as anything of a next request is here.
    server.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(LARGEST_HEAD);
    let graceful = GracefulShutdown::new();
    let crowd = Crowd::new(crowd::room());
    let stop = async {
        stop.await;
        tokio::time::sleep(LAST_CALL).await;
    };
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: let some connections end first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _best_effort = stream.set_nodelay(true);
        let place = tokio::select! {
            place = crowd.enter() => place,
            () = &mut stop => break,
        };
        let front = TowerToHyperService::new(front.of(peer));
        let ticket = place.ticket();
        let stream = TokioIo::new(Patient::new(stream, ticket.clone()));
        let service = service_fn(move |request| {
            ticket.is_answered(true);
            let (answer, ticket) = (front.call(request), ticket.clone());
            async move {
                let answer = answer.await;
                ticket.is_answered(false);
                answer
            }
        });
        let connection = graceful.watch(server.serve_connection(stream, service));
        tokio::spawn(async move {
            let ended = tokio::select! {
                ended = connection => ended,
                () = place.left() => return tracing::debug!("a connection made room for another"),
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off after {DRAIN_TIMEOUT:?}");
    }
}
