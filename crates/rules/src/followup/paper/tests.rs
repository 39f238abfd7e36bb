//! The papers are sound as data, and tables of what does not fit on them.

use super::*;
use crate::followup::{
    desk::Ties,
    register::{Record, State, Step},
};
use jiff::civil::date;
use serde_json::json;
use uuid::Uuid;

fn sheet(kind: PaperKind) -> Sheet {
    embedded(kind).unwrap()
}

fn card() -> Value {
    json!({ "report_type": "2", "visit_type": "2", "visit_number": "Z1", "name": "王小明", "sex": "male", "born_on": "1949-12-31",
        "id_kind": "02", "number": "110105194912310021", "ethnicity": "汉族", "household": "1", "contact": "王父",
        "contact_relation": "父亲", "phone": "13800138000", "division": "310115110001", "address": "一号", "education": "6",
        "marriage": "1", "occupation": "4", "family_history": "2", "onset_on": "2019-06-01", "onset_accuracy": "month",
        "treated": true, "first_treatment_on": "2019-06-20", "admissions": 1, "lock_up": "1", "danger": ["none"],
        "past_risk": "0", "sent_by": ["2"], "hospital": "示例医院", "diagnosed_on": "2025-01-24", "disorder": "01",
        "icd10": "F20.0", "consent": "agree", "consent_on": "2025-01-24", "no_drugs": false,
        "drugs": [{ "name": "奥氮平", "night": 10 }], "doctor": "李医生", "department": "精神科",
        "doctor_phone": "021-58880000", "reported_on": "2025-01-27" })
}

fn slip() -> Value {
    json!({ "name": "王小明", "sex": "male", "born_on": "1980-02-03", "id_kind": "02", "number": "A1", "contact": "王父",
        "phone": "13800138000", "division": "310115110001", "address": "一号", "inpatient_number": "Z1", "hospital": "示例医院",
        "admitted_on": "2025-01-02", "discharged_on": "2025-01-24", "admissions": 2, "danger": ["minor", "trouble"],
        "disorder": "06", "icd10": "F71.1 F29", "diagnosed_on": "2019-05-01", "effect": "2", "doctor": "李医生",
        "doctor_phone": "021-58880000", "reported_on": "2025-01-27",
        "drugs": [{ "name": "棕榈酸帕利哌酮", "long_acting": true, "injection": 100, "interval": 28 }] })
}

fn supplement() -> Value {
    json!({ "guardian_name": "王父", "guardian_relation": "父亲", "guardian_phone": "13800138000", "committee_contact": "赵主任",
        "committee_phone": "021-58880000", "household": "1", "employment": "4", "consent": "agree", "consent_by": "王父",
        "consent_on": "2025-01-30", "onset_on": "2019-01-01", "onset_accuracy": "year", "symptoms": ["1", "3"], "lock_up": "1",
        "outpatient": "2", "first_treatment_on": "2019-06-20", "admissions": 0, "disorder": "01", "hospital": "示例医院",
        "diagnosed_on": "2025-01-24", "effect": "2", "danger_none": false, "minor": 1, "economy": "2",
        "poverty_household": false, "guardian_subsidy": true, "certificate": true, "certificate_grade": "2",
        "rehabilitation": true, "reported_on": "2025-01-30", "doctor": "周医生" })
}

fn found(kind: PaperKind, mut data: Value, changes: Value, agreed: Option<bool>) -> Vec<String> {
    for (key, value) in changes.as_object().unwrap() {
        data[key] = value.clone();
    }
    let disorders = DisorderTable::embedded().unwrap();
    let around = Around { today: date(2025, 2, 1), born: None, agreed, disorders: &disorders };
    let data = completed(kind, data.as_object().unwrap().clone());
    faults(&sheet(kind), &data, &around).into_iter().map(|f| format!("{}:{}", f.field, f.code)).collect()
}

