//! A `.zip` that is written as it is read, so that it needs no memory of its size. Pure.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// How much of a file is taken at once, in bytes.
const PIECE: u64 = 256 << 10;

/// What is written so far and was not taken yet.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A `.zip` under way. The same files give the same bytes.
pub struct Packing {
    writer: ZipWriter<StreamWriter<Written>>,
    written: Written,
}

impl Default for Packing {
    fn default() -> Self {
        let written = Written::default();
        Self { writer: ZipWriter::new_stream(written.clone()), written }
    }
}

impl Packing {
    /// Adds a text as a file.
    ///
    /// # Errors
    /// Something of this name is in it.
    pub fn add(&mut self, path: &str, text: &[u8]) -> io::Result<()> {
        self.writer.start_file(path, options(CompressionMethod::Deflated))?;
        self.writer.write_all(text)
    }

    /// Begins a file, which [`Self::go_on`] fills; as it is, since what candidates send is packed already.
    ///
    /// # Errors
    /// Something of this name is in it.
    pub fn begin(&mut self, path: &str) -> io::Result<()> {
        Ok(self.writer.start_file(path, options(CompressionMethod::Stored))?)
    }

    /// Takes some more of `from`; false once that has ended.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn go_on(&mut self, from: &mut impl Read) -> io::Result<bool> {
        Ok(io::copy(&mut from.take(PIECE), &mut self.writer)? == PIECE)
    }

    /// What was written since it was asked for last.
    pub fn take(&mut self) -> Vec<u8> {
        self.written.take()
    }

    /// The rest of it.
    ///
    /// # Errors
    /// It is too large for a `.zip`.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        self.writer.finish()?;
        Ok(self.written.take())
    }
}

fn options(method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(0o644)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn what_is_taken_piece_by_piece_is_a_whole_archive() {
        let large: Vec<u8> = (0..600_000u32).map(|at| (at % 251) as u8).collect();
        let mut packing = Packing::default();
        packing.add("README.txt", b"Read me.").unwrap();
        packing.begin("files/1-work.zip").unwrap();
        let (mut from, mut taken, mut most) = (Cursor::new(&large), Vec::new(), 0);
        while packing.go_on(&mut from).unwrap() {
            let piece = packing.take();
            most = most.max(piece.len());
            taken.extend(piece);
        }
        taken.extend(packing.finish().unwrap());
        assert!(most < 300_000, "{most}");
        let mut archive = zip::ZipArchive::new(Cursor::new(taken)).unwrap();
        let mut content = Vec::new();
        archive.by_name("files/1-work.zip").unwrap().read_to_end(&mut content).unwrap();
        assert!(content == large && archive.len() == 2);
    }
}
