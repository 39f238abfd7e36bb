//! Forms of the demonstration, filled in as workers fill them in. All content is invented.

use crate::synth::{Person, Population};
use jiff::{ToSpan, civil::Date};
use rules::{
    identity_number::Sex,
    referral::{Capacity, GuardianBasis, OwnWord, Signer},
};
use serde_json::{Map, Value, json};

/// A filled-in form: field key to value.
pub type Data = Map<String, Value>;

/// What forms are filled in with.
pub struct Paper<'a> {
    /// The county.
    pub population: &'a Population,
    /// The person served.
    pub person: &'a Person,
    /// The day.
    pub today: Date,
    /// Who fills it in.
    pub writer: &'a str,
    /// For whom the writer works.
    pub house: &'a str,
    /// The other house, where a slip goes.
    pub other_house: &'a str,
    /// Receipt or registration number of the case.
    pub number: &'a str,
}

/// Most who sign alone agree to research, too; nobody does so for another.
pub fn agrees_to_research(person: &Person) -> bool {
    person.number % 4 != 1 && signer(person).guardian.is_none()
}

/// The person's capacity and who signs; every fourth person has a guardian.
pub fn signer(person: &Person) -> Signer {
    if person.number.is_multiple_of(4) {
        let own_word = Some(OwnWord::Agrees);
        Signer { capacity: Capacity::Limited, guardian: Some(GuardianBasis::ParentOrChild), own_word }
    } else {
        Signer { capacity: Capacity::Full, guardian: None, own_word: None }
    }
}

/// What a person needs: basic services that every institution offers, and others for some.
pub fn needs(person: &Person) -> Vec<&'static str> {
    match person.number % 3 {
        0 => vec!["S1", "S4", "S5"],
        1 => vec!["S2", "S4"],
        _ => vec!["S1", "S3", "S5"],
    }
}

