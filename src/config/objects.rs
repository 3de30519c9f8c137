//! The settings of where snapshots are kept.

use std::path::{Path, PathBuf};

use super::{Reader, is_private};
use crate::objects::{Place, S3};

/// Where they lie in the data folder, and what was fetched from a bucket.
const FOLDER: &str = "objects";
const CACHE: &str = "objects.cache";

/// Those a bucket needs, and those it may have.
const NEEDED: [&str; 3] = ["PORTAL_S3_REGION", "PORTAL_S3_KEY_ID", "PORTAL_S3_SECRET"];
const ENDPOINT: &str = "PORTAL_S3_ENDPOINT";

impl Reader {
    /// A folder, or all of a bucket.
    pub(super) fn objects(&mut self, data_dir: &Path) -> Option<Place> {
        let Some(place) = self.take("PORTAL_OBJECTS", Place::ALLOWED, Said::parse) else {
            self.needs_a_bucket();
            return Some(Place::folder_in(data_dir));
        };
        let (bucket, prefix) = match place {
            Said::Folder(folder) => {
                self.needs_a_bucket();
                return Some(Place::Folder(std::path::absolute(&folder).unwrap_or(folder)));
            }
            Said::Bucket(bucket, prefix) => (bucket, prefix),
        };
        if cfg!(not(feature = "s3")) {
            self.problems.push(format!("PORTAL_OBJECTS: {}", Place::NO_S3));
        }
        let missing: Vec<_> =
            NEEDED.into_iter().filter(|name| !self.said.contains_key(name)).collect();
        if !missing.is_empty() {
            self.problems.push(format!("PORTAL_OBJECTS: set {} too", missing.join(" and ")));
        }
        let allowed = "https:// with a host; http:// for this machine alone";
        let is_said = self.said.contains_key(ENDPOINT);
        let endpoint = self.take(ENDPOINT, allowed, endpoint);
        let word = |text: &str| {
            let fits = text.len() <= 200 && text.chars().all(|c| c.is_ascii_graphic());
            fits.then(|| text.to_owned())
        };
        let [region, key_id, secret] = NEEDED.map(|name| self.take(name, "one word", word));
        if is_said && endpoint.is_none() {
            return None;
        }
        let cache = data_dir.join(CACHE);
        let (region, key_id, secret) = (region?, key_id?, secret?);
        Some(Place::S3(Box::new(S3 { bucket, prefix, endpoint, region, key_id, secret, cache })))
    }

    /// Names what is set for a bucket where there is none.
    fn needs_a_bucket(&mut self) {
        for name in [ENDPOINT].into_iter().chain(NEEDED) {
            if self.said.remove(name).is_some() {
                self.problems.push(format!("{name}: set PORTAL_OBJECTS to a bucket too"));
            }
        }
    }
}

impl Place {
    /// Where objects are kept in the data folder.
    pub fn folder_in(data_dir: &Path) -> Self {
        Self::Folder(data_dir.join(FOLDER))
    }
}

enum Said {
    Folder(PathBuf),
    Bucket(String, String),
}

impl Said {
    fn parse(text: &str) -> Option<Self> {
        let Some(address) = text.strip_prefix("s3://") else {
            return (!text.contains("://")).then(|| Self::Folder(PathBuf::from(text)));
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        let prefix = prefix.trim_end_matches('/');
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_part = |part: &str| !part.is_empty() && part != ".." && part.chars().all(fits);
        let is_good = is_part(bucket) && (prefix.is_empty() || prefix.split('/').all(is_part));
        is_good.then(|| Self::Bucket(bucket.to_owned(), prefix.to_owned()))
    }
}

fn endpoint(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let is_top = url.path() == "/";
    (is_plain && is_top && is_private(&url)).then(|| text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn place(variables: &[(&str, &str)]) -> Result<Place, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let config = Config::from(variables, None).map_err(|invalid| invalid.to_string())?;
        Ok(config.objects)
    }

    #[test]
    fn without_a_setting_objects_lie_in_the_data_folder() {
        let found = place(&[("PORTAL_DATA_DIR", "/srv/portal")]);
        assert_eq!(found, Ok(Place::Folder("/srv/portal/objects".into())));
        let found = place(&[("PORTAL_OBJECTS", "/mnt/objects")]);
        assert_eq!(found, Ok(Place::Folder("/mnt/objects".into())));
        let message = place(&[("PORTAL_OBJECTS", "ftp://a/b")]).unwrap_err();
        assert!(message.contains("give a folder, or s3://bucket/prefix"), "{message}");
    }

    #[test]
    fn a_bucket_is_set_whole_and_reached_in_private() {
        let bucket = ("PORTAL_OBJECTS", "s3://work/portal/one");
        let (region, id) = (("PORTAL_S3_REGION", "eu-west-1"), ("PORTAL_S3_KEY_ID", "portal"));
        let secret = ("PORTAL_S3_SECRET", "hunter2");
        let message = place(&[bucket, region, id]).unwrap_err();
        assert!(message.contains("set PORTAL_S3_SECRET too"), "{message}");
        let message = place(&[region]).unwrap_err();
        assert_eq!(message, "PORTAL_S3_REGION: set PORTAL_OBJECTS to a bucket too");
        for (address, is_fine) in [
            ("http://127.0.0.1:9000", true),
            ("https://objects.example.org/", true),
            ("http://objects.example.org", false),
            ("https://objects.example.org/path", false),
        ] {
            let found = place(&[bucket, region, id, secret, ("PORTAL_S3_ENDPOINT", address)]);
            let message = found.as_ref().err().cloned().unwrap_or_default();
            assert_eq!(!message.contains("PORTAL_S3_ENDPOINT"), is_fine, "{address}: {message}");
            assert!(!format!("{found:?}").contains("hunter2"));
        }
        for address in ["s3://", "s3:///a", "s3://a/../b", "s3://a//b", "s3://a b"] {
            let message = place(&[("PORTAL_OBJECTS", address)]).unwrap_err();
            assert!(message.starts_with("PORTAL_OBJECTS: "), "{address}: {message}");
        }
    }

    #[cfg(feature = "s3")]
    #[test]
    fn a_bucket_has_its_cache_in_the_data_folder() {
        let found = place(&[
            ("PORTAL_DATA_DIR", "/srv/portal"),
            ("PORTAL_OBJECTS", "s3://work/"),
            ("PORTAL_S3_REGION", "eu-west-1"),
            ("PORTAL_S3_KEY_ID", "portal"),
            ("PORTAL_S3_SECRET", "hunter2"),
        ]);
        let Ok(Place::S3(s3)) = found else { panic!("{found:?}") };
        assert_eq!((s3.bucket.as_str(), s3.prefix.as_str()), ("work", ""));
        assert_eq!(s3.cache, Path::new("/srv/portal/objects.cache"));
        assert_eq!(s3.endpoint, None);
    }

    #[cfg(not(feature = "s3"))]
    #[test]
    fn a_bucket_that_cannot_be_reached_stops_the_start() {
        let message = place(&[("PORTAL_OBJECTS", "s3://work")]).unwrap_err();
        assert!(message.contains("built without S3"), "{message}");
    }
}
