//! Results of rating scales: recorded with a case, sealed, never rewritten. What is read is computed again and compared. What answers
//! that must not wait entail is done in the same transaction.

mod alarm;
mod draft;
pub mod library;
mod result;
mod round;
mod training;
mod void;

pub use alarm::{Alarm, Step, alarm, unjudged};
pub(crate) use draft::forget as forget_drafts;
pub use draft::{begun, draft, place};
pub use result::{Drift, Drifts, Voided, drifts};
pub(crate) use round::rounds_due;
pub use round::{Round, Rounds, rounds, rounds_and_results};
pub use training::{Untrained, untrained};
pub use void::{Take, may as may_take_back, void};

use crate::{
    App, atomic,
    audit::{self, Entry},
    db::{Sql, Tx},
    error::{Error, Problem, Result},
    id::Id,
    p, referral,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use library::Definitions;
use result::Content;
use rules::{
    account::{Content as Group, Deed, Role, Sight, Subject},
    identity_number::{Sex, age_on},
    referral::{
        State,
        disclosure::{Extent, Part, disclosed},
    },
    scale::{AnswerFault, Circumstances, Figure, Mode, Rater, Scale, may_record},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::cmp::Reverse;

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The answers in the order of the items; nothing where one is missing.
    Answers(Vec<Option<i32>>),
    /// The total alone, where the scale allows it.
    Total(i64),
    /// Words, where the finding is written as text.
    Text(String),
}

impl Given {
    /// The same without what is no part of it: blanks around words, and the ends of lines as some senders write them. The same words
    /// sent again are the same result.
    fn tidy(&self) -> Given {
        match self {
            Given::Text(text) => Given::Text(text.replace("\r\n", "\n").trim().to_owned()),
            other => other.clone(),
        }
    }
}

/// A result to be recorded.
#[derive(Debug, Clone)]
pub struct NewResult {
    /// Id of the scale.
    pub scale: String,
    /// What was answered.
    pub given: Given,
    /// Who answered or rated.
    pub rater: Rater,
    /// How the answers came.
    pub mode: Mode,
    /// The language of the form: `zh-CN` or `en`.
    pub language: String,
    /// How long it took.
    pub seconds: Option<u32>,
    /// The identifier that the sender made for it: sent again, it is the same result and not another one.
    pub made: Option<Id>,
    /// The guardian agreed before, as is asked below an age.
    pub guardian_agreed: bool,
}

/// A result as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// Identifier.
    pub id: Id,
    /// The case.
    pub referral: Id,
    /// Id of the scale.
    pub scale: String,
    /// Version of its definition.
    pub version: String,
    /// What it was for, as [`rules::scale::Occasion`]; nothing where no round asked for it.
    pub occasion: Option<String>,
    /// What was answered.
    pub given: Given,
    /// The total.
    pub total: Option<Figure>,
    /// Its band.
    pub band: Option<String>,
    /// Flags.
    pub flags: Vec<String>,
    /// The gravest level of what must not wait.
    pub level: Option<u8>,
    /// What it was computed with beside the answers.
    #[serde(skip)]
    pub about: Circumstances,
    /// Who answered or rated.
    pub rater: Rater,
    /// How the answers came.
    pub mode: Mode,
    /// The language of the form.
    pub language: String,
    /// How long it took.
    pub seconds: Option<i64>,
    /// Who recorded it.
    pub by: String,
    /// The same as an account.
    pub account: Id,
    /// The house for which it was recorded.
    pub organisation: Id,
    /// When.
    pub at: Timestamp,
    /// That it was taken back, with the reason.
    pub voided: Option<Voided>,
    /// Computed again it is the same; nothing where its definition is not there any more.
    pub agrees: Option<bool>,
}

impl Recorded {
    /// The day in China on which it was recorded.
    #[must_use]
    pub fn on(&self) -> Date {
        rules::clock::china_date(self.at)
    }
}

/// A case as far as a result needs it.
struct Of {
    state: String,
    restricted: Option<Timestamp>,
    person: Option<Id>,
    sex: Option<String>,
    born_on: Option<Date>,
    case_manager: Option<Id>,
    county: i64,
    division: i64,
    body: Json,
}
crate::row!(Of { state, restricted, person, sex, born_on, case_manager, county, division, body });

impl Of {
    fn state(&self) -> State {
        referral::state_of(&self.state)
    }

    fn circumstances(&self) -> Result<Circumstances> {
        let Graded { risk_grade } = serde_json::from_value(self.body.clone())?;
        let sex: Option<Sex> =
            self.sex.as_ref().and_then(|sex| serde_json::from_value(sex.as_str().into()).ok());
        Ok(Circumstances { sex, risk_grade })
    }

