//! What an organisation looks like on every page: its name and its logo. Pure.

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The largest logo, in bytes.
pub const LARGEST: usize = 256 * 1024;
/// The most pixels of a side.
const LONGEST_SIDE: usize = 4_000;

/// See the module. The default is that of a portal nobody has set up.
#[derive(Clone, Debug, Default)]
pub struct Brand {
    /// Raised by every change, so that pages know whether they show this one.
    pub version: i32,
    pub name: Option<String>,
    pub logo: Option<Logo>,
    /// Nothing here is real; every page says so.
    pub is_demo: bool,
}

/// A picture that is shown beside the site's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    pub media_type: &'static str,
    pub bytes: Bytes,
    /// In pixels.
    pub width: usize,
    pub height: usize,
}

impl Logo {
    /// A logo as uploaded.
    ///
    /// # Errors
    /// What is wrong with it, in words for whoever chose it.
    pub fn parse(bytes: &Bytes) -> Result<Self, &'static str> {
        if bytes.len() > LARGEST {
            return Err("A logo has at most 256 kB; save it smaller");
        }
        let media_type = match imagesize::image_type(bytes) {
            Ok(imagesize::ImageType::Png) => "image/png",
            Ok(imagesize::ImageType::Jpeg) => "image/jpeg",
            Ok(imagesize::ImageType::Webp) => "image/webp",
            _ => return Err("Take a PNG, JPEG or WebP picture"),
        };
        let size = imagesize::blob_size(bytes);
        let size = size.map_err(|_| "This picture is damaged; save it once more")?;
        let sides = 1..=LONGEST_SIDE;
        if !sides.contains(&size.width) || !sides.contains(&size.height) {
            return Err("A logo has at most 4,000 pixels a side; save it smaller");
        }
        let bytes = bytes.clone();
        Ok(Self { media_type, bytes, width: size.width, height: size.height })
    }

    /// Its address; what is there never changes.
    pub fn href(&self) -> String {
        let digest = Sha256::digest(&self.bytes);
        let name: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/logo/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a PNG of that size.
    fn png(width: u32, height: u32) -> Bytes {
        let head = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &width.to_be_bytes()].concat();
        [head, height.to_be_bytes().to_vec(), vec![8, 6, 0, 0, 0]].concat().into()
    }

    #[test]
    fn only_pictures_of_sensible_size_are_taken() {
        let logo = Logo::parse(&png(320, 80)).unwrap();
        assert_eq!((logo.media_type, logo.width, logo.height), ("image/png", 320, 80));
        assert_ne!(logo.href(), Logo::parse(&png(320, 81)).unwrap().href());
        for wrong in [
            Bytes::new(),
            Bytes::from_static(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
            Bytes::from_static(b"\x89PNG\r\n\x1a\n"),
            png(40_000, 80),
            png(0, 80),
            [png(320, 80).to_vec(), vec![0; LARGEST]].concat().into(),
        ] {
            assert!(Logo::parse(&wrong).is_err());
        }
    }
}
