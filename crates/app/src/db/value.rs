//! Values that cross the boundary between Rust and either database.

use super::{Error, Result};
use jiff::{Timestamp, civil::Date};
use tokio_postgres::types::{IsNull, ToSql, Type};
use uuid::Uuid;

/// A parameter of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// Any whole number.
    Int(i64),
    /// A floating point number.
    Real(f64),
    /// True or false (0 and 1 on SQLite).
    Bool(bool),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// An identifier (16 bytes on SQLite).
    Id(Uuid),
    /// A day (ISO 8601 text on SQLite).
    Date(Date),
    /// An instant (microseconds since 1970 on SQLite).
    Time(Timestamp),
    /// A document (text on SQLite, jsonb on PostgreSQL).
    Json(serde_json::Value),
    /// The same, written already as [`Value::Json`] would write it.
    Written(String),
}

macro_rules! value { ($($t:ty => |$x:ident| $v:expr),* $(,)?) => {$(
    impl From<$t> for Value { fn from($x: $t) -> Self { $v } }
)*} }
value!(
    bool => |x| Value::Bool(x), i32 => |x| Value::Int(i64::from(x)), u32 => |x| Value::Int(i64::from(x)),
    u16 => |x| Value::Int(i64::from(x)), i64 => |x| Value::Int(x), f64 => |x| Value::Real(x),
    String => |x| Value::Text(x), &String => |x| Value::Text(x.clone()), &str => |x| Value::Text(x.to_owned()),
    Vec<u8> => |x| Value::Bytes(x), &[u8] => |x| Value::Bytes(x.to_vec()), Uuid => |x| Value::Id(x),
    Date => |x| Value::Date(x), Timestamp => |x| Value::Time(x), serde_json::Value => |x| Value::Json(x),
);
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(x: Option<T>) -> Self {
        x.map_or(Value::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{ToSqlOutput as Out, Value as Owned, ValueRef};
        Ok(match self {
            Value::Null => Out::Owned(Owned::Null),
            Value::Int(x) => Out::Owned(Owned::Integer(*x)),
            Value::Real(x) => Out::Owned(Owned::Real(*x)),
            Value::Bool(x) => Out::Owned(Owned::Integer(i64::from(*x))),
            Value::Text(x) => Out::Borrowed(ValueRef::Text(x.as_bytes())),
            Value::Bytes(x) => Out::Borrowed(ValueRef::Blob(x)),
            Value::Id(x) => Out::Borrowed(ValueRef::Blob(x.as_bytes())),
            Value::Date(x) => Out::Owned(Owned::Text(x.to_string())),
            Value::Time(x) => Out::Owned(Owned::Integer(x.as_microsecond())),
            Value::Json(x) => Out::Owned(Owned::Text(x.to_string())),
            Value::Written(x) => Out::Borrowed(ValueRef::Text(x.as_bytes())),
        })
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(x) if *ty == Type::INT4 => i32::try_from(*x)?.to_sql(ty, out),
            Value::Int(x) if *ty == Type::INT2 => i16::try_from(*x)?.to_sql(ty, out),
            Value::Int(x) => x.to_sql(ty, out),
            Value::Real(x) => x.to_sql(ty, out),
            Value::Bool(x) => x.to_sql(ty, out),
            Value::Text(x) => x.to_sql(ty, out),
            Value::Bytes(x) => x.to_sql(ty, out),
            Value::Id(x) => x.to_sql(ty, out),
            Value::Date(x) => jiff_date(*x).to_sql(ty, out),
            Value::Time(x) => jiff_time(*x).to_sql(ty, out),
            Value::Json(x) => x.to_sql(ty, out),
            Value::Written(x) => {
                // The version of the binary form, then the text.
                out.extend_from_slice(&[1]);
                out.extend_from_slice(x.as_bytes());
                Ok(IsNull::No)
            }
        }
    }
    fn accepts(_: &Type) -> bool {
        true
    }
    tokio_postgres::types::to_sql_checked!();
}

