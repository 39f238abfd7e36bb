//! `/cases/{id}`: who, where in the seven steps, until when, what may be done now, and everything that happened.

use super::{
    contact::Card,
    known::Known,
    telling::{Tellings, Wrong},
    timeline::{self, Happened, Stage},
    words,
};
use crate::{
    Site,
    address::parsed,
    agreed::AgreedLine,
    answer::Page,
    care::section::Section,
    due::{self, Due},
    failure::Failure,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    followup::{self, ForCase},
    id::Id,
    referral::{self as cases, CaseView, NextActor, directory},
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    account::{Content, Deed, Role, Sight, Subject},
    care::Plan,
    clock::{self, Clock, Mark},
    form::FormCode,
    referral::{
        Case, CommandName, Offer, OfferOutcome, State as CaseState,
        disclosure::{Extent, Part},
    },
};
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whose turn it is, for everybody who follows the case.
struct WhoseTurn {
    class: &'static str,
    icon: &'static str,
    /// Who, and what is to be done.
    headline: String,
    /// By when.
    due: String,
}

struct Running {
    late: bool,
    icon: &'static str,
    headline: String,
    rule: String,
}

/// A command as a button or, where something stands in the way, as a line that says what.
struct Act {
    path: String,
    name: String,
    why: String,
    icon: &'static str,
}

struct OfferLine {
    institution: String,
    on: String,
    answered: String,
    outcome: String,
    class: &'static str,
    icon: &'static str,
    reason: String,
}

struct Given {
    purpose: String,
    day: String,
    valid: bool,
}

struct StoredForm {
    id: String,
    code: String,
    title: String,
    by: String,
    at: String,
}

struct Link {
    name: String,
    path: String,
}

/// What the follow-up of severe mental disorders tells of the person: the risk grade, and that the person is in hospital.
struct FromFollowUp {
    /// Empty where there is none.
    risk: String,
    /// Empty where the person is not in hospital.
    hospital: String,
    /// What is to be done about it; empty where the case says it already.
    advice: String,
    /// The step, where the reader may take it.
    step: Option<Link>,
}

impl FromFollowUp {
    /// For who serves the person; nothing for anybody else.
    async fn of(
        site: &Site,
        session: &Session,
        id: Id,
        case: &Case,
        offers: &[Offer],
    ) -> Result<Option<FromFollowUp>, app::Error> {
        if !matches!(session.scope.role, Role::CaseManager | Role::Assessor) {
            return Ok(None);
        }
        let language = session.language;
        let shared = followup::for_case(&site.app, &session.scope, id).await?;
        if shared == ForCase::default() {
            return Ok(None);
        }
        let hospital = shared.hospital.map(|stay| match stay.since {
            Some(since) => language.with("rehabilitation.in_hospital", &[("day", &since.to_string())]),
            None => language.text("rehabilitation.in_hospital_now").into_owned(),
        });
        let lacks = shared.hospital.is_some() && case.state != CaseState::Hospital;
        let step = CommandName::ReturnToHospital;
        let offered = lacks && offers.iter().any(|offer| offer.command == step && offer.allowed);
        let advice = match (lacks, case.hospital.is_some()) {
            (false, _) => String::new(),
            (true, true) => language.text("rehabilitation.confirm").into_owned(),
            (true, false) => language.text("rehabilitation.return").into_owned(),
        };
        Ok(Some(FromFollowUp {
            risk: super::act::shared_risk(language, shared),
            hospital: hospital.unwrap_or_default(),
            advice,
            step: offered.then(|| Link { name: language.code("command", step.code()), path: path(id, step) }),
        }))
    }
}

#[derive(Template)]
#[template(path = "referral/case.html")]
struct CasePage {
    shell: Shell,
    id: String,
    who: String,
    about: String,
    number: String,
    state: String,
    tone: (&'static str, &'static str),
    done: String,
    steps: Vec<Stage>,
    turn: Option<WhoseTurn>,
    running: Option<Running>,
    primary: Vec<Act>,
    more: Vec<Act>,
    blocked: Vec<Act>,
    slips: Vec<Link>,
    person: Vec<(String, String)>,
    consents: Vec<Given>,
    package: Vec<String>,
    /// Institutions that the person would like, best first.
    wishes: Vec<String>,
    institution: String,
    case_manager: String,
    missing: Vec<String>,
    offers: Vec<OfferLine>,
    tellings: Tellings,
    contact: Option<Card>,
    /// Plan and sessions; none before there is an assessment, and for who has nothing to do with them.
    care: Option<Section>,
    tracks: Vec<(String, String)>,
    links: Vec<Link>,
    forms: Vec<StoredForm>,
    happened: Vec<Happened>,
    /// The reader sees more than whether the case is open.
    metadata: bool,
    /// The reader knows whose case it is: an institution neither before it accepts nor once it is done.
    known: bool,
    /// The reader may open the page of consents.
    consent_page: bool,
    /// The reader learns of the person's health: scales and outcome have pages.
    scales: bool,
    /// What the follow-up of severe mental disorders tells of the person.
    told: Option<FromFollowUp>,
    /// The reader may ask a doctor about it.
    asks: bool,
    /// The reader may plan a conference about it.
    confers: bool,
    /// What was agreed on about the person and is not done.
    agreed: Vec<AgreedLine>,
    /// The reader may take the whole file as one paper.
    whole_file: bool,
    /// What the institution asked for is still before it: once it is done, only its own notes are.
    need: bool,
}

