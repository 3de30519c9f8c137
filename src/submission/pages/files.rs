//! Files that were handed in, as part of a page: the tree, and one file of it. And each by itself, as bytes.

use std::fs::File;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use tokio_util::io::ReaderStream;

use crate::content::pages::file::size;
use crate::objects::{Digest, Objects};
use crate::submission::archive;
use crate::submission::files::tree::{self, MOST_ROWS, Row};
use crate::submission::files::{Reading, shown};
use crate::submission::model::Contents;
use crate::submission::names::Names;
use crate::submission::paths::{archive_at, bytes_at, file_at, folder_at, source_at};
use crate::submission::reports;
use crate::submission::store::named;
use crate::submission::store::uploads::beside;
use crate::web::address::encode;
use crate::web::error::Failure;
use crate::web::layout::NavItem;

/// A file of somebody's, alone in its tab: it runs nothing and asks for nothing.
const SANDBOX: &str =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// What of the files is asked for, in the address.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    file: String,
    /// A folder to open in a tree that is not open as a whole.
    #[serde(default)]
    folder: String,
    #[serde(default)]
    find: String,
    /// `source` shows Markdown as it was written.
    #[serde(default, rename = "as")]
    how: String,
}

impl Asked {
    /// The same as it stands in an address; empty where nothing is asked for.
    pub fn in_address(&self) -> String {
        let all = [
            ("file", &self.file),
            ("folder", &self.folder),
            ("find", &self.find),
            ("as", &self.how),
        ];
        let said = all.iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> =
            said.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        pairs.join("&")
    }
}

/// One file, in the address.
#[derive(Debug, Deserialize)]
pub struct One {
    path: String,
}

/// Files and one of them, as a page shows them.
pub struct Files {
    pub rows: Vec<Line>,
    /// There are more than are listed.
    pub is_cut: bool,
    pub says: String,
    pub open: Option<Open>,
    /// What was looked for, and what is called like that.
    pub find: String,
    pub found: Vec<NavItem>,
    pub page: String,
    pub archive: String,
}

pub struct Line {
    pub row: Row,
    pub href: String,
}

pub struct Open {
    pub path: String,
    pub says: String,
    pub shown: shown::Shown,
    /// The file by itself.
    pub raw: String,
    /// The other way to read it: where, and its name.
    pub other: Option<NavItem>,
    pub before: Option<NavItem>,
    pub after: Option<NavItem>,
}

/// Contents as whoever looks may see them, and their files.
pub struct Looked {
    pub contents: Contents,
    pub files: Option<Files>,
}

/// `contents`, without what is known as `hidden`, and what `asked` shows of their files on `page`.
pub async fn look(
    objects: &Objects,
    (mut contents, hidden): (Contents, Option<Names>),
    (asked, page): (Asked, String),
) -> Result<Looked, Failure> {
    let Some(files) = contents.files else {
        if let Some(names) = &hidden {
            mask(&mut contents, names);
        }
        return Ok(Looked { contents, files: None });
    };
    let file = opened(objects, files.kept).await?;
    beside(move || {
        let mut reading = reading(file, hidden)?;
        if let Some(names) = reading.hidden() {
            mask(&mut contents, names);
        }
        let files = files_of(&mut reading, &asked, page)?;
        Ok(Looked { contents, files })
    })
    .await
    .map_err(broken)
}

fn mask(contents: &mut Contents, names: &Names) {
    contents.note = names.mask_text(&contents.note);
    contents.answers.values_mut().for_each(|text| *text = names.mask_text(text));
}

async fn opened(objects: &Objects, kept: Digest) -> Result<File, Failure> {
    let file = objects.open(kept).await.map_err(|error| Failure::Broken(Box::new(error)))?;
    file.ok_or_else(|| Failure::Broken(Box::new(named::Error::Missing(kept))))
}

fn reading(file: File, hidden: Option<Names>) -> Result<Reading<File>, archive::Error> {
    match hidden {
        Some(names) => Reading::without(file, names),
        None => Reading::open(file),
    }
}

fn broken(error: archive::Error) -> Failure {
    Failure::Broken(Box::new(error))
}

