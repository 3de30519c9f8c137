//! The pages for when there is no page: lost, broken, or the database away.

use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::account::pages::entering::home;
use crate::account::paths;
use crate::content::paths as docs;
use crate::web::address::encode;
use crate::web::error::{Failure, First, ForProgram};
use crate::web::finished::Finished;
use crate::web::frame::{Bar, Frame};
use crate::web::html::Html as Text;
use crate::web::layout::Layout;
use crate::web::observe::{Cause, RequestId};
use crate::web::shelf::{Pages, Shelf};
use crate::web::viewer::Viewer;

#[derive(Template)]
#[template(path = "site/failure.html")]
struct Failed<'a> {
    layout: Layout<'a>,
    status: &'a str,
    headline: &'a str,
    advice: &'a str,
    incident: Option<String>,
    near: Vec<Near>,
    /// The same address, where trying once more may help.
    again: Option<&'a str>,
    /// The search page, with the words of the address that was asked for.
    search: String,
    /// Where whoever is signed in begins.
    home: Option<&'static str>,
}

/// A page that looks like the one that was wanted.
struct Near {
    href: String,
    title: Text,
    address: String,
}

const FOR_PROGRAMS: [&str; 2] = ["/healthz", "/readyz"];

/// Gives a response that failed its page, with the same status.
pub async fn dress(
    (State(shelf), State(bar)): (State<Shelf>, State<Bar>),
    request: Request,
    next: Next,
) -> Response {
    let uri = request.uri().clone();
    let is_program = is_program(request.headers());
    let (path, method) = (request.uri().path().to_owned(), request.method().clone());
    let asked = request.uri().path_and_query().map_or_else(|| path.clone(), ToString::to_string);
    let id = request.extensions().get::<RequestId>().copied();
    let response = next.run(request).await;
    let failed = response.status().is_client_error() || response.status().is_server_error();
    match response.extensions().get() {
        Some(First::Enrol) => return Redirect::to(paths::ACCOUNT_SECURITY).into_response(),
        Some(First::Confirm(next)) => return Redirect::to(&paths::confirm(next)).into_response(),
        None => {}
    }
    // Programs are answered in their own way, and a form that is shown again is a page already.
    let is_page = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        [&b"text/html"[..], b"application/json"].iter().any(|own| kind.as_bytes().starts_with(own))
    });
    let is_for_program = response.extensions().get::<ForProgram>().is_some();
    if !failed || is_page || is_for_program || FOR_PROGRAMS.contains(&path.as_str()) {
        return response;
    }
    if is_program && response.status() == StatusCode::UNAUTHORIZED {
        return Failure::Program(StatusCode::UNAUTHORIZED, NO_TOKEN).into_response();
    }
    let may_come_back = matches!(method, Method::GET | Method::HEAD);
    if response.status() == StatusCode::UNAUTHORIZED && may_come_back {
        let next: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
        return Redirect::to(&format!("{}?next={next}", paths::SIGN_IN)).into_response();
    }
    let viewer = response.extensions().get::<Viewer>().cloned().unwrap_or(Viewer::Anonymous);
    let frame = Frame::of(viewer, (&shelf, &bar), &uri);
    let words = searched(&asked);
    // "//host" would lead to another site.
    let is_here = !asked.get(1..).is_some_and(|rest| rest.starts_with(['/', '\\']));
    let again = Some(asked.as_str()).filter(|_| may_come_back && is_here);
    let mut page = page(&frame, response.status(), &path, again, id);
    page.layout.query = &words;
    let Ok(body) = page.render() else { return response };
    let mut dressed = (response.status(), Html(body)).into_response();
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = response.headers().get(&name) {
            dressed.headers_mut().insert(name, value.clone());
        }
    }
    dressed.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let timed_out = response.status() == StatusCode::GATEWAY_TIMEOUT;
    let (parts, _) = response.into_parts();
    dressed.extensions_mut().extend(parts.extensions);
    if timed_out {
        dressed.extensions_mut().insert(Cause("the request took too long".into()));
    }
    dressed
}

/// Whether a program asks: it is told what is wrong, and led nowhere. A browser that a proxy has asked for a
/// name and password sends those along, and is a browser all the same.
fn is_program(headers: &HeaderMap) -> bool {
    let sends = |scheme: &str| {
        let values = headers.get_all(header::AUTHORIZATION).into_iter();
        let mut values =
            values.filter_map(|value| value.as_bytes().split(|byte| *byte == b' ').next());
        values.any(|sent| sent.eq_ignore_ascii_case(scheme.as_bytes()))
    };
    let is_browser = headers.contains_key("sec-fetch-site") && !sends("bearer");
    headers.contains_key(header::AUTHORIZATION) && !is_browser
}

const NO_TOKEN: &str = "This needs a token of this portal: Authorization: Bearer portal_pat_… Whoever has an \
                        account makes one on its page.";

