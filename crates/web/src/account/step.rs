//! `/sign-in/code`, `/sign-in/enrol`, `/sign-in/password`: the steps behind the password. Whoever has one left reaches
//! nothing else.

use super::{
    factor::{EnrolPage, codes_page},
    sign_in::{inside, signed_in},
};
use crate::{
    Site,
    answer::{Page, page, page_with},
    limits,
    session::{HalfOpen, set_cookie},
    shell::Frame,
    transport::Arrival,
};
use app::{
    Error,
    account::{self, factor},
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
};
use serde::Deserialize;

/// Where to go on afterwards.
#[derive(Deserialize, Default)]
pub(crate) struct Next {
    #[serde(default)]
    next: String,
}

#[derive(Template)]
#[template(path = "account/step_code.html")]
struct CodePage {
    frame: Frame,
    problem: String,
    next: String,
}

fn code_page(half: &HalfOpen, next: &str, problem: &str) -> CodePage {
    let (language, next) = (half.language, inside(next).to_owned());
    let problem = if problem.is_empty() { String::new() } else { language.text(problem).into_owned() };
    CodePage { frame: Frame::new(language, &half.path, &language.text("second_factor.title")), problem, next }
}

/// Whoever gave the password: asks for a code.
pub(crate) async fn code(half: HalfOpen, Query(to): Query<Next>) -> Page {
    page(&code_page(&half, &to.next, ""))
}

/// What the form of a code sends.
#[derive(Deserialize)]
pub(crate) struct CodeEntry {
    code: String,
    #[serde(default)]
    next: String,
}

/// Whoever gave the password: shows a code of the app or from paper.
pub(crate) async fn show_code(
    State(site): State<Site>,
    arrival: Arrival,
    half: HalfOpen,
    Form(entry): Form<CodeEntry>,
) -> Page {
    if !site.limits.sign_in(arrival.address, &half.account.username) {
        return Ok(limits::too_many(page(&code_page(&half, &entry.next, "sign_in.too_many"))?));
    }
    let shown = factor::show_code(&site.app, &half.secret, &entry.code, arrival.address).await;
    let problem = match shown {
        Ok(secret) => return Ok(signed_in(&site, &arrival, &secret, inside(&entry.next))),
        Err(Error::Forbidden) => "second_factor.wrong",
        Err(Error::Busy) => "sign_in.locked",
        Err(other) => return Err(other.into()),
    };
    page_with(StatusCode::UNAUTHORIZED, &code_page(&half, &entry.next, problem))
}

/// Whoever must have a second factor and has none: sets one up.
pub(crate) async fn enrol(State(site): State<Site>, half: HalfOpen, Query(to): Query<Next>) -> Page {
    page(&enrol_page(&site, &half, &to.next, "").await?)
}

async fn enrol_page(site: &Site, half: &HalfOpen, next: &str, problem: &str) -> Result<EnrolPage, Error> {
    let enrolment = factor::begin_waiting(&site.app, &half.secret).await?;
    let frame = Frame::new(half.language, &half.path, &half.language.text("second_factor.set_up"));
    EnrolPage::new(frame, &enrolment, ("/sign-in/enrol", inside(next)), problem)
}

/// Whoever must have a second factor: completes the setting up, and is shown the recovery codes.
pub(crate) async fn complete_enrol(
    State(site): State<Site>,
    arrival: Arrival,
    half: HalfOpen,
    Form(entry): Form<CodeEntry>,
) -> Page {
    let done = factor::complete_waiting(&site.app, &half.secret, &entry.code, arrival.address).await;
    let enrolled = match done {
        Ok(enrolled) => enrolled,
        Err(Error::Invalid(_)) => {
            let again = enrol_page(&site, &half, &entry.next, "problem.factor_code").await?;
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &again);
        }
        Err(other) => return Err(other.into()),
    };
    let mut answer = codes_page(half.language, &enrolled.codes, inside(&entry.next))?;
    let hours = i64::from(site.app.tables.limits.session_hours);
    let cookie = set_cookie(&arrival, &enrolled.secret.unwrap_or_default(), hours * 3600);
    let cookie = HeaderValue::from_str(&cookie).map_err(Error::broken)?;
    answer.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "account/step_password.html")]
struct PasswordPage {
    frame: Frame,
    username: String,
    problem: String,
    hint: String,
    next: String,
}

fn password_page(site: &Site, half: &HalfOpen, next: &str, problem: String) -> PasswordPage {
    let (language, rule) = (half.language, site.app.tables.limits.password);
    let (characters, kinds) = (rule.characters.to_string(), rule.kinds.to_string());
    PasswordPage {
        frame: Frame::new(language, &half.path, &language.text("password_due.title")),
        username: half.account.username.clone(),
        problem,
        hint: language.with("own_account.password_hint", &[("characters", &characters), ("kinds", &kinds)]),
        next: inside(next).to_owned(),
    }
}

/// Whoever has a password that is due: asks for another one.
pub(crate) async fn password(State(site): State<Site>, half: HalfOpen, Query(to): Query<Next>) -> Page {
    page(&password_page(&site, &half, &to.next, String::new()))
}

/// What the form of a due password sends.
#[derive(Deserialize)]
pub(crate) struct PasswordEntry {
    password: String,
    again: String,
    #[serde(default)]
    next: String,
}

/// Whoever has a password that is due: sets another one and goes on.
pub(crate) async fn set_password(
    State(site): State<Site>,
    arrival: Arrival,
    half: HalfOpen,
    Form(entry): Form<PasswordEntry>,
) -> Page {
    let outcome = if entry.password == entry.again {
        account::set_due_password(&site.app, &half.secret, &entry.password, arrival.address).await
    } else {
        Err(Error::invalid("again", "password_differs"))
    };
    match outcome {
        Ok(secret) => Ok(signed_in(&site, &arrival, &secret, inside(&entry.next))),
        Err(Error::Invalid(problems)) => {
            let told = problems.iter().map(|p| half.language.problem(&p.code, &p.values));
            let told = told.collect::<Vec<_>>().join(" ");
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &password_page(&site, &half, &entry.next, told))
        }
        Err(other) => Err(other.into()),
    }
}
