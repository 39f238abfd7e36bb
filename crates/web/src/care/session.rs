//! `/care/sessions`: a session entered or planned, shown, recorded with who came, cancelled, void.

use super::{
    fields::{self, FieldControl, OfPerson},
    line::clock,
    plan_entry::{Choices, choices},
    session_entry::{SessionEntry, present, reason},
    words::{self, Told, told_as},
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    form::Posted,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    App, Error,
    care::{self, Client, Shown},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::SignedDuration;
use rules::{
    care::{Deed, FieldOf, Place, Presence},
    clock::{china_date, china_time},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "care/session_new.html")]
struct NewPage {
    shell: Shell,
    entry: SessionEntry,
    services: Choices,
    ways: Choices,
    places: Choices,
    leaders: Choices,
    me: String,
    clients: Vec<Client>,
    repeats: u32,
    /// Fields of the session, once service and form are chosen.
    fields: Vec<FieldControl>,
    /// Fields of each person who is ticked.
    values: Vec<OfPerson>,
    told: Vec<Told>,
    /// The leader is one whom the library of talent does not name for the service: why is to be said.
    ask_why: bool,
    /// Ticks everybody.
    all: String,
}

/// Somebody at the session.
struct Person {
    case: String,
    name: String,
    presence: String,
    presence_name: String,
    class: &'static str,
    note: String,
    /// The person's fields, to be typed.
    of: OfPerson,
    /// The same as they were recorded.
    said: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "care/session.html")]
struct SessionPage {
    shell: Shell,
    id: String,
    version: i64,
    what: String,
    when: String,
    start: String,
    end: String,
    /// The day on which a stay ends; empty where it is none.
    until: String,
    place: String,
    leader: String,
    /// Why that person leads, where the library of talent does not name them for it.
    leader_reason: String,
    state: String,
    class: &'static str,
    icon: &'static str,
    late: bool,
    reason: String,
    recorded: String,
    persons: Vec<Person>,
    others: i64,
    title: String,
    done: String,
    summary: String,
    fields: Vec<FieldControl>,
    /// Fields of the session as they were recorded.
    said: Vec<(String, String)>,
    may_record: bool,
    may_cancel: bool,
    may_void: bool,
    /// It has not ended yet: who came is recorded afterwards.
    early: bool,
    presences: Choices,
    cancel_reasons: Choices,
    void_reasons: Choices,
    again: String,
    may_enter: bool,
    told: Vec<Told>,
    notice: String,
}

/// What the form begins with.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    case: String,
    like: String,
    service: String,
    way: String,
    all: String,
    on: String,
}

/// Who serves: the form for a session, empty, for one person, or like an earlier one.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let app = &site.app;
    let now = china_time(app.now());
    let (today, hour) = (china_date(app.now()), app.now() - SignedDuration::from_hours(1));
    let mut entry = SessionEntry {
        service: asked.service.clone(),
        way: asked.way.clone(),
        place: if asked.way == "W2" { "home" } else { "institution" }.to_owned(),
        on: Some(asked.on.clone()).filter(|on| !on.is_empty()).unwrap_or_else(|| today.to_string()),
        start: china_time(hour).strftime("%H:00").to_string(),
        end: now.strftime("%H:00").to_string(),
        persons: vec![asked.case.clone()],
        ..SessionEntry::default()
    };
    if let Ok(like) = asked.like.parse::<Id>() {
        let shown = care::session(app, &session.scope, like).await?;
        entry = like_it(entry, shown);
    }
    let clients = care::clients(app, &session.scope).await?;
    if !asked.all.is_empty() {
        let most = app.tables.care.limits.persons_of(&asked.way);
        entry.persons = clients.iter().take(most).map(|client| client.case.to_string()).collect();
    }
    entry.key = uuid::Uuid::new_v4().to_string();
    page(&drawn(&site, &session, entry, clients, Vec::new()).await?)
}

/// The same service, time and persons on another day.
fn like_it(entry: SessionEntry, shown: Shown) -> SessionEntry {
    SessionEntry {
        service: shown.service,
        way: shown.way,
        place: shown.place,
        start: clock(shown.starts),
        end: clock(shown.ends),
        leader: shown.leader.to_string(),
        title: shown.content.title,
        persons: shown.persons.iter().map(|seat| seat.case.to_string()).collect(),
        ..entry
    }
}

async fn drawn(
    site: &Site,
    session: &Session,
    entry: SessionEntry,
    clients: Vec<Client>,
    told: Vec<Told>,
) -> Result<NewPage, Failure> {
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let (services, ways) = choices(app, language);
    let (fields, values) = typed(app, language, &entry, &clients);
    let leaders = care::leaders(app, scope).await?;
    let all = crate::address::query([
        ("service", entry.service.as_str()),
        ("way", &entry.way),
        ("on", &entry.on),
        ("all", "1"),
    ]);
    Ok(NewPage {
        shell: session.shell(&language.text("care.session_new")),
        services,
        ways,
        places: Place::ALL.iter().map(|one| named(session, "care_place", one.code())).collect(),
        leaders: leaders.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        me: scope.account.to_string(),
        clients,
        repeats: app.tables.care.limits.repeats_at_most,
        fields,
        values,
        all,
        ask_why: !entry.leader_reason.is_empty() || told.iter().any(|line| line.at == "leader_reason"),
        entry,
        told,
    })
}