#[test]
fn what_does_not_fit_on_the_card() {
    let rows: Vec<(Value, Vec<&str>)> = vec![
        (json!({}), vec![]),
        (json!({ "onset_on": "1949-11-30" }), vec!["onset_on:before_birth"]),
        // Only the month is known.
        (json!({ "onset_on": "2019-06-30" }), vec![]),
        (
            json!({ "onset_on": "2019-06-30", "onset_accuracy": "day" }),
            vec!["first_treatment_on:before_onset"],
        ),
        (json!({ "first_treatment_on": "2025-01-25" }), vec!["diagnosed_on:before_treatment"]),
        (
            json!({ "first_treatment_on": "2025-02-02" }),
            vec!["first_treatment_on:date_in_future", "diagnosed_on:before_treatment"],
        ),
        (
            json!({ "diagnosed_on": "2019-05-31", "treated": false, "first_treatment_on": null }),
            vec!["diagnosed_on:before_onset"],
        ),
        (
            json!({ "diagnosed_on": "2025-02-02" }),
            vec!["diagnosed_on:date_in_future", "reported_on:before_diagnosis"],
        ),
        (json!({ "treated": true, "first_treatment_on": "" }), vec!["first_treatment_on:required"]),
        (json!({ "treated": false }), vec!["first_treatment_on:not_treated"]),
        (json!({ "no_drugs": true }), vec!["drugs:drugs_not_needed"]),
        (json!({ "no_drugs": true, "drugs": [] }), vec![]),
        (json!({ "drugs": [] }), vec!["drugs:drugs_missing"]),
        (json!({ "drugs": [{ "name": "奥氮平" }] }), vec!["drugs.1.morning:drug_dose_missing"]),
        (json!({ "danger": ["none", "minor"] }), vec!["danger:danger_none_and_counted"]),
        (json!({ "danger": [] }), vec!["danger:required"]),
        (json!({ "consent": "" , "consent_on": "" }), vec!["consent:required"]),
        // Report type 1: consent counts as given on the day of the card; any diagnosis is reported.
        (json!({ "report_type": "1", "consent": "", "consent_on": "" }), vec![]),
        (json!({ "report_type": "1", "consent": "disagree", "consent_on": "" }), vec!["consent_on:required"]),
        (json!({ "report_type": "1", "disorder": "07", "icd10": "F32.2" }), vec![]),
        (json!({ "disorder": "07", "icd10": "F32.2" }), vec!["disorder:not_severe"]),
        (json!({ "icd10": "F31.0" }), vec!["icd10:icd10_differs"]),
        (json!({ "icd10": "20.0" }), vec!["icd10:icd10_form"]),
        (json!({ "id_kind": "03" }), vec!["nationality:required"]),
        (json!({ "id_kind": "03", "nationality": "越南" }), vec![]),
        (json!({ "nationality": "越南" }), vec!["nationality:nationality_of_foreigners"]),
        (json!({ "id_kind": "01", "number": "110105194912310021" }), vec!["number:identity_number_invalid"]),
        (json!({ "id_kind": "01", "number": "11010519491231002X" }), vec!["sex:sex_differs"]),
        (
            json!({ "id_kind": "01", "number": "11010519491231002X", "sex": "female", "born_on": "1949-12-30" }),
            vec!["born_on:birth_differs"],
        ),
        (json!({ "number": "1234567890123456789" }), vec!["number:too_long"]),
        (json!({ "card_number": "123" }), vec!["card_number:card_number_form"]),
        (json!({ "admissions": 1.5 }), vec!["admissions:not_whole"]),
        (json!({ "colour": "red" }), vec!["colour:unknown_field"]),
    ];
    for (changes, expected) in rows {
        assert_eq!(found(PaperKind::ReportCard, card(), changes.clone(), None), expected, "{changes}");
    }
}

