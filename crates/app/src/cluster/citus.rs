//! The statements that spread a schema over the servers of a Citus cluster, derived from the list of kinds and from the
//! references that the schema has.

mod look;

pub use look::look;

use super::{
    kind::{Kind, kind},
    schema::{Reference, Schema, Table},
};
use serde::Serialize;

/// Parts into which each large table is cut; homes of all provinces fill them evenly, and a server more takes some over.
pub const SHARDS: u32 = 32;

/// The large table beside whose parts those of the others lie.
const FIRST: &str = "person";

/// What a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Setting the servers up.
    Setting,
    /// Taking a reference between large tables away for a while: both ends must lie in parts.
    Release,
    /// Putting a table on every server.
    Reference,
    /// Cutting a table into parts.
    Distribute,
    /// Putting a reference back.
    Restore,
    /// Looking at what was done, and at the servers.
    Look,
    /// Later: spreading the parts over further servers.
    Rebalance,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// What it is for.
    pub purpose: Purpose,
    /// The statement, as `psql` takes it.
    pub sql: String,
}

/// Statements in the order in which they are to be run on the coordinator, and the tables that stay there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The statements.
    pub statements: Vec<Statement>,
    /// Tables that stay on the coordinator.
    pub local: Vec<String>,
}

/// The plan for a schema.
#[must_use]
pub fn plan(schema: &Schema) -> Plan {
    let of = |wanted: fn(Kind) -> bool| {
        schema.tables.iter().filter(move |table| kind(&table.name).is_some_and(wanted))
    };
    let mut large: Vec<&Table> = of(|kind| kind == Kind::Large).collect();
    // The others are put beside it, so it comes first.
    large.sort_by_key(|table| (table.name != FIRST, table.name.as_str()));
    let between = |table: &Table| -> Vec<Reference> {
        table.references.iter().filter(|to| kind(&to.to) == Some(Kind::Large)).cloned().collect()
    };
    let mut statements = settings();
    let mut say = |purpose, sql: String| statements.push(Statement { purpose, sql });
    for table in &large {
        for Reference { name, .. } in between(table) {
            say(Purpose::Release, format!("ALTER TABLE {} DROP CONSTRAINT {name};", table.name));
        }
    }
    for table in in_order(of(|kind| matches!(kind, Kind::Reference(_))).collect()) {
        say(Purpose::Reference, format!("SELECT create_reference_table('{}');", table.name));
    }
    for table in &large {
        let beside = match table.name.as_str() {
            FIRST => format!("colocate_with := 'none', shard_count := {SHARDS}"),
            _ => format!("colocate_with := '{FIRST}'"),
        };
        say(
            Purpose::Distribute,
            format!("SELECT create_distributed_table('{}', 'home', {beside});", table.name),
        );
    }
    for table in &large {
        for Reference { name, columns, to, to_columns } in between(table) {
            let (columns, to_columns) = (columns.join(", "), to_columns.join(", "));
            let sql = format!(
                "ALTER TABLE {} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {to} ({to_columns});",
                table.name
            );
            say(Purpose::Restore, sql);
        }
    }
    statements.extend(afterwards());
    let local = of(|kind| kind == Kind::Local).map(|table| table.name.clone()).collect();
    Plan { statements, local }
}

/// Tables, each behind those it points to: what points to a table that is on every server may then point there, too.
fn in_order(mut left: Vec<&Table>) -> Vec<&Table> {
    let mut done: Vec<&Table> = Vec::new();
    while !left.is_empty() {
        let waits = |table: &&Table| {
            table
                .references
                .iter()
                .any(|to| to.to != table.name && left.iter().any(|other| other.name == to.to))
        };
        let (later, now): (Vec<&Table>, Vec<&Table>) = left.iter().copied().partition(waits);
        if now.is_empty() {
            // They point to one another: any order is as good.
            done.extend(later);
            break;
        }
        done.extend(now);
        left = later;
    }
    done
}

