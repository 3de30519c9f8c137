//! Finds the overview in a tree and reads its tracks off its structure (DESIGN §6). Pure.

use std::collections::{BTreeMap, HashSet};

use crate::content::library::{Library, Reading, compose};
use crate::content::links::Target;
use crate::content::markdown::{Block, BlockKind, Link};
use crate::content::model::{DocPath, Finding, Refused, SETTINGS_FILE};
use crate::track::model::{GuideLink, Recipe, TrackText};
use crate::web::html::Html;

/// The overview in the shape of its page: what comes first, the tracks, and the rest as prose.
#[derive(Debug)]
pub struct Overview {
    pub path: DocPath,
    pub title: String,
    /// The first section, headings left out of its HTML.
    pub hero: Section,
    /// The section the tracks stand in; its HTML is what it says before the first track.
    pub group: Option<Section>,
    pub tracks: Vec<TrackPlan>,
    /// The other sections in order.
    pub rest: Vec<Section>,
    /// What its keeper should know.
    pub findings: Vec<Finding>,
}

impl Overview {
    /// The first document of the tree that the first section links to, and what it calls it: by
    /// custom the teams.
    pub fn first_document<'a>(&self, library: &'a Library) -> Option<(String, &'a Reading)> {
        self.hero.links.iter().find_map(|link| match &link.target {
            Target::Document { path, .. } => Some((link.text.clone(), library.get(path)?)),
            _ => None,
        })
    }
}

/// A section of the overview as prose.
#[derive(Clone, Debug, Default)]
pub struct Section {
    pub heading: String,
    pub id: String,
    pub html: Html,
    /// Its first paragraph as plain text.
    pub lead: String,
    pub links: Vec<Link>,
}

/// A track as the tree describes it, before it has an id.
#[derive(Clone, Debug)]
pub struct TrackPlan {
    pub line: u32,
    pub slug: String,
    /// `content.toml` gives the slug, so a clash is for its keeper to solve.
    slug_is_given: bool,
    pub heading: String,
    pub text: TrackText,
    pub stages: Vec<StagePlan>,
}

/// A stage as the tree describes it, with the recipe it starts from, if `content.toml` has one.
#[derive(Clone, Debug)]
pub struct StagePlan {
    pub title: String,
    pub document: String,
    pub recipe: Option<Recipe>,
}

/// The most tracks one overview may have: every track's page lists the others.
const MOST_TRACKS: usize = 100;

const CHALLENGE: &[&str] = &["challenge", "challenges"];
const LEVELS: &[&str] = &["levels", "level"];

/// The overview of `library`.
///
/// # Errors
/// No document can be told to be the overview, two tracks would have one address, or
/// `content.toml` speaks of a track or stage that is not there.
pub fn read(library: &Library) -> Result<Overview, Refused> {
    let reading = find(library)?;
    let blocks = &reading.blocks;
    let mut tracks: Vec<(usize, TrackPlan)> = (0..blocks.len())
        .filter_map(|at| Some((at, track_at(blocks, at, &reading.path)?)))
        .collect();
    if let Some((_, track)) = tracks.get(MOST_TRACKS) {
        let message = format!("more than {MOST_TRACKS} tracks; an overview may have no more");
        return Err(Refused::because(Finding::new(&reading.path, track.line, message)));
    }
    let ranges: Vec<(usize, usize)> =
        tracks.iter().map(|(at, _)| (*at, section_end(blocks, *at))).collect();
    apply_settings(library, &mut tracks)?;
    let findings = resolve_clashes(&reading.path, &mut tracks)?;
    let (hero, group, rest) = sections(blocks, &ranges);
    Ok(Overview {
        path: reading.path.clone(),
        title: reading.title.clone(),
        hero,
        group,
        tracks: tracks.into_iter().map(|(_, track)| track).collect(),
        rest,
        findings,
    })
}

fn find(library: &Library) -> Result<&Reading, Refused> {
    let has_backgrounds = |reading: &&Reading| {
        reading.blocks.iter().any(|b| b.heading().is_some() && is_titled(b, &["backgrounds"]))
    };
    let named = library.settings.overview.as_ref().and_then(|path| library.get(path));
    named
        .or_else(|| library.readings().find(has_backgrounds))
        .or_else(|| library.get(&DocPath::parse("challenges/README.md")?))
        .ok_or_else(|| {
            // The file to write in is only to blame where there is one.
            let has_settings = library.tree.settings_text().is_some();
            let file = if has_settings { SETTINGS_FILE } else { "this tree" };
            Refused::because(Finding::new(
                file,
                0,
                "no document has a \"Backgrounds\" section: name the overview in content.toml, \
                 with overview = \"path/to/it.md\"",
            ))
        })
}

