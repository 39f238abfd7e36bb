//! `/administration/accounts/{id}/role`: what another role, organisation or area would bring, and the change.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page_with},
    failure::Failure,
    language::Language,
    person,
    referral::words,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    account::{
        self, Account, Organisation,
        change::{self, Change, MOST, Preview, Reach},
    },
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::account::{Deed, Role, Subject};
use serde::Deserialize;

/// What is gained and lost, in words.
struct Shown {
    now: String,
    then: String,
    gained: Vec<String>,
    lost: Vec<String>,
    /// Name, before, after.
    counts: Vec<(String, String, String)>,
    version: i64,
}

#[derive(Template)]
#[template(path = "account/role.html")]
struct RolePage {
    shell: Shell,
    id: String,
    name: String,
    entry: Entry,
    roles: Vec<(&'static str, String)>,
    organisations: Vec<Organisation>,
    problems: Vec<String>,
    shown: Option<Shown>,
}

/// What the account is to become.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(crate) struct Entry {
    role: String,
    organisation: String,
    division: String,
    version: i64,
}

impl Entry {
    fn change(&self) -> Result<Change, Error> {
        let organisation =
            self.organisation.parse().map_err(|_| Error::invalid("organisation", "unknown_choice"))?;
        let division = Some(self.division.trim()).filter(|division| !division.is_empty());
        let wrong = |_| Error::invalid("division", "division_unknown");
        let division = division.map(|division| division.parse().map_err(wrong)).transpose()?;
        Ok(Change { role: self.role.clone(), organisation, division })
    }
}

/// Administrator: the form, and what the change that stands in the address would bring.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(entry): Query<Entry>,
) -> Page {
    let id = parsed(&id)?;
    let account = change::account(&site.app, &session.scope, id).await?;
    if entry.role.is_empty() {
        let entry = Entry {
            role: account.role.clone(),
            organisation: account.organisation_id.to_string(),
            division: account.division.to_string(),
            version: account.version,
        };
        return draw(&site, &session, (StatusCode::OK, account), entry, Vec::new(), None).await;
    }
    let outcome = match entry.change() {
        Ok(wanted) => change::preview(&site.app, &session.scope, id, &wanted).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(found) => {
            let shown = in_words(&site, session.language, &found);
            draw(&site, &session, (StatusCode::OK, account), entry, Vec::new(), Some(shown)).await
        }
        Err(Error::Invalid(problems)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&site, &session, (status, account), entry, problems, None).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn draw(
    site: &Site,
    session: &Session,
    (status, account): (StatusCode, Account),
    entry: Entry,
    problems: Vec<Problem>,
    shown: Option<Shown>,
) -> Page {
    let language = session.language;
    let staff = Role::ALL.into_iter().filter(|role| !matches!(role, Role::System | Role::Client));
    page_with(
        status,
        &RolePage {
            shell: session.shell(&language.text("role_change.title")),
            id: account.id.to_string(),
            name: format!("{} ({})", account.name, account.username),
            entry,
            roles: staff.map(|role| (role.code(), language.code("role", role.code()))).collect(),
            organisations: account::admin::organisations(&site.app, &session.scope, None, "").await?,
            problems: problems.iter().map(|p| language.problem(&p.code, &p.values)).collect(),
            shown,
        },
    )
}

fn in_words(site: &Site, language: Language, found: &Preview) -> Shown {
    let who = |account: &Account| {
        let role = language.code("role", &account.role);
        format!("{role} · {} · {}", account.organisation, person::place(site, account.division))
    };
    let rows = |rows: &[(Deed, Subject)]| {
        let row = |(deed, subject): &(Deed, Subject)| {
            let subject = language.code("permission_subject", &words::code(subject));
            language.pair(&subject, &language.code("permission_deed", &words::code(deed)))
        };
        rows.iter().map(row).collect::<Vec<_>>()
    };
    let count = |count: i64| if count > MOST { format!("> {MOST}") } else { count.to_string() };
    let (Reach { cases, persons }, after) = (found.now, found.after);
    let text = |key: &str| language.text(key).into_owned();
    Shown {
        now: who(&found.account),
        then: who(&found.then),
        gained: rows(&found.gained),
        lost: rows(&found.lost),
        counts: vec![
            (text("role_change.cases"), count(cases), count(after.cases)),
            (text("role_change.persons"), count(persons), count(after.persons)),
        ],
        version: found.account.version,
    }
}

/// Administrator: the change itself, upon the version that was shown.
pub(crate) async fn change(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Page {
    let id: Id = parsed(&id)?;
    let outcome = match entry.change() {
        Ok(wanted) => change::change(&site.app, &session.scope, id, &wanted, entry.version).await,
        // Whose account it is comes before what is wrong with the form.
        Err(error) => change::account(&site.app, &session.scope, id).await.and(Err(error)),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to("/administration").into_response()),
        Err(Error::Invalid(problems)) => {
            let account = change::account(&site.app, &session.scope, id).await.map_err(Failure::from)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&site, &session, (status, account), entry, problems, None).await
        }
        Err(other) => Err(other.into()),
    }
}
