//! Rows put into the order of their keys, however many there are: what does not fit into memory waits on disk in sorted
//! runs, which are merged when the rows are read.

use super::columns;
use crate::{
    db::Value,
    error::{Error, Result},
};
use jiff::{Timestamp, civil::Date};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{BufReader, BufWriter, Read, Seek, Write},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Rows of one table on their way into the order of its key.
pub(super) struct Spool {
    pub table: &'static str,
    pub columns: Vec<&'static str>,
    /// Places of the key among the columns.
    key: Vec<usize>,
    folder: PathBuf,
    /// Bytes held in memory.
    limit: usize,
    held: Vec<u8>,
    places: Vec<(u128, u32)>,
    runs: Vec<File>,
    rows: u64,
}

/// Bytes before the key and the row of each record: their lengths.
const HEAD: usize = 6;

impl Spool {
    /// For rows of these columns.
    ///
    /// # Errors
    /// The key of the table is not among them.
    pub(super) fn new(
        table: &'static str,
        columns: Vec<&'static str>,
        folder: &Path,
        limit: usize,
    ) -> Result<Spool> {
        let of_key = &columns::table(table)?.key;
        let place = |name: &String| columns.iter().position(|column| column == name);
        let key: Option<Vec<usize>> = of_key.iter().map(place).collect();
        let key = key.ok_or_else(|| Error::broken(format!("rows of {table} without their key")))?;
        Ok(Spool {
            table,
            columns,
            key,
            folder: folder.to_owned(),
            limit,
            held: Vec::new(),
            places: Vec::new(),
            runs: Vec::new(),
            rows: 0,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn push(&mut self, row: &[Value]) -> Result<()> {
        let start = self.held.len();
        let mut prefix = [0; 16];
        self.held.extend_from_slice(&[0; HEAD]);
        for place in &self.key {
            key_part(row.get(*place).unwrap_or(&Value::Null), &mut self.held)?;
        }
        let (key_from, key_to) = (start + HEAD, self.held.len());
        for value in row {
            encode(value, &mut self.held)?;
        }
        let length = |from: usize, to: usize| u32::try_from(to - from).map_err(Error::broken);
        let key_length = u16::try_from(length(key_from, key_to)?).map_err(Error::broken)?;
        let row_length = length(key_to, self.held.len())?;
        let mut head = key_length.to_le_bytes().to_vec();
        head.extend(row_length.to_le_bytes());
        if let Some(place) = self.held.get_mut(start..key_from) {
            place.copy_from_slice(&head);
        }
        let key = self.held.get(key_from..key_to).unwrap_or_default();
        prefix.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        self.places.push((u128::from_be_bytes(prefix), u32::try_from(start).map_err(Error::broken)?));
        self.rows += 1;
        if self.held.len() >= self.limit { self.spill() } else { Ok(()) }
    }

    fn order(&mut self) {
        let held = &self.held;
        let key = |at: u32| record(held, at).map(|(key, _)| key);
        self.places.sort_unstable_by(|(a, at), (b, bt)| a.cmp(b).then_with(|| key(*at).cmp(&key(*bt))));
    }

    fn spill(&mut self) -> Result<()> {
        self.order();
        let mut out =
            BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(&self.folder).map_err(Error::broken)?);
        for (_, at) in &self.places {
            let (key, row) = record(&self.held, *at).ok_or_else(|| Error::broken("a record is cut off"))?;
            let from = usize::try_from(*at).map_err(Error::broken)?;
            let whole = self.held.get(from..from + HEAD + key.len() + row.len());
            out.write_all(whole.unwrap_or_default()).map_err(Error::broken)?;
        }
        let mut file = out.into_inner().map_err(|e| Error::broken(e.to_string()))?;
        file.rewind().map_err(Error::broken)?;
        self.runs.push(file);
        self.held.clear();
        self.places.clear();
        Ok(())
    }

    /// All rows so far, in the order of their keys; the spool is empty after it.
    ///
    /// # Errors
    /// The disk is full.
    pub(super) fn take(&mut self) -> Result<Sorted> {
        let (table, columns, rows) = (self.table, self.columns.clone(), std::mem::take(&mut self.rows));
        if self.runs.is_empty() {
            self.order();
            let held = std::mem::take(&mut self.held);
            let places = std::mem::take(&mut self.places);
            return Ok(Sorted { table, columns, rows, source: Source::Held { held, places, next: 0 } });
        }
        if !self.places.is_empty() {
            self.spill()?;
        }
        self.held = Vec::new();
        let mut runs = Vec::new();
        let mut heap = BinaryHeap::new();
        for (number, file) in std::mem::take(&mut self.runs).into_iter().enumerate() {
            let mut run = Run { file: BufReader::with_capacity(1 << 17, file), row: Vec::new() };
            if let Some(key) = run.next()? {
                heap.push(Reverse((key, number)));
            }
            runs.push(run);
        }
        Ok(Sorted { table, columns, rows, source: Source::Runs { runs, heap } })
    }
}

/// Key and row of the record at a place.
fn record(held: &[u8], at: u32) -> Option<(&[u8], &[u8])> {
    let rest = held.get(usize::try_from(at).ok()?..)?;
    let (head, rest) = rest.split_at_checked(HEAD)?;
    let (key, row) = lengths(head)?;
    let (key, rest) = rest.split_at_checked(key)?;
    Some((key, rest.get(..row)?))
}

fn lengths(head: &[u8]) -> Option<(usize, usize)> {
    let (key, row) = head.split_at_checked(2)?;
    let row = u32::from_le_bytes(row.try_into().ok()?);
    Some((usize::from(u16::from_le_bytes(key.try_into().ok()?)), usize::try_from(row).ok()?))
}

struct Run {
    file: BufReader<File>,
    row: Vec<u8>,
}

impl Run {
    /// Reads the next record; its key, none at the end.
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut head = [0; HEAD];
        match self.file.read_exact(&mut head) {
            Err(end) if end.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read.map_err(Error::broken)?,
        }
        let (key, row) = lengths(&head).ok_or_else(|| Error::broken("a record is cut off"))?;
        let mut of_key = vec![0; key];
        self.file.read_exact(&mut of_key).map_err(Error::broken)?;
        self.row.resize(row, 0);
        self.file.read_exact(&mut self.row).map_err(Error::broken)?;
        Ok(Some(of_key))
    }
}

/// Rows in the order of their keys.
pub struct Sorted {
    /// The table.
    pub(super) table: &'static str,
    /// Their columns.
    pub(super) columns: Vec<&'static str>,
    /// How many they are.
    pub(super) rows: u64,
    source: Source,
}

enum Source {
    Held { held: Vec<u8>, places: Vec<(u128, u32)>, next: usize },
    Runs { runs: Vec<Run>, heap: BinaryHeap<Reverse<(Vec<u8>, usize)>> },
}

impl Sorted {
    /// The next row.
    ///
    /// # Errors
    /// What waited on disk cannot be read.
    pub(super) fn next(&mut self) -> Result<Option<Vec<Value>>> {
        let count = self.columns.len();
        match &mut self.source {
            Source::Held { held, places, next } => {
                let Some((_, at)) = places.get(*next) else { return Ok(None) };
                *next += 1;
                let (_, row) = record(held, *at).ok_or_else(|| Error::broken("a record is cut off"))?;
                decode(row, count).map(Some)
            }
            Source::Runs { runs, heap } => {
                let Some(Reverse((_, number))) = heap.pop() else { return Ok(None) };
                let run = runs.get_mut(number).ok_or_else(|| Error::broken("a run is missing"))?;
                let row = decode(&run.row, count)?;
                if let Some(key) = run.next()? {
                    heap.push(Reverse((key, number)));
                }
                Ok(Some(row))
            }
        }
    }
}

/// Bytes that sort as the value does; key columns are never negative.
fn key_part(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Int(number) => {
            let number = u64::try_from(*number).map_err(Error::broken)?;
            out.extend(number.to_be_bytes().iter().skip(2));
        }
        Value::Id(id) => out.extend(id.as_bytes()),
        Value::Bytes(bytes) => out.extend(bytes),
        Value::Text(text) => {
            out.extend(text.as_bytes());
            out.push(0);
        }
        other => return Err(Error::broken(format!("no key is made of {other:?}"))),
    }
    Ok(())
}

