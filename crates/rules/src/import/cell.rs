//! Days as people and spreadsheets write them.

use crate::writing::half_width;
use jiff::civil::Date;

/// Days from 1899-12-30, the origin of spreadsheet days, are taken for dates between these: 1 January 1900 and
/// 31 December 2099.
const SERIALS: std::ops::RangeInclusive<i32> = 2..=73_050;

/// Reads a day: 2024-03-05, 2024/3/5, 2024.3.5, 20240305, 2024年3月5日, with a time behind it, in full-width
/// digits, or a spreadsheet's count of days such as 45356.
#[must_use]
pub fn date(text: &str) -> Option<Date> {
    let plain: String = text.trim().chars().map(half_width).collect();
    let day = plain.split(['T', ' ']).next().unwrap_or_default();
    if day.is_empty() {
        return None;
    }
    if day.bytes().all(|b| b.is_ascii_digit()) {
        return if day.len() == 8 { digits(day) } else { serial(day) };
    }
    if let Some((whole, rest)) = day.split_once('.')
        && rest.bytes().all(|b| b == b'0')
        && whole.len() == 5
    {
        return serial(whole);
    }
    let marks = |c: char| matches!(c, '-' | '/' | '.' | '年' | '月' | '日' | '号');
    let parts: Vec<&str> = day.trim_end_matches(['日', '号']).split(marks).collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.trim().parse().ok()?, day.trim().parse().ok()?).ok()
}

fn digits(day: &str) -> Option<Date> {
    let year = day.get(..4)?.parse().ok()?;
    Date::new(year, day.get(4..6)?.parse().ok()?, day.get(6..)?.parse().ok()?).ok()
}

fn serial(days: &str) -> Option<Date> {
    let count: i32 = days.parse().ok()?;
    // 60 is 29 February 1900, a day that spreadsheets know and the calendar does not.
    if !SERIALS.contains(&count) || count == 60 {
        return None;
    }
    let shift = if count < 60 { count + 1 } else { count };
    Date::new(1899, 12, 30).ok()?.checked_add(jiff::Span::new().days(shift)).ok()
}
