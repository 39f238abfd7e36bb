//! The profile of an institution: what it is, where, for whom, with which services.

use crate::{catalogue, division::Divisions, entry::Reader, error::Result};
use jiff::civil::Date;
use rules::{
    division::Level,
    institution::{InstitutionKind, NetworkLevel},
};
use serde::{Deserialize, Serialize};

/// A profile as somebody typed it. Every field is a text, so that it can be shown again as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileEntry {
    /// 机构名称
    pub name: String,
    /// 统一社会信用代码
    pub credit_code: String,
    /// 机构性质, a code of `institution_kind`.
    pub kind: String,
    /// Role in the network, a code of `network_level`.
    pub level: String,
    /// Where it stands, 12 digits.
    pub division: String,
    /// Street and number.
    pub address: String,
    /// Whom to ask for.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Square metres.
    pub floor_area: String,
    /// Opening hours as told to people.
    pub hours: String,
    /// Licence or registration number.
    pub licence: String,
    /// Last day of the licence.
    pub licence_until: String,
    /// Day on which the service promise 服务承诺 was signed.
    pub promise_on: String,
    /// Lowest age admitted, in years.
    pub lowest_age: String,
    /// Highest age admitted, in years.
    pub highest_age: String,
    /// Disorder groups admitted; none admits all.
    pub disorder_groups: Vec<String>,
    /// Services offered, S1 to S16.
    pub services: Vec<String>,
    /// Divisions served, codes between spaces, commas or line ends.
    pub areas: String,
}

/// A profile that was read and checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// 机构名称
    pub name: String,
    /// 统一社会信用代码, 18 characters.
    pub credit_code: String,
    /// 机构性质
    pub kind: InstitutionKind,
    /// Role in the network.
    pub level: NetworkLevel,
    /// Where it stands, 12 digits.
    pub division: i64,
    /// Street and number.
    pub address: String,
    /// Whom to ask for.
    pub contact: String,
    /// Telephone.
    pub phone: String,
    /// Square metres.
    pub floor_area: Option<u32>,
    /// Opening hours as told to people.
    pub hours: String,
    /// Licence or registration number.
    pub licence: Option<String>,
    /// Last day of the licence.
    pub licence_until: Option<Date>,
    /// Day on which the service promise was signed.
    pub promise_on: Option<Date>,
    /// Lowest age admitted, in years.
    pub lowest_age: u32,
    /// Highest age admitted, in years.
    pub highest_age: u32,
    /// Disorder groups admitted; none admits all.
    pub disorder_groups: Vec<String>,
    /// Services offered.
    pub services: Vec<String>,
    /// Divisions served, 12 digits each.
    pub areas: Vec<i64>,
}

impl Profile {
    /// The county in which it is registered: the library is kept by place of service.
    #[must_use]
    pub fn county(&self) -> i64 {
        self.division - self.division % Level::County.width()
    }

    /// The profile as it would be typed, to be shown in the form.
    #[must_use]
    pub fn entry(&self) -> ProfileEntry {
        let day = |d: Option<Date>| d.map(|d| d.to_string()).unwrap_or_default();
        ProfileEntry {
            name: self.name.clone(),
            credit_code: self.credit_code.clone(),
            kind: self.kind.code().to_owned(),
            level: self.level.code().to_owned(),
            division: self.division.to_string(),
            address: self.address.clone(),
            contact: self.contact.clone(),
            phone: self.phone.clone(),
            floor_area: self.floor_area.map(|n| n.to_string()).unwrap_or_default(),
            hours: self.hours.clone(),
            licence: self.licence.clone().unwrap_or_default(),
            licence_until: day(self.licence_until),
            promise_on: day(self.promise_on),
            lowest_age: self.lowest_age.to_string(),
            highest_age: self.highest_age.to_string(),
            disorder_groups: self.disorder_groups.clone(),
            services: self.services.clone(),
            areas: self.areas.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        }
    }

    /// The same profile with the contact details of another.
    #[must_use]
    pub fn with_contact(self, other: &Profile) -> Profile {
        Profile {
            contact: other.contact.clone(),
            phone: other.phone.clone(),
            hours: other.hours.clone(),
            ..self
        }
    }
}