#[test]
fn what_does_not_fit_on_the_slip() {
    let rows: Vec<(Value, Vec<&str>)> = vec![
        (json!({}), vec![]),
        (json!({ "admitted_on": "1979-01-01" }), vec!["admitted_on:before_birth"]),
        (json!({ "admitted_on": "2025-01-25" }), vec!["discharged_on:before_admission"]),
        (
            json!({ "discharged_on": "2025-02-02" }),
            vec!["discharged_on:date_in_future", "reported_on:before_discharge"],
        ),
        (json!({ "diagnosed_on": "2025-01-25" }), vec!["diagnosed_on:after_discharge"]),
        (json!({ "admissions": 0 }), vec!["admissions:out_of_range"]),
        (json!({ "danger": ["none"] }), vec![]),
        (
            json!({ "inpatient_drugs": [{ "name": "氯氮平", "morning": 0 }] }),
            vec!["inpatient_drugs.1.morning:drug_dose_missing"],
        ),
        (
            json!({ "drugs": [{ "name": "棕榈酸帕利哌酮", "long_acting": true, "injection": 100 }] }),
            vec!["drugs.1.interval:long_acting_incomplete"],
        ),
    ];
    for (changes, expected) in rows {
        assert_eq!(found(PaperKind::DischargeSlip, slip(), changes.clone(), None), expected, "{changes}");
    }
}

#[test]
fn what_does_not_fit_on_the_supplement() {
    let rows: Vec<(Value, Option<bool>, Vec<&str>)> = vec![
        (json!({}), Some(true), vec![]),
        (json!({}), Some(false), vec!["consent:consent_differs"]),
        (json!({ "danger_none": true }), None, vec!["danger_none:danger_none_and_counted"]),
        (json!({ "danger_none": true, "minor": 0 }), None, vec![]),
        (json!({ "minor": 0 }), None, vec!["danger_none:danger_not_counted"]),
        (json!({ "first_treatment_on": "2018-12-31" }), None, vec!["first_treatment_on:before_onset"]),
        (json!({ "diagnosed_on": "2018-12-31" }), None, vec!["diagnosed_on:before_onset"]),
        (json!({ "outpatient": "1", "first_treatment_on": "" }), None, vec![]),
        (json!({ "certificate_grade": "" }), None, vec!["certificate_grade:required"]),
        (json!({ "reported_on": "2025-02-02" }), None, vec!["reported_on:date_in_future"]),
        (json!({ "guardian_phone": "12" }), None, vec!["guardian_phone:phone_invalid"]),
    ];
    for (changes, agreed, expected) in rows {
        assert_eq!(
            found(PaperKind::Supplement, supplement(), changes.clone(), agreed),
            expected,
            "{changes}"
        );
    }
}

fn clue_review() -> Value {
    json!({ "name": "王小明", "sex": "male", "review_way": "1", "history": "半年来多疑、失眠。", "result": "suspected",
        "doctor": "李医生", "reported_on": "2025-01-30" })
}

fn management_consent() -> Value {
    json!({ "name": "王小明", "sex": "male", "born_on": "1980-02-03", "explained": ["service", "rights"], "consent": "agree",
        "consent_by": "王父", "consent_relation": "父亲", "consent_on": "2025-01-30", "doctor": "周医生",
        "reported_on": "2025-01-30" })
}

fn basic_information() -> Value {
    json!({ "name": "王小明", "sex": "male", "born_on": "1980-02-03", "contact": "王父", "contact_phone": "13800138000",
        "resident_kind": "1", "ethnicity": "汉族", "blood_type": "5", "rh": "3", "education": "7", "occupation": "3",
        "marriage": "1", "payment": ["3"], "allergies": ["none"], "exposures": ["none"], "father": ["none"], "mother": ["2", "3"],
        "siblings": ["none"], "children": ["none"], "genetic": false, "disabilities": ["7"],
        "diseases": [{ "disease": "8", "since": "2019-05-01" }], "doctor": "周医生", "reported_on": "2025-01-30" })
}

