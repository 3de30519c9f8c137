//! Everybody who has an account, for those who look after them.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use super::page;
use crate::account::access::MayManagePeople;
use crate::account::model::{Account, Standing};
use crate::account::store::accounts::{self, Wanted};
use crate::account::{Accounts, paths};
use crate::db::Db;
use crate::web::allowed::Allowed;
use crate::web::error::Failure;
use crate::web::frame::Frame;
use crate::web::html::Html;
use crate::web::layout::Layout;
use crate::web::moment;
use crate::web::now::Now;
use crate::web::viewer::Role;

/// People on one page of the list.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "account/people.html")]
struct People<'a> {
    layout: Layout<'a>,
    text: &'a str,
    role: Option<Role>,
    standing: Option<Standing>,
    is_narrowed: bool,
    /// What became of a list of people that was just brought.
    notice: String,
    /// Nothing is sent, so there is more to be done for them.
    is_half_done: bool,
    rows: Vec<Row>,
    /// Where the list goes on.
    more: Option<String>,
}

impl People<'_> {
    fn shows_only(&self, role: &Role) -> bool {
        self.role == Some(*role)
    }

    fn shows_those(&self, standing: &Standing) -> bool {
        self.standing == Some(*standing)
    }
}

struct Row {
    href: String,
    name: String,
    email: String,
    roles: String,
    standing: Standing,
    seen: Option<Html>,
}

pub async fn show(
    allowed: Allowed<MayManagePeople>,
    State(db): State<Db>,
    State(room): State<Accounts>,
    Now(now): Now,
    frame: Frame,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let asked: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let of = |name: &str| {
        let found = asked.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.trim()).replace('\0', "")
    };
    let (text, role): (String, String) = (of("q").chars().take(200).collect(), of("role"));
    let after = of("id").parse().ok().map(|id| (of("after"), id));
    let standing = Standing::from_code(&of("state"));
    let role_wanted = Role::from_code(&role);
    let wanted = Wanted {
        text: text.clone(),
        role: role_wanted,
        standing: standing.map(|it| (it, now)),
        after,
    };
    let mut found = accounts::list(&db, &allowed, &wanted, PAGE + 1).await?;
    let has_more = found.len() > PAGE;
    found.truncate(PAGE);
    let more = found.last().filter(|_| has_more).map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", &text).append_pair("role", &role);
        query.append_pair("state", standing.map_or("", Standing::code));
        query.append_pair("after", &last.name).append_pair("id", &last.id.to_string());
        format!("{}?{}", paths::PEOPLE, query.finish())
    });
    let zone = &frame.viewer.person().ok_or(Failure::NotFound)?.zone;
    let row = |account: Account| Row {
        href: paths::person(account.id),
        standing: account.standing(now),
        seen: account.seen_at.map(|at| moment::moment(at, zone)),
        name: account.name,
        email: account.email,
        roles: account.roles.to_string(),
    };
    let is_done = frame.done() == "invited";
    let people = People {
        layout: frame.layout("People"),
        text: &text,
        role: wanted.role,
        standing,
        is_narrowed: !text.is_empty() || wanted.role.is_some() || standing.is_some(),
        notice: match frame.done() {
            "invited" => invited(of("count").parse().ok(), room.sends_mail),
            "withdrawn" => "The invitation is withdrawn, and its account is gone.".to_owned(),
            _ => String::new(),
        },
        is_half_done: is_done && !room.sends_mail,
        rows: found.into_iter().map(row).collect(),
        more,
    };
    page(StatusCode::OK, &people)
}

/// What became of the people on a list, of whom this many were new.
fn invited(count: Option<usize>, sends_mail: bool) -> String {
    match (sends_mail, count) {
        (true, None) => "Everybody on the list is invited.".to_owned(),
        (true, Some(1)) => "One account is made, and the invitation is on its way.".to_owned(),
        (true, Some(count)) => {
            format!("{count} accounts are made, and their invitations are on their way.")
        }
        (false, None) => "The accounts are made. Nothing is sent.".to_owned(),
        (false, Some(1)) => "One account is made. Nothing is sent.".to_owned(),
        (false, Some(count)) => format!("{count} accounts are made. Nothing is sent."),
    }
}
