//! Results of rating scales of the cases that are served: a baseline, then every stage, and between them what persons say of themselves.
//! The courses are invented: most people do a little better, some do not, and one answer must not wait.

use super::{
    play::Cast,
    staff::{Member, Staff},
};
use anyhow::Result;
use app::{
    App,
    id::Id,
    referral::{self, CaseView},
    scale::{self, Given, NewResult, Take},
};
use jiff::{SignedDuration, Timestamp};
use rules::{
    account::Role,
    referral::{State, disclosure::Stage},
    scale::{Mode, Rater},
};

/// Days from the acceptance to the baseline.
const BASELINE: i64 = 9;
/// Days from one stage to the next.
const ROUND: i64 = 90;
/// Days from one questionnaire of one's own to the next.
const OWN: i64 = 45;
/// How courses run: the change from one stage to the next, in tenths of what could change.
const COURSES: [i64; 5] = [3, 2, 0, 2, -1];

/// Records a course of results for each case that an institution has in charge; returns how many results there are.
///
/// # Errors
/// A rule refuses: then the demonstration and the rules do not fit together.
pub async fn results(app: &App, staff: &Staff, cases: &[Cast]) -> Result<usize> {
    let mut count = 0;
    let mut alarmed = false;
    for (number, cast) in cases.iter().enumerate() {
        let (Some(case), Some(institution)) = (cast.case, cast.institution) else { continue };
        let Ok(keeper) = staff.at(institution, Role::CaseManager) else { continue };
        let Ok(view) = referral::view(app, &keeper.scope, case).await else { continue };
        if Stage::of(view.case.state) != Stage::InCharge || view.restricted {
            continue;
        }
        let Some(accepted) = accepted(app, keeper, case).await? else { continue };
        let course = Course::of(number, accepted);
        count += course.rounds(app, keeper, case).await?;
        count += course.own(app, keeper, case).await?;
        if !alarmed && view.case.state == State::InService {
            alarmed = true;
            alarm(app, keeper, &view).await?;
            count += 2;
        }
    }
    Ok(count)
}

/// When the institution accepted.
async fn accepted(app: &App, keeper: &Member, case: Id) -> Result<Option<Timestamp>> {
    let moments = referral::moments(app, &keeper.scope, case).await.map_err(crate::user::explained)?;
    Ok(moments.iter().find(|moment| moment.name == "accepted").map(|moment| moment.at))
}

/// How one person's results run.
struct Course {
    accepted: Timestamp,
    /// Tenths of what could change, by stage.
    step: i64,
    /// Where it begins, so that persons differ.
    start: i64,
}

impl Course {
    fn of(number: usize, accepted: Timestamp) -> Course {
        let number = i64::try_from(number).unwrap_or(0);
        let place = usize::try_from(number.rem_euclid(5)).unwrap_or(0);
        Course { accepted, step: COURSES.get(place).copied().unwrap_or(2), start: number % 3 }
    }

    /// The level at a stage, 0 to 10: high is much impaired.
    fn level(&self, stage: i64) -> i64 {
        (8 - self.start - self.step * stage).clamp(1, 9)
    }

    fn at(&self, days: i64) -> Timestamp {
        self.accepted + SignedDuration::from_hours(24 * days)
    }

