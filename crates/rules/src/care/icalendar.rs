//! A calendar as a file that telephones and office programs subscribe to (RFC 5545). What stands in it is read by whoever holds the
//! telephone and by the firm that made it: the caller passes neutral texts only.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// From its beginning to its end.
    Hours(Timestamp, Timestamp),
    /// On a day, at no hour: a term, which keeps nobody from being elsewhere.
    Day(Date),
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// Unique and lasting.
    pub id: String,
    /// When.
    pub when: When,
    /// When it was last changed.
    pub changed: Timestamp,
    /// What is shown.
    pub summary: String,
    /// It will not take place.
    pub cancelled: bool,
}

/// The calendar as text.
#[must_use]
pub fn calendar(name: &str, happenings: &[Happening]) -> String {
    let mut out = String::new();
    let mut line = |text: &str| fold(&mut out, text);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//Xinqiao//Calendar//ZH");
    line("CALSCALE:GREGORIAN");
    line(&format!("X-WR-CALNAME:{}", escaped(name)));
    for one in happenings {
        line("BEGIN:VEVENT");
        line(&format!("UID:{}@xinqiao", escaped(&one.id)));
        line(&format!("DTSTAMP:{}", instant(one.changed)));
        match one.when {
            When::Hours(starts, ends) => {
                line(&format!("DTSTART:{}", instant(starts)));
                line(&format!("DTEND:{}", instant(ends)));
            }
            // The end is the first day that is no part of it (§3.6.1).
            When::Day(on) => {
                line(&format!("DTSTART;VALUE=DATE:{}", on.strftime("%Y%m%d")));
                line(&format!("DTEND;VALUE=DATE:{}", on.saturating_add(1.day()).strftime("%Y%m%d")));
                line("TRANSP:TRANSPARENT");
            }
        }
        line(&format!("SUMMARY:{}", escaped(&one.summary)));
        line("CLASS:PRIVATE");
        line(if one.cancelled { "STATUS:CANCELLED" } else { "STATUS:CONFIRMED" });
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    out
}

fn instant(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value (§3.3.11); control characters have no place in it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

/// Bytes of a line at most (§3.1).
const WIDTH: usize = 75;

/// A line, folded without cutting a letter in two.
fn fold(out: &mut String, text: &str) {
    let mut used = 0;
    for letter in text.chars() {
        if used + letter.len_utf8() > WIDTH {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(letter);
        used += letter.len_utf8();
    }
    out.push_str("\r\n");
}
