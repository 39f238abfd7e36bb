//! Whether whoever rates has a training that serves (`data/scale_schedule.toml`, `rater_training`). A result is taken without one as
//! well, since the person was seen and rated; the page says what is missing and what to do.

use super::Recorded;
use crate::{App, error::Result, id::Id, p};
use jiff::civil::Date;
use rules::{account::Role, scale::Rater};

/// What is missing of the training of whoever rates or rated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Untrained {
    /// The last training is too old.
    Since(Date),
    /// None is on record.
    Never,
    /// A doctor: hospitals keep the trainings of their staff themselves, and this platform has no place for them.
    Elsewhere,
}

impl Untrained {
    /// As programs are told.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Untrained::Since(_) => "old",
            Untrained::Never => "none",
            Untrained::Elsewhere => "elsewhere",
        }
    }
}

/// What was missing of the training of whoever recorded a result, on the day of the result; nothing where the scale asks for none.
/// Whoever reads the result may know: it says how far its figure is to be trusted, and not what anybody was trained in. Trainings that
/// were entered later for an earlier day count.
///
/// # Errors
/// The database is gone.
pub async fn untrained(app: &App, result: &Recorded) -> Result<Option<Untrained>> {
    missing(app, &result.scale, &[result.rater], (result.account, result.on())).await
}

/// What is missing on a day of the training of an account, which was found with a result in scope or is the caller's own.
pub(super) async fn missing(
    app: &App,
    scale: &str,
    raters: &[Rater],
    (account, on): (Id, Date),
) -> Result<Option<Untrained>> {
    let terms = &app.tables.scale_schedule.rater_training;
    if !raters.iter().any(|rater| terms.asks(scale, *rater)) {
        return Ok(None);
    }
    let sql = "SELECT a.on_day FROM employment e JOIN training_attendance a ON a.talent_id = e.talent_id
        JOIN training g ON g.id = a.training_id
        WHERE e.account_id = $1 AND a.stands AND g.kind = $2 AND a.on_day <= $3 ORDER BY a.on_day DESC LIMIT 1";
    let last: Option<(Date,)> = app.db.opt(sql, p![account, &terms.kind, on]).await?;
    if let Some((last,)) = last {
        return Ok((!terms.serves(last, on)).then_some(Untrained::Since(last)));
    }
    let sql = "SELECT role FROM account WHERE id = $1";
    let role: Option<(String,)> = app.db.opt(sql, p![account]).await?;
    let doctor = role.is_some_and(|(role,)| role == Role::Doctor.code());
    Ok(Some(if doctor { Untrained::Elsewhere } else { Untrained::Never }))
}
