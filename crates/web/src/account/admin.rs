//! `/administration`: organisations, which administrators keep, and accounts of staff, which security administrators keep.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    search::sought,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    account::{self, Account, KINDS, NewAccount, admin::Kept},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use rules::account::{Deed, Role, Subject};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "account/admin.html")]
struct AdminPage {
    shell: Shell,
    keeps_accounts: bool,
    /// The reader keeps the library of scales.
    keeps_scales: bool,
    keeps_organisations: bool,
    words: String,
    look: String,
    accounts: Vec<Row>,
    /// The username after which the next page starts, sealed; empty on the last page.
    next: String,
    organisations: Vec<House>,
    /// Name after which the next page of organisations starts; empty on the last page.
    next_organisations: String,
    roles: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, String)>,
    /// The title of what is to be done about another identity provider; empty where there is none.
    provider: String,
    problems: Vec<String>,
    entry: AccountEntry,
}

struct Row {
    account: Account,
    role: String,
    /// Until when too many failures lock it; empty where nothing does.
    locked: String,
    /// Its second factors in words; empty where a password alone lets in.
    factor: String,
    /// It is the reader's own, with which nothing is done here.
    own: bool,
}

/// An organisation in words.
struct House {
    id: String,
    name: String,
    kind: String,
    division: i64,
}

/// What the list is asked for.
#[derive(Deserialize, Default)]
pub(crate) struct Asked {
    /// The words that were searched for, sealed.
    #[serde(default)]
    look: String,
    /// Accounts after this username, sealed.
    #[serde(default)]
    after: String,
    /// Organisations after this name.
    #[serde(default)]
    from: String,
}

async fn draw(
    site: &Site,
    session: &Session,
    asked: Asked,
    entry: AccountEntry,
    problems: &[Problem],
) -> Result<AdminPage, Failure> {
    let (language, scope, app) = (session.language, &session.scope, &site.app);
    let keeps_accounts = scope.role.may(Deed::Read, Subject::StaffAccount);
    let (words, after) = (sought(site, session, &asked.look)?, sought(site, session, &asked.after)?);
    let accounts = match keeps_accounts {
        true => account::admin::kept(app, scope, &words, &after).await?,
        false => Vec::new(),
    };
    let organisations = account::admin::organisations(app, scope, None, &asked.from).await?;
    let full = |rows: usize| i64::try_from(rows).unwrap_or(0) == account::admin::PAGE;
    let next = accounts.last().filter(|_| full(accounts.len())).map(|a| a.account.username.as_str());
    let next = app::search::hide(app, scope, next.unwrap_or_default())?;
    let more = organisations.last().filter(|_| full(organisations.len())).map(|o| o.name.clone());
    let role = |code: &str| language.code("role", code);
    let kind = |code: &str| language.code("organisation_kind", code);
    let house = |o: account::Organisation| House {
        id: o.id.to_string(),
        kind: kind(&o.kind),
        name: o.name,
        division: o.division,
    };
    Ok(AdminPage {
        shell: session.shell(&language.text("navigation.administration")),
        keeps_accounts,
        keeps_scales: scope.role.may(Deed::Change, Subject::ScaleLibrary),
        keeps_organisations: scope.role.may(Deed::Change, Subject::Organisation),
        words,
        look: asked.look,
        accounts: accounts.into_iter().map(|kept| row(site, session, kept)).collect(),
        next,
        organisations: organisations.into_iter().map(house).collect(),
        next_organisations: more.unwrap_or_default(),
        roles: Role::ALL.iter().filter(|r| of_staff(**r)).map(|r| (r.code(), role(r.code()))).collect(),
        kinds: KINDS.iter().map(|code| (*code, kind(code))).collect(),
        provider: super::linked::title(site, language),
        problems: problems.iter().map(|p| language.problem(&p.code, &p.values)).collect(),
        entry,
    })
}

/// The kinds of second factor that an account has.
fn factors(session: &Session, kept: &Kept) -> String {
    let app = kept.app_at.map(|_| session.language.text("second_factor.app").into_owned());
    let count = kept.passkeys.to_string();
    let passkeys = session.language.with("administration.passkeys", &[("count", &count)]);
    let kinds = app.into_iter().chain((kept.passkeys > 0).then_some(passkeys));
    kinds.collect::<Vec<_>>().join(session.language.comma())
}

fn row(site: &Site, session: &Session, kept: Kept) -> Row {
    let locked = kept.locked_until.filter(|until| *until > site.app.now());
    Row {
        role: session.language.code("role", &kept.account.role),
        locked: locked.map(minute).unwrap_or_default(),
        factor: factors(session, &kept),
        own: kept.account.id == session.scope.account,
        account: kept.account,
    }
}

/// Administrator: organisations of the area. Security administrator: accounts of the area.
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

/// Security administrator: adds an account.
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

/// Security administrator: gives an ended account back.
pub(crate) async fn restore(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    account::admin::restore(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(back())
}

/// Security administrator: opens an account that too many failures have locked.
pub(crate) async fn unlock(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    account::admin::unlock(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(back())
}

/// Security administrator: takes a lost second factor away.
pub(crate) async fn reset_factor(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    account::admin::reset_factor(&site.app, &session.scope, parsed(&id)?).await?;
    Ok(back())
}

/// A new password.
#[derive(Deserialize)]
pub(crate) struct PasswordEntry {
    password: String,
}

/// Security administrator: sets a new password and ends all sessions of the account.
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
