//! Whether a Citus cluster is as the plan made it. Nothing is asked of it before the extension is known to be there.

use super::FIRST;
use crate::{
    cluster::kind::{Kind, TABLES},
    db::Db,
    error::Result,
    p,
};

/// The plan was written for this version and later ones.
const OLDEST: u32 = 13;

const VERSION: &str = "SELECT extversion FROM pg_extension WHERE extname = 'citus'";
/// Settings that a server without the library does not have are nothing.
const SETTINGS: &str = "SELECT current_setting('citus.enable_local_reference_table_foreign_keys', true),
    current_setting('citus.enable_repartition_joins', true), current_setting('citus.shard_replication_factor', true)";
const NODES: &str = "SELECT nodename, CAST(nodeport AS bigint), CAST(groupid AS bigint), isactive,
    CAST(noderole AS text) = 'primary' FROM pg_dist_node ORDER BY groupid, nodename, nodeport";
const SPREAD: &str = "SELECT CAST(c.relname AS text), CAST(s.partmethod AS text), CAST(s.repmodel AS text),
    CAST(s.colocationid AS bigint), column_to_column_name(s.logicalrelid, s.partkey)
    FROM pg_dist_partition s JOIN pg_class c ON c.oid = s.logicalrelid
    WHERE c.relnamespace = CURRENT_SCHEMA::regnamespace AND NOT c.relispartition ORDER BY 1";

/// The settings of the plan, in the order in which they are asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Settings {
    keys_between_local_and_reference: Option<String>,
    repartition_joins: Option<String>,
    copies: Option<String>,
}
crate::row!(Settings { keys_between_local_and_reference, repartition_joins, copies });

/// A server of the cluster, as `pg_dist_node` tells it. The group of the coordinator is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Node {
    name: String,
    port: i64,
    group: i64,
    active: bool,
    primary: bool,
}
crate::row!(Node { name, port, group, active, primary });

/// A table that the cluster knows, as `pg_dist_partition` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spread {
    name: String,
    /// `h` by a hash of a column, `n` not at all.
    method: String,
    /// `t` on every server.
    copies: String,
    /// Tables of one number lie beside one another.
    beside: i64,
    /// The column by which it is spread.
    column: Option<String>,
}
crate::row!(Spread { name, method, copies, beside, column });

/// What is not as the plan makes it, one sentence each; nothing where the database has no Citus.
///
/// # Errors
/// The database is gone.
pub async fn look(db: &Db) -> Result<Option<Vec<String>>> {
    if !db.is_postgres() {
        return Ok(None);
    }
    let Some((version,)) = db.opt::<(String,)>(VERSION, p![]).await? else { return Ok(None) };
    let settings: Option<Settings> = db.opt(SETTINGS, p![]).await?;
    let nodes: Vec<Node> = db.all(NODES, p![]).await?;
    let spread: Vec<Spread> = db.all(SPREAD, p![]).await?;
    let mut faults: Vec<String> = version_fault(&version).into_iter().collect();
    faults.extend(setting_faults(&settings.unwrap_or_default()));
    faults.extend(node_faults(&nodes));
    faults.extend(table_faults(&spread));
    Ok(Some(faults))
}

/// Versions are written as `13.0-1`.
fn version_fault(version: &str) -> Option<String> {
    let major = version.split(['.', '-']).next().and_then(|number| number.parse::<u32>().ok());
    major.is_none_or(|major| major < OLDEST).then(|| {
        format!(
            "citus is {version}: install {OLDEST} or later, then ALTER EXTENSION citus UPDATE on every server"
        )
    })
}

fn setting_faults(settings: &Settings) -> Vec<String> {
    if *settings == Settings::default() {
        return vec!["citus is not in shared_preload_libraries: put it first there, and restart".to_owned()];
    }
    let asked = [
        (
            settings.keys_between_local_and_reference.as_deref() == Some("on"),
            "citus.enable_local_reference_table_foreign_keys = on, or what stays here cannot point to reference tables",
        ),
        (
            settings.repartition_joins.as_deref() == Some("on"),
            "citus.enable_repartition_joins = on, or statements that join rows of different homes fail",
        ),
        (
            settings.copies.as_deref() == Some("1"),
            "citus.shard_replication_factor = 1: copies are streaming replicas of each server",
        ),
    ];
    asked.into_iter().filter(|(well, _)| !well).map(|(_, fault)| fault.to_owned()).collect()
}

fn node_faults(nodes: &[Node]) -> Vec<String> {
    let mut faults = Vec::new();
    if !nodes.iter().any(|node| node.group == 0) {
        faults.push(
            "the others do not know the coordinator: SELECT citus_set_coordinator_host('COORDINATOR', 5432)"
                .to_owned(),
        );
    }
    if !nodes.iter().any(|node| node.group != 0 && node.primary) {
        faults.push("there is no worker: SELECT citus_add_node('WORKER', 5432)".to_owned());
    }
    let away = nodes.iter().filter(|node| !node.active);
    faults.extend(away.map(|Node { name, port, .. }| {
        format!("{name}:{port} is not active: SELECT citus_activate_node('{name}', {port})")
    }));
    faults
}

fn table_faults(spread: &[Spread]) -> Vec<String> {
    if spread.is_empty() {
        return vec!["no table is spread: run the statements of `xinqiao cluster plan`".to_owned()];
    }
    let found = |name: &str| spread.iter().find(|table| table.name == name);
    let first = found(FIRST).map(|table| table.beside);
    let fault = |(name, kind): &(&str, Kind)| {
        let table = found(name);
        let is_spread = table.is_some_and(|table| table.method != "n");
        let is_everywhere = table.is_some_and(|table| table.method == "n" && table.copies == "t");
        match kind {
            Kind::Large => large_fault(name, table, first),
            Kind::Reference(_) if !is_everywhere => {
                Some(format!("{name} is not on every server: SELECT create_reference_table('{name}')"))
            }
            Kind::Local if is_spread || is_everywhere => {
                Some(format!("{name} does not stay on the coordinator: SELECT undistribute_table('{name}')"))
            }
            Kind::Reference(_) | Kind::Local => None,
        }
    };
    TABLES.iter().filter_map(fault).collect()
}

