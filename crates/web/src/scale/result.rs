//! `/cases/{id}/results/{result}`: what answers came to, what changed, what must not wait, and how a result is taken back.

use super::words;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::{self, Due, minute},
    failure::Failure,
    language::Language,
    referral::words as case_words,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    id::Id,
    referral as cases,
    scale::{self, Alarm, Given, Recorded, Take},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::Role,
    scale::{Actor, Circumstances, Scale},
};
use serde::Deserialize;

/// A step that follows from answers that must not wait.
struct StepLine {
    what: String,
    by: String,
    due: Option<Due>,
    /// At once, on this page.
    at_once: bool,
}

/// What must not wait.
struct AlarmCard {
    level: u8,
    triggers: String,
    steps: Vec<StepLine>,
    hotline: String,
    /// The scale that is asked next, where the case may take it.
    next: bool,
}

/// An answer as a line.
pub(crate) struct AnswerLine {
    pub number: usize,
    pub item: String,
    pub answer: String,
}

/// What a result says, for the page and for paper.
pub(crate) struct Said {
    pub title: String,
    pub total: String,
    /// Lowest and highest total.
    pub range: String,
    pub band: String,
    pub findings: Vec<String>,
    /// Further scores with their values.
    pub scores: Vec<(String, String)>,
    pub answers: Vec<AnswerLine>,
    /// The finding, where it is words.
    pub text: String,
    /// What a total alone does not say.
    pub caveats: Vec<String>,
    pub facts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "scale/result.html")]
struct ResultPage {
    shell: Shell,
    id: String,
    result: String,
    who: String,
    said: Said,
    done: String,
    alarm: Option<AlarmCard>,
    change: Option<words::Verdict>,
    before: String,
    threshold: bool,
    incomplete: bool,
    prorated: bool,
    drifted: bool,
    /// What must not wait and could not be judged.
    unjudged: String,
    /// What was missing of the training of whoever rated, and what to do.
    untrained: String,
    voided: Option<(String, String, String)>,
    may_void: bool,
    reasons: Vec<(String, String)>,
    entry: VoidEntry,
    problem: String,
    client: bool,
}

/// What the page before tells.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// Why a result is taken back.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct VoidEntry {
    reason: String,
    words: String,
}

/// Who knows of the health of the case's person: one result.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path((id, result)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let (id, result) = (parsed(&id)?, parsed(&result)?);
    let known = ["recorded", "voided"].into_iter().find(|known| *known == asked.done);
    let done = known.map(|known| session.language.code("scale_done", known)).unwrap_or_default();
    page(&drawn(&site, &session, (id, result), VoidEntry::default(), String::new(), done).await?)
}