// One place for the driver's own view of days and instants.
fn jiff_date(x: Date) -> Date {
    x
}
fn jiff_time(x: Timestamp) -> Timestamp {
    x
}

/// One row of either database.
pub enum Row<'a> {
    /// From SQLite.
    Lite(&'a rusqlite::Row<'a>),
    /// From PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

/// A type that can be read from a column.
pub trait Get: Sized {
    /// Reads column `i`.
    ///
    /// # Errors
    /// The column holds something else.
    fn get(row: &Row<'_>, i: usize) -> Result<Self>;
}

impl Row<'_> {
    /// Reads column `i`, counted from 0.
    ///
    /// # Errors
    /// The column holds something else.
    pub fn get<T: Get>(&self, i: usize) -> Result<T> {
        T::get(self, i)
    }
}

macro_rules! get_plain { ($($t:ty),*) => {$(
    impl Get for $t {
        fn get(row: &Row<'_>, i: usize) -> Result<Self> {
            match row { Row::Lite(r) => Ok(r.get(i)?), Row::Postgres(r) => Ok(r.try_get(i)?) }
        }
    }
    impl Get for Option<$t> {
        fn get(row: &Row<'_>, i: usize) -> Result<Self> {
            match row { Row::Lite(r) => Ok(r.get(i)?), Row::Postgres(r) => Ok(r.try_get(i)?) }
        }
    }
)*} }
get_plain!(String, i64, f64, bool, Vec<u8>);

macro_rules! get_coded { ($($t:ty, $stored:ty, |$x:ident| $read:expr);* $(;)?) => {$(
    impl Get for $t {
        fn get(row: &Row<'_>, i: usize) -> Result<Self> {
            Option::<$t>::get(row, i)?.ok_or(Error::Column(i))
        }
    }
    impl Get for Option<$t> {
        fn get(row: &Row<'_>, i: usize) -> Result<Self> {
            match row {
                Row::Lite(r) => match r.get::<_, Option<$stored>>(i)? {
                    None => Ok(None),
                    Some($x) => $read.map(Some).ok_or(Error::Column(i)),
                },
                Row::Postgres(r) => Ok(r.try_get(i)?),
            }
        }
    }
)*} }
get_coded!(
    Uuid, Vec<u8>, |x| Uuid::from_slice(&x).ok();
    Date, String, |x| x.parse::<Date>().ok();
    Timestamp, i64, |x| Timestamp::from_microsecond(x).ok();
    serde_json::Value, String, |x| serde_json::from_str::<serde_json::Value>(&x).ok();
);

/// A document read as what it stands for, without a tree of values in between.
pub struct Parsed<T>(pub T);

impl<T: serde::de::DeserializeOwned> Get for Parsed<T> {
    fn get(row: &Row<'_>, i: usize) -> Result<Self> {
        match row {
            Row::Lite(r) => {
                let text = r.get_ref(i)?.as_str().map_err(|_| Error::Column(i))?;
                serde_json::from_str(text).map(Parsed).map_err(|_| Error::Column(i))
            }
            Row::Postgres(r) => Ok(Parsed(r.try_get::<_, tokio_postgres::types::Json<T>>(i)?.0)),
        }
    }
}

/// A row of SQLite as it is stored, whatever its columns mean.
pub(crate) struct Stored(pub(crate) Vec<rusqlite::types::Value>);

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let Row::Lite(r) = row else { return Err(Error::Column(0)) };
        let columns = 0..r.as_ref().column_count();
        Ok(Stored(columns.map(|i| r.get(i)).collect::<rusqlite::Result<_>>()?))
    }
}

/// A row whose columns only its reader knows: numbers, texts, bytes and identifiers. SQLite keeps identifiers as bytes. As
/// parameters the values stand for the same again, on either database.
pub(crate) struct Plain(pub(crate) Vec<Value>);

