//! The forms as somebody fills them in.

use super::{County, VILLAGE};
use serde_json::{Value, json};

/// A synthetic identity number: the area 990101 belongs to nobody.
pub fn identity_number(sequence: u32) -> String {
    let body = format!("99010119880315{sequence:03}");
    let check = rules::identity_number::check_character(&body).unwrap();
    format!("{body}{check}")
}

pub fn f1(county: &County, who: &str, number: u32) -> Value {
    let (channel, relation) = match who {
        "client" => ("personal", "self"),
        "doctor" => ("medical", "doctor"),
        "worker" | "second worker" => ("personal", "parent"),
        _ => ("assisted", "committee"),
    };
    json!({
        "channel": channel, "on": county.today(), "applicant_name": "测试申请人",
        "applicant_relation": relation, "applicant_phone": "13800000000", "name": "测试甲", "sex": "male",
        "birth_date": "1988-03-15", "identity_kind": "resident", "identity_number": identity_number(number),
        "address": "测试路1号", "division": VILLAGE.to_string(), "disorder_group": "01",
        "in_severe_register": "yes", "has_certificate": false, "capacity": "full", "needs": ["S2", "S3"],
        "consent_given": true, "signature": "测试甲"
    })
}

pub fn f12(county: &County) -> Value {
    json!({
        "controller": "测试区民政局", "data_kinds": ["identity", "health"], "retention": "五年",
        "rights_told": true, "withdrawal_way": "随时口头或书面撤回", "registration": true, "departments": true,
        "institution": true, "file_transfer": true, "contact": true, "research": false, "publicity": false,
        "capacity": "full", "on": county.today(), "signature": "测试甲"
    })
}

pub fn f3(county: &County) -> Value {
    json!({
        "number": "1", "on": county.today(), "from_organisation": "测试区民政局", "to_organisation": "晨光测试站",
        "client_reference": "甲", "disorder_group": "01", "services": ["S2"], "reason": "需要康复服务",
        "valid_until": "2028-12-31", "consent_reference": "F12", "sender": "测试专员"
    })
}

fn scales() -> Value {
    json!({ "psychosocial": 60, "sdss": 8, "social_adaptation": 20, "adl": 16, "iadl": 12 })
}

fn with_scales(mut form: Value) -> Value {
    let fields = form.as_object_mut().unwrap();
    fields.extend(scales().as_object().unwrap().clone());
    form
}

pub fn f4(county: &County, conclusion: &str) -> Value {
    with_scales(json!({
        "on": county.today(), "kind": "baseline", "mental_status": "平稳", "adherence": "regular",
        "insight": "partial", "needs": "社交与就业", "risk_grade": "0", "conclusion": conclusion,
        "services": ["S2"], "alternative": "门诊随访", "assessor": "测试评估员"
    }))
}

pub fn f5(county: &County) -> Value {
    json!({
        "version_number": 1, "on": county.today(), "from": county.today(), "until": "2028-12-31",
        "problems": "少与人交往", "long_term_goal": "回归社会",
        "goals": [{"goal": "每周外出三次", "measure": "次数", "baseline": 0, "target": 3, "due": "2027-01-31"}],
        "services": [{"service": "S2", "way": "W1", "frequency": "weekly", "minutes": 60}],
        "crisis_plan": "联系精防医生", "review_on": "2026-06-30", "client": "测试甲",
        "case_manager": "测试个案管理员"
    })
}

pub fn f6(county: &County) -> Value {
    json!({
        "on": county.today(), "institution": "晨光测试站", "client_name": "测试甲", "rights": "见附件",
        "services": ["S2"], "cost": "free", "from": county.today(), "until": "2028-12-31",
        "confidentiality": true, "complaint_way": "电话", "exit_right": true, "emergency_contact": "测试家属",
        "emergency_phone": "13800000000", "client": "测试甲", "institution_signature": "晨光测试站"
    })
}

pub fn f7(county: &County) -> Value {
    json!({
        "title": "社交训练", "service": "S2", "way": "W1", "place": "institution", "on": county.today(),
        "start": "09:00", "end": "10:00", "minutes": 60, "content": "小组活动", "recorder": "测试个案管理员"
    })
}

pub fn f8(county: &County, decision: &str) -> Value {
    with_scales(json!({
        "on": county.today(), "kind": "stage", "plan_version": 1, "goals_attained": 80,
        "consent_confirmed": true, "decision": decision, "next_on": "2027-06-30", "assessor": "测试评估员"
    }))
}

/// The slip to the hospital, or back from it with a conclusion.
pub fn f9(county: &County, conclusion: Option<&str>) -> Value {
    let mut slip = json!({
        "part": "sent", "direction": "to_hospital", "on": county.today(), "from_unit": "晨光测试站",
        "to_unit": "测试医院", "client_name": "测试甲", "diagnosis": "精神分裂症", "present_state": "波动",
        "reason": "病情波动", "risk_grade": "1", "sender": "测试个案管理员"
    });
    if let Some(conclusion) = conclusion {
        let back = json!({ "part": "returned", "direction": "to_community", "received_on": county.today(),
            "conclusion": conclusion, "treatment": "住院治疗", "advice": "继续康复", "doctor": "测试医生" });
        slip.as_object_mut().unwrap().extend(back.as_object().unwrap().clone());
    }
    slip
}

pub fn f10(county: &County, reason: &str) -> Value {
    json!({
        "on": county.today(), "reason": reason, "sessions": 12, "outcome": "community", "advice": "坚持服药",
        "follow_up_plan": "四次回访", "case_manager": "测试个案管理员", "institution": "晨光测试站"
    })
}

pub fn f11(county: &County) -> Value {
    json!({
        "on": county.today(), "way": "phone", "visitor": "测试个案管理员", "seen": "client",
        "mental_state": "stable", "adherence": "regular", "social_function": "good", "risk_grade": "0",
        "action": "none"
    })
}
