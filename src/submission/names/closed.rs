//! What is in a file that is neither text nor anything else whose words are known: the files of an archive within, and
//! the words between the bytes of a program. Pure.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

const ZIP: &[u8] = b"PK\x03\x04";
const GZIP: &[u8] = b"\x1f\x8b";
/// The fewest signs side by side that are taken for words: fewer come about by chance.
const FEWEST: usize = 6;
/// The most files of one archive.
const MOST_FILES: usize = 5_000;

/// How much of what is packed is still unpacked, whatever it says of itself.
#[derive(Debug)]
pub(super) struct Left {
    bytes: u64,
    /// How many archives within archives.
    depth: u8,
}

impl Default for Left {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 4 }
    }
}

/// Gives `part` every file within, by its path, until it wants no more; of what is no archive, its words. `left` is
/// for what is within those files.
pub(super) fn within(
    bytes: &[u8],
    left: &mut Left,
    part: &mut dyn FnMut(&str, &[u8], &mut Left) -> bool,
) {
    let is_packed = bytes.starts_with(ZIP) || bytes.starts_with(GZIP);
    if is_packed && left.depth > 0 {
        left.depth -= 1;
        match bytes.starts_with(ZIP) {
            true => of_zip(bytes, left, part),
            false => {
                let unpacked = unpacked(MultiGzDecoder::new(bytes), left);
                part("", &unpacked, left);
            }
        }
        left.depth += 1;
    } else {
        part("", words(bytes).as_bytes(), left);
    }
}

fn of_zip(bytes: &[u8], left: &mut Left, part: &mut dyn FnMut(&str, &[u8], &mut Left) -> bool) {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else { return };
    for at in 0..archive.len().min(MOST_FILES) {
        let Ok(file) = archive.by_index(at) else { continue };
        let Ok(path) = file.name().map(std::borrow::Cow::into_owned) else { continue };
        let unpacked = unpacked(file, left);
        if !part(&path, &unpacked, left) {
            return;
        }
    }
}

/// As much as can be unpacked.
fn unpacked(from: impl Read, left: &mut Left) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What is damaged is read as far as it goes.
    let _damaged = from.take(left.bytes).read_to_end(&mut bytes);
    left.bytes -= (bytes.len() as u64).min(left.bytes);
    bytes
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

    fn files(bytes: &[u8]) -> Vec<(String, String)> {
        let mut files = Vec::new();
        within(bytes, &mut Left::default(), &mut |path, bytes, _| {
            files.push((path.to_owned(), String::from_utf8_lossy(bytes).into_owned()));
            true
        });
        files
    }

    #[test]
    fn words_are_read_between_other_bytes() {
        let wide: Vec<u8> = "in two bytes".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let bytes =
            [b"\x7fELF\0\x01/home/zo\xc3\xab/kv\0ab\xff".as_slice(), &wide, b"\xff\xfe"].concat();
        let found = files(&bytes);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1.lines().collect::<Vec<_>>(), ["/home/zoë/kv", "in two bytes"]);
    }

    #[test]
    fn no_more_is_unpacked_than_is_left() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&vec![b'x'; 3 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        let mut left = Left { bytes: 1 << 20, depth: 1 };
        let mut lengths = Vec::new();
        for _ in 0..2 {
            within(&packed, &mut left, &mut |_, bytes, _| {
                lengths.push(bytes.len());
                true
            });
        }
        assert_eq!(lengths, [1 << 20, 0]);
    }
}
