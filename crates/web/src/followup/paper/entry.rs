//! `/followup/records/{id}/papers/{kind}`: a paper of a record to be filled in; `/followup/records/new?paper={kind}`: a record opened by
//! a whole card or slip. What is known is written already, and what was typed is kept.

use super::{kind_of, title};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    followup::{
        FormPage, entry,
        kept::{self, Kept},
        problem_text, stands_in_the_way,
    },
    form::{
        Group, Posted, Told,
        control::summary,
        sheet::{self, Drawing},
    },
    session::Session,
};
use app::{
    Error, Problem,
    followup::{
        self, Opening,
        paper::{self, Blank, Fields},
    },
    id::Id,
    referral::unsent::discard as forget,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::followup::paper::PaperKind;
use serde::Deserialize;

/// The slip that is corrected.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    replaces: String,
}

/// What is drawn of a paper.
struct Sheet<'a> {
    kind: PaperKind,
    fields: &'a Fields,
    without: &'a [&'a str],
    posted: Option<&'a Posted>,
    problems: &'a [Problem],
}

/// The groups of a paper, and the problems that stand beside none of its fields.
fn groups(site: &Site, session: &Session, drawn: &Sheet<'_>) -> Result<(Vec<Group>, Vec<Problem>), Error> {
    let definition = site.app.tables.paper(drawn.kind)?;
    let prefix = drawn.kind.code();
    let own = |problem: &Problem| {
        let key = problem.field.split('.').next().unwrap_or_default();
        let asked = !drawn.without.contains(&key);
        asked && definition.fields().any(|field| field.key == key)
    };
    let (beside, loose): (Vec<Problem>, Vec<Problem>) = drawn.problems.iter().cloned().partition(own);
    let named = |problem: Problem| Problem { field: format!("{prefix}.{}", problem.field), ..problem };
    let problems: Vec<Problem> = beside.into_iter().map(named).collect();
    let drawing = Drawing {
        app: &site.app,
        language: session.language,
        prefix,
        data: drawn.fields,
        problems: &problems,
        without: drawn.without,
        more: drawn.posted.and_then(|posted| posted.get("more")).unwrap_or_default(),
        posted: drawn.posted,
    };
    Ok((sheet::groups(definition, &drawing), loose))
}

/// Problems that stand beside no field: with the word of the field where there is one.
fn tell(form: &mut FormPage, session: &Session, loose: &[Problem]) {
    let language = session.language;
    form.told = summary(&form.groups);
    for problem in loose {
        let own = language.code("form_problem", &problem.code);
        let text = if own == problem.code { problem_text(language, problem) } else { own };
        let word = language.code("smd_field", &problem.field);
        form.told.push(Told { at: "form".to_owned(), text: language.pair(&word, &text) });
    }
}

/// Whoever writes the paper: its form.
pub(crate) async fn new(
    State(site): State<Site>,
    session: Session,
    Path((id, kind)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let (id, kind): (Id, _) = (parsed(&id)?, kind_of(&kind)?);
    let replaces = asked.replaces.parse().ok();
    let blank = paper::blank(&site.app, &session.scope, id, kind, replaces).await?;
    let of = (kind, replaces);
    let same = |posted: &Posted| replaced(posted) == replaces;
    if let Some((written, kept)) = kept::restored(&site, &session, &place(id, kind), same).await? {
        let version = written.version().unwrap_or(blank.view.version);
        let form = drawn(&site, &session, &blank, of, Some(&written), &[], String::new())?;
        return page(&FormPage { kept, version, ..form });
    }
    page(&drawn(&site, &session, &blank, of, None, &[], String::new())?)
}

/// The page on which a paper of a record is written.
fn place(record: Id, kind: PaperKind) -> String {
    kept::place(record, &format!("papers/{}", kind.code()))
}

/// The paper in whose place the one that is written stands.
fn replaced(posted: &Posted) -> Option<Id> {
    posted.get("replaces").and_then(|id| id.parse().ok())
}

fn drawn(
    site: &Site,
    session: &Session,
    blank: &Blank,
    (kind, replaces): (PaperKind, Option<Id>),
    posted: Option<&Posted>,
    problems: &[Problem],
    refusal: String,
) -> Result<FormPage, Failure> {
    let language = session.language;
    let heading = title(language, kind);
    let definition = site.app.tables.paper(kind)?;
    let fields = posted.map_or_else(|| blank.fields.clone(), |posted| posted.form(definition, kind.code()));
    let without: Vec<&str> = blank.known.iter().map(String::as_str).collect();
    let sheet = Sheet { kind, fields: &fields, without: &without, posted, problems };
    let (groups, loose) = groups(site, session, &sheet)?;
    let id = blank.view.id;
    let mut form = FormPage {
        shell: session.shell(&heading),
        about: blank.view.name.clone(),
        help: language.code("smd_paper_help", kind.code()),
        to: format!("/followup/records/{id}/papers/{}", kind.code()),
        back: format!("/followup/records/{id}"),
        version: blank.view.version,
        hidden: replaces.map(|replaces| ("replaces", replaces.to_string())).into_iter().collect(),
        groups,
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("save", language.text("library.save").into_owned())],
        kept: Kept::at(place(id, kind)),
        heading,
    };
    tell(&mut form, session, &loose);
    if !blank.possible {
        form.close(language, posted.is_some());
    }
    Ok(form)
}

