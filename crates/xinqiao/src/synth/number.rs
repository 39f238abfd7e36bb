//! Numbers that pass their checks and belong to nobody.

use jiff::civil::Date;
use rules::{credit_code, identity_number, identity_number::Sex};

/// The first two digits of every synthetic identity number: no province has them.
pub const UNASSIGNED_PREFIX: &str = "99";
/// The first three digits of every synthetic mobile number: no operator gives them to subscribers.
pub const PHONE_PREFIX: &str = "154";
/// As many persons can have numbers of their own whatever their birth dates.
pub const MOST_PEOPLE: u64 = AREAS * SEQUENCES - TALENTS;

/// Numbers kept for the talents: they follow those of the persons on the lists.
const TALENTS: u64 = 10_000;

/// Sequence numbers of one sex, one area and one day: 001 to 997 odd, 002 to 998 even. Prime.
const SEQUENCES: u64 = 499;
/// Areas 99 01 01 to 99 99 99.
const AREAS: u64 = 9_899;
/// Spreads neighbours over the sequence numbers.
const STRIDE: u64 = 271;

/// The identity number of person `person` (counted from 0): two persons never share one,
/// as area and sequence together tell them apart. 18 characters.
pub fn identity_number(person: u64, born_on: Date, sex: Sex) -> String {
    let area = 101 + person / SEQUENCES;
    let pair = (person % SEQUENCES) * STRIDE % SEQUENCES;
    let sequence = match sex {
        Sex::Male => 2 * pair + 1,
        Sex::Female => 2 * pair + 2,
    };
    let mut number = format!("{UNASSIGNED_PREFIX}{area:04}{}{sequence:03}", born_on.strftime("%Y%m%d"));
    let check = identity_number::check_character(&number).unwrap_or_default();
    number.push(check);
    number
}

/// The 15-digit number of the first generation; only for those born in the twentieth century.
pub fn first_generation(number: &str) -> Option<String> {
    let (area, birth, sequence) = (number.get(..6)?, number.get(8..14)?, number.get(14..17)?);
    (number.get(6..8)? == "19").then(|| format!("{area}{birth}{sequence}"))
}

/// The credit code of organisation `organisation` (counted from 0): registered with civil affairs as a private
/// non-enterprise (52) in area 99. 18 characters.
pub fn credit_code(organisation: u32) -> String {
    let body = format!("{:08}", 50_000_000 + u64::from(organisation));
    let mut code = format!("52{UNASSIGNED_PREFIX}0101{body}{}", organisation_check(&body));
    let check = credit_code::check_character(&code).unwrap_or_default();
    code.push(check);
    code
}

/// The check character of an organisation code (GB 11714): found by asking the check for each one there is.
fn organisation_check(body: &str) -> char {
    let fits = |c: &char| credit_code::check_organisation_code(&format!("{body}{c}")).is_ok();
    "0123456789X".chars().find(fits).unwrap_or_default()
}

/// A mobile number from eight digits by chance.
pub fn phone(digits: u32) -> String {
    format!("{PHONE_PREFIX}{:08}", digits % 100_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rules::identity_number::Warning;
    use std::collections::BTreeSet;

    #[test]
    fn identity_numbers_pass_and_belong_to_no_province() {
        let today = date(2026, 1, 1);
        for (person, born_on, sex) in [
            (0, date(1936, 2, 29), Sex::Male),
            (498, date(1990, 1, 1), Sex::Female),
            (499, date(2007, 12, 31), Sex::Male),
            (MOST_PEOPLE - 1, date(1955, 6, 15), Sex::Female),
        ] {
            let number = identity_number(person, born_on, sex);
            let reading = identity_number::check(&number, today).unwrap();
            assert_eq!((reading.birth_date, reading.sex), (born_on, sex), "{number}");
            assert!(matches!(reading.warnings.as_slice(), [Warning::UnassignedPrefix { .. }]), "{number}");
        }
    }

    #[test]
    fn people_born_on_one_day_have_different_numbers() {
        let born_on = date(1970, 5, 5);
        let numbers: BTreeSet<String> =
            (0..3000).map(|person| identity_number(person, born_on, Sex::Male)).collect();
        assert_eq!(numbers.len(), 3000);
    }

    #[test]
    fn the_first_generation_reads_as_the_same_number() {
        let number = identity_number(5, date(1970, 5, 5), Sex::Male);
        let old = first_generation(&number).unwrap();
        assert_eq!(old.len(), 15);
        let reading = identity_number::check(&old, date(2026, 1, 1)).unwrap();
        assert_eq!(reading.number.as_str(), number);
        assert_eq!(first_generation(&identity_number(5, date(2001, 5, 5), Sex::Male)), None);
    }

    #[test]
    fn credit_codes_and_phones_pass() {
        for organisation in [0, 1, 11, 499] {
            let reading = credit_code::check(&credit_code(organisation)).unwrap();
            assert_eq!(reading.kind, credit_code::OrganisationKind::PrivateNonEnterprise);
            assert!(reading.warnings.is_empty());
        }
        assert_eq!(rules::phone::check(&phone(7)).unwrap().digits, "15400000007");
    }
}