fn emergency_consent() -> Value {
    json!({ "name": "王小明", "sex": "male", "occurred_on": "2025-01-28", "occurred_at": "14:30", "emergency_reasons": ["relapse"],
        "measures": ["4", "6"], "risks_explained": true, "emergency_consent": "agree", "signed_by": "王父",
        "signed_relation": "guardian", "signed_on": "2025-01-28", "doctor": "李医生", "reported_on": "2025-01-28" })
}

fn incident_survey() -> Value {
    json!({ "name": "王小明", "sex": "male", "occurred_on": "2025-01-28", "scene": "村口", "incident_kind": "trouble",
        "incident_course": "与邻居争执后砸坏门窗。", "victims": ["2", "6"], "injured": 0, "was_registered": true,
        "was_managed": true, "last_visited_on": "2025-01-10", "medication": "2", "causes": ["1"], "handled": ["2", "3"],
        "lessons": "改为每两周随访，落实监护人。", "doctor": "周医生", "reported_on": "2025-01-30" })
}

#[test]
fn what_does_not_fit_on_the_other_papers() {
    let survey = json!({ "name": "王小明", "sex": "male", "informant_kind": "3", "informant": "赵主任", "signs": ["3", "6"],
        "doctor": "周医生", "reported_on": "2025-01-30" });
    let exchange = json!({ "name": "王小明", "sex": "male", "exchanged_on": "2025-01-30", "direction": "given", "partner": "1",
        "partner_name": "派出所", "topics": ["3"], "shared_risk": "3", "doctor": "周医生", "reported_on": "2025-01-30" });
    use PaperKind::*;
    let rows: Vec<(PaperKind, Value, Value, Vec<&str>)> = vec![
        (ClueSurvey, survey.clone(), json!({}), vec![]),
        (
            ClueSurvey,
            survey.clone(),
            json!({ "signs": ["none", "3"] }),
            vec!["signs:danger_none_and_counted"],
        ),
        (ClueSurvey, survey, json!({ "signs": [] }), vec!["signs:required"]),
        (ClueReview, clue_review(), json!({}), vec![]),
        (
            ClueReview,
            clue_review(),
            json!({ "result": "diagnosed" }),
            vec!["disorder:required", "hospital:required", "diagnosed_on:required"],
        ),
        (ClueReview, clue_review(), json!({ "result": "not" }), vec!["result_note:required"]),
        (ClueReview, clue_review(), json!({ "result": "perhaps" }), vec!["result:unknown_option"]),
        (ManagementConsent, management_consent(), json!({}), vec![]),
        (ManagementConsent, management_consent(), json!({ "explained": [] }), vec!["explained:required"]),
        (
            ManagementConsent,
            management_consent(),
            json!({ "consent": "disagree" }),
            vec!["refusal_reason:required"],
        ),
        (
            ManagementConsent,
            management_consent(),
            json!({ "consent_on": "2025-02-02" }),
            vec!["consent_on:date_in_future"],
        ),
        (BasicInformation, basic_information(), json!({}), vec![]),
        (
            BasicInformation,
            basic_information(),
            json!({ "allergies": ["none", "2"], "genetic": true }),
            vec!["allergies:danger_none_and_counted", "genetic_note:required"],
        ),
        (
            BasicInformation,
            basic_information(),
            json!({ "diseases": [{ "disease": "2", "since": "1979-01-01" }, { "disease": "3", "since": "2025-02-02" }] }),
            vec!["diseases.1.since:before_birth", "diseases.2.since:date_in_future"],
        ),
        (InformationExchange, exchange.clone(), json!({}), vec![]),
        (
            InformationExchange,
            exchange,
            json!({ "diagnosis": "精神分裂症" }),
            vec!["diagnosis:unknown_field"],
        ),
        (EmergencyConsent, emergency_consent(), json!({}), vec![]),
        (
            EmergencyConsent,
            emergency_consent(),
            json!({ "occurred_at": "25:70" }),
            vec!["occurred_at:clock_form"],
        ),
        (
            EmergencyConsent,
            emergency_consent(),
            json!({ "risks_explained": false }),
            vec!["risks_explained:consent_unexplained"],
        ),
        (
            EmergencyConsent,
            emergency_consent(),
            json!({ "signed_on": "2025-01-27" }),
            vec!["signed_on:before_incident"],
        ),
        (
            EmergencyConsent,
            emergency_consent(),
            json!({ "emergency_consent": "afterwards" }),
            vec!["emergency_refusal:required"],
        ),
        (IncidentSurvey, incident_survey(), json!({}), vec![]),
        (
            IncidentSurvey,
            incident_survey(),
            json!({ "injured": 1.5, "last_visited_on": "2025-01-29" }),
            vec!["injured:not_whole", "last_visited_on:after_incident"],
        ),
        (
            IncidentSurvey,
            incident_survey(),
            json!({ "reported_on": "2025-01-27" }),
            vec!["reported_on:before_incident"],
        ),
    ];
    for (kind, data, changes, expected) in rows {
        assert_eq!(found(kind, data, changes.clone(), None), expected, "{kind:?} {changes}");
    }
}

