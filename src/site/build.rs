//! From a read tree and its tracks to every public page. Touches no database.

use rayon::prelude::*;

use crate::account::brand::Brand;
use crate::account::paths as accounts;
use crate::clock::Timestamp;
use crate::content::import::settings::TITLE;
use crate::content::library::{Library, Reading};
use crate::content::model::Kind;
use crate::content::pages::show::{Around, Terms};
use crate::content::pages::{file, folder, show};
use crate::content::paths as docs;
use crate::site::pages::{home, machine, style};
use crate::track::matrix;
use crate::track::model::{LevelGuide, Track};
use crate::track::overview::Overview;
use crate::track::pages as track_pages;
use crate::track::pages::view::facts;
use crate::track::paths as tracks_paths;
use crate::web::finished::Finished;
use crate::web::layout::{Chrome, NavItem, Picture};
use crate::web::shelf::EditionId;

/// A publication as far as pages are concerned.
pub struct Edition<'a> {
    pub library: &'a Library,
    pub overview: &'a Overview,
    pub tracks: &'a [Track],
    pub base_url: &'a str,
    pub published_at: Timestamp,
    pub brand: &'a Brand,
}

impl Edition<'_> {
    /// What every page of this edition has around it.
    pub fn chrome(&self) -> Chrome {
        let has_guides = !matrix::guides(self.library, self.overview).is_empty();
        let item =
            |title: &str, href: &str| NavItem { title: title.to_owned(), href: href.to_owned() };
        let mut nav = vec![item("Overview", "/"), item("Tracks", "/#tracks")];
        if has_guides {
            nav.push(item("Levels", tracks_paths::LEVELS));
        }
        // The overview's first link to a document, by custom the teams.
        let teams = self.overview.first_document(self.library);
        nav.extend(teams.map(|(_, reading)| item("Teams", &docs::document(&reading.path))));
        let site = self.site();
        let is_other = |name: &&String| !site.to_lowercase().contains(&name.to_lowercase());
        Chrome {
            organisation: self.brand.name.as_ref().filter(is_other).cloned(),
            site,
            logo: self.brand.logo.as_ref().map(|logo| Picture {
                href: logo.href(),
                width: logo.width,
                height: logo.height,
            }),
            is_demo: self.brand.is_demo,
            base_url: self.base_url.to_owned(),
            nav,
            search: docs::SEARCH.to_owned(),
            documents: docs::DOCUMENTS.to_owned(),
            sign_in: accounts::SIGN_IN.to_owned(),
            sign_out: accounts::SIGN_OUT.to_owned(),
            account: accounts::ACCOUNT.to_owned(),
            privacy: accounts::PRIVACY.to_owned(),
            as_of: self.published_at.strftime("%-d %B %Y").to_string(),
            as_of_machine: self.published_at.strftime("%Y-%m-%d").to_string(),
        }
    }

    /// What the tree says it is called, else the organisation's interviews.
    fn site(&self) -> String {
        let of_organisation = || self.brand.name.as_ref().map(|name| format!("{name} interviews"));
        let title = self.library.settings.title.clone().or_else(of_organisation);
        title.unwrap_or_else(|| TITLE.to_owned())
    }

    /// Every page and file of this edition, assets left out.
    pub fn pages(&self, chrome: &Chrome) -> askama::Result<Vec<Finished>> {
        let guides = matrix::guides(self.library, self.overview);
        let mut pages = vec![
            home::page(chrome, self.library, self.overview, self.tracks, &guides)?,
            track_pages::levels::page(chrome, &guides)?,
        ];
        for track in self.tracks {
            pages.push(track_pages::show::page(chrome, self.library, &guides, self.tracks, track)?);
        }
        for guide in &guides {
            pages.extend(track_pages::level_guide::pages(chrome, self.library, guide)?);
        }
        for path in self.library.tree.folders() {
            pages.push(folder::page(chrome, self.library, path)?);
        }
        let readings: Vec<&Reading> = self.library.readings().collect();
        let documents: Vec<Vec<Finished>> = readings
            .par_iter()
            .map(|reading| self.document_pages(chrome, reading, &guides))
            .collect::<askama::Result<_>>()?;
        pages.extend(documents.into_iter().flatten());
        pages.push(machine::sitemap(chrome, &pages));
        pages.push(machine::robots(chrome));
        if cfg!(debug_assertions) {
            pages.push(style::page(chrome)?);
        }
        Ok(pages)
    }

    fn document_pages(
        &self,
        chrome: &Chrome,
        reading: &Reading,
        guides: &[LevelGuide],
    ) -> askama::Result<Vec<Finished>> {
        let address = docs::document(&reading.path);
        if reading.kind == Kind::Markdown {
            let section = chrome.nav.iter().find(|item| item.href == address);
            let around = Around {
                related: self.related(reading, guides),
                terms: self.terms(reading),
                section: section.map(|item| item.href.clone()).unwrap_or_default(),
            };
            return show::pages(chrome, reading, &around);
        }
        let Some(document) = self.library.tree.get(&reading.path) else { return Ok(Vec::new()) };
        let twin = self.library.counterpart(&reading.path).map(|other| &other.path);
        let guide = guides.iter().find(|guide| Some(&guide.document) == twin);
        let page = guide.map(|guide| NavItem {
            title: "Read it as a page".to_owned(),
            href: tracks_paths::level_guide(&guide.slug),
        });
        Ok(file::pages(chrome, document, reading, page)?.into())
    }

    /// How a document is taken as a challenge: once where every track says the same, else track by
    /// track.
    fn terms(&self, reading: &Reading) -> Vec<Terms> {
        let mut terms: Vec<Terms> = Vec::new();
        for track in self.tracks {
            let stages = track.stages.iter();
            for stage in stages.filter(|stage| stage.document == reading.path.as_str()) {
                let facts = facts(stage.recipe.as_ref());
                match terms.iter_mut().find(|known| known.facts == facts) {
                    Some(known) => known.place = format!("{}, {}", known.place, track.title()),
                    None => terms.push(Terms { place: track.title().to_owned(), facts }),
                }
            }
        }
        if let [everywhere] = terms.as_mut_slice() {
            everywhere.place.clear();
        }
        terms.retain(|terms| !terms.facts.is_empty());
        terms
    }

    /// Where else a document matters: as overview, as a stage of tracks, as a level guide.
    fn related(&self, reading: &Reading, guides: &[LevelGuide]) -> Vec<NavItem> {
        let mut related = Vec::new();
        let mut link = |title: String, href: String| related.push(NavItem { title, href });
        if reading.path == self.overview.path {
            link("See it as the overview page".to_owned(), "/".to_owned());
        }
        let is_stage = |track: &&Track| {
            track.stages.iter().any(|stage| stage.document == reading.path.as_str())
        };
        for track in self.tracks.iter().filter(is_stage) {
            link(format!("Part of: {}", track.title()), tracks_paths::track(&track.slug));
        }
        let is_guide =
            |guide: &&LevelGuide| guide.document == reading.path && guide.matrix.is_some();
        if let Some(guide) = guides.iter().find(is_guide) {
            link("See it level by level".to_owned(), tracks_paths::level_guide(&guide.slug));
        }
        let pdf = self.library.counterpart(&reading.path).filter(|other| other.kind == Kind::Pdf);
        if let Some(pdf) = pdf {
            link("Open the PDF".to_owned(), docs::document(&pdf.path));
        }
        related
    }
}

/// A name of this build, as far as reading trees and writing pages goes.
pub const BUILD: &str = env!("RENDERED_BY");

/// What pages depend on: what they are made from, the address people type, and this build.
pub fn render_key(edition: EditionId, base_url: &str) -> String {
    let EditionId { publication, brand, recipes } = edition;
    format!("{publication} {brand} {recipes} {base_url} {BUILD}")
}
