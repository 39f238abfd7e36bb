//! Figures of an area, staff of a house, and the list as a file.

use super::{Badge, Stat, certificate, hours, own, post_name, share, standing, stats};
use crate::{
    Site, address,
    answer::{Page, page},
    division, library,
    session::Session,
    shell::Shell,
};
use app::{
    export::Table,
    scope::Scope,
    workforce::{self, Member, Part, StaffFilter},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
};
use serde::Deserialize;

/// What the page is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    institution: String,
    county: String,
    year: String,
    show: String,
    after: String,
    format: String,
}

impl Asked {
    fn year(&self) -> Option<i16> {
        self.year.parse().ok()
    }

    /// One house is asked for: a manager's own, or the one that is named.
    fn of_house(&self, scope: &Scope) -> bool {
        scope.role == Role::InstitutionManager || !self.institution.is_empty()
    }

    fn filter(&self) -> StaffFilter {
        StaffFilter {
            institution: self.institution.parse().ok(),
            year: self.year(),
            short: self.show == "short",
            certificate: self.show == "certificate",
            after: self.after.parse().ok(),
        }
    }

    fn query(&self, show: &str) -> String {
        address::query([("institution", self.institution.as_str()), ("year", &self.year), ("show", show)])
    }
}

struct PartView {
    link: String,
    name: String,
    trained: String,
    missing: String,
    expired: u32,
    running_out: u32,
    unrecorded: u32,
    behind: bool,
}

#[derive(Template)]
#[template(path = "workforce/area.html")]
struct AreaPage {
    shell: Shell,
    year: i16,
    years: Vec<i16>,
    county: String,
    /// Its code; empty without one.
    code: String,
    stats: Vec<Stat>,
    by_county: bool,
    parts: Vec<PartView>,
    may_enter: bool,
}

pub(super) struct Row {
    id: String,
    name: String,
    profession: String,
    post: String,
    trained: String,
    standing: Badge,
    certificate: Option<Badge>,
    certificate_name: String,
}

struct Tab {
    link: String,
    name: String,
    here: bool,
}

#[derive(Template)]
#[template(path = "workforce/house.html")]
struct HousePage {
    shell: Shell,
    name: String,
    year: i16,
    years: Vec<i16>,
    institution: String,
    stats: Vec<Stat>,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    total: String,
    next: String,
    query: String,
    may_enter: bool,
    exports: bool,
}

/// The years that can be looked at, this one first.
pub(super) fn years(site: &Site) -> Vec<i16> {
    let today = china_date(site.app.now()).year();
    vec![today, today - 1, today - 2]
}

/// Who answers for staff: figures of the area, or the staff of one house. A worker: the own record.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let scope = &session.scope;
    if workforce::reads_own_record_alone(scope) {
        return own::show(&site, &session, asked.year()).await;
    }
    if asked.of_house(scope) {
        return house(&site, &session, asked).await;
    }
    area(&site, &session, &asked).await
}

/// An institution by its name, a county by its path.
fn name_of(site: &Site, part: &Part) -> String {
    if part.institution.is_some() { part.name.clone() } else { division::path(&site.app, part.county) }
}

async fn area(site: &Site, session: &Session, asked: &Asked) -> Page {
    let language = session.language;
    let county: Option<i64> = asked.county.parse().ok();
    let found = workforce::figures(&site.app, &session.scope, asked.year(), county).await?;
    let by_county = found.parts.iter().any(|part| part.institution.is_none());
    let view = |part: &Part| {
        let year = found.year;
        let link = match part.institution {
            Some(id) => format!("/workforce?institution={id}&year={year}"),
            None => format!("/workforce?county={}&year={year}", part.county),
        };
        PartView {
            link,
            name: name_of(site, part),
            trained: share(part.trained),
            missing: hours(u32::try_from(part.missing).unwrap_or(u32::MAX)),
            expired: part.expired,
            running_out: part.running_out,
            unrecorded: part.unrecorded,
            behind: part.trained.of < part.trained.all,
        }
    };
    page(&AreaPage {
        shell: session.shell(&language.text("navigation.workforce")),
        year: found.year,
        years: years(site),
        county: county.map(|code| division::path(&site.app, code)).unwrap_or_default(),
        code: county.map(|code| code.to_string()).unwrap_or_default(),
        stats: stats(language, &found.whole, &found.definition, &found.on.to_string()),
        by_county,
        parts: found.parts.iter().map(view).collect(),
        may_enter: session.scope.role.may(Deed::Change, Subject::Workforce),
    })
}

