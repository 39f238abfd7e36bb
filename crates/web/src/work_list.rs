//! The work list: what is due, for whom, by when; where each role lands after signing in.

use crate::{
    Site,
    address::parsed,
    answer::Page,
    division,
    due::{self, Due},
    language::Language,
    referral::{self, page, words},
    search::sought,
    session::Session,
    shell::Shell,
};
use app::{
    id::Id,
    referral::{self as cases, CaseRow, Counts, Filter, Look, Rate, Turn, inbox, telling},
};
use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Role, Subject},
    referral::State as CaseState,
};
use serde::Deserialize;

/// Whoever is signed in: on to the work list, or to the figures, the lists, the log or the accounts,
/// where those are the work.
pub(crate) async fn home(session: Session) -> Redirect {
    Redirect::to(match session.scope.role {
        Role::Auditor => "/audit",
        Role::Administrator | Role::SecurityAdministrator => "/administration",
        Role::Supervisor => "/need",
        Role::HealthOfficer => "/imports",
        _ => "/work-list",
    })
}

/// A part of the list.
struct Tab {
    code: &'static str,
    name: String,
    count: Option<i64>,
    here: bool,
}

/// A line of the list.
struct Line {
    id: String,
    due: Due,
    step: String,
    channel: String,
    who: String,
    about: String,
    number: String,
    place: String,
    /// Who acts, where it is not the reader.
    waits_for: String,
    /// Where the one primary action leads, and what it is called.
    act: (String, String),
    primary: bool,
}

/// A task or a message.
struct Note {
    id: String,
    referral: String,
    text: String,
    who: String,
    due: Option<Due>,
    at: String,
    /// The reader may open the case.
    opens: bool,
    /// A letter that asks for an acknowledgement.
    acknowledge: bool,
}

struct Figure {
    name: String,
    big: String,
    sub: String,
    late: bool,
}

#[derive(Template)]
#[template(path = "work_list.html")]
struct WorkList {
    shell: Shell,
    today: String,
    done: String,
    figures: Vec<Figure>,
    tabs: Vec<Tab>,
    tab: &'static str,
    asked: Asked,
    lines: Vec<Line>,
    next: String,
    tasks: Vec<Note>,
    more_tasks: String,
    messages: Vec<Note>,
    more_messages: String,
    to_tell: Vec<Note>,
    more_to_tell: String,
    /// Requests about personal data that wait for an answer.
    rights: Vec<crate::rights::Line>,
    /// Shares whose impact assessment is to be reviewed.
    shares: Vec<crate::share::Line>,
    /// Visits that are overdue or due today, in words; empty where none is.
    followup: String,
    /// What the reader was told today and has not seen enough of.
    reminder: Option<crate::reminder::Line>,
    /// Where the reader's reminders stand.
    reminded: bool,
    /// How many people are to be reached today, in words; empty where there is none.
    outreach: String,
    /// What is to be done about staff, in words; empty where nothing is.
    staff: String,
    /// Questions that wait for the reader, in words; empty where none does.
    questions: String,
    /// The reader's conferences of the next days, in words; empty where there are none.
    conferences: String,
    /// What the reader undertook to do, with the key of the next page.
    agreed: Vec<crate::agreed::AgreedLine>,
    more_agreed: String,
    client: bool,
    files: bool,
    lists: bool,
    /// The reader sees deadlines of others, too.
    deadlines: bool,
    empty: String,
}

/// What the list is asked for.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct Asked {
    #[serde(default)]
    tab: String,
    /// The words that were searched for, sealed.
    #[serde(default)]
    look: String,
    #[serde(skip)]
    q: String,
    #[serde(default)]
    overdue: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    task: String,
    #[serde(default)]
    agreed: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    tell: String,
    /// The command after which the case left the reader's scope.
    #[serde(default)]
    done: String,
}

/// The key of a row in an address: microseconds and identifier.
pub(crate) fn key_text((at, id): (Timestamp, Id)) -> String {
    format!("{}_{id}", at.as_microsecond())
}

/// The key in an address.
pub(crate) fn key_of(text: &str) -> Option<(Timestamp, Id)> {
    let (at, id) = text.split_once('_')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.parse().ok()?))
}

