//! People on the registers who are reached: some of those who were served later, and some who are being tried now, with everything that
//! may come of an attempt. Made by the same actions as the desk, houses and the health centre take.

use super::staff::{Member, Staff};
use anyhow::{Context, Result};
use app::{
    App,
    id::Id,
    outreach::{self, NewAttempt},
};
use jiff::{Timestamp, ToSpan};
use rules::{account::Role, clock::china_date, outreach::Attempt};
use uuid::Uuid;

/// An attempt: days after the giving, way, who was reached, outcome, reason, days until an agreed day, note.
type Try = (i64, &'static str, &'static str, &'static str, Option<&'static str>, Option<i64>, &'static str);

/// How those were reached who applied afterwards.
const REACHED: [&[Try]; 3] = [
    &[
        (1, "phone", "nobody", "no_answer", None, None, ""),
        (4, "visit", "family", "thinking", None, None, "家属愿意了解，约好再谈。"),
        (7, "phone", "person", "applies", None, None, ""),
    ],
    &[
        (2, "village", "person", "trial", None, Some(5), ""),
        (5, "trial", "person", "came", None, None, "和大家一起包了饺子，愿意再来。"),
    ],
    &[(3, "visit", "person", "applies", None, None, "")],
];

/// How those stand who are being reached now; given [`SINCE`] days ago.
const LATELY: [&[Try]; 12] = [
    &[],
    &[(3, "phone", "nobody", "no_answer", None, None, "")],
    &[
        (3, "phone", "nobody", "no_answer", None, None, ""),
        (5, "phone", "nobody", "no_answer", None, None, ""),
    ],
    &[
        (3, "phone", "nobody", "no_answer", None, None, ""),
        (5, "message", "nobody", "no_answer", None, None, ""),
        (11, "visit", "other", "no_answer", None, None, "邻居说白天多在地里。"),
    ],
    &[
        (4, "visit", "family", "thinking", None, None, ""),
        (12, "phone", "family", "later", None, Some(40), "秋收后再谈。"),
    ],
    &[(4, "phone", "person", "not_now", Some("not_aware"), None, "")],
    &[(4, "visit", "family", "not_now", Some("money"), None, "担心收费，已说明免费。")],
    &[(5, "phone", "person", "not_now", Some("no_belief"), None, "")],
    &[(5, "phone", "person", "refuses", Some("seen"), None, "")],
    &[
        (6, "peer", "person", "trial", None, Some(12), ""),
        (12, "trial", "nobody", "stayed_away", None, None, ""),
    ],
    &[(6, "peer", "person", "trial", None, Some(9), ""), (9, "trial", "person", "came", None, Some(40), "")],
    &[(7, "village", "other", "gone", Some("moved"), None, "")],
];
/// Days ago.
const SINCE: i64 = 16;

fn at(app: &App, days_ago: i64, hour: i8) -> Timestamp {
    super::care::at(china_date(app.now()).saturating_sub(days_ago.days()), hour)
}

/// The first listed house with a case manager, and who reaches people there.
async fn house<'s>(app: &App, staff: &'s Staff) -> Result<&'s Member> {
    let houses = outreach::houses(app, &staff.of("referral")?.scope).await?;
    let institutions = houses.iter().filter(|house| house.kind == "institution");
    let mut keepers = institutions.filter_map(|house| staff.at(house.id, Role::CaseManager).ok());
    keepers.next().context("no house with a case manager")
}

async fn tried(app: &App, member: &Member, lead: Id, given_ago: i64, tries: &[Try]) -> Result<()> {
    for (after, way, reached, outcome, reason, agreed, note) in tries {
        let then = app.at(at(app, given_ago - after, 16));
        let on = china_date(then.now());
        let text = |text: &str| text.to_owned();
        let attempt = Attempt {
            on,
            way: text(way),
            reached: text(reached),
            outcome: text(outcome),
            reason: reason.map(text),
            next: agreed.map(|days| on.saturating_add((days - after).days())),
        };
        let new = NewAttempt { key: Id(Uuid::new_v4()), attempt, note: text(note) };
        outreach::enter(&then, &member.scope, lead, &Ok(new)).await.map_err(crate::user::explained)?;
    }
    Ok(())
}

/// People whom a house began to reach so many days ago, before they applied.
///
/// # Errors
/// A rule refuses.
pub async fn before(app: &App, staff: &Staff, people: &[(Id, i64)]) -> Result<()> {
    let desk = &staff.of("referral")?.scope;
    let keeper = house(app, staff).await?;
    for ((person, days_ago), tries) in people.iter().zip(REACHED.iter().cycle()) {
        let given = app.at(at(app, *days_ago, 9));
        let given = outreach::give(&given, desk, &[*person], keeper.organisation()).await;
        for lead in given.map_err(crate::user::explained)?.leads {
            tried(app, keeper, lead, *days_ago, tries).await?;
        }
    }
    Ok(())
}

/// People who are being reached now, by a house and by the health centre of a township.
///
/// # Errors
/// A rule refuses.
pub async fn lately(app: &App, staff: &Staff) -> Result<()> {
    let desk = &staff.of("referral")?.scope;
    let (keeper, doctor) = (house(app, staff).await?, staff.of("town.doctor")?);
    let town = doctor.scope.division;
    for (member, place, many) in [(doctor, Some(town), 4), (keeper, None, LATELY.len())] {
        let then = app.at(at(app, SINCE, 9));
        let found = outreach::candidates(&then, desk, place, None).await?;
        let people: Vec<Id> = found.persons.iter().take(many).map(|person| person.id).collect();
        if people.is_empty() {
            continue;
        }
        let given = outreach::give(&then, desk, &people, member.organisation()).await;
        for (lead, tries) in given.map_err(crate::user::explained)?.leads.iter().zip(LATELY) {
            tried(app, member, *lead, SINCE, tries).await?;
        }
    }
    Ok(())
}
