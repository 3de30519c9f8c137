//! Reads `.tar.gz` from its beginning to its end.
//!
//! Headers are taken raw, one by one: the library would read a long name of any length into memory.

use std::io::{self, BufReader, Read, Seek};

use flate2::bufread::MultiGzDecoder;
use tar::{Archive, EntryType, Header, PaxExtensions};

use super::meter::{Bounded, Meter, Source, damaged};
use super::refused::{Error, Refused, shown};
use super::tree::{Kind, Tree};
use super::{Each, Found, Limits, Said};

/// What tar takes beside each file at most: a header, what it says in further ones, and what fills blocks.
const BESIDE_A_FILE: u64 = 4 << 10;
/// The most bytes of what stands before a header and belongs to it: a long name, times, attributes.
const MOST_BEFORE: u64 = 64 << 10;

pub(super) fn walk<R: Read + Seek>(
    source: Source<R>,
    limits: &Limits,
    each: Each<'_>,
) -> Result<Found, Error> {
    let mut walk = Walk::new(limits, source.bytes);
    let besides = (limits.entries as u64).saturating_mul(2 * BESIDE_A_FILE);
    let (packed_bytes, source) = (source.bytes, BufReader::with_capacity(64 << 10, source));
    let unpacked = MultiGzDecoder::new(source);
    let mut archive = Archive::new(Bounded::new(unpacked, limits, packed_bytes, besides));
    for entry in archive.entries().map_err(|error| damaged(error, None))?.raw(true) {
        walk.header(entry.map_err(|error| no_header(error, &walk))?, &mut *each)?;
    }
    if walk.before.is_some() {
        return Err(Refused::Damaged { path: None }.into());
    }
    to_the_end(archive.into_inner())?;
    walk.found.dropped = walk.tree.dropped;
    Ok(walk.found)
}

pub(super) fn entry<R: Read + Seek>(
    source: Source<R>,
    path: &str,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, Error> {
    let mut bytes = None;
    walk(source, limits, &mut |entry, content| {
        if entry.path == path {
            let mut found = Vec::new();
            content.read_to_end(&mut found)?;
            bytes = Some(found);
        }
        Ok(())
    })?;
    Ok(bytes)
}

/// What was met so far.
struct Walk<'a> {
    meter: Meter<'a>,
    tree: Tree<'a>,
    found: Found,
    headers: usize,
    /// What was said of the header that follows.
    before: Option<Before>,
}

#[derive(Default)]
struct Before {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

impl<'a> Walk<'a> {
    fn new(limits: &'a Limits, packed_bytes: u64) -> Self {
        Self {
            meter: Meter::new(limits, packed_bytes),
            tree: Tree::new(limits),
            found: Found::default(),
            headers: 0,
            before: None,
        }
    }

    fn header(
        &mut self,
        mut entry: tar::Entry<'_, impl Read>,
        each: Each<'_>,
    ) -> Result<(), Error> {
        self.headers += 1;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() {
            let mut path = small(&mut entry)?;
            while path.last() == Some(&0) {
                path.pop();
            }
            return self.say(|before| before.path.replace(path).is_some());
        }
        if kind.is_gnu_longlink() {
            // The link itself comes next, and is refused.
            return small(&mut entry).map(drop);
        }
        if kind.is_pax_local_extensions() {
            let Extensions { path, size, .. } = self.extensions(&small(&mut entry)?)?;
            return self.say(|before| {
                let is_twice = (path.is_some() && before.path.is_some()) || before.size.is_some();
                before.path = path.or(before.path.take());
                before.size = size;
                is_twice
            });
        }
        if kind.is_pax_global_extensions() {
            let Extensions { path, size, .. } = self.extensions(&small(&mut entry)?)?;
            // Of every file that follows: nobody means that.
            return match path.is_some() || size.is_some() {
                true => Err(Refused::Damaged { path: None }.into()),
                false => Ok(()),
            };
        }
        let before = self.before.take().unwrap_or_default();
        let raw = before.path.unwrap_or_else(|| entry.path_bytes().into_owned());
        let said_bytes = entry.header().entry_size().map_err(|e| damaged(e, Some(&raw)))?;
        if before.size.is_some_and(|size| size != said_bytes) {
            return Err(Refused::SizeIsWrong { path: shown(&raw) }.into());
        }
        self.owners(entry.header());
        let kind = kind_of(kind, &raw)?;
        if kind == Kind::Folder && said_bytes > 0 {
            return Err(Refused::FileAndFolder { path: shown(&raw) }.into());
        }
        let Some(path) = self.tree.add(&raw, kind)? else { return Ok(()) };
        let is_executable = entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
        let entry = self.meter.pass(path, is_executable, said_bytes, &mut entry, each)?;
        self.found.entries.push(entry);
        Ok(())
    }

