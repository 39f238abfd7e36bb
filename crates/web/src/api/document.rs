//! Cases as programs read them. What a role may not see is left out here as it is on the pages (Mental Health Law
//! art. 4).

use app::{
    Error,
    referral::{CaseRow, CaseView, FormView, Moment, NextActor},
    scope::Scope,
};
use jiff::Timestamp;
use rules::{
    account::{Content, Sight},
    referral::{
        Case, Offer,
        disclosure::{Extent, Part, disclosed},
    },
};
use serde::Serialize;
use serde_json::{
    Map, Value as Json,
    value::{RawValue, to_raw_value},
};
use std::collections::BTreeMap;

/// A case in a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CaseSummary {
    /// Identifier.
    pub id: String,
    /// Receipt number, or once registered the registration number.
    pub number: Option<String>,
    /// The client's name as the caller may see it; empty for an institution before it accepts and once it is done.
    pub name: String,
    /// `male` or `female`.
    pub sex: Option<String>,
    /// Year of birth.
    pub born: Option<i16>,
    /// First and last year of the band that the age lies in, for an institution before it accepts.
    #[schema(value_type = Option<Vec<u8>>)]
    pub age_band: Option<(u8, u8)>,
    /// State; only `open` or `closed` for those who learn no more once the case is registered.
    pub state: String,
    /// Number of events; send it back as `expected_version` or `If-Match`.
    pub version: i64,
    /// Residence (12 digits); for an institution before it accepts the township, and the county once it is done.
    pub division: Option<i64>,
    /// County in charge (12 digits).
    pub county: Option<i64>,
    /// Channel of the application; empty where a case is none of the institution's yet, or any more.
    pub channel: String,
    /// Whose turn it is.
    pub next_role: Option<String>,
    /// The running clock that ends first, K1 to K14.
    pub clock: Option<String>,
    /// Its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Past its end.
    pub overdue: bool,
    /// The clock is frozen.
    pub frozen: bool,
    /// The institution offered to or in charge.
    pub institution: Option<String>,
    /// Last event.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// A page of cases.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CaseList {
    /// Latest change first.
    pub cases: Vec<CaseSummary>,
    /// Pass as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CaseDocument {
    /// As in the list.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// Official step: `apply`, `register`, `refer`, `assess`, `serve`, `evaluate`, `close`.
    pub step: Option<String>,
    /// Track of the decision.
    pub decision: Option<String>,
    /// Track of the service.
    pub service: Option<String>,
    /// The person's own word.
    pub word: Option<String>,
    /// How far its latest messages have come.
    pub delivery: Option<String>,
    /// Consent was taken back: forms and name are out of sight.
    pub restricted: bool,
    /// How far the case has come for the institution that reads it: `offered`, `in_charge`, `follow_up`, `over`.
    pub stage: Option<String>,
    /// What concerns safety, for an institution that is to answer: `not_assessed`, `some_risk`, `high_risk`,
    /// `danger_to_others`, `self_harm`.
    pub safety: Vec<String>,
    /// Who acts next; `null` once the case is over, and for those who only learn whether it is open.
    pub turn: Option<TurnDocument>,
    /// Package, consents, offers, clocks, plan of visits and links, as far as the caller may see them. Fields may be
    /// added.
    #[schema(value_type = Option<Object>)]
    pub case: Option<Box<RawValue>>,
}

/// Whose turn it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TurnDocument {
    /// Role.
    pub role: String,
    /// The command that is waited for, where it is not the ordinary step of the state.
    pub command: Option<String>,
    /// The organisation in which the role is held; `null` for a person who filed alone.
    pub organisation: Option<String>,
    /// Its name.
    pub organisation_name: Option<String>,
    /// The case manager's name, where it is the case manager's turn.
    pub account_name: Option<String>,
    /// Until when; `null` without a running clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// Past that.
    pub overdue: bool,
    /// The caller holds this role.
    pub own: bool,
}

