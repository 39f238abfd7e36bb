//! `/followup`: what is due, oldest deadline first, and emergencies that are not over.

use super::{Badge, age, class_badge, days_left, list::key_of, list::key_text, place, risk_badge};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    care::{
        feed::{Feeds, address, feeds},
        words::{Told, told},
    },
    due::minute,
    failure::Failure,
    session::Session,
    shell::Shell,
};
use app::{
    care::feed,
    followup::{
        enters_paper,
        list::{self, Line},
    },
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Role, Subject},
    followup::{owed::What, paper::PaperKind},
};
use serde::Deserialize;

/// A record as a line.
pub(crate) struct Row {
    pub id: String,
    pub name: String,
    pub about: String,
    pub place: String,
    pub what: String,
    pub day: String,
    pub left: String,
    pub tone: &'static str,
    pub icon: &'static str,
    pub class: Badge,
    pub risk: Badge,
    pub state: String,
    pub last: String,
    /// Where the one action leads that moves it on, and its words.
    pub act: (String, String),
}

impl Row {
    pub(crate) fn new(site: &Site, session: &Session, line: &Line) -> Row {
        let language = session.language;
        let today = rules::clock::china_date(site.app.now());
        let (left, tone, icon) = match line.due {
            Some((by, _)) => days_left(language, today, by),
            None => (String::new(), "quiet", "minus"),
        };
        let sex = line.sex.as_deref().map(|sex| language.code("sex", sex)).unwrap_or_default();
        let about = [sex, age(site, language, line.born_on)];
        Row {
            about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            place: place(site, line.division),
            what: line.due.map(|(_, what)| language.code("smd_due", what.code())).unwrap_or_default(),
            day: line.due.map(|(by, _)| by.to_string()).unwrap_or_default(),
            left,
            tone,
            icon,
            class: class_badge(language, line.class),
            risk: risk_badge(language, line.risk),
            state: language.code("smd_state", line.state.code()),
            last: line.last_visit_on.map(|on| on.to_string()).unwrap_or_default(),
            act: act(session, line),
            id: line.id.to_string(),
            name: line.name.clone(),
        }
    }
}

/// The one thing that moves a line on for this reader.
fn act(session: &Session, line: &Line) -> (String, String) {
    let (language, id) = (session.language, line.id);
    let step = |deed: &str| (format!("/followup/records/{id}/do/{deed}"), language.code("smd_deed", deed));
    let paper = |kind: PaperKind, what: What| {
        let words = language.code("smd_due", what.code());
        (format!("/followup/records/{id}/papers/{}", kind.code()), words)
    };
    let look = || (format!("/followup/records/{id}"), language.text("work_list.view").into_owned());
    if matches!(line.due, Some((_, What::Examination))) {
        let words = language.text("smd_examination.record").into_owned();
        return (format!("/followup/records/{id}/examinations/new"), words);
    }
    if session.scope.role != Role::Doctor {
        return look();
    }
    let enters = enters_paper(&session.scope);
    match line.due {
        Some((_, What::FirstVisit | What::Visit | What::Retry)) => {
            (format!("/followup/records/{id}/visit"), language.code("smd_deed", "visit"))
        }
        Some((_, What::Receipt)) => step("receive"),
        Some((_, what @ What::ClueSurvey)) if enters => paper(PaperKind::ClueSurvey, what),
        Some((_, what @ What::PaperEntry)) if enters => paper(PaperKind::ReportCard, what),
        Some((_, What::MoveAnswer)) if line.arriving => step("accept_move"),
        Some((_, What::Admission)) => step("admit"),
        Some((_, What::Discharge)) => step("discharge"),
        _ => look(),
    }
}

struct EmergencyRow {
    id: String,
    name: String,
    began: String,
    due: String,
    late: bool,
}

#[derive(Template)]
#[template(path = "followup/due.html")]
struct DuePage {
    shell: Shell,
    rows: Vec<Row>,
    next: String,
    overdue: i64,
    today: i64,
    ahead: i64,
    emergencies: Vec<EmergencyRow>,
    /// Whose yearly examination is due, instead of visits and steps.
    examinations: bool,
    /// The reader may work without a network.
    device: bool,
    /// The reader may have what is due in a calendar on the telephone.
    has_calendar: bool,
    feeds: Feeds,
    told: Vec<Told>,
}

/// Which list, and where the page starts.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    /// `examination`: whose yearly examination is due, instead of visits and steps.
    what: String,
    after: String,
}

/// Doctors and the county's health side: what is due for the records in their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&drawn(&site, &session, &asked).await?)
}

async fn drawn(site: &Site, session: &Session, asked: &Asked) -> Result<DuePage, Failure> {
    let language = session.language;
    let examinations = asked.what == What::Examination.code();
    let due = match examinations {
        true => list::examinations(&site.app, &session.scope, key_of(&asked.after)).await?,
        false => list::due(&site.app, &session.scope, key_of(&asked.after)).await?,
    };
    let further = if examinations { "what=examination&" } else { "" };
    let now = site.app.now();
    Ok(DuePage {
        device: session.scope.role.may(Deed::Read, Subject::Device),
        shell: session.shell(&language.text("followup.title")),
        rows: due.lines.iter().map(|line| Row::new(site, session, line)).collect(),
        examinations,
        next: due.next.map(|key| format!("/followup?{further}after={}", key_text(key))).unwrap_or_default(),
        overdue: due.overdue,
        today: due.today,
        ahead: due.ahead,
        emergencies: due
            .emergencies
            .into_iter()
            .map(|one| EmergencyRow {
                id: one.id.to_string(),
                name: one.name,
                began: minute(one.began_at),
                due: minute(one.due_at),
                late: one.due_at <= now,
            })
            .collect(),
        has_calendar: feed::offered(&session.scope),
        feeds: feeds(&site.app, session, ("/followup/feeds", "followup.feeds_about")).await?,
        told: Vec::new(),
    })
}

/// Doctors: makes an address for the calendar of what is due in their charge, which is shown this once.
pub(crate) async fn make_feed(State(site): State<Site>, session: Session, headers: HeaderMap) -> Page {
    let outcome = feed::make(&site.app, &session.scope).await;
    let mut drawn = drawn(&site, &session, &Asked::default()).await?;
    match outcome {
        Ok(secret) => {
            drawn.feeds.made = address(&headers, &secret);
            page(&drawn)
        }
        Err(error) => {
            drawn.told = told(session.language, error)?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// Doctors: ends an address of the own calendar.
pub(crate) async fn end_feed(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    feed::end(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/followup#feeds").into_response())
}
