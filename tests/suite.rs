//! Every test that needs more than one file of the crate: one binary, one database cluster.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test that fails says where")]

mod submission;
mod support;

mod access;
mod account;
mod architecture;
mod archives;
mod asks;
mod audit;
mod audit_page;
mod brought;
mod browser;
mod calendar;
mod circumstances;
mod cli;
mod connections;
mod copies;
mod course;
mod crawl;
mod data_folder;
mod database;
mod decision;
mod demo;
mod desk;
mod email_change;
mod factor;
mod first_start;
mod impartial;
mod import;
mod interview;
mod mail;
mod names;
mod objects;
mod oidc;
mod outbox;
mod overview;
mod own_safety;
mod pages;
mod panels;
mod passkey;
mod people;
mod phases;
mod pipeline;
mod recipes;
mod resume;
mod schedules;
mod settings;
mod signing_in;
mod story;
mod sync;
mod tokens;
mod told_to_stop;
mod turns;