/// Who recorded it, or the same house: takes it back with a reason.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path((id, result)): Path<(String, String)>,
    Form(entry): Form<VoidEntry>,
) -> Page {
    let (id, result) = (parsed(&id)?, parsed(&result)?);
    let take = Take { reason: entry.reason.clone(), words: entry.words.clone() };
    match scale::void(&site.app, &session.scope, id, result, &take).await {
        Ok(_) => Ok(Redirect::to(&format!("/cases/{id}/results/{result}?done=voided")).into_response()),
        Err(Error::Invalid(problems)) => {
            let language = session.language;
            let line = |problem: &app::Problem| {
                let field = language.code("scale_field", &problem.field);
                language.pair(&field, &language.problem(&problem.code, &problem.values))
            };
            let told = problems.iter().map(line).collect::<Vec<_>>().join(" ");
            let drawn = drawn(&site, &session, (id, result), entry, told, String::new()).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
        Err(error) => Err(error.into()),
    }
}

async fn drawn(
    site: &Site,
    session: &Session,
    (id, result): (Id, Id),
    entry: VoidEntry,
    problem: String,
    done: String,
) -> Result<ResultPage, Failure> {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let one = scale::one(app, scope, id, result).await?;
    let view = cases::view(app, scope, id).await?;
    let definition = scale::library::version(app, &one.scale, &one.version).await?;
    let before = if one.voided.is_none() { scale::before(app, scope, &one).await? } else { None };
    let compared = definition.as_ref().zip(before.as_ref());
    let change = compared.and_then(|(scale, before)| scale.change(before.total?, one.total?));
    let alarm = scale::alarm(app, scope, &one).await?;
    let said = said(language, definition.as_ref(), &one);
    let flag = |flag: &str| one.flags.iter().any(|own| own == flag);
    let reasons = app.tables.scale_schedule.void_reasons.iter();
    Ok(ResultPage {
        shell: session.shell(&said.title),
        id: id.to_string(),
        result: result.to_string(),
        who: case_words::who(language, &view.row),
        alarm: alarm.map(|alarm| card(site, session, &alarm)),
        change: change.map(|change| words::verdict(language, &change)),
        before: before
            .and_then(|before| {
                let (day, total) = (before.on().to_string(), before.total?.to_string());
                Some(language.with("scale.before", &[("day", &day), ("total", &total)]))
            })
            .unwrap_or_default(),
        threshold: definition.as_ref().is_some_and(|scale| scale.definition().change.is_some()),
        incomplete: flag("incomplete"),
        prorated: flag("prorated"),
        drifted: one.agrees == Some(false),
        unjudged: words::names(language, &unjudged(site, session, definition.as_ref(), &one)),
        untrained: untrained(site, session, &one).await?,
        voided: one.voided.as_ref().map(|voided| {
            (
                language.code("scale_void", &voided.reason),
                voided.words.clone(),
                format!("{} · {}", voided.by, minute(voided.at)),
            )
        }),
        may_void: scale::may_take_back(scope, &one),
        reasons: reasons.map(|code| (code.clone(), language.code("scale_void", code))).collect(),
        client: scope.role == Role::Client,
        said,
        done,
        entry,
        problem,
    })
}

/// What must not wait and could not be judged; the protocol is for staff.
fn unjudged(site: &Site, session: &Session, scale: Option<&Scale>, one: &Recorded) -> Vec<(String, String)> {
    let told = scale.filter(|_| session.scope.role != Role::Client);
    told.map(|scale| scale::unjudged(&site.app, scale, one)).unwrap_or_default()
}

/// What was missing of the training of whoever rated: for staff, of a result that holds.
async fn untrained(site: &Site, session: &Session, one: &Recorded) -> Result<String, Failure> {
    if session.scope.role == Role::Client || one.voided.is_some() {
        return Ok(String::new());
    }
    let untrained = scale::untrained(&site.app, one).await?;
    Ok(words::untrained(session.language, untrained, site.app.tables.scale_schedule.rater_training.months))
}

fn card(site: &Site, session: &Session, alarm: &Alarm) -> AlarmCard {
    let language = session.language;
    let names: Vec<String> = alarm.triggers.iter().map(|(zh, en)| language.of(zh, en)).collect();
    let step = |step: &scale::Step| StepLine {
        what: language.of(&step.action.zh, &step.action.en),
        by: language.code("scale_actor", &words::code(&step.action.by)),
        due: step.is_task.then(|| due::due(&site.app, language, Some(step.due_at), None, false)),
        at_once: step.action.limit == 0 && step.action.by != Actor::Platform && !step.is_task,
    };
    let next = alarm.steps.iter().any(|step| step.action.code == "ask_c_ssrs");
    AlarmCard {
        level: alarm.level,
        triggers: names.join(language.comma()),
        // What the page itself does, stands on it.
        steps: alarm.steps.iter().filter(|step| step.action.by != Actor::Platform).map(step).collect(),
        hotline: alarm.hotline.clone(),
        next: next && session.scope.role != Role::Client,
    }
}

/// What a result says; without its definition the figures that were stored.
pub(crate) fn said(language: Language, scale: Option<&Scale>, one: &Recorded) -> Said {
    let facts = vec![
        (language.text("scale.recorded_at").into_owned(), minute(one.at)),
        (language.text("scale_field.rater").into_owned(), words::rater(language, &one.rater)),
        (
            language.text("scale_field.mode").into_owned(),
            language.code("scale_mode", &words::code(&one.mode)),
        ),
        (language.text("scale.entered").into_owned(), words::entered(language, &one.given)),
        (language.text("scale.recorded_by").into_owned(), one.by.clone()),
        (language.text("scale.version").into_owned(), format!("{} · {}", one.scale, one.version)),
    ];
    let total = one.total.map(|total| total.to_string()).unwrap_or_default();
    let Some(scale) = scale else {
        let (band, title) = (one.band.clone().unwrap_or_default(), one.scale.clone());
        let (range, findings, scores, answers) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let (text, caveats) = (text(&one.given), caveats(language, one));
        return Said { title, total, range, band, findings, scores, answers, text, caveats, facts };
    };
    let definition = scale.definition();
    let found = definition.findings.iter().filter(|finding| one.flags.contains(&finding.code));
    Said {
        title: words::title(language, scale),
        total,
        range: scale.range().map(|(low, high)| format!("{low}–{high}")).unwrap_or_default(),
        band: words::band(language, scale, one),
        findings: found.map(|finding| language.of(&finding.zh, &finding.en)).collect(),
        scores: scores(language, scale, &one.given, one.about),
        answers: answers(language, scale, &one.given),
        text: text(&one.given),
        caveats: caveats(language, one),
        facts,
    }
}

/// The finding, where it is words.
fn text(given: &Given) -> String {
    if let Given::Text(text) = given { text.clone() } else { String::new() }
}

/// What a total that was entered alone does not say.
fn caveats(language: Language, one: &Recorded) -> Vec<String> {
    let has = |flag: &str| one.flags.iter().any(|own| own == flag);
    let mut caveats = Vec::new();
    if has("unjudged") {
        caveats.push(language.text("scale.unjudged").into_owned());
    }
    if has("band_by_total") {
        caveats.push(language.text("scale.band_by_total").into_owned());
    }
    caveats
}

/// Scores beside the total.
fn scores(language: Language, scale: &Scale, given: &Given, about: Circumstances) -> Vec<(String, String)> {
    let Given::Answers(answers) = given else { return Vec::new() };
    let Ok(outcome) = scale.score(answers, about) else { return Vec::new() };
    let both = scale.definition().scores.iter().zip(outcome.scores);
    let others = both.filter(|(score, _)| score.code != "total");
    let named = |(score, value): (&rules::scale::Score, Option<rules::scale::Figure>)| {
        Some((language.of(&score.zh, &score.en), value?.to_string()))
    };
    others.filter_map(named).collect()
}

/// Answers in the order of the form.
fn answers(language: Language, scale: &Scale, given: &Given) -> Vec<AnswerLine> {
    let Given::Answers(answers) = given else { return Vec::new() };
    let mut lines = Vec::new();
    for ((item, answer), number) in scale.definition().items.iter().zip(answers).zip(1..) {
        let answer = answer.map_or_else(
            || language.text("scale.left_out").into_owned(),
            |value| {
                let said = words::answer(language, scale, item, value);
                if said.is_empty() { value.to_string() } else { format!("{value} · {said}") }
            },
        );
        lines.push(AnswerLine { number, item: words::item(language, item, number), answer });
    }
    lines
}
