//! The SQL of a decision: the row with its version check, the events with their chained digests, the forms.

use super::{
    derived,
    form_entry::{self, Written},
    row,
};
use crate::{
    App,
    db::Tx,
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
    share,
};
use jiff::civil::Date;
use rules::{
    form::FormCode,
    referral::{Case, Event, Recorded},
};
use sha2::Digest;

/// A count as the database keeps it.
pub(super) fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// Saves the case as it stands after `events`; `before` is its version before them, none for a new case.
pub(super) async fn case(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    before: Option<u64>,
    case: &Case,
    events: &[Recorded],
    forms: &[Written],
) -> Result<()> {
    let id = Id(case.id);
    match before {
        None => insert(app, tx, case, forms).await?,
        Some(version) => update(app, tx, case, version, events, forms).await?,
    }
    append(tx, scope, id, events).await?;
    note_filers(tx, id, events).await?;
    form_entry::store(app, tx, scope, id, forms).await?;
    count_clocks(tx, case, events).await?;
    share::follow(app, tx, case).await
}

/// The person as written on the application.
struct Client {
    name: String,
    initials: String,
    index: Option<Vec<u8>>,
    sex: Option<String>,
    born_on: Option<Date>,
}

fn client(app: &App, forms: &[Written]) -> Option<Client> {
    let form = forms.iter().rev().find(|form| form.code == FormCode::F1)?;
    let name = form.text("name").unwrap_or_default().to_owned();
    let number = form.text("identity_number").or_else(|| form.text("other_number"));
    Some(Client {
        initials: rules::name::initials(&name),
        name,
        index: number.map(|n| app.keys.index("identity_number", &n.to_uppercase())),
        sex: form.text("sex").map(str::to_owned),
        born_on: form.text("birth_date").and_then(|d| d.parse().ok()),
    })
}

async fn insert(app: &App, tx: &mut Tx, case: &Case, forms: &[Written]) -> Result<()> {
    let id = Id(case.id);
    let source = case.sources.first().ok_or_else(|| Error::broken("a case without a source"))?;
    let client = match client(app, forms) {
        Some(client) => client,
        None => of_episode(tx, case).await?,
    };
    // In the order of `derived::OF_CASE`, here and below.
    let mut args = derived::of_case(app, case, about(tx, case).await?);
    args.extend(p![
        id.home_number(),
        id,
        case.episode,
        client.name,
        client.initials,
        client.index,
        client.sex,
        client.born_on,
        row::code(&source.channel),
        source.account,
        source.organisation,
        case.changed
    ]);
    let sql = "INSERT INTO referral (receipt, registration, person_id, state, version, county, division,
        institution_id, case_manager_id, hospital_id, next_role, clock, due_at, remind_at, provisional, frozen,
        priority, body, changed_at, transfer_office_id, ask_on, home, id, episode, client_name, client_initials, client_index,
        client_sex, client_born_on, channel, filed_by, filed_by_organisation, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
        $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33)";
    tx.run(sql, args).await?;
    Ok(())
}

/// Whom a new case is about: one that goes on from another is about the same person.
async fn about(tx: &mut Tx, case: &Case) -> Result<Option<Id>> {
    let Some(other) = case.links.previous.or(case.links.parent).map(Id) else {
        return Ok(case.filing.person.map(Id));
    };
    let sql = "SELECT person_id FROM referral WHERE home = $1 AND id = $2";
    let found: Option<(Option<Id>,)> = tx.opt(sql, p![other.home_number(), other]).await?;
    Ok(found.and_then(|(person,)| person))
}

/// A case that another case opened is about the same person.
async fn of_episode(tx: &mut Tx, case: &Case) -> Result<Client> {
    type Found = (String, String, Option<Vec<u8>>, Option<String>, Option<Date>);
    let sql = "SELECT client_name, client_initials, client_index, client_sex, client_born_on FROM referral
        WHERE home = $1 AND id = $2";
    let other = case.links.previous.or(case.links.parent).unwrap_or(case.episode);
    let found: Option<Found> = tx.opt(sql, p![Id(other).home_number(), other]).await?;
    let (name, initials, index, sex, born_on) = found.unwrap_or_default();
    Ok(Client { name, initials, index, sex, born_on })
}

