//! The official forms of the follow-up as PDF files: papers (forms 1 to 7, 9, 11, 13), the record of a visit (form 8), of an emergency
//! (form 12), of an examination. The forms are Chinese, in the order of the printed ones, whatever the language of the pages.

use super::{number, title};
use crate::{
    Site,
    address::parsed,
    answer::Page,
    due::minute,
    followup::{place, rule_text, sheet, visit::voided},
    language::Language,
    pdf::{self, Block, Document, Pair},
    referral::{paper_file::lines, words::code},
    session::Session,
};
use app::{
    Error,
    followup::{
        self, View, VisitFields,
        emergency::{self, Shown},
        examination::{self, Examination},
        paper::{self, Paper},
    },
    id::Id,
};
use axum::extract::{Path, State};
use rules::followup::{examination::written, paper::PaperKind};

/// The language of the forms.
const FORM: Language = Language::Chinese;

fn text(key: &str) -> String {
    FORM.text(key).into_owned()
}

fn pair(key: &str, value: &str) -> Pair {
    Pair::new(&text(key), value)
}

fn document(title: String, blocks: Vec<Block>) -> Document {
    Document { title, language: FORM.tag(), blocks }
}

/// Doctors and the county's health side: a paper on paper, with the number of the document whole. That it was taken is in the log.
pub(crate) async fn paper(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let app = &site.app;
    let paper = paper::one(app, &session.scope, parsed(&id)?).await?;
    let Paper { line, record, organisation, division, fields, .. } = &paper;
    let definition = app.tables.paper(line.kind)?;
    let mut blocks = vec![Block::Title(definition.title_zh.clone()), Block::Aside(number(FORM, line))];
    if line.replaced {
        blocks.push(Block::Text(text("smd_paper.replaced")));
    }
    // A paper that does not say itself whose it is.
    if !definition.fields().any(|field| field.key == "name") {
        blocks.push(who(&site, &view(&site, &session, *record).await?));
    }
    let zone = if *division > 0 { place(&site, *division) } else { String::new() };
    blocks.push(Block::Pairs(vec![
        pair("smd_paper.zone", &zone),
        pair("smd_paper.organisation", organisation),
    ]));
    for part in crate::form::sheet::parts(app, FORM, definition, fields, true) {
        blocks.push(Block::Heading(part.heading));
        lines(part.lines, &mut blocks);
    }
    blocks.push(Block::Blanks(signatures(line.kind)));
    blocks.push(Block::Small(format!(
        "{} · {}{}",
        FORM.with("paper.written", &[("name", &line.by.0), ("at", &minute(line.by.1))]),
        text("form.source"),
        definition.source_zh
    )));
    let name = format!("{}-{}", line.kind.code(), line.id);
    Ok(pdf::answer(document(title(FORM, line.kind), blocks), name).await?)
}

/// Who signs a paper: whoever filled it in, and with a consent the person and the guardian.
fn signatures(kind: PaperKind) -> Vec<String> {
    let keys: &[&str] = match kind {
        PaperKind::ManagementConsent => &["smd_paper.person", "smd_paper.guardian", "smd_paper.doctor"],
        PaperKind::EmergencyConsent => &["smd_paper.family", "smd_paper.police", "smd_paper.doctor"],
        PaperKind::InformationExchange => &["smd_paper.sign", "smd_paper.partner"],
        _ => &["smd_paper.sign", "smd_paper.stamp"],
    };
    keys.iter().map(|key| text(key)).collect()
}

/// Who the paper is about: name, sex, birth, where and by whom managed.
fn who(site: &Site, view: &View) -> Block {
    let sex = view.sex.as_deref().map(|sex| FORM.code("sex", sex)).unwrap_or_default();
    let born = view.born_on.map(|day| day.to_string()).unwrap_or_default();
    let field = |name: &str, value: &str| Pair::new(&FORM.code("smd_field", name), value);
    Block::Pairs(vec![
        field("name", &view.name),
        field("sex", &sex),
        field("born_on", &born),
        field("division", &place(site, view.division)),
        field("in_charge", &view.in_charge),
    ])
}

