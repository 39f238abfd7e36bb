//! Lists: what is due and whose turn it is, and all cases by a filter. Paged by key, always in scope.

use super::row;
use crate::{
    App,
    audit::{self, Entry, Purpose},
    db::{FromRow, Row, Sql},
    error::Result,
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Content, Role, Sight},
    clock::china_date,
    division::{DivisionCode, Level},
    referral::{
        State,
        disclosure::{self, Extent, Part, Stage, disclosed},
    },
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// Rows on a page.
pub const PAGE: i64 = 50;

/// A case in a list.
#[derive(Debug, Clone, Serialize)]
pub struct CaseRow {
    /// Identifier.
    pub id: Id,
    /// Receipt or registration number, whichever is later.
    pub number: Option<String>,
    /// The client's name as this reader may see it; empty for an institution before it accepts and once it is done.
    pub name: String,
    /// Sex code.
    pub sex: Option<String>,
    /// Year of birth.
    pub born: Option<i16>,
    /// First and last year of the band that the age lies in, where no more is told.
    pub age_band: Option<(u8, u8)>,
    /// State code; `open` or `closed` for those who learn no more once the case is registered.
    pub state: String,
    /// Version.
    pub version: i64,
    /// Residence (12 digits).
    pub division: i64,
    /// County in charge (12 digits).
    pub county: i64,
    /// Channel code.
    pub channel: String,
    /// Whose turn it is.
    pub next_role: Option<String>,
    /// The running clock.
    pub clock: Option<String>,
    /// Its end.
    pub due_at: Option<Timestamp>,
    /// When the actor is reminded.
    pub remind_at: Option<Timestamp>,
    /// The clock is frozen.
    pub frozen: bool,
    /// The institution offered to or in charge.
    pub institution: Option<String>,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// Consent was taken back: who served the person no longer sees who it is.
    #[serde(skip)]
    pub restricted: bool,
}

impl FromRow for CaseRow {
    fn from_row(row: &Row<'_>) -> crate::db::Result<Self> {
        let born: Option<Date> = row.get(4)?;
        let restricted_at: Option<Timestamp> = row.get(17)?;
        Ok(CaseRow {
            id: row.get(0)?,
            number: row.get(1)?,
            name: row.get(2)?,
            sex: row.get(3)?,
            born: born.map(Date::year),
            age_band: None,
            state: row.get(5)?,
            version: row.get(6)?,
            division: row.get(7)?,
            county: row.get(8)?,
            channel: row.get(9)?,
            next_role: row.get(10)?,
            clock: row.get(11)?,
            due_at: row.get(12)?,
            remind_at: row.get(13)?,
            frozen: row.get(14)?,
            institution: row.get(15)?,
            changed_at: row.get(16)?,
            restricted: restricted_at.is_some(),
        })
    }
}

/// The columns of a [`CaseRow`].
pub(super) const ROW: &str = "r.id, COALESCE(r.registration, r.receipt), r.client_name, r.client_sex,
    r.client_born_on, r.state, r.version, r.division, r.county, r.channel, r.next_role, r.clock, r.due_at,
    r.remind_at, r.frozen, o.name, r.changed_at, r.restricted_at";
/// How many they are.
pub(super) const COLUMNS: usize = 18;
/// Where they come from.
pub(super) const FROM: &str =
    "FROM referral r LEFT JOIN organisation o ON o.id = r.institution_id WHERE 1 = 1";

fn rows() -> Sql {
    Sql::new(&rows_text())
}

/// All rows of the list, to be narrowed by a scope or by whoever knows the one row it wants.
pub(crate) fn rows_text() -> String {
    format!("SELECT {ROW} {FROM}")
}

/// The state of a stored code; what is unknown is shown as if it were over.
pub(crate) fn state_of(code: &str) -> State {
    serde_json::from_value(code.into()).unwrap_or(State::Ended)
}

/// The name as the reader may see it. An institution sees none before it accepts and after it is done, and once consent was
/// taken back only the person sees it.
pub(crate) fn shown_name(scope: &Scope, (state, restricted): (&str, bool), name: &str) -> String {
    if disclosed(scope.role, state_of(state), Part::Identity) == Extent::Nothing {
        return String::new();
    }
    if restricted && scope.role != Role::Client {
        return rules::name::mask(name);
    }
    match scope.role.sight(Content::Identity) {
        Sight::Scope => name.to_owned(),
        Sight::WithPurpose | Sight::Never => rules::name::mask(name),
    }
}