/// The controls of the chosen service and form with what was typed: of the session, and of each person who is ticked, in their order.
fn typed(
    app: &App,
    language: Language,
    entry: &SessionEntry,
    clients: &[Client],
) -> (Vec<FieldControl>, Vec<OfPerson>) {
    let asked = (entry.service.as_str(), entry.way.as_str());
    let value = |key: &str| entry.fields.get(key).cloned().unwrap_or_default();
    let own = fields::controls(app, language, asked, (FieldOf::Session, "fields", "fields"), value);
    let ticked = ticked(entry, clients);
    let persons = ticked.iter().enumerate().map(|(place, (case, name))| {
        fields::of_person(app, language, asked, (place, case, name), |key| entry.value(case, key))
    });
    (own, persons.filter(|person| !person.fields.is_empty()).collect())
}

/// Case and name of everybody who is ticked, in the order in which they are sent.
fn ticked<'e>(entry: &'e SessionEntry, clients: &[Client]) -> Vec<(&'e str, String)> {
    let name = |case: &str| {
        clients.iter().find(|client| client.case.to_string() == case).map(|client| client.name.clone())
    };
    let persons = entry.persons.iter().filter(|case| !case.is_empty());
    persons.map(|case| (case.as_str(), name(case).unwrap_or_default())).collect()
}

fn named(session: &Session, kind: &str, code: &str) -> (String, String) {
    (code.to_owned(), session.language.code(kind, code))
}

/// Who serves: enters a session that was held, or plans one; or asks for the fields of what was chosen, which stores nothing.
pub(crate) async fn create(State(site): State<Site>, session: Session, Form(posted): Form<Posted>) -> Page {
    let entry = SessionEntry::posted(&posted);
    if posted.get("as") == Some("fields") {
        let clients = care::clients(&site.app, &session.scope).await?;
        return page(&drawn(&site, &session, entry, clients, Vec::new()).await?);
    }
    let held = posted.get("as") != Some("planned");
    match care::enter(&site.app, &session.scope, &entry.read(held, &site.app.tables.care)).await {
        Ok(made) => {
            let to =
                made.first().map_or_else(|| "/care".to_owned(), |id| format!("/care/sessions/{id}?done=1"));
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let clients = care::clients(&site.app, &session.scope).await?;
            let names: Vec<String> = ticked(&entry, &clients).into_iter().map(|(_, name)| name).collect();
            let asked = (entry.service.as_str(), entry.way.as_str());
            let label = |field: &str| fields::label(&site.app, session.language, asked, &names, field);
            let told = told_as(session.language, error, label)?;
            let drawn = drawn(&site, &session, entry, clients, told).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}

/// What is drawn of a session.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Look {
    all: String,
    done: String,
}

/// Whom the session concerns: the session, and the form for who came.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(look): Query<Look>,
) -> Page {
    let shown = care::session(&site.app, &session.scope, parsed(&id)?).await?;
    let all = !look.all.is_empty();
    let mut drawn = sheet(&site, &session, shown, &Posted::default(), all);
    if !look.done.is_empty() {
        drawn.notice = session.language.text("care.saved").into_owned();
    }
    page(&drawn)
}

/// Why it was cancelled or is void, in the reader's words.
fn why(app: &App, language: Language, shown: &Shown) -> Option<String> {
    let code = shown.reason.as_deref()?;
    let ends = [&app.tables.care.cancel_reasons, &app.tables.care.void_reasons];
    let found = ends.into_iter().flatten().find(|one| one.code == code);
    found.map(|one| language.of(&one.zh, &one.en))
}

/// Day and hours, and of a stay its nights.
fn when(language: Language, shown: &Shown) -> String {
    let (start, end) = (clock(shown.starts), clock(shown.ends));
    let hours = fields::stretch(language, (&start, &end), china_date(shown.ends), shown.nights);
    format!("{} {hours}", shown.on)
}

