//! The question desk of the demonstration: answered, asked back, waiting and late, one answer published. All of it is invented.

use super::{
    care::at,
    staff::{Member, Staff},
};
use anyhow::{Context, Result};
use app::{
    App,
    id::Id,
    question::{
        self, AskEntry, ProposalEntry, StepEntry,
        note::{self, NoteEntry},
    },
};
use jiff::ToSpan;
use rules::{account::Role, clock::china_date, division::Level};

/// A question: days ago, topic, urgency, subject, question, and how far it came.
struct Asked {
    ago: i32,
    topic: &'static str,
    urgency: &'static str,
    subject: &'static str,
    text: &'static str,
    course: Course,
}

/// How far a question came.
enum Course {
    /// Nobody took it.
    Waiting,
    /// The doctor needs to know more.
    AskedBack(&'static str),
    /// Answered, with a proposal where there is one.
    Answered(&'static str, Option<&'static str>),
    /// Answered, closed and published under a title.
    Published(&'static str, &'static str, &'static str),
}

const ASKED: [Asked; 5] = [
    Asked {
        ago: 40,
        topic: "medication",
        urgency: "ordinary",
        subject: "漏服一次要不要补（合成）",
        text: "有服务对象偶尔漏服一次晚间药，家属问第二天要不要补服（合成）。",
        course: Course::Published(
            "一般不补服加倍剂量：离下次服药还早的，想起来时按原剂量服；已近下次服药的，略过这一次。连续漏服两天以上请联系医院（合成）。",
            "漏服一次怎么办（合成）",
            "离下次服药还早，按原剂量补服；已近下次服药，略过这一次，不加倍。连续漏服两天以上，联系医院。本条为合成示例，不作医疗依据。",
        ),
    },
    Asked {
        ago: 6,
        topic: "physical",
        urgency: "ordinary",
        subject: "体重三个月增加六公斤（合成）",
        text: "服药后胃口大，三个月体重增加六公斤，训练时容易累。需要调整训练吗（合成）？",
        course: Course::Answered(
            "先测空腹血糖和血脂；训练改为每天快走三十分钟，四周后再称重（合成）。",
            Some("task"),
        ),
    },
    Asked {
        ago: 4,
        topic: "relapse",
        urgency: "urgent",
        subject: "连续三晚不睡、话多（合成）",
        text: "连续三晚几乎不睡，话多、花钱多，没有冲动行为，家属担心复发（合成）。",
        course: Course::Answered(
            "像是复发先兆，建议三天内到门诊复诊，家属保管药物和钱款（合成）。",
            Some("medical_referral"),
        ),
    },
    Asked {
        ago: 2,
        topic: "family",
        urgency: "ordinary",
        subject: "家属不愿让其外出（合成）",
        text: "家属担心外出走失，不愿让其参加小组。怎样和家属谈（合成）？",
        course: Course::AskedBack("以前走失过吗？有没有定位手环？（合成）"),
    },
    Asked {
        ago: 0,
        topic: "training",
        urgency: "ordinary",
        subject: "服药后坐立不安，能否做放松训练（合成）",
        text: "加药一周后坐立不安，小组里坐不住。能否先做放松训练（合成）？",
        course: Course::Waiting,
    },
];

/// Asks and answers; the number of questions.
///
/// # Errors
/// A rule refuses.
pub async fn desk(app: &App, staff: &Staff) -> Result<usize> {
    let (doctor, today) = (staff.of("doctor")?, china_date(app.now()));
    let keeper =
        staff.all().find(|member| member.scope.role == Role::CaseManager).context("nobody keeps cases")?;
    let desk = doctor.organisation();
    for asked in &ASKED {
        let on = today.saturating_sub(asked.ago.days());
        let morning = if asked.ago > 0 { app.at(at(on, 9)) } else { app.clone() };
        let entry = AskEntry {
            hospital: desk.to_string(),
            topic: asked.topic.to_owned(),
            urgency: asked.urgency.to_owned(),
            subject: asked.subject.to_owned(),
            text: asked.text.to_owned(),
            ..AskEntry::default()
        };
        let id =
            question::ask(&morning, &keeper.scope, &entry, None).await.map_err(crate::user::explained)?;
        let later = app.at(at(on, 16));
        play(&later, (keeper, doctor), id, &asked.course).await?;
    }
    late(app, staff, desk).await?;
    question::turn(app).await.map_err(crate::user::explained)?;
    Ok(ASKED.len() + 1)
}

async fn step(app: &App, who: &Member, id: Id, entry: StepEntry) -> Result<()> {
    question::step(app, &who.scope, id, &entry).await.map_err(crate::user::explained)
}

fn said(step: &str, version: i64, text: &str) -> StepEntry {
    StepEntry { step: step.to_owned(), version, text: text.to_owned(), ..StepEntry::default() }
}

async fn play(app: &App, (keeper, doctor): (&Member, &Member), id: Id, course: &Course) -> Result<()> {
    if matches!(course, Course::Waiting) {
        return Ok(());
    }
    step(app, doctor, id, said("take", 1, "")).await?;
    match course {
        Course::Waiting => {}
        Course::AskedBack(text) => step(app, doctor, id, said("ask_back", 2, text)).await?,
        Course::Answered(text, proposes) => {
            let by = china_date(app.now()).saturating_add(10.days()).to_string();
            let proposal = proposes.map(|proposes| (proposes.to_owned(), by)).unwrap_or_default();
            let entry = StepEntry { proposes: proposal.0, by: proposal.1, ..said("answer", 2, text) };
            step(app, doctor, id, entry).await?;
            if *proposes == Some("task") {
                let entry = ProposalEntry { number: 3, take: true, version: 3 };
                question::propose_answer(app, &keeper.scope, id, &entry)
                    .await
                    .map_err(crate::user::explained)?;
            }
        }
        Course::Published(text, title, body) => {
            step(app, doctor, id, said("answer", 2, text)).await?;
            step(app, keeper, id, said("close", 3, "")).await?;
            let entry =
                NoteEntry { version: 4, title: (*title).to_owned(), body: (*body).to_owned(), checked: true };
            note::publish(app, &doctor.scope, id, &entry).await.map_err(crate::user::explained)?;
        }
    }
    Ok(())
}

/// The township's doctor asked about somebody under follow-up, and the term is over.
async fn late(app: &App, staff: &Staff, desk: Id) -> Result<()> {
    let (doctor, today) = (staff.of("town.doctor")?, china_date(app.now()));
    let sql = "SELECT s.id FROM smd_record s WHERE s.division >= $1 AND s.division <= $2 AND s.state = 'managed' ORDER BY s.home, s.id LIMIT 1";
    let town = doctor.scope.division - doctor.scope.division % Level::Town.width();
    let last = town + Level::Town.width() - 1;
    let record: Option<(Id,)> = app.db.opt(sql, app::p![town, last]).await?;
    let (kind, about) = record.map(|(id,)| ("record".to_owned(), id.to_string())).unwrap_or_default();
    let entry = AskEntry {
        hospital: desk.to_string(),
        about_kind: kind,
        about,
        topic: "medication".to_owned(),
        urgency: "ordinary".to_owned(),
        subject: "肝功能轻度异常，是否停药（合成）".to_owned(),
        text: "体检发现转氨酶轻度升高，没有不适，病情基本稳定。要停药还是换药（合成）？".to_owned(),
        agreed: true,
    };
    let then = app.at(at(today.saturating_sub(12.days()), 10));
    question::ask(&then, &doctor.scope, &entry, None).await.map_err(crate::user::explained)?;
    Ok(())
}
