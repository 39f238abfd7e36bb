//! Accounts of clients and guardians on a person's page: opened at the counter, the code shown once; `/api/v1/persons/{id}/accounts`.

pub(crate) mod api;

use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    account::{
        client::{self, ClientAccount, HOLDERS, HandedOut, Holder},
        guardianship::Ground,
    },
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    capacity::Basis,
};
use serde::Deserialize;

/// An account as a line of the person's page.
pub(super) struct AccountLine {
    pub account: ClientAccount,
    pub holder: String,
    pub state: String,
    pub badge: &'static str,
}

impl AccountLine {
    fn new(language: Language, now: jiff::Timestamp, account: ClientAccount) -> AccountLine {
        let text = |key: &str| language.text(key).into_owned();
        let (state, badge) = match (&account.ended_at, &account.code_until) {
            (Some(_), _) => (text("person.account_ended"), "quiet"),
            (None, Some(until)) if *until <= now => (text("person.code_over"), "late"),
            (None, Some(until)) => {
                (language.with("person.code_until", &[("until", &minute(*until))]), "soon")
            }
            (None, None) => (text("person.in_use"), "good"),
        };
        let mut holder = language.code("holder", account.holder.as_deref().unwrap_or("self"));
        if account.holder.as_deref() == Some("guardian") {
            let basis = account.basis.as_deref().map(|code| language.code("basis", code));
            let basis = basis.unwrap_or_else(|| text("person.no_basis"));
            let until = account.basis_until.map(|day| format!(" · {day}")).unwrap_or_default();
            holder = format!("{holder} · {basis}{until}");
        }
        AccountLine { account, holder, state, badge }
    }
}

/// What the person's page shows of accounts.
pub(super) struct Accounts {
    /// Whether the reader serves the counter.
    pub may_open: bool,
    pub lines: Vec<AccountLine>,
    /// Code and name of who may hold an account.
    pub holders: Vec<(&'static str, String)>,
    /// Code and name of what a guardian's access may rest on.
    pub bases: Vec<(&'static str, String)>,
    /// What was wrong with the form.
    pub problems: Vec<String>,
}

impl Accounts {
    /// The accounts of a person.
    pub(super) async fn of(site: &Site, session: &Session, person: Id) -> Result<Accounts, Error> {
        let (language, may_open) =
            (session.language, session.scope.role.may(Deed::Change, Subject::ClientAccount));
        let found = match may_open {
            true => client::of_person(&site.app, &session.scope, person).await?,
            false => Vec::new(),
        };
        let now = site.app.now();
        Ok(Accounts {
            may_open,
            lines: found.into_iter().map(|account| AccountLine::new(language, now, account)).collect(),
            holders: HOLDERS.iter().map(|code| (*code, language.code("holder", code))).collect(),
            bases: Basis::ALL
                .iter()
                .map(|basis| (basis.code(), language.code("basis", basis.code())))
                .collect(),
            problems: Vec::new(),
        })
    }
}

/// What the form of a new account sends.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry {
    holder: String,
    name: String,
    papers_seen: String,
    basis: String,
    paper: String,
    until: String,
}

#[derive(Template)]
#[template(path = "person/handed_out.html")]
struct HandedOutPage {
    shell: Shell,
    person: Id,
    handed: HandedOut,
    until: String,
}

fn handed_out(session: &Session, person: Id, handed: HandedOut) -> Page {
    let title = session.language.text("handed_out.title");
    page(&HandedOutPage { shell: session.shell(&title), person, until: minute(handed.until), handed })
}

/// Referral worker, civil affairs: opens an account and shows its code, this once.
pub(crate) async fn open(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(entry): Form<Entry>,
) -> Page {
    let id = parsed(&id)?;
    let papers_seen = !entry.papers_seen.is_empty();
    let ground = Ground { basis: entry.basis, paper: entry.paper, until: entry.until.parse().ok() };
    let holder = Holder { holder: entry.holder, name: entry.name, papers_seen, ground };
    match client::open(&site.app, &session.scope, id, &holder).await {
        Ok(handed) => handed_out(&session, id, handed),
        Err(Error::Invalid(problems)) => {
            let language = session.language;
            let told = problems.iter().map(|p| {
                let field = match p.field.as_str() {
                    "holder" => "person.holder",
                    "name" => "person.guardian_name",
                    "basis" => "person.basis",
                    "paper" => "person.paper",
                    "until" => "person.basis_until",
                    _ => "person.papers_seen",
                };
                language.pair(&language.text(field), &language.problem(&p.code, &p.values))
            });
            let filled = super::filled(&site, &session, id, None, told.collect()).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &filled)
        }
        Err(error) => Err(error.into()),
    }
}

