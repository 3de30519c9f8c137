//! What an outside stage found, as one PDF: kept as an archive of one file. Pure.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::archive::{Entry, Error, Format, Limits, Listing, Packing, Refused, Said};

/// What it is called in there.
pub const NAME: &str = "report.pdf";

/// Whether `file` begins as a PDF does. It is left at its beginning.
///
/// # Errors
/// It cannot be read.
pub fn is_one(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(5).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == b"%PDF-")
}

/// Writes the PDF as an archive is kept.
///
/// # Errors
/// It is too large; or one of the two cannot be read or written.
pub fn pack(file: &mut (impl Read + Seek), to: impl Write + Seek) -> Result<Listing, Error> {
    let limit_bytes = Limits::USUAL.file_bytes;
    let size_bytes = file.seek(SeekFrom::End(0)).map_err(Error::Machine)?;
    file.rewind().map_err(Error::Machine)?;
    let path = NAME.to_owned();
    if size_bytes > limit_bytes {
        return Err(Refused::FileTooBig { path, limit_bytes }.into());
    }
    let entry = Entry { path, size_bytes, is_executable: false };
    let mut packing = Packing::new(to);
    packing.add(&entry, file)?;
    packing.finish()?;
    Ok(Listing {
        format: Format::Zip,
        entries: vec![entry],
        total_bytes: size_bytes,
        prefix: None,
        dropped: BTreeSet::new(),
        said: Said::default(),
    })
}
