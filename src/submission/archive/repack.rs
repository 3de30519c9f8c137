//! What is kept of an archive: a `.zip` of ours with the files and nothing else, the same for the same
//! files however they were packed, of which one file is opened without a look at the others.

use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::refused::Error;
use super::{Entry, Limits, Listing, walk};

/// Little is gained by more, and the candidate waits.
const LEVEL: i64 = 1;

/// An archive as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Of the archive as it was handed in.
    pub listing: Listing,
    pub sha256: [u8; 32],
    pub bytes: u64,
}

/// Reads `file` as [`super::read`] does, and writes to `to` what is kept of it: the files by path without the
/// one top folder, whether each is executable, and no time, owner or comment. `scratch` is an empty file
/// for work under way, as large as the result.
///
/// # Errors
/// As [`super::read`]; or one of the three cannot be read or written.
pub fn repack(
    file: impl Read + Seek,
    limits: &Limits,
    mut scratch: impl Read + Write + Seek,
    mut to: impl Read + Write + Seek,
) -> Result<Packed, Error> {
    // In the archive's order first: a .tar.gz is read once, and its files come in any.
    let mut writer = ZipWriter::new(BufWriter::new(&mut scratch));
    let listing = walk(file, limits, &mut |entry, content| {
        writer.start_file(&entry.path, options(entry)).map_err(zip_error)?;
        io::copy(content, &mut writer).map(drop)
    })?;
    flushed(writer)?;
    let scratch = BufReader::new(scratch);
    let mut unordered = ZipArchive::new(scratch).map_err(ours)?;
    let mut writer = ZipWriter::new(BufWriter::new(&mut to));
    for entry in &listing.entries {
        let from = unordered.by_name(&entry.path);
        // What is copied is the compressed bytes.
        let from = from.map_err(ours)?;
        writer.raw_copy_file_rename(from, listing.kept_path(&entry.path)).map_err(ours)?;
    }
    flushed(writer)?;
    let (sha256, bytes) = digest(&mut to).map_err(Error::Machine)?;
    Ok(Packed { listing, sha256, bytes })
}

/// Writes a `.zip` as it is kept, file by file.
pub struct Packing<W: Write + Seek>(ZipWriter<BufWriter<W>>);

impl<W: Write + Seek> Packing<W> {
    pub fn new(to: W) -> Self {
        Self(ZipWriter::new(BufWriter::new(to)))
    }

    /// Adds what `content` gives as the file that `entry` names.
    ///
    /// # Errors
    /// One of the two cannot be read or written.
    pub fn add(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), Error> {
        self.0.start_file(&entry.path, options(entry)).map_err(ours)?;
        io::copy(content, &mut self.0).map(drop).map_err(Error::Machine)
    }

    /// # Errors
    /// It cannot be written to its end.
    pub fn finish(self) -> Result<(), Error> {
        flushed(self.0)
    }
}

fn options(entry: &Entry) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(LEVEL))
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(if entry.is_executable { 0o755 } else { 0o644 })
}

fn flushed(writer: ZipWriter<BufWriter<impl Write + Seek>>) -> Result<(), Error> {
    writer.finish().map_err(ours)?.flush().map_err(Error::Machine)
}

fn digest(file: &mut (impl Read + Seek)) -> io::Result<([u8; 32], u64)> {
    file.seek(SeekFrom::Start(0))?;
    let mut digest = Sha256::new();
    let bytes = io::copy(file, &mut digest)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((digest.finalize().into(), bytes))
}

/// An archive that [`repack`] wrote.
#[derive(Debug)]
pub struct Kept<R>(ZipArchive<R>);

impl<R: Read + Seek> Kept<R> {
    /// # Errors
    /// `file` cannot be read, or is none that is kept here.
    pub fn open(file: R) -> Result<Self, Error> {
        ZipArchive::new(file).map(Self).map_err(ours)
    }

    /// Every file by path.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let entry = |at| {
            let found = self.0.by_index_data(at).map_err(ours)?;
            let path = found.name().map_err(ours)?.into_owned();
            let is_executable = found.unix_mode().is_some_and(|mode| mode & 0o111 != 0);
            Ok(Entry { path, size_bytes: found.size(), is_executable })
        };
        (0..self.0.len()).map(entry).collect()
    }

    /// The bytes of the file at `path`; `None` where there is none.
    ///
    /// # Errors
    /// As [`Self::open`]; or the file is larger than one may be, and not written here.
    pub fn file(&mut self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let found = match self.0.by_name(path) {
            Ok(found) => found,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(ours(error)),
        };
        let mut bytes = Vec::new();
        found.take(Limits::USUAL.file_bytes).read_to_end(&mut bytes).map_err(Error::Machine)?;
        Ok(Some(bytes))
    }
}

fn zip_error(error: ZipError) -> io::Error {
    error.into()
}

/// Of an archive written here; what is wrong with one is the machine's fault.
fn ours(error: ZipError) -> Error {
    Error::Machine(error.into())
}
