//! `/workforce`: how staff are employed, trained and certified.

pub(crate) mod api;
pub(crate) mod board;
pub(crate) mod employment;
mod own;
pub(crate) mod staffing;
pub(crate) mod training;

use crate::{language::Language, library::hours};
use app::workforce::Part;
use rules::workforce::{Share, Standing, Validity, WorkforceTable};

/// A share as `12 / 16 · 75.0%`.
fn share(share: Share) -> String {
    let parts = format!("{} / {}", share.of, share.all);
    match share.per_mille() {
        Some(per_mille) => format!("{parts} · {}.{}%", per_mille / 10, per_mille % 10),
        None => parts,
    }
}

/// Look, icon and words of a badge.
pub(crate) type Badge = (&'static str, &'static str, String);

/// Where somebody stands in a year; quiet where nothing is owed.
fn standing(language: Language, counted: bool, standing: Standing) -> Badge {
    if !counted {
        return ("quiet", "minus", language.text("workforce.not_owed").into_owned());
    }
    if standing.met() {
        return ("good", "check", language.text("workforce.met").into_owned());
    }
    let missing = hours(standing.missing());
    ("soon", "hourglass", language.with("workforce.missing", &[("hours", &missing)]))
}

/// Where a certificate stands; nothing where nothing is to be told.
fn certificate(language: Language, validity: Validity) -> Option<Badge> {
    match validity {
        Validity::Open | Validity::Valid => None,
        Validity::RunsOut { days, within } => {
            let late = within <= 30;
            let text = language.with("workforce.runs_out", &[("days", &days.to_string())]);
            Some((if late { "late" } else { "soon" }, "clock", text))
        }
        Validity::Expired => {
            Some(("late", "alert-triangle", language.text("workforce.expired").into_owned()))
        }
    }
}

/// A post by its code, in the reader's language.
fn post_name(language: Language, table: &WorkforceTable, code: &str) -> String {
    table.post(code).map(|post| language.of(&post.zh, &post.en)).unwrap_or_default()
}

/// By which definition figures are counted, and the day on which they hold.
fn defined(language: Language, definition: &str, on: &str) -> String {
    language.with("workforce.defined", &[("definition", definition), ("on", on)])
}

/// A figure with its name, size and explanation.
struct Stat {
    name: String,
    big: String,
    sub: String,
    late: bool,
}

impl Stat {
    fn new(language: Language, key: &str, big: String, sub: String, late: bool) -> Stat {
        Stat { name: language.text(key).into_owned(), big, sub, late }
    }
}

/// The figures above a list.
fn stats(language: Language, whole: &Part, definition: &str, on: &str) -> Vec<Stat> {
    let text = |key: &str| language.text(key).into_owned();
    let stat = |key: &str, big, sub, late| Stat::new(language, key, big, sub, late);
    let missing = hours(u32::try_from(whole.missing).unwrap_or(u32::MAX));
    let count = whole.unrecorded.to_string();
    vec![
        stat("workforce.sv13", share(whole.trained), defined(language, definition, on), false),
        stat("workforce.hours_missing", missing, text("workforce.hours_missing_about"), false),
        stat(
            "workforce.certificates_expired",
            whole.expired.to_string(),
            language.with("workforce.and_running_out", &[("count", &whole.running_out.to_string())]),
            whole.expired > 0,
        ),
        stat("workforce.unrecorded", count, text("workforce.unrecorded_about"), false),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_tells_both_its_numbers() {
        assert_eq!(share(Share { of: 2, all: 3 }), "2 / 3 · 66.6%");
        assert_eq!(share(Share::default()), "0 / 0");
    }
}