    /// What staff rates: at the baseline and every stage, until today.
    async fn rounds(&self, app: &App, keeper: &Member, case: Id) -> Result<usize> {
        let mut count = 0;
        for stage in 0_i64.. {
            let at = self.at(BASELINE + stage * ROUND);
            if at >= app.now() {
                break;
            }
            let level = self.level(stage);
            let defects = spread(level * 2, 10, 0, 2);
            let living = spread(14 + level * 3, 14, 1, 4);
            let means = spread(8 + level * 2, 8, 1, 4);
            let insight = spread(22 - level * 2, 11, 0, 2);
            let social = Given::Total(100 - level * 8);
            for (scale, given, rater) in [
                ("sdss", Given::Answers(defects), Rater::Trained),
                ("local-psychosocial", social, Rater::Trained),
                ("adl", Given::Answers(living), Rater::Interviewer),
                ("iadl", Given::Answers(means), Rater::Interviewer),
                ("itaq", Given::Answers(insight), Rater::Trained),
                ("whodas-12", Given::Answers(spread(level * 4, 12, 0, 4)), Rater::Interviewer),
            ] {
                // Every stage asks the first two, every other the rest.
                if stage % 2 == 1 && !["sdss", "local-psychosocial"].contains(&scale) {
                    continue;
                }
                record(&app.at(at), keeper, case, scale, given, rater).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    /// What the person says of oneself, between the stages.
    async fn own(&self, app: &App, keeper: &Member, case: Id) -> Result<usize> {
        let mut count = 0;
        for round in 0_i64.. {
            let at = self.at(BASELINE + 2 + round * OWN);
            if at >= app.now() {
                break;
            }
            let level = self.level(round / 2);
            let mood = spread(level * 2, 8, 0, 3).into_iter().chain([Some(0)]).collect();
            record(&app.at(at), keeper, case, "phq-9", Given::Answers(mood), Rater::Own).await?;
            let well = spread(25 - level * 2, 5, 0, 5);
            record(&app.at(at), keeper, case, "who-5", Given::Answers(well), Rater::Own).await?;
            count += 2;
        }
        Ok(count)
    }
}

/// So many points in all over so many items, as evenly as it goes.
fn spread(points: i64, items: i64, low: i64, high: i64) -> Vec<Option<i32>> {
    let mut left = points.clamp(items * low, items * high);
    let mut answers = Vec::new();
    for item in 0..items {
        let answer = (left / (items - item)).clamp(low, high);
        left -= answer;
        answers.push(i32::try_from(answer).ok());
    }
    answers
}

/// An answer that must not wait, given this morning, and a result that was entered for the wrong person.
async fn alarm(app: &App, keeper: &Member, view: &CaseView) -> Result<()> {
    let case = view.row.id;
    let before = app.at(app.now() - SignedDuration::from_hours(5));
    let wrong = record(&before, keeper, case, "gad-7", Given::Answers(vec![Some(1); 7]), Rater::Own).await?;
    let take = Take {
        reason: "wrong_person".to_owned(),
        words: "录到了另一位服务对象名下（合成）".to_owned(),
    };
    let explained = crate::user::explained;
    scale::void(&before, &keeper.scope, case, wrong, &take).await.map_err(explained)?;
    let grave = [1, 2, 1, 1, 0, 1, 1, 0, 1].map(Some).to_vec();
    let now = app.at(app.now() - SignedDuration::from_hours(3));
    record(&now, keeper, case, "phq-9", Given::Answers(grave), Rater::Own).await?;
    Ok(())
}

async fn record(app: &App, keeper: &Member, case: Id, scale: &str, given: Given, rater: Rater) -> Result<Id> {
    let new = NewResult {
        scale: scale.to_owned(),
        given,
        rater,
        mode: Mode::Interview,
        language: "zh-CN".to_owned(),
        seconds: Some(240),
        made: None,
        guardian_agreed: false,
    };
    let recorded = scale::record(app, &keeper.scope, case, &new).await;
    Ok(recorded.map_err(crate::user::explained)?.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_spread_over_items_within_their_bounds() {
        for (points, items, low, high) in
            [(0, 10, 0, 2), (18, 10, 0, 2), (30, 14, 1, 4), (99, 8, 1, 4), (7, 5, 0, 5)]
        {
            let answers: Vec<i64> =
                spread(points, items, low, high).into_iter().map(|one| i64::from(one.unwrap())).collect();
            assert_eq!(answers.iter().sum::<i64>(), points.clamp(items * low, items * high));
            assert!(answers.iter().all(|one| (low..=high).contains(one)), "{answers:?}");
        }
    }
}
