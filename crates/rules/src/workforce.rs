//! What keeps the people who do the work able to do it: training owed and done, certificates that run out, how somebody is employed,
//! and how many clients there are for them. Terms and posts are data (`data/workforce.toml`).

mod certificate;
mod staffing;
mod supervision;
mod table;
mod training;

pub use certificate::{Validity, validity};
pub use staffing::{Level, Load, StaffingTerms, day_staff_needed};
pub use supervision::{
    Side, SupervisionDue, SupervisionState, SupervisionStep, SupervisionTerms, SupervisionWay,
    supervision_after, supervision_due,
};
pub use table::{Kind, Post, WorkforceTable};
pub use training::{Standing, counted, minutes_of_hours, required, stretch_within_year, year_of};

use serde::Serialize;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// Numerator.
    pub of: u32,
    /// Denominator.
    pub all: u32,
}

impl Share {
    /// One more, which counts above the line or only below it.
    pub fn count(&mut self, above: bool) {
        self.all = self.all.saturating_add(1);
        self.of = self.of.saturating_add(u32::from(above));
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Share) -> Share {
        Share { of: self.of.saturating_add(other.of), all: self.all.saturating_add(other.all) }
    }

    /// In thousandths, cut and never rounded up, so that nobody passes by rounding; nothing where there is nobody.
    #[must_use]
    pub fn per_mille(self) -> Option<u32> {
        let parts = u64::from(self.of).saturating_mul(1000).checked_div(u64::from(self.all))?;
        u32::try_from(parts).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_cut_and_never_rounded_up() {
        for (of, all, shown) in
            [(0, 0, None), (0, 3, Some(0)), (2, 3, Some(666)), (3, 3, Some(1000)), (1999, 2000, Some(999))]
        {
            assert_eq!(Share { of, all }.per_mille(), shown, "{of} of {all}");
        }
        let mut share = Share::default();
        share.count(true);
        share.count(false);
        assert_eq!(share.and(Share { of: 1, all: 1 }), Share { of: 2, all: 3 });
    }
}