impl FromRow for Plain {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let count = match row {
            Row::Lite(r) => r.as_ref().column_count(),
            Row::Postgres(r) => r.len(),
        };
        Ok(Plain((0..count).map(|i| plain(row, i)).collect::<Result<_>>()?))
    }
}

fn plain(row: &Row<'_>, i: usize) -> Result<Value> {
    let kind = match row {
        Row::Lite(r) => {
            return Ok(match r.get::<_, rusqlite::types::Value>(i)? {
                rusqlite::types::Value::Null => Value::Null,
                rusqlite::types::Value::Integer(x) => Value::Int(x),
                rusqlite::types::Value::Real(x) => Value::Real(x),
                rusqlite::types::Value::Text(x) => Value::Text(x),
                rusqlite::types::Value::Blob(x) => Value::Bytes(x),
            });
        }
        Row::Postgres(r) => r.columns().get(i).map(|column| column.type_().clone()),
    };
    match kind {
        Some(kind) if kind == Type::UUID => Ok(row.get::<Option<Uuid>>(i)?.into()),
        Some(kind) if kind == Type::INT8 => Ok(row.get::<Option<i64>>(i)?.into()),
        Some(kind) if kind == Type::TEXT => Ok(row.get::<Option<String>>(i)?.into()),
        Some(kind) if kind == Type::BYTEA => Ok(row.get::<Option<Vec<u8>>>(i)?.into()),
        _ => Err(Error::Column(i)),
    }
}

/// A type that can be read from a row, columns in order.
pub trait FromRow: Sized + Send + 'static {
    /// Reads the row.
    ///
    /// # Errors
    /// A column holds something else.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

macro_rules! from_tuple { ($($t:ident $i:tt),*) => {
    impl<$($t: Get + Send + 'static),*> FromRow for ($($t,)*) {
        fn from_row(row: &Row<'_>) -> Result<Self> { Ok(($(row.get::<$t>($i)?,)*)) }
    }
} }
from_tuple!(A 0);
from_tuple!(A 0, B 1);
from_tuple!(A 0, B 1, C 2);
from_tuple!(A 0, B 1, C 2, D 3);
from_tuple!(A 0, B 1, C 2, D 3, E 4);
from_tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

/// `row!(Person { id, division, name })`: the struct's fields are the columns, in this order.
#[macro_export]
macro_rules! row { ($t:ident { $($f:ident),* $(,)? }) => {
    impl $crate::db::FromRow for $t {
        fn from_row(row: &$crate::db::Row<'_>) -> $crate::db::Result<Self> {
            let mut column = 0_usize..;
            $(let $f = row.get(column.next().ok_or($crate::db::Error::Column(0))?)?;)*
            Ok($t { $($f),* })
        }
    }
} }

/// `p![id, name]`: a parameter list.
#[macro_export]
macro_rules! p { ($($e:expr),* $(,)?) => { vec![$($crate::db::Value::from($e)),*] } }

/// SQL text and its parameters, grown together; `{}` in a clause stands for the next placeholder.
#[derive(Debug, Clone, Default)]
pub struct Sql {
    /// The text so far.
    pub text: String,
    /// The parameters so far.
    pub args: Vec<Value>,
}

impl Sql {
    /// Starts with a text without parameters.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Sql { text: text.to_owned(), args: Vec::new() }
    }

    /// Adds a clause; each `{}` takes one of `args`.
    #[must_use]
    pub fn push(mut self, clause: &str, args: impl IntoIterator<Item = Value>) -> Self {
        let mut parts = clause.split("{}");
        self.text.push_str(parts.next().unwrap_or_default());
        for (part, arg) in parts.zip(args) {
            self.args.push(arg);
            self.text.push('$');
            self.text.push_str(&self.args.len().to_string());
            self.text.push_str(part);
        }
        self
    }

    /// Adds the clause only where the argument is given.
    #[must_use]
    pub fn when<T: Into<Value>>(self, clause: &str, arg: Option<T>) -> Self {
        match arg {
            Some(x) => self.push(clause, [x.into()]),
            None => self,
        }
    }
}
