//! Rows of the model county as they are read.

use super::{
    columns,
    template::{Slot, Tokens},
};
use crate::{
    App,
    db::{Stored, Value},
    error::{Error, Result},
    migrate::shape::Kind,
    p,
};
use jiff::Timestamp;
use rusqlite::types::Value as Raw;
use uuid::Uuid;

/// A row of the model with its values.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub table: &'static str,
    pub values: Vec<(&'static str, Kind, Value)>,
}

impl Model {
    pub(super) fn get(&self, column: &str) -> Option<&Value> {
        self.values.iter().find(|(name, ..)| *name == column).map(|(.., value)| value)
    }

    pub(super) fn id(&self, column: &str) -> Option<Uuid> {
        match self.get(column) {
            Some(Value::Id(id)) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn case(&self) -> Option<Uuid> {
        self.id(if self.table == "referral" { "id" } else { "referral_id" })
    }

    pub(super) fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T> {
        match self.get(column) {
            Some(Value::Written(text)) => Ok(serde_json::from_str(text)?),
            _ => Err(Error::broken(format!("{column} is no document"))),
        }
    }

    /// The row as text, without what differs from one making of the model to the next.
    pub(super) fn blind(&self, tokens: &Tokens) -> String {
        let mut out = self.table.to_owned();
        for (name, _, value) in &self.values {
            out.push('|');
            if *name == "home" {
                continue;
            }
            match value {
                Value::Id(id) => out.push_str(&hidden(id, tokens)),
                Value::Written(text) => out.push_str(&without_ids(text, tokens)),
                Value::Bytes(_) => {}
                other => out.push_str(&format!("{other:?}")),
            }
        }
        out
    }
}

fn hidden(id: &Uuid, tokens: &Tokens) -> String {
    match tokens.ids.get(id) {
        Some(Slot::House(_, k)) => format!("h{k}"),
        Some(slot) => format!("{slot:?}"),
        None => "?".to_owned(),
    }
}

fn without_ids(text: &str, tokens: &Tokens) -> String {
    let parts = text.split('"').map(|part| match part.parse::<Uuid>() {
        Ok(id) if part.len() == 36 => hidden(&id, tokens),
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("\"")
}

/// All rows of a table.
///
/// # Errors
/// The database is gone, or a row is not as its table says.
pub(super) async fn read(model: &App, table: &'static str) -> Result<Vec<Model>> {
    let shape = columns::table(table)?;
    let names = columns::names(shape).join(", ");
    let sql = format!("SELECT {names} FROM {table} /* whole: the model county is read */");
    let mut rows = Vec::new();
    for Stored(raw) in model.db.all::<Stored>(&sql, p![]).await? {
        let mut values = Vec::new();
        for (column, raw) in shape.columns.iter().zip(raw) {
            values.push((column.name.as_str(), column.kind, value(model, table, column.kind, raw)?));
        }
        rows.push(Model { table, values });
    }
    Ok(rows)
}

fn value(model: &App, table: &str, kind: Kind, raw: Raw) -> Result<Value> {
    Ok(match (kind, raw) {
        (_, Raw::Null) => Value::Null,
        (Kind::Id, Raw::Blob(bytes)) => Value::Id(Uuid::from_slice(&bytes).map_err(Error::broken)?),
        (Kind::Bool, Raw::Integer(x)) => Value::Bool(x != 0),
        (Kind::Time, Raw::Integer(x)) => Value::Time(Timestamp::from_microsecond(x).map_err(Error::broken)?),
        (_, Raw::Integer(x)) => Value::Int(x),
        (Kind::Date, Raw::Text(text)) => Value::Date(text.parse().map_err(Error::broken)?),
        (Kind::Json, Raw::Text(text)) => Value::Written(text),
        (_, Raw::Text(text)) => Value::Text(text),
        (_, Raw::Blob(bytes)) if table == "form_entry" => Value::Written(model.keys.unseal(&bytes)?),
        (_, Raw::Blob(bytes)) => Value::Bytes(bytes),
        (_, Raw::Real(x)) => Value::Real(x),
    })
}
