//! Forms of the groups: members, a meeting, and a case that is handed over, goes on or ends.

use super::town;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    followup::{FormPage, kept::Kept, place, stands_in_the_way},
    form::{Control, Group as Fields, Kind, Posted},
    language::Language,
    session::Session,
};
use app::{
    Problem,
    followup::{
        self,
        group::{self, CaseFields, Group, MOST_MEMBERS, MeetingFields, MemberFields},
    },
    id::Id,
};
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{clock::china_date, followup::group::Office};

fn control(language: Language, posted: &Posted, kind: Kind, name: &str, label: &str) -> Control {
    let label = language.code("smd_group_field", label);
    Control::new(language, kind, name, &label).with(posted.get(name).unwrap_or_default())
}

fn offices(language: Language) -> Vec<(String, String)> {
    let word = |office: Office| (office.code().to_owned(), language.code("group_office", office.code()));
    Office::ALL.map(word).to_vec()
}

/// One form of the groups.
struct Sheet<'a> {
    heading: &'a str,
    about: String,
    help: &'a str,
    to: String,
    back: String,
    version: i64,
    groups: Vec<Fields>,
}

fn form(session: &Session, sheet: Sheet<'_>, problems: &[Problem], refusal: String) -> FormPage {
    let language = session.language;
    let heading = language.text(sheet.heading).into_owned();
    let mut form = FormPage {
        kept: Kept::default(),
        shell: session.shell(&heading),
        about: sheet.about,
        help: language.text(sheet.help).into_owned(),
        to: sheet.to,
        back: sheet.back,
        version: sheet.version,
        hidden: Vec::new(),
        groups: sheet.groups,
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("save", language.text("library.save").into_owned())],
        heading,
    };
    form.tell(language, problems);
    form
}

/// Doctors of the township and the county's health side: name and members.
pub(crate) async fn members(
    State(site): State<Site>,
    session: Session,
    Path(division): Path<String>,
) -> Page {
    let found = group::show(&site.app, &session.scope, town(&division)?).await?;
    let mut pairs = vec![("name".to_owned(), found.name.clone())];
    for (number, member) in (1..).zip(&found.members) {
        for (part, value) in [
            ("office", member.office.code()),
            ("name", member.name.as_str()),
            ("organisation", member.organisation.as_str()),
            ("phone", member.phone.as_str()),
        ] {
            pairs.push((format!("members.{number}.{part}"), value.to_owned()));
        }
    }
    if found.members.is_empty() {
        // The offices that a group needs, to be filled in.
        let needed = (1..).zip(Office::NEEDED);
        pairs.extend(needed.map(|(n, office)| (format!("members.{n}.office"), office.code().to_owned())));
    }
    page(&members_form(&site, &session, &found, found.version, &Posted(pairs), &[], String::new()))
}