#[test]
fn each_writes_the_own_papers() {
    let record = |state| Record { state, ..Record::reported(Uuid::from_u128(1)) };
    let hospital = Ties { reporter: true, ..Ties::default() };
    let town = Ties { in_charge: true, ..Ties::default() };
    let county = Ties { county: true, ..Ties::default() };
    use PaperKind::*;
    let rows: [(State, Ties, &[PaperKind]); 11] = [
        (State::Managed, hospital, &[ReportCard, DischargeSlip, EmergencyConsent]),
        (
            State::Managed,
            town,
            &[
                ReportCard,
                DischargeSlip,
                ManagementConsent,
                BasicInformation,
                Supplement,
                InformationExchange,
                EmergencyConsent,
                IncidentSurvey,
            ],
        ),
        (
            State::Managed,
            county,
            &[ReportCard, DischargeSlip, BasicInformation, Supplement, InformationExchange, IncidentSurvey],
        ),
        (State::Managed, Ties::default(), &[]),
        (State::Clue, county, &[ClueSurvey, ClueReview, InformationExchange, IncidentSurvey]),
        (State::Clue, town, &[ClueSurvey, InformationExchange, IncidentSurvey]),
        (State::Reviewed, town, &[ClueSurvey, InformationExchange, EmergencyConsent, IncidentSurvey]),
        (State::Reviewed, hospital, &[ReportCard, EmergencyConsent]),
        (State::Received, hospital, &[ReportCard, DischargeSlip, EmergencyConsent]),
        (State::Deceased, town, &[ReportCard, DischargeSlip, InformationExchange, IncidentSurvey]),
        (State::Excluded, county, &[]),
    ];
    for (state, ties, expected) in rows {
        let may: Vec<PaperKind> =
            PaperKind::ALL.into_iter().filter(|kind| kind.permit(&record(state), ties).is_ok()).collect();
        assert_eq!(may, expected, "{state:?} {ties:?}");
    }
}

