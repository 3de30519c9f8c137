//! What PNG and JPEG files say beside the picture: texts, and what a camera wrote.

use std::io::Read;
use std::ops::Range;

use flate2::read::ZlibDecoder;

use super::{Metadata, distinct};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";
/// The most bytes a compressed text is unpacked to.
const MOST_TEXT: u64 = 64 << 10;

/// What the picture says of itself; None for what is none of these.
pub(super) fn said(bytes: &[u8]) -> Option<Vec<Metadata>> {
    let beside = beside(bytes)?;
    let said = beside.into_iter().flat_map(|piece| match piece.kind {
        Piece::Text => png_text(&bytes[piece.data]),
        Piece::Exif => exif(&bytes[piece.data]),
        Piece::Other => plain(&bytes[piece.data]),
        Piece::Time => Vec::new(),
    });
    Some(distinct(said.collect()))
}

/// The picture alone; None for what is none of these.
pub(super) fn masked(bytes: &[u8]) -> Option<Vec<u8>> {
    let beside = beside(bytes)?;
    let mut masked = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for piece in beside {
        masked.extend(&bytes[at..piece.whole.start]);
        at = piece.whole.end;
    }
    masked.extend(&bytes[at..]);
    Some(masked)
}

#[derive(Clone, Copy)]
enum Piece {
    Text,
    Exif,
    Other,
    Time,
}

/// Something beside the picture: all of it, and what is in it.
struct Beside {
    kind: Piece,
    whole: Range<usize>,
    data: Range<usize>,
}

fn beside(bytes: &[u8]) -> Option<Vec<Beside>> {
    if bytes.starts_with(PNG) {
        Some(of_png(bytes))
    } else if bytes.starts_with(JPEG) {
        Some(of_jpeg(bytes))
    } else {
        None
    }
}

/// Chunks of length, name, data and checksum, until one does not fit.
fn of_png(bytes: &[u8]) -> Vec<Beside> {
    let mut found = Vec::new();
    let mut at = PNG.len();
    while let Some([a, b, c, d, name @ ..]) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let data = at + 8..(at + 8).saturating_add(length);
        let whole = at..data.end.saturating_add(4);
        if whole.end > bytes.len() {
            break;
        }
        let kind = match name {
            b"tEXt" | b"zTXt" | b"iTXt" => Some(Piece::Text),
            b"eXIf" => Some(Piece::Exif),
            b"tIME" => Some(Piece::Time),
            _ => None,
        };
        at = whole.end;
        found.extend(kind.map(|kind| Beside { kind, whole, data }));
    }
    found
}

/// Segments until the picture begins.
fn of_jpeg(bytes: &[u8]) -> Vec<Beside> {
    let mut found = Vec::new();
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let whole = at..at + 2 + length;
        // What follows the start of the scan is the picture.
        if *marker == 0xda || length < 2 || whole.end > bytes.len() {
            break;
        }
        let data = at + 4..whole.end;
        let kind = match marker {
            0xe1 if bytes[data.clone()].starts_with(b"Exif\0\0") => Some(Piece::Exif),
            // XMP, Photoshop's, and comments; APP2 and APP14 say how colours are meant.
            0xe1 | 0xed | 0xfe => Some(Piece::Other),
            _ => None,
        };
        let data = if matches!(kind, Some(Piece::Exif)) { data.start + 6..data.end } else { data };
        at = whole.end;
        found.extend(kind.map(|kind| Beside { kind, whole, data }));
    }
    found
}