    /// Full years on a day.
    fn age(&self, today: Date) -> Option<u8> {
        u8::try_from(age_on(self.born_on?, today)).ok()
    }
}

/// What a result needs of the case itself.
#[derive(Deserialize)]
struct Graded {
    risk_grade: Option<u8>,
}

/// Who may know of the health of a case's person in this state, and of how much of it.
fn extent(scope: &Scope, state: State, restricted: bool) -> Extent {
    let knows = scope.role.sight(Group::Health) == Sight::Scope;
    let closed = restricted && scope.role != Role::Client;
    if !knows || closed { Extent::Nothing } else { disclosed(scope.role, state, Part::Health) }
}

/// The case, within scope.
async fn of_referral(app: &App, scope: &Scope, referral: Id) -> Result<Of> {
    let sql = Sql::new(
        "SELECT r.state, r.restricted_at, r.person_id, r.client_sex, r.client_born_on, r.case_manager_id, r.county, r.division,
        r.body FROM referral r WHERE",
    )
    .push(" r.home = {} AND r.id = {}", p![referral.home_number(), referral]);
    app.db.query(scope.referrals(sql)).await?.into_iter().next().ok_or(Error::NotFound)
}

/// The person of a case in scope, once known to the register.
///
/// # Errors
/// There is no such case in scope.
pub(crate) async fn person_of(app: &App, scope: &Scope, referral: Id) -> Result<Option<Id>> {
    Ok(of_referral(app, scope, referral).await?.person)
}

/// Whether the reader learns all that is known of the health of the case's person.
///
/// # Errors
/// There is no such case in scope.
pub async fn knows_health(app: &App, scope: &Scope, referral: Id) -> Result<bool> {
    let of = of_referral(app, scope, referral).await?;
    Ok(extent(scope, of.state(), of.restricted.is_some()) == Extent::All)
}

/// Whether the reader sees all that is known of the health of the case's person, and the case takes results.
fn takes_results(scope: &Scope, of: &Of) -> bool {
    extent(scope, of.state(), of.restricted.is_some()) == Extent::All && of.state() != State::Draft
}

/// What the page of a scale needs before anything is answered.
#[derive(Debug, Clone)]
pub struct Blank {
    /// The scale, in the version that is offered where the person lives.
    pub scale: Scale,
    /// As whom the caller may record it.
    pub raters: Vec<Rater>,
    /// The guardian must have agreed before.
    pub needs_guardian: bool,
    /// What must not wait and looks at single items, in Chinese and English.
    pub by_items: Vec<(String, String)>,
    /// What is missing of the caller's own training, where the scale asks for one.
    pub untrained: Option<Untrained>,
}

/// A scale to be filled in for a case.
///
/// # Errors
/// There is no such case in scope; the caller may not record this; the scale is not offered there.
pub async fn blank(app: &App, scope: &Scope, referral: Id, scale: &str) -> Result<Blank> {
    scope.permit(Deed::Change, Subject::ScaleResult)?;
    let of = of_referral(app, scope, referral).await?;
    if !takes_results(scope, &of) {
        return Err(Error::Forbidden);
    }
    let scale = library::offered_one(app, of.division, scale).await?.ok_or(Error::NotFound)?;
    let raters = raters(&scale, scope.role);
    if raters.is_empty() {
        return Err(Error::Forbidden);
    }
    let entry = Entry::read(referral::purpose(scope), "referral", referral);
    audit::record(&app.db, scope, Entry { detail: json!({ "fields": ["scale"] }), ..entry }, app.now())
        .await?;
    let needs_guardian = app.tables.crisis.needs_guardian(alarm::respondent(&of, app.now()));
    let own = (scope.account, rules::clock::china_date(app.now()));
    let untrained = training::missing(app, &scale.definition().id, &raters, own).await?;
    let by_items = alarm::by_items(app, &scale);
    Ok(Blank { scale, raters, needs_guardian, by_items, untrained })
}

/// As whom somebody of a role may record a scale; one that names nobody, such as a Questionnaire, is for everybody.
#[must_use]
pub fn raters(scale: &Scale, role: Role) -> Vec<Rater> {
    let named = &scale.definition().raters;
    let all = if named.is_empty() { &Rater::ALL[..] } else { named.as_slice() };
    all.iter().copied().filter(|rater| may_record(role, *rater)).collect()
}

