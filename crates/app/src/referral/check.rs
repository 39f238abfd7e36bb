//! What a command names must exist: divisions, offices, services. The rules take that for granted.

use crate::{
    App,
    db::Tx,
    error::{Problem, Result},
    id::Id,
    p,
};
use rules::{
    division::{DivisionCode, Level},
    referral::{Command, Filing, Package},
};
use uuid::Uuid;

/// Services of one application at most; there are sixteen kinds.
const LONGEST_PACKAGE: usize = 16;
/// Institutions that a person may name at most.
const LONGEST_WISH: usize = 20;

/// All that is wrong with what a command names.
pub(super) async fn command(app: &App, tx: &mut Tx, command: &Command) -> Result<Vec<Problem>> {
    let mut problems = Vec::new();
    match command {
        Command::Save(filing) => {
            places(app, filing, &mut problems);
            package(app, &filing.package, &mut problems);
            wishes(tx, &filing.preferences, &mut problems).await?;
            office(tx, "office", filing.office, filing.county, &mut problems).await?;
        }
        Command::Register(eligibility) => package(app, &eligibility.package, &mut problems),
        Command::ProposeTransfer { county, office: there } => {
            if division(app, *county) != Some(Level::County) {
                problems.push(Problem::new("county", "division_unknown"));
            }
            office(tx, "office", *there, *county, &mut problems).await?;
        }
        _ => {}
    }
    Ok(problems)
}

fn division(app: &App, code: i64) -> Option<Level> {
    let code = DivisionCode::new(code).ok()?;
    app.divisions.exists(code).then(|| code.level())
}

fn places(app: &App, filing: &Filing, problems: &mut Vec<Problem>) {
    if division(app, filing.county) != Some(Level::County) {
        problems.push(Problem::new("county", "division_unknown"));
        return;
    }
    let within = crate::scope::Area::of(filing.county).holds(filing.division);
    if division(app, filing.division).is_none() || !within {
        problems.push(Problem::new("division", "division_unknown"));
    }
}

fn package(app: &App, package: &Package, problems: &mut Vec<Problem>) {
    if package.items.len() > LONGEST_PACKAGE {
        problems.push(Problem::new("package", "too_many"));
    }
    for item in &package.items {
        let twice = package.items.iter().filter(|other| other.service == item.service).count() > 1;
        if twice || app.tables.services.get(&item.service).is_none() {
            problems.push(Problem::new("package", "unknown_choice"));
        }
    }
}

/// Institutions that the person named, whichever county they stand in.
async fn wishes(tx: &mut Tx, named: &[Uuid], problems: &mut Vec<Problem>) -> Result<()> {
    if named.len() > LONGEST_WISH {
        problems.push(Problem::new("preferences", "too_many"));
        return Ok(());
    }
    for id in named {
        let found: Option<(Id,)> = tx.opt("SELECT id FROM institution WHERE id = $1", p![Id(*id)]).await?;
        if found.is_none() {
            problems.push(Problem::new("preferences", "unknown_choice"));
        }
    }
    Ok(())
}

/// The office of civil affairs of that county.
async fn office(
    tx: &mut Tx,
    field: &str,
    office: Uuid,
    county: i64,
    problems: &mut Vec<Problem>,
) -> Result<()> {
    let sql =
        "SELECT division FROM organisation WHERE id = $1 AND kind = 'civil_affairs' AND ended_at IS NULL";
    let found: Option<(i64,)> = tx.opt(sql, p![Id(office)]).await?;
    let there = crate::scope::Area::of(county);
    if !found.is_some_and(|(division,)| there.holds(division)) {
        problems.push(Problem::new(field, "unknown_choice"));
    }
    Ok(())
}
