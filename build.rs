//! Puts `static/` and `content/` into the binary: assets with a hashed address and their compressed
//! forms, and the shipped content tree as it is.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    for watched in ["migrations", "static", "content", "templates", "src", "Cargo.lock"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    fs::write(out.join("assets.rs"), assets(&root.join("static"), &out))
        .expect("OUT_DIR is writable");
    fs::write(out.join("shipped.rs"), shipped(&root.join("content"))).expect("OUT_DIR is writable");
    // Finished pages stored by another build are not this build's pages.
    let mut digest = Sha256::new();
    for folder in ["templates", "static", "src"] {
        for file in files(&root.join(folder)) {
            digest.update(fs::read(&file).expect("just listed"));
        }
    }
    // A sanitiser that was mended has to see every page again.
    digest.update(fs::read(root.join("Cargo.lock")).expect("cargo made it"));
    println!("cargo:rustc-env=RENDERED_BY={}", hex(&digest.finalize()[..8]));
}

fn assets(folder: &Path, out: &Path) -> String {
    let mut code = String::new();
    let mut names = Vec::new();
    for file in files(folder) {
        let bytes = fs::read(&file).expect("just listed");
        let name = file.file_name().and_then(|name| name.to_str()).expect("asset names are UTF-8");
        let (stem, extension) = name.rsplit_once('.').expect("assets have an extension");
        let (media_type, text) = match extension {
            "css" => ("text/css; charset=utf-8", true),
            "js" => ("text/javascript; charset=utf-8", true),
            "svg" => ("image/svg+xml", true),
            "png" => ("image/png", false),
            "ico" => ("image/x-icon", false),
            other => panic!("static/{name}: no media type is known for .{other}"),
        };
        let url = format!("/assets/{stem}.{}.{extension}", hex(&Sha256::digest(&bytes)[..6]));
        let identifier = name.replace(['.', '-'], "_").to_uppercase();
        let compressed = |suffix: &str, packed: Vec<u8>| {
            if !text {
                return "None".to_owned();
            }
            let path = out.join(format!("{name}.{suffix}"));
            fs::write(&path, packed).expect("OUT_DIR is writable");
            format!("Some(include_bytes!({path:?}))")
        };
        writeln!(
            code,
            "pub static {identifier}: Asset = Asset {{ url: {url:?}, media_type: {media_type:?}, \
             identity: include_bytes!({file:?}), gzip: {}, brotli: {} }};",
            compressed("gz", gzip(&bytes)),
            compressed("br", brotli(&bytes)),
        )
        .expect("writing to a string");
        names.push(format!("&{identifier}"));
    }
    writeln!(code, "/// Every asset.\npub static ALL: &[&Asset] = &[{}];", names.join(", "))
        .expect("writing to a string");
    code
}

fn shipped(folder: &Path) -> String {
    let rows: String = files(folder)
        .iter()
        .map(|file| {
            let path = file.strip_prefix(folder).expect("listed below it").to_string_lossy();
            format!("({:?}, include_bytes!({file:?})),\n", path.replace('\\', "/"))
        })
        .collect();
    format!("&[{rows}]")
}

/// Every file below `folder`, by path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("writing to memory");
    encoder.finish().expect("writing to memory")
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
    encoder.write_all(bytes).expect("writing to memory");
    drop(encoder);
    packed
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
