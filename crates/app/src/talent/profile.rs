//! The profile of a service talent: profession, certificate, institution, services, pledge.

use crate::{
    catalogue,
    db::Tx,
    division::Divisions,
    entry::Reader,
    error::{Error, Problem, Result},
    id::Id,
    p,
};
use jiff::civil::Date;
use rules::{division::Level, identity_number, talent::Profession};
use serde::{Deserialize, Serialize};

/// A profile as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TalentEntry {
    /// Name.
    pub name: String,
    /// Identity number; empty keeps the one on record.
    pub identity_number: String,
    /// A code of `profession`.
    pub profession: String,
    /// Kind of certificate.
    pub certificate: String,
    /// Its number.
    pub certificate_number: String,
    /// Its day.
    pub certificate_on: String,
    /// Its last day; empty where it has none.
    pub certificate_until: String,
    /// Identifier of the institution.
    pub institution: String,
    /// Place of service, at least a county; empty takes the institution's.
    pub division: String,
    /// Services this person leads, S1 to S16.
    pub services: Vec<String>,
    /// Day of the confidentiality pledge 保密承诺.
    pub pledge_on: String,
}

/// A profile that was read and checked. The identity number is kept apart, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TalentProfile {
    /// Name.
    pub name: String,
    /// Profession.
    pub profession: Profession,
    /// Kind of certificate.
    pub certificate: Option<String>,
    /// Its number.
    pub certificate_number: Option<String>,
    /// Its day.
    pub certificate_on: Option<Date>,
    /// Its last day; nothing where it has none.
    #[serde(default)]
    pub certificate_until: Option<Date>,
    /// The institution; it keeps the record.
    pub institution: Option<Id>,
    /// Place of service, 12 digits.
    pub division: i64,
    /// Services this person leads.
    pub services: Vec<String>,
    /// Day of the confidentiality pledge.
    pub pledge_on: Option<Date>,
}

impl TalentProfile {
    /// The county in which it is registered.
    #[must_use]
    pub fn county(&self) -> i64 {
        self.division - self.division % Level::County.width()
    }

    /// The profile as it would be typed; the identity number is left out.
    #[must_use]
    pub fn entry(&self) -> TalentEntry {
        let day = |d: Option<Date>| d.map(|d| d.to_string()).unwrap_or_default();
        TalentEntry {
            name: self.name.clone(),
            identity_number: String::new(),
            profession: self.profession.code().to_owned(),
            certificate: self.certificate.clone().unwrap_or_default(),
            certificate_number: self.certificate_number.clone().unwrap_or_default(),
            certificate_on: day(self.certificate_on),
            certificate_until: day(self.certificate_until),
            institution: self.institution.map(|id| id.to_string()).unwrap_or_default(),
            division: self.division.to_string(),
            services: self.services.clone(),
            pledge_on: day(self.pledge_on),
        }
    }

    /// Whether the profession works with a certificate.
    #[must_use]
    pub fn needs_certificate(&self) -> bool {
        !catalogue::bounds().is_ok_and(|bounds| bounds.without_certificate.contains(&self.profession))
    }
}

/// Reads a profile and the identity number, where one was typed. A draft may leave out what only the review needs.
///
/// # Errors
/// Every field that is wrong, at once.
pub(super) async fn read(
    divisions: &Divisions,
    tx: &mut Tx,
    entry: &TalentEntry,
    complete: bool,
    today: Date,
) -> Result<(TalentProfile, Option<String>)> {
    let institution = entry.institution.trim().parse::<Id>().ok();
    let mut place = None;
    if let Some(id) = institution {
        let found: Option<(i64,)> = tx.opt("SELECT division FROM institution WHERE id = $1", p![id]).await?;
        place = found.map(|(division,)| division);
    }
    checked(divisions, entry, (institution, place), complete, today)
}

fn checked(
    divisions: &Divisions,
    entry: &TalentEntry,
    (institution, place): (Option<Id>, Option<i64>),
    complete: bool,
    today: Date,
) -> Result<(TalentProfile, Option<String>)> {
    let longest = catalogue::bounds()?.longest_line;
    let mut reader = Reader::new(divisions, complete);
    let name = reader.line("name", &rules::name::normalised(&entry.name), longest);
    reader.needed("name", !name.is_empty());
    let number = identity(&mut reader, &entry.identity_number, today);
    let profession = reader.choice("profession", &entry.profession, Profession::of_code);
    let mut line =
        |field: &str, text: &str| Some(reader.line(field, text, longest)).filter(|text| !text.is_empty());
    let certificate = line("certificate", &entry.certificate);
    let certificate_number = line("certificate_number", &entry.certificate_number);
    let certificate_on = reader.past_day("certificate_on", &entry.certificate_on, today);
    let certificate_until = reader.day("certificate_until", &entry.certificate_until);
    if let (Some(on), Some(until)) = (certificate_on, certificate_until)
        && until < on
    {
        reader.wrong("certificate_until", "certificate_order", "");
    }
    if !entry.institution.trim().is_empty() && place.is_none() {
        reader.wrong("institution", "unknown_choice", "");
    }
    reader.wanted("institution", !entry.institution.trim().is_empty());
    let division = match place {
        Some(place) if entry.division.trim().is_empty() => place,
        _ => reader.division("division", &entry.division, Level::County),
    };
    let services = services(&mut reader, &entry.services, profession)?;
    let pledge_on = reader.past_day("pledge_on", &entry.pledge_on, today);
    reader.wanted("pledge_on", !entry.pledge_on.trim().is_empty());
    let profile = TalentProfile {
        name,
        // The value after `unwrap_or` never leaves: the problem above keeps the profile back.
        profession: profession.unwrap_or(Profession::Other),
        certificate,
        certificate_number,
        certificate_on,
        certificate_until,
        institution: institution.filter(|_| place.is_some()),
        division,
        services,
        pledge_on,
    };
    if profile.needs_certificate() {
        reader.wanted("certificate", profile.certificate.is_some());
        reader.wanted("certificate_number", profile.certificate_number.is_some());
    }
    reader.finish((profile, number))
}

