//! A paper to be filled in, with what is known written already: from its last version, from the other papers, from the record.

use super::{Fields, content_of, known_outside};
use crate::{
    App,
    error::{Error, Result},
    followup::{self, View},
    id::Id,
    scope::Scope,
};
use jiff::civil::Date;
use rules::{clock::china_date, followup::paper::PaperKind};
use serde_json::Value as Json;

/// A paper to be filled in.
#[derive(Debug, Clone)]
pub struct Blank {
    /// The record.
    pub view: View,
    /// What is written already.
    pub fields: Fields,
    /// Keys that are not asked, because the register knows them.
    pub known: Vec<String>,
    /// It may be written now.
    pub possible: bool,
}

/// What is written anew each time.
const ANEW: [&str; 3] = ["reported_on", "admitted_on", "discharged_on"];
/// What belongs to one stay, beside.
const OF_A_STAY: [&str; 7] =
    ["admissions", "danger", "drugs", "inpatient_drugs", "inpatient_number", "effect", "remark"];

/// The paper of a kind for a record in scope; of a slip that is corrected its own fields. The read is in the log.
///
/// # Errors
/// The record is not in scope.
pub async fn blank(
    app: &App,
    scope: &Scope,
    record: Id,
    kind: PaperKind,
    replaces: Option<Id>,
) -> Result<Blank> {
    let view = followup::show(app, scope, record).await?;
    let papers = super::beside(app, scope, record).await?;
    let mut fields = Fields::new();
    let own = content_of(app, record, kind, replaces).await?.filter(|_| kind.is_one() || replaces.is_some());
    if let Some(own) = own {
        fields = own;
        if replaces.is_none() {
            fields.remove("reported_on");
        }
    } else {
        if replaces.is_some() {
            return Err(Error::NotFound);
        }
        profile(&view, &mut fields);
        for other in [PaperKind::ReportCard, PaperKind::Supplement, PaperKind::DischargeSlip] {
            if let Some(other) = content_of(app, record, other, None).await? {
                let stays = kind == PaperKind::DischargeSlip;
                let anew = |key: &str| ANEW.contains(&key) || (stays && OF_A_STAY.contains(&key));
                for (key, value) in other.into_iter().filter(|(key, _)| !anew(key)) {
                    fields.entry(key).or_insert(value);
                }
            }
        }
    }
    let sheet = app.tables.paper(kind)?;
    let fits =
        |key: &String, value: &Json| sheet.fields().any(|field| field.key == *key && takes(field, value));
    fields.retain(|key, value| fits(key, value));
    fields.entry("reported_on".to_owned()).or_insert_with(|| china_date(app.now()).to_string().into());
    if replaces.is_none() {
        fields.insert("doctor".to_owned(), scope.name.clone().into());
    }
    let known = known_outside(app, view.person).await?;
    Ok(Blank {
        possible: papers.may_write.contains(&kind),
        known: known.into_iter().map(|(key, _)| key).collect(),
        view,
        fields,
    })
}

/// Papers share keys; a field takes what another paper says where it is of the same kind.
fn takes(field: &rules::form::Field, value: &Json) -> bool {
    use rules::form::Kind;
    match (field.kind, value) {
        (Kind::Choice, Json::String(code)) => field.options.iter().any(|option| option.code == *code),
        (Kind::MultiChoice, Json::Array(codes)) => codes.iter().all(Json::is_string),
        (Kind::Table, Json::Array(rows)) => rows.iter().all(Json::is_object),
        (Kind::YesNo, Json::Bool(_)) | (Kind::Number, Json::Number(_)) => true,
        (
            Kind::Text | Kind::LongText | Kind::Date | Kind::Phone | Kind::Division | Kind::Signature,
            Json::String(_),
        ) => true,
        _ => false,
    }
}

/// What the record knows, under the keys of the papers.
fn profile(view: &View, fields: &mut Fields) {
    let profile = &view.profile;
    let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let consent = view.record.agreed.map(|agreed| if agreed { "agree" } else { "disagree" });
    let economy = profile.poor.map(|poor| if poor { "1" } else { "2" });
    let rows = [
        ("disorder", profile.disorder.clone()),
        ("diagnosed_on", day(profile.diagnosed_on)),
        ("hospital", profile.hospital.clone()),
        ("onset_on", day(profile.onset_on)),
        ("guardian_name", profile.guardian_name.clone()),
        ("guardian_relation", profile.guardian_relation.clone()),
        ("guardian_phone", profile.guardian_phone.clone()),
        ("contact", profile.guardian_name.clone()),
        ("contact_relation", profile.guardian_relation.clone()),
        ("phone", view.phone.clone().unwrap_or_default()),
        ("division", view.division.to_string()),
        ("consent", consent.unwrap_or_default().to_owned()),
        ("economy", economy.unwrap_or_default().to_owned()),
    ];
    let told = rows.into_iter().filter(|(_, value)| !value.is_empty());
    fields.extend(told.map(|(key, value)| (key.to_owned(), Json::from(value))));
}
