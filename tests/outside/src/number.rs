//! Numbers, days and names as people write them.

use crate::{TODAY, reads_itself, text};
use rules::{
    credit_code, disability_certificate, division::DivisionCode, identity_number, import, name, phone,
    writing::normalised_number,
};

pub(crate) fn identity(bytes: &[u8]) {
    let written = text(bytes);
    let read = |text: &str| {
        let reading = identity_number::check(text, TODAY).ok()?;
        Some((reading.number.as_str().to_owned(), reading.birth_date, reading.sex, reading.holder))
    };
    reads_itself(&written, read, |(number, ..)| number.clone());
    let hidden = identity_number::mask(&written);
    assert_eq!(hidden.chars().count(), written.chars().count(), "a mask keeps the length");
    if let Ok(reading) = identity_number::check(&written, TODAY) {
        let number = reading.number.as_str();
        assert_eq!(number.len(), 18);
        assert!(reading.birth_date <= TODAY && reading.age_on(TODAY) >= 0);
        let digits = reading.number.masked().chars().filter(char::is_ascii_alphanumeric).count();
        assert_eq!(digits, 10, "six of the division and the last four remain");
        assert!(!format!("{:?}", reading.number).contains(number), "no number in a debug print");
    }
}

pub(crate) fn certificate(bytes: &[u8]) {
    let written = text(bytes);
    let read = |text: &str| disability_certificate::check(text, TODAY).ok();
    if let Some(found) = read(&written) {
        let normal = normalised_number(&written);
        let again = read(&normal).map(|again| (again.category, again.grade, again.reissue));
        assert_eq!(again, Some((found.category, found.grade, found.reissue)), "{normal}");
        assert!(normal.starts_with(found.identity.number.as_str()), "{normal}");
        assert!((1..=4).contains(&found.grade.number()));
    }
}

pub(crate) fn credit_code(bytes: &[u8]) {
    let written = text(bytes);
    reads_itself(&written, |text| credit_code::check(text).ok(), |reading| reading.code.to_string());
    reads_itself(&written, |text| credit_code::check_organisation_code(text).ok(), Clone::clone);
    if let Ok(reading) = credit_code::check(&written) {
        assert_eq!(reading.code.as_str().len(), 18);
        assert_eq!(reading.code.division_prefix().len() + reading.code.organisation_code().len(), 15);
    }
}

pub(crate) fn division(bytes: &[u8]) {
    let written = text(bytes);
    reads_itself(&written, |text| DivisionCode::parse(text).ok(), ToString::to_string);
    reads_itself(&written, |text| DivisionCode::parse(text).ok(), |code| code.short());
    if let Ok(code) = DivisionCode::parse(&written) {
        assert_eq!(DivisionCode::new(code.number()), Ok(code));
        assert!(code.contains(code) && code.ancestors().count() <= 4);
        assert!(code.ancestors().all(|above| above.contains(code)));
    }
}

pub(crate) fn phone(bytes: &[u8]) {
    let written = text(bytes);
    let full = |phone: &phone::Phone| match &phone.extension {
        Some(extension) => format!("{}转{extension}", phone.digits),
        None => phone.digits.clone(),
    };
    reads_itself(&written, |text| phone::check(text).ok(), full);
    assert_eq!(phone::mask(&written).chars().count(), written.chars().count(), "a mask keeps the length");
    if let Ok(phone) = phone::check(&written) {
        assert!(phone.digits.bytes().all(|digit| digit.is_ascii_digit()));
        let shown = phone::mask(&phone.digits).chars().filter(char::is_ascii_digit).count();
        assert!(shown <= 7 && (phone.digits.len() == 5 || shown < phone.digits.len()), "{}", phone.digits);
    }
}

pub(crate) fn day(bytes: &[u8]) {
    reads_itself(&text(bytes), import::date, ToString::to_string);
}

pub(crate) fn one_time_code(bytes: &[u8]) {
    let written = text(bytes);
    let digits: String = written.chars().filter(|c| c.is_ascii_digit()).collect();
    if let Some(step) = app::outside::one_time_code(&written, 59) {
        assert_eq!(app::outside::one_time_code(&digits, 59), Some(step));
        assert!((0..=2).contains(&step), "one step before and after now");
    }
    let normal = normalised_number(&written);
    assert_eq!(normalised_number(&normal), normal, "a normal form is its own");
}

pub(crate) fn name(bytes: &[u8]) {
    let written = text(bytes);
    let normal = name::normalised(&written);
    assert_eq!(name::normalised(&normal), normal, "a normal form is its own: {written:?}");
    assert!(!normal.chars().any(char::is_control), "{normal:?}");
    let surname = name::surname(&normal);
    if let Some(surname) = &surname {
        assert!(!surname.is_empty() && normal.starts_with(surname.as_str()));
    }
    let (full, initials) = (name::full_pinyin(&written), name::initials(&written));
    assert_eq!(full, name::pinyin(&normal).concat(), "pinyin is that of the normal form");
    assert_eq!(initials.chars().count(), name::pinyin(&normal).len());
    let shown = name::mask(&written);
    assert!(shown.chars().count() <= 3 && (shown.is_empty() || shown.ends_with('*')), "{shown}");
}
