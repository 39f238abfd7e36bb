//! `/people`: the search, a person's page, revealing, parting; `/api/v1/persons`.

pub(crate) mod account;
pub(crate) mod api;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::minute,
    failure::Failure,
    language::Language,
    search::sought,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    audit::Purpose,
    id::Id,
    link,
    person::{self, Person, Record, Timeline},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Content, Deed, Role, Sight, Subject},
    division::DivisionCode,
};
use serde::Deserialize;

/// What the list is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    /// The words that were searched for, sealed.
    #[serde(default)]
    look: String,
    /// Where the page starts; of a search, sealed, since it holds a name.
    #[serde(default)]
    after: String,
}

/// A person as a line of a list.
pub(crate) struct Line {
    pub person: Person,
    pub place: String,
    pub sex: String,
    pub born: String,
}

impl Line {
    pub(crate) fn new(site: &Site, language: Language, person: Person) -> Line {
        let born = person.born_on.map(|d| if person.masked { d.year().to_string() } else { d.to_string() });
        Line {
            place: place(site, person.division),
            sex: person.sex.as_deref().map(|s| language.code("sex", s)).unwrap_or_default(),
            born: born.unwrap_or_default(),
            person,
        }
    }

    pub(crate) fn number(&self) -> &str {
        self.person.number.as_deref().unwrap_or_default()
    }

    pub(crate) fn phone(&self) -> &str {
        self.person.phone.as_deref().unwrap_or_default()
    }
}

/// Where a division lies, in words.
pub(crate) fn place(site: &Site, division: i64) -> String {
    let path = DivisionCode::new(division).ok().and_then(|code| site.app.divisions.path(code));
    path.unwrap_or_else(|| division.to_string())
}

#[derive(Template)]
#[template(path = "person/list.html")]
struct ListPage {
    shell: Shell,
    words: String,
    look: String,
    lines: Vec<Line>,
    /// Where the next page starts; empty on the last.
    next: String,
}

/// County staff: persons by name, pinyin, initials or number; all of the area where nothing is asked.
pub(crate) async fn list(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let words = sought(&site, &session, &asked.look)?;
    let (persons, next) = if words.is_empty() {
        let after = asked.after.split_once('|').and_then(|(d, id)| Some((d.parse().ok()?, id.parse().ok()?)));
        let persons = person::list(&site.app, &session.scope, after).await?;
        let full = i64::try_from(persons.len()).unwrap_or(0) == person::search::PAGE;
        let next = persons.last().filter(|_| full).map(|p| format!("{}|{}", p.division, p.id));
        (persons, next)
    } else {
        let after = sought(&site, &session, &asked.after)?;
        let after = Some(after.as_str()).filter(|a| !a.is_empty());
        let found = person::search::search(&site.app, &session.scope, &words, after).await?;
        let hide = |next: String| app::search::hide(&site.app, &session.scope, &next);
        (found.persons, found.next.map(hide).transpose()?)
    };
    let language = session.language;
    page(&ListPage {
        shell: session.shell(&language.text("navigation.people")),
        words,
        look: asked.look,
        lines: persons.into_iter().map(|p| Line::new(&site, language, p)).collect(),
        next: next.unwrap_or_default(),
    })
}

/// One entry of the history, in words.
struct Happening {
    at: String,
    title: String,
    detail: String,
    /// The record that could be taken away.
    record: Option<Id>,
    ended: bool,
}