fn encode(value: &Value, out: &mut Vec<u8>) -> Result<()> {
    let long = |tag: u8, bytes: &[u8], out: &mut Vec<u8>| -> Result<()> {
        out.push(tag);
        out.extend(u32::try_from(bytes.len()).map_err(Error::broken)?.to_le_bytes());
        out.extend(bytes);
        Ok(())
    };
    match value {
        Value::Null => out.push(0),
        Value::Int(x) => {
            out.push(1);
            out.extend(x.to_le_bytes());
        }
        Value::Real(x) => {
            out.push(2);
            out.extend(x.to_le_bytes());
        }
        Value::Bool(x) => out.extend([3, u8::from(*x)]),
        Value::Text(x) => long(4, x.as_bytes(), out)?,
        Value::Bytes(x) => long(5, x, out)?,
        Value::Id(x) => {
            out.push(6);
            out.extend(x.as_bytes());
        }
        Value::Date(x) => {
            out.push(7);
            out.extend(x.year().to_le_bytes());
            out.extend(x.month().to_le_bytes());
            out.extend(x.day().to_le_bytes());
        }
        Value::Time(x) => {
            out.push(8);
            out.extend(x.as_microsecond().to_le_bytes());
        }
        Value::Json(x) => long(9, x.to_string().as_bytes(), out)?,
        Value::Written(x) => long(9, x.as_bytes(), out)?,
    }
    Ok(())
}

