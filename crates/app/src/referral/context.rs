//! What a decision must know besides the case: loaded here, only as far as the command needs it.

use super::{Order, Written};
use crate::{
    App,
    db::Tx,
    error::Result,
    id::Id,
    institution, p,
    person::EVERY_ID,
    scope::{Area, Scope},
    tables::Tables,
};
use rules::{
    account::Role,
    contact::ContactRules,
    form::{FormCode, FormSummary},
    identity_number,
    institution::InstitutionFacts,
    referral::{Case, CommandName, Context, PersonFacts, State},
};
use uuid::Uuid;

/// Facts of one decision.
#[derive(Default)]
pub(super) struct Facts {
    in_area: bool,
    responsible: bool,
    client_accounts: Vec<Uuid>,
    case_managers: Vec<Uuid>,
    institutions: Vec<InstitutionFacts>,
    person: PersonFacts,
    contact: Option<ContactRules>,
    shared_risk: Option<u8>,
    other_open_case: Option<Uuid>,
    extended_disorders: bool,
    number: Option<String>,
    fresh: [Uuid; 2],
}

impl Facts {
    /// The context of the rules.
    pub(super) fn context<'t>(self, tables: &'t Tables, forms: Vec<FormSummary>) -> Context<'t> {
        let mut context = tables.context();
        context.in_area = self.in_area;
        context.responsible = self.responsible;
        context.client_accounts = self.client_accounts;
        context.case_managers = self.case_managers;
        context.institutions = self.institutions;
        context.person = self.person;
        context.other_open_case = self.other_open_case;
        context.contact = self.contact;
        context.shared_risk = self.shared_risk;
        context.extended_disorders = self.extended_disorders;
        context.forms = forms;
        context.number = self.number;
        context.fresh = self.fresh;
        context
    }
}

/// Loads what this order needs.
pub(super) async fn load(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    case: Option<&Case>,
    order: &Order,
) -> Result<Facts> {
    let name = order.command.name();
    let now = app.now();
    let mut facts = Facts::default();
    let (county, near) = match (case, &order.command) {
        (Some(case), _) => (case.filing.county, Some(Id(case.id))),
        (None, rules::referral::Command::Save(filing)) => {
            let known = super::person::known(app, tx, &order.forms).await?;
            (filing.county, filing.person.map(Id).or(known))
        }
        (None, _) => (scope.division, None),
    };
    facts.in_area = scope.role == Role::System || scope.area.holds(county);
    let fresh = || near.map_or_else(|| Id::in_division(county, now), |near| near.beside(now)).0;
    facts.fresh = [fresh(), fresh()];
    facts.extended_disorders = extended_disorders(tx, county).await?;
    if let Some(case) = case {
        facts.responsible = responsible(scope);
        facts.client_accounts = client_accounts(tx, case).await?;
        if touches_institutions(name) {
            facts.institutions = institution::facts_in(tx, county).await?;
            add_named(tx, case, &mut facts.institutions).await?;
        }
        if matches!(name, CommandName::Accept | CommandName::ChangeCaseManager) {
            // The clock hands a case over inside the institution that has it.
            let own = case.institution.map(Id).filter(|_| scope.role == Role::System);
            facts.case_managers = case_managers(tx, own.unwrap_or(scope.organisation)).await?;
        }
        facts.person = person(app, tx, case, &order.forms).await?;
        if name == CommandName::RecordContactAttempt {
            facts.contact = crate::contact::rules_of(app, tx, Id(case.id)).await?;
        }
        if name == CommandName::Assess {
            facts.shared_risk = crate::followup::risk_for_case(app, tx, case).await?;
        }
        if asks_for_another_case(name) {
            facts.other_open_case = other_open_case(tx, case).await?;
        }
        facts.number = match name {
            CommandName::Submit if case.receipt.is_none() => Some(draw(tx, "S", county, now).await?),
            CommandName::Register => Some(draw(tx, "D", county, now).await?),
            _ => None,
        };
    }
    Ok(facts)
}

/// Facts for listing what may be done now: everything, but no number is drawn.
pub(super) async fn for_actions(app: &App, tx: &mut Tx, scope: &Scope, case: &Case) -> Result<Facts> {
    let county = case.filing.county;
    let mut facts = Facts {
        in_area: scope.role == Role::System || scope.area.holds(county),
        responsible: responsible(scope),
        extended_disorders: extended_disorders(tx, county).await?,
        client_accounts: client_accounts(tx, case).await?,
        institutions: institution::facts_in(tx, county).await?,
        person: person(app, tx, case, &[]).await?,
        other_open_case: other_open_case(tx, case).await?,
        ..Facts::default()
    };
    add_named(tx, case, &mut facts.institutions).await?;
    if scope.role.is_institution_staff() {
        facts.case_managers = case_managers(tx, scope.organisation).await?;
    }
    Ok(facts)
}

/// A doctor in whose scope the case was found has filed it, received the person, or is responsible for the residence: the
/// scope asks for nothing less.
fn responsible(scope: &Scope) -> bool {
    scope.role == Role::Doctor
}

fn touches_institutions(name: CommandName) -> bool {
    matches!(
        name,
        CommandName::Refer
            | CommandName::Queue
            | CommandName::PlaceFree
            | CommandName::Decline
            | CommandName::RecallSilent
            | CommandName::InstitutionUnlisted
            | CommandName::Accept
            | CommandName::Discharge
            | CommandName::Resume
    )
}

