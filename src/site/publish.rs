//! Putting a tree in place of the present one, and following what others put there.

use std::time::Duration;

use sqlx::postgres::PgListener;
use tokio::task::JoinHandle;

use crate::account::brand::Brand;
use crate::account::store::organisation;
use crate::clock::{Clock, Timestamp};
use crate::content::access::MayPublish;
use crate::content::library::Library;
use crate::content::model::{DocPath, Document, Finding, Kind, Refused, Tree};
use crate::content::store as documents;
use crate::content::store::{Changes, Rewrite};
use crate::db::{Committed, Db, Tx};
use crate::site::build::{BUILD, Edition, render_key};
use crate::site::store;
use crate::track::edited;
use crate::track::matrix;
use crate::track::model::Track;
use crate::track::overview::{self, Overview};
use crate::track::store as tracks;
use crate::track::store::recipes;
use crate::web::allowed::{Allowed, Viewer};
use crate::web::assets;
use crate::web::error::chain;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::Chrome;
use crate::web::shelf::{EditionId, Pages, Shelf};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tree cannot be taken; what was there before stays.
    #[error("{0}")]
    Refused(#[from] Refused),
    #[error("the database refused a statement: {0}")]
    Database(#[from] sqlx::Error),
    #[error("a page could not be written: {0}")]
    Page(#[from] askama::Error),
    #[error("writing the pages was interrupted: {0}")]
    Interrupted(tokio::task::JoinError),
    #[error("nothing has been published yet; run: portal content sync DIR")]
    NothingPublished,
}

/// What a sync did.
#[derive(Debug)]
pub struct Report {
    pub changes: Changes,
    pub findings: Vec<Finding>,
    /// Slug and number of stages of each track, in order.
    pub tracks: Vec<(String, usize)>,
    /// Slugs whose pages are no longer there.
    pub retired: Vec<String>,
    /// Where recipes edited in the portal, which stay, are not as the tree says; a sentence each.
    pub kept_recipes: Vec<String>,
}

/// What is around every page, and the pages.
type Made = (Chrome, Vec<Finished>);

/// A tree that was read and found good.
pub struct Checked {
    pub library: Library,
    pub overview: Overview,
}

/// Reads `tree` as a sync would, and changes nothing.
///
/// # Errors
/// Everything that would keep it from being taken.
pub fn check(tree: Tree) -> Result<Checked, Refused> {
    let mut library = Library::open(tree)?;
    let overview = overview::read(&library)?;
    library.findings.extend(overview.findings.iter().cloned());
    for guide in matrix::guides(&library, &overview) {
        let is_read = guide.matrix.is_some() || Kind::of(&guide.document) != Some(Kind::Markdown);
        let is_empty =
            library.get(&guide.document).is_some_and(|reading| reading.blocks.is_empty());
        if !is_read && !is_empty {
            let message = "is a level guide without a table whose rows or columns are levels";
            library.findings.push(Finding::new(&guide.document, 0, message));
        }
    }
    library.findings.sort();
    Ok(Checked { library, overview })
}

/// The content tree built into this binary.
pub fn shipped() -> Tree {
    let files: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));
    Tree::new(files.iter().filter_map(|(path, bytes)| Document::new(DocPath::parse(path)?, *bytes)))
}

/// Puts `tree` in place of the present one: all of it or nothing. Where nothing differs, nothing is
/// published. The receipt is `None` then.
///
/// # Errors
/// The tree is refused, or the database fails; either way the present content stays.
pub async fn sync(
    db: &Db,
    clock: &Clock,
    base_url: &str,
    allowed: &Allowed<MayPublish>,
    tree: Tree,
    source: &str,
) -> Result<(Option<Committed>, Report), Error> {
    put(db, clock, base_url, allowed, check(tree)?, source).await
}

/// As [`sync`], with a tree that was checked before.
///
/// # Errors
/// The database fails; the present content stays.
pub async fn put(
    db: &Db,
    clock: &Clock,
    base_url: &str,
    allowed: &Allowed<MayPublish>,
    checked: Checked,
    source: &str,
) -> Result<(Option<Committed>, Report), Error> {
    let mut tx = db.begin().await?;
    documents::lock(&mut tx, allowed).await?;
    put_alone(tx, clock.now(), base_url, allowed, (checked, source)).await
}

/// Publishes the content this binary was built with, where nothing was ever published. Asked again once
/// no other publisher is left: what an organisation puts in place meanwhile stays.
///
/// # Errors
/// The database fails.
pub async fn publish_shipped(
    db: &Db,
    clock: &Clock,
    base_url: &str,
    allowed: &Allowed<MayPublish>,
) -> Result<Option<Committed>, Error> {
    let mut reading = db.begin_reading().await?;
    if documents::newest(&mut reading).await?.is_some() {
        return Ok(None);
    }
    drop(reading);
    let checked = check(shipped())?;
    let mut tx = db.begin().await?;
    documents::lock(&mut tx, allowed).await?;
    if documents::newest(&mut tx).await?.is_some() {
        return Ok(None);
    }
    let (committed, _report) =
        put_alone(tx, clock.now(), base_url, allowed, (checked, "shipped")).await?;
    Ok(committed)
}

