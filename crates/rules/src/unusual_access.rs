//! Unusual access: what of a day's figures an auditor should look at (`data/unusual_access.toml`). It accuses nobody.

use crate::embedded::DataError;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

const FILE: &str = "data/unusual_access.toml";
const TEXT: &str = include_str!("../../../data/unusual_access.toml");

/// The limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// First day in use.
    pub effective_from: Date,
    /// Days of a report at most.
    pub longest_days: u16,
    /// The first hour of office, 0 to 23.
    pub office_from: i8,
    /// The hour at which it ends.
    pub office_until: i8,
    /// Records read outside office hours in one day.
    pub off_hours_records: i64,
    /// Records read within one hour.
    pub hour_records: i64,
    /// Times the own usual of a day.
    pub own_factor: i64,
    /// Times the usual of peers.
    pub peer_factor: i64,
    /// Records a day below which nothing is unusual.
    pub day_least: i64,
    /// Days before the report from which the usual is taken.
    pub usual_days: u16,
    /// Refusals in one day.
    pub refusals: i64,
    /// Files taken away in one day.
    pub exports: i64,
    /// Minutes of one day in which more was asked for than is let through.
    pub limited: i64,
    /// Days after the end of a case.
    pub after_end_days: u16,
}

/// What is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Reads outside office hours.
    OffHours,
    /// Many records within an hour.
    ManyInHour,
    /// Many records in a day, against the own usual.
    ManyForOneself,
    /// Many records in a day, against what peers usually read.
    ManyForPeers,
    /// A record with the account holder's own name, or with the surname in the own village.
    OwnName,
    /// A case long after its end.
    AfterEnd,
    /// A record opened in an emergency.
    Emergency,
    /// One of these was found not justified.
    NotJustified,
    /// More was asked for than is let through.
    Limited,
    /// Many refusals.
    Refusals,
    /// Many files taken away.
    Exports,
}

impl Kind {
    /// All of them, in the order of a report.
    pub const ALL: [Kind; 11] = [
        Kind::NotJustified,
        Kind::Emergency,
        Kind::OwnName,
        Kind::AfterEnd,
        Kind::ManyInHour,
        Kind::ManyForOneself,
        Kind::ManyForPeers,
        Kind::OffHours,
        Kind::Limited,
        Kind::Refusals,
        Kind::Exports,
    ];

    /// The code that is stored and shown by the catalogue.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::OffHours => "off_hours",
            Kind::ManyInHour => "many_in_hour",
            Kind::ManyForOneself => "many_for_oneself",
            Kind::ManyForPeers => "many_for_peers",
            Kind::OwnName => "own_name",
            Kind::AfterEnd => "after_end",
            Kind::Emergency => "emergency",
            Kind::NotJustified => "not_justified",
            Kind::Limited => "limited",
            Kind::Refusals => "refusals",
            Kind::Exports => "exports",
        }
    }
}

/// What one account did on one day, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Different persons and cases read.
    pub records: i64,
    /// The most of them within one hour.
    pub in_hour: i64,
    /// Of them outside office hours, hour by hour.
    pub off_hours: i64,
    /// Records with the own name.
    pub own_name: i64,
    /// Cases read long after their end.
    pub after_end: i64,
    /// Records opened in an emergency.
    pub emergencies: i64,
    /// Of them found not justified.
    pub not_justified: i64,
    /// What was refused.
    pub refusals: i64,
    /// Minutes in which more was asked for than is let through.
    pub limited: i64,
    /// Files taken away.
    pub exports: i64,
}

/// What is usual on a day with reads; none where too little is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usual {
    /// For the account itself.
    pub own: Option<i64>,
    /// For others of the role.
    pub peers: Option<i64>,
}

/// Something unusual, with the figure and the limit that it passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// The figure.
    pub found: i64,
    /// What would still have been usual.
    pub limit: i64,
}

impl Limits {
    /// What is part of the programme.
    ///
    /// # Errors
    /// When the file is faulty; a test keeps it sound.
    pub fn embedded() -> Result<Self, DataError> {
        toml::from_str(TEXT).map_err(|fault| DataError::new(FILE, fault))
    }

    /// Whether an hour of a day is one of the office.
    #[must_use]
    pub fn in_office(&self, working_day: bool, hour: i8) -> bool {
        working_day && (self.office_from..self.office_until).contains(&hour)
    }

