//! The register of severe mental disorders in the demonstration: two townships with records in every state and a year of visits,
//! made by the same actions as users take, in the order of time.

use super::{
    followup_money::{self, Money},
    followup_paper,
    staff::{Member, Staff},
};
use crate::synth::{Person, Population};
use anyhow::{Context, Result};
use app::{
    App,
    followup::{
        self, DrugFields, Opening, ProfileFields, Sent, StepFields, VisitFields,
        emergency::{self, EmergencyFields, EmergencyStep},
    },
    id::Id,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use uuid::Uuid;

/// What happens on one day.
#[derive(Debug, Clone, Copy)]
enum Act {
    /// The hospital reports, the township takes it up, the person agrees.
    Enter,
    /// The hospital reports by a whole card, the township takes it up, the person agrees.
    Card,
    /// The township writes the supplement; the hospital discharges and sends the slip.
    Supplement,
    Slip,
    /// The hospital reports.
    Report,
    /// The township finds a clue.
    Clue,
    /// A step of the record by the township.
    Step(&'static str),
    /// A step by the county, or by the township that is asked to accept.
    County(&'static str),
    Receiver(&'static str),
    /// A visit with this course.
    Stable,
    Basic,
    Improved,
    Unstable,
    Missed,
    Inside,
    /// An emergency that is handled and watched to its end, or just begun.
    Handled,
    Begun,
    /// A visit that tells of trouble.
    Trouble,
    /// Help with money.
    Money(Money),
}
use super::followup_money::Money::{
    Admission, Examined, Guardian, Handed, Invited, Measure, Medicine, Review, ReviewUnmet, Supply, Unwilling,
};
use Act::{
    Basic, Begun, Card, Clue, County, Enter, Handled, Improved, Inside, Missed, Money as Help, Receiver,
    Report, Slip, Stable, Step, Supplement, Trouble, Unstable,
};

/// One course: days before the present, and what happens then.
type Course = &'static [(i64, Act)];

/// The courses; each is met by several people where the township has them.
const COURSES: &[Course] = &[
    &[
        (320, Card),
        (315, Supplement),
        (312, Stable),
        (300, Help(Medicine)),
        (262, Help(Supply)),
        (225, Stable),
        (180, Help(Supply)),
        (138, Stable),
        (120, Step("admit")),
        (99, Slip),
        (90, Stable),
        (51, Stable),
        (45, Help(Examined)),
        (40, Help(Supply)),
    ],
    &[(310, Enter), (300, Basic), (287, Basic), (258, Basic), (230, Improved), (142, Stable), (55, Stable)],
    &[
        (290, Enter),
        (280, Unstable),
        (267, Unstable),
        (254, Basic),
        (241, Basic),
        (213, Improved),
        (125, Stable),
        (38, Stable),
    ],
    // Overdue since some days.
    &[(300, Enter), (290, Stable), (203, Stable), (115, Stable), (100, Help(Unwilling))],
    &[(120, Enter), (110, Basic), (97, Basic), (68, Basic), (39, Basic)],
    // Due today and soon.
    &[(200, Enter), (190, Basic), (177, Basic), (148, Improved), (60, Basic), (14, Unstable)],
    &[
        (90, Enter),
        (80, Basic),
        (67, Basic),
        (38, Basic),
        (9, Unstable),
        (8, Help(Handed)),
        (3, Help(Measure)),
    ],
    // Not met: tried again, then lost.
    &[
        (240, Enter),
        (230, Stable),
        (143, Missed),
        (130, Missed),
        (116, Missed),
        (103, Missed),
        (89, Missed),
        (76, Missed),
        (70, Step("lose")),
    ],
    &[(60, Enter), (50, Stable), (6, Missed)],
    // Moves: waiting for an answer, and accepted.
    &[(180, Enter), (170, Stable), (83, Stable), (4, Step("move_out"))],
    &[
        (170, Enter),
        (160, Stable),
        (73, Stable),
        (30, Step("move_out")),
        (24, Receiver("accept_move")),
        (18, Receiver("visit")),
    ],
    // In hospital, after an emergency; part of the cost is paid.
    &[(150, Enter), (140, Basic), (127, Basic), (20, Handled), (19, Inside), (10, Help(Admission))],
    &[(100, Enter), (90, Unstable), (77, Basic), (64, Basic), (35, Improved), (0, Begun)],
    // Not agreed, excluded, dead.
    &[
        (210, Report),
        (208, Step("receive")),
        (205, Step("disagree")),
        (204, Help(Handed)),
        (150, Help(Measure)),
    ],
    &[(260, Enter), (250, Basic), (200, County("exclude"))],
    &[(280, Enter), (272, Help(Medicine)), (270, Stable), (183, Stable), (120, Step("die"))],
    // New: clue, reviewed with a diagnosis, reported, received.
    &[(12, Clue)],
    &[(20, Clue), (9, County("review"))],
    &[(1, Report)],
    &[(5, Report), (4, Step("receive"))],
    // Guardians with agreements over the turn of the year: full duty, an incident, a review that is overdue.
    &[
        (500, Enter),
        (495, Help(Guardian)),
        (492, Stable),
        (410, Help(Review)),
        (405, Stable),
        (325, Help(Review)),
        (318, Stable),
        (310, Help(Examined)),
        (240, Help(Review)),
        (231, Stable),
        (150, Help(Review)),
        (144, Stable),
        (60, Help(Review)),
        (57, Stable),
    ],
    &[
        (480, Enter),
        (475, Help(Guardian)),
        (470, Stable),
        (395, Help(Review)),
        (390, Trouble),
        (377, Basic),
        (364, Basic),
        (336, Improved),
        (305, Help(Review)),
        (248, Stable),
        (215, Help(ReviewUnmet)),
        (161, Stable),
        (110, Help(Review)),
        (90, Help(Invited)),
        (74, Stable),
    ],
];

/// How often the courses are gone through.
const ROUNDS: usize = 3;

/// One course of one person.
struct Life {
    person: Person,
    course: Course,
    record: Option<Id>,
}

/// Everything that playing needs.
struct Stage<'a> {
    population: &'a Population,
    hospital: &'a Member,
    town: &'a Member,
    other: &'a Member,
    county: &'a Member,
}

/// Plays the register; returns how many records there are.
///
/// # Errors
/// A rule refuses a step: then courses and rules do not fit together, and the step is named.
pub async fn register(app: &App, population: &Population, staff: &Staff) -> Result<usize> {
    let stage = Stage {
        population,
        hospital: staff.of("doctor")?,
        town: staff.of("town.doctor")?,
        other: staff.of("town.doctor2")?,
        county: staff.of("health")?,
    };
    let town = population.county.village(0).town_code;
    let mut people = (0..population.people)
        .map(|number| population.person(number))
        .filter(|person| person.in_health && population.village(person).town_code == town);
    let mut lives = Vec::new();
    for course in COURSES.iter().cycle().take(COURSES.len() * ROUNDS) {
        let Some(person) = people.next() else { break };
        lives.push(Life { person, course, record: None });
    }
    let mut turns: Vec<(Timestamp, usize, Act)> = Vec::new();
    let today = rules::clock::china_date(app.now());
    for (number, life) in lives.iter().enumerate() {
        for (order, (days, act)) in (0_i64..).zip(life.course) {
            let shift = i64::try_from(number / COURSES.len())?;
            let day = today.checked_sub((days + if *days > 30 { shift } else { 0 }).days())?;
            let at = instant(day, number, order);
            turns.push((at.min(app.now()), number, *act));
        }
    }
    turns.sort_by_key(|(at, ..)| *at);
    for (at, number, act) in turns {
        let Some(life) = lives.get_mut(number) else { continue };
        let done = stage.act(&app.at(at), life, act).await;
        done.with_context(|| format!("{act:?} of {} on {at}", life.person.number))?;
    }
    followup_money::form_group(app, &stage.town.scope).await?;
    followup_money::settle_last_year(app, &stage.county.scope).await?;
    Ok(lives.len())
}

/// A morning of the day; steps of one record one after the other.
fn instant(day: Date, number: usize, order: i64) -> Timestamp {
    let minute = i8::try_from(number % 60).unwrap_or(0);
    let hour = i8::try_from(1 + order.min(6)).unwrap_or(1);
    super::play::instant(day, hour, minute)
}

impl Stage<'_> {
    async fn act(&self, app: &App, life: &mut Life, act: Act) -> Result<()> {
        let today = rules::clock::china_date(app.now());
        match act {
            Enter => {
                self.open(app, life, "report_card").await?;
                for code in ["receive", "agree"] {
                    self.step(app, self.town, life, code).await?;
                }
                Ok(())
            }
            Card => {
                let division = self.population.village(&life.person).code;
                let town = self.town.organisation();
                let record = followup_paper::card(app, self.hospital, &life.person, (division, town)).await?;
                life.record = Some(record);
                self.step(app, self.town, life, "receive").await?;
                followup_paper::consent(app, self.town, record, &life.person).await
            }
            Supplement => followup_paper::supplement(app, self.town, record(life)?, &life.person).await,
            Slip => followup_paper::slip(app, self.hospital, record(life)?, &life.person).await,
            Report => self.open(app, life, "report_card").await,
            Clue => {
                self.open(app, life, "clue").await?;
                followup_paper::clue(app, self.town, record(life)?).await
            }
            Step(code) => self.step(app, self.town, life, code).await,
            County(code) => self.step(app, self.county, life, code).await,
            Receiver("visit") => self.visit(app, self.other, life, stable(today)).await,
            Receiver(code) => self.step(app, self.other, life, code).await,
            Stable | Basic | Improved | Unstable | Missed | Inside => {
                self.visit(app, self.town, life, self.found(act, today)).await
            }
            Trouble => {
                self.visit(app, self.town, life, self.found(act, today)).await?;
                followup_paper::incident(app, self.town, record(life)?).await
            }
            Help(money) => {
                followup_money::give(app, &self.town.scope, record(life)?, &life.person, money).await
            }
            Handled => self.emergency(app, life, true).await,
            Begun => self.emergency(app, life, false).await,
        }
    }

    /// What is found at a visit of a course.
    fn found(&self, act: Act, today: Date) -> VisitFields {
        let referred = |reason: &str| VisitFields {
            risk: Some(3),
            danger_none: false,
            referred: Some(true),
            referral_reason: reason.to_owned(),
            referral_to: self.hospital.account.organisation.clone(),
            ..stable(today)
        };
        match act {
            Basic => {
                VisitFields { symptom_level: Some(1), symptoms: vec![1, 3], effect: Some(3), ..stable(today) }
            }
            Improved => VisitFields { symptom_level: Some(1), symptoms: vec![11], ..stable(today) },
            Unstable => VisitFields {
                symptom_level: Some(2),
                symptoms: vec![1, 4, 7],
                insight: Some(3),
                minor: 1,
                effect: Some(4),
                adherence: Some(2),
                ..referred("病情不稳定，需调整治疗方案")
            },
            Trouble => VisitFields {
                symptom_level: Some(1),
                symptoms: vec![4, 7],
                trouble: 1,
                ..referred("停药后肇事，已报告派出所")
            },
            Missed => VisitFields { on: Some(today), lost: Some(1), ..VisitFields::default() },
            Inside => VisitFields { mode: Some(4), hospitalisation: Some(1), ..stable(today) },
            _ => stable(today),
        }
    }

    async fn open(&self, app: &App, life: &mut Life, source: &str) -> Result<()> {
        let person = &life.person;
        let today = rules::clock::china_date(app.now());
        let diagnosed = today.checked_sub(3.days())?.to_string();
        let clue = source == "clue";
        let six = ["01", "02", "03", "04", "05", "06"];
        let disorder =
            if six.contains(&person.disorder_group.as_str()) { &person.disorder_group } else { "01" };
        let opening = Opening {
            source: source.to_owned(),
            on: today.to_string(),
            name: person.name.whole(),
            number: person.identity_number.clone(),
            phone: person.phone.clone(),
            division: self.population.village(person).code.to_string(),
            in_charge: Some(self.town.organisation()),
            profile: ProfileFields {
                disorder: if clue { String::new() } else { disorder.to_owned() },
                diagnosed_on: if clue { String::new() } else { diagnosed },
                hospital: if clue { String::new() } else { self.hospital.account.organisation.clone() },
                guardian_name: person.guardian.clone(),
                guardian_phone: person.guardian_phone.clone(),
                economy: if person.number.is_multiple_of(3) { "1" } else { "2" }.to_owned(),
                ..ProfileFields::default()
            },
            ..Opening::default()
        };
        let who = if clue { self.town } else { self.hospital };
        life.record = Some(followup::open(app, &who.scope, &opening).await?);
        Ok(())
    }

    async fn step(&self, app: &App, who: &Member, life: &Life, code: &str) -> Result<()> {
        let today = rules::clock::china_date(app.now());
        let fields = StepFields {
            step: code.to_owned(),
            lost: Some(1),
            to: Some(self.other.organisation()),
            note: match code {
                "disagree" => "本人及监护人暂不同意社区管理".to_owned(),
                "exclude" => "上级医院复诊，排除原诊断".to_owned(),
                _ => String::new(),
            },
            death_cause: "heart".to_owned(),
            death_source: "家属告知".to_owned(),
            disorder: "01".to_owned(),
            diagnosed_on: today.checked_sub(2.days())?.to_string(),
            hospital: self.hospital.account.organisation.clone(),
            ..StepFields::default()
        };
        followup::take(app, &who.scope, record(life)?, &fields).await?;
        Ok(())
    }

    async fn visit(&self, app: &App, who: &Member, life: &Life, fields: VisitFields) -> Result<()> {
        let sent = Sent { record: record(life)?, id: Uuid::new_v4(), base: None, replaces: None, fields };
        followup::record(app, &who.scope, &sent).await?;
        Ok(())
    }

    async fn emergency(&self, app: &App, life: &Life, ends: bool) -> Result<()> {
        let scope = &self.town.scope;
        let hours = |hours: i64| app.now() - jiff::SignedDuration::from_hours(hours);
        let written = |at: Timestamp| at.to_string();
        let fields = EmergencyFields {
            trigger: "relapse".to_owned(),
            began_at: written(hours(if ends { 20 } else { 2 })),
            risk: Some(if ends { 3 } else { 4 }),
            words: "停药后情绪激动、摔砸物品，家属报告".to_owned(),
        };
        let id = emergency::begin(app, scope, record(life)?, &fields).await?;
        if !ends {
            return Ok(());
        }
        for (ago, step) in [
            (19, "handled"),
            (19, "police_told"),
            (15, "check"),
            (11, "check"),
            (10, "recorded"),
            (9, "consented"),
        ] {
            let fields = EmergencyStep {
                step: step.to_owned(),
                at: written(hours(ago)),
                outcome: "on_site".to_owned(),
                stable: Some(true),
                ..EmergencyStep::default()
            };
            emergency::act(app, scope, id, &fields).await?;
        }
        Ok(())
    }
}

fn record(life: &Life) -> Result<Id> {
    life.record.context("the record was not opened")
}

/// A visit at home at which nothing is out of order.
fn stable(on: Date) -> VisitFields {
    VisitFields {
        on: Some(on),
        interviewed: "本人、监护人".to_owned(),
        mode: Some(2),
        risk: Some(0),
        symptom_level: Some(0),
        insight: Some(1),
        sleep: Some(1),
        diet: Some(1),
        self_care: Some(1),
        housework: Some(1),
        work: Some(2),
        learning: Some(2),
        social: Some(2),
        danger_none: true,
        lock_up: Some(1),
        hospitalisation: Some(0),
        laboratory: Some(false),
        physical: Some("stable".to_owned()),
        adherence: Some(1),
        adverse_reaction: Some(1),
        effect: Some(2),
        drugs: vec![DrugFields { name: "奥氮平".to_owned(), times_a_day: Some(1), dose_mg: 10.0 }],
        rehabilitation: vec![1, 4],
        ..VisitFields::default()
    }
}