fn large_fault(name: &str, table: Option<&Spread>, first: Option<i64>) -> Option<String> {
    let Some(table) = table.filter(|table| table.method == "h") else {
        return Some(format!("{name} is not spread by home: `xinqiao cluster plan` prints how"));
    };
    if table.column.as_deref() != Some("home") {
        let by = table.column.as_deref().unwrap_or("nothing");
        return Some(format!(
            "{name} is spread by {by}: SELECT alter_distributed_table('{name}', distribution_column := 'home')"
        ));
    }
    (first.is_some() && first != Some(table.beside)).then(|| {
        format!(
            "{name} does not lie beside {FIRST}: SELECT update_distributed_table_colocation('{name}', \
             colocate_with := '{FIRST}')"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_version_is_told() {
        for (version, well) in [
            ("13.0-1", true),
            ("13.2-1", true),
            ("14.0-1", true),
            ("12.1-1", false),
            ("9.5-1", false),
            ("", false),
            ("unheard of", false),
        ] {
            assert_eq!(version_fault(version).is_none(), well, "{version}");
        }
    }

    #[test]
    fn each_setting_of_the_plan_is_looked_at() {
        for (keys, joins, copies, parts) in [
            ("off", "on", "1", &["local_reference"][..]),
            ("on", "on", "1", &[]),
            ("on", "off", "1", &["repartition_joins"]),
            ("on", "on", "2", &["shard_replication_factor"]),
            ("off", "off", "2", &["local_reference", "repartition_joins", "shard_replication_factor"]),
            ("", "", "", &["shared_preload_libraries"]),
        ] {
            let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            let settings = Settings {
                keys_between_local_and_reference: said(keys),
                repartition_joins: said(joins),
                copies: said(copies),
            };
            let found = setting_faults(&settings);
            assert_eq!(found.len(), parts.len(), "{found:?}");
            assert!(found.iter().zip(parts).all(|(fault, part)| fault.contains(part)), "{found:?}");
        }
    }

    #[test]
    fn coordinator_and_workers_must_be_there() {
        let node = |name: &str, group, active, primary| Node {
            name: name.to_owned(),
            port: 5432,
            group,
            active,
            primary,
        };
        let (coordinator, worker) = (node("head", 0, true, true), node("one", 1, true, true));
        for (nodes, part) in [
            (vec![coordinator.clone(), worker.clone()], ""),
            (vec![coordinator.clone()], "there is no worker"),
            (vec![coordinator.clone(), node("copy", 1, true, false)], "there is no worker"),
            (vec![worker], "citus_set_coordinator_host"),
            (
                vec![coordinator, node("one", 1, false, true)],
                "one:5432 is not active: SELECT citus_activate_node('one', 5432)",
            ),
        ] {
            let found = node_faults(&nodes);
            match part {
                "" => assert!(found.is_empty(), "{found:?}"),
                part => assert!(found.len() == 1 && found[0].contains(part), "{found:?}"),
            }
        }
        assert_eq!(node_faults(&[]).len(), 2);
    }

    /// What goes wrong with a table.
    type Change = fn(&mut Spread);

    /// As the plan leaves them. Tables that stay are known to the cluster where they point to reference tables.
    fn as_planned() -> Vec<Spread> {
        let spread = |(name, kind): &(&str, Kind)| {
            let (method, copies, beside, column) = match kind {
                Kind::Large => ("h", "s", 7, Some("home")),
                Kind::Reference(_) => ("n", "t", 3, None),
                Kind::Local => ("n", "s", 0, None),
            };
            Spread {
                name: (*name).to_owned(),
                method: method.to_owned(),
                copies: copies.to_owned(),
                beside,
                column: column.map(str::to_owned),
            }
        };
        TABLES.iter().map(spread).collect()
    }

    #[test]
    fn each_table_must_be_where_the_plan_puts_it() {
        assert_eq!(table_faults(&as_planned()), Vec::<String>::new());
        let without_local: Vec<Spread> = as_planned().into_iter().filter(|t| t.name != "account").collect();
        assert_eq!(table_faults(&without_local), Vec::<String>::new());
        assert!(table_faults(&[])[0].contains("no table is spread"));
        let changes: [(&str, Change, &str); 7] = [
            ("task", |table| table.name = String::new(), "task is not spread by home"),
            ("task", |table| table.method = "n".to_owned(), "task is not spread by home"),
            ("task", |table| table.column = Some("id".to_owned()), "task is spread by id"),
            ("task", |table| table.beside = 8, "task does not lie beside person"),
            ("organisation", |table| table.name = String::new(), "create_reference_table('organisation')"),
            ("organisation", |table| table.copies = "s".to_owned(), "organisation is not on every server"),
            ("account", |table| table.copies = "t".to_owned(), "undistribute_table('account')"),
        ];
        for (name, change, part) in changes {
            let mut spread = as_planned();
            spread.iter_mut().filter(|table| table.name == name).for_each(change);
            let found = table_faults(&spread);
            assert!(found.len() == 1 && found[0].contains(part), "{name}: {found:?}");
        }
        // Where the first table is away, only that is told.
        let without_first: Vec<Spread> = as_planned().into_iter().filter(|t| t.name != FIRST).collect();
        assert_eq!(table_faults(&without_first).len(), 1);
    }
}
