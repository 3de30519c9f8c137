//! Which files are text, and how they were written. Pure.

/// A file that is text, and how it was written.
pub(super) struct Text {
    pub text: String,
    pub encoding: Encoding,
}

#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Utf8,
    /// With bytes in it that are none: each stands as a character of [`STRAY`] until it is written again.
    Utf8WithStray,
    /// Every byte a character: what is not UTF-8 comes back as it was.
    Latin1,
    Utf16 {
        is_large_first: bool,
    },
}

/// What stands for the byte 0 where it is no UTF-8, and so on: characters that nobody uses.
const STRAY: u32 = 0x10_ff00;

impl Text {
    /// None for what is no text.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        const LOOKED_AT: usize = 8_000;
        for (mark, is_large_first) in [([0xfe, 0xff], true), ([0xff, 0xfe], false)] {
            if bytes.starts_with(&mark) && bytes.len().is_multiple_of(2) {
                let unit = |pair: &[u8]| match is_large_first {
                    true => u16::from_be_bytes([pair[0], pair[1]]),
                    false => u16::from_le_bytes([pair[0], pair[1]]),
                };
                let units: Vec<u16> = bytes.chunks_exact(2).map(unit).collect();
                let encoding = Encoding::Utf16 { is_large_first };
                return String::from_utf16(&units).ok().map(|text| Self { text, encoding });
            }
        }
        if bytes.iter().take(LOOKED_AT).any(|byte| *byte == 0) {
            return None;
        }
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => Self { text: text.to_owned(), encoding: Encoding::Utf8 },
            Err(_) if has_letters_in_utf8(bytes) => {
                let stray = |byte: &u8| char::from_u32(STRAY + u32::from(*byte));
                let piece = |chunk: std::str::Utf8Chunk<'_>| {
                    let stray = chunk.invalid().iter().filter_map(stray);
                    chunk.valid().chars().chain(stray).collect::<String>()
                };
                let text = bytes.utf8_chunks().map(piece).collect();
                Self { text, encoding: Encoding::Utf8WithStray }
            }
            Err(_) => {
                let text = bytes.iter().map(|byte| char::from(*byte)).collect();
                Self { text, encoding: Encoding::Latin1 }
            }
        })
    }
}

/// Whether what is no plain English in it is written in UTF-8, all but for some bytes.
fn has_letters_in_utf8(bytes: &[u8]) -> bool {
    bytes.utf8_chunks().any(|chunk| !chunk.valid().is_ascii())
}

impl Encoding {
    /// `text` written the same way.
    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf8WithStray => {
                let mut bytes = Vec::with_capacity(text.len());
                for c in text.chars() {
                    let stray =
                        u32::from(c).checked_sub(STRAY).and_then(|it| u8::try_from(it).ok());
                    match stray {
                        Some(byte) => bytes.push(byte),
                        None => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    }
                }
                bytes
            }
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
            Self::Utf16 { is_large_first: true } => {
                text.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
            Self::Utf16 { .. } => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_none_leaves_the_rest_as_it_was() {
        let bytes = b"Zo\xc3\xab was at caf\xe9 \xff\n";
        let text = Text::of(bytes).unwrap();
        assert!(text.text.starts_with("Zo\u{eb} was"), "{}", text.text);
        assert_eq!(text.encoding.bytes(&text.text), bytes);
        let latin = Text::of(b"Zo\xeb").unwrap();
        assert_eq!(
            (latin.text.as_str(), latin.encoding.bytes(&latin.text)),
            ("Zo\u{eb}", b"Zo\xeb".to_vec())
        );
    }
}
