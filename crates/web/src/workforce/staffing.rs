//! `/workforce/staffing`: clients for one full post of case work, day centre and groups, each with the plain next step.

use super::{Badge, Stat, defined, hours, own};
use crate::{
    Site,
    answer::{Page, page},
    division,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::workforce::{
    self,
    staffing::{self, HouseStaffing, Place},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::Role,
    workforce::{Level, Load, WorkforceTable},
};
use serde::Deserialize;

/// What the page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    institution: String,
    county: String,
}

struct Line {
    link: String,
    name: String,
    clients: u32,
    posts: String,
    per_post: String,
    badge: Badge,
    next: String,
}

#[derive(Template)]
#[template(path = "workforce/staffing_area.html")]
struct AreaPage {
    shell: Shell,
    county: String,
    defined: String,
    rule: String,
    stats: Vec<Stat>,
    by_county: bool,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "workforce/staffing_house.html")]
struct HousePage {
    shell: Shell,
    name: String,
    up: bool,
    defined: String,
    rule: String,
    stats: Vec<Stat>,
    next: String,
    badge: Badge,
    lines: Vec<Line>,
    checks: Vec<(Badge, String)>,
}

fn tenths(number: u32) -> String {
    format!("{}.{}", number / 10, number % 10)
}

pub(super) fn posts(table: &WorkforceTable, load: Load) -> String {
    let hundredths = load.posts_in_hundredths(table.employment.full_week_minutes);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Clients for one full post, as `1 : 32.5`.
fn per_post(table: &WorkforceTable, load: Load) -> String {
    let found = load.per_post_in_tenths(table.employment.full_week_minutes);
    found.map_or_else(|| "–".to_owned(), |ratio| format!("1 : {}", tenths(ratio)))
}

/// How a ratio is to be taken.
pub(super) fn badge(language: Language, table: &WorkforceTable, load: Load) -> Badge {
    let level = load.level(&table.staffing, table.employment.full_week_minutes);
    let (look, icon) = match level {
        Level::Fits => ("good", "check"),
        Level::Above => ("soon", "hourglass"),
        Level::Warn | Level::Nobody => ("late", "alert-triangle"),
    };
    let (fit, warn) =
        (table.staffing.clients_per_post.to_string(), table.staffing.warn_clients_per_post.to_string());
    let values = [("fit", fit.as_str()), ("warn", &warn)];
    (look, icon, language.with(&format!("staffing_level.{}", level.code()), &values))
}

/// What is to be done about a ratio.
fn next(language: Language, table: &WorkforceTable, load: Load) -> String {
    let (terms, full) = (&table.staffing, table.employment.full_week_minutes);
    let level = load.level(terms, full);
    // Whole hours, rounded up: nobody writes a contract in minutes.
    let missing = load.missing_minutes(terms, full).div_ceil(60).to_string();
    let room = load.room(terms, full).to_string();
    let values = [("hours", missing.as_str()), ("room", &room)];
    language.with(&format!("staffing_next.{}", level.code()), &values)
}

fn rule(language: Language, table: &WorkforceTable) -> String {
    let (fit, warn) =
        (table.staffing.clients_per_post.to_string(), table.staffing.warn_clients_per_post.to_string());
    let week = hours(table.employment.full_week_minutes);
    language.with("staffing.rule", &[("fit", &fit), ("warn", &warn), ("week", &week)])
}

fn figures(language: Language, table: &WorkforceTable, load: Load) -> Vec<Stat> {
    let (look, _, text) = badge(language, table, load);
    let stat = |key: &str, big, sub, late| Stat::new(language, key, big, sub, late);
    let week = language.with("workforce.hours_a_week", &[("hours", &hours(load.week_minutes))]);
    vec![
        stat("staffing.ratio", per_post(table, load), text, look == "late"),
        stat(
            "staffing.clients",
            load.clients.to_string(),
            language.text("staffing.clients_about").into_owned(),
            false,
        ),
        stat("staffing.posts", posts(table, load), week, false),
    ]
}

/// A place or somebody, with a link where there is more to see.
fn line(language: Language, table: &WorkforceTable, (link, name): (String, String), load: Load) -> Line {
    Line {
        link,
        name,
        clients: load.clients,
        posts: posts(table, load),
        per_post: per_post(table, load),
        badge: badge(language, table, load),
        next: next(language, table, load),
    }
}

/// Where a part is shown by itself, and its name.
fn way_to(site: &Site, part: &Place) -> (String, String) {
    match part.institution {
        Some(id) => (format!("/workforce/staffing?institution={id}"), part.name.clone()),
        None => {
            (format!("/workforce/staffing?county={}", part.county), division::path(&site.app, part.county))
        }
    }
}

/// Who answers for staff: clients for one full post in the area or in one house. A worker: the own page, where the own load stands.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let scope = &session.scope;
    if workforce::reads_own_record_alone(scope) {
        return own::show(&site, &session, None).await;
    }
    if scope.role == Role::InstitutionManager || !asked.institution.is_empty() {
        let found = staffing::of_house(&site.app, scope, asked.institution.parse().ok()).await?;
        return house(&site, &session, &found);
    }
    area(&site, &session, asked.county.parse().ok()).await
}

