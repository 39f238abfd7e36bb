//! What `xinqiao doctor` finds about the contents: what happened against what stands, sums, and references.

use super::Finding;
use app::{App, doctor};

/// Differences told of one check.
const TOLD: usize = 5;

/// How many differ, and the first of them.
fn told(what: &str, each: &[String]) -> String {
    let some: Vec<&str> = each.iter().take(TOLD).map(String::as_str).collect();
    let rest = if each.len() > TOLD { ", …" } else { "" };
    format!("{} {what}: {}{rest}", each.len(), some.join(", "))
}

/// Cases against their events: documents, columns, and the tally of steps in time. `sample` is how many cases are looked at;
/// none for all.
pub(super) async fn cases(app: &App, sample: Option<u64>) -> Vec<Finding> {
    let replay = match doctor::replay(app, sample.unwrap_or(u64::MAX)).await {
        Ok(replay) => replay,
        Err(error) => return vec![Finding::new("replay", false, error.to_string())],
    };
    let documents = if replay.wrong.is_empty() {
        Finding::new("replay", true, format!("{} cases, {} events", replay.cases, replay.events))
    } else {
        let each: Vec<String> = replay.wrong.iter().map(ToString::to_string).collect();
        Finding::new("replay", false, format!("rows differ from their events: {}", each.join(", ")))
    };
    let columns = if replay.columns.is_empty() {
        Finding::new("columns", true, "turns, deadlines and states are what the events give")
    } else {
        let each: Vec<String> = replay
            .columns
            .iter()
            .map(|drift| format!("{}.{} of {}", drift.table, drift.column, drift.case))
            .collect();
        Finding::new("columns", false, told("columns differ from the events of their case", &each))
    };
    let rates = match (sample, &replay.rates) {
        (Some(_), _) | (_, None) => Finding::skipped("rates", "--deep counts the steps in time again"),
        (None, Some(drift)) if drift.is_empty() => {
            Finding::new("rates", true, "steps in time equal a recount")
        }
        (None, Some(drift)) => {
            let each: Vec<String> = drift
                .iter()
                .map(|drift| {
                    let (stored, counted) = (drift.stored, drift.counted);
                    let step = format!("{} of {} in {}", drift.clock, drift.month, drift.county);
                    format!("{step}: stored {}/{}, counted {}/{}", stored.0, stored.1, counted.0, counted.1)
                })
                .collect();
            Finding::new("rates", false, told("tallies of steps in time and late differ", &each))
        }
    };
    vec![documents, columns, rates]
}

/// Every row that keeps a count is counted again, which takes a while: only where asked for.
pub(super) async fn sums(app: &App, deep: bool) -> Finding {
    if !deep {
        return Finding::skipped("sums", "--deep counts again what rows keep count of");
    }
    match doctor::sums(app).await {
        Ok(drift) if drift.is_empty() => Finding::new("sums", true, "equal a recount"),
        Ok(drift) => {
            let each: Vec<String> = drift
                .iter()
                .map(|drift| {
                    let column = format!("{}.{} of {}", drift.table, drift.column, drift.row);
                    format!("{column}: stored {}, counted {}", drift.stored, drift.counted)
                })
                .collect();
            Finding::new("sums", false, told("differ", &each))
        }
        Err(error) => Finding::new("sums", false, error.to_string()),
    }
}

/// Every reference is looked at, which takes a while: only where asked for.
pub(super) async fn references(app: &App, deep: bool) -> Finding {
    if !deep {
        return Finding::skipped("references", "--deep looks whether the rows exist that others name");
    }
    match doctor::references(app).await {
        Ok(orphans) if orphans.is_empty() => {
            Finding::new("references", true, "the rows exist that others name")
        }
        Ok(orphans) => {
            let each: Vec<String> = orphans
                .iter()
                .map(|found| {
                    let missing: Vec<String> = found.missing.iter().map(ToString::to_string).collect();
                    let place = format!("{} rows of {}.{}", found.count, found.table, found.column);
                    format!("{place} name what {} does not have: {}", found.to, missing.join(", "))
                })
                .collect();
            Finding::new("references", false, each.join("; "))
        }
        Err(error) => Finding::new("references", false, error.to_string()),
    }
}
