//! Where a link in a text leads. Pure.

use unicode_normalization::UnicodeNormalization;

use crate::content::model::{DocPath, Kind, Tree};
use crate::content::paths;
use crate::web::address::decode;

/// What a link points at, as far as the places around its text can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A document of the tree, with the anchor asked for.
    Document { path: DocPath, anchor: Option<String> },
    /// A folder that has no README: its listing.
    Folder(DocPath),
    /// Something beside the text that is no document, and where it is shown.
    Beside { path: DocPath, href: String },
    /// A place in the same document.
    Anchor(String),
    /// Another site, or a mail address.
    External(String),
    /// Nothing: the wanted path is not there, or climbs out of what there is.
    Missing { wanted: String, outside: bool },
    /// A scheme that is not followed, such as `javascript:`.
    Refused(String),
}

impl Target {
    /// The address to put into `href`; `None` where there is nothing to go to.
    pub fn href(&self) -> Option<String> {
        match self {
            Self::Document { path, anchor } => {
                let anchor = anchor.as_ref().map(|anchor| format!("#{anchor}")).unwrap_or_default();
                Some(paths::document(path) + &anchor)
            }
            Self::Folder(path) => Some(paths::document(path)),
            Self::Beside { href, .. } => Some(href.clone()),
            Self::Anchor(anchor) => Some(format!("#{anchor}")),
            Self::External(address) => Some(address.clone()),
            Self::Missing { .. } | Self::Refused(_) => None,
        }
    }

    /// The document or wanted path this target names inside the tree.
    pub fn wanted(&self) -> Option<&str> {
        match self {
            Self::Document { path, .. } => Some(path.as_str()),
            Self::Missing { wanted, .. } => Some(wanted),
            _ => None,
        }
    }
}

/// What the links of a text can lead to by a path.
pub trait Places {
    /// What is at `path`, with the anchor asked for.
    fn at(&self, path: &DocPath, anchor: Option<String>) -> Option<Target>;

    /// The address of the picture at `path`, where that is one.
    fn picture(&self, path: &DocPath) -> Option<String>;

    /// What an anchor of the text is called on the page that shows it; none where headings have no anchors.
    fn anchor(&self, anchor: &str) -> Option<String>;

    /// What is said after a link to `wanted`, where nothing is.
    fn missing(&self, wanted: &str) -> String;
}

impl Places for Tree {
    fn at(&self, path: &DocPath, anchor: Option<String>) -> Option<Target> {
        if self.get(path).is_some_and(|document| document.kind != Kind::Settings) {
            return Some(Target::Document { path: path.clone(), anchor });
        }
        if let Some(readme) = self.readme(path) {
            return Some(Target::Document { path: readme.path.clone(), anchor });
        }
        self.has_folder(path).then(|| Target::Folder(path.clone()))
    }

    fn picture(&self, path: &DocPath) -> Option<String> {
        self.get(path).map(|document| paths::file(path, &document.hash))
    }

    fn anchor(&self, anchor: &str) -> Option<String> {
        Some(anchor.to_owned())
    }

    fn missing(&self, wanted: &str) -> String {
        format!("{wanted} is not here yet")
    }
}

/// No paths at all: of what is typed into a form.
pub struct Nowhere;

impl Places for Nowhere {
    fn at(&self, _: &DocPath, _: Option<String>) -> Option<Target> {
        None
    }

    fn picture(&self, _: &DocPath) -> Option<String> {
        None
    }

    fn anchor(&self, _: &str) -> Option<String> {
        None
    }

    /// The path, as it was read, could spell what is hidden where it was written.
    fn missing(&self, _: &str) -> String {
        "leads nowhere here".to_owned()
    }
}

/// Resolves the links of one text.
#[derive(Clone, Copy)]
pub struct Resolver<'a> {
    pub places: &'a dyn Places,
    pub from: &'a DocPath,
    /// The public address of the repository that the tree is a copy of; empty where there is none.
    pub upstream: &'a str,
}