/// Referral worker, civil affairs: hands a new code out; the old password ends.
pub(crate) async fn renew(
    State(site): State<Site>,
    session: Session,
    Path((id, account)): Path<(String, String)>,
) -> Page {
    let (id, account) = (parsed(&id)?, parsed(&account)?);
    let handed = client::renew(&site.app, &session.scope, id, account).await?;
    handed_out(&session, id, handed)
}

/// Referral worker, civil affairs: ends an account of a person.
pub(crate) async fn end(
    State(site): State<Site>,
    session: Session,
    Path((id, account)): Path<(String, String)>,
) -> Page {
    let (id, account) = (parsed(&id)?, parsed(&account)?);
    client::end(&site.app, &session.scope, id, account).await?;
    Ok(Redirect::to(&format!("/people/{id}")).into_response())
}

#[cfg(test)]
mod tests {
    use crate::test_site::TestSite;
    use app::person::Entrant;
    use axum::{
        Router,
        body::{Body, to_bytes},
        http::{Request, StatusCode, header},
    };
    use tower::ServiceExt;

    async fn post(
        site: &Router,
        cookie: &str,
        path: &str,
        form: &str,
    ) -> (StatusCode, String, Option<String>) {
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        let answer = site.clone().oneshot(request).await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let set = headers.get(header::SET_COOKIE).map(|v| v.to_str().unwrap().to_owned());
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned(), set)
    }

    async fn get(site: &Router, cookie: &str, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let answer = site.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    fn strong(page: &str, at: usize) -> String {
        let after = page.split("<strong").nth(at).unwrap();
        after.split_once('>').unwrap().1.split('<').next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_code_is_shown_once_and_opens_the_clients_own_view() {
        TestSite::on_both(async |world| {
            let (site, (_, cookie)) = (world.router(), world.account("referral_worker").await);
            let mut tx = world.app.db.begin().await.unwrap();
            let entrant = Entrant {
                name: "王小明".to_owned(),
                number: Some("990101199001011230".to_owned()),
                division: 310_115_110_001,
                ..Entrant::default()
            };
            let scope = app::scope::Scope::system();
            let person = app::person::register(&world.app, &mut tx, &scope, &entrant).await.unwrap();
            tx.commit().await.unwrap();
            let (path, accounts) = (format!("/people/{person}"), format!("/people/{person}/accounts"));
            let (_, page) = get(&site, &cookie, &format!("{path}?lang=en")).await;
            assert!(page.contains("Open an account"), "{page}");
            let (status, page, _) = post(&site, &cookie, &accounts, "holder=guardian").await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.contains("监护人姓名"), "{page}");
            let (status, page, _) = post(&site, &cookie, &accounts, "holder=self&papers_seen=on").await;
            assert_eq!(status, StatusCode::OK);
            let at = page.split("<dl class=\"kv\">").nth(1).unwrap();
            let (username, code) = (strong(at, 1), strong(at, 2));
            let (_, page) = get(&site, &cookie, &path).await;
            assert!(page.contains(&username) && !page.contains(&code), "the code is shown once");

            let (_, page) = get(&site, "", "/first-sign-in?lang=en").await;
            assert!(page.contains("Set the password and sign in"), "{page}");
            let form = |code: &str| format!("username={username}&code={code}&password=Client-2026-ok");
            let (status, ..) = post(&site, "", "/first-sign-in", &form("AAAAA-AAAAA")).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
            let (status, _, set) = post(&site, "", "/first-sign-in", &form(&code)).await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            let own = set.unwrap().split(';').next().unwrap().to_owned();
            let (status, log) = get(&site, &own, "/audit?lang=en").await;
            assert_eq!(status, StatusCode::OK);
            assert!(log.contains("Who saw my data") && log.contains("浦东民政"), "{log}");
            assert!(!log.contains("referral_worker)"), "the office, not the person who sat there: {log}");

            let (_, auditor) = world.account("auditor").await;
            let (_, log) = get(&site, &auditor, &format!("/audit?lang=en&subject={person}")).await;
            assert!(log.contains("Opened an account") && log.contains("(referral_worker)"), "{log}");
            let (status, file) = get(&site, &auditor, "/audit/export?format=csv&lang=en").await;
            assert_eq!(status, StatusCode::OK);
            assert!(file.contains("Opened an account") && !file.contains("王小明"), "{file}");
            let (status, _) = get(&site, &cookie, "/audit").await;
            assert_eq!(status, StatusCode::FORBIDDEN);
            let (_, own_page) = get(&site, &auditor, "/").await;
            assert!(own_page.is_empty(), "the auditor is led to the log");
        })
        .await;
    }
}
