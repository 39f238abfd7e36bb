//! Cases handed to the management group of a township: handed over, measures, closed. The group learns who and the risk grade.

use crate::{
    App, atomic,
    db::{Sql, Tx},
    entry::Reader,
    error::{Error, Result},
    followup::{
        LONGEST,
        held::{Held, Stored, TRACES, Trace, found, load, log, may, risk_of, traces_of},
        within,
    },
    id::Id,
    p,
    scope::{Area, Scope},
};
use jiff::{Timestamp, civil::Date};
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::china_date,
    followup::{
        RiskGrade,
        group::{Ground, ground},
    },
};
use serde::{Deserialize, Serialize};

/// Cases of a township that are shown.
const SHOWN: i64 = 200;

/// What is written about a case.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CaseFields {
    /// `hand`, `measure`, `close`.
    pub act: String,
    /// Day; today where it is empty.
    pub on: String,
    /// In words.
    pub note: String,
}

/// Something that was done about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// `hand`, `measure`, `close`.
    pub act: String,
    /// Day.
    pub on: Date,
    /// In words.
    pub note: String,
    /// Who recorded it.
    pub by: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    measures: Vec<Measure>,
}

/// A case as the group sees it.
#[derive(Debug, Clone)]
pub struct Case {
    /// Identifier.
    pub id: Id,
    /// The record.
    pub record: Id,
    /// Name.
    pub name: String,
    /// Where the person was managed.
    pub division: i64,
    /// Why it was handed over.
    pub ground: Ground,
    /// Since when.
    pub handed_on: Date,
    /// When it was closed.
    pub closed_on: Option<Date>,
    /// The shared risk grade, of the last visit with one.
    pub risk: Option<RiskGrade>,
    /// What was done, the latest first.
    pub measures: Vec<Measure>,
}

struct Row {
    id: Id,
    record: Id,
    name: String,
    division: i64,
    ground: String,
    handed_on: Date,
    closed_on: Option<Date>,
    risk: Option<i64>,
    content: Vec<u8>,
}
crate::row!(Row { id, record, name, division, ground, handed_on, closed_on, risk, content });

const FROM: &str =
    "SELECT h.id, h.record_id, n.name, h.division, h.ground, h.handed_on, h.closed_on, s.risk, h.content
    FROM smd_handed h JOIN smd_record s ON s.home = h.home AND s.id = h.record_id
    JOIN person n ON n.home = s.home AND n.id = s.person_id";

impl Row {
    fn case(self, app: &App) -> Result<Case> {
        let Content { mut measures } = serde_json::from_str(&app.keys.unseal(&self.content)?)?;
        measures.reverse();
        Ok(Case {
            id: self.id,
            record: self.record,
            name: self.name,
            division: self.division,
            ground: Ground::of_code(&self.ground).ok_or_else(|| Error::broken("a ground that is none"))?,
            handed_on: self.handed_on,
            closed_on: self.closed_on,
            risk: self.risk.and_then(risk_of),
            measures,
        })
    }
}

/// The cases of a township in the reader's scope: open ones, and those closed in the last year.
pub(super) async fn of_town(app: &App, scope: &Scope, division: i64) -> Result<Vec<Case>> {
    let Area { from, to } = Area::of(division);
    let since = china_date(app.now()).saturating_sub(jiff::Span::new().years(1));
    let text = format!(
        "{FROM} WHERE h.division >= {{}} AND h.division <= {{}} AND (h.closed_on IS NULL OR h.closed_on >= {{}})"
    );
    let sql = within(scope, Sql::new("").push(&text, p![from, to, since]));
    let sql = sql.push(" ORDER BY h.id DESC LIMIT {}", p![SHOWN]);
    let rows: Vec<Row> = app.db.query(sql).await?;
    rows.into_iter().map(|row| row.case(app)).collect()
}

/// The cases of a record, the latest first; the read of the record is in the log.
///
/// # Errors
/// The record is not in scope.
pub async fn of_record(app: &App, scope: &Scope, record: Id) -> Result<Vec<Case>> {
    may(scope, Doing::Read)?;
    found(app, scope, record).await?;
    let sql = format!("{FROM} WHERE h.home = $1 AND h.record_id = $2 ORDER BY h.id DESC LIMIT $3");
    let rows: Vec<Row> = app.db.all(&sql, p![record.home_number(), record, SHOWN]).await?;
    rows.into_iter().map(|row| row.case(app)).collect()
}