    /// Keeps what was said of the next header; `say` tells whether it was said already.
    fn say(&mut self, say: impl FnOnce(&mut Before) -> bool) -> Result<(), Error> {
        match say(self.before.get_or_insert_default()) {
            true => Err(Refused::Damaged { path: None }.into()),
            false => Ok(()),
        }
    }

    fn extensions(&mut self, text: &[u8]) -> Result<Extensions, Error> {
        let mut found = Extensions::default();
        for extension in PaxExtensions::new(text) {
            let extension = extension.map_err(|error| damaged(error, None))?;
            let value = extension.value_bytes();
            match extension.key_bytes() {
                b"path" => found.path = Some(value.to_vec()),
                b"size" => found.size = Some(decimal(value)?),
                b"uname" | b"gname" => Said::add(&mut self.found.said.owners, value),
                b"comment" => Said::add(&mut self.found.said.comments, value),
                key if key.starts_with(b"GNU.sparse.") => return Err(sparse(b"A file").into()),
                _ => {}
            }
        }
        Ok(found)
    }

    fn owners(&mut self, header: &Header) {
        for name in [header.username_bytes(), header.groupname_bytes()].into_iter().flatten() {
            Said::add(&mut self.found.said.owners, name);
        }
    }
}

#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    size: Option<u64>,
}

fn decimal(value: &[u8]) -> Result<u64, Refused> {
    let text = std::str::from_utf8(value).ok();
    text.and_then(|text| text.parse().ok()).ok_or(Refused::Damaged { path: None })
}

fn small(entry: &mut tar::Entry<'_, impl Read>) -> Result<Vec<u8>, Error> {
    if entry.size() > MOST_BEFORE {
        return Err(Refused::Damaged { path: None }.into());
    }
    let mut text = Vec::new();
    entry.read_to_end(&mut text).map_err(|error| damaged(error, None))?;
    match text.len() as u64 == entry.size() {
        true => Ok(text),
        false => Err(Refused::Damaged { path: None }.into()),
    }
}

fn kind_of(kind: EntryType, raw: &[u8]) -> Result<Kind, Refused> {
    let path = || shown(raw);
    match kind {
        EntryType::Directory => Ok(Kind::Folder),
        // As tar wrote folders before it had a type for them.
        EntryType::Regular if raw.ends_with(b"/") => Ok(Kind::Folder),
        EntryType::Regular | EntryType::Continuous => Ok(Kind::File),
        EntryType::Symlink => Err(Refused::SymbolicLink { path: path() }),
        EntryType::Link => Err(Refused::HardLink { path: path() }),
        EntryType::Char | EntryType::Block | EntryType::Fifo => {
            Err(Refused::Device { path: path() })
        }
        EntryType::GNUSparse => Err(sparse(raw)),
        _ => {
            Err(Refused::Unsupported { path: path(), how: "something that is no file".to_owned() })
        }
    }
}

fn sparse(raw: &[u8]) -> Refused {
    Refused::Unsupported { path: shown(raw), how: "a sparse file".to_owned() }
}

/// What is wrong with a header: if the very first is none, this is no tar.
fn no_header(error: io::Error, walk: &Walk<'_>) -> Error {
    let is_none = error.kind() == io::ErrorKind::Other;
    match damaged(error, None) {
        Error::Refused(Refused::Damaged { .. }) if is_none && walk.headers == 0 => {
            Refused::NotAnArchive { looks_like: Some("packed with gzip, but no .tar") }.into()
        }
        other => other,
    }
}

/// Reads on behind the last header, where only zeros may stand, so that the checksum is compared.
fn to_the_end(mut rest: impl Read) -> Result<(), Error> {
    let mut block = [0; 16 << 10];
    loop {
        let count = rest.read(&mut block).map_err(|error| damaged(error, None))?;
        if count == 0 {
            return Ok(());
        }
        if block[..count].iter().any(|byte| *byte != 0) {
            return Err(Refused::MoreBehind.into());
        }
    }
}
