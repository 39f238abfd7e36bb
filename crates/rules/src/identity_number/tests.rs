use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 3, 2);

#[test]
fn valid_numbers_tell_birth_date_and_sex() {
    let cases = [
        ("11010519491231002X", date(1949, 12, 31), Sex::Female, Holder::Resident),
        ("11010519491231002x", date(1949, 12, 31), Sex::Female, Holder::Resident),
        ("１１０１０５１９４９１２３１００２Ｘ", date(1949, 12, 31), Sex::Female, Holder::Resident),
        (" 110105 19491231-002X\t", date(1949, 12, 31), Sex::Female, Holder::Resident),
        ("'11010519491231002X", date(1949, 12, 31), Sex::Female, Holder::Resident),
        ("990101199001011230", date(1990, 1, 1), Sex::Male, Holder::Resident),
        ("990101200002290038", date(2000, 2, 29), Sex::Male, Holder::Resident),
        ("440524188001010014", date(1880, 1, 1), Sex::Male, Holder::Resident),
    ];
    for (text, birth_date, sex, holder) in cases {
        let reading = check(text, TODAY).unwrap();
        assert_eq!((reading.birth_date, reading.sex, reading.holder), (birth_date, sex, holder), "{text}");
        assert!(!reading.upgraded);
    }
}

#[test]
fn fifteen_digits_are_upgraded() {
    let reading = check("110105491231002", TODAY).unwrap();
    assert_eq!(reading.number.as_str(), "11010519491231002X");
    assert!(reading.upgraded);
    assert_eq!(check("11010549123100X", TODAY).unwrap_err().code(), "identity_number.character");
}

#[test]
fn permits_are_known_by_their_prefix() {
    for (prefix, holder) in [
        ("810000", Holder::HongKong),
        ("820000", Holder::Macao),
        ("830000", Holder::Taiwan),
        ("931156", Holder::ForeignPermanentResident),
    ] {
        let digits = format!("{prefix}19900101123");
        let text = format!("{digits}{}", check_character(&digits).unwrap());
        let reading = check(&text, TODAY).unwrap();
        assert_eq!(reading.holder, holder);
        assert_eq!(reading.warnings, [], "{prefix}");
    }
}

#[test]
fn wrong_numbers_say_why() {
    let cases = [
        ("", IdentityNumberError::Empty),
        ("  ", IdentityNumberError::Empty),
        ("1.10105E+17", IdentityNumberError::Rounded),
        ("1101051949123100", IdentityNumberError::Length { found: 16 }),
        ("11010519491231OO2X", IdentityNumberError::Character { place: 15, found: 'O' }),
        ("X1010519491231002X", IdentityNumberError::Character { place: 1, found: 'X' }),
        ("11010519491231002Y", IdentityNumberError::Character { place: 18, found: 'Y' }),
        ("110105194912310021", IdentityNumberError::CheckCharacter { expected: 'X', found: '1' }),
        ("110105194902300020", IdentityNumberError::BirthDate { found: "19490230".to_owned() }),
        ("110105194913310020", IdentityNumberError::BirthDate { found: "19491331".to_owned() }),
        ("110105210001010014", IdentityNumberError::Future { birth_date: date(2100, 1, 1) }),
        ("110105194912310004", IdentityNumberError::Sequence),
    ];
    for (text, expected) in cases {
        assert_eq!(check(text, TODAY), Err(expected), "{text}");
    }
}

#[test]
fn what_is_odd_is_a_warning_and_no_error() {
    let cases = [
        ("11010519491231002X", vec![]),
        ("990101199001011230", vec![Warning::UnassignedPrefix { prefix: 990_101 }]),
        ("440524188001010014", vec![Warning::Age { years: 146 }]),
    ];
    for (text, expected) in cases {
        assert_eq!(check(text, TODAY).unwrap().warnings, expected, "{text}");
    }
    let reading = check_against("11010519491231002X", TODAY, |prefix| prefix != 110_105).unwrap();
    assert_eq!(reading.warnings, [Warning::UnknownDivision { prefix: 110_105 }]);
}

#[test]
fn age_counts_completed_years() {
    let leap = date(2000, 2, 29);
    assert_eq!(age_on(leap, date(2018, 2, 28)), 17);
    assert_eq!(age_on(leap, date(2018, 3, 1)), 18);
    assert_eq!(age_on(date(1990, 1, 1), date(2026, 1, 1)), 36);
    assert_eq!(age_on(date(1990, 1, 2), date(2026, 1, 1)), 35);
}

#[test]
fn a_masked_number_keeps_division_and_tail() {
    assert_eq!(mask("990115199001012319"), "990115••••••••2319");
    assert_eq!(mask("12345"), "•••••");
    let reading = check("990101199001011230", TODAY).unwrap();
    assert!(!format!("{reading:?}").contains("19900101123"), "debug output must not reveal the number");
}

prop_compose! {
    fn numbers()(
        prefix in 110_000_u32..660_000,
        days in 0_i64..45_000,
        sequence in 1_u32..1_000,
    ) -> String {
        let born = date(1900, 1, 1).saturating_add(jiff::Span::new().days(days));
        let digits = format!("{prefix}{}{sequence:03}", born.strftime("%Y%m%d"));
        format!("{digits}{}", check_character(&digits).unwrap())
    }
}

proptest! {
    #[test]
    fn generated_numbers_pass(number in numbers()) {
        let reading = check(&number, TODAY).unwrap();
        prop_assert_eq!(reading.number.as_str(), &number);
        prop_assert_eq!(reading.birth_date.strftime("%Y%m%d").to_string(), &number[6..14]);
    }

    /// Modulo 11 with weights that share no factor with it finds every single wrong digit.
    #[test]
    fn one_wrong_digit_is_found(number in numbers(), place in 0_usize..17, shift in 1_u8..10) {
        let mut bytes = number.into_bytes();
        bytes[place] = b'0' + (bytes[place] - b'0' + shift) % 10;
        prop_assert!(check(&String::from_utf8(bytes).unwrap(), TODAY).is_err());
    }

    /// Neighbouring weights differ modulo 11, so every swap of two unequal neighbours is found.
    #[test]
    fn swapped_neighbours_are_found(number in numbers(), place in 0_usize..16) {
        let mut bytes = number.into_bytes();
        prop_assume!(bytes[place] != bytes[place + 1]);
        bytes.swap(place, place + 1);
        prop_assert!(check(&String::from_utf8(bytes).unwrap(), TODAY).is_err());
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,24}") {
        let _ = check(&text, TODAY);
        let _ = mask(&text);
    }
}
