//! `/administration/access`: each rule that decides whether an account sees a record, with its answer and without
//! content; `/api/v1/access`.

pub(crate) mod api;

use crate::{
    Site,
    answer::{Page, page_with},
    due::minute,
    language::Language,
    referral::words,
    session::Session,
    shell::Shell,
};
use app::{
    App, Error,
    account::explain::{self, Explanation},
};
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
};
use serde::Deserialize;

/// A rule with its answer.
struct Rule {
    name: String,
    holds: bool,
}

/// Rules that must hold together.
struct Group {
    heading: String,
    rules: Vec<Rule>,
}

struct Told {
    headline: String,
    sees: bool,
    who: String,
    record: String,
    groups: Vec<Group>,
    shown: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "account/access.html")]
struct AccessPage {
    shell: Shell,
    asked: Asked,
    problems: Vec<String>,
    told: Option<Told>,
}

/// What is asked.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Asked {
    account: String,
    record: String,
}

/// Administrator: why somebody of the area sees a record of the area, or does not.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (language, mut problems, mut told) = (session.language, Vec::new(), None);
    let mut status = StatusCode::OK;
    if !asked.account.trim().is_empty() || !asked.record.trim().is_empty() {
        match explain::explain(&site.app, &session.scope, &asked.account, &asked.record).await {
            Ok(found) => told = Some(in_words(&site.app, language, &found)),
            Err(Error::Invalid(wrong)) => {
                status = StatusCode::UNPROCESSABLE_ENTITY;
                problems = wrong.iter().map(|p| language.problem(&p.code, &p.values)).collect();
            }
            Err(other) => return Err(other.into()),
        }
    }
    let shell = session.shell(&language.text("access.title"));
    page_with(status, &AccessPage { shell, asked, problems, told })
}

fn in_words(app: &App, language: Language, found: &Explanation) -> Told {
    let text = |key: &str| language.text(key).into_owned();
    let kind = language.code("audit_subject", found.kind);
    let role = language.code("role", &found.role);
    let deed = |deed| language.code("permission_deed", &words::code(&deed));
    let permitted = found.deeds.iter().map(|(done, may)| Rule {
        name: language.with("access.permitted", &[("role", &role), ("deed", &deed(*done)), ("kind", &kind)]),
        holds: *may,
    });
    let mut groups = vec![
        Group {
            heading: text("access.account"),
            rules: vec![Rule { name: text("access.active"), holds: found.active }],
        },
        Group { heading: text("access.table"), rules: permitted.collect() },
    ];
    for (number, way) in (1..).zip(&found.ways) {
        let rule = |asked: &explain::Asked| Rule {
            name: language.code("access_rule", asked.rule),
            holds: asked.holds,
        };
        groups.push(Group {
            heading: language.with("access.way", &[("number", &number.to_string())]),
            rules: way.iter().map(rule).collect(),
        });
    }
    let none = Rule { name: text("access.no_way"), holds: false };
    let within = Rule { name: text("access.within"), holds: found.within };
    let rules = if found.ways.is_empty() { vec![none, within] } else { vec![within] };
    groups.push(Group { heading: text("access.scope"), rules });
    let key = if found.sees { "access.sees" } else { "access.sees_not" };
    Told {
        headline: language.with(key, &[("name", &found.name), ("kind", &kind)]),
        sees: found.sees,
        who: format!("{} ({}) · {role} · {}", found.name, found.username, found.organisation),
        record: format!("{kind} {}", found.record),
        groups,
        shown: shown(app, language, found),
    }
}

/// What would be shown of the record, by the same rules as on its pages.
fn shown(app: &App, language: Language, found: &Explanation) -> Vec<(String, String)> {
    let text = |key: &str| language.text(key).into_owned();
    let yes = |yes: bool| text(if yes { "form.yes" } else { "form.no" });
    let mut lines: Vec<(String, String)> = found
        .contents
        .iter()
        .map(|(content, sight)| {
            let content = language.code("access_content", &words::code(content));
            (content, language.code("access_sight", &words::code(sight)))
        })
        .collect();
    lines.push((text("access.name"), language.code("access_name", &words::code(&found.name_shown))));
    if found.kind == "referral" {
        let forms: Vec<String> = found.forms.iter().map(|form| words::title(app, language, *form)).collect();
        lines.push((text("access.forms"), forms.join(&text("form.comma"))));
        lines.push((text("access.offered"), yes(found.offered)));
        lines.push((text("access.restricted"), yes(found.restricted)));
    }
    let emergency = match found.open_until {
        Some(until) => language.with("access.open_until", &[("until", &minute(until))]),
        None => text(if found.may_open { "access.may_open" } else { "access.may_not_open" }),
    };
    lines.push((text("navigation.emergency_access"), emergency));
    lines
}
