//! `/administration`: accounts and organisations. Only an administrator finds anything here.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    account::{self, Account, KINDS, NewAccount, Organisation},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use rules::account::Role;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/admin.html")]
struct AdminPage {
    shell: Shell,
    words: String,
    accounts: Vec<Row>,
    /// Username after which the next page starts; empty on the last page.
    next: String,
    organisations: Vec<Organisation>,
    roles: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, String)>,
    problems: Vec<String>,
    entry: AccountEntry,
}

struct Row {
    account: Account,
    role: String,
}

/// What the list is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    after: String,
}

async fn draw(
    site: &Site,
    session: &Session,
    asked: Asked,
    entry: AccountEntry,
    problems: &[Problem],
) -> Result<AdminPage, Failure> {
    let language = session.language;
    let accounts = account::admin::accounts(&site.app, &session.scope, &asked.q, &asked.after).await?;
    let full = i64::try_from(accounts.len()).unwrap_or(0) == account::admin::PAGE;
    let next = accounts.last().filter(|_| full).map(|a| a.username.clone()).unwrap_or_default();
    let organisations = account::admin::organisations(&site.app, &session.scope, None, "").await?;
    let role = |code: &str| language.code("role", code);
    Ok(AdminPage {
        shell: session.shell(&language.text("navigation.administration")),
        words: asked.q,
        accounts: accounts.into_iter().map(|a| Row { role: role(&a.role), account: a }).collect(),
        next,
        organisations,
        roles: Role::ALL.iter().filter(|r| of_staff(**r)).map(|r| (r.code(), role(r.code()))).collect(),
        kinds: KINDS.iter().map(|k| (*k, language.code("organisation_kind", k))).collect(),
        problems: problems.iter().map(|p| language.problem(&p.code, &p.values)).collect(),
        entry,
    })
}

/// Administrator: accounts and organisations of the area.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&draw(&site, &session, asked, AccountEntry::default(), &[]).await?)
}

/// The form of a new account.
#[derive(Deserialize, Default, Clone)]
pub(crate) struct AccountEntry {
    username: String,
    name: String,
    password: String,
    role: String,
    organisation: String,
}

/// The clock needs no account, and the counter opens those of clients and guardians.
fn of_staff(role: Role) -> bool {
    !matches!(role, Role::System | Role::Client)
}

/// Administrator: adds an account.
pub(crate) async fn add(State(site): State<Site>, session: Session, Form(entry): Form<AccountEntry>) -> Page {
    let outcome = async {
        if !Role::of_code(&entry.role).is_some_and(of_staff) {
            return Err(Error::invalid("role", "unknown_choice"));
        }
        let organisation: Id =
            entry.organisation.parse().map_err(|_| Error::invalid("organisation", "unknown_choice"))?;
        let new = NewAccount {
            username: entry.username.clone(),
            name: entry.name.clone(),
            password: entry.password.clone(),
            role: entry.role.clone(),
            organisation,
            division: None,
            person: None,
        };
        account::admin::add(&site.app, &session.scope, &new).await?;
        Ok::<(), Error>(())
    };
    match outcome.await {
        Ok(()) => Ok(back()),
        Err(Error::Invalid(problems)) => {
            let again = AccountEntry { password: String::new(), ..entry };
            let filled = draw(&site, &session, Asked::default(), again, &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &filled)
        }
        Err(error) => Err(error.into()),
    }
}

fn back() -> Response {
    Redirect::to("/administration").into_response()
}

/// Administrator: gives an ended account back.
pub(crate) async fn restore(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    account::admin::restore(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(back())
}

/// A new password.
#[derive(Deserialize)]
pub(crate) struct PasswordEntry {
    password: String,
}

/// Administrator: sets a new password and ends all sessions of the account.
pub(crate) async fn password(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<PasswordEntry>,
) -> Page {
    match account::admin::set_password(&site.app, &session.scope, parsed(&id)?, &entry.password).await {
        Ok(()) => Ok(back()),
        Err(Error::Invalid(problems)) => {
            let filled = draw(&site, &session, Asked::default(), AccountEntry::default(), &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &filled)
        }
        Err(error) => Err(error.into()),
    }
}

/// The form of a new organisation.
#[derive(Deserialize)]
pub(crate) struct OrganisationEntry {
    kind: String,
    name: String,
    division: String,
}

/// Administrator: adds an organisation.
pub(crate) async fn add_organisation(
    State(site): State<Site>,
    session: Session,
    Form(entry): Form<OrganisationEntry>,
) -> Page {
    let outcome = async {
        let wrong = || Error::invalid("division", "division_unknown");
        let division: i64 = entry.division.trim().parse().map_err(|_| wrong())?;
        let (kind, name) = (&entry.kind, &entry.name);
        account::admin::add_organisation(&site.app, &session.scope, kind, name, division).await?;
        Ok(())
    };
    match outcome.await {
        Ok(()) => Ok(back()),
        Err(Error::Invalid(problems)) => {
            let filled = draw(&site, &session, Asked::default(), AccountEntry::default(), &problems).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &filled)
        }
        Err(error) => Err(error.into()),
    }
}