/// Where the section that begins with the heading at `at` ends.
fn section_end(blocks: &[Block], at: usize) -> usize {
    let rank = blocks[at].heading().map_or(0, |(rank, _)| rank);
    let ends = |block: &Block| block.heading().is_some_and(|(other, _)| other <= rank);
    blocks[at + 1..].iter().position(ends).map_or(blocks.len(), |n| at + 1 + n)
}

fn is_titled(block: &Block, titles: &[&str]) -> bool {
    let title = block.text.trim().trim_end_matches(':').to_lowercase();
    titles.contains(&title.as_str())
}

/// The track whose heading stands at `at`, if one does: a section with a "Challenge" part of its
/// own that links to documents, or, below "Backgrounds", a last section that links to some itself.
fn track_at(blocks: &[Block], at: usize, overview: &DocPath) -> Option<TrackPlan> {
    let (rank, _) = blocks[at].heading()?;
    let end = section_end(blocks, at);
    let inner = at + 1..end;
    let is_child = |n: &usize| blocks[*n].heading().is_some_and(|(other, _)| other > rank);
    let children: Vec<usize> = inner.clone().filter(is_child).collect();
    let child = |titles: &[&str]| {
        let direct = children.iter().find(|n| is_titled(&blocks[**n], titles))?;
        // A "Challenge" further down belongs to a deeper section.
        let is_direct =
            children.iter().take_while(|n| *n < direct).all(|n| section_end(blocks, *n) <= *direct);
        is_direct.then_some(*direct..section_end(blocks, *direct))
    };
    let challenge = child(CHALLENGE);
    let levels = child(LEVELS);
    let plain = challenge.is_none()
        && children.is_empty()
        && !is_titled(&blocks[at], &[CHALLENGE, LEVELS].concat())
        && blocks[..at]
            .iter()
            .any(|b| b.heading().is_some_and(|(r, _)| r < rank) && is_titled(b, &["backgrounds"]));
    let stages_in = match &challenge {
        Some(range) => range.start + 1..range.end,
        None if plain => inner.clone(),
        None => return None,
    };
    let stages = wanted(&blocks[stages_in.clone()], |title, document| StagePlan {
        title,
        document,
        recipe: None,
    });
    if stages.is_empty() {
        return None;
    }
    let levels_in = levels.clone().map_or(0..0, |range| range.start + 1..range.end);
    let guides =
        wanted(&blocks[levels_in.clone()], |title, document| GuideLink { title, document });
    let in_part = |n: &usize| {
        challenge.as_ref().is_some_and(|range| range.contains(n))
            || levels.as_ref().is_some_and(|range| range.contains(n))
    };
    let description: Vec<Block> = inner
        .clone()
        .filter(|n| !in_part(n) && !is_note(&blocks[*n]))
        .map(|n| blocks[n].clone())
        .collect();
    let heading = blocks[at].text.clone();
    let (focus, audience) = split_heading(&heading);
    Some(TrackPlan {
        line: blocks[at].line,
        slug: slug_of(&stages[0].document, overview, &focus),
        slug_is_given: false,
        heading,
        stages,
        text: TrackText {
            focus,
            audience,
            teaser: lead(&description),
            description: compose(&description).0,
            challenge_intro: if plain { Html::default() } else { prose(&blocks[stages_in]) },
            levels_intro: prose(&blocks[levels_in]),
            notes: inner.filter(|n| is_note(&blocks[*n])).map(|n| blocks[n].html.clone()).collect(),
            guides,
        },
    })
}

/// The first paragraph as plain text; empty where there is none.
fn lead(blocks: &[Block]) -> String {
    blocks
        .iter()
        .find(|block| is_paragraph(block))
        .map_or(String::new(), |block| block.text.clone())
}

fn is_paragraph(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Paragraph)
}

fn is_note(block: &Block) -> bool {
    is_paragraph(block) && block.text.trim_start().starts_with("Note:")
}

/// The documents these blocks link to, each once, in order.
fn wanted<T>(blocks: &[Block], make: impl Fn(String, String) -> T) -> Vec<T> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for link in blocks.iter().filter(|block| !is_note(block)).flat_map(|block| &block.links) {
        if let Some(document) = link.target.wanted()
            && seen.insert(document)
        {
            found.push(make(link.text.clone(), document.to_owned()));
        }
    }
    found
}