struct Open {
    id: Id,
    content: Vec<u8>,
    version: i64,
}
crate::row!(Open { id, content, version });

async fn open(tx: &mut Tx, record: Id) -> Result<Option<Open>> {
    let sql = "SELECT id, content, version FROM smd_handed WHERE home = $1 AND record_id = $2 AND closed_on IS NULL";
    Ok(tx.opt(sql, p![record.home_number(), record]).await?)
}

/// Hands the case of a record to the group of its township, notes a measure, or closes it.
///
/// # Errors
/// The record is not in scope; somebody else keeps it; nothing asks for the group; there is a case already, or none; fields are
/// wrong.
pub async fn act(app: &App, scope: &Scope, record: Id, fields: &CaseFields) -> Result<()> {
    may(scope, Doing::Change)?;
    atomic!(app.db, tx => {
        let stored = load(tx, scope, record).await?;
        stored.ties(scope).must_keep("group")?;
        let today = china_date(app.now());
        let mut reader = Reader::new(&app.divisions, true);
        let known = |act: &str| ["hand", "measure", "close"].into_iter().find(|known| *known == act);
        let step = reader.choice("act", &fields.act, known);
        let on = reader.past_day("on", &fields.on, today).unwrap_or(today);
        let note = reader.text("note", &fields.note, LONGEST);
        reader.needed("note", !note.is_empty());
        let step = reader.finish(step)?.unwrap_or("hand");
        let measure = Measure { act: step.to_owned(), on, note, by: scope.name.clone() };
        let case = open(tx, record).await?;
        match (step, case) {
            ("hand", Some(_)) => return Err(Refusal::new("SMD-GROUP", "handed_already").into()),
            ("hand", None) => {
                let held = stored.held(app)?;
                hand(app, tx, scope, (&stored, &held), measure).await?;
            }
            (_, None) => return Err(Refusal::new("SMD-GROUP", "no_open_case").into()),
            (step, Some(case)) => {
                let mut content: Content = serde_json::from_str(&app.keys.unseal(&case.content)?)?;
                content.measures.push(measure);
                let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
                let closed = (step == "close").then_some(on);
                let sql = "UPDATE smd_handed SET content = $1, closed_on = $2, version = $3 WHERE home = $4 AND id = $5 AND version = $6";
                let args = p![sealed, closed, case.version + 1, case.id.home_number(), case.id, case.version];
                if tx.run(sql, args).await? == 0 {
                    return Err(Error::Changed { expected: case.version, found: case.version + 1 });
                }
            }
        }
        log(tx, app, scope, "change", record, &["group"]);
        Ok(())
    })
}

async fn hand(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (stored, held): (&Stored, &Held),
    measure: Measure,
) -> Result<()> {
    let traces: Vec<Trace> = tx.all(TRACES, traces_of(stored.id)).await?;
    let risk = traces.iter().find_map(|trace| trace.risk).and_then(risk_of).unwrap_or(RiskGrade::None);
    let ground = ground(&held.record, risk)?;
    let now: Timestamp = app.now();
    let id = stored.id.beside(now);
    let on = measure.on;
    let sealed = app.keys.seal(&serde_json::to_string(&Content { measures: vec![measure] })?)?;
    let sql = "INSERT INTO smd_handed (home, id, record_id, division, county, ground, handed_on, content, recorded_by_name,
        organisation_id, at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)";
    let args = p![
        id.home_number(),
        id,
        stored.id,
        stored.division,
        stored.county,
        ground.code(),
        on,
        sealed,
        &scope.name,
        scope.organisation,
        now
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// The group was told in writing of a record: its case is open from then on, where something asks for the group and none is open.
pub(in crate::followup) async fn told(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (stored, held): (&Stored, &Held),
    note: &str,
) -> Result<()> {
    if open(tx, stored.id).await?.is_some() {
        return Ok(());
    }
    let today = china_date(app.now());
    let measure =
        Measure { act: "hand".to_owned(), on: today, note: note.to_owned(), by: scope.name.clone() };
    match hand(app, tx, scope, (stored, held), measure).await {
        // Nothing asks for the group any more.
        Err(Error::Refused(_)) => Ok(()),
        other => other,
    }
}