fn members_form(
    site: &Site,
    session: &Session,
    found: &Group,
    version: i64,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> FormPage {
    let language = session.language;
    let filled =
        (1..=MOST_MEMBERS).filter(|number| posted.has(&format!("members.{number}."))).max().unwrap_or(0);
    let more = usize::from(posted.get("more") == Some("members"));
    let mut table = control(language, posted, Kind::Table, "members", "members");
    for number in 1..=(filled + more).clamp(1, MOST_MEMBERS) {
        let cell = |kind, part: &str| {
            control(language, posted, kind, &format!("members.{number}.{part}"), &format!("member_{part}"))
        };
        let chosen = posted.get(&format!("members.{number}.office")).unwrap_or_default();
        table.rows.push(vec![
            cell(Kind::List, "office").options(offices(language), &[chosen]),
            cell(Kind::Text, "name"),
            cell(Kind::Text, "organisation"),
            cell(Kind::Phone, "phone"),
        ]);
    }
    let (mut loose, mut of_cells) = (Vec::new(), Vec::new());
    for problem in problems {
        if problem.field.starts_with("members.") {
            of_cells.push(problem)
        } else {
            loose.push(problem.clone())
        }
    }
    for problem in of_cells {
        let cells = table.rows.iter_mut().flatten();
        for cell in cells.filter(|cell| cell.name == problem.field) {
            cell.problem = crate::followup::problem_text(language, problem);
        }
    }
    let name = control(language, posted, Kind::Text, "name", "name").required();
    let sheet = Sheet {
        heading: "smd_group.change",
        about: place(site, found.division),
        help: "smd_group.change_help",
        to: format!("/followup/groups/{}/members", found.division),
        back: format!("/followup/groups/{}", found.division),
        version,
        groups: vec![Fields {
            legend: language.text("smd_group.members").into_owned(),
            controls: vec![name, table],
        }],
    };
    form(session, sheet, &loose, refusal)
}

/// The same: sets them.
pub(crate) async fn set_members(
    State(site): State<Site>,
    session: Session,
    Path(division): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let division = town(&division)?;
    let version = posted.version().unwrap_or(0);
    if posted.get("more").is_some() {
        let found = group::show(&site.app, &session.scope, division).await?;
        return page(&members_form(&site, &session, &found, version, &posted, &[], String::new()));
    }
    let text = |number: usize, part: &str| {
        posted.get(&format!("members.{number}.{part}")).unwrap_or_default().to_owned()
    };
    // Rows in which nothing but the office stands are not filled in.
    let numbers: Vec<usize> = (1..=MOST_MEMBERS)
        .filter(|number| ["name", "organisation", "phone"].iter().any(|part| !text(*number, part).is_empty()))
        .collect();
    let members: Vec<MemberFields> = numbers
        .iter()
        .map(|number| MemberFields {
            office: text(*number, "office"),
            name: text(*number, "name"),
            organisation: text(*number, "organisation"),
            phone: text(*number, "phone"),
        })
        .collect();
    let name = posted.get("name").unwrap_or_default();
    match group::change(&site.app, &session.scope, division, version, (name, &members)).await {
        Ok(()) => Ok(Redirect::to(&format!("/followup/groups/{division}?done=members")).into_response()),
        Err(error) => {
            let (mut problems, refusal) = stands_in_the_way(&session, error)?;
            for problem in &mut problems {
                // Back to the row of the page.
                let part = problem.field.strip_prefix("members.").and_then(|rest| rest.split_once('.'));
                let at = part.and_then(|(n, part)| {
                    Some((numbers.get(n.parse::<usize>().ok()?.checked_sub(1)?)?, part))
                });
                if let Some((number, part)) = at {
                    problem.field = format!("members.{number}.{part}");
                }
            }
            let found = group::show(&site.app, &session.scope, division).await?;
            let drawn = members_form(&site, &session, &found, version, &posted, &problems, refusal);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// Doctors of the township and the county's health side: a meeting.
pub(crate) async fn meeting(
    State(site): State<Site>,
    session: Session,
    Path(division): Path<String>,
) -> Page {
    let found = group::show(&site.app, &session.scope, town(&division)?).await?;
    let posted = Posted(vec![("on".to_owned(), china_date(site.app.now()).to_string())]);
    page(&meeting_form(&site, &session, &found, &posted, &[], String::new()))
}

fn meeting_form(
    site: &Site,
    session: &Session,
    found: &Group,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> FormPage {
    let language = session.language;
    let chosen: Vec<&str> = posted.all("came").collect();
    let came = control(language, posted, Kind::Many, "came", "came").options(offices(language), &chosen);
    let controls = vec![
        control(language, posted, Kind::Date, "on", "on").required(),
        came.required(),
        control(language, posted, Kind::Long, "note", "note").required(),
    ];
    let sheet = Sheet {
        heading: "smd_group.meet",
        about: place(site, found.division),
        help: "smd_group.meet_help",
        to: format!("/followup/groups/{}/meeting", found.division),
        back: format!("/followup/groups/{}", found.division),
        version: 0,
        groups: vec![Fields { legend: language.text("smd_group.meetings").into_owned(), controls }],
    };
    form(session, sheet, problems, refusal)
}

/// The same: records it.
pub(crate) async fn meet(
    State(site): State<Site>,
    session: Session,
    Path(division): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let division = town(&division)?;
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let came = posted.all("came").map(str::to_owned).collect();
    let fields = MeetingFields { on: text("on"), came, note: text("note") };
    match group::meet(&site.app, &session.scope, division, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("/followup/groups/{division}?done=meeting")).into_response()),
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let found = group::show(&site.app, &session.scope, division).await?;
            let drawn = meeting_form(&site, &session, &found, &posted, &problems, refusal);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// Whoever keeps a record: hands its case to the group, notes a measure, closes it.
pub(crate) async fn case(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id: Id = parsed(&id)?;
    let view = followup::show(&site.app, &session.scope, id).await?;
    let open =
        group::of_record(&site.app, &session.scope, id).await?.iter().any(|case| case.closed_on.is_none());
    let today = china_date(site.app.now()).to_string();
    let act = if open { "measure" } else { "hand" };
    let posted = Posted(vec![("on".to_owned(), today), ("act".to_owned(), act.to_owned())]);
    page(&case_form(&session, id, view.name, open, &posted, &[], String::new()))
}

fn case_form(
    session: &Session,
    id: Id,
    name: String,
    open: bool,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> FormPage {
    let language = session.language;
    let acts: &[&str] = if open { &["measure", "close"] } else { &["hand"] };
    let options = acts.iter().map(|act| ((*act).to_owned(), language.code("group_act", act))).collect();
    let chosen: Vec<&str> = posted.all("act").collect();
    let controls = vec![
        control(language, posted, Kind::Radios, "act", "act").options(options, &chosen).required(),
        control(language, posted, Kind::Date, "on", "on").required(),
        control(language, posted, Kind::Long, "note", "note").required(),
    ];
    let sheet = Sheet {
        heading: "smd_group.case",
        about: name,
        help: "smd_group.case_help",
        to: format!("/followup/records/{id}/group"),
        back: format!("/followup/records/{id}"),
        version: 0,
        groups: vec![Fields { legend: language.text("smd_group.case").into_owned(), controls }],
    };
    form(session, sheet, problems, refusal)
}

/// The same: does it.
pub(crate) async fn act(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let fields = CaseFields { act: text("act"), on: text("on"), note: text("note") };
    match group::act(&site.app, &session.scope, id, &fields).await {
        Ok(()) => Ok(Redirect::to(&format!("/followup/records/{id}?done=group")).into_response()),
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let view = followup::show(&site.app, &session.scope, id).await?;
            let cases = group::of_record(&site.app, &session.scope, id).await?;
            let open = cases.iter().any(|case| case.closed_on.is_none());
            let drawn = case_form(&session, id, view.name, open, &posted, &problems, refusal);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}
