//! All SQL of this room: documents, revisions, what search finds, publications, findings.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::audit::Event;
use crate::audit::store::record;
use crate::clock::Timestamp;
use crate::content::access::MayPublish;
use crate::content::events;
use crate::content::library::Library;
use crate::content::model::{ContentHash, DocPath, Document, Finding, SETTINGS_FILE, Tree};
use crate::content::search::{Found, Hit, MARK, Query, vocabulary};
use crate::db::{Db, Tx, batches};
use crate::ids::DocumentId;
use crate::web::allowed::Allowed;

/// What a publication changed, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub added: Vec<DocPath>,
    pub changed: Vec<DocPath>,
    pub removed: Vec<DocPath>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

/// The newest publication.
#[derive(Clone, Debug)]
pub struct Publication {
    pub id: i64,
    pub published_at: Timestamp,
    /// The build that read its tree.
    pub read_by: String,
}

/// Which documents a comparison wants written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// Those that differ.
    Changed,
    /// All, because another build may read the same text differently.
    Everything,
}

#[derive(FromRow)]
struct KnownRow {
    document_id: DocumentId,
    path: String,
    title: String,
    present_hash: Option<Vec<u8>>,
}

/// Keeps other publishers out until the transaction ends.
pub async fn lock(tx: &mut Tx, _: &Allowed<MayPublish>) -> Result<(), sqlx::Error> {
    // A large tree may take longer than a request's statement ever should.
    sqlx::query("set local statement_timeout = 0").execute(tx.connection()).await?;
    sqlx::query("select pg_advisory_xact_lock(hashtext('content publication'))")
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What stands between the present documents and those of a library.
pub struct Difference {
    pub changes: Changes,
    gone: Vec<DocumentId>,
    batch: Batch,
    findings: Vec<Finding>,
    vocabulary: BTreeMap<String, i32>,
}

/// What would have to be written so that the documents are those of `library`.
pub async fn compare(
    tx: &mut Tx,
    _: &Allowed<MayPublish>,
    library: &Library,
    rewrite: Rewrite,
) -> Result<Difference, sqlx::Error> {
    let known: Vec<KnownRow> =
        sqlx::query_as("select document_id, path, title, present_hash from document order by path")
            .fetch_all(tx.connection())
            .await?;
    let known: BTreeMap<&str, &KnownRow> =
        known.iter().map(|row| (row.path.as_str(), row)).collect();
    let mut changes = Changes::default();
    let mut batch = Batch::default();
    for document in library.tree.documents() {
        let title = library.get(&document.path).map_or("", |reading| reading.title.as_str());
        let before = known.get(document.path.as_str());
        let same = |row: &&&KnownRow| row.present_hash.as_deref() == Some(document.hash.as_bytes());
        match before {
            Some(row) if same(&row) && row.title == title && rewrite == Rewrite::Changed => {
                continue;
            }
            // Its bytes are the same; what is read off them may not be.
            Some(row) if same(&row) => {}
            Some(row) if row.present_hash.is_some() => changes.changed.push(document.path.clone()),
            _ => changes.added.push(document.path.clone()),
        }
        let id = before.map_or_else(DocumentId::new, |row| row.document_id);
        batch.push(id, document, title, library);
    }
    let gone = |row: &&&KnownRow| {
        let path = DocPath::parse(&row.path);
        row.present_hash.is_some() && path.is_none_or(|path| library.tree.get(&path).is_none())
    };
    let gone: Vec<&KnownRow> = known.values().filter(gone).copied().collect();
    changes.removed = gone.iter().filter_map(|row| DocPath::parse(&row.path)).collect();
    let gone = gone.iter().map(|row| row.document_id).collect();
    let (findings, vocabulary) = (library.findings.clone(), vocabulary::words(library));
    Ok(Difference { changes, gone, batch, findings, vocabulary })
}

/// Writes a difference. Revisions are added, never removed; documents that are gone are retired.
pub async fn write(
    tx: &mut Tx,
    _: &Allowed<MayPublish>,
    difference: Difference,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    retire(tx, difference.gone, now).await?;
    difference.batch.write(tx, now).await?;
    keep_vocabulary(tx, difference.vocabulary).await?;
    keep_findings(tx, &difference.findings).await
}

async fn keep_vocabulary(
    tx: &mut Tx,
    vocabulary: BTreeMap<String, i32>,
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from vocabulary").execute(tx.connection()).await?;
    let (words, counts): (Vec<String>, Vec<i32>) = vocabulary.into_iter().unzip();
    sqlx::query(
        "insert into vocabulary (word, count)
         select v.word, v.count
         from unnest($1::text[], $2::int[]) as v (word, count)",
    )
    .bind(words)
    .bind(counts)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The documents to write, column by column, so that each table takes few statements.
#[derive(Default)]
struct Batch {
    ids: Vec<DocumentId>,
    paths: Vec<String>,
    titles: Vec<String>,
    hashes: Vec<Vec<u8>>,
    bytes: Vec<Arc<[u8]>>,
    passages: Passages,
}

#[derive(Default)]
struct Passages {
    ids: Vec<DocumentId>,
    positions: Vec<i32>,
    titles: Vec<String>,
    headings: Vec<String>,
    anchors: Vec<String>,
    bodies: Vec<String>,
}

impl Batch {
    fn push(&mut self, id: DocumentId, document: &Document, title: &str, library: &Library) {
        self.ids.push(id);
        self.paths.push(document.path.to_string());
        self.titles.push(title.to_owned());
        self.hashes.push(document.hash.as_bytes().to_vec());
        self.bytes.push(document.bytes.clone());
        let passages = library.get(&document.path).map(|reading| reading.passages());
        for (position, passage) in (0..).zip(passages.unwrap_or_default()) {
            self.passages.ids.push(id);
            self.passages.positions.push(position);
            self.passages.titles.push(title.to_owned());
            self.passages.headings.push(passage.heading);
            self.passages.anchors.push(passage.anchor);
            self.passages.bodies.push(passage.text);
        }
    }

    async fn write(self, tx: &mut Tx, now: Timestamp) -> Result<(), sqlx::Error> {
        if self.ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "insert into document (document_id, path, title, present_hash, created_at)
             select d.document_id, d.path, d.title, d.content_hash, $5
             from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[])
               as d (document_id, path, title, content_hash)
             on conflict (document_id) do update
             set title = excluded.title,
                 present_hash = excluded.present_hash,
                 retired_at = null",
        )
        .bind(&self.ids)
        .bind(&self.paths)
        .bind(&self.titles)
        .bind(&self.hashes)
        .bind(now.to_sqlx())
        .execute(tx.connection())
        .await?;
        for run in batches(self.bytes.iter().map(|bytes| bytes.len())) {
            let bytes: Vec<&[u8]> = self.bytes[run.clone()].iter().map(AsRef::as_ref).collect();
            sqlx::query(
                "insert into revision (document_id, content_hash, bytes, first_seen_at)
                 select r.document_id, r.content_hash, r.bytes, $4
                 from unnest($1::uuid[], $2::bytea[], $3::bytea[])
                   as r (document_id, content_hash, bytes)
                 on conflict (document_id, content_hash) do nothing",
            )
            .bind(&self.ids[run.clone()])
            .bind(&self.hashes[run])
            .bind(bytes)
            .bind(now.to_sqlx())
            .execute(tx.connection())
            .await?;
        }
        sqlx::query("delete from passage where document_id = any($1)")
            .bind(&self.ids)
            .execute(tx.connection())
            .await?;
        self.passages.write(tx).await
    }
}

