//! What holds for all entries, and for every cell that somebody may alter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions
)]

use crate::common;

use app::{
    App,
    audit::{self, Entry, Purpose},
    db::{
        Db, Value,
        chain::{canonical, stable},
    },
    id::Id,
};
use jiff::Timestamp;
use proptest::{prelude::*, sample::Index, strategy::ValueTree, test_runner::TestRunner};
use rusqlite::{Connection, types::Value as Cell};
use serde_json::{Value as Json, json};
use std::{path::Path, sync::LazyLock};

fn at() -> Timestamp {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

fn document() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (-1000_i32..1000).prop_map(|n| Json::from(f64::from(n))),
        "[a-z\u{4e00}-\u{4e10}\"\\\\ :,{}]{0,6}".prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-zA-Z_\u{4e00}-\u{4e10}]{0,3}", inner, 0..4)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

/// One value of each kind that the columns of an entry have.
fn entry() -> impl Strategy<Value = Vec<Value>> {
    let id = any::<u128>().prop_map(|bits| Value::Id(uuid::Uuid::from_u128(bits)));
    let word = || "[a-z_:]{0,5}".prop_map(Value::Text);
    let moment = (0_i64..4_102_444_800_000_000)
        .prop_map(|micros| Value::Time(Timestamp::from_microsecond(micros).unwrap()));
    let subject =
        prop_oneof![Just(Value::Null), any::<u128>().prop_map(|bits| Value::Id(uuid::Uuid::from_u128(bits)))];
    (id, moment, word(), word(), word(), subject, document().prop_map(|json| Value::Json(stable(json))))
        .prop_map(|(id, at, a, b, c, subject, detail)| vec![id, at, a, b, c, subject, detail])
}

proptest! {
    #[test]
    fn different_entries_have_different_bytes(one in entry(), other in entry()) {
        prop_assert_eq!(one == other, canonical("x", &one) == canonical("x", &other));
    }

    #[test]
    fn any_change_of_any_field_changes_the_bytes(one in entry(), other in entry(), field in any::<Index>()) {
        let field = field.index(one.len());
        let mut altered = one.clone();
        altered[field] = other[field].clone();
        prop_assert_eq!(altered == one, canonical("x", &altered) == canonical("x", &one), "field {}", field);
        prop_assert_ne!(canonical("x", &one), canonical("y", &one));
    }

    /// Text that moves from one field to the next is another entry.
    #[test]
    fn fields_do_not_run_into_each_other(text in "[a-z]{1,8}", cut in any::<Index>()) {
        let (left, right) = text.split_at(cut.index(text.len() + 1));
        let bytes = |values: [Option<&str>; 2]| canonical("x", &values.map(Value::from));
        let whole = bytes([Some(&text), Some("")]);
        prop_assert_eq!(right.is_empty(), bytes([Some(left), Some(right)]) == whole);
        prop_assert_ne!(whole, bytes([Some(&text), None]));
    }

    #[test]
    fn a_stable_document_stays_as_it_is(json in document()) {
        let once = stable(json);
        prop_assert_eq!(stable(once.clone()).to_string(), once.to_string());
        let read: Json = serde_json::from_str(&once.to_string()).unwrap();
        prop_assert_eq!(stable(read).to_string(), once.to_string());
    }
}

both!(any_document_is_verified_after_the_database_kept_it, |app| {
    let mut runner = TestRunner::deterministic();
    let mut tx = app.db.begin().await.unwrap();
    for _ in 0..300 {
        let detail = document().new_tree(&mut runner).unwrap().current();
        let entry =
            Entry { detail, ..Entry::read(Purpose::Care, "person", Id::in_division(common::VILLAGE, at())) };
        audit::record_in(&mut tx, &common::worker(), entry, at());
    }
    tx.commit().await.unwrap();
    let report = audit::verify(&app.db, None, None).await.unwrap();
    assert_eq!((report.entries, report.findings), (300, vec![]));
});

/// A closed SQLite database with a few entries in three homes and three checkpoints, made once.
static ORIGINAL: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("original.db");
    let made = std::thread::spawn(move || {
        tokio::runtime::Runtime::new().unwrap().block_on(make(&path));
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    });
    made.join().unwrap();
    folder
});

async fn make(path: &Path) {
    let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
    let app = App::new(db, common::keys()).await.unwrap();
    let homes = [110_101_001_001, common::VILLAGE, 820_000_000_000].map(|place| Id::in_division(place, at()));
    for n in 0..24_usize {
        let mut entry = Entry::read(Purpose::Care, "person", homes[n % 3].beside(at()));
        entry.detail = json!({"rows": n, "fields": ["name", "phone"]});
        audit::record(&app.db, &common::worker(), entry, at()).await.unwrap();
        if n % 8 == 5 {
            audit::checkpoint(&app).await.unwrap().unwrap();
        }
    }
}

/// What somebody does to a table.
#[derive(Debug, Clone)]
enum Deed {
    /// Flips bits of one byte of one cell.
    Flip { row: Index, column: Index, byte: Index, bits: u8 },
    /// Takes a row out.
    Delete { row: Index },
    /// Exchanges what two rows hold, but not their numbers or homes.
    Swap { row: Index, other: Index },
}

