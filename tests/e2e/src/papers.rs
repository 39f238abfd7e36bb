//! The papers of the journey as people fill them in on the page. The person and all content are invented.

use crate::{Account, Clerk};
use anyhow::Result;

/// The person served.
pub const NAME: &str = "桥心安";
/// Belongs to no province (99), so that it cannot be anybody's.
pub const IDENTITY_NUMBER: &str = "999999198804172233";
/// Birth date.
pub const BORN: &str = "1988-04-17";
/// Of no network; the person's.
pub const PHONE: &str = "15400000017";

impl Clerk<'_> {
    async fn fill_all(&self, form: &str, fields: &[(&str, &str)]) -> Result<()> {
        for (key, value) in fields {
            self.browser.fill(&format!("{form}.{key}"), value).await?;
        }
        Ok(())
    }

    async fn pick_all(&self, form: &str, fields: &[(&str, &str)]) -> Result<()> {
        for (key, value) in fields {
            self.pick(&format!("{form}.{key}"), value).await?;
        }
        Ok(())
    }

    async fn scales(&self, form: &str, values: [&str; 5]) -> Result<()> {
        let keys = ["psychosocial", "sdss", "social_adaptation", "adl", "iadl"];
        for (key, value) in keys.into_iter().zip(values) {
            self.browser.fill(&format!("{form}.{key}"), value).await?;
        }
        Ok(())
    }
}

/// F1 with F12: the application and a consent for each purpose.
///
/// # Errors
/// When the page does not ask for it.
pub async fn application(clerk: &Clerk<'_>, committee: &Account) -> Result<()> {
    let village = committee.organisation.trim_end_matches("（合成）");
    clerk
        .fill_all(
            "F1",
            &[
                ("applicant_phone", "15400000018"),
                ("name", NAME),
                ("birth_date", BORN),
                ("identity_number", IDENTITY_NUMBER),
                ("phone", PHONE),
                ("address", "桥头路 7 号"),
                ("division.q", village),
            ],
        )
        .await?;
    clerk.tick("F1.division", &committee.division).await?;
    clerk
        .pick_all(
            "F1",
            &[
                ("sex", "male"),
                ("disorder_group", "01"),
                ("in_severe_register", "yes"),
                ("has_certificate", "false"),
                ("capacity", "full"),
                ("needs", "S1"),
                ("needs", "S4"),
            ],
        )
        .await?;
    clerk.sign("F1.signature", NAME).await?;
    for purpose in ["rights_told", "registration", "departments", "institution", "file_transfer", "contact"] {
        clerk.pick(&format!("F12.{purpose}"), "true").await?;
    }
    clerk.sign("F12.signature", NAME).await
}

/// The four checks of the registration; ground and services are known from the application.
///
/// # Errors
/// When the page does not ask for it.
pub async fn eligibility(clerk: &Clerk<'_>) -> Result<()> {
    for check in ["identity_verified", "lives_at_home", "has_need", "suitable"] {
        clerk.tick(check, "true").await?;
    }
    Ok(())
}

/// F4.
///
/// # Errors
/// When the page does not ask for it.
pub async fn assessment(clerk: &Clerk<'_>) -> Result<()> {
    clerk.scales("F4", ["50", "9", "20", "18", "14"]).await?;
    let texts = [("mental_status", "意识清，接触可。"), ("needs", "规律服药，料理家务。")];
    clerk.fill_all("F4", &texts).await?;
    let choices = [
        ("kind", "baseline"),
        ("adherence", "regular"),
        ("insight", "partial"),
        ("risk_grade", "1"),
        ("conclusion", "suitable"),
        ("services", "S1"),
        ("services", "S4"),
    ];
    clerk.pick_all("F4", &choices).await?;
    clerk.sign("F4.assessor", "评估员").await
}

/// F5.
///
/// # Errors
/// When the page does not ask for it.
pub async fn plan(clerk: &Clerk<'_>) -> Result<()> {
    let (half, quarter) = (clerk.day(180).await?, clerk.day(90).await?);
    let fields = [
        ("until", half.as_str()),
        ("problems", "服药需要提醒。"),
        ("long_term_goal", "自己安排一天的生活。"),
        ("goals.1.goal", "按时服药"),
        ("goals.1.measure", "每周次数"),
        ("goals.1.baseline", "4"),
        ("goals.1.target", "7"),
        ("goals.1.due", &quarter),
        ("services.1.minutes", "60"),
        ("crisis_plan", "拒绝服药时联系个案管理员。"),
        ("review_on", &quarter),
    ];
    clerk.fill_all("F5", &fields).await?;
    let choices =
        [("services.1.service", "S1"), ("services.1.way", "W1"), ("services.1.frequency", "weekly")];
    clerk.pick_all("F5", &choices).await?;
    clerk.sign("F5.client", NAME).await?;
    clerk.sign("F5.case_manager", "个案管理员").await
}

