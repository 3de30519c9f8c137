//! Where objects are kept, as it is set.

use std::fmt;
use std::path::PathBuf;

/// Where objects are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    S3(Box<S3>),
}

/// A bucket of a server that speaks S3, and whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct S3 {
    pub bucket: String,
    /// The folder in it, as in `portal/one`; may be empty.
    pub prefix: String,
    /// None: Amazon's own.
    pub endpoint: Option<String>,
    pub region: String,
    pub key_id: String,
    pub secret: String,
    /// Where what was fetched lies for a while.
    pub cache: PathBuf,
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3({}/{})", self.bucket, self.prefix)
    }
}

impl Place {
    pub const ALLOWED: &str = "a folder, or s3://bucket/prefix";
    /// Said where a bucket is set and nothing here can reach one.
    pub const NO_S3: &str = "this portal was built without S3; build it with --features s3";
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            Self::S3(s3) => {
                let at = s3.endpoint.as_deref().unwrap_or("Amazon");
                write!(f, "the bucket {} at {at}", s3.bucket)
            }
        }
    }
}
