//! The organisation this portal serves: one row, there since the set-up.

use jiff_sqlx::ToSqlx;
use sqlx::FromRow;

use crate::account::access::MayChangeSettings;
use crate::account::brand::{Brand, Logo};
use crate::account::emails::Sender;
use crate::account::events;
use crate::audit::Event;
use crate::audit::store::record;
use crate::clock::Timestamp;
use crate::content::store as documents;
use crate::db::{Db, Tx};
use crate::mail::{Address, Line, Recipient};
use crate::web::allowed::Allowed;

#[derive(Clone, Debug, FromRow)]
pub struct Organisation {
    pub name: String,
    /// The address mail comes from, where it is not the operator's.
    pub mail_sender: Option<String>,
    /// Paragraphs, with an empty line between them.
    pub privacy_notice: String,
    pub has_logo: bool,
    /// Staff may do nothing before they have enrolled a second factor.
    pub second_factor_required: bool,
}

impl Organisation {
    /// The codes of what is other than it was before.
    fn differs_in(&self, before: Option<&Self>) -> Vec<&'static str> {
        let fields = [
            ("name", before.is_none_or(|before| before.name != self.name)),
            ("sender", before.is_none_or(|before| before.mail_sender != self.mail_sender)),
            ("privacy", before.is_none_or(|before| before.privacy_notice != self.privacy_notice)),
            (
                "second_factor",
                before.map_or(self.second_factor_required, |before| {
                    before.second_factor_required != self.second_factor_required
                }),
            ),
        ];
        fields.into_iter().filter_map(|(code, differs)| differs.then_some(code)).collect()
    }
}

/// `None` before the set-up.
pub async fn find(db: &Db) -> Result<Option<Organisation>, sqlx::Error> {
    sqlx::query_as(
        "select name, mail_sender, privacy_notice, logo is not null as has_logo,
           second_factor_required
         from organisation",
    )
    .fetch_optional(db.pool())
    .await
}

/// What the organisation looks like. Before the set-up it has no look of its own.
pub async fn brand(tx: &mut Tx) -> Result<Brand, sqlx::Error> {
    let row: Option<(i32, String, Option<Vec<u8>>, bool)> =
        sqlx::query_as("select brand, name, logo, is_demo from organisation")
            .fetch_optional(tx.connection())
            .await?;
    let Some((version, name, logo, is_demo)) = row else { return Ok(Brand::default()) };
    let logo = logo.and_then(|bytes| Logo::parse(&bytes.into()).ok());
    Ok(Brand { version, name: Some(name), logo, is_demo })
}

/// The version of the organisation's look.
pub async fn brand_version(tx: &mut Tx) -> Result<i32, sqlx::Error> {
    let version: Option<i32> = sqlx::query_scalar("select brand from organisation")
        .fetch_optional(tx.connection())
        .await?;
    Ok(version.unwrap_or_default())
}

/// Marks a database in which nothing is real. Nothing takes that mark off again.
pub async fn mark_as_demo(tx: &mut Tx) -> Result<(), sqlx::Error> {
    sqlx::query("update organisation set is_demo = true, brand = brand + 1")
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What becomes of the logo.
#[derive(Clone, Debug)]
pub enum LogoChange {
    Kept,
    Removed,
    Replaced(Logo),
}

/// Changes the logo of an organisation that was just set up or changed; every page shows it within a
/// second. To be called in the transaction of that.
pub async fn change_logo(tx: &mut Tx, change: &LogoChange) -> Result<(), sqlx::Error> {
    let logo = match change {
        LogoChange::Kept => None,
        LogoChange::Removed => Some(None),
        LogoChange::Replaced(logo) => Some(Some(logo)),
    };
    if let Some(logo) = logo {
        sqlx::query("update organisation set logo = $1, logo_type = $2, brand = brand + 1")
            .bind(logo.map(|logo| logo.bytes.as_ref()))
            .bind(logo.map(|logo| logo.media_type))
            .execute(tx.connection())
            .await?;
    }
    documents::notify(tx).await
}

/// Whom letters come from. Before the set-up an organisation has no name of its own.
pub async fn sender(tx: &mut Tx, base_url: &str) -> Result<Sender, sqlx::Error> {
    let row: Option<(String, Option<String>)> =
        sqlx::query_as("select name, mail_sender from organisation")
            .fetch_optional(tx.connection())
            .await?;
    let (organisation, address) = row.unwrap_or_else(|| ("the company".to_owned(), None));
    let address = address.and_then(|address| Address::parse(&address));
    let from = address.map(|address| Recipient { name: Line::new(&organisation), address });
    Ok(Sender { base_url: base_url.to_owned(), organisation, from })
}

/// Names the organisation, once. False when somebody else just did.
pub async fn set_up(
    tx: &mut Tx,
    organisation: &Organisation,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "insert into organisation
           (name, mail_sender, privacy_notice, second_factor_required, set_up_at)
         values ($1, $2, $3, $4, $5)
         on conflict do nothing",
    )
    .bind(&organisation.name)
    .bind(&organisation.mail_sender)
    .bind(&organisation.privacy_notice)
    .bind(organisation.second_factor_required)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Changes what was set up; sets it up where the first account was made at the command line.
pub async fn change(
    tx: &mut Tx,
    allowed: &Allowed<MayChangeSettings>,
    organisation: &Organisation,
    logo: &LogoChange,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let before: Option<Organisation> = sqlx::query_as(
        "select name, mail_sender, privacy_notice, logo is not null as has_logo,
           second_factor_required
         from organisation
         for update",
    )
    .fetch_optional(tx.connection())
    .await?;
    sqlx::query(
        "insert into organisation
           (name, mail_sender, privacy_notice, second_factor_required, set_up_at)
         values ($1, $2, $3, $4, $5)
         on conflict (only_one) do update
         set name = excluded.name,
             mail_sender = excluded.mail_sender,
             privacy_notice = excluded.privacy_notice,
             second_factor_required = excluded.second_factor_required,
             brand = organisation.brand + (organisation.name <> excluded.name)::integer",
    )
    .bind(&organisation.name)
    .bind(&organisation.mail_sender)
    .bind(&organisation.privacy_notice)
    .bind(organisation.second_factor_required)
    .bind(now.to_sqlx())
    .execute(tx.connection())
    .await?;
    change_logo(tx, logo).await?;
    let mut fields = organisation.differs_in(before.as_ref());
    let had_logo = before.is_some_and(|before| before.has_logo);
    if matches!(logo, LogoChange::Replaced(_)) || matches!(logo, LogoChange::Removed if had_logo) {
        fields.push("logo");
    }
    if !fields.is_empty() {
        let event = Event::new(events::SETTINGS_CHANGED, allowed.by()).codes("fields", fields);
        record(tx, event, now).await?;
    }
    Ok(())
}
