//! What is in a file that is neither text nor anything else whose words are known: the files of an archive within, and
//! the words between the bytes of a program. Pure.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

/// The fewest signs side by side that are taken for words: fewer come about by chance.
const FEWEST: usize = 4;
/// The most of one file that is unpacked, and the most files of one archive.
const MOST_BYTES: u64 = 24 << 20;
const MOST_FILES: usize = 5_000;

const ZIP: &[u8] = b"PK\x03\x04";
const GZIP: &[u8] = b"\x1f\x8b";
/// How files begin that are packed in a way that is not read here: 7z, xz, bzip2, Zstandard, RAR, zlib.
const OTHERS: [&[u8]; 8] = [
    b"7z\xbc\xaf\x27\x1c",
    b"\xfd7zXZ\0",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
    b"Rar!\x1a\x07",
    b"x\x01",
    b"x\x9c",
    b"x\xda",
];
/// The record at the end of a zip, and how far from the end it may begin: a zip may have anything before it.
const ZIP_ENDS: (&[u8], usize) = (b"PK\x05\x06", 22 + 65_535);
/// Where a tar says that it is one.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// How much of what is packed is still unpacked, whatever it says of itself.
#[derive(Debug)]
pub(super) struct Left {
    bytes: u64,
    /// How many archives within archives.
    depth: u8,
}

impl Default for Left {
    fn default() -> Self {
        Self { bytes: 128 << 20, depth: 4 }
    }
}

/// What somebody looks for in every file within.
pub(super) type Part<'a> = &'a mut dyn FnMut(&str, &[u8], &mut Left) -> Search;

/// How a search within a file went on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    Found,
    /// Nothing was found in all of it.
    Nothing,
    /// Some of it could not be read.
    NotAllRead,
}

/// Gives `part` every file within, by its path and with what an archive says beside it, until something is found; of
/// what is no archive, its words.
pub(super) fn within(bytes: &[u8], left: &mut Left, part: Part<'_>) -> Search {
    let is_packed = is_zip(bytes) || bytes.starts_with(GZIP) || is_tar(bytes);
    if OTHERS.iter().any(|begins| bytes.starts_with(begins)) || is_packed && left.depth == 0 {
        return Search::NotAllRead;
    }
    if !is_packed {
        return part("", words(bytes).as_bytes(), left);
    }
    left.depth -= 1;
    let search = match bytes {
        _ if bytes.starts_with(GZIP) => {
            let decoder = MultiGzDecoder::new(bytes);
            let name = decoder.header().and_then(|header| header.filename()).unwrap_or_default();
            let name = String::from_utf8_lossy(name).into_owned();
            given(&name, unpacked(decoder, left), left, part)
        }
        _ if is_zip(bytes) => of_zip(bytes, left, part),
        _ => of_tar(bytes, left, part),
    };
    left.depth += 1;
    search
}

fn is_zip(bytes: &[u8]) -> bool {
    let (mark, from_end) = ZIP_ENDS;
    let end = &bytes[bytes.len().saturating_sub(from_end)..];
    bytes.starts_with(ZIP) || end.windows(mark.len()).any(|window| window == mark)
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1))
}

/// A file within, and whether that is all of it.
fn given(path: &str, (bytes, is_all): (Vec<u8>, bool), left: &mut Left, part: Part<'_>) -> Search {
    match part(path, &bytes, left) {
        Search::Nothing if !is_all => Search::NotAllRead,
        search => search,
    }
}

fn of_zip(bytes: &[u8], left: &mut Left, part: Part<'_>) -> Search {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return Search::NotAllRead };
    // What can be read of one that is locked, too.
    let said = |at| {
        let Ok(entry) = archive.by_index_data(at) else { return Default::default() };
        let name = entry.name().map(Cow::into_owned).unwrap_or_default();
        (name, String::from_utf8_lossy(entry.comment_raw()).into_owned())
    };
    let (names, comments): (Vec<String>, Vec<String>) = (0..archive.len()).map(said).unzip();
    let comment = String::from_utf8_lossy(archive.comment()).into_owned();
    let beside = [names.join("\n"), comments.join("\n"), comment].join("\n");
    let mut all = part("", beside.as_bytes(), left);
    for at in 0..archive.len() {
        if all == Search::Found {
            return all;
        }
        let search = match archive.by_index(at).ok().filter(|_| at < MOST_FILES) {
            Some(file) => {
                let path = names.get(at).cloned().unwrap_or_default();
                let unpacked = unpacked(file, left);
                given(&path, unpacked, left, part)
            }
            None => Search::NotAllRead,
        };
        all = all.and(search);
    }
    all
}

