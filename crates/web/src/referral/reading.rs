//! The forms that a decision is about, to be read on the page of the decision by a role that opens forms only for a
//! purpose.

use super::words;
use crate::{Site, due, failure::Failure, form::sheet, session::Session};
use app::{id::Id, referral as cases};
use rules::{form::FormCode, referral::CommandName};

/// One form to be read.
pub(crate) struct Reading {
    pub title: String,
    pub written: String,
    pub parts: Vec<sheet::Part>,
}

/// What the reader's decision is about; the read is in the log with the decision as its purpose.
pub(crate) async fn readings(
    site: &Site,
    session: &Session,
    id: Id,
    name: CommandName,
) -> Result<Vec<Reading>, Failure> {
    let mut readings = Vec::new();
    for form in cases::forms_to_decide(&site.app, &session.scope, id, name).await? {
        readings.extend(reading(site, session, &form)?);
    }
    Ok(readings)
}

/// A stored form to be read; nothing where its definition is unknown.
pub(crate) fn reading(
    site: &Site,
    session: &Session,
    form: &cases::FormView,
) -> Result<Option<Reading>, Failure> {
    let (app, language) = (&site.app, session.language);
    let known = FormCode::ALL.into_iter().find(|code| words::code(code) == form.code);
    let Some(code) = known else { return Ok(None) };
    let at = due::minute(form.at);
    let values = [("name", form.written_by.as_str()), ("at", at.as_str())];
    Ok(Some(Reading {
        title: format!("{} · {}", form.code, words::title(app, language, code)),
        written: language.with("paper.written", &values),
        parts: sheet::parts(app, language, app.tables.form(code)?, &form.data, false),
    }))
}