fn page<'a>(
    frame: &'a Frame,
    status: StatusCode,
    path: &str,
    again: Option<&'a str>,
    id: Option<RequestId>,
) -> Failed<'a> {
    let (name, headline, advice) = match status {
        StatusCode::NOT_FOUND => (
            "Not found",
            "There is no page at this address",
            "It may have moved when the documents were last changed, or the address has a slip in it.",
        ),
        StatusCode::UNAUTHORIZED => (
            "Signed out",
            "You are not signed in any more",
            "Nothing was changed. Sign in, go back to the page, and send it again.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "Too large",
            "This is more than can be taken at once",
            "Nothing was changed. A form takes 2 MB at most, its files included; a logo 256 kB, and a form \
             without files 256 kB. Go back, where your browser keeps what you typed, and send a smaller file \
             or a shorter text.",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "Not understood",
            "This was not sent by the form of this page",
            "Nothing was changed. Open the page itself and use its form.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "Not possible",
            "This page cannot be used that way",
            "Nothing was changed. Open the page itself and try from there.",
        ),
        StatusCode::BAD_REQUEST => (
            "Not understood",
            "This address cannot be read",
            "Something in it is doubled or garbled. Start again from the page you came from.",
        ),
        StatusCode::FORBIDDEN => (
            "Turned away",
            "This request came from another site",
            "Nothing was changed. Open the page here and do it from there.",
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            "Back in a moment",
            "This page needs the database, and it does not answer",
            "Try again in a few seconds. Tracks, documents and level guides can be read meanwhile.",
        ),
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => (
            "Too slow",
            "This took too long and was stopped",
            "Nothing was changed. Try again in a few seconds.",
        ),
        _ => (
            "Something broke",
            "We could not make this page",
            "It is our fault, not yours, and it has been noted. Trying again may help.",
        ),
    };
    let near = if status == StatusCode::NOT_FOUND { near(frame.pages(), path) } else { Vec::new() };
    let incident =
        status.is_server_error().then_some(id).flatten().map(|id| id.as_str().to_owned());
    let layout = frame.layout(headline);
    let home = frame.viewer.person().map(|person| home(person.roles));
    let passes = matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::INTERNAL_SERVER_ERROR
    );
    let again = again.filter(|_| passes);
    let search = match status {
        StatusCode::NOT_FOUND => search(&telling(path)),
        _ => docs::SEARCH.to_owned(),
    };
    Failed { layout, status: name, headline, advice, incident, near, again, search, home }
}

/// How much of a lost address is looked at: anybody may send a long one, and each of its words is held
/// against every word of every page's address.
const LONGEST_PATH: usize = 300;
const MOST_WORDS: usize = 12;

/// What was searched for at `asked`, so that nobody has to type it again.
fn searched(asked: &str) -> String {
    let Some((docs::SEARCH, query)) = asked.split_once('?') else { return String::new() };
    let words = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
    words.map(|(_, words)| words.chars().take(200).collect()).unwrap_or_default()
}

/// The search page, asked for `words` where there are some.
fn search(words: &[String]) -> String {
    if words.is_empty() { docs::SEARCH.to_owned() } else { docs::search(&words.join(" ")) }
}

/// The title of a finished page, without the site's name.
fn title_of(page: &Finished) -> Option<Text> {
    let html = std::str::from_utf8(&page.identity).ok()?;
    let (title, _) = html.split_once("<title>")?.1.split_once("</title>")?;
    let own = title.rsplit_once(" · ").map_or(title, |(own, _)| own);
    // Escaped when that page was written.
    Some(Text::own(own.to_owned()))
}

/// Up to five pages whose addresses look like `path`, the likeliest first.
fn near(pages: &Pages, path: &str) -> Vec<Near> {
    let wanted = telling(path);
    let mut scored: Vec<(usize, &str)> = pages
        .addresses()
        .filter(|address| {
            let page =
                ["/docs", "/tracks", "/levels"].iter().any(|start| address.starts_with(start));
            page && !address.contains('?')
        })
        .filter_map(|address| {
            let has = words(address);
            let alike =
                wanted.iter().filter(|word| has.iter().any(|other| similar(word, other))).count();
            (alike > 0).then(|| (alike * 10 - has.len().min(9), address))
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let link = |(_, address): &(usize, &str)| {
        let title = title_of(pages.get(address)?)?;
        Some(Near { href: encode(address), title, address: (*address).to_owned() })
    };
    scored.iter().take(5).filter_map(link).collect()
}

/// The words a lost address is looked for by.
fn telling(path: &str) -> Vec<String> {
    let mut words = words(&path[..path.floor_char_boundary(LONGEST_PATH)]);
    words.truncate(MOST_WORDS);
    words
}

/// The words of an address that tell something.
fn words(path: &str) -> Vec<String> {
    const DULL: [&str; 6] = ["docs", "tracks", "levels", "md", "readme", "html"];
    path.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 1 && !DULL.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Whether two words share their first four letters, or all of the shorter one.
fn similar(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    shared >= 4 || shared == a.chars().count().min(b.chars().count())
}
