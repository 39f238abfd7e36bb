//! `/cases/{id}/do/{command}`: one page for each command, drawn from the table of transitions.

use super::{
    answers::{self, Sheets},
    command_form::{Drawn, tries},
    contact::Card,
    desk::{Desk, STORABLE, beside_figures, desk, forms_of},
    known::Known,
    page,
    reading::{Reading, readings},
    timeline, unsent, words,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page as plain, page_with},
    care::section::Shown,
    failure::Failure,
    form::{Group, Posted, Told, control, sheet},
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    followup::{ForCase, SharedRisk},
    id::Id,
    referral::{self as cases, Order, Written, directory},
    scope::Scope,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Role, Subject},
    clock::china_date,
    form::FormCode,
    referral::CommandName,
};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A form on the page.
struct Paper {
    title: String,
    source: String,
    groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "referral/act.html")]
struct ActPage {
    shell: Shell,
    id: String,
    action: String,
    who: String,
    about: String,
    command: String,
    help: String,
    rule: String,
    version: i64,
    /// How the person may be reached, before a contact.
    contact: Option<Card>,
    /// What the decision is about.
    readings: Vec<Reading>,
    /// The risk grade that the follow-up shares, beside an assessment; empty where there is none.
    shared: String,
    /// How plan and sessions stand, beside what is decided on them.
    care: Option<Shown>,
    groups: Vec<Group>,
    papers: Vec<Paper>,
    /// Where the page is kept while it is written on; empty where it is short.
    keep: String,
    /// What was written before and not sent stands on the page again.
    restored: String,
    told: Vec<Told>,
    refusal: String,
    /// What others did since the reader opened the page.
    meanwhile: Vec<timeline::Happened>,
    /// Forms to choose one from.
    choices: Vec<(String, String)>,
    blocked: bool,
    confirm: String,
}

/// What the address asks for.
#[derive(serde::Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    form: String,
}

/// What stands in the way or goes along when the page is drawn again.
#[derive(Default)]
struct Again<'a> {
    posted: Option<&'a Posted>,
    problems: Vec<Problem>,
    refusal: String,
    meanwhile: Vec<timeline::Happened>,
    /// What was sent stands for what was only written: nobody sent it yet.
    restored: String,
}

impl Again<'_> {
    fn is_restored(&self) -> bool {
        !self.restored.is_empty()
    }
}

/// Who may give the command: its page.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path((id, command)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let id = parsed(&id)?;
    let name = super::command(&command).ok_or(Error::NotFound)?;
    if matches!(name, CommandName::Refer | CommandName::Submit) {
        return Ok(Redirect::to(&page::path(id, name)).into_response());
    }
    let form = Some(asked.form.as_str()).filter(|form| !form.is_empty());
    let mut desk = desk(&site, &session, id, name, form, None).await?;
    let Some((written, restored)) = unsent::restored(&site, &session, &desk.place()).await? else {
        return plain(&draw(&site, &session, &desk, Again::default()).await?);
    };
    desk.asked = forms_of(desk.row, &desk.view, session.scope.role, form, Some(&written));
    let again = Again { posted: Some(&written), restored, ..Again::default() };
    plain(&draw(&site, &session, &desk, again).await?)
}

