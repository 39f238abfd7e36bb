//! What is done with a question: taken, answered, asked back, closed, opened again, given to another hospital.

use super::{KIND, LONG, Question, Said, ask::desks, name, one};
use crate::{
    App, agreed, atomic,
    audit::{self, Entry, Purpose},
    db::Tx,
    entry::Reader,
    error::{Error, Result},
    id::Id,
    institution::library::{expect_one, same_version},
    p,
    scope::Scope,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use rules::{
    Refusal,
    account::{Deed, Subject},
    clock::china_date,
    question::{Proposal, QuestionState, QuestionStep, Side, Term, after},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Days ahead that a proposal may name at most.
const AHEAD: i64 = 365;

/// A step as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepEntry {
    /// Code of the step.
    pub step: String,
    /// The version that was seen.
    pub version: i64,
    /// The words.
    pub text: String,
    /// What an answer proposes: empty, `task`, `medical_referral`.
    pub proposes: String,
    /// By when, where it proposes something.
    pub by: String,
    /// The hospital, where the county gives it to another one.
    pub hospital: String,
}

struct Written {
    step: QuestionStep,
    said: Said,
    proposes: Option<Proposal>,
    desk: Option<(Id, String)>,
}

fn read(app: &App, entry: &StepEntry, desks: &[(Id, String)], named: Option<&str>) -> Result<Written> {
    let today = china_date(app.now());
    let mut reader = Reader::new(&app.divisions, true);
    let step = reader.choice("step", &entry.step, QuestionStep::of_code);
    let text = reader.text("text", &entry.text, LONG);
    reader.needed("text", !text.is_empty() || !step.is_some_and(QuestionStep::needs_words));
    super::ask::unnamed(&mut reader, "text", &text, named.as_slice());
    let answers = step == Some(QuestionStep::Answer);
    let proposes = match entry.proposes.trim() {
        "" => None,
        code => reader.choice("proposes", code, Proposal::of_code).filter(|_| answers),
    };
    let by = reader.day("by", &entry.by);
    if proposes.is_some() {
        reader.needed("by", by.is_some());
        if by.is_some_and(|by| by < today || by > today.saturating_add(AHEAD.days())) {
            reader.wrong("by", "day_between", format!("{today}–{}", today.saturating_add(AHEAD.days())));
        }
    }
    let redirects = step == Some(QuestionStep::Redirect);
    let of = |code: &str| desks.iter().find(|(id, _)| id.to_string() == code).cloned();
    let desk = if redirects { reader.choice("hospital", &entry.hospital, of) } else { None };
    let said = Said { text, by: by.filter(|_| proposes.is_some()) };
    let step = reader.finish(step)?.ok_or_else(|| Error::invalid("step", "required"))?;
    Ok(Written { step, said, proposes, desk })
}

/// Does a step with a question.
///
/// # Errors
/// Not in scope, changed meanwhile, refused by the rules, or fields are wrong.
pub async fn step(app: &App, scope: &Scope, id: Id, entry: &StepEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Question)?;
    let found: Option<Question> = app.db.query(one(app, scope, id)).await?.into_iter().next();
    let found = found.ok_or(Error::NotFound)?;
    let redirects = QuestionStep::of_code(entry.step.trim()) == Some(QuestionStep::Redirect);
    let desks = if redirects { desks(app, found.county).await? } else { Vec::new() };
    // What the asker adds goes to the hospital as the question did, and names nobody either.
    let named = match found.side(scope) {
        Side::Asker => name(app, scope, found.about.as_ref()).await?,
        _ => None,
    };
    atomic!(app.db, tx => {
        let question = load(app, tx, scope, id).await?;
        same_version(entry.version, question.version)?;
        let written = read(app, entry, &desks, named.as_deref())?;
        let (now, side) = (app.now(), question.side(scope));
        let (state, term) =
            after(&question.standing(), written.step, side, (now, china_date(now)), &app.tables.questions)?;
        if let Some((desk, _)) = &written.desk && *desk == question.desk {
            return Err(Error::invalid("hospital", "same_hospital"));
        }
        save(app, tx, scope, &question, &written, (state, term)).await?;
        let kind = (written.step.code(), written.proposes);
        put(app, tx, scope, id, kind, &written.said).await?;
        let detail = json!({ "step": written.step.code(), "state": state.code() });
        let note = Entry { action: "change", detail, ..Entry::read(Purpose::Care, KIND, id) };
        audit::record_in(tx, scope, note, now);
        Ok(())
    })
}