/// What the page is told by the one before.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
    #[serde(flatten)]
    wrong: Wrong,
}

/// Whoever has the case in scope: the page.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let id = parsed(&id)?;
    let (app, language, scope) = (&site.app, session.language, &session.scope);
    let view = cases::view(app, scope, id).await?;
    let moments = cases::moments(app, scope, id).await?;
    let offers = cases::actions(app, scope, id).await?;
    let stored = cases::forms(app, scope, id).await?;
    let turn = cases::next_actor(app, scope, &view).await?;
    let names = names(&site, &view, &moments).await?;
    let case = &view.case;
    let name = |id: Option<Uuid>| id.and_then(|id| names.get(&id)).cloned().unwrap_or_default();
    let institution = name(case.institution);
    let known = Known {
        app,
        session: &session,
        view: &view,
        forms: &stored,
        institution: institution.clone(),
        care: None,
        shared: ForCase::default(),
    };
    let metadata = !cases::learns_only_whether_open(scope);
    let is_known = view.extent(scope, Part::Identity) != Extent::Nothing;
    let names_person = view.extent(scope, Part::Identity) == Extent::All && !view.restricted;
    let need = view.extent(scope, Part::Need) != Extent::Nothing;
    let follows = cases::follows(scope, &view.row.state);
    let (primary, more, blocked) = acts(&site, &session, id, &offers);
    let person = known.person();
    let contact = if is_known { Card::of(&site, &session, id).await? } else { None };
    let done = done(language, &asked.done);
    crate::answer::page(&CasePage {
        shell: session.shell(&words::who(language, &view.row)),
        id: id.to_string(),
        who: words::who(language, &view.row),
        about: words::about(app, language, &view.row),
        number: view.row.number.clone().unwrap_or_default(),
        state: language.code("state", &view.row.state),
        tone: words::tone(words::state(&view.row.state)),
        done,
        steps: if follows { timeline::steps(language, case, &moments, app.now()) } else { Vec::new() },
        turn: turn.map(|turn| whose_turn(&site, &session, case, &turn)),
        running: if metadata { running(&site, &session, case) } else { None },
        slips: slips(&session, id, &stored),
        person: person.into_iter().map(|(key, value)| (language.text(key).into_owned(), value)).collect(),
        consents: consents(&site, &session, case),
        package: words::package(app, language, case),
        // An institution learns nothing of others.
        wishes: if scope.role.is_institution_staff() {
            Vec::new()
        } else {
            case.filing.preferences.iter().map(|id| name(Some(*id))).collect()
        },
        case_manager: name(case.case_manager),
        missing: if follows {
            case.missing.iter().map(|code| words::item(app, language, code)).collect()
        } else {
            Vec::new()
        },
        offers: if metadata { offered(&site, &session, case, &names) } else { Vec::new() },
        known: is_known,
        consent_page: scope.role.may(Deed::Read, Subject::Consent),
        scales: scope.role.may(Deed::Read, Subject::ScaleResult)
            && view.extent(scope, Part::Health) != Extent::Nothing
            && !view.restricted,
        told: FromFollowUp::of(&site, &session, id, case, &offers).await?,
        asks: app::question::asks(scope) && names_person,
        confers: app::conference::plans(scope) && names_person,
        agreed: agreed(&site, &session, &view).await?,
        whole_file: scope.role.may(Deed::Export, Subject::CaseFile),
        need,
        tellings: Tellings::of(&site, &session, id, &asked.wrong, contact.as_ref()).await?,
        contact,
        care: Section::of(&site, &session, id, is_served(&view)).await?,
        tracks: tracks(&session, case),
        links: if follows && is_known { links(&site, &session, case).await? } else { Vec::new() },
        forms: stored.iter().map(|form| stored_form(&site, &session, form)).collect(),
        happened: if metadata { timeline::happened(app, language, &moments, &names) } else { Vec::new() },
        institution,
        primary,
        more,
        blocked,
        metadata,
    })
}

