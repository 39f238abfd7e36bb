//! `/followup/records/{id}`: who, state, what is owed with its rule, what this reader may do, visits, emergencies, what happened.

use super::examination::answer_badge;
use super::group::{CaseLine, case_line};
use super::paper::{self as papers, Beside};
use super::{
    Badge, Deadline, age, class_badge, deadline, due_badge, list::key_of, list::key_text, place, risk_badge,
    rule_text,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::minute,
    language::Language,
    referral::words::code,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    followup::{
        self, Event, Happened, Seen, View, emergency, examination, group, paper,
        rehabilitation::{self, Proposal},
        stays,
        support::{self, Taken},
    },
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use rules::followup::{
    case_management::Level,
    desk::Deed,
    lost::Standing,
    register::{Recipient, Step},
    rehabilitation::Obstacle,
};
use serde::Deserialize;

/// A visit as a line of the timeline.
struct VisitLine {
    id: String,
    on: String,
    mode: String,
    class: Badge,
    risk: Badge,
    next: String,
    by: String,
    voided: bool,
    reached: bool,
}

/// Something that happened, as a line.
struct EventLine {
    on: String,
    title: String,
    detail: String,
    by: String,
    voided: bool,
}

struct EmergencyLine {
    id: String,
    began: String,
    trigger: String,
    open: bool,
}

/// Somebody who is to be told in writing.
struct TellLine {
    event: String,
    recipient: String,
    who: String,
}

/// A programme of money that runs, as a line.
struct MoneyLine {
    title: String,
    since: String,
    /// The next review of a guardian's agreement.
    review: Option<(String, Badge)>,
}

/// Whether the person may be proposed for community rehabilitation.
struct Proposed {
    /// What stands in the way, in words; nothing where the person may be proposed.
    obstacles: Vec<String>,
    /// The visit that says so.
    upon: String,
    /// That a case is open, how it stands and where it is, as far as the reader may open it.
    open: Option<(String, String)>,
    /// Where an application begins; empty where the reader begins none.
    apply: String,
}

impl Proposed {
    fn of(language: Language, record: Id, proposal: &Proposal) -> Proposed {
        let upon = proposal.assessed_on.map(|on| on.to_string());
        let open = proposal.open.as_ref().map(|open| match open.seen {
            Some((case, state)) => (language.code("state", &code(&state)), format!("/cases/{case}")),
            None => (String::new(), String::new()),
        });
        let words = |obstacle: &Obstacle| language.code("rehabilitation_obstacle", obstacle.code());
        Proposed {
            obstacles: proposal.obstacles.iter().map(words).collect(),
            upon: upon.map(|on| language.with("rehabilitation.upon", &[("day", &on)])).unwrap_or_default(),
            open,
            apply: if proposal.may_apply { format!("/cases/new?record={record}") } else { String::new() },
        }
    }
}

/// Something the reader may do.
struct Offer {
    to: String,
    label: String,
    primary: bool,
}

#[derive(Template)]
#[template(path = "followup/record.html")]
struct RecordPage {
    shell: Shell,
    id: String,
    name: String,
    about: String,
    state: String,
    closed: bool,
    class: Badge,
    risk: Badge,
    /// Level of case management, and the rules of its visits and of the review of its plan.
    level: Option<(String, [String; 2])>,
    deadlines: Vec<Deadline>,
    /// How the person stands after tries in vain; empty where nothing is to be said.
    standing: String,
    offers: Vec<Offer>,
    facts: Vec<(String, String)>,
    may_change: bool,
    visits: Vec<VisitLine>,
    more: String,
    events: Vec<EventLine>,
    emergencies: Vec<EmergencyLine>,
    money: Vec<MoneyLine>,
    cases: Vec<CaseLine>,
    papers: Beside,
    hospital: Vec<String>,
    proposal: Proposed,
    examined: Option<(String, Badge)>,
    examination_due: Option<(String, Badge)>,
    tell: Vec<TellLine>,
    /// The reader may ask a doctor of a hospital about the person.
    asks: bool,
    /// What was agreed on about the person and is not done.
    agreed: Vec<crate::agreed::AgreedLine>,
    done: String,
}

/// Where the visits start, and what was done before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    after: String,
    done: String,
}