fn files_of(
    reading: &mut Reading<File>,
    asked: &Asked,
    page: String,
) -> Result<Option<Files>, archive::Error> {
    let here = |path: &str| NavItem { title: path.to_owned(), href: file_at(&page, path) };
    let found = tree::search(reading.entries(), &asked.find);
    let only = found.first().filter(|_| found.len() == 1).copied();
    let path = match () {
        () if !asked.file.is_empty() => Some(asked.file.as_str()),
        () if !asked.folder.is_empty() => None,
        () if !asked.find.trim().is_empty() => only,
        () => tree::first(reading.entries()),
    };
    let path = path.map(str::to_owned);
    let found: Vec<NavItem> = found.into_iter().map(here).collect();
    let rows = tree::rows(reading.entries(), path.as_deref().unwrap_or(&asked.folder));
    let line = |row: Row| {
        let href = match row.is_folder() {
            true if row.is_open() => folder_at(&page, above(&row.path)),
            true => folder_at(&page, &row.path),
            false => file_at(&page, &row.path),
        };
        Line { row, href }
    };
    let bytes: u64 = reading.entries().iter().map(|entry| entry.size_bytes).sum();
    let open = match &path {
        Some(path) => open(reading, (path, asked.how == "source"), &page)?,
        None => None,
    };
    if open.is_none() && path.is_some() {
        return Ok(None);
    }
    let count = reading.entries().len();
    Ok(Some(Files {
        is_cut: rows.len() >= MOST_ROWS,
        rows: rows.into_iter().map(line).collect(),
        says: match reading.hidden() {
            // How much less it is would tell how long a name is.
            Some(_) => format!("{count} file{}", if count == 1 { "" } else { "s" }),
            None => {
                format!("{count} file{}, {}", if count == 1 { "" } else { "s" }, in_words(bytes))
            }
        },
        open,
        find: asked.find.trim().to_owned(),
        found,
        archive: archive_at(&page),
        page,
    }))
}

fn open(
    reading: &mut Reading<File>,
    (path, as_source): (&str, bool),
    page: &str,
) -> Result<Option<Open>, archive::Error> {
    let Some(bytes) = reading.file(path)? else { return Ok(None) };
    let (before, after) = tree::neighbours(reading.entries(), path);
    let link = |path: &str| NavItem { title: path.to_owned(), href: file_at(page, path) };
    let entry = reading.entries().iter().find(|entry| entry.path == path);
    let runs = if entry.is_some_and(|it| it.is_executable) { ", can be run" } else { "" };
    let other = shown::has_source(path, &bytes).then(|| match as_source {
        true => NavItem { title: "As it is read".to_owned(), href: file_at(page, path) },
        false => NavItem { title: "As it was written".to_owned(), href: source_at(page, path) },
    });
    Ok(Some(Open {
        path: path.to_owned(),
        says: format!("{}{runs}", in_words(bytes.len() as u64)),
        shown: shown::shown(path, &bytes, as_source, &reading.neighbours(page)),
        raw: bytes_at(page, path),
        other,
        before: before.map(link),
        after: after.map(link),
    }))
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

/// `1.2 MB`.
pub(super) fn in_words(bytes: u64) -> String {
    size(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// One file by itself: a picture to be shown, and anything else to be saved.
pub(super) async fn one(
    objects: &Objects,
    (kept, hidden): (Digest, Option<Names>),
    One { path }: One,
) -> Result<Response, Failure> {
    let file = opened(objects, kept).await?;
    let asked = path.clone();
    let bytes = beside(move || reading(file, hidden)?.file(&asked)).await.map_err(broken)?;
    let bytes = bytes.ok_or(Failure::NotFound)?;
    let media = shown::media_type(&path, &bytes);
    let how = if media.starts_with("image/") { "inline" } else { "attachment" };
    let name = path.rsplit('/').next().unwrap_or_default();
    Ok((sandboxed(media, how, name), bytes).into_response())
}

/// A report that is kept as an archive of one file.
pub(super) async fn report(
    objects: &Objects,
    kept_and_hidden: (Digest, Option<Names>),
) -> Result<Response, Failure> {
    one(objects, kept_and_hidden, One { path: reports::NAME.to_owned() }).await
}

/// All of them as a `.zip` called `name`.
pub(super) async fn all(
    objects: &Objects,
    (kept, hidden): (Digest, Option<Names>),
    name: &str,
) -> Result<Response, Failure> {
    let mut file = opened(objects, kept).await?;
    if hidden.is_some() {
        let pack = move || -> Result<File, archive::Error> {
            let mut to = tempfile::tempfile().map_err(archive::Error::Machine)?;
            reading(file, hidden)?.pack(&mut to)?;
            std::io::Seek::rewind(&mut to).map_err(archive::Error::Machine)?;
            Ok(to)
        };
        file = beside(pack).await.map_err(broken)?;
    }
    streamed(file, "application/zip", name)
}

/// What was sent, as it came.
pub(super) async fn sent(objects: &Objects, sent: Digest, name: &str) -> Result<Response, Failure> {
    streamed(opened(objects, sent).await?, "application/octet-stream", name)
}

fn streamed(file: File, media: &'static str, name: &str) -> Result<Response, Failure> {
    let len = file.metadata().map_err(|error| Failure::Broken(Box::new(error)))?.len();
    let mut headers = sandboxed(media, "attachment", name);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
    let stream = ReaderStream::new(tokio::fs::File::from_std(file));
    Ok((headers, Body::from_stream(stream)).into_response())
}

fn sandboxed(media: &'static str, how: &str, name: &str) -> HeaderMap {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name_in_ascii: String = name.chars().map(plain).collect();
    let spelled = encode(&name.replace('/', "_"));
    let how = format!("{how}; filename=\"{name_in_ascii}\"; filename*=UTF-8''{spelled}");
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    if let Ok(how) = HeaderValue::try_from(how) {
        headers.insert(CONTENT_DISPOSITION, how);
    }
    headers
}
