//! Papers of the follow-up as somebody fills them in, for the person of number 8.

use super::{VILLAGE, forms};
use app::followup::paper::Fields;
use rules::followup::paper::PaperKind;
use serde_json::{Value, json};

fn object(value: Value) -> Fields {
    value.as_object().unwrap().clone()
}

/// A card that a hospital's doctor writes on 2 March 2026.
pub fn card() -> Fields {
    object(
        json!({ "report_type": "2", "visit_type": "2", "visit_number": "Z2026001", "name": "郑随访", "sex": "female",
        "born_on": "1988-03-15", "id_kind": "01", "number": forms::identity_number(8), "ethnicity": "汉族", "household": "1",
        "contact": "郑父", "contact_relation": "父亲", "phone": "13800138000", "division": VILLAGE.to_string(),
        "address": "测试路1号", "education": "6", "marriage": "1", "occupation": "4", "family_history": "2",
        "onset_on": "2019-06-01", "onset_accuracy": "month", "treated": true, "first_treatment_on": "2019-06-20",
        "admissions": 1, "lock_up": "1", "danger": ["none"], "past_risk": "0", "sent_by": ["2"], "hospital": "测试医院",
        "diagnosed_on": "2026-02-27", "disorder": "01", "icd10": "F20.0", "consent": "agree", "consent_on": "2026-03-02",
        "no_drugs": false, "drugs": [{ "name": "奥氮平", "night": 10 }], "doctor": "李医生",
        "department": "精神科", "doctor_phone": "021-58880000", "reported_on": "2026-03-02" }),
    )
}

/// A slip of a stay from 1 to 21 February 2026.
pub fn slip() -> Fields {
    let mut slip = card();
    let own = [
        "name",
        "sex",
        "born_on",
        "id_kind",
        "number",
        "contact",
        "phone",
        "division",
        "address",
        "hospital",
        "diagnosed_on",
        "disorder",
        "icd10",
        "danger",
        "drugs",
        "doctor",
        "doctor_phone",
        "reported_on",
    ];
    slip.retain(|key, _| own.contains(&key.as_str()));
    let more = json!({ "inpatient_number": "Z2026002", "admitted_on": "2026-02-01", "discharged_on": "2026-02-21",
        "admissions": 2, "diagnosed_on": "2019-07-01", "effect": "2", "rehabilitation": ["1", "4"] });
    slip.extend(object(more));
    slip
}

/// A supplement.
pub fn supplement() -> (PaperKind, Fields) {
    let fields = json!({ "guardian_name": "郑父", "guardian_relation": "父亲", "guardian_phone": "13800138000",
        "committee_contact": "赵主任", "committee_phone": "021-58880000", "household": "1", "employment": "4",
        "consent": "agree", "consent_by": "郑父", "consent_on": "2026-03-02", "onset_on": "2019-06-01",
        "onset_accuracy": "month", "symptoms": ["1", "3"], "lock_up": "1", "outpatient": "2",
        "first_treatment_on": "2019-06-20", "admissions": 1, "disorder": "01", "hospital": "测试医院",
        "diagnosed_on": "2026-02-27", "effect": "2", "danger_none": true, "economy": "1", "poverty_household": false,
        "guardian_subsidy": false, "certificate": true, "certificate_grade": "2", "rehabilitation": true,
        "reported_on": "2026-03-02", "doctor": "周医生" });
    (PaperKind::Supplement, object(fields))
}

