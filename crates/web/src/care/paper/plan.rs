//! `/cases/{id}/plan/pdf`: a version of the individual plan on paper, form F5. While nobody's signature is noted it has places to sign: the
//! person may sign on the printed plan.

use crate::{
    Site,
    address::parsed,
    answer::Page,
    care::plan::{ServiceLine, Sheet, measure_name, sheet},
    language::Language,
    pdf::{self, Block, Document, Pair},
    referral::paper_file::who,
    session::Session,
};
use app::{
    App, Error,
    care::{self, PlanVersion},
    referral as cases,
};
use axum::extract::{Path, Query, State};
use serde::Deserialize;

/// Which version; the latest where none is named.
#[derive(Deserialize)]
pub(crate) struct Wanted {
    version: Option<i64>,
}

/// Who serves, assesses or is served: a version of the plan as a file. The read is in the log.
pub(crate) async fn pdf(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Page {
    let (id, language) = (parsed(&id)?, session.language);
    let plans = care::plans(&site.app, &session.scope, id).await?;
    let latest = plans.latest().ok_or(Error::NotFound)?;
    let version = match wanted.version {
        None => latest,
        Some(number) => {
            plans.versions.iter().find(|version| version.number == number).ok_or(Error::NotFound)?
        }
    };
    let view = cases::view(&site.app, &session.scope, id).await?;
    let mut blocks = head(&site.app, language, version);
    blocks.insert(1, Block::Aside(who(language, &view)));
    if version.number != latest.number {
        blocks.push(Block::Text(language.text("care.old_version").into_owned()));
    }
    blocks.push(goals(&site.app, language, version));
    blocks.extend(services(&site.app, language, version));
    if version.signed.is_none() {
        let places =
            ["paper.sign_person", "paper.sign_guardian", "paper.sign_witness", "paper.sign_case_manager"];
        blocks.push(Block::Blanks(places.map(|key| language.text(key).into_owned()).to_vec()));
    }
    let title =
        format!("{} · {} {}", language.text("paper.plan"), language.text("care.version"), version.number);
    let document = Document { title, language: language.tag(), blocks };
    Ok(pdf::answer(document, format!("plan-{}", version.id)).await?)
}

/// Title, number and what a version says but for its goals and services.
pub(super) fn head(app: &App, language: Language, version: &PlanVersion) -> Vec<Block> {
    let text = |key: &str| language.text(key).into_owned();
    let sheet: Sheet = sheet(app, language, version);
    let signed = if sheet.signed.is_empty() { text("care.unsigned") } else { sheet.signed };
    let call: Vec<String> = sheet.call.iter().map(|(name, phone)| format!("{name} {phone}")).collect();
    let pairs = [
        ("paper.period", sheet.period),
        ("care_field.review", sheet.review),
        ("care_field.problems", sheet.problems),
        ("care_field.long_term_goal", sheet.long_term_goal),
        ("care_field.family", sheet.family),
        ("care_field.crisis_signs", sheet.signs),
        ("care_field.crisis_helps", sheet.helps),
        ("care_field.crisis_others", sheet.others),
        ("care_field.crisis_call", call.join(language.comma())),
        ("care_field.change", version.plan.change.clone()),
        ("care.signature", signed),
    ];
    let told = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs = told.map(|(key, value)| Pair::new(&text(key), &value)).collect();
    let mut blocks = vec![
        Block::Title(text("paper.plan")),
        Block::Aside(format!("F5 · {} {}", text("care.version"), sheet.number)),
        Block::Pairs(pairs),
    ];
    if version.from_form {
        blocks.push(Block::Small(text("care.from_form")));
    }
    blocks
}

/// Its goals: by what they are measured, from where to where, and by when.
fn goals(app: &App, language: Language, version: &PlanVersion) -> Block {
    let headings = ["goal", "goals_scale", "goals_baseline", "goals_target", "goals_due"];
    let row = |goal: &rules::care::Goal| {
        vec![
            goal.text.clone(),
            measure_name(app, language, &goal.measure),
            goal.baseline.to_string(),
            goal.target.to_string(),
            goal.due.to_string(),
        ]
    };
    let headings = headings.map(|name| language.code("care_field", name)).to_vec();
    Block::Table(headings, version.plan.goals.iter().map(row).collect())
}

/// Its services, and who wrote it when.
pub(super) fn services(app: &App, language: Language, version: &PlanVersion) -> Vec<Block> {
    let text = |key: &str| language.text(key).into_owned();
    let headings = ["care.services", "care_field.goal", "care_field.lines_provider"].map(text);
    let row = |line: ServiceLine| vec![line.what, line.goal, line.provider];
    let lines = sheet(app, language, version).lines.into_iter().map(row);
    let at = crate::due::minute(version.at);
    let written = language.with("paper.written", &[("name", &version.by), ("at", &at)]);
    vec![Block::Table(headings.to_vec(), lines.collect()), Block::Small(written)]
}