/// What these blocks say besides naming documents: notes and blocks that only carry links left out.
fn prose(blocks: &[Block]) -> Html {
    let says_more = |block: &&Block| {
        let named: usize =
            block.links.iter().map(|link| link.text.split_whitespace().count()).sum();
        let words = block.text.split_whitespace().count();
        !is_note(block) && !block.links.iter().any(|link| link.target.wanted().is_some())
            || words > named + 3 * block.links.len()
    };
    Html::concat(blocks.iter().filter(says_more).filter(|b| !is_note(b)).map(|block| &block.html))
}

/// "Operations Focus: DevOps / SREs" is a focus and an audience; a heading without a colon is a
/// focus alone.
fn split_heading(heading: &str) -> (String, String) {
    let (focus, audience) = heading.split_once(':').unwrap_or((heading, ""));
    (focus.trim().to_owned(), audience.trim().to_owned())
}

/// The folder of the first challenge, where that is not the overview's own; else the focus.
fn slug_of(first: &str, overview: &DocPath, focus: &str) -> String {
    let folder = first.rsplit_once('/').map_or("", |(folder, _)| folder);
    let of_folder = slugify(folder.rsplit('/').next().unwrap_or_default());
    if folder != overview.folder().as_str() && !of_folder.is_empty() {
        return of_folder;
    }
    let word = focus.trim_end_matches(|c: char| c.is_whitespace());
    let word = word.strip_suffix("Focus").or(word.strip_suffix("focus")).unwrap_or(word);
    slugify(word)
}

/// The most letters of an address that is made of a heading.
const LONGEST_SLUG: usize = 80;

/// Lower-case letters and digits with single dashes between.
fn slugify(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars().take(LONGEST_SLUG) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

fn apply_settings(library: &Library, tracks: &mut [(usize, TrackPlan)]) -> Result<(), Refused> {
    let settings = &library.settings;
    let mut problems = Vec::new();
    // By the addresses they have without any of this: one track's new address may be another's old.
    let before: Vec<String> = tracks.iter().map(|(_, track)| track.slug.clone()).collect();
    for (slug, said) in &settings.tracks {
        let named = before.iter().position(|known| known == slug).map(|at| &mut tracks[at]);
        match named {
            None => problems.push(Finding::new(
                SETTINGS_FILE,
                said.line,
                format!("tracks.{slug}: the overview has no such track"),
            )),
            Some((_, track)) => {
                track.slug = said.slug.clone().unwrap_or_else(|| slug.clone());
                track.slug_is_given = said.slug.is_some();
                if let Some(title) = &said.title {
                    track.text.audience.clone_from(title);
                }
            }
        }
    }
    for said in &settings.recipes {
        // A recipe may name its track by the address it has, or by the one it would have had.
        let renamed = settings.tracks.get(&said.track).and_then(|track| track.slug.as_ref());
        let slug = renamed.unwrap_or(&said.track);
        let known: Vec<String> = tracks.iter().map(|(_, track)| track.slug.clone()).collect();
        let mut complain = |message| problems.push(Finding::new(SETTINGS_FILE, said.line, message));
        let Some((_, track)) = tracks.iter_mut().find(|(_, track)| track.slug == *slug) else {
            let known = known.join(", ");
            complain(format!(
                "recipe: there is no track {:?}; the tracks are: {known}",
                said.track
            ));
            continue;
        };
        let known: Vec<String> = track.stages.iter().map(|s| s.document.clone()).collect();
        let stage = track.stages.iter_mut().find(|stage| stage.document == said.document.as_str());
        let Some(stage) = stage else {
            complain(format!(
                "recipe: track {:?} has no stage {}; its stages are: {}",
                said.track,
                said.document,
                known.join(", ")
            ));
            continue;
        };
        if stage.recipe.is_some() {
            complain(format!(
                "recipe: track {:?} has one for {} already",
                said.track, said.document
            ));
            continue;
        }
        stage.recipe = Some(Recipe {
            format: said.format,
            time_limit: said.time_limit,
            effort: said.effort.clone(),
            agenda: said.agenda.clone(),
            parts: said.parts.clone(),
        });
    }
    if problems.is_empty() { Ok(()) } else { Err(Refused(problems)) }
}

/// Tracks that would share an address take their whole heading instead, which is a finding, unless
/// `content.toml` gave one of them that address: then its keeper has to choose.
fn resolve_clashes(
    overview: &DocPath,
    tracks: &mut [(usize, TrackPlan)],
) -> Result<Vec<Finding>, Refused> {
    let mut findings = Vec::new();
    for group in sharing(tracks) {
        if !group.iter().any(|at| tracks[*at].1.slug_is_given) {
            for at in group {
                let track = &mut tracks[at].1;
                let wanted = std::mem::replace(&mut track.slug, slugify(&track.heading));
                let message = format!(
                    "the track {:?} shares the address /tracks/{wanted} with another, so it is at \
                     /tracks/{}; [tracks.{wanted}] in content.toml gives the first a slug of its own",
                    track.heading, track.slug
                );
                findings.push(Finding::new(overview, track.line, message));
            }
        }
    }
    let problems: Vec<Finding> = (sharing(tracks).into_iter().flatten())
        .map(|at| {
            let track = &tracks[at].1;
            let message = format!(
                "the track {:?} would have the same address as another, /tracks/{}: give one a slug \
                 in content.toml, or another heading",
                track.heading, track.slug
            );
            Finding::new(overview, track.line, message)
        })
        .collect();
    if problems.is_empty() { Ok(findings) } else { Err(Refused(problems)) }
}

/// The places of tracks that share an address, a group for each address.
fn sharing(tracks: &[(usize, TrackPlan)]) -> Vec<Vec<usize>> {
    let mut by_slug: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, (_, track)) in tracks.iter().enumerate() {
        by_slug.entry(&track.slug).or_default().push(at);
    }
    by_slug.into_values().filter(|places| places.len() > 1).collect()
}