async fn draw(site: &Site, session: &Session, desk: &Desk, again: Again<'_>) -> Result<ActPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let known = Known {
        app,
        session,
        view: &desk.view,
        forms: &desk.forms,
        institution: desk.institution.clone(),
        care: desk.care.as_ref(),
        shared: desk.shared,
    };
    let offers = cases::actions(app, &session.scope, desk.id).await?;
    let offer = offers.iter().find(|offer| offer.command == desk.row.name);
    let blocked = match offer {
        Some(offer) => offer.refusal.as_ref().map(|why| words::refusal(session, app, why)),
        None => {
            let state = language.code("state", &desk.view.row.state);
            Some(language.refusal("case_refusal", "wrong_state", &[("state", &state)]))
        }
    };
    let drawn = Drawn {
        known: &known,
        row: desk.row,
        choices: &desk.choices,
        posted: again.posted,
        problems: &again.problems,
    };
    let groups = drawn.groups();
    let mut papers = Vec::new();
    for code in &desk.asked {
        papers.push(paper(&known, *code, &again)?);
    }
    let mut told = control::summary(&groups);
    for paper in &papers {
        told.extend(control::summary(&paper.groups));
    }
    told.extend(elsewhere(language, &again.problems, &told));
    let command = desk.row.name.code();
    let reaches = matches!(
        desk.row.name,
        CommandName::RecordContactAttempt | CommandName::ReturnVisit | CommandName::RecordWord
    );
    let storing = desk.row.name == CommandName::StoreForm && desk.asked.is_empty();
    let title = |code: FormCode| (words::code(&code), words::title(app, language, code));
    let grave = matches!(
        desk.row.name,
        CommandName::Withdraw | CommandName::WithdrawConsent | CommandName::Death | CommandName::Cancel
    );
    Ok(ActPage {
        shell: session.shell(&language.code("command", command)),
        id: desk.id.to_string(),
        action: desk.place(),
        keep: if papers.is_empty() { String::new() } else { desk.place() },
        contact: if reaches { Card::of(site, session, desk.id).await? } else { None },
        readings: readings(site, session, desk.id, desk.row.name).await?,
        shared: shared_risk(language, desk.shared),
        care: desk
            .care
            .as_ref()
            .filter(|_| beside_figures(desk.row.name))
            .map(|care| Shown::new(app, language, &care.figures)),
        who: words::who(language, &desk.view.row),
        about: words::about(app, language, &desk.view.row),
        command: language.code("command", command),
        help: help(session, desk),
        rule: desk.row.rule.to_owned(),
        version: desk.view.row.version,
        refusal: match (&again.refusal, &blocked) {
            (told, _) if !told.is_empty() => told.clone(),
            (_, Some(why)) => why.clone(),
            _ => String::new(),
        },
        blocked: blocked.is_some() && (again.posted.is_none() || again.is_restored()),
        restored: again.restored,
        choices: if storing { STORABLE.into_iter().map(title).collect() } else { Vec::new() },
        confirm: if grave { language.text("case.confirm").into_owned() } else { String::new() },
        meanwhile: again.meanwhile,
        groups,
        papers,
        told,
    })
}