/// A keyword, and a text that may be compressed and may say its language.
fn png_text(data: &[u8]) -> Vec<Metadata> {
    let Some(end) = data.iter().position(|byte| *byte == 0) else { return Vec::new() };
    let (keyword, rest) = (String::from_utf8_lossy(&data[..end]).into_owned(), &data[end + 1..]);
    // zTXt has a method before what is compressed; iTXt a flag, a method, a language and a translation.
    let text = match rest {
        [0, zlib @ ..] if zlib.starts_with(b"\x78") => unpacked(zlib),
        [is_packed @ (0 | 1), 0, named @ ..] => {
            let mut parts = named.splitn(3, |byte| *byte == 0);
            let text = parts.nth(2).unwrap_or_default();
            if *is_packed == 1 { unpacked(text) } else { text.to_vec() }
        }
        text => text.to_vec(),
    };
    let is_author =
        ["author", "copyright", "artist", "creator"].contains(&keyword.to_lowercase().as_str());
    let text = String::from_utf8_lossy(&text);
    let text = text.trim();
    let is_author = is_author && !text.is_empty();
    vec![Metadata { text: format!("{keyword}: {text}"), is_author }]
}

fn unpacked(zlib: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    // As far as it goes: a damaged one says no more.
    let _damaged = ZlibDecoder::new(zlib).take(MOST_TEXT).read_to_end(&mut text);
    text
}

/// Tags whose value is text that says who.
const WHO: [(u16, &str); 5] = [
    (0x013b, "Artist"),
    (0x8298, "Copyright"),
    (0x9c9d, "Author"),
    (0xa430, "Owner"),
    (0xc62f, "Serial number"),
];
const GPS: u16 = 0x8825;
const MORE: u16 = 0x8769;

/// Tags of TIFF: the first table, and the one it leads to.
fn exif(data: &[u8]) -> Vec<Metadata> {
    let is_large_first = match data.get(..2) {
        Some(b"MM") => true,
        Some(b"II") => false,
        _ => return plain(data),
    };
    let tiff = Tiff { data, is_large_first };
    let mut said = Vec::new();
    let mut tables: Vec<_> = tiff.number(4, 4).into_iter().collect();
    // The first, and at most one more.
    for at in 0..2 {
        let Some(table) = tables.get(at).copied() else { break };
        for entry in 0..tiff.number(table, 2).unwrap_or_default().min(200) {
            let entry = table + 2 + entry * 12;
            let Some(tag) = tiff.number(entry, 2) else { break };
            let tag = u16::try_from(tag).unwrap_or_default();
            if tag == MORE {
                tables.extend(tiff.number(entry + 8, 4));
            } else if tag == GPS {
                said.push(Metadata { text: "Where it was taken".to_owned(), is_author: true });
            } else if let Some((_, name)) = WHO.iter().find(|(known, _)| *known == tag) {
                let text = tiff.text(entry).unwrap_or_default();
                if !text.is_empty() {
                    said.push(Metadata { text: format!("{name}: {text}"), is_author: true });
                }
            }
        }
    }
    said.extend(plain(data));
    said
}

struct Tiff<'a> {
    data: &'a [u8],
    is_large_first: bool,
}

impl Tiff<'_> {
    fn number(&self, at: usize, length: usize) -> Option<usize> {
        let bytes = self.data.get(at..at.checked_add(length)?)?;
        let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(match self.is_large_first {
            true => bytes.iter().fold(0, add),
            false => bytes.iter().rev().fold(0, add),
        })
    }

    /// In the entry itself where it is short enough.
    fn text(&self, entry: usize) -> Option<String> {
        let count = self.number(entry + 4, 4)?;
        let at = if count <= 4 { entry + 8 } else { self.number(entry + 8, 4)? };
        let value = self.data.get(at..at.checked_add(count)?)?;
        // Windows writes two bytes a letter.
        let letters: Vec<u8> = value.iter().copied().filter(|byte| *byte != 0).collect();
        Some(String::from_utf8_lossy(&letters).trim().to_owned())
    }
}

/// Whatever reads as text in it.
fn plain(data: &[u8]) -> Vec<Metadata> {
    const FEWEST: usize = 3;
    let pieces = data.split(|byte| *byte < 0x20 && !matches!(*byte, b'\n' | b'\t' | b'\r'));
    let texts = pieces.filter(|piece| piece.len() >= FEWEST);
    texts
        .map(|piece| Metadata {
            text: String::from_utf8_lossy(piece).into_owned(),
            is_author: false,
        })
        .collect()
}