/// The parts of the overview around its tracks, which stand at `ranges`.
fn sections(
    blocks: &[Block],
    ranges: &[(usize, usize)],
) -> (Section, Option<Section>, Vec<Section>) {
    let in_track = |at: usize| ranges.iter().any(|(from, to)| (*from..*to).contains(&at));
    let top = blocks.iter().filter_map(|b| b.heading().map(|(rank, _)| rank)).min().unwrap_or(1);
    let mut starts: Vec<usize> = (0..blocks.len())
        .filter(|at| blocks[*at].heading().is_some_and(|(rank, _)| rank == top) && !in_track(*at))
        .collect();
    if starts.first() != Some(&0) && !blocks.is_empty() && !in_track(0) {
        starts.insert(0, 0);
    }
    let (mut hero, mut group, mut rest) = (None, None, Vec::new());
    for start in starts {
        let end = match blocks[start].heading() {
            Some(_) => section_end(blocks, start),
            None => blocks.iter().position(|b| b.heading().is_some()).unwrap_or(blocks.len()),
        };
        let own: Vec<Block> =
            (start..end).filter(|at| !in_track(*at)).map(|at| blocks[at].clone()).collect();
        let section = section(&own);
        if ranges.iter().any(|(from, _)| (start..end).contains(from)) {
            group = Some(section);
        } else if hero.is_none() {
            hero = Some(section);
        } else {
            rest.push(section);
        }
    }
    (hero.unwrap_or_default(), group, rest)
}

