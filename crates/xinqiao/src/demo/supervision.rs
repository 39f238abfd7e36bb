//! Supervision of the demonstration: most case workers had their session each month, a few are overdue.

use super::{
    care::at,
    staff::{Member, Staff},
};
use anyhow::Result;
use app::{
    App,
    supervision::{self, BookingEntry, StepEntry},
};
use jiff::{ToSpan, civil::Date};
use rules::{account::Role, clock::china_date};

/// Days ago, topic, minutes.
const SESSIONS: [(i32, &str, &str); 3] = [
    (
        70,
        "服药依从性谈话（合成）",
        "讨论三次没有按约到场的情况，约定先由家属陪同、再单独联系（合成，不含姓名）。",
    ),
    (38, "复发先兆的记录（合成）", "一起看预警卡，约定每次走访都问睡眠和胃口（合成，不含姓名）。"),
    (9, "工作负荷与自我照顾（合成）", "约定每周留半天写记录，下月再看（合成，不含姓名）。"),
];

/// Books and holds sessions with the doctor of the county's hospital; the number of sessions.
///
/// # Errors
/// A rule refuses.
pub async fn sessions(app: &App, staff: &Staff) -> Result<usize> {
    let (doctor, today) = (staff.of("doctor")?, china_date(app.now()));
    let mut held = 0;
    let keepers = staff.all().filter(|member| member.scope.role == Role::CaseManager);
    for (place, keeper) in keepers.enumerate() {
        // Every fourth has had none lately, and each meets the doctor on another day.
        let kept = if place % 4 == 3 { 1 } else { SESSIONS.len() };
        for (ago, topic, minutes) in SESSIONS.iter().take(kept) {
            let on = today.saturating_sub((ago + i32::try_from(place).unwrap_or(0)).days());
            let id = book(app, keeper, doctor, on, topic).await?;
            let step = StepEntry {
                step: "hold".to_owned(),
                version: 1,
                minutes: (*minutes).to_owned(),
                reason: String::new(),
            };
            let later = app.at(at(on, 17));
            supervision::step(&later, &doctor.scope, id, &step).await.map_err(crate::user::explained)?;
            held += 1;
        }
        if place == 0 {
            let next = today.saturating_add(12.days());
            book(app, keeper, doctor, next, "下月督导（合成）").await?;
        }
    }
    Ok(held)
}

async fn book(app: &App, keeper: &Member, doctor: &Member, on: Date, topic: &str) -> Result<app::id::Id> {
    let entry = BookingEntry {
        supervisor: doctor.scope.account.to_string(),
        on: on.to_string(),
        start: "15:00".to_owned(),
        minutes: "60".to_owned(),
        way: "video".to_owned(),
        topic: topic.to_owned(),
        ..BookingEntry::default()
    };
    let now = if on <= china_date(app.now()) { app.at(at(on, 8)) } else { app.clone() };
    supervision::book(&now, &keeper.scope, &entry).await.map_err(crate::user::explained)
}
