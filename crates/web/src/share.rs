//! `/shares`: connectors to departments' programs: what leaves, on which basis, under which agreement and impact assessment.
//! `/api/v1/shares`.

pub(crate) mod api;
mod show;

pub(crate) use show::{act, assess, change, confirm, show};

use crate::{
    Site,
    answer::{Page, page, page_with},
    due::{self, Due, minute},
    failure::Failure,
    language::Language,
    library::Fields,
    session::Session,
    shell::Shell,
};
use app::{
    Error, Problem,
    share::{self, Share, ShareEntry},
};
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    share::{Kind, State as Stand},
};

/// A share as a line of the list.
pub(crate) struct Line {
    pub id: String,
    pub recipient: String,
    pub kinds: String,
    pub basis: String,
    pub state: String,
    pub tone: (&'static str, &'static str),
    /// When the assessment is to be reviewed; nothing where there is none.
    pub due: Option<Due>,
    pub read: String,
    pub receipt: String,
}

/// Something to choose from.
struct Choice {
    code: String,
    name: String,
    hint: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "share/list.html")]
struct ListPage {
    shell: Shell,
    lines: Vec<Line>,
    writes: bool,
}

#[derive(Template)]
#[template(path = "share/new.html")]
struct NewPage {
    shell: Shell,
    problems: Vec<String>,
    recipients: Vec<Choice>,
    form: EntryForm,
}

/// What a share is about, as a form.
struct EntryForm {
    bases: Vec<Choice>,
    kinds: Vec<Choice>,
    agreement: String,
    agreed_on: String,
}

fn entry_form(site: &Site, language: Language, entry: &ShareEntry) -> EntryForm {
    let bases = site.app.tables.shares.bases.iter().map(|basis| Choice {
        code: basis.code.clone(),
        name: language.code("share_basis", basis.label()),
        hint: language.of(&basis.law_zh, &basis.law_en),
        chosen: basis.code == entry.basis,
    });
    let kinds = Kind::ALL.iter().map(|kind| Choice {
        code: kind.code().to_owned(),
        name: language.code("share_kind", kind.code()),
        hint: String::new(),
        chosen: entry.kinds.iter().any(|code| code == kind.code()),
    });
    EntryForm {
        bases: bases.collect(),
        kinds: kinds.collect(),
        agreement: entry.agreement.clone(),
        agreed_on: entry.agreed_on.clone(),
    }
}

fn entry_of(fields: &Fields) -> ShareEntry {
    ShareEntry {
        recipient: fields.one("recipient"),
        basis: fields.one("basis"),
        kinds: fields.all("kinds"),
        agreement: fields.one("agreement"),
        agreed_on: fields.one("agreed_on"),
    }
}

/// The basis in words: a consent is called a consent, a duty by law a duty.
fn basis(site: &Site, language: Language, code: &str) -> String {
    let Some(basis) = site.app.tables.shares.basis(code) else { return code.to_owned() };
    language.pair(&language.code("share_basis", basis.label()), &language.of(&basis.law_zh, &basis.law_en))
}

fn kinds(language: Language, kinds: &[Kind]) -> String {
    let names: Vec<String> = kinds.iter().map(|kind| language.code("share_kind", kind.code())).collect();
    names.join(&language.text("audit.and"))
}

fn tone(state: Stand) -> (&'static str, &'static str) {
    match state {
        Stand::Drafted => ("quiet", "edit"),
        Stand::Open => ("good", "check"),
        Stand::Suspended => ("late", "player-pause"),
        Stand::Ended => ("quiet", "x"),
    }
}

/// A share as a line of a list.
pub(crate) fn line(site: &Site, language: Language, share: &Share) -> Line {
    let read = share.read_at.map(minute);
    let numbers = [("receipt", share.receipt_number), ("given", share.given_number)];
    let numbers = numbers.map(|(name, number)| (name, number.to_string()));
    let values: Vec<(&str, &str)> = numbers.iter().map(|(name, number)| (*name, number.as_str())).collect();
    Line {
        id: share.id.to_string(),
        recipient: share.recipient_name.clone(),
        kinds: kinds(language, &share.kinds),
        basis: basis(site, language, &share.basis),
        state: language.code("share_state", share.state.code()),
        tone: tone(share.state),
        due: review(site, language, share),
        read: read.unwrap_or_else(|| language.text("share.never_read").into_owned()),
        receipt: if share.given_number == 0 {
            String::new()
        } else {
            language.with("share.receipt_of", &values)
        },
    }
}

/// When the assessment is to be reviewed.
fn review(site: &Site, language: Language, share: &Share) -> Option<Due> {
    let day = share.assessment.as_ref().filter(|_| share.state != Stand::Ended)?.review_due_on;
    let remind = site.app.tables.shares.remind_on(day);
    let ends = Some(rules::clock::end_of(day));
    Some(due::due(&site.app, language, ends, Some(rules::clock::start_of(remind)), false))
}

/// What is wrong with a form, field by field.
fn told(language: Language, problems: &[Problem]) -> Vec<String> {
    let one = |problem: &Problem| {
        let what = language.code("share_field", &problem.field);
        language.pair(&what, &language.problem(&problem.code, &problem.values))
    };
    problems.iter().map(one).collect()
}

/// What stands in the way, in words, with the status of the answer; other failures stay failures.
fn refused(language: Language, error: Error) -> Result<(StatusCode, Vec<String>), Failure> {
    match error {
        Error::Invalid(problems) => Ok((StatusCode::UNPROCESSABLE_ENTITY, told(language, &problems))),
        Error::Refused(refusal) => {
            Ok((StatusCode::CONFLICT, vec![crate::library::refusal_text(language, &refusal)]))
        }
        other => Err(other.into()),
    }
}

/// Civil affairs, supervisors: the shares of the area.
pub(crate) async fn list(State(site): State<Site>, session: Session) -> Page {
    let shares = share::list(&site.app, &session.scope).await?;
    page(&ListPage {
        shell: session.shell(&session.language.text("navigation.shares")),
        lines: shares.iter().map(|share| line(&site, session.language, share)).collect(),
        writes: session.scope.role.may(Deed::Change, Subject::Share),
    })
}

/// Civil affairs: the form of a new share.
pub(crate) async fn new(State(site): State<Site>, session: Session) -> Page {
    page(&blank(&site, &session, &ShareEntry::default(), Vec::new()).await?)
}

async fn blank(
    site: &Site,
    session: &Session,
    entry: &ShareEntry,
    problems: Vec<String>,
) -> Result<NewPage, Failure> {
    let language = session.language;
    let recipients = share::recipients(&site.app, &session.scope).await?;
    let choice = |one: share::Recipient| Choice {
        chosen: one.id.to_string() == entry.recipient,
        code: one.id.to_string(),
        name: one.name,
        hint: String::new(),
    };
    Ok(NewPage {
        shell: session.shell(&language.text("share.new")),
        problems,
        recipients: recipients.into_iter().map(choice).collect(),
        form: entry_form(site, language, entry),
    })
}

/// Civil affairs: writes a share down.
pub(crate) async fn create(
    State(site): State<Site>,
    session: Session,
    Form(sent): Form<Vec<(String, String)>>,
) -> Page {
    let entry = entry_of(&Fields(sent));
    match share::draft(&site.app, &session.scope, &entry).await {
        Ok(id) => Ok(Redirect::to(&format!("/shares/{id}?done=drafted")).into_response()),
        Err(error) => {
            let (status, problems) = refused(session.language, error)?;
            page_with(status, &blank(&site, &session, &entry, problems).await?)
        }
    }
}
