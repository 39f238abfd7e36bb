//! Care of the demonstration day by day: plans with their versions, weekly groups, home visits, who stays away, where goals stand, and
//! what is planned next. All of it is done by the same actions as case managers take.

use super::{play::Stage, staff::Member};
use crate::synth::Topic;
use anyhow::{Context, Result};
use app::{
    App, Error,
    care::{self, Attending, Client, Entry, NewValue, Present, SessionContent},
    id::Id,
};
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Time, Weekday, time},
};
use rand::Rng;
use rules::{
    account::Role,
    care::{
        CrisisPlan, Goal, Line, Measure, NearOne, Period, Plan, Presence, Signature, SignedBy, SigningWay,
    },
    scale::Figure,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// When groups meet.
const GROUP: (Time, Time) = (time(14, 0, 0, 0), time(15, 30, 0, 0));
/// When homes are visited, one after the other.
const VISITS: [(Time, Time); 3] = [
    (time(10, 30, 0, 0), time(11, 10, 0, 0)),
    (time(11, 20, 0, 0), time(12, 0, 0, 0)),
    (time(13, 0, 0, 0), time(13, 40, 0, 0)),
];
/// Days from one version of a plan to the next.
const CHANGED: i32 = 100;
/// Days before the present in which one person of each group stays away.
const AWAY: i32 = 16;

/// What was done with a person so far.
#[derive(Debug, Clone, Copy)]
struct Course {
    since: Date,
    versions: u8,
    visits: u32,
    values: i64,
}

/// The diary of all case managers.
#[derive(Debug, Default)]
pub struct Diary {
    courses: BTreeMap<Id, Course>,
    chance: u64,
}

impl Diary {
    /// What case managers did on a day that is over.
    ///
    /// # Errors
    /// A rule refuses.
    pub async fn day(&mut self, stage: &Stage<'_>, day: Date) -> Result<()> {
        if !stage.app.tables.calendar.is_working_day(day) {
            return Ok(());
        }
        let keepers: Vec<&Member> =
            stage.staff.all().filter(|member| member.scope.role == Role::CaseManager).collect();
        for keeper in keepers {
            let app = stage.app.at(at(day, 8));
            let clients: Vec<Client> = care::clients(&app, &keeper.scope)
                .await?
                .into_iter()
                .filter(|client| client.state == "in_service")
                .collect();
            for client in &clients {
                self.plan(stage, keeper, client, day).await.with_context(|| format!("a plan on {day}"))?;
            }
            match day.weekday() {
                Weekday::Tuesday => self
                    .group(stage, keeper, &clients, day)
                    .await
                    .with_context(|| format!("a group on {day}"))?,
                Weekday::Thursday => self
                    .visits(stage, keeper, &clients, day)
                    .await
                    .with_context(|| format!("visits on {day}"))?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A number below a hundred.
    fn chance(&mut self, stage: &Stage<'_>) -> u32 {
        self.chance += 1;
        stage.population.seed().stream(Topic::Cases, 1_000_000 + self.chance).random_range(0..100)
    }

    /// The plan in the first days of service, changed every few months, and each month where its goals stand.
    async fn plan(&mut self, stage: &Stage<'_>, keeper: &Member, client: &Client, day: Date) -> Result<()> {
        let new = Course { since: day, versions: 0, visits: 0, values: 0 };
        let mut course = *self.courses.entry(client.case).or_insert(new);
        let days = course.since.until(day).map_or(0, |span| span.get_days());
        let app = stage.app.at(at(day, 17));
        if days >= CHANGED * i32::from(course.versions) {
            write(&app, keeper, client, day, course.versions).await?;
            course.versions += 1;
        }
        if days / 30 > i32::try_from(course.values).unwrap_or(0) {
            course.values += 1;
            let slow = i64::from(self.chance(stage) < 30);
            for (goal, value) in [("c1", 2 + course.values - slow), ("c2", 11 - course.values)] {
                let value = Figure::whole(value.max(0));
                let note = String::new();
                let value = NewValue { goal: goal.to_owned(), on: day, value, note };
                care::measure(&app, &keeper.scope, client.case, &Ok(value))
                    .await
                    .map_err(crate::user::explained)?;
            }
        }
        self.courses.insert(client.case, course);
        Ok(())
    }

    /// A group, planned in the morning and recorded in the afternoon: most come, some are excused, some stay away.
    async fn group(
        &mut self,
        stage: &Stage<'_>,
        keeper: &Member,
        clients: &[Client],
        day: Date,
    ) -> Result<()> {
        if clients.is_empty() {
            return Ok(());
        }
        let most = stage.app.tables.care.limits.group_at_most;
        let clients: Vec<&Client> = clients.iter().take(most).collect();
        let cases: Vec<Id> = clients.iter().map(|client| client.case).collect();
        let entry = entry(("S5", "W3", "institution"), day, GROUP, &cases);
        let made = care::enter(&stage.app.at(at(day, 8)), &keeper.scope, &Ok(entry)).await;
        let id = first(made.map_err(crate::user::explained)?)?;
        let today = rules::clock::china_date(stage.app.now());
        let recently = day.saturating_add(AWAY.days()) >= today;
        let mut persons = Vec::new();
        for (at, case) in cases.into_iter().enumerate() {
            let presence = match self.chance(stage) {
                _ if recently && at == 0 && clients.len() > 1 => Presence::Missed,
                0..10 => Presence::Missed,
                10..20 => Presence::Excused,
                _ => Presence::Came,
            };
            let note = if at == 1 { "主动帮助新成员。".to_owned() } else { String::new() };
            let fields = match presence {
                Presence::Came => cooperation(day, at),
                _ => BTreeMap::new(),
            };
            persons.push(Attending { case, presence, note, fields });
        }
        let themes = ["打招呼与倾听", "拒绝与请求", "一起买菜", "乘公交出行", "情绪温度计"];
        let theme =
            themes.get(usize::try_from(day.day()).unwrap_or(0) % themes.len()).copied().unwrap_or_default();
        let content = SessionContent {
            title: theme.to_owned(),
            done: "热身、示范、两人一组演练、分享。".to_owned(),
            summary: "下周继续练习。".to_owned(),
            fields: BTreeMap::from([("topic".to_owned(), theme.to_owned())]),
            ..SessionContent::default()
        };
        let present = Present { seen: 1, times: None, until: None, persons, content };
        let recorded = care::record(&stage.app.at(at(day, 17)), &keeper.scope, id, &Ok(present)).await;
        recorded.map_err(crate::user::explained)?;
        Ok(())
    }

    /// Homes are visited in turn, so that everybody is visited about once a month.
    async fn visits(
        &mut self,
        stage: &Stage<'_>,
        keeper: &Member,
        clients: &[Client],
        day: Date,
    ) -> Result<()> {
        let mut turn: Vec<&Client> = clients.iter().collect();
        turn.sort_by_key(|client| self.courses.get(&client.case).map_or(0, |course| course.visits));
        let many = turn.len().div_ceil(4).min(VISITS.len());
        for (client, times) in turn.into_iter().take(many).zip(VISITS) {
            let mut visit = entry(("S14", "W2", "home"), day, times, &[client.case]);
            visit.held = true;
            visit.persons.iter_mut().for_each(|person| person.presence = Presence::Came);
            visit.content.fields = BTreeMap::from([
                ("address".to_owned(), "same".to_owned()),
                ("taking".to_owned(), "regular".to_owned()),
                ("risk".to_owned(), "0".to_owned()),
                ("seen".to_owned(), "本人和家人".to_owned()),
                ("medicine".to_owned(), "药盒已用完本周的格子".to_owned()),
            ]);
            let made = care::enter(&stage.app.at(at(day, 17)), &keeper.scope, &Ok(visit)).await;
            made.map_err(crate::user::explained)?;
            if let Some(course) = self.courses.get_mut(&client.case) {
                course.visits += 1;
            }
        }
        Ok(())
    }

    /// What is planned from the present on: two groups to come, and one that waits for its record.
    ///
    /// # Errors
    /// A rule refuses.
    pub async fn ahead(&self, stage: &Stage<'_>) -> Result<()> {
        let today = rules::clock::china_date(stage.app.now());
        let keepers: Vec<&Member> =
            stage.staff.all().filter(|member| member.scope.role == Role::CaseManager).collect();
        for keeper in keepers {
            let clients = care::clients(stage.app, &keeper.scope).await?;
            let cases: Vec<Id> = clients
                .iter()
                .filter(|client| client.state == "in_service")
                .take(stage.app.tables.care.limits.group_at_most)
                .map(|client| client.case)
                .collect();
            if cases.is_empty() {
                continue;
            }
            let mut next = today.tomorrow()?;
            while next.weekday() != Weekday::Tuesday {
                next = next.tomorrow()?;
            }
            let mut weekly = entry(("S5", "W3", "institution"), next, GROUP, &cases);
            weekly.repeat = 1;
            care::enter(stage.app, &keeper.scope, &Ok(weekly)).await.map_err(crate::user::explained)?;
            let yesterday = today.yesterday()?;
            let craft = entry(
                ("S11", "W3", "institution"),
                yesterday,
                (time(16, 0, 0, 0), time(17, 0, 0, 0)),
                &cases,
            );
            match care::enter(&stage.app.at(at(yesterday, 8)), &keeper.scope, &Ok(craft)).await {
                // Whoever began today was not yet in service yesterday.
                Ok(_) | Err(Error::Refused(_)) => {}
                Err(error) => return Err(crate::user::explained(error)),
            }
        }
        Ok(())
    }
}

/// How somebody joined in: every other week it is noted of some, each with a word of their own.
fn cooperation(day: Date, place: usize) -> BTreeMap<String, String> {
    let words = ["good", "good", "fair", "good", "poor"];
    let word = words.get(place % words.len()).filter(|_| day.day() % 2 == 0);
    word.map(|word| ("cooperation".to_owned(), (*word).to_owned())).into_iter().collect()
}

fn first(made: Vec<Id>) -> Result<Id> {
    made.into_iter().next().context("no session was made")
}

fn entry(
    (service, way, place): (&str, &str, &str),
    on: Date,
    (start, end): (Time, Time),
    cases: &[Id],
) -> Entry {
    let person = |case: &Id| Attending {
        case: *case,
        presence: Presence::Expected,
        note: String::new(),
        fields: BTreeMap::new(),
    };
    Entry {
        key: Id(Uuid::new_v4()),
        held: false,
        service: service.to_owned(),
        way: way.to_owned(),
        place: place.to_owned(),
        on,
        start,
        end,
        until: None,
        leader: None,
        leader_reason: String::new(),
        repeat: 0,
        persons: cases.iter().map(person).collect(),
        content: SessionContent::default(),
    }
}

/// An hour of a day in China.
pub(super) fn at(day: Date, hour: i8) -> Timestamp {
    rules::clock::start_of(day) + jiff::SignedDuration::from_hours(i64::from(hour))
}

/// Writes the next version and has it signed.
async fn write(app: &App, keeper: &Member, client: &Client, day: Date, version: u8) -> Result<()> {
    let plans = care::plans(app, &keeper.scope, client.case).await?;
    let seen = plans.latest().map_or(0, |version| version.number);
    let plan = plan(day, version);
    let number = care::write(app, &keeper.scope, client.case, seen, &Ok(plan))
        .await
        .map_err(crate::user::explained)?;
    let signature = |by: SignedBy, name: &str| {
        let way = if by == SignedBy::Client { SigningWay::Screen } else { SigningWay::Paper };
        Ok(Signature { by, name: name.to_owned(), on: day, way, witness: String::new() })
    };
    let own = signature(SignedBy::Client, &client.name);
    match care::sign(app, &keeper.scope, client.case, number, &own).await {
        Err(Error::Refused(_)) => {
            let guardian = signature(SignedBy::Guardian, "监护人（合成）");
            care::sign(app, &keeper.scope, client.case, number, &guardian)
                .await
                .map_err(crate::user::explained)
        }
        other => other.map_err(crate::user::explained),
    }
}

fn plan(day: Date, version: u8) -> Plan {
    let after = |days: i32| day.saturating_add(days.days());
    let goal = |key: &str, text: &str, measure: Measure, (baseline, target): (i64, i64)| Goal {
        key: key.to_owned(),
        text: text.to_owned(),
        measure,
        baseline: Figure::whole(baseline),
        target: Figure::whole(target),
        due: after(150),
    };
    let counted = Measure::Observation { what: "每周主动出门次数".to_owned() };
    let scale = Measure::Scale { scale: "sdss".to_owned() };
    let more = if version == 0 { 5 } else { 7 };
    let line = |service: &str, way: &str, times: u32, per: Period, minutes: u32, goal: &str| Line {
        service: service.to_owned(),
        way: way.to_owned(),
        times,
        per,
        minutes,
        goal: goal.to_owned(),
        provider: String::new(),
    };
    Plan {
        from: day,
        until: after(182),
        review: after(91),
        problems: "服药需要提醒，很少出门，与人说话紧张。".to_owned(),
        long_term_goal: "能够自己安排一天的生活，有几位朋友。".to_owned(),
        goals: vec![
            goal("c1", "每周主动出门", counted, (2, more)),
            goal("c2", "家务和社交的困难减轻", scale, (11, 5)),
        ],
        lines: vec![
            line("S5", "W3", 1, Period::Week, 60, "c1"),
            line("S14", "W2", 1, Period::Month, 30, "c2"),
        ],
        family: "家人每天提醒一次，每月参加一次家属会。".to_owned(),
        crisis: CrisisPlan {
            signs: "连续两晚睡不好，不想吃饭，不愿接电话。".to_owned(),
            helps: "有人安静地陪着，出去走一走，听音乐。".to_owned(),
            others: "请慢慢说话，不要围观；先打给我的家人。".to_owned(),
            call: vec![NearOne { name: "家人".to_owned(), phone: "13900000000".to_owned() }],
        },
        change: if version == 0 {
            "与本人一起细化目标".to_owned()
        } else {
            "目标达成较好，提高要求".to_owned()
        },
    }
}
