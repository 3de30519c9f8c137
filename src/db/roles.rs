//! The two database roles: an owner who migrates, and `portal_app`, who serves and owns nothing.

use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use super::Error;

/// The role every request runs in.
pub const APP: &str = "portal_app";

/// Creates `portal_app` where it is missing and lets the present account take it.
///
/// # Errors
/// The account may not do so; the message holds the statements an operator has to run.
pub async fn create(connection: &mut PgConnection) -> Result<(), Error> {
    let made = sqlx::raw_sql(
        "do $$ begin
           if not exists (select from pg_roles where rolname = 'portal_app') then
             create role portal_app login nosuperuser nobypassrls nocreatedb nocreaterole;
           end if;
         exception when duplicate_object or unique_violation then null;
         end $$;
         do $$
         declare may_take boolean;
         begin
           -- Since Postgres 16 whoever makes a role is its member, and still may not take it.
           if current_setting('server_version_num')::int >= 160000 then
             may_take := pg_has_role(current_user, 'portal_app', 'set');
           else
             may_take := pg_has_role(current_user, 'portal_app', 'member');
           end if;
           if not may_take then
             execute format('grant portal_app to %I', current_user);
           end if;
         end $$",
    )
    .execute(&mut *connection)
    .await;
    match made {
        Ok(_) => Ok(()),
        Err(error) if is_refusal(&error) => {
            let account: String =
                sqlx::query_scalar("select current_user::text").fetch_one(connection).await?;
            Err(Error::Roles(format!(
                "the account {account} may not create the role the portal serves in. \
                 As an administrator of this server, run:\n  create role portal_app login;\n  \
                 grant portal_app to \"{account}\";"
            )))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether what went wrong, or what caused it, is that the account lacks a right.
pub(super) fn refused(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |cause| cause.source());
    causes.any(|cause| cause.downcast_ref::<sqlx::Error>().is_some_and(is_refusal))
}

/// What to run so that the account of `connection` may bring the schema up to date.
pub(super) async fn may_not_migrate(connection: &mut PgConnection) -> Error {
    let asked = sqlx::query_as("select current_user::text, current_database()::text");
    let (account, database): (String, String) = match asked.fetch_one(connection).await {
        Ok(names) => names,
        Err(error) => return error.into(),
    };
    Error::Roles(format!(
        "the account {account} may not make the portal's tables. As an administrator of this server, in \
         the database {database}, run:\n  grant usage, create on schema public to \"{account}\";\n\
         If another account made the tables, migrate as that one instead (PORTAL_OWNER_DATABASE_URL)."
    ))
}

/// The server's version, and whether `portal_app` has been created, asked as the owner.
pub async fn exists(owner: &PgConnectOptions) -> Result<(String, bool), Error> {
    let mut connection = PgConnection::connect_with(owner).await.map_err(Error::Unreachable)?;
    let asked = "select current_setting('server_version'),
                   exists (select from pg_roles where rolname = $1)";
    Ok(sqlx::query_as(asked).bind(APP).fetch_one(&mut connection).await?)
}

/// Takes the role `portal_app` on a fresh connection, unless it logged in as that. What is not begun
/// as a transaction that writes only reads, and no statement goes on once its request has given up.
pub async fn take(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let is_app = sqlx::query_scalar::<_, bool>("select session_user = 'portal_app'")
        .fetch_one(&mut *connection)
        .await?;
    if !is_app {
        sqlx::query("set role portal_app").execute(&mut *connection).await?;
    }
    sqlx::raw_sql("set default_transaction_read_only = on; set statement_timeout = '15s'")
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether the server refused for want of rights (SQLSTATE 42501).
fn is_refusal(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "42501")
}