#[test]
fn what_follows_from_a_paper_for_its_record() {
    let record = |state, agreed| Record { state, agreed, ..Record::reported(Uuid::from_u128(1)) };
    use PaperKind::*;
    use State::{Clue, Hospital, Managed, Received, RegisteredOnly, Reviewed};
    let disagree = json!({ "consent": "disagree", "refusal_reason": "担心被人知道" });
    type Row = (PaperKind, State, Option<bool>, Value, bool, &'static [&'static str]);
    let rows: Vec<Row> = vec![
        (ReportCard, Clue, None, json!({}), false, &["review", "report"]),
        (ReportCard, Reviewed, None, json!({}), false, &["report"]),
        (ReportCard, Managed, Some(true), json!({}), false, &[]),
        (DischargeSlip, Hospital, Some(true), json!({}), false, &["discharge"]),
        (DischargeSlip, Hospital, Some(true), json!({}), true, &[]),
        (ClueSurvey, Clue, None, json!({ "signs": ["3"] }), false, &[]),
        (ClueReview, Clue, None, json!({ "result": "suspected" }), false, &["review"]),
        (ClueReview, Clue, None, json!({ "result": "diagnosed" }), false, &["review"]),
        (ClueReview, Clue, None, json!({ "result": "unclear" }), false, &[]),
        (ClueReview, Clue, None, json!({ "result": "not" }), false, &["exclude"]),
        (ClueReview, Reviewed, None, json!({ "result": "diagnosed" }), true, &[]),
        (ClueReview, Reviewed, None, json!({ "result": "not" }), true, &["exclude"]),
        (ManagementConsent, Received, None, json!({ "consent": "agree" }), false, &["agree"]),
        (ManagementConsent, Received, None, disagree.clone(), false, &["disagree"]),
        (ManagementConsent, Managed, Some(true), json!({ "consent": "agree" }), false, &[]),
        (ManagementConsent, Managed, Some(true), disagree.clone(), true, &["disagree"]),
        (ManagementConsent, RegisteredOnly, Some(false), json!({ "consent": "agree" }), true, &["agree"]),
        (ManagementConsent, RegisteredOnly, Some(false), disagree.clone(), true, &[]),
        (IncidentSurvey, Managed, Some(true), json!({}), false, &[]),
    ];
    for (kind, state, agreed, data, corrects, expected) in rows {
        let data = data.as_object().unwrap();
        let record = record(state, agreed);
        let steps = steps(kind, &record, data, corrects);
        assert_eq!(steps.iter().map(Step::code).collect::<Vec<_>>(), expected, "{kind:?} {state:?}");
        // Whatever follows, the register takes it.
        let after = steps.iter().try_fold(record, |record, step| record.take(step));
        assert!(after.is_ok(), "{kind:?} {state:?}");
    }
    assert_eq!(reason(&Step::Disagree, disagree.as_object().unwrap()), "担心被人知道");
}

#[test]
fn which_paper_is_the_consent_that_an_emergency_waits_for() {
    let of = |answer: &str| json!({ "emergency_consent": answer });
    for (kind, answer, corrects, expected) in [
        (PaperKind::EmergencyConsent, "agree", false, true),
        (PaperKind::EmergencyConsent, "afterwards", false, true),
        (PaperKind::EmergencyConsent, "disagree", false, false),
        // What a correction is about had its consent by the first paper.
        (PaperKind::EmergencyConsent, "agree", true, false),
        (PaperKind::IncidentSurvey, "agree", false, false),
    ] {
        let data = of(answer);
        let found = consents_to_emergency(kind, data.as_object().unwrap(), corrects);
        assert_eq!(found, expected, "{kind:?} {answer} {corrects}");
    }
}

#[test]
fn the_papers_are_sound_and_keep_to_their_language() {
    let chinese = |text: &str| text.chars().any(crate::name::is_han);
    let disorders = DisorderTable::embedded().unwrap();
    for kind in PaperKind::ALL {
        let sheet = sheet(kind);
        assert_eq!(PaperKind::of_code(kind.code()), Some(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        for field in sheet.fields() {
            let options = field.options.iter().map(|choice| (&choice.zh, &choice.en));
            for (zh, en) in options.chain([(&field.zh, &field.en)]) {
                assert!(!chinese(en) && (chinese(zh) || zh.contains("ICD")), "{zh} {en}");
            }
            if field.key == "disorder" {
                let codes: Vec<&String> = field.options.iter().map(|choice| &choice.code).collect();
                let groups: Vec<&String> = disorders.groups.iter().map(|group| &group.code).collect();
                assert_eq!(codes, groups, "{kind:?}");
            }
        }
    }
}
