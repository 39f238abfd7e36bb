//! Asking: of which hospital, about whom, how soon.

use super::{Content, Facts, KIND, LINE, LONG, Said, asks, step::put};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    division::{county_of, prefecture_of},
    entry::Reader,
    error::{Error, Result},
    followup,
    id::Id,
    idempotency::Once,
    p,
    referral::{self, told_grade},
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::{Deed, Subject},
    clock::china_date,
    division::Level,
    followup::RiskGrade,
    question::{QuestionState, UrgencyTerm, personal},
    referral::disclosure::{Extent, Part, age_band},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Hospitals to choose from at most.
const MOST: i64 = 100;

/// A question as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AskEntry {
    /// The hospital.
    pub hospital: String,
    /// `case` or `record`; empty where no person is spoken of.
    pub about_kind: String,
    /// Which one.
    pub about: String,
    /// A code of the topics.
    pub topic: String,
    /// A code of how soon.
    pub urgency: String,
    /// In a line.
    pub subject: String,
    /// The question.
    pub text: String,
    /// The person or guardian was told that a doctor is asked without a name, and agrees; for cases of institutions.
    pub agreed: bool,
}

/// The hospitals whose doctors answer for a county: its own first, then those of its prefecture.
///
/// # Errors
/// The database is gone.
pub async fn desks(app: &App, county: i64) -> Result<Vec<(Id, String)>> {
    let prefecture = prefecture_of(county);
    let sql = "SELECT o.id, o.name FROM organisation o WHERE o.kind = 'hospital' AND o.ended_at IS NULL
        AND (o.division = $1 OR (o.division >= $2 AND o.division <= $3))
        AND EXISTS (SELECT 1 FROM account a WHERE a.organisation_id = o.id AND a.role = 'doctor' AND a.ended_at IS NULL)
        ORDER BY CASE WHEN o.division = $1 THEN 1 ELSE 0 END, o.name, o.id LIMIT $4";
    let last = county + Level::County.width() - 1;
    Ok(app.db.all(sql, p![prefecture, county, last, MOST]).await?)
}

/// Whom a question is about, as the asker sees it before asking.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The name, for the asker.
    pub name: String,
    /// What the doctor will learn.
    pub facts: Facts,
}

/// Whom a question is to be about: a case of the caller's institution, or a record of the follow-up in scope. The read is in the log.
///
/// # Errors
/// It is not in scope, the institution may not know whose it is, or consent was taken back.
pub async fn asking(app: &App, scope: &Scope, kind: &str, id: Id) -> Result<Asking> {
    scope.permit(Deed::Change, Subject::Question)?;
    let today = china_date(app.now());
    let band = |born: Date| {
        let years = born.until((jiff::Unit::Year, today)).ok().map(|span| span.get_years());
        years.and_then(|years| u8::try_from(years).ok()).map(age_band)
    };
    if kind == "record" {
        let view = followup::show(app, scope, id).await?;
        let risk = view.risk.map(RiskGrade::code);
        return Ok(Asking {
            name: view.name,
            facts: Facts { sex: view.sex, age_band: view.born_on.and_then(band), risk },
        });
    }
    let view = referral::view(app, scope, id).await?;
    if view.restricted || view.extent(scope, Part::Identity) != Extent::All {
        return Err(Error::NotFound);
    }
    let knows = view.extent(scope, Part::Health) != Extent::Nothing;
    let risk = if knows { told_grade(app, id).await? } else { None };
    let age = referral::age(app, id).await?;
    Ok(Asking { name: view.row.name, facts: Facts { sex: view.row.sex, age_band: age.map(age_band), risk } })
}

/// Whom a question names by kind and identifier; nothing where it names nobody.
async fn about(app: &App, scope: &Scope, entry: &AskEntry) -> Result<Option<(&'static str, Id, Asking)>> {
    let kind = match entry.about_kind.as_str() {
        "" => return Ok(None),
        "case" => "case",
        "record" => "record",
        _ => return Err(Error::invalid("about_kind", "unknown_choice")),
    };
    let id: Id = entry.about.parse().map_err(|_| Error::invalid("about", "unknown_choice"))?;
    match asking(app, scope, kind, id).await {
        Ok(asking) => Ok(Some((kind, id, asking))),
        Err(Error::NotFound | Error::Forbidden) => Err(Error::invalid("about", "unknown_choice")),
        Err(error) => Err(error),
    }
}

/// Notes what a text seems to say of a person.
pub(super) fn unnamed(reader: &mut Reader<'_>, field: &str, text: &str, names: &[&str]) {
    for found in personal(text, names) {
        reader.wrong(field, found.code(), "");
    }
}

