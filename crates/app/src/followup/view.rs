//! A record as its reader sees it: who, state, what is owed, what may be done, what happened.

use super::held::{
    EVENTS, Happened, Profile, Source, Stored, StoredEvent, TRACES, Trace, class_of, events_of, found, may,
    owes, risk_of, standing, traces_of,
};
use crate::{
    App,
    audit::{self, Entry, Purpose},
    error::{Error, Result},
    id::Id,
    p,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::Deed as Doing,
    followup::{
        Class, RiskGrade,
        case_management::{self, Level},
        desk::{self, Deed},
        lost::Standing,
        owed::Owed,
        register::{Recipient, Record},
    },
};
use serde_json::json;

/// An event as it is shown.
#[derive(Debug, Clone)]
pub struct Event {
    /// Identifier.
    pub id: Id,
    /// Day on which it happened.
    pub on: Date,
    /// What.
    pub happened: Happened,
    /// Who recorded it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// It followed from a visit that was voided, and no longer counts.
    pub voided: bool,
}

impl Event {
    fn of(app: &App, event: &StoredEvent) -> Result<Event> {
        Ok(Event {
            id: event.id,
            on: event.happened_on,
            happened: event.happened(app)?,
            by: event.by.clone(),
            at: event.at,
            voided: event.voided_at.is_some(),
        })
    }
}

/// A record as its reader may see it.
#[derive(Debug, Clone)]
pub struct View {
    /// Identifier.
    pub id: Id,
    /// The person of the register.
    pub person: Id,
    /// Name.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Birth date.
    pub born_on: Option<Date>,
    /// Telephone.
    pub phone: Option<String>,
    /// Where the person is managed.
    pub division: i64,
    /// Name of the institution in charge.
    pub in_charge: String,
    /// Name of the institution that a move asks.
    pub receiver: Option<String>,
    /// The record by the rules.
    pub record: Record,
    /// What is known beside the visits.
    pub profile: Profile,
    /// How it came into the register.
    pub source: Source,
    /// Class of the last visit with one.
    pub class: Option<Class>,
    /// Risk of the same visit.
    pub risk: Option<RiskGrade>,
    /// Level of case management; none of whoever is not managed or has no class.
    pub level: Option<Level>,
    /// What is owed, the earliest first.
    pub owed: Vec<Owed>,
    /// How the person stands after the last tries.
    pub standing: Standing,
    /// What the reader may do now.
    pub offers: Vec<Deed>,
    /// Is in charge of the record.
    pub is_in_charge: bool,
    /// May change what is known of the person.
    pub may_change: bool,
    /// What happened, the latest first.
    pub events: Vec<Event>,
    /// Who is still to be told in writing, of which event.
    pub to_tell: Vec<(Id, Recipient)>,
    /// To be sent with the next step.
    pub version: i64,
}

struct Who {
    name: String,
    sex: Option<String>,
    born_on: Option<Date>,
    phone: Option<Vec<u8>>,
}
crate::row!(Who { name, sex, born_on, phone });

/// A record in scope; the read is in the log before it is shown.
///
/// # Errors
/// There is none in the caller's scope.
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<View> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, id).await?;
    let mut entry = Entry::read(Purpose::Care, "smd_record", id);
    entry.detail = json!({ "fields": ["record"] });
    audit::record(&app.db, scope, entry, app.now()).await?;
    view(app, scope, &stored).await
}

/// What stands above something of a record whose read is in the log already.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Name of the person.
    pub name: String,
    /// What the reader may do now.
    pub offers: Vec<Deed>,
}

/// The heading of a record in scope, for a page of a visit, an emergency or the like that logs its own read.
///
/// # Errors
/// There is none in the caller's scope.
pub async fn heading(app: &App, scope: &Scope, id: Id) -> Result<Heading> {
    may(scope, Doing::Read)?;
    let stored = found(app, scope, id).await?;
    let offers = desk::offers(&stored.held(app)?.record, stored.ties(scope));
    Ok(Heading { name: name_of(app, &stored).await?, offers })
}

/// The name of the person of a record.
pub(super) async fn name_of(app: &App, stored: &Stored) -> Result<String> {
    let sql = "SELECT name FROM person WHERE home = $1 AND id = $2";
    let found: Option<(String,)> = app.db.opt(sql, p![stored.person.home_number(), stored.person]).await?;
    found.map(|(name,)| name).ok_or(Error::NotFound)
}

/// Whether a record is in scope; nothing of it is shown, so nothing is logged.
///
/// # Errors
/// The role has nothing to do with the register, or the database is gone.
pub async fn sees(app: &App, scope: &Scope, id: Id) -> Result<bool> {
    may(scope, Doing::Read)?;
    match found(app, scope, id).await {
        Ok(_) => Ok(true),
        Err(Error::NotFound) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn view(app: &App, scope: &Scope, stored: &Stored) -> Result<View> {
    let held = stored.held(app)?;
    let id = stored.id;
    let sql = "SELECT name, sex, born_on, phone FROM person WHERE home = $1 AND id = $2";
    let who: Option<Who> = app.db.opt(sql, p![stored.person.home_number(), stored.person]).await?;
    let who = who.ok_or(Error::NotFound)?;
    let traces: Vec<Trace> = app.db.all(TRACES, traces_of(id)).await?;
    let events: Vec<StoredEvent> = app.db.all(EVENTS, events_of(id)).await?;
    let shown: Vec<Event> = events.iter().map(|event| Event::of(app, event)).collect::<Result<_>>()?;
    let names: Vec<uuid::Uuid> =
        [Some(stored.in_charge), stored.receiver].into_iter().flatten().map(|id| id.0).collect();
    let names = crate::referral::directory::organisation_names(app, &names).await?;
    let name = |id: Id| names.get(&id.0).cloned().unwrap_or_default();
    let ties = stored.ties(scope);
    let classed = traces.iter().find(|trace| trace.class.is_some());
    let class = classed.and_then(|trace| trace.class).and_then(class_of);
    let risk = classed.and_then(|trace| trace.risk).and_then(risk_of);
    Ok(View {
        id,
        person: stored.person,
        name: who.name,
        sex: who.sex,
        born_on: who.born_on,
        phone: who.phone.map(|phone| app.keys.unseal(&phone)).transpose()?,
        division: stored.division,
        in_charge: name(stored.in_charge),
        receiver: stored.receiver.map(name),
        class,
        risk,
        level: case_management::of_record(&held.record, risk, class),
        owed: owes(app, &held, &traces),
        standing: standing(app, &traces),
        offers: desk::offers(&held.record, ties),
        is_in_charge: ties.in_charge,
        may_change: ties.in_charge || ties.county || ties.reporter,
        to_tell: to_tell(&shown),
        events: shown.into_iter().rev().collect(),
        record: held.record,
        profile: held.profile,
        source: held.source,
        version: stored.version,
    })
}

/// Who was to be told and was not yet. The receiver of a move sees it on the own list.
fn to_tell(events: &[Event]) -> Vec<(Id, Recipient)> {
    let told: Vec<(Id, Recipient)> = events
        .iter()
        .filter_map(|event| match &event.happened {
            Happened::Told { recipient, of, .. } => Some((*of, *recipient)),
            _ => None,
        })
        .collect();
    let mut open = Vec::new();
    for event in events.iter().filter(|event| !event.voided) {
        if let Happened::Stepped { tell, .. } = &event.happened {
            let on_paper = tell.iter().filter(|recipient| **recipient != Recipient::Receiver);
            open.extend(on_paper.map(|recipient| (event.id, *recipient)));
        }
    }
    open.retain(|one| !told.contains(one));
    open
}