/// The risk grade that the follow-up shares, with its day; empty where there is none.
pub(super) fn shared_risk(language: Language, shared: ForCase) -> String {
    let words = |SharedRisk { risk, on }: SharedRisk| {
        let values = [("risk", risk.to_string()), ("day", on.to_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        language.with("rehabilitation.shared_risk", &values)
    };
    shared.risk.map(words).unwrap_or_default()
}

/// Problems that belong to no control of the page: nobody is left with a page that only comes back.
fn elsewhere(language: Language, problems: &[Problem], told: &[Told]) -> Vec<Told> {
    let placed = |problem: &&Problem| told.iter().any(|line| line.at == control::id_of(&problem.field));
    let line = |problem: &Problem| Told {
        at: "content".to_owned(),
        text: format!(
            "{}{}{}",
            language.code("field", &problem.field),
            language.text("form.colon"),
            language.code("form_problem", &problem.code)
        ),
    };
    problems.iter().filter(|problem| !placed(problem)).map(line).collect()
}

/// What a command brings about, in one sentence, and where it counts, how many tries there were.
fn help(session: &Session, desk: &Desk) -> String {
    let help = session.language.code("command_help", desk.row.name.code());
    if desk.row.name != CommandName::RecordContactAttempt {
        return help;
    }
    let count = tries(&desk.view.case.contacts).to_string();
    format!("{help} {}", session.language.with("case.tries", &[("count", &count)]))
}

fn paper(known: &Known<'_>, code: FormCode, again: &Again<'_>) -> Result<Paper, Failure> {
    let definition = known.app.tables.form(code)?;
    let prefix = words::code(&code);
    let sent = again.posted.filter(|posted| posted.has(&format!("{prefix}.")));
    let data = match sent {
        Some(posted) => posted.form(definition, &prefix),
        None => known.beginning(code),
    };
    let more = again.posted.and_then(|posted| posted.get("more")).unwrap_or_default();
    let drawing = sheet::Drawing {
        app: known.app,
        language: known.session.language,
        prefix: &prefix,
        data: &data,
        problems: &again.problems,
        without: without(code),
        more,
        posted: again.posted,
    };
    Ok(Paper {
        title: format!("{prefix} · {}", words::title(known.app, known.session.language, code)),
        source: known.session.language.of(&definition.source_zh, &definition.source_en),
        groups: sheet::groups(definition, &drawing),
    })
}

/// Fields that the sender leaves to the receiver, or that follow from the account.
fn without(code: FormCode) -> &'static [&'static str] {
    match code {
        FormCode::F1 => &["channel", "consent_given"],
        _ => &[],
    }
}

/// Who may give the command: gives it.
pub(crate) async fn give(
    State(site): State<Site>,
    session: Session,
    Path((id, command)): Path<(String, String)>,
    Query(asked): Query<Asked>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let name = super::command(&command).ok_or(Error::NotFound)?;
    let form = Some(asked.form.as_str()).filter(|form| !form.is_empty());
    let desk = desk(&site, &session, id, name, form, Some(&posted)).await?;
    let known = Known {
        app: &site.app,
        session: &session,
        view: &desk.view,
        forms: &desk.forms,
        institution: desk.institution.clone(),
        care: desk.care.as_ref(),
        shared: desk.shared,
    };
    let unseen = desk.asked.iter().any(|code| !posted.has(&format!("{}.", words::code(code))));
    if posted.get("find").is_some() || posted.get("more").is_some() || unseen {
        let again = Again { posted: Some(&posted), ..Again::default() };
        return plain(&draw(&site, &session, &desk, again).await?);
    }
    let outcome = match sheets(&known, &desk, &posted) {
        Ok(sheets) => carry_out(&site, &session, &desk, &posted, sheets).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match outcome {
        Ok(()) => {
            app::referral::unsent::discard(&site.app, &session.scope, &desk.place()).await?;
            Ok(Redirect::to(&afterwards(&site, &session.scope, id, name).await).into_response())
        }
        Err(error) => told(&site, &session, &desk, &posted, error).await,
    }
}

/// Where the reader goes on: to the case, or to the work list where the command took the case out of the reader's
/// scope, as a decline does for the institution. The command stands in either case.
async fn afterwards(site: &Site, scope: &Scope, id: Id, name: CommandName) -> String {
    let gone = matches!(cases::since(&site.app, scope, id, 0, 1).await, Err(Error::NotFound));
    let consents = name == CommandName::WithdrawConsent && scope.role.may(Deed::Read, Subject::Consent);
    let place = match (gone, consents) {
        (true, _) => "/work-list".to_owned(),
        // Who takes consent back is told what remains, and by which law.
        (false, true) => format!("/cases/{id}/consent"),
        (false, false) => format!("/cases/{id}"),
    };
    format!("{place}?done={}", name.code())
}

/// The forms as sent, each checked by its definition.
fn sheets(known: &Known<'_>, desk: &Desk, posted: &Posted) -> Result<Sheets, Vec<Problem>> {
    let today = china_date(known.app.now());
    let mut sheets = Sheets::new();
    let mut problems = Vec::new();
    for code in &desk.asked {
        let Ok(definition) = known.app.tables.form(*code) else { continue };
        let prefix = words::code(code);
        let mut data = posted.form(definition, &prefix);
        for key in without(*code) {
            if let Some(value) = known.latest(*code).and_then(|stored| stored.get(*key)) {
                data.insert((*key).to_owned(), value.clone());
            }
        }
        problems.extend(checked(definition, &prefix, &data, today));
        sheets.insert(*code, data);
    }
    if problems.is_empty() { Ok(sheets) } else { Err(problems) }
}

/// The problems of a form under the names of its controls.
pub(crate) fn checked(
    form: &rules::form::Form,
    prefix: &str,
    data: &Map<String, Json>,
    today: jiff::civil::Date,
) -> Vec<Problem> {
    let problem = |found: rules::form::FieldProblem| {
        Problem::new(&format!("{prefix}.{}", found.field), &words::code(&found.problem))
    };
    rules::form::check(form, data, today).into_iter().map(problem).collect()
}

async fn carry_out(
    site: &Site,
    session: &Session,
    desk: &Desk,
    posted: &Posted,
    sheets: Sheets,
) -> Result<(), Error> {
    let (app, scope, id) = (&site.app, &session.scope, desk.id);
    let expected = posted.version();
    let written = |(code, data): (&FormCode, &Map<String, Json>)| Written::new(app, *code, data.clone(), id);
    let forms: Vec<Written> = sheets.iter().map(written).collect();
    let documents: BTreeMap<FormCode, Uuid> = forms.iter().map(|form| (form.code, form.document.0)).collect();
    if desk.row.name == CommandName::RecordConsent {
        let command = sheets.get(&FormCode::F12).and_then(cases::consent);
        let command = command.ok_or_else(|| Error::invalid("F12.registration", "no_purpose"))?;
        return cases::perform(app, scope, Some(id), &Order { command, forms, expected }).await.map(|_| ());
    }
    if desk.row.name == CommandName::Resubmit {
        return resubmit(site, session, desk, posted, sheets, expected).await;
    }
    let mut data =
        answers::data(desk.row, &desk.view.case, posted, &sheets, &documents).map_err(Error::Invalid)?;
    if desk.row.name == CommandName::ProposeTransfer {
        add_office(app, &mut data).await?;
    }
    let mut order = cases::order(desk.row.name.code(), data, expected)?;
    order.forms = forms;
    if desk.row.name == CommandName::RecordWord && scope.role != Role::Client {
        let relation = posted.get("relation").unwrap_or("self");
        return cases::perform_for(app, scope, relation, id, &order).await.map(|_| ());
    }
    cases::perform(app, scope, Some(id), &order).await.map(|_| ())
}

/// The answer to a request for papers: the corrected application, with the consent where it was asked for.
async fn resubmit(
    site: &Site,
    session: &Session,
    desk: &Desk,
    posted: &Posted,
    sheets: Sheets,
    expected: Option<i64>,
) -> Result<(), Error> {
    let (app, scope, id) = (&site.app, &session.scope, desk.id);
    let answered: Vec<String> = posted.all("answered").map(str::to_owned).collect();
    let mut orders = Vec::new();
    for (code, data) in &sheets {
        let forms = vec![Written::new(app, *code, data.clone(), id)];
        if *code == FormCode::F12 {
            if let Some(command) = cases::consent(data) {
                orders.insert(0, Order { command, forms, expected: None });
            }
        } else {
            let command = rules::referral::Command::Resubmit { answered: answered.clone() };
            orders.push(Order { command, forms, expected: None });
        }
    }
    if let Some(first) = orders.first_mut() {
        first.expected = expected;
    }
    app::atomic!(app.db, tx => {
        for order in &orders {
            cases::perform_in(app, tx, scope, Some(id), order).await?;
        }
        Ok(())
    })
}

/// The referral office of the county that was chosen as destination.
async fn add_office(app: &app::App, data: &mut Json) -> Result<(), Error> {
    let county = data.get("county").and_then(Json::as_i64).unwrap_or_default();
    let office = directory::office_of(app, county).await?;
    let office = office.ok_or_else(|| Error::invalid("county", "no_office"))?;
    if let Some(fields) = data.as_object_mut() {
        fields.insert("office".to_owned(), serde_json::to_value(office)?);
    }
    Ok(())
}

/// The page once more, with everything that was written and what stands in the way.
async fn told(site: &Site, session: &Session, desk: &Desk, posted: &Posted, error: Error) -> Page {
    let mut again = Again { posted: Some(posted), ..Again::default() };
    let status = match error {
        Error::Invalid(problems) => {
            again.problems = problems;
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Error::Refused(refusal) => {
            again.refusal = words::refusal(session, &site.app, &refusal);
            StatusCode::CONFLICT
        }
        Error::Changed { expected, .. } => {
            again.meanwhile = meanwhile(site, session, desk.id, expected).await?;
            StatusCode::CONFLICT
        }
        other => return Err(other.into()),
    };
    page_with(status, &draw(site, session, desk, again).await?)
}

/// What others did since the version that the reader saw.
pub(crate) async fn meanwhile(
    site: &Site,
    session: &Session,
    id: Id,
    seen: i64,
) -> Result<Vec<timeline::Happened>, Failure> {
    let mut moments = cases::moments(&site.app, &session.scope, id).await?;
    moments.retain(|moment| moment.sequence > seen);
    Ok(timeline::happened(&site.app, session.language, &moments, &BTreeMap::new()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::{COUNTY, TestSite};
    use axum::{
        body::{Body, to_bytes},
        http::{Request, header},
    };
    use tower::ServiceExt;

    #[tokio::test]
    async fn who_no_longer_has_the_case_goes_on_at_the_work_list() {
        TestSite::on_both(async |world| {
            let own = world.case(COUNTY, "S310115-2026-00001", "D310115-2026-00001").await;
            let other = world.case(310_101_000_000, "S310101-2026-00001", "D310101-2026-00001").await;
            let site = Site::new(world.app.clone(), crate::Settings::default());
            for (role, id, place) in [
                ("referral_worker", own, format!("/cases/{own}?done=decline")),
                ("civil_affairs_officer", other, "/work-list?done=decline".to_owned()),
                // Filed it, but learns no more than whether it is open: the case is still there.
                ("committee", own, format!("/cases/{own}?done=decline")),
                ("institution_manager", own, "/work-list?done=decline".to_owned()),
            ] {
                let scope = world.scope(role).await;
                assert_eq!(afterwards(&site, &scope, id, CommandName::Decline).await, place, "{role}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn the_work_list_says_what_was_done() {
        TestSite::on_both(async |world| {
            let (_, cookie) = world.account("institution_manager").await;
            for (path, told) in [("/work-list?done=decline", true), ("/work-list?done=nothing", false)] {
                let request = Request::get(path).header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
                let answer = world.router().oneshot(request).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK, "{path}");
                let page = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
                assert_eq!(String::from_utf8_lossy(&page).contains("已完成：不接收"), told, "{path}");
            }
        })
        .await;
    }
}
