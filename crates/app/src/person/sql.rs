//! Small pieces of SQL that the register shares.

use crate::{
    db::{Tx, Value},
    error::Result,
    id::Id,
};

/// `$from, …`: placeholders for a list of values.
pub(crate) fn marks(from: usize, count: usize) -> String {
    let mut out = String::with_capacity(count * 5);
    for i in from..from + count {
        if i > from {
            out.push(',');
        }
        out.push('$');
        out.push_str(&i.to_string());
    }
    out
}

/// Identifiers that one statement looks up by [`keyed`].
pub(crate) const TOGETHER: usize = 250;

/// "One of these by its whole key", home and identifier, with the parameters: `IN` over identifiers alone would read
/// the whole table, since keys begin with the home. At most [`TOGETHER`]; the last fills up to one of few sizes.
pub(crate) fn keyed(home: &str, id: &str, from: usize, which: &[Id]) -> (String, Vec<Value>) {
    let size = SIZES.into_iter().rev().find(|size| *size >= which.len()).unwrap_or(which.len());
    let filled = (0..size).filter_map(|i| which.get(i).or(which.last()));
    let args = filled.flat_map(|id| [Value::from(id.home_number()), Value::from(*id)]).collect();
    let one = |i: usize| format!("({home} = ${} AND {id} = ${})", from + 2 * i, from + 2 * i + 1);
    let conditions: Vec<String> = (0..size).map(one).collect();
    (format!("({})", conditions.join(" OR ")), args)
}

/// Identifiers as parameters.
pub(crate) fn ids(ids: &[Id]) -> Vec<Value> {
    ids.iter().map(|id| Value::from(*id)).collect()
}

/// Sizes of a statement of many rows; few sizes, so that the statements are prepared once.
const SIZES: [usize; 3] = [250, 25, 1];

/// Inserts the rows that are not there yet; rows whose key exists are left alone.
pub(crate) async fn insert_missing(
    tx: &mut Tx,
    table: &str,
    columns: &[&str],
    rows: &[Vec<Value>],
) -> Result<()> {
    let mut rest = rows;
    while !rest.is_empty() {
        let size = SIZES.into_iter().find(|s| *s <= rest.len()).unwrap_or(1);
        let (now, later) = rest.split_at(size);
        rest = later;
        let tuples: Vec<String> =
            (0..size).map(|i| format!("({})", marks(i * columns.len() + 1, columns.len()))).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES {} ON CONFLICT DO NOTHING",
            columns.join(", "),
            tuples.join(", ")
        );
        tx.run(&sql, now.iter().flatten().cloned().collect()).await?;
    }
    Ok(())
}