fn row(site: &Site, session: &Session, member: &Member) -> Row {
    let (language, table) = (session.language, &site.app.tables.workforce);
    let post = member.employment.as_ref().map(|one| {
        let name = post_name(language, table, &one.post);
        let week = hours(u32::try_from(one.week_minutes).unwrap_or(0));
        format!("{name} · {}", language.with("workforce.hours_a_week", &[("hours", &week)]))
    });
    let unrecorded = if member.recorded { "workforce.not_employed" } else { "workforce.no_employment" };
    Row {
        id: member.id.to_string(),
        name: member.name.clone(),
        profession: language.code("profession", member.profession.code()),
        post: post.unwrap_or_else(|| language.text(unrecorded).into_owned()),
        trained: trained(session, member),
        standing: standing(language, member.counted, member.standing),
        certificate: certificate(language, member.validity),
        certificate_name: member.certificate.clone().unwrap_or_default(),
    }
}

/// Hours done of the hours owed.
pub(super) fn trained(session: &Session, member: &Member) -> String {
    let (done, required) = (hours(member.standing.done), hours(member.standing.required));
    session.language.with("workforce.done_of", &[("done", &done), ("required", &required)])
}

async fn house(site: &Site, session: &Session, asked: Asked) -> Page {
    let (language, scope) = (session.language, &session.scope);
    let listed = workforce::staff(&site.app, scope, &asked.filter()).await?;
    let show = if matches!(asked.show.as_str(), "short" | "certificate") { asked.show.as_str() } else { "" };
    let tab = |code: &str, key: &str| Tab {
        link: format!("/workforce?{}", asked.query(code)),
        name: language.text(key).into_owned(),
        here: code == show,
    };
    let query = asked.query(show);
    page(&HousePage {
        shell: session.shell(&language.text("navigation.workforce")),
        name: listed.institution_name.clone(),
        year: listed.year,
        years: years(site),
        institution: asked.institution.clone(),
        stats: stats(language, &listed.whole, &listed.definition, &listed.on.to_string()),
        tabs: vec![
            tab("", "workforce.tab_all"),
            tab("short", "workforce.tab_short"),
            tab("certificate", "workforce.tab_certificate"),
        ],
        rows: listed.members.iter().map(|member| row(site, session, member)).collect(),
        total: language.with("library.total", &[("count", &listed.total.to_string())]),
        next: listed.next.map(|id| format!("/workforce?{query}&after={id}")).unwrap_or_default(),
        query,
        may_enter: scope.role.may(Deed::Change, Subject::Workforce),
        exports: scope.role.may(Deed::Export, Subject::Workforce),
    })
}

/// Who answers for staff: everybody of one house that the filter finds, as a file; without a house the figures of the area.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let (language, scope) = (session.language, &session.scope);
    let text = |key: &str| language.text(key).into_owned();
    let of_house = asked.of_house(scope);
    let (columns, rows, code) = if of_house {
        let (listed, code) = workforce::export(&site.app, scope, &asked.filter()).await?;
        let cells = |member: &Member| {
            let row = row(&site, &session, member);
            let until = member.certificate_until.map(|day| day.to_string()).unwrap_or_default();
            vec![
                row.name,
                row.profession,
                row.post,
                row.certificate_name,
                until,
                row.certificate.map(|badge| badge.2).unwrap_or_default(),
                hours(member.standing.done),
                hours(member.standing.required),
                hours(member.standing.missing()),
            ]
        };
        let columns = [
            "talent_field.name",
            "talent.profession",
            "workforce.post",
            "talent_field.certificate",
            "talent_field.certificate_until",
            "workforce.certificate",
            "workforce.column_done",
            "workforce.column_required",
            "workforce.column_missing",
        ];
        (columns.map(text).to_vec(), listed.members.iter().map(cells).collect(), code)
    } else {
        let county = asked.county.parse().ok();
        let (found, code) = workforce::export_figures(&site.app, scope, asked.year(), county).await?;
        let cells = |part: &Part| {
            vec![
                name_of(&site, part),
                found.definition.clone(),
                found.on.to_string(),
                part.trained.of.to_string(),
                part.trained.all.to_string(),
                hours(u32::try_from(part.missing).unwrap_or(u32::MAX)),
                part.expired.to_string(),
                part.running_out.to_string(),
                part.unrecorded.to_string(),
            ]
        };
        let columns = [
            "workforce.place",
            "workforce.definition",
            "workforce.as_of",
            "workforce.numerator",
            "workforce.denominator",
            "workforce.hours_missing",
            "workforce.certificates_expired",
            "workforce.certificates_running_out",
            "workforce.unrecorded",
        ];
        (columns.map(text).to_vec(), found.parts.iter().map(cells).collect(), code)
    };
    let table = Table {
        title: text("navigation.workforce"),
        mark: crate::export::mark(&session, site.app.now(), &code),
        figures_from: Some(if of_house { 6 } else { 3 }),
        columns,
        rows,
    };
    library::export("workforce", &asked.format, &table)
}