fn sheet(site: &Site, session: &Session, shown: Shown, posted: &Posted, all: bool) -> SessionPage {
    let (app, language) = (&site.app, session.language);
    let (class, icon) = words::tone(shown.state);
    let may = |deed: Deed| shown.may.contains(&deed);
    let may_record = may(Deed::Record);
    let typed = |name: &str, stored: &str| posted.get(name).unwrap_or(stored).to_owned();
    let reasons = |list: &[rules::care::Named]| -> Choices {
        list.iter().map(|one| (one.code.clone(), language.of(&one.zh, &one.en))).collect()
    };
    let table = &app.tables.care;
    let what = format!(
        "{} · {}",
        words::service(app, language, &shown.service),
        words::way(app, language, &shown.way)
    );
    let last = china_date(shown.ends).to_string();
    let asked = (shown.service.as_str(), shown.way.as_str());
    let values = &shown.content.fields;
    let value = |key: &str| typed(&format!("fields.{key}"), values.get(key).map_or("", String::as_str));
    let presences = [Presence::Came, Presence::Excused, Presence::Missed];
    SessionPage {
        shell: session.shell(&what),
        id: shown.id.to_string(),
        version: shown.version,
        when: when(language, &shown),
        start: typed("start", &clock(shown.starts)),
        end: typed("end", &clock(shown.ends)),
        until: if shown.nights > 0 { typed("until", &last) } else { String::new() },
        place: language.code("care_place", &shown.place),
        leader: shown.leader_name.clone(),
        leader_reason: match shown.content.leader_reason.as_str() {
            "" => String::new(),
            reason => language.pair(&language.text("care_field.leader_reason"), reason),
        },
        state: language.code("care_state", shown.state.code()),
        class,
        icon,
        late: shown.late,
        reason: why(app, language, &shown).unwrap_or_default(),
        recorded: shown
            .recorded
            .as_ref()
            .map(|(name, at)| language.with("care.recorded_by", &[("name", name), ("at", &minute(*at))]))
            .unwrap_or_default(),
        persons: persons(app, session, &shown, posted, all),
        others: shown.others,
        title: typed("title", &shown.content.title),
        done: typed("done", &shown.content.done),
        summary: typed("summary", &shown.content.summary),
        fields: fields::controls(app, language, asked, (FieldOf::Session, "fields", "fields"), value),
        said: fields::said(app, language, asked, values),
        early: may_record && shown.ends > session.now,
        may_record,
        may_cancel: may(Deed::Cancel),
        may_void: may(Deed::Void),
        presences: presences.iter().map(|one| named(session, "care_presence", one.code())).collect(),
        cancel_reasons: reasons(&table.cancel_reasons),
        void_reasons: reasons(&table.void_reasons),
        again: format!("/care/sessions/new?like={}", shown.id),
        may_enter: session
            .scope
            .permit(rules::account::Deed::Change, rules::account::Subject::Agenda)
            .is_ok(),
        what,
        told: Vec::new(),
        notice: String::new(),
    }
}

fn persons(app: &App, session: &Session, shown: &Shown, posted: &Posted, all: bool) -> Vec<Person> {
    let (asked, seats) = ((shown.service.as_str(), shown.way.as_str()), shown.persons.iter().enumerate());
    seats.map(|(place, seat)| person(app, session, (asked, place, seat), posted, all)).collect()
}

fn person(
    app: &App,
    session: &Session,
    (asked, place, seat): (fields::Asked<'_>, usize, &care::Seat),
    posted: &Posted,
    all: bool,
) -> Person {
    let (case, language) = (seat.case.to_string(), session.language);
    let stored = if all { Presence::Came } else { seat.presence };
    let presence = posted.get(&format!("presence.{case}")).unwrap_or(stored.code()).to_owned();
    let name =
        if seat.name.is_empty() { language.text("care.nameless").into_owned() } else { seat.name.clone() };
    let value = |key: &str| {
        let stored = seat.fields.get(key).map_or("", String::as_str);
        posted.get(&format!("values.{case}.{key}")).unwrap_or(stored).to_owned()
    };
    Person {
        of: fields::of_person(app, language, asked, (place, &case, &name), value),
        said: fields::said(app, language, asked, &seat.fields),
        name,
        presence_name: language.code("care_presence", seat.presence.code()),
        class: match seat.presence {
            Presence::Came => "good",
            Presence::Missed => "late",
            _ => "quiet",
        },
        note: posted.get(&format!("note.{case}")).unwrap_or(&seat.note).to_owned(),
        presence,
        case,
    }
}

/// Who serves: records who came.
pub(crate) async fn record(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let outcome = care::record(&site.app, &session.scope, id, &present(&posted)).await;
    after(&site, &session, id, outcome, &posted).await
}

/// Who serves: a planned session will not take place.
pub(crate) async fn cancel(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let outcome = care::cancel(&site.app, &session.scope, id, reason(&posted)).await;
    after(&site, &session, id, outcome, &posted).await
}

/// Who serves: a record is void.
pub(crate) async fn void(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let outcome = care::void(&site.app, &session.scope, id, reason(&posted)).await;
    after(&site, &session, id, outcome, &posted).await
}

async fn after(site: &Site, session: &Session, id: Id, outcome: Result<(), Error>, posted: &Posted) -> Page {
    match outcome {
        Ok(()) => Ok(Redirect::to(&format!("/care/sessions/{id}?done=1")).into_response()),
        Err(error) => {
            let shown = care::session(&site.app, &session.scope, id).await?;
            let names: Vec<String> = shown.persons.iter().map(|seat| seat.name.clone()).collect();
            let asked = (shown.service.as_str(), shown.way.as_str());
            let label = |field: &str| fields::label(&site.app, session.language, asked, &names, field);
            let told = told_as(session.language, error, label)?;
            let drawn = SessionPage { told, ..sheet(site, session, shown, posted, false) };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn)
        }
    }
}