fn masked(app: &App, scope: &Scope, mut rows: Vec<CaseRow>) -> Vec<CaseRow> {
    let today = china_date(app.now());
    rows.iter_mut().for_each(|row| row.mask(scope, today));
    rows
}

/// Whether the role learns of a registered case no more than that it is open or closed: assisting subjects, and the
/// federation of what it filed.
#[must_use]
pub fn learns_only_whether_open(scope: &Scope) -> bool {
    scope.role.sight(Content::Metadata) != Sight::Scope
}

/// Whether the reader follows a case of this state: before registration everybody who filed it does, afterwards only
/// who sees more than whether it is open.
#[must_use]
pub fn follows(scope: &Scope, state: &str) -> bool {
    const BEFORE: [&str; 5] = ["draft", "submitted", "supplement", "lapsed", "rejected"];
    !learns_only_whether_open(scope) || BEFORE.contains(&state)
}

impl CaseRow {
    /// Leaves in the row what the reader may see, so that pages, files and programs all show the same.
    pub(super) fn mask(&mut self, scope: &Scope, today: Date) {
        self.name = shown_name(scope, (&self.state, self.restricted), &self.name);
        self.stage(scope, today);
        if !learns_only_whether_open(scope) {
            return;
        }
        let follows = follows(scope, &self.state);
        (self.sex, self.born, self.institution) = (None, None, None);
        // Who is asked for papers is told by when.
        if !follows || self.next_role.as_deref() != Some(scope.role.code()) {
            (self.next_role, self.clock, self.due_at, self.remind_at) = (None, None, None, None);
            self.frozen = false;
        }
        if !follows {
            let state: Option<State> = serde_json::from_value(self.state.as_str().into()).ok();
            let open = state.is_some_and(State::is_open);
            self.state = if open { "open" } else { "closed" }.to_owned();
        }
    }

    /// Leaves what an institution learns at this stage: before it accepts the band of ages and the township, and nothing of
    /// the person when it is done.
    fn stage(&mut self, scope: &Scope, today: Date) {
        let state = state_of(&self.state);
        if disclosed(scope.role, state, Part::Identity) != Extent::Nothing {
            return;
        }
        let age = self.born.and_then(|born| u8::try_from(today.year() - born).ok());
        (self.sex, self.born, self.channel) = (None, None, String::new());
        if Stage::of(state) == Stage::Offered {
            self.age_band = age.map(disclosure::age_band);
            self.division = township(self.division);
        } else {
            self.division = self.county;
        }
    }
}

/// The township, town or street office that a division belongs to.
pub(super) fn township(division: i64) -> i64 {
    DivisionCode::new(division).map_or(division, |code| code.at(Level::Town).number())
}

/// Which part of the work list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Turn {
    /// It is the reader's turn.
    #[default]
    Mine,
    /// Another's turn.
    Others,
    /// On the waiting list.
    Waiting,
    /// Over.
    Done,
}

/// Cases after which nothing follows.
pub(crate) static OVER: LazyLock<String> = LazyLock::new(|| {
    format!("r.state IN ({})", row::listed(State::ALL.iter().filter(|state| state.is_end())))
});

/// What is over for those who learn no more than whether a case is open.
pub(crate) static CLOSED: LazyLock<String> = LazyLock::new(|| {
    format!("r.state IN ({})", row::listed(State::ALL.iter().filter(|state| !state.is_open())))
});

/// "Mine" is what waits for the reader's role: county desks and institutions share queues, so nobody is a bottleneck.
/// A case manager waits for the assessor, who alone assesses (T14, T18: not the only one who serves the case).
fn turn(sql: Sql, scope: &Scope, which: Turn) -> Sql {
    let mine = scope.role.code();
    if learns_only_whether_open(scope) {
        // A part of the list must not tell what its rows do not.
        return match which {
            Turn::Mine => sql.push(" AND r.next_role = {}", p![mine]),
            Turn::Others => sql.push(" AND r.next_role <> {} AND r.state <> 'closed'", p![mine]),
            Turn::Waiting => sql.push(" AND 1 = 0", []),
            Turn::Done => sql.push(&format!(" AND {}", *CLOSED), []),
        };
    }
    match which {
        Turn::Mine => sql.push(" AND r.next_role = {} AND r.state <> 'waiting'", p![mine]),
        Turn::Others => sql.push(" AND r.next_role <> {} AND r.state <> 'waiting'", p![mine]),
        Turn::Waiting => sql.push(" AND r.state = 'waiting'", []),
        Turn::Done => sql.push(&format!(" AND {}", *OVER), []),
    }
}