/// Publishes what was read from a source, in a transaction that keeps other publishers out.
async fn put_alone(
    mut tx: Tx,
    now: Timestamp,
    base_url: &str,
    allowed: &Allowed<MayPublish>,
    (checked, source): (Checked, &str),
) -> Result<(Option<Committed>, Report), Error> {
    let newest = documents::newest(&mut tx).await?;
    let read_here = newest.is_some_and(|newest| newest.read_by == BUILD);
    let rewrite = if read_here { Rewrite::Changed } else { Rewrite::Everything };
    let difference = documents::compare(&mut tx, allowed, &checked.library, rewrite).await?;
    let edited = tracks::edited_recipes(&mut tx).await?;
    let mut report = Report {
        retired: Vec::new(),
        kept_recipes: edited::differences(&edited, &checked.overview.tracks),
        changes: difference.changes.clone(),
        tracks: (checked.overview.tracks.iter())
            .map(|track| (track.slug.clone(), track.stages.len()))
            .collect(),
        findings: checked.library.findings.clone(),
    };
    if report.changes.is_empty() && read_here {
        return Ok((None, report));
    }
    report.retired = tracks::apply(&mut tx, allowed, &checked.overview.tracks, now).await?;
    // Before what it is the version of: of a change in between, the pages then seem too old, never new.
    let recipes = recipes::version(&mut tx).await?;
    let tracks = tracks::list(&mut tx).await?;
    // Pages are written while the database indexes the documents.
    let brand = organisation::brand(&mut tx).await?;
    let writing = write_pages(checked, tracks, brand.clone(), base_url, now);
    documents::write(&mut tx, allowed, difference, now).await?;
    let (chrome, pages) = writing.await.map_err(Error::Interrupted)??;
    let publication = documents::publish(&mut tx, allowed, source, BUILD, now).await?;
    let edition = EditionId { publication, brand: brand.version, recipes };
    let key = render_key(edition, base_url);
    store::keep_finished_pages(&mut tx, allowed, &key, &chrome, &pages).await?;
    let committed = tx.commit().await?;
    Ok((Some(committed), report))
}

/// Writes the pages of an edition on a thread of its own.
fn write_pages(
    Checked { library, overview }: Checked,
    tracks: Vec<Track>,
    brand: Brand,
    base_url: &str,
    published_at: Timestamp,
) -> JoinHandle<askama::Result<(Chrome, Vec<Finished>)>> {
    let base_url = base_url.to_owned();
    tokio::task::spawn_blocking(move || {
        let edition = Edition {
            library: &library,
            overview: &overview,
            tracks: &tracks,
            base_url: &base_url,
            published_at,
            brand: &brand,
        };
        let chrome = edition.chrome();
        edition.pages(&chrome).map(|pages| (chrome, pages))
    })
}

/// The pages of the newest publication: loaded where this build made them for this address, else
/// made anew and kept for the next start.
///
/// # Errors
/// Nothing has been published, or the database fails.
pub async fn load(db: &Db, base_url: &str) -> Result<Pages, Error> {
    let mut reading = db.begin_reading().await?;
    let publication = documents::newest(&mut reading).await?.ok_or(Error::NothingPublished)?;
    let brand = organisation::brand(&mut reading).await?;
    let recipes = recipes::version(&mut reading).await?;
    let edition = EditionId { publication: publication.id, brand: brand.version, recipes };
    let kept = store::finished_pages(&mut reading, &render_key(edition, base_url)).await?;
    drop(reading);
    let (edition, brand, (chrome, pages)) = match kept {
        Some(kept) => (edition, brand, kept),
        None => match make(db, base_url).await {
            Err(Error::Refused(refused)) => of_before(db, refused).await?,
            made => made?,
        },
    };
    let logo = brand
        .logo
        .map(|logo| Finished::binary(&logo.href(), logo.media_type, Policy::Immutable, logo.bytes));
    let https = base_url.starts_with("https://");
    // Thousands of pages take a while to put in order.
    let shelving = tokio::task::spawn_blocking(move || {
        let all = pages.into_iter().chain(assets::finished()).chain(logo);
        Pages::new(edition, chrome, https, all)
    });
    shelving.await.map_err(Error::Interrupted)
}

