//! Questions `doctor` and the start ask about a database before they trust it.

use std::time::Duration;

use sqlx::{FromRow, PgConnection};

use super::Db;

/// What the database says about itself and about the role the portal serves in.
#[derive(Clone, Debug, FromRow)]
pub struct Health {
    /// As in `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// The major version times 10,000.
    pub version_number: i32,
    pub role: String,
    pub is_superuser: bool,
    pub bypasses_row_security: bool,
    /// Whether it may make roles or databases, or copy the whole server by replication.
    pub makes_or_copies: bool,
    /// The roles whose rights it has besides its own, by whatever way; has to be none.
    pub member_of: Vec<String>,
    /// How many tables the serving role owns; has to be none.
    pub owned_tables: i64,
    /// Off loses acknowledged writes when the machine stops.
    pub fsync: bool,
}

impl Health {
    pub async fn ask(db: &Db) -> Result<Self, sqlx::Error> {
        Self::ask_on(&mut *db.pool().acquire().await?).await
    }

    /// The same of the role that `connection` has taken.
    pub async fn ask_on(connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        sqlx::query_as(
            "select
               current_setting('server_version') as version,
               current_setting('server_version_num')::int as version_number,
               current_user::text as role,
               r.rolsuper as is_superuser,
               r.rolbypassrls as bypasses_row_security,
               r.rolcreaterole or r.rolcreatedb or r.rolreplication as makes_or_copies,
               array(
                 with recursive granted (role_id) as (
                   select m.roleid from pg_auth_members m where m.member = r.oid
                   union
                   select m.roleid from pg_auth_members m join granted g on g.role_id = m.member
                 )
                 select g.rolname::text
                 from granted
                 join pg_roles g on g.oid = granted.role_id
                 order by g.rolname
               ) as member_of,
               (select count(*) from pg_class c where c.relowner = r.oid and c.relkind = 'r')
                 as owned_tables,
               current_setting('fsync')::bool as fsync
             from pg_roles r
             where r.rolname = current_user",
        )
        .fetch_one(connection)
        .await
    }

    /// Everything that is wrong, each with what to do. Empty when all is well.
    pub fn complaints(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut complain = |wrong: bool, message: String| {
            if wrong {
                complaints.push(message);
            }
        };
        complain(
            self.version_number < 150_000,
            format!("Postgres {} is too old; the portal needs 15 or newer", self.version),
        );
        complain(
            self.is_superuser || self.bypasses_row_security,
            format!(
                "the serving role {} is above row security; run: alter role {} nosuperuser nobypassrls",
                self.role, self.role
            ),
        );
        complain(
            self.makes_or_copies,
            format!(
                "the serving role {} may do more than serve; run: alter role {} nocreaterole nocreatedb \
                 noreplication",
                self.role, self.role
            ),
        );
        complain(
            !self.member_of.is_empty(),
            format!(
                "the serving role {} has the rights of {}; revoke what was granted to it, as in: revoke \
                 \"{}\" from {}",
                self.role,
                self.member_of.join(", "),
                self.member_of.first().map_or("", String::as_str),
                self.role
            ),
        );
        complain(
            self.owned_tables > 0,
            format!(
                "the serving role {} owns {} tables; migrate as another account \
                 (PORTAL_OWNER_DATABASE_URL) and give the tables to it",
                self.role, self.owned_tables
            ),
        );
        complain(
            !self.fsync,
            "fsync is off: an acknowledged write could be lost; set fsync = on".to_owned(),
        );
        complaints
    }
}

/// Whether the database answers at all, within two seconds.
pub async fn answers(db: &Db) -> bool {
    let asked = sqlx::query("select 1").execute(db.pool());
    tokio::time::timeout(Duration::from_secs(2), asked).await.is_ok_and(|answer| answer.is_ok())
}
