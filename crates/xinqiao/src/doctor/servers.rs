//! What `xinqiao doctor` looks at where a server of PostgreSQL, or several, hold the database.

use super::Finding;
use crate::open::ReplicaArgs;
use app::{
    cluster::{
        partition,
        server::{self, Server},
    },
    db::Db,
};
use std::time::{Duration, Instant};

/// Time between two looks at a replica.
const LOOK: Duration = Duration::from_millis(100);

/// Settings, parts and replicas of a database.
pub(super) async fn look(db: &Db, replicas: &ReplicaArgs) -> Vec<Finding> {
    if !db.is_postgres() {
        return vec![Finding::skipped("server", "SQLite has none")];
    }
    let (finding, parts) = parts(db).await;
    let named = replicas.named();
    let followed = !named.is_empty();
    let settings = settings_of(db, Server { replica: false, followed, parts }, "").await;
    let mut findings = vec![settings, finding];
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

async fn parts(db: &Db) -> (Finding, bool) {
    match partition::look(db).await {
        Ok(None) => (Finding::skipped("parts", "the large tables are whole"), false),
        Ok(Some(faults)) if faults.is_empty() => {
            (Finding::new("parts", true, "every large table has a part for each home"), true)
        }
        Ok(Some(faults)) => {
            let shown: Vec<&str> = faults.iter().take(5).map(String::as_str).collect();
            (Finding::new("parts", false, format!("{} faults: {}", faults.len(), shown.join("; "))), true)
        }
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
