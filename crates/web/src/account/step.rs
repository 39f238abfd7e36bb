//! `/sign-in/code`, `/sign-in/enrol`, `/sign-in/password`: the steps behind the password. Whoever has one left reaches
//! nothing else.

use super::{
    factor::{Authenticator, EnrolPage, codes_page},
    passkey::{PasskeyForm, in_one_line},
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
    account::{
        self,
        factor::{self, Enrolled},
        passkey::{self, NewPasskey},
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
};
use rules::account::Step;
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
    /// Asks for a passkey of the account, where it has one and it is offered.
    passkey: Option<PasskeyForm>,
    /// It has passkeys, but the operator offers them no more.
    not_offered: bool,
    /// A code of the app is enough.
    takes_app: bool,
}

async fn code_page(site: &Site, half: &HalfOpen, next: &str, problem: &str) -> Result<CodePage, Error> {
    let (language, next) = (half.language, inside(next).to_owned());
    let held = factor::choices(&site.app, &half.secret, Step::Code).await?;
    let asked = passkey::ask(&site.app, &half.secret).await?;
    Ok(CodePage {
        frame: Frame::new(language, &half.path, &language.text("second_factor.title")),
        problem: if problem.is_empty() { String::new() } else { language.text(problem).into_owned() },
        passkey: PasskeyForm::new(site, None, asked, ("/sign-in/code", &next)),
        not_offered: held.passkey && !passkey::are_offered(&site.app),
        takes_app: held.takes_app(),
        next,
    })
}

/// Whoever gave the password: asks for the second factor.
pub(crate) async fn code(State(site): State<Site>, half: HalfOpen, Query(to): Query<Next>) -> Page {
    page(&code_page(&site, &half, &to.next, "").await?)
}

/// What the forms of a second factor send: a code, or what a passkey answered.
#[derive(Deserialize)]
pub(crate) struct CodeEntry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    passkey: String,
    /// What a new passkey is called.
    #[serde(default)]
    name: String,
    #[serde(default)]
    next: String,
}

/// Whoever gave the password: shows a passkey, a code of the app or one from paper.
pub(crate) async fn show_code(
    State(site): State<Site>,
    arrival: Arrival,
    half: HalfOpen,
    Form(entry): Form<CodeEntry>,
) -> Page {
    if !site.limits.sign_in(arrival.address, &half.account.username) {
        let told = code_page(&site, &half, &entry.next, "sign_in.too_many").await?;
        return Ok(limits::too_many(page(&told)?));
    }
    let (app, secret, from) = (&site.app, &half.secret, arrival.address);
    let by_passkey = !entry.passkey.is_empty();
    let shown = match by_passkey {
        true => passkey::show(app, secret, &entry.passkey, from).await,
        false => factor::show_code(app, secret, &entry.code, from).await,
    };
    let problem = match shown {
        Ok(secret) => return Ok(signed_in(&site, &arrival, &secret, inside(&entry.next))),
        Err(Error::Forbidden) if by_passkey => "passkey.wrong",
        Err(Error::Forbidden) => "second_factor.wrong",
        Err(Error::Refused(refusal)) if refusal.code == "passkey_counter" => "passkey.copied",
        Err(Error::Refused(refusal)) if refusal.code == "passkey_expired" => "passkey.late",
        Err(Error::Busy) => "sign_in.locked",
        Err(other) => return Err(other.into()),
    };
    page_with(StatusCode::UNAUTHORIZED, &code_page(&site, &half, &entry.next, problem).await?)
}

/// Whoever must have a second factor and has none: sets one up.
pub(crate) async fn enrol(State(site): State<Site>, half: HalfOpen, Query(to): Query<Next>) -> Page {
    page(&enrol_page(&site, &half, (&to.next, "", String::new())).await?)
}

async fn enrol_page(
    site: &Site,
    half: &HalfOpen,
    (next, name, problem): (&str, &str, String),
) -> Result<EnrolPage, Error> {
    let (app, next) = (&site.app, inside(next));
    let authenticator = match factor::choices(app, &half.secret, Step::Enrol).await?.may_enrol_app() {
        true => Some(Authenticator::new(&factor::begin_waiting(app, &half.secret).await?, "/sign-in/enrol")?),
        false => None,
    };
    let asked = passkey::begin_waiting(app, &half.secret).await?;
    let passkey = PasskeyForm::new(site, Some(name), asked, ("/sign-in/enrol", next));
    let title = match (&authenticator, &passkey) {
        (Some(_), Some(_)) => "second_factor.set_up_one",
        (None, _) => "passkey.add",
        (Some(_), None) => "second_factor.set_up",
    };
    let frame = Frame::new(half.language, &half.path, &half.language.text(title));
    Ok(EnrolPage { frame, authenticator, passkey, next: next.to_owned(), problem, waiting: true })
}

/// Completes what was set up: a passkey, or the app by its first code.
async fn enrolled(
    site: &Site,
    half: &HalfOpen,
    entry: &CodeEntry,
    arrival: &Arrival,
) -> Result<Enrolled, Error> {
    if entry.passkey.is_empty() {
        return factor::complete_waiting(&site.app, &half.secret, &entry.code, arrival.address).await;
    }
    let new = NewPasskey { name: entry.name.clone(), answer: entry.passkey.clone() };
    passkey::complete_waiting(&site.app, &half.secret, &new, arrival.address).await
}

/// Whoever must have a second factor: completes the setting up, and is shown the recovery codes.
pub(crate) async fn complete_enrol(
    State(site): State<Site>,
    arrival: Arrival,
    half: HalfOpen,
    Form(entry): Form<CodeEntry>,
) -> Page {
    let enrolled = match enrolled(&site, &half, &entry, &arrival).await {
        // Who had another factor has recovery codes, too.
        Ok(Enrolled { codes, secret }) if codes.is_empty() => {
            return Ok(signed_in(&site, &arrival, &secret.unwrap_or_default(), inside(&entry.next)));
        }
        Ok(enrolled) => enrolled,
        Err(Error::Invalid(problems)) => {
            let told = in_one_line(half.language, &problems);
            let again = enrol_page(&site, &half, (&entry.next, &entry.name, told)).await?;
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
