//! What the whole file of a case has of care: the plan in force and its other versions, goals and months, every session with what is
//! written of it, and which files lie beside the case. Where a bound cut something off, the paper says so.

use super::{plan, session as record};
use crate::{
    Site,
    care::{
        files,
        line::{Line, line},
        plan::signed,
        talk::Talk,
    },
    due::minute,
    language::Language,
    pdf::{Block, Pair},
    session::Session,
};
use app::{
    App, Error,
    care::{self, Attachment, Filed, PlanVersion, Plans},
    id::Id,
};
use rules::{
    account::{Deed, Subject},
    care::SessionState,
};

/// As far as the reader may see it, each part on a page of its own; nothing where there is nothing, or the reader has no part in care.
/// The reads are in the log.
pub(crate) async fn blocks(site: &Site, session: &Session, case: Id) -> Result<Vec<Block>, Error> {
    if !session.scope.role.may(Deed::Read, Subject::Care) {
        return Ok(Vec::new());
    }
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let (plans, figures) = care::plans_and_figures(app, scope, case).await?;
    let held = care::on_file(app, scope, case).await?;
    let (attached, _) = care::attachments(app, scope, case).await?;
    let mut blocks = Vec::new();
    if !plans.versions.is_empty() || !held.sessions.is_empty() {
        blocks.push(Block::NewPage);
        blocks.extend(in_force(app, language, &plans));
        blocks.extend(Talk::new(site, language, &figures).blocks(language));
        blocks.extend(versions(language, &plans));
    }
    if !held.sessions.is_empty() {
        blocks.extend([Block::NewPage, Block::Title(language.text("paper.sessions").into_owned())]);
        if held.cut {
            blocks.push(cut(language, "paper.sessions_latest", held.sessions.len()));
        }
        blocks.extend(held.sessions.iter().rev().map(|one| Block::Pairs(told(app, session, one))));
    }
    blocks.extend(beside(site, language, &attached));
    Ok(blocks)
}

/// Says that a bound cut something off.
pub(crate) fn cut(language: Language, key: &str, count: usize) -> Block {
    Block::Small(language.with(key, &[("count", &count.to_string())]))
}

/// The version in force but for its goals, which stand below with how far each is.
fn in_force(app: &App, language: Language, plans: &Plans) -> Vec<Block> {
    let Some(version) = plans.in_force() else { return Vec::new() };
    [plan::head(app, language, version), plan::services(app, language, version)].concat()
}

/// All versions of the plan, where there is more than one.
fn versions(language: Language, plans: &Plans) -> Vec<Block> {
    if plans.versions.len() < 2 {
        return Vec::new();
    }
    let text = |key: &str| language.text(key).into_owned();
    let row = |version: &PlanVersion| {
        let signed = signed(language, version);
        vec![
            version.number.to_string(),
            format!("{} – {}", version.plan.from, version.plan.until),
            if signed.is_empty() { text("care.unsigned") } else { signed },
            version.plan.change.clone(),
            format!("{} {}", version.by, minute(version.at)),
        ]
    };
    let headings =
        ["care.version", "paper.period", "care.signature", "care_field.change", "paper.by"].map(text);
    let rows = plans.versions.iter().map(row).collect();
    vec![Block::Heading(text("care.versions")), Block::Table(headings.to_vec(), rows)]
}

/// A session: when and what, whether the person came, and what is written of it.
fn told(app: &App, session: &Session, one: &Filed) -> Vec<Pair> {
    let language = session.language;
    let Line { on, time, what, presence, state, values, .. } = line(app, session, &one.session);
    let written = one.written.as_ref();
    // Whether somebody came is true of what took place.
    let came = match one.session.state {
        SessionState::Held => presence,
        SessionState::Planned => state,
        ended => record::state(app, language, ended, written.and_then(|written| written.reason.as_deref())),
    };
    let head = [time, what, came].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let mut pairs = vec![Pair { whole: true, ..Pair::new(&on, &head.join(" · ")) }];
    let Some(written) = written else { return pairs };
    let pair = |key: &str, value: &str| Pair::new(&language.text(key), value);
    pairs.push(pair("care_field.leader", &written.leader));
    pairs.push(pair("care_field.place", &language.code("care_place", &written.place)));
    let asked = (one.session.service.as_str(), one.session.way.as_str());
    pairs.extend(record::written(app, language, asked, &written.content));
    if !values.is_empty() {
        pairs.push(pair("care_field.fields", &values));
    }
    if !written.note.is_empty() {
        pairs.push(pair("care_field.note", &written.note));
    }
    if one.session.state == SessionState::Held && written.persons > 1 {
        let (came, count) = (written.came.to_string(), written.persons.to_string());
        let of = language.with("care.came_of", &[("came", &came), ("count", &count)]);
        pairs.push(pair("care_field.persons", &of));
    }
    if let Some((name, at)) = &written.recorded {
        let by = language.with("care.recorded_by", &[("name", name), ("at", &minute(*at))]);
        pairs.push(pair("care.recorded", &by));
    }
    pairs
}

/// Which files lie beside the case: what each is, since when, and by whom. What is in them stays there.
fn beside(site: &Site, language: Language, attached: &[Attachment]) -> Vec<Block> {
    if attached.is_empty() {
        return Vec::new();
    }
    let text = |key: &str| language.text(key).into_owned();
    let row = |file: &Attachment| {
        let files::Line { title, about, voided, .. } = files::line(site, language, file);
        let name = [title, voided].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
        vec![name.join(" · "), about, minute(file.at), file.by.clone()]
    };
    let headings = ["paper.name", "paper.kind", "paper.at", "paper.by"].map(text).to_vec();
    let mut blocks = vec![
        Block::NewPage,
        Block::Title(text("files.title")),
        Block::Table(headings, attached.iter().rev().map(row).collect()),
    ];
    if i64::try_from(attached.len()).unwrap_or(i64::MAX) >= care::FILES_LISTED {
        blocks.push(cut(language, "paper.files_latest", attached.len()));
    }
    blocks
}