/// Records what answers to a scale amount to. The total is computed here; nothing but answers is taken from outside. What must not
/// wait becomes tasks with their terms in the same transaction.
///
/// # Errors
/// There is no such case in scope; the caller may not record this; there is no such scale; answers are none.
pub async fn record(app: &App, scope: &Scope, referral: Id, new: &NewResult) -> Result<Recorded> {
    scope.permit(Deed::Change, Subject::ScaleResult)?;
    let of = of_referral(app, scope, referral).await?;
    let scale = known(app, &of, new).await?;
    if !takes_results(scope, &of) || !may_record(scope.role, new.rater) {
        return Err(Error::Forbidden);
    }
    let now = app.now();
    let who = alarm::respondent(&of, now);
    if app.tables.crisis.needs_guardian(who) && !new.guardian_agreed {
        return Err(Error::invalid("guardian_agreed", "guardian_first"));
    }
    let content = Content::compute(&scale, new.given.tidy(), of.circumstances()?).map_err(faulty)?;
    let alarms = content.alarms(&scale);
    let steps = app.tables.crisis.actions(&alarms.iter().collect::<Vec<_>>(), who);
    let rounds = round::Case::load(app, &of, referral, now).await?;
    let occasion =
        rounds.and_then(|rounds| rounds.occasion(app, &new.scale)).map(rules::scale::Occasion::code);
    let version = scale.definition().version.as_str();
    let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
    let id = referral.beside(now);
    let stored: Id = atomic!(app.db, tx => {
        if let Some(before) = sent_before(app, tx, referral, (new, content.given())).await? {
            return Ok(before);
        }
        let sql = "INSERT INTO scale_result (home, id, person_id, referral_id, scale, definition_version, content, rater, mode,
            language, seconds, recorded_by, recorded_by_name, organisation_id, at, occasion, made_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            ON CONFLICT (home, referral_id, made_id) DO NOTHING";
        let args = p![
            id.home_number(), id, of.person, referral, &new.scale, version, sealed.clone(), code(new.rater)?,
            code(new.mode)?, &new.language, new.seconds.map(i64::from), scope.account, &scope.name, scope.organisation, now,
            occasion, new.made
        ];
        if tx.run(sql, args).await? == 0 {
            // Its twin was stored a moment ago: this transaction cannot see it yet, the next try can.
            return Err(Error::Busy);
        }
        alarm::tell(app, tx, scope, (referral, &of), &steps).await?;
        let entry = Entry {
            purpose: referral::purpose(scope),
            action: "change",
            subject_kind: "referral",
            subject: Some(referral),
            detail: json!({ "fields": ["scale_result"], "scale": new.scale }),
        };
        audit::record_in(tx, scope, entry, now);
        Ok(id)
    })?;
    let sql = Sql::new(&format!("SELECT {COLUMNS} FROM {FROM} WHERE"));
    let sql = sql.push(" s.home = {} AND s.id = {}", p![stored.home_number(), stored]);
    let found: Vec<Seen> = app.db.query(sql).await?;
    opened(app, found).await?.pop().ok_or(Error::NotFound)
}

/// The result of the same identifier, where it was sent before with the same answers.
async fn sent_before(
    app: &App,
    tx: &mut Tx,
    referral: Id,
    (new, given): (&NewResult, &Given),
) -> Result<Option<Id>> {
    let Some(made) = new.made else { return Ok(None) };
    let sql =
        "SELECT id, scale, content FROM scale_result WHERE home = $1 AND referral_id = $2 AND made_id = $3";
    let found: Option<(Id, String, Vec<u8>)> =
        tx.opt(sql, p![referral.home_number(), referral, made]).await?;
    let Some((id, scale, content)) = found else { return Ok(None) };
    let content: Content = serde_json::from_str(&app.keys.unseal(&content)?)?;
    if scale == new.scale && content.given() == given {
        return Ok(Some(id));
    }
    Err(Error::invalid("id", "key_reused"))
}

/// What is wrong with an answer, as a problem of its field.
fn faulty(fault: AnswerFault) -> Error {
    use rules::scale::{Allowed, Problem as Wrong};
    let listed = |values: &[i32]| values.iter().map(i32::to_string).collect::<Vec<_>>().join(", ");
    let (code, values) = match fault.problem {
        Wrong::NoValue { allowed: Allowed::Range(low, high, _), .. } => {
            ("out_of_range", vec![format!("{low}–{high}")])
        }
        Wrong::NoValue { allowed: Allowed::Listed(values), .. } => ("out_of_range", vec![listed(&values)]),
        Wrong::NotPermitted { from, to, .. } => {
            ("not_permitted_beside", vec![from.to_string(), to.to_string()])
        }
        Wrong::WrongNumber { least, most, .. } if least == most => ("wrong_number", vec![most.to_string()]),
        Wrong::WrongNumber { least, most, .. } => ("wrong_number", vec![format!("{least}–{most}")]),
        Wrong::NeedsAnswers => ("needs_answers", Vec::new()),
        Wrong::NoScore => ("no_score", Vec::new()),
        Wrong::NoText => ("no_text", Vec::new()),
        Wrong::NothingWritten => ("required", Vec::new()),
        Wrong::TooLong { most } => ("too_long", vec![most.to_string()]),
        Wrong::NoLetters => ("control_character", Vec::new()),
    };
    Error::Invalid(vec![Problem { field: fault.item, code: code.to_owned(), values }])
}