/// Whoever is signed in: the reader's own list.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(mut asked): Query<Asked>) -> Page {
    asked.q = sought(&site, &session, &asked.look)?;
    let (app, scope, language) = (&site.app, &session.scope, session.language);
    let lists = scope.role.may(Deed::Read, Subject::Case);
    let (tab, turn) = match asked.tab.as_str() {
        "others" => ("others", Turn::Others),
        "waiting" => ("waiting", Turn::Waiting),
        "done" => ("done", Turn::Done),
        _ => ("mine", Turn::Mine),
    };
    let look = Look {
        turn,
        filter: Filter {
            words: Some(asked.q.clone()).filter(|words| !words.is_empty()),
            overdue: !asked.overdue.is_empty(),
            ..Filter::default()
        },
        after: key_of(&asked.after),
        task: key_of(&asked.task),
        message: key_of(&asked.message),
        tell: key_of(&asked.tell),
    };
    let list = cases::work_list(app, scope, &look).await?;
    let (agreed, more_agreed) = crate::agreed::own(&site, &session, &asked.agreed).await?;
    let (rows, counts) = (&list.rows, list.counts);
    let figures = if lists { figures(&session, &list) } else { Vec::new() };
    let more_tasks = more(&list.tasks, inbox::INBOX_PAGE, inbox::task_key);
    let more_messages = more(&list.messages, inbox::INBOX_PAGE, |row| (row.created_at, row.id));
    let more_to_tell = more(&list.to_tell, telling::TELLING_PAGE, |row| (row.created_at, row.id));
    let next = more(rows, cases::PAGE, cases::key);
    let reminder = crate::reminder::present(&site, &session).await?;
    // What the reminder tells is not told a second time.
    let told = reminder.as_ref().is_some_and(|told| told.parts.iter().any(|part| part.path == "/followup"));
    let followup = if told { String::new() } else { followup(&site, &session).await? };
    let lines = rows.iter().map(|row| line(&site, &session, row, tab)).collect();
    crate::answer::page(&WorkList {
        shell: session.shell(&language.text("navigation.work_list")),
        today: today(&site, &session),
        done: page::done(language, &asked.done),
        figures,
        tabs: tabs(&session, tab, counts),
        deadlines: !cases::learns_only_whether_open(scope),
        tab,
        lines,
        next,
        tasks: list.tasks.iter().map(|row| task(&site, &session, row)).collect(),
        more_tasks,
        messages: list.messages.iter().map(|row| message(&site, &session, row)).collect(),
        more_messages,
        to_tell: list.to_tell.iter().map(|row| to_tell(&site, &session, row)).collect(),
        more_to_tell,
        rights: list.rights.iter().map(|request| crate::rights::line(&site, language, request)).collect(),
        shares: list.shares.iter().map(|share| crate::share::line(&site, language, share)).collect(),
        followup,
        reminder,
        reminded: app::reminder::is_for(scope.role),
        outreach: outreach(&site, &session).await?,
        staff: staff(&site, &session).await?,
        questions: crate::question::waiting(&site, &session).await?,
        conferences: crate::conference::waiting(&site, &session).await?,
        agreed,
        more_agreed,
        client: scope.role == Role::Client,
        files: scope.role.may(Deed::Change, Subject::Application),
        lists,
        empty: language.code("work_list.empty", if filtered(&asked) { "filtered" } else { tab }),
        asked,
    })
}

/// The key of the last row, where its page is full and another may follow.
pub(crate) fn more<T>(rows: &[T], page: i64, key: impl Fn(&T) -> (Timestamp, Id)) -> String {
    let full = i64::try_from(rows.len()).unwrap_or(0) == page;
    rows.last().filter(|_| full).map(|row| key_text(key(row))).unwrap_or_default()
}