    /// What of a day is unusual.
    #[must_use]
    pub fn judge(&self, day: &Day, usual: Usual) -> Vec<Finding> {
        let times = |usual: Option<i64>, factor: i64| {
            usual.map(|usual| usual.saturating_mul(factor).max(self.day_least))
        };
        let limits = [
            (Kind::NotJustified, day.not_justified, Some(0)),
            (Kind::Emergency, day.emergencies, Some(0)),
            (Kind::OwnName, day.own_name, Some(0)),
            (Kind::AfterEnd, day.after_end, Some(0)),
            (Kind::ManyInHour, day.in_hour, Some(self.hour_records)),
            (Kind::ManyForOneself, day.records, times(usual.own, self.own_factor)),
            (Kind::ManyForPeers, day.records, times(usual.peers, self.peer_factor)),
            (Kind::OffHours, day.off_hours, Some(self.off_hours_records)),
            (Kind::Limited, day.limited, Some(self.limited)),
            (Kind::Refusals, day.refusals, Some(self.refusals)),
            (Kind::Exports, day.exports, Some(self.exports)),
        ];
        let passed = limits.into_iter().filter_map(|(kind, found, limit)| Some((kind, found, limit?)));
        let passed = passed.filter(|(_, found, limit)| found > limit);
        passed.map(|(kind, found, limit)| Finding { kind, found, limit }).collect()
    }
}

/// The middle one of some figures; none where there are none.
#[must_use]
pub fn median(mut figures: Vec<i64>) -> Option<i64> {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits() -> Limits {
        Limits::embedded().unwrap()
    }

    fn kinds(day: Day, usual: Usual) -> Vec<&'static str> {
        limits().judge(&day, usual).iter().map(|finding| finding.kind.code()).collect()
    }

    #[test]
    fn the_file_is_sound() {
        let limits = limits();
        assert!((1..=366).contains(&limits.longest_days) && limits.usual_days > 0);
        assert!((0..24).contains(&limits.office_from) && limits.office_from < limits.office_until);
        assert!(limits.office_until <= 24 && limits.own_factor > 1 && limits.peer_factor > 1);
        for limit in [limits.off_hours_records, limits.hour_records, limits.day_least, limits.refusals] {
            assert!(limit > 0, "{limits:?}");
        }
    }

    #[test]
    fn every_kind_has_its_own_code() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }

    #[test]
    fn office_hours_are_those_of_working_days() {
        for (working, hour, office) in
            [(true, 7, true), (true, 19, true), (true, 6, false), (true, 20, false), (false, 10, false)]
        {
            assert_eq!(limits().in_office(working, hour), office, "{working} {hour}");
        }
    }

    #[test]
    fn each_figure_has_its_limit() {
        let (day, none) = (Day::default(), Usual::default());
        let used = |own, peers| Usual { own: Some(own), peers: Some(peers) };
        for (day, usual, expected) in [
            (day, none, vec![]),
            (Day { records: 500, ..day }, none, vec![]),
            (Day { records: 40, ..day }, used(10, 10), vec![]),
            (Day { records: 41, ..day }, used(10, 10), vec!["many_for_oneself"]),
            (Day { records: 51, ..day }, used(10, 10), vec!["many_for_oneself", "many_for_peers"]),
            (Day { records: 30, ..day }, used(1, 1), vec![]),
            (Day { records: 31, ..day }, used(1, 1), vec!["many_for_oneself", "many_for_peers"]),
            (Day { in_hour: 60, ..day }, none, vec![]),
            (Day { in_hour: 61, ..day }, none, vec!["many_in_hour"]),
            (Day { off_hours: 11, ..day }, none, vec!["off_hours"]),
            (Day { own_name: 1, ..day }, none, vec!["own_name"]),
            (Day { after_end: 1, ..day }, none, vec!["after_end"]),
            (Day { emergencies: 2, not_justified: 1, ..day }, none, vec!["not_justified", "emergency"]),
            (Day { limited: 2, ..day }, none, vec![]),
            (Day { limited: 3, ..day }, none, vec!["limited"]),
            (Day { refusals: 11, exports: 6, ..day }, none, vec!["refusals", "exports"]),
        ] {
            assert_eq!(kinds(day, usual), expected, "{day:?} {usual:?}");
        }
    }

    #[test]
    fn the_median_is_the_middle_one() {
        for (figures, middle) in
            [(vec![], None), (vec![4], Some(4)), (vec![9, 1, 5], Some(5)), (vec![100, 1, 2, 3], Some(3))]
        {
            assert_eq!(median(figures), middle);
        }
    }

    proptest! {
        /// Who does more is never less unusual.
        #[test]
        fn more_is_never_less_unusual(
            records in 0..500_i64, in_hour in 0..200_i64, off_hours in 0..100_i64, refusals in 0..50_i64,
            own in proptest::option::of(0..100_i64), peers in proptest::option::of(0..100_i64), more in 0..100_i64,
        ) {
            let usual = Usual { own, peers };
            let less = Day { records, in_hour, off_hours, refusals, ..Day::default() };
            let more = Day { records: records + more, in_hour: in_hour + more, off_hours: off_hours + more,
                refusals: refusals + more, ..Day::default() };
            let (before, after) = (kinds(less, usual), kinds(more, usual));
            prop_assert!(before.iter().all(|kind| after.contains(kind)), "{before:?} {after:?}");
        }
    }
}