/// The scale of a new result, where it is offered, and rater and language fit it.
async fn known(app: &App, of: &Of, new: &NewResult) -> Result<Scale> {
    let wrong = |field: &str| Error::invalid(field, "unknown_choice");
    let scale = library::offered_one(app, of.division, &new.scale).await?.ok_or_else(|| wrong("scale"))?;
    let raters = &scale.definition().raters;
    if !raters.is_empty() && !raters.contains(&new.rater) {
        return Err(wrong("rater"));
    }
    if !["zh-CN", "en"].contains(&new.language.as_str()) {
        return Err(wrong("language"));
    }
    Ok(scale)
}

/// The code of a rater or a mode as it is stored.
fn code(value: impl Serialize) -> Result<String> {
    Ok(serde_json::from_value(serde_json::to_value(value)?)?)
}

/// A result with the case that decides who reads it.
struct Seen {
    stored: result::Stored,
    state: String,
    restricted: Option<Timestamp>,
}

impl crate::db::FromRow for Seen {
    fn from_row(row: &crate::db::Row<'_>) -> crate::db::Result<Seen> {
        let next = result::COLUMNS;
        Ok(Seen {
            stored: result::Stored::from_row(row)?,
            state: row.get(next)?,
            restricted: row.get(next + 1)?,
        })
    }
}

/// Rows of a page.
pub const PAGE: i64 = 50;
/// Most results of a person that are looked at as a whole, the latest ones.
pub const MOST: i64 = 500;
/// What is read of a result, its case and that it was taken back.
const COLUMNS: &str = "s.id, s.referral_id, s.scale, s.definition_version, s.content, s.rater, s.mode, s.language, s.seconds,
    s.recorded_by, s.recorded_by_name, s.organisation_id, s.at, s.occasion, v.reason, v.words, v.voided_by_name, v.at, r.state,
    r.restricted_at";
/// Of where.
const FROM: &str = "referral r JOIN scale_result s ON s.home = r.home AND s.referral_id = r.id
    LEFT JOIN scale_void v ON v.home = s.home AND v.id = s.id";

/// The results of a person with the cases in scope, under whichever of its records, the latest first. The read is in the log before
/// it is shown.
///
/// # Errors
/// The caller may not read results.
pub async fn of_person(app: &App, scope: &Scope, person: Id) -> Result<Vec<Recorded>> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    let mut found = Vec::new();
    for case in cases_of(app, person).await? {
        found.extend(read_rows(app, scope, in_case(case), MOST).await?);
        found.sort_by_key(|seen| Reverse((seen.stored.at, seen.stored.id)));
        found.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    }
    let found = learned_of(scope, found);
    read(app, scope, ("person", person), found.len()).await?;
    opened(app, found).await
}

/// The cases of a person, under whichever of its records and whoever may see them. Results are read case by case: beside what is joined
/// across homes they could not be left out where they were taken back, nor a scope be asked for.
async fn cases_of(app: &App, person: Id) -> Result<Vec<Id>> {
    let sql = "SELECT r.id FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN referral r ON r.person_id = c.id WHERE m.home = $1 AND m.id = $2";
    let found: Vec<(Id,)> = app.db.all(sql, p![person.home_number(), person]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

/// The results of a case in scope, the latest first. The read is in the log before it is shown.
///
/// # Errors
/// The caller may not read results.
pub async fn of_case(app: &App, scope: &Scope, referral: Id) -> Result<Vec<Recorded>> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    shown(app, scope, in_case(referral), referral, MOST).await
}

/// A page of the results of a case, the latest first; `after` is the instant and identifier of the last one seen.
///
/// # Errors
/// There is no such case in scope; the caller may not read results.
pub async fn page_of_case(
    app: &App,
    scope: &Scope,
    referral: Id,
    after: Option<(Timestamp, Id)>,
) -> Result<Vec<Recorded>> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    of_referral(app, scope, referral).await?;
    page_of(app, scope, referral, after).await
}