/// Reads a profile. A draft may leave out what only the review needs; what is there must be right.
///
/// # Errors
/// Every field that is wrong, at once.
pub fn read(divisions: &Divisions, entry: &ProfileEntry, complete: bool, today: Date) -> Result<Profile> {
    let bounds = catalogue::bounds()?;
    let mut reader = Reader::new(divisions, complete);
    let longest = bounds.longest_line;
    let name = reader.line("name", &entry.name, longest);
    reader.needed("name", !name.is_empty());
    let credit_code = credit_code(&mut reader, &entry.credit_code);
    let (kind, level) = kind_and_level(&mut reader, entry);
    let division = reader.division("division", &entry.division, Level::Town);
    let address = reader.line("address", &entry.address, longest);
    let contact = reader.line("contact", &entry.contact, longest);
    let phone = reader.phone("phone", &entry.phone);
    let hours = reader.line("hours", &entry.hours, longest);
    for (field, text) in [("address", &address), ("contact", &contact), ("hours", &hours)] {
        reader.wanted(field, !text.is_empty());
    }
    reader.wanted("phone", !entry.phone.trim().is_empty());
    let licence = Some(reader.line("licence", &entry.licence, longest)).filter(|text| !text.is_empty());
    let licence_until = reader.day("licence_until", &entry.licence_until);
    if complete && licence_until.is_some_and(|until| until < today) {
        reader.wrong("licence_until", "licence_over", "");
    }
    let promise_on = reader.past_day("promise_on", &entry.promise_on, today);
    reader.wanted("promise_on", !entry.promise_on.trim().is_empty());
    let (lowest_age, highest_age) = ages(&mut reader, entry, bounds.highest_age);
    let (services, disorder_groups) = scope_of_service(&mut reader, entry)?;
    let areas = areas(&mut reader, &entry.areas, bounds.most_areas);
    let floor_area = reader.number("floor_area", &entry.floor_area, 1, bounds.highest_floor_area);
    reader.finish(Profile {
        name,
        credit_code,
        kind,
        level,
        division,
        address,
        contact,
        phone,
        floor_area,
        hours,
        licence,
        licence_until,
        promise_on,
        lowest_age,
        highest_age,
        disorder_groups,
        services,
        areas,
    })
}

fn credit_code(reader: &mut Reader<'_>, text: &str) -> String {
    match rules::credit_code::check(text) {
        Ok(reading) => reading.code.to_string(),
        Err(error) => {
            reader.wrong("credit_code", &error.code(), "");
            String::new()
        }
    }
}

fn kind_and_level(reader: &mut Reader<'_>, entry: &ProfileEntry) -> (InstitutionKind, NetworkLevel) {
    let kind = reader.choice("kind", &entry.kind, InstitutionKind::of_code);
    let level = reader.choice("level", &entry.level, NetworkLevel::of_code);
    // The values after `unwrap_or` never leave: the problem above keeps the profile back.
    (kind.unwrap_or(InstitutionKind::SocialService), level.unwrap_or(NetworkLevel::VillagePoint))
}

fn ages(reader: &mut Reader<'_>, entry: &ProfileEntry, oldest: u32) -> (u32, u32) {
    let lowest = reader.number("lowest_age", &entry.lowest_age, 0, oldest).unwrap_or(0);
    let highest = reader.number("highest_age", &entry.highest_age, 0, oldest).unwrap_or(oldest);
    if lowest > highest {
        reader.wrong("highest_age", "ages_crossed", "");
    }
    (lowest, highest)
}

fn scope_of_service(reader: &mut Reader<'_>, entry: &ProfileEntry) -> Result<(Vec<String>, Vec<String>)> {
    let codes: Vec<&str> = catalogue::services()?.services.iter().map(|s| s.code.as_str()).collect();
    let services = reader.choices("services", &entry.services, &codes);
    reader.wanted("services", !entry.services.is_empty());
    let codes: Vec<&str> = catalogue::disorders()?.groups.iter().map(|g| g.code.as_str()).collect();
    Ok((services, reader.choices("disorder_groups", &entry.disorder_groups, &codes)))
}

