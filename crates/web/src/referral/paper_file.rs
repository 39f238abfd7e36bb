//! Papers of a case as PDF files: a stored form, and the whole file of a case. What a reader may not see stands in none of them.

use super::{known::Known, paper::FormSheet, timeline, words};
use crate::{
    Site,
    address::parsed,
    answer::Page,
    care::{paper::whole as care_whole, talk::Talk},
    due,
    form::sheet,
    language::Language,
    outcome as outcomes,
    pdf::{self, Block, Document, Pair},
    scale::result::{self, Said},
    session::Session,
};
use app::{
    Error,
    outcome::{self, Outcome},
    referral::{self as cases, FormView},
    scale::{self, Recorded},
};
use axum::extract::{Path, State};
use rules::{
    account::{Deed, Subject},
    form::FormCode,
    referral::disclosure::{Extent, Part},
    scale::Scale,
};
use std::collections::BTreeMap;

/// Whoever may open it: a stored form.
pub(crate) async fn form(
    State(site): State<Site>,
    session: Session,
    Path((id, form)): Path<(String, String)>,
) -> Page {
    let (id, wanted) = (parsed(&id)?, parsed(&form)?);
    let forms = cases::forms(&site.app, &session.scope, id).await?;
    let form = forms.into_iter().find(|form| form.id == wanted).ok_or(Error::NotFound)?;
    let (title, blocks) = form_blocks(&site, session.language, &form)?;
    let name = format!("{}-{}", form.code, form.id);
    Ok(pdf::answer(document(session.language, title, blocks), name).await?)
}

fn document(language: Language, title: String, blocks: Vec<Block>) -> Document {
    Document { title, language: language.tag(), blocks }
}

/// A form as it stands on paper; slips have blanks to sign and stamp.
fn form_blocks(site: &Site, language: Language, form: &FormView) -> Result<(String, Vec<Block>), Error> {
    let slip = [FormCode::F3, FormCode::F9].iter().any(|code| words::code(code) == form.code);
    let FormSheet { title, number, source, written, parts } = FormSheet::of(site, language, form, slip)?;
    let mut blocks = vec![Block::Title(title.clone())];
    let number = if number.is_empty() { form.code.clone() } else { format!("{} · {number}", form.code) };
    blocks.push(Block::Aside(number));
    for part in parts {
        blocks.push(Block::Heading(part.heading));
        lines(part.lines, &mut blocks);
    }
    if slip {
        let blank = |key: &str| language.text(key).into_owned();
        blocks.push(Block::Blanks(vec![blank("paper.sender_stamp"), blank("paper.receiver_stamp")]));
    }
    blocks.push(Block::Small(format!("{written} · {}{source}", language.text("form.source"))));
    Ok((title, blocks))
}

/// Lines of a form: labels with values in a grid, tables between them.
pub(crate) fn lines(lines: Vec<sheet::Line>, blocks: &mut Vec<Block>) {
    let mut pairs = Vec::new();
    for line in lines {
        if line.rows.is_empty() {
            pairs.push(Pair::new(&line.label, &line.value));
            continue;
        }
        if !pairs.is_empty() {
            blocks.push(Block::Pairs(std::mem::take(&mut pairs)));
        }
        blocks.push(Block::Text(line.label));
        blocks.push(Block::Table(line.headings, line.rows));
    }
    if !pairs.is_empty() {
        blocks.push(Block::Pairs(pairs));
    }
}

/// Who knows of the health of the case's person: one result.
pub(crate) async fn result(
    State(site): State<Site>,
    session: Session,
    Path((id, result)): Path<(String, String)>,
) -> Page {
    let (id, result) = (parsed(&id)?, parsed(&result)?);
    let one = scale::one(&site.app, &session.scope, id, result).await?;
    let view = cases::view(&site.app, &session.scope, id).await?;
    let scale = scale::library::version(&site.app, &one.scale, &one.version).await?;
    let language = session.language;
    let mut blocks = result_blocks(language, scale.as_ref(), &one);
    blocks.insert(1, Block::Aside(who(language, &view)));
    let title = result::said(language, scale.as_ref(), &one).title;
    Ok(pdf::answer(document(language, title, blocks), format!("{}-{}", one.scale, one.id)).await?)
}

