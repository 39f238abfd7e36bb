//! On-time rates of the two official clocks, from the running tally of steps that met or missed their term.

use crate::{App, db::Sql, error::Result, p, scope::Scope};
use jiff::civil::Date;
use serde::Serialize;

/// Steps finished within their term, and all that were finished.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Within the term.
    pub met: i64,
    /// All.
    pub of: i64,
}

impl Rate {
    /// The share in tenths of a percent; none where nothing was finished.
    #[must_use]
    pub fn per_mille(self) -> Option<i64> {
        self.met.saturating_mul(1000).checked_div(self.of)
    }
}

/// The rates of one month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OnTime {
    /// K1: check and registration.
    pub registration: Rate,
    /// K2: referral.
    pub referral: Rate,
}

/// The on-time rates of the caller's area in the month of a day.
///
/// # Errors
/// The database is gone.
pub async fn on_time(app: &App, scope: &Scope, day: Date) -> Result<OnTime> {
    let month = i64::from(day.year()) * 100 + i64::from(day.month());
    let sql = Sql::new("SELECT clock, CAST(COALESCE(SUM(met), 0) AS BIGINT), CAST(COALESCE(SUM(missed), 0) AS BIGINT) FROM clock_tally")
        .push(
            " WHERE month = {} AND county >= {} AND county <= {} AND clock IN ('K1', 'K2') GROUP BY clock",
            p![month, scope.area.from, scope.area.to],
        );
    let mut out = OnTime::default();
    for (clock, met, missed) in app.db.listing().query::<(String, i64, i64)>(sql).await? {
        let rate = Rate { met, of: met + missed };
        if clock == "K1" {
            out.registration = rate;
        } else {
            out.referral = rate;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        assert_eq!(Rate { met: 54, of: 56 }.per_mille(), Some(964));
        assert_eq!(Rate { met: 0, of: 0 }.per_mille(), None);
    }
}