impl Passages {
    async fn write(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let size = |at: usize| {
            let columns = [&self.titles, &self.headings, &self.anchors, &self.bodies];
            columns.iter().map(|column| column[at].len()).sum()
        };
        for run in batches((0..self.ids.len()).map(size)) {
            sqlx::query(
                "insert into passage (document_id, position, title, heading, anchor, body)
                 select p.document_id, p.position, p.title, p.heading, p.anchor, p.body
                 from unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
                   as p (document_id, position, title, heading, anchor, body)",
            )
            .bind(&self.ids[run.clone()])
            .bind(&self.positions[run.clone()])
            .bind(&self.titles[run.clone()])
            .bind(&self.headings[run.clone()])
            .bind(&self.anchors[run.clone()])
            .bind(&self.bodies[run])
            .execute(tx.connection())
            .await?;
        }
        Ok(())
    }
}

async fn retire(tx: &mut Tx, gone: Vec<DocumentId>, now: Timestamp) -> Result<(), sqlx::Error> {
    if gone.is_empty() {
        return Ok(());
    }
    sqlx::query("delete from passage where document_id = any($1)")
        .bind(&gone)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "update document
         set present_hash = null, retired_at = $2
         where document_id = any($1)",
    )
    .bind(&gone)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn keep_findings(tx: &mut Tx, findings: &[Finding]) -> Result<(), sqlx::Error> {
    sqlx::query("delete from finding").execute(tx.connection()).await?;
    let files: Vec<&str> = findings.iter().map(|finding| finding.file.as_str()).collect();
    let lines: Vec<i32> =
        findings.iter().map(|finding| i32::try_from(finding.line).unwrap_or(i32::MAX)).collect();
    let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
    sqlx::query(
        "insert into finding (position, file, line, message)
         select f.position, f.file, f.line, f.message
         from unnest($1::text[], $2::int[], $3::text[]) with ordinality
           as f (file, line, message, position)",
    )
    .bind(files)
    .bind(lines)
    .bind(messages)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Notes that what is shown changed, and tells every running instance once this is committed.
/// Returns the publication's number.
pub async fn publish(
    tx: &mut Tx,
    allowed: &Allowed<MayPublish>,
    source: &str,
    read_by: &str,
    now: Timestamp,
) -> Result<i64, sqlx::Error> {
    let id: i64 = sqlx::query_scalar(
        "insert into publication (source, published_at, read_by)
         values ($1, $2, $3)
         returning publication_id",
    )
    .bind(source)
    .bind(now.to_sqlx())
    .bind(read_by)
    .fetch_one(tx.connection())
    .await?;
    notify(tx).await?;
    let event = Event::new(events::PUBLISHED, allowed.by()).number("publication", id);
    record(tx, event, now).await?;
    Ok(id)
}

/// Tells every instance, once the transaction is committed, that its pages are not the newest.
pub async fn notify(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_notify($1, '')").bind(CHANNEL).execute(tx.connection()).await?;
    Ok(())
}

/// Where instances listen for publications.
pub const CHANNEL: &str = "content_published";

/// The newest publication; `None` before the first.
pub async fn newest(tx: &mut Tx) -> Result<Option<Publication>, sqlx::Error> {
    let row: Option<(i64, jiff_sqlx::Timestamp, String)> = sqlx::query_as(
        "select publication_id, published_at, read_by
         from publication
         order by publication_id desc
         limit 1",
    )
    .fetch_optional(tx.connection())
    .await?;
    let publication = |(id, published_at, read_by): (i64, jiff_sqlx::Timestamp, String)| {
        Publication { id, published_at: published_at.to_jiff(), read_by }
    };
    Ok(row.map(publication))
}

/// Notes that `publication` was read anew, by another build.
pub async fn set_read_by(
    tx: &mut Tx,
    _: &Allowed<MayPublish>,
    publication: i64,
    read_by: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "update publication
         set read_by = $2
         where publication_id = $1",
    )
    .bind(publication)
    .bind(read_by)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The present tree, as it was published.
pub async fn tree(tx: &mut Tx) -> Result<Tree, sqlx::Error> {
    let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "select d.path, r.bytes
         from document d
         join revision r on r.document_id = d.document_id and r.content_hash = d.present_hash
         order by d.path",
    )
    .fetch_all(tx.connection())
    .await?;
    let documents =
        rows.into_iter().filter_map(|(path, bytes)| Document::new(DocPath::parse(&path)?, bytes));
    Ok(Tree::new(documents))
}