/// The pages another build has made, where this one refuses the tree they were made from: a stricter reader
/// is no reason to show nothing. They get no newer until the tree is mended.
async fn of_before(db: &Db, refused: Refused) -> Result<(EditionId, Brand, Made), Error> {
    let mut reading = db.begin_reading().await?;
    let publication = documents::newest(&mut reading).await?.ok_or(Error::NothingPublished)?;
    let brand = organisation::brand(&mut reading).await?;
    let recipes = recipes::version(&mut reading).await?;
    let edition = EditionId { publication: publication.id, brand: brand.version, recipes };
    let Some((chrome, mut pages)) = store::pages_of_before(&mut reading).await? else {
        return Err(refused.into());
    };
    tracing::error!(
        %refused,
        "this build refuses the published documents; the pages made before it are shown. Mend the documents, \
         then run: portal content sync DIR"
    );
    for page in pages.iter_mut().filter(|page| page.media_type.starts_with("text/html")) {
        let relinked = str::from_utf8(&page.identity).ok().and_then(assets::relinked);
        if let Some(text) = relinked {
            let (address, kind) = (page.address.clone(), page.media_type.clone());
            *page = Finished::packed(address, &kind, page.policy, text.into(), None, None);
        }
    }
    Ok((edition, brand, (chrome, pages)))
}

/// Makes the pages of the newest publication, and keeps them. Where another build read its tree,
/// everything that is read off the documents is written anew first.
async fn make(db: &Db, base_url: &str) -> Result<(EditionId, Brand, Made), Error> {
    let allowed =
        Allowed::<MayPublish>::ask(&Viewer::System("another build, look or address"), &())
            .expect("the portal itself may publish");
    let mut tx = db.begin().await?;
    documents::lock(&mut tx, &allowed).await?;
    let publication = documents::newest(&mut tx).await?.ok_or(Error::NothingPublished)?;
    let brand = organisation::brand(&mut tx).await?;
    let recipes = recipes::version(&mut tx).await?;
    let mut edition = EditionId { publication: publication.id, brand: brand.version, recipes };
    // Another instance may have made them while this one waited for the lock.
    let key = render_key(edition, base_url);
    if let Some(kept) = store::finished_pages(&mut tx, &key).await? {
        return Ok((edition, brand, kept));
    }
    let checked = check(documents::tree(&mut tx).await?)?;
    if publication.read_by != BUILD {
        let now = publication.published_at;
        let everything = Rewrite::Everything;
        let difference =
            documents::compare(&mut tx, &allowed, &checked.library, everything).await?;
        documents::write(&mut tx, &allowed, difference, now).await?;
        let _retired = tracks::apply(&mut tx, &allowed, &checked.overview.tracks, now).await?;
        documents::set_read_by(&mut tx, &allowed, publication.id, BUILD).await?;
        edition.recipes = recipes::version(&mut tx).await?;
    }
    let tracks = tracks::list(&mut tx).await?;
    let writing = write_pages(checked, tracks, brand.clone(), base_url, publication.published_at);
    let (chrome, pages) = writing.await.map_err(Error::Interrupted)??;
    let key = render_key(edition, base_url);
    store::keep_finished_pages(&mut tx, &allowed, &key, &chrome, &pages).await?;
    let _committed = tx.commit().await?;
    Ok((edition, brand, (chrome, pages)))
}

/// Keeps `shelf` at the newest publication until it is dropped. While the database is away the
/// shelf stays as it is; once it is back, what was published meanwhile is caught up with.
pub async fn follow(db: Db, base_url: String, shelf: Shelf) {
    let db = db.background();
    loop {
        if let Err(error) = listen(&db, &base_url, &shelf).await {
            tracing::warn!(cause = %chain(&error), "publications cannot be followed; trying again");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn listen(db: &Db, base_url: &str, shelf: &Shelf) -> Result<(), Error> {
    let mut listener = PgListener::connect_with(db.pool()).await?;
    listener.listen(documents::CHANNEL).await?;
    loop {
        catch_up(db, base_url, shelf).await?;
        // None: the connection was lost, and with it perhaps a notification.
        if listener.try_recv().await?.is_none() {
            return Ok(());
        }
    }
}

async fn catch_up(db: &Db, base_url: &str, shelf: &Shelf) -> Result<(), Error> {
    let mut reading = db.begin_reading().await?;
    let newest = documents::newest(&mut reading).await?;
    let brand = organisation::brand_version(&mut reading).await?;
    let recipes = recipes::version(&mut reading).await?;
    drop(reading);
    let edition = newest.map(|newest| EditionId { publication: newest.id, brand, recipes });
    if edition.is_some_and(|edition| edition != shelf.pages().edition) {
        let pages = load(db, base_url).await?;
        tracing::info!(
            publication = pages.edition.publication,
            brand,
            recipes,
            "new pages are shown"
        );
        let before = shelf.replace(pages);
        tokio::task::spawn_blocking(move || drop(before));
    }
    Ok(())
}