/// Whether the page only asked for something to be looked up or for another row.
fn only_looks(posted: &Posted) -> bool {
    posted.get("find").is_some() || posted.get("more").is_some()
}

/// Whoever writes the paper: stores it upon the version that the page showed.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path((id, kind)): Path<(String, String)>,
    Form(posted): Form<Posted>,
) -> Page {
    let (app, scope) = (&site.app, &session.scope);
    let (id, kind): (Id, _) = (parsed(&id)?, kind_of(&kind)?);
    let replaces = replaced(&posted);
    let (problems, refusal) = if only_looks(&posted) {
        (Vec::new(), String::new())
    } else {
        let sent = paper::Sent {
            kind,
            version: posted.version(),
            replaces,
            fields: posted.form(app.tables.paper(kind)?, kind.code()),
        };
        match paper::write(app, scope, id, &sent).await {
            Ok(_) => {
                forget(app, scope, &place(id, kind)).await?;
                return Ok(Redirect::to(&format!("/followup/records/{id}?done=paper#papers")).into_response());
            }
            Err(error) => stands_in_the_way(&session, error)?,
        }
    };
    let looked = problems.is_empty() && refusal.is_empty();
    let blank = paper::blank(app, scope, id, kind, replaces).await?;
    let form = drawn(&site, &session, &blank, (kind, replaces), Some(&posted), &problems, refusal)?;
    if looked { page(&form) } else { page_with(StatusCode::UNPROCESSABLE_ENTITY, &form) }
}

/// Doctors and the county's health side: a whole card or slip that opens a record.
pub(crate) async fn opening(
    site: &Site,
    session: &Session,
    kind: PaperKind,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> Result<FormPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let heading = title(language, kind);
    let definition = app.tables.paper(kind)?;
    let mut fields = posted.form(definition, kind.code());
    if !posted.has(&format!("{}.", kind.code())) {
        let today = rules::clock::china_date(app.now()).to_string();
        fields.insert("reported_on".to_owned(), today.into());
        fields.insert("doctor".to_owned(), session.scope.name.clone().into());
    }
    let person = posted.get("person").unwrap_or_default().to_owned();
    let chosen = entry::chosen(site, session, &person).await?;
    // Who is chosen in the register is known there.
    let without: &[&str] = match &chosen {
        Some(person) if person.number_verified => &["name", "sex", "born_on", "id_kind", "number"],
        Some(_) => &["name", "sex", "born_on"],
        None => &[],
    };
    let sheet = Sheet { kind, fields: &fields, without, posted: Some(posted), problems };
    let (mut groups, mut loose) = groups(site, session, &sheet)?;
    groups.push(charge(site, session, posted, &mut loose).await?);
    let mut form = FormPage {
        shell: session.shell(&heading),
        about: chosen.map(|person| person.name).unwrap_or_default(),
        help: language.code("smd_paper_help", kind.code()),
        to: "/followup/records/new".to_owned(),
        back: "/followup/records".to_owned(),
        version: 0,
        hidden: vec![("person", person), ("paper", kind.code().to_owned())],
        groups,
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("open", language.text("smd_paper.send").into_owned())],
        kept: Kept::at(kept::opening(posted.get("person").unwrap_or_default(), kind.code())),
        heading,
    };
    tell(&mut form, session, &loose);
    Ok(form)
}

/// The institution that is to take the person up, with what is wrong with it.
async fn charge(
    site: &Site,
    session: &Session,
    posted: &Posted,
    loose: &mut Vec<Problem>,
) -> Result<Group, Failure> {
    let mut group = entry::charge(site, session, posted).await?;
    for control in &mut group.controls {
        if let Some(at) = loose.iter().position(|problem| problem.field == control.name) {
            control.problem = problem_text(session.language, &loose.remove(at));
        }
    }
    Ok(group)
}

/// The same: opens the record with the paper.
pub(crate) async fn open(site: &Site, session: &Session, kind: PaperKind, posted: &Posted) -> Page {
    if only_looks(posted) {
        return page(&opening(site, session, kind, posted, &[], String::new()).await?);
    }
    let (app, scope) = (&site.app, &session.scope);
    let id = |name: &str| posted.get(name).and_then(|id| id.parse().ok());
    let entry = Opening {
        source: kind.code().to_owned(),
        person: id("person"),
        in_charge: id("in_charge"),
        paper: Some(posted.form(app.tables.paper(kind)?, kind.code())),
        ..Opening::default()
    };
    match followup::open(app, scope, &entry).await {
        Ok(id) => {
            let person = posted.get("person").unwrap_or_default();
            forget(app, scope, &kept::opening(person, kind.code())).await?;
            entry::opened(site, session, id, "paper").await
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(session, error)?;
            let form = opening(site, session, kind, posted, &problems, refusal).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}
