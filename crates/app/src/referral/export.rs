//! The list of cases as a file: exactly what is filtered, and no more than may leave.

use super::list::{self, CaseRow, Filter};
use crate::{
    App,
    error::{Error, Result},
    export::{self, Wanted},
    scope::Scope,
};
use rules::account::{Deed, Subject};

/// The cases of a filter for a file, with the code to be printed on it.
///
/// # Errors
/// A second person must agree to so many, or they are too many for anybody.
pub async fn for_export(app: &App, scope: &Scope, filter: &Filter) -> Result<(Vec<CaseRow>, String)> {
    let rows = rows(app, scope, filter).await?;
    let wanted = Wanted { subject: Subject::Case, rows: rows.len(), filter: serde_json::to_value(filter)? };
    let code = export::release(app, scope, &wanted).await?;
    Ok((rows, code))
}

/// The rows that a file would have: one more than anybody may take, where there are that many.
pub(crate) async fn rows(app: &App, scope: &Scope, filter: &Filter) -> Result<Vec<CaseRow>> {
    scope.permit(Deed::Export, Subject::Case)?;
    let most = i64::try_from(app.tables.exports.most_rows).map_err(Error::broken)?;
    list::cases_up_to(app, scope, filter, most + 1).await
}
