//! `/followup/records/{id}/examinations`: the yearly physical examination of a record, with a form for one that was made, an
//! invitation or a refusal; the same for programs.

pub(crate) mod api;

use super::{
    Badge, FormPage, due_badge,
    kept::{self, Kept},
    rule_text, stands_in_the_way, voided,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    form::{Control, Group, Kind, Posted},
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Problem,
    followup::examination::{self, Examination, ExaminationFields, Examinations},
    id::Id,
    referral::unsent::discard as forget,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    clock::china_date,
    followup::examination::{Answer, Item, written},
};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An examination as a part of the page.
struct Part {
    id: String,
    on: String,
    answer: Badge,
    items: Vec<(String, Badge, String)>,
    missing: String,
    agreed: String,
    note: String,
    by: String,
    voided: String,
    may_void: bool,
}

#[derive(Template)]
#[template(path = "followup/examinations.html")]
struct ExaminationsPage {
    shell: Shell,
    record: String,
    name: String,
    done: String,
    problem: String,
    due: Option<(String, Badge)>,
    rule: String,
    parts: Vec<Part>,
    may_record: bool,
}

/// What was done before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

/// Doctors and the county's health side: the examinations of a record in their scope.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let found = examination::of_record(&site.app, &session.scope, parsed(&id)?).await?;
    let known = ["recorded", "voided"].into_iter().find(|known| *known == asked.done);
    let done = known.map(|known| session.language.code("smd_examination_done", known)).unwrap_or_default();
    page(&drawn(&site, &session, &found, done, String::new()))
}

fn drawn(
    site: &Site,
    session: &Session,
    found: &Examinations,
    done: String,
    problem: String,
) -> ExaminationsPage {
    let language = session.language;
    ExaminationsPage {
        shell: session.shell(&language.text("smd_examination.title")),
        record: found.record.to_string(),
        name: found.name.clone(),
        done,
        problem,
        due: due_badge(site, language, found.due_on),
        rule: rule_text(site, language, "examination"),
        parts: found.made.iter().map(|one| part(site, language, one, found.may_void)).collect(),
        may_record: found.may_record,
    }
}

pub(crate) fn answer_badge(language: Language, answer: Answer) -> Badge {
    let text = language.code("examination_answer", answer.code());
    let (tone, icon) = match answer {
        Answer::Done => ("good", "check"),
        Answer::Invited => ("soon", "clock"),
        Answer::Refused => ("quiet", "x"),
    };
    Badge { text, tone, icon }
}

fn part(site: &Site, language: Language, one: &Examination, may_void: bool) -> Part {
    let table = &site.app.tables.examination;
    let values = |item: Item| {
        let own = table.measures.iter().filter(|measure| measure.item == item);
        let told = own.filter_map(|measure| {
            let value = one.values.get(&measure.code)?;
            let name = language.of(&measure.zh, &measure.en);
            Some(format!("{name} {} {}", written(*value), measure.unit))
        });
        told.collect::<Vec<_>>().join(" · ")
    };
    let item = |(item, abnormal): (&Item, &bool)| {
        let (code, tone, icon) = match abnormal {
            true => ("abnormal", "soon", "alert-triangle"),
            false => ("normal", "good", "check"),
        };
        let badge = Badge { text: language.code("examination_result", code), tone, icon };
        (language.code("examination_item", item.code()), badge, values(*item))
    };
    let missing = one.missing.iter().map(|item| language.code("examination_item", item.code()));
    let consent = |key: &str, said: Option<bool>| {
        let said = language.text(if said? { "form.yes" } else { "form.no" });
        Some(language.pair(&language.code("smd_examination_field", key), &said))
    };
    let agreed = [consent("person_agrees", one.agreed[0]), consent("guardian_agrees", one.agreed[1])];
    Part {
        id: one.id.to_string(),
        on: one.on.to_string(),
        answer: answer_badge(language, one.answer),
        items: one.items.iter().map(item).collect(),
        missing: missing.collect::<Vec<_>>().join(language.comma()),
        agreed: agreed.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        note: one.note.clone(),
        by: format!("{} · {}", one.by.0, minute(one.by.1)),
        voided: voided(language, one.voided.as_ref()),
        may_void: may_void && one.voided.is_none(),
    }
}

/// Whoever keeps the record: the form.
pub(crate) async fn new(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let found = examination::of_record(&site.app, &session.scope, parsed(&id)?).await?;
    let today = china_date(site.app.now()).to_string();
    let posted = Posted(vec![("on".to_owned(), today), ("answer".to_owned(), "done".to_owned())]);
    if let Some((written, kept)) = kept::restored(&site, &session, &place(found.record), |_| true).await? {
        return page(&FormPage { kept, ..form(&site, &session, &found, &written, &[], String::new()) });
    }
    page(&form(&site, &session, &found, &posted, &[], String::new()))
}

/// The page on which an examination is written.
fn place(record: Id) -> String {
    kept::place(record, "examinations/new")
}