impl TurnDocument {
    fn new(turn: NextActor, now: Timestamp) -> TurnDocument {
        TurnDocument {
            role: turn.role,
            command: turn.command.map(|name| name.code().to_owned()),
            organisation: turn.organisation.map(|id| id.to_string()),
            organisation_name: turn.organisation_name,
            account_name: turn.account_name,
            due_at: turn.due_at,
            overdue: !turn.frozen && turn.due_at.is_some_and(|due| due < now),
            own: turn.own,
        }
    }
}

/// One thing that happened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EventDocument {
    /// Number in the case, from 1.
    pub sequence: i64,
    /// Event.
    pub name: String,
    /// Who.
    pub actor: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// State before.
    pub from: Option<String>,
    /// State after.
    pub to: String,
    /// Rule: T1 to T31, I1 to I7.
    pub rule: String,
    /// Reason code.
    pub reason: Option<String>,
    /// Whether the clock that it ends was met.
    pub deadline_met: Option<bool>,
    /// The event with its data; absent where the caller may not see it.
    #[schema(value_type = Option<Object>)]
    pub event: Option<Json>,
}

/// Events in order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EventList {
    /// Oldest first.
    pub events: Vec<EventDocument>,
    /// Pass as `since` for what follows.
    pub since: i64,
}

/// What the caller may do now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Action {
    /// Name to send to `POST /api/v1/cases/{id}/events`.
    pub name: String,
    /// Nothing known beforehand stands in the way.
    pub allowed: bool,
    /// What stands in the way.
    pub refusal: Option<RefusalDocument>,
    /// The step that moves the case on in the ordinary course.
    pub primary: bool,
    /// Number of the transition.
    pub transition: String,
    /// Forms to be handed in, unless a complete one is stored.
    pub forms: Vec<String>,
    /// Fields of its data.
    pub fields: Vec<String>,
    /// Reason codes to choose from.
    pub reasons: Vec<ReasonDocument>,
}

/// A *no* of the rules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RefusalDocument {
    /// Code.
    pub code: String,
    /// Rule that says so.
    pub rule: String,
    /// Values for the text.
    pub values: BTreeMap<String, String>,
}

/// A reason code.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ReasonDocument {
    /// Code, such as `D1`.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// Actions of a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ActionList {
    /// In the order of the table of transitions.
    pub actions: Vec<Action>,
}

/// A stored form.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FormDocument {
    /// Identifier.
    pub id: String,
    /// `F1` to `F13`.
    pub code: String,
    /// Version of its definition.
    pub form_version: i64,
    /// Field key to value.
    #[schema(value_type = Object)]
    pub data: Map<String, Json>,
    /// Who wrote it.
    pub written_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Forms of a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FormList {
    /// Latest first.
    pub forms: Vec<FormDocument>,
}

fn sees(scope: &Scope, content: Content) -> bool {
    scope.role.sight(content) == Sight::Scope
}

/// A code as it is stored and shown.
pub(crate) fn code<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

impl CaseSummary {
    /// The row as the caller may see it.
    pub(crate) fn new(scope: &Scope, row: CaseRow, now: Timestamp) -> CaseSummary {
        let metadata = sees(scope, Content::Metadata);
        let due_at = row.due_at.filter(|_| metadata);
        CaseSummary {
            id: row.id.to_string(),
            number: row.number,
            name: row.name,
            sex: row.sex.filter(|_| metadata),
            born: row.born.filter(|_| metadata),
            age_band: row.age_band.filter(|_| metadata),
            state: row.state,
            version: row.version,
            division: Some(row.division).filter(|_| metadata),
            county: Some(row.county).filter(|_| metadata),
            channel: row.channel,
            next_role: row.next_role.filter(|_| metadata),
            clock: row.clock.filter(|_| metadata),
            due_at,
            overdue: !row.frozen && due_at.is_some_and(|due| due < now),
            frozen: row.frozen && metadata,
            institution: row.institution.filter(|_| metadata),
            changed_at: row.changed_at,
        }
    }
}

/// Parts of a case that only some may see, by content.
const HEALTH: [&str; 8] = [
    "suitable",
    "risk_grade",
    "not_suitable",
    "hospital",
    "hospital_returns",
    "forms",
    "last_evaluation",
    "suspension",
];
/// What an institution is not told of others.
const OF_OTHERS: [&str; 5] = ["offers", "shortlist", "agreed_order", "rejection", "queue"];

