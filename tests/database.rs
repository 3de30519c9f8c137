//! The role the portal serves in, and the schema it serves from.

use portal::db::Db;
use portal::db::health::Health;

use crate::support::Portal;
use crate::support::cluster::{Holds, database};

#[tokio::test]
async fn the_serving_role_owns_nothing_and_is_above_nothing() {
    let portal = Portal::shipped().await;
    let health = Health::ask(&portal.db).await.unwrap();
    assert_eq!(health.role, "portal_app");
    assert!(!health.is_superuser && !health.bypasses_row_security);
    assert_eq!(health.owned_tables, 0);
    // Tests run with fsync off, and that is the one thing to complain about.
    assert_eq!(
        health.complaints(),
        ["fsync is off: an acknowledged write could be lost; set fsync = on"]
    );
}

#[tokio::test]
async fn the_serving_role_can_change_neither_what_is_kept_as_it_was_nor_the_schema() {
    let portal = Portal::shipped().await;
    for forbidden in [
        "update revision set bytes = ''",
        "delete from revision",
        "delete from document",
        "delete from track",
        // Assignments have copies of both.
        "update application set candidate_id = recruiter_id",
        "update application set created_at = now()",
        "drop table document",
        "create table mine (x int)",
        "alter role portal_app superuser",
    ] {
        let mut tx = portal.db.begin().await.unwrap();
        let refused = sqlx::query(forbidden).execute(tx.connection()).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        assert_eq!(code, "42501", "{forbidden}: {refused}");
    }
}

#[tokio::test]
async fn a_write_that_leaves_no_receipt_is_refused() {
    let portal = Portal::shipped().await;
    let refused =
        sqlx::query("update document set title = 'x'").execute(portal.db.pool()).await.unwrap_err();
    let code = refused.as_database_error().and_then(|error| error.code()).unwrap_or_default();
    assert_eq!(code, "25006", "{refused}");
}

#[tokio::test]
async fn every_constraint_has_a_name_that_a_migration_gave_it() {
    let portal = Portal::shipped().await;
    let names: Vec<String> = sqlx::query_scalar(
        "select conname::text
         from pg_constraint c
         join pg_class t on t.oid = c.conrelid
         where c.connamespace = 'public'::regnamespace and t.relname <> '_sqlx_migrations'
         order by conname",
    )
    .fetch_all(&portal.owner().await)
    .await
    .unwrap();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let migrations: String = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    let unnamed: Vec<&String> =
        names.iter().filter(|name| !migrations.contains(&format!("constraint {name}"))).collect();
    assert_eq!(unnamed, Vec::<&String>::new());
    assert!(names.len() > 15);
}

#[tokio::test]
async fn twenty_pairs_of_instances_migrate_an_empty_database_together() {
    for _ in 0..20 {
        let database = crate::support::cluster::database(Holds::Nothing).await;
        let owner = &database.owner;
        let (one, other) = tokio::join!(portal::db::migrate(owner), portal::db::migrate(owner));
        one.unwrap();
        other.unwrap();
        let db = portal::db::Db::connect(database.app).await.unwrap();
        assert_eq!(portal::db::pending_migrations(&db).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_owner_without_rights_above_the_database_can_serve_it_by_taking_the_role() {
    let database = account("may_make_roles", "createrole").await;
    portal::db::migrate(&database).await.unwrap();
    let db = portal::db::Db::connect(database).await.unwrap();
    let health = Health::ask(&db).await.unwrap();
    assert_eq!((health.role.as_str(), health.owned_tables), ("portal_app", 0));
}

/// How to log in as a new account `name` with `rights` to a new database that it owns.
async fn account(name: &str, rights: &str) -> sqlx::postgres::PgConnectOptions {
    let database = crate::support::cluster::database(Holds::Schema).await;
    let beside = sqlx::PgPool::connect_with(database.beside.clone()).await.unwrap();
    for statement in [
        format!("create role {name} login {rights}"),
        format!("create database {name} owner {name}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&beside).await.unwrap();
    }
    database.beside.username(name).database(name)
}

#[tokio::test]
async fn an_account_that_may_not_take_the_role_is_told_what_to_run() {
    let database = account("may_make_nothing", "nocreaterole").await;
    let refused = portal::db::migrate(&database).await.unwrap_err().to_string();
    assert!(refused.contains("grant portal_app to \"may_make_nothing\";"), "{refused}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named_with_what_to_do() {
    let database = database(Holds::Schema).await;
    let error = Db::connect(database.app.clone().database("nodb")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database cannot be reached: database \"nodb\" does not exist; make it with: create database"
    );
}

#[tokio::test]
async fn an_account_without_rights_on_the_schema_is_told_what_to_run() {
    let database = account("may_use_nothing", "createrole").await;
    let beside = crate::support::cluster::database(Holds::Nothing).await;
    let refused = portal::db::migrate(&database.database(&beside.name)).await;
    let refused = refused.unwrap_err().to_string();
    let told = "grant usage, create on schema public to \"may_use_nothing\";";
    assert!(refused.contains(told), "{refused}");
    let owner = sqlx::PgPool::connect_with(beside.owner.clone()).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(told)).execute(&owner).await.unwrap();
    let database = beside.owner.username("may_use_nothing");
    portal::db::migrate(&database).await.expect("what it was told to run is enough");
}

#[tokio::test]
async fn whatever_the_serving_role_may_do_beyond_serving_is_complained_about() {
    let portal = Portal::shipped().await;
    let owner = portal.owner().await;
    // The role belongs to every test's database, so nobody else may see it as it is in here.
    let changed = async |statements: &'static str| {
        let mut tx = owner.begin().await.unwrap();
        sqlx::raw_sql(statements).execute(&mut *tx).await.unwrap();
        sqlx::query("set local role portal_app").execute(&mut *tx).await.unwrap();
        Health::ask_on(&mut tx).await.unwrap().complaints().join("\n")
    };
    for right in ["createrole", "createdb", "replication"] {
        let statement = match right {
            "createrole" => "alter role portal_app createrole",
            "createdb" => "alter role portal_app createdb",
            _ => "alter role portal_app replication",
        };
        let told = changed(statement).await;
        assert!(
            told.contains("run: alter role portal_app nocreaterole nocreatedb noreplication"),
            "{right}: {told}"
        );
    }
    let told = changed(
        "create role clerks; grant pg_write_all_data to clerks; grant clerks to portal_app",
    )
    .await;
    assert!(told.contains("portal_app has the rights of clerks, pg_write_all_data;"), "{told}");
    let told = changed("grant app to portal_app").await;
    assert!(told.contains("as in: revoke \"app\" from portal_app"), "{told}");
}
