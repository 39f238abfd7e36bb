//! `/cases/{id}/scales/{scale}`: a scale is filled in item by item, on a phone first. The wording of the items stands on the page only
//! where the licence admits it; otherwise the paper form lies beside, and its numbers are entered.

use super::words;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    form::Posted,
    language::Language,
    referral::{unsent, words as case_words},
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    id::Id,
    referral::{self as cases, unsent::discard as forget},
    scale::{self, Blank, Given, NewResult},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::Role,
    scale::{Item, LONGEST_TEXT, Mode, Scale},
};

/// More values than these are typed as a number.
const IN_SIGHT: usize = 10;
/// Seconds of a filling-in at most; longer ones were left lying.
const LONGEST: i64 = 4 * 3600;

/// One possible answer.
struct Offered {
    value: String,
    /// `0 · Not at all`, or the number alone.
    label: String,
    chosen: bool,
}

/// An item to be answered.
struct Asked {
    name: String,
    number: usize,
    text: String,
    optional: bool,
    options: Vec<Offered>,
    /// Typed as a number between these, where there are too many values to show.
    typed: Option<(String, String)>,
    value: String,
    problem: String,
}

/// A choice with its code.
struct Coded {
    code: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "scale/fill.html")]
struct FillPage {
    shell: Shell,
    id: String,
    scale: String,
    who: String,
    title: String,
    licence: String,
    /// The wording of the items is on the page.
    worded: bool,
    items: Vec<Asked>,
    /// Range of the total, where it may be entered alone.
    total: Option<(String, String)>,
    total_value: String,
    total_problem: String,
    /// What a total alone does not say of what must not wait.
    by_items: String,
    /// The finding is written as text, of so many letters at most.
    text: Option<usize>,
    text_value: String,
    text_problem: String,
    /// What is missing of the reader's training, and what to do.
    untrained: String,
    raters: Vec<Coded>,
    modes: Vec<Coded>,
    needs_guardian: bool,
    guardian_agreed: bool,
    guardian_problem: bool,
    /// Items were left out and it is to be said that this is meant.
    leaves_out: bool,
    problems: Vec<(String, String)>,
    made: String,
    begun: String,
    client: bool,
    /// Where the page is kept while it is filled in.
    keep: String,
    /// What was written before and not recorded stands on the page again.
    restored: String,
}

/// Who may record it: the blank scale.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path((id, scale)): Path<(String, String)>,
) -> Page {
    let id = parsed(&id)?;
    let blank = scale::blank(&site.app, &session.scope, id, &scale).await?;
    let kept = scale::draft(&site.app, &session.scope, id, &scale).await?;
    let (written, restored) = kept.map(|kept| unsent::told(&session, kept)).unwrap_or_default();
    let drawn = drawn(&site, &session, id, &blank, &written, &[]).await?;
    page(&FillPage { restored, ..drawn })
}

