//! What is due for an account, kind by kind, each counted within its scope.

use crate::{
    App, agreed, care, db::Sql, error::Result, followup, p, question, referral::inbox, scale, scope::Scope,
};
use rules::{
    account::{Deed, Role, Subject},
    clock::{end_of, start_of},
    reminder::{Count, Counts, Kind, Stretch},
};

/// Everything that is due for the account of a scope. It names nobody and is not logged.
pub(super) async fn of(app: &App, scope: &Scope, stretch: Stretch) -> Result<Counts> {
    let days = (stretch.on, stretch.until);
    let instants = (start_of(stretch.on), end_of(stretch.until));
    let may = |deed, subject| scope.role.may(deed, subject);
    let mut counts = Counts::default();
    if may(Deed::Change, Subject::Case) {
        counts.note(Kind::Cases, cases(app, scope, stretch).await?);
    }
    counts.note(Kind::Tasks, inbox::due(app, scope, instants).await?);
    if may(Deed::Read, Subject::FollowUp) {
        counts.note(Kind::Visits, followup::list::due_between(app, scope, days).await?);
    }
    if may(Deed::Change, Subject::Care) {
        counts.note(Kind::Plans, care::review_due(app, scope, days).await?);
    }
    counts.note(Kind::Agreed, agreed::due(app, scope, stretch).await?);
    if may(Deed::Change, Subject::Question) {
        counts.note(Kind::Questions, question::due(app, scope, stretch).await?);
    }
    // Rounds are the case manager's to see to; others record when they are asked.
    if scope.role == Role::CaseManager {
        counts.note(Kind::Scales, scale::rounds_due(app, scope, days).await?);
    }
    Ok(counts)
}

/// Steps of cases that are the turn of the account's role, as the work list shows them.
async fn cases(app: &App, scope: &Scope, stretch: Stretch) -> Result<Count> {
    let (on, until) = (start_of(stretch.on), end_of(stretch.until));
    let select = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN r.due_at < {{}} THEN 1 ELSE 0 END), 0) AS BIGINT),
         CAST(COALESCE(SUM(CASE WHEN r.due_at >= {{}} AND r.due_at < {{}} THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM referral r WHERE r.next_role IS NOT NULL AND r.next_role = '{}' AND r.state <> 'waiting' AND NOT r.frozen",
        scope.role.code()
    );
    let mut sum = Count::default();
    for sql in scope.referrals_in_parts(&Sql::default().push(&select, p![on, on, until])) {
        for (overdue, due) in app.db.listing().query::<(i64, i64)>(sql).await? {
            sum.overdue += overdue;
            sum.due += due;
        }
    }
    Ok(sum)
}