fn decode(mut row: &[u8], count: usize) -> Result<Vec<Value>> {
    let mut values = Vec::with_capacity(count);
    while let Some((tag, rest)) = row.split_first() {
        row = rest;
        values
            .push(one(*tag, &mut row).ok_or_else(|| Error::broken("a row that waited on disk is cut off"))?);
    }
    Ok(values)
}

fn one(tag: u8, row: &mut &[u8]) -> Option<Value> {
    Some(match tag {
        0 => Value::Null,
        1 => Value::Int(i64::from_le_bytes(part(row)?)),
        2 => Value::Real(f64::from_le_bytes(part(row)?)),
        3 => Value::Bool(part::<1>(row)? == [1]),
        4 => Value::Text(String::from_utf8(long(row)?).ok()?),
        5 => Value::Bytes(long(row)?),
        6 => Value::Id(Uuid::from_bytes(part(row)?)),
        7 => {
            let year = i16::from_le_bytes(part(row)?);
            let [month, day] = part::<2>(row)?;
            Value::Date(Date::new(year, i8::from_le_bytes([month]), i8::from_le_bytes([day])).ok()?)
        }
        8 => Value::Time(Timestamp::from_microsecond(i64::from_le_bytes(part(row)?)).ok()?),
        9 => Value::Written(String::from_utf8(long(row)?).ok()?),
        _ => return None,
    })
}

fn part<const N: usize>(row: &mut &[u8]) -> Option<[u8; N]> {
    let (these, rest) = row.split_at_checked(N)?;
    *row = rest;
    these.try_into().ok()
}

fn long(row: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(u32::from_le_bytes(part(row)?)).ok()?;
    let (these, rest) = row.split_at_checked(length)?;
    *row = rest;
    Some(these.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{id::Id, p};

    fn rows(sorted: &mut Sorted) -> Vec<Vec<Value>> {
        std::iter::from_fn(|| sorted.next().unwrap()).collect()
    }

    #[test]
    fn rows_come_in_the_order_of_their_keys_from_memory_and_from_disk() {
        let folder = tempfile::tempdir().unwrap();
        let at = "2026-03-01T08:00:00Z".parse::<Timestamp>().unwrap();
        let columns =
            vec!["home", "id", "person_id", "fact", "value", "found_on", "account_id", "recorded_at"];
        let ids: Vec<Id> = (0..200).map(|_| Id::in_division(330_523_001_001, at)).collect();
        for limit in [1 << 20, 2_000] {
            let mut spool = Spool::new("need_fact", columns.clone(), folder.path(), limit).unwrap();
            let row = |id: &Id| {
                p![id.home_number(), *id, Value::Null, "合适", true, jiff::civil::date(2026, 3, 1), *id, at]
            };
            ids.iter().for_each(|id| spool.push(&row(id)).unwrap());
            let mut sorted = spool.take().unwrap();
            assert_eq!(sorted.rows, 200);
            let mut order = ids.clone();
            order.sort_by_key(|id| (id.home_number(), *id));
            assert_eq!(rows(&mut sorted), order.iter().map(row).collect::<Vec<_>>());
            assert!(rows(&mut spool.take().unwrap()).is_empty());
        }
    }

    #[test]
    fn every_kind_of_value_comes_back() {
        let at = Timestamp::from_microsecond(1_700_000_000_123_456).unwrap();
        let row = p![Option::<i64>::None, -7_i64, 0.5, true, "名", vec![1_u8, 2], Uuid::from_u128(5), at];
        let mut out = Vec::new();
        row.iter().for_each(|value| encode(value, &mut out).unwrap());
        assert_eq!(decode(&out, row.len()).unwrap(), row);
        assert!(decode(out.get(..out.len() - 1).unwrap(), row.len()).is_err());
    }
}