/// The other papers, as who keeps the record of number 8 writes them on 2 March 2026; a clue and its review are of somebody else.
pub fn others() -> Vec<(PaperKind, Fields)> {
    let filled = json!({ "doctor": "周医生", "reported_on": "2026-03-02" });
    let rows = [
        (
            PaperKind::ManagementConsent,
            json!({ "explained": ["service", "rights"], "consent": "agree", "consent_by": "郑父",
                "consent_relation": "父亲", "consent_on": "2026-03-02" }),
        ),
        (
            PaperKind::BasicInformation,
            json!({ "contact": "郑父", "contact_phone": "13800138000", "resident_kind": "1", "ethnicity": "汉族",
                "blood_type": "5", "rh": "3", "education": "6", "occupation": "4", "marriage": "1", "payment": ["3"],
                "allergies": ["none"], "exposures": ["none"], "father": ["none"], "mother": ["2"], "siblings": ["none"],
                "children": ["none"], "genetic": false, "disabilities": ["none"],
                "diseases": [{ "disease": "8", "since": "2019-06-20" }] }),
        ),
        (
            PaperKind::InformationExchange,
            json!({ "exchanged_on": "2026-03-02", "direction": "given", "partner": "1", "partner_name": "派出所",
                "topics": ["3"], "shared_risk": "3" }),
        ),
        (
            PaperKind::EmergencyConsent,
            json!({ "occurred_on": "2026-03-02", "occurred_at": "08:00", "emergency_reasons": ["relapse"], "measures": ["4"],
                "risks_explained": true, "emergency_consent": "agree", "signed_by": "郑父", "signed_relation": "guardian",
                "signed_on": "2026-03-02" }),
        ),
        (
            PaperKind::IncidentSurvey,
            json!({ "occurred_on": "2026-03-01", "scene": "村口", "incident_kind": "minor", "incident_course": "吵闹",
                "was_registered": true, "was_managed": false, "medication": "2", "causes": ["1"], "handled": ["1"],
                "lessons": "两周内随访" }),
        ),
    ];
    let whole = |(kind, more): (PaperKind, Value)| {
        (kind, object(more).into_iter().chain(object(filled.clone())).collect())
    };
    rows.into_iter().map(whole).collect()
}

/// What was seen of a clue, and what the county concludes.
pub fn clue() -> [(PaperKind, Fields); 2] {
    let survey = json!({ "informant_kind": "3", "informant": "赵主任", "signs": ["5", "6"], "doctor": "周医生",
        "reported_on": "2026-03-02" });
    let review = json!({ "review_way": "1", "history": "半年来多疑。", "result": "suspected", "doctor": "钱医生",
        "reported_on": "2026-03-02" });
    [(PaperKind::ClueSurvey, object(survey)), (PaperKind::ClueReview, object(review))]
}

/// What stands on the paper of a kind, beside the person: its title and two of its fields.
pub fn printed(kind: &str) -> [&'static str; 3] {
    match kind {
        "clue_survey" => ["严重精神障碍线索调查问题清单", "赵主任", "周医生"],
        "clue_review" => ["严重精神障碍线索调查复核登记表", "半年来多疑。", "钱医生"],
        "report_card" => ["严重精神障碍发病报告卡", "Z2026001", "奥氮平"],
        "discharge_slip" => ["严重精神障碍患者出院信息单", "Z2026002", "2026-02-21"],
        "management_consent" => ["严重精神障碍患者社区管理治疗服务知情同意书", "郑父", "父亲"],
        "basic_information" => ["个人基本信息表", "汉族", "13800138000"],
        "supplement" => ["严重精神障碍患者个人信息补充表", "赵主任", "2019-06-20"],
        "information_exchange" => ["严重精神障碍患者信息交换表", "派出所", "2026-03-02"],
        "emergency_consent" => ["严重精神障碍患者应急处置知情同意书", "08:00", "郑父"],
        "incident_survey" => ["严重精神障碍患者肇事肇祸案(事)件调查表", "村口", "两周内随访"],
        other => panic!("{other} is no paper"),
    }
}

/// Fields as a page sends them, without those of some keys.
pub fn typed(kind: PaperKind, fields: &Fields, without: &[&str]) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (key, value) in fields.iter().filter(|(key, _)| !without.contains(&key.as_str())) {
        let name = format!("{}.{key}", kind.code());
        match value {
            Value::Array(rows) => {
                for (number, row) in (1..).zip(rows) {
                    match row {
                        Value::Object(row) => pairs.extend(
                            row.iter()
                                .map(|(column, cell)| (format!("{name}.{number}.{column}"), text(cell))),
                        ),
                        code => pairs.push((name.clone(), text(code))),
                    }
                }
            }
            value => pairs.push((name, text(value))),
        }
    }
    pairs
}