/// One revision of one document, among the paths of the present tree so that its links can be resolved.
/// The other documents are empty, but for the settings.
#[derive(Debug)]
pub struct Pinned {
    pub tree: Tree,
    pub path: DocPath,
    /// It is what the present tree has at this path.
    pub is_present: bool,
}

/// The revision `hash` of `document`; `None` where there is none.
pub async fn pinned(
    tx: &mut Tx,
    document: DocumentId,
    hash: &ContentHash,
) -> Result<Option<Pinned>, sqlx::Error> {
    let rows: Vec<(String, Option<Vec<u8>>, bool, bool)> = sqlx::query_as(
        "select d.path,
           case
             when d.document_id = $1 then pinned.bytes
             when d.path = $3 then r.bytes
             else ''
           end,
           d.document_id = $1,
           d.present_hash is not distinct from $2
         from document d
         left join revision r on r.document_id = d.document_id and r.content_hash = d.present_hash
         left join revision pinned on pinned.document_id = $1 and pinned.content_hash = $2
         where d.present_hash is not null or d.document_id = $1
         order by d.path",
    )
    .bind(document)
    .bind(hash.as_bytes())
    .bind(SETTINGS_FILE)
    .fetch_all(tx.connection())
    .await?;
    let it = rows.iter().find(|(.., is_it, _)| *is_it).and_then(|(path, bytes, _, is_present)| {
        Some((DocPath::parse(path)?, bytes.is_some(), *is_present))
    });
    let Some((path, true, is_present)) = it else { return Ok(None) };
    let documents = rows.into_iter().filter_map(|(path, bytes, ..)| {
        Document::new(DocPath::parse(&path)?, bytes.unwrap_or_default())
    });
    Ok(Some(Pinned { tree: Tree::new(documents), path, is_present }))
}

