//! `/followup/records/{id}/support`: free medication, admission subsidy, the guardian's agreement and what was paid;
//! `…/support/{act}`: one act on a form of its own.

pub(crate) mod api;
pub(crate) mod form;
pub(crate) mod guardians;
pub(crate) mod payments;

use super::{Badge, due_badge, voided};
use crate::{
    Site,
    address::parsed,
    answer::{Page, page},
    due::minute,
    language::Language,
    session::Session,
    shell::Shell,
};
use app::{
    followup::support::{self, Act, Payment, Programme, Supports, Taken},
    id::Id,
};
use askama::Template;
use axum::extract::{Path, Query, State};
use rules::{
    clock::Mark,
    followup::{guardianship::Month, subsidy::Fen},
};
use serde::Deserialize;

/// The digits of a whole number, its thousands apart.
pub(crate) fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// An amount in yuan, its thousands apart.
pub(crate) fn yuan(fen: Fen) -> String {
    let plain = fen.to_string();
    let (whole, rest) = plain.split_once('.').unwrap_or((&plain, "00"));
    format!("{}.{rest}", grouped(whole))
}

/// An amount with its unit.
pub(crate) fn money(language: Language, fen: Fen) -> String {
    language.with("smd_support.yuan", &[("amount", &yuan(fen))])
}

/// The duties of a list of codes, in words.
pub(crate) fn duties(site: &Site, language: Language, codes: &[String]) -> Vec<String> {
    let table = &site.app.tables.subsidies;
    let words = |code: &String| match table.duty(code) {
        Some(duty) => language.of(&duty.zh, &duty.en),
        None => code.clone(),
    };
    codes.iter().map(words).collect()
}

/// A month of an agreement, as a mark with its words.
pub(crate) struct MonthMark {
    pub number: usize,
    pub tone: &'static str,
    pub icon: &'static str,
    pub words: String,
}

pub(crate) fn month_marks(language: Language, months: &[Month; 12]) -> Vec<MonthMark> {
    let mark = |(number, month): (usize, &Month)| {
        let (tone, icon) = match month {
            Month::Full => ("good", "check"),
            Month::Unmet => ("late", "x"),
            Month::NotReviewed => ("soon", "clock"),
            Month::NotInForce => ("quiet", "minus"),
        };
        MonthMark { number, tone, icon, words: language.code("duty_month", month.code()) }
    };
    (1..).zip(months).map(mark).collect()
}

/// Something the reader may do.
struct Offer {
    to: String,
    label: String,
    primary: bool,
}

/// A review as a line.
struct ReviewLine {
    on: String,
    met: bool,
    unmet: String,
    note: String,
    by: String,
}

/// A programme or an agreement.
struct Part {
    title: String,
    since: String,
    running: bool,
    ended: String,
    facts: Vec<(String, String)>,
    duties: Vec<String>,
    /// The next review of a guardian's agreement.
    review: Option<(String, Badge)>,
    months: Vec<MonthMark>,
    reviews: Vec<ReviewLine>,
    offers: Vec<Offer>,
}

/// A payment as a line.
pub(crate) struct PaymentLine {
    pub record: String,
    pub name: String,
    pub place: String,
    pub programme: String,
    pub period: String,
    pub what: String,
    pub amount: String,
    pub payer: String,
    pub by: String,
    pub voided: String,
    /// Where voiding begins; empty where the reader may not.
    pub void: String,
}

#[derive(Template)]
#[template(path = "followup/support.html")]
struct SupportPage {
    shell: Shell,
    record: String,
    name: String,
    done: String,
    offers: Vec<Offer>,
    /// Why a programme cannot be entered.
    not_possible: Vec<(String, String)>,
    parts: Vec<Part>,
    payments: Vec<PaymentLine>,
    /// What the region pays to guardians, with its source.
    rule: Vec<(String, String)>,
}

/// What was done before.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Asked {
    done: String,
}

/// Doctors and the county's health side: the money of a record in their scope.
pub(crate) async fn show(
    State(site): State<Site>,
    session: Session,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let language = session.language;
    let found = support::of_record(&site.app, &session.scope, parsed(&id)?).await?;
    let known = Act::ALL.map(Act::code).into_iter().find(|one| *one == asked.done);
    let none = found.offers.iter().filter(|(_, of)| of.is_none());
    page(&SupportPage {
        shell: session.shell(&language.text("smd_support.title")),
        record: found.record.to_string(),
        done: known.map(|known| language.code("smd_support_done", known)).unwrap_or_default(),
        offers: none
            .enumerate()
            .map(|(number, (act, _))| offer(language, found.record, *act, None, number == 0))
            .collect(),
        not_possible: found
            .open
            .iter()
            .filter_map(|(kind, refusal)| {
                let refusal = refusal.as_ref()?;
                Some((language.code("smd_programme", kind.code()), language.refused(refusal)))
            })
            .collect(),
        parts: found.taken.iter().map(|taken| part(&site, language, &found, taken)).collect(),
        payments: found
            .payments
            .iter()
            .map(|payment| {
                let may = found.offers.contains(&(Act::Void, Some(payment.id)));
                let to = may.then(|| address(found.record, Act::Void, Some(payment.id)));
                PaymentLine { void: to.unwrap_or_default(), ..line(&site, language, payment) }
            })
            .collect(),
        rule: rule(language, &found),
        name: found.name,
    })
}

/// Where an act is done.
fn address(record: Id, act: Act, of: Option<Id>) -> String {
    let of = of.map(|of| format!("?of={of}")).unwrap_or_default();
    format!("/followup/records/{record}/support/{}{of}", act.code())
}

