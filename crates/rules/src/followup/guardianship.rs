//! A guardian's agreement (监护协议) over time: what the reviews of the community say of each month, when the next review is
//! due, when a year is settled, and what ends the agreement by itself.
//!
//! The guardian looks after the person, supervises the medication and accompanies to follow-up and treatment (Mental Health Law
//! art. 9, 49 and 59); the community looks every three months whether that is so, and a year is paid for the months of full duty
//! (framework 中综办〔2016〕1号). Duties and the term of reviews are data: `data/subsidies.toml`. How months are judged is a
//! local default.

use super::register::{Record, State};
use super::subsidy::AgreementRule;
use super::support::Stop;
use crate::Refusal;
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};

/// The rule behind every refusal here.
const RULE: &str = "SMD-GUARDIAN";

/// A review of the community: what it found since the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Day.
    pub on: Date,
    /// Duties that were not fulfilled; none where all were.
    pub unmet: Vec<String>,
}

/// An agreement as far as money depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guardianship {
    /// First day.
    pub from: Date,
    /// Last day; none while it is in force.
    pub until: Option<Date>,
    /// Reviews, in any order.
    pub reviews: Vec<Review>,
}

/// What is known of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Month {
    /// The agreement was not in force on each of its days.
    NotInForce,
    /// No review has looked at it.
    NotReviewed,
    /// A duty was not fulfilled.
    Unmet,
    /// Full duty.
    Full,
}

impl Month {
    /// The code as sent.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Month::NotInForce => "not_in_force",
            Month::NotReviewed => "not_reviewed",
            Month::Unmet => "unmet",
            Month::Full => "full",
        }
    }
}

impl Guardianship {
    /// The months of a year. A review looks at the months that ended since the one before it; what a year's last review leaves
    /// over is judged by it where it lies in that month.
    #[must_use]
    pub fn months(&self, year: i16) -> [Month; 12] {
        let mut months = [Month::NotInForce; 12];
        for (month, found) in (1_i8..).zip(&mut months) {
            *found = Date::new(year, month, 1).map_or(Month::NotInForce, |first| self.month(first));
        }
        months
    }

    fn month(&self, first: Date) -> Month {
        let last = first.last_of_month();
        if self.from > first || self.until.is_some_and(|until| until < last) {
            return Month::NotInForce;
        }
        let after = self.reviews.iter().filter(|review| review.on >= last).min_by_key(|review| review.on);
        let inside =
            || self.reviews.iter().filter(|review| review.on >= first).max_by_key(|review| review.on);
        match after.or_else(inside) {
            None => Month::NotReviewed,
            Some(review) if review.unmet.is_empty() => Month::Full,
            Some(_) => Month::Unmet,
        }
    }

    /// The latest day of the next review; none once the agreement is over.
    #[must_use]
    pub fn review_due(&self, rule: &AgreementRule) -> Option<Date> {
        if self.until.is_some() {
            return None;
        }
        let last = self.reviews.iter().map(|review| review.on).max();
        last.unwrap_or(self.from).checked_add(i32::from(rule.review_months).months()).ok()
    }

    /// Whether a day may be that of a review.
    ///
    /// # Errors
    /// It lies outside of the agreement, or before an earlier review.
    pub fn may_review(&self, on: Date) -> Result<(), Refusal> {
        let last = self.reviews.iter().map(|review| review.on).max().unwrap_or(self.from);
        if on < last || self.until.is_some_and(|until| on > until) {
            return Err(Refusal::new(RULE, "review_out_of_order").with("day", last));
        }
        Ok(())
    }

    /// Whether a year may be settled: it is over, or the agreement ended in it, so that nothing can be added.
    ///
    /// # Errors
    /// The agreement was not in force in the year, or the year still runs.
    pub fn may_settle(&self, year: i16, today: Date) -> Result<(), Refusal> {
        let outside = self.from.year() > year || self.until.is_some_and(|until| until.year() < year);
        if outside {
            return Err(Refusal::new(RULE, "guardian_not_in_year"));
        }
        let ended = self.until.is_some_and(|until| until.year() == year);
        if today.year() > year || ended {
            return Ok(());
        }
        Err(Refusal::new(RULE, "year_not_over").with("year", year))
    }
}

