//! Which scales a case is due for.

use super::{Of, Recorded, extent, library, of_referral};
use crate::{
    App,
    db::Sql,
    error::Result,
    id::Id,
    p,
    person::sql::{TOGETHER, keyed},
    referral,
    scope::Scope,
};
use jiff::{Timestamp, civil::Date};
use rules::{
    account::{Deed, Subject},
    clock::china_date,
    referral::{
        State,
        disclosure::{Extent, Stage},
    },
    reminder::Count,
    scale::{Occasion, Scale, Standing},
};
use std::collections::{BTreeMap, BTreeSet};

/// Cases of one worker that are looked at for what is due, at most.
const MOST_CASES: i64 = 500;

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
        let Some(accepted) = accepted(app, &[referral]).await?.remove(&referral) else { return Ok(None) };
        let done = done(app, &[referral]).await?.remove(&referral).unwrap_or_default();
        let at = Standing {
            since: china_date(accepted),
            closing: of.state() == State::Closing,
            today: china_date(now),
        };
        Ok(Some(Case { at, done }))
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
    scope.permit(Deed::Read, Subject::ScaleResult)?;
    let of = of_referral(app, scope, referral).await?;
    let results = super::page_of(app, scope, referral, after).await?;
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
    if takes {
        found.offered = all.into_iter().filter(records).collect();
    }
    Ok(found)
}

/// How many rounds of the caller's cases were due before a day, and from it up to another, as far as the caller records them. It names
/// nobody and is not logged.
pub(crate) async fn rounds_due(app: &App, scope: &Scope, (on, until): (Date, Date)) -> Result<Count> {
    let mut states = Vec::new();
    for state in State::ALL.into_iter().filter(|state| Stage::of(*state) == Stage::InCharge) {
        states.push(format!("'{}'", super::code(state)?));
    }
    let select = format!(
        "SELECT r.id, r.state, r.division FROM referral r WHERE r.restricted_at IS NULL AND r.state IN ({})",
        states.join(", ")
    );
    let sql = scope.referrals(Sql::new(&select)).push(" ORDER BY r.id LIMIT {}", p![MOST_CASES]);
    let cases: Vec<(Id, String, i64)> = app.db.listing().query(sql).await?;
    let (mut count, mut offered) = (Count::default(), BTreeMap::new());
    for part in cases.chunks(TOGETHER) {
        let ids: Vec<Id> = part.iter().map(|(id, ..)| *id).collect();
        let accepted = accepted(app, &ids).await?;
        let mut done = done(app, &ids).await?;
        for (id, state, division) in part {
            let Some(since) = accepted.get(id) else { continue };
            if !offered.contains_key(division) {
                offered.insert(*division, recorded_by(app, scope, *division).await?);
            }
            let closing = referral::state_of(state) == State::Closing;
            let at = Standing { since: china_date(*since), closing, today: on };
            let case = Case { at, done: done.remove(id).unwrap_or_default() };
            for round in app.tables.scale_schedule.rounds(case.at, &case.done()) {
                let own = offered
                    .get(division)
                    .is_some_and(|own| round.course.scales.iter().any(|id| own.contains(id)));
                count.overdue += i64::from(own && round.due_on < on);
                count.due += i64::from(own && round.due_on >= on && round.due_on <= until);
            }
        }
    }
    Ok(count)
}

/// The scales that are offered at a place and that the caller records.
async fn recorded_by(app: &App, scope: &Scope, division: i64) -> Result<BTreeSet<String>> {
    let offered = library::offered(app, division).await?;
    let own = offered.iter().filter(|scale| !super::raters(scale, scope.role).is_empty());
    Ok(own.map(|scale| scale.definition().id.clone()).collect())
}

/// When an institution accepted each of these cases, the last time.
async fn accepted(app: &App, cases: &[Id]) -> Result<BTreeMap<Id, Timestamp>> {
    let (these, args) = keyed("e.home", "e.referral_id", 1, cases);
    let sql = format!(
        "SELECT e.referral_id, e.at FROM referral_event e WHERE {these} AND e.name = 'accepted' ORDER BY e.sequence"
    );
    Ok(app.db.all::<(Id, Timestamp)>(&sql, args).await?.into_iter().collect())
}

/// What was recorded of each of these cases and holds: of each scale the last day, which is all that the schedule asks for.
async fn done(app: &App, cases: &[Id]) -> Result<BTreeMap<Id, Vec<(String, Date)>>> {
    let (these, args) = keyed("s.home", "s.referral_id", 1, cases);
    let sql = format!(
        "SELECT s.referral_id, s.scale, MAX(s.at) FROM scale_result s
         LEFT JOIN scale_void v ON v.home = s.home AND v.id = s.id
         WHERE {these} AND v.id IS NULL GROUP BY s.referral_id, s.scale"
    );
    let mut done: BTreeMap<Id, Vec<(String, Date)>> = BTreeMap::new();
    for (id, scale, at) in app.db.all::<(Id, String, Timestamp)>(&sql, args).await? {
        done.entry(id).or_default().push((scale, china_date(at)));
    }
    Ok(done)
}