async fn load(app: &App, tx: &mut Tx, scope: &Scope, id: Id) -> Result<Question> {
    let sql = one(app, scope, id);
    tx.opt::<Question>(&sql.text, sql.args).await?.ok_or(Error::NotFound)
}

async fn save(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    question: &Question,
    written: &Written,
    (state, term): (QuestionState, Term),
) -> Result<()> {
    let (id, now) = (question.id, app.now());
    let (due, remind) = match term {
        Term::Keep => (question.due_at, question.remind_at),
        Term::Stop => (None, None),
        Term::Begin => begun(app, question),
    };
    let doctor = match written.step {
        QuestionStep::Take => Some((scope.account, scope.name.clone())),
        QuestionStep::HandBack | QuestionStep::Redirect => None,
        _ => question.doctor.zip(question.doctor_name.clone()),
    };
    let (desk, desk_name) =
        written.desk.clone().unwrap_or_else(|| (question.desk, question.desk_name.clone()));
    let silent = matches!(state, QuestionState::AskedBack | QuestionState::Answered).then_some(now);
    let closed = (state == QuestionState::Closed).then(|| china_date(now));
    let sql = "UPDATE question SET state = $1, due_at = $2, remind_at = $3, doctor_id = $4, doctor_name = $5, desk_id = $6,
        desk_name = $7, silent_from = $8, closed_on = $9, changed_at = $10, version = version + 1,
        escalated_at = CASE WHEN CAST($11 AS BIGINT) = 1 THEN NULL ELSE escalated_at END,
        in_time = CASE WHEN answered_at IS NULL THEN $12 ELSE in_time END
        WHERE home = $13 AND id = $14 AND version = $15";
    // Whoever gives up waiting takes the end of the term along; that it was over stays in the figures.
    let given_up = written.step == QuestionStep::Close && question.standing().is_late(now);
    let in_time = given_up.then_some(false);
    let (doctor, doctor_name) = doctor.unzip();
    let begins = i64::from(term != Term::Keep);
    let args = p![
        state.code(),
        due,
        remind,
        doctor,
        doctor_name,
        desk,
        desk_name,
        silent,
        closed,
        now,
        begins,
        in_time,
        id.home_number(),
        id,
        question.version
    ];
    expect_one(tx.run(sql, args).await?, question.version)?;
    if written.step == QuestionStep::Answer && question.answered_at.is_none() {
        first_answer(tx, question, now).await?;
    }
    Ok(())
}

/// End and reminder of a term that begins now. Where the data no longer say how long one of its urgency is, the term that was stored goes on,
/// and where none runs, that of the least urgent begins: no question is without an end.
fn begun(app: &App, question: &Question) -> (Option<Timestamp>, Option<Timestamp>) {
    let table = &app.tables.questions;
    let known = table.urgency(&question.urgency);
    if known.is_none() && question.due_at.is_some() {
        return (question.due_at, question.remind_at);
    }
    let term = known.or(table.urgencies.last());
    term.map(|term| table.due(term, app.now(), &app.tables.calendar))
        .map(|term| (term.at, term.remind_at))
        .unzip()
}

/// The first answer counts in the figures: whole hours since it was asked, and whether the term was kept.
async fn first_answer(tx: &mut Tx, question: &Question, now: Timestamp) -> Result<()> {
    let hours = now.duration_since(question.asked_at).as_hours().max(0);
    let in_time = question.due_at.is_none_or(|due| now <= due);
    let sql =
        "UPDATE question SET answered_at = $1, answer_hours = $2, in_time = $3 WHERE home = $4 AND id = $5";
    tx.run(sql, p![now, hours, in_time, question.id.home_number(), question.id]).await?;
    Ok(())
}

