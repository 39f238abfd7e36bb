//! Steps of a record: consent, being lost and found, moves, hospital, exclusion, death; and that somebody was told in writing.

use super::{
    LONGEST,
    held::{Adding, Happened, Held, Profile, after, load, log, may, save, told_of},
};
use crate::{
    App, atomic,
    entry::Reader,
    error::{Error, Problem, Result},
    id::Id,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{
    Refusal,
    account::Deed as Doing,
    clock::china_date,
    followup::{
        desk::Deed,
        register::{Destination, Move, Recipient, Step},
        visit::{Death, DeathCause, LostReason},
    },
};
use serde::Deserialize;

/// What is written on the form of a step.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepFields {
    /// The step, as its code.
    pub step: String,
    /// Version that the caller saw.
    pub version: Option<i64>,
    /// Day on which it happened; today where it is empty.
    pub on: String,
    /// In words.
    pub note: String,
    /// `lose`: 1 working away, 2 moved, 3 missing, 4 three misses, 5 other.
    pub lost: Option<u8>,
    /// `move_out`: the institution that is asked to accept.
    pub to: Option<Id>,
    /// `move_out`: abroad.
    pub abroad: bool,
    /// `die`: cause.
    pub death_cause: String,
    /// `die`: who told it.
    pub death_source: String,
    /// `review`, `report`: the disorder that was diagnosed.
    pub disorder: String,
    /// `review`, `report`: day of the diagnosis.
    pub diagnosed_on: String,
    /// `review`, `report`: hospital.
    pub hospital: String,
}

/// What was read of a step.
struct Read {
    step: Step,
    on: Date,
    note: String,
    profile: Option<Profile>,
}

/// Steps for which the words must be there: they stand where somebody else must understand the decision.
pub const IN_WORDS: [Deed; 3] = [Deed::DeclineMove, Deed::Exclude, Deed::Disagree];

fn read(app: &App, scope: &Scope, fields: &StepFields, deed: Deed, held: &Held) -> Result<Read> {
    let today = china_date(app.now());
    let divisions = &app.divisions;
    let mut reader = Reader::new(divisions, true);
    let on = reader.past_day("on", &fields.on, today).unwrap_or(today);
    let note = reader.text("note", &fields.note, LONGEST);
    reader.needed("note", !IN_WORDS.contains(&deed) || !note.is_empty());
    let own = scope.organisation.0;
    let mut profile = None;
    let step = match deed {
        Deed::Review | Deed::Report => {
            profile = diagnosis(&mut reader, fields, deed, &held.profile, today)?;
            if deed == Deed::Review { Step::Review } else { Step::Report }
        }
        // A village doctor takes up for the institution that is to be in charge.
        Deed::Receive => Step::Receive { by: held.record.in_charge },
        Deed::Agree => Step::Agree,
        Deed::Disagree => Step::Disagree,
        Deed::Lose => {
            let reason = fields.lost.and_then(LostReason::of_code);
            reader.needed("lost", reason.is_some());
            Step::Lose { reason: reason.unwrap_or(LostReason::Other) }
        }
        Deed::Find => Step::Find,
        Deed::Admit => Step::Admit,
        Deed::Discharge => Step::Discharge,
        Deed::MoveOut => {
            reader.needed("to", fields.abroad || fields.to.is_some());
            let to = match fields.to {
                Some(to) if !fields.abroad => Destination::Institution(to.0),
                _ => Destination::Abroad,
            };
            Step::MoveOut { leaving: Move { to, sent: on } }
        }
        Deed::AcceptMove => Step::AcceptMove { by: own },
        Deed::DeclineMove => Step::DeclineMove { by: own },
        Deed::ComeBack => Step::ComeBack,
        Deed::Exclude => Step::Exclude,
        Deed::Die => {
            let of_code = |code: &str| serde_json::from_value::<DeathCause>(code.into()).ok();
            let cause = reader.choice("death_cause", &fields.death_cause, of_code);
            let source = reader.line("death_source", &fields.death_source, 60);
            reader.needed("death_source", !source.is_empty());
            Step::Die { death: Death { on, cause: cause.unwrap_or(DeathCause::Other), source } }
        }
        Deed::Visit | Deed::Emergency => return Err(Error::invalid("step", "unknown_choice")),
    };
    reader.finish(Read { step, on, note, profile })
}

