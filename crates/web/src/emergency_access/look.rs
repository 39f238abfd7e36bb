//! `/emergency-access/{id}`: what an own opening shows, read only.

use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::minute,
    failure::Failure,
    person,
    referral::{
        reading::{Reading, reading},
        timeline::{self, Happened},
        words,
    },
    session::Session,
    shell::Shell,
};
use app::{
    emergency_access::{self, CaseLook},
    referral::directory,
};
use askama::Template;
use axum::extract::{Path, State};

struct CaseCard {
    number: String,
    who: String,
    about: String,
    state: String,
    tone: (&'static str, &'static str),
    institution: String,
    place: String,
    restricted: bool,
    readings: Vec<Reading>,
    happened: Vec<Happened>,
}

#[derive(Template)]
#[template(path = "emergency_access/look.html")]
struct LookPage {
    shell: Shell,
    basis: String,
    ends: String,
    person: Option<person::Line>,
    cases: Vec<CaseCard>,
}

/// Whoever opened it, while it lasts: the person with the cases, or the one case. The look is in their log.
pub(crate) async fn show(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let found = emergency_access::look(&site.app, &session.scope, parsed(&id)?).await?;
    let language = session.language;
    let mut cases = Vec::new();
    for case in found.cases {
        cases.push(card(&site, &session, case).await?);
    }
    page(&LookPage {
        shell: session.shell(&language.text("navigation.emergency_access")),
        basis: language.code("emergency_basis", &found.basis),
        ends: minute(found.ends_at),
        person: found.person.map(|person| person::Line::new(&site, language, person)),
        cases,
    })
}

async fn card(site: &Site, session: &Session, case: CaseLook) -> Result<CaseCard, Failure> {
    let (app, language) = (&site.app, session.language);
    let (organisations, accounts) = timeline::named(&case.moments);
    let mut names = directory::organisation_names(app, &organisations).await?;
    names.extend(directory::account_names(app, &accounts).await?);
    let mut readings = Vec::new();
    for form in &case.forms {
        readings.extend(reading(site, session, form)?);
    }
    let row = &case.row;
    Ok(CaseCard {
        number: row.number.clone().unwrap_or_default(),
        who: words::who(language, row),
        about: words::about(app, language, row),
        state: language.code("state", &row.state),
        tone: words::tone(words::state(&row.state)),
        institution: row.institution.clone().unwrap_or_default(),
        place: person::place(site, row.division),
        restricted: case.restricted,
        readings,
        happened: timeline::happened(app, language, &case.moments, &names),
    })
}
