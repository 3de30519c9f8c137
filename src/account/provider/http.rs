//! Asking an OpenID provider: bounded in time and size, in private, straight to it and nowhere else.

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

use crate::config::is_private;

/// How long one request may take, from the connection to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of an answer that are read.
const LARGEST: usize = 256 << 10;

/// An HTTP client that follows no redirect, knows no proxy and keeps no connection.
#[derive(Clone, Debug)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// Why there is no answer. The texts name no address.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("its address is neither https nor of this machine")]
    NotPrivate,
    #[error("it cannot be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("it took longer than {TIMEOUT:?}")]
    TooSlow,
    #[error("its answer broke off or was larger than {LARGEST} bytes")]
    TooLarge,
}

impl Http {
    pub fn new() -> Self {
        let https = HttpsConnectorBuilder::new()
            .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())
            .expect("ring speaks the versions of TLS that rustls asks for")
            .https_or_http()
            .enable_http1()
            .build();
        Self(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(https))
    }

    async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let address = url::Url::parse(&request.uri().to_string());
        if !address.is_ok_and(|address| is_private(&address)) {
            return Err(Error::NotPrivate);
        }
        let asking = async {
            let response = self.0.request(request.map(Full::from)).await?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, LARGEST).collect().await.map_err(|_| Error::TooLarge)?;
            Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(TIMEOUT, asking).await.unwrap_or(Err(Error::TooSlow))
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.fetch(request))
    }
}