/// The same of a case that was found in scope.
async fn page_of(
    app: &App,
    scope: &Scope,
    referral: Id,
    after: Option<(Timestamp, Id)>,
) -> Result<Vec<Recorded>> {
    let sql = match after {
        Some((at, id)) => {
            in_case(referral).push(" AND (s.at < {} OR (s.at = {} AND s.id < {}))", p![at, at, id])
        }
        None => in_case(referral),
    };
    shown(app, scope, sql, referral, PAGE).await
}

/// One result of a case; the read is in the log before it is shown.
///
/// # Errors
/// There is none in scope, or the reader does not learn of the person's health.
pub async fn one(app: &App, scope: &Scope, referral: Id, result: Id) -> Result<Recorded> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    let sql = in_case(referral).push(" AND s.id = {}", p![result]);
    let found = seen(app, scope, sql, 1).await?;
    let found = found.into_iter().next().ok_or(Error::NotFound)?;
    read(app, scope, ("referral", referral), 1).await?;
    opened(app, vec![found]).await?.pop().ok_or(Error::NotFound)
}

/// The one before a result of the same scale and version that holds and has a total. It is shown beside that result, whose read
/// is in the log.
///
/// # Errors
/// The caller may not read results.
pub async fn before(app: &App, scope: &Scope, one: &Recorded) -> Result<Option<Recorded>> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    let sql = in_case(one.referral).push(
        " AND v.id IS NULL AND s.scale = {} AND s.definition_version = {}
          AND (s.at < {} OR (s.at = {} AND s.id < {}))",
        p![&one.scale, &one.version, one.at, one.at, one.id],
    );
    for found in seen(app, scope, sql, MOST).await? {
        let before = opened(app, vec![found]).await?.pop().filter(|before| before.total.is_some());
        if before.is_some() {
            return Ok(before);
        }
    }
    Ok(None)
}

fn in_case(referral: Id) -> Sql {
    let sql = Sql::new(&format!("SELECT {COLUMNS} FROM {FROM} WHERE"));
    sql.push(" r.home = {} AND r.id = {}", p![referral.home_number(), referral])
}

/// The latest of a statement with the cases in scope.
async fn read_rows(app: &App, scope: &Scope, sql: Sql, most: i64) -> Result<Vec<Seen>> {
    let sql = scope.referrals(sql).push(" ORDER BY s.at DESC, s.id DESC LIMIT {}", p![most]);
    Ok(app.db.query(sql).await?)
}

/// Those that the reader learns of.
fn learned_of(scope: &Scope, mut found: Vec<Seen>) -> Vec<Seen> {
    found.retain(|seen| match extent(scope, referral::state_of(&seen.state), seen.restricted.is_some()) {
        Extent::All => true,
        Extent::Own => seen.stored.organisation == scope.organisation,
        Extent::Nothing => false,
    });
    found
}

/// Those of a statement that the reader learns of.
async fn seen(app: &App, scope: &Scope, sql: Sql, most: i64) -> Result<Vec<Seen>> {
    Ok(learned_of(scope, read_rows(app, scope, sql, most).await?))
}

async fn read(app: &App, scope: &Scope, (kind, subject): (&'static str, Id), rows: usize) -> Result<()> {
    let detail = json!({ "fields": ["scale_result"], "rows": rows });
    let entry = Entry { detail, ..Entry::read(referral::purpose(scope), kind, subject) };
    audit::record(&app.db, scope, entry, app.now()).await
}

async fn shown(app: &App, scope: &Scope, sql: Sql, referral: Id, most: i64) -> Result<Vec<Recorded>> {
    let found = seen(app, scope, sql, most).await?;
    read(app, scope, ("referral", referral), found.len()).await?;
    opened(app, found).await
}

/// Opened, computed again and compared, with the definitions that they name.
async fn opened(app: &App, found: Vec<Seen>) -> Result<Vec<Recorded>> {
    let definitions = Definitions::of(app, found.iter().map(|seen| seen.stored.definition())).await?;
    found.into_iter().map(|seen| seen.stored.recorded(app, &definitions)).collect()
}

/// Totals of the results of a case that hold, the latest first, for what is counted from them; shown to nobody from here.
pub(crate) async fn totals(app: &App, referral: Id) -> Result<Vec<(String, Timestamp, Figure)>> {
    let sql = in_case(referral).push(" AND v.id IS NULL ORDER BY s.at DESC, s.id DESC LIMIT {}", p![MOST]);
    let found = opened(app, app.db.query(sql).await?).await?;
    let total = |recorded: Recorded| Some((recorded.scale, recorded.at, recorded.total?));
    Ok(found.into_iter().filter_map(total).collect())
}
