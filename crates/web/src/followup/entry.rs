//! `/followup/records/new`: a record is opened by a report card, a discharge slip or a clue, in short or, with `?paper=`, by the whole
//! card or slip; `…/profile`: what is known of the
//! person beside the visits.

use super::{
    FormPage,
    kept::{self, Kept},
    paper::entry as paper,
    stands_in_the_way,
    step::disorders,
};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    failure::Failure,
    form::{Control, Group, Kind, Posted},
    language::Language,
    session::Session,
};
use app::{
    Error, Problem,
    followup::{self, Opening, ProfileFields, Source, View},
    id::Id,
    person::Person,
    referral::unsent::discard as forget,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::{
    account::{Deed, Subject},
    followup::paper::PaperKind,
};
use serde::Deserialize;

/// A person of the register for whom a record is opened.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    person: String,
    /// A whole card or slip.
    paper: String,
}

/// Draws controls with what was typed.
struct Drawing<'a> {
    language: Language,
    posted: &'a Posted,
}

impl Drawing<'_> {
    fn control(&self, kind: Kind, name: &str) -> Control {
        let value = self.posted.get(name).unwrap_or_default();
        Control::new(self.language, kind, name, &self.language.code("smd_field", name)).with(value)
    }

    fn options(&self, kind: Kind, name: &str, options: Vec<(String, String)>) -> Control {
        let chosen: Vec<&str> = self.posted.all(name).collect();
        self.control(kind, name).options(options, &chosen)
    }

    fn words(&self, kind: &str, codes: &[&str]) -> Vec<(String, String)> {
        codes.iter().map(|code| ((*code).to_owned(), self.language.code(kind, code))).collect()
    }

    fn group(&self, key: &str, controls: Vec<Control>) -> Group {
        Group { legend: self.language.text(key).into_owned(), controls }
    }

    fn profile(&self) -> Result<Vec<Group>, Error> {
        let economy = self.options(Kind::Radios, "economy", self.words("economy", &["1", "2"]));
        Ok(vec![
            self.group(
                "smd.diagnosis",
                vec![
                    self.options(Kind::List, "disorder", disorders(self.language)?),
                    self.control(Kind::Date, "diagnosed_on"),
                    self.control(Kind::Text, "hospital"),
                    self.control(Kind::Date, "onset_on"),
                ],
            ),
            self.group(
                "smd.guardian",
                vec![
                    self.control(Kind::Text, "guardian_name"),
                    self.control(Kind::Text, "guardian_relation"),
                    self.control(Kind::Phone, "guardian_phone"),
                    economy,
                    self.control(Kind::Long, "remark"),
                ],
            ),
        ])
    }
}

/// Doctors and the county's health side: the form.
pub(crate) async fn new(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let paper = whole(&asked.paper);
    let place = kept::opening(&asked.person, paper.map(PaperKind::code).unwrap_or_default());
    let written = kept::restored(&site, &session, &place, |_| true).await?;
    let (posted, kept) = match written {
        Some((posted, kept)) => (posted, kept),
        None => (Posted(vec![("person".to_owned(), asked.person)]), Kept::at(place)),
    };
    let form = match paper {
        Some(kind) => paper::opening(&site, &session, kind, &posted, &[], String::new()).await?,
        None => opening(&site, &session, &posted, &[], String::new()).await?,
    };
    page(&FormPage { kept, ..form })
}

/// The paper by which a record is opened as a whole.
fn whole(code: &str) -> Option<PaperKind> {
    PaperKind::of_code(code).filter(|kind| kind.opens())
}

async fn opening(
    site: &Site,
    session: &Session,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> Result<FormPage, Failure> {
    let language = session.language;
    let draw = Drawing { language, posted };
    let person = posted.get("person").unwrap_or_default().to_owned();
    let chosen = chosen(site, session, &person).await?;
    let sources = Source::ALL.map(Source::code);
    let mut on = draw.control(Kind::Date, "on").required();
    if on.value.is_empty() {
        on.value = rules::clock::china_date(site.app.now()).to_string();
    }
    let source = draw.options(Kind::Radios, "source", draw.words("smd_source", &sources)).required();
    let mut what = vec![source, on];
    if followup::enters_paper(&session.scope) {
        let mut received = draw.control(Kind::Date, "received_on");
        received.help = language.text("smd.received_help").into_owned();
        received.condition = Some(("source".to_owned(), Source::ReportCard.code().to_owned()));
        what.push(received);
    }
    let mut groups = vec![draw.group("smd.paper", what)];
    if chosen.is_none() {
        groups.push(draw.group("smd.who", who(&draw, site, session)));
    }
    groups.extend(draw.profile()?);
    groups.push(charge(site, session, posted).await?);
    let heading = language.text("smd.open").into_owned();
    let mut form = FormPage {
        kept: Kept::at(kept::opening(&person, "")),
        shell: session.shell(&heading),
        about: chosen.map(|person| person.name).unwrap_or_default(),
        help: language.text("smd.open_help").into_owned(),
        to: "/followup/records/new".to_owned(),
        back: "/followup/records".to_owned(),
        version: 0,
        hidden: vec![("person", person)],
        groups,
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("open", heading.clone())],
        heading,
    };
    form.tell(language, problems);
    Ok(form)
}

/// Whoever sees the register chooses somebody there; otherwise the person is written down.
pub(super) async fn chosen(site: &Site, session: &Session, person: &str) -> Result<Option<Person>, Error> {
    match person.parse::<Id>() {
        Ok(id) if session.scope.role.may(Deed::Read, Subject::Person) => {
            Ok(Some(app::person::get(&site.app, &session.scope, id).await?))
        }
        _ => Ok(None),
    }
}

