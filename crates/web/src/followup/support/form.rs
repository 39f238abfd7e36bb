//! `/followup/records/{id}/support/{act}`: one act on a form of its own, with what was typed kept.

use super::money;
use crate::{
    Site,
    address::parsed,
    answer::{Page, page, page_with},
    followup::{FormPage, kept::Kept, stands_in_the_way},
    form::{Control, Group, Kind, Posted},
    language::Language,
    session::Session,
};
use app::{
    Error, Problem,
    followup::support::{self, Act, Programme, SupportFields, Supports, Taken},
    id::Id,
};
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use rules::clock::china_date;
use serde::Deserialize;

/// What the act is done to.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    of: String,
}

/// Whoever takes the act: its form, with what is known typed already.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path((id, act)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Page {
    let found = support::of_record(&site.app, &session.scope, parsed(&id)?).await?;
    let act = Act::of_code(&act).ok_or(Error::NotFound)?;
    let mut posted = Posted(vec![("of".to_owned(), asked.of.clone())]);
    let today = china_date(site.app.now()).to_string();
    for name in ["on", "from"] {
        posted.0.push((name.to_owned(), today.clone()));
    }
    if act == Act::Sign {
        // The guardian of the supplement form is the one who signs, as a rule.
        let names = ["guardian_name", "guardian_relation", "guardian_phone"];
        posted.0.extend(names.map(str::to_owned).into_iter().zip(found.guardian.clone()));
        let duties = site.app.tables.subsidies.duties.iter();
        posted.0.extend(duties.map(|duty| ("duties".to_owned(), duty.code.clone())));
    }
    if let Some(last) = found.payments.first().filter(|_| act == Act::Give) {
        posted.0.push(("payer".to_owned(), last.payer.clone()));
    }
    page(&drawn(&site, &session, &found, act, &posted, &[], String::new()))
}

/// Draws controls with what was typed.
struct Drawing<'a> {
    site: &'a Site,
    language: Language,
    posted: &'a Posted,
}

impl Drawing<'_> {
    fn control(&self, kind: Kind, name: &str) -> Control {
        let value = self.posted.get(name).unwrap_or_default();
        Control::new(self.language, kind, name, &self.language.code("smd_support_field", name)).with(value)
    }

    fn tick(&self, name: &str) -> Control {
        let mut control = self.control(Kind::Tick, name);
        control.ticked = self.posted.get(name).is_some();
        control
    }

    fn helped(&self, mut control: Control, key: &str) -> Control {
        control.help = self.language.text(key).into_owned();
        control
    }

    fn options(&self, kind: Kind, name: &str, options: Vec<(String, String)>) -> Control {
        let chosen: Vec<&str> = self.posted.all(name).collect();
        self.control(kind, name).options(options, &chosen)
    }

    /// Duties to be chosen from.
    fn duties(&self, name: &str, only: Option<&[String]>) -> Control {
        let all = self.site.app.tables.subsidies.duties.iter();
        let there = all.filter(|duty| only.is_none_or(|only| only.contains(&duty.code)));
        let options = there.map(|duty| (duty.code.clone(), self.language.of(&duty.zh, &duty.en)));
        self.options(Kind::Many, name, options.collect())
    }

    fn controls(&self, act: Act, found: &Supports, taken: Option<&Taken>) -> Vec<Control> {
        let on = self.control(Kind::Date, "on").required();
        let note = self.control(Kind::Long, "note");
        match act {
            Act::Enter => {
                let open = found.open.iter().filter(|(_, refusal)| refusal.is_none());
                let words = |code: &str| (code.to_owned(), self.language.code("smd_programme", code));
                let options = open.map(|(kind, _)| words(kind.code())).collect();
                vec![
                    self.options(Kind::Radios, "programme", options).required(),
                    on,
                    self.helped(self.tick("local_rule"), "smd_support.local_rule_help"),
                    note,
                ]
            }
            Act::Give => {
                let mut controls = Vec::new();
                if taken.is_some_and(|taken| taken.programme == Programme::FreeMedication) {
                    controls.push(self.control(Kind::Text, "drug").required());
                    controls.push(self.control(Kind::Text, "quantity").required());
                }
                controls.extend([
                    self.control(Kind::Date, "from").required(),
                    self.control(Kind::Date, "until").required(),
                    self.helped(self.control(Kind::Text, "cost").required(), "smd_support.cost_help"),
                    self.control(Kind::Text, "payer").required(),
                    note,
                ]);
                controls
            }
            Act::Sign => vec![
                on,
                self.control(Kind::Text, "guardian_name").required(),
                self.control(Kind::Text, "guardian_relation").required(),
                self.control(Kind::Phone, "guardian_phone"),
                self.control(Kind::Text, "account"),
                self.duties("duties", None).required(),
                self.tick("handbook"),
                note,
            ],
            Act::Review => {
                let agreed = taken.and_then(|taken| taken.agreement.as_ref());
                let agreed = agreed.map(|agreement| agreement.duties.as_slice());
                vec![on, self.helped(self.duties("unmet", agreed), "smd_support.unmet_help"), note]
            }
            Act::End => vec![on, note.required()],
            Act::Void => vec![note.required()],
        }
    }
}

