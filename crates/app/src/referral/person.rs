//! Between a case and the register: whom an application is about, and what its check found of the need.

use super::{Written, view::latest_form};
use crate::{App, account::guardianship, db::Tx, error::Result, id::Id, need, p, person, scope::Scope};
use jiff::civil::Date;
use rules::{
    form::FormCode,
    identity_number,
    referral::{Capacity, Case, Event, Recorded},
};

/// The person whom the identity number on an application belongs to, if the register knows it.
pub(super) async fn known(app: &App, tx: &mut Tx, forms: &[Written]) -> Result<Option<Id>> {
    let written =
        forms.iter().find(|form| form.code == FormCode::F1).and_then(|form| form.text("identity_number"));
    let today = rules::clock::china_date(app.now());
    let Some(reading) = written.and_then(|number| identity_number::check(number, today).ok()) else {
        return Ok(None);
    };
    let hash = app.keys.index("identity_number", reading.number.as_str());
    let sql = "SELECT id FROM claim WHERE kind = 'identity_number' AND hash = $1";
    Ok(tx.opt::<(Id,)>(sql, p![hash]).await?.map(|(id,)| id))
}

/// Whom an application is about as far as its filer knows it: the filer's own person where the number on the form is
/// theirs, or where nobody has that number and the filer says to be the person. A mother with an account of her own
/// files for her son: he is found when his case is registered.
pub(super) async fn about(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: Option<&Case>,
    forms: &[Written],
) -> Result<Option<Id>> {
    let before = case.and_then(|case| case.filing.person).map(Id);
    let form = forms.iter().find(|form| form.code == FormCode::F1);
    let (Some(form), Some(own)) = (form, scope.person) else { return Ok(before) };
    if before.is_some_and(|before| before != own) {
        return Ok(before);
    }
    let is_own = match known(app, tx, forms).await? {
        Some(known) => head(tx, known).await? == head(tx, own).await?,
        None => !scope.guardian && form.text("applicant_relation") == Some("self"),
    };
    Ok(Some(own).filter(|_| is_own))
}

async fn head(tx: &mut Tx, person: Id) -> Result<Option<Id>> {
    let sql = "SELECT head_id FROM person WHERE home = $1 AND id = $2";
    Ok(tx.opt::<(Id,)>(sql, p![person.home_number(), person]).await?.map(|(head,)| head))
}

/// What these events tell the register: at registration the person with the four findings of the need count
/// (lives at home, has a need, suitable, consented), later the result of an assessment.
pub(super) async fn follow(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: &Case,
    events: &[Recorded],
) -> Result<()> {
    for recorded in events {
        match &recorded.event {
            Event::Registered { eligibility, .. } => {
                let Some(person) = enter(app, tx, scope, case).await? else { continue };
                let found = [
                    ("lives_at_home", eligibility.lives_at_home),
                    ("need_assessed", eligibility.has_need),
                    ("suitable", eligibility.suitable),
                    ("consented", true),
                ];
                for (fact, value) in found {
                    record(app, tx, scope, person, fact, value).await?;
                }
            }
            Event::Assessed { .. } => {
                if let (Some(person), Some(suitable)) = (of_case(tx, case).await?, case.suitable) {
                    record(app, tx, scope, person, "suitable", suitable).await?;
                }
            }
            Event::CapacityRecorded(finding) if finding.capacity == Capacity::Full => {
                if let Some(person) = of_case(tx, case).await? {
                    guardianship::end_for_capacity(app, tx, scope, person).await?;
                }
            }
            // Only who takes back the consent to the service itself no longer counts as consenting.
            Event::ConsentWithdrawn { purposes, .. }
                if recorded.from.is_some_and(|state| purposes.iter().any(|p| p.is_essential(state))) =>
            {
                if let Some(person) = of_case(tx, case).await? {
                    record(app, tx, scope, person, "consented", false).await?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

async fn record(app: &App, tx: &mut Tx, scope: &Scope, person: Id, fact: &str, value: bool) -> Result<()> {
    let now = app.now();
    need::record_in(tx, scope, person, fact, value, person::today(now), now).await
}

/// The person of a case; nothing while none is known.
pub(crate) async fn of_case(tx: &mut Tx, case: &Case) -> Result<Option<Id>> {
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let id = Id(case.id);
    Ok(tx.opt::<(Option<Id>,)>(sql, p![id.home_number(), id]).await?.and_then(|(person,)| person))
}

/// Full years of age of the person of a case, by the birth date on the application.
pub(crate) async fn age(app: &App, id: Id) -> Result<Option<u8>> {
    let sql = "SELECT client_born_on FROM referral WHERE home = $1 AND id = $2";
    let found: Option<(Option<Date>,)> = app.db.opt(sql, p![id.home_number(), id]).await?;
    let Some(born_on) = found.and_then(|(born_on,)| born_on) else { return Ok(None) };
    let today = rules::clock::china_date(app.now());
    let years = born_on.until((jiff::Unit::Year, today)).ok().map(|span| span.get_years());
    Ok(years.and_then(|years| u8::try_from(years).ok()))
}

/// Enters the person of the application in the register, or finds whom the number belongs to. The case is kept with
/// that person, not with the head of its cluster, so that it goes along where the cluster comes apart.
async fn enter(app: &App, tx: &mut Tx, scope: &Scope, case: &Case) -> Result<Option<Id>> {
    let id = Id(case.id);
    let Some(data) = latest_form(app, tx, id, FormCode::F1).await? else { return Ok(None) };
    let text = |key: &str| data.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let entrant = person::Entrant {
        name: text("name").unwrap_or_default(),
        number: text("identity_number").filter(|n| !n.is_empty()),
        sex: text("sex"),
        born_on: text("birth_date").and_then(|day| day.parse().ok()),
        phone: text("phone").filter(|n| !n.is_empty()),
        division: case.filing.division,
        address: text("address"),
        near: Some(id),
        kind: None,
    };
    let person = person::enter(app, tx, scope, &entrant).await?;
    let sql = "UPDATE referral SET person_id = $1 WHERE home = $2 AND id = $3";
    tx.run(sql, p![person, id.home_number(), id]).await?;
    Ok(Some(person))
}
