//! The words of the follow-up.

use crate::language::Language;
use jiff::civil::Date;
use rules::followup::visit::FaultCode;

/// What does not fit in the record of a visit, with the day that the rule gives where it gives one.
#[must_use]
pub fn visit_fault(code: FaultCode, day: Option<Date>, chinese: bool) -> String {
    let language = if chinese { Language::Chinese } else { Language::English };
    let text = language.code("visit_fault", code.code());
    text.replace("%{day}", &day.map_or_else(|| "…".to_owned(), |day| day.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_day_stands_in_the_text() {
        let day = Some(date(2025, 3, 17));
        for chinese in [true, false] {
            assert!(visit_fault(FaultCode::NextDateTooLate, day, chinese).contains("2025-03-17"));
            for code in FaultCode::ALL {
                assert!(!visit_fault(code, None, chinese).contains("%{"), "{code:?}");
            }
        }
    }
}