fn drawn(
    site: &Site,
    session: &Session,
    found: &Supports,
    act: Act,
    posted: &Posted,
    problems: &[Problem],
    refusal: String,
) -> FormPage {
    let language = session.language;
    let of: Option<Id> = posted.get("of").and_then(|of| of.parse().ok());
    let possible = found.offers.contains(&(act, of));
    let taken = of.and_then(|of| found.taken.iter().find(|taken| taken.id == of));
    let heading = language.code("smd_support_act", act.code());
    let refusal = match possible || !refusal.is_empty() {
        true => refusal,
        false => language.text("smd_support.not_now").into_owned(),
    };
    let programme = taken.map(|taken| language.code("smd_programme", taken.programme.code()));
    let legend = programme.unwrap_or_else(|| heading.clone());
    let controls = Drawing { site, language, posted }.controls(act, found, taken);
    let mut form = FormPage {
        kept: Kept::default(),
        shell: session.shell(&heading),
        about: found.name.clone(),
        help: help(site, language, found, act, taken),
        to: format!("/followup/records/{}/support/{}", found.record, act.code()),
        back: format!("/followup/records/{}/support", found.record),
        version: taken.map(|taken| taken.version).unwrap_or_default(),
        hidden: of.map(|of| ("of", of.to_string())).into_iter().collect(),
        groups: vec![Group { legend, controls }],
        told: Vec::new(),
        refusal,
        outlook: Vec::new(),
        badge: None,
        buttons: vec![("act", heading.clone())],
        heading,
    };
    form.tell(language, problems);
    if !possible {
        form.close(language, posted.version().is_some());
    }
    form
}

/// What the act means; for a gift what share of its cost is paid by which rule.
fn help(site: &Site, language: Language, found: &Supports, act: Act, taken: Option<&Taken>) -> String {
    let words = language.code("smd_support_help", act.code());
    let kind = taken.and_then(|taken| taken.programme.kind()).filter(|_| act == Act::Give);
    let place = rules::division::DivisionCode::new(found.division).ok();
    let (table, today) = (&site.app.tables.subsidies, china_date(site.app.now()));
    let rule = kind.zip(place).and_then(|(kind, place)| table.support(kind, place, today));
    let Some(rule) = rule else { return words };
    let share = language.with("smd_support.share", &[("percent", &rule.percent.to_string())]);
    let mut parts = vec![words, share];
    let caps = [(rule.cap_once_fen, "smd_support.cap_once"), (rule.cap_year_fen, "smd_support.cap_year")];
    for (cap, key) in caps {
        parts.extend(cap.map(|cap| language.with(key, &[("amount", &money(language, cap))])));
    }
    parts.push(language.of(&rule.source_zh, &rule.source_en));
    parts.join(" ")
}

/// Whoever takes the act: takes it.
pub(crate) async fn take(
    State(site): State<Site>,
    session: Session,
    Path((id, act)): Path<(String, String)>,
    Form(posted): Form<Posted>,
) -> Page {
    let id: Id = parsed(&id)?;
    let act = Act::of_code(&act).ok_or(Error::NotFound)?;
    match support::act(&site.app, &session.scope, id, &fields(&posted, act)).await {
        Ok(_) => {
            let to = format!("/followup/records/{id}/support?done={}", act.code());
            Ok(Redirect::to(&to).into_response())
        }
        Err(error) => {
            let (problems, refusal) = stands_in_the_way(&session, error)?;
            let found = support::of_record(&site.app, &session.scope, id).await?;
            let form = drawn(&site, &session, &found, act, &posted, &problems, refusal);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &form)
        }
    }
}

fn fields(posted: &Posted, act: Act) -> SupportFields {
    let text = |name: &str| posted.get(name).unwrap_or_default().to_owned();
    let all = |name: &str| posted.all(name).map(str::to_owned).collect();
    let version = posted.version();
    SupportFields {
        act: act.code().to_owned(),
        of: posted.get("of").and_then(|of| of.parse().ok()),
        // Only programmes and agreements have one.
        version: version.filter(|_| matches!(act, Act::Give | Act::Review | Act::End)),
        on: text("on"),
        programme: text("programme"),
        local_rule: posted.get("local_rule").is_some(),
        drug: text("drug"),
        quantity: text("quantity"),
        from: text("from"),
        until: text("until"),
        cost: text("cost"),
        payer: text("payer"),
        guardian_name: text("guardian_name"),
        guardian_relation: text("guardian_relation"),
        guardian_phone: text("guardian_phone"),
        account: text("account"),
        handbook: posted.get("handbook").is_some(),
        duties: all("duties"),
        unmet: all("unmet"),
        note: text("note"),
    }
}
