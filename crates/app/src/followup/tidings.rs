//! Two-way referral between a case of community rehabilitation and the record of the same person: what the case says of a stay in
//! hospital is told to whoever is in charge of the record, and what the record finds is told to the case manager (work norm, 2018;
//! Mental Health Law art. 54, 55). Neither changes the other: steps are taken by those whose they are.

use super::{
    held::{Adding, Happened, Stored, after, load, log, save},
    open::record_of,
};
use crate::{
    App,
    db::Tx,
    error::Result,
    id::Id,
    referral::{note_shared, person_of, tell_case_manager},
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    clock::china_date,
    followup::{Class, RiskGrade, hospital_word::Word, register::Step, rehabilitation::is_told},
    referral::{
        Case, Event, Recorded, Task,
        sharing::{Given, to_medical},
    },
};

/// Tells the record of a case's person that a hospital took the person over, or discharged them.
pub(crate) async fn hear(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: &Case,
    events: &[Recorded],
) -> Result<()> {
    for recorded in events {
        let (word, on) = match &recorded.event {
            Event::HospitalConfirmed { on } => (Word::Admitted, *on),
            Event::Discharged { on } => (Word::Discharged, *on),
            _ => continue,
        };
        let Some(person) = person_of(tx, case).await? else { continue };
        if let Some(record) = record_of(tx, person).await? {
            note(app, tx, scope, (case, record), (word, on)).await?;
        }
    }
    Ok(())
}

async fn note(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (case, record): (&Case, Id),
    (word, on): (Word, Date),
) -> Result<()> {
    // Nobody of the record says it: its page names the case as the source, and no house and no name.
    let system = Scope::system();
    let stored = load(tx, &system, record).await?;
    let held = stored.held(app)?;
    if !held.word.is_news(word, &held.record) {
        return Ok(());
    }
    let held = super::examination::again(app, tx, held, record).await?;
    let happened = Happened::Heard { word };
    let held = after(Some(held), &happened, on)?;
    save(app, tx, &system, &stored, &held, &[Adding { happened, on, visit: None }]).await?;
    let basis = to_medical(case, china_date(app.now()));
    let to = ("primary_doctor", Some(stored.in_charge.0));
    note_shared(app, tx, case, Given::HospitalStay, to, basis).await?;
    log(tx, app, scope, "change", record, &["hospital_word"]);
    Ok(())
}

/// Tells the case manager of an admission among what is added to a record.
pub(super) async fn tell_admission(app: &App, tx: &mut Tx, stored: &Stored, added: &[Adding]) -> Result<()> {
    let admitted = |adding: &Adding| matches!(&adding.happened, Happened::Stepped { step: Step::Admit, .. });
    if added.iter().any(admitted) {
        tell_case_manager(app, tx, stored.person, Task::InHospital).await?;
    }
    Ok(())
}

/// Tells the case manager to look at the shared risk grade, where the visit asks for it.
pub(super) async fn tell_risk(
    app: &App,
    tx: &mut Tx,
    stored: &Stored,
    (class, risk): (Option<Class>, Option<RiskGrade>),
) -> Result<()> {
    if is_told(class, risk) {
        tell_case_manager(app, tx, stored.person, Task::RiskChanged).await?;
    }
    Ok(())
}
