//! The bar on every page while something is open, with the time that is left and a button that ends it.

use crate::{due::minute, language::Language};
use app::emergency_access::Open;
use jiff::Timestamp;

/// One opening in the bar.
pub(crate) struct Bar {
    pub id: String,
    pub text: String,
}

impl Bar {
    /// An opening with the minutes that are left, the begun one counted.
    pub(crate) fn new(language: Language, now: Timestamp, open: &Open) -> Bar {
        let left = open.ends_at.duration_since(now).as_secs().max(0);
        let minutes = (left / 60 + i64::from(left % 60 > 0)).to_string();
        let until = minute(open.ends_at);
        let values = [("until", until.as_str()), ("minutes", minutes.as_str())];
        Bar { id: open.id.to_string(), text: language.with("emergency.bar", &values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_begun_minute_is_left() {
        let id: app::id::Id = "018f0000-0000-7000-8000-000000000001".parse().unwrap();
        let ends_at: Timestamp = "2026-03-02T05:00:00Z".parse().unwrap();
        for (now, minutes) in [
            ("2026-03-02T01:00:00Z", "240"),
            ("2026-03-02T04:58:59Z", "2"),
            ("2026-03-02T04:59:01Z", "1"),
            ("2026-03-02T05:00:01Z", "0"),
        ] {
            let bar = Bar::new(Language::English, now.parse().unwrap(), &Open { id, ends_at });
            assert!(bar.text.contains(&format!(" {minutes} min")), "{now}: {}", bar.text);
        }
    }
}