async fn view(site: &Site, session: &Session, record: Id) -> Result<View, Error> {
    followup::show(&site.app, &session.scope, record).await
}

/// Doctors and the county's health side: the record of a visit, form 8.
pub(crate) async fn visit(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let seen = followup::look(&site.app, &session.scope, parsed(&id)?).await?;
    let view = view(&site, &session, seen.record).await?;
    let heading = text("smd_paper.visit");
    let mut blocks = vec![
        Block::Title(heading.clone()),
        Block::Aside(FORM.with("smd_paper.form", &[("number", "8")])),
        who(&site, &view),
    ];
    blocks.extend(voided(FORM, &seen).map(Block::Text));
    for (legend, lines) in sheet::lines(FORM, &VisitFields::of(&seen.visit)) {
        blocks.push(Block::Heading(legend));
        blocks.push(Block::Pairs(lines.iter().map(|(label, value)| Pair::new(label, value)).collect()));
    }
    let rule = seen.rule.as_deref().map(|rule| format!("{rule} {}", FORM.code("followup_rule", rule)));
    let term = seen.term.as_deref().map(|term| rule_text(&site, FORM, term));
    let told = [("visit.by_table", rule), ("visit.next", term)];
    let told = told.into_iter().filter_map(|(key, value)| Some(pair(key, &value?)));
    blocks.push(Block::Pairs(told.collect()));
    blocks.push(Block::Blanks(vec![text("smd_paper.doctor"), text("smd_paper.family")]));
    blocks.push(Block::Small(format!("{} · {}", seen.by, minute(seen.at))));
    Ok(pdf::answer(document(heading, blocks), format!("visit-{}", seen.id)).await?)
}

/// Doctors and the county's health side: the record of an emergency, form 12.
pub(crate) async fn emergency(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let shown = emergency::show(&site.app, &session.scope, parsed(&id)?).await?;
    let view = view(&site, &session, shown.record).await?;
    let heading = text("smd_paper.emergency");
    let mut blocks = vec![
        Block::Title(heading.clone()),
        Block::Aside(FORM.with("smd_paper.form", &[("number", "12")])),
        who(&site, &view),
    ];
    blocks.extend(course(&shown));
    let places = ["smd_paper.doctor", "smd_paper.family", "smd_paper.stamp"].map(text);
    blocks.push(Block::Blanks(places.to_vec()));
    blocks.push(Block::Small(text("smd_paper.copies")));
    Ok(pdf::answer(document(heading, blocks), format!("emergency-{}", shown.id)).await?)
}

/// What happened in an emergency: what set it off, how it was handled, what was noted, the checks.
fn course(shown: &Shown) -> Vec<Block> {
    let emergency = &shown.emergency;
    let handled = emergency
        .handled
        .map(|(at, outcome)| format!("{} · {}", minute(at), FORM.code("emergency_outcome", &code(&outcome))));
    let risk = emergency.risk.code().to_string();
    let at = |at: Option<jiff::Timestamp>| at.map(minute).unwrap_or_default();
    let step = |name: &str| FORM.code("emergency_step", name);
    let pairs = vec![
        Pair::new(
            &FORM.code("emergency_field", "trigger"),
            &FORM.code("emergency_trigger", &code(&emergency.trigger)),
        ),
        Pair::new(&FORM.code("emergency_field", "began_at"), &minute(emergency.began)),
        Pair::new(&FORM.code("emergency_field", "risk"), &FORM.code("followup_risk", &risk)),
        Pair::new(&FORM.code("emergency_field", "outcome"), &handled.unwrap_or_default()),
        Pair::new(&step("police_told"), &at(emergency.police_told)),
        Pair::new(&step("consented"), &at(emergency.consented)),
        Pair::new(&step("recorded"), &at(emergency.recorded)),
    ];
    let mut blocks = vec![Block::Pairs(pairs), Block::Heading(text("smd.history"))];
    let word = |word: &emergency::Word| {
        let title = match word.step.as_str() {
            "" => text("smd_emergency.began"),
            other => step(other),
        };
        vec![minute(word.at), title, word.words.clone(), word.by.clone()]
    };
    let headings = ["paper.at", "paper.what", "smd_paper.words", "paper.by"].map(text).to_vec();
    blocks.push(Block::Table(headings, shown.words.iter().map(word).collect()));
    if !emergency.checks.is_empty() {
        blocks.push(Block::Heading(text("smd_emergency.checks")));
        let row = |check: &rules::followup::emergency::Check| {
            let key = if check.stable { "smd_emergency.stable" } else { "smd_emergency.not_stable" };
            vec![minute(check.at), text(key)]
        };
        let headings = vec![text("paper.at"), FORM.code("emergency_field", "stable")];
        blocks.push(Block::Table(headings, emergency.checks.iter().map(row).collect()));
    }
    blocks
}