/// Institutions of other counties that the person named or that hold the case.
async fn add_named(tx: &mut Tx, case: &Case, known: &mut Vec<InstitutionFacts>) -> Result<()> {
    let offered = case.offered_to();
    let named =
        case.filing.preferences.iter().chain(&case.institution).chain(&offered).chain(&case.agreed_order);
    for id in named {
        if !known.iter().any(|facts| facts.id == *id)
            && let Some(facts) = institution::facts_of(tx, Id(*id)).await?
        {
            known.push(facts);
        }
    }
    Ok(())
}

async fn extended_disorders(tx: &mut Tx, county: i64) -> Result<bool> {
    let sql = "SELECT name FROM setting WHERE name = $1 AND value = $2";
    let name = format!("extended_disorders.{}", Area::of(county).from);
    let found: Option<(String,)> = tx.opt(sql, p![name, serde_json::Value::Bool(true)]).await?;
    Ok(found.is_some())
}

/// The accounts of the person whom the case is about, whoever filed it and under whichever of the person's records
/// each was opened.
async fn client_accounts(tx: &mut Tx, case: &Case) -> Result<Vec<Uuid>> {
    let Some(person) = super::person::of_case(tx, case).await? else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT a.id FROM account a WHERE a.person_id IN ({EVERY_ID}) AND a.role = 'client' AND a.ended_at IS NULL"
    );
    Ok(tx.all::<(Uuid,)>(&sql, p![person.home_number(), person]).await?.into_iter().map(|(id,)| id).collect())
}

async fn case_managers(tx: &mut Tx, organisation: Id) -> Result<Vec<Uuid>> {
    let sql =
        "SELECT id FROM account WHERE organisation_id = $1 AND role = 'case_manager' AND ended_at IS NULL";
    Ok(tx.all::<(Uuid,)>(sql, p![organisation]).await?.into_iter().map(|(id,)| id).collect())
}

/// I1: another open case of the same person, found by the person or by the identity number.
async fn other_open_case(tx: &mut Tx, case: &Case) -> Result<Option<Uuid>> {
    let own = "SELECT client_index FROM referral WHERE home = $1 AND id = $2";
    let index: Option<(Option<Vec<u8>>,)> = tx.opt(own, p![Id(case.id).home_number(), case.id]).await?;
    let not_open = State::ALL.iter().filter(|state| **state == State::Draft || !state.is_open());
    let open = format!("state NOT IN ({}) AND episode <> $2", super::row::listed(not_open));
    if let Some((Some(index),)) = index {
        let sql = format!("SELECT id FROM referral WHERE client_index = $1 AND {open}");
        if let Some((id,)) = tx.opt::<(Uuid,)>(&sql, p![index, case.episode]).await? {
            return Ok(Some(id));
        }
    }
    let Some(person) = super::person::of_case(tx, case).await? else { return Ok(None) };
    let sql = format!(
        "SELECT r.id FROM person m JOIN person c ON c.head_id = m.head_id /* spread: one person's records may have different homes */
        JOIN referral r ON r.person_id = c.id WHERE m.home = $3 AND m.id = $1 AND {open} LIMIT 1"
    );
    let args = p![person, case.episode, person.home_number()];
    Ok(tx.opt::<(Uuid,)>(&sql, args).await?.map(|(id,)| id))
}

/// What the application says of the person, as far as rules need it.
async fn person(app: &App, tx: &mut Tx, case: &Case, fresh: &[Written]) -> Result<PersonFacts> {
    let data = match fresh.iter().find(|form| form.code == FormCode::F1) {
        Some(form) => Some(form.data.clone()),
        None => super::view::latest_form(app, tx, Id(case.id), FormCode::F1).await?,
    };
    let Some(data) = data else { return Ok(PersonFacts::default()) };
    let text = |key: &str| data.get(key).and_then(|v| v.as_str()).unwrap_or_default();
    let today = rules::clock::china_date(app.now());
    let resident = text("identity_kind") == "resident";
    let checked = identity_number::check(text("identity_number"), today);
    let born_on =
        checked.as_ref().ok().map(|found| found.birth_date).or_else(|| text("birth_date").parse().ok());
    let age = born_on.and_then(|day: jiff::civil::Date| {
        let years = day.until((jiff::Unit::Year, today)).ok()?.get_years();
        u8::try_from(years).ok()
    });
    let sql =
        "SELECT DISTINCT institution_id FROM referral WHERE episode = $1 AND institution_id IS NOT NULL";
    let earlier = tx.all::<(Uuid,)>(sql, p![case.episode]).await?.into_iter().map(|(id,)| id).collect();
    Ok(PersonFacts {
        identity_number_valid: if resident { checked.is_ok() } else { !text("other_number").is_empty() },
        age,
        born_on,
        disorder_group: Some(text("disorder_group").to_owned()).filter(|g| !g.is_empty()),
        earlier_institutions: earlier,
        died: case.died,
    })
}

/// The next number of a series: `D310115-2026-00042`.
async fn draw(tx: &mut Tx, letter: &str, county: i64, now: jiff::Timestamp) -> Result<String> {
    let year = rules::clock::china_date(now).year();
    let series = format!("{letter}{:06}-{year}", county / 1_000_000);
    let sql = "INSERT INTO running_number (series, last) VALUES ($1, 1)
        ON CONFLICT (series) DO UPDATE SET last = running_number.last + 1 RETURNING last";
    let last = tx.opt::<(i64,)>(sql, p![&series]).await?.map_or(1, |(n,)| n);
    Ok(format!("{series}-{last:05}"))
}

/// I1 stands behind these; a refusal (R3) or cancellation (X2) as a double joins its filing to the other case.
fn asks_for_another_case(name: CommandName) -> bool {
    matches!(
        name,
        CommandName::Submit
            | CommandName::Register
            | CommandName::ReEnter
            | CommandName::ProposeRejection
            | CommandName::ConfirmRejection
            | CommandName::Cancel
            | CommandName::End
    )
}
