//! A line to a server on which little goes up in a second, whatever it is that sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};

/// Where the server at `base` (`http://localhost:1234`) is reached at so many bytes a second. It lasts as long as the
/// runtime does.
pub async fn slow(base: &str, bytes_a_second: u32) -> String {
    let (host, port) = base.rsplit_once(':').expect("it has a port");
    let port: u16 = port.parse().expect("ports are numbers");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
    let own = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((from, _)) = listener.accept().await {
            tokio::spawn(pass_on(from, port, bytes_a_second));
        }
    });
    format!("{host}:{own}")
}

/// Until either side has had enough.
async fn pass_on(from: TcpStream, port: u16, bytes_a_second: u32) -> std::io::Result<()> {
    let (mut said, mut answers) = from.into_split();
    let (mut answered, mut asks) = TcpStream::connect(("127.0.0.1", port)).await?.into_split();
    tokio::spawn(async move { copy(&mut answered, &mut answers).await });
    let mut bytes = vec![0; 64 << 10];
    loop {
        let length = said.read(&mut bytes).await?;
        if length == 0 {
            return Ok(());
        }
        asks.write_all(&bytes[..length]).await?;
        tokio::time::sleep(Duration::from_secs_f64(length as f64 / f64::from(bytes_a_second)))
            .await;
    }
}