fn offer(language: Language, record: Id, act: Act, of: Option<Id>, primary: bool) -> Offer {
    Offer { to: address(record, act, of), label: language.code("smd_support_act", act.code()), primary }
}

fn part(site: &Site, language: Language, found: &Supports, taken: &Taken) -> Part {
    let text = |key: &str| language.text(key).into_owned();
    let mut facts = Vec::new();
    if taken.local_rule {
        facts.push((text("smd_support.why"), text("smd_support_field.local_rule")));
    }
    if let Some(agreement) = &taken.agreement {
        let field = |name: &str| language.code("smd_support_field", name);
        let who = [&agreement.name, &agreement.relation, &agreement.phone].map(String::as_str);
        let who: Vec<&str> = who.into_iter().filter(|part| !part.is_empty()).collect();
        facts.push((text("smd.guardian"), who.join(" · ")));
        if !agreement.account.is_empty() {
            facts.push((field("account"), agreement.account.clone()));
        }
        facts.push((field("handbook"), text(if agreement.handbook { "form.yes" } else { "form.no" })));
    }
    let notes = taken.notes.iter().filter(|note| !note.is_empty());
    facts.extend(notes.map(|note| (language.code("smd_support_field", "note"), note.clone())));
    let agreement = taken.agreement.as_ref();
    let reviews = agreement.map(|agreement| agreement.reviews.as_slice()).unwrap_or_default();
    let review = |one: &support::Reviewed| ReviewLine {
        on: one.review.on.to_string(),
        met: one.review.unmet.is_empty(),
        unmet: duties(site, language, &one.review.unmet).join(language.comma()),
        note: one.note.clone(),
        by: one.by.clone(),
    };
    let own = found.offers.iter().filter(|(_, of)| *of == Some(taken.id));
    Part {
        title: language.code("smd_programme", taken.programme.code()),
        since: language.with("smd_support.since", &[("day", &taken.begun_on.to_string())]),
        running: taken.ended.is_none(),
        ended: taken
            .ended
            .as_ref()
            .map(|(on, why)| {
                let why = language.code("smd_support_end", why);
                language.with("smd_support.ended", &[("day", &on.to_string()), ("why", &why)])
            })
            .unwrap_or_default(),
        facts,
        duties: agreement.map(|agreement| duties(site, language, &agreement.duties)).unwrap_or_default(),
        review: due_badge(site, language, taken.review_due_on),
        months: taken.months.as_ref().map(|months| month_marks(language, months)).unwrap_or_default(),
        reviews: reviews.iter().rev().map(review).collect(),
        offers: own
            .enumerate()
            .map(|(number, (act, of))| offer(language, found.record, *act, *of, number == 0))
            .collect(),
    }
}

/// A payment as it stands on a page, without the way to void it.
pub(crate) fn line(site: &Site, language: Language, payment: &Payment) -> PaymentLine {
    let mut what = Vec::new();
    if let Some((drug, quantity)) = &payment.drug {
        what.push(format!("{drug} {quantity}"));
    }
    if let Some(cost) = payment.cost.filter(|cost| *cost != payment.amount) {
        what.push(language.with("smd_support.of_cost", &[("cost", &yuan(cost))]));
    }
    if !payment.payee.0.is_empty() {
        what.push(payment.payee.0.clone());
    }
    if let Some((months, incidents)) = payment.months {
        let values = [("months", &*months.to_string()), ("incidents", &*incidents.to_string())];
        what.push(language.with("smd_support.months_and_incidents", &values));
    }
    if !payment.note.is_empty() {
        what.push(payment.note.clone());
    }
    PaymentLine {
        record: payment.record.to_string(),
        name: payment.name.clone(),
        place: super::place(site, payment.division),
        programme: language.code("smd_programme", payment.programme.code()),
        period: match payment.programme {
            Programme::Guardian => payment.year.to_string(),
            _ => format!("{} – {}", payment.period.0, payment.period.1),
        },
        what: what.join(" · "),
        amount: yuan(payment.amount),
        payer: payment.payer.clone(),
        by: format!("{} · {}", payment.by.0, minute(payment.by.1)),
        voided: voided(language, payment.voided.as_ref()),
        void: String::new(),
    }
}

/// The rule of the region, in words.
fn rule(language: Language, found: &Supports) -> Vec<(String, String)> {
    let text = |key: &str| language.text(key).into_owned();
    let Some(rule) = &found.guardian_rule else { return Vec::new() };
    let who = rule.who.iter().map(|who| language.code("smd_entitled", &crate::referral::words::code(who)));
    let mark = match rule.mark {
        Mark::Official => "followup.official",
        Mark::Default => "followup.local",
    };
    vec![
        (text("smd_support.a_year"), money(language, rule.amount_fen)),
        (text("smd_support.who"), who.collect::<Vec<_>>().join(language.comma())),
        (text("smd_support.deduction"), format!("{} %", rule.deduction_percent)),
        (text("smd_support.cap"), money(language, rule.cap_fen)),
        (
            text("smd_support.source"),
            format!("{} · {}", language.of(&rule.source_zh, &rule.source_en), text(mark)),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (fen, text) in [
            (0, "0.00"),
            (5, "0.05"),
            (99_999, "999.99"),
            (240_000, "2,400.00"),
            (123_456_789, "1,234,567.89"),
        ] {
            assert_eq!(yuan(Fen(fen)), text);
        }
    }
}
