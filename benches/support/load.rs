//! Requests: one, as many as can be, or at a fixed rate.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 32;
const ROUND: Duration = Duration::from_secs(2);

pub struct Answer {
    pub head: Vec<u8>,
    pub body: Vec<u8>,
}

impl Answer {
    pub async fn get(address: SocketAddr, path: &str) -> Self {
        Self::to(address, &request(path)).await
    }

    pub async fn to(address: SocketAddr, request: &[u8]) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut buffer = Vec::new();
        let end = exchange(&mut stream, request, &mut buffer).await;
        let head = buffer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        Self { head: buffer[..head].to_vec(), body: buffer[head..end].to_vec() }
    }
}

fn request(path: &str) -> Vec<u8> {
    request_with(path, "")
}

/// The same with more `headers`, a line each.
pub fn request_with(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/html\r\naccept-encoding: gzip, deflate, br\r\nuser-agent: bench\r\n{headers}\r\n").into_bytes()
}

/// Sends `request` and reads the whole response into `buffer`; returns the response's length.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> usize {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    loop {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the server hung up");
        if let Some(length) = response_length(buffer).filter(|length| buffer.len() >= *length) {
            return length;
        }
    }
}

/// The length of the response that `buffer` begins with, once its head is there.
fn response_length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&buffer[..head]).unwrap();
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    Some(head + 4 + length.parse::<usize>().unwrap())
}

/// Requests a second over [`CONNECTIONS`] busy connections.
pub async fn limit(address: SocketAddr, path: &str) -> f64 {
    let until = Instant::now() + ROUND;
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let request = request(path);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let (mut buffer, mut count) = (Vec::with_capacity(65_536), 0u32);
                while Instant::now() < until {
                    exchange(&mut stream, &request, &mut buffer).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    f64::from(count) / ROUND.as_secs_f64()
}

/// Seconds each request for `path` took from when it was due, at `rate` requests a second for `length`.
pub fn latencies(address: SocketAddr, path: &str, rate: f64, length: Duration) -> Vec<f64> {
    latencies_of(address, &request(path), rate, length)
}

/// The same of any request.
///
/// One thread keeps the time by looking at the clock without rest; the core is its own. A request that finds no connection free waits, and its waiting counts.
pub fn latencies_of(address: SocketAddr, request: &[u8], rate: f64, length: Duration) -> Vec<f64> {
    use std::collections::VecDeque;
    use std::io::{ErrorKind, Read, Write};
    struct Line {
        stream: std::net::TcpStream,
        due: Option<Instant>,
        buffer: Vec<u8>,
    }
    let mut lines: Vec<Line> = (0..CONNECTIONS)
        .map(|_| {
            let stream = std::net::TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_nonblocking(true).unwrap();
            Line { stream, due: None, buffer: Vec::with_capacity(65_536) }
        })
        .collect();
    let mut free: Vec<usize> = (0..CONNECTIONS).collect();
    let mut busy: VecDeque<usize> = VecDeque::new();
    let pause = Duration::from_secs_f64(1.0 / rate);
    let (began, mut taken) = (Instant::now(), Vec::new());
    let mut due = began;
    let mut chunk = vec![0; 65_536];
    while due < began + length || !busy.is_empty() {
        while due < began + length && due <= Instant::now() {
            let Some(n) = free.pop() else { break };
            lines[n].stream.write_all(request).unwrap();
            lines[n].due = Some(due);
            busy.push_back(n);
            due += pause;
        }
        // The oldest request is likeliest to be answered; a few more are looked at in turn.
        for _ in 0..busy.len().min(4) {
            let n = busy.pop_front().unwrap();
            let line = &mut lines[n];
            match line.stream.read(&mut chunk) {
                Ok(0) => panic!("the server hung up"),
                Ok(read) => line.buffer.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => panic!("{error}"),
            }
            if response_length(&line.buffer).is_some_and(|length| line.buffer.len() >= length) {
                line.buffer.clear();
                taken.push(line.due.take().unwrap().elapsed().as_secs_f64());
                free.push(n);
            } else {
                busy.push_back(n);
            }
        }
    }
    taken
}

/// Sorts.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value below which `share` of these sorted ones lie.
pub fn at(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}
