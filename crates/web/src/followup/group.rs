//! `/followup/groups`: the management groups of the townships; `/followup/groups/{town}`: members, meetings and the cases handed to a
//! group, with their risk grade and no diagnosis; `/followup/records/{id}/group`: a case is handed over, measures, its end.

pub(crate) mod api;
pub(crate) mod form;

use super::{Badge, risk_badge};
use crate::{
    Site,
    answer::{Page, page},
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    followup::group::{self, Case, Group},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{division::DivisionCode, followup::group::Office};
use serde::Deserialize;

struct TownLine {
    division: i64,
    place: String,
    group: String,
    standing: Badge,
    open: i64,
    last: String,
}

#[derive(Template)]
#[template(path = "followup/groups.html")]
struct GroupsPage {
    shell: Shell,
    with_group: usize,
    townships: usize,
    share: String,
    rows: Vec<TownLine>,
    districts: Vec<group::District>,
    /// The part of the area that was chosen; empty for the whole of it.
    chosen: String,
}

/// Which part of the area is shown.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct AskedPart {
    division: String,
}

impl AskedPart {
    /// The part that was asked for; what is none is not there.
    pub(crate) fn part(&self) -> Result<Option<i64>, Error> {
        if self.division.is_empty() {
            return Ok(None);
        }
        let code = DivisionCode::parse(&self.division).map_err(|_| Error::NotFound)?;
        Ok(Some(code.number()))
    }
}

/// Doctors and the health side: the groups of the townships in their area; above a county its parts, one of which is chosen to go on.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<AskedPart>) -> Page {
    let language = session.language;
    let part = asked.part()?;
    let found = group::townships(&site.app, &session.scope, part).await?;
    let badge = |key: &str, tone, icon| Badge { text: language.text(key).into_owned(), tone, icon };
    let all = found.all;
    let tenths = (found.with_group * 1000).checked_div(all);
    page(&GroupsPage {
        shell: session.shell(&language.text("smd_group.title")),
        with_group: found.with_group,
        townships: all,
        share: tenths.map(|tenths| format!("{}.{} %", tenths / 10, tenths % 10)).unwrap_or_default(),
        rows: found
            .lines
            .into_iter()
            .map(|line| TownLine {
                division: line.division,
                place: line.place,
                standing: match (&line.group, line.complete) {
                    (None, _) => badge("smd_group.absent", "late", "alert-triangle"),
                    (Some(_), false) => badge("smd_group.incomplete", "soon", "clock"),
                    (Some(_), true) => badge("smd_group.complete", "good", "check"),
                },
                group: line.group.unwrap_or_default(),
                open: line.open,
                last: line.last_meeting.map(|day| day.to_string()).unwrap_or_default(),
            })
            .collect(),
        districts: found.districts,
        chosen: part.map(|part| super::place(&site, part)).unwrap_or_default(),
    })
}

/// A case as a part of a page.
pub(crate) struct CaseLine {
    pub name: String,
    pub place: String,
    pub ground: String,
    pub since: String,
    pub closed: String,
    pub risk: Badge,
    pub measures: Vec<(String, String, String, String)>,
}

pub(crate) fn case_line(site: &Site, language: Language, case: &Case) -> CaseLine {
    let closed = case.closed_on.map(|day| language.with("smd_group.closed", &[("day", &day.to_string())]));
    CaseLine {
        name: case.name.clone(),
        place: super::place(site, case.division),
        ground: language.code("group_ground", case.ground.code()),
        since: case.handed_on.to_string(),
        closed: closed.unwrap_or_default(),
        risk: risk_badge(language, case.risk),
        measures: case
            .measures
            .iter()
            .map(|one| {
                let title = language.code("group_act", &one.act);
                (one.on.to_string(), title, one.note.clone(), one.by.clone())
            })
            .collect(),
    }
}

struct MeetingLine {
    on: String,
    came: String,
    note: String,
    by: String,
}

#[derive(Template)]
#[template(path = "followup/group.html")]
struct GroupPage {
    shell: Shell,
    division: i64,
    place: String,
    name: String,
    done: String,
    unfilled: String,
    members: Vec<(String, String, String, String)>,
    meetings: Vec<MeetingLine>,
    cases: Vec<CaseLine>,
    exists: bool,
}

/// What was done before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

/// A township in an address.
pub(crate) fn town(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Doctors of the township and the county's health side: one group.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(division): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let language = session.language;
    let found = group::show(&site.app, &session.scope, town(&division)?).await?;
    let known = ["members", "meeting"].into_iter().find(|known| *known == asked.done);
    let place = super::place(&site, found.division);
    page(&GroupPage {
        shell: session.shell(&format!("{} · {place}", language.text("smd_group.title"))),
        done: known.map(|known| language.code("smd_group_done", known)).unwrap_or_default(),
        unfilled: offices(language, &found.unfilled),
        members: found
            .members
            .iter()
            .map(|one| {
                let office = language.code("group_office", one.office.code());
                (office, one.name.clone(), one.organisation.clone(), one.phone.clone())
            })
            .collect(),
        meetings: meetings(language, &found),
        cases: found.cases.iter().map(|case| case_line(&site, language, case)).collect(),
        exists: found.version > 0,
        division: found.division,
        name: found.name,
        place,
    })
}

fn offices(language: Language, offices: &[Office]) -> String {
    let words = offices.iter().map(|office| language.code("group_office", office.code()));
    words.collect::<Vec<_>>().join(language.comma())
}

fn meetings(language: Language, found: &Group) -> Vec<MeetingLine> {
    let line = |meeting: &group::Meeting| MeetingLine {
        on: meeting.held_on.to_string(),
        came: offices(language, &meeting.came),
        note: meeting.note.clone(),
        by: meeting.by.clone(),
    };
    found.meetings.iter().map(line).collect()
}