fn identity(reader: &mut Reader<'_>, text: &str, today: Date) -> Option<String> {
    if text.trim().is_empty() {
        return None;
    }
    match identity_number::check(text, today) {
        Ok(reading) => Some(reading.number.as_str().to_owned()),
        Err(error) => {
            reader.wrong("identity_number", &error.code(), "");
            None
        }
    }
}

/// Only services that the catalogue lets the profession lead.
fn services(
    reader: &mut Reader<'_>,
    chosen: &[String],
    profession: Option<Profession>,
) -> Result<Vec<String>> {
    let table = catalogue::services()?;
    let codes: Vec<&str> = table.services.iter().map(|s| s.code.as_str()).collect();
    let services = reader.choices("services", chosen, &codes);
    if let Some(profession) = profession {
        let leads = |code: &&String| table.get(code).is_some_and(|service| service.may_be_led_by(profession));
        if let Some(code) = services.iter().find(|code| !leads(code)) {
            reader.wrong("services", "service_not_led", code);
        }
    }
    Ok(services)
}

/// The institution of a credit code, as the field of an entry.
///
/// # Errors
/// No institution has it.
pub(super) async fn institution_of(tx: &mut Tx, credit_code: &str) -> Result<String> {
    let code = rules::credit_code::check(credit_code)
        .map_err(|error| Error::invalid("institution_code", &error.code()))?;
    let sql = "SELECT id FROM institution WHERE credit_code = $1";
    let found: Option<(Id,)> = tx.opt(sql, p![code.code.as_str()]).await?;
    let unknown = || {
        let mut problem = Problem::new("institution_code", "institution_unknown");
        problem.values.push(code.code.to_string());
        Error::Invalid(vec![problem])
    };
    found.map(|(id,)| id.to_string()).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    const TODAY: Date = jiff::civil::date(2026, 3, 2);
    const PLACE: Option<i64> = Some(310_115_110_001);

    static DIVISIONS: LazyLock<Divisions> = LazyLock::new(|| Divisions::embedded().unwrap());

    fn entry() -> TalentEntry {
        TalentEntry {
            name: "周 护士".into(),
            profession: "nurse".into(),
            certificate: "护士执业证书".into(),
            certificate_number: "2020-1".into(),
            certificate_on: "2020-06-01".into(),
            institution: "018f0000-0000-7000-8000-000000000001".into(),
            services: vec!["S1".into()],
            pledge_on: "2026-01-05".into(),
            ..TalentEntry::default()
        }
    }

    fn read(entry: &TalentEntry, complete: bool) -> Result<(TalentProfile, Option<String>)> {
        checked(&DIVISIONS, entry, (entry.institution.parse().ok(), PLACE), complete, TODAY)
    }

    #[test]
    fn a_profile_is_read_and_written_back() {
        let (profile, number) = read(&entry(), true).unwrap();
        assert_eq!((profile.name.as_str(), profile.division, number), ("周护士", 310_115_110_001, None));
        assert_eq!(read(&profile.entry(), true).unwrap().0, profile);
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        type Change = fn(&mut TalentEntry);
        let rows: [(Change, &str, &str); 10] = [
            (|e| e.name.clear(), "name", "required"),
            (|e| e.profession.clear(), "profession", "required"),
            (
                |e| e.identity_number = "990101199002300011".into(),
                "identity_number",
                "identity_number.birth_date",
            ),
            (|e| e.profession = "baker".into(), "profession", "unknown_choice"),
            (|e| e.certificate_number.clear(), "certificate_number", "required"),
            (|e| e.certificate_on = "2027-01-01".into(), "certificate_on", "date_future"),
            (|e| e.certificate_until = "2020-05-31".into(), "certificate_until", "certificate_order"),
            (|e| e.pledge_on.clear(), "pledge_on", "required"),
            (|e| e.services = vec!["S6".into()], "services", "service_not_led"),
            (|e| e.division = "99".into(), "division", "division.province"),
        ];
        for (change, field, code) in rows {
            let mut wrong = entry();
            change(&mut wrong);
            let Err(Error::Invalid(problems)) = read(&wrong, true) else { panic!("{field} {code}") };
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), (field, code));
        }
    }

    #[test]
    fn a_volunteer_needs_no_certificate() {
        let volunteer = TalentEntry {
            profession: "volunteer".into(),
            certificate: String::new(),
            certificate_number: String::new(),
            services: vec!["S12".into()],
            ..entry()
        };
        assert!(read(&volunteer, true).is_ok());
    }
}
