//! The interview portal: rooms by topic, and in every room the same layers by file name.
//!
//! | room | what it is about |
//! |---|---|
//! | [`content`] | documents: importing, keeping, reading, searching |
//! | [`track`] | tracks, stages, recipes, level guides |
//! | [`account`] | people, roles, signing in, sessions, invitations |
//! | [`assignment`] | candidates in tracks, the stages they are given, and the clock on each |
//! | [`submission`] | what candidates put together and hand in |
//! | [`review`] | votes under seal, and their opening |
//! | [`decision`] | what is decided on a stage, and how the candidate is told |
//! | [`report`] | how interviews go, of everybody together |
//! | [`desk`] | pages that join rooms: where each person begins |
//! | [`personal`] | what is kept about a person, and taking it along |
//! | [`site`] | the overview, publications, health, errors |
//!
//! Beneath the rooms lie [`web`] (the kit every page uses), [`mail`] (letters on their way out),
//! [`audit`] (what happened, by whom), [`objects`] (snapshots by their digest), [`db`], [`config`], [`keys`],
//! [`clock`], [`calendar`], [`ids`], [`refs`] and [`logs`]; above them [`app`] joins them, [`demo`] fills them with
//! people who do not exist, and [`cli`] runs it.
//!
//! **Who may know whom.** `main → cli → app, demo → rooms → web, mail, audit, objects, db → clock, calendar, ids, keys,
//! refs`.
//! Among rooms the later in the process may know the earlier: `site → personal → desk → report → decision → review →
//! submission → assignment → account → track → content`.
//! Inside a room `pages → store → access → model`: files of pure rules never touch the network, the database or a
//! template. `tests/architecture.rs` holds this.

pub mod account;
pub mod app;
pub mod assignment;
pub mod audit;
pub mod calendar;
pub mod cli;
pub mod clock;
pub mod config;
pub mod content;
pub mod db;
pub mod decision;
pub mod demo;
pub mod desk;
pub mod ids;
pub mod keys;
pub mod logs;
pub mod mail;
pub mod objects;
pub mod personal;
pub mod refs;
pub mod report;
pub mod review;
pub mod site;
pub mod submission;
pub mod track;
pub mod web;
