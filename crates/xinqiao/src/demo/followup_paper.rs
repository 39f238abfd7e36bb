//! Papers of the register in the demonstration: a hospital's whole report card and discharge slip, what the township writes from the
//! clue to the survey of an incident.

use super::staff::Member;
use crate::synth::Person;
use anyhow::{Context, Result};
use app::{
    App,
    followup::{
        self, Opening,
        paper::{self, Fields, Sent},
    },
    id::Id,
};
use jiff::{ToSpan, civil::Date};
use rules::{clock::china_date, followup::paper::PaperKind, identity_number::Sex};
use serde_json::{Value, json};

const PHONE: &str = "021-58880000";

fn object(value: Value) -> Result<Fields> {
    value.as_object().cloned().context("a paper is an object")
}

/// The ICD-10 code that stands for a group here.
fn icd10(group: &str) -> &'static str {
    match group {
        "02" => "F25.0",
        "03" => "F22.0",
        "04" => "F31.1",
        "05" => "F06.8",
        "06" => "F71.1",
        _ => "F20.0",
    }
}

/// One of the six disorders; whoever has another one is reported with the first.
fn group(person: &Person) -> &str {
    let six = ["01", "02", "03", "04", "05", "06"];
    if six.contains(&person.disorder_group.as_str()) { &person.disorder_group } else { "01" }
}

/// A first onset some years ago, and never before the birth.
fn onset(person: &Person, today: Date) -> Result<Date> {
    Ok(today.checked_sub(4.years())?.max(person.born_on.checked_add(1.year())?))
}

/// What the hospital knows of who it is.
fn who(person: &Person, division: i64) -> Value {
    json!({
        "name": person.name.whole(),
        "sex": if person.sex == Sex::Male { "male" } else { "female" },
        "born_on": person.born_on.to_string(),
        "id_kind": "01",
        "number": person.identity_number,
        "contact": person.guardian,
        "contact_relation": "家属",
        "phone": person.phone,
        "division": division.to_string(),
        "address": person.house,
    })
}

/// The hospital opens the record by a whole card.
pub(super) async fn card(
    app: &App,
    hospital: &Member,
    person: &Person,
    (division, town): (i64, Id),
) -> Result<Id> {
    let today = china_date(app.now());
    let (onset, diagnosed) = (onset(person, today)?, today.checked_sub(3.days())?);
    let mut fields = object(who(person, division))?;
    fields.extend(object(json!({
        "report_type": "2",
        "visit_type": "2",
        "visit_number": format!("ZY{:06}", person.number),
        "ethnicity": "汉族",
        "household": "1",
        "education": "6",
        "marriage": "1",
        "occupation": "4",
        "family_history": "2",
        "onset_on": onset.to_string(),
        "onset_accuracy": "month",
        "treated": true,
        "first_treatment_on": onset.checked_add(60.days())?.min(diagnosed).to_string(),
        "admissions": 1,
        "lock_up": "1",
        "danger": ["minor"],
        "past_risk": "1",
        "sent_by": ["2"],
        "hospital": hospital.account.organisation,
        "diagnosed_on": diagnosed.to_string(),
        "disorder": group(person),
        "icd10": icd10(group(person)),
        "consent": "agree",
        "consent_on": today.to_string(),
        "no_drugs": false,
        "drugs": [{ "name": "奥氮平", "night": 10 }],
        "doctor": hospital.scope.name,
        "department": "精神科",
        "doctor_phone": PHONE,
        "reported_on": today.to_string(),
    }))?);
    let opening = Opening {
        source: "report_card".to_owned(),
        in_charge: Some(town),
        paper: Some(fields),
        ..Opening::default()
    };
    followup::open(app, &hospital.scope, &opening).await.map_err(crate::user::explained)
}

/// Somebody writes a paper: what is known stands on it already, `more` is added.
async fn write(app: &App, by: &Member, record: Id, kind: PaperKind, more: Value) -> Result<()> {
    let mut fields = paper::blank(app, &by.scope, record, kind, None).await?.fields;
    fields.extend(object(more)?);
    let sent = Sent { kind, version: None, replaces: None, fields };
    paper::write(app, &by.scope, record, &sent).await.map_err(crate::user::explained)?;
    Ok(())
}

