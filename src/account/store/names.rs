//! Who is behind an id, and which ids are behind a name, for pages of those who manage people.

use std::collections::HashMap;

use uuid::Uuid;

use crate::account::access::{MayManagePeople, ReadsNames};
use crate::db::Tx;
use crate::ids::AccountId;
use crate::web::allowed::Allowed;

/// The names of those `ids` that are accounts.
pub async fn of<C: ReadsNames>(
    tx: &mut Tx,
    _: &Allowed<C>,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, String>, sqlx::Error> {
    let rows: Vec<(Uuid, String)> =
        sqlx::query_as("select account_id, name from account where account_id = any($1)")
            .bind(ids)
            .fetch_all(tx.connection())
            .await?;
    Ok(rows.into_iter().collect())
}

/// The accounts in whose name or address each word of a text begins a word, with or without accents; at most
/// `limit`, in no order. None where one in ten of those that are here longest is meant: then reading them all would
/// cost more than asking of each account that matters.
pub async fn beginning<C: ReadsNames>(
    tx: &mut Tx,
    _: &Allowed<C>,
    text: &str,
    limit: usize,
) -> Result<Option<Vec<AccountId>>, sqlx::Error> {
    let found: Option<Vec<Uuid>> = sqlx::query_scalar(
        "select array(select account_id from account where words @@ search_query($1) limit $2)
         where (
           select count(*)
           from (select words from account limit 400) oldest
           where words @@ search_query($1)) < 40",
    )
    .bind(text)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    // Planned for what is asked: where nearly everybody is meant, by no index.
    .persistent(false)
    .fetch_optional(tx.connection())
    .await?;
    Ok(found.map(|found| found.into_iter().map(AccountId::from).collect()))
}

/// The most accounts that one text stands for.
const MOST: i64 = 50;

/// The accounts whose name or address holds a text, for each text; by name.
pub async fn called<const N: usize>(
    tx: &mut Tx,
    _: &Allowed<MayManagePeople>,
    texts: [&str; N],
) -> Result<[Vec<Uuid>; N], sqlx::Error> {
    let rows: Vec<(i64, Uuid)> = sqlx::query_as(
        "select t.number, a.account_id
         from unnest($1::text[]) with ordinality as t (text, number)
         cross join lateral (
           select account_id, name
           from account
           where strpos(lower(name), lower(t.text)) > 0 or strpos(email_key, lower(t.text)) > 0
           order by lower(name), account_id
           limit $2) a
         where t.text <> ''
         order by t.number, lower(a.name), a.account_id",
    )
    .bind(texts.as_slice())
    .bind(MOST)
    .fetch_all(tx.connection())
    .await?;
    let of = |number: usize| {
        let is_of = |(other, _): &&(i64, Uuid)| usize::try_from(*other) == Ok(number + 1);
        rows.iter().filter(is_of).map(|(_, id)| *id).collect()
    };
    Ok(std::array::from_fn(of))
}