/// What ends an agreement by itself: death, a move, an excluded diagnosis. Whoever refuses community management is guarded on.
#[must_use]
pub fn ends(record: &Record) -> Option<Stop> {
    match record.state {
        State::Deceased => Some(Stop::Died),
        State::Moved => Some(Stop::Moved),
        State::Excluded => Some(Stop::Excluded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::followup::subsidy::SubsidyTable;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn review(on: Date, unmet: &[&str]) -> Review {
        Review { on, unmet: unmet.iter().map(|duty| (*duty).to_owned()).collect() }
    }

    /// One letter for each month: `.` not in force, `?` not reviewed, `x` unmet, `f` full.
    fn told(agreement: &Guardianship, year: i16) -> String {
        let letter = |month: Month| match month {
            Month::NotInForce => '.',
            Month::NotReviewed => '?',
            Month::Unmet => 'x',
            Month::Full => 'f',
        };
        agreement.months(year).into_iter().map(letter).collect()
    }

    #[test]
    fn a_month_counts_by_the_review_that_looked_at_it() {
        let whole = |reviews| Guardianship { from: date(2024, 12, 15), until: None, reviews };
        let rows = [
            (whole(vec![]), "????????????"),
            (whole(vec![review(date(2025, 3, 31), &[])]), "fff?????????"),
            // A review in the middle of a month judges it until a later one does.
            (whole(vec![review(date(2025, 3, 20), &[])]), "fff?????????"),
            (
                whole(vec![review(date(2025, 3, 20), &[]), review(date(2025, 6, 20), &["medication"])]),
                "ffxxxx??????",
            ),
            (
                whole(vec![
                    review(date(2025, 3, 31), &[]),
                    review(date(2025, 6, 30), &["medication"]),
                    review(date(2025, 12, 20), &[]),
                ]),
                "fffxxxffffff",
            ),
            // A review of the next year looks back at the months before it.
            (whole(vec![review(date(2026, 1, 10), &[])]), "ffffffffffff"),
            (
                Guardianship {
                    from: date(2025, 2, 1),
                    until: Some(date(2025, 9, 15)),
                    reviews: vec![review(date(2025, 9, 15), &[])],
                },
                ".fffffff....",
            ),
            (
                Guardianship {
                    from: date(2025, 2, 2),
                    until: None,
                    reviews: vec![review(date(2025, 5, 2), &[])],
                },
                "..fff???????",
            ),
        ];
        for (agreement, expected) in rows {
            assert_eq!(told(&agreement, 2025), expected, "{agreement:?}");
        }
    }

    #[test]
    fn reviews_come_every_three_months_and_in_order() {
        let table = SubsidyTable::embedded().unwrap();
        let new = Guardianship { from: date(2025, 11, 30), until: None, reviews: vec![] };
        assert_eq!(new.review_due(&table.agreement), Some(date(2026, 2, 28)));
        let seen = Guardianship { reviews: vec![review(date(2026, 1, 10), &[])], ..new.clone() };
        assert_eq!(seen.review_due(&table.agreement), Some(date(2026, 4, 10)));
        let over = Guardianship { until: Some(date(2026, 3, 1)), ..seen.clone() };
        assert_eq!(over.review_due(&table.agreement), None);
        assert!(seen.may_review(date(2026, 1, 10)).is_ok());
        assert_eq!(seen.may_review(date(2026, 1, 9)).unwrap_err().code, "review_out_of_order");
        assert_eq!(over.may_review(date(2026, 3, 2)).unwrap_err().code, "review_out_of_order");
    }

    #[test]
    fn a_year_is_settled_when_nothing_can_be_added() {
        let open = Guardianship { from: date(2024, 5, 1), until: None, reviews: vec![] };
        let ended = Guardianship { until: Some(date(2025, 8, 1)), ..open.clone() };
        let rows = [
            (&open, 2024, date(2024, 12, 31), Some("year_not_over")),
            (&open, 2024, date(2025, 1, 1), None),
            (&open, 2023, date(2025, 1, 1), Some("guardian_not_in_year")),
            (&ended, 2025, date(2025, 8, 2), None),
            (&ended, 2026, date(2027, 1, 1), Some("guardian_not_in_year")),
        ];
        for (agreement, year, today, expected) in rows {
            let refused = agreement.may_settle(year, today).err().map(|refusal| refusal.code);
            assert_eq!(refused.as_deref(), expected, "{year} {today}");
        }
    }

    proptest! {
        #[test]
        fn another_agreement_never_shares_a_month(
            days in 0_i32..700,
            gap in 1_i32..200,
            reviews in proptest::collection::vec(0_i32..1200, 0..8),
        ) {
            let start = date(2024, 6, 1);
            let day = |n: i32| start.checked_add(n.days()).unwrap();
            let reviews: Vec<Review> = reviews.into_iter().map(|n| review(day(n), &[])).collect();
            let first = Guardianship { from: start, until: Some(day(days)), reviews: reviews.clone() };
            let second = Guardianship { from: day(days + gap), until: None, reviews };
            for year in [2024, 2025, 2026] {
                for (one, other) in first.months(year).into_iter().zip(second.months(year)) {
                    prop_assert!(one == Month::NotInForce || other == Month::NotInForce);
                }
            }
        }
    }
}