fn section(blocks: &[Block]) -> Section {
    let (heading, id) = blocks
        .first()
        .and_then(|block| Some((block.text.clone(), block.heading()?.1.to_owned())))
        .unwrap_or_default();
    let body = if heading.is_empty() { blocks } else { &blocks[1..] };
    Section {
        html: compose(body).0,
        lead: lead(body),
        links: body.iter().flat_map(|block| block.links.clone()).collect(),
        heading,
        id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::model::{Document, Tree};

    fn open(files: &[(&str, &str)]) -> Result<Overview, String> {
        let documents = files.iter().filter_map(|(path, text)| {
            Document::new(DocPath::parse(path).unwrap(), text.as_bytes())
        });
        let library = Library::open(Tree::new(documents)).map_err(|error| error.to_string())?;
        read(&library).map_err(|error| error.to_string())
    }

    const OVERVIEW: &str = "# Summary\n\nNew, see [Teams](teams.md).\n\n# Why\n\nTwo goals.\n\n# Backgrounds\n\n\
        ## Development Focus: Systems / Backend\n\nBuild things.\n\n### Challenge\n\n[Systems](../systems/challenge.md)\n\n\
        ### Levels\n\nSee [levels.pdf](../levels.pdf)\n\n\
        ## Operations Focus: Devops / SREs / etc\n\nRun things.\n\n### Challenge\n\nTwo talks.\n\n* [One](a.md)\n* [Two](b.md)\n\n\
        ### Levels\n\nSee [SRE](sre.md)\n\nNote: a guide.\n\nNote: still new\n\n\
        ## Security Focus: DevSecOps\n\nGuard things.\n\n### Challenge\n\n* [One](a.md)\n* [Audit](c.md)\n";

    #[test]
    fn tracks_are_read_off_the_structure() {
        let overview = open(&[("overview.md", OVERVIEW)]).unwrap();
        let slugs: Vec<_> = overview.tracks.iter().map(|track| track.slug.as_str()).collect();
        assert_eq!(slugs, ["systems", "operations", "security"]);
        let operations = &overview.tracks[1];
        assert_eq!(
            (operations.text.focus.as_str(), operations.text.audience.as_str()),
            ("Operations Focus", "Devops / SREs / etc")
        );
        let stages: Vec<_> =
            operations.stages.iter().map(|s| (s.title.as_str(), s.document.as_str())).collect();
        assert_eq!(stages, [("One", "a.md"), ("Two", "b.md")]);
        assert_eq!(operations.text.notes.len(), 2);
        assert!(operations.text.challenge_intro.as_str().contains("Two talks."));
        assert!(!operations.text.challenge_intro.as_str().contains("One"));
        assert_eq!(operations.text.guides[0].title, "SRE");
        assert!(operations.text.levels_intro.is_empty());
        assert!(overview.tracks[2].text.guides.is_empty());
        assert_eq!(overview.hero.heading, "Summary");
        assert_eq!(overview.group.unwrap().heading, "Backgrounds");
        assert_eq!(overview.rest.iter().map(|s| s.heading.as_str()).collect::<Vec<_>>(), ["Why"]);
    }

    #[test]
    fn two_tracks_with_one_address_take_their_headings_else_are_refused() {
        let track =
            |heading: &str| format!("## {heading}\n\nx\n\n### Challenge\n\n[C](sub/c.md)\n\n");
        let differ = format!("# Backgrounds\n\n{}{}", track("Ops Focus: A"), track("Ops Focus: B"));
        let overview = open(&[("o.md", &differ)]).unwrap();
        let slugs: Vec<_> = overview.tracks.iter().map(|track| track.slug.as_str()).collect();
        assert_eq!(slugs, ["ops-focus-a", "ops-focus-b"]);
        let findings: Vec<_> = overview.findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            findings[0],
            "o.md:3: the track \"Ops Focus: A\" shares the address /tracks/sub with another, so it is \
             at /tracks/ops-focus-a; [tracks.sub] in content.toml gives the first a slug of its own"
        );
        assert!(findings[1].starts_with("o.md:11: the track \"Ops Focus: B\""), "{findings:?}");
        let same = format!("# Backgrounds\n\n{}{}", track("Ops Focus: A"), track("Ops Focus: A"));
        let refused = open(&[("o.md", &same)]).unwrap_err();
        assert!(
            refused.starts_with("o.md:3: the track \"Ops Focus: A\" would have the same address"),
            "{refused}"
        );
    }

    #[test]
    fn a_tracks_new_address_may_be_anothers_old_one() {
        let settings = "[tracks.operations]\nslug = 'security'\n\
            [tracks.security]\nslug = 'audits'\ntitle = 'Auditors'\n";
        let overview = open(&[("overview.md", OVERVIEW), ("content.toml", settings)]).unwrap();
        let tracks: Vec<_> =
            overview.tracks.iter().map(|t| (t.slug.as_str(), t.text.audience.as_str())).collect();
        assert_eq!(
            tracks,
            [
                ("systems", "Systems / Backend"),
                ("security", "Devops / SREs / etc"),
                ("audits", "Auditors")
            ]
        );
    }

    #[test]
    fn settings_that_speak_of_what_is_not_there_are_refused() {
        let settings = "[tracks.design]\ntitle = 'x'\n";
        let refused = open(&[("o.md", OVERVIEW), ("content.toml", settings)]).unwrap_err();
        assert_eq!(refused, "content.toml:1: tracks.design: the overview has no such track");
    }

    #[test]
    fn a_tree_without_an_overview_says_how_to_name_one() {
        assert!(open(&[("a.md", "# A")]).unwrap_err().contains("overview = "));
    }
}
