//! A candidate's own page: where am I, what is next, by when.

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use crate::account::Accounts;
use crate::assignment::access::MayTakePart;
use crate::assignment::application::Assignment;
use crate::assignment::pages::words::{Reader, Standing, standing};
use crate::assignment::paths;
use crate::assignment::store::{applications, assignments};
use crate::db::Db;
use crate::ids::TrackId;
use crate::track::model::Track;
use crate::track::store as tracks;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::layout::Layout;
use crate::web::now::Now;

#[derive(Template)]
#[template(path = "desk/my.html")]
struct My<'a> {
    layout: Layout<'a>,
    sends_mail: bool,
    /// The newest first.
    paths: Vec<Path>,
    /// What is to be done now.
    next: Option<Next>,
}

/// One track the candidate is in.
struct Path {
    title: String,
    href: Option<String>,
    stages: Vec<Step>,
}

struct Step {
    title: String,
    /// The newest time it was given.
    given: Option<Given>,
}

struct Given {
    href: String,
    standing: Standing,
}

struct Next {
    title: String,
    href: String,
    verb: &'static str,
}

pub async fn show(
    allowed: Allowed<MayTakePart>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    (frame, Now(now)): (Frame, Now),
) -> Result<Html<String>, Failure> {
    let mut tx = db.begin_reading().await?;
    let applications = applications::own(&mut tx, &allowed).await?;
    let given = assignments::own(&mut tx, &allowed).await?;
    let known = tracks::list(&mut tx).await?;
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let stand = |it: &Assignment| standing(it, Reader::Candidate, now, zone);
    let next = given.iter().rev().find(|it| !stand(it).phase.is_over()).map(|it| Next {
        title: it.title.clone(),
        href: paths::own(it.id),
        verb: if stand(it).state.is_begun() { "Go on with" } else { "Open" },
    });
    let path = |(application, track): &(_, TrackId)| {
        let track: Option<&Track> = known.iter().find(|one| one.id == *track);
        let newest = |wanted: &dyn Fn(&Assignment) -> bool| {
            let mut of = given.iter().rev().filter(|it| it.application == *application);
            of.find(|it| wanted(it))
                .map(|it| Given { href: paths::own(it.id), standing: stand(it) })
        };
        let stages = track.map(|track| track.stages.as_slice()).unwrap_or_default();
        let step = |stage: &crate::track::model::Stage| Step {
            title: stage.title.clone(),
            given: newest(&|it| it.stage == stage.id),
        };
        Path {
            title: track.map_or("Your interview", Track::title).to_owned(),
            href: track.map(|track| crate::track::paths::track(&track.slug)),
            stages: stages.iter().map(step).collect(),
        }
    };
    let my = My {
        layout: frame.layout("My interview"),
        sends_mail: room.sends_mail,
        paths: applications.iter().map(path).collect(),
        next,
    };
    Ok(Html(my.render()?))
}