/// What was agreed on about the person and is not done, for who may know of health and service.
async fn agreed(site: &Site, session: &Session, view: &CaseView) -> Result<Vec<AgreedLine>, Failure> {
    let (app, scope) = (&site.app, &session.scope);
    let knows = [Part::Identity, Part::Health].iter().all(|part| view.extent(scope, *part) == Extent::All);
    let conferring =
        scope.role.may(Deed::Read, Subject::Conference) && scope.role.sight(Content::Health) == Sight::Scope;
    if !knows || view.restricted || !conferring {
        return Ok(Vec::new());
    }
    let found = app::conference::tasks_about(app, view.row.id).await?;
    Ok(found.iter().map(|task| crate::agreed::line(app, session, task)).collect())
}

/// Whether the case came as far as a plan; what an institution learns of it, the part itself says.
fn is_served(view: &CaseView) -> bool {
    let case = &view.case;
    case.agreement.is_some() || case.service_since.is_some() || Plan::may_be_written(case.state)
}

/// The notice that a command was carried out; empty where the address names none.
pub(crate) fn done(language: Language, command: &str) -> String {
    let notice = super::command(command).map(|name| {
        let command = language.code("command", name.code());
        language.with("case.done", &[("command", &command)])
    });
    notice.unwrap_or_default()
}

/// The names of all institutions and accounts that the page speaks of.
async fn names(
    site: &Site,
    view: &CaseView,
    moments: &[cases::Moment],
) -> Result<BTreeMap<Uuid, String>, Failure> {
    let case = &view.case;
    let (mut organisations, mut accounts) = timeline::named(moments);
    organisations.extend(case.institution);
    organisations.extend(&case.filing.preferences);
    organisations.extend(case.offers.iter().map(|offer| offer.institution));
    accounts.extend(case.case_manager);
    let mut names = directory::organisation_names(&site.app, &organisations).await?;
    names.extend(directory::account_names(&site.app, &accounts).await?);
    Ok(names)
}

/// Commands for the page: the ordinary next step first, then the others, then what is blocked and why.
fn acts(site: &Site, session: &Session, id: Id, offers: &[Offer]) -> (Vec<Act>, Vec<Act>, Vec<Act>) {
    let act = |offer: &Offer| Act {
        path: path(id, offer.command),
        name: session.language.code("command", offer.command.code()),
        why: offer.refusal.as_ref().map(|why| words::refusal(session, &site.app, why)).unwrap_or_default(),
        icon: if offer.primary { "arrow-right" } else { "dots" },
    };
    let of = |wanted: fn(&Offer) -> bool| offers.iter().filter(|offer| wanted(offer)).map(act).collect();
    (
        of(|offer| offer.allowed && offer.primary),
        of(|offer| offer.allowed && !offer.primary),
        of(|offer| !offer.allowed && offer.is_blocked()),
    )
}

/// Where a command is given.
pub(crate) fn path(id: Id, command: CommandName) -> String {
    match command {
        CommandName::Refer => format!("/cases/{id}/refer"),
        // A draft is sent from its form: what is wrong in it is told beside the fields.
        CommandName::Submit => format!("/cases/{id}/do/save"),
        other => format!("/cases/{id}/do/{}", other.code()),
    }
}

/// Who acts next, on what, and by when. It is told apart from the running clock, whose rule stands below it.
fn whose_turn(site: &Site, session: &Session, case: &Case, turn: &NextActor) -> WhoseTurn {
    let language = session.language;
    let parts =
        [Some(language.code("role", &turn.role)), turn.organisation_name.clone(), turn.account_name.clone()];
    let who = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let step = words::todo(language, &words::code(&case.state), turn.command);
    let key = if turn.own { "turn.yours" } else { "turn.others" };
    let Due { class, icon, text, day } =
        due::due(&site.app, language, turn.due_at, turn.remind_at, turn.frozen);
    WhoseTurn {
        class,
        icon,
        headline: language.with(key, &[("who", &who), ("step", &step)]),
        due: if day.is_empty() { text } else { language.with("turn.by", &[("day", &day), ("left", &text)]) },
    }
}

/// The running clock: what is due by when, by which rule, and whether that rule is official.
fn running(site: &Site, session: &Session, case: &Case) -> Option<Running> {
    let (app, language) = (&site.app, session.language);
    let alive = case.clocks.iter().filter(|(_, run)| run.is_alive());
    let (clock, run) = alive.min_by_key(|(_, run)| (run.frozen.is_some(), run.term.at))?;
    let Due { class, icon, text, day } =
        due::due(app, language, Some(run.term.at), Some(run.term.remind_at), run.frozen.is_some());
    let rule = app.tables.clocks.in_force(clock::china_date(run.started)).rule(*clock);
    let code = words::code(clock);
    let official = rule.mark == Mark::Official;
    let mark = language.text(if official { "clock.official" } else { "clock.default" }).into_owned();
    let provisional = if run.term.provisional { language.text("clock.provisional") } else { "".into() };
    let urgent = *clock == Clock::K11;
    let ends = if urgent { due::minute(run.term.at) } else { day };
    let values = [("step", language.code("clock", &code)), ("day", ends), ("left", text)];
    let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Some(Running {
        late: class == "late",
        icon,
        headline: language.with(if urgent { "clock.headline_hour" } else { "clock.headline" }, &values),
        rule: format!("{code} · {mark} · {} {provisional}", language.of(&rule.source_zh, &rule.source_en)),
    })
}