/// Doctors and the county's health side: a yearly examination.
pub(crate) async fn examination(
    State(site): State<Site>,
    session: Session,
    Path((id, examination)): Path<(String, String)>,
) -> Page {
    let (record, wanted): (Id, Id) = (parsed(&id)?, parsed(&examination)?);
    let found = examination::of_record(&site.app, &session.scope, record).await?;
    let one = found.made.into_iter().find(|one| one.id == wanted).ok_or(Error::NotFound)?;
    let view = view(&site, &session, record).await?;
    let heading = text("smd_paper.examination");
    let mut blocks = vec![Block::Title(heading.clone()), who(&site, &view)];
    blocks.extend(findings(&site, &one));
    blocks.push(Block::Blanks(vec![text("smd_paper.doctor"), text("smd_paper.family")]));
    blocks.push(Block::Small(format!("{} · {}", one.by.0, minute(one.by.1))));
    Ok(pdf::answer(document(heading, blocks), format!("examination-{}", one.id)).await?)
}

fn findings(site: &Site, one: &Examination) -> Vec<Block> {
    let said = |said: Option<bool>| match said {
        Some(true) => text("form.yes"),
        Some(false) => text("form.no"),
        None => String::new(),
    };
    let field = |name: &str, value: &str| Pair::new(&FORM.code("smd_examination_field", name), value);
    let mut blocks = Vec::new();
    if one.voided.is_some() {
        blocks.push(Block::Text(crate::followup::voided(FORM, one.voided.as_ref())));
    }
    blocks.push(Block::Pairs(vec![
        field("on", &one.on.to_string()),
        field("answer", &FORM.code("examination_answer", one.answer.code())),
        field("person_agrees", &said(one.agreed[0])),
        field("guardian_agrees", &said(one.agreed[1])),
    ]));
    let measures = &site.app.tables.examination.measures;
    let row = |(item, abnormal): (&rules::followup::examination::Item, &bool)| {
        let own = measures.iter().filter(|measure| measure.item == *item);
        let told = own.filter_map(|measure| {
            Some(format!("{} {} {}", measure.zh, written(*one.values.get(&measure.code)?), measure.unit))
        });
        let result = FORM.code("examination_result", if *abnormal { "abnormal" } else { "normal" });
        vec![FORM.code("examination_item", item.code()), result, told.collect::<Vec<_>>().join("；")]
    };
    if !one.items.is_empty() {
        let headings = ["smd_paper.item", "smd_examination.result", "smd_paper.values"].map(text).to_vec();
        blocks.push(Block::Table(headings, one.items.iter().map(row).collect()));
    }
    if !one.note.is_empty() {
        blocks.push(Block::Pairs(vec![Pair { whole: true, ..field("note", &one.note) }]));
    }
    blocks
}
