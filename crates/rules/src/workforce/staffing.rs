//! Staffing 人员配置: how many clients in service there are for one full post of case work, whether enough people are at the day
//! centre, and how large groups are. No official ratio for community rehabilitation was found; all figures are local defaults
//! (`data/workforce.toml`).

use serde::{Deserialize, Serialize};

/// The ratios.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffingTerms {
    /// Version of the definition.
    pub definition: String,
    /// Code of the post that counts as case work.
    pub case_post: String,
    /// Code of the post that counts at the day centre.
    pub day_post: String,
    /// Code of the post that counts as medical.
    pub medical_post: String,
    /// Clients in service for one full post of case work.
    pub clients_per_post: u32,
    /// Clients for one full post above which somebody is to act.
    pub warn_clients_per_post: u32,
    /// Clients present at the day centre for each of its staff.
    pub present_per_staff: u32,
    /// Staff at a day centre at least, however few are present.
    pub least_day_staff: u32,
    /// Members of a group for one leader.
    pub members_per_leader: u32,
    /// Days back over which sessions are looked at.
    pub days_back: u16,
}

/// How a ratio is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Enough people.
    Fits,
    /// More clients than one post should have.
    Above,
    /// So many that somebody is to act.
    Warn,
    /// There are clients and no hours of case work on record.
    Nobody,
}

impl Level {
    /// All of them, the calmest first.
    pub const ALL: [Level; 4] = [Level::Fits, Level::Above, Level::Warn, Level::Nobody];

    /// The code as shown.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Level::Fits => "fits",
            Level::Above => "above",
            Level::Warn => "warn",
            Level::Nobody => "nobody",
        }
    }
}

/// Clients and the hours there are for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Load {
    /// Clients in service.
    pub clients: u32,
    /// Minutes a week of case work, by contract.
    pub week_minutes: u32,
}

impl Load {
    /// Full posts in hundredths, cut.
    #[must_use]
    pub fn posts_in_hundredths(self, full_week_minutes: u32) -> u32 {
        part(u64::from(self.week_minutes) * 100, u64::from(full_week_minutes))
    }

    /// Clients for one full post in tenths, rounded up so that nobody fits by rounding; nothing without hours.
    #[must_use]
    pub fn per_post_in_tenths(self, full_week_minutes: u32) -> Option<u32> {
        let clients = u64::from(self.clients) * 10 * u64::from(full_week_minutes);
        let minutes = u64::from(self.week_minutes);
        (minutes > 0).then(|| u32::try_from(clients.div_ceil(minutes)).unwrap_or(u32::MAX))
    }

    /// How the ratio is to be taken.
    #[must_use]
    pub fn level(self, terms: &StaffingTerms, full_week_minutes: u32) -> Level {
        if self.clients == 0 {
            return Level::Fits;
        }
        let more_than = |most: u32| {
            u64::from(self.clients) * u64::from(full_week_minutes)
                > u64::from(most) * u64::from(self.week_minutes)
        };
        match () {
            () if self.week_minutes == 0 => Level::Nobody,
            () if more_than(terms.warn_clients_per_post) => Level::Warn,
            () if more_than(terms.clients_per_post) => Level::Above,
            () => Level::Fits,
        }
    }

    /// Minutes a week of case work that are missing until no post has more clients than it should.
    #[must_use]
    pub fn missing_minutes(self, terms: &StaffingTerms, full_week_minutes: u32) -> u32 {
        let needed = u64::from(self.clients) * u64::from(full_week_minutes);
        let needed = needed.div_ceil(u64::from(terms.clients_per_post.max(1)));
        u32::try_from(needed).unwrap_or(u32::MAX).saturating_sub(self.week_minutes)
    }

    /// Clients for whom there is room still.
    #[must_use]
    pub fn room(self, terms: &StaffingTerms, full_week_minutes: u32) -> u32 {
        let most = u64::from(terms.clients_per_post) * u64::from(self.week_minutes);
        part(most, u64::from(full_week_minutes)).saturating_sub(self.clients)
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Load) -> Load {
        Load {
            clients: self.clients.saturating_add(other.clients),
            week_minutes: self.week_minutes.saturating_add(other.week_minutes),
        }
    }
}

fn part(of: u64, by: u64) -> u32 {
    u32::try_from(of.checked_div(by).unwrap_or(0)).unwrap_or(u32::MAX)
}

/// Staff that a day centre needs for those who are present at one time.
#[must_use]
pub fn day_staff_needed(terms: &StaffingTerms, present: u32) -> u32 {
    if present == 0 {
        return 0;
    }
    present.div_ceil(terms.present_per_staff.max(1)).max(terms.least_day_staff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workforce::WorkforceTable;
    use proptest::prelude::*;

    fn terms() -> StaffingTerms {
        WorkforceTable::embedded().unwrap().staffing
    }

    #[test]
    fn clients_for_one_full_post() {
        const FULL: u32 = 2400;
        let rows = [
            // Clients, minutes: level, clients for a post in tenths, minutes missing, room.
            ((0, 0), Level::Fits, None, 0, 0),
            ((1, 0), Level::Nobody, None, 80, 0),
            ((30, 2400), Level::Fits, Some(300), 0, 0),
            ((31, 2400), Level::Above, Some(310), 80, 0),
            ((40, 2400), Level::Above, Some(400), 800, 0),
            ((41, 2400), Level::Warn, Some(410), 880, 0),
            // Half a post is half a post.
            ((15, 1200), Level::Fits, Some(300), 0, 0),
            ((21, 1200), Level::Warn, Some(420), 480, 0),
            ((50, 4800), Level::Fits, Some(250), 0, 10),
            ((61, 4800), Level::Above, Some(305), 80, 0),
        ];
        for ((clients, week_minutes), level, per_post, missing, room) in rows {
            let load = Load { clients, week_minutes };
            assert_eq!(load.level(&terms(), FULL), level, "{load:?}");
            assert_eq!(load.per_post_in_tenths(FULL), per_post, "{load:?}");
            assert_eq!(load.missing_minutes(&terms(), FULL), missing, "{load:?}");
            assert_eq!(load.room(&terms(), FULL), room, "{load:?}");
        }
        assert_eq!(Load { clients: 0, week_minutes: 3000 }.posts_in_hundredths(FULL), 125);
    }

    #[test]
    fn people_at_the_day_centre() {
        for (present, needed) in [(0, 0), (1, 2), (16, 2), (17, 3), (24, 3), (25, 4)] {
            assert_eq!(day_staff_needed(&terms(), present), needed, "{present}");
        }
    }

    proptest! {
        #[test]
        fn what_is_missing_makes_it_fit(clients in 1_u32..5_000, week_minutes in 0_u32..100_000) {
            let (terms, load) = (terms(), Load { clients, week_minutes });
            let missing = load.missing_minutes(&terms, 2400);
            prop_assert_eq!(missing == 0, load.level(&terms, 2400) == Level::Fits);
            let mended = Load { week_minutes: week_minutes + missing, ..load };
            prop_assert_eq!(mended.level(&terms, 2400), Level::Fits);
            let room = mended.room(&terms, 2400);
            let full = Load { clients: clients + room, ..mended };
            prop_assert_eq!(full.level(&terms, 2400), Level::Fits);
        }
    }
}
