//! `/scales`: the library of scales for the administrator: which are offered in the area, in which version, and a file with another one.

use super::words;
use crate::{
    Site,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    import::upload,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    scale::library::{self, Imported, Listed},
};
use askama::Template;
use axum::{
    Form,
    extract::{Multipart, Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::account::{Deed, Subject};
use serde::Deserialize;

/// A scale as a line.
struct Line {
    id: String,
    title: String,
    version: String,
    licence: String,
    from: String,
    offered: bool,
}

#[derive(Template)]
#[template(path = "scale/library.html")]
struct ListPage {
    shell: Shell,
    may_change: bool,
    lines: Vec<Line>,
    problem: String,
    done: String,
}

/// An imported version as a line.
struct VersionLine {
    version: String,
    about: String,
}

/// A band of the total as a line.
struct BandLine {
    name: String,
    range: String,
}

#[derive(Template)]
#[template(path = "scale/one.html")]
struct OnePage {
    shell: Shell,
    id: String,
    title: String,
    offered: bool,
    may_change: bool,
    facts: Vec<(String, String)>,
    items: Vec<(usize, String, String)>,
    bands: Vec<BandLine>,
    versions: Vec<VersionLine>,
    done: String,
}

/// What the page before tells.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

/// Whether a scale is offered.
#[derive(Deserialize, Default)]
pub(crate) struct OfferEntry {
    #[serde(default)]
    offered: String,
}

fn told(language: Language, done: &str) -> String {
    let known = ["imported", "imported_before", "offered"].into_iter().find(|known| *known == done);
    known.map(|known| language.code("scale_done", known)).unwrap_or_default()
}

/// Who works with scales, and the administrator: the library as it stands for the area.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let done = told(session.language, &asked.done);
    page(&listed(&site, &session, String::new(), done).await?)
}

async fn listed(site: &Site, session: &Session, problem: String, done: String) -> Result<ListPage, Failure> {
    let language = session.language;
    let all = library::list(&site.app, &session.scope).await?;
    Ok(ListPage {
        shell: session.shell(&language.text("scale_library.title")),
        may_change: session.scope.role.may(Deed::Change, Subject::ScaleLibrary),
        lines: all.iter().map(|one| line(language, one)).collect(),
        problem,
        done,
    })
}

fn line(language: Language, one: &Listed) -> Line {
    let definition = one.scale.definition();
    let from = if one.imported.is_some() { "scale_library.imported" } else { "scale_library.own" };
    Line {
        id: definition.id.clone(),
        title: words::title(language, &one.scale),
        version: definition.version.clone(),
        licence: language.code("licence_class", &words::code(&definition.licence.class)),
        from: language.text(from).into_owned(),
        offered: one.offered,
    }
}

/// Who works with scales, and the administrator: one scale.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(scale): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let language = session.language;
    let whole = library::show(&site.app, &session.scope, &scale).await?;
    let scale = &whole.listed.scale;
    let definition = scale.definition();
    let text = |key: &str| language.text(key).into_owned();
    let raters: Vec<String> = definition.raters.iter().map(|rater| words::rater(language, rater)).collect();
    let licence = format!(
        "{} · {}",
        language.code("licence_class", &words::code(&definition.licence.class)),
        language.of(&definition.licence.text.zh, &definition.licence.text.en)
    );
    let range = scale.range().map(|(low, high)| format!("{low}–{high}")).unwrap_or_default();
    let facts = vec![
        (text("scale.version"), definition.version.clone()),
        (text("scale_library.valid_from"), definition.valid_from.to_string()),
        (text("scale_library.raters"), raters.join(language.comma())),
        (text("scale_library.entry"), words::entry(language, scale)),
        (text("scale_library.range"), range),
        (text("scale_library.licence"), licence),
        (text("scale_library.source"), language.of(&definition.source.zh, &definition.source.en)),
    ];
    let total = definition.scores.iter().find(|score| score.code == "total");
    let bands = total.into_iter().flat_map(|score| &score.bands).map(|band| BandLine {
        name: language.of(&band.zh, &band.en),
        range: format!("{}–{}", band.from, band.to),
    });
    let items = definition.items.iter().zip(1..).map(|(item, number)| {
        let values: Vec<String> = words::values(item).iter().map(i32::to_string).collect();
        let values = match (values.first(), values.last(), values.len()) {
            (Some(first), Some(last), 12..) => format!("{first}–{last}"),
            _ => values.join(language.comma()),
        };
        (number, words::item(language, item, number), values)
    });
    page(&OnePage {
        shell: session.shell(&words::title(language, scale)),
        id: definition.id.clone(),
        title: words::title(language, scale),
        offered: whole.listed.offered,
        may_change: session.scope.role.may(Deed::Change, Subject::ScaleLibrary),
        facts: facts.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        items: items.collect(),
        bands: bands.collect(),
        versions: whole.versions.iter().map(version).collect(),
        done: told(language, &asked.done),
    })
}

fn version(one: &Imported) -> VersionLine {
    let about = format!("{} · {} · {}", one.file_name, one.by, minute(one.at));
    VersionLine { version: one.version.clone(), about }
}

/// Administrator: a file with a scale.
pub(crate) async fn import(State(site): State<Site>, session: Session, form: Multipart) -> Page {
    let mut bytes = Vec::new();
    let read = upload::read(form, &mut bytes).await;
    let taken = match read {
        Ok(_) if bytes.is_empty() => Err(Error::invalid("file", "required")),
        Ok(about) => library::import(&site.app, &session.scope, &about.file_name, &bytes).await,
        Err(error) => Err(error),
    };
    let language = session.language;
    let problem = match taken {
        Ok(taken) => {
            let done = if taken.known { "imported_before" } else { "imported" };
            return Ok(Redirect::to(&format!("/scales/{}?done={done}", taken.scale)).into_response());
        }
        Err(Error::Invalid(problems)) => problems
            .iter()
            .map(|problem| language.problem(&problem.code, &problem.values))
            .collect::<Vec<_>>()
            .join(" "),
        Err(Error::Refused(refusal)) => language.code("refusal", &refusal.code),
        Err(error) => return Err(error.into()),
    };
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &listed(&site, &session, problem, String::new()).await?)
}

/// Administrator: offers a scale in the area, or does so no more.
pub(crate) async fn offer(
    State(site): State<Site>,
    session: Session,
    Path(scale): Path<String>,
    Form(entry): Form<OfferEntry>,
) -> Page {
    library::offer(&site.app, &session.scope, &scale, entry.offered == "yes").await?;
    Ok(Redirect::to(&format!("/scales/{scale}?done=offered")).into_response())
}
