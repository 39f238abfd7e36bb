//! What an opening shows: one person with the cases, or one case. Data only; nothing can be done with it.

use super::{Stored, shown};
use crate::{
    App, atomic,
    audit::{self, Entry, Purpose},
    db::{Sql, Tx},
    error::{Error, Result},
    id::Id,
    p,
    person::{self, Person, Shows},
    referral::{self, CaseRow, FormView, Moment},
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Content, Deed, Subject},
    identity_number,
};
use serde_json::{Value as Json, json};

/// Cases shown at most, the latest first.
const CASES: i64 = 10;

/// A case, as far as the role is shown it.
#[derive(Debug, Clone)]
pub struct CaseLook {
    /// The row of a list, with the name.
    pub row: CaseRow,
    /// Consent was taken back: only the emergency or the duty opens it.
    pub restricted: bool,
    /// What happened, the latest first.
    pub moments: Vec<Moment>,
    /// Forms of the contents that the role is shown, the latest first.
    pub forms: Vec<FormView>,
}

/// What an opening shows.
#[derive(Debug, Clone)]
pub struct Look {
    /// The opening.
    pub id: Id,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Its legal basis, as a code.
    pub basis: String,
    /// The person, where one was opened.
    pub person: Option<Person>,
    /// The cases.
    pub cases: Vec<CaseLook>,
}

/// What the caller's own opening shows now. That it was looked at is in the log of the person and of each case before
/// anything is shown.
///
/// # Errors
/// There is no such opening of the caller's that still shows something.
pub async fn look(app: &App, scope: &Scope, id: Id) -> Result<Look> {
    scope.permit(Deed::Reveal, Subject::EmergencyAccess)?;
    let terms = app.tables.emergency.of(scope.role).ok_or(Error::Forbidden)?;
    let sees = |content| terms.contents.contains(&content);
    atomic!(app.db, tx => {
        let stored = shown(app, tx, scope, id).await?;
        let person = match stored.subject_kind.as_str() {
            "person" => Some(of_person(app, tx, stored.subject, sees(Content::Identity)).await?),
            _ => None,
        };
        let mut cases = Vec::new();
        for mut row in rows(tx, &stored).await? {
            if !sees(Content::Identity) {
                row.name = rules::name::mask(&row.name);
            }
            cases.push(case(app, tx, row, sees).await?);
        }
        let (purpose, now) = (Purpose::Emergency, app.now());
        if person.is_some() {
            audit::record_in(tx, scope, Entry::read(purpose, "person", stored.subject), now);
        }
        for case in &cases {
            let detail = json!({ "forms": case.forms.len() });
            let entry = Entry { detail, ..Entry::read(purpose, "referral", case.row.id) };
            audit::record_in(tx, scope, entry, now);
        }
        Ok(Look { id, ends_at: stored.ends_at, basis: stored.basis, person, cases })
    })
}

/// The person by whom the record stands now; the identity number stays masked, the telephone is what helps.
async fn of_person(app: &App, tx: &mut Tx, id: Id, identity: bool) -> Result<Person> {
    let sql = format!(
        "SELECT {} FROM person m JOIN person p ON p.home = m.head_home /* spread: one person's records may have different homes */ AND p.id = m.head_id
         WHERE m.home = $1 AND m.id = $2",
        person::COLUMNS
    );
    let found: Option<person::Stored> = tx.opt(&sql, p![id.home_number(), id]).await?;
    let mut shown = found
        .ok_or_else(|| Error::broken("an opened person is in no register"))?
        .shown(app, if identity { Shows::All } else { Shows::Little })?;
    shown.number = shown.number.map(|number| identity_number::mask(&number));
    Ok(shown)
}

/// The cases that the opening names: that one, or the person's.
async fn rows(tx: &mut Tx, stored: &Stored) -> Result<Vec<CaseRow>> {
    let sql = Sql::new(&referral::rows_text()).push(" AND r.state <> 'draft'", []);
    let sql = match stored.subject_kind.as_str() {
        "person" => Scope::referrals_of(sql, stored.subject),
        _ => sql.push(" AND r.home = {} AND r.id = {}", p![stored.subject.home_number(), stored.subject]),
    };
    let sql = sql.push(" ORDER BY r.changed_at DESC LIMIT {}", p![CASES]);
    Ok(tx.all(&sql.text, sql.args).await?)
}

async fn case(app: &App, tx: &mut Tx, row: CaseRow, sees: impl Fn(Content) -> bool) -> Result<CaseLook> {
    let id = row.id;
    let health = sees(Content::Health);
    let mut moments: Vec<Moment> = if sees(Content::Metadata) {
        tx.all(referral::MOMENTS, p![id.home_number(), id]).await?
    } else {
        Vec::new()
    };
    if !health {
        moments.iter_mut().for_each(|moment| moment.event = Json::Null);
    }
    let mut forms = referral::stored_in(app, tx, id, |form| sees(referral::content_of(form))).await?;
    if !health {
        forms.iter_mut().for_each(referral::without_health);
    }
    forms.iter_mut().for_each(mask_numbers);
    Ok(CaseLook { restricted: row.restricted, row, moments, forms })
}

/// Fields of forms with numbers that help nobody in an emergency, and could be taken away.
const NUMBERS: [&str; 3] = ["identity_number", "other_number", "certificate_number"];

fn mask_numbers(form: &mut FormView) {
    for key in NUMBERS {
        let written = form.data.get(key).and_then(Json::as_str).filter(|written| !written.is_empty());
        if let Some(masked) = written.map(identity_number::mask) {
            form.data.insert(key.to_owned(), masked.into());
        }
    }
}
