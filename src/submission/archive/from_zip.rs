//! Reads `.zip`, by its table of contents, which has to agree with what lies in the file.

use std::collections::HashSet;
use std::io::{Read, Seek, SeekFrom};

use zip::read::{ArchiveOffset, Config, ZipFile};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::meter::{Meter, Source, damaged};
use super::refused::{Error, Refused, shown};
use super::tree::{Kind, Tree};
use super::{Each, Found, Limits, Said};

/// The most bytes of a table of contents, of which the library makes ten times as many in memory at worst.
/// 20,000 usual names take three million.
const MOST_CONTENTS_BYTES: u64 = 4 << 20;

/// Lengths of the records of APPNOTE 4.3.12 and 4.3.16 before what varies in them.
const HEADER: usize = 46;
const END: usize = 22;

pub(super) fn walk<R: Read + Seek>(
    source: Source<R>,
    limits: &Limits,
    each: Each<'_>,
) -> Result<Found, Error> {
    let mut meter = Meter::new(limits, source.bytes);
    let mut archive = open(source, limits)?;
    let mut found = Found::default();
    let files = files(&archive, limits, &mut found)?;
    if archive.has_overlapping_entries().map_err(|error| wrong(error, None))? {
        return Err(Refused::Overlapping.into());
    }
    archive.validate_header_consistency().map_err(|error| match wrong(error, None) {
        Error::Refused(Refused::Damaged { .. }) => Refused::TwoContents.into(),
        other => other,
    })?;
    for File { at, path, is_executable, size_bytes } in files {
        let mut from = content(&mut archive, at, &path)?;
        let entry = meter.pass(path, is_executable, size_bytes, &mut from, each)?;
        found.entries.push(entry);
    }
    Ok(found)
}

pub(super) fn entry<R: Read + Seek>(
    source: Source<R>,
    path: &str,
    limits: &Limits,
) -> Result<Option<Vec<u8>>, Error> {
    let mut meter = Meter::new(limits, source.bytes);
    let mut archive = open(source, limits)?;
    let files = files(&archive, limits, &mut Found::default())?;
    let Some(file) = files.into_iter().find(|file| file.path == path) else { return Ok(None) };
    let mut bytes = Vec::new();
    let mut from = content(&mut archive, file.at, path)?;
    meter.pass(file.path, file.is_executable, file.size_bytes, &mut from, &mut |_, content| {
        content.read_to_end(&mut bytes).map(drop)
    })?;
    Ok(Some(bytes))
}

/// A file as the table of contents says it.
struct File {
    at: usize,
    path: String,
    is_executable: bool,
    size_bytes: u64,
}

/// Every file that may be taken, without a look at what is in it.
fn files<R: Read + Seek>(
    archive: &ZipArchive<Source<R>>,
    limits: &Limits,
    found: &mut Found,
) -> Result<Vec<File>, Error> {
    let mut tree = Tree::new(limits);
    let mut files = Vec::new();
    Said::add(&mut found.said.comments, archive.comment());
    for at in 0..archive.len() {
        let entry = archive.by_index_data(at).map_err(|error| wrong(error, None))?;
        let raw = entry.name_raw();
        let path = || shown(raw);
        // Whatever system packed it: others believe these bits too.
        let mode = entry.external_attributes() >> 16;
        let is_folder = match mode & 0o170_000 {
            0 | 0o100_000 | 0o040_000 => entry.is_dir() || mode & 0o170_000 == 0o040_000,
            0o120_000 => return Err(Refused::SymbolicLink { path: path() }.into()),
            _ => return Err(Refused::Device { path: path() }.into()),
        };
        if is_folder && entry.size() > 0 {
            return Err(Refused::FileAndFolder { path: path() }.into());
        }
        let kind = if is_folder { Kind::Folder } else { Kind::File };
        let Some(path) = tree.add(raw, kind)? else { continue };
        let method = entry.compression();
        // 99 is what AES calls itself.
        if entry.encrypted() || method == CompressionMethod::AES {
            return Err(Refused::Encrypted { path: shown(&path) }.into());
        }
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated) {
            let how = how(method);
            return Err(Refused::Unsupported { path: shown(&path), how }.into());
        }
        Said::add(&mut found.said.comments, entry.comment_raw());
        let is_executable = mode & 0o111 != 0;
        files.push(File { at, path, is_executable, size_bytes: entry.size() });
    }
    found.dropped = tree.dropped;
    Ok(files)
}

