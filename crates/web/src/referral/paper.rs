//! Paper: the referral slip F3 with its receipt, the two-way slip F9, and any stored form, on A4.

use super::words;
use crate::{
    Site, address::parsed, answer::Page, due, form::sheet, language::Language, session::Session, shell::Shell,
};
use app::{
    Error,
    referral::{self as cases, FormView},
};
use askama::Template;
use axum::extract::{Path, State};
use rules::form::FormCode;

#[derive(Template)]
#[template(path = "referral/paper.html")]
struct PaperPage {
    shell: Shell,
    id: String,
    form: String,
    code: String,
    title: String,
    number: String,
    source: String,
    written: String,
    parts: Vec<sheet::Part>,
    /// Blanks for a stamp and signatures stand under it.
    slip: bool,
}

/// Whoever may open the form: the latest referral slip as a paper form.
pub(crate) async fn slip(state: State<Site>, session: Session, id: Path<String>) -> Page {
    latest(state, session, id, FormCode::F3).await
}

/// Whoever may open the form: the latest two-way slip as a paper form.
pub(crate) async fn two_way_slip(state: State<Site>, session: Session, id: Path<String>) -> Page {
    latest(state, session, id, FormCode::F9).await
}

async fn latest(State(site): State<Site>, session: Session, Path(id): Path<String>, code: FormCode) -> Page {
    let id = parsed(&id)?;
    let forms = cases::forms(&site.app, &session.scope, id).await?;
    let form = forms.into_iter().find(|form| form.code == words::code(&code)).ok_or(Error::NotFound)?;
    draw(&site, &session, &id.to_string(), &form, true)
}

/// Whoever may open it: a stored form.
pub(crate) async fn form(
    State(site): State<Site>,
    session: Session,
    Path((id, form)): Path<(String, String)>,
) -> Page {
    let (id, wanted) = (parsed(&id)?, parsed(&form)?);
    let forms = cases::forms(&site.app, &session.scope, id).await?;
    let form = forms.into_iter().find(|form| form.id == wanted).ok_or(Error::NotFound)?;
    draw(&site, &session, &id.to_string(), &form, false)
}

/// A stored form as it stands on paper.
pub(crate) struct FormSheet {
    pub title: String,
    pub number: String,
    pub source: String,
    pub written: String,
    pub parts: Vec<sheet::Part>,
}

impl FormSheet {
    /// Of a form; with `blanks` what was left empty is shown too.
    pub(crate) fn of(
        site: &Site,
        language: Language,
        form: &FormView,
        blanks: bool,
    ) -> Result<FormSheet, Error> {
        let app = &site.app;
        let code =
            FormCode::ALL.into_iter().find(|code| words::code(code) == form.code).ok_or(Error::NotFound)?;
        let definition = app.tables.form(code)?;
        let at = due::minute(form.at);
        let values = [("name", form.written_by.as_str()), ("at", at.as_str())];
        let number = form.data.get("number").and_then(|number| number.as_str()).unwrap_or_default();
        Ok(FormSheet {
            title: words::title(app, language, code),
            number: number.to_owned(),
            source: language.of(&definition.source_zh, &definition.source_en),
            written: language.with("paper.written", &values),
            parts: sheet::parts(app, language, definition, &form.data, blanks),
        })
    }
}

fn draw(site: &Site, session: &Session, id: &str, form: &FormView, slip: bool) -> Page {
    let FormSheet { title, number, source, written, parts } =
        FormSheet::of(site, session.language, form, slip)?;
    crate::answer::page(&PaperPage {
        shell: session.shell(&title),
        id: id.to_owned(),
        form: form.id.to_string(),
        code: form.code.clone(),
        title,
        number,
        source,
        written,
        parts,
        slip,
    })
}
