//! Staff of the demonstration: posts with hours, trainings of the year, and some who are short of them.

use super::staff::{Member, Staff};
use anyhow::Result;
use app::{
    App,
    workforce::{
        self, StaffFilter,
        employment::{self, EmploymentEntry},
        training::{self, TrainingEntry},
    },
};
use jiff::{ToSpan, civil::Date};
use rules::{account::Role, clock::china_date, talent::Profession};

/// Trainings that houses hold for their own staff: days ago, hours, topic, organiser, kind.
const TRAININGS: [(i32, &str, &str, &str, &str); 3] = [
    (260, "7", "服药管理与复发先兆识别", "市精神专科医院（合成）", "course"),
    (150, "7.5", "危机识别与转介流程", "市级综合康复机构（合成）", "prefecture"),
    (40, "6", "家庭支持与个案管理", "县转介中心（合成）", "case_seminar"),
];

/// Employs everybody of the library and enters trainings; the number of trainings.
///
/// # Errors
/// A rule refuses.
pub async fn work(app: &App, staff: &Staff) -> Result<usize> {
    let today = china_date(app.now());
    let mut entered = 0;
    let mut everybody = Vec::new();
    for manager in staff.all().filter(|member| member.scope.role == Role::InstitutionManager) {
        let listed = workforce::staff(app, &manager.scope, &StaffFilter::default()).await?;
        let accounts = [Role::CaseManager, Role::Assessor]
            .map(|role| staff.at(manager.organisation(), role).ok().map(|member| member.scope.account));
        let mut accounts = accounts.into_iter().flatten();
        for (place, member) in listed.members.iter().enumerate() {
            let account = accounts.next().map(|id| id.to_string()).unwrap_or_default();
            let entry = employed(today, place, member.profession, account);
            employment::employ(app, &manager.scope, member.id, &entry)
                .await
                .map_err(crate::user::explained)?;
        }
        let ids: Vec<String> = listed.members.iter().map(|member| member.id.to_string()).collect();
        everybody.extend(ids.first().cloned());
        for (number, training) in TRAININGS.iter().enumerate() {
            // Each time some were away, so that not everybody has the hours.
            let came = ids.iter().enumerate().filter(|(place, _)| (place + number) % 4 != 3);
            let came: Vec<String> = came.map(|(_, id)| id.clone()).collect();
            entered += enter(app, manager, today, *training, came).await?;
        }
    }
    let officer = staff.of("civil.affairs")?;
    let together = (20, "3", "转介管理办法解读（全县）", "县民政局（合成）", "prefecture");
    entered += enter(app, officer, today, together, everybody).await?;
    Ok(entered)
}

async fn enter(
    app: &App,
    who: &Member,
    today: Date,
    (ago, hours, topic, organiser, kind): (i32, &str, &str, &str, &str),
    persons: Vec<String>,
) -> Result<usize> {
    if persons.is_empty() {
        return Ok(0);
    }
    let entry = TrainingEntry {
        on: today.saturating_sub(ago.days()).to_string(),
        hours: hours.to_owned(),
        topic: topic.to_owned(),
        organiser: organiser.to_owned(),
        kind: kind.to_owned(),
        evidence: "签到表存机构档案（合成）".to_owned(),
        persons,
    };
    training::enter(app, &who.scope, &entry).await.map_err(crate::user::explained)?;
    Ok(1)
}

/// Most have been there for years with full hours; every fifth began this spring, and doctors come part time.
fn employed(today: Date, place: usize, profession: Profession, account: String) -> EmploymentEntry {
    let (post, week_hours) = match profession {
        Profession::Psychiatrist | Profession::Nurse => {
            ("medical", if place.is_multiple_of(2) { "8" } else { "40" })
        }
        Profession::RehabilitationTherapist => ("day_centre", "40"),
        Profession::SocialWorker => ("case_work", "40"),
        _ => ("other_direct", "20"),
    };
    let since = if place % 5 == 4 { 200 } else { 900 + i32::try_from(place).unwrap_or(0) * 30 };
    EmploymentEntry {
        post: post.to_owned(),
        week_hours: week_hours.to_owned(),
        from_on: today.saturating_sub(since.days()).to_string(),
        until_on: String::new(),
        account,
    }
}
