//! The register of what was given to other bodies: to whom, when and on which basis (Personal Information Protection Law
//! art. 23 and 55; Regulations on Network Data Security art. 12: kept for three years at least). Written in the transaction
//! that gives it.

use super::{effect::addresses, row};
use crate::{App, db::Tx, error::Result, id::Id, p, row};
use jiff::Timestamp;
use rules::referral::{
    Case, Effect,
    sharing::{Given, SharingBasis, shared},
};
use serde::Serialize;
use uuid::Uuid;

/// Something that was given to another body.
#[derive(Debug, Clone, Serialize)]
pub struct Shared {
    /// When.
    pub at: Timestamp,
    /// What: as [`rules::referral::sharing::Given`], or `department_record`, `department_deletion`, `research_extract`.
    pub act: String,
    /// To whom: `institution`, `hospital`, `office`, `guardian`, `primary_doctor`, `police`, `department`, `research`.
    pub party: String,
    /// To which organisation, by its name.
    pub organisation: Option<String>,
    /// `consent`, `legal_duty` or `emergency`.
    pub basis: String,
    /// The purpose of the consent.
    pub purpose: Option<String>,
    /// The version of its text.
    pub version: Option<i64>,
    /// The duty by law where a share rests on one: a code of `data/share.toml`, or `deletion`.
    pub law: Option<String>,
}
row!(Shared { at, act, party, organisation, basis, purpose, version, law });

/// Notes what an effect gives to another body.
pub(super) async fn note(app: &App, tx: &mut Tx, case: &Case, effect: &Effect) -> Result<()> {
    let today = rules::clock::china_date(app.now());
    let Some((given, to, basis)) = shared(effect, case, today) else { return Ok(()) };
    for address in addresses(case, &to, false) {
        write(app, tx, case, given, (address.party, address.organisation), basis).await?;
    }
    Ok(())
}

/// Notes that something was given to an organisation of some party, on a basis.
pub(crate) async fn write(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    given: Given,
    (party, organisation): (&'static str, Option<Uuid>),
    basis: SharingBasis,
) -> Result<()> {
    let now = app.now();
    let purpose = match basis {
        SharingBasis::Consent(purpose) => Some(purpose),
        SharingBasis::LegalDuty | SharingBasis::Emergency => None,
    };
    let version = purpose.and_then(|purpose| {
        let given = case.standing().filter(|given| given.purpose == purpose).last();
        given.map(|given| i64::from(given.version))
    });
    let id = Id(case.id);
    let sql = "INSERT INTO sharing (home, id, referral_id, at, act, party, organisation_id, basis, purpose, consent_version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let args = p![
        id.home_number(),
        id.beside(now),
        id,
        now,
        row::code(&given),
        party,
        organisation,
        basis.code(),
        purpose.as_ref().map(row::code),
        version
    ];
    tx.run(sql, args).await?;
    Ok(())
}

/// What was given of a case, latest first. The caller has the case in scope.
pub(super) async fn of_case(app: &App, id: Id) -> Result<Vec<Shared>> {
    let sql = "SELECT s.at, s.act, s.party, COALESCE(o.name, s.recipient), s.basis, s.purpose, s.consent_version, s.law FROM sharing s
        LEFT JOIN organisation o ON o.id = s.organisation_id
        WHERE s.home = $1 AND s.referral_id = $2 ORDER BY s.at DESC, s.id DESC LIMIT 200";
    Ok(app.db.all(sql, p![id.home_number(), id]).await?)
}