/// The institution of primary care that is to take the person up.
pub(super) async fn charge(site: &Site, session: &Session, posted: &Posted) -> Result<Group, Error> {
    let draw = Drawing { language: session.language, posted };
    let there = followup::primary_care(&site.app, &session.scope).await?;
    let options = there.into_iter().map(|(id, name, _)| (id.to_string(), name)).collect();
    let mut control = draw.options(Kind::List, "in_charge", options);
    control.help = session.language.text("smd.in_charge_help").into_owned();
    Ok(draw.group("smd.charge", vec![control]))
}

fn who(draw: &Drawing<'_>, site: &Site, session: &Session) -> Vec<Control> {
    let mut place = draw.control(Kind::Division, "division").required();
    let chosen = place.value.clone();
    let words = draw.posted.get("division.q").unwrap_or_default();
    place = place.options(crate::division::choices(&site.app, words, &chosen, None), &[&chosen]);
    words.clone_into(&mut place.value);
    place.within = format!("{}-{}", session.scope.area.from, session.scope.area.to);
    vec![
        draw.control(Kind::Text, "name").required(),
        draw.control(Kind::Identity, "number"),
        draw.options(Kind::Radios, "sex", draw.words("sex", &["male", "female"])),
        draw.control(Kind::Date, "born_on"),
        draw.control(Kind::Phone, "phone"),
        place,
        draw.control(Kind::Text, "address"),
    ]
}

fn profile(posted: &Posted) -> ProfileFields {
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    ProfileFields {
        disorder: text("disorder"),
        diagnosed_on: text("diagnosed_on"),
        hospital: text("hospital"),
        onset_on: text("onset_on"),
        guardian_name: text("guardian_name"),
        guardian_relation: text("guardian_relation"),
        guardian_phone: text("guardian_phone"),
        economy: text("economy"),
        remark: text("remark"),
    }
}

/// Doctors and the county's health side: opens the record.
pub(crate) async fn open(State(site): State<Site>, session: Session, Form(posted): Form<Posted>) -> Page {
    if let Some(kind) = posted.get("paper").and_then(whole) {
        return paper::open(&site, &session, kind, &posted).await;
    }
    if posted.get("find").is_some() {
        return page(&opening(&site, &session, &posted, &[], String::new()).await?);
    }
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let id = |name: &str| posted.get(name).and_then(|id| id.parse().ok());
    let entry = Opening {
        source: text("source"),
        on: text("on"),
        received_on: text("received_on"),
        person: id("person"),
        name: text("name"),
        number: text("number"),
        sex: text("sex"),
        born_on: text("born_on"),
        phone: text("phone"),
        division: text("division"),
        address: text("address"),
        in_charge: id("in_charge"),
        profile: profile(&posted),
        paper: None,
    };
    match followup::open(&site.app, &session.scope, &entry).await {
        Ok(id) => {
            forget(&site.app, &session.scope, &kept::opening(&text("person"), "")).await?;
            opened(&site, &session, id, "opened").await
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let form = opening(&site, &session, &posted, &problems, refusal).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

/// On to the record that was opened, or to the list where whoever opened it does not see it.
pub(super) async fn opened(site: &Site, session: &Session, id: Id, done: &str) -> Page {
    let path = match followup::sees(&site.app, &session.scope, id).await? {
        true => format!("/followup/records/{id}?done={done}"),
        false => "/followup/records".to_owned(),
    };
    Ok(Redirect::to(&path).into_response())
}

/// Whoever is in charge, the county, the hospital that reported: what is known of the person, to be changed.
pub(crate) async fn profile_form(State(site): State<Site>, session: Session, Path(id): Path<String>) -> Page {
    let view = followup::show(&site.app, &session.scope, parsed(&id)?).await?;
    let known = ProfileFields::of(&view.profile);
    let pairs = [
        ("disorder", known.disorder),
        ("diagnosed_on", known.diagnosed_on),
        ("hospital", known.hospital),
        ("onset_on", known.onset_on),
        ("guardian_name", known.guardian_name),
        ("guardian_relation", known.guardian_relation),
        ("guardian_phone", known.guardian_phone),
        ("economy", known.economy),
        ("remark", known.remark),
    ];
    let posted = Posted(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
    page(&profile_page(&session, &view, &posted, &[], String::new())?)
}

fn profile_page(
    session: &Session,
    view: &View,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> Result<FormPage, Failure> {
    let language = session.language;
    let heading = language.text("smd.change_profile").into_owned();
    let mut form = FormPage {
        kept: Kept::default(),
        shell: session.shell(&heading),
        about: view.name.clone(),
        help: String::new(),
        to: format!("/followup/records/{}/profile", view.id),
        back: format!("/followup/records/{}", view.id),
        version: view.version,
        hidden: Vec::new(),
        groups: Drawing { language, posted }.profile()?,
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("save", language.text("library.save").into_owned())],
        heading,
    };
    form.tell(language, problems);
    Ok(form)
}

/// The same: saves it upon the version that the page showed.
pub(crate) async fn change_profile(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let version = posted.version();
    match followup::change_profile(&site.app, &session.scope, id, version, &profile(&posted)).await {
        Ok(_) => Ok(Redirect::to(&format!("/followup/records/{id}?done=profile")).into_response()),
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let view = followup::show(&site.app, &session.scope, id).await?;
            let form = profile_page(&session, &view, &posted, &problems, refusal)?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}