fn form(
    site: &Site,
    session: &Session,
    found: &Examinations,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> FormPage {
    let language = session.language;
    let heading = language.text("smd_examination.record").into_owned();
    let mut form = FormPage {
        kept: Kept::at(place(found.record)),
        shell: session.shell(&heading),
        about: found.name.clone(),
        help: language.text("smd_examination.help").into_owned(),
        to: format!("/followup/records/{}/examinations/new", found.record),
        back: format!("/followup/records/{}/examinations", found.record),
        version: 0,
        hidden: Vec::new(),
        groups: groups(site, language, found, posted),
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("save", language.text("library.save").into_owned())],
        heading,
    };
    form.tell(language, problems);
    if !found.may_record {
        form.close(language, posted.version().is_some());
    }
    form
}

fn groups(site: &Site, language: Language, found: &Examinations, posted: &Posted) -> Vec<Group> {
    let control = |kind, name: &str, label: String| {
        let value = posted.get(name).unwrap_or_default();
        Control::new(language, kind, name, &label).with(value)
    };
    let field = |kind, name: &str| control(kind, name, language.code("smd_examination_field", name));
    let options = |control: Control, words: &str, codes: &[&str]| {
        let options = codes.iter().map(|code| ((*code).to_owned(), language.code(words, code))).collect();
        let name = control.name.clone();
        let chosen: Vec<&str> = posted.all(&name).collect();
        control.options(options, &chosen)
    };
    let done = |mut control: Control| {
        control.condition = Some(("answer".to_owned(), "done".to_owned()));
        control
    };
    let answers = Answer::ALL.map(Answer::code);
    let mut head = vec![
        field(Kind::Date, "on").required(),
        options(field(Kind::Radios, "answer"), "examination_answer", &answers).required(),
        done(field(Kind::YesNo, "person_agrees")),
    ];
    if found.has_guardian {
        head.push(done(field(Kind::YesNo, "guardian_agrees")));
    }
    let mut groups =
        vec![Group { legend: language.text("smd_examination.consent").into_owned(), controls: head }];
    for item in Item::ALL {
        let name = format!("result.{}", item.code());
        let legend = language.code("examination_item", item.code());
        let label = language.text("smd_examination.result").into_owned();
        let result =
            options(control(Kind::Radios, &name, label), "examination_result", &["normal", "abnormal"]);
        let mut controls = vec![done(result)];
        for measure in site.app.tables.examination.measures.iter().filter(|measure| measure.item == item) {
            let label = format!("{} ({})", language.of(&measure.zh, &measure.en), measure.unit);
            controls.push(done(control(Kind::Number, &format!("value.{}", measure.code), label)));
        }
        groups.push(Group { legend, controls });
    }
    let note = field(Kind::Long, "note");
    groups.push(Group { legend: language.text("smd_examination.words").into_owned(), controls: vec![note] });
    groups
}

fn fields(posted: &Posted) -> ExaminationFields {
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let under = |beginning: &str| -> BTreeMap<String, String> {
        let own = |(name, value): &(String, String)| {
            Some((name.strip_prefix(beginning)?.to_owned(), value.trim().to_owned()))
        };
        posted.0.iter().filter_map(own).collect()
    };
    ExaminationFields {
        on: text("on"),
        answer: text("answer"),
        person_agrees: posted.get("person_agrees").map(|value| value == "true"),
        guardian_agrees: posted.get("guardian_agrees").map(|value| value == "true"),
        results: under("result."),
        values: under("value."),
        note: text("note"),
    }
}

/// Whoever keeps the record: records an examination, an invitation or a refusal.
pub(crate) async fn save(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    match examination::record(&site.app, &session.scope, id, &fields(&posted)).await {
        Ok(_) => {
            forget(&site.app, &session.scope, &place(id)).await?;
            Ok(Redirect::to(&format!("/followup/records/{id}/examinations?done=recorded")).into_response())
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let found = examination::of_record(&site.app, &session.scope, id).await?;
            let drawn = form(&site, &session, &found, &posted, &problems, refusal);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// Which one is voided, and why.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct VoidEntry {
    of: String,
    reason: String,
}

/// Whoever keeps the record: voids an examination that was wrong.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<VoidEntry>,
) -> Page {
    let id: Id = parsed(&id)?;
    // What is none is not found, after the record was looked for.
    let of: Id = entry.of.parse().unwrap_or(id);
    match examination::void(&site.app, &session.scope, id, of, &entry.reason).await {
        Ok(()) => {
            Ok(Redirect::to(&format!("/followup/records/{id}/examinations?done=voided")).into_response())
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let told = problems.iter().map(|problem| super::problem_text(session.language, problem));
            let problem = if refusal.is_empty() { told.collect::<Vec<_>>().join(" ") } else { refusal };
            let found = examination::of_record(&site.app, &session.scope, id).await?;
            let drawn = drawn(&site, &session, &found, String::new(), problem);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}