fn of_tar(bytes: &[u8], left: &mut Left, part: Part<'_>) -> Search {
    let mut archive = tar::Archive::new(bytes);
    let Ok(entries) = archive.entries() else { return Search::NotAllRead };
    let mut all = Search::Nothing;
    for (at, entry) in entries.enumerate() {
        let Some(entry) = entry.ok().filter(|_| at < MOST_FILES) else {
            return all.and(Search::NotAllRead);
        };
        let owners = [entry.header().username_bytes(), entry.header().groupname_bytes()];
        let owners =
            owners.map(|name| String::from_utf8_lossy(name.unwrap_or_default()).into_owned());
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        all = all.and(part("", owners.join("\n").as_bytes(), left));
        if all == Search::Found {
            return all;
        }
        let unpacked = unpacked(entry, left);
        all = all.and(given(&path, unpacked, left, part));
        if all == Search::Found {
            return all;
        }
    }
    all
}

impl Search {
    /// The whole of two searches.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Found, _) | (_, Self::Found) => Self::Found,
            (Self::NotAllRead, _) | (_, Self::NotAllRead) => Self::NotAllRead,
            (Self::Nothing, Self::Nothing) => Self::Nothing,
        }
    }
}

/// As much as is left, and whether that is all.
fn unpacked(mut from: impl Read, left: &mut Left) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let most = left.bytes.min(MOST_BYTES);
    let read = from.by_ref().take(most).read_to_end(&mut bytes);
    let is_all = read.is_ok() && matches!(from.read(&mut [0]), Ok(0));
    left.bytes -= (bytes.len() as u64).min(left.bytes);
    (bytes, is_all)
}

/// What can be read in a row, line by line: in UTF-8, and in the two bytes a letter of some systems.
fn words(bytes: &[u8]) -> String {
    let mut words = String::new();
    for chunk in bytes.utf8_chunks() {
        for run in chunk.valid().split(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER)
        {
            add(&mut words, run);
        }
    }
    for from in 0..2 {
        let mut run = String::new();
        for pair in bytes.get(from..).unwrap_or_default().chunks_exact(2) {
            let letter = char::from(pair[0]);
            match pair[1] == 0 && !letter.is_control() {
                true => run.push(letter),
                false => add(&mut words, &std::mem::take(&mut run)),
            }
        }
        add(&mut words, &run);
    }
    words
}

fn add(words: &mut String, run: &str) {
    if run.chars().take(FEWEST).count() == FEWEST {
        words.push_str(run);
        words.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn words_are_read_between_other_bytes() {
        let wide: Vec<u8> = "in two bytes".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes =
            [b"\x7fELF\0\x01/home/zo\xc3\xab/kv\0abc\xff".as_slice(), &wide, b"\xff\xfe"].concat();
        let mut found = String::new();
        let search = within(&bytes, &mut Left::default(), &mut |_, bytes, _| {
            found.push_str(std::str::from_utf8(bytes).unwrap());
            Search::Nothing
        });
        assert_eq!(search, Search::Nothing);
        assert_eq!(found.lines().collect::<Vec<_>>(), ["/home/zoë/kv", "in two bytes"]);
    }

    #[test]
    fn no_more_is_unpacked_than_is_left_and_what_is_not_read_is_said() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&vec![b'x'; 3 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        let mut left = Left { bytes: 4 << 20, depth: 1 };
        let mut lengths = Vec::new();
        let mut searches = Vec::new();
        for _ in 0..3 {
            searches.push(within(&packed, &mut left, &mut |_, bytes, _| {
                lengths.push(bytes.len());
                Search::Nothing
            }));
        }
        assert_eq!(lengths, [3 << 20, 1 << 20, 0]);
        assert_eq!(searches, [Search::Nothing, Search::NotAllRead, Search::NotAllRead]);
        for unread in [b"PK\x03\x04 and no archive".as_slice(), b"BZh9", &packed[..40]] {
            let search = within(unread, &mut Left::default(), &mut |_, _, _| Search::Nothing);
            assert_eq!(search, Search::NotAllRead);
        }
    }
}
