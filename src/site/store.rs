//! All SQL of this room: finished pages, kept so that a start has only to load them.

use bytes::Bytes;
use sqlx::FromRow;
use sqlx::types::Json;

use crate::content::access::MayPublish;
use crate::db::{Tx, batches};
use crate::web::allowed::Allowed;
use crate::web::finished::{Finished, Policy};
use crate::web::layout::Chrome;

#[derive(FromRow)]
struct PageRow {
    address: String,
    media_type: String,
    policy: String,
    identity: Vec<u8>,
    gzip: Option<Vec<u8>>,
    brotli: Option<Vec<u8>>,
}

/// The pages kept under `render_key` and their chrome; `None` where another build, address or
/// publication made the ones that are kept.
pub async fn finished_pages(
    tx: &mut Tx,
    render_key: &str,
) -> Result<Option<(Chrome, Vec<Finished>)>, sqlx::Error> {
    let chrome: Option<Json<Chrome>> =
        sqlx::query_scalar("select chrome from finished_set where render_key = $1")
            .bind(render_key)
            .fetch_optional(tx.connection())
            .await?;
    match chrome {
        Some(Json(chrome)) => Ok(Some((chrome, all_pages(tx).await?))),
        None => Ok(None),
    }
}

/// The pages that are kept, whichever build made them; `None` where there are none, or where this build
/// cannot read what goes around them.
pub async fn pages_of_before(tx: &mut Tx) -> Result<Option<(Chrome, Vec<Finished>)>, sqlx::Error> {
    let chrome: Result<Option<Json<Chrome>>, _> =
        sqlx::query_scalar("select chrome from finished_set").fetch_optional(tx.connection()).await;
    match chrome {
        Ok(Some(Json(chrome))) => Ok(Some((chrome, all_pages(tx).await?))),
        Ok(None) | Err(sqlx::Error::ColumnDecode { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn all_pages(tx: &mut Tx) -> Result<Vec<Finished>, sqlx::Error> {
    let rows: Vec<PageRow> = sqlx::query_as(
        "select address, media_type, policy, identity, gzip, brotli
         from finished_page
         order by address",
    )
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().filter_map(page).collect())
}

fn page(row: PageRow) -> Option<Finished> {
    let policy = Policy::ALL.into_iter().find(|policy| policy.name() == row.policy)?;
    let (gzip, brotli) = (row.gzip.map(Bytes::from), row.brotli.map(Bytes::from));
    let identity = Bytes::from(row.identity);
    Some(Finished::packed(row.address, &row.media_type, policy, identity, gzip, brotli))
}

/// Keeps `pages` under `render_key`, in place of all that were kept before.
pub async fn keep_finished_pages(
    tx: &mut Tx,
    _: &Allowed<MayPublish>,
    render_key: &str,
    chrome: &Chrome,
    pages: &[Finished],
) -> Result<(), sqlx::Error> {
    sqlx::query("delete from finished_page").execute(tx.connection()).await?;
    let size = |page: &Finished| {
        let packed = [&page.gzip, &page.brotli].into_iter().flatten().map(Bytes::len);
        page.identity.len() + packed.sum::<usize>()
    };
    for run in batches(pages.iter().map(size)) {
        let batch = &pages[run];
        let addresses: Vec<&str> = batch.iter().map(|page| page.address.as_str()).collect();
        let media_types: Vec<&str> = batch.iter().map(|page| page.media_type.as_str()).collect();
        let policies: Vec<&str> = batch.iter().map(|page| page.policy.name()).collect();
        let identities: Vec<&[u8]> = batch.iter().map(|page| page.identity.as_ref()).collect();
        let gzips: Vec<Option<&[u8]>> = batch.iter().map(|page| page.gzip.as_deref()).collect();
        let brotlis: Vec<Option<&[u8]>> = batch.iter().map(|page| page.brotli.as_deref()).collect();
        sqlx::query(
            "insert into finished_page (address, media_type, policy, identity, gzip, brotli)
             select p.address, p.media_type, p.policy, p.identity, p.gzip, p.brotli
             from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::bytea[], $6::bytea[])
               as p (address, media_type, policy, identity, gzip, brotli)",
        )
        .bind(addresses)
        .bind(media_types)
        .bind(policies)
        .bind(identities)
        .bind(gzips)
        .bind(brotlis)
        .execute(tx.connection())
        .await?;
    }
    sqlx::query(
        "insert into finished_set (render_key, chrome)
         values ($1, $2)
         on conflict (only_row) do update
         set render_key = excluded.render_key,
             chrome = excluded.chrome",
    )
    .bind(render_key)
    .bind(Json(chrome))
    .execute(tx.connection())
    .await?;
    Ok(())
}
