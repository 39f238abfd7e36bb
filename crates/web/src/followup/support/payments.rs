//! `/followup/payments`: what was paid in a year, with its sum, by programme and township; the same list as a file.

use super::{PaymentLine, line, money};
use crate::{
    Site, address,
    answer::{Page, page},
    division,
    followup::list::places,
    language::Language,
    library::{self, Choice, choices},
    session::Session,
    shell::Shell,
};
use app::{
    Error,
    export::Table,
    followup::support::{self, Filter, Payment, Programme},
};
use askama::Template;
use axum::extract::{Query, State};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    division::DivisionCode,
    followup::subsidy::{Fen, fund},
};
use serde::Deserialize;

/// What the list is asked for, as it stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub year: String,
    pub programme: String,
    pub division: String,
    pub voided: String,
    /// A grant from above, in yuan, that pays first.
    pub grant: String,
    pub after: String,
    pub format: String,
}

/// The year that an address names, or the present one.
pub(crate) fn year(site: &Site, text: &str) -> Result<i16, Error> {
    if text.trim().is_empty() {
        return Ok(china_date(site.app.now()).year());
    }
    let year = text.trim().parse().ok().filter(|year| (2000..=2999).contains(year));
    year.ok_or_else(|| Error::invalid("year", "number"))
}

/// The place that was asked for; what names none is never taken for the whole scope.
pub(crate) fn place(text: &str) -> Result<Option<i64>, Error> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let code = DivisionCode::parse(text).map_err(|_| Error::invalid("division", "division_unknown"))?;
    Ok(Some(code.number()))
}

/// Years to choose from: the present one and four before it, and the one that was asked for.
pub(crate) fn years(site: &Site, chosen: i16) -> Vec<Choice> {
    let present = china_date(site.app.now()).year();
    let mut years: Vec<i16> = (0..5).map(|back| present.saturating_sub(back)).collect();
    if !years.contains(&chosen) {
        years.push(chosen);
    }
    let choice =
        |year: i16| Choice { code: year.to_string(), name: year.to_string(), chosen: year == chosen };
    years.into_iter().map(choice).collect()
}

impl Asked {
    pub(crate) fn filter(&self, site: &Site) -> Result<Filter, Error> {
        Ok(Filter {
            year: i64::from(year(site, &self.year)?),
            programme: Programme::of_code(&self.programme),
            division: place(&self.division)?,
            voided: !self.voided.is_empty(),
            after: self.after.parse().ok(),
        })
    }

    fn query(&self) -> String {
        address::query([
            ("year", self.year.as_str()),
            ("programme", &self.programme),
            ("division", &self.division),
            ("voided", &self.voided),
            ("grant", &self.grant),
        ])
    }
}

#[derive(Template)]
#[template(path = "followup/payments.html")]
struct PaymentsPage {
    shell: Shell,
    asked: Asked,
    years: Vec<Choice>,
    programmes: Vec<Choice>,
    places: Vec<Choice>,
    rows: Vec<PaymentLine>,
    total: String,
    persons: String,
    sum: String,
    /// From the grant and from local funds; none where no grant was named.
    funding: Option<(String, String)>,
    grant_wrong: bool,
    next: String,
    query: String,
    exports: bool,
}

/// Doctors and the county's health side: what was paid in their scope.
pub(crate) async fn show(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let filter = asked.filter(&site)?;
    let found = support::payments(&site.app, &session.scope, &filter).await?;
    let query = asked.query();
    let grant = Fen::parse(&asked.grant);
    let chosen = vec![asked.programme.clone()];
    let programmes = choices(language, "smd_programme", Programme::ALL.map(Programme::code), &chosen);
    page(&PaymentsPage {
        shell: session.shell(&language.text("smd_support.payments")),
        years: years(&site, year(&site, &asked.year)?),
        programmes,
        places: places(&site, &session, &asked.division),
        rows: found.lines.iter().map(|payment| line(&site, language, payment)).collect(),
        total: found.total.to_string(),
        persons: found.persons.to_string(),
        sum: money(language, found.sum),
        funding: grant.map(|grant| {
            let funding = fund(found.sum, grant);
            (money(language, funding.granted), money(language, funding.local))
        }),
        grant_wrong: grant.is_none() && !asked.grant.trim().is_empty(),
        next: found.next.map(|id| format!("/followup/payments?{query}&after={id}")).unwrap_or_default(),
        query,
        exports: session.scope.role.may(Deed::Export, Subject::FollowUp),
        asked,
    })
}

/// As the list: everything that the filter finds, as a file, with the sum below.
pub(crate) async fn export(State(site): State<Site>, session: Session, Query(asked): Query<Asked>) -> Page {
    let language = session.language;
    let text = |key: &str| language.text(key).into_owned();
    let (lines, code) = support::export(&site.app, &session.scope, &asked.filter(&site)?).await?;
    let counted = lines.iter().filter(|line| line.voided.is_none());
    let sum = counted.fold(Fen(0), |sum, line| sum.plus(line.amount));
    let columns = vec![
        text("smd.person"),
        text("smd_field.division"),
        text("smd_support.programme"),
        text("smd_support.year"),
        text("smd_support_field.from"),
        text("smd_support_field.until"),
        text("smd_support.what"),
        text("smd.guardian"),
        text("smd_support_field.account"),
        text("smd_support_field.payer"),
        text("smd_support.recorded"),
        text("smd_support.voided_column"),
        text("smd_support.amount"),
    ];
    let amounts = columns.len().saturating_sub(1);
    let mut rows: Vec<Vec<String>> = lines.iter().map(|line| cells(&site, language, line)).collect();
    let mut last = vec![text("smd_support.sum")];
    last.resize(amounts, String::new());
    last.push(sum.to_string());
    rows.push(last);
    let table = Table {
        title: text("smd_support.payments"),
        mark: crate::export::mark(&session, site.app.now(), &code),
        figures_from: Some(amounts),
        columns,
        rows,
    };
    library::export("payments", &asked.format, &table)
}

fn cells(site: &Site, language: Language, payment: &Payment) -> Vec<String> {
    let line = line(site, language, payment);
    vec![
        line.name,
        division::path(&site.app, payment.division),
        line.programme,
        payment.year.to_string(),
        payment.period.0.to_string(),
        payment.period.1.to_string(),
        line.what,
        payment.payee.0.clone(),
        payment.payee.1.clone(),
        line.payer,
        line.by,
        line.voided,
        payment.amount.to_string(),
    ]
}
