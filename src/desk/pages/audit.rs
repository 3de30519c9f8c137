//! The audit log, for administrators: what happened, newest first. Looking at it is not recorded.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use jiff::tz::TimeZone;

use crate::account::access::MayManagePeople;
use crate::assignment::paths::identity;
use crate::audit::Group;
use crate::audit::store::Place;
use crate::clock::instant;
use crate::db::Db;
use crate::desk::access::MaySeeAudit;
use crate::desk::filter::{FIELDS, Filter, Whom};
use crate::desk::model::{By, Told, Written};
use crate::desk::sentence::{self, Named, Sentence};
use crate::desk::store::{self, Log, Readers};
use crate::desk::{paths, sentence::sentence as in_words};
use crate::ids::ApplicationId;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::form::Form;
use crate::web::frame::Frame;
use crate::web::html::Html as Markup;
use crate::web::layout::Layout;
use crate::web::moment::moment;

/// Events on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "desk/audit.html")]
pub(super) struct Audit<'a> {
    layout: Layout<'a>,
    form: &'a Form,
    groups: Vec<Group>,
    filter: &'a Filter,
    /// Whom the filter has chosen, by name.
    who: Option<Chosen>,
    about: Option<Chosen>,
    /// The zone in which days begin.
    zone: &'a str,
    rows: Vec<Row>,
    /// Where the log goes on.
    more: Option<String>,
    /// It does not begin with the newest.
    is_later: bool,
}

/// Somebody or something the log is narrowed to, and where it is not.
struct Chosen {
    name: String,
    code: String,
    without: String,
}

struct Row {
    sentence: Sentence,
    note: Written,
    at: Markup,
    /// The place in the chain.
    sealed: Option<i64>,
    /// Addresses that show only what they did, and only what was done to them.
    who_href: String,
    about_href: String,
    /// Where it is seen whose application it is.
    identity: Option<String>,
}

/// What a query says, as a form that was filled in.
fn asked(query: Option<String>) -> (Form, Option<Place>) {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let of = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let after =
        of("before").and_then(|at| instant(at)).zip(of("id").and_then(|id| id.parse().ok()));
    let known = pairs.iter().filter(|(key, _)| FIELDS.contains(&key.as_str()));
    // Postgres knows no NUL, and no name holds one.
    let known: Vec<_> = known.map(|(key, value)| (key.as_str(), value.replace('\0', ""))).collect();
    let form = Form::filled(known.iter().map(|(key, value)| (*key, value.as_str())));
    (form, after.map(|(at, id)| Place { at, id }))
}

pub async fn show(
    (see, people): (Allowed<MaySeeAudit>, Allowed<MayManagePeople>),
    State(db): State<Db>,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (mut form, after) = asked(query);
    let Some(filter) = Filter::read(&mut form) else {
        return refused(&frame, &form);
    };
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let readers: Readers<'_> = (&see, &people);
    let mut tx = db.begin_reading().await?;
    let wanted = store::wanted(&mut tx, readers, &filter, filter.wanted(zone)).await?;
    let mut log = store::log(&mut tx, readers, &wanted, after, PAGE + 1).await?;
    let has_more = log.events.len() > PAGE;
    log.events.truncate(PAGE);
    let more = log.events.last().filter(|_| has_more).map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(filter.fields());
        query.append_pair("before", &last.at.to_string());
        query.append_pair("id", &last.id.to_string());
        format!("{}?{}", paths::AUDIT, query.finish())
    });
    let audit = Audit {
        layout: frame.layout("Audit"),
        form: &form,
        groups: sentence::groups(),
        who: chosen(&filter, &log, &filter.who, |filter, whom| filter.who = whom),
        about: chosen(&filter, &log, &filter.about, |filter, whom| filter.about = whom),
        zone: zone.iana_name().unwrap_or("UTC"),
        rows: log.events.iter().map(|event| row(event, &log, zone)).collect(),
        filter: &filter,
        more,
        is_later: after.is_some(),
    };
    Ok((StatusCode::OK, Html(audit.render()?)).into_response())
}

/// The page with the filter as it was typed, and nothing below.
pub(super) fn refused(frame: &Frame, form: &Form) -> Result<Response, Failure> {
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let audit = Audit {
        layout: frame.layout("Audit"),
        form,
        groups: sentence::groups(),
        filter: &Filter::default(),
        who: None,
        about: None,
        zone: zone.iana_name().unwrap_or("UTC"),
        rows: Vec::new(),
        more: None,
        is_later: false,
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Html(audit.render()?)).into_response())
}

fn chosen(filter: &Filter, log: &Log, whom: &Whom, set: fn(&mut Filter, Whom)) -> Option<Chosen> {
    let name = match whom {
        Whom::One(id) => log.names.get(id).cloned().unwrap_or_else(|| "this one alone".to_owned()),
        Whom::Portal => "The portal or its operator".to_owned(),
        Whom::Nobody => "Somebody not signed in".to_owned(),
        Whom::Anybody | Whom::Called(_) => return None,
    };
    let mut others = filter.clone();
    set(&mut others, Whom::Anybody);
    Some(Chosen { name, code: whom.code(), without: address(&others) })
}

fn row(event: &Told, log: &Log, zone: &TimeZone) -> Row {
    let sentence = in_words(event, &log.names);
    let only = |named: &Named, set: fn(&mut Filter, Whom)| {
        let mut filter = Filter::default();
        set(&mut filter, named.whom.clone());
        address(&filter)
    };
    let about = sentence.about.as_ref();
    let about_href =
        about.map_or_else(String::new, |about| only(about, |filter, whom| filter.about = whom));
    Row {
        note: event.note.clone(),
        at: moment(event.at, zone),
        sealed: event.sealed.map(|head| head.sequence),
        who_href: match &event.by {
            // More of what happened in their application; whoever may know whose it is finds that beside it.
            By::Candidate { .. } => about_href.clone(),
            By::Actor(_) => only(&sentence.who, |filter, whom| filter.who = whom),
        },
        about_href,
        identity: event
            .about
            .as_ref()
            .filter(|(kind, _)| kind == "application")
            .map(|(_, id)| identity(ApplicationId::from(*id))),
        sentence,
    }
}

fn address(filter: &Filter) -> String {
    let query = filter.query();
    if query.is_empty() { paths::AUDIT.to_owned() } else { format!("{}?{query}", paths::AUDIT) }
}