/// A part of the work list, oldest deadline first, narrowed by a filter; `after` is the deadline and identifier of the
/// last row seen.
pub(super) async fn queue(
    app: &App,
    scope: &Scope,
    which: Turn,
    filter: &Filter,
    after: Option<(Timestamp, Id)>,
) -> Result<Vec<CaseRow>> {
    let sql = turn(scope.referrals(rows()), scope, which);
    let sql = filtered(sql, app, scope, filter);
    // Rows without a running clock come last, as if due at the end of time. Who sees no deadlines gets the rows in
    // the order in which the cases began: any other would tell the deadlines, and the key of a row does not have them.
    let blind = learns_only_whether_open(scope);
    let sql = match after {
        Some((_, id)) if blind => sql.push(" AND r.id > {}", p![id]),
        Some((due, id)) => sql.push(
            " AND (COALESCE(r.due_at, {}) > {} OR (COALESCE(r.due_at, {}) = {} AND r.id > {}))",
            p![far(), due, far(), due, id],
        ),
        None => sql,
    };
    let sql = if blind {
        sql.push(" ORDER BY r.id LIMIT {}", p![PAGE])
    } else {
        sql.push(" ORDER BY COALESCE(r.due_at, {}), r.id LIMIT {}", p![far(), PAGE])
    };
    Ok(masked(app, scope, app.db.listing().query(sql).await?))
}

/// That a list of cases, or of what concerns them, was read.
pub(super) async fn record_list(app: &App, scope: &Scope, subject: &'static str, rows: usize) -> Result<()> {
    audit::record(&app.db, scope, Entry::listed(purpose(scope), subject, rows), app.now()).await
}

/// For what a reader of cases reads them.
pub(crate) fn purpose(scope: &Scope) -> Purpose {
    if scope.role.is_institution_staff() { Purpose::Care } else { Purpose::Referral }
}

/// The last instant that both databases can hold.
fn far() -> Timestamp {
    Timestamp::from_second(253_370_736_000).unwrap_or(Timestamp::MAX)
}

/// The key of a row for the next page.
#[must_use]
pub fn key(row: &CaseRow) -> (Timestamp, Id) {
    (row.due_at.unwrap_or_else(far), row.id)
}

/// How many cases are in each part of the work list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// The reader's turn.
    pub mine: i64,
    /// Of these, past their deadline.
    pub overdue: i64,
    /// Another's turn.
    pub others: i64,
    /// On the waiting list.
    pub waiting: i64,
}

/// Counts the work list in one pass.
///
/// # Errors
/// The database is gone.
pub async fn counts(app: &App, scope: &Scope) -> Result<Counts> {
    let mine = scope.role.code();
    let blind = learns_only_whether_open(scope);
    let apart = if blind { "closed" } else { "waiting" };
    let text = format!(
        "SELECT COALESCE(SUM(CASE WHEN r.next_role = '{mine}' AND r.state <> 'waiting' THEN 1 ELSE 0 END), 0),
         COALESCE(SUM(CASE WHEN r.next_role = '{mine}' AND r.state <> 'waiting' AND NOT r.frozen AND r.due_at < {{}}
            THEN 1 ELSE 0 END), 0),
         COALESCE(SUM(CASE WHEN r.next_role <> '{mine}' AND r.state <> '{apart}' THEN 1 ELSE 0 END), 0),
         COALESCE(SUM(CASE WHEN r.state = 'waiting' THEN 1 ELSE 0 END), 0)
         FROM referral r WHERE r.next_role IS NOT NULL"
    );
    let mut sum = Counts::default();
    for sql in scope.referrals_in_parts(&Sql::default().push(&text, p![app.now()])) {
        for (mine, overdue, others, waiting) in app.db.listing().query::<(i64, i64, i64, i64)>(sql).await? {
            sum.mine += mine;
            sum.overdue += overdue;
            sum.others += others;
            sum.waiting += if blind { 0 } else { waiting };
        }
    }
    Ok(sum)
}

/// What the list of cases is asked for. State, institution and deadline narrow nothing for those who learn only whether
/// a case is open: what is found would tell them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// State code.
    pub state: Option<String>,
    /// Residence within this division.
    pub division: Option<i64>,
    /// Institution offered to or in charge.
    pub institution: Option<Id>,
    /// Past its deadline.
    pub overdue: bool,
    /// Name, initials or number.
    pub words: Option<String>,
    /// The last row of the page before: its change and identifier.
    #[serde(skip)]
    pub after: Option<(Timestamp, Id)>,
}

