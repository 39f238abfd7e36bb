//! `/outreach/new`: the county's desk gives people of the shared registers to a house.

use super::words::{Choices, Told, told};
use crate::{
    Site, address,
    answer::{Page, page, page_with},
    division,
    failure::Failure,
    followup::age,
    form::Posted,
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    id::Id,
    outreach::{self, Candidate},
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::division::DivisionCode;
use serde::Deserialize;

/// Which people are shown.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    division: String,
    after: String,
}

/// Somebody who could be given.
struct Person {
    id: String,
    name: String,
    about: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "outreach/new.html")]
struct NewPage {
    shell: Shell,
    persons: Vec<Person>,
    houses: Choices,
    house: String,
    places: Choices,
    division: String,
    next: String,
    told: Vec<Told>,
}

/// The key of a page as it stands in an address.
pub(crate) fn key_of(text: &str) -> Option<(i64, Id)> {
    let (division, id) = text.split_once('_')?;
    Some((division.parse().ok()?, id.parse().ok()?))
}

/// The county's desk: people of the registers who are not being reached and have no case.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    page(&drawn(&site, &session, &asked, &Posted::default(), Vec::new()).await?)
}

async fn drawn(
    site: &Site,
    session: &Session,
    asked: &Asked,
    posted: &Posted,
    told: Vec<Told>,
) -> Result<NewPage, Failure> {
    let (app, language) = (&site.app, session.language);
    let division = DivisionCode::parse(&asked.division).ok().map(DivisionCode::number);
    let found = outreach::candidates(app, &session.scope, division, key_of(&asked.after)).await?;
    let houses = outreach::houses(app, &session.scope).await?;
    let person = |one: Candidate| {
        let sex = one.sex.as_deref().map(|sex| language.code("sex", sex)).unwrap_or_default();
        let about = [sex, age(site, language, one.born_on), division::short(app, one.division)];
        let id = one.id.to_string();
        Person {
            chosen: posted.all("person").any(|chosen| chosen == id),
            about: about.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            name: one.name,
            id,
        }
    };
    let area = DivisionCode::new(session.scope.division).ok();
    let place = |one: app::division::Division| (one.code.number().to_string(), one.name);
    let house = |one: outreach::House| {
        (one.id.to_string(), format!("{} · {}", one.name, language.code("organisation_kind", &one.kind)))
    };
    let query = address::query([("division", asked.division.as_str())]);
    Ok(NewPage {
        shell: session.shell(&language.text("outreach.give_title")),
        persons: found.persons.into_iter().map(person).collect(),
        houses: houses.into_iter().map(house).collect(),
        house: posted.get("house").unwrap_or_default().to_owned(),
        places: app.divisions.children(area).into_iter().map(place).collect(),
        division: asked.division.clone(),
        next: found
            .next
            .map(|(division, id)| format!("/outreach/new?{query}&after={division}_{id}"))
            .unwrap_or_default(),
        told,
    })
}

/// The county's desk: gives the ticked people to the house.
pub(crate) async fn create(State(site): State<Site>, session: Session, Form(posted): Form<Posted>) -> Page {
    let get = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let persons: Result<Vec<Id>, _> = posted.all("person").map(str::parse).collect();
    let house: Result<Id, _> = get("house").parse();
    let given = match (persons, house) {
        (Ok(persons), Ok(house)) => outreach::give(&site.app, &session.scope, &persons, house).await,
        (Err(_), _) => Err(Error::invalid("persons", "unknown_choice")),
        (_, Err(_)) => Err(Error::invalid("house", "required")),
    };
    match given {
        Ok(given) => {
            let to = format!("/outreach?given={}&over={}", given.leads.len(), given.passed_over);
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let told = told(session.language, error)?;
            let asked = Asked { division: get("division"), after: get("after") };
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &drawn(&site, &session, &asked, &posted, told).await?)
        }
    }
}
