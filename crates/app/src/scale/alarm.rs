//! What follows when answers must not wait: steps with their terms, as tasks of those who take them.

use super::{Of, Recorded, library, of_referral};
use crate::{App, db::Tx, error::Result, id::Id, p, scope::Scope};
use jiff::Timestamp;
use rules::{
    account::Role,
    clock::china_date,
    scale::{Actor, CrisisAction, CrisisRule, Respondent, Scale},
};

/// A step as the page shows it.
#[derive(Debug, Clone)]
pub struct Step {
    /// What is done.
    pub action: CrisisAction,
    /// Until when.
    pub due_at: Timestamp,
    /// It is a task of somebody; what the platform or the rater does at once is none.
    pub is_task: bool,
}

/// What answers entail that must not wait.
#[derive(Debug, Clone, Default)]
pub struct Alarm {
    /// The gravest level, 1 to 4.
    pub level: u8,
    /// What triggered it, in Chinese and English.
    pub triggers: Vec<(String, String)>,
    /// Steps, in their order.
    pub steps: Vec<Step>,
    /// Number of the hotline.
    pub hotline: String,
}

/// Who answered.
pub(super) fn respondent(of: &Of, now: Timestamp) -> Respondent {
    Respondent { age: of.age(china_date(now)), anonymous: false }
}

/// Whether a step is somebody's task: what names or looks for the person is done by people.
fn is_task(action: &CrisisAction) -> bool {
    action.identifies && action.by != Actor::Platform
}

/// What a result entails that must not wait; nothing where nothing in it does, or it was taken back.
///
/// # Errors
/// The case is not in scope, or the database is gone.
pub async fn alarm(app: &App, scope: &Scope, result: &Recorded) -> Result<Option<Alarm>> {
    let Some(level) = result.level.filter(|_| result.voided.is_none()) else { return Ok(None) };
    let Some(scale) = library::version(app, &result.scale, &result.version).await? else { return Ok(None) };
    let of = of_referral(app, scope, result.referral).await?;
    let outcome = super::result::scored(&scale, &result.given, result.about);
    let found: Vec<&CrisisRule> = outcome.map(|outcome| outcome.crisis).unwrap_or_default();
    let crisis = &app.tables.crisis;
    let named = found.iter().filter_map(|rule| crisis.trigger(&rule.trigger));
    let triggers = named.map(|trigger| (trigger.zh.clone(), trigger.en.clone())).collect();
    let step = |action: &CrisisAction| Step {
        action: action.clone(),
        due_at: crisis.due(action, result.at),
        is_task: is_task(action),
    };
    let steps = crisis.actions(&found, respondent(&of, result.at)).into_iter().map(step).collect();
    Ok(Some(Alarm { level, triggers, steps, hotline: crisis.hotline.clone() }))
}

/// What must not wait and looks at single items of a scale, in Chinese and English: a total alone may not say it.
pub(super) fn by_items(app: &App, scale: &Scale) -> Vec<(String, String)> {
    named(app, &scale.crisis_by_items())
}

/// What of a result must not wait and could not be judged, since its total was entered alone, in Chinese and English.
#[must_use]
pub fn unjudged(app: &App, scale: &Scale, result: &Recorded) -> Vec<(String, String)> {
    let outcome = super::result::scored(scale, &result.given, result.about);
    outcome.map(|outcome| named(app, &outcome.unjudged)).unwrap_or_default()
}

/// What triggers are called; one that the protocol does not name goes by its code.
fn named(app: &App, rules: &[&CrisisRule]) -> Vec<(String, String)> {
    let name = |rule: &&CrisisRule| match app.tables.crisis.trigger(&rule.trigger) {
        Some(trigger) => (trigger.zh.clone(), trigger.en.clone()),
        None => (rule.trigger.clone(), rule.trigger.clone()),
    };
    rules.iter().map(name).collect()
}

/// To whom a step is given: party, account, role. Whoever asked the questions does what the rater does; the person's own answers are
/// the case manager's, and before there is one the desk's. A doctor of the area sees the person, where no doctor asked.
fn given(scope: &Scope, of: &Of, by: Actor) -> (&'static str, Option<Id>, Option<&'static str>) {
    let asked = (scope.role != Role::Client).then_some(scope.account);
    let keeper = || match of.case_manager {
        Some(account) => ("account", Some(account), None),
        None => ("county", None, Some(Role::ReferralWorker.code())),
    };
    match by {
        Actor::Rater => asked.map_or_else(keeper, |account| ("account", Some(account), None)),
        Actor::Doctor if scope.role == Role::Doctor => ("account", Some(scope.account), None),
        Actor::Doctor => ("primary_doctor", None, Some(Role::Doctor.code())),
        Actor::ReferralWorker => ("county", None, Some(Role::ReferralWorker.code())),
        Actor::CaseManager | Actor::Platform => keeper(),
    }
}

/// Gives the tasks, each once while it is open, and writes to the case manager, where somebody else asked the questions.
pub(super) async fn tell(
    app: &App,
    tx: &mut Tx,
    scope: &Scope,
    (referral, of): (Id, &Of),
    steps: &[&CrisisAction],
) -> Result<()> {
    let (now, home) = (app.now(), referral.home_number());
    let mut told = false;
    for action in steps.iter().filter(|action| is_task(action)) {
        let kind = format!("scale_{}", action.code);
        let (party, account, role) = given(scope, of, action.by);
        told |= account.is_some() && account == of.case_manager;
        let sql = "SELECT id FROM task WHERE home = $1 AND referral_id = $2 AND kind = $3 AND done_at IS NULL LIMIT 1";
        if tx.opt::<(Id,)>(sql, p![home, referral, &kind]).await?.is_some() {
            continue;
        }
        let sql = "INSERT INTO task (home, id, referral_id, kind, to_party, to_account, to_role, county, division, due_at,
            created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        let due = app.tables.crisis.due(action, now);
        let args = p![
            home,
            referral.beside(now),
            referral,
            kind,
            party,
            account,
            role,
            of.county,
            of.division,
            due,
            now
        ];
        tx.run(sql, args).await?;
    }
    let keeper = of.case_manager.filter(|keeper| *keeper != scope.account && !told && !steps.is_empty());
    if let Some(keeper) = keeper {
        let sql = "INSERT INTO message (home, id, referral_id, kind, to_party, to_account, county, division, state, created_at)
            VALUES ($1, $2, $3, 'scale_alarm', 'account', $4, $5, $6, 'sent', $7)";
        let args = p![home, referral.beside(now), referral, keeper, of.county, of.division, now];
        tx.run(sql, args).await?;
    }
    Ok(())
}