#[derive(Template)]
#[template(path = "person/show.html")]
struct PersonPage {
    shell: Shell,
    line: Line,
    registered: String,
    members: Vec<Line>,
    happenings: Vec<Happening>,
    facts: Vec<(String, String)>,
    may_reveal: bool,
    may_decide: bool,
    purposes: Vec<(&'static str, String)>,
    revealed: bool,
    accounts: account::Accounts,
    /// The risk grade that the follow-up shares; empty where there is none or the reader may not know it.
    shared_risk: String,
    /// Where the record of the follow-up is, or is opened, and its words.
    followup: Option<(String, String)>,
}

const PURPOSES: [(&str, Purpose); 5] = [
    ("care", Purpose::Care),
    ("referral", Purpose::Referral),
    ("assessment", Purpose::Assessment),
    ("supervision", Purpose::Supervision),
    ("statistics", Purpose::Statistics),
];

async fn draw(site: &Site, session: &Session, id: Id, revealed: Option<Person>) -> Page {
    page(&filled(site, session, id, revealed, Vec::new()).await?)
}

/// The person's page; `problems` are those of the form of a new account.
async fn filled(
    site: &Site,
    session: &Session,
    id: Id,
    revealed: Option<Person>,
    problems: Vec<String>,
) -> Result<PersonPage, Failure> {
    let language = session.language;
    let Timeline { person, members, records, events } =
        person::timeline(&site.app, &session.scope, id).await?;
    let role = session.scope.role;
    let may_decide = matches!(role, Role::ReferralWorker | Role::CivilAffairsOfficer);
    let mut happenings: Vec<(jiff::Timestamp, Happening)> =
        records.iter().map(|r| (r.created_at, of_record(language, r))).collect();
    happenings.extend(events.iter().filter(|e| e.kind != "linked").map(|e| {
        let happening = Happening {
            at: minute(e.at),
            title: language.code("link_event", &e.kind),
            detail: String::new(),
            record: None,
            ended: false,
        };
        (e.at, happening)
    }));
    happenings.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let is_revealed = revealed.is_some();
    let person = revealed.unwrap_or(person);
    let fact = |key: &str, value: Option<bool>| {
        let answer = match value {
            Some(true) => "person.yes",
            Some(false) => "person.no",
            None => "person.unknown",
        };
        (language.code("need_fact", key), language.text(answer).into_owned())
    };
    let facts = vec![
        fact("lives_at_home", person.lives_at_home),
        fact("need_assessed", person.need_assessed),
        fact("suitable", person.suitable),
        fact("consented", person.consented),
    ];
    let accounts = account::Accounts::of(site, session, person.id).await?;
    let shared_risk = app::followup::shared_risk(&site.app, &session.scope, person.id).await?;
    let shared_risk = shared_risk.map(|shared| {
        let values = [("risk", shared.risk.to_string()), ("day", shared.on.to_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        language.with("person.shared_risk_value", &values)
    });
    let followup = followup(site, session, person.id).await?;
    Ok(PersonPage {
        accounts: account::Accounts { problems, ..accounts },
        shell: session.shell(&person.name),
        registered: person.registered_division.map(|d| place(site, d)).unwrap_or_default(),
        line: Line::new(site, language, person),
        members: members.into_iter().map(|m| Line::new(site, language, m)).collect(),
        happenings: happenings.into_iter().map(|(_, h)| h).collect(),
        facts,
        may_reveal: role.sight(Content::Identity) != Sight::Never,
        may_decide,
        purposes: PURPOSES.iter().map(|(code, _)| (*code, language.code("purpose", code))).collect(),
        revealed: is_revealed,
        shared_risk: shared_risk.unwrap_or_default(),
        followup,
    })
}

/// Where who answers for the register of severe mental disorders finds the person's record, or opens one.
async fn followup(site: &Site, session: &Session, person: Id) -> Result<Option<(String, String)>, Error> {
    if !session.scope.role.may(Deed::Change, Subject::FollowUp) {
        return Ok(None);
    }
    let text = |key: &str| session.language.text(key).into_owned();
    Ok(Some(match app::followup::of_person(&site.app, &session.scope, person).await? {
        Some(record) => (format!("/followup/records/{record}"), text("person.followup_show")),
        None => (format!("/followup/records/new?person={person}"), text("person.followup_open")),
    }))
}

fn of_record(language: Language, record: &Record) -> Happening {
    let because = record.ended_because.as_deref().map(|b| language.code("record_ended", b));
    let row = record.row_number.map(|n| n.to_string()).unwrap_or_default();
    let detail = language
        .with("person.record_detail", &[("sender", &record.sender), ("row", &row), ("name", &record.name)]);
    Happening {
        at: minute(record.created_at),
        title: language.code("record_kind", &record.kind),
        detail: because.map_or(detail.clone(), |b| format!("{detail} · {b}")),
        record: record.ended_at.is_none().then_some(record.id),
        ended: record.ended_at.is_some(),
    }
}

/// County staff: one person with everything that was said and linked.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    draw(&site, &session, parsed(&id)?, None).await
}

/// Why somebody looks.
#[derive(Deserialize)]
pub(crate) struct Stated {
    purpose: String,
}

/// Whoever may see the identity: the whole numbers, after the purpose was stated; it is recorded.
pub(crate) async fn reveal(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(stated): Form<Stated>,
) -> Page {
    let id = parsed(&id)?;
    let purpose = PURPOSES.iter().find(|(code, _)| *code == stated.purpose);
    let (_, purpose) = purpose.ok_or_else(|| Error::invalid("purpose", "unknown_choice"))?;
    let person = person::reveal(&site.app, &session.scope, id, *purpose).await?;
    draw(&site, &session, id, Some(person)).await
}

/// Referral worker, civil affairs: takes a merge back.
pub(crate) async fn part(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let id = parsed(&id)?;
    link::unmerge(&site.app, &session.scope, id).await?;
    Ok(Redirect::to(&format!("/people/{id}")).into_response())
}

/// Referral worker, civil affairs: takes a wrongly linked record away from its person.
pub(crate) async fn unlink(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let new = link::unlink(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(Redirect::to(&format!("/people/{new}")).into_response())
}