impl Paper<'_> {
    fn after(&self, days: i64) -> String {
        self.today.checked_add(days.days()).unwrap_or(self.today).to_string()
    }

    fn client(&self) -> String {
        self.person.name.whole()
    }

    fn signature(&self) -> String {
        if signer(self.person).guardian.is_some() { self.person.guardian.clone() } else { self.client() }
    }

    /// F1, the application; `channel` and `relation` follow from who files.
    pub fn application(&self, channel: &str, relation: &str, phone: &str) -> Data {
        let person = self.person;
        let limited = signer(person).guardian.is_some();
        let mut data = filled(json!({
            "channel": channel,
            "on": self.today.to_string(),
            "applicant_name": if relation == "self" { self.client() } else { self.writer.to_owned() },
            "applicant_relation": relation,
            "applicant_phone": phone,
            "name": self.client(),
            "sex": if person.sex == Sex::Male { "male" } else { "female" },
            "birth_date": person.born_on.to_string(),
            "identity_kind": "resident",
            "identity_number": person.identity_number,
            "phone": person.phone,
            "household_kind": "rural",
            "address": self.population.address(person.village, &person.house),
            "division": self.population.village(person).code.to_string(),
            "living_with": if limited { "parents" } else { "spouse" },
            "allowance": if person.number.is_multiple_of(5) { "dibao" } else { "none" },
            "disorder_group": person.disorder_group,
            "diagnosis": person.diagnosis,
            "in_severe_register": if person.in_health { "yes" } else { "no" },
            "has_certificate": person.in_dpf,
            "capacity": if limited { "limited" } else { "full" },
            "needs": needs(person),
            "wishes": "希望离家近，上午参加活动。",
            "consent_given": true,
            "signature": self.signature(),
        }));
        if relation != "self" {
            data.insert("applicant_organisation".to_owned(), json!(self.house));
        }
        if person.in_dpf {
            data.insert("certificate_number".to_owned(), json!(person.certificate));
            let grade = person.certificate.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(2);
            data.insert("certificate_grade".to_owned(), json!(grade));
        }
        if limited {
            data.insert("guardian_name".to_owned(), json!(person.guardian));
            data.insert("guardian_relation".to_owned(), json!("parent_or_child"));
            data.insert("guardian_phone".to_owned(), json!(person.guardian_phone));
        }
        data
    }

    /// F1 of somebody who helps without the person's consent yet: name, telephone and division alone.
    pub fn lead(&self, phone: &str) -> Data {
        filled(json!({
            "channel": "assisted",
            "on": self.today.to_string(),
            "applicant_name": self.writer,
            "applicant_relation": "other",
            "applicant_phone": phone,
            "name": self.client(),
            "phone": self.person.phone,
            "division": self.population.village(self.person).code.to_string(),
        }))
    }

    /// F12, the consent, one tick for each purpose.
    pub fn consent(&self) -> Data {
        let limited = signer(self.person).guardian.is_some();
        let mut data = filled(json!({
            "controller": format!("{}民政局（合成）", self.population.county.name),
            "data_kinds": ["identity", "health", "disability", "service"],
            "retention": "服务结束后保存五年",
            "rights_told": true,
            "withdrawal_way": "向转介中心或个案管理员提出，口头、书面均可",
            "registration": true,
            "departments": true,
            "institution": true,
            "file_transfer": true,
            "contact": true,
            "research": agrees_to_research(self.person),
            "publicity": false,
            "capacity": if limited { "limited" } else { "full" },
            "on": self.today.to_string(),
            "signature": self.signature(),
        }));
        if limited {
            data.insert("guardian_basis".to_owned(), json!("parent_or_child"));
            data.insert("own_word".to_owned(), json!("agrees"));
        }
        data
    }

    /// F3, the referral slip.
    pub fn referral_slip(&self) -> Data {
        filled(json!({
            "number": format!("ZJ-{}", self.number),
            "on": self.today.to_string(),
            "from_organisation": self.house,
            "to_organisation": self.other_house,
            "client_reference": self.number,
            "disorder_group": self.person.disorder_group,
            "risk_grade": "1",
            "services": needs(self.person),
            "reason": "居家生活，病情稳定，有社区康复需求。",
            "valid_until": self.after(30),
            "consent_reference": "F12",
            "sender": self.writer,
        }))
    }

    fn scales(&self, gain: u64) -> Data {
        let base = self.person.number % 8;
        filled(json!({
            "psychosocial": 48 + base + 4 * gain,
            "sdss": 11_u64.saturating_sub(base / 2).saturating_sub(gain),
            "social_adaptation": 17 + base + 2 * gain,
            "adl": 20_u64.saturating_sub(gain),
            "iadl": 16_u64.saturating_sub(gain),
        }))
    }

    /// F4, the comprehensive assessment.
    pub fn assessment(&self, suitable: bool) -> Data {
        let mut data = self.scales(0);
        data.extend(filled(json!({
            "on": self.today.to_string(),
            "kind": "baseline",
            "mental_status": "意识清，接触可，情感稍平淡，未引出明显幻觉妄想。",
            "adherence": "regular",
            "insight": "partial",
            "needs": "规律服药、料理家务、与人交往。",
            "strengths": "愿意参加集体活动，家人支持。",
            "risk_grade": if suitable { "1" } else { "3" },
            "conclusion": if suitable { "suitable" } else { "not_suitable" },
            "assessor": self.writer,
        })));
        if suitable {
            data.insert("services".to_owned(), json!(needs(self.person)));
        } else {
            data.insert("alternative".to_owned(), json!("建议先到专科医院治疗，稳定后再次申请。"));
        }
        data
    }

    /// F5, the plan.
    pub fn plan(&self) -> Data {
        let services: Vec<Value> = needs(self.person)
            .into_iter()
            .map(|code| json!({"service": code, "way": "W1", "frequency": "weekly", "minutes": 60}))
            .collect();
        filled(json!({
            "version_number": 1,
            "on": self.today.to_string(),
            "from": self.today.to_string(),
            "until": self.after(180),
            "problems": "服药需要提醒，家务依赖家人，很少出门。",
            "long_term_goal": "能够自己安排一天的生活。",
            "goals": [{"goal": "按时服药", "measure": "每周按时服药次数", "baseline": 4, "target": 7, "due": self.after(90)}],
            "services": services,
            "family_role": "家人每天提醒一次，每月参加一次家属会。",
            "crisis_plan": "出现睡眠变差、拒绝服药时联系个案管理员和主管医生。",
            "review_on": self.after(90),
            "client": self.signature(),
            "case_manager": self.writer,
        }))
    }

    /// F6, the service agreement.
    pub fn agreement(&self) -> Data {
        filled(json!({
            "on": self.today.to_string(),
            "institution": self.house,
            "client_name": self.client(),
            "rights": "本人可以随时了解、修改或退出服务；机构按计划提供服务并保守秘密。",
            "services": needs(self.person),
            "cost": "free",
            "from": self.today.to_string(),
            "until": self.after(365),
            "confidentiality": true,
            "complaint_way": "拨打机构电话或向县民政局反映",
            "exit_right": true,
            "emergency_contact": self.person.guardian,
            "emergency_phone": self.person.guardian_phone,
            "client": self.signature(),
            "institution_signature": self.house,
        }))
    }

    /// F7, a session.
    pub fn session(&self) -> Data {
        filled(json!({
            "title": "认识与接纳：第一次小组活动",
            "service": needs(self.person).first(),
            "way": "W1",
            "place": "institution",
            "on": self.today.to_string(),
            "start": "09:00",
            "end": "10:00",
            "minutes": 60,
            "content": "介绍环境和成员，约定每周时间。",
            "cooperation": "good",
            "recorder": self.writer,
        }))
    }

    /// F8, the stage evaluation.
    pub fn evaluation(&self, decision: &str) -> Data {
        let mut data = self.scales(2);
        data.extend(filled(json!({
            "on": self.today.to_string(),
            "kind": if decision == "close" { "closing" } else { "stage" },
            "plan_version": 1,
            "goals_attained": if decision == "close" { 90 } else { 60 },
            "satisfaction": 5,
            "own_words": "在这里认识了朋友。",
            "consent_confirmed": true,
            "decision": decision,
            "client": self.signature(),
            "assessor": self.writer,
        })));
        if decision != "close" {
            data.insert("next_on".to_owned(), json!(self.after(90)));
        }
        data
    }

    /// F9, the two-way slip to the hospital.
    pub fn to_hospital(&self, hospital: &str, risk_grade: u8) -> Data {
        filled(json!({
            "part": "sent",
            "direction": "to_hospital",
            "on": self.today.to_string(),
            "from_unit": self.house,
            "to_unit": hospital,
            "client_name": self.client(),
            "identity_number": self.person.identity_number,
            "diagnosis": self.person.diagnosis,
            "present_state": "一周来睡眠差，自言自语，拒绝服药。",
            "reason": "疑似复发，请求评估和治疗。",
            "risk_grade": risk_grade.to_string(),
            "contact": self.person.guardian,
            "contact_phone": self.person.guardian_phone,
            "sender": self.writer,
        }))
    }

    /// F9, the return part on discharge.
    pub fn back_from_hospital(&self, institution: &str) -> Data {
        let mut data = self.to_hospital(institution, 1);
        data.extend(filled(json!({
            "part": "returned",
            "direction": "to_community",
            "present_state": "睡眠恢复，症状基本消失，自愿服药。",
            "reason": "出院，建议继续社区康复。",
            "received_on": self.today.to_string(),
            "conclusion": "suitable",
            "treatment": "药物调整，住院治疗。",
            "advice": "按时服药，两周后门诊复诊。",
            "doctor": self.writer,
        })));
        data
    }

    /// F10, the closure; the institution signs when it approves.
    pub fn closure(&self, reason: &str, case_manager: &str, approved: bool) -> Data {
        let mut data = filled(json!({
            "on": self.today.to_string(),
            "reason": reason,
            "sessions": 12,
            "goals_attained": 90,
            "outcome": "community",
            "advice": "继续按时服药，参加村里的活动。",
            "follow_up_plan": "第1、3、6、12个月回访。",
            "client": self.signature(),
            "case_manager": case_manager,
        }));
        if approved {
            data.insert("institution".to_owned(), json!(self.house));
        }
        data
    }

    /// F11, a return visit.
    pub fn visit(&self) -> Data {
        filled(json!({
            "on": self.today.to_string(),
            "way": "home",
            "visitor": self.writer,
            "seen": "client",
            "mental_state": "stable",
            "adherence": "regular",
            "social_function": "good",
            "risk_grade": "0",
            "life": "帮家里照看小店。",
            "action": "none",
        }))
    }
}