/// Adds to the thread of a question, whose version the caller holds.
pub(super) async fn put(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    id: Id,
    (kind, proposes): (&str, Option<Proposal>),
    said: &Said,
) -> Result<()> {
    let sql = "SELECT COUNT(*) FROM question_message WHERE home = $1 AND question_id = $2";
    let count: Option<(i64,)> = tx.opt(sql, p![id.home_number(), id]).await?;
    let count = count.map_or(0, |(count,)| count);
    let most = app.tables.questions.most_messages;
    // Whoever ends it, or whom the clock speaks for, is not kept from it.
    if count >= i64::from(most) && !matches!(kind, "close" | "late" | "silent") {
        return Err(Refusal::new(KIND, "messages_too_many").with("most", most).into());
    }
    let sealed = app.keys.seal(&serde_json::to_string(said)?)?;
    let sql = "INSERT INTO question_message (home, question_id, number, kind, author_id, author_name, organisation_name, proposes,
        content, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let args = p![
        id.home_number(),
        id,
        count + 1,
        kind,
        scope.account,
        &scope.name,
        &scope.organisation_name,
        proposes.map(Proposal::code),
        sealed,
        app.now()
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// What the asker does with something that an answer proposes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProposalEntry {
    /// Its place in the thread.
    pub number: i64,
    /// It is taken up and becomes a task; otherwise it is set aside.
    pub take: bool,
    /// The version of the question that was seen.
    pub version: i64,
}

/// Takes up what an answer proposes, which becomes a task of the asker's, or sets it aside.
///
/// # Errors
/// Not the caller's question; nothing is proposed there; it was decided on before; the question changed meanwhile.
pub async fn propose_answer(app: &App, scope: &Scope, id: Id, entry: &ProposalEntry) -> Result<()> {
    scope.permit(Deed::Change, Subject::Question)?;
    let now = app.now();
    atomic!(app.db, tx => {
        let question = load(app, tx, scope, id).await?;
        if question.side(scope) != Side::Asker {
            return Err(Refusal::new(KIND, "question_not_yours").into());
        }
        same_version(entry.version, question.version)?;
        let sql = "SELECT proposes, taken, content FROM question_message WHERE home = $1 AND question_id = $2 AND number = $3";
        let found: Option<(Option<String>, Option<bool>, Vec<u8>)> =
            tx.opt(sql, p![id.home_number(), id, entry.number]).await?;
        let (proposes, taken, content) = found.ok_or(Error::NotFound)?;
        let proposes = proposes.as_deref().and_then(Proposal::of_code);
        let Some(proposes) = proposes.filter(|_| taken.is_none()) else {
            return Err(Refusal::new(KIND, "proposal_decided").into());
        };
        let sql = "UPDATE question_message SET taken = $1 WHERE home = $2 AND question_id = $3 AND number = $4 AND taken IS NULL";
        tx.run(sql, p![entry.take, id.home_number(), id, entry.number]).await?;
        let sql = "UPDATE question SET version = version + 1, changed_at = $1 WHERE home = $2 AND id = $3 AND version = $4";
        expect_one(tx.run(sql, p![now, id.home_number(), id, question.version]).await?, question.version)?;
        if entry.take {
            let said: Said = serde_json::from_str(&app.keys.unseal(&content)?)?;
            take_up(app, tx, scope, &question, &said).await?;
        }
        let detail = json!({ "proposes": proposes.code(), "taken": entry.take });
        let note = Entry { action: "change", detail, ..Entry::read(Purpose::Care, KIND, id) };
        audit::record_in(tx, scope, note, now);
        Ok(())
    })
}

async fn take_up(app: &App, tx: &mut Tx, scope: &Scope, question: &Question, said: &Said) -> Result<()> {
    let due_on: Date = said.by.unwrap_or_else(|| china_date(app.now()));
    let new = agreed::New {
        source: ("question", question.id),
        about: question.about.as_ref().map(|(kind, id)| (kind.as_str(), *id)),
        owner: (Some(scope.account), &scope.name),
        due_on,
        what: &said.text,
    };
    agreed::add(app, tx, scope, &new).await?;
    Ok(())
}