/// Doctors and the county's health side: one record in their scope.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let id: Id = parsed(&id)?;
    let view = followup::show(app, scope, id).await?;
    let visits = followup::visits(app, scope, id, key_of(&asked.after)).await?;
    let emergencies = emergency::of_record(app, scope, id).await?;
    let money = support::running(app, scope, id).await?;
    let examinations = examination::beside(app, scope, id).await?;
    let cases = group::of_record(app, scope, id).await?;
    let written = paper::beside(app, scope, id).await?;
    let hospital = stays::beside(app, &view).await?;
    let proposal = rehabilitation::beside(app, scope, &view).await?;
    let examined = examinations.made.iter().find(|one| one.voided.is_none());
    let full = i64::try_from(visits.len()).unwrap_or(0) == followup::VISITS;
    let more = visits.last().filter(|_| full).map(|last| key_text((last.visit.on, last.id)));
    let known = ["opened", "step", "visit", "voided", "told", "profile", "group", "paper"]
        .into_iter()
        .find(|one| *one == asked.done);
    let agreed = app::conference::tasks_about(&site.app, id).await?;
    let sex = view.sex.as_deref().map(|sex| language.code("sex", sex)).unwrap_or_default();
    let about = [sex, age(&site, language, view.born_on), place(&site, view.division)];
    page(&RecordPage {
        shell: session.shell(&view.name),
        id: id.to_string(),
        about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        state: language.code("smd_state", view.record.state.code()),
        closed: view.record.is_closed(),
        class: class_badge(language, view.class),
        risk: risk_badge(language, view.risk),
        level: view.level.map(|level| case_level(&site, language, level)),
        deadlines: view.owed.iter().map(|owed| deadline(&site, language, owed)).collect(),
        standing: standing(language, &view),
        offers: offers(language, &view),
        facts: facts(language, &view),
        may_change: view.may_change,
        visits: visits.iter().map(|visit| visit_line(language, visit)).collect(),
        more: more.map(|key| format!("/followup/records/{id}?after={key}#visits")).unwrap_or_default(),
        events: view.events.iter().map(|event| event_line(language, event)).collect(),
        emergencies: emergencies
            .iter()
            .map(|one| EmergencyLine {
                id: one.id.to_string(),
                began: minute(one.emergency.began),
                trigger: language.code("emergency_trigger", &code(&one.emergency.trigger)),
                open: one.closed_at.is_none(),
            })
            .collect(),
        money: money.iter().map(|taken| money_line(&site, language, taken)).collect(),
        cases: cases.iter().map(|case| case_line(&site, language, case)).collect(),
        papers: papers::beside(language, &written),
        hospital: papers::hospital(language, &hospital),
        proposal: Proposed::of(language, id, &proposal),
        examined: examined.map(|one| (one.on.to_string(), answer_badge(language, one.answer))),
        examination_due: due_badge(&site, language, examinations.due_on),
        tell: tell(language, &view),
        asks: app::question::asks(&session.scope),
        agreed: agreed.iter().map(|task| crate::agreed::line(&site.app, &session, task)).collect(),
        done: known.map(|known| language.code("smd_done", known)).unwrap_or_default(),
        name: view.name,
    })
}

fn case_level(site: &Site, language: Language, level: Level) -> (String, [String; 2]) {
    let rules = level.entries().map(|entry| rule_text(site, language, entry));
    (language.code("case_level", &level.number().to_string()), rules)
}

fn money_line(site: &Site, language: Language, taken: &Taken) -> MoneyLine {
    MoneyLine {
        title: language.code("smd_programme", taken.programme.code()),
        since: language.with("smd_support.since", &[("day", &taken.begun_on.to_string())]),
        review: due_badge(site, language, taken.review_due_on),
    }
}

fn standing(language: Language, view: &View) -> String {
    match view.standing {
        Standing::Followed => String::new(),
        Standing::Missed { since, misses, .. } => language
            .with("followup.missed_since", &[("day", &since.to_string()), ("misses", &misses.to_string())]),
        Standing::Lost { since, .. } => language.with("followup.lost_since", &[("day", &since.to_string())]),
    }
}

fn offers(language: Language, view: &View) -> Vec<Offer> {
    let id = view.id;
    let offer = |(number, deed): (usize, &Deed)| Offer {
        to: match deed {
            Deed::Visit => format!("/followup/records/{id}/visit"),
            Deed::Emergency => format!("/followup/records/{id}/emergency"),
            other => format!("/followup/records/{id}/do/{}", other.code()),
        },
        label: language.code("smd_deed", deed.code()),
        primary: number == 0,
    };
    view.offers.iter().enumerate().map(offer).collect()
}