fn settings() -> Vec<Statement> {
    [
        "CREATE EXTENSION IF NOT EXISTS citus;",
        // Local tables that point to a reference table need a coordinator that the others know.
        "SELECT citus_set_coordinator_host('COORDINATOR', 5432);",
        "SELECT citus_add_node('WORKER', 5432); -- once for each worker",
        "ALTER SYSTEM SET citus.enable_local_reference_table_foreign_keys = on;",
        // The statements that say `spread:` join parts of different servers.
        "ALTER SYSTEM SET citus.enable_repartition_joins = on;",
        "ALTER SYSTEM SET citus.shard_replication_factor = 1; -- copies are streaming replicas of each server",
        "SELECT pg_reload_conf();",
    ]
    .map(|sql| Statement { purpose: Purpose::Setting, sql: sql.to_owned() })
    .into()
}

fn afterwards() -> Vec<Statement> {
    let look = [
        "SELECT table_name, citus_table_type, distribution_column, colocation_id, shard_count FROM citus_tables ORDER BY 1;",
        "SELECT nodename, COUNT(*) AS parts, pg_size_pretty(SUM(shard_size)) FROM citus_shards GROUP BY 1 ORDER BY 1;",
    ];
    let rebalance = [
        "SELECT citus_add_node('NEW_WORKER', 5432);",
        // Reads and writes go on meanwhile; wal_level = logical on every server.
        "SELECT citus_rebalance_start();",
        "SELECT * FROM citus_rebalance_status();",
    ];
    let each = |purpose| move |sql: &str| Statement { purpose, sql: sql.to_owned() };
    let look = look.into_iter().map(each(Purpose::Look));
    look.chain(rebalance.into_iter().map(each(Purpose::Rebalance))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::kind::{TABLES, large};

    async fn newest() -> Plan {
        plan(&Schema::newest().await.unwrap())
    }

    fn of(plan: &Plan, purpose: Purpose) -> Vec<&str> {
        plan.statements.iter().filter(|s| s.purpose == purpose).map(|s| s.sql.as_str()).collect()
    }

    #[tokio::test]
    async fn every_table_has_its_place_once() {
        let plan = newest().await;
        let distributed = of(&plan, Purpose::Distribute);
        assert_eq!(distributed.len(), large().count());
        assert!(distributed[0].contains("'person', 'home', colocate_with := 'none', shard_count := 32"));
        assert!(distributed[1..].iter().all(|sql| sql.contains("colocate_with := 'person'")));
        for (name, kind) in TABLES {
            let quoted = format!("'{name}'");
            let places = [
                of(&plan, Purpose::Reference).iter().any(|sql| sql.contains(&quoted)),
                distributed.iter().any(|sql| sql.contains(&format!("table({quoted}"))),
                plan.local.iter().any(|local| local == name),
            ];
            let expected = match kind {
                Kind::Reference(_) => [true, false, false],
                Kind::Large => [false, true, false],
                Kind::Local => [false, false, true],
            };
            assert_eq!(places, expected, "{name}");
        }
    }

    #[tokio::test]
    async fn references_between_parts_are_away_meanwhile_and_come_back_with_home() {
        let plan = newest().await;
        let (released, restored) = (of(&plan, Purpose::Release), of(&plan, Purpose::Restore));
        assert_eq!(released.len(), restored.len());
        assert!(released.len() >= 7, "{released:?}");
        assert!(restored.iter().all(|sql| sql.contains("FOREIGN KEY (home, ")), "{restored:?}");
        assert!(
            released.contains(&"ALTER TABLE task DROP CONSTRAINT task_home_referral_id_fkey;"),
            "{released:?}"
        );
        let place = |purpose| plan.statements.iter().position(|s| s.purpose == purpose).unwrap();
        let order = [Purpose::Setting, Purpose::Release, Purpose::Reference, Purpose::Distribute];
        let order = order.into_iter().chain([Purpose::Restore, Purpose::Look, Purpose::Rebalance]);
        assert!(order.map(place).is_sorted());
    }

    #[tokio::test]
    async fn what_is_pointed_to_comes_first() {
        let plan = newest().await;
        let order = of(&plan, Purpose::Reference);
        let place = |name: &str| order.iter().position(|sql| sql.contains(&format!("'{name}'"))).unwrap();
        for (later, earlier) in [
            ("institution", "organisation"),
            ("talent", "institution"),
            ("share_event", "share"),
            ("research_extract", "research_project"),
        ] {
            assert!(place(earlier) < place(later), "{earlier} {later}");
        }
    }
}