impl CaseDocument {
    /// The case as the caller may see it.
    pub(crate) fn new(
        scope: &Scope,
        view: CaseView,
        turn: Option<NextActor>,
        now: Timestamp,
    ) -> Result<CaseDocument, Error> {
        let metadata = sees(scope, Content::Metadata);
        let (step, decision) = (code(&view.case.step(now)), code(&view.case.decision()));
        let (service, word) = (code(&view.case.service()), code(&view.case.word));
        let delivery = code(&view.case.delivery);
        let known = view.extent(scope, Part::Identity) != Extent::Nothing;
        Ok(CaseDocument {
            step: Some(step).filter(|_| metadata),
            decision: Some(decision).filter(|_| metadata),
            service: Some(service).filter(|_| metadata),
            word: Some(word).filter(|_| metadata && known),
            delivery: Some(delivery).filter(|_| metadata && known),
            restricted: view.restricted,
            stage: view.stage.as_ref().map(code),
            safety: view.safety.iter().map(code).collect(),
            turn: turn.map(|turn| TurnDocument::new(turn, now)),
            case: if metadata { Some(as_seen(scope, &view.case, view.document)?) } else { None },
            summary: CaseSummary::new(scope, view.row, now),
        })
    }
}

/// The stored case without the parts that the caller may not see; the parts themselves are passed on unread.
fn as_seen(scope: &Scope, case: &Case, stored: Box<RawValue>) -> Result<Box<RawValue>, Error> {
    let (health, institution) = (sees(scope, Content::Health), scope.role.is_institution_staff());
    let agreement = sees(scope, Content::Agreement);
    if health && agreement && !institution {
        return Ok(stored);
    }
    let mut fields: BTreeMap<&str, &RawValue> = serde_json::from_str(stored.get())?;
    if !health {
        fields.retain(|key, _| !HEALTH.contains(key));
    }
    if !agreement {
        fields.remove("agreement");
    }
    if institution {
        fields.retain(|key, _| !OF_OTHERS.contains(key));
    }
    let package = to_raw_value(&case.filing.package)?;
    if institution && disclosed(scope.role, case.state, Part::Identity) == Extent::Nothing {
        fields.retain(|key, _| ["id", "state", "version", "clocks"].contains(key));
        if disclosed(scope.role, case.state, Part::Need) == Extent::All {
            fields.insert("package", &package);
        }
    }
    Ok(to_raw_value(&fields)?)
}

impl From<Moment> for EventDocument {
    fn from(moment: Moment) -> Self {
        EventDocument {
            sequence: moment.sequence,
            name: moment.name,
            actor: moment.actor,
            at: moment.at,
            from: moment.from,
            to: moment.to,
            rule: moment.rule,
            reason: moment.reason,
            deadline_met: moment.deadline_met,
            event: Some(moment.event).filter(|event| !event.is_null()),
        }
    }
}

impl From<FormView> for FormDocument {
    fn from(form: FormView) -> Self {
        FormDocument {
            id: form.id.to_string(),
            code: form.code,
            form_version: form.form_version,
            data: form.data,
            written_by: form.written_by,
            at: form.at,
        }
    }
}

impl Action {
    /// An offer with the reasons that may be given today.
    pub(crate) fn new(
        offer: Offer,
        reasons: &rules::reason::ReasonTable,
        today: jiff::civil::Date,
    ) -> Action {
        let choices = offer.reason.into_iter().flat_map(|category| reasons.choices(category, today));
        let reasons = choices
            .map(|reason| ReasonDocument {
                code: reason.code.clone(),
                zh: reason.zh.clone(),
                en: reason.en.clone(),
            })
            .collect();
        Action {
            name: offer.command.code().to_owned(),
            allowed: offer.allowed,
            refusal: offer.refusal.map(|no| RefusalDocument {
                code: no.code,
                rule: no.rule,
                values: no.values,
            }),
            primary: offer.primary,
            transition: offer.transition.to_owned(),
            forms: offer.forms.iter().map(code).collect(),
            fields: offer.fields.iter().map(|field| (*field).to_owned()).collect(),
            reasons,
        }
    }
}
