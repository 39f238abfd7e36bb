//! A deadline in words: how many working days are left or overdue, with an icon beside the colour.

use crate::language::Language;
use app::App;
use jiff::{SignedDuration, Timestamp, civil::Date};
use rules::clock::china_date;

/// A deadline as shown.
#[derive(Clone)]
pub(crate) struct Due {
    /// Class of the badge.
    pub class: &'static str,
    pub icon: &'static str,
    /// "2 working days left".
    pub text: String,
    /// The last day; empty without a term.
    pub day: String,
}

/// An instant in China's civil time, to the minute.
pub(crate) fn minute(at: Timestamp) -> String {
    rules::clock::china_time(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The last day of a term that ends at an instant: 24:00 belongs to the day that ends with it.
pub(crate) fn last_day(at: Timestamp) -> Date {
    china_date(at.checked_sub(SignedDuration::from_secs(1)).unwrap_or(at))
}

/// The words for a term.
pub(crate) fn due(
    app: &App,
    language: Language,
    ends: Option<Timestamp>,
    reminds: Option<Timestamp>,
    frozen: bool,
) -> Due {
    let plain =
        |class, icon, key: &str, day: String| Due { class, icon, text: language.text(key).into_owned(), day };
    let Some(at) = ends else { return plain("quiet", "minus", "due.none", String::new()) };
    let day = last_day(at);
    if frozen {
        return plain("quiet", "player-pause", "due.frozen", day.to_string());
    }
    let now = app.now();
    let left = app.tables.calendar.working_days_between(china_date(now), day);
    let counted = |class, icon, key: &str, days: i32| Due {
        class,
        icon,
        text: language.with(key, &[("days", &days.to_string())]),
        day: day.to_string(),
    };
    if now > at {
        return match left {
            0.. => plain("late", "alert-triangle", "due.over", day.to_string()),
            -1 => counted("late", "alert-triangle", "due.overdue_one", 1),
            _ => counted("late", "alert-triangle", "due.overdue", left.saturating_neg()),
        };
    }
    let soon = reminds.is_some_and(|reminds| now >= reminds);
    let (class, icon) = if soon { ("soon", "clock") } else { ("fine", "hourglass") };
    match left {
        ..=0 => plain("soon", "clock", "due.today", day.to_string()),
        1 => counted(class, icon, "due.left_one", 1),
        _ => counted(class, icon, "due.left", left),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_belongs_to_the_day_before() {
        for (at, day) in [
            ("2026-11-24T16:00:00Z", "2026-11-24"),
            ("2026-11-24T15:59:00Z", "2026-11-24"),
            ("2026-11-24T16:00:01Z", "2026-11-25"),
        ] {
            assert_eq!(last_day(at.parse().unwrap()).to_string(), day);
        }
        assert_eq!(minute("2026-11-24T16:05:00Z".parse().unwrap()), "2026-11-25 00:05");
    }
}
