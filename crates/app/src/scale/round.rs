//! Which scales a case is due for.

use super::{Of, Recorded, extent, library, of_referral};
use crate::{App, error::Result, id::Id, p, scope::Scope};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    referral::{
        State,
        disclosure::{Extent, Stage},
    },
    scale::{Occasion, Scale, Standing},
};

/// A case with what was done, as the schedule asks for it.
pub(super) struct Case {
    at: Standing,
    done: Vec<(String, Date)>,
}

impl Case {
    /// Of a case that an institution has in charge; nothing for all others.
    pub(super) async fn load(app: &App, of: &Of, referral: Id, now: Timestamp) -> Result<Option<Case>> {
        if Stage::of(of.state()) != Stage::InCharge {
            return Ok(None);
        }
        let home = referral.home_number();
        let sql = "SELECT at FROM referral_event WHERE home = $1 AND referral_id = $2 AND name = 'accepted'
            ORDER BY sequence DESC LIMIT 1";
        let accepted: Option<(Timestamp,)> = app.db.opt(sql, p![home, referral]).await?;
        let Some((accepted,)) = accepted else { return Ok(None) };
        let sql = "SELECT s.scale, s.at FROM scale_result s LEFT JOIN scale_void v ON v.home = s.home AND v.id = s.id
            WHERE s.home = $1 AND s.referral_id = $2 AND v.id IS NULL ORDER BY s.at DESC LIMIT 500";
        let done: Vec<(String, Timestamp)> = app.db.all(sql, p![home, referral]).await?;
        let at = Standing {
            since: china_date(accepted),
            closing: of.state() == State::Closing,
            today: china_date(now),
        };
        Ok(Some(Case { at, done: done.into_iter().map(|(scale, at)| (scale, china_date(at))).collect() }))
    }

    fn done(&self) -> Vec<(&str, Date)> {
        self.done.iter().map(|(scale, day)| (scale.as_str(), *day)).collect()
    }

    /// What a result of a scale that is made now is for.
    pub(super) fn occasion(&self, app: &App, scale: &str) -> Option<Occasion> {
        app.tables.scale_schedule.occasion(self.at, &self.done(), scale)
    }
}

/// A round of a course with the scale that is proposed for it.
#[derive(Debug, Clone)]
pub struct Round {
    /// The scale.
    pub scale: Scale,
    /// What the result is for.
    pub occasion: Occasion,
    /// By which day.
    pub due_on: Date,
    /// The day of the last result.
    pub last: Option<Date>,
    /// It is near enough to be done now.
    pub now: bool,
    /// Another kind of staff records it.
    pub for_others: bool,
}

/// What may be done with scales on a case.
#[derive(Debug, Clone, Default)]
pub struct Rounds {
    /// Rounds of the schedule, those due first first.
    pub rounds: Vec<Round>,
    /// Scales that the reader may record at any time.
    pub offered: Vec<Scale>,
    /// The reader may record something.
    pub may_record: bool,
}

/// What a case is due for, and which scales the reader may record. The read is in the log before it is shown.
///
/// # Errors
/// There is no such case in scope; the caller may not read results.
pub async fn rounds(app: &App, scope: &Scope, referral: Id) -> Result<Rounds> {
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    let of = of_referral(app, scope, referral).await?;
    // When a person is rated, and by which scale, tells of the person.
    super::read(app, scope, ("referral", referral), 0).await?;
    due(app, scope, &of, referral).await
}

/// The same with a page of the results beside it: one entry in the log tells of both.
///
/// # Errors
/// As [`rounds`].
pub async fn rounds_and_results(
    app: &App,
    scope: &Scope,
    referral: Id,
    after: Option<(Timestamp, Id)>,
) -> Result<(Rounds, Vec<Recorded>)> {
    let results = super::page_of_case(app, scope, referral, after).await?;
    let of = of_referral(app, scope, referral).await?;
    Ok((due(app, scope, &of, referral).await?, results))
}

async fn due(app: &App, scope: &Scope, of: &Of, referral: Id) -> Result<Rounds> {
    if extent(scope, of.state(), of.restricted.is_some()) != Extent::All {
        return Ok(Rounds::default());
    }
    let all = library::offered(app, of.division).await?;
    let records = |scale: &Scale| !super::raters(scale, scope.role).is_empty();
    let takes = super::takes_results(scope, of) && scope.permit(Deed::Change, Subject::ScaleResult).is_ok();
    let mut found = Rounds::default();
    if let Some(case) = Case::load(app, of, referral, app.now()).await? {
        for round in app.tables.scale_schedule.rounds(case.at, &case.done()) {
            let wanted = round.course.scales.iter();
            let mut there = wanted.filter_map(|id| all.iter().find(|one| one.definition().id == *id));
            let Some(scale) = there.next() else { continue };
            found.rounds.push(Round {
                scale: scale.clone(),
                occasion: round.occasion,
                due_on: round.due_on,
                last: round.last,
                now: round.now,
                for_others: !(takes && records(scale)),
            });
        }
    }
    found.may_record = takes && all.iter().any(records);
    if takes {
        found.offered =
            all.into_iter().filter(|scale| !scale.definition().text_entry && records(scale)).collect();
    }
    Ok(found)
}