fn areas(reader: &mut Reader<'_>, text: &str, most: usize) -> Vec<i64> {
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，' | '；' | '、');
    let codes: Vec<&str> = text.split(separators).filter(|c| !c.is_empty()).collect();
    reader.wanted("areas", !codes.is_empty());
    if codes.len() > most {
        reader.wrong("areas", "too_many", most);
        return Vec::new();
    }
    let mut areas: Vec<i64> = Vec::new();
    for code in codes {
        let area = reader.division("areas", code, Level::Province);
        if area != 0 && !areas.contains(&area) {
            areas.push(area);
        }
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use std::sync::LazyLock;

    const TODAY: Date = jiff::civil::date(2026, 3, 2);

    static DIVISIONS: LazyLock<Divisions> = LazyLock::new(|| Divisions::embedded().unwrap());

    fn entry() -> ProfileEntry {
        let first = "52990115M000100Y5";
        let check = rules::credit_code::check_character(first).unwrap();
        ProfileEntry {
            name: "清河社区康复站".into(),
            credit_code: format!("{first}{check}"),
            kind: "social_service".into(),
            level: "town_station".into(),
            division: "310115110001".into(),
            address: "清河路1号".into(),
            contact: "王站长".into(),
            phone: "021-5555 0101".into(),
            hours: "周一至周五 9:00–16:00".into(),
            promise_on: "2026-01-05".into(),
            services: vec!["S4".into(), "S1".into()],
            areas: "310115110 310115".into(),
            ..ProfileEntry::default()
        }
    }

    #[test]
    fn a_complete_profile_is_read_and_written_back() {
        let profile = read(&DIVISIONS, &entry(), true, TODAY).unwrap();
        assert_eq!(profile.services, ["S1", "S4"]);
        assert_eq!(profile.areas, [310_115_110_000, 310_115_000_000]);
        assert_eq!((profile.county(), profile.phone.as_str()), (310_115_000_000, "02155550101"));
        assert_eq!((profile.lowest_age, profile.highest_age), (0, 120));
        assert_eq!(read(&DIVISIONS, &profile.entry(), true, TODAY).unwrap(), profile);
    }

    #[test]
    fn each_field_says_what_is_wrong_with_it() {
        type Change = fn(&mut ProfileEntry);
        let rows: [(Change, &str, &str); 18] = [
            (|e| e.name.clear(), "name", "required"),
            (|e| e.kind.clear(), "kind", "required"),
            (|e| e.level = "  ".into(), "level", "required"),
            (|e| e.level = "palace".into(), "level", "unknown_choice"),
            (|e| e.credit_code = "52990115M000100Y50".into(), "credit_code", "credit_code.check_character"),
            (|e| e.kind = "hotel".into(), "kind", "unknown_choice"),
            (|e| e.division = "310115".into(), "division", "division_deeper"),
            (|e| e.division = "310115999".into(), "division", "division_unknown"),
            (|e| e.phone = "1234".into(), "phone", "phone.form"),
            (|e| e.licence_until = "2026-02-30".into(), "licence_until", "date"),
            (|e| e.licence_until = "2026-03-01".into(), "licence_until", "licence_over"),
            (|e| e.promise_on = "2026-03-03".into(), "promise_on", "date_future"),
            (|e| e.lowest_age = "121".into(), "lowest_age", "number_range"),
            (|e| (e.lowest_age, e.highest_age) = ("60".into(), "18".into()), "highest_age", "ages_crossed"),
            (|e| e.services.clear(), "services", "required"),
            (|e| e.services.push("S17".into()), "services", "unknown_choice"),
            (|e| e.areas = "3101150".into(), "areas", "division.length"),
            (|e| e.floor_area = "0".into(), "floor_area", "number_range"),
        ];
        for (change, field, code) in rows {
            let mut wrong = entry();
            change(&mut wrong);
            let Err(Error::Invalid(problems)) = read(&DIVISIONS, &wrong, true, TODAY) else {
                panic!("{field} {code}")
            };
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!((problems[0].field.as_str(), problems[0].code.as_str()), (field, code));
        }
    }

    #[test]
    fn a_draft_needs_only_what_names_it() {
        let draft = ProfileEntry {
            address: String::new(),
            phone: String::new(),
            services: Vec::new(),
            areas: String::new(),
            promise_on: String::new(),
            ..entry()
        };
        assert!(read(&DIVISIONS, &draft, false, TODAY).is_ok());
        assert!(read(&DIVISIONS, &draft, true, TODAY).is_err());
    }
}
