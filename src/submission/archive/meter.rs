//! Counts what really comes out of an archive, and stops at the limits.

use std::io::{self, Read, Seek, SeekFrom};

use super::refused::{Error, Refused, Stop, shown};
use super::{Each, Entry, Limits};

/// The file as it was handed in. Its own errors are told apart from what decoders find wrong.
pub(super) struct Source<R> {
    file: R,
    pub(super) bytes: u64,
}

impl<R: Read + Seek> Source<R> {
    pub(super) fn new(mut file: R, limits: &Limits) -> Result<Self, Error> {
        let bytes = file.seek(SeekFrom::End(0)).map_err(Error::Machine)?;
        file.seek(SeekFrom::Start(0)).map_err(Error::Machine)?;
        if bytes > limits.packed_bytes {
            return Err(Refused::PackedTooBig { limit_bytes: limits.packed_bytes }.into());
        }
        Ok(Self { file, bytes })
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.file.read(into).map_err(machine)
    }
}

impl<R: Seek> Seek for Source<R> {
    /// A place before the start is what an archive said, not what the machine failed at.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => error,
            _ => machine(error),
        })
    }
}

fn machine(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Interrupted => error,
        _ => Stop::Machine(error).into(),
    }
}

/// What a decoder failed with: passed on where a reader beneath it stopped, else the archive is damaged.
pub(super) fn damaged(error: io::Error, path: Option<&[u8]>) -> Error {
    if error.get_ref().is_some_and(|inner| inner.is::<Stop>()) {
        return error.into();
    }
    Refused::Damaged { path: path.map(shown) }.into()
}

/// How much came out of the whole archive.
pub(super) struct Meter<'a> {
    pub(super) limits: &'a Limits,
    packed_bytes: u64,
    unpacked_bytes: u64,
}

impl<'a> Meter<'a> {
    pub(super) fn new(limits: &'a Limits, packed_bytes: u64) -> Self {
        Self { limits, packed_bytes, unpacked_bytes: 0 }
    }

    /// Hands the file at `path` to `each`, and says how large it was.
    pub(super) fn pass(
        &mut self,
        path: String,
        is_executable: bool,
        said_bytes: u64,
        from: &mut dyn Read,
        each: Each<'_>,
    ) -> Result<Entry, Error> {
        let limit_bytes = self.limits.file_bytes;
        if said_bytes > limit_bytes {
            return Err(Refused::FileTooBig { path: shown(&path), limit_bytes }.into());
        }
        let mut entry = Entry { path, size_bytes: 0, is_executable };
        let mut content =
            Content { from, path: &entry.path, said_bytes, bytes: 0, is_read: false, meter: self };
        each(&entry, &mut content)?;
        if !content.is_read {
            io::copy(&mut content, &mut io::sink())?;
        }
        entry.size_bytes = content.bytes;
        Ok(entry)
    }

    fn count(&mut self, bytes: u64, path: &str) -> Result<(), Refused> {
        self.unpacked_bytes += bytes;
        within(self.limits, self.packed_bytes, self.unpacked_bytes, path)
    }
}

/// Whether so many bytes may come out of so many.
fn within(limits: &Limits, packed: u64, unpacked: u64, path: &str) -> Result<(), Refused> {
    let Limits { unpacked_bytes: limit_bytes, ratio, ratio_from_bytes, .. } = *limits;
    if unpacked > ratio_from_bytes.max(packed.saturating_mul(ratio)) {
        return Err(Refused::Bomb { path: shown(path), ratio });
    }
    match unpacked > limit_bytes {
        true => Err(Refused::TooMuch { limit_bytes }),
        false => Ok(()),
    }
}

/// The content of one file on its way out.
struct Content<'a, 'm> {
    from: &'a mut dyn Read,
    path: &'a str,
    said_bytes: u64,
    bytes: u64,
    is_read: bool,
    meter: &'a mut Meter<'m>,
}

impl Read for Content<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = match self.from.read(into) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                return Err(match damaged(error, Some(self.path.as_bytes())) {
                    Error::Refused(refused) => refused.into(),
                    Error::Machine(error) => Stop::Machine(error).into(),
                });
            }
        };
        self.bytes += count as u64;
        let is_at_end = count == 0 && !into.is_empty();
        let is_wrong = match is_at_end {
            true => self.bytes != self.said_bytes,
            false => self.bytes > self.said_bytes,
        };
        if is_wrong {
            return Err(Refused::SizeIsWrong { path: shown(self.path) }.into());
        }
        self.is_read |= is_at_end;
        self.meter.count(count as u64, self.path)?;
        Ok(count)
    }
}

/// At most so many bytes of a compressed stream, whatever it holds.
pub(super) struct Bounded<'a, R> {
    from: R,
    limits: &'a Limits,
    packed_bytes: u64,
    /// What the format itself may take beside the files.
    besides: u64,
    bytes: u64,
}

impl<'a, R: Read> Bounded<'a, R> {
    pub(super) fn new(from: R, limits: &'a Limits, packed_bytes: u64, besides: u64) -> Self {
        Self { from, limits, packed_bytes, besides, bytes: 0 }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.bytes += count as u64;
        let of_files = self.bytes.saturating_sub(self.besides);
        within(self.limits, self.packed_bytes, of_files, "the end of its files")?;
        Ok(count)
    }
}
