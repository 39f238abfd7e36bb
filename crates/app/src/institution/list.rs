//! The list of institutions: by name, service, free places, kind and state, nearest first where a place is named.

use super::record::visible;
use crate::{
    App,
    db::Sql,
    error::Result,
    export::{Wanted, release},
    id::Id,
    p,
    paging::cut,
    row,
    scope::Scope,
};
use rules::{account::Subject, institution::Places};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// Rows on a page of the list.
pub const PAGE: i64 = 50;
/// Rows of an export at most.
const EXPORT: i64 = 100_000;

/// What is asked for; nothing set is everything in scope.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Part of the name, or the beginning of the credit code.
    pub words: String,
    /// A library state.
    pub state: Option<String>,
    /// A kind of institution.
    pub kind: Option<String>,
    /// A service offered.
    pub service: Option<String>,
    /// Only with a free place.
    pub free: bool,
    /// Nearest to this division first (12 digits).
    pub near: Option<i64>,
    /// The last institution of the page before.
    pub after: Option<Id>,
}

/// One line of the list.
#[derive(Debug, Clone, Serialize)]
pub struct Line {
    /// Identifier.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Unified social credit code.
    pub credit_code: String,
    /// Kind.
    pub kind: String,
    /// Where it stands.
    pub division: i64,
    /// Telephone.
    pub phone: String,
    /// Services offered.
    pub services: Vec<String>,
    /// Places.
    pub places: Places,
    /// Library state.
    pub state: String,
    /// 0 same village … 5 another province; 0 where no place was named.
    pub distance: i64,
}

struct Stored {
    id: Id,
    name: String,
    credit_code: String,
    kind: String,
    division: i64,
    phone: String,
    services: Json,
    contracted: i64,
    in_service: i64,
    reserved: i64,
    blocked: i64,
    state: String,
    distance: i64,
}
row!(Stored {
    id,
    name,
    credit_code,
    kind,
    division,
    phone,
    services,
    contracted,
    in_service,
    reserved,
    blocked,
    state,
    distance,
});

impl Stored {
    fn line(self) -> Result<Line> {
        let count = |n: i64| u32::try_from(n).map_err(crate::Error::broken);
        Ok(Line {
            id: self.id,
            name: self.name,
            credit_code: self.credit_code,
            kind: self.kind,
            division: self.division,
            phone: self.phone,
            services: serde_json::from_value(self.services)?,
            places: Places {
                contracted: count(self.contracted)?,
                in_service: count(self.in_service)?,
                reserved: count(self.reserved)?,
                blocked: count(self.blocked)?,
            },
            state: self.state,
            distance: self.distance,
        })
    }
}

/// A page of the list.
#[derive(Debug, Clone)]
pub struct Page {
    /// Lines, nearest first, then by name.
    pub lines: Vec<Line>,
    /// After which institution the next page starts; none on the last page.
    pub next: Option<Id>,
    /// How many there are with this filter.
    pub total: i64,
}

/// Distance as a number that sorts, from the levels of the division code that two places share.
fn distance(near: Option<i64>, alias: &str) -> String {
    let Some(near) = near else { return "CAST(0 AS BIGINT)".to_owned() };
    let levels = [(1, 0), (1_000, 1), (1_000_000, 2), (100_000_000, 3), (10_000_000_000, 4)];
    let cases = levels.map(|(width, rank)| {
        let same = near.div_euclid(width);
        format!("WHEN {alias}.division / {width} = {same} THEN {rank}")
    });
    format!("CAST(CASE {} ELSE 5 END AS BIGINT)", cases.join(" "))
}

fn filtered(scope: &Scope, filter: &Filter, select: &str) -> Result<Sql> {
    let words = filter.words.trim();
    let name = (!words.is_empty()).then(|| format!("%{}%", escaped(words)));
    let code = (!words.is_empty()).then(|| format!("{}%", escaped(&words.to_uppercase())));
    let mut sql = visible(scope, Sql::new(select))?;
    if let (Some(name), Some(code)) = (name, code) {
        sql =
            sql.push(" AND (i.name LIKE {} ESCAPE '!' OR i.credit_code LIKE {} ESCAPE '!')", p![name, code]);
    }
    if filter.free {
        sql = sql.push(" AND i.contracted - i.in_service - i.reserved - i.blocked > 0", []);
    }
    let service = filter.service.as_ref().map(|service| format!("%\"{}\"%", escaped(service)));
    Ok(sql
        .when(" AND i.state = {}", filter.state.clone())
        .when(" AND i.kind = {}", filter.kind.clone())
        .when(" AND CAST(i.services AS TEXT) LIKE {} ESCAPE '!'", service))
}

/// A text in which the signs of LIKE stand for themselves.
pub(crate) fn escaped(words: &str) -> String {
    words.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

async fn lines(app: &App, scope: &Scope, filter: &Filter, limit: i64) -> Result<Vec<Line>> {
    let far = distance(filter.near, "i");
    let select = format!(
        "SELECT i.id, i.name, i.credit_code, i.kind, i.division, i.phone, i.services, i.contracted,
            i.in_service, i.reserved, i.blocked, i.state, {far} FROM institution i WHERE 1 = 1"
    );
    let mut sql = filtered(scope, filter, &select)?;
    if let Some(after) = filter.after {
        let other = distance(filter.near, "b");
        let later = format!(
            " AND ({far}, i.name, i.id) > (SELECT {other}, b.name, b.id FROM institution b WHERE b.id = {{}})"
        );
        sql = sql.push(&later, p![after]);
    }
    let sql = sql.push(&format!(" ORDER BY {far}, i.name, i.id LIMIT {{}}"), p![limit]);
    app.db.listing().query::<Stored>(sql).await?.into_iter().map(Stored::line).collect()
}

/// One page of the list, with the number of all that the filter finds.
///
/// # Errors
/// The role has nothing to do with the library.
pub async fn page(app: &App, scope: &Scope, filter: &Filter) -> Result<Page> {
    let mut lines = lines(app, scope, filter, PAGE + 1).await?;
    let next = cut(&mut lines, PAGE, |line| line.id);
    let count = filtered(scope, filter, "SELECT COUNT(*) FROM institution i WHERE 1 = 1")?;
    let total = app.db.listing().query::<(i64,)>(count).await?.first().map_or(0, |(n,)| *n);
    Ok(Page { lines, next, total })
}

/// All lines that the filter finds, for a file, with the code to be printed on it.
///
/// # Errors
/// The role has nothing to do with the library.
pub async fn export(app: &App, scope: &Scope, filter: &Filter) -> Result<(Vec<Line>, String)> {
    let lines = lines(app, scope, filter, EXPORT).await?;
    let filter = json!({ "words": !filter.words.is_empty(), "state": filter.state });
    let wanted = Wanted { subject: Subject::Institution, rows: lines.len(), filter };
    let code = release(app, scope, &wanted).await?;
    Ok((lines, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_like_stand_for_themselves() {
        assert_eq!(escaped("50%_站!"), "50!%!_站!!");
    }

    #[test]
    fn distance_names_five_levels() {
        let text = distance(Some(310_115_131_021), "i");
        for part in ["/ 1 = 310115131021 THEN 0", "/ 1000 = 310115131 THEN 1", "/ 10000000000 = 31 THEN 4"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