fn deed() -> impl Strategy<Value = Deed> {
    let flip = (any::<Index>(), any::<Index>(), any::<Index>(), 1_u8..)
        .prop_map(|(row, column, byte, bits)| Deed::Flip { row, column, byte, bits });
    prop_oneof![
        8 => flip,
        1 => any::<Index>().prop_map(|row| Deed::Delete { row }),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(row, other)| Deed::Swap { row, other }),
    ]
}

/// The columns of a table, its own key first.
fn columns(table: &str) -> Vec<&'static str> {
    match table {
        "audit" => audit::CHAIN.columns.to_vec(),
        "audit_head" => vec!["home", "number", "hash"],
        _ => vec!["number", "at", "heads", "previous", "signature", "public_key"],
    }
}

/// All rows of a table, in the order of their key.
fn rows(connection: &Connection, table: &str) -> Vec<Vec<Cell>> {
    let columns = columns(table);
    let keys = if table == "audit" { "home, number" } else { columns[0] };
    let sql = format!("SELECT {} FROM {table} ORDER BY {keys}", columns.join(", "));
    let mut statement = connection.prepare(&sql).unwrap();
    let rows = statement.query_map([], |row| (0..columns.len()).map(|i| row.get(i)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn flipped(cell: &Cell, byte: Index, bits: u8) -> Cell {
    let flip = |bytes: &mut [u8]| {
        let byte = byte.index(bytes.len());
        bytes[byte] ^= bits;
    };
    match cell {
        Cell::Integer(x) => {
            let mut bytes = x.to_be_bytes();
            flip(&mut bytes);
            Cell::Integer(i64::from_be_bytes(bytes))
        }
        Cell::Text(x) if !x.is_empty() => {
            let mut bytes = x.clone().into_bytes();
            flip(&mut bytes);
            Cell::Blob(bytes)
        }
        Cell::Blob(x) if !x.is_empty() => {
            let mut bytes = x.clone();
            flip(&mut bytes);
            Cell::Blob(bytes)
        }
        _ => Cell::Blob(vec![bits]),
    }
}

/// Does it; tells the homes whose chain it concerns (none stands for the checkpoints), or nothing where all is as before.
fn act(connection: &Connection, table: &str, deed: &Deed) -> Option<Vec<Option<i64>>> {
    let (columns, rows) = (columns(table), rows(connection, table));
    let keys = if table == "audit" { 2 } else { 1 };
    let place = |row: &[Cell]| match (table, &row[0]) {
        ("audit_checkpoint", _) | (_, Cell::Integer(-1)) => None,
        (_, Cell::Integer(home)) => Some(*home),
        other => panic!("{other:?}"),
    };
    let which = |row: &[Cell]| {
        let each = (0..keys).map(|k| match &row[k] {
            Cell::Integer(x) => format!("{} = {x}", columns[k]),
            other => panic!("{other:?}"),
        });
        each.collect::<Vec<_>>().join(" AND ")
    };
    match deed {
        Deed::Delete { row } => {
            let row = &rows[row.index(rows.len())];
            connection.execute(&format!("DELETE FROM {table} WHERE {}", which(row)), []).unwrap();
            Some(vec![place(row)])
        }
        Deed::Flip { row, column, byte, bits } => {
            let (row, column) = (&rows[row.index(rows.len())], column.index(columns.len()));
            let text = matches!(row[column], Cell::Text(_));
            let value = if text { "CAST(?1 AS TEXT)" } else { "?1" };
            let sql = format!("UPDATE {table} SET {} = {value} WHERE {}", columns[column], which(row));
            // What the table itself refuses, such as a key that is taken, is no change.
            connection.execute(&sql, [flipped(&row[column], *byte, *bits)]).ok()?;
            Some(vec![place(row)])
        }
        Deed::Swap { row, other } => {
            let (one, other) = (&rows[row.index(rows.len())], &rows[other.index(rows.len())]);
            let names = |k: usize| format!("{} = ?{}", columns[k], k - keys + 1);
            let set = (keys..columns.len()).map(names).collect::<Vec<_>>().join(", ");
            for (from, to) in [(one, other), (other, one)] {
                let sql = format!("UPDATE {table} SET {set} WHERE {}", which(to));
                connection.execute(&sql, rusqlite::params_from_iter(&from[keys..])).unwrap();
            }
            (one[keys..] != other[keys..]).then(|| vec![place(one), place(other)])
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_altered_is_found_and_named(
        table in prop::sample::select(vec!["audit", "audit", "audit_head", "audit_checkpoint"]),
        deed in deed(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        std::fs::copy(ORIGINAL.path().join("original.db"), &path).unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("PRAGMA synchronous = OFF").unwrap();
        let touched = act(&connection, table, &deed);
        drop(connection);
        let report = tokio::runtime::Runtime::new().unwrap().block_on(async {
            let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
            audit::verify(&db, Some(&common::keys()), None).await.unwrap()
        });
        match touched {
            None => prop_assert_eq!((report.findings, report.entries, report.checkpoints), (vec![], 24, 3)),
            Some(places) => {
                for place in places {
                    let named = report.findings.iter().any(|finding| finding.home == place);
                    prop_assert!(named, "{table} {deed:?}: {place:?} is not named in {report:?}");
                }
            }
        }
    }
}
