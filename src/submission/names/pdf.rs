//! What a PDF says of itself: its information dictionary and its XMP packet, where they are not compressed.
//!
//! Masked is in place and byte for byte as long, since a PDF finds its parts by where they lie.

use std::io::Read;
use std::ops::Range;

use flate2::read::ZlibDecoder;

use super::{Metadata, distinct};

const MARK: &[u8] = b"%PDF-";
const MARK_WITHIN: usize = 1024;
/// Of what is compressed: the most of each stream, and of all.
const MOST_STREAM: u64 = 1 << 20;
const MOST_STREAMS: usize = 200;

/// Keys whose value says who, and those that may.
const WHO: [&str; 1] = ["/Author"];
const MAY: [&str; 5] = ["/Title", "/Subject", "/Keywords", "/Creator", "/Producer"];

fn is_pdf(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(MARK_WITHIN)];
    head.windows(MARK.len()).any(|window| window == MARK)
}

/// What the file says of itself; None for what is no PDF.
pub(super) fn said(bytes: &[u8]) -> Option<Vec<Metadata>> {
    if !is_pdf(bytes) {
        return None;
    }
    let mut said = Vec::new();
    for object in information(bytes) {
        said.extend(dictionary(&bytes[object]));
    }
    for packet in packets(bytes) {
        said.extend(xmp(&bytes[packet]));
    }
    for stream in object_streams(bytes) {
        said.extend(dictionary(&stream));
    }
    Some(distinct(said))
}

/// The file with what it says of itself blank; None for what is no PDF. What is compressed stays, and is found
/// again.
pub(super) fn masked(bytes: &[u8]) -> Option<Vec<u8>> {
    if !is_pdf(bytes) {
        return None;
    }
    let mut masked = bytes.to_vec();
    for object in information(bytes) {
        for (_, value) in values(&bytes[object.clone()]) {
            masked[object.start + value.start..object.start + value.end].fill(b' ');
        }
    }
    for packet in packets(bytes) {
        masked[packet].fill(b' ');
    }
    Some(masked)
}

fn dictionary(bytes: &[u8]) -> Vec<Metadata> {
    let told = |(key, value): (&'static str, Range<usize>)| {
        let text = string(&bytes[value.clone()], bytes[value.start - 1] == b'<');
        let text = text.trim();
        let is_author = WHO.contains(&key);
        (!text.is_empty()).then(|| Metadata { text: format!("{}: {text}", &key[1..]), is_author })
    };
    values(bytes).into_iter().filter_map(told).collect()
}

/// The objects that are named as information; elsewhere the same keys head chapters.
fn information(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while let Some(at) = position(&bytes[from..], b"/Info") {
        from += at + b"/Info".len();
        let reference = &bytes[from..bytes.len().min(from + 32)];
        let text = String::from_utf8_lossy(reference);
        let mut words = text.split_whitespace();
        let (Some(number), Some(generation)) = (words.next(), words.next()) else { continue };
        if [number, generation].iter().any(|it| !it.bytes().all(|byte| byte.is_ascii_digit())) {
            continue;
        }
        let head = format!("{number} {generation} obj");
        let mut start = 0;
        while let Some(at) = position(&bytes[start..], head.as_bytes()) {
            let begins = start + at;
            start = begins + head.len();
            let is_whole = begins == 0 || !bytes[begins - 1].is_ascii_digit();
            let length = position(&bytes[start..], b"endobj").unwrap_or(bytes.len() - start);
            let object = start..start + length;
            if is_whole && !found.contains(&object) {
                found.push(object);
            }
        }
    }
    found
}

/// Where the strings of the information dictionary are, without what surrounds them.
fn values(bytes: &[u8]) -> Vec<(&'static str, Range<usize>)> {
    let mut found = Vec::new();
    for key in WHO.into_iter().chain(MAY) {
        let name = key.as_bytes();
        let mut from = 0;
        while let Some(at) = position(&bytes[from..], name) {
            let mut at = from + at + name.len();
            from = at;
            while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            }
            let end = match bytes.get(at..at + 2) {
                Some([b'(', _]) => literal_end(bytes, at + 1),
                Some([b'<', next]) if *next != b'<' => {
                    bytes[at..].iter().position(|byte| *byte == b'>').map(|end| at + end)
                }
                _ => None,
            };
            found.extend(end.map(|end| (key, at + 1..end)));
        }
    }
    found
}

fn position(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Parentheses nest, and may be escaped.
fn literal_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut at) = (1, start);
    loop {
        match bytes.get(at)? {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
        at += 1;
    }
}

/// A string as it reads: in hexadecimal or with escapes, in UTF-16 or one byte a letter.
fn string(raw: &[u8], is_hex: bool) -> String {
    let mut bytes = Vec::new();
    if is_hex {
        let digits: Vec<u32> =
            raw.iter().filter_map(|byte| char::from(*byte).to_digit(16)).collect();
        let pairs = digits.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0));
        bytes.extend(pairs.filter_map(|byte| u8::try_from(byte).ok()));
    } else {
        let mut rest = raw;
        while let [byte, after @ ..] = rest {
            rest = after;
            match (byte, after) {
                (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', beyond @ ..]) => {
                    bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                    rest = beyond;
                }
                (b'\\', [escaped, beyond @ ..]) => {
                    bytes.push(*escaped);
                    rest = beyond;
                }
                _ => bytes.push(*byte),
            }
        }
    }
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(wide) => {
            let units: Vec<_> =
                wide.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        None => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(other) => other.into_bytes().into_iter().map(char::from).collect(),
        },
    }
}

/// What lies inside XMP packets, so that empty ones are left.
fn packets(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(begin) = position(&bytes[from..], b"<?xpacket begin") {
        let begin = from + begin;
        let Some(open) = position(&bytes[begin..], b"?>") else { break };
        let open = begin + open + 2;
        let Some(close) = position(&bytes[open..], b"<?xpacket end") else { break };
        found.push(open..open + close);
        from = open + close;
    }
    found
}

/// Texts between tags; those of creators say who.
fn xmp(packet: &[u8]) -> Vec<Metadata> {
    let text = String::from_utf8_lossy(packet);
    let mut said = Vec::new();
    let mut is_author = false;
    for piece in text.split('<').skip(1) {
        let Some((tag, text)) = piece.split_once('>') else { continue };
        // Attributes hold values too.
        let name = tag.split_whitespace().next().unwrap_or(tag);
        let is_who = ["dc:creator", "pdf:Author", "dc:rights", "xmpRights:Owner"]
            .contains(&name.trim_start_matches('/'));
        if is_who {
            is_author = !name.starts_with('/');
        }
        let values = tag.split('"').skip(1).step_by(2);
        for value in values.chain([text]).map(str::trim).filter(|value| !value.is_empty()) {
            let is_author = is_author && value == text.trim();
            said.push(Metadata { text: format!("XMP: {value}"), is_author });
        }
    }
    said
}

/// Streams that hold objects, unpacked: since PDF 1.5 the dictionary may lie in one.
fn object_streams(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = position(&bytes[from..], b"/ObjStm").filter(|_| found.len() < MOST_STREAMS)
    {
        let at = from + at;
        from = at + 1;
        let Some(start) = position(&bytes[at..], b"stream") else { break };
        let start = at + start + b"stream".len();
        let data =
            bytes[start..].strip_prefix(b"\r\n").or_else(|| bytes[start..].strip_prefix(b"\n"));
        let mut stream = Vec::new();
        if let Some(data) = data {
            let _damaged = ZlibDecoder::new(data).take(MOST_STREAM).read_to_end(&mut stream);
        }
        found.push(stream);
    }
    found
}
