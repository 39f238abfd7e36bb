//! A research project that a second person agreed to.

use super::staff::Staff;
use anyhow::Result;
use app::{
    App,
    research::{self, ProjectEntry},
};
use jiff::ToSpan;

/// The referral desk asks on behalf of a university, civil affairs agrees, and the first extract leaves.
///
/// # Errors
/// A rule refuses: then the demonstration and the rules do not fit together.
pub async fn project(app: &App, staff: &Staff) -> Result<()> {
    let explained = crate::user::explained;
    let (desk, officer) = (&staff.of("referral")?.scope, &staff.of("civil.affairs")?.scope);
    let today = rules::clock::china_date(app.now());
    let fields = [
        "sex",
        "age_band",
        "division",
        "applied_on",
        "served_from",
        "closed_on",
        "state",
        "hospital_returns",
    ];
    let entry = ProjectEntry {
        title: "社区康复服务与再入院（合成）".to_owned(),
        institution: "合成大学公共卫生学院".to_owned(),
        ethics_number: "合成伦审〔1〕号".to_owned(),
        ethics_on: today.checked_sub(60.days())?.to_string(),
        agreement: "合成数据协议〔1〕号".to_owned(),
        agreed_on: today.checked_sub(20.days())?.to_string(),
        purpose: "比较接受社区康复服务的时间与转回医院次数，需要性别、年龄段和各步日期。".to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        until_on: today.checked_add(180.days())?.to_string(),
    };
    let id = research::ask(app, desk, &entry).await.map_err(explained)?;
    research::decide(app, officer, id, true, "").await.map_err(explained)?;
    research::extract(app, desk, id).await.map_err(explained)?;
    Ok(())
}
