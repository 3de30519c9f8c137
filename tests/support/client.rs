//! A browser as far as cookies, forms and redirects go, for tests that need no screen.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use portal::ids::AccountId;
use portal::web::front::Front;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

use super::cluster::BASE_URL;
use super::html::attributes;
use super::portal::Answer;

const FORM: &str = "application/x-www-form-urlencoded";

fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

#[derive(Clone)]
pub struct Browser {
    front: Front,
    cookies: BTreeMap<String, String>,
    /// Whose account it was signed in to by the test.
    pub account: Option<AccountId>,
    /// Sent with every request.
    pub headers: HeaderMap,
}

impl Browser {
    pub fn new(front: Front) -> Self {
        Self { front, cookies: BTreeMap::new(), account: None, headers: HeaderMap::new() }
    }

    /// The same at another portal.
    pub fn at(&self, front: Front) -> Self {
        Self { front, ..self.clone() }
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub async fn get(&mut self, address: &str) -> Answer {
        self.send(Method::GET, address, &[]).await
    }

    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(Method::POST, address, fields).await
    }

    /// Sends a form and follows where it leads; the page has to be there.
    pub async fn submit(&mut self, address: &str, fields: &[(&str, &str)]) -> String {
        let mut answer = self.post(address, fields).await;
        let mut hops = 0;
        while answer.status.is_redirection() && hops < 5 {
            let next = answer.header("location").to_owned();
            answer = self.get(&next).await;
            hops += 1;
        }
        assert_eq!(answer.status, StatusCode::OK, "POST {address}: {}", answer.text());
        answer.text()
    }

    /// Closes or opens an account with the form of that person's page.
    pub async fn set_standing(&mut self, person: &str, to: &str) -> Answer {
        let version = self.version_of(person).await;
        let fields = [("standing", to), ("version", &version)];
        self.post(&format!("{person}/standing"), &fields).await
    }

    /// The page of the person with this address, to an administrator.
    pub async fn person(&mut self, email: &str) -> String {
        let people = self.page(&format!("/people?q={}", email.replace('@', "%40"))).await;
        let found = attributes(&people, "href").into_iter().find(|href| href.len() > 40);
        found.expect("they are on the list")
    }

    /// Makes the link an administrator hands over: an invitation's, or one to a new password.
    pub async fn link_by_hand(&mut self, person: &str) -> String {
        let version = self.version_of(person).await;
        let kind = if self.page(person).await.contains("/reset\"") { "reset" } else { "link" };
        let answer = self.post(&format!("{person}/{kind}"), &[("version", &version)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        handed_over(&answer.text())
    }

    /// Which state of the account the forms of that person's page are made for.
    pub async fn version_of(&mut self, person: &str) -> String {
        let page = self.page(person).await;
        let (_, rest) = page.split_once("name=\"version\" value=\"").expect("it is in the forms");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// The body of a page that has to be there.
    pub async fn page(&mut self, address: &str) -> String {
        let answer = self.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "GET {address}");
        answer.text()
    }

    /// Sends a form with a file chosen in it.
    pub async fn upload(
        &mut self,
        address: &str,
        fields: &[(&str, &str)],
        (name, file): (&str, &[u8]),
    ) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--part\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let head = format!(
            "--part\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a file\"\r\n\r\n"
        );
        body.extend([head.as_bytes(), file, b"\r\n--part--\r\n"].concat());
        self.send_body(Method::POST, address, "multipart/form-data; boundary=part", body.into())
            .await
    }

    pub async fn send(&mut self, method: Method, address: &str, fields: &[(&str, &str)]) -> Answer {
        self.send_body(method, address, FORM, encode(fields).into()).await
    }

    /// Sends a form whose last bytes come only when `meanwhile` has happened.
    pub async fn dawdle(
        &mut self,
        address: &str,
        fields: &[(&str, &str)],
        meanwhile: impl Future<Output = ()> + Send + 'static,
    ) -> Answer {
        let mut first = encode(fields);
        let last = first.split_off(5);
        let first = stream::iter([Ok::<_, std::io::Error>(first)]);
        let last = stream::once(async move {
            meanwhile.await;
            Ok(last)
        });
        self.send_body(Method::POST, address, FORM, Body::from_stream(first.chain(last))).await
    }

    async fn send_body(&mut self, method: Method, address: &str, kind: &str, body: Body) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method.clone())
            .uri(address)
            .header(header::HOST, "portal.test")
            .header(header::COOKIE, cookies.join("; "));
        if method != Method::GET && method != Method::HEAD {
            request =
                request.header(header::CONTENT_TYPE, kind).header("sec-fetch-site", "same-origin");
        }
        let mut request = request.body(body).expect("the request is well formed");
        request.headers_mut().extend(self.headers.clone());
        let response =
            self.front.clone().oneshot(request).await.expect("the router always answers");
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("cookies are ASCII");
            let (pair, rules) = cookie.split_once(';').expect("a cookie has rules");
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if rules.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = body.collect().await.expect("bodies are in memory").to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// The path of the link that a page says to hand over.
pub fn handed_over(page: &str) -> String {
    let (_, rest) = page.split_once("class=\"secret\"").expect("a link is shown");
    let (_, rest) = rest.split_once(BASE_URL).expect("it leads here");
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// All that a program gets, over a connection of its own, that sends this token.
pub async fn get_as_program(here: SocketAddr, path: &str, token: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(here).await.expect("the portal listens");
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {here}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}