async fn update(
    app: &App,
    tx: &mut Tx,
    case: &Case,
    before: u64,
    events: &[Recorded],
    forms: &[Written],
) -> Result<()> {
    let id = Id(case.id);
    // Only who fills the application in anew says anew whom it is about; what registration found stays.
    let saved = events.iter().any(|recorded| matches!(recorded.event, Event::DraftSaved(_)));
    let goes_on = case.links.previous.or(case.links.parent).is_some();
    let anew = saved && case.registration.is_none() && !goes_on;
    let mut args = derived::of_case(app, case, case.filing.person.map(Id));
    args.extend(p![id.home_number(), id, number(before), anew]);
    let sql = "UPDATE referral SET receipt = $1, registration = $2,
        person_id = CASE WHEN $25 THEN $3 ELSE person_id END,
        state = $4, version = $5, county = $6, division = $7, institution_id = $8, case_manager_id = $9,
        hospital_id = $10, next_role = $11, clock = $12,
        told_overdue_at = CASE WHEN clock = $12 AND due_at = $13 THEN told_overdue_at ELSE NULL END,
        due_at = $13, remind_at = $14, provisional = $15, frozen = $16, priority = $17, body = $18,
        changed_at = $19, transfer_office_id = $20, ask_on = $21 WHERE home = $22 AND id = $23 AND version = $24";
    if tx.run(sql, args).await? == 0 {
        let sql = "SELECT version FROM referral WHERE home = $1 AND id = $2";
        let found: Option<(i64,)> = tx.opt(sql, p![id.home_number(), id]).await?;
        return Err(Error::Changed { expected: number(before), found: found.map_or(0, |(v,)| v) });
    }
    if let Some(client) = client(app, forms) {
        let sql = "UPDATE referral SET client_name = $1, client_initials = $2, client_index = $3,
            client_sex = $4, client_born_on = $5 WHERE home = $6 AND id = $7";
        let args =
            p![client.name, client.initials, client.index, client.sex, client.born_on, id.home_number(), id];
        tx.run(sql, args).await?;
    }
    Ok(())
}

/// Notes everybody who holds the case by filing: each of them reaches it.
async fn note_filers(tx: &mut Tx, id: Id, events: &[Recorded]) -> Result<()> {
    use rules::{
        account::Role,
        referral::{Source, filers},
    };
    let mut sources: Vec<&Source> = Vec::new();
    for recorded in events {
        match &recorded.event {
            Event::Opened(seed) => sources.extend(filers(&seed.sources)),
            Event::SourceAdded(source) if source.role != Role::Client => sources.push(source),
            _ => {}
        }
    }
    for source in sources {
        let sql = "INSERT INTO referral_filer (home, referral_id, account_id, organisation_id)
            VALUES ($1, $2, $3, $4) ON CONFLICT (home, referral_id, account_id) DO NOTHING";
        tx.run(sql, p![id.home_number(), id, source.account, source.organisation]).await?;
    }
    Ok(())
}

/// Appends events; the digest of each covers the one before it, so that none can be altered or left out.
async fn append(tx: &mut Tx, scope: &Scope, id: Id, events: &[Recorded]) -> Result<()> {
    let Some(first) = events.first() else { return Ok(()) };
    let mut last: Vec<u8> = Vec::new();
    if first.sequence > 1 {
        let sql = "SELECT digest FROM referral_event WHERE home = $1 AND referral_id = $2 AND sequence = $3";
        let found: Option<(Vec<u8>,)> =
            tx.opt(sql, p![id.home_number(), id, number(first.sequence) - 1]).await?;
        last = found.map(|(digest,)| digest).unwrap_or_default();
    }
    for recorded in events {
        let event = serde_json::to_value(recorded)?;
        let mut digest = sha2::Sha256::new();
        digest.update(&last);
        digest.update(event.to_string().as_bytes());
        last = digest.finalize().to_vec();
        let sql =
            "INSERT INTO referral_event (home, referral_id, sequence, event, actor_name, digest, name, at,
            from_state, to_state, rule, reason, deadline_met)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let mut args = p![id.home_number(), id, number(recorded.sequence), event, &scope.name, last.clone()];
        args.extend(derived::of_event(recorded));
        tx.run(sql, args).await?;
    }
    Ok(())
}

/// Counts the clocks that these events stopped, for the on-time rates.
async fn count_clocks(tx: &mut Tx, case: &Case, events: &[Recorded]) -> Result<()> {
    for recorded in events {
        for stop in derived::stops(recorded) {
            let sql =
                "INSERT INTO clock_tally (county, month, clock, met, missed) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (county, month, clock) DO UPDATE SET met = clock_tally.met + excluded.met,
                missed = clock_tally.missed + excluded.missed";
            let args =
                p![case.filing.county, stop.month, stop.clock, i64::from(stop.met), i64::from(!stop.met)];
            tx.run(sql, args).await?;
        }
    }
    Ok(())
}