/// F6.
///
/// # Errors
/// When the page does not ask for it.
pub async fn agreement(clerk: &Clerk<'_>) -> Result<()> {
    let year = clerk.day(364).await?;
    let fields = [
        ("rights", "本人可以随时了解、修改或退出服务。"),
        ("until", year.as_str()),
        ("complaint_way", "向县民政局反映"),
        ("emergency_contact", "桥家人"),
        ("emergency_phone", "15400000019"),
    ];
    clerk.fill_all("F6", &fields).await?;
    clerk.pick_all("F6", &[("cost", "free"), ("confidentiality", "true"), ("exit_right", "true")]).await?;
    clerk.sign("F6.client", NAME).await?;
    clerk.sign("F6.institution_signature", "机构").await
}

/// F7.
///
/// # Errors
/// When the page does not ask for it.
pub async fn session(clerk: &Clerk<'_>) -> Result<()> {
    let fields = [
        ("title", "第一次小组活动"),
        ("start", "09:00"),
        ("end", "10:00"),
        ("minutes", "60"),
        ("content", "介绍环境和成员。"),
    ];
    clerk.fill_all("F7", &fields).await?;
    clerk.pick_all("F7", &[("service", "S1"), ("way", "W1"), ("place", "institution")]).await?;
    clerk.sign("F7.recorder", "个案管理员").await
}

/// F8, which speaks for closing the case.
///
/// # Errors
/// When the page does not ask for it.
pub async fn evaluation(clerk: &Clerk<'_>) -> Result<()> {
    clerk.scales("F8", ["58", "7", "24", "16", "12"]).await?;
    clerk.fill_all("F8", &[("goals_attained", "90")]).await?;
    clerk
        .pick_all("F8", &[("kind", "closing"), ("consent_confirmed", "true"), ("decision", "close")])
        .await?;
    clerk.sign("F8.assessor", "评估员").await
}

/// F10, proposed.
///
/// # Errors
/// When the page does not ask for it.
pub async fn closure(clerk: &Clerk<'_>) -> Result<()> {
    let fields = [
        ("sessions", "12"),
        ("goals_attained", "90"),
        ("advice", "继续按时服药。"),
        ("follow_up_plan", "第1、3、6、12个月回访。"),
    ];
    clerk.fill_all("F10", &fields).await?;
    clerk.pick_all("F10", &[("reason", "C1"), ("outcome", "community")]).await?;
    clerk.sign("F10.client", NAME).await?;
    clerk.sign("F10.case_manager", "个案管理员").await
}

/// F10, to which the institution puts its name; the rest stands there already.
///
/// # Errors
/// When the page does not ask for it.
pub async fn approval(clerk: &Clerk<'_>) -> Result<()> {
    for check in ["client_told", "follow_up_plan"] {
        clerk.tick(check, "true").await?;
    }
    clerk.sign("F10.institution", "机构").await
}

/// F11.
///
/// # Errors
/// When the page does not ask for it.
pub async fn visit(clerk: &Clerk<'_>) -> Result<()> {
    let choices = [
        ("way", "home"),
        ("seen", "client"),
        ("mental_state", "stable"),
        ("adherence", "regular"),
        ("social_function", "good"),
        ("risk_grade", "0"),
        ("action", "none"),
    ];
    clerk.pick_all("F11", &choices).await
}

/// F9, to the hospital: the person stopped taking drugs.
///
/// # Errors
/// When the page does not ask for it.
pub async fn to_hospital(clerk: &Clerk<'_>, hospital: &Account) -> Result<()> {
    clerk.tick("triggers", "stopped_drugs").await?;
    clerk.browser.click(&hospital.organisation).await?;
    let fields = [
        ("to_unit", hospital.organisation.as_str()),
        ("present_state", "一周来睡眠差，拒绝服药。"),
        ("reason", "疑似复发，请求评估和治疗。"),
    ];
    clerk.fill_all("F9", &fields).await?;
    clerk.pick_all("F9", &[("risk_grade", "2")]).await?;
    clerk.sign("F9.sender", "个案管理员").await
}

/// F9, back from the hospital: rehabilitation may go on.
///
/// # Errors
/// When the page does not ask for it.
pub async fn from_hospital(clerk: &Clerk<'_>) -> Result<()> {
    let today = clerk.day(0).await?;
    let fields = [
        ("present_state", "睡眠恢复，自愿服药。"),
        ("reason", "出院，建议继续社区康复。"),
        ("received_on", today.as_str()),
        ("treatment", "药物调整。"),
        ("advice", "按时服药，两周后门诊复诊。"),
    ];
    clerk.fill_all("F9", &fields).await?;
    clerk.pick_all("F9", &[("risk_grade", "1"), ("conclusion", "suitable")]).await?;
    clerk.sign("F9.sender", "医生").await?;
    clerk.sign("F9.doctor", "医生").await
}
