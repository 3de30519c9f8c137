//! Applications, and the stages that are given in them: from the giving to the decision, and the clock
//! that runs on each.

pub mod access;
pub mod alias;
pub mod application;
pub mod closing;
pub mod counting;
pub mod deeds;
pub mod emails;
pub mod employers;
pub mod events;
pub mod fix;
pub mod lifecycle;
pub mod model;
pub mod needs;
pub mod next;
pub mod pages;
pub mod panel;
pub mod paths;
pub mod pipeline;
pub mod promise;
pub mod reminders;
pub mod resume;
pub mod roster;
pub mod store;
pub mod timeline;
pub mod turn;
pub mod waiting;

use axum::extract::FromRef;
use http::Method;

use crate::account::Accounts;
use crate::db::Db;
use crate::web::frame::Bar;
use crate::web::routes::{Audience, Routes};
use crate::web::shelf::Shelf;
use access::{
    MayHandOver, MayInterview, MayQualify, MayRecruit, MayRunApplication, MaySeeApplication,
    MaySeeCandidates, MaySeeIdentity, MaySeeInterviewers, MaySeeUntended, MayTakeAssignment,
};
use pages::{
    add, add_many, availability, candidates, close, conflicts, count, feed, give, hand_over,
    interviewer, interviewers, own, run, show,
};

/// The routes of this room.
pub fn routes<S>() -> Routes<S>
where
    S: Clone + Send + Sync + 'static,
    Db: FromRef<S>,
    Shelf: FromRef<S>,
    Bar: FromRef<S>,
    Accounts: FromRef<S>,
{
    type See = MaySeeApplication;
    type Run = MayRunApplication;
    type Take = MayTakeAssignment;
    Routes::default()
        .guarded::<MaySeeCandidates, _, _>(Method::GET, paths::CANDIDATES, candidates::show)
        .in_bar::<MaySeeCandidates>("Candidates", paths::CANDIDATES)
        .guarded::<MayRecruit, _, _>(Method::GET, paths::CANDIDATE_ADD, add::show)
        .guarded::<MayRecruit, _, _>(Method::POST, paths::CANDIDATE_ADD, add::save)
        .guarded::<MayRecruit, _, _>(Method::GET, paths::CANDIDATES_ADD, add_many::show)
        .guarded::<MayRecruit, _, _>(Method::POST, paths::CANDIDATES_ADD, add_many::save)
        .guarded::<See, _, _>(Method::GET, paths::APPLICATION, show::show)
        .guarded::<Run, _, _>(Method::GET, paths::GIVE, give::show)
        .guarded::<Run, _, _>(Method::POST, paths::GIVE, give::save)
        .guarded::<Run, _, _>(Method::POST, paths::COUNT, count::save)
        .guarded::<MayHandOver, _, _>(Method::GET, paths::HAND_OVER, hand_over::show)
        .guarded::<MayHandOver, _, _>(Method::POST, paths::HAND_OVER, hand_over::save)
        .guarded::<MaySeeUntended, _, _>(Method::GET, paths::UNTENDED, pages::untended::show)
        .guarded::<Run, _, _>(Method::GET, paths::CLOSE, close::show)
        .guarded::<Run, _, _>(Method::POST, paths::CLOSE, close::save)
        .guarded::<MaySeeIdentity, _, _>(Method::GET, paths::IDENTITY, pages::identity::show)
        .guarded::<MaySeeIdentity, _, _>(Method::POST, paths::IDENTITY, pages::identity::see)
        .guarded::<Run, _, _>(Method::GET, paths::RESUME, pages::resume::show)
        .guarded::<Run, _, _>(Method::POST, paths::RESUME, pages::resume::save)
        .guarded::<See, _, _>(Method::GET, paths::RESUME_FILE, pages::resume::file)
        .guarded::<See, _, _>(Method::GET, paths::RUN, run::show)
        .guarded::<Run, _, _>(Method::POST, paths::RUN, run::save)
        .guarded::<Run, _, _>(Method::GET, paths::PANEL, pages::panel::show)
        .guarded::<Run, _, _>(Method::POST, paths::PANEL, pages::panel::save)
        .guarded::<Run, _, _>(Method::GET, paths::CONFLICTS, conflicts::show)
        .guarded::<Run, _, _>(Method::POST, paths::CONFLICTS, conflicts::save)
        .guarded::<MayInterview, _, _>(Method::GET, paths::AVAILABILITY, availability::show)
        .guarded::<MayInterview, _, _>(Method::POST, paths::AVAILABILITY, availability::save)
        .guarded::<MayInterview, _, _>(Method::GET, paths::FEED, feed::show)
        .guarded::<MayInterview, _, _>(Method::POST, paths::FEED, feed::save)
        .get(paths::FEED_READ, Audience::Public, feed::read)
        .guarded::<MaySeeInterviewers, _, _>(Method::GET, paths::INTERVIEWERS, interviewers::show)
        .in_bar::<MaySeeInterviewers>("Interviewers", paths::INTERVIEWERS)
        .guarded::<MaySeeInterviewers, _, _>(Method::GET, paths::INTERVIEWER, interviewer::show)
        .guarded::<MayQualify, _, _>(Method::POST, paths::INTERVIEWER, interviewer::save)
        .guarded::<Take, _, _>(Method::GET, paths::OWN, own::show)
        .guarded::<Take, _, _>(Method::GET, paths::OWN_CALENDAR, pages::own_calendar::show)
        .guarded::<Take, _, _>(Method::GET, paths::OWN_NEEDS, pages::needs::show)
        .guarded::<Take, _, _>(Method::POST, paths::OWN_NEEDS, pages::needs::save)
        .guarded::<Take, _, _>(Method::POST, paths::OWN_KNOWS, pages::needs::save_knows)
        .guarded::<Take, _, _>(Method::POST, paths::OWN_START, own::start)
        .guarded::<Take, _, _>(Method::POST, paths::OWN_TIME, own::ask_for_time)
        .guarded::<Take, _, _>(Method::POST, paths::OWN_WITHDRAWAL, own::withdraw)
}