async fn area(site: &Site, session: &Session, county: Option<i64>) -> Page {
    let (language, table) = (session.language, &site.app.tables.workforce);
    let found = staffing::staffing(&site.app, &session.scope, county).await?;
    page(&AreaPage {
        shell: session.shell(&language.text("staffing.title")),
        county: county.map(|code| division::path(&site.app, code)).unwrap_or_default(),
        defined: defined(language, &found.definition, &found.on.to_string()),
        rule: rule(language, table),
        stats: figures(language, table, found.whole.load),
        by_county: found.parts.iter().any(|part| part.institution.is_none()),
        lines: found.parts.iter().map(|part| line(language, table, way_to(site, part), part.load)).collect(),
    })
}

fn house(site: &Site, session: &Session, found: &HouseStaffing) -> Page {
    let (language, table) = (session.language, &site.app.tables.workforce);
    let load = found.place.load;
    let worker = |one: &staffing::Worker| line(language, table, (String::new(), one.name.clone()), one.load);
    page(&HousePage {
        shell: session.shell(&language.text("staffing.title")),
        name: found.place.name.clone(),
        up: session.scope.role != Role::InstitutionManager,
        defined: defined(language, &found.definition, &found.on.to_string()),
        rule: rule(language, table),
        stats: figures(language, table, load),
        next: next(language, table, load),
        badge: badge(language, table, load),
        lines: found.workers.iter().map(worker).collect(),
        checks: checks(language, table, found),
    })
}

/// Day centre, groups and medical staff, each with what it amounts to.
fn checks(language: Language, table: &WorkforceTable, found: &HouseStaffing) -> Vec<(Badge, String)> {
    let good = |fits: bool, text: &str| -> Badge {
        let (look, icon) = if fits { ("good", "check") } else { ("late", "alert-triangle") };
        (look, icon, language.text(text).into_owned())
    };
    let terms = &table.staffing;
    let numbers = [
        found.present,
        found.day_staff_needed,
        found.day_staff,
        terms.present_per_staff,
        terms.least_day_staff,
        found.groups,
        found.large_groups,
        terms.members_per_leader,
        found.medical,
        u32::from(terms.days_back),
    ]
    .map(|number| number.to_string());
    let [present, needed, day_staff, each, least, groups, large, members, medical, days] = &numbers;
    let values = [
        ("present", present.as_str()),
        ("needed", needed),
        ("staff", day_staff),
        ("each", each),
        ("least", least),
        ("groups", groups),
        ("large", large),
        ("members", members),
        ("medical", medical),
        ("days", days),
    ];
    let about = |key: &str| language.with(key, &values);
    vec![
        (
            good(found.day_staff >= found.day_staff_needed, "staffing.day_centre"),
            about("staffing.day_centre_about"),
        ),
        (good(found.large_groups == 0, "staffing.groups"), about("staffing.groups_about")),
        (good(found.medical > 0, "staffing.medical"), about("staffing.medical_about")),
    ]
}
