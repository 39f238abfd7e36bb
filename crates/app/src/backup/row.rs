//! A row as bytes: the same bytes from either database, so that their digests compare.
//!
//! Each value has its length before it (four bytes, the highest first; 2³² − 1 where there is none). Whole numbers,
//! instants (microseconds since 1970) and floating point numbers are eight bytes, yes-or-no is one, identifiers are
//! sixteen; days, texts and documents are text, documents in the one form in which a snapshot gives them.

use crate::{
    db::{Error, Result, Value},
    migrate::shape::{Column, Kind},
};
use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

/// Stands for the length of nothing.
const NOTHING: u32 = u32::MAX;

/// Adds the bytes of a row.
///
/// # Errors
/// A value is not of its column's kind, or is beyond 4 GiB.
pub(super) fn write(out: &mut Vec<u8>, columns: &[Column], row: &[Value]) -> Result<()> {
    for (i, (column, value)) in columns.iter().zip(row).enumerate() {
        match (column.kind, value) {
            (_, Value::Null) => out.extend_from_slice(&NOTHING.to_be_bytes()),
            (Kind::Int, Value::Int(x)) => field(out, i, &x.to_be_bytes())?,
            (Kind::Time, Value::Time(x)) => field(out, i, &x.as_microsecond().to_be_bytes())?,
            (Kind::Real, Value::Real(x)) => field(out, i, &x.to_bits().to_be_bytes())?,
            (Kind::Bool, Value::Bool(x)) => field(out, i, &[u8::from(*x)])?,
            (Kind::Id, Value::Id(x)) => field(out, i, x.as_bytes())?,
            (Kind::Date, Value::Date(x)) => field(out, i, x.to_string().as_bytes())?,
            (Kind::Text, Value::Text(x)) | (Kind::Json, Value::Written(x)) => field(out, i, x.as_bytes())?,
            (Kind::Bytes, Value::Bytes(x)) => field(out, i, x)?,
            _ => return Err(Error::Column(i)),
        }
    }
    Ok(())
}

fn field(out: &mut Vec<u8>, i: usize, content: &[u8]) -> Result<()> {
    let length = u32::try_from(content.len()).ok().filter(|length| *length != NOTHING);
    out.extend_from_slice(&length.ok_or(Error::Column(i))?.to_be_bytes());
    out.extend_from_slice(content);
    Ok(())
}

/// The values of a row from its bytes; none where they are not such a row.
pub(super) fn read(bytes: &[u8], columns: &[Column]) -> Option<Vec<Value>> {
    let (mut rest, mut row) = (bytes, Vec::with_capacity(columns.len()));
    for column in columns {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length);
        if length == NOTHING {
            rest = behind;
            row.push(Value::Null);
            continue;
        }
        let (content, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
        rest = behind;
        row.push(value(column.kind, content)?);
    }
    rest.is_empty().then_some(row)
}

fn value(kind: Kind, content: &[u8]) -> Option<Value> {
    let eight = || content.try_into().ok().map(i64::from_be_bytes);
    Some(match kind {
        Kind::Int => Value::Int(eight()?),
        Kind::Time => Value::Time(Timestamp::from_microsecond(eight()?).ok()?),
        Kind::Real => Value::Real(f64::from_bits(u64::from_be_bytes(content.try_into().ok()?))),
        Kind::Bool => Value::Bool(match content {
            [0] => false,
            [1] => true,
            _ => return None,
        }),
        Kind::Id => Value::Id(Uuid::from_slice(content).ok()?),
        Kind::Date => Value::Date(std::str::from_utf8(content).ok()?.parse::<Date>().ok()?),
        Kind::Text => Value::Text(std::str::from_utf8(content).ok()?.to_owned()),
        Kind::Json => Value::Written(std::str::from_utf8(content).ok()?.to_owned()),
        Kind::Bytes => Value::Bytes(content.to_vec()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: Kind) -> Column {
        Column { name: "c".to_owned(), kind }
    }

    #[test]
    fn what_is_written_is_read() {
        let row = [
            (Kind::Id, Value::Id(Uuid::from_u128(7))),
            (Kind::Int, Value::Int(-3)),
            (Kind::Text, Value::Text("心桥".to_owned())),
            (Kind::Text, Value::Text(String::new())),
            (Kind::Bool, Value::Bool(true)),
            (Kind::Time, Value::Time("2026-03-01T00:00:00.123456Z".parse().unwrap())),
            (Kind::Date, Value::Date("2026-03-01".parse().unwrap())),
            (Kind::Json, Value::Written("{\"a\":0.10}".to_owned())),
            (Kind::Bytes, Value::Bytes(vec![0, 255])),
            (Kind::Real, Value::Real(0.1)),
            (Kind::Int, Value::Null),
        ];
        let columns: Vec<Column> = row.iter().map(|(kind, _)| column(*kind)).collect();
        let values: Vec<Value> = row.into_iter().map(|(_, value)| value).collect();
        let mut bytes = Vec::new();
        write(&mut bytes, &columns, &values).unwrap();
        assert_eq!(read(&bytes, &columns).unwrap(), values);
        // Whatever is cut off or put behind is no row any more.
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end], &columns), None, "{end}");
        }
        bytes.push(0);
        assert_eq!(read(&bytes, &columns), None);
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        for (kind, value) in [(Kind::Int, Value::Text("1".to_owned())), (Kind::Bool, Value::Int(2))] {
            assert!(write(&mut Vec::new(), &[column(kind)], &[value]).is_err(), "{kind:?}");
        }
        for (kind, content) in [(Kind::Bool, &[2_u8][..]), (Kind::Int, &[0; 7]), (Kind::Date, b"2026-02-30")]
        {
            assert_eq!(value(kind, content), None, "{kind:?}");
        }
    }
}
