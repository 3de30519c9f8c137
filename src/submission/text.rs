//! Which files are text, and how they were written. Pure.

/// A file that is text, and how it was written.
pub(super) struct Text {
    pub text: String,
    pub encoding: Encoding,
}

#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Utf8,
    /// Every byte a character: what is not UTF-8 comes back as it was.
    Latin1,
    Utf16 {
        is_large_first: bool,
    },
}

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
            Err(_) => {
                let text = bytes.iter().map(|byte| char::from(*byte)).collect();
                Self { text, encoding: Encoding::Latin1 }
            }
        })
    }
}

impl Encoding {
    /// `text` written the same way.
    pub fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
            Self::Utf16 { is_large_first: true } => {
                text.encode_utf16().flat_map(u16::to_be_bytes).collect()
            }
            Self::Utf16 { .. } => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}
