//! A share that is open and read, and one that waits for its impact assessment.

use super::staff::Staff;
use anyhow::{Context, Result};
use app::{
    App,
    id::Id,
    share::{self, AssessmentEntry, ShareEntry},
};
use jiff::{SignedDuration, ToSpan, civil::Date};

const ALL: [&str; 3] = ["need_registered", "service_stage", "institution"];

fn entry(recipient: Id, kinds: &[&str]) -> ShareEntry {
    ShareEntry {
        recipient: recipient.to_string(),
        basis: "consent_departments".to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ..ShareEntry::default()
    }
}

fn before(today: Date, days: i64) -> Result<String> {
    Ok(today.checked_sub(days.days())?.to_string())
}

/// Opens the one towards health, as two officers do, lets its program read, and writes the one towards the federation down.
///
/// # Errors
/// A rule refuses: then the demonstration and the rules do not fit together.
pub async fn shares(app: &App, staff: &Staff) -> Result<()> {
    let explained = crate::user::explained;
    let (officer, second) = (&staff.of("civil.affairs")?.scope, &staff.of("civil.affairs2")?.scope);
    let (health, federation) = (staff.of("health")?, staff.of("dpf")?);
    let today = rules::clock::china_date(app.now());
    let agreed = ShareEntry {
        agreement: "合成共享〔1〕号".to_owned(),
        agreed_on: before(today, 40)?,
        ..entry(health.organisation(), &ALL)
    };
    // Each step on a day of its own, as in an office.
    let on = |days: i64| app.at(app.now() - SignedDuration::from_hours(24 * days));
    let id = share::draft(&on(29), officer, &agreed).await.map_err(explained)?;
    let assessed = AssessmentEntry {
        number: "PIA-1".to_owned(),
        concluded_on: before(today, 30)?,
        concluded_by: "信息安全工作组（合成）".to_owned(),
        conclusion: "with_measures".to_owned(),
        measures: "只提供三类状态信息，以密钥摘要匹配，双方留存取用记录。".to_owned(),
        review_due_on: today.checked_add(45.days())?.to_string(),
    };
    share::assess(&on(28), officer, id, &assessed).await.map_err(explained)?;
    let version = async || anyhow::Ok(share::show(app, officer, id).await.map_err(explained)?.share.version);
    share::propose(&on(27), officer, id, version().await?).await.map_err(explained)?;
    share::confirm(&on(26), second, id, version().await?).await.map_err(explained)?;
    while app::job::turn(app).await.context("filling the share")?.is_some() {}
    let page = share::records(app, &health.scope, id, 0).await.map_err(explained)?;
    if let Some(last) = page.records.last() {
        share::receipt(app, &health.scope, id, last.number).await.map_err(explained)?;
    }
    let waiting = entry(federation.organisation(), &["need_registered", "service_stage"]);
    share::draft(app, officer, &waiting).await.map_err(explained)?;
    Ok(())
}
