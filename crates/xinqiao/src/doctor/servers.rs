//! What `xinqiao doctor` looks at where a server of PostgreSQL, or several, hold the database.

use super::Finding;
use crate::open::ReplicaArgs;
use app::{
    cluster::{
        archive, citus,
        outcome::Outcome,
        partition,
        server::{self, Server},
        standby,
    },
    db::Db,
};
use std::time::{Duration, Instant};

/// Time between two looks at a replica.
const LOOK: Duration = Duration::from_millis(100);

/// Settings, archive, parts, cluster and replicas of a database.
pub(super) async fn look(db: &Db, replicas: &ReplicaArgs) -> Vec<Finding> {
    if !db.is_postgres() {
        return vec![Finding::skipped("server", "SQLite has none")];
    }
    let (finding, parts) = parts(db).await;
    let named = replicas.named();
    let followed = !named.is_empty();
    let settings = settings_of(db, Server { replica: false, followed, parts }, "").await;
    let archive = finding_of("archive", archive::look(db).await);
    let mut findings = vec![settings, archive, finding];
    findings.extend(cluster(db).await);
    findings.push(finding_of("standby", standby::look(db, named.len()).await));
    findings.extend(behind(db, replicas).await);
    for address in &named {
        let server = Server { replica: true, followed: false, parts };
        // One that is away was told already.
        if let Ok(replica) = Db::open(address).await {
            findings.push(settings_of(&replica, server, "of a replica: ").await);
        }
    }
    findings
}

async fn settings_of(db: &Db, server: Server, whose: &str) -> Finding {
    match server::look(db, server).await {
        Ok(faults) if faults.is_empty() => {
            Finding::new("server", true, format!("{whose}settings are as they must be"))
        }
        Ok(faults) => Finding::new("server", false, format!("{whose}{}", faults.join("; "))),
        Err(error) => Finding::new("server", false, error.to_string()),
    }
}

fn finding_of(check: &'static str, looked: app::Result<Outcome>) -> Finding {
    match looked {
        Ok(Outcome::Well(detail)) => Finding::new(check, true, detail),
        Ok(Outcome::Note(detail)) => Finding::skipped(check, detail),
        Ok(Outcome::Fault(detail)) => Finding::new(check, false, detail),
        Err(error) => Finding::new(check, false, error.to_string()),
    }
}

/// What a Citus cluster lacks; nothing where the database has no Citus.
async fn cluster(db: &Db) -> Option<Finding> {
    match citus::look(db).await {
        Ok(None) => None,
        Ok(Some(faults)) if faults.is_empty() => {
            Some(Finding::new("citus", true, "servers, settings and tables are as the plan makes them"))
        }
        Ok(Some(faults)) => Some(Finding::new("citus", false, several(&faults))),
        Err(error) => Some(Finding::new("citus", false, error.to_string())),
    }
}

/// How many faults, and the first of them.
fn several(faults: &[String]) -> String {
    let shown: Vec<&str> = faults.iter().take(5).map(String::as_str).collect();
    format!("{} faults: {}", faults.len(), shown.join("; "))
}

async fn parts(db: &Db) -> (Finding, bool) {
    match partition::look(db).await {
        Ok(None) => (Finding::skipped("parts", "the large tables are whole"), false),
        Ok(Some(faults)) if faults.is_empty() => {
            (Finding::new("parts", true, "every large table has a part for each home"), true)
        }
        Ok(Some(faults)) => (Finding::new("parts", false, several(&faults)), true),
        Err(error) => (Finding::new("parts", false, error.to_string()), false),
    }
}

/// How far each replica is behind what stands in the primary's log now: looked at until the bound is over.
async fn behind(db: &Db, arguments: &ReplicaArgs) -> Vec<Finding> {
    let named = arguments.named();
    if named.is_empty() {
        return vec![Finding::skipped("replica", "none is named (--replica)")];
    }
    let followed = match db.with_replicas(&named, arguments.bound()).await {
        Ok(followed) => followed,
        Err(error) => return vec![Finding::new("replica", false, error.to_string())],
    };
    let begun = Instant::now();
    let well = |state: &app::db::ReplicaState| state.trouble.is_none() && state.bytes == Some(0);
    while begun.elapsed() < arguments.bound() && !followed.replicas().iter().all(well) {
        tokio::time::sleep(LOOK).await;
    }
    let each = followed.replicas().into_iter().map(|state| {
        let behind = match (&state.trouble, state.bytes, state.lag) {
            (Some(trouble), ..) => trouble.clone(),
            (None, Some(bytes), Some(lag)) => format!("{bytes} bytes behind, {} ms at most", lag.as_millis()),
            (None, Some(bytes), None) => format!("{bytes} bytes behind, longer than was looked"),
            (None, None, _) => "nobody knows how far it is behind".to_owned(),
        };
        Finding::new("replica", state.used, format!("{}: {behind}", state.address))
    });
    each.collect()
}