/// Whose paper it is: the person as the reader may see it, with the number of the case.
pub(crate) fn who(language: Language, view: &cases::CaseView) -> String {
    let number = view.row.number.clone().unwrap_or_default();
    let parts = [words::who(language, &view.row), number];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// A result as it stands on paper.
fn result_blocks(language: Language, scale: Option<&Scale>, one: &Recorded) -> Vec<Block> {
    let text = |key: &str| language.text(key).into_owned();
    let Said { title, total, range, band, findings, scores, answers, text: words, caveats, facts } =
        result::said(language, scale, one);
    let total = match (range.is_empty(), language) {
        (true, _) => total,
        (false, Language::Chinese) => format!("{total}（{range}）"),
        (false, Language::English) => format!("{total} ({range})"),
    };
    let mut pairs = Vec::new();
    if words.is_empty() {
        pairs.push(Pair::new(&text("scale.total"), &total));
        pairs.push(Pair::new(&text("scale.band"), &band));
    }
    pairs.extend(scores.iter().chain(&facts).map(|(name, value)| Pair::new(name, value)));
    let mut blocks = vec![Block::Title(title), Block::Pairs(pairs)];
    if let Some(voided) = &one.voided {
        let reason = language.code("scale_void", &voided.reason);
        blocks.push(Block::Text(format!("{} {reason} · {}", text("scale.voided_long"), voided.words)));
    }
    blocks.extend(
        words.lines().filter(|line| !line.trim().is_empty()).map(|line| Block::Text(line.to_owned())),
    );
    blocks.extend(caveats.into_iter().chain(findings).map(Block::Text));
    if !answers.is_empty() {
        let rows =
            answers.into_iter().map(|line| vec![format!("{}. {}", line.number, line.item), line.answer]);
        blocks.push(Block::Table(vec![text("scale.item_heading"), text("scale.answer")], rows.collect()));
    }
    blocks.push(Block::Small(text("scale.no_diagnosis")));
    blocks
}

/// Who knows of the health of the case's person: what the service came to.
pub(crate) async fn outcome(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let view = cases::view(&site.app, &session.scope, id).await?;
    let found = outcome::of_case(&site.app, &session.scope, id).await?;
    let language = session.language;
    let mut blocks = outcome_blocks(language, &found);
    blocks.insert(1, Block::Aside(who(language, &view)));
    if let Some(talk) = Talk::of(&site, &session, id).await? {
        blocks.extend(talk.blocks(language));
    }
    let title = language.text("outcome.title").into_owned();
    Ok(pdf::answer(document(language, title, blocks), format!("outcome-{id}")).await?)
}

/// The outcome as it stands on paper: words, charts, and their tables.
fn outcome_blocks(language: Language, found: &Outcome) -> Vec<Block> {
    let text = |key: &str| language.text(key).into_owned();
    let told = outcomes::told(language, found);
    let mut blocks = vec![Block::Title(text("outcome.title")), Block::Heading(text("outcome.changed"))];
    if told.changes.is_empty() {
        blocks.push(Block::Text(text("outcome.nothing_clear")));
    }
    blocks.extend(told.changes.into_iter().map(Block::Text));
    blocks.push(Block::Heading(text("outcome.hospital")));
    blocks.push(Block::Text(told.hospital));
    blocks.extend(told.stays.into_iter().chain(told.years).map(Block::Text));
    blocks.push(Block::Small(outcomes::period(language, found)));
    let headings = ["scale.on", "scale.total", "scale.band", "outcome.for"].map(text).to_vec();
    for part in told.parts {
        blocks.push(Block::Heading(part.title));
        blocks.push(Block::Text(format!("{} {}", part.sentence, part.direction)));
        blocks.extend(part.chart.map(Block::Chart));
        let rows = part.rows.into_iter().map(|row| vec![row.on, row.total, row.band, row.occasion]);
        blocks.push(Block::Table(headings.clone(), rows.collect()));
    }
    blocks.push(Block::Small(text("scale.no_diagnosis")));
    blocks
}

/// Who answers for the case, within what each may see: its whole file as one paper. That it was taken is in the log.
pub(crate) async fn whole(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let view = cases::view(app, scope, id).await?;
    let forms = cases::forms(app, scope, id).await?;
    let mut blocks = front(&site, &session, &view, &forms);
    if !cases::learns_only_whether_open(scope) {
        blocks.extend(course(&site, &session, &view).await?);
    }
    for form in forms.iter().rev() {
        let (_, sheet) = form_blocks(&site, language, form)?;
        blocks.push(Block::NewPage);
        blocks.extend(sheet);
    }
    blocks.extend(care_whole::blocks(&site, &session, id).await?);
    if scope.role.may(Deed::Read, Subject::ScaleResult) {
        let results = scale::of_case(app, scope, id).await?;
        if !results.is_empty() {
            let found = outcome::of_case(app, scope, id).await?;
            blocks.push(Block::NewPage);
            blocks.extend(outcome_blocks(language, &found));
        }
        if i64::try_from(results.len()).unwrap_or(i64::MAX) >= scale::MOST {
            blocks.push(care_whole::cut(language, "paper.results_latest", results.len()));
        }
        let named = results.iter().map(|one| (one.scale.as_str(), one.version.as_str()));
        let definitions = scale::library::Definitions::of(app, named).await?;
        for one in results.iter().rev() {
            let scale = definitions.get(&one.scale, &one.version);
            blocks.push(Block::NewPage);
            blocks.extend(result_blocks(language, scale, one));
        }
    }
    cases::taken_as_file(app, scope, id).await?;
    let title = format!("{} · {}", language.text("paper.case_file"), who(language, &view));
    Ok(pdf::answer(document(language, title, blocks), format!("case-{id}")).await?)
}

/// The first page: whom it is about, how it stands, and what lies in it.
fn front(site: &Site, session: &Session, view: &cases::CaseView, forms: &[FormView]) -> Vec<Block> {
    let (app, language) = (&site.app, session.language);
    let text = |key: &str| language.text(key).into_owned();
    let known = Known {
        app,
        session,
        view,
        forms,
        institution: String::new(),
        care: None,
        shared: app::followup::ForCase::default(),
    };
    let mut pairs = vec![Pair::new(&text("paper.state"), &language.code("state", &view.row.state))];
    if view.extent(&session.scope, Part::Identity) != Extent::Nothing {
        let person = known.person().into_iter();
        pairs.extend(person.map(|(key, value)| Pair::new(&text(key), &value)));
    }
    let listed = forms.iter().rev().map(|form| {
        let code = FormCode::ALL.into_iter().find(|code| words::code(code) == form.code);
        let title = code.map(|code| words::title(app, language, code)).unwrap_or_default();
        vec![form.code.clone(), title, form.written_by.clone(), due::minute(form.at)]
    });
    let headings = ["paper.form", "paper.name", "paper.by", "paper.at"].map(text).to_vec();
    let mut blocks =
        vec![Block::Title(text("paper.case_file")), Block::Aside(who(language, view)), Block::Pairs(pairs)];
    if !forms.is_empty() {
        blocks.push(Block::Heading(text("case.forms")));
        blocks.push(Block::Table(headings, listed.collect()));
    }
    blocks
}

/// What happened, as the page of the case tells it.
async fn course(site: &Site, session: &Session, view: &cases::CaseView) -> Result<Vec<Block>, Error> {
    let (app, language) = (&site.app, session.language);
    let moments = cases::moments(app, &session.scope, view.row.id).await?;
    let (organisations, accounts) = timeline::named(&moments);
    let mut names = cases::directory::organisation_names(app, &organisations).await?;
    names.extend(cases::directory::account_names(app, &accounts).await?);
    let names: BTreeMap<_, _> = names;
    let happened = timeline::happened(app, language, &moments, &names);
    let row = |event: timeline::Happened| {
        let parts = [event.what, event.detail, event.reason];
        let what = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        vec![event.when, what, event.who]
    };
    let headings = ["paper.at", "paper.what", "paper.by"].map(|key| language.text(key).into_owned());
    Ok(vec![
        Block::Heading(language.text("case.timeline").into_owned()),
        Block::Table(headings.to_vec(), happened.into_iter().map(row).collect()),
    ])
}