/// Who may record it: the answers.
pub(crate) async fn record(
    State(site): State<Site>,
    session: Session,
    Path((id, scale)): Path<(String, String)>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let blank = scale::blank(&site.app, &session.scope, id, &scale).await?;
    let recorded = match written(&site, &session, &blank, &posted) {
        Ok(new) => scale::record(&site.app, &session.scope, id, &new).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match recorded {
        Ok(result) => {
            forget(&site.app, &session.scope, &scale::place(id, &scale)).await?;
            Ok(Redirect::to(&format!("/cases/{id}/results/{}?done=recorded", result.id)).into_response())
        }
        Err(Error::Invalid(problems)) => {
            let drawn = drawn(&site, &session, id, &blank, &posted, &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
        Err(error) => Err(error.into()),
    }
}

/// What was written, or what is wrong with it.
fn written(
    site: &Site,
    session: &Session,
    blank: &Blank,
    posted: &Posted,
) -> Result<NewResult, Vec<Problem>> {
    let items = &blank.scale.definition().items;
    let mut problems = Vec::new();
    let mut answers: Vec<Option<i32>> = Vec::new();
    for item in items {
        let value = posted.get(&name(item));
        let read = value.map(str::parse::<i32>);
        if matches!(read, Some(Err(_))) {
            problems.push(Problem::new(&item.code, "whole_number"));
        }
        answers.push(read.and_then(Result::ok));
    }
    let given = given(&blank.scale, &answers, posted);
    let missing = missing(items, &answers);
    if matches!(given, Ok(Given::Answers(_))) && !missing.is_empty() && posted.get("leave_out").is_none() {
        problems.extend(missing.iter().map(|item| Problem::new(&item.code, "not_answered")));
    }
    let given = given.map_err(|problem| problems.push(problem)).ok();
    let rater =
        posted.get("rater").and_then(|code| blank.raters.iter().find(|own| words::code(*own) == code));
    let rater = rater.copied().or_else(|| blank.raters.first().copied());
    let mode = posted.get("mode").and_then(|code| MODES.into_iter().find(|mode| words::code(mode) == code));
    let mode = mode.unwrap_or(Mode::Screen);
    match (given, rater) {
        (Some(given), Some(rater)) if problems.is_empty() => Ok(NewResult {
            scale: blank.scale.definition().id.clone(),
            given,
            rater,
            mode,
            language: session.language.tag().to_owned(),
            seconds: seconds(site, posted),
            made: posted.get("made").and_then(|made| made.parse().ok()),
            guardian_agreed: posted.get("guardian_agreed").is_some(),
        }),
        _ => Err(problems),
    }
}

/// Answers, the total alone, or words: one of them.
fn given(scale: &Scale, answers: &[Option<i32>], posted: &Posted) -> Result<Given, Problem> {
    if scale.definition().text_entry {
        let text = posted.get("text").ok_or_else(|| Problem::new("text", "required"))?;
        return Ok(Given::Text(text.to_owned()));
    }
    match (answers.iter().any(Option::is_some), posted.get("total").map(str::parse::<i64>)) {
        (true, Some(_)) => Err(Problem::new("total", "answers_or_total")),
        (false, Some(Ok(total))) => Ok(Given::Total(total)),
        (false, Some(Err(_))) => Err(Problem::new("total", "whole_number")),
        (false, None) if scale.definition().items.is_empty() => Err(Problem::new("total", "required")),
        (false, None) => Err(Problem::new("answers", "required")),
        (true, None) => Ok(Given::Answers(answers.to_vec())),
    }
}

/// How long it took since the page was drawn.
fn seconds(site: &Site, posted: &Posted) -> Option<u32> {
    let begun: i64 = posted.get("begun")?.parse().ok()?;
    let taken = site.app.now().as_second().checked_sub(begun)?;
    u32::try_from(taken).ok().filter(|taken| i64::from(*taken) <= LONGEST)
}

const MODES: [Mode; 4] = [Mode::Screen, Mode::Paper, Mode::Interview, Mode::Telephone];

/// Items that were left empty although they are asked. What may rightly be empty is the engine's to say.
fn missing<'a>(items: &'a [Item], answers: &[Option<i32>]) -> Vec<&'a Item> {
    let both = items.iter().zip(answers);
    let left = both.filter(|(item, answer)| answer.is_none() && !item.optional && item.skip_when.is_none());
    left.map(|(item, _)| item).collect()
}

fn name(item: &Item) -> String {
    format!("item.{}", item.code)
}

async fn drawn(
    site: &Site,
    session: &Session,
    id: Id,
    blank: &Blank,
    posted: &Posted,
    problems: &[Problem],
) -> Result<FillPage, Failure> {
    let language = session.language;
    let view = cases::view(&site.app, &session.scope, id).await?;
    let definition = blank.scale.definition();
    let told = |field: &str| {
        let found = problems.iter().find(|problem| problem.field == field);
        found.map(|problem| language.problem(&problem.code, &problem.values)).unwrap_or_default()
    };
    let numbered = definition.items.iter().zip(1..);
    let items: Vec<Asked> = numbered
        .map(|(item, number)| asked(language, &blank.scale, item, number, posted, told(&item.code)))
        .collect();
    let title = words::title(language, &blank.scale);
    let leaves_out = problems.iter().any(|problem| problem.code == "not_answered");
    let entry = definition.score_entry.map(|entry| (entry.min.to_string(), entry.max.to_string()));
    let client = session.scope.role == Role::Client;
    Ok(FillPage {
        shell: session.shell(&title),
        id: id.to_string(),
        scale: definition.id.clone(),
        who: case_words::who(language, &view.row),
        licence: language.of(&definition.licence.text.zh, &definition.licence.text.en),
        worded: definition.items.iter().all(|item| item.zh.is_some()),
        problems: summary(language, &blank.scale, problems),
        items,
        total: entry.filter(|_| !client),
        total_value: posted.get("total").unwrap_or_default().to_owned(),
        total_problem: told("total"),
        by_items: words::names(language, &blank.by_items),
        text: definition.text_entry.then_some(LONGEST_TEXT),
        text_value: posted.get("text").unwrap_or_default().to_owned(),
        text_problem: told("text"),
        untrained: untrained(site, language, blank),
        raters: coded(language, "scale_rater", &blank.raters, posted.get("rater")),
        modes: coded(language, "scale_mode", &MODES, posted.get("mode")),
        needs_guardian: blank.needs_guardian,
        guardian_agreed: posted.get("guardian_agreed").is_some(),
        guardian_problem: problems.iter().any(|problem| problem.field == "guardian_agreed"),
        leaves_out,
        made: posted.get("made").map_or_else(|| id.beside(site.app.now()).to_string(), str::to_owned),
        begun: posted.get("begun").map_or_else(|| site.app.now().as_second().to_string(), str::to_owned),
        title,
        client,
        keep: scale::place(id, &definition.id),
        restored: String::new(),
    })
}

/// What is missing of the reader's training, in words.
fn untrained(site: &Site, language: Language, blank: &Blank) -> String {
    words::untrained(language, blank.untrained, site.app.tables.scale_schedule.rater_training.months)
}

fn coded<T: serde::Serialize + Copy>(
    language: Language,
    kind: &str,
    all: &[T],
    chosen: Option<&str>,
) -> Vec<Coded> {
    let one = |value: &T| {
        let code = words::code(value);
        Coded { name: language.code(kind, &code), chosen: chosen == Some(code.as_str()), code }
    };
    all.iter().map(one).collect()
}

fn asked(
    language: Language,
    scale: &Scale,
    item: &Item,
    number: usize,
    posted: &Posted,
    problem: String,
) -> Asked {
    let name = name(item);
    let value = posted.get(&name).unwrap_or_default().to_owned();
    let values = words::values(item);
    let typed = (values.len() > IN_SIGHT).then(|| {
        let bound = |bound: Option<&i32>| bound.map(i32::to_string).unwrap_or_default();
        (bound(values.iter().min()), bound(values.iter().max()))
    });
    let option = |number: &i32| {
        let said = words::answer(language, scale, item, *number);
        let label = if said.is_empty() { number.to_string() } else { format!("{number} · {said}") };
        Offered { chosen: value == number.to_string(), value: number.to_string(), label }
    };
    Asked {
        options: if typed.is_some() { Vec::new() } else { values.iter().map(option).collect() },
        text: words::item(language, item, number),
        optional: item.optional || item.skip_when.is_some(),
        typed,
        name,
        number,
        value,
        problem,
    }
}

/// What is wrong, with the place on the page where it is mended.
fn summary(language: Language, scale: &Scale, problems: &[Problem]) -> Vec<(String, String)> {
    let line = |problem: &Problem| {
        let numbered = scale.definition().items.iter().zip(1_usize..);
        let found = numbered.into_iter().find(|(item, _)| item.code == problem.field);
        let said = language.problem(&problem.code, &problem.values);
        match found {
            Some((_, number)) => {
                let item = language.with("scale.item", &[("number", &number.to_string())]);
                (format!("item-{number}"), language.pair(&item, &said))
            }
            None => {
                let place = ["total", "text"].into_iter().find(|own| *own == problem.field);
                (
                    place.unwrap_or("item-1").to_owned(),
                    language.pair(&language.code("scale_field", &problem.field), &said),
                )
            }
        }
    };
    problems.iter().map(line).collect()
}