fn offered(site: &Site, session: &Session, case: &Case, names: &BTreeMap<Uuid, String>) -> Vec<OfferLine> {
    let language = session.language;
    let line = |offer: &rules::referral::Offered| {
        let (code, class, icon, reason) = match &offer.outcome {
            OfferOutcome::Pending => ("pending", "fine", "clock", ""),
            OfferOutcome::Accepted => ("accepted", "good", "check", ""),
            OfferOutcome::Declined { reason } => ("declined", "soon", "x", reason.as_str()),
            OfferOutcome::Silent => ("silent", "late", "alert-triangle", ""),
            OfferOutcome::Recalled => ("recalled", "quiet", "arrow-back-up", ""),
        };
        OfferLine {
            institution: names.get(&offer.institution).cloned().unwrap_or_default(),
            on: offer.on.to_string(),
            answered: offer.answered.map(|day| day.to_string()).unwrap_or_default(),
            outcome: language.code("outcome", code),
            class,
            icon,
            reason: if reason.is_empty() {
                String::new()
            } else {
                words::reason(&site.app, language, reason)
            },
        }
    };
    let own = |offer: &&rules::referral::Offered| {
        !session.scope.role.is_institution_staff() || Id(offer.institution) == session.scope.organisation
    };
    case.offers.iter().rev().filter(own).map(line).collect()
}

fn consents(site: &Site, session: &Session, case: &Case) -> Vec<Given> {
    let today = clock::china_date(site.app.now());
    let mut given: BTreeMap<_, _> = BTreeMap::new();
    for consent in &case.consents {
        given.insert(consent.purpose, consent);
    }
    let line = |(purpose, consent): (rules::referral::Purpose, &rules::referral::Consent)| Given {
        purpose: session.language.code("purpose", &words::code(&purpose)),
        day: consent.withdrawn.unwrap_or(consent.on).to_string(),
        valid: consent.is_valid(today),
    };
    given.into_iter().map(line).collect()
}

fn tracks(session: &Session, case: &Case) -> Vec<(String, String)> {
    let language = session.language;
    let name = |track: &str| language.code("track", track);
    vec![
        (name("decision"), language.code("decision_track", &words::code(&case.decision()))),
        (name("service"), language.code("service_track", &words::code(&case.service()))),
        (name("delivery"), language.code("delivery", &words::code(&case.delivery))),
        (name("word"), language.code("word", &words::code(&case.word))),
    ]
}

/// Other cases of the same person. One that the reader may not open is named and has no path.
async fn links(site: &Site, session: &Session, case: &Case) -> Result<Vec<Link>, app::Error> {
    let ahead = [("previous", case.links.previous), ("parent", case.links.parent), ("next", case.links.next)];
    let ahead = ahead.into_iter().filter_map(|(key, id)| Some((key, Id(id?))));
    let children = case.links.children.keys().map(|child| ("child", Id(*child)));
    let linked: Vec<(&str, Id)> = ahead.chain(children).collect();
    let ids: Vec<Id> = linked.iter().map(|(_, id)| *id).collect();
    let open = cases::within(&site.app, &session.scope, &ids).await?;
    let link = |(key, id): (&str, Id)| Link {
        name: session.language.code("link", key),
        path: if open.contains(&id) { format!("/cases/{id}") } else { String::new() },
    };
    Ok(linked.into_iter().map(link).collect())
}

fn slips(session: &Session, id: Id, stored: &[cases::FormView]) -> Vec<Link> {
    let has = |code: FormCode| stored.iter().any(|form| form.code == words::code(&code));
    let link = |key: &str, path: &str| Link {
        name: session.language.text(key).into_owned(),
        path: format!("/cases/{id}/{path}"),
    };
    let mut links = Vec::new();
    if has(FormCode::F3) {
        links.push(link("paper.slip", "slip"));
    }
    if has(FormCode::F9) {
        links.push(link("paper.two_way_slip", "two-way-slip"));
    }
    links
}

fn stored_form(site: &Site, session: &Session, form: &cases::FormView) -> StoredForm {
    let code = FormCode::ALL.into_iter().find(|code| words::code(code) == form.code);
    StoredForm {
        id: form.id.to_string(),
        code: form.code.clone(),
        title: code.map(|code| words::title(&site.app, session.language, code)).unwrap_or_default(),
        by: form.written_by.clone(),
        at: due::minute(form.at),
    }
}