/// The diagnosis that comes with a review, where there is one yet, or with the report, which needs it.
fn diagnosis(
    reader: &mut Reader<'_>,
    fields: &StepFields,
    deed: Deed,
    known: &Profile,
    today: Date,
) -> Result<Option<Profile>> {
    let disorder = fields.disorder.trim();
    if !disorder.is_empty() && crate::catalogue::disorders()?.get(disorder).is_none() {
        reader.wrong("disorder", "unknown_choice", "");
    }
    let day = reader.past_day("diagnosed_on", &fields.diagnosed_on, today);
    let profile = Profile {
        disorder: if disorder.is_empty() { known.disorder.clone() } else { disorder.to_owned() },
        diagnosed_on: day.or(known.diagnosed_on),
        hospital: match reader.line("hospital", &fields.hospital, 80) {
            empty if empty.is_empty() => known.hospital.clone(),
            hospital => hospital,
        },
        ..known.clone()
    };
    if deed == Deed::Report {
        reader.needed("disorder", !profile.disorder.is_empty());
        reader.needed("diagnosed_on", profile.diagnosed_on.is_some());
    }
    Ok(Some(profile))
}

/// Takes a step upon the version that the caller saw; returns the record's version after it.
///
/// # Errors
/// There is no such step; the record is not in scope or changed meanwhile; somebody else takes it, or not in this state; fields
/// are wrong.
pub async fn take(app: &App, scope: &Scope, id: Id, fields: &StepFields) -> Result<i64> {
    may(scope, Doing::Change)?;
    let deed = Deed::of_code(&fields.step).ok_or_else(|| Error::invalid("step", "unknown_choice"))?;
    atomic!(app.db, tx => {
        let stored = load(tx, scope, id).await?;
        stored.expect(fields.version)?;
        let held = super::examination::again(app, tx, stored.held(app)?, id).await?;
        deed.permit(&held.record, stored.ties(scope))?;
        let read = read(app, scope, fields, deed, &held)?;
        if let Step::MoveOut { leaving: Move { to: Destination::Institution(to), .. } } = &read.step
            && super::held::place_of(tx, Id(*to)).await?.is_none()
        {
            return Err(Error::Invalid(vec![Problem::new("to", "unknown_choice")]));
        }
        let tell = told_of(tx, id, &read.step).await?;
        let Read { step, on, note, profile } = read;
        let owes_slip = step == Step::Discharge;
        let happened = Happened::Stepped { step, note, tell, profile, owes_slip };
        let held = after(Some(held), &happened, on)?;
        let version = save(app, tx, scope, &stored, &held, &[Adding { happened, on, visit: None }]).await?;
        log(tx, app, scope, "change", id, &["state"]);
        Ok(version)
    })
}

/// Notes that somebody was told in writing of an event of the record.
///
/// # Errors
/// The record is not in scope; the caller is not in charge; nobody is to be told of it any more.
pub async fn told(app: &App, scope: &Scope, id: Id, of: Id, recipient: Recipient, note: &str) -> Result<i64> {
    may(scope, Doing::Change)?;
    let view = super::show(app, scope, id).await?;
    if !view.to_tell.contains(&(of, recipient)) {
        return Err(Refusal::new("SMD-TELL", "smd_told").into());
    }
    let note: String = note.trim().chars().take(LONGEST).collect();
    atomic!(app.db, tx => {
        let stored = load(tx, scope, id).await?;
        if !stored.ties(scope).in_charge {
            return Err(Refusal::new("SMD-DESK", "smd_not_yours").with("deed", "told").into());
        }
        stored.expect(Some(view.version))?;
        let today = china_date(app.now());
        let happened = Happened::Told { recipient, of, note: note.clone() };
        let held = after(Some(stored.held(app)?), &happened, today)?;
        if recipient == Recipient::ManagementGroup {
            super::group::told(app, tx, scope, (&stored, &held), &note).await?;
        }
        let version = save(app, tx, scope, &stored, &held, &[Adding { happened, on: today, visit: None }]).await?;
        log(tx, app, scope, "change", id, &["told"]);
        Ok(version)
    })
}