/// All cases in scope by a filter, latest change first. That they were read is recorded.
///
/// # Errors
/// The database is gone.
pub async fn cases(app: &App, scope: &Scope, filter: &Filter) -> Result<Vec<CaseRow>> {
    let found = cases_up_to(app, scope, filter, PAGE).await?;
    record_list(app, scope, "referral", found.len()).await?;
    Ok(found)
}

/// The same with another bound.
pub(super) async fn cases_up_to(
    app: &App,
    scope: &Scope,
    filter: &Filter,
    most: i64,
) -> Result<Vec<CaseRow>> {
    let until = filter.after.map_or_else(far, |(at, _)| at);
    let mut found: Vec<CaseRow> = Vec::new();
    for part in scope.referrals_latest(&rows(), until) {
        let mut sql = filtered(part, app, scope, filter);
        if let Some((at, id)) = filter.after {
            sql = sql.push(" AND (r.changed_at < {} OR (r.changed_at = {} AND r.id < {}))", p![at, at, id]);
        }
        found.extend(
            app.db
                .listing()
                .query::<CaseRow>(sql.push(" ORDER BY r.changed_at DESC, r.id DESC LIMIT {}", p![most]))
                .await?,
        );
    }
    found.sort_by_key(|row| std::cmp::Reverse((row.changed_at, row.id)));
    found.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(masked(app, scope, found))
}

/// How many cases a filter finds.
///
/// # Errors
/// The database is gone.
pub async fn cases_count(app: &App, scope: &Scope, filter: &Filter) -> Result<i64> {
    let sql = scope.referrals(Sql::new("SELECT COUNT(*) FROM referral r WHERE 1 = 1"));
    let found: Vec<(i64,)> = app.db.listing().query(filtered(sql, app, scope, filter)).await?;
    Ok(found.into_iter().next().map_or(0, |(count,)| count))
}

/// The conditions of a filter, without the page.
fn filtered(sql: Sql, app: &App, scope: &Scope, filter: &Filter) -> Sql {
    let blind = learns_only_whether_open(scope);
    let mut sql = sql
        .when(" AND r.state = {}", filter.state.as_deref().filter(|_| !blind))
        .when(" AND r.institution_id = {}", filter.institution.filter(|_| !blind));
    if let Some(division) = filter.division {
        let area = crate::scope::Area::of(division);
        if scope.role.is_institution_staff() {
            sql = sql.push(
                &by_township(scope),
                p![area.from, area.to, township(area.from), township(area.to) + 999],
            );
        } else {
            sql = sql.push(" AND r.division >= {} AND r.division <= {}", p![area.from, area.to]);
        }
    }
    if filter.overdue && !blind {
        sql = sql.push(" AND r.due_at < {} AND NOT r.frozen", p![app.now()]);
    }
    let Some(words) = filter.words.as_deref().map(str::trim).filter(|w| !w.is_empty()) else { return sql };
    let (upper, lower) = (words.to_uppercase(), words.to_lowercase());
    // Looking for a name must not tell whose case it is where the list does not.
    let names = if scope.role.is_institution_staff() {
        format!(" AND r.restricted_at IS NULL AND r.state IN ({})", with_names(scope))
    } else {
        String::new()
    };
    sql.push(
        &format!(
            " AND (r.receipt = {{}} OR r.registration = {{}} OR ((r.client_name LIKE {{}}
                OR r.client_initials = {{}}){names}))"
        ),
        p![&upper, &upper, format!("{}%", escape(words)), &lower],
    )
}

/// States in which an institution's reader knows names.
fn with_names(scope: &Scope) -> String {
    let known = |state: &&State| disclosed(scope.role, **state, Part::Identity) != Extent::Nothing;
    row::listed(State::ALL.iter().filter(known))
}

/// "Lives in this area": where an institution is not told more than the township, the filter tells it no more either.
fn by_township(scope: &Scope) -> String {
    let known = with_names(scope);
    format!(
        " AND ((r.state IN ({known}) AND r.division >= {{}} AND r.division <= {{}})
            OR (r.state = 'referred' AND r.division >= {{}} AND r.division <= {{}}))"
    )
}

/// In a LIKE pattern `%` and `_` of the reader's words stand for themselves nowhere: they are left out.
fn escape(words: &str) -> String {
    words.chars().filter(|c| !matches!(c, '%' | '_' | '\\')).collect()
}