fn filled(value: Value) -> Data {
    match value {
        Value::Object(data) => data,
        _ => Data::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::form::{self, Form, FormCode};

    #[test]
    fn every_form_is_complete() {
        let population = crate::synth::population(40, 1, None, None).unwrap();
        let today = jiff::civil::date(2026, 3, 2);
        for number in 0..population.people {
            let person = population.person(number);
            let paper = Paper {
                population: &population,
                person: &person,
                today,
                writer: "李示例",
                house: "示例机构",
                other_house: "示例医院",
                number: "S330523-2026-00001",
            };
            let forms = [
                (FormCode::F1, paper.application("assisted", "committee", "15400000000")),
                (FormCode::F1, paper.application("personal", "self", &person.phone)),
                (FormCode::F3, paper.referral_slip()),
                (FormCode::F4, paper.assessment(true)),
                (FormCode::F4, paper.assessment(false)),
                (FormCode::F5, paper.plan()),
                (FormCode::F6, paper.agreement()),
                (FormCode::F7, paper.session()),
                (FormCode::F8, paper.evaluation("continue")),
                (FormCode::F8, paper.evaluation("close")),
                (FormCode::F9, paper.to_hospital("示例医院", 3)),
                (FormCode::F9, paper.back_from_hospital("示例机构")),
                (FormCode::F10, paper.closure("C1", "王示例", true)),
                (FormCode::F11, paper.visit()),
                (FormCode::F12, paper.consent()),
            ];
            for (code, data) in forms {
                let problems = form::check(&Form::embedded(code).unwrap(), &data, today);
                assert!(problems.is_empty(), "{code:?} of person {number}: {problems:?}");
            }
            let lead = form::check(&Form::embedded(FormCode::F1).unwrap(), &paper.lead("15400000000"), today);
            assert!(!lead.is_empty(), "a lead is complete");
        }
    }
}
