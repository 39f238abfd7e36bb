//! Forms as written: sealed, never changed, only followed by a later one.

use crate::{App, db::Tx, error::Result, id::Id, p, scope::Scope};
use rules::form::FormCode;
use serde_json::{Map, Value as Json};

/// A form handed in.
#[derive(Debug, Clone)]
pub struct Written {
    /// Which form.
    pub code: FormCode,
    /// Field key to value.
    pub data: Map<String, Json>,
    /// Identity under which it is stored.
    pub document: Id,
}

impl Written {
    /// A form for a case that exists.
    #[must_use]
    pub fn new(app: &App, code: FormCode, data: Map<String, Json>, beside: Id) -> Written {
        Written { code, data, document: beside.beside(app.now()) }
    }

    /// A text field.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.data.get(key).and_then(Json::as_str).map(str::trim).filter(|text| !text.is_empty())
    }
}

/// The code of a form as stored.
pub(super) fn code(form: FormCode) -> String {
    serde_json::to_value(form).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Stores forms beside their case.
pub(super) async fn store(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    referral: Id,
    forms: &[Written],
) -> Result<()> {
    for written in forms {
        let version = app.tables.form(written.code)?.version;
        let content = app.keys.seal(&Json::Object(written.data.clone()).to_string())?;
        // A draft's first form is written before the case has its identity: it takes the case's home.
        let id = if written.document.home() == referral.home() {
            written.document
        } else {
            referral.beside(app.now())
        };
        let sql = "INSERT INTO form_entry (home, id, referral_id, code, form_version, content, written_by,
            written_by_name, organisation_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let args = p![
            referral.home_number(),
            id,
            referral,
            code(written.code),
            version,
            content,
            scope.account,
            &scope.name,
            scope.organisation,
            app.now()
        ];
        tx.run(sql, args).await?;
    }
    Ok(())
}