/// The township writes down what was seen of a clue.
pub(super) async fn clue(app: &App, town: &Member, record: Id) -> Result<()> {
    let more = json!({
        "informant_kind": "3",
        "informant": "村居委会精防专干",
        "informant_phone": PHONE,
        "signs": ["5", "6"],
        "signs_note": "近半年多疑，夜间自言自语，不出门。",
    });
    write(app, town, record, PaperKind::ClueSurvey, more).await
}

/// Person and guardian sign that they agree to community management; the record follows.
pub(super) async fn consent(app: &App, town: &Member, record: Id, person: &Person) -> Result<()> {
    let more = json!({
        "explained": ["service", "data", "emergency", "rights", "duties"],
        "consent": "agree",
        "consent_by": person.guardian,
        "consent_relation": "家属",
        "consent_on": china_date(app.now()).to_string(),
    });
    write(app, town, record, PaperKind::ManagementConsent, more).await
}

/// The township writes the supplement and the basic information.
pub(super) async fn supplement(app: &App, town: &Member, record: Id, person: &Person) -> Result<()> {
    let today = china_date(app.now());
    let supplement = json!({
        "guardian_name": person.guardian,
        "guardian_relation": "家属",
        "guardian_phone": person.guardian_phone,
        "committee_contact": "村居委会精防专干",
        "committee_phone": PHONE,
        "employment": "4",
        "consent": "agree",
        "consent_by": person.guardian,
        "consent_on": today.to_string(),
        "symptoms": ["1", "3"],
        "outpatient": "2",
        "effect": "2",
        "danger_none": false,
        "minor": 1,
        "economy": if person.number.is_multiple_of(3) { "1" } else { "2" },
        "poverty_household": false,
        "guardian_subsidy": false,
        "certificate": false,
        "rehabilitation": true,
    });
    write(app, town, record, PaperKind::Supplement, supplement).await?;
    let basic = json!({
        "contact": person.guardian,
        "contact_phone": person.guardian_phone,
        "resident_kind": "1",
        "blood_type": "5",
        "rh": "3",
        "payment": ["3"],
        "allergies": ["none"],
        "exposures": ["none"],
        "father": ["none"],
        "mother": ["2"],
        "siblings": ["none"],
        "children": ["none"],
        "genetic": false,
        "disabilities": ["none"],
    });
    write(app, town, record, PaperKind::BasicInformation, basic).await
}

/// The hospital discharges and sends the slip.
pub(super) async fn slip(app: &App, hospital: &Member, record: Id, person: &Person) -> Result<()> {
    let today = china_date(app.now());
    let more = json!({
        "contact": person.guardian,
        "phone": person.phone,
        "inpatient_number": format!("ZY{:06}", person.number),
        "hospital": hospital.account.organisation,
        "admitted_on": today.checked_sub(21.days())?.to_string(),
        "discharged_on": today.to_string(),
        "admissions": 2,
        "danger": ["none"],
        "effect": "2",
        "drugs": [
            { "name": "利培酮", "morning": 2, "night": 2 },
            { "name": "棕榈酸帕利哌酮", "long_acting": true, "injection": 100, "interval": 28 },
        ],
        "rehabilitation": ["1", "4"],
        "remark": "按时服药，两周内到乡镇卫生院随访。",
        "doctor_phone": PHONE,
        "reported_on": today.to_string(),
    });
    write(app, hospital, record, PaperKind::DischargeSlip, more).await
}

/// The township surveys an incident that a visit told of, and tells the police of the risk.
pub(super) async fn incident(app: &App, town: &Member, record: Id) -> Result<()> {
    let today = china_date(app.now());
    let survey = json!({
        "occurred_on": today.to_string(),
        "scene": "村口",
        "incident_kind": "trouble",
        "incident_course": "与邻居争执后砸坏门窗，经劝说停止。",
        "victims": ["2", "6"],
        "injured": 0,
        "dead": 0,
        "was_registered": true,
        "was_managed": true,
        "medication": "2",
        "guardian_there": "1",
        "causes": ["1", "3"],
        "handled": ["1"],
        "lessons": "两周内随访，恢复规律服药，监护人每日督促。",
    });
    write(app, town, record, PaperKind::IncidentSurvey, survey).await?;
    let exchange = json!({
        "exchanged_on": today.to_string(),
        "direction": "given",
        "partner": "1",
        "partner_name": "派出所社区民警",
        "topics": ["3", "7"],
        "shared_risk": "3",
    });
    write(app, town, record, PaperKind::InformationExchange, exchange).await
}
