//! What a case means for the leads of its person: consent, assessment and start are steps of the funnel, noted as they happen.

use crate::{db::Tx, error::Result, id::Id, p, referral};
use jiff::civil::Date;
use rules::{
    clock::china_date,
    outreach::LeadState,
    referral::{Case, State},
};

/// Notes what a saved case tells: an application with consent ends the reaching, assessment and first session are the next steps. A
/// lead that was taken back is left alone.
///
/// # Errors
/// The database is gone.
pub(crate) async fn follow(tx: &mut Tx, case: &Case) -> Result<()> {
    if case.state == State::Draft || case.standing().next().is_none() {
        return Ok(());
    }
    let Some(person) = referral::person_of(tx, case).await? else { return Ok(()) };
    let sql = "SELECT l.id, l.state, l.next_on, l.referral_id, l.assessed_on, l.started_on FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN lead l ON l.person_id = c.id WHERE m.home = $1 AND m.id = $2 AND l.taken_back_on IS NULL
        AND (l.referral_id IS NULL OR l.referral_id = $3) ORDER BY l.id LIMIT 20";
    let leads: Vec<Lead> = tx.all(sql, p![person.home_number(), person, Id(case.id)]).await?;
    let today = china_date(case.changed);
    for lead in leads.iter().filter(|lead| lead.learns_from(case)) {
        note(tx, lead.id, case, today).await?;
    }
    Ok(())
}

/// What a lead knows of its case.
struct Lead {
    id: Id,
    state: String,
    next: Option<Date>,
    case: Option<Id>,
    assessed: Option<Date>,
    started: Option<Date>,
}
crate::row!(Lead { id, state, next, case, assessed, started });

impl Lead {
    /// Whether the case tells anything new: most of its changes do not, and the row stays as it is.
    fn learns_from(&self, case: &Case) -> bool {
        self.state != LeadState::Filed.code()
            || self.next.is_some()
            || self.case != Some(Id(case.id))
            || (self.assessed.is_none() && case.suitable.is_some())
            || (self.started.is_none() && case.service_since.is_some())
    }
}

async fn note(tx: &mut Tx, lead: Id, case: &Case, today: Date) -> Result<()> {
    let assessed = case.suitable.is_some().then_some(today);
    let sql = "UPDATE lead SET state = $1, next_on = NULL, referral_id = $2, consented_on = COALESCE(consented_on, $3),
        assessed_on = COALESCE(assessed_on, $4), started_on = COALESCE(started_on, $5), changed_at = $6, version = version + 1
        WHERE home = $7 AND id = $8";
    let args = p![
        LeadState::Filed.code(),
        Id(case.id),
        today,
        assessed,
        case.service_since,
        case.changed,
        lead.home_number(),
        lead
    ];
    tx.run(sql, args).await?;
    Ok(())
}
