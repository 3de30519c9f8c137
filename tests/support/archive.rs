//! Archives byte by byte, as no honest program writes them.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc, FlushCompress, Status};
use tar::{EntryType, Header};

/// A file for either format, and what is odd about it.
#[derive(Clone, Debug)]
pub struct File {
    pub name: Vec<u8>,
    pub content: Vec<u8>,
    pub mode: u32,
    pub kind: EntryType,
    /// What a zip says it is packed as; 8 packs it.
    pub method: u16,
    pub flags: u16,
    /// The size a header claims, where it is another.
    pub said_bytes: Option<u32>,
    /// The compressed bytes in a zip, where they are not those of the content.
    pub packed: Option<Vec<u8>>,
    /// The name a zip says beside the file itself, where it is another than in its table of contents.
    pub name_beside: Option<Vec<u8>>,
    pub is_listed: bool,
}

impl File {
    pub fn new(name: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.as_ref().to_vec(),
            content: content.as_ref().to_vec(),
            mode: 0o100_644,
            kind: EntryType::Regular,
            method: 8,
            flags: 0,
            said_bytes: None,
            packed: None,
            name_beside: None,
            is_listed: true,
        }
    }

    pub fn folder(name: &str) -> Self {
        let kind = EntryType::Directory;
        Self { kind, mode: 0o040_755, method: 0, ..Self::new(name, "") }
    }

    pub fn executable(name: &str, content: &str) -> Self {
        Self { mode: 0o100_755, ..Self::new(name, content) }
    }
}

fn u16s(of: &[u16]) -> Vec<u8> {
    of.iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn u32s(of: &[u32]) -> Vec<u8> {
    of.iter().flat_map(|number| number.to_le_bytes()).collect()
}

pub fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A zip of these files with this comment.
pub fn zip_with(files: &[File], comment: &str) -> Vec<u8> {
    let (mut archive, mut contents, mut count) = (Vec::new(), Vec::new(), 0);
    for file in files {
        let at = u32::try_from(archive.len()).unwrap();
        let packed = file.packed.clone().unwrap_or_else(|| match file.method {
            8 => deflated(&file.content),
            _ => file.content.clone(),
        });
        let mut crc = Crc::new();
        crc.update(&file.content);
        let length = u32::try_from(file.content.len()).unwrap();
        let packed_bytes = u32::try_from(packed.len()).unwrap();
        // Version, flags, method, time, date; checksum and sizes; lengths of name and extra field.
        let shared = |name: &[u8]| {
            let sizes = [crc.sum(), packed_bytes, file.said_bytes.unwrap_or(length)];
            let lengths = [u16::try_from(name.len()).unwrap(), 0];
            let head = u16s(&[20, file.flags, file.method, 0, 33]);
            [head, u32s(&sizes), u16s(&lengths)].concat()
        };
        let beside = file.name_beside.as_ref().unwrap_or(&file.name);
        archive.extend([b"PK\x03\x04".to_vec(), shared(beside), beside.clone(), packed].concat());
        if file.is_listed {
            count += 1;
            let made_by = u16s(&[3 << 8 | 20]);
            let rest = [u16s(&[0, 0, 0]), u32s(&[file.mode << 16, at])].concat();
            let parts = [b"PK\x01\x02".to_vec(), made_by, shared(&file.name), rest];
            contents.extend([parts.concat(), file.name.clone()].concat());
        }
    }
    let (start, length) = (archive.len(), contents.len());
    archive.extend(contents);
    archive.extend(end(count, length, start, comment));
    archive
}

/// What ends a zip.
pub fn end(count: u16, length: usize, start: usize, comment: &str) -> Vec<u8> {
    let numbers = [u32::try_from(length).unwrap(), u32::try_from(start).unwrap()];
    let comment_bytes = u16::try_from(comment.len()).unwrap();
    let counts = u16s(&[0, 0, count, count]);
    [b"PK\x05\x06".to_vec(), counts, u32s(&numbers), u16s(&[comment_bytes]), comment.into()]
        .concat()
}

pub fn zip(files: &[File]) -> Vec<u8> {
    zip_with(files, "")
}

pub fn gz(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// One header of tar, as given, and its content.
pub fn block(name: &[u8], kind: EntryType, mode: u32, said_bytes: u64, content: &[u8]) -> Vec<u8> {
    let mut header = Header::new_ustar();
    let field = &mut header.as_old_mut().name;
    let length = name.len().min(field.len());
    field[..length].copy_from_slice(&name[..length]);
    header.set_entry_type(kind);
    header.set_mode(mode & 0o7777);
    header.set_size(said_bytes);
    header.set_uid(1000);
    header.set_gid(1000);
    header.set_mtime(1);
    header.set_username("heron").unwrap();
    header.set_cksum();
    let mut block = header.as_bytes().to_vec();
    block.extend(content);
    block.resize(block.len().next_multiple_of(512), 0);
    block
}

pub fn tar(files: &[File]) -> Vec<u8> {
    let mut archive = Vec::new();
    for file in files {
        if file.name.len() > 100 {
            let name = [&file.name[..], b"\0"].concat();
            let kind = EntryType::GNULongName;
            archive.extend(block(b"././@LongLink", kind, 0, name.len() as u64, &name));
        }
        let said_bytes = file.said_bytes.map_or(file.content.len() as u64, u64::from);
        archive.extend(block(&file.name, file.kind, file.mode, said_bytes, &file.content));
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

pub fn tar_gz(files: &[File]) -> Vec<u8> {
    gz(&tar(files))
}

/// A tar whose one file has this path by an extension, in which it may be anything.
pub fn tar_gz_by_pax(key: &str, value: &str) -> Vec<u8> {
    let mut length = key.len() + value.len() + 3;
    length += length.to_string().len();
    length = key.len() + value.len() + 3 + length.to_string().len();
    let text = format!("{length} {key}={value}\n");
    let before = block(b"pax", EntryType::XHeader, 0, text.len() as u64, text.as_bytes());
    gz(&[before, tar(&[File::new("plain.txt", "text")])].concat())
}

/// `megabytes` of zeros as deflate packs them, without the work of packing all of them.
pub fn zeros(megabytes: usize) -> Vec<u8> {
    let megabyte = vec![0; 1 << 20];
    let mut compress = flate2::Compress::new(Compression::best(), false);
    let mut one = Vec::with_capacity(64 << 10);
    // A full flush: what follows refers to nothing before it, so that it can be said again and again.
    let status = compress.compress_vec(&megabyte, &mut one, FlushCompress::Full).unwrap();
    assert_eq!(status, Status::Ok);
    assert_eq!(compress.total_in(), 1 << 20);
    let last = [1, 0, 0, 0xff, 0xff];
    [one.repeat(megabytes), last.to_vec()].concat()
}
