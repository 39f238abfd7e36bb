//! `/administration/accounts/{id}/tokens`: tokens of programs, made for a purpose and shown once.

use super::own::granted;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    due::minute,
    failure::Failure,
    form::Posted,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    account::{self, NewToken, admin, own::OwnToken},
    id::Id,
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::account::{Grant, Purpose, Role};

/// A token in force.
struct Line {
    label: String,
    purposes: String,
    may: String,
    until: String,
}

/// A purpose that a program of this account may have.
struct Choice {
    code: &'static str,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "account/tokens.html")]
struct TokensPage {
    shell: Shell,
    account: account::Account,
    tokens: Vec<Line>,
    purposes: Vec<Choice>,
    longest: u16,
    problems: Vec<String>,
    label: String,
    days: String,
    changes: bool,
    /// The secret that was made a moment ago, shown this once.
    made: String,
}

async fn draw(
    site: &Site,
    session: &Session,
    id: Id,
    (posted, problems): (&Posted, &[Problem]),
) -> Result<TokensPage, Failure> {
    let language = session.language;
    let found = admin::tokens(&site.app, &session.scope, id).await?;
    let account = account::get(&site.app, id).await?;
    let role = Role::of_code(&account.role);
    let useful = Purpose::ALL.into_iter().filter(|p| role.is_some_and(|role| role.has_use_for(*p)));
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let line = |token: OwnToken| {
        let (purposes, may) = granted(language, &token);
        Line { purposes, may, until: minute(token.expires_at), label: token.label }
    };
    Ok(TokensPage {
        shell: session.shell(&language.text("tokens.title")),
        tokens: found.into_iter().map(line).collect(),
        purposes: useful
            .map(|purpose| Choice {
                code: purpose.code(),
                name: language.code("purpose", purpose.code()),
                chosen: posted.all("purposes").any(|code| code == purpose.code()),
            })
            .collect(),
        longest: site.app.tables.limits.token.longest_days,
        problems: problems.iter().map(|p| language.problem(&p.code, &p.values)).collect(),
        label: text("label"),
        days: text("days"),
        changes: posted.get("changes").is_some(),
        made: String::new(),
        account,
    })
}

/// Security administrator: the tokens of an account, and the form of a new one.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    page(&draw(&site, &session, parsed(&id)?, (&Posted::default(), &[])).await?)
}

/// Security administrator: makes a token, which is shown this once.
pub(crate) async fn make(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id = parsed(&id)?;
    let new = NewToken {
        label: posted.get("label").unwrap_or_default().to_owned(),
        days: posted.get("days").and_then(|days| days.parse().ok()).unwrap_or(0),
        grant: Grant {
            purposes: posted.all("purposes").filter_map(Purpose::of_code).collect(),
            changes: posted.get("changes").is_some(),
        },
    };
    match admin::new_token(&site.app, &session.scope, id, &new).await {
        Ok(made) => {
            let drawn = draw(&site, &session, id, (&Posted::default(), &[])).await?;
            page(&TokensPage { made, ..drawn })
        }
        Err(Error::Invalid(problems)) => {
            let again = draw(&site, &session, id, (&posted, &problems)).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &again)
        }
        Err(error) => Err(error.into()),
    }
}

/// Security administrator: revokes the tokens of one label.
pub(crate) async fn revoke(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let (id, label) = (parsed(&id)?, posted.get("label"));
    admin::revoke_tokens(&site.app, &session.scope, id, Some(label.unwrap_or_default())).await?;
    Ok(Redirect::to(&format!("/administration/accounts/{id}/tokens")).into_response())
}