struct Written<'a> {
    desk: (Id, String),
    urgency: &'a UrgencyTerm,
    topic: String,
    subject: String,
    text: String,
}

fn read<'a>(
    app: &'a App,
    entry: &AskEntry,
    desks: Vec<(Id, String)>,
    whom: Option<&(&'static str, Id, Asking)>,
) -> Result<Written<'a>> {
    let table = &app.tables.questions;
    let mut reader = Reader::new(&app.divisions, true);
    let of = |code: &str| desks.iter().find(|(id, _)| id.to_string() == code).cloned();
    let desk = reader.choice("hospital", &entry.hospital, of);
    let topic =
        reader.choice("topic", &entry.topic, |code| table.topic(code).map(|topic| topic.code.clone()));
    let urgency = reader.choice("urgency", &entry.urgency, |code| table.urgency(code));
    let subject = reader.line("subject", &entry.subject, LINE);
    reader.needed("subject", !subject.is_empty());
    let text = reader.text("text", &entry.text, LONG);
    reader.needed("text", !text.is_empty());
    let names: Vec<&str> = whom.iter().map(|(_, _, asking)| asking.name.as_str()).collect();
    unnamed(&mut reader, "subject", &subject, &names);
    unnamed(&mut reader, "text", &text, &names);
    // Who is followed up is so by law; the client of an institution is asked first (Personal Information Protection Law art. 23, 29).
    let by_consent = whom.is_some_and(|(kind, _, _)| *kind == "case");
    reader.needed("agreed", !by_consent || entry.agreed);
    let written = desk.zip(topic).zip(urgency).map(|((desk, topic), urgency)| Written {
        desk,
        urgency,
        topic,
        subject,
        text,
    });
    reader.finish(written)?.ok_or_else(|| Error::invalid("hospital", "required"))
}

/// Asks. Sent again under the same key it is asked once.
///
/// # Errors
/// The caller does not ask; whom it is about is not in scope; fields are wrong, or say whose question it is; too many are open.
pub async fn ask(app: &App, scope: &Scope, entry: &AskEntry, once: Option<&Once>) -> Result<Id> {
    scope.permit(Deed::Change, Subject::Question)?;
    if !asks(scope) {
        return Err(Error::Forbidden);
    }
    let county = county_of(scope.division);
    let whom = about(app, scope, entry).await?;
    let written = read(app, entry, desks(app, county).await?, whom.as_ref())?;
    let now = app.now();
    let id = whom.as_ref().map_or(scope.organisation, |(_, id, _)| *id).beside(now);
    let facts = whom.as_ref().map(|(_, _, asking)| asking.facts.clone());
    let content = Content { subject: written.subject.clone(), facts };
    let sealed = app.keys.seal(&serde_json::to_string(&content)?)?;
    let due = app.tables.questions.due(written.urgency, now, &app.tables.calendar);
    atomic!(app.db, tx => {
        if let Some(once) = once && let Some(first) = once.take(tx, scope, now).await? {
            return Ok(first);
        }
        bounded(app, tx, scope).await?;
        let sql = "INSERT INTO question (home, id, asker_id, asker_name, organisation_id, organisation_name, county, desk_id, desk_name,
            about_kind, about_id, topic, urgency, state, asked_at, due_at, remind_at, content, changed_at, version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $15, 1)";
        let (kind, about) = whom.as_ref().map(|(kind, id, _)| (*kind, *id)).unzip();
        let args = p![
            id.home_number(), id, scope.account, &scope.name, scope.organisation, &scope.organisation_name, county,
            written.desk.0, &written.desk.1, kind, about, &written.topic, &written.urgency.code,
            QuestionState::Waiting.code(), now, due.at, due.remind_at, sealed.clone()
        ];
        tx.run(sql, args).await?;
        let said = Said { text: written.text.clone(), by: None };
        put(app, tx, scope, id, ("ask", None), &said).await?;
        let detail = json!({ "desk": written.desk.0, "about": kind });
        let note = Entry { action: "add", detail, ..Entry::read(Purpose::Care, KIND, id) };
        audit::record_in(tx, scope, note, now);
        if let Some(once) = once {
            once.keep(tx, scope, &id).await?;
        }
        Ok(id)
    })
}

async fn bounded(app: &App, tx: &mut Tx, scope: &Scope) -> Result<()> {
    let most = app.tables.questions.most_open;
    let sql = "SELECT COUNT(*) FROM question WHERE asker_id = $1 AND state <> 'closed'";
    let open: Option<(i64,)> = tx.opt(sql, p![scope.account]).await?;
    if open.is_some_and(|(open,)| open >= i64::from(most)) {
        return Err(Refusal::new(KIND, "questions_too_many").with("most", most).into());
    }
    Ok(())
}