/// What the newest publication found wrong with its tree, in the order of its files.
pub async fn findings(db: &Db) -> Result<Vec<Finding>, sqlx::Error> {
    let rows: Vec<(String, i32, String)> =
        sqlx::query_as("select file, line, message from finding order by position")
            .fetch_all(db.pool())
            .await?;
    let finding =
        |(file, line, message)| Finding::new(file, u32::try_from(line).unwrap_or(0), message);
    Ok(rows.into_iter().map(finding).collect::<Vec<Finding>>())
}

#[derive(FromRow)]
struct HitRow {
    path: String,
    anchor: String,
    title: String,
    heading: String,
    body: String,
    marked_title: String,
    marked_heading: String,
    marked_body: String,
}

/// The passages that match `query`, best first, at most `limit`, at most three of one document. Where
/// only its title matches, a document is found once, at its beginning.
pub async fn search(db: &Db, query: &Query, limit: usize) -> Result<Vec<Hit>, sqlx::Error> {
    let rows: Vec<HitRow> = sqlx::query_as(
        "with wanted as (
           select to_tsquery('english', $1) || to_tsquery('simple', $1) as words,
             to_tsquery('english', $2) || to_tsquery('simple', $2) as any_word
         ),
         matched as (
           select p.document_id, p.position, ts_rank_cd(p.words, w.words, 1) as rank,
             ts_filter(p.words, '{b,d}') @@ w.any_word as is_own
           from passage p
           cross join wanted w
           where p.words @@ w.words
         ),
         placed as (
           select document_id, position, rank, is_own,
             row_number() over (
               partition by document_id
               order by is_own desc, case when is_own then rank end desc, position
             ) as place
           from matched
         ),
         best as (
           select p.document_id, p.position, p.rank, d.path
           from placed p
           join document d using (document_id)
           where p.place = 1 or (p.is_own and p.place <= 3)
           order by p.rank desc, d.path, p.position
           limit $3
         )
         select b.path, p.anchor, p.title, p.heading, p.body,
           ts_headline('english', translate(p.title, $4, $5), w.words, $6) as marked_title,
           ts_headline('english', translate(p.heading, $4, $5), w.words, $6) as marked_heading,
           ts_headline('english', translate(p.body, $4, $5), w.words, $6) as marked_body
         from best b
         join passage p using (document_id, position)
         cross join wanted w
         order by b.rank desc, b.path, b.position",
    )
    .bind(query.as_tsquery())
    .bind(query.as_tsquery_of_any())
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .bind(PARTING)
    .bind(" ".repeat(PARTING.len()))
    .bind(format!("StartSel={}, StopSel={}, HighlightAll=true", MARK.0, MARK.1))
    .fetch_all(db.pool())
    .await?;
    let found = |text, marked| Found { text, marked };
    let hit = |row: HitRow| {
        let (title, heading) =
            (found(row.title, row.marked_title), found(row.heading, row.marked_heading));
        let body = found(row.body, row.marked_body);
        Some(Hit::new(DocPath::parse(&row.path)?, &row.anchor, &title, &heading, &body))
    };
    Ok(rows.into_iter().filter_map(hit).collect())
}

/// What parts words in the index (the first four), and what the headline would read as markup.
const PARTING: &str = "/_.-<>&";

/// What `query` may have been meant to be, where words in it are no beginning of any in the documents.
pub async fn meant(db: &Db, query: &Query) -> Result<Option<Query>, sqlx::Error> {
    let asked: Vec<&str> = query
        .words()
        .iter()
        .map(String::as_str)
        .filter(|word| word.chars().count() >= vocabulary::SHORTEST)
        .collect();
    let near: Vec<(String, String, i32)> = sqlx::query_as(
        "select a.word, v.word, v.count
         from unnest($1::text[]) as a (word)
         join vocabulary v on abs(length(v.word) - length(a.word)) <= 2
         where not exists (select from vocabulary known where starts_with(known.word, a.word))",
    )
    .bind(asked)
    .fetch_all(db.pool())
    .await?;
    let instead = |asked: &str| {
        let words = near.iter().filter(|(of, ..)| of == asked);
        vocabulary::nearest(asked, words.map(|(_, word, count)| (word.as_str(), *count)))
    };
    Ok(query.corrected(instead))
}
