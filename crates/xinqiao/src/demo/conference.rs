//! Case conferences of the demonstration: one held and confirmed, with what was agreed on; one next week. All of it is invented.

use super::{
    care::at,
    staff::{Member, Staff},
};
use anyhow::{Context, Result};
use app::{
    App,
    conference::{self, AgreeEntry, CaseEntry, MinutesEntry, PartEntry, PlanEntry, StepEntry},
    id::Id,
};
use jiff::{ToSpan, civil::Date};
use rules::{account::Role, clock::china_date};

/// Holds one conference and plans another; their number.
///
/// # Errors
/// A rule refuses.
pub async fn conferences(app: &App, staff: &Staff) -> Result<usize> {
    let (doctor, today) = (staff.of("doctor")?, china_date(app.now()));
    let mut chosen = None;
    for keeper in staff.all().filter(|member| member.scope.role == Role::CaseManager) {
        let clients = conference::clients(app, &keeper.scope).await.map_err(crate::user::explained)?;
        if let [first, rest @ ..] = clients.as_slice() {
            chosen = Some((keeper, first.1, rest.first().map(|client| client.1)));
            break;
        }
    }
    let Some((keeper, first, second)) = chosen else { return Ok(0) };
    let manager = staff.at(keeper.organisation(), Role::InstitutionManager)?;
    let with = [manager, doctor].map(|member| member.scope.account.to_string()).to_vec();
    let held = today.saturating_sub(8.days());
    let cases: Vec<Id> = [Some(first), second].into_iter().flatten().collect();
    let entry = entry(held, "复发风险与住院衔接（合成）", &with, &cases);
    let before = app.at(at(held, 8));
    let id = conference::plan(&before, &keeper.scope, &entry, None).await.map_err(crate::user::explained)?;
    minutes(app, (keeper, manager), id, held, cases.len()).await?;
    let next = today.saturating_add(5.days());
    let planned = self::entry(next, "训练强度和家属支持（合成）", &with, &[first]);
    conference::plan(app, &keeper.scope, &planned, None).await.map_err(crate::user::explained)?;
    Ok(2)
}

fn entry(on: Date, title: &str, persons: &[String], cases: &[Id]) -> PlanEntry {
    let case = |id: &Id| CaseEntry {
        kind: "case".to_owned(),
        id: id.to_string(),
        question: "最近睡眠差、两次没有参加小组，是否需要提前复诊，训练怎样安排（合成）？".to_owned(),
    };
    PlanEntry {
        title: title.to_owned(),
        on: on.to_string(),
        start: "14:30".to_owned(),
        minutes: "60".to_owned(),
        way: "both".to_owned(),
        place: "康复机构会议室，线上同时参加（合成）".to_owned(),
        chair: persons.first().cloned().unwrap_or_default(),
        persons: persons.to_vec(),
        outside: "李网格员，村委会（合成）".to_owned(),
        cases: cases.iter().map(case).collect(),
        agreed: true,
    }
}

async fn minutes(
    app: &App,
    (keeper, chair): (&Member, &Member),
    id: Id,
    held: Date,
    cases: usize,
) -> Result<()> {
    let part = |number: i64| PartEntry {
        number,
        situation: "近两周睡眠差，按时服药，没有危险行为（合成）。".to_owned(),
        opinions: "医生：先复诊，查血药浓度。个案管理员：训练减为每周一次。家属：愿意陪同（合成）。"
            .to_owned(),
        decisions: "一周内复诊；训练暂减为每周一次；两周后电话随访（合成）。".to_owned(),
    };
    let count = i64::try_from(cases).unwrap_or(0);
    let entry = MinutesEntry {
        version: 1,
        came: vec![1, 2, 3],
        general: "下次会商前由个案管理员汇总（合成）。".to_owned(),
        parts: (1..=count).map(part).collect(),
        reason: String::new(),
    };
    let after = app.at(at(held, 17));
    conference::write(&after, &keeper.scope, id, &entry).await.map_err(crate::user::explained)?;
    let confirm = StepEntry { step: "confirm".to_owned(), version: 2, ..StepEntry::default() };
    conference::step(&after, &chair.scope, id, &confirm).await.map_err(crate::user::explained)?;
    let found = conference::show(&after, &keeper.scope, id).await.map_err(crate::user::explained)?;
    let own = found.persons.iter().find(|one| one.account == Some(keeper.scope.account));
    let own = own.context("who planned it takes part")?.number;
    for (owner, what, days) in
        [(own, "陪同复诊，带上服药记录（合成）", 6_i32), (own, "和家属约定外出和服药的分工（合成）", 14_i32)]
    {
        let entry = AgreeEntry {
            what: what.to_owned(),
            owner: owner.to_string(),
            due: held.saturating_add(days.days()).to_string(),
            client: "1".to_owned(),
        };
        conference::agree(&after, &keeper.scope, id, &entry).await.map_err(crate::user::explained)?;
    }
    Ok(())
}
