//! A result is taken back with its reason and never deleted: it stays readable, and counts no more.

use super::{Recorded, one};
use crate::{
    App, atomic,
    audit::{self, Entry},
    error::{Error, Problem, Result},
    id::Id,
    p, referral,
    scope::Scope,
};
use rules::{
    Refusal,
    account::{Deed, Subject},
    scale::may_void,
};
use serde_json::json;

/// Letters of a reason at most.
const LONGEST: usize = 500;

/// Why a result is taken back.
#[derive(Debug, Clone, Default)]
pub struct Take {
    /// A code of `data/scale_schedule.toml`.
    pub reason: String,
    /// In words.
    pub words: String,
}

/// Whether the caller may take a result back.
#[must_use]
pub fn may(scope: &Scope, result: &Recorded) -> bool {
    let (same_account, same_house) =
        (result.account == scope.account, result.organisation == scope.organisation);
    result.voided.is_none() && may_void(scope.role, result.rater, same_account, same_house)
}

/// Takes a result back, once.
///
/// # Errors
/// There is none in scope; the caller may not; the reason is missing; it was taken back already.
pub async fn void(app: &App, scope: &Scope, referral: Id, result: Id, take: &Take) -> Result<Recorded> {
    scope.permit(Deed::Change, Subject::ScaleResult)?;
    let found = one(app, scope, referral, result).await?;
    let again = || Refusal::new("S1", "result_taken_back");
    if found.voided.is_some() {
        return Err(again().into());
    }
    if !may(scope, &found) {
        return Err(Error::Forbidden);
    }
    if !app.tables.scale_schedule.void_reasons.contains(&take.reason) {
        return Err(Error::invalid("reason", "unknown_choice"));
    }
    let words = take.words.trim();
    if words.is_empty() {
        return Err(Error::invalid("words", "required"));
    }
    if words.chars().count() > LONGEST {
        let values = vec![LONGEST.to_string()];
        return Err(Error::Invalid(vec![Problem {
            field: "words".to_owned(),
            code: "too_long".to_owned(),
            values,
        }]));
    }
    let sealed = app.keys.seal(words)?;
    let done: Result<()> = atomic!(app.db, tx => {
        let sql = "INSERT INTO scale_void (home, id, reason, words, voided_by, voided_by_name, organisation_id, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (home, id) DO NOTHING";
        let args = p![
            result.home_number(), result, &take.reason, sealed.clone(), scope.account, &scope.name, scope.organisation, app.now()
        ];
        if tx.run(sql, args).await? == 0 {
            return Err(again().into());
        }
        let entry = Entry {
            purpose: referral::purpose(scope),
            action: "change",
            subject_kind: "referral",
            subject: Some(referral),
            detail: json!({ "fields": ["scale_void"], "scale": found.scale }),
        };
        audit::record_in(tx, scope, entry, app.now());
        Ok(())
    });
    done?;
    one(app, scope, referral, result).await
}