fn facts(language: Language, view: &View) -> Vec<(String, String)> {
    let profile = &view.profile;
    let disorder = app::catalogue::disorders()
        .ok()
        .and_then(|table| table.get(&profile.disorder))
        .map(|group| language.of(&group.zh, &group.en))
        .unwrap_or_default();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let consent = match view.record.agreed {
        Some(true) => "smd.agreed",
        Some(false) => "smd.not_agreed",
        None => "smd.not_asked",
    };
    let poor = profile.poor.map(|poor| language.code("economy", if poor { "1" } else { "2" }));
    let guardian =
        [&profile.guardian_name, &profile.guardian_relation, &profile.guardian_phone].map(String::as_str);
    let guardian: Vec<&str> = guardian.into_iter().filter(|part| !part.is_empty()).collect();
    let rows = [
        ("disorder", disorder),
        ("diagnosed_on", day(profile.diagnosed_on)),
        ("hospital", profile.hospital.clone()),
        ("onset_on", day(profile.onset_on)),
        ("in_charge", view.in_charge.clone()),
        ("receiver", view.receiver.clone().unwrap_or_default()),
        ("consent", language.text(consent).into_owned()),
        ("phone", view.phone.clone().unwrap_or_default()),
        ("guardian", guardian.join(" · ")),
        ("economy", poor.unwrap_or_default()),
        ("source", language.code("smd_source", view.source.code())),
        ("remark", profile.remark.clone()),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (language.code("smd_field", key), value))
        .collect()
}

fn visit_line(language: Language, seen: &Seen) -> VisitLine {
    let visit = &seen.visit;
    let mode = match (&visit.death, visit.lost, visit.mode) {
        (Some(_), ..) => language.text("visit.died").into_owned(),
        (_, Some(reason), _) => language.code("visit_lost", &reason.code().to_string()),
        (_, _, Some(mode)) => language.code("visit_mode", &mode.code().to_string()),
        _ => String::new(),
    };
    VisitLine {
        id: seen.id.to_string(),
        on: visit.on.to_string(),
        mode,
        class: class_badge(language, seen.class),
        risk: risk_badge(language, seen.risk),
        next: visit.next_on.map(|day| day.to_string()).unwrap_or_default(),
        by: seen.by.clone(),
        voided: seen.voided.is_some(),
        reached: seen.reached,
    }
}

fn event_line(language: Language, event: &Event) -> EventLine {
    let detail = match &event.happened {
        Happened::Opened { source, .. } => language.code("smd_source", source.code()),
        Happened::Stepped { step, note, .. } => {
            let more = match step {
                Step::Lose { reason } => language.code("visit_lost", &reason.code().to_string()),
                Step::Die { death } => language.code("death_cause", &code(&death.cause)),
                _ => String::new(),
            };
            [more, note.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        }
        Happened::Profile { .. } | Happened::Paper { .. } | Happened::Heard { .. } => String::new(),
        Happened::Told { recipient, note, .. } => {
            let who = language.code("smd_recipient", &code(recipient));
            [who, note.clone()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
        }
    };
    EventLine {
        on: event.on.to_string(),
        title: language.code("smd_event", event.happened.kind()),
        detail,
        by: match event.happened {
            // Who says it stays with the case.
            Happened::Heard { .. } => language.text("rehabilitation.case").into_owned(),
            _ => event.by.clone(),
        },
        voided: event.voided,
    }
}

fn tell(language: Language, view: &View) -> Vec<TellLine> {
    let line = |(event, recipient): &(Id, Recipient)| TellLine {
        event: event.to_string(),
        recipient: code(recipient),
        who: language.code("smd_recipient", &code(recipient)),
    };
    view.to_tell.iter().map(line).collect()
}

/// That somebody was told.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct ToldEntry {
    event: String,
    recipient: String,
    note: String,
}

/// Whoever is in charge: notes that somebody was told in writing.
pub(crate) async fn told(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<ToldEntry>,
) -> Page {
    let id: Id = parsed(&id)?;
    // Looked up first, so that what is somebody else's looks as if it were not there.
    followup::show(&site.app, &session.scope, id).await?;
    let recipient = serde_json::from_value(entry.recipient.clone().into())
        .map_err(|_| Error::invalid("recipient", "unknown_choice"))?;
    let event = entry.event.parse().map_err(|_| Error::NotFound)?;
    followup::told(&site.app, &session.scope, id, event, recipient, &entry.note).await?;
    Ok(Redirect::to(&format!("/followup/records/{id}?done=told")).into_response())
}