impl Resolver<'_> {
    /// Where `link`, as written in the document, leads.
    pub fn resolve(&self, link: &str) -> Target {
        let link = link.trim();
        if let Some(anchor) = link.strip_prefix('#') {
            return match self.places.anchor(anchor) {
                Some(anchor) => Target::Anchor(anchor),
                None => Target::Missing { wanted: link.to_owned(), outside: false },
            };
        }
        let (path, anchor) = match link.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor.to_owned())),
            None => (link, None),
        };
        if let Some(local) = self.upstream_path(path) {
            return match self.find(&DocPath::root(), &local, anchor) {
                Target::Missing { .. } => Target::External(link.to_owned()),
                found => found,
            };
        }
        match scheme(link) {
            Some("http" | "https" | "mailto") => Target::External(link.to_owned()),
            Some(other) => Target::Refused(other.to_owned()),
            None if link.starts_with("//") => Target::External(format!("https:{link}")),
            None if path.starts_with('/') => self.find(&DocPath::root(), path, anchor),
            None => self.find(&self.from.folder(), path, anchor),
        }
    }

    fn find(&self, folder: &DocPath, link: &str, anchor: Option<String>) -> Target {
        // Accents as the tree writes them; what no name may hold is wanted in vain, but visibly.
        let link: String = decode(link.split('?').next().unwrap_or_default())
            .nfc()
            .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
            .collect();
        let path = match folder.join(&link) {
            Ok(path) => path,
            Err(wanted) => return Target::Missing { wanted, outside: true },
        };
        self.places
            .at(&path, anchor)
            .unwrap_or_else(|| Target::Missing { wanted: path.to_string(), outside: false })
    }

    /// The path inside the repository that an absolute link into the upstream names.
    fn upstream_path(&self, address: &str) -> Option<String> {
        let repository = self.upstream.strip_prefix("https://")?;
        let address =
            address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
        if let Some(rest) = address.strip_prefix(repository) {
            let mut parts = rest.strip_prefix('/')?.splitn(3, '/');
            let view = parts.next()?;
            let _branch = parts.next()?;
            return matches!(view, "blob" | "tree" | "raw")
                .then(|| parts.next().unwrap_or_default().to_owned());
        }
        let raw = repository.strip_prefix("github.com/")?;
        let rest = address.strip_prefix("raw.githubusercontent.com/")?.strip_prefix(raw)?;
        let (_branch, path) = rest.strip_prefix('/')?.split_once('/')?;
        Some(path.to_owned())
    }
}

/// The scheme of an address, if it begins with one.
fn scheme(link: &str) -> Option<&str> {
    let (scheme, _) = link.split_once(':')?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let begins = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    (begins && scheme.chars().all(fits)).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::Document;

    fn resolve(link: &str) -> Target {
        let document = |path: &str| Document::new(DocPath::parse(path).unwrap(), b"x".as_slice());
        let files = ["content.toml", "teams.md", "levels.pdf", "a b.md", "jobs/x.md"];
        let readmes = ["challenges/cloud/README.md"];
        let tree = Tree::new(files.into_iter().chain(readmes).filter_map(document));
        let from = DocPath::parse("challenges/cloud/README.md").unwrap();
        let upstream = "https://github.com/gravitational/careers";
        Resolver { places: &tree, from: &from, upstream }.resolve(link)
    }

    fn document(path: &str) -> Target {
        Target::Document { path: DocPath::parse(path).unwrap(), anchor: None }
    }

    #[test]
    fn a_link_may_spell_its_accents_either_way_and_holds_no_control_characters() {
        let wanted = |link| match resolve(link) {
            Target::Missing { wanted, .. } => wanted,
            found => format!("{found:?}"),
        };
        assert_eq!(wanted("/cafe%CC%81.md"), "caf\u{e9}.md");
        assert_eq!(wanted("/a%00b%1b[2J%0a.md"), "a\u{fffd}b\u{fffd}[2J\u{fffd}.md");
    }

    #[test]
    fn relative_links_find_documents_and_folders() {
        assert_eq!(resolve("../../teams.md"), document("teams.md"));
        assert_eq!(resolve("/teams.md"), document("teams.md"));
        assert_eq!(resolve("../../a%20b.md"), document("a b.md"));
        assert_eq!(resolve("../cloud"), document("challenges/cloud/README.md"));
        assert_eq!(resolve("../../jobs/"), Target::Folder(DocPath::parse("jobs").unwrap()));
        assert_eq!(
            resolve("../../teams.md#core"),
            Target::Document {
                path: DocPath::parse("teams.md").unwrap(),
                anchor: Some("core".into())
            }
        );
        assert_eq!(resolve("#goals"), Target::Anchor("goals".into()));
    }

    #[test]
    fn links_into_the_upstream_become_local() {
        for link in [
            "https://raw.githubusercontent.com/gravitational/careers/main/levels.pdf",
            "https://github.com/gravitational/careers/blob/main/levels.pdf",
            "https://github.com/gravitational/careers/raw/main/levels.pdf?raw=true",
        ] {
            assert_eq!(resolve(link), document("levels.pdf"), "{link}");
        }
        let elsewhere = "https://github.com/gravitational/careers-old/blob/main/levels.pdf";
        assert_eq!(resolve(elsewhere), Target::External(elsewhere.into()));
    }

    #[test]
    fn what_is_not_there_says_what_was_wanted() {
        let missing = |wanted: &str, outside| Target::Missing { wanted: wanted.into(), outside };
        assert_eq!(resolve("automation.md"), missing("challenges/cloud/automation.md", false));
        assert_eq!(resolve("../../../levels.pdf"), missing("levels.pdf", true));
        assert_eq!(resolve("../../content.toml"), missing("content.toml", false));
        assert_eq!(resolve("javascript:alert(1)"), Target::Refused("javascript".into()));
    }
}