/// The archive, once its table of contents was looked at: the library reads all of it into memory, and
/// looks for another where this one is odd.
fn open<R: Read + Seek>(
    mut source: Source<R>,
    limits: &Limits,
) -> Result<ZipArchive<Source<R>>, Error> {
    look_at_contents(&mut source, limits)?;
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    ZipArchive::with_config(config, source).map_err(|error| wrong(error, None))
}

/// Whether the table of contents ends where the file does, holds no more than it may, and no name twice.
fn look_at_contents<R: Read + Seek>(source: &mut Source<R>, limits: &Limits) -> Result<(), Error> {
    let damaged = || Error::from(Refused::Damaged { path: None });
    let tail_bytes = source.bytes.min(END as u64 + u64::from(u16::MAX));
    let tail_at = source.bytes - tail_bytes;
    let tail = bytes(source, tail_at, tail_bytes)?;
    let at = tail.windows(4).rposition(|it| it == b"PK\x05\x06").ok_or_else(damaged)?;
    let end = tail.get(at..).filter(|end| end.len() >= END).ok_or_else(damaged)?;
    let (count, length, start) = (number(end, 10, 2), number(end, 12, 4), number(end, 16, 4));
    let comment = number(end, 20, 2);
    if end.len() as u64 != END as u64 + comment {
        return Err(Refused::MoreBehind.into());
    }
    let most = limits.entries.saturating_mul(2) as u64;
    // The largest number stands for one that is in a longer record, which no archive within limits needs.
    if count > most || count == u64::from(u16::MAX) {
        return Err(Refused::TooMany { limit: limits.entries }.into());
    }
    if length > MOST_CONTENTS_BYTES {
        return Err(Refused::ContentsTooBig { limit_bytes: MOST_CONTENTS_BYTES }.into());
    }
    if start + length != tail_at + at as u64 {
        return Err(damaged());
    }
    let contents = bytes(source, start, length)?;
    let mut rest = contents.as_slice();
    let mut names = HashSet::new();
    for _ in 0..count {
        let header = rest.get(..HEADER).filter(|header| header.starts_with(b"PK\x01\x02"));
        let header = header.ok_or_else(damaged)?;
        let [name, extra, comment] = [28, 30, 32].map(|at| number(header, at, 2) as usize);
        let name = rest.get(HEADER..HEADER + name).ok_or_else(damaged)?;
        if !names.insert(name) {
            return Err(Refused::Twice { path: shown(name) }.into());
        }
        rest = rest.get(HEADER + name.len() + extra + comment..).ok_or_else(damaged)?;
    }
    match rest.is_empty() {
        true => Ok(()),
        false => Err(damaged()),
    }
}

fn bytes<R: Read + Seek>(source: &mut Source<R>, at: u64, count: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = source.seek(SeekFrom::Start(at));
    read.and_then(|_| source.take(count).read_to_end(&mut bytes)).map_err(|e| damaged(e, None))?;
    Ok(bytes)
}

/// A number of `length` bytes, the least first.
fn number(record: &[u8], at: usize, length: usize) -> u64 {
    record[at..at + length].iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// What is in a file; an error once more comes out than it says.
fn content<'a, R: Read + Seek>(
    archive: &'a mut ZipArchive<Source<R>>,
    at: usize,
    path: &str,
) -> Result<ZipFile<'a, Source<R>>, Error> {
    archive.by_index(at).map_err(|error| wrong(error, Some(path)))
}

fn wrong(error: ZipError, path: Option<&str>) -> Error {
    match error {
        ZipError::Io(error) => damaged(error, path.map(str::as_bytes)),
        _ => Refused::Damaged { path: path.map(shown) }.into(),
    }
}

fn how(method: CompressionMethod) -> String {
    match method {
        CompressionMethod::DEFLATE64 => "Deflate64".to_owned(),
        CompressionMethod::BZIP2 => "bzip2".to_owned(),
        CompressionMethod::LZMA => "LZMA".to_owned(),
        CompressionMethod::XZ => "xz".to_owned(),
        CompressionMethod::ZSTD => "zstd".to_owned(),
        CompressionMethod::PPMD => "PPMd".to_owned(),
        _ => "something else than Deflate".to_owned(),
    }
}