/// How many visits are overdue or due today, for whoever makes them or answers for them.
async fn followup(site: &Site, session: &Session) -> Result<String, app::Error> {
    let waiting = app::followup::list::waiting(&site.app, &session.scope).await?;
    Ok(waiting.map_or_else(String::new, |(overdue, today)| {
        let values = [("overdue", overdue.to_string()), ("today", today.to_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        session.language.with("work_list.followup", &values)
    }))
}

/// How many people are to be reached today, for whoever tries.
async fn outreach(site: &Site, session: &Session) -> Result<String, app::Error> {
    let waiting = app::outreach::waiting(&site.app, &session.scope).await?;
    let said = |count: i64| session.language.with("work_list.outreach", &[("count", &count.to_string())]);
    Ok(waiting.map(said).unwrap_or_default())
}

/// Certificates that ran out or run out, and towards the end of the year who misses hours of training.
async fn staff(site: &Site, session: &Session) -> Result<String, app::Error> {
    let notice = app::workforce::notice(&site.app, &session.scope).await?;
    if notice.is_empty() {
        return Ok(String::new());
    }
    let counts = [notice.expired, notice.running_out, notice.short].map(|count| count.to_string());
    let [expired, running_out, short] = &counts;
    let values = [("expired", expired.as_str()), ("running_out", running_out), ("short", short)];
    Ok(session.language.with("workforce.notice", &values))
}

fn filtered(asked: &Asked) -> bool {
    !asked.q.is_empty() || !asked.overdue.is_empty()
}

fn today(site: &Site, session: &Session) -> String {
    let day = rules::clock::china_date(site.app.now());
    let worked = site.app.tables.calendar.is_working_day(day);
    let weekday = day.weekday().to_monday_one_offset().to_string();
    let weekday = session.language.code("weekday", &weekday);
    let key = if worked { "work_list.working_day" } else { "work_list.day_off" };
    session.language.with(key, &[("day", &day.to_string()), ("weekday", &weekday)])
}

fn tabs(session: &Session, tab: &'static str, counts: Counts) -> Vec<Tab> {
    let tabs = [
        ("mine", Some(counts.mine)),
        ("others", Some(counts.others)),
        ("waiting", Some(counts.waiting)),
        ("done", None),
    ];
    let name = |code: &str| session.language.code("work_list.tab", code);
    let waits = !cases::learns_only_whether_open(&session.scope);
    let tabs = tabs.into_iter().filter(|(code, _)| waits || *code != "waiting");
    tabs.map(|(code, count)| Tab { code, name: name(code), count, here: code == tab }).collect()
}

fn figures(session: &Session, list: &cases::WorkList) -> Vec<Figure> {
    let (language, counts) = (session.language, list.counts);
    let text = |key: &str| language.text(key).into_owned();
    let overdue = counts.overdue > 0;
    let late = language.with("work_list.of_these_late", &[("count", &counts.overdue.to_string())]);
    let mut figures = vec![Figure {
        name: text("work_list.needs_me"),
        big: counts.mine.to_string(),
        sub: if overdue { late } else { text("work_list.none_late") },
        late: overdue,
    }];
    if let Some(rates) = list.on_time {
        for (key, rate) in [
            ("work_list.registered_in_time", rates.registration),
            ("work_list.referred_in_time", rates.referral),
        ] {
            figures.push(rate_figure(text(key), rate, session));
        }
    }
    if !cases::learns_only_whether_open(&session.scope) {
        figures.push(Figure {
            name: text("work_list.waiting"),
            big: language.with("work_list.persons", &[("count", &counts.waiting.to_string())]),
            sub: text("work_list.waiting_note"),
            late: false,
        });
    }
    figures
}

fn rate_figure(name: String, rate: Rate, session: &Session) -> Figure {
    let big = match rate.per_mille() {
        Some(share) => format!("{}.{}%", share / 10, share % 10),
        None => "–".to_owned(),
    };
    let values = [("met", rate.met.to_string()), ("of", rate.of.to_string())];
    let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Figure { name, big, sub: session.language.with("work_list.rate_note", &values), late: false }
}

fn line(site: &Site, session: &Session, row: &CaseRow, tab: &str) -> Line {
    let (app, language) = (&site.app, session.language);
    let state = words::state(&row.state);
    let mine = tab == "mine";
    let role = row.next_role.as_deref().and_then(Role::of_code);
    let awaited = state.zip(role).and_then(|(state, role)| cases::awaited(state, role));
    let command = if mine { state.and_then(|state| next_command(session.scope.role, state)) } else { None };
    let id = row.id.to_string();
    let act = match command {
        Some("save") => (format!("/cases/{id}/do/save"), language.code("command", "save")),
        Some(code) => (format!("/cases/{id}/do/{code}"), language.code("command_short", code)),
        None => (format!("/cases/{id}"), language.text("work_list.view").into_owned()),
    };
    Line {
        due: due::due(app, language, row.due_at, row.remind_at, row.frozen),
        step: if cases::follows(&session.scope, &row.state) {
            words::todo(language, &row.state, awaited)
        } else {
            language.code("state", &row.state)
        },
        channel: words::channel(language, row),
        who: words::who(language, row),
        about: words::about(app, language, row),
        number: row.number.clone().unwrap_or_default(),
        place: words::place(app, row, division::short),
        waits_for: if mine { String::new() } else { waits_for(language, row) },
        primary: command.is_some(),
        act,
        id,
    }
}

/// Who is waited for: the role, and the institution where it sits in one.
fn waits_for(language: Language, row: &CaseRow) -> String {
    let Some(role) = row.next_role.as_deref() else { return String::new() };
    let in_institution = Role::of_code(role).is_some_and(Role::is_institution_staff);
    let institution = row.institution.clone().filter(|_| in_institution);
    let who: Vec<String> = [Some(language.code("role", role)), institution].into_iter().flatten().collect();
    language.with("work_list.waits_for", &[("who", &who.join(" · "))])
}

/// The command that moves a case on in the ordinary course, where this role gives it.
fn next_command(role: Role, state: CaseState) -> Option<&'static str> {
    Some(match (state, role) {
        (CaseState::Draft, _) => "save",
        (CaseState::Supplement, _) => "resubmit",
        (CaseState::Submitted, Role::ReferralWorker) => "register",
        (CaseState::Submitted, Role::CivilAffairsOfficer) => "confirm_rejection",
        (CaseState::Registered, Role::ReferralWorker | Role::CivilAffairsOfficer) => "refer",
        (CaseState::Referred, Role::InstitutionManager) => "accept",
        (CaseState::Accepted, Role::Assessor) => "assess",
        (CaseState::Assessed, Role::CaseManager) => "agree",
        (CaseState::Assessed, Role::Assessor | Role::ReferralWorker) => "not_suitable",
        (CaseState::Agreed, Role::CaseManager) => "first_session",
        (CaseState::InService, Role::Assessor) => "stage_evaluation",
        (CaseState::Suspended, Role::CaseManager) => "resume",
        (CaseState::Hospital, Role::Doctor) => "discharge",
        (CaseState::Closing, Role::InstitutionManager) => "approve_closure",
        (CaseState::Closed, Role::CaseManager) => "return_visit",
        _ => return None,
    })
}

fn task(site: &Site, session: &Session, row: &inbox::TaskRow) -> Note {
    Note {
        id: row.id.to_string(),
        referral: row.referral.to_string(),
        text: task_text(session.language, row),
        who: person(session, row.name.as_ref(), row.number.as_ref()),
        due: row.due_at.map(|at| due::due(&site.app, session.language, Some(at), None, false)),
        at: due::minute(row.created_at),
        opens: row.state.is_some(),
        acknowledge: false,
    }
}

/// What is to be done, and whom to tell where they do not read here.
fn task_text(language: Language, row: &inbox::TaskRow) -> String {
    let task = language.code("task", &row.kind);
    match row.party.as_str() {
        party @ ("guardian" | "police" | "client") => {
            format!("{task} · {}", language.code("task_party", party))
        }
        _ => task,
    }
}

fn message(site: &Site, session: &Session, row: &inbox::MessageRow) -> Note {
    Note {
        id: row.id.to_string(),
        referral: row.referral.to_string(),
        text: session.language.code("message", &row.kind),
        who: person(session, row.name.as_ref(), row.number.as_ref()),
        due: on_day(site, session, row.due_on),
        at: due::minute(row.created_at),
        opens: row.state.is_some(),
        acknowledge: row.kind == "feedback_letter",
    }
}

/// Somebody without an account who is to be told.
fn to_tell(site: &Site, session: &Session, row: &telling::Outside) -> Note {
    Note {
        id: row.id.to_string(),
        referral: row.referral.to_string(),
        text: referral::telling::text(session.language, row),
        who: person(session, Some(&row.name), row.number.as_ref()),
        due: on_day(site, session, row.due_on),
        at: due::minute(row.created_at),
        opens: true,
        acknowledge: false,
    }
}

/// An answer is wanted by the end of a day.
fn on_day(site: &Site, session: &Session, day: Option<Date>) -> Option<Due> {
    day.map(|day| due::due(&site.app, session.language, Some(rules::clock::end_of(day)), None, false))
}

fn person(session: &Session, name: Option<&String>, number: Option<&String>) -> String {
    let name = match name.map(String::as_str) {
        Some("") => session.language.text("case.to_be_accepted").into_owned(),
        Some(name) => name.to_owned(),
        None => String::new(),
    };
    let parts = [name, number.cloned().unwrap_or_default()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Whoever a task is addressed to: marks it as done.
pub(crate) async fn task_done(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    inbox::done(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/work-list").into_response())
}

/// Whoever a message is addressed to: marks it as read.
pub(crate) async fn message_read(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    inbox::read(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/work-list").into_response())
}

/// Whoever filed: acknowledges the feedback on a closure.
pub(crate) async fn acknowledge(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    inbox::acknowledge(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to("/work-list").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_page_survives_the_address() {
        let key =
            ("2026-11-24T16:00:00Z".parse().unwrap(), Id::in_division(310_115_000_000, Timestamp::now()));
        assert_eq!(key_of(&key_text(key)), Some(key));
        for text in ["", "x", "1_", "_1", "1_2"] {
            assert_eq!(key_of(text), None);
        }
    }

    #[test]
    fn every_primary_command_is_one_of_the_table() {
        for role in Role::ALL {
            for state in CaseState::ALL {
                let Some(code) = next_command(role, state) else { continue };
                let name = crate::referral::command(code).unwrap();
                let row = rules::referral::transition(name).unwrap();
                assert!(row.from.contains(&state), "{code} from {state:?}");
                assert!(row.roles.contains(&role) || row.roles.contains(&Role::Client), "{code} by {role:?}");
            }
        }
    }
}
